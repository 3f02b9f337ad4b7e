// Keys that calls carry: all of them, a new one, and one with its rotation.
import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { ask, may, patch, post } from "../base/api.js";
import { useAsked } from "../base/asked.js";
import { go, href } from "../base/router.js";
import { t, tx } from "../base/text.js";
import { Time, local } from "../base/time.js";
import { Act, confirmed, say } from "../parts/act.js";
import { Asked } from "../parts/asked.js";
import { Choice, Input, Refusal, useForm } from "../parts/form.js";
import { Badge, Names } from "../parts/state.js";
import { Facts, Table } from "../parts/table.js";
import { useTitle } from "../parts/title.js";
import { words } from "./form_job.js";
import { Accepted, Made, Rotation } from "./rotation.js";

const DAY_S = 86400, at = (name) => `secrets/${encodeURIComponent(name)}`;

const Due = ({ of }) => !of.due_at ? html`<span class="quiet">${t("secrets.no_reminder")}</span>`
  : html`${of.overdue && html`<${Badge} tone="bad">${t("secrets.overdue")}<//> `}<${Time} at=${of.due_at} />`;
const Used = ({ at: when }) => when ? html`<${Time} at=${when} />` : html`<span class="quiet">${t("secrets.not_used")}</span>`;
const Bound = ({ of }) => html`<${Names} of=${of.targets} none=${t("secrets.anywhere")} link=${(n) => html`<a href=${href("targets", n)}>${n}</a>`} />`;
function Users({ of }) {
  const names = [...of.jobs.map((n) => ["jobs", n]), ...of.targets.map((n) => ["targets", n])];
  return html`<${Names} of=${names} none=${t("secrets.nobody")} link=${([kind, n]) => html`<a href=${href(kind, n)}>${kind === "jobs" ? n : t("secrets.target", { name: n })}</a>`} />`;
}

// --- all, and a new one

const EMPTY = { name: "", how: "generate", value: "" };
function NewSecret({ again, name = "" }) {
  const f = useForm(`secret ${name}`, { ...EMPTY, name }), { values: v, set } = f, [made, setMade] = useState(null);
  const submit = async (e) => {
    e.preventDefault();
    const done = await f.save(({ name, how, value }) => how === "generate" ? post(`${at(name.trim())}/generate`)
      : ask("PUT", at(name.trim()), { body: { value } }).then((a) => a.data));
    if (!done) return;
    f.reset(EMPTY);
    again();
    if (done.value) setMade(done); else say(t("secrets.stored", done));
    for (const w of done.warnings ?? []) say(w.detail, "bad");
  };
  if (made) return html`<${Made} secret=${made} done=${() => { setMade(null); go(href("secrets", made.name)); }} />`;
  return html`<details class="card" open=${!!name}><summary>${t("secrets.new")}</summary><form onSubmit=${submit}><div class="row">
    <${Input} label=${t("target.name")} hint=${t("secrets.name_hint")} error=${f.error("/name")} required autocomplete="off" spellcheck="false" value=${v.name} set=${(x) => set("name", x)} />
    <${Choice} label=${t("secrets.how")} value=${v.how} set=${(x) => set("how", x)} options=${["generate", "paste"].map((k) => [k, t(`secrets.how_${k}`)])} />
    ${v.how === "paste" && html`<${Input} label=${t("form.value")} hint=${t("secrets.value_hint")} error=${f.error("/value")} type="password" required autocomplete="off" value=${v.value} set=${(x) => set("value", x)} />`}</div>
    ${f.problem && !f.error("/name", "/value") && html`<${Refusal} of=${f.problem} />`}
    <button type="submit" aria-busy=${f.busy ? "true" : null}>${t("secrets.create")}</button></form></details>`;
}
export function Secrets() {
  useTitle(t("nav.secrets"));
  const of = useAsked("secrets", {}, ["secret", "job"]);
  const columns = [
    { name: t("target.name"), show: (s) => html`<a href=${href("secrets", s.name)}><code>${s.name}</code></a>` },
    { name: t("secrets.version"), show: (s) => html`${s.version}, <${Time} at=${s.updated_at} />${s.previous && html`<small class="under">${tx("secrets.previous", { version: s.previous.version,
      until: html`<${Time} at=${s.previous.expires_at} form=${local} />` })}</small>`}` },
    { name: t("secrets.due"), show: (s) => html`<${Due} of=${s} />` },
    { name: t("secrets.used"), show: (s) => html`<${Used} at=${s.last_used_at} />` },
    { name: t("secrets.bound"), show: (s) => html`<${Bound} of=${s} />` },
    { name: t("secrets.used_by"), show: (s) => html`<${Users} of=${s.used_by} />` },
  ];
  return html`<div class="head"><h1>${t("nav.secrets")}</h1></div><p class="quiet">${t("secrets.about")}</p>
    ${may("admin") && html`<${NewSecret} again=${of.again} />`}
    <${Asked} of=${of}>${(d) => html`<${Table} label=${t("nav.secrets")} columns=${columns} items=${d.items} of=${(s) => s.name} empty=${t("secrets.empty")} />`}<//>`;
}

// --- one

function Policy({ secret, again }) {
  const every = secret.rotate_every_s ? String(Math.round(secret.rotate_every_s / DAY_S * 100) / 100) : "";
  const first = { every, targets: secret.targets.join(", ") };
  const f = useForm(`${secret.name} policy`, first), { values: v, set } = f;
  const submit = async (e) => {
    e.preventDefault();
    const days = v.every.trim(), isNumber = /^\d+([.,]\d+)?$/.test(days);
    const rotate_every_s = isNumber ? Math.round(+days.replace(",", ".") * DAY_S) : days || null;
    // What is shown is rounded: sent back unasked it would be another time.
    const changes = { targets: words(v.targets), ...(v.every !== every && { rotate_every_s }) };
    const done = await f.save(() => patch(at(secret.name), changes));
    if (!done) return;
    say(t("saved"));
    f.reset({ ...v });
    again();
  };
  return html`<section class="card"><h2>${t("secrets.policy")}</h2><form onSubmit=${submit}><div class="row">
    <${Input} label=${t("secrets.every")} hint=${t("secrets.every_hint")} error=${f.error("/rotate_every_s")} inputmode="decimal" value=${v.every} set=${(x) => set("every", x)} />
    <${Input} label=${t("secrets.targets")} hint=${t("secrets.targets_hint")} error=${f.error("/targets")} autocomplete="off" value=${v.targets} set=${(x) => set("targets", x)} /></div>
    ${f.problem && !f.error("/rotate_every_s", "/targets") && html`<${Refusal} of=${f.problem} />`}
    <button type="submit" class="secondary" aria-busy=${f.busy ? "true" : null}>${t("save")}</button></form></section>`;
}
function Replace({ secret, again }) {
  const [value, set] = useState(""), [problem, setProblem] = useState(null);
  const submit = async (e) => {
    e.preventDefault();
    try {
      const { data } = await ask("PUT", at(secret.name), { body: { value } });
      set("");
      setProblem(null);
      say(t("secrets.stored", secret));
      for (const w of data.warnings ?? []) say(w.detail, "bad");
      again();
    } catch (why) { setProblem(why); }
  };
  return html`<details class="card"><summary>${t("secrets.replace")}</summary><p>${t("secrets.replace_about")}</p><form onSubmit=${submit}>
    <${Input} label=${t("form.value")} hint=${t("secrets.value_hint")} error=${problem?.message} type="password" required autocomplete="off" value=${value} set=${set} />
    <button type="submit" class="danger">${t("secrets.replace_do")}</button></form></details>`;
}
export function Secret({ name }) {
  useTitle(name);
  const of = useAsked(at(name), {}, ["secret", "run"]);
  const remove = async () => {
    if (!await confirmed(t("secrets.remove_sure", { name }), t("delete"))) return;
    await ask("DELETE", at(name));
    say(t("secrets.removed", { name }));
    go("/secrets");
  };
  return html`<p class="crumb"><a href="#/secrets">${t("nav.secrets")}</a></p><div class="head"><h1><code>${name}</code></h1>
    ${may("admin") && of.data && html`<div class="actions"><${Act} kind="danger" what=${t("delete")} does=${remove} /></div>`}</div>
    ${of.error?.status === 404 && may("admin") && html`<${NewSecret} again=${of.again} name=${name} />`}
    <${Asked} of=${of}>${(s) => html`<${Facts} of=${[[t("secrets.version"), s.version], [t("secrets.set"), html`<${Time} at=${s.updated_at} />`], [t("secrets.due"), html`<${Due} of=${s} />`],
      [t("secrets.used"), html`<${Used} at=${s.last_used_at} />`], [t("secrets.bound"), html`<${Bound} of=${s} />`], [t("secrets.used_by"), html`<${Users} of=${s.used_by} />`]]} />
      <${Rotation} secret=${s} again=${of.again} /><${Accepted} secret=${s} />
      ${may("admin") && html`<${Policy} secret=${s} again=${of.again} /><${Replace} secret=${s} again=${of.again} />`}`}<//>`;
}
