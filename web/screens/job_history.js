// How a job fared: its newest runs one by one, the last hours or days in sums, and the numbers that its answers gave.
import { html } from "htm/preact";
import { useMemo } from "preact/hooks";
import { useAsked } from "../base/asked.js";
import { go, href, place, setQuery, withQuery } from "../base/router.js";
import { Time, local, span } from "../base/time.js";
import { count, language, percent, t } from "../base/text.js";
import { Asked } from "../parts/asked.js";
import { Bars } from "../parts/bars.js";
import { Plot } from "../parts/plot.js";
import { State } from "../parts/state.js";
import { useSteady } from "../parts/steady.js";
import { Facts, Table } from "../parts/table.js";
import { pathOf } from "./job_state.js";

const NEWEST = 20, DRAWN = 200, LATE_MS = 1000, MOST_METRICS = 12;
const WINDOWS = ["24h", "7d", "30d"];
const KINDS = [["succeeded", "good"], ["failed", "bad"], ["missed", "warn"], ["skipped", "quiet"], ["canceled", "live"]];

// The newest few are asked for as they happen, and stand before the many, which are asked for now and then.
function useRuns(name) {
  const job = { job: name }, many = useAsked("runs", { ...job, limit: DRAWN }), few = useAsked("runs", { ...job, limit: NEWEST }, ["run"], (e) => e.job === name);
  const all = useMemo(() => {
    const newest = few.data?.items ?? [], known = new Set(newest.map((r) => r.id));
    return [...newest, ...(many.data?.items ?? []).filter((r) => !known.has(r.id))].slice(0, DRAWN);
  }, [many.data, few.data]);
  return { few, all, loading: many.loading };
}

// --- one by one

const POINTS = [["succeeded", "good"], ["failed", "bad"], ["other", "quiet"], ["late", "warn"]];
const kindOf = ({ state }) => state === "succeeded" ? "succeeded" : state === "failed" || state === "missed" ? "failed" : "other";
const isLate = (r) => r.lateness_ms > LATE_MS;
const at = (r) => Date.parse(r.started_at ?? r.scheduled_for) / 1000;

// Runs in the order of time, and a column for each kind of point.
function columnsOf(runs) {
  const drawn = runs.filter((r) => r.finished_at).sort((a, b) => at(a) - at(b)), took = (r) => r.duration_ms ?? 0;
  return [drawn, [drawn.map(at), ...POINTS.map(([k]) => drawn.map((r) => (k === "late" ? isLate(r) : kindOf(r) === k) ? took(r) : null))]];
}
const dots = (size, hollow) => ({ paths: () => null, points: { show: true, size, width: hollow ? 2 : 0, fill: hollow ? "transparent" : (u, i) => u.series[i].stroke(u, i) } });
// A click leads to the run that is nearest. Few runs stand in the middle of a minute at least.
const around = (u, min, to) => { const max = u.data[0].length > 1 ? to : min, more = Math.max(30 - (max - min) / 2, (max - min) / 50); return [min - more, max + more]; };
const leadsTo = (runs) => ({ scales: { x: { range: around } }, hooks: { ready: [(u) => u.over.addEventListener("click", () => { const r = runs.now[u.cursor.idx]; if (r) go(href("runs", r.id)); })] } });

function Durations({ runs }) {
  const [drawn, data] = useMemo(() => columnsOf(runs), [runs]), held = useMemo(() => ({ now: [] }), []), more = useMemo(() => leadsTo(held), []);
  held.now = drawn;
  if (!drawn.length) return html`<p class="quiet empty">${t("strip.none")}</p>`;
  const took = drawn.map((r) => r.duration_ms).filter((v) => v != null).sort((a, b) => a - b), n = (f) => drawn.filter(f).length;
  const told = t("history.told", { n: drawn.length, p50: span(took[took.length >> 1]), max: span(took.at(-1)), failed: n((r) => kindOf(r) === "failed"), late: n(isLate) });
  return html`<p class="quiet">${told}</p><${Plot} label=${told} data=${data} more=${more} height=${220} axes=${[{}, { values: (_, all) => all.map((v) => v == null ? "" : span(v)), size: 76 }]}
    series=${POINTS.map(([k, tone]) => ({ label: t(`history.kind_${k}`), tone, value: (_, v) => span(v), ...dots(k === "late" ? 11 : 6, k === "late") }))} />`;
}

// --- in sums

export const windowOf = (asked) => WINDOWS.includes(asked) ? asked : WINDOWS[0];
export const Windows = ({ now }) => html`<div class="actions choice" role="group" aria-label=${t("history.window")}>${WINDOWS.map((w) => html`
  <button key=${w} type="button" class="small secondary" aria-pressed=${w === now ? "true" : "false"} onClick=${() => setQuery({ window: w === WINDOWS[0] ? null : w })}>${t(`history.in_${w}`)}</button>`)}</div>`;

// `of`: of which runs, as the list of runs asks for them.
export function Sums({ of, data: d }) {
  const day = d.point_s >= 86400, format = (more) => new Intl.DateTimeFormat(language.value, day ? { day: "numeric", month: "short", timeZone: "UTC", ...more } : { hour: "numeric", minute: "2-digit", ...more });
  const short = format(d.series.length > 24 && !day ? { day: "numeric", month: "short", hour: undefined, minute: undefined } : {}), long = format(day ? {} : { day: "numeric", month: "short" });
  const points = d.series.map((p) => ({ label: long.format(new Date(p.start)), values: p,
    href: p.runs && d.series.length <= 31 ? withQuery("#/runs", { ...of, since: p.start, until: new Date(Date.parse(p.start) + d.point_s * 1000).toISOString() }) : null }));
  const step = d.series.length > 31 ? 24 : 6, ticks = points.map((_, i) => [i, short.format(new Date(d.series[i].start))]).filter(([i]) => i % step === step >> 1);
  return html`<${Facts} of=${[
    [t("nav.runs"), count(d.runs)], ...KINDS.slice(1).filter(([k]) => d[k]).map(([k, tone]) => [t(`state.${k}`), html`<span class=${tone}>${count(d[k])}</span>`]),
    [t("overview.rate"), percent(d.success_rate)], [t("history.p50"), span(d.duration_ms.p50)], [t("history.p95"), span(d.duration_ms.p95)],
    [t("history.p99"), span(d.duration_ms.p99)], [t("history.max"), span(d.duration_ms.max)], ...["p50", "p95", "p99"].map((p) => [t(`history.late_${p}`), span(d.lateness_ms[p])])]} />
    <${Bars} label=${t("history.bars", { n: d.runs, good: d.succeeded, bad: d.failed + d.missed })} points=${points} kinds=${KINDS.map(([k, tone]) => [k, tone, t(`state.${k}`)])} ticks=${ticks} />`;
}

// --- what the answers gave

// One number over time: of each run, or summed up by the hour or day.
function Metric({ name, total, points }) {
  const data = useMemo(() => [points.map((p) => p[0]), points.map((p) => p[1])], [points]);
  const told = t("metric.told", { sum: total?.sum, mean: total?.mean, max: total?.max });
  return html`<div class="card"><h3>${name}</h3><p class="quiet">${total ? told : t("metric.none")}</p>${points.some((p) => p[1] != null) && html`
    <${Plot} label=${`${name}: ${told}`} data=${data} height=${130} series=${[{ label: name, value: (_, v) => count(v), points: { show: (u) => u.data[1].filter((v) => v != null).length <= 60, size: 5 } }]} />`}</div>`;
}
export function Metrics({ own = {}, stats, runs }) {
  const each = runs && stats.window === WINDOWS[0];
  const all = [...new Set([...Object.keys(own), ...Object.keys(stats.metrics)])], names = all.slice(0, MOST_METRICS);
  const series = useMemo(() => {
    const given = (runs ?? []).filter((r) => r.metrics && r.finished_at).sort((a, b) => at(a) - at(b));
    return Object.fromEntries(names.map((k) => [k, each ? given.filter((r) => r.metrics[k] != null).map((r) => [at(r), r.metrics[k]])
      : stats.series.map((p) => [Date.parse(p.start) / 1000, p.metrics[k] ?? null])]));
  }, [each ? runs : null, stats, names.join()]);
  if (!names.length) return null;
  return html`<section aria-labelledby="metrics"><h2 id="metrics">${t("metric.title")}</h2>
    <p class="quiet">${t(each ? "metric.each" : stats.point_s > 3600 ? "metric.day" : "metric.hour")} ${all.length > names.length && t("names.more", { n: all.length - names.length })}</p>
    <div class="grid metrics">${names.map((k) => html`<${Metric} key=${k} name=${k} total=${stats.metrics[k]} points=${series[k]} />`)}</div></section>`;
}

const columns = () => [
  { name: t("runs.scheduled"), show: (r) => html`<a href=${href("runs", r.id)}><${Time} at=${r.scheduled_for} form=${local} /></a>` },
  { name: t("jobs.state"), show: (r) => html`<${State} of=${r.state} />` },
  { name: t("history.trigger"), show: (r) => t(`trigger.${r.trigger}`) },
  { name: t("history.took"), class: "num", show: (r) => span(r.duration_ms) },
  { name: t("history.lateness"), class: "num", show: (r) => html`<span class=${isLate(r) ? "warn" : null}>${span(r.lateness_ms)}</span>` },
  { name: t("history.message"), class: "message", show: (r) => r.message && html`<span title=${r.message}>${r.message}</span>` },
];

export function History({ job }) {
  const { few, all, loading } = useRuns(job.name), window = windowOf(place.value.query.get("window"));
  const stats = useSteady(useAsked(pathOf(job.name, "stats"), { window }, ["run"], (e) => e.job === job.name));
  return html`<section aria-labelledby="history"><h2 id="history">${t("history.title")}</h2>
      ${loading ? html`<${Asked} of=${few} rows=${8}>${() => html`<${Durations} runs=${all} />`}<//>` : html`<${Durations} runs=${all} />`}</section>
    <section aria-labelledby="sums"><div class="head"><h2 id="sums">${t("history.sums")}</h2><${Windows} now=${window} /></div>
      <${Asked} of=${stats} rows=${8}>${(d) => html`<${Sums} of=${{ job: job.name }} data=${d} />`}<//></section>
    ${stats.data && html`<${Metrics} own=${job.metrics} stats=${stats.data} runs=${all} />`}
    <section aria-labelledby="newest" class="newest-runs"><h2 id="newest">${t("jobs.newest")}</h2>
      <${Asked} of=${few} rows=${8}>${(d) => html`<${Table} label=${t("jobs.newest")} columns=${columns()} items=${d.items} of=${(r) => r.id} empty=${t("strip.none")} />
        ${d.items.length > 0 && html`<p class="actions"><a href=${withQuery("#/runs", { job: job.name })}>${t("job.all_runs")}</a></p>`}`}<//></section>`;
}
