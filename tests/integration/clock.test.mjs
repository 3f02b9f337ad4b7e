// The wall clock jumps. Runs the debug binary, whose clock a file can shift (src/base/clock.h); SIGHUP makes it look, as the kernel's
// notice of a set clock does for a real one.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { document, Edgecron, job, target } from "./harness/edgecron.mjs";
import { startFaults } from "./harness/faults.mjs";
import { sleep, until } from "./harness/wait.mjs";

const BINARY = process.env.EDGECRON_DEBUG;
const skip = BINARY && existsSync(BINARY) ? false : "needs the debug binary: EDGECRON_DEBUG=build/debug/edgecron";
const HOUR = 3_600_000;

let server;
before(async () => (server = await startFaults()));
after(() => server.close());

async function started(...jobs) {
  const e = new Edgecron();
  await e.apply(document([target("faults", server.url)], jobs.map((j) => ({ target: "faults", ...j }))));
  const clock = e.file("clock", "0");
  const env = { EDGECRON_TEST_CLOCK_FILE: clock };
  await e.serve([], { binary: BINARY, env });
  const shift = (ms) => {
    e.file("clock", String(ms));
    e.server.kill("SIGHUP");
  };
  return { e, shift, env };
}

const checks = async (e) => {
  const r = await fetch(`${e.url}/readyz`);
  return { status: r.status, clock: (await r.json()).checks.find((c) => c.name === "clock") };
};

const slots = (runs) => runs.map((r) => r.scheduled_for);
const assertOnce = (runs) => assert.equal(new Set(slots(runs)).size, runs.length, `twice: ${slots(runs)}`);

describe("the clock is set", { concurrency: 3, skip }, () => {
  test("three hours forward: the latest occurrence is caught up, those before it are told as missed", async () => {
    const { e, shift } = await started(job("minutes", "/ok?forward", { schedule: "* * * * *" }));
    shift(3 * HOUR);
    const run = await e.untilRun("a run after the jump", ["--state", "succeeded"], () => true);
    assert.ok(Date.parse(run.scheduled_for) > Date.now() + 3 * HOUR - 120_000, run.scheduled_for);
    const runs = await e.runs("--job", "minutes");
    assertOnce(runs);
    const missed = runs.filter((r) => r.state === "missed");
    assert.ok(missed.length >= 175 && missed.length <= 181, `${missed.length} missed`);
    assert.match(missed[0].message, /superseded|later occurrence/);
    await e.stop();
  });

  test("an hour back: told in /readyz and the log, nothing runs twice, and it goes on", async () => {
    const { e, shift } = await started(job("seconds", "/ok?back", { schedule: "* * * * * *", overlap: "cancel_running" }));
    shift(HOUR);
    await e.untilRun("a run in the future", [], (r) => r.state === "succeeded" && Date.parse(r.scheduled_for) > Date.now() + HOUR / 2);
    shift(HOUR - 5 * 60_000);
    await until("the check to tell", async () => (await checks(e)).clock.ok === false);
    const { status, clock } = await checks(e);
    assert.equal(status, 200, "it can do its job");
    assert.match(clock.message, /set back/);
    await sleep(2500);
    const during = await e.runs();
    assertOnce(during);
    shift(HOUR + 2000);
    await until("the check to be well again", async () => (await checks(e)).clock.ok);
    await e.untilRun("a run that is new", [], (r) => r.state === "succeeded" && !slots(during).includes(r.scheduled_for));
    assertOnce(await e.runs());
    await e.stop();
    assert.match(e.logs, /clock was set back/);
  });

  test("a clock that had been a year ahead silences nobody, also not after a restart", async () => {
    const { e, shift, env } = await started(job("tick", "/ok?year", { schedule: "* * * * * *", catch_up: { policy: "none" } }));
    shift(365 * 24 * HOUR);
    await e.untilRun("a run a year ahead", [], (r) => r.state === "succeeded" && Date.parse(r.scheduled_for) > Date.now() + 300 * 24 * HOUR);
    await e.stop();
    e.file("clock", "0");
    await e.serve([], { binary: BINARY, env });
    const now = Date.now();
    await until("a run of today", async () =>
      (await e.runs("--state", "succeeded")).some((r) => Date.parse(r.scheduled_for) > now && Date.parse(r.scheduled_for) < now + HOUR));
    assert.equal((await checks(e)).clock.ok, false);
    await e.stop();
  });
});
