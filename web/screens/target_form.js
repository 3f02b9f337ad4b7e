// A target as a form, checked by the server while one types.
import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { ask, may } from "../base/api.js";
import { go, href } from "../base/router.js";
import { t } from "../base/text.js";
import { say } from "../parts/act.js";
import { Choice, Input, Refusal, useForm } from "../parts/form.js";
import { Rows } from "../parts/rows.js";
import { members, rows, words } from "./form_job.js";
import { fitting } from "./form_save.js";

const HEADERS = ["Authorization", "X-Internal-Key", "apikey", "Content-Type"];
const typed = (x) => ({
  etag: x.status ? `"${x.status.revision}"` : null, // of what was read when it was begun to be changed
  name: x.name ?? "", base_url: x.base_url ?? "", headers: rows(x.headers),
  max_concurrent: String(x.max_concurrent ?? 64), rate: x.rate ?? "", ca_file: x.ca_file ?? "",
  tls_min: x.tls_min ?? "1.2", allow_private: (x.allow_private ?? []).join(", "), health_path: x.health_path,
});
// What is not a number goes as it was typed: the server says what is wrong with it.
const sent = (v) => ({
  name: v.name.trim(), base_url: v.base_url.trim(), headers: members(v.headers, "/headers"),
  max_concurrent: /^\d+$/.test(v.max_concurrent.trim()) ? +v.max_concurrent : v.max_concurrent,
  rate: v.rate.trim() || null, ca_file: v.ca_file.trim() || null, tls_min: v.tls_min,
  allow_private: words(v.allow_private), health_path: v.health_path, // not in the form
});

export function TargetForm({ target, again }) {
  const path = target && `targets/${encodeURIComponent(target.name)}`, [clash, setClash] = useState(false);
  const write = async (v, more) => ask(target ? "PUT" : "POST", path ?? "targets", { body: fitting(() => sent(v)), ...more });
  const check = (v) => v.base_url && (target || v.name) ? write(v, { query: { dry_run: true } }).then((a) => a.data) : null;
  const f = useForm(target ? path : "new target", typed(target ?? {}), may("admin") ? check : null), { values: v, set } = f;
  const save = async (over) => {
    const done = await f.save(async (now) => {
      try { return await write(now, { etag: over ? null : now.etag }); } catch (e) {
        setClash(e.status === 412);
        throw e;
      }
    });
    if (!done) return;
    setClash(false);
    say(t("saved"));
    f.reset(typed(done.data));
    if (target) again(); else go(href("targets", done.data.name));
  };
  const reload = () => { setClash(false); f.reset(typed(target)); again(); };
  const field = (name, more = {}) => ({
    label: t(`target.${name}`), error: f.error(`/${name}`), value: v[name], set: (x) => set(name, x), disabled: !may("admin"),
    ...more,
  });
  return html`<form class="card" onSubmit=${(e) => { e.preventDefault(); save(false); }}>${target && html`<h2>${t("targets.edit")}</h2>`}
    ${!target && html`<${Input} ...${field("name", { hint: t("targets.name_hint"), required: true, autocomplete: "off" })} />`}
    <${Input} ...${field("base_url", { hint: t("targets.base_url_hint"), required: true, inputmode: "url", autocomplete: "off", spellcheck: false })} />
    <fieldset disabled=${!may("admin")}><legend>${t("targets.headers")}</legend><datalist id="header-names">${HEADERS.map((h) => html`<option key=${h} value=${h} />`)}</datalist>
      <${Rows} list=${v.headers} set=${(x) => set("headers", x)} at="/headers" form=${f} nameLabel=${t("targets.header")} valueLabel=${t("form.value")} add=${t("targets.add_header")}
        more=${{ list: "header-names" }} /></fieldset><p class="quiet"><small>${t("targets.headers_hint")}</small></p>
    <${Input} ...${field("allow_private", { hint: t("targets.allow_private_hint") })} />
    <details open=${!!target}><summary>${t("targets.limits")}</summary><div class="row">
      <${Input} ...${field("max_concurrent", { inputmode: "numeric" })} /><${Input} ...${field("rate", { hint: t("targets.rate_hint") })} />
      <${Choice} ...${field("tls_min", { options: [["1.2", "1.2"], ["1.3", "1.3"]] })} /><${Input} ...${field("ca_file", { hint: t("targets.ca_file_hint") })} /></div></details>
    ${clash ? html`<div class="trouble" role="alert"><p>${t("targets.changed")}</p><p class="actions"><button type="button" class="small secondary" onClick=${reload}>${t("targets.reload")}</button>
      <button type="button" class="small danger" onClick=${() => save(true)}>${t("targets.overwrite")}</button></p></div>`
      : f.problem && !f.error("/name", "/base_url", "/headers", "/allow_private", "/max_concurrent", "/rate", "/tls_min", "/ca_file") && html`<${Refusal} of=${f.problem} />`}
    ${f.checked?.warnings?.length > 0 && html`<div class="note"><ul>${f.checked.warnings.map((w) => html`<li key=${w.pointer + w.code}>${w.detail}</li>`)}</ul></div>`}
    ${may("admin") && html`<p class="actions"><button type="submit" aria-busy=${f.busy ? "true" : null}>${t(target ? "save" : "targets.create")}</button>
      ${f.dirty && html`<button type="button" class="secondary" onClick=${() => f.reset(typed(target ?? {}))}>${t("cancel")}</button>`}</p>`}</form>`;
}
