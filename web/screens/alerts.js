// What is wrong right now, since when, and what to do, the newest first; which alerts fire, who is told, and by which rules.
import { html } from "htm/preact";
import { href, withQuery } from "../base/router.js";
import { t, tx } from "../base/text.js";
import { Trouble, Waiting } from "../parts/asked.js";
import { Mute, Muted, useMutes } from "../parts/mute.js";
import { Badge } from "../parts/state.js";
import { useTitle } from "../parts/title.js";
import { Channels, Sent, useChannels } from "./channels.js";
import { Doctor } from "./doctor.js";
import { Reason, keyOf } from "./reason.js";
import { Firing, Rules, useFiring } from "./rules.js";
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
    channel: ["alerts.do_channel", { channel: html`<a href=${href("channels", r.name)}>${r.name}</a>` }], heartbeat: ["alerts.do_heartbeat", { settings: html`<a href="#/settings">${t("nav.settings")}</a>` }],
    overdue: ["alerts.do_overdue", { secret }], rotation: ["alerts.do_rotation", { secret }],
  }[r.kind];
  return html`<p class="quiet">${tx(...to)}</p>`;
}

// The rules, and what follows from them.
function Told({ mutes, channels }) {
  const firing = useFiring({});
  return html`<section aria-labelledby="firing"><h2 id="firing">${t("firing.title")}</h2><${Firing} of=${firing} mutes=${mutes} /></section>
    <${Channels} of=${channels} /><${Rules} mutes=${mutes} />
    <section aria-labelledby="sent"><h2 id="sent">${t("alerts.sent")}</h2><${Sent} query=${{ trigger: "alert" }} /></section>`;
}
export function Alerts() {
  const mutes = useMutes(), channels = useChannels(), muted = mutes.of("all", "all"), { told, unlisted, status, error } = useStanding(), reasons = newestFirst(told?.reasons ?? []);
  useTitle(reasons.length ? `(${reasons.length + unlisted}) ${t("nav.alerts")}` : t("nav.alerts"));
  const bad = reasons.filter((r) => r.tone === "bad").length;
  return html`<div class="head"><h1>${t("nav.alerts")}</h1>${told && reasons.length > 0 && html`<${Badge} tone=${bad ? "bad" : "warn"} sign=${bad ? "✗" : "!"}>${t("alerts.now", { n: reasons.length + unlisted })}<//>`}
      ${muted && html`<${Muted} until=${muted.until} />`}<div class="actions"><${Mute} mutes=${mutes} scope="all" what=${t("mute.all")} /></div></div>
    ${error && html`<${Trouble} error=${error} again=${status.again} />`}
    ${!told ? !error && html`<${Waiting} rows=${4} />` : reasons.length
      ? html`<ul class="reasons" aria-label=${t("wrong.label")}>${reasons.map((r) => html`<${Reason} key=${keyOf(r)} of=${r}><${Advice} of=${r} /><//>`)}</ul>
        ${unlisted > 0 && html`<p><a href=${withQuery(href("jobs"), { failing: true })}>${t("alerts.more_failing", { n: unlisted })}</a></p>`}`
      : html`<p class="card good"><span class="good" aria-hidden="true">✓</span> ${t(told.key === "well.away" ? "well.away" : "alerts.clear")}</p>`}
    <${Told} mutes=${mutes} channels=${channels} /><${Doctor} />`;
}
