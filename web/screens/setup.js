// The first password, by the link that the first start prints: #setup=TOKEN.
import { html } from "htm/preact";
import { logIn } from "../base/api.js";
import { go } from "../base/router.js";
import { t } from "../base/text.js";
import { OneField } from "./login.js";

export function Setup({ token, done }) {
  const set = async (password) => {
    await logIn("setup", { token, password });
    done();
    go("/");
  };
  return html`<main class="door"><h1>${t("setup.title")}</h1><p>${t("setup.text")}</p>
    <${OneField} label=${t("setup.password")} hint=${t("setup.hint")} act=${t("setup.do")} does=${set} minlength="10" autocomplete="new-password" /></main>`;
}
