// Alert rules in words.
import { listed, t } from "../base/text.js";
import { span } from "../base/time.js";
import { LIMITS, OF_JOBS } from "./rule_values.js";

export function when(r) {
  const [limit, , unit] = LIMITS[r.on] ?? [], value = r[limit];
  if (r.on === "secret_age" && value > 0) return t("when.secret_older", { span: span(value * 1000) });
  return t(`when.${r.on}`, { n: value, span: unit && span(value * unit), metric: r.metric });
}
// "after 1 failed run, of all jobs, again every 24 h, and when it is well again → all channels"
export function ruleInWords(r) {
  const { jobs = [], tags = [] } = r, names = [...jobs, ...tags.map((tag) => `#${tag}`)];
  return [when(r), names.length ? t("rule.of", { names: listed(names) }) : OF_JOBS.includes(r.on) && r.jobs && t("rule.of_all"),
    r.repeat_s > 0 && t("rule.again", { span: span(r.repeat_s * 1000) }), r.recovery && t("rule.recovery")].filter(Boolean).join(", ")
    + ` → ${r.channels?.length ? listed(r.channels) : t("rule.to_all")}`;
}
