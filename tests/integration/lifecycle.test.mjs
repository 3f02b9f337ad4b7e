// The server's life: draining, reloading, one server a data directory, catching up; and what the engine does over several attempts.
import assert from "node:assert/strict";
import { copyFileSync, existsSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { makeAuthority, pem } from "./harness/ca.mjs";
import { BINARY, document, Edgecron, FINAL, job, target } from "./harness/edgecron.mjs";
import { startFaults } from "./harness/faults.mjs";
import { freePort } from "./harness/ports.mjs";
import { start } from "./harness/process.mjs";
import { sleep, until } from "./harness/wait.mjs";

let server;
before(async () => (server = await startFaults()));
after(() => server.close());

/** A data directory whose target is the fault server, with these jobs. */
async function prepared(...jobs) {
  const e = new Edgecron();
  await e.apply(document([target("faults", server.url)], jobs.map((j) => ({ target: "faults", ...j }))));
  return e;
}

const ended = (e, id) =>
  until(`the end of run ${id}`, async () => {
    const r = await e.run(id);
    return FINAL.includes(r.state) && r;
  });

const called = (id) => until(`a call of run ${id}`, () => server.of(id)[0], { every: 10 });

describe("SIGTERM", { concurrency: 3 }, () => {
  test("waits for the call in flight, records it, and starts no other", async () => {
    const e = await prepared(job("slow", "/slow?ms=1500"), job("often", "/ok?drain", { schedule: "* * * * * *" }));
    await e.serve();
    const { id } = await e.json(["job", "run", "slow"]);
    await called(id);
    e.server.kill("SIGTERM");
    const told = Date.now();
    const { code } = await e.server.ended();
    assert.equal(code, 0);
    const run = await e.run(id);
    assert.deepEqual([run.state, run.outcome, run.attempts.length], ["succeeded", "ok", 1], run.message);
    const late = server.seen.filter((r) => r.url === "/ok?drain" && r.at > told + 300);
    assert.deepEqual(late, [], "calls started while draining");
  });

  test("gives up on a call after the drain limit: it is interrupted, not lost", async () => {
    const e = await prepared(job("stuck", "/slow?ms=60000"));
    await e.serve(["--drain-timeout", "1s"]);
    const { id } = await e.json(["job", "run", "stuck"]);
    await called(id);
    const { code } = await e.stop("SIGTERM");
    assert.equal(code, 0);
    const { attempts } = await e.run(id);
    assert.equal(attempts[0].outcome, "interrupted");
  });
});

test("SIGHUP reads a target's CA file again", async () => {
  const [mine, stranger] = [await makeAuthority("mine"), await makeAuthority("stranger")];
  const secure = await startFaults({ tls: pem(await mine.leaf("reload")) });
  const e = new Edgecron();
  const ca_file = e.file("ca.pem", "");
  copyFileSync(stranger.file, ca_file);
  await e.apply(document([target("secure", secure.url, { ca_file })], [job("call", "/ok", { target: "secure" })]));
  await e.serve();
  assert.equal((await e.runJob("call")).outcome, "tls");
  copyFileSync(mine.file, ca_file);
  e.server.kill("SIGHUP");
  await until("a success with the new CA file", async () => (await e.runJob("call")).state === "succeeded", { every: 200 });
  await e.stop();
  await secure.close();
});

test("a second server on the same data directory is refused and told the first one's pid", async () => {
  const e = await prepared();
  await e.serve();
  const second = await e.command(["serve", "--listen", `127.0.0.1:${await freePort()}`], { within: 10_000 });
  assert.equal(second.code, 4, second.stderr);
  assert.match(second.stderr, new RegExp(`\\b${e.server.pid}\\b`));
  assert.equal((await fetch(`${e.url}/readyz`)).status, 200, "the first one is unharmed");
  await e.stop();
  await e.serve();
  await e.stop();
});

test("a listen address that is taken is refused, naming it", async () => {
  const e = await prepared();
  const r = await e.command(["serve", "--listen", `127.0.0.1:${server.port}`], { within: 10_000 });
  assert.notEqual(r.code, 0);
  assert.match(r.stderr, new RegExp(`${server.port}`));
});

describe("retries", { concurrency: 3 }, () => {
  test("500 and then 200: succeeded, two attempts, the same key, a growing attempt number", async () => {
    const e = await prepared(job("flaky", "/flaky?times=1&a", { retry: { max_attempts: 3, initial_ms: 50 } }));
    await e.serve();
    const run = await e.runJob("flaky");
    assert.deepEqual([run.state, run.outcome, run.http_status], ["succeeded", "ok", 200], run.message);
    assert.deepEqual(run.attempts.map((a) => [a.number, a.outcome, a.http_status]), [[1, "http_status", 500], [2, "ok", 200]]);
    assert.deepEqual(server.of(run.id).map((r) => r.headers["x-edgecron-attempt"]), ["1", "2"]);
    await e.stop();
  });

  test("500 for ever: failed after max_attempts", async () => {
    const e = await prepared(job("down", "/status?code=500", { retry: { max_attempts: 3, initial_ms: 20, max_ms: 20 } }));
    await e.serve();
    const run = await e.runJob("down");
    assert.deepEqual([run.state, run.outcome, run.attempts.length], ["failed", "http_status", 3]);
    await e.stop();
  });

  test("a retry waiting when the server stops is done by the next server", async () => {
    const e = await prepared(job("later", "/flaky?times=1&b", { retry: { max_attempts: 2, initial_ms: 1500, max_ms: 1500 } }));
    await e.serve();
    const { id } = await e.json(["job", "run", "later"]);
    await until("state retrying", async () => (await e.run(id)).state === "retrying");
    await e.stop();
    await e.serve();
    const run = await ended(e, id);
    assert.deepEqual([run.state, run.attempts.length], ["succeeded", 2]);
    await e.stop();
  });
});

describe("overlap", { concurrency: 3 }, () => {
  const EVERY_SECOND = { schedule: "* * * * * *" };

  test("skip: an occurrence that finds the last one under way is a row in state skipped", async () => {
    const e = await prepared(job("busy", "/slow?ms=2500", { ...EVERY_SECOND, overlap: "skip" }));
    await e.serve();
    const skipped = await e.untilRun("a skipped run", ["--job", "busy"], (r) => r.state === "skipped");
    assert.match(skipped.message, /overlap|still (running|under way)|under way/i);
    assert.equal((await e.run(skipped.id)).attempts.length, 0);
    assert.equal(server.of(skipped.id).length, 0);
    await e.stop();
  });

  test("allow: both are called at the same time", async () => {
    const e = await prepared(job("both", "/slow?ms=2500&both", { ...EVERY_SECOND, overlap: "allow" }));
    await e.serve();
    await until("two calls at once", () => server.open().filter((r) => r.url.endsWith("&both")).length >= 2);
    await e.stop();
  });
});

describe("catching up after downtime", { concurrency: 3 }, () => {
  const down = async (policy, window_s) => {
    const e = await prepared(job("tick", `/ok?${policy}${window_s}`, { schedule: "* * * * * *", catch_up: { policy, window_s } }));
    await e.serve();
    await e.untilRun("a first run", [], (r) => r.state === "succeeded");
    await e.stop();
    const from = Math.ceil(Date.now() / 1000) * 1000;
    await sleep(from + 3200 - Date.now());
    const until_ = Date.now();
    await e.serve();
    await e.untilRun("a run after the start", [], (r) => r.state === "succeeded" && Date.parse(r.scheduled_for) > until_);
    await e.stop();
    const rows = (await e.runs()).filter((r) => Date.parse(r.scheduled_for) > from && Date.parse(r.scheduled_for) <= from + 3000);
    return rows.sort((a, b) => a.scheduled_for.localeCompare(b.scheduled_for));
  };

  test("all: every occurrence of the downtime is run", async () => {
    const rows = await down("all", 3600);
    assert.equal(new Set(rows.map((r) => r.scheduled_for)).size, 3);
    for (const r of rows) assert.ok(["succeeded", "skipped"].includes(r.state), `${r.scheduled_for}: ${r.state}`);
  });

  test("a window of nothing: every occurrence of the downtime is accounted for", async () => {
    const rows = await down("none", 0);
    const stand = rows.reduce((n, r) => n + (r.occurrences ?? 1), 0);
    assert.ok(stand >= 3, `${JSON.stringify(rows)}`);
    for (const r of rows) if (r.state === "missed") assert.match(r.message, /./);
  });
});

test("demo: within ten seconds the first run is listed, and one job fails with 401 on purpose", async () => {
  const began = Date.now();
  const listen = `127.0.0.1:${await freePort()}`;
  const demo = start(BINARY, ["demo", "--listen", listen], { env: { PATH: process.env.PATH } });
  const e = new Edgecron();
  await until("the data directory in what it prints", () => {
    if (!demo.running) throw new Error(`it ended: ${demo.stdout}${demo.stderr}`);
    return (e.dir = demo.stdout.match(/--data (\/\S+)/)?.[1]);
  });
  await e.untilRun("a first success", [], (r) => r.state === "succeeded", { within: 10_000 });
  assert.ok(Date.now() - began < 10_000 || process.env.EDGECRON_SLOW, `${Date.now() - began} ms`);
  const bad = await e.untilRun("the failure on purpose", [], (r) => r.state === "failed" && r.http_status === 401);
  assert.match(bad.message, /401.*edgecron secret set \w+/s);
  e.url = `http://${listen}`;
  const listed = await e.api("/api/v1/runs", { token: demo.stdout.match(/Bearer (ect_[\w-]+)/)[1] });
  assert.ok(listed.body.items.length > 0, "the address and the token that it prints");
  const { code } = await demo.stop("SIGTERM");
  assert.equal(code, 0);
  assert.equal(existsSync(e.dir), false, "its data directory is removed");
});
