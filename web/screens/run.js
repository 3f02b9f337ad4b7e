// One run: what came of it, attempt by attempt, and what can be done about it.
import { html } from "htm/preact";
import { get, may, post } from "../base/api.js";
import { useAsked } from "../base/asked.js";
import { curl, secretsOf } from "../base/curl.js";
import { go, href, withQuery } from "../base/router.js";
import { count, t } from "../base/text.js";
import { Time, local, span } from "../base/time.js";
import { Act, Copy, confirmed, say } from "../parts/act.js";
import { Asked } from "../parts/asked.js";
import { Exchange } from "../parts/exchange.js";
import { State, tone } from "../parts/state.js";
import { Code, Facts, pretty } from "../parts/table.js";
import { Lasting, Soon } from "../parts/ticking.js";
import { useTitle } from "../parts/title.js";
import { retry } from "./runs.js";

const OPEN = ["queued", "running", "retrying"];

async function cancel(id) {
  if (!await confirmed(t("runs.one_cancel_sure"), t("runs.one_cancel"))) return;
  await post(`runs/${id}/cancel`);
  say(t("runs.one_canceled"));
}
// The run of that job before or after: lists go by time, so one more question finds it.
async function beside(run, later) {
  const { items } = await get("runs", { job: run.job, limit: 2, ...later ? { since: run.scheduled_for, sort: "created_at" } : { cursor: run.id } });
  const next = items.find((r) => r.id !== run.id && (later ? r.id > run.id : r.id < run.id));
  if (next) go(href("runs", next.id)); else say(t(later ? "runs.one_no_later" : "runs.one_no_earlier"));
}
const sentBy = (run) => run.attempts.findLast((a) => a.request?.url)?.request;
function Actions({ run }) {
  const sent = sentBy(run), open = OPEN.includes(run.state);
  return html`<div class="actions">${open ? may("operate") && html`<${Act} kind="danger" what=${t("runs.one_cancel")} does=${() => cancel(run.id)} disabled=${run.cancel_requested} />`
    : may("operate") && html`<${Act} what=${t("runs.retry")} does=${() => retry(run.id)} />`}
    ${sent && html`<${Copy} kind="secondary" text=${curl(sent)} label=${t("runs.one_curl")} />`}</div>`;
}
// What "Copy as curl" copies: also for a browser that does not let a page copy.
function Curl({ sent }) {
  const needs = secretsOf(sent), inside = secretsOf([sent.url, sent.body]).length > 0;
  return html`<details><summary>${t("runs.one_curl_line")}</summary>${needs.length > 0 && html`<p>${t("runs.one_curl_secrets", { names: needs.map((n) => `$${n}`).join(", ") })}
    ${inside && t("runs.one_curl_inside")}</p>`}<${Code} text=${curl(sent)} label=${t("runs.one_curl_line")} /></details>`;
}
const facts = (run) => [
  run.job.startsWith("alert:") ? [t("alerts.channel"), html`<a href=${href("channels", run.job.slice(6))}>${run.job.slice(6)}</a>`] : [t("jobs.job"), html`<a href=${href("jobs", run.job)}>${run.job}</a>`],
  [t("runs.scheduled"), html`<${Time} at=${run.scheduled_for} form=${local} />`],
  [t("runs.trigger"), html`${t(`trigger.${run.trigger}`)}${run.retry_of && html` <small><a href=${href("runs", run.retry_of)}>${t("runs.one_retry_of")}</a></small>`}`],
  [t("runs.one_started"), run.started_at && html`<${Time} at=${run.started_at} form=${local} /><small class="under">${t("runs.late", { time: span(run.lateness_ms) })}</small>`],
  [t("runs.took"), run.state === "running" ? html`<${Lasting} since=${run.started_at} />` : run.duration_ms != null && span(run.duration_ms)],
  [t("runs.one_next"), run.next_attempt_at && html`<${Soon} at=${run.next_attempt_at} />`],
  [t("runs.one_occurrences"), run.occurrences > 1 && count(run.occurrences)],
  [t("runs.one_id"), html`<span class="id"><code>${run.id}</code> <${Copy} text=${run.id} /></span>`],
];
const Shown = ({ run }) => html`<div class="head"><h1>${run.job}</h1><${State} of=${run.state} /><${Actions} run=${run} /></div>
  ${run.cancel_requested && OPEN.includes(run.state) && html`<p class="note" role="status">${t("runs.one_canceling")}</p>`}
  ${run.message && html`<p class=${["bad", "warn"].includes(tone(run.state)) ? "trouble" : "note"} role="status">${run.message}</p>`}
  ${run.metrics && html`<div class="metrics"><${Facts} of=${Object.entries(run.metrics).map(([name, v]) => [name, count(v)])} /></div>`}
  <${Facts} of=${facts(run)} />
  ${run.body != null && html`<details><summary>${t("runs.one_body")}</summary><${Code} text=${pretty(run.body)} label=${t("runs.one_body")} /></details>`}
  <section><h2>${t("runs.one_attempts")}</h2><${Exchange} run=${run} told=${run.message} />${sentBy(run) && html`<${Curl} sent=${sentBy(run)} />`}</section>
  <p class="around"><${Act} kind="secondary small" what=${t("runs.one_earlier")} does=${() => beside(run, false)} /><${Act} kind="secondary small" what=${t("runs.one_later")} does=${() => beside(run, true)} />
    <a href=${withQuery("#/runs", { job: run.job })}>${t("runs.one_all")}</a></p>`;

export function Run({ name: id }) {
  const of = useAsked(`runs/${encodeURIComponent(id)}`, {}, ["run"], (r) => r.id === id);
  useTitle(of.data ? `${of.data.job}, ${t(`state.${of.data.state}`)}` : t("nav.runs"));
  return html`<p class="crumb"><a href="#/runs">${t("nav.runs")}</a></p>${!of.data && html`<h1>${t("runs.one_one")}</h1>`}${of.error?.status === 404 ? html`<div class="trouble" role="alert"><p>${of.error.message}</p></div><p>${t("runs.one_gone")}</p>` : html`<${Asked} of=${of} rows=${8}>${(run) => html`<${Shown} run=${run} />`}<//>`}`;
}
