// A function in a real workerd and in a real Deno that throws, streams, breaks off, answers too late; and a runtime that is killed and
// started again while jobs are due.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { document, Edgecron, job, target } from "./harness/edgecron.mjs";
import { ask, compare, outcomes, settle, startNeighbour } from "./harness/peer_calls.mjs";
import { RUNTIMES, startRuntime } from "./harness/peer_runtimes.mjs";
import { each, sleep, until } from "./harness/wait.mjs";

const AGAIN = { max_attempts: 60, initial_ms: 100, multiplier: 1, max_ms: 100, max_age_s: 120 };

for (const name of Object.keys(RUNTIMES)) {
  describe(name, () => {
    const e = new Edgecron();
    let runtime, neighbour;

    const here = (job_name, request, more) => job(job_name, request, { target: name, ...more });
    before(async () => {
      [runtime, neighbour] = await Promise.all([startRuntime(name), startNeighbour()]);
      await e.apply(document([target(name, runtime.url), neighbour.target], [
        neighbour.job,
        here("echo", { url: "/echo", body: { id: "{{run.id}}" } }), here("head", { method: "HEAD", url: "/echo" }), here("empty", "/empty"),
        here("streams", "/streams"), here("throws", "/throws"), here("rejects", "/rejects"), here("breaks", "/breaks"),
        here("late", "/slow?ms=3000", { timeout_ms: 300 }), here("later", "/later"),
        here("through-a-kill", "/slow?ms=1500", { retry: AGAIN }),
        here("once-through-a-kill", "/slow?ms=1500", { retry: AGAIN, delivery: "at_most_once" }),
      ]));
      await e.createToken("tests", "operate");
      await e.serve();
    });
    after(async () => {
      await e.stop();
      await runtime.stop();
      await neighbour.close();
    });

    async function ends(job_name, state, outcome, status) {
      const [run] = await outcomes(e, [job_name]);
      assert.deepEqual([run.state, run.outcome, run.http_status ?? null], [state, outcome, status], `${job_name}: ${run.message}`);
      return run;
    }
    const connected = (run) => run.attempts[0].timing.connect_ms !== null;

    test("answers of every form follow each other on one connection", async () => {
      const runs = [];
      for (const j of ["echo", "head", "streams", "empty", "echo"]) runs.push(await ends(j, "succeeded", "ok", j === "empty" ? 204 : 200));
      assert.deepEqual(runs.map(connected), [true, false, false, false, false]);
      const echo = JSON.parse(runs[4].attempts[0].response.body);
      assert.deepEqual(echo, { ok: true, method: "POST", run: runs[4].id, body: JSON.stringify({ id: runs[4].id }) });
      assert.equal(runs[2].attempts[0].response.body, [0, 1, 2, 3, 4].map((i) => `part ${i}\n`).join(""));
    });

    test("a function that throws is a 500, and harms no other call", async () => {
      for (const j of ["throws", "rejects"]) {
        const run = await ends(j, "failed", "http_status", 500);
        assert.match(run.message, /500/);
        await ends("echo", "succeeded", "ok", 200);
      }
    });

    test("a stream that breaks off is a failure, though it began with 200", async () => {
      const run = await ends("breaks", "failed", "protocol", 200);
      assert.match(run.message, /closed|reset|chunk/);
    });

    test("an answer after the time-out is a time-out", async () => {
      assert.match((await ends("late", "failed", "timeout", null)).message, /300 ms/);
      await ends("echo", "succeeded", "ok", 200);
    });

    if (name === "workerd") {
      test("the answer comes before what waitUntil waits for, which is done all the same", async () => {
        await ends("later", "succeeded", "ok", 200);
        await until("the work that was left", async () => JSON.parse((await ends("later", "succeeded", "ok", 200)).attempts[0].response.body).waited > 0);
      });
    }

    test("killed with calls in it, down for a while, started again: at least once succeeds, at most once tells of its failure", async () => {
      const shown = (ids) => each(ids, async (id) => (await e.api(`/api/v1/runs/${id}`)).body);
      const inside = await ask(e, [...Array(15).fill("through-a-kill"), ...Array(5).fill("once-through-a-kill")]);
      await until("calls that were sent", async () => (await shown(inside)).every((r) => r.state !== "queued"));
      await sleep(100);
      await runtime.stop();
      const outside = await ask(e, [...Array(5).fill("through-a-kill"), ...Array(5).fill("once-through-a-kill")]);
      await until("attempts that found nobody", async () => (await shown(outside)).every((r) => r.attempts[0]?.outcome === "connect"));
      runtime = await startRuntime(name, runtime.port);
      await settle(e);
      const killed = (await shown(inside)).filter((r) => r.attempts[0].outcome !== "ok"); // a slow machine may have let some end
      assert.ok(killed.length > 0);
      for (const run of killed) {
        const least = run.job === "through-a-kill";
        assert.deepEqual([run.state, run.outcome], least ? ["succeeded", "ok"] : ["failed", "protocol"], run.message);
        assert.equal(run.attempts.length > 1, least);
        assert.match(run.attempts[0].message, least ? /closed|reset|refused/ : /closed|reset/); // one so young is sent again at once
      }
      for (const run of await shown(outside)) assert.equal(run.state, "succeeded", run.message); // nobody was there to be sent to
    });

    test("every run ended in a true state, and the neighbour was never disturbed", async () => {
      neighbour.check(await compare(e, [], { elsewhere: () => true }), 2);
    });
  });
}
