// Who is asking? By password, or by token.
import { html } from "htm/preact";
import { useEffect, useState } from "preact/hooks";
import { expired, forgetToken, get, keepToken, learnWho, logIn } from "../base/api.js";
import { t } from "../base/text.js";
import { Input } from "../parts/form.js";

// A form whose one field is kept when it was wrong, and told why. Password managers want to know whose password it is.
export function OneField({ label, hint, act, does, ...more }) {
  const [value, set] = useState(""), [error, setError] = useState(null), [busy, setBusy] = useState(false);
  const submit = async (e) => {
    e.preventDefault();
    const form = e.target;
    setBusy(true);
    setError(null);
    try { await does(value); } catch (why) {
      setError(why.message);
      form.querySelector("input")?.focus();
    }
    setBusy(false);
  };
  return html`<form onSubmit=${busy ? (e) => e.preventDefault() : submit}>
    ${/password/.test(more.autocomplete) && html`<input type="text" name="username" autocomplete="username" value="admin" readonly hidden />`}
    <${Input} label=${label} hint=${hint} error=${error} type="password" required value=${value} set=${set} ...${more} />
    <button type="submit" aria-busy=${busy ? "true" : null}>${act}</button></form>`;
}

export function Login() {
  const [needed, set] = useState(false);
  useEffect(() => { get("setup").then((s) => set(s.needed), () => {}); }, []);
  const byPassword = (password) => logIn("session", { password });
  const byToken = async (token) => {
    let known;
    try { known = keepToken(token.trim()) && await learnWho(); } finally { if (!known) forgetToken(); }
    if (!known) throw new Error(t("login.token_bad"));
  };
  return html`<main class="door"><h1>${t("login.title")}</h1>
    ${expired.value && html`<p role="status" class="warn">${t("login.over")}</p>`}
    ${needed ? html`<p class="warn">${t("login.needed")}</p>` : html`
      <${OneField} label=${t("login.password")} act=${t("login.do")} does=${byPassword} autocomplete="current-password" />`}
    <details open=${needed}><summary>${t("login.other")}</summary>
      <p>${t("login.link")}</p><pre>edgecron admin setup-link</pre>
      <p>${t("login.token_how")}</p><pre>edgecron token create my-browser --scope admin</pre>
      <${OneField} label=${t("login.token")} act=${t("login.token_do")} does=${byToken} autocomplete="off" placeholder="ect_…" /></details>
    <p class="quiet">${t("login.about")}</p></main>`;
}
