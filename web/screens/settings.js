// What holds for the whole server, who may do what, copies of it all, and what it says of itself.
import { html } from "htm/preact";
import { Problem, credentials, get, may, patch, token, who } from "../base/api.js";
import { useAsked } from "../base/asked.js";
import { count, t } from "../base/text.js";
import { Time, local } from "../base/time.js";
import { Act, say } from "../parts/act.js";
import { Asked } from "../parts/asked.js";
import { Check, Input, Refusal, useForm } from "../parts/form.js";
import { Badge } from "../parts/state.js";
import { Facts } from "../parts/table.js";
import { useTitle } from "../parts/title.js";
import { Password, Sessions } from "./account.js";
import { Tokens } from "./tokens.js";
import "./settings.css";

const NUMBERS = ["retention_days", "retention_failed_days", "retention_bodies_days", "retention_runs", "backup_keep", "alert_group_s", "heartbeat_every_s"], TEXTS = ["backup_schedule", "heartbeat_url", "page_url"];
const typed = (x) => ({
  was: x, paused: x.paused, ...Object.fromEntries(NUMBERS.map((n) => [n, String(x[n])])),
  ...Object.fromEntries(TEXTS.map((n) => [n, x[n] ?? ""])),
});
// Only what the reader changed: somebody else may have paused everything meanwhile. What is not a number goes as it was
// typed: the server says what is wrong with it.
const sent = ({ was, ...v }) => Object.fromEntries(Object.entries({
  ...v, ...Object.fromEntries(NUMBERS.map((n) => [n, /^\d+$/.test(v[n].trim()) ? +v[n] : v[n]])),
  ...Object.fromEntries(TEXTS.map((n) => [n, v[n].trim() || null])),
}).filter(([name, to]) => to !== was[name]));

function ServerForm({ settings, again }) {
  const f = useForm("settings", typed(settings)), fields = [...NUMBERS, ...TEXTS];
  const save = async (e) => {
    e.preventDefault();
    const done = await f.save((v) => patch("settings", sent(v)));
    if (!done) return;
    say(t("saved"));
    f.reset(typed(done));
    again();
  };
  const field = (n) => html`<${Input} key=${n} label=${t(`setting.${n}`)} hint=${t(`setting.${n}_hint`)}
    error=${f.error(`/${n}`)} inputmode=${TEXTS.includes(n) ? "text" : "numeric"} autocomplete="off"
    value=${f.values[n]} set=${(v) => f.set(n, v)} disabled=${!may("admin")} />`;
  return html`<form onSubmit=${save}>
    <${Check} label=${t("settings.paused")} value=${f.values.paused} set=${(v) => f.set("paused", v)} disabled=${!may("admin")} />
    <div class="row">${NUMBERS.slice(0, 4).map(field)}</div><div class="row">${["backup_schedule", "backup_keep"].map(field)}</div>
    <h3>${t("nav.alerts")}</h3><div class="row">${["page_url", "alert_group_s", "heartbeat_url", "heartbeat_every_s"].map(field)}</div>
    ${may("admin") && !f.values.page_url && html`<p><button type="button" class="small secondary" onClick=${() => f.set("page_url", location.origin)}>${t("settings.page_here", { url: location.origin })}</button></p>`}
    ${f.problem && !f.error(...fields.map((n) => `/${n}`)) && html`<${Refusal} of=${f.problem} />`}
    ${may("admin") && html`<button type="submit" aria-busy=${f.busy ? "true" : null}>${t("save")}</button>`}</form>`;
}
function Server() {
  const of = useAsked("settings", {}, ["settings"]);
  return html`<section class="card"><h2>${t("settings.server")}</h2><${Asked} of=${of} rows=${3}>
    ${(s) => html`<${ServerForm} settings=${s} again=${of.again} />`}<//></section>`;
}

// A browser sends a session's cookie with a link by itself, and the file goes to disk as it comes; a token has to be
// sent along, so the file passes through memory.
const keep = (download, href) => Object.assign(document.createElement("a"), { download, href }).click();
function keepBlob(name, blob) {
  const url = URL.createObjectURL(blob);
  keep(name, url);
  setTimeout(() => URL.revokeObjectURL(url), 60000);
}
async function backup() {
  const name = "edgecron.db", path = "/api/v1/backup";
  if (!token()) return keep(name, path);
  const answer = await fetch(path, { headers: credentials(), cache: "no-store" });
  if (!answer.ok) throw new Problem({ ...await answer.json().catch(() => ({})), status: answer.status });
  keepBlob(name, await answer.blob());
}
const exported = async () =>
  keepBlob("edgecron.json", new Blob([JSON.stringify(await get("export"), null, 2), "\n"], { type: "application/json" }));
const Copies = () => html`<section class="card"><h2>${t("settings.copies")}</h2>
  ${may("admin") && html`<p>${t("settings.backup_about")}</p><p><${Act} what=${t("settings.backup")} does=${backup} /></p>`}
  <p>${t("settings.export_about")}</p><p><${Act} what=${t("settings.export")} does=${exported} /></p></section>`;

const size = (bytes) => {
  if (bytes == null) return null;
  const step = Math.max(0, Math.min(4, Math.floor(Math.log(bytes || 1) / Math.log(1024))));
  return `${count(Math.round(bytes / 1024 ** step * 10) / 10)} ${["B", "KiB", "MiB", "GiB", "TiB"][step]}`;
};
const Checks = ({ of }) => html`<ul class="checks">${of.map((c) => html`<li key=${c.name}><${Badge} tone=${c.ok ? "good" : "warn"} sign=${c.ok ? "✓" : "!"}>${c.name}<//>
  ${c.message && html` ${c.message}`}</li>`)}</ul>`;
function About() {
  const of = useAsked("status", {}, ["status"]);
  return html`<section class="card"><h2>${t("settings.about")}</h2><${Asked} of=${of}>${(s) => html`
    <${Facts} of=${[[t("secrets.version"), `edgecron ${s.version}`], [t("settings.since"), html`<${Time} at=${s.started_at} form=${local} />`],
      [t("settings.zones"), s.timezones], [t("settings.store"), size(s.store_bytes)], [t("settings.disk"), size(s.disk_free_bytes)], [t("settings.finished"), count(s.finished)],
      [t("settings.you"), t("settings.you_are", who.value)], [t("settings.api"), html`<a href="/api/openapi.json">openapi.json</a>`]]} />
    <h3>${t("settings.checks")}</h3><${Checks} of=${s.checks} />
    <h3>${t("settings.confinement")}</h3><${Checks} of=${s.confinement} />`}<//></section>`;
}

export function Settings() {
  useTitle(t("nav.settings"));
  return html`<div class="head"><h1>${t("nav.settings")}</h1></div><${Server} />
    ${may("admin") && html`<${Tokens} /><${Password} /><${Sessions} />`}<${Copies} /><${About} />`;
}
