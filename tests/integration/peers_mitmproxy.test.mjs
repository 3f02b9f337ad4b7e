// A real mitmproxy in between that kills connections before, after and in the middle, delays and holds; both deliveries. Whatever it does,
// what is recorded is true, and nothing at most once is sent on twice.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { document, Edgecron, job, target } from "./harness/edgecron.mjs";
import { startFaults } from "./harness/faults.mjs";
import { ask, compare, outcomes, settle, startNeighbour } from "./harness/peer_calls.mjs";
import { startMitmproxy } from "./harness/peer_mitmproxy.mjs";
import { sleep } from "./harness/wait.mjs";

const FAULTS = ["none", "kill-before", "none", "kill-after", "cut", "none", "delay-before", "kill-before", "none", "delay-after", "cut",
  "hold-before", "none", "none", "hold-after", "none", "none"]; // 17: prime to the calls of a wave, so that each job meets each
const WAVES = 34;
const AGAIN = { max_attempts: 4, initial_ms: 50, multiplier: 2, max_ms: 200, max_age_s: 120 };
const WAVE = ["least", "most", "least", "most", "chunked-least", "chunked-most", "patient-least", "single-least"];

const e = new Edgecron();
let proxy, upstream, neighbour;

// What one fault does to a call at most once: [outcome, words, calls upstream if that is certain]
const ONE = {
  "kill-before": ["protocol", /closed|reset/, 0],
  "kill-after": ["protocol", /closed|reset/, 1],
  cut: ["protocol", /closed|reset/, 1],
  "hold-before": ["timeout", /700 ms/],
  "hold-after": ["timeout", /700 ms/, 1],
};

const quick = { target: "proxy", timeout_ms: 700, retry: AGAIN };
const once = { delivery: "at_most_once" };
const mixed = (name, url, more) => job(name, { url, body: { id: "{{run.id}}" } }, { ...quick, ...more });
const single = (fault) => {
  const request = { url: "/chunked", headers: { "X-Peer-Fault": fault } };
  return [job(`${fault}-least`, request, quick), job(`${fault}-most`, request, { ...quick, ...once })];
};

before(async () => {
  [upstream, neighbour] = await Promise.all([startFaults(), startNeighbour()]);
  proxy = await startMitmproxy({ upstream: upstream.numeric, faults: FAULTS });
  await e.apply(document([neighbour.target, target("proxy", proxy.url)], [
    neighbour.job, ...Object.keys(ONE).flatMap(single),
    job("kill-late-alone", { url: "/ok", headers: { "X-Peer-Fault": "kill-late" } }, { target: "proxy", timeout_ms: 10_000 }),
    job("unharmed", { url: "/ok", headers: { "X-Peer-Fault": "none" } }, { target: "proxy" }),
    mixed("least", "/ok"), mixed("most", "/ok", once), mixed("chunked-least", "/chunked"), mixed("chunked-most", "/chunked", once),
    mixed("patient-least", "/bytes?n=200000", { timeout_ms: 5000 }), mixed("single-least", "/ok", { retry: { max_attempts: 1 } }),
  ]));
  await e.createToken("tests", "operate");
  await e.serve();
});
after(async () => {
  await e.stop();
  await proxy.stop();
  await Promise.all([upstream.close(), neighbour.close()]);
});

for (const [fault, [outcome, words, calls]] of Object.entries(ONE)) {
  test(`${fault}: at most once fails and says so, at least once succeeds`, async () => {
    const [most, least] = await outcomes(e, [`${fault}-most`, `${fault}-least`]);
    assert.deepEqual([most.state, most.outcome, most.attempts.length], ["failed", outcome, 1], most.message);
    assert.match(most.message, words);
    if (calls !== undefined) assert.equal(upstream.of(most.id).length, calls);
    assert.equal(least.state, "succeeded", least.message);
    assert.ok(upstream.of(least.id).length >= 1);
    if (fault === "cut") for (const run of [most, least]) assert.deepEqual([run.attempts[0].outcome, run.attempts[0].http_status], ["protocol", 200]);
  });
}

test("kill-late: what the function worked on for a while is not sent again within the attempt", async () => {
  await outcomes(e, ["unharmed"]); // leaves a connection to use again
  const [run] = await outcomes(e, ["kill-late-alone"]);
  assert.deepEqual([run.state, run.outcome, run.attempts.length], ["failed", "protocol", 1], run.message);
  assert.match(run.message, /closed|reset/);
  assert.equal(run.attempts[0].timing.connect_ms, null, "it was meant to use a connection again");
  assert.equal(upstream.of(run.id).length, 1);
});

test("hundreds of calls, killed and delayed at every point: every run ends as what it was", async () => {
  for (let i = 0; i < WAVES; i++) {
    await ask(e, WAVE);
    await sleep(60);
  }
  await settle(e);
});

test("what is recorded is what happened, and the neighbour was never disturbed", async () => {
  const runs = await compare(e, upstream.seen, {
    once: (name) => /most$/.test(name),
    elsewhere: (name) => name === "neighbour",
  });
  neighbour.check(runs, 5);
  const calls = runs.filter((r) => WAVE.includes(r.job));
  assert.equal(calls.length, WAVES * WAVE.length);
  for (const run of calls.filter((r) => /least$/.test(r.job))) {
    assert.ok(run.seen.length >= 1 || run.state === "failed", `${run.id}: ${run.state}, and never seen`);
    if (run.job !== "single-least") assert.ok(run.state === "succeeded" || run.tries.length === AGAIN.max_attempts, `${run.id}: ${run.message}`);
  }
  for (const run of calls.filter((r) => /most$/.test(r.job) && r.state === "failed")) {
    assert.match(run.outcome, /^(protocol|timeout)$/, run.message);
  }
  const met = new Set(proxy.done().map((d) => `${/most$/.test(d.job) ? "most" : "least"} ${d.fault}`));
  for (const fault of new Set(FAULTS)) for (const d of ["most", "least"]) assert.ok(met.has(`${d} ${fault}`), `${d} never met ${fault}`);
});
