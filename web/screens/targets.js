// Places that functions live: all of them, one with its check and its form, and a new one.
import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { ask, may, post } from "../base/api.js";
import { useAsked } from "../base/asked.js";
import { go, href, withQuery } from "../base/router.js";
import { count, percent, t } from "../base/text.js";
import { Time, local, span } from "../base/time.js";
import { Act, confirmed, say } from "../parts/act.js";
import { Asked, Refused } from "../parts/asked.js";
import { Badge } from "../parts/state.js";
import { Facts, Table } from "../parts/table.js";
import { useTitle } from "../parts/title.js";
import { TargetForm } from "./target_form.js";

const DAYS = 86400000, SOON = 21 * DAYS; // a certificate that ends within three weeks should have been renewed

// --- the check: a HEAD of the base URL, as a call would go

function useCheck(name) {
  const [found, set] = useState(null);
  return [found, async () => set(await post(`targets/${encodeURIComponent(name)}/check`))];
}
function Found({ of }) {
  const until = of.certificate_expires_at, soon = until && Date.parse(until) - Date.now() < SOON;
  const phases = [["dns", of.timing.dns_ms], ["connect", of.timing.connect_ms], ["tls", of.timing.tls_ms], ["first_byte", of.timing.first_byte_ms]].filter(([, ms]) => ms != null);
  return html`<div class=${`card ${of.reached ? "good" : "bad"}`} role="status"><p><${Badge} tone=${of.reached ? "good" : "bad"}>${t(of.reached ? "targets.reached" : "targets.not_reached")}<//> ${of.message}</p>
    <${Facts} of=${[[t("targets.address"), of.remote_address], [t("targets.status"), of.http_status], [t("phase.tls"), of.tls_version],
      [t("targets.certificate"), until && html`<span class=${soon ? "bad" : ""}><${Time} at=${until} form=${local} /> (<${Time} at=${until} />)</span>`],
      [t("runs.took"), html`${span(of.timing.total_ms)}${phases.length > 0 && html`<small class="under">${phases.map(([k, ms]) => `${t(`phase.${k}`)} ${span(ms)}`).join(", ")}</small>`}`]]} /></div>`;
}

// --- all

function Row({ name }) {
  const [found, check] = useCheck(name);
  return html`${found && html`<${Badge} tone=${found.reached ? "good" : "bad"}>${t(found.reached ? "targets.reached" : "targets.not_reached")}<//> `}
    ${may("operate") && html`<${Act} kind="secondary small" what=${t("targets.check")} label=${t("targets.check_label", { name })} does=${check} />`}
    ${found && html`<small class="under" role="status">${found.message}</small>`}`;
}
export function Targets() {
  useTitle(t("nav.targets"));
  const of = useAsked("targets", {}, ["target"]);
  const columns = [
    { name: t("target.name"), show: (x) => html`<a href=${href("targets", x.name)}>${x.name}</a>` },
    { name: t("target.base_url"), show: (x) => html`<span class="url">${x.base_url}</span>` },
    { name: t("target.max_concurrent"), class: "num", show: (x) => count(x.max_concurrent) },
    { name: t("target.rate"), class: "num", show: (x) => x.rate ?? html`<span class="quiet">${t("targets.no_rate")}</span>` },
    { name: t("actions"), plain: true, class: "num", show: (x) => html`<${Row} name=${x.name} />` },
  ];
  return html`<div class="head"><h1>${t("nav.targets")}</h1>${may("admin") && html`<div class="actions"><a role="button" href="#/new-target">${t("targets.new")}</a></div>`}</div>
    <p class="quiet">${t("targets.about")}</p>
    <${Asked} of=${of}>${(d) => html`<${Table} label=${t("nav.targets")} columns=${columns} items=${d.items} of=${(x) => x.name} empty=${t("targets.none")} />`}<//>`;
}

// --- one

function Day({ name }) {
  const of = useAsked("stats", { window: "24h", target: name }, ["run"]);
  return html`<section class="card"><h2>${t("overview.day")}</h2><${Asked} of=${of} rows=${2}>${(s) => html`
    <${Facts} of=${[[t("nav.runs"), count(s.runs)], [t("overview.rate"), percent(s.success_rate)], ["p50", span(s.duration_ms.p50)], ["p95", span(s.duration_ms.p95)]]} />`}<//>
    <p class="actions"><a href=${withQuery("#/jobs", { target: name })}>${t("targets.jobs_link")}</a> <a href=${withQuery("#/runs", { target: name })}>${t("targets.runs_link")}</a></p></section>`;
}
export function Target({ name }) {
  useTitle(name);
  const of = useAsked(`targets/${encodeURIComponent(name)}`, {}, ["target"], (e) => e.name === name), [found, check] = useCheck(name);
  const remove = async () => {
    if (!await confirmed(t("targets.remove_sure", { name }), t("delete"))) return;
    await ask("DELETE", `targets/${encodeURIComponent(name)}`);
    say(t("targets.removed", { name }));
    go("/targets");
  };
  return html`<p class="crumb"><a href="#/targets">${t("nav.targets")}</a></p><div class="head"><h1>${name}</h1><div class="actions">
      ${may("operate") && html`<${Act} what=${t("targets.check")} does=${check} />`}
      ${may("admin") && of.data && html`<${Act} kind="danger" what=${t("delete")} does=${remove} />`}</div></div>
    ${found && html`<${Found} of=${found} />`}
    <${Asked} of=${of}>${(target) => html`<${TargetForm} target=${target} again=${of.again} /><${Day} name=${name} />`}<//>`;
}
export function NewTarget() {
  useTitle(t("targets.new"));
  return html`<p class="crumb"><a href="#/targets">${t("nav.targets")}</a></p><div class="head"><h1>${t("targets.new")}</h1></div>
    <p class="quiet">${t("targets.about")}</p>${may("admin") ? html`<${TargetForm} />` : html`<${Refused} />`}`;
}
