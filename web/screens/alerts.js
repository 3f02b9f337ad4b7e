// What is wrong right now, since when, and what to do; the newest first.
import { html } from "htm/preact";
import { href, withQuery } from "../base/router.js";
import { t, tx } from "../base/text.js";
import { Trouble, Waiting } from "../parts/asked.js";
import { Badge } from "../parts/state.js";
import { useTitle } from "../parts/title.js";
import { Doctor } from "./doctor.js";
import { Reason, keyOf } from "./reason.js";
import { newestFirst } from "./sentence.js";
import { useStanding } from "./standing.js";
import "./overview.css";

// What to do, beyond what the server's own message says.
function Advice({ of: r }) {
  const job = html`<a href=${href("jobs", r.name)}>${r.name}</a>`, secret = html`<a href=${href("secrets", r.name)}>${r.name}</a>`;
  const to = {
    check: r.name === "sealed" ? ["alerts.do_sealed", { command: html`<code>edgecron unseal</code>` }] : ["alerts.do_check", { command: html`<code>edgecron doctor</code>` }],
    paused: ["alerts.do_paused", { overview: html`<a href="#/">${t("nav.overview")}</a>` }],
    failing: ["alerts.do_failing", { job }], outage: ["alerts.do_outage", {}], waiting: ["alerts.do_waiting", { job }], late: ["alerts.do_late", { job }],
    lateness: ["alerts.do_lateness", { runs: html`<a href=${withQuery(href("runs"), { state: "queued" })}>${t("alerts.runs")}</a>` }],
    overdue: ["alerts.do_overdue", { secret }], rotation: ["alerts.do_rotation", { secret }],
  }[r.kind];
  return html`<p class="quiet">${tx(...to)}</p>`;
}

export function Alerts() {
  const { told, unlisted, status, error } = useStanding(), reasons = newestFirst(told?.reasons ?? []);
  useTitle(reasons.length ? `(${reasons.length + unlisted}) ${t("nav.alerts")}` : t("nav.alerts"));
  const bad = reasons.filter((r) => r.tone === "bad").length;
  return html`<div class="head"><h1>${t("nav.alerts")}</h1>${told && reasons.length > 0 && html`<${Badge} tone=${bad ? "bad" : "warn"} sign=${bad ? "✗" : "!"}>${t("alerts.now", { n: reasons.length + unlisted })}<//>`}</div>
    ${error && html`<${Trouble} error=${error} again=${status.again} />`}
    ${!told ? !error && html`<${Waiting} rows=${4} />` : reasons.length
      ? html`<ul class="reasons" aria-label=${t("wrong.label")}>${reasons.map((r) => html`<${Reason} key=${keyOf(r)} of=${r}><${Advice} of=${r} /><//>`)}</ul>
        ${unlisted > 0 && html`<p><a href=${withQuery(href("jobs"), { failing: true })}>${t("alerts.more_failing", { n: unlisted })}</a></p>`}`
      : html`<p class="card good"><span class="good" aria-hidden="true">✓</span> ${t(told.key === "well.away" ? "well.away" : "alerts.clear")}</p>`}
    <p class="quiet">${tx("alerts.untold", { metrics: html`<code>/metrics</code>`, figure: html`<code>jobs_failing</code>`, status: html`<code>/api/v1/status</code>` })}</p><${Doctor} />`;
}
