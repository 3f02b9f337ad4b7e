// nginx and haproxy that are reloaded, ended and started again in the middle of a stream of calls: nothing is lost, nothing is doubled.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { document, Edgecron, job, target } from "./harness/edgecron.mjs";
import { startFaults } from "./harness/faults.mjs";
import { ask, compare, settle, startNeighbour } from "./harness/peer_calls.mjs";
import { startHaproxy } from "./harness/peer_haproxy.mjs";
import { startNginx } from "./harness/peer_nginx.mjs";
import { sleep } from "./harness/wait.mjs";

const WAVE = ["quick", "quick", "slow", "slow-once", "quick-once", "large"];
const AGAIN = { max_attempts: 100, initial_ms: 100, multiplier: 1, max_ms: 100, max_age_s: 300 };
const STEPS = 40; // a wave each

const jobs = () => [
  job("quick", "/ok", { target: "peer", retry: AGAIN }), job("quick-once", "/ok", { target: "peer", retry: AGAIN, delivery: "at_most_once" }),
  job("slow", "/slow?ms=200", { target: "peer", retry: AGAIN }),
  job("slow-once", "/slow?ms=200", { target: "peer", retry: AGAIN, delivery: "at_most_once" }),
  job("large", { url: "/ok", body: "x".repeat(500_000) }, { target: "peer", retry: AGAIN }),
];

// What is done to the peer, and between which waves.
const PEERS = {
  nginx: {
    start: (upstream) => startNginx({ upstream, servers: { all: { text: "keepalive_timeout 5;" } } }),
    events: { 5: (p) => p.reload(), 12: (p) => p.reload(), 13: (p) => p.reload(), 22: (p) => p.quit(), 26: (p) => p.start(), 33: (p) => p.reload() },
  },
  haproxy: {
    start: (upstream) => startHaproxy({ upstream, frontends: { all: { text: "timeout http-keep-alive 5s" } } }),
    events: { 5: (p) => p.reload(), 18: (p) => p.reload(), 30: (p) => p.reload() },
  },
};

for (const [name, { start, events }] of Object.entries(PEERS)) {
  describe(name, () => {
    const e = new Edgecron();
    let peer, upstream, neighbour;
    before(async () => {
      [upstream, neighbour] = await Promise.all([startFaults(), startNeighbour()]);
      peer = await start(upstream.numeric);
      await e.apply(document([target("peer", peer.url("all", "127.0.0.1")), neighbour.target], [neighbour.job, ...jobs()]));
      await e.createToken("tests", "operate");
      await e.serve();
    });
    after(async () => {
      await e.stop();
      await peer.stop();
      await Promise.all([upstream.close(), neighbour.close()]);
    });

    test("every call arrives once", async () => {
      for (let step = 0; step < STEPS; step++) {
        await Promise.all([ask(e, WAVE), events[step]?.(peer)]);
        await sleep(60);
      }
      await settle(e);
      const runs = await compare(e, upstream.seen, {
        once: (job_name) => /once$/.test(job_name),
        exactly: () => true,
        elsewhere: (job_name) => job_name === "neighbour",
      });
      neighbour.check(runs, 2);
      const mine = runs.filter((r) => r.job !== "neighbour");
      assert.equal(mine.length, STEPS * WAVE.length);
      for (const run of mine.filter((r) => r.state !== "succeeded")) { // sent on a connection that was just being closed, and told
        assert.match(run.job, /once$/, run.message);
        assert.deepEqual([run.state, run.outcome, run.seen.length], ["failed", "protocol", 0], run.message);
      }
    });
  });
}
