// kill -9 in the middle of calls, again and again. Afterwards: every occurrence has one row, none succeeded twice, every request that a
// function saw belongs to a recorded attempt, and what was interrupted shows it. EDGECRON_KILLS=n for more kills than 10.
import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { document, Edgecron, FINAL, job, target } from "./harness/edgecron.mjs";
import { startFaults } from "./harness/faults.mjs";
import { each, sleep, until } from "./harness/wait.mjs";

const KILLS = Number(process.env.EDGECRON_KILLS ?? 10);
const RETRY = { max_attempts: 100, initial_ms: 100, multiplier: 1, max_ms: 100, max_age_s: 0 };
const EVERY_SECOND = { schedule: "* * * * * *", overlap: "allow", catch_up: { policy: "all", window_s: 3600 }, retry: RETRY };

/** Resolves once a call of job `name` is under way at the server. */
const underWay = (server, name) =>
  until(`a call of ${name} under way`, () => server.open().find((r) => r.headers["x-edgecron-job"] === name), { every: 5 });

describe("one kill in the middle of a call", () => {
  for (const [delivery, calls] of [["at_least_once", 2], ["at_most_once", 1]]) {
    test(`${delivery}: the function is called ${calls === 1 ? "once" : "again, with the same key"}`, async () => {
      const e = new Edgecron();
      const server = await startFaults();
      await e.apply(document([target("faults", server.url)], [
        job("slow", "/slow?ms=1500", { target: "faults", delivery, retry: { ...RETRY, max_attempts: 3 } }),
      ]));
      await e.serve();
      const asked = await e.json(["job", "run", "slow"]);
      assert.ok(["queued", "running"].includes(asked.state), asked.state);
      await underWay(server, "slow");
      await e.stop("SIGKILL");
      await e.serve();
      const run = await until("the end of the run", async () => {
        const r = await e.run(asked.id);
        return FINAL.includes(r.state) && r;
      });
      await e.stop();
      await server.close();

      assert.equal(run.attempts[0].outcome, "interrupted");
      assert.match(run.attempts[0].message, /stopped|killed|crash|interrupted|restart/i);
      const seen = server.of(run.id);
      assert.equal(seen.length, calls);
      assert.deepEqual(seen.map((r) => r.headers["x-edgecron-attempt"]), ["1", "2"].slice(0, calls));
      if (delivery === "at_least_once") {
        assert.deepEqual([run.state, run.outcome, run.attempts.length, run.attempts[1].outcome], ["succeeded", "ok", 2, "ok"]);
      } else {
        assert.deepEqual([run.state, run.outcome, run.attempts.length], ["failed", "interrupted", 1]);
        assert.match(run.message, /at_most_once|at most once|may have/i);
      }
    });
  }
});

describe(`${KILLS} kills in a row`, () => {
  const e = new Edgecron();
  let server, runs, details, first, last;

  before(async () => {
    server = await startFaults();
    await e.apply(document([target("faults", server.url)], [
      job("quick", "/ok", { target: "faults", ...EVERY_SECOND }),
      job("slow", "/slow?ms=400", { target: "faults", ...EVERY_SECOND }),
      job("once", "/slow?ms=400", { target: "faults", ...EVERY_SECOND, delivery: "at_most_once" }),
    ]));
    first = Math.ceil(Date.now() / 1000) * 1000;
    for (let i = 0; i < KILLS; i++) {
      // Mostly in the middle of a call; now and then while it starts up or recovers.
      await e.serve([], { ready: i % 3 !== 2 });
      if (i % 3 === 2) await sleep(randomInt(5, 150));
      else await underWay(server, i % 2 ? "slow" : "once").then(() => sleep(randomInt(0, 120)));
      await e.stop("SIGKILL");
      if (i % 4 === 3) await sleep(2200); // so that an occurrence is at least a second late
    }
    await e.serve();
    last = Math.floor(Date.now() / 1000) * 1000;
    await sleep(1000);
    for (const name of ["quick", "slow", "once"]) await e.ok(["job", "pause", name]);
    const open = () => Promise.all(["queued", "running", "retrying"].map((s) => e.runs("--state", s))).then((x) => x.flat());
    await until("every run to end", async () => (await open()).length === 0, { within: 60_000, every: 250, state: open });
    runs = await e.runs();
    await e.createToken("reader");
    details = await each(runs, async (r) => (await e.api(`/api/v1/runs/${r.id}`)).body);
    await e.stop();
  });
  after(() => server.close());

  test("no occurrence is lost and none has two rows", () => {
    for (const name of ["quick", "slow", "once"]) {
      const times = runs.filter((r) => r.job === name).map((r) => r.scheduled_for);
      assert.equal(new Set(times).size, times.length, `${name} has two rows for one occurrence`);
      const missing = [];
      for (let t = first + 1000; t <= last; t += 1000) {
        if (!times.includes(new Date(t).toISOString())) missing.push(new Date(t).toISOString());
      }
      assert.deepEqual(missing, [], `${name}: occurrences without a row, of ${times.length}`);
    }
  });

  test("what may be tried again ends succeeded, with one attempt that is ok", () => {
    for (const r of details.filter((d) => d.job !== "once")) {
      const outcomes = r.attempts.map((a) => a.outcome);
      assert.equal(r.state, "succeeded", `${r.job} ${r.scheduled_for}: ${r.message}: ${outcomes}`);
      assert.equal(outcomes.filter((o) => o === "ok").length, 1, `${r.job} ${r.scheduled_for}: ${outcomes}`);
      assert.ok(outcomes.slice(0, -1).every((o) => o !== "ok" && o !== null), String(outcomes));
    }
  });

  test("at most once is called at most once", () => {
    const calls = new Map();
    for (const r of server.seen.filter((s) => s.headers["x-edgecron-job"] === "once")) {
      const id = r.headers["idempotency-key"];
      calls.set(id, (calls.get(id) ?? 0) + 1);
    }
    assert.ok(calls.size > 0);
    assert.deepEqual([...calls].filter(([, n]) => n > 1), []);
    for (const r of details.filter((d) => d.job === "once")) {
      const outcome = r.attempts.at(-1).outcome;
      assert.ok(r.state === "succeeded" ? outcome === "ok" : r.state === "failed" && outcome === "interrupted", `${r.state}, ${outcome}`);
      assert.ok(r.state === "failed" || calls.get(r.id) === 1, `${r.id} succeeded after ${calls.get(r.id)} calls`);
    }
  });

  test("every request a function saw belongs to a recorded attempt", () => {
    const recorded = new Set(details.flatMap((r) => r.attempts.map((a) => `${r.id} ${a.number}`)));
    const seen = server.seen.map((r) => `${r.headers["idempotency-key"]} ${r.headers["x-edgecron-attempt"]}`);
    assert.deepEqual(seen.filter((s) => !recorded.has(s)), []);
    assert.equal(new Set(seen).size, seen.length, "one attempt was sent twice");
  });

  test("interrupted attempts are visible", () => {
    const interrupted = details.filter((r) => r.attempts.some((a) => a.outcome === "interrupted"));
    assert.ok(interrupted.length >= Math.floor(KILLS / 3), `${interrupted.length} runs show an interrupted attempt`);
  });

  test("occurrences that passed while it was down were caught up", () => {
    const down = details.filter((r) => r.lateness_ms > 1000);
    assert.ok(KILLS < 4 || down.length > 0);
    assert.ok(details.every((r) => ["schedule", "catch_up"].includes(r.trigger)));
  });
});
