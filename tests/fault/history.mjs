// What must hold of a store and of what the server saw, whatever happened in between (the promises of src/README.md). Reads the
// database with the sqlite3 command, when no server runs on it. Gives a list of what is wrong.
import { spawnSync } from "node:child_process";

const FINAL = ["succeeded", "failed", "canceled", "skipped", "missed"];
const SCHEDULED = ["schedule", "catch_up"];

function query(file, sql) {
  const r = spawnSync("sqlite3", ["-json", file, sql], { encoding: "utf8", maxBuffer: 1 << 30 });
  if (r.status !== 0) throw new Error(`sqlite3: ${r.stderr || r.error}`);
  return r.stdout.trim() ? JSON.parse(r.stdout) : [];
}

const uuid = (hex) => hex.toLowerCase().replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");

export function readHistory(file) {
  const attempts = new Map();
  for (const a of query(file, "SELECT hex(run_id) AS run, number, outcome, http_status, finished_at FROM attempts ORDER BY run_id, number")) {
    const id = uuid(a.run);
    if (!attempts.has(id)) attempts.set(id, []);
    attempts.get(id).push(a);
  }
  const runs = query(file, `SELECT hex(id) AS id, job, trigger, scheduled_for, state, attempts, finished_at, duration_ms, outcome, http_status,
    message, occurrences FROM runs ORDER BY id`);
  return { runs: runs.map((r) => ({ ...r, id: uuid(r.id), tries: attempts.get(uuid(r.id)) ?? [] })) };
}

/** Sound as a database. */
export function checkFile(file) {
  const wrong = [];
  const integrity = query(file, "PRAGMA integrity_check");
  if (integrity.length !== 1 || integrity[0].integrity_check !== "ok") wrong.push(`integrity_check: ${JSON.stringify(integrity)}`);
  const keys = query(file, "PRAGMA foreign_key_check");
  if (keys.length) wrong.push(`foreign_key_check: ${JSON.stringify(keys)}`);
  return wrong;
}

function checkRun(run, ids, full, late, wrong) {
  const say = (what) => wrong.push(`run ${run.id} of ${run.job} (${run.trigger}, ${run.scheduled_for}, ${run.state}, ${run.outcome}): ${what}`);
  if (!FINAL.includes(run.state) && !(run.state === "retrying" && late?.test(run.job))) say(`still open after a quiet time`);
  if (run.tries.length !== run.attempts || run.tries.some((a, i) => a.number !== i + 1)) {
    say(`attempts are ${run.tries.map((a) => a.number)}, and should be 1..${run.attempts}`);
  }
  if (run.tries.some((a) => a.outcome === null || a.finished_at === null)) say("an attempt has no end");
  if (run.tries.slice(0, -1).some((a) => a.outcome === "ok")) say("tried again after an attempt that was ok");
  if ((run.state === "succeeded") !== (run.tries.at(-1)?.outcome === "ok")) say(`its last attempt is ${run.tries.at(-1)?.outcome}`);
  if (run.state === "failed" && run.tries.length === 0) say("failed without an attempt");
  if (run.duration_ms < 0) say(`took ${run.duration_ms} ms`);
  if (run.state === "failed" && run.outcome === "canceled") say(`nobody canceled it: ${run.message}`);
  // When the disk was full, the run that it was skipped for may have waited to be written when the server was killed.
  const other = !full && run.state === "skipped" && run.message.match(/[0-9a-f]{8}-[0-9a-f-]{27}/)?.[0];
  if (other && !ids.has(other)) say(`skipped for a run that there never was: ${run.message}`);
}

function checkCalls(runs, seen, once, wrong) {
  const byId = new Map(runs.map((r) => [r.id, r]));
  const calls = new Map();
  for (const s of seen) {
    calls.set(s.run, [...(calls.get(s.run) ?? []), s]);
    if (!byId.get(s.run)?.tries.some((a) => a.number === s.attempt)) wrong.push(`the server saw attempt ${s.attempt} of ${s.run} (${s.job}), of which there is no row`);
  }
  for (const run of runs) {
    const mine = calls.get(run.id) ?? [];
    if (once.test(run.job) && mine.length > 1) wrong.push(`at most once, but ${mine.length} calls of run ${run.id} (${run.job}): ${JSON.stringify(mine)}`);
    for (const a of run.tries) {
      const answers = mine.filter((s) => s.attempt === a.number);
      if (a.outcome === "ok" && !answers.some((s) => s.status === 200)) wrong.push(`attempt ${a.number} of ${run.id} is ok, but the server never said so`);
      if (a.outcome === "http_status" && !answers.some((s) => s.status === a.http_status)) wrong.push(`attempt ${a.number} of ${run.id}: ${a.http_status} was never said`);
    }
  }
}

/** At least once: what ended as done or failed was sent, unless each attempt has a reason of its own why it was not, or the job was removed before it
 * could be tried again, which the run says. */
function checkLeast(runs, seen, once, wrong) {
  const called = new Set(seen.map((s) => s.run));
  const SENT = ["ok", "http_status", "interrupted"];
  for (const run of runs.filter((r) => !once.test(r.job) && ["succeeded", "failed"].includes(r.state) && !called.has(r.id))) {
    if (run.tries.every((a) => SENT.includes(a.outcome)) && !/because its job was removed$/.test(run.message)) wrong.push(`at least once, but no call of run ${run.id} (${run.job}, ${run.message})`);
  }
}

/** A secret's values in order, and how many of them had been acknowledged when a life began (`floor` by life): no call of that life may
 * carry an older one, nor anything else. */
export function checkKeys(seen, values, floor) {
  const number = new Map(values.map((v, i) => [v, i]));
  const wrong = [];
  for (const s of seen) {
    const n = number.get(s.key);
    if (n === undefined) wrong.push(`attempt ${s.attempt} of ${s.run} carried a key that there never was`);
    else if (n < floor.get(s.life)) wrong.push(`attempt ${s.attempt} of ${s.run} carried value ${n}, when ${floor.get(s.life)} had been acknowledged before its server started`);
  }
  return wrong;
}

/** Every second of [first, last] (ms) is one row of each job named, or in one that stands for several. */
function checkSlots(runs, jobs, first, last, wrong) {
  for (const name of jobs) {
    const rows = runs.filter((r) => r.job === name && SCHEDULED.includes(r.trigger));
    const times = new Set(rows.map((r) => r.scheduled_for));
    if (times.size !== rows.length) wrong.push(`${name}: ${rows.length} rows for ${times.size} occurrences`);
    for (const r of rows.filter((x) => x.occurrences > 1)) {
      for (let i = 0; i < r.occurrences; i++) times.add(r.scheduled_for - i * 1000);
    }
    const missing = [];
    for (let t = first; t <= last; t += 1000) if (!times.has(t)) missing.push(new Date(t).toISOString());
    if (missing.length) wrong.push(`${name}: ${missing.length} occurrences without a row: ${missing.slice(0, 5)}`);
  }
}

export function checkHistory({ runs }, { seen, once, steady, first, last, asked, full, late }) {
  const wrong = [];
  const ids = new Set(runs.map((r) => r.id));
  for (const run of runs) checkRun(run, ids, full, late, wrong);
  checkCalls(runs, seen, once, wrong);
  checkLeast(runs, seen, once, wrong);
  checkSlots(runs, steady, first, last, wrong);
  for (const id of asked) if (!ids.has(id)) wrong.push(`run ${id} was acknowledged, and is gone`);
  return wrong;
}
