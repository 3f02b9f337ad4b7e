// All jobs: when each is due next, how its newest runs went, and what is done most often.
import { html } from "htm/preact";
import { useId, useRef } from "preact/hooks";
import { may, whenForgotten } from "../base/api.js";
import { useAsked } from "../base/asked.js";
import { href, place, withQuery } from "../base/router.js";
import { Time, span } from "../base/time.js";
import { t, tx } from "../base/text.js";
import { inWords } from "../base/words.js";
import { Asked } from "../parts/asked.js";
import { Chosen, Typed } from "../parts/filters.js";
import { Sparkline } from "../parts/spark.js";
import { Strip } from "../parts/state.js";
import { useSteady } from "../parts/steady.js";
import { Pages, Table } from "../parts/table.js";
import { useTitle } from "../parts/title.js";
import { Due, Health, PauseOrResume, RunNow } from "./job_state.js";
import "./jobs.css";

const RECENT = 20, PAGE = 100;
const STATES = { failing: { failing: true }, paused: { paused: true }, disabled: { enabled: false } };
const seen = new Set(); // tags, of the jobs that were shown so far: to choose from
whenForgotten(() => seen.clear());

function Filters() {
  const targets = useAsked("targets", {}, ["target"]).data?.items ?? [], tags = useId(), { query } = place.value;
  const asked = query.get("target"), names = targets.map((x) => x.name);
  if (asked && !names.includes(asked)) names.push(asked);
  return html`<search class="filters jobfilters">
    <${Typed} name="text" type="search" label=${t("jobs.search")} placeholder=${t("jobs.search_in")} />
    <${Typed} name="tag" label=${t("jobs.tag")} list=${tags} autocomplete="off" placeholder=${t("jobs.any")} />
    <datalist id=${tags}>${[...seen].sort().map((v) => html`<option key=${v} value=${v} />`)}</datalist>
    <${Chosen} name="target" label=${t("jobs.target")} options=${[["", t("jobs.any")], ...names.map((n) => [n, n])]} />
    <${Chosen} name="state" label=${t("jobs.state")} options=${[["", t("jobs.any_state")], ...Object.keys(STATES).map((s) => [s, t(`jobs.is_${s}`)])]} />
    <${Chosen} name="sort" label=${t("runs.sort")} options=${[["", t("jobs.sort_name")], ["next_at", t("jobs.sort_next")]]} /></search>`;
}

const Tags = ({ of }) => of.map((tag) => html` <a key=${tag} class="tag" href=${withQuery("#/jobs", { tag })}>${tag}</a>`);
const Name = ({ job }) => html`<div><div><a href=${href("jobs", job.name)}>${job.name}</a><${Tags} of=${job.tags} /></div>
  ${job.description && html`<small class="under">${job.description}</small>`}</div>`;
const Schedule = ({ job: { schedule, timezone } }) => html`<div class="words">${inWords(schedule)} <small class="under"><code>${schedule}</code>
  ${timezone !== "UTC" && html` ${timezone}`}</small></div>`;

function Runs({ job: { name, status } }) {
  const took = (status.recent ?? []).map((r) => r.duration_ms).reverse(), known = took.filter((v) => v != null);
  const label = known.length > 0 && t("spark.label", { n: known.length, least: span(Math.min(...known)), most: span(Math.max(...known)), last: span(known.at(-1)) });
  return html`<div class="newest"><a href=${withQuery("#/runs", { job: name })}><${Strip} runs=${status.recent} room=${RECENT} /></a>
    ${known.length > 0 && html`<span class="took"><${Sparkline} values=${took} room=${RECENT} label=${label} />
    <span>${span(known.at(-1))}</span></span>`}</div>`;
}
function Last({ job }) {
  const { failing, last_run: last } = job.status;
  return html`<div><${Health} job=${job} /> ${failing ? html`<small class="under">${tx("jobs.since", { n: failing.runs, at: html`<${Time} at=${failing.since} />` })}</small>
    <div class="message" title=${failing.message}>${failing.message}</div>` : last?.finished_at && html`<small class="under"><${Time} at=${last.finished_at} /></small>`}</div>`;
}
const columns = (again, stopped) => [
  { name: t("jobs.job"), show: (job) => html`<${Name} job=${job} />` },
  { name: t("jobs.schedule"), show: (job) => html`<${Schedule} job=${job} />` },
  { name: t("jobs.next"), class: "due", show: (job) => html`<div><${Due} job=${job} stopped=${stopped} /></div>` },
  { name: t("jobs.newest"), show: (job) => html`<${Runs} job=${job} />` },
  { name: t("jobs.last"), show: (job) => html`<${Last} job=${job} />` },
  may("operate") && { name: t("actions"), plain: true, show: (job) => html`<div class="actions"><${PauseOrResume} row job=${job} again=${again} kind="small secondary" />
    <${RunNow} row name=${job.name} kind="small secondary" /></div>` },
].filter(Boolean);

const NewJob = () => html`<a role="button" href="#/new-job">${t("form.new")}</a>`;
function None({ filtered }) {
  if (filtered) return html`<div class="empty"><p>${t("jobs.none_such")}</p><p><a href="#/jobs">${t("jobs.all")}</a></p></div>`;
  return html`<div class="empty"><p>${t("jobs.none")}</p>${may("admin") ? html`<${NewJob} />` : html`<p class="quiet">${t("jobs.none_admin")}</p>`}</div>`;
}

export function Jobs() {
  useTitle(t("nav.jobs"));
  const { query } = place.value, asked = Object.fromEntries(["text", "tag", "target", "sort", "cursor"].map((k) => [k, query.get(k)]));
  const shown = (data, kind) => kind !== "run" || names.current.has(data.job), names = useRef(new Set());
  const of = useSteady(useAsked("jobs", { ...asked, ...STATES[query.get("state")], recent: RECENT, limit: PAGE }, ["job", "run", "settings"], shown));
  const stopped = !!useAsked("status", {}, ["status"]).data?.paused, items = of.data?.items ?? [];
  names.current = new Set(items.map((j) => j.name));
  for (const job of items) for (const tag of job.tags) seen.add(tag);
  const filtered = ["text", "tag", "target", "state", "cursor"].some((k) => query.get(k));
  return html`<div class="head"><h1>${t("nav.jobs")}</h1>${may("admin") && html`<div class="actions"><${NewJob} /></div>`}</div>
    ${(items.length > 0 || filtered) && html`<${Filters} />`}
    <${Asked} of=${of} rows=${12}>${(data) => html`<div class="list jobs" aria-busy=${of.old ? "true" : null}>
      ${data.items.length ? html`<${Table} label=${t("nav.jobs")} columns=${columns(of.again, stopped)} items=${data.items} of=${(j) => j.name}
        tone=${(j) => j.enabled && !j.status.paused ? null : "off"} />` : html`<${None} filtered=${filtered} />`}</div><${Pages} data=${data} />`}<//>`;
}
