// Runs, newest first, as they happen.
import { html } from "htm/preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { may, post } from "../base/api.js";
import { useAsked } from "../base/asked.js";
import { go, href, place, setQuery } from "../base/router.js";
import { count, t } from "../base/text.js";
import { Time, local, span } from "../base/time.js";
import { Act, say } from "../parts/act.js";
import { Asked } from "../parts/asked.js";
import { Chosen, Typed, When, filter } from "../parts/filters.js";
import { SIGNS, STATES, State, outcomeTone, tone } from "../parts/state.js";
import { useSteady } from "../parts/steady.js";
import { Pages, Table } from "../parts/table.js";
import { Lasting } from "../parts/ticking.js";
import { useTitle } from "../parts/title.js";
import "./runs.css";

const PAGE = 50, LATE_MS = 1000, READING = 200; // px down, where somebody reads
const FILTERS = ["job", "state", "outcome", "trigger", "tag", "target", "text", "since", "until", "sort"];
const OUTCOMES = ["ok", "http_status", "assertion", "timeout", "dns", "connect", "tls", "protocol", "too_large", "blocked", "secret", "interrupted", "canceled"];
const TRIGGERS = ["schedule", "catch_up", "manual", "api", "retry", "alert"], SORTS = ["-duration_ms", "-lateness_ms", "created_at"];

export const figures = (metrics) => Object.entries(metrics ?? {}).map(([k, v]) => `${k} ${count(v)}`).join(", ");
export async function retry(id) {
  const run = await post(`runs/${id}/retry`);
  say(t("runs.retried"));
  go(href("runs", run.id));
}

// While somebody reads further down, points at a row or has the focus there, new runs wait behind a button; those that
// are shown change in place.
function useHeld({ data, old }, list, place) {
  const shown = useRef(null), [, draw] = useState(0);
  if (!data || old) return { data, waiting: 0, release() {} };
  const read = scrollY >= READING || place.current?.matches(":hover, :focus-within");
  if (shown.current?.list !== list || !read) shown.current = { list, data };
  const held = shown.current.data, now = new Map(data.items.map((r) => [r.id, r])), ids = new Set(held.items.map((r) => r.id));
  const waiting = data.items.filter((r) => !ids.has(r.id)).length;
  const release = () => {
    shown.current = { list, data };
    draw((n) => n + 1);
  };
  return { data: held === data ? data : { ...held, items: held.items.map((r) => now.get(r.id) ?? r) }, waiting, release };
}

function States() {
  const on = (place.value.query.get("state") ?? "").split(",");
  const press = (state) => filter({ state: STATES.filter((s) => on.includes(s) !== (s === state)).join(",") });
  return html`<fieldset class="states"><legend>${t("jobs.state")}</legend>${STATES.map((s) => html`<button key=${s} type="button" class="small secondary"
    aria-pressed=${on.includes(s) ? "true" : "false"} onClick=${() => press(s)}><span class=${tone(s)} aria-hidden="true">${SIGNS[tone(s)]}</span> ${t(`state.${s}`)}</button>`)}</fieldset>`;
}
// What the address asks for can be chosen, though it be several at once.
function choices(name, options, words) {
  const asked = place.value.query.get(name), all = asked && !options.includes(asked) ? [...options, asked] : options;
  return [["", t("runs.any")], ...all.map((o) => [o, o.split(",").map(words).join(", ")])];
}
function Filters() {
  const jobs = useId(), typed = place.value.query.get("job") ?? "", known = useAsked("jobs", { text: typed, limit: 20 }).data?.items ?? [];
  return html`<search class="filters runfilters"><${Typed} name="job" label=${t("jobs.job")} list=${jobs} /><datalist id=${jobs}>${known.map((j) => html`<option key=${j.name} value=${j.name} />`)}</datalist>
    <${Chosen} name="trigger" label=${t("runs.trigger")} options=${choices("trigger", TRIGGERS, (x) => t(`trigger.${x}`))} />
    <${When} name="since" label=${t("runs.since")} /><${When} name="until" label=${t("runs.until")} /><${States} />
    <details class="more" open=${["outcome", "tag", "target", "text", "sort"].some((f) => place.value.query.get(f))}><summary>${t("runs.more")}</summary><div class="filters">
      <${Chosen} name="outcome" label=${t("runs.outcome")} options=${choices("outcome", OUTCOMES, (x) => t(`outcome.${x}`))} /><${Typed} name="text" label=${t("runs.text")} />
      <${Typed} name="tag" label=${t("jobs.tag")} /><${Typed} name="target" label=${t("jobs.target")} />
      <${Chosen} name="sort" label=${t("runs.sort")} options=${[["", t("runs.newest")], ...SORTS.map((s) => [s, t(`runs.by.${s}`)])]} /></div></details></search>`;
}

const What = ({ of: r }) => html`<div><span class=${r.outcome ? outcomeTone(r.outcome) : "quiet"}>${r.http_status ?? (r.outcome ? t(`outcome.${r.outcome}`) : "")}</span>
  ${r.attempt_count > 1 && html` <span class="quiet">${t("runs.attempts", { n: r.attempt_count })}</span>`}
  ${(r.message || r.metrics) && html`<small class="under clamped" title=${r.message}>${r.message || figures(r.metrics)}</small>`}</div>`;
const columns = () => [
  { name: t("jobs.job"), show: (r) => html`<div><a href=${href("runs", r.id)}>${r.job}</a>${(r.trigger !== "schedule" || r.edited) && html`<small class="under">${t(`trigger.${r.trigger}`)}${r.edited && `, ${t("runs.edited")}`}</small>`}</div>` },
  { name: t("jobs.state"), show: (r) => html`<${State} of=${r.state} />` },
  { name: t("runs.scheduled"), show: (r) => html`<div><${Time} at=${r.scheduled_for} form=${local} />${r.lateness_ms > LATE_MS && html`<small class="under">${t("runs.late", { time: span(r.lateness_ms) })}</small>`}</div>` },
  { name: t("runs.took"), class: "num", show: (r) => r.state === "running" ? html`<${Lasting} since=${r.started_at} />` : span(r.duration_ms) },
  { name: t("runs.what"), class: "what", show: (r) => html`<${What} of=${r} />` },
  { name: t("actions"), plain: true, class: "num", show: (r) => ["failed", "missed"].includes(r.state) && may("operate")
    && html`<${Act} kind="secondary small" what=${t("runs.retry")} label=${t("runs.retry_label", { job: r.job })} does=${() => retry(r.id)} />` },
];

export function Runs() {
  useTitle(t("nav.runs"));
  const { query } = place.value, cursor = query.get("cursor"), asked = Object.fromEntries(FILTERS.map((f) => [f, query.get(f)])), filtered = FILTERS.some((f) => asked[f]);
  const of = useSteady(useAsked("runs", { ...asked, limit: PAGE, cursor }, cursor ? [] : ["run"], (r) => !asked.job || r.job === asked.job));
  const list = useRef(), { data, waiting, release } = useHeld(of, query.toString(), list);
  const left = () => setTimeout(() => { if (waiting && scrollY < READING && !list.current?.matches(":hover, :focus-within")) release(); });
  useEffect(() => { // who goes back to the top gets what waited
    addEventListener("scrollend", left);
    return () => removeEventListener("scrollend", left);
  });
  const toTop = () => { // the button that did it is gone then
    scrollTo(0, 0);
    document.querySelector("main").focus({ preventScroll: true });
  };
  const show = () => { toTop(); release(); };
  const clear = () => { toTop(); setQuery({ ...Object.fromEntries(FILTERS.map((f) => [f, null])), cursor: null }); };
  const clearing = html`<button type="button" class="secondary" onClick=${clear}>${t("runs.clear")}</button>`;
  const empty = (d) => d.next_cursor ? t("runs.none_here") : filtered || cursor ? t("runs.none_such") : html`${t("runs.none")} <a href="#/jobs">${t("nav.jobs")}</a>`;
  return html`<div class="head"><h1>${t("nav.runs")}</h1>${filtered && html`<div class="actions">${clearing}</div>`}</div><${Filters} />
    ${waiting > 0 && html`<p class="fresh"><button type="button" onClick=${show}>${t(waiting < PAGE ? "runs.fresh" : "runs.fresh_many", { n: waiting })}</button></p>`}
    <div ref=${list} class="runs" aria-busy=${of.old ? "true" : null} onMouseLeave=${left} onFocusOut=${left}><${Asked} of=${{ ...of, data }} rows=${12}>${(d) => html`
      <${Table} label=${t("nav.runs")} columns=${columns()} items=${d.items} of=${(r) => r.id} empty=${empty(d)} /><${Pages} data=${d} />`}<//></div>`;
}
