// A job made, copied or changed: what to call, when, its name, and the rest with good defaults. Checked by the server
// while one types.
import { html } from "htm/preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { ask, get, may } from "../base/api.js";
import { useAsked } from "../base/asked.js";
import { go, href, place, setQuery, withQuery } from "../base/router.js";
import { t } from "../base/text.js";
import { say } from "../parts/act.js";
import { Refused, Trouble, Waiting } from "../parts/asked.js";
import { Area, Check, Input, useForm } from "../parts/form.js";
import { TestCall } from "../parts/testcall.js";
import { useTitle } from "../parts/title.js";
import { fromJob, secretsIn } from "./form_job.js";
import { More, MORE } from "./form_more.js";
import { Request } from "./form_request.js";
import { persist, tryOut } from "./form_save.js";
import { ownZone, Schedule } from "./form_schedule.js";
import { focusOn, Secrets } from "./form_secret.js";
import { NEW } from "./form_url.js";
import "./form.css";

const Part = ({ name, children }) => html`<section class=${`card ${name}`} aria-labelledby=${`part-${name}`}><h2 id=${`part-${name}`}>${t(`part.${name}`)}</h2>${children}</section>`;

function Identity({ form, name }) {
  const { values: v, set, error } = form;
  return html`<div class="row"><${Input} label=${t("target.name")} hint=${t(name ? "form.name_kept" : "form.name_hint")} error=${error("/name")} readonly=${!!name} autocomplete="off" autocapitalize="none"
      spellcheck=${false} value=${v.name} set=${(x) => set("name", x)} />
    <${Input} label=${t("form.tags")} hint=${t("form.tags_hint")} error=${error("/tags")} autocomplete="off" autocapitalize="none" value=${v.tags} set=${(x) => set("tags", x)} /></div>
    <${Area} label=${t("form.description")} rows=${2} error=${error("/description")} value=${v.description} set=${(x) => set("description", x)} />`;
}
function Rest({ form }) {
  const place = useRef(), at = form.problem?.pointer ?? "", within = MORE.some((p) => at === p || at.startsWith(`${p}/`));
  useEffect(() => { if (within) place.current.open = true; }, [within, at]);
  return html`<details class="card" ref=${place}><summary><h2>${t("form.more")}</h2> <span class="quiet">${t("form.more_text")}</span></summary><${More} form=${form} /></details>`;
}

// Somebody changed or removed the job since it was read.
function Meanwhile({ form, now, gone }) {
  const mine = () => { form.set("etag", now ? `"${now.status.revision}"` : null); focusOn("bar [type=submit]"); };
  if (gone ? form.values.etag == null : !now || `"${now.status.revision}"` === form.values.etag) return null;
  return html`<div class="trouble" role="alert"><p>${t(gone ? "form.gone" : "form.changed")}</p><p class="actions">
    ${!gone && html`<button type="button" class="secondary" onClick=${() => { form.reset(fromJob(now)); focusOn("call input"); }}>${t("form.theirs")}</button>`}
    <button type="button" class="secondary" onClick=${mine}>${t(gone ? "form.anew" : "form.mine")}</button></p></div>`;
}
const Notes = ({ form }) => {
  const notes = form.checked?.warnings?.filter((w) => w.code !== "secret_not_set") ?? [];
  return notes.length > 0 && html`<div class="note">${notes.map((w) => html`<p key=${w.detail}>${w.detail}</p>`)}</div>`;
};

function JobForm({ id, name, start, now: asked, gone, again, targets }) {
  const [saved, setSaved] = useState(null), now = saved?.status.revision > (asked?.status.revision ?? 0) && !gone ? saved : asked;
  const secrets = useAsked("secrets", {}, ["secret"]), known = secrets.data?.items.map((s) => s.name), form = useForm(id, start, (v) => tryOut(v, name));
  const { values: v, busy } = form, named = secretsIn(v), off = !!name && !v.enabled;
  const elsewhere = form.checked?.warnings?.map((w) => w.code === "secret_not_set" && /'([A-Za-z_]\w*)'/.exec(w.detail)?.[1]).filter(Boolean) ?? [];
  useEffect(() => { if (now && !form.dirty && `"${now.status.revision}"` !== v.etag) form.reset(fromJob(now)); }, [now?.status.revision]);
  useEffect(() => { if (form.problem?.status === 412) again?.(); }, [form.problem]);
  const discard = () => { form.reset(now ? fromJob(now) : start); focusOn("call input"); }, save = (changes) => form.save((typed) => persist({ ...typed, ...changes }, name, form.set, (said) => say(said, "bad")));
  const keep = async (changes) => {
    const done = await save(changes);
    if (!done) return;
    say(t(done.enabled ? "form.saved_on" : "form.saved_off", { name: done.name }));
    go(href("jobs", done.name));
  };
  const test = async () => {
    const done = !name ? await save({ enabled: false }) : form.dirty ? await save() : now;
    if (!done) return;
    if (!name) return go(withQuery(href("jobs", done.name, "edit"), { test: 1 }));
    if (done !== now) { setSaved(done); form.reset(fromJob(done)); }
    setQuery({ test: 1 });
  };
  const testing = !!name && !!now && place.value.query.get("test") === "1", close = () => setQuery({ test: null });
  const does = (act) => (e) => { e.preventDefault(); if (!busy) act(); };
  return html`<form class="job" novalidate onSubmit=${does(() => keep(off ? {} : undefined))}>
    ${form.restored && html`<div class="note" role="status"><p>${t("form.restored")} <button type="button" class="small secondary" onClick=${discard}>${t("form.discard")}</button></p></div>`}
    <${Part} name="what"><${Request} form=${form} targets=${targets} known=${known ?? []} secrets=${[...new Set([...named, ...(known ?? [])])].slice(0, 8)}>
      <${Secrets} form=${form} named=${[...new Set([...named, ...elsewhere])]} known=${known} again=${secrets.again} /><//><//>
    <${Part} name="when"><${Schedule} form=${form} /><//>
    <${Part} name="who"><${Identity} form=${form} name=${name} /><${Check} label=${t("form.enabled")} hint=${t("form.enabled_hint")} value=${v.enabled} set=${(x) => form.set("enabled", x)} /><//>
    <${Rest} form=${form} />
    <div class="bar"><${Meanwhile} form=${form} now=${now} gone=${gone} /><${Notes} form=${form} />
      ${form.problem && form.problem.status !== 412 && html`<p class="bad" role="status">${form.problem.message}</p>`}
      <div class="actions">${off && html`<button type="button" aria-busy=${busy ? "true" : null} onClick=${does(() => keep({ enabled: true }))}>${t("form.save_on")}</button>`}
        <button type="submit" class=${off ? "secondary" : null} aria-busy=${busy ? "true" : null}>${t(!name && v.enabled ? "form.save_on" : off || !v.enabled ? "form.save_off" : "save")}</button>
        <button type="button" class="secondary" onClick=${does(test)} disabled=${!!name && !now}>${t(!name ? "form.test_new" : form.dirty ? "form.test_save" : "form.test")}</button>
        <a href=${name ? href("jobs", name) : href("jobs")}>${t("cancel")}</a>
        ${form.dirty && html`<button type="button" class="bare" onClick=${discard}>${t("form.discard")}</button>`}</div>
      ${!name && html`<small class="quiet">${t("form.test_new_text")}</small>`}${off && html`<small class="warn">${t("form.is_off")}</small>`}</div></form>
    ${testing && html`<${TestCall} job=${now} open close=${close} more=${off && html`<button type="button" class="secondary" onClick=${does(() => keep({ enabled: true }))}>${t("form.switch_on")}</button>`} />`}`;
}

const Crumb = ({ name }) => html`<p class="crumb"><a href=${href("jobs")}>${t("nav.jobs")}</a>${name && html` / <a href=${href("jobs", name)}>${name}</a>`}</p>`;

// The server's own defaults: what it would make of a job that gives only what must be there.
const defaults = (zone) => ask("PUT", "jobs/new-job", { query: { dry_run: true }, body: { schedule: "0 7 * * *", timezone: zone, request: { url: "https://example.com/" } } });
async function beginning(copy, targets) {
  if (copy) {
    const job = await get(`jobs/${encodeURIComponent(copy)}`);
    return fromJob({ ...job, status: null, name: `${copy}-copy`.slice(-63) });
  }
  const { data } = await defaults(ownZone).catch((e) => { if (e.pointer !== "/timezone") throw e; return defaults("UTC"); });
  const { url, body, ...request } = data.request;
  return { ...fromJob({ ...data, status: null, name: "", target: targets[0]?.name ?? NEW, request: { ...request, url: "", body: {} } }) };
}
export function NewJob() {
  const copy = place.value.query.get("copy") ?? "", targets = useAsked("targets", {}, ["target"]), [start, set] = useState({});
  useTitle(t("form.new"));
  const begin = () => { set({}); beginning(copy, targets.data.items).then((values) => set({ values, copy }), (error) => set({ error })); };
  useEffect(() => { if (targets.data && may("admin")) begin(); }, [copy, !!targets.data]);
  const error = start.error ?? targets.error;
  return html`<${Crumb} /><h1>${copy ? t("form.copy", { name: copy }) : t("form.new")}</h1>
    ${!may("admin") ? html`<${Refused} />` : start.values && targets.data && start.copy === copy ? html`<${JobForm} key=${copy} id=${`job:new:${copy}`} start=${start.values} targets=${targets.data.items} />`
      : error ? html`<${Trouble} error=${error} again=${targets.data ? begin : targets.again} />` : html`<${Waiting} rows=${14} />`}`;
}

export function EditJob({ name }) {
  const job = useAsked(`jobs/${encodeURIComponent(name)}`, {}, ["job"], (e) => e.name === name), targets = useAsked("targets", {}, ["target"]), first = useRef();
  useTitle(t("form.edit", { name }));
  first.current ??= job.data;
  const gone = job.error?.status === 404, error = (!first.current && job.error) || (!targets.data && targets.error);
  return html`<${Crumb} name=${name} /><h1>${t("form.edit", { name })}</h1>
    ${!may("admin") ? html`<${Refused} />` : first.current && targets.data ? html`<${JobForm} id=${`job:${name}`} name=${name} start=${fromJob(first.current)} now=${job.data} gone=${gone} again=${job.again} targets=${targets.data.items} />`
      : error ? html`<${Trouble} error=${error} again=${job.again} />` : html`<${Waiting} rows=${14} />`}`;
}
