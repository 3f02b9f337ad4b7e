// A job as its form holds it: texts as they are typed, rows where the API has members. There and back, tried out, and saved.
import { ask, get, post, Problem } from "../base/api.js";
import { t } from "../base/text.js";
import { bodyParts, bodyValue } from "../parts/body.js";

export const NEW = "+"; // no name of a target: one that is made with the job
const rows = (members) => Object.entries(members ?? {}).map(([name, value]) => ({ name, value }));
const ruleOf = (r) => {
  const kind = ["exists", "matches"].find((k) => k in r) ?? "equals";
  return { pointer: r.pointer, kind, value: kind === "matches" ? r.matches : JSON.stringify(r[kind] ?? null) };
};

export function fromJob({ status, warnings, ...job }) {
  const [body_kind, body] = bodyParts(job.request.body);
  return {
    ...job, etag: status ? `"${status.revision}"` : null, target: job.target ?? "", tags: job.tags.join(" "), ...job.request, url: job.request.url, headers: rows(job.request.headers),
    body_kind, body, statuses: job.success.status.join(" "), rules: job.success.json.map(ruleOf), metrics: rows(job.metrics), secrets: {},
    new_name: "", new_base: "", new_private: "",
  };
}

const words = (text) => text.split(/[\s,]+/).filter(Boolean);
const number = (text) => text === "" || text == null ? undefined : isNaN(text) ? text : Number(text);
const numbers = (of, ...but) => Object.fromEntries(Object.entries(of).map(([k, v]) => [k, but.includes(k) ? v : number(v)]));
const json = (text) => { try { return JSON.parse(text); } catch { return text; } };
const wrong = (pointer, detail) => new Problem({ status: 422, code: "invalid", pointer, detail });
export const escaped = (name) => name.replaceAll("~", "~0").replaceAll("/", "~1");

function members(list, at) {
  const made = {};
  for (const { name, value } of list.filter((r) => r.name || r.value)) {
    if (!name) throw wrong(`${at}/`, t("form.row_name", { value }));
    if (name in made) throw wrong(`${at}/${escaped(name)}`, t("form.row_twice", { name }));
    made[name] = value;
  }
  return made;
}
const rule = (r) => ({ pointer: r.pointer, [r.kind]: r.kind === "matches" ? r.value : json(r.value) });

// Throws a Problem where what was typed has no JSON.
export function toJob(v) {
  const { method, url, description, enabled, schedule, timezone, delivery, overlap, alerts, starts_at, ends_at } = v;
  return {
    name: v.name, description, enabled, tags: words(v.tags), schedule, timezone, jitter_s: number(v.jitter_s), starts_at, ends_at, target: v.target || null,
    request: { method, url, headers: members(v.headers, "/request/headers"), body: bodyValue(v.body_kind, v.body) },
    timeout_ms: number(v.timeout_ms), connect_timeout_ms: number(v.connect_timeout_ms), delivery, retry: numbers(v.retry, "past_next_occurrence"), overlap,
    catch_up: numbers(v.catch_up, "policy"), success: { status: words(v.statuses), json: v.rules.map(rule) }, metrics: members(v.metrics, "/metrics"), alerts,
  };
}

// --- addresses

const KNOWN = /\/functions\/v1(?=\/)/; // where Supabase has its functions
const host = (url) => { try { return new URL(url).hostname.replace(/^\[|\]$/g, ""); } catch { return ""; } };
const name63 = (text) => text.toLowerCase().replace(/[^a-z0-9_-]+/g, "-").replace(/^[-_]+|-+$/g, "").slice(0, 63);
export const nameOf = (url) => name63(url.replace(/^https?:\/\/[^/]*/i, "").split(/[?#]/)[0].split("/").filter((p) => p && !p.includes("{{")).pop() ?? "");

// The name, or the first of name-2, name-3… that no job has.
export async function freeName(name) {
  const { items } = await get("jobs", { text: name, limit: 1000 }), taken = new Set(items.map((j) => j.name));
  for (let n = 1, to = name; ; to = `${name.slice(0, 59)}-${++n}`) if (!taken.has(to)) return to;
}

// The networks to allow for a URL that is likely to be on one's own; "" for others.
export function ownNetworks(url) {
  const h = host(url);
  if (!h) return "";
  if (h === "localhost" || h.endsWith(".localhost")) return "127.0.0.0/8 ::1/128";
  if (/^127\./.test(h)) return "127.0.0.0/8";
  if (/^(10|192\.168|169\.254|172\.(1[6-9]|2\d|3[01])|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\.[\d.]+$/.test(h)) return `${h}/32`;
  if (/^(::1$|f[cd][0-9a-f]{2}:|fe80:)/.test(h)) return `${h}/128`;
  return !h.includes(".") || /\.(local|lan|internal|home\.arpa)$/.test(h) ? "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16" : "";
}
function newTarget(url, taken) {
  const known = KNOWN.exec(url), origin = /^https?:\/\/[^/?#]+/i.exec(url)[0], path = url.slice(origin.length).split(/[?#]/)[0];
  const end = known ? known.index + known[0].length : origin.length + Math.max(0, path.lastIndexOf("/")), new_base = url.slice(0, end);
  const h = host(url), own = ownNetworks(url), label = !h || (own && /^[\d.:a-f]+$|localhost/.test(h)) ? "local" : name63(h.split(".")[0]);
  let new_name = label;
  for (let n = 2; taken.includes(new_name); n++) new_name = `${label}-${n}`;
  return { target: NEW, new_base, new_name, new_private: own, url: url.slice(end) || "/" };
}
// What the URL that was typed means: a path on a target that is there, on a new one, or as it is.
export function settleUrl(v, targets) {
  const url = v.url.trim(), name = nameOf(url);
  const named = (more) => ({ url, ...more, ...((!v.name || v.name === v.suggested) && { name, suggested: name }) });
  if (!/^https?:\/\/[^/]/i.test(url)) return named(url && v.target && !url.startsWith("/") && !url.startsWith("{{") ? { url: `/${url}` } : {});
  const on = targets.filter((x) => url.startsWith(`${x.base_url.replace(/\/$/, "")}/`)).sort((a, b) => b.base_url.length - a.base_url.length)[0];
  if (on && v.target) return named({ target: on.name, url: url.slice(on.base_url.replace(/\/$/, "").length) });
  return v.target ? named(newTarget(url, targets.map((x) => x.name))) : named();
}
const joined = (base, path) => base.replace(/\/$/, "") + (path.startsWith("/") ? path : `/${path}`);

// --- secrets that are named

export function secretsIn(v) {
  const text = [v.url, v.body_kind === "none" ? "" : v.body, ...v.headers.map((h) => h.value)].join("\n");
  return [...new Set([...text.matchAll(/\{\{\s*secret\.([A-Za-z_]\w{0,62})\s*\}\}/g)].map((m) => m[1]))];
}

// --- what the server says to it

const targetOf = (v) => ({ name: v.new_name, base_url: v.new_base, allow_private: words(v.new_private) });
const at = (place, codes) => (e) => {
  if (e.pointer || codes.includes(e.code)) e.pointer = place + (e.pointer || "/name");
  throw e;
};
const write = (v, name, job, more) => (name ? ask("PUT", `jobs/${encodeURIComponent(name)}`, { body: job, etag: v.etag, ...more })
  : ask("POST", "jobs", { body: job, ...more })).catch(at("", ["conflict"]));

// A dry run of the job (of the target first, if it is to be new). As long as it is not `whole`, what is still empty is taken as if it were there, so that
// nobody is told of a field before it is reached.
export async function tryOut(v, name, whole) {
  const job = toJob(v), dry = { query: { dry_run: true } };
  if (!whole) job.name ||= "new-job";
  if (v.target === NEW) {
    if (whole || v.new_base) await ask("POST", "targets", { body: { ...targetOf(v), ...(!whole && !v.new_name && { name: "new" }) }, ...dry }).catch(at("/new_target", ["conflict"]));
    job.target = null;
    if (v.new_base && v.url) job.request.url = joined(v.new_base, v.url);
  }
  if (!whole && !/^https?:|^\{\{/.test(job.request.url) && !job.target) job.request.url = "https://example.com/";
  if (!whole && !job.request.url) job.request.url = "/";
  return (await write(v, name, job, dry)).data;
}
// Secrets that were typed, the new target, then the job. What was done of it stays done when the rest fails: it is asked for once.
export async function persist(v, name, set) {
  await tryOut(v, name, true);
  for (const [secret, value] of Object.entries(v.secrets).filter(([s, given]) => given && secretsIn(v).includes(s))) {
    await ask("PUT", `secrets/${secret}`, { body: { value } }).catch(at(`/secrets/${secret}`, []));
    set({ secrets: { ...v.secrets, [secret]: "" } });
  }
  if (v.target === NEW) {
    await post("targets", targetOf(v)).catch(at("/new_target", ["conflict"]));
    v = { ...v, target: v.new_name, url: v.url.startsWith("/") ? v.url : `/${v.url}` };
    set({ target: v.target, url: v.url });
  }
  return (await write(v, name, toJob(v))).data;
}
