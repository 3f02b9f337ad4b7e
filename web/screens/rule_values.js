// Alert rules as a form holds them, there and back. Pure.
import { number, words } from "./form_job.js";

// What a rule watches: which limit that has, if any, with a value to begin with, and the limit's unit in milliseconds. The first six are of jobs.
export const LIMITS = {
  failure: ["after", 1, 0], missed: [], lateness: ["over_ms", 60000, 1], duration: ["over_ms", 300000, 1], metric: ["metric", ""], no_success: ["over_s", 86400, 1000],
  secret_age: ["over_s", "", 1000], certificate: ["within_s", 1209600, 1000], disk: ["under_mib", 512, 0], sealed: [], clock: [], overload: [], backup: [], store: [],
};
export const ONS = Object.keys(LIMITS), OF_JOBS = ONS.slice(0, 6);
const FIELDS = ["after", "over_ms", "over_s", "within_s", "under_mib", "metric"];


// Of a rule, or of one of a job's own.
export const fromRule = ({ status, warnings, ...r }) => ({
  of: r, etag: status ? `"${status.revision}"` : null, name: r.name ?? "", description: r.description ?? "", enabled: r.enabled ?? true, on: r.on ?? "failure",
  jobs: (r.jobs ?? []).join(" "), tags: (r.tags ?? []).join(" "), ...limitsOf(r), repeat_s: `${r.repeat_s ?? 86400}`, recovery: r.recovery ?? true, channels: r.channels ?? [],
});
const limitsOf = (r) => Object.fromEntries(FIELDS.map((f) => [f, `${r[f] ?? (LIMITS[r.on ?? "failure"][0] === f ? LIMITS[r.on ?? "failure"][1] : "")}`]));
// Another `on` has another limit.
export const turned = (on) => ({ on, ...limitsOf({ on }) });
export function toRule(v, own) {
  const [limit] = LIMITS[v.on], limits = Object.fromEntries(FIELDS.map((f) => [f, f !== limit ? null : f === "metric" ? v.metric : number(v[f]) ?? null]));
  const rule = { enabled: v.enabled, on: v.on, ...limits, repeat_s: number(v.repeat_s), recovery: v.recovery, channels: v.channels };
  return own ? rule : { name: v.name.trim(), description: v.description, jobs: words(v.jobs), tags: words(v.tags), ...rule };
}
