// What a job calls: target, URL, headers, body.
import { html } from "htm/preact";
import { t } from "../base/text.js";
import { BodyFields, Placeholders } from "../parts/body.js";
import { Choice, Input } from "../parts/form.js";
import { Rows } from "../parts/rows.js";
import { freeName } from "./form_save.js";
import { NEW, ownNetworks, settleUrl } from "./form_url.js";

const METHODS = ["POST", "GET", "PUT", "PATCH", "DELETE", "HEAD"].map((m) => [m, m]);
const SECRET = /\{\{\s*secret\.([A-Za-z_]\w{0,62})\s*\}\}/;
function Headers({ form, known, secrets }) {
  const { headers } = form.values, set = (to) => form.set("headers", to), usual = known.includes("CRON_INTERNAL_KEY") || !known.length ? "CRON_INTERNAL_KEY" : known[0];
  const which = (r, put) => {
    const [all, name] = SECRET.exec(r.value) ?? [];
    return name && known.length > 0 && html`<${Choice} label=${t("form.secret")} value=${name} set=${(to) => put(r.value.replace(all, `{{secret.${to}}}`))}
      options=${[...new Set([...known, name])].map((s) => [s, known.includes(s) ? s : t("form.secret_new", { name: s })])} />`;
  };
  const has = (name) => headers.some((h) => h.name.toLowerCase() === name.toLowerCase());
  const suggest = (append, name, before = "") => !has(name) && html`<button type="button" class="small secondary"
    onClick=${() => append({ name, value: `${before}{{secret.${usual}}}` }, "input.value")}>+ ${name}${before && `: ${before}`}</button>`;
  return html`<fieldset><legend>${t("form.headers")}</legend><${Placeholders} names=${headers.length ? ["now", "run.id"] : []} secrets=${headers.length ? secrets : []}>
    <${Rows} list=${headers} set=${set} at="/request/headers" form=${form} nameLabel=${t("targets.header")} valueLabel=${t("form.value")} add=${t("form.add_header")} extra=${which}
      more=${{ list: "headers" }} buttons=${(append) => html`${suggest(append, "X-Internal-Key")}${suggest(append, "Authorization", "Bearer ")}`} /><//>
    <datalist id="headers">${["X-Internal-Key", "Authorization", "apikey", "Accept", "Content-Type"].map((h) => html`<option key=${h} value=${h} />`)}</datalist></fieldset>`;
}

function NewTarget({ form }) {
  const { values: v, set, error } = form;
  const base = (new_base) => set({ new_base, ...(ownNetworks(v.new_base) === v.new_private && { new_private: ownNetworks(new_base) }) });
  return html`<div class="card inset"><p class="quiet">${t("form.new_target_text")}</p><div class="row">
    <${Input} label=${t("target.base_url")} hint="base_url" error=${error("/new_target/base_url")} type="url" autocomplete="off" value=${v.new_base} set=${base} placeholder="https://abc.supabase.co/functions/v1" />
    <${Input} label=${t("form.target_name")} error=${error("/new_target/name")} autocomplete="off" autocapitalize="none" value=${v.new_name} set=${(x) => set("new_name", x)} placeholder="prod" />
    ${(v.new_private || ownNetworks(v.new_base)) && html`<${Input} label=${t("form.private")} hint=${t("form.private_hint")} error=${error("/new_target/allow_private")} autocomplete="off"
      value=${v.new_private} set=${(x) => set("new_private", x)} />`}</div></div>`;
}

// children: what belongs between headers and body.
export function Request({ form, targets, known, secrets, children }) {
  const { values: v, set, error } = form, settle = () => {
    const to = settleUrl(v, targets);
    if (Object.keys(to).some((k) => to[k] !== v[k])) set(to);
    if (to.name) freeName(to.name).then((name) => form.setWhen({ name: to.name }, { name, suggested: name }), () => {});
  };
  const method = (to) => set({ method: to, ...(/GET|HEAD/.test(to) ? { body_kind: "none" } : v.body_kind === "none" && /GET|HEAD/.test(v.method) ? { body_kind: "json" } : {}) });
  const offered = [...targets.map((x) => [x.name, `${x.name} · ${x.base_url}`]), [NEW, t("form.target_new")], ["", t("form.target_none")]];
  if (v.target && v.target !== NEW && !targets.some((x) => x.name === v.target)) offered.unshift([v.target, v.target]);
  return html`<div class="call">
      <${Choice} label=${t("form.method")} value=${v.method} set=${method} options=${METHODS} error=${error("/request/method")} />
      <${Input} label=${t("form.url")} hint=${t(v.target === NEW ? "form.url_new_hint" : v.target ? "form.url_hint" : "form.url_own_hint")} error=${error("/request/url")} inputmode="url" autocomplete="off"
        autocapitalize="none" spellcheck=${false} value=${v.url} set=${(url) => set("url", url)} onChange=${settle} placeholder=${v.target && v.target !== NEW ? "/followup-processor" : "https://abc.supabase.co/functions/v1/followup-processor"} />
      <${Choice} label=${t("jobs.target")} value=${v.target} set=${(target) => set("target", target)} options=${offered} error=${error("/target")} /></div>
    ${v.target === NEW && html`<${NewTarget} form=${form} />`}
    ${!v.target && ownNetworks(v.url) && html`<p class="note">${t("form.own_network")}</p>`}
    <${Headers} form=${form} known=${known} secrets=${secrets} />${children}
    <fieldset><legend>${t("form.body_legend")}</legend><${BodyFields} kind=${v.body_kind} text=${v.body} set=${set} error=${error("/request/body")} /></fieldset>`;
}
