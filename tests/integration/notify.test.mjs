// What a server tells systemd, under a stand-in for it (harness/supervisor.py): ready, reloading, stopping, more time, signs of life that end when a part
// hangs, and a listening socket that outlives a restart.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { CrashFile } from "../fault/points.mjs";
import { document, Edgecron, FINAL, job, ROOT, target } from "./harness/edgecron.mjs";
import { startFaults } from "./harness/faults.mjs";
import { Supervisor, skip } from "./harness/supervisor.mjs";
import { freePort } from "./harness/ports.mjs";
import { sleep, SLOW, until } from "./harness/wait.mjs";

const DEBUG = process.env.EDGECRON_DEBUG ?? join(ROOT, "build/debug/edgecron");
const debug = skip || (existsSync(DEBUG) ? false : "no test build: make debug");

let server;
before(async () => (server = await startFaults()));
after(() => server.close());

async function prepared(...jobs) {
  const e = new Edgecron();
  await e.apply(document([target("faults", server.url)], jobs.map((j) => ({ target: "faults", ...j }))));
  return e;
}
const called = (id) => until(`a call of run ${id}`, () => server.of(id)[0], { every: 10 });
const asks = async (e, name) => {
  const { id } = await e.json(["job", "run", name]);
  await called(id);
  return id;
};

describe("systemd is told", { concurrency: 3, skip }, () => {
  for (const abstract of [false, true]) {
    test(`ready, reloading and stopping, on ${abstract ? "an abstract" : "a"} socket`, async () => {
      const e = await prepared(job("slow", "/slow?ms=1200"));
      const m = await Supervisor.start(e, { abstract });
      await m.up();
      assert.equal((await fetch(`${e.url}/readyz`)).status, 200, "READY=1 means that it answers");
      const ready = m.notified("READY")[0];
      assert.match(ready.fields.STATUS, /^jobs: 1, calls under way: 0, waiting: 0, next: slow at 20\d\d-01-01T/);
      assert.equal(m.notified("WATCHDOG").length, 0, "nobody asked for signs of life");

      const from = m.seen.length;
      m.signal("SIGHUP");
      await m.wait("READY=1 after the reload", (x) => x.fields?.READY === "1", { from });
      const reloading = m.seen.slice(from).find((x) => x.fields?.RELOADING === "1");
      const us = Number(reloading.fields.MONOTONIC_USEC) / 1e6;
      assert.ok(us <= reloading.at && us > ready.at, `MONOTONIC_USEC is now: ${us}, not ${reloading.at}`);
      assert.match(m.logs(), /reading files again/);

      const id = await asks(e, "slow");
      const { code } = await m.down();
      assert.equal(code, 0);
      assert.equal(m.notified("STOPPING").length, 1);
      assert.ok(m.notified("EXTEND_TIMEOUT_USEC").some((x) => x.at >= m.notified("STOPPING")[0].at), "more time is asked for");
      await m.wait("how many calls it waits for", (x) => /^stopping: calls under way: 1/.test(x.fields?.STATUS ?? ""));
      assert.equal((await e.run(id)).state, "succeeded");
      m.end();
    });
  }

  test("of what keeps it from calling: a pause, a missing master key", async () => {
    const e = await prepared(job("often", "/ok", { schedule: "* * * * * *" }));
    await e.json(["settings", "set", "--paused", "true"]);
    const m = await Supervisor.start(e, {});
    await m.up();
    assert.match(m.notified("READY")[0].fields.STATUS, /^paused; jobs: 1/);
    await m.down();
    await e.setSecret("KEY", "a value that is long enough");
    const again = await Supervisor.start(e, { flags: ["--master-key-file", e.file("none.key", "0".repeat(64))], socket: `@edgecron-test-sealed-${process.pid}` });
    await again.up();
    assert.match(again.notified("READY")[0].fields.STATUS, /^sealed, so nothing is called: /);
    await again.down();
    m.end();
    again.end();
  });

  test("nothing, where it did not ask; a watchdog that is for another process is none of ours", async () => {
    const e = await prepared(job("any", "/ok"));
    const m = await Supervisor.start(e, { watchdog_pid: false, watchdog_us: 0, env: { WATCHDOG_USEC: "200000", WATCHDOG_PID: "1" } });
    await m.up();
    await sleep(700);
    assert.equal(m.notified("WATCHDOG").length, 0);
    await m.down();
    m.end();
  });
});

describe("SIGTERM", { concurrency: 3, skip }, () => {
  test("a second signal hurries: the call is interrupted, and goes again at the next start, with the same key, as it is at least once", async () => {
    const e = await prepared(job("stuck", "/slow?ms=60000", { retry: { max_attempts: 2, initial_ms: 50 } }), job("once", "/slow?ms=60000&once", { delivery: "at_most_once" }));
    for (const hurry of ["SIGTERM", "SIGINT"]) {
      const m = await Supervisor.start(e, { flags: ["--drain-timeout", "1h"] });
      await m.up();
      const [id, once] = [await asks(e, "stuck"), await asks(e, "once")];
      m.signal("SIGTERM");
      await m.wait("STOPPING=1", (x) => x.fields?.STOPPING === "1");
      m.signal(hurry);
      assert.equal((await m.ended()).code, 0);
      assert.match(m.logs(), /second signal/);
      const [run, other] = [await e.run(id), await e.run(once)];
      assert.deepEqual([run.state, run.attempts[0].outcome], ["retrying", "interrupted"]);
      assert.deepEqual([other.state, other.attempts[0].outcome], ["failed", "interrupted"], "at most once is not tried again");
      await m.up();
      const calls = await until("the second attempt", () => server.of(id).length === 2 && server.of(id));
      assert.equal(new Set(calls.map((c) => c.headers["idempotency-key"])).size, 1);
      assert.equal(server.of(once).length, 1);
      await e.ok(["run", "cancel", id]);
      await until("the end", async () => FINAL.includes((await e.run(id)).state));
      assert.equal((await m.down()).code, 0);
      m.end();
      await until("the socket to be free", () => m.child.exitCode !== null);
    }
  });

  test("while a long call drains, systemd is asked for more time, again and again, and the API answers", async () => {
    const e = await prepared(job("long", "/slow?ms=5600"));
    const m = await Supervisor.start(e, { flags: ["--drain-timeout", "60s"], watchdog_us: 3_000_000 * SLOW });
    await m.up();
    const id = await asks(e, "long");
    m.signal("SIGTERM");
    await m.wait("STOPPING=1", (x) => x.fields?.STOPPING === "1");
    assert.equal((await fetch(`${e.url}/readyz`)).status, 503);
    assert.equal((await m.ended()).code, 0);
    assert.ok(m.notified("EXTEND_TIMEOUT_USEC").length >= 2);
    assert.equal((await e.run(id)).state, "succeeded");
    assert.ok(!m.seen.some((x) => x.event === "watchdog"));
    m.end();
  });
});

describe("the watchdog", { concurrency: 3, skip: debug }, () => {
  const W = 1_200_000 * SLOW;
  async function watched(jobs, env = {}) {
    const e = await prepared(...jobs);
    const crash = new CrashFile(e.file("crash", ""));
    const m = await Supervisor.start(e, { binary: DEBUG, watchdog_us: W, env: { ...crash.env, ...env } });
    return { e, m, hang: (point, n) => crash.write(`${point} ${n} hang`), free: () => crash.disarm() };
  }

  test("an idle server and a busy one give signs of life in time", async () => {
    const { m } = await watched([job("often", "/ok", { schedule: "* * * * * *", overlap: "allow" })]);
    await m.up();
    await sleep(4 * (W / 1000));
    const beats = m.notified("WATCHDOG");
    assert.ok(beats.length >= 6, `${beats.length} in four intervals`);
    await m.down();
    assert.ok(!m.seen.some((x) => x.event === "watchdog"));
    m.end();
  });

  test("an engine that hangs gets the server restarted, and then nothing is lost", async () => {
    const { e, m, hang, free } = await watched([job("call", "/ok?hang", { retry: { max_attempts: 3, initial_ms: 10 } })]);
    await m.up();
    hang("before_send", 1);
    const { id } = await e.json(["job", "run", "call"]);
    await m.wait("the watchdog", (x) => x.event === "watchdog");
    await m.ended();
    assert.match(m.logs(), /part of the server has stuck.*part=engine/);
    free();
    await m.up();
    const run = await until("the end of the run", async () => ((r) => FINAL.includes(r.state) && r)(await e.run(id)));
    assert.equal(run.state, "succeeded");
    assert.deepEqual(run.attempts.map((a) => a.outcome), ["interrupted", "ok"]);
    await m.down();
    m.end();
  });

  test("so does a listener, and a writer that has been at nothing but one thing for very long", async () => {
    for (const [part, point] of [["listener", "in_listener"], ["writer", "before_commit"]]) {
      const { e, m, hang, free } = await watched([job("often", `/ok?${part}`, { schedule: "* * * * * *", overlap: "allow", catch_up: { policy: "all", window_s: 3600 } })],
        { EDGECRON_TEST_WRITER_MS: String(2500 * SLOW) });
      await m.up();
      hang(point, 1);
      fetch(`${e.url}/healthz`).catch(() => {});
      await m.wait("the watchdog", (x) => x.event === "watchdog");
      await m.ended();
      assert.match(m.logs(), new RegExp(`part of the server has stuck.*part=${part}`));
      free();
      const from = server.seen.length;
      await m.up();
      await until("calls again", () => server.seen.slice(from).some((r) => r.url === `/ok?${part}`));
      await m.down();
      m.end();
      const slots = (await e.runs()).map((r) => Date.parse(r.scheduled_for)).sort((a, b) => a - b);
      assert.deepEqual(slots, slots.map((_, i) => slots[0] + 1000 * i), "each second has its run");
    }
  });

  test("an engine that was slow, and goes on, is no reason", async () => {
    const { e, m, hang, free } = await watched([job("call", "/ok?slow")]);
    await m.up();
    hang("before_send", 1);
    const { id } = await e.json(["job", "run", "call"]);
    await sleep(W / 1000 / 4);
    free();
    await until("the end of the run", async () => (await e.run(id)).state === "succeeded");
    await sleep(W / 1000);
    assert.ok(!m.seen.some((x) => x.event === "watchdog"), m.logs());
    await m.down();
    m.end();
  });

  test("a sync that takes five intervals kills nobody", async () => {
    const { e, m, hang, free } = await watched([job("call", "/ok?sync", { schedule: "* * * * * *" })]);
    await m.up();
    hang("before_sync", 1);
    await until("the hang", async () => {
      const from = server.seen.length;
      await sleep(1500);
      return server.seen.length === from; // what cannot be recorded is not called
    });
    const from = m.notified("WATCHDOG").length;
    await sleep(5 * (W / 1000));
    assert.ok(m.notified("WATCHDOG").length - from >= 8);
    free();
    const after = server.seen.length;
    await until("calls again", () => server.seen.length > after);
    assert.equal((await m.down()).code, 0);
    assert.ok(!m.seen.some((x) => x.event === "watchdog"));
    m.end();
    assert.equal(new Set((await e.runs()).map((r) => r.scheduled_for)).size, (await e.runs()).length);
  });

  test("a start that takes long asks for more time, and is not taken for dead", async () => {
    const { e, m, hang, free } = await watched([job("call", "/ok")]);
    await m.up();
    const { id } = await e.json(["job", "run", "call"]);
    await until("the run", async () => (await e.run(id)).state === "succeeded");
    await m.down();
    const from = m.seen.length;
    hang("before_sync", 1); // the first of the start's own writes
    m.tell({ do: "start" });
    const more = await m.wait("more time", (x) => x.fields?.EXTEND_TIMEOUT_USEC, { from });
    assert.match(more.fields.STATUS, /^starting: /);
    assert.ok(!m.seen.slice(from).some((x) => x.fields?.READY), "not ready yet");
    free();
    await m.wait("READY=1", (x) => x.fields?.READY === "1", { from });
    await m.down();
    m.end();
  });
});

describe("the listening socket", { concurrency: 2, skip }, () => {
  /** Connects as fast as it can until told to stop; what went wrong. */
  function knocker(url) {
    const refused = [];
    let on = true, n = 0;
    const done = (async () => {
      while (on) {
        await fetch(`${url}/healthz`, { headers: { connection: "close" } }).then((r) => (r.text(), n++), (x) => refused.push(x.cause?.code ?? x.message));
        await sleep(2);
      }
    })();
    return { stop: async () => ((on = false), await done, { refused, n }) };
  }

  test("is kept by systemd, so that restarts refuse nobody; a stop lets it go", async () => {
    const e = await prepared(job("call", "/ok"));
    const m = await Supervisor.start(e, { store: true });
    await m.up();
    const [kept] = m.notified("FDSTORE");
    assert.deepEqual([kept.fields.FDNAME, kept.fds], ["edgecron-listener", 1]);
    const k = knocker(e.url);
    for (let i = 0; i < 5; i++) {
      await m.down();
      assert.deepEqual((await m.up()).handed, ["edgecron-listener"]);
    }
    const { refused, n } = await k.stop();
    assert.deepEqual(refused.filter((c) => c === "ECONNREFUSED"), []);
    assert.ok(n > 10);
    assert.equal(m.notified("FDSTORE").length, 1, "it is given once");
    await m.down();
    m.tell({ do: "release" });
    await until("nobody listens", () => fetch(e.url).then(() => false, () => true));
    m.end();
  });

  test("kept from another --listen is dropped", async () => {
    const e = await prepared(job("call", "/ok"));
    const m = await Supervisor.start(e, { store: true, flags: ["--listen", "127.0.0.1:0"] });
    await m.up();
    await m.down();
    assert.deepEqual((await m.up()).handed, ["edgecron-listener"]);
    await m.wait("its removal", (x) => x.fields?.FDSTOREREMOVE === "1");
    await m.down();
    m.end();
  });

  test("may give way to another address with the same port, however late systemd drops the old one", async () => {
    const e = await prepared(job("call", "/ok"));
    const m = await Supervisor.start(e, { store: true, lag_ms: 1500, flags: ["--behind-proxy"] });
    await m.up();
    await m.down();
    await m.up("--listen", `0.0.0.0:${e.port}`);
    assert.match(m.logs(), /the socket kept from before is not the one/);
    assert.equal((await fetch(`${e.url}/healthz`)).status, 200);
    await m.down();
    m.end();
  });

  test("is the same however its address is written", async (t) => {
    const e = await prepared(job("call", "/ok"));
    e.port = await freePort();
    const m = await Supervisor.start(e, { store: true, flags: ["--listen", `[0:0:0:0:0:0:0:1]:${e.port}`] });
    if (!Object.values(networkInterfaces()).flat().some((x) => x.address === "::1")) return t.skip("no IPv6 here");
    await m.up();
    await m.down();
    await m.up();
    assert.equal(m.notified("FDSTOREREMOVE").length, 0);
    await m.down();
    m.end();
  });

  test("of a .socket unit is the one listened on", async () => {
    const e = await prepared(job("call", "/ok"));
    e.port = await freePort();
    const s = await Supervisor.start(e, { listen: `127.0.0.1:${e.port}`, flags: ["--listen", "127.0.0.1:1"] });
    const early = fetch(`${e.url}/healthz`); // before it runs: waits in the queue
    await s.up();
    assert.equal((await early).status, 200);
    assert.equal(s.notified("FDSTORE").length, 0);
    assert.match(s.logs(), /listening.*url=http:\/\/127\.0\.0\.1:\d+ socket=systemd's/);
    await s.down();
    s.end();
  });

  test("that others could reach unencrypted is refused", async () => {
    const e = await prepared(job("call", "/ok"));
    const m = await Supervisor.start(e, { listen: "0.0.0.0:0" });
    m.tell({ do: "start" });
    assert.equal((await m.ended()).code, 2);
    assert.match(m.logs(), /other machines can reach/);
    m.end();
  });
});
