// What a job sends, as it would go out now with its secrets masked; and how it behaves when things go wrong, in words.
import { html } from "htm/preact";
import { useEffect, useState } from "preact/hooks";
import { ask, may } from "../base/api.js";
import { useAsked } from "../base/asked.js";
import { href } from "../base/router.js";
import { span } from "../base/time.js";
import { listed, t, tx } from "../base/text.js";
import { Asked } from "../parts/asked.js";
import { Code, Facts, pretty } from "../parts/table.js";
import { pathOf } from "./job_state.js";
import { ruleInWords } from "./rule_words.js";

const wire = ({ method, url, headers, body }) => [`${method} ${url}`, ...Object.entries(headers ?? {}).flatMap(([k, v]) => [v].flat().map((one) => `${k}: ${one}`)),
  ...(body ? ["", pretty(body)] : [])].join("\n");

// What the server says to the job as it is, were it saved now: only those who may save are told.
function useWarnings({ name, status: { revision } }) {
  const [found, set] = useState([]);
  useEffect(() => {
    const stop = new AbortController();
    if (may("admin")) {
      ask("PATCH", pathOf(name), { body: {}, query: { dry_run: true }, type: "application/merge-patch+json", signal: stop.signal })
        .then(({ data }) => set((data.warnings ?? []).filter((w) => w.code !== "secret_not_set")), () => {});
    }
    return () => stop.abort();
  }, [name, revision]);
  return found;
}
export function Sent({ job }) {
  const of = useAsked(pathOf(job.name, "request"), {}, ["job", "secret", "target"], (data, kind) => kind !== "job" || data.name === job.name), warnings = useWarnings(job);
  return html`<section aria-labelledby="request"><h2 id="request">${t("sent.title")}</h2>
    ${job.target && html`<p>${tx("sent.target", { target: html`<a href=${href("targets", job.target)}>${job.target}</a>` })}</p>`}
    <${Asked} of=${of} rows=${8}>${(r) => html`${r.problem && !r.secrets.some((s) => !s.found && r.problem.includes(s.name)) && html`<p class="trouble">${r.problem}</p>`}
      ${r.secrets.filter((s) => !s.found).map((s) => html`<p key=${s.name} class="trouble">${tx("sent.missing", { secret: html`<a href=${href("secrets", s.name)}>${s.name}</a>` })}</p>`)}
      ${r.url && html`<${Code} text=${wire(r)} label=${t("exchange.request")} />`}
      ${r.secrets.some((s) => s.found) && html`<p class="quiet">${t("sent.secrets")} ${r.secrets.filter((s) => s.found).map((s, i) => html`${i ? ", " : ""}<a key=${s.name} href=${href("secrets", s.name)}>${s.name}</a> (${t("sent.version", { version: s.version })})`)}</p>`}`}<//>
    ${warnings.length > 0 && html`<div class="card warn"><h3>${t("sent.warnings")}</h3><ul>${warnings.map((w) => html`<li key=${w.pointer + w.code}>${w.detail}</li>`)}</ul></div>`}</section>`;
}

function retries({ max_attempts: n, initial_ms, multiplier, max_ms, max_age_s, past_next_occurrence: past }) {
  if (n === 1) return t("policy.retry_none");
  return [t("policy.retry_text", { n, first: span(initial_ms) }), n > 2 && multiplier > 1 && t("policy.retry_grow", { times: multiplier, most: span(max_ms) }),
    max_age_s > 0 && t("policy.retry_age", { age: span(max_age_s * 1000) }), t(past ? "policy.retry_past" : "policy.retry_before")].filter(Boolean).join(" ");
}
function rule({ pointer, equals, exists, matches }) {
  const what = matches != null ? t("policy.matches", { what: matches }) : exists != null ? t(exists ? "policy.exists" : "policy.not_exists") : t("policy.equals", { what: JSON.stringify(equals) });
  return html`<code>${pointer}</code> ${what}`;
}
const caught = ({ policy, window_s: s }) => t(`policy.catch_up_${policy}`, { window: span(s * 1000) });

export function Policies({ job }) {
  const { success, metrics, alerts } = job, names = Object.keys(metrics);
  return html`<section aria-labelledby="policies" class="policies"><h2 id="policies">${t("policy.title")}</h2><${Facts} of=${[
    [t("policy.timeout"), t("policy.timeout_text", { all: span(job.timeout_ms), connect: span(job.connect_timeout_ms) })],
    [t("policy.delivery"), t(`policy.delivery_${job.delivery}`)], [t("policy.retry"), retries(job.retry)],
    [t("policy.overlap"), t(`policy.overlap_${job.overlap}`)], [t("policy.catch_up"), caught(job.catch_up)],
    [t("policy.success"), html`${t("policy.status", { list: listed(success.status) })}${success.json.map((r, i) => html`<br key=${i} />${rule(r)}`)}`],
    [t("policy.metrics"), names.length > 0 && names.map((n, i) => html`${i > 0 && html`<br />`}${n} <code>${metrics[n]}</code>`)],
    [t("nav.alerts"), alerts.length ? alerts.map((r, i) => html`${i > 0 && html`<br />`}${r.enabled === false ? t("channel.off") + ": " : ""}${ruleInWords(r)}`) : html`<a href="#/alerts">${t("rule.of_all_alike")}</a>`],
  ]} /></section>`;
}
