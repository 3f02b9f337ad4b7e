// One thing that is wrong: what, since when, what was said, where to look.
import { html } from "htm/preact";
import { href } from "../base/router.js";
import { t, tx } from "../base/text.js";
import { Time, local, span } from "../base/time.js";
import { Names, SIGNS } from "../parts/state.js";
import { Soon } from "../parts/ticking.js";

const jobLink = (name) => html`<a href=${href("jobs", name)}>${name}</a>`;
export const secretLink = (name) => html`<a href=${href("secrets", name)}>${name}</a>`;
const since = (at) => html`<${Time} at=${at} form=${local} /> (<${Time} at=${at} />)`;

export function Step({ of: s }) {
  const place = s.target ? html`<a href=${href("targets", s.target)}>${s.target}</a>` : html`<code>${s.origin}</code>`;
  return tx(s.key, { place, version: s.version, took: s.took, until: s.until && html`<${Time} at=${s.until} form=${local} /> (<${Soon} at=${s.until} />)` });
}

// What stands at the head, by kind.
const HEADS = {
  check: (r) => html`<strong>${t("wrong.check", { name: r.name })}</strong>`,
  paused: () => html`<strong>${t("wrong.paused")}</strong>`,
  failing: (r) => html`<strong>${jobLink(r.name)}</strong> ${tx("wrong.failing", { n: r.runs, since: since(r.since) })}`,
  outage: (r) => tx("wrong.outage", { n: r.names.length, since: since(r.since), jobs: html`<strong><${Names} of=${r.names} room=${3} link=${jobLink} /></strong>` }),
  waiting: (r) => html`<strong>${jobLink(r.name)}</strong> ${tx("wrong.waiting", { n: r.runs, since: since(r.since) })}`,
  late: (r) => html`<strong>${jobLink(r.name)}</strong> ${tx("wrong.late", { n: r.runs, late: span(r.late_ms), since: since(r.since) })}`,
  lateness: (r) => t("wrong.lateness", { late: span(r.late_ms) }),
  channel: (r) => html`<strong><a href=${href("channels", r.name)}>${r.name}</a></strong> ${tx("wrong.channel", { n: r.runs, since: since(r.since) })}`,
  heartbeat: (r) => html`<strong>${tx("wrong.heartbeat", { since: since(r.since) })}</strong>`,
  overdue: (r) => html`<strong>${secretLink(r.name)}</strong> ${tx("wrong.overdue", { since: since(r.since) })}`,
  rotation: (r) => html`<strong>${secretLink(r.name)}</strong> ${tx("wrong.rotation", { since: since(r.since) })}`,
};
function Links({ of: r }) {
  const success = r.kind === "failing" && (r.last_success_at ? tx("wrong.success", { when: html`<${Time} at=${r.last_success_at} />` }) : t("wrong.no_success"));
  const links = [
    r.run && html`<a href=${href("runs", r.run)}>${t(r.kind === "failing" ? "wrong.run" : r.kind === "outage" ? "wrong.a_run" : "wrong.that_run")}</a>`,
    r.kind === "outage" && r.target && html`${t("jobs.target")} <a href=${href("targets", r.target)}>${r.target}</a>`,
    r.secrets?.length > 0 && html`${t("form.secret")} ${r.secrets.map((s, i) => html`${i ? ", " : ""}${secretLink(s)}`)}`,
    success && html`<span class="quiet">${success}</span>`,
  ].filter(Boolean);
  return links.length > 0 && html`<p class="links">${links.map((l, i) => html`${i ? html`<span class="quiet" aria-hidden="true"> · </span>` : ""}${l}`)}</p>`;
}
// children: what more there is to say of it.
export const Reason = ({ of: r, children }) => html`<li class=${`card ${r.tone}`}>
  <p><span class=${r.tone} aria-hidden="true">${r.tone === "warn" ? "!" : SIGNS[r.tone]}</span> ${HEADS[r.kind](r)}</p>
  ${r.message && html`<p class="said">${r.message}</p>`}
  ${r.steps?.map((s) => html`<p key=${s.target ?? s.origin}><${Step} of=${s} /></p>`)}<${Links} of=${r} />${children}</li>`;
export const keyOf = (r) => `${r.kind} ${r.name}`;
