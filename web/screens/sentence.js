// Is all well, and if not, what is wrong? One sentence, and its reasons. Pure: what the API said goes in, keys of texts
// come out.
import { lagging } from "../base/rotation.js";

export const WAITS_MS = 5000, LATE_MS = 60000; // a run that is due this long waits; one that began this late was late
const MANY = 3; // so many jobs that fail at one target with one message have one cause
const secretsIn = (text) => [...text.matchAll(/\{\{\s*secret\.([^}\s]+)\s*\}\}/g)].map((m) => m[1]);

// Names of the secrets that a call of the job carries: its own, and its target's.
export function secretsOf(job, secrets = []) {
  const own = secretsIn(JSON.stringify(job.request ?? {}));
  const shared = job.target ? secrets.filter((s) => s.used_by.targets.includes(job.target)).map((s) => s.name) : [];
  return [...new Set([...own, ...shared])];
}

// --- the reasons: { kind, tone, name, since, message, … }; `since` null when that is not known

function checks({ status }) {
  return status.checks.filter((c) => !c.ok || c.message).map((c) => ({
    // What the clock did, little space, and runs that will be late are no reason to be unready; all else is.
    kind: "check", tone: c.ok || c.name === "clock" || c.name === "load" ? "warn" : "bad", name: c.name, since: null, message: c.message,
  })).sort((a, b) => (a.tone === "warn") - (b.tone === "warn") || (b.name === "sealed") - (a.name === "sealed"));
}
const paused = ({ status }) => status.paused ? [{ kind: "paused", tone: "warn", name: "", since: null }] : [];
// A job that is off fails nobody: nothing calls it until somebody says so. One that is paused until a time will be
// called again.
const isOff = (job) => !job.enabled || (job.status.paused && !job.status.paused_until);
function failing({ failing: jobs = [], secrets }) {
  const all = jobs.filter((j) => j.status.failing && !isOff(j)).map((j) => ({
    kind: "failing", tone: "bad", name: j.name, target: j.target, secrets: secretsOf(j, secrets), ...j.status.failing,
  }));
  const causes = new Map();
  for (const r of all) {
    const cause = JSON.stringify([r.target, r.message]);
    causes.set(cause, [...causes.get(cause) ?? [], r]);
  }
  return [...causes.values()].flatMap((same) => same.length < MANY ? same : [{
    kind: "outage", tone: "bad", name: same[0].name, names: same.map((r) => r.name), target: same[0].target, message: same[0].message, run: same[0].run,
    since: same.map((r) => r.since).sort()[0], secrets: [...new Set(same.flatMap((r) => r.secrets))],
  }]);
}
// How many failing jobs the reasons name.
export const named = (reasons) => reasons.reduce((n, r) => n + (r.kind === "failing" ? 1 : r.kind === "outage" ? r.names.length : 0), 0);
// One reason a job, however many of its runs there are: the worst one tells.
function byJob(runs, worse, make) {
  const jobs = new Map();
  for (const r of runs) {
    const [worst, n] = jobs.get(r.job) ?? [r, 0];
    jobs.set(r.job, [worse(r, worst) ? r : worst, n + 1]);
  }
  return [...jobs.values()].map(([r, n]) => make(r, n));
}
function waiting({ status, waiting: runs = [], now }) {
  if (status.paused || status.sealed) return [];
  return byJob(runs.filter((r) => now - Date.parse(r.scheduled_for) > WAITS_MS), (r, than) => r.scheduled_for < than.scheduled_for,
    (r, runs) => ({ kind: "waiting", tone: "warn", name: r.job, since: r.scheduled_for, run: r.id, message: r.message, runs }));
}
function late({ late: runs = [] }) {
  return byJob(runs.filter((r) => r.lateness_ms > LATE_MS && r.trigger === "schedule"), (r, than) => r.lateness_ms > than.lateness_ms,
    (r, runs) => ({ kind: "late", tone: "warn", name: r.job, since: r.scheduled_for, run: r.id, late_ms: r.lateness_ms, runs }));
}
// Where so many runs start that nobody lists the late ones, the server's figure of the last minute tells.
const lateness = ({ status: { lateness_p95_ms: ms }, late: runs = [] }) => ms > LATE_MS && !runs.length
  ? [{ kind: "lateness", tone: "warn", name: "", since: null, late_ms: ms }] : [];
function rotations({ secrets = [] }) {
  return secrets.map((s) => [s, lagging(s)]).filter(([, steps]) => steps.length).map(([s, steps]) => ({
    kind: "rotation", tone: steps[0].tone, name: s.name, since: s.updated_at, steps, until: s.previous?.expires_at ?? null,
  }));
}
const overdue = ({ secrets = [] }) => secrets.filter((s) => s.overdue).map((s) => ({
  kind: "overdue", tone: "warn", name: s.name, since: s.due_at, every_s: s.rotate_every_s, used_by: s.used_by,
}));
// Nobody is told of anything through a channel that fails, nor that edgecron itself is dead where the heartbeat is not taken.
const channels = ({ channels: all = [] }) => all.filter((c) => c.enabled && c.status.failing_since).map((c) => ({
  kind: "channel", tone: "warn", name: c.name, since: c.status.failing_since, message: c.status.message, run: c.status.run || null, runs: c.status.failed,
}));
const heartbeat = ({ status: { heartbeat_failing_since: since } }) => since ? [{ kind: "heartbeat", tone: "warn", name: "", since }] : [];

// --- the sentence

const of = (reasons, kind) => reasons.filter((r) => r.kind === kind);
function well({ jobs, jobs_active: active }) {
  if (jobs === 1) return ["well.one", { n: 1 }];
  return jobs === active ? ["well.all", { n: jobs }] : ["well.active", { n: active, off: jobs - active }];
}
// What the sentence says behind "All 6 jobs are well, ": the most urgent that is not a failure.
const BUT = [
  ["waiting", (found) => ["well.but_waiting", { n: found.length }]],
  ["channel", (found) => ["well.but_channel", { name: found[0].name }]],
  ["heartbeat", () => ["well.but_heartbeat", {}]],
  ["check", (found) => ["well.but_check", { name: found[0].name }]],
  ["rotation", (found) => ["well.but_rotation", { n: found.length }]],
  ["overdue", (found) => ["well.but_overdue", { n: found.length }]],
  ["lateness", () => ["well.but_lateness", {}]],
  ["late", (found) => ["well.but_late", { n: found.length }]],
];
function judged(data, reasons) {
  const { status } = data, broken = of(reasons, "check").filter((r) => r.tone === "bad");
  const failing = status.jobs_failing ?? named(reasons);
  if (data.away) return ["bad", "well.away"];
  if (status.sealed) return ["bad", "well.sealed"];
  if (status.draining) return ["warn", "well.draining"];
  if (broken.length) return ["bad", "well.broken", { name: broken[0].name, n: broken.length }];
  if (status.paused) return ["warn", "well.paused"];
  if (!status.jobs) return ["quiet", "well.empty"];
  if (failing) return ["bad", status.jobs === 1 ? "well.failing_one" : "well.failing", { n: failing, total: status.jobs }];
  if (!status.jobs_active) return ["quiet", "well.inactive"];
  for (const [kind, but] of BUT) {
    const found = of(reasons, kind);
    if (found.length) return ["warn", ...well(status), but(found)];
  }
  return ["good", ...well(status)];
}

// data: { status, failing: [Job], waiting: [Run, queued], late: [Run], secrets: [Secret], channels: [Channel], now: in ms, away: the server
// does not answer }. Returns { tone, key, values, but: [key, values] or null, next: { job, at } or null, reasons }.
export function sentence(data) {
  const { status } = data;
  const reasons = [...checks(data), ...paused(data), ...failing(data), ...channels(data), ...heartbeat(data), ...waiting(data), ...rotations(data), ...overdue(data), ...lateness(data), ...late(data)];
  const [tone, key, values = {}, but = null] = judged(data, reasons);
  const goesOn = !data.away && !status.sealed && !status.paused && !status.draining && status.next_due;
  return { tone, key, values, but, next: goesOn ? { job: status.next_job, at: status.next_due } : null, reasons };
}
// The newest first, as somebody asks who wants to know what has changed; what has no time of its own stands before all.
const when = (reason) => reason.since ? Date.parse(reason.since) : Number.MAX_SAFE_INTEGER;
export const newestFirst = (reasons) => reasons.toSorted((a, b) => when(b) - when(a));
