// A target's limits, and what waits for them: as many at once as it says, as often as it says, never for longer than it makes sense.
// The clock is shifted in the debug binary (see clock.test.mjs).
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { document, Edgecron, job, target } from "./harness/edgecron.mjs";
import { startFaults } from "./harness/faults.mjs";
import { sleep, until } from "./harness/wait.mjs";

const DEBUG = process.env.EDGECRON_DEBUG;
const HOUR = 3_600_000;
const SECONDS = { schedule: "* * * * * *" };

let server;
before(async () => (server = await startFaults()));
after(() => server.close());

async function prepared(limits, ...jobs) {
  const e = new Edgecron();
  await e.apply(document([target("narrow", server.url, limits)], jobs.map((j) => ({ target: "narrow", ...j }))));
  return e;
}

const ask = async (e, name) => (await e.json(["job", "run", name])).id;
const state = (e, id, wanted) => until(`run ${id} to be ${wanted}`, async () => {
  const r = await e.run(id);
  return r.state === wanted && r;
});

describe("max_concurrent", { concurrency: 4 }, () => {
  test("no more calls at once than it allows, others are queued and say why", async () => {
    const e = await prepared({ max_concurrent: 2 }, ...Array.from({ length: 6 }, (_, i) => job(`slow-${i}`, `/slow?ms=700&narrow2`)));
    await e.serve();
    let most = 0;
    const watch = setInterval(() => (most = Math.max(most, server.open().filter((r) => r.url.endsWith("&narrow2")).length)), 10);
    const ids = [];
    for (let i = 0; i < 6; i++) ids.push(await ask(e, `slow-${i}`));
    await e.untilRun("a run that says what it waits for", ["--state", "queued"], (r) => /target narrow has 2 calls under way/.test(r.message));
    for (const id of ids) await state(e, id, "succeeded");
    clearInterval(watch);
    assert.equal(most, 2);
    await e.stop();
  });

  test("three hundred short calls on one slot: one after the other, each once", async () => {
    const at = new Date(Math.ceil((Date.now() + 4000) / 1000) * 1000).toISOString().slice(0, 19);
    const e = await prepared({ max_concurrent: 1 }, ...Array.from({ length: 300 }, (_, i) =>
      job(`one-${i}`, `/slow?ms=0&single`, { schedule: `@at ${at}` })));
    await e.serve();
    let most = 0;
    const watch = setInterval(() => (most = Math.max(most, server.open().filter((r) => r.url.endsWith("&single")).length)), 1);
    await until("every run to succeed", async () => (await e.runs("--state", "succeeded")).length === 300);
    clearInterval(watch);
    assert.ok(most <= 1, `${most} at once`);
    const seen = (await e.runs()).map((r) => server.of(r.id).length);
    assert.deepEqual([...new Set(seen)], [1]);
    await e.stop();
  });

  test("a scheduled run that waits tells what for", async () => {
    const e = await prepared({ max_concurrent: 1 }, job("long", "/slow?ms=4000&tells"), job("short", "/ok?tells"),
      job("tick", "/ok?tells", SECONDS));
    await e.serve();
    await Promise.all([ask(e, "short"), ask(e, "long")]); // that calls were short a moment ago says nothing of this one
    const waiting = await e.untilRun("a queued run", ["--job", "tick", "--state", "queued"], () => true);
    assert.match(waiting.message, /waits for a free slot: target narrow has 1 call under way \(max_concurrent\)/);
    assert.equal(waiting.lateness_ms, null);
    const run = await state(e, waiting.id, "succeeded");
    assert.equal(run.message, "");
    await e.stop();
  });

  const skip = DEBUG && existsSync(DEBUG) ? false : "needs the debug binary: EDGECRON_DEBUG=build/debug/edgecron";
  test("a run that waited past its catch-up window is missed, not called", { skip }, async () => {
    const e = await prepared({ max_concurrent: 1 }, job("long", "/slow?ms=4000&window"),
      job("tick", "/ok?window", { ...SECONDS, overlap: "queue", catch_up: { policy: "latest", window_s: 600 } }));
    const clock = e.file("clock", "0");
    await e.serve([], { binary: DEBUG, env: { EDGECRON_TEST_CLOCK_FILE: clock } });
    await ask(e, "long");
    const waiting = await e.untilRun("a queued run", ["--job", "tick", "--state", "queued"], () => true);
    e.file("clock", String(HOUR));
    const run = await state(e, waiting.id, "missed");
    assert.match(run.message, /catch_up\.window_s/);
    assert.equal(run.attempts.length, 0);
    assert.equal(server.of(run.id).length, 0);
    await e.untilRun("one of now", ["--job", "tick", "--state", "succeeded"], (r) => Date.parse(r.scheduled_for) > Date.now() + HOUR / 2);
    await e.stop();
  });
});

describe("rate", { concurrency: 4 }, () => {
  test("starts are evenly spaced, the first is at once", async () => {
    const at = new Date(Math.ceil((Date.now() + 3000) / 1000) * 1000).toISOString().slice(0, 19);
    const e = await prepared({ rate: "10/s" }, ...Array.from({ length: 20 }, (_, i) => job(`paced-${i}`, "/ok?paced", { schedule: `@at ${at}` })));
    await e.serve();
    const waiting = await e.untilRun("a run that waits for the rate", ["--state", "queued"], () => true);
    assert.match(waiting.message, /waits for its turn: target narrow takes 10 calls per second \(rate\)/);
    await until("every run to succeed", async () => (await e.runs("--state", "succeeded")).length === 20);
    const starts = (await e.runs()).map((r) => Date.parse(r.started_at)).sort((a, b) => a - b);
    // 20 calls at 10 a second take 1.9 s; a busy machine may stretch that, nothing may shorten it
    assert.ok(starts.at(-1) - starts[0] >= 1700, `all within ${starts.at(-1) - starts[0]} ms`);
    for (let i = 5; i < starts.length; i++) assert.ok(starts[i] - starts[i - 5] >= 350, `six starts within ${starts[i] - starts[i - 5]} ms`);
    await e.stop();
  });

  test("a retry that waits for its turn past retry.max_age_s fails, and says so", async () => {
    const e = await prepared({ rate: "1/m" },
      job("flaky", "/status?code=500&aged", { retry: { max_attempts: 3, initial_ms: 100, max_age_s: 3 } }));
    await e.serve();
    const run = await state(e, await ask(e, "flaky"), "failed");
    assert.equal(run.attempts.length, 1);
    assert.equal(run.outcome, "http_status");
    assert.match(run.message, /no further attempt.*could not begin.*max_age_s/);
    await e.stop();
  });

  test("a job changed to another limit is let go at once", async () => {
    const e = await prepared({ rate: "1/m" }, job("a", "/ok?freed"), job("b", "/ok?freed"));
    await e.serve();
    await state(e, await ask(e, "a"), "succeeded");
    const id = await ask(e, "b");
    await sleep(300);
    const { state: now, message } = await e.run(id);
    assert.equal(now, "queued");
    assert.match(message, /takes 1 call per minute/);
    await e.ok(["apply", e.file("wider.json", document([target("narrow", server.url, { rate: "1000/s" })], []))]);
    await state(e, id, "succeeded");
    await e.stop();
  });
});

describe("retries and the next occurrence", { concurrency: 2 }, () => {
  test("no attempt once the next occurrence is due; with past_next_occurrence there is", async () => {
    const retry = { max_attempts: 3, initial_ms: 2500, multiplier: 1, max_age_s: 3600 }; // waits of 1,250 ms at least
    const e = await prepared({}, job("bounded", "/status?code=503&bounded", { ...SECONDS, retry }),
      job("told", "/status?code=503&told", { ...SECONDS, retry: { ...retry, past_next_occurrence: true } }));
    await e.serve();
    const bounded = await e.untilRun("a run that gave up", ["--job", "bounded", "--state", "failed"], () => true);
    assert.match(bounded.message, /next occurrence/);
    assert.equal((await e.run(bounded.id)).attempts.length, 1);
    const told = await e.untilRun("a run that went on", ["--job", "told", "--state", "failed"], () => true);
    assert.equal((await e.run(told.id)).attempts.length, 3);
    assert.equal(server.of(told.id).length, 3);
    await e.stop();
  });
});
