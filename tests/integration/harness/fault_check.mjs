// What is asked of a run that met a fault, and of the server afterwards.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { FINAL } from "./edgecron.mjs";
import { each, SLOW, until } from "./wait.mjs";

const MIB = 1 << 20;

/** One attempt, its outcome (or one of several, where a race decides), the state that goes with it, and every one of `words`. */
export function check(run, outcome, ...words) {
  const about = `${run.job}: ${run.state}, ${run.outcome}, ${run.http_status}: ${run.message}`;
  assert.ok([outcome].flat().includes(run.outcome), about);
  assert.equal(run.state, run.outcome === "ok" ? "succeeded" : "failed", about);
  for (const w of words) assert.match(run.message ?? "", w, about);
  assert.match(run.message ?? "", /^[\x20-\x7e]*$/, `${about}: not printable`);
  assert.ok(run.attempts.length === 1 && run.attempts[0].outcome === run.outcome, about);
}

/** Where an open file leads; null when it was closed meanwhile. */
function leadsTo(pid, fd) {
  try {
    return readlinkSync(`/proc/${pid}/fd/${fd}`);
  } catch {
    return null;
  }
}

/** What the process `pid` holds: bytes of memory now and at most, open files (but for those of the store, of which each reader has some). */
export function footprint(pid) {
  const status = readFileSync(`/proc/${pid}/status`, "latin1");
  const bytes = (name) => Number(new RegExp(`^${name}:\\s*(\\d+) kB`, "m").exec(status)?.[1] ?? NaN) * 1024;
  const files = readdirSync(`/proc/${pid}/fd`).filter((fd) => !/edgecron\.db|^$/.test(leadsTo(pid, fd) ?? ""));
  return { now: bytes("VmRSS"), most: bytes("VmHWM"), files: files.length };
}

export const inMib = (f) => `${(f.now / MIB).toFixed(1)} MiB (at most ${(f.most / MIB).toFixed(1)}), ${f.files} files`;

/** Takes the footprint of a server at rest. The returned function waits until no file more is open than then, and then compares memory:
 * at the end, and on the way, it may not be more than the given MiB above the beginning. Sanitizers keep what was freed: not asked there. */
export function watch(server, { kept = 16, peak = 32 } = {}) {
  const before = footprint(server.pid);
  return async (t, what) => {
    server.kill("SIGHUP"); // closes connections that are kept for the next call
    const state = () => footprint(server.pid);
    await until(`no more than ${before.files} open files after ${what}`, () => footprint(server.pid).files <= before.files, { state });
    const after = footprint(server.pid);
    t.diagnostic(`${what}: ${inMib(before)} before, ${inMib(after)} after`);
    if (SLOW > 1) return;
    assert.ok(after.now < before.now + kept * MIB, `memory after ${what}: ${inMib(before)} before, ${inMib(after)} after`);
    if (after.most) assert.ok(after.most < before.most + peak * MIB, `memory at most during ${what}: ${inMib(before)}, ${inMib(after)}`);
  };
}

/** Asks for a run of every job in `names` by the API, as fast as it goes (its token must allow that), and waits for their ends. */
export async function runMany(e, names) {
  const ids = new Set(await each(names, async (name) => {
    const { status, body } = await e.api(`/api/v1/jobs/${name}/run`, { method: "POST" });
    assert.equal(status, 202, JSON.stringify(body));
    return body.id;
  }, 16));
  const asked = async () => (await e.runs()).filter((r) => ids.has(r.id));
  const open = async () => (await asked()).filter((r) => !FINAL.includes(r.state)).map((r) => `${r.job}: ${r.state}`);
  await until("the end of every run", async () => (await open()).length === 0, { state: open });
  const runs = await asked();
  assert.equal(runs.length, names.length);
  return runs;
}
