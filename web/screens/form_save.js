// What the server says to a job in its form, and the job saved.
import { ask, get, post, Problem } from "../base/api.js";
import { Unfit } from "../base/body.js";
import { t } from "../base/text.js";
import { secretsIn, toJob, words } from "./form_job.js";
import { joined, NEW } from "./form_url.js";

// The name, or the first of name-2, name-3… that no job has.
export async function freeName(name) {
  const { items } = await get("jobs", { text: name, limit: 1000 }), taken = new Set(items.map((j) => j.name));
  for (let n = 1, to = name; ; to = `${name.slice(0, 59)}-${++n}`) if (!taken.has(to)) return to;
}

// What was typed, as JSON; a Problem like the server's where there is none.
export function fitting(make) {
  try { return make(); } catch (e) {
    throw e instanceof Unfit ? new Problem({ status: 422, code: "invalid", pointer: e.pointer, detail: t(e.key, e.values) }) : e;
  }
}
const jobOf = (v) => fitting(() => toJob(v));
const targetOf = (v) => ({ name: v.new_name, base_url: v.new_base, allow_private: words(v.new_private) });
const at = (place, codes) => (e) => {
  if (e.pointer || codes.includes(e.code)) e.pointer = place + (e.pointer || "/name");
  throw e;
};
const write = (v, name, job, more) => (name ? ask("PUT", `jobs/${encodeURIComponent(name)}`, { body: job, etag: v.etag, ...more })
  : ask("POST", "jobs", { body: job, ...more })).catch(at("", ["conflict"]));

// A dry run of the job (of the target first, if it is to be new). As long as it is not `whole`, what is still empty is
// taken as if it were there, so that nobody is told of a field before it is reached.
export async function tryOut(v, name, whole) {
  const job = jobOf(v), dry = { query: { dry_run: true } };
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
// Secrets that were typed, the new target, then the job. What was done of it stays done when the rest fails: it is
// asked for once.
export async function persist(v, name, set, told) {
  await tryOut(v, name, true);
  for (const [secret, value] of Object.entries(v.secrets).filter(([s, given]) => given && secretsIn(v).includes(s))) {
    const { data } = await ask("PUT", `secrets/${secret}`, { body: { value } }).catch(at(`/secrets/${secret}`, []));
    for (const w of data.warnings ?? []) told(w.detail);
    v = { ...v, secrets: { ...v.secrets, [secret]: "" } };
    set({ secrets: v.secrets });
  }
  if (v.target === NEW) {
    await post("targets", targetOf(v)).catch(at("/new_target", ["conflict"]));
    v = { ...v, target: v.new_name, url: v.url.startsWith("/") ? v.url : `/${v.url}` };
    set({ target: v.target, url: v.url });
  }
  return (await write(v, name, jobOf(v))).data;
}
