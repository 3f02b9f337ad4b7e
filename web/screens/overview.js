// Is all well? If not, why not; what comes next, what is under way, and how the last day went.
import { html } from "htm/preact";
import { may, patch } from "../base/api.js";
import { useAsked } from "../base/asked.js";
import { href, withQuery } from "../base/router.js";
import { count, language, percent, t, tx } from "../base/text.js";
import { span } from "../base/time.js";
import { Act, confirmed, say } from "../parts/act.js";
import { Asked, Trouble, Waiting } from "../parts/asked.js";
import { Bars } from "../parts/bars.js";
import { SIGNS, State } from "../parts/state.js";
import { Facts, Table } from "../parts/table.js";
import { Lasting, Soon } from "../parts/ticking.js";
import { useTitle } from "../parts/title.js";
import { Reason, keyOf } from "./reason.js";
import { useStanding } from "./standing.js";
import { Timeline } from "./timeline.js";
import "./overview.css";

const SHOWN = 6, EACH = 2, ROOM = 10;
const MARK = { bad: "✗ ", warn: "! " }; // in the tab's title

// --- the sentence, and what can be done about all at once

export const words = (told) => told ? t(told.key, told.values) + (told.but ? t(...told.but) : "") : t("well.asking");
function Sentence({ told }) {
  useTitle((MARK[told?.tone] ?? "") + words(told));
  if (!told) return html`<h1 class="quiet">${words(told)}</h1>`;
  const job = told.next && html`<a href=${href("jobs", told.next.job)}>${told.next.job}</a>`;
  return html`<h1 class="sentence"><span class=${told.tone}>${told.tone !== "quiet" && html`<span aria-hidden="true">${told.tone === "warn" ? "!" : SIGNS[told.tone]} </span>`}${words(told)}.</span>
    ${told.next && html` <span class="next">${tx("well.next", { job, when: html`<${Soon} at=${told.next.at} />` })}</span>`}</h1>`;
}
function Pause({ status }) {
  const { paused } = status.data;
  const turn = async () => {
    if (!paused && !await confirmed(t("overview.pause_ask"), t("overview.pause"))) return;
    await patch("settings", { paused: !paused });
    say(t(paused ? "overview.resumed" : "overview.paused"));
    await status.again();
  };
  if (!may("admin")) return null;
  return html`<div class="actions"><${Act} what=${t(paused ? "jobs.resume" : "overview.pause")} does=${turn} kind=${paused ? "" : "secondary"} /></div>`;
}
// All that fails, as far as there is room; of what is less, the first of each kind: the rest is under Alerts.
function shortened(reasons) {
  const seen = {};
  return reasons.filter((r) => r.kind !== "paused").filter((r) => r.tone === "bad" || (seen[r.kind] = (seen[r.kind] ?? 0) + 1) <= EACH).slice(0, SHOWN);
}
function Reasons({ told, unlisted }) {
  const shown = shortened(told.reasons), rest = told.reasons.filter((r) => r.kind !== "paused").length - shown.length + unlisted;
  // Asked only where there is something to tell.
  const channels = useAsked(told.reasons.some((r) => r.tone === "bad") ? "channels" : null, {}, ["settings"]).data, untold = channels && !channels.items.some((c) => c.enabled);
  if (!shown.length) return null;
  return html`<ul class="reasons" aria-label=${t("wrong.label")}>${shown.map((r) => html`<${Reason} key=${keyOf(r)} of=${r} />`)}</ul>
    ${untold && html`<p class="note">${tx("wrong.untold", { channel: html`<a href=${may("admin") ? "#/new-channel" : "#/alerts"}>${t("wrong.channel_make")}</a>` })}</p>`}
    ${rest > 0 && html`<p><a href="#/alerts">${t("wrong.more", { n: rest })}</a></p>`}`;
}

// --- nothing yet

function Guide({ secrets }) {
  const targets = useAsked("targets", {}, ["target"]);
  const steps = [["target", href("new-target"), targets.data?.items.length], ["secret", href("secrets"), secrets.data?.items.length], ["job", href("new-job"), 0]];
  return html`<section aria-labelledby="steps"><h2 id="steps">${t("overview.steps")}</h2><ol class="guide">${steps.map(([name, to, has]) => html`
    <li key=${name} class=${has ? "card good" : "card"}><h3><a href=${to}>${t(`overview.step_${name}`)}</a>
      ${has > 0 && html` <span class="badge good"><span aria-hidden="true">✓</span> ${t("overview.step_done")}</span>`}</h3><p class="quiet">${t(`overview.step_${name}_text`)}</p></li>`)}</ol></section>`;
}

// --- the last day

const KINDS = [["succeeded", "good"], ["failed", "bad"], ["missed", "warn"], ["skipped", "quiet"], ["canceled", "quiet"]];
function Day({ data: d }) {
  const hour = (at) => new Intl.DateTimeFormat(language.value, { hour: "numeric", minute: "2-digit" }).format(at);
  const points = d.series.map((p) => {
    const start = new Date(p.start), end = new Date(start.getTime() + d.point_s * 1000);
    return { label: `${hour(start)}–${hour(end)}`, values: p, href: p.runs ? withQuery(href("runs"), { since: p.start, until: end.toISOString() }) : null };
  });
  const ticks = points.map((p, i) => [i, hour(new Date(d.series[i].start))]).filter(([i]) => i % 6 === 2);
  return html`<${Facts} of=${[
    [t("nav.runs"), count(d.runs)], ...KINDS.filter(([k]) => d[k]).map(([k, tone]) => [t(`state.${k}`), html`<span class=${k === "canceled" ? "" : tone}>${count(d[k])}</span>`]),
    [t("overview.rate"), percent(d.success_rate)], [t("overview.duration"), span(d.duration_ms.p95)], [t("overview.lateness"), span(d.lateness_ms.p95)]]} />
    <${Bars} label=${t("overview.day_label")} points=${points} kinds=${KINDS.map(([k, tone]) => [k, tone, t(`state.${k}`)])} ticks=${ticks} />`;
}
function LastDay() {
  const asked = useAsked("stats", { window: "24h" });
  return html`<section class="day" aria-labelledby="day"><h2 id="day">${t("overview.day")}</h2><${Asked} of=${asked} rows=${5}>
    ${(d) => d.runs ? html`<${Day} data=${d} />` : html`<p class="quiet">${t("overview.day_none")}</p>`}<//></section>`;
}

// --- under way

const TIMES = {
  running: (r) => tx("overview.runs_for", { span: html`<${Lasting} since=${r.started_at} />` }),
  retrying: (r) => tx("overview.again_at", { when: html`<${Soon} at=${r.next_attempt_at} />` }),
  queued: (r) => tx("overview.waits_for", { span: html`<${Lasting} since=${r.scheduled_for} />` }),
};
function UnderWay({ status: s, waiting }) {
  const running = useAsked(s.in_flight ? "runs" : null, { state: "running", sort: "created_at", limit: ROOM }, ["run"]);
  const retrying = useAsked(s.retrying ? "runs" : null, { state: "retrying", sort: "created_at", limit: ROOM }, ["run"]);
  const parts = [["running", s.in_flight, running], ["retrying", s.retrying, retrying], ["queued", s.queued, waiting]];
  const items = parts.flatMap(([, n, of]) => n ? of.data?.items.slice(0, ROOM) ?? [] : []);
  const columns = [
    { name: t("jobs.job"), show: (r) => html`<a href=${href("runs", r.id)}>${r.job}</a>` },
    { name: t("jobs.state"), show: (r) => html`<${State} of=${r.state} />` },
    { name: t("overview.time"), class: "nowrap", show: (r) => html`<span>${TIMES[r.state]?.(r)}${r.attempt_count > 1 ? `, ${t("overview.attempt", { n: r.attempt_count })}` : ""}</span>` },
    { name: t("overview.last"), class: "said", show: (r) => r.message || html`<span class="quiet">–</span>` },
  ];
  return html`<section aria-labelledby="now"><h2 id="now">${t("overview.under_way")} ${parts.filter(([, n]) => n).map(([state, n]) => html`<small key=${state}><a
      href=${withQuery(href("runs"), { state })}>${count(n)} ${t(`state.${state}`)}</a></small> `)}</h2>
    <${Table} label=${t("overview.under_way")} columns=${columns} items=${items} of=${(r) => r.id} empty=${t("overview.idle")} /></section>`;
}

export function Overview() {
  const { told, unlisted, status, waiting, secrets, error } = useStanding(), s = status.data;
  return html`<div class="head"><${Sentence} told=${told} />${s?.jobs > 0 && html`<${Pause} status=${status} />`}</div>
    ${error && !told && html`<${Trouble} error=${error} again=${status.again} />`}
    ${!told ? !error && html`<${Waiting} rows=${8} />` : html`<${Reasons} told=${told} unlisted=${unlisted} />
      ${s.jobs ? html`<${Timeline} sealed=${s.sealed} /><${LastDay} /><${UnderWay} status=${s} waiting=${waiting} />` : html`<${Guide} secrets=${secrets} />`}`}`;
}
