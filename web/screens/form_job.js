// A job as its form holds it: texts as they are typed, rows where the API has members. There and back.
import { token } from "../base/pointer.js";
import { bodyParts, bodyValue, Unfit } from "../base/body.js";

export const rows = (members) => Object.entries(members ?? {}).map(([name, value]) => ({ name, value }));
const ruleOf = (r) => {
  const kind = ["exists", "matches"].find((k) => k in r) ?? "equals";
  return { pointer: r.pointer, kind, value: kind === "matches" ? r.matches : JSON.stringify(r[kind] ?? null) };
};

export function fromJob({ status, warnings, ...job }) {
  const [body_kind, body] = bodyParts(job.request.body);
  return {
    ...job, of: job, etag: status ? `"${status.revision}"` : null, target: job.target ?? "", tags: job.tags.join(" "), ...job.request, url: job.request.url, headers: rows(job.request.headers),
    body_kind, body, statuses: job.success.status.join(" "), rules: job.success.json.map(ruleOf), metrics: rows(job.metrics), secrets: {},
    new_name: "", new_base: "", new_private: "",
  };
}

export const words = (text) => text.split(/[\s,]+/).filter(Boolean);
export const number = (text) => text === "" || text == null ? undefined : isNaN(text) ? text : Number(text);
const numbers = (of, ...but) => Object.fromEntries(Object.entries(of).map(([k, v]) => [k, but.includes(k) ? v : number(v)]));
const json = (text) => { try { return JSON.parse(text); } catch { return text; } };

// Throws an Unfit for a value without a name, and for a name that is there twice.
export function members(list, at) {
  const made = {};
  for (const { name, value } of list.map((r) => ({ ...r, name: r.name.trim() })).filter((r) => r.name || r.value)) {
    if (!name) throw new Unfit(`${at}/`, "form.row_name", { value });
    if (name in made) throw new Unfit(`${at}/${token(name)}`, "form.row_twice", { name });
    made[name] = value;
  }
  return made;
}
const rule = (r) => ({ pointer: r.pointer, [r.kind]: r.kind === "matches" ? r.value : json(r.value) });

// Throws an Unfit where what was typed has no JSON. What no field shows stays as it was.
export function toJob(v) {
  const { method, url, description, enabled, schedule, timezone, delivery, overlap, alerts, starts_at, ends_at } = v;
  return {
    ...v.of, name: v.name, description, enabled, tags: words(v.tags), schedule, timezone, jitter_s: number(v.jitter_s), starts_at, ends_at, target: v.target || null,
    request: { ...v.of.request, method, url, headers: members(v.headers, "/request/headers"), body: bodyValue(v.body_kind, v.body) },
    timeout_ms: number(v.timeout_ms), connect_timeout_ms: number(v.connect_timeout_ms), delivery, retry: numbers(v.retry, "past_next_occurrence"), overlap,
    catch_up: numbers(v.catch_up, "policy"), success: { ...v.of.success, status: words(v.statuses), json: v.rules.map(rule) }, metrics: members(v.metrics, "/metrics"), alerts,
  };
}

// The secrets that are named in what was typed.
export function secretsIn(v) {
  const text = [v.url, v.body_kind === "none" ? "" : v.body, ...v.headers.map((h) => h.value)].join("\n");
  return [...new Set([...text.matchAll(/\{\{\s*secret\.([A-Za-z_]\w{0,62})\s*\}\}/g)].map((m) => m[1]))];
}
