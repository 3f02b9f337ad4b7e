// How a job behaves in trouble, what counts as success, what is measured: all with a default that suits most.
import { html } from "htm/preact";
import { useRef } from "preact/hooks";
import { fromField, toField } from "../base/moment.js";
import { t } from "../base/text.js";
import { Amount } from "../parts/amount.js";
import { Check, Choice, Input } from "../parts/form.js";
import { nth, Rows } from "../parts/rows.js";
import { OwnRules } from "./rule_form.js";

export const MORE = ["/timeout_ms", "/connect_timeout_ms", "/delivery", "/retry", "/overlap", "/catch_up", "/success", "/metrics", "/jitter_s", "/starts_at", "/ends_at", "/alerts"];
const choices = (key, list) => list.map((v) => [v, t(`choice.${key}_${v}`)]);

const Moment = ({ form, name }) => html`<${Input} label=${t(`moment.${name}`)} hint=${t("form.moment_hint", { name })}
  error=${form.error(`/${name}`)} type="datetime-local" step="1" value=${toField(form.values[name], true)}
  set=${(x) => form.set(name, fromField(x))} />`;

function Rules({ form }) {
  const { rules } = form.values, set = (to) => form.set("rules", to), change = (i, to) => set(rules.map((r, n) => n === i ? { ...r, ...to } : r));
  const place = useRef(), focus = (what) => setTimeout(() => place.current?.querySelector(what)?.focus(), 30);
  return html`<div class="pairs" ref=${place}>${rules.map((r, i) => html`<div key=${i} class="pair">
      <${Input} label=${nth(t("form.pointer"), i)} value=${r.pointer} set=${(pointer) => change(i, { pointer })} error=${form.error(`/success/json/${i}`)} placeholder="/ok" autocomplete="off" spellcheck=${false} />
      <${Choice} label=${nth(t("form.rule_kind"), i)} value=${r.kind} set=${(kind) => change(i, { kind, value: kind === "exists" ? "true" : r.value })} options=${choices("rule", ["equals", "exists", "matches"])} />
      ${r.kind === "exists" ? html`<${Choice} label=${nth(t("form.value"), i)} value=${r.value} set=${(value) => change(i, { value })} options=${[["true", t("yes")], ["false", t("no")]]} />`
        : html`<${Input} label=${nth(t("form.value"), i)} value=${r.value} set=${(value) => change(i, { value })} placeholder=${r.kind === "equals" ? "true" : "^sent"} autocomplete="off" spellcheck=${false} />`}
      <button type="button" class="bare" aria-label=${t("form.remove", { what: t("form.rule", { n: i + 1 }) })} onClick=${() => { set(rules.filter((_, n) => n !== i)); focus("p button"); }}>✕</button></div>`)}
    <p class="actions"><button type="button" class="small secondary" onClick=${() => { set([...rules, { pointer: "/ok", kind: "equals", value: "true" }]); focus(".pair:nth-last-child(2) input"); }}>${t("form.add_rule")}</button></p></div>`;
}

export function More({ form }) {
  const { values: v, set, error } = form, retry = (k, x) => set("retry", { ...v.retry, [k]: x }), catchUp = (k, x) => set("catch_up", { ...v.catch_up, [k]: x });
  const amount = (label, name, more) => html`<${Amount} form=${form} label=${t(label)} name=${name} ...${more} />`;
  const ofRetry = (name, unit) => amount(`retry.${name}`, name, { of: v.retry, put: retry, pointer: `/retry/${name}`, unit });
  return html`
    <fieldset><legend>${t("form.limits")}</legend><div class="row">${amount("form.timeout", "timeout_ms")}${amount("form.connect_timeout", "connect_timeout_ms")}
      ${amount("form.jitter", "jitter_s", { unit: 1000, hint: t("form.jitter_hint") })}</div></fieldset>
    <fieldset><legend>${t("form.delivery_legend")}</legend><div class="row">
      <${Choice} label=${t("form.delivery")} hint="delivery" error=${error("/delivery")} value=${v.delivery} set=${(x) => set("delivery", x)} options=${choices("delivery", ["at_least_once", "at_most_once"])} />
      <${Choice} label=${t("form.overlap")} hint="overlap" error=${error("/overlap")} value=${v.overlap} set=${(x) => set("overlap", x)} options=${choices("overlap", ["skip", "queue", "allow", "cancel_running"])} />
      <${Choice} label=${t("form.catch_up")} hint="catch_up.policy" error=${error("/catch_up/policy")} value=${v.catch_up.policy} set=${(x) => catchUp("policy", x)} options=${choices("catch_up", ["latest", "all", "none"])} />
      ${amount("form.window", "window_s", { of: v.catch_up, put: catchUp, pointer: "/catch_up/window_s", unit: 1000 })}</div></fieldset>
    <fieldset><legend>${t("policy.retry")}</legend><div class="row">${ofRetry("max_attempts", 0)}${ofRetry("initial_ms", 1)}${ofRetry("multiplier", 0)}${ofRetry("max_ms", 1)}${ofRetry("max_age_s", 1000)}
      <${Check} label=${t("form.past_next")} hint="retry.past_next_occurrence" value=${v.retry.past_next_occurrence} set=${(x) => retry("past_next_occurrence", x)} /></div></fieldset>
    <fieldset><legend>${t("form.success")}</legend><${Input} label=${t("form.statuses")} hint=${t("form.statuses_hint")} error=${error("/success/status")} value=${v.statuses} set=${(x) => set("statuses", x)} autocomplete="off" />
      <p class="quiet">${t("form.rules_text")}</p><${Rules} form=${form} /></fieldset>
    <fieldset><legend>${t("metric.title")}</legend><p class="quiet">${t("form.metrics_text")}</p><${Rows} list=${v.metrics} set=${(x) => set("metrics", x)} at="/metrics" form=${form} nameLabel=${t("form.metric")}
      valueLabel=${t("form.pointer")} add=${t("form.add_metric")} /></fieldset>
    <fieldset><legend>${t("nav.alerts")}</legend><p class="quiet">${t("rule.own_text")}</p><${OwnRules} form=${form} list=${v.alerts} set=${(x) => set("alerts", x)} /></fieldset>
    <fieldset><legend>${t("form.period")}</legend><div class="row"><${Moment} form=${form} name="starts_at" /><${Moment} form=${form} name="ends_at" /></div></fieldset>`;
}
