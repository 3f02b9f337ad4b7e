// What is said of one job wherever it stands: how it is, when it is due, and what is done with it at once.
import { html } from "htm/preact";
import { post } from "../base/api.js";
import { href } from "../base/router.js";
import { Time, local } from "../base/time.js";
import { t, tx } from "../base/text.js";
import { Act, say } from "../parts/act.js";
import { Badge, State } from "../parts/state.js";
import { Soon } from "../parts/ticking.js";

export const pathOf = (name, ...more) => ["jobs", encodeURIComponent(name), ...more].join("/");

// Why a job will not run, or when it will. `stopped`: all jobs are paused.
export function Due({ job: { enabled, status }, stopped = false }) {
  if (!enabled) return html`<${Badge} tone="quiet" sign="○">${t("jobs.is_disabled")}<//>`;
  if (status.paused) return html`<${Badge} tone="warn" sign="‖">${t("jobs.is_paused")}<//>${status.paused_until && html`
    <small class="under">${tx("jobs.until", { at: html`<${Time} at=${status.paused_until} form=${local} />` })}</small>`}`;
  if (stopped) return html`<${Badge} tone="warn" sign="‖">${t("jobs.all_paused")}<//>`;
  return status.next_at ? html`<${Soon} at=${status.next_at} />` : html`<span class="quiet">${t("jobs.no_more")}</span>`;
}
export function Health({ job: { status } }) {
  if (status.failing) return html`<${Badge} tone="bad">${t("jobs.is_failing")}<//>`;
  return status.last_run ? html`<${State} of=${status.last_run.state} />` : html`<span class="quiet">${t("strip.none")}</span>`;
}

export async function runNow(name) {
  const run = await post(pathOf(name, "run"));
  say(tx("jobs.started", { name, run: html`<a href=${href("runs", run.id)}>${t("jobs.see_run")}</a>` }));
}
export async function resume(name) {
  await post(pathOf(name, "resume"));
  say(t("jobs.resumed", { name }));
}
export async function pause(name, until) {
  await post(pathOf(name, "pause"), until ? { until } : undefined);
  say(t("jobs.now_paused", { name }));
}
// `row`: among other jobs, where the name belongs to the button's.
export const RunNow = ({ name, row, kind, done }) => html`<${Act} kind=${kind} what=${t("jobs.run")} label=${row ? `${t("jobs.run")}: ${name}` : null}
  does=${() => runNow(name).then(done)} />`;
// One button for both, so that it keeps the focus.
export function PauseOrResume({ job: { name, status: { paused } }, row, kind, again }) {
  const what = t(paused ? "jobs.resume" : "jobs.pause");
  const act = async () => {
    await (paused ? resume(name) : pause(name));
    await again();
  };
  return html`<${Act} kind=${kind} what=${what} label=${row ? `${what}: ${name}` : null} does=${act} />`;
}
