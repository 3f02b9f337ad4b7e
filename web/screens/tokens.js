// Keys of the REST API: made (shown once), listed, revoked.
import { html } from "htm/preact";
import { useRef, useState } from "preact/hooks";
import { ask, post } from "../base/api.js";
import { useAsked } from "../base/asked.js";
import { t } from "../base/text.js";
import { Time } from "../base/time.js";
import { Act, confirmed, say } from "../parts/act.js";
import { Asked } from "../parts/asked.js";
import { Choice, Input, Refusal, useForm } from "../parts/form.js";
import { MadeOnce } from "../parts/madeonce.js";
import { Names } from "../parts/state.js";
import { Table } from "../parts/table.js";

const SCOPES = ["read", "operate", "admin"], DAYS = [0, 1, 7, 30, 90, 365];
const EMPTY = { name: "", scope: "read", tags: "", days: "0" };

async function make(v) {
  const tags = v.tags.split(",").map((x) => x.trim()).filter(Boolean);
  return post("tokens", { name: v.name.trim(), scope: v.scope, ...(tags.length && { tags }), ...(+v.days && { expires_in_s: v.days * 86400 }) });
}
function NewToken({ made }) {
  const f = useForm("token", EMPTY);
  const submit = async (e) => {
    e.preventDefault();
    const done = await f.save(make);
    if (!done) return;
    f.reset(EMPTY);
    made(done);
  };
  return html`<details><summary>${t("settings.token_new")}</summary><form onSubmit=${submit}><div class="row">
    <${Input} label=${t("target.name")} hint=${t("settings.name_hint")} error=${f.error("/name")} required autocomplete="off" value=${f.values.name} set=${(v) => f.set("name", v)} />
    <${Choice} label=${t("settings.scope")} error=${f.error("/scope")} value=${f.values.scope} set=${(v) => f.set("scope", v)} options=${SCOPES.map((s) => [s, t(`settings.scope_${s}`)])} />
    <${Choice} label=${t("settings.expires")} error=${f.error("/expires_in_s")} value=${f.values.days} set=${(v) => f.set("days", v)}
      options=${DAYS.map((n) => [String(n), n ? t("settings.expires_days", { n }) : t("never")])} />
    <${Input} label=${t("settings.tags")} hint=${t("settings.tags_hint")} error=${f.error("/tags")} value=${f.values.tags} set=${(v) => f.set("tags", v)} /></div>
    ${f.problem && !f.problem.pointer && html`<${Refusal} of=${f.problem} />`}
    <button type="submit" aria-busy=${f.busy ? "true" : null}>${t("settings.token_make")}</button></form></details>`;
}
export function Tokens() {
  const of = useAsked("tokens"), [made, set] = useState(null), title = useRef();
  const revoke = async (name) => {
    if (!await confirmed(t("settings.revoke_sure", { name }), t("settings.revoke"))) return;
    await ask("DELETE", `tokens/${encodeURIComponent(name)}`);
    say(t("settings.revoked", { name }));
    of.again();
    title.current?.focus();
  };
  const columns = [
    { name: t("target.name"), show: (x) => html`${x.name}<small class="under"><code>${x.prefix}…</code></small>` },
    { name: t("settings.scope"), show: (x) => html`${x.scope} ${x.tags.length > 0 && html`<small class="under"><${Names} of=${x.tags} /></small>`}` },
    { name: t("settings.created"), show: (x) => html`<${Time} at=${x.created_at} />` },
    { name: t("secrets.used"), show: (x) => x.last_used_at ? html`<${Time} at=${x.last_used_at} />` : t("never") },
    { name: t("settings.expires"), show: (x) => x.expires_at ? html`<${Time} at=${x.expires_at} />` : t("never") },
    { name: t("actions"), plain: true, class: "num", show: (x) => html`<${Act} kind="danger small" what=${t("settings.revoke")} label=${t("settings.revoke_label", { name: x.name })} does=${() => revoke(x.name)} />` },
  ];
  return html`<section class="card"><h2 ref=${title} tabIndex="-1">${t("settings.tokens")}</h2><p class="quiet">${t("settings.tokens_about")}</p>
    <${Asked} of=${of} rows=${2}>${(d) => html`<${Table} label=${t("settings.tokens")} columns=${columns} items=${d.items} of=${(x) => x.name} empty=${t("settings.no_tokens")} />`}<//>
    ${made ? html`<${MadeOnce} value=${made.token} label=${t("login.token")}
      says=${t("settings.token_made", made)} doneWords=${t("settings.token_done")} done=${() => { set(null); title.current?.focus(); }} />` : html`<${NewToken} made=${(x) => { set(x); of.again(); }} />`}</section>`;
}
