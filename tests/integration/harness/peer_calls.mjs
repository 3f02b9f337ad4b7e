// Many calls through a peer, and what must hold of them afterwards: what edgecron recorded against what the upstream saw.
import assert from "node:assert/strict";
import { join } from "node:path";
import { readHistory } from "../../fault/history.mjs";
import { FINAL, job, target } from "./edgecron.mjs";
import { startFaults } from "./faults.mjs";
import { each, until } from "./wait.mjs";

const OPEN = ["queued", "running", "retrying"];
const NEIGHBOUR = "neighbour";

/** Asks for a run of each name at once; the ids, in their order. Needs e.createToken(…, "operate"). */
export function ask(e, names) {
  return each(names, async (name) => {
    const r = await e.api(`/api/v1/jobs/${name}/run`, { method: "POST" });
    assert.equal(r.status, 202, `run of ${name}: ${JSON.stringify(r.body)}`);
    return r.body.id;
  }, 16);
}

/** Waits until no run is open but those of the neighbour, which never ends. */
export function settle(e, options) {
  const open = async () => (await each(OPEN, async (state) => (await e.api(`/api/v1/runs?state=${state}&limit=200`)).body.items))
    .flat().filter((r) => r.job !== NEIGHBOUR).map((r) => [r.job, r.state, r.id]);
  return until("the end of every run", async () => (await open()).length === 0, { every: 30, state: open, ...options });
}

/** Asks, and waits for the ends: the runs with their attempts. */
export async function outcomes(e, names) {
  const ids = await ask(e, names);
  return each(ids, (id) => until(`the end of run ${id}`, async () => {
    const { body } = await e.api(`/api/v1/runs/${id}`);
    return FINAL.includes(body.state) && body;
  }, { every: 10 }));
}

const attemptOf = (request) => Number(request.headers["x-edgecron-attempt"]);

const no = () => false;

/** Stops the server and compares its history with the requests that the upstream saw. Of a job's name `once` says that it is at most
 * once, `exactly` that what succeeded was seen once, `elsewhere` that its answers come from somewhere else. Gives the runs. */
export async function compare(e, seen, { once = no, exactly = no, elsewhere = no }) {
  await e.stop();
  const { runs } = readHistory(join(e.dir, "edgecron.db"));
  const byId = new Map(runs.map((r) => [r.id, { ...r, seen: [] }]));
  const wrong = [];
  for (const request of seen) {
    const run = byId.get(request.headers["idempotency-key"]);
    run?.seen.push(request);
    if (!run?.tries.some((a) => a.number === attemptOf(request))) {
      wrong.push(`the upstream saw attempt ${attemptOf(request)} of run ${run?.id} (${request.headers["x-edgecron-job"]}), which is nowhere`);
    }
  }
  for (const run of byId.values()) {
    const told = (what) => wrong.push(`run ${run.id} of ${run.job}, ${run.state}, ${run.outcome}, '${run.message}', seen ${run.seen.length} times: ${what}`);
    const last = run.tries.at(-1);
    if (!FINAL.includes(run.state)) told("it has not ended");
    if (run.tries.length !== run.attempts || run.tries.some((a, i) => a.number !== i + 1 || !a.outcome)) told(`attempts ${JSON.stringify(run.tries)}`);
    if ((run.state === "succeeded") !== (last?.outcome === "ok")) told(`its last attempt ended as ${last?.outcome}`);
    if (run.state === "failed" && !run.message) told("it does not say why it failed");
    if (elsewhere(run.job)) continue;
    for (const a of run.tries.filter((x) => x.outcome === "ok")) {
      if (!run.seen.some((r) => attemptOf(r) === a.number && r.status === a.http_status)) told(`nobody answered attempt ${a.number} so`);
    }
    if (once(run.job) && run.seen.length > 1) told("at most once, and twice");
    if (exactly(run.job) && run.state === "succeeded" && run.seen.length !== 1) told("once was enough");
  }
  assert.deepEqual(wrong, []);
  return [...byId.values()];
}

/** A job of every second on a plain target of its own, which nothing that happens to others may disturb. */
export async function startNeighbour() {
  const server = await startFaults();
  return {
    target: target(NEIGHBOUR, server.numeric),
    job: job(NEIGHBOUR, "/ok", { target: NEIGHBOUR, schedule: "* * * * * *", overlap: "allow" }),
    close: server.close,
    /** Every run of it succeeded, half of them within a second: on a machine however busy, a target in trouble takes longer. */
    check(runs, least) {
      const mine = runs.filter((r) => r.job === NEIGHBOUR);
      assert.deepEqual(mine.filter((r) => r.state !== "succeeded").map((r) => [r.state, r.message]), []);
      assert.ok(mine.length >= least, `${mine.length} runs of the neighbour, expected ${least}`);
      const slow = mine.filter((r) => r.duration_ms > 1000);
      assert.ok(slow.length <= mine.length / 2, `${slow.length} of ${mine.length} calls of the neighbour were held up`);
      assert.equal(server.seen.length, mine.length);
    },
  };
}
