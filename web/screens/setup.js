// The first password, by the link that the first start prints: #setup=TOKEN.
import { html } from "htm/preact";
import { logIn } from "../base/api.js";
import { go } from "../base/router.js";
import { t } from "../base/text.js";
import { say } from "../parts/act.js";
import { OneField } from "./login.js";

export function Setup({ token, done }) {
  const set = async (password) => {
    try { await logIn("setup", { token, password }); } catch (e) {
      if (e.status !== 409) throw e;
      say(e.message, "bad"); // somebody was first: to the log-in
    }
    done();
    go("/");
  };
  return html`<main class="door"><h1>${t("setup.title")}</h1><p>${t("setup.text")}</p>
    <${OneField} label=${t("setup.password")} hint=${t("setup.hint")} act=${t("setup.do")} does=${set} minlength="10" autocomplete="new-password" /></main>`;
}
