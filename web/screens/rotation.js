// A secret's rotation as a path of three steps: a new value, where to put it, and which functions take it.
import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { may, post } from "../base/api.js";
import { href } from "../base/router.js";
import { rotationSteps } from "../base/rotation.js";
import { t, tx } from "../base/text.js";
import { Time, local, span } from "../base/time.js";
import { say } from "../parts/act.js";
import { Choice, Input, Refusal, useForm } from "../parts/form.js";
import { MadeOnce } from "../parts/madeonce.js";
import { Badge } from "../parts/state.js";
import { Table } from "../parts/table.js";

const OVERLAPS_S = [3600, 86400, 604800], EMPTY = { how: "generate", value: "", overlap: "86400" };
const Place = ({ of }) => of.target ? html`<a href=${href("targets", of.target)}>${of.target}</a>` : html`<code>${of.origin}</code>`;

// The value as it was made: shown once.
export const Made = ({ secret, done }) => html`<${MadeOnce} value=${secret.value} label=${t("form.value")} says=${t("secrets.made", secret)} more=${t("secrets.put_it")}
  doneWords=${t("secrets.done")} done=${done} />`;

export const Steps = ({ secret }) => html`<ul class="steps">${rotationSteps(secret).map((s) => html`<li key=${`${s.target} ${s.origin} ${s.key}`}><${Badge} tone=${s.tone}>${s.took ? `v${s.took}` : "–"}<//> ${
  tx(s.key, { place: html`<${Place} of=${s} />`, version: s.version, took: s.took, until: html`<${Time} at=${s.until} form=${local} /> (<${Time} at=${s.until} />)` })}</li>`)}</ul>`;

function Start({ secret, made }) {
  const f = useForm(`${secret.name} rotation`, EMPTY), { values: v, set } = f;
  const submit = async (e) => {
    e.preventDefault();
    const done = await f.save(() => post(`secrets/${encodeURIComponent(secret.name)}/rotate`,
      { overlap_s: +v.overlap, ...v.how === "paste" ? { value: v.value } : { generate: {} } }));
    if (!done) return;
    f.reset(EMPTY);
    for (const w of done.warnings ?? []) say(w.detail, "bad");
    made(done);
  };
  return html`<form onSubmit=${submit}><div class="row">
    <${Choice} label=${t("secrets.how")} value=${v.how} set=${(x) => set("how", x)} options=${["generate", "paste"].map((k) => [k, t(`secrets.how_${k}`)])} />
    ${v.how === "paste" && html`<${Input} label=${t("form.value")} hint=${t("secrets.value_hint")} error=${f.error("/value")} type="password" required autocomplete="off" value=${v.value} set=${(x) => set("value", x)} />`}
    <${Choice} label=${t("secrets.overlap")} error=${f.error("/overlap_s")} value=${v.overlap} set=${(x) => set("overlap", x)} options=${OVERLAPS_S.map((s) => [String(s), span(s * 1000)])} /></div>
    ${f.problem && !f.error("/value", "/overlap_s") && html`<${Refusal} of=${f.problem} />`}
    <button type="submit" aria-busy=${f.busy ? "true" : null}>${t("secrets.rotate_do")}</button></form>`;
}

export function Rotation({ secret, again }) {
  const [made, set] = useState(null), steps = rotationSteps(secret);
  const under = secret.previous || steps.length > 0, done = under && steps.every((s) => s.tone === "good");
  if (!may("admin") && !under) return null;
  return html`<section class=${`card ${under && !done ? "warn" : done ? "good" : ""}`}><h2>${t(under ? "secrets.under_way" : "secrets.rotate")}</h2><ol class="path">
    <li><p>${t("secrets.rotate_1")}</p>${secret.previous ? html`<p><${Badge} tone="good">${t("secrets.version")} ${secret.version}<//> ${tx("secrets.previous", { version: secret.previous.version,
      until: html`<${Time} at=${secret.previous.expires_at} form=${local} />` })}</p>` : may("admin") && html`<${Start} secret=${secret} made=${(x) => { set(x.value ? x : null); again(); }} />`}</li>
    <li><p>${t("secrets.rotate_2")}</p>${made && html`<${Made} secret=${made} done=${() => set(null)} />`}</li>
    <li><p>${t("secrets.rotate_3")}</p>${under && (done ? html`<p class="good">${t("secrets.finished")}</p>` : null)}${under && html`<${Steps} secret=${secret} />`}</li></ol></section>`;
}

export function Accepted({ secret }) {
  const columns = [
    { name: t("secrets.place"), show: (x) => html`<${Place} of=${x} />` },
    { name: t("secrets.took"), show: (x) => html`<${Badge} tone=${x.version === secret.version ? "good" : "warn"}>${x.version}<//>` },
    { name: t("audit.when"), show: (x) => html`<${Time} at=${x.at} />` },
  ];
  return html`<section class="card"><h2>${t("secrets.accepted")}</h2>
    <${Table} label=${t("secrets.accepted")} columns=${columns} items=${secret.accepted} of=${(x) => `${x.target} ${x.origin}`} empty=${t("secrets.no_call")} /></section>`;
}
