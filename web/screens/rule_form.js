// An alert rule as a form; and a job's own rules, which are the same without name and jobs.
import { html } from "htm/preact";
import { useRef } from "preact/hooks";
import { useAsked } from "../base/asked.js";
import { go } from "../base/router.js";
import { t } from "../base/text.js";
import { span } from "../base/time.js";
import { say } from "../parts/act.js";
import { Amount } from "../parts/amount.js";
import { Editor } from "../parts/editor.js";
import { Check, Choice, Input } from "../parts/form.js";
import { LIMITS, OF_JOBS, ONS, fromRule, toRule, turned } from "./rule_values.js";
import { ruleInWords } from "./rule_words.js";

const REPEATS = [0, 3600, 14400, 86400, 172800, 604800];

function Channels({ chosen, set }) {
  const known = useAsked("channels").data?.items.map((c) => c.name) ?? [], all = [...new Set([...known, ...chosen])];
  return all.length > 0 && html`<fieldset><legend>${t("rule.channels")}</legend><div class="row">${all.map((name) => html`<${Check} key=${name} label=${name} value=${chosen.includes(name)}
    set=${(on) => set(on ? [...chosen, name] : chosen.filter((c) => c !== name))} />`)}</div><small class="quiet">${t("rule.channels_hint")}</small></fieldset>`;
}
// What is watched, the limit that it has, when it is told again, and to whom. v: the rule; put(changes); at: its pointer.
function What({ form, v, put, at, ons }) {
  const [limit, , unit] = LIMITS[v.on], repeats = [...new Set([...REPEATS, +v.repeat_s || 0])].sort((a, b) => a - b);
  return html`<div class="row"><${Choice} label=${t("rule.on")} value=${v.on} set=${(on) => put(turned(on))} options=${ons.map((k) => [k, t(`on.${k}`)])} error=${form.error(`${at}/on`)} />
      ${limit === "metric" ? html`<${Input} label=${t("limit.metric")} value=${v.metric} set=${(metric) => put({ metric })} error=${form.error(`${at}/metric`)} placeholder="followups_failed > 0" autocomplete="off" spellcheck=${false} />`
        : limit && html`<${Amount} form=${form} label=${t(`limit.${limit}`)} name=${limit} of=${v} put=${(k, x) => put({ [k]: x })} pointer=${`${at}/${limit}`} unit=${unit} />`}
      <${Choice} label=${t("rule.repeat")} value=${v.repeat_s} set=${(repeat_s) => put({ repeat_s })} options=${repeats.map((s) => [`${s}`, s ? t("rule.again", { span: span(s * 1000) }) : t("rule.once")])} error=${form.error(`${at}/repeat_s`)} /></div>
    <${Check} label=${t("rule.tell_end")} value=${v.recovery} set=${(recovery) => put({ recovery })} /><${Channels} chosen=${v.channels} set=${(channels) => put({ channels })} />`;
}

function Fields({ f, item }) {
  const { values: v, set, error } = f, field = (name, label, more) => html`<${Input} label=${label} error=${error(`/${name}`)} value=${v[name]} set=${(x) => set(name, x)} autocomplete="off" autocapitalize="none" ...${more} />`;
  return html`<p class="quiet" role="status">${ruleInWords(toRule(v))}</p><div class="row">${field("name", t("target.name"), { readonly: !!item, placeholder: "partner-late" })}${field("description", t("form.description"))}</div>
    <${What} form=${f} v=${v} put=${set} at="" ons=${ONS} />
    ${OF_JOBS.includes(v.on) && html`<div class="row">${field("jobs", t("rule.jobs"), { hint: t("rule.jobs_hint") })}${field("tags", t("rule.tags"), { hint: t("rule.jobs_hint") })}</div>`}
    <${Check} label=${t("rule.enabled")} value=${v.enabled} set=${(x) => set("enabled", x)} />`;
}
const KNOWN = ["/name", "/description", "/on", "/repeat_s", "/jobs", "/tags", ...Object.values(LIMITS).map(([limit]) => `/${limit}`)];
export function RuleForm({ item, again }) {
  const done = () => { say(t("saved")); go("#/alerts"); };
  return html`<${Editor} at="alerts" item=${item} typed=${fromRule} sent=${(v) => toRule(v)} whole=${(v) => v.name} done=${done} again=${again} fields=${KNOWN}>${(f) => html`<${Fields} f=${f} item=${item} />`}<//>`;
}

// A job's own rules, in its form: `list` of rules as the API has them.
export function OwnRules({ form, list, set }) {
  const place = useRef(), change = (i, v) => set(list.map((r, n) => n === i ? toRule(v, true) : r));
  const focus = (what) => setTimeout(() => place.current?.querySelector(what)?.focus(), 30);
  return html`<div ref=${place}>${list.map((r, i) => { const v = fromRule(r); return html`<div key=${i} class="card inset"><p class="quiet">${ruleInWords(r)}</p>
      <${What} form=${form} v=${v} put=${(to) => change(i, { ...v, ...to })} at=${`/alerts/${i}`} ons=${OF_JOBS} />
      <p class="actions"><${Check} label=${t("rule.enabled")} value=${v.enabled} set=${(enabled) => change(i, { ...v, enabled })} />
        <button type="button" class="small danger" aria-label=${`${t("delete")}: ${t("rule.nth", { n: i + 1 })}`} onClick=${() => { set(list.filter((_, n) => n !== i)); focus(":scope > p button"); }}>${t("delete")}</button></p></div>`; })}
    <p class="actions"><button type="button" class="small secondary" onClick=${() => { set([...list, toRule(fromRule({}), true)]); focus(".card:nth-last-child(2) select"); }}>${t("rule.add")}</button></p></div>`;
}
