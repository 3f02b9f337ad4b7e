// Alert rules: all in words, a new one, one; and what fires now.
import { html } from "htm/preact";
import { ask, may, patch } from "../base/api.js";
import { useAsked } from "../base/asked.js";
import { go, href } from "../base/router.js";
import { t, tx } from "../base/text.js";
import { Time } from "../base/time.js";
import { Act, confirmed, say } from "../parts/act.js";
import { Asked, Refused } from "../parts/asked.js";
import { Mute, Muted } from "../parts/mute.js";
import { Badge } from "../parts/state.js";
import { Table } from "../parts/table.js";
import { useTitle } from "../parts/title.js";
import { RuleForm } from "./rule_form.js";
import { OF_JOBS } from "./rule_values.js";
import { ruleInWords } from "./rule_words.js";

const at = (name) => `alerts/${encodeURIComponent(name)}`;

// --- what fires

export const useFiring = (query) => useAsked("firing", query, ["soon"]);
const PHASES = { firing: "bad", pending: "quiet", over: "good" };
const subject = (x) => OF_JOBS.includes(x.on) ? html`<a href=${href("jobs", x.subject)}>${x.subject}</a>` : x.on === "secret_age" ? html`<a href=${href("secrets", x.subject)}>${x.subject}</a>` : x.subject;
export function Firing({ of, mutes, own }) {
  const columns = [
    { name: t("firing.what"), show: (x) => html`<div>${x.subject && !own ? html`${subject(x)} ` : ""}<span class="quiet">${t(`on.${x.on}`)}</span></div>` },
    { name: t("jobs.state"), show: (x) => html`<div><${Badge} tone=${PHASES[x.phase]}>${t(`firing.is_${x.phase}`)}<//> ${x.muted_until !== undefined && (x.muted || x.muted_until) && html`<${Muted} until=${x.muted_until} />`}</div>` },
    { name: t("firing.since"), show: (x) => html`<div><${Time} at=${x.since} />${x.run && html`<small class="under"><a href=${href("runs", x.run)}>${t("jobs.see_run")}</a></small>`}</div>` },
    { name: t("firing.told"), show: (x) => x.told_at ? html`<${Time} at=${x.told_at} />` : html`<span class="quiet">${t("firing.not_yet")}</span>` },
    { name: t("firing.rule"), show: (x) => x.rule ? html`<a href=${href("rules", x.rule)}>${x.rule}</a>` : html`<span class="quiet">${t("firing.own")}</span>` },
    !own && { name: t("actions"), plain: true, class: "num", show: (x) => x.subject && OF_JOBS.includes(x.on) ? html`<div><${Mute} row mutes=${mutes} scope="job" name=${x.subject} what=${x.subject} done=${of.again} /></div>`
      : x.rule && html`<div><${Mute} row mutes=${mutes} scope="rule" name=${x.rule} what=${x.rule} done=${of.again} /></div>` },
  ].filter(Boolean);
  return html`<${Asked} of=${of} rows=${2}>${(d) => html`<${Table} label=${t("firing.title")} columns=${columns} items=${d.items} of=${(x) => `${x.rule} ${x.on} ${x.subject}`} empty=${t("firing.none")} />`}<//>`;
}

// --- rules

export function Rules({ mutes }) {
  const of = useAsked("alerts", {}, ["soon"]);
  const turn = async (r) => {
    await patch(at(r.name), { enabled: !r.enabled });
    say(t("saved"));
    of.again();
  };
  const columns = [
    { name: t("target.name"), show: (r) => html`<a href=${href("rules", r.name)}>${r.name}</a>` },
    { name: t("alerts.rule"), class: "said", show: (r) => html`<span>${ruleInWords(r)}${r.description && html`<small class="under">${r.description}</small>`}</span>` },
    { name: t("jobs.state"), show: (r) => html`<div>${!r.enabled ? html`<${Badge} tone="quiet" sign="○">${t("channel.off")}<//>` : r.status.firing ? html`<${Badge} tone="bad">${t("rule.firing", { n: r.status.firing })}<//>` : html`<${Badge} tone="good">${t("firing.is_over")}<//>`}
      ${r.status.muted && html` <${Muted} until=${r.status.muted_until} />`}</div>` },
    { name: t("actions"), plain: true, show: (r) => html`<div class="actions"><${Mute} row mutes=${mutes} scope="rule" name=${r.name} what=${r.name} done=${of.again} />
      ${may("admin") && html`<${Act} kind="small secondary" what=${t(r.enabled ? "rule.turn_off" : "rule.turn_on")} label=${`${t(r.enabled ? "rule.turn_off" : "rule.turn_on")}: ${r.name}`} does=${() => turn(r)} />`}</div>` },
  ];
  return html`<section aria-labelledby="rules"><div class="head"><h2 id="rules">${t("alerts.rules")}</h2>${may("admin") && html`<div class="actions"><a role="button" class="secondary small" href="#/new-rule">${t("rule.new")}</a></div>`}</div>
    <p class="quiet">${t("alerts.rules_about")}</p><${Asked} of=${of} rows=${8}>${(d) => html`<${Table} label=${t("alerts.rules")} columns=${columns} items=${d.items} of=${(r) => r.name} tone=${(r) => r.enabled ? null : "off"} empty=${t("alerts.no_rules")} />`}<//></section>`;
}

const Crumb = () => html`<p class="crumb"><a href="#/alerts">${t("nav.alerts")}</a></p>`;
export function NewRule() {
  useTitle(t("rule.new"));
  return html`<${Crumb} /><h1>${t("rule.new")}</h1>${may("admin") ? html`<${RuleForm} />` : html`<${Refused} />`}`;
}
export function Rule({ name }) {
  useTitle(name);
  const of = useAsked(at(name));
  const remove = async () => {
    if (!await confirmed(t("rule.remove_sure", { name }), t("delete"))) return;
    await ask("DELETE", at(name));
    say(t("alerts.removed", { name }));
    go("#/alerts");
  };
  return html`<${Crumb} /><div class="head"><h1>${name}</h1>${may("admin") && of.data && html`<div class="actions"><${Act} kind="danger" what=${t("delete")} does=${remove} /></div>`}</div>
    <${Asked} of=${of} rows=${6}>${(r) => html`<${RuleForm} item=${r} again=${of.again} />`}<//>`;
}
