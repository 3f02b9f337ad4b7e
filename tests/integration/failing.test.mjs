// Which jobs are failing, since when: through failures, a success, what was missed, restarts, removal; as the job, the lists, the status, its
// event, the metrics and the commands tell it.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { document, Edgecron, job, target } from "./harness/edgecron.mjs";
import { startFaults } from "./harness/faults.mjs";
import { parse, sum } from "./harness/metrics.mjs";
import { listen } from "./harness/stream.mjs";
import { until } from "./harness/wait.mjs";

const DEBUG = process.env.EDGECRON_DEBUG;
const BAD = "/status?code=500", GOOD = "/ok";
let server;

before(async () => (server = await startFaults()));
after(() => server.close());

const doc = (...jobs) => document([target("faults", server.url)], jobs.map((j) => ({ target: "faults", ...j })));
async function started(...jobs) {
  const e = new Edgecron();
  await e.apply(doc(...jobs));
  await e.createToken("tests", "admin");
  await e.serve();
  return e;
}

async function get(e, path, token = e.token) {
  const r = await e.api(`/api/v1${path}`, { token });
  assert.equal(r.status, 200, `${path}: ${JSON.stringify(r.body)}`);
  return r.body;
}
const failing = async (e, name) => (await get(e, `/jobs/${name}`)).status.failing;
const names = async (e, query) => (await get(e, `/jobs?${query}`)).items.map((j) => j.name);
/** The engine counts a run a moment after its end is stored. */
const counted = (e, n) => until(`${n} to be failing`, async () => (await get(e, "/status")).jobs_failing === n, { state: () => get(e, "/status") });

describe("a job that fails", { concurrency: 3 }, () => {
  test("is told of from the first failure to a success, across a restart and a kill", async () => {
    const e = await started(job("one", GOOD), job("two", GOOD));
    assert.equal(await failing(e, "one"), null);
    const well = await e.runJob("one");
    await e.apply(doc(job("one", BAD), job("two", GOOD)));
    await until("the change", async () => (await e.runJob("one")).state === "failed");
    const first = await failing(e, "one");
    await counted(e, 1);
    await e.stop();
    await e.serve();
    assert.deepEqual(await failing(e, "one"), first);
    await counted(e, 1);
    const second = await e.runJob("one");
    assert.equal(second.state, "failed");
    assert.deepEqual(await failing(e, "one"), {
      since: first.since, runs: first.runs + 1, run: second.id, outcome: "http_status", http_status: 500, message: second.message,
      last_success_at: (await e.run(well.id)).finished_at,
    });
    await e.stop("SIGKILL");
    await e.serve();
    assert.equal((await failing(e, "one")).runs, first.runs + 1);
    assert.deepEqual(await names(e, "failing=true"), ["one"]);
    assert.deepEqual(await names(e, "failing=false"), ["two"]);
    assert.deepEqual(await names(e, ""), ["one", "two"]);
    assert.deepEqual((await get(e, "/jobs")).items.map((j) => j.status.failing?.run ?? null), [second.id, null]);
    await counted(e, 1);
    await e.apply(doc(job("one", GOOD), job("two", GOOD)));
    await until("a success", async () => (await e.runJob("one")).state === "succeeded");
    assert.equal(await failing(e, "one"), null);
    assert.deepEqual(await names(e, "failing=true"), []);
    await counted(e, 0);
    await e.stop();
  });

  test("stays so while a run is under way, canceled or tried again: no flicker", async () => {
    const e = await started(job("slow", "/slow?ms=60000", { timeout_ms: 100 }));
    const s = await listen(e, "?types=status");
    await e.runJob("slow");
    const was = await failing(e, "slow");
    assert.equal(was.outcome, "timeout");
    await s.until("the event", (x) => x.type === "status" && x.jobs_failing === 1);
    await e.apply(doc(job("slow", "/slow?ms=60000", { timeout_ms: 60000 })));
    await until("the change", async () => {
      const { id } = await e.json(["job", "run", "slow"]);
      await e.untilRun("it to run", ["--job", "slow"], (r) => r.id === id && r.state !== "queued");
      assert.deepEqual((await failing(e, "slow")).since, was.since);
      await e.ok(["run", "cancel", id]);
      return (await e.untilRun("its end", ["--job", "slow"], (r) => r.id === id && r.finished_at)).state === "canceled";
    });
    assert.equal((await failing(e, "slow")).since, was.since);
    await e.apply(doc(job("slow", "/status?code=503", { retry: { max_attempts: 2, initial_ms: 300 } })));
    await until("the change", async () => (await e.runJob("slow")).attempts.length === 2);
    assert.equal((await failing(e, "slow")).since, was.since);
    const after = s.of("status").slice(s.of("status").findIndex((x) => x.jobs_failing === 1));
    assert.ok(after.every((x) => x.jobs_failing === 1), JSON.stringify(after));
    s.close();
    await e.stop();
  });

  test("is counted while it is wanted to run: not when disabled, or paused by hand; restricted listeners learn nothing", async () => {
    const e = await started(job("a", BAD, { tags: ["mail"] }), job("b", BAD));
    for (const name of ["a", "b"]) await e.runJob(name);
    await counted(e, 2);
    const { body } = await e.api("/metrics");
    assert.equal(sum(parse(body), "edgecron_jobs_failing"), 2);
    await e.ok(["job", "pause", "a"]);
    await counted(e, 1);
    await e.apply(doc(job("a", BAD, { tags: ["mail"] }), job("b", BAD, { enabled: false })));
    await counted(e, 0);
    assert.deepEqual(await names(e, "failing=true"), ["a", "b"]);
    assert.deepEqual(await names(e, "failing=true&enabled=true"), ["a"]);
    assert.deepEqual(await names(e, "failing=true&enabled=true&paused=false"), []);
    await e.ok(["job", "pause", "a", "--until", new Date(Date.now() + 3_600_000).toISOString()]);
    await counted(e, 1); // it runs again by itself
    const { token } = await e.json(["token", "create", "mail", "--scope", "read", "--tag", "mail"]);
    assert.deepEqual((await get(e, "/jobs?failing=true", token)).items.map((j) => j.name), ["a"]);
    const s = await listen(e, "", { token });
    assert.equal((await s.until("status", (x) => x.type === "status")).jobs_failing, null);
    s.close();
    await e.stop();
  });

  test("that is removed and made again begins anew", async () => {
    const e = await started(job("one", BAD));
    const bad = await e.runJob("one");
    await counted(e, 1);
    await e.ok(["job", "remove", "one"]);
    await counted(e, 0);
    assert.deepEqual(await names(e, "failing=true"), []);
    await e.apply(doc(job("one", BAD)));
    assert.equal((await get(e, "/jobs/one")).status.last_run.id, bad.id); // history is the name's
    assert.equal(await failing(e, "one"), null);
    const again = await e.runJob("one");
    assert.equal((await failing(e, "one")).since, again.scheduled_for);
    assert.equal((await failing(e, "one")).runs, 1);
    await e.stop();
  });

  test("is not judged by runs with another body than its own", async () => {
    const e = await started(job("one", { method: "POST", url: BAD, body: { n: 1 } }));
    const wait = async () => JSON.parse((await e.command(["job", "run", "one", "--body", '{"n":2}', "--wait", "--json"])).stdout);
    assert.equal((await wait()).state, "failed");
    assert.equal(await failing(e, "one"), null);
    await counted(e, 0);
    await e.runJob("one");
    await counted(e, 1);
    await e.apply(doc(job("one", { method: "POST", url: GOOD, body: { n: 1 } })));
    await until("the change", async () => (await wait()).state === "succeeded");
    assert.equal((await failing(e, "one")).runs, 1);
    await counted(e, 1);
    const figures = async () => sum(parse((await e.api("/metrics")).body), "edgecron_job_consecutive_failures", { job: "one" });
    await until("the figure", async () => (await figures()) === 1, { state: figures }); // which is up to a second old
    await e.stop();
    await e.serve(); // which reads it from the store, a moment after the start
    await until("the figure of before", async () => (await figures()) === 1, { state: figures });
    await e.stop();
  });

  test("is marked by job list, and job show says since when", async () => {
    const e = await started(job("one", GOOD), job("two", BAD));
    await e.runJob("one");
    const bad = await e.runJob("two");
    const list = (await e.ok(["job", "list"])).split("\n");
    assert.match(list.find((l) => l.startsWith("two")), /active, failing/);
    assert.doesNotMatch(list.find((l) => l.startsWith("one")), /failing/);
    assert.match(await e.ok(["job", "show", "two"]), /^failing +since \S+.*: 1 run, and no success is known$/m);
    assert.doesNotMatch(await e.ok(["job", "show", "one"]), /^failing/m);
    assert.equal((await e.json(["job", "show", "two"])).status.failing.run, bad.id);
    assert.deepEqual((await e.jobs()).map((j) => j.status.failing?.runs ?? null), [null, 1]);
    await e.stop();
  });

  test("because its occurrences were missed while edgecron was down", { skip: DEBUG && existsSync(DEBUG) ? false : "needs EDGECRON_DEBUG" }, async () => {
    const e = new Edgecron();
    await e.apply(doc(job("minutes", GOOD, { schedule: "30 * * * *", catch_up: { policy: "none" } })));
    await e.createToken();
    const options = { binary: DEBUG, env: { EDGECRON_TEST_CLOCK_FILE: e.file("clock", "0") } };
    await e.serve([], options);
    await e.runJob("minutes");
    assert.equal(await failing(e, "minutes"), null);
    await e.stop();
    e.file("clock", String(3 * 3_600_000));
    await e.serve([], options);
    const f = await until("what was missed", () => failing(e, "minutes"));
    assert.equal(f.outcome, null);
    assert.match(f.message, /late, and the job does not catch up/);
    await until("all of it", async () => (await failing(e, "minutes")).runs >= 2);
    const missed = await e.runs("--job", "minutes", "--state", "missed");
    assert.equal((await failing(e, "minutes")).since, missed.map((r) => r.scheduled_for).sort()[0]);
    await counted(e, 1);
    await e.stop();
  });
});
