// A server without the right master key: page and API are up, nothing is called, and what to do is said; then it is unsealed, and all that
// was due is dealt with. And another master key while calls are under way, with kill -9 around it.
import assert from "node:assert/strict";
import { randomBytes, randomInt } from "node:crypto";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { BINARY, document, Edgecron, job, target } from "./harness/edgecron.mjs";
import { startFaults } from "./harness/faults.mjs";
import { start } from "./harness/process.mjs";
import { sleep, until } from "./harness/wait.mjs";

const DEBUG = process.env.EDGECRON_DEBUG;
const VALUE = `marked-${randomBytes(16).toString("hex")}`;
const WRONG = randomBytes(32).toString("hex");
const EVERY_SECOND = { schedule: "* * * * * *", overlap: "allow", retry: { max_attempts: 3, initial_ms: 100, multiplier: 1, max_ms: 100 } };

/** A store with a secret and jobs of every second that send it, its server stopped; `key` is the master key. */
async function made(server) {
  const e = new Edgecron();
  await e.setSecret("KEY", VALUE);
  const carries = { url: "/echo", headers: { "x-internal-key": "{{secret.KEY}}" } };
  await e.apply(document([target("faults", server.url)], [
    job("all", carries, { target: "faults", ...EVERY_SECOND, catch_up: { policy: "all", window_s: 3600 } }),
    job("by-hand", carries, { target: "faults" }),
  ]));
  e.keyFile = join(e.dir, "master.key");
  e.key = readFileSync(e.keyFile, "utf8").trim();
  return e;
}

const check = async (e, name, token = e.token) => (await e.api("/readyz", { token })).body.checks.find((c) => c.name === name);
const audit = async (e) => (await e.json(["audit"])).items;

/** Every second from the first run on has one row, and each was called once. */
async function wholeHistory(server, e) {
  await e.ok(["job", "pause", "all"]);
  const rows = await until("all runs to end", async () => {
    const r = await e.runs();
    return !r.some((x) => ["queued", "running", "retrying"].includes(x.state)) && r;
  });
  const seconds = rows.filter((r) => r.job === "all").map((r) => Date.parse(r.scheduled_for)).sort((a, b) => a - b);
  seconds.forEach((s, i) => assert.equal(s, seconds[0] + 1000 * i, "a second is missing, or there twice"));
  for (const r of rows) {
    assert.equal(r.state, "succeeded", `${r.job}: ${r.message}`);
    assert.deepEqual(server.of(r.id).map((x) => x.headers["x-internal-key"]), [VALUE], r.job);
  }
}

/** No key and no value in what the server said or kept, beside the key files. */
function nothingSecret(e, ...more) {
  const texts = { logs: e.logs + e.server.stdout + e.server.stderr };
  for (const name of readdirSync(e.dir)) if (!name.startsWith("master.key")) texts[name] = readFileSync(join(e.dir, name), "latin1");
  for (const [where, text] of Object.entries(texts))
    for (const secret of [e.key, WRONG, VALUE, Buffer.from(e.key, "hex").toString("latin1"), ...more])
      assert.ok(!text.toLowerCase().includes(secret.toLowerCase()), `a key or a value is in ${where}`);
}

const BREAK = {
  "a truncated key file": { words: /holds \d+ bytes that are no key/, spoil: (e) => truncateSync(e.keyFile, 40), unseal: "stdin" },
  "a key of 32 bytes cut from the right one": { words: /not the master key/, spoil: (e) => truncateSync(e.keyFile, 32), unseal: "key-file" },
  "a wrong key": { words: /not the master key/, spoil: (e) => writeFileSync(e.keyFile, `${WRONG}\n`), unseal: "api" },
  "no key file": { words: /is missing/, spoil: (e) => rmSync(e.keyFile), unseal: "copy" },
  "the key of another store": { words: /not the master key/, spoil: async (e) => {
    const other = new Edgecron();
    await other.setSecret("OTHER", VALUE);
    copyFileSync(join(other.dir, "master.key"), e.keyFile);
  }, unseal: "stdin" },
  "a key file that others can read": { words: /chmod 600/, spoil: (e) => chmodSync(e.keyFile, 0o644), unseal: "chmod" },
  "a folder in its place": { words: /not a regular file/, spoil: (e) => (rmSync(e.keyFile), mkdirSync(e.keyFile)), unseal: "folder" },
};

const UNSEAL = {
  stdin: async (e) => assert.match(await e.ok(["unseal"], { input: `${e.key}\n` }), /^unsealed: the master key is in '/),
  "key-file": async (e) => assert.equal((await e.json(["unseal", "--key-file", e.file("copy.key", e.key)])).result, "unsealed"),
  copy: (e) => {
    copyFileSync(e.file("copy.key", e.key), e.keyFile); // others can read it for a moment
    chmodSync(e.keyFile, 0o600);
  },
  chmod: (e) => chmodSync(e.keyFile, 0o600),
  folder: async (e) => {
    assert.match((await e.refused(4, ["unseal"], { input: e.key })).detail, /move it away/);
    rmSync(e.keyFile, { recursive: true });
    await e.ok(["unseal"], { input: e.key });
  },
  api: async (e) => {
    const r = await e.api("/api/v1/unseal", { method: "POST", body: JSON.stringify({ master_key: e.key }) });
    assert.deepEqual([r.status, r.body], [200, { sealed: false }]);
  },
};

describe("sealed, and unsealed", { concurrency: 7 }, () => {
  let server;
  before(async () => (server = await startFaults()));
  after(() => server.close());

  for (const [name, { words, spoil, unseal }] of Object.entries(BREAK)) {
    test(`${name}; unsealed by ${unseal}`, async () => {
      const e = await made(server);
      await e.serve();
      await e.untilRun("a run that succeeds", ["--job", "all"], (r) => r.state === "succeeded");
      await e.createToken("admin", "admin");
      await e.stop();
      await spoil(e);

      await e.serve([], { ready: false });
      const broken = await until("/readyz to answer", async () => check(e, "sealed"));
      assert.equal(broken.ok, false);
      assert.match(broken.message, words);
      assert.match(broken.message, /nothing is planned or called/);
      assert.equal((await fetch(`${e.url}/readyz`)).status, 503);
      const toStrangers = await check(e, "sealed", null);
      assert.match(toStrangers.message, /nothing is planned or called/);
      assert.ok(!toStrangers.message.includes(e.dir), "a file's path is nobody's business");
      const health = await e.command(["healthcheck", "--listen", `127.0.0.1:${e.port}`]);
      assert.equal(health.code, 1);
      assert.match(health.stdout, /master key is missing or is not the right one/);
      assert.equal((await fetch(`${e.url}/`)).status, 200, "the page is there");
      assert.equal((await fetch(`${e.url}/healthz`)).status, 200);
      const { body: status } = await e.api("/api/v1/status");
      assert.deepEqual([status.sealed, status.jobs, status.in_flight], [true, 2, 0]);
      const refused = await e.refused(4, ["secret", "set", "NEW"], { input: `${VALUE}-new` });
      assert.equal(refused.code, "sealed");

      const asked = await e.json(["job", "run", "by-hand"]);
      const posted = await e.api("/api/v1/jobs/by-hand/run", { method: "POST" });
      assert.equal(posted.status, 202);
      const ids = new Set((await e.runs()).map((r) => r.id));
      const before = server.seen.filter((r) => ids.has(r.headers["idempotency-key"])).length;
      await sleep(2300);
      const rows = await e.runs();
      assert.equal(rows.length, ids.size, "nothing is planned");
      assert.equal(server.seen.filter((r) => ids.has(r.headers["idempotency-key"])).length, before, "nothing is called");
      assert.deepEqual([(await e.run(asked.id)).state, posted.body.state], ["queued", "queued"]);

      await UNSEAL[unseal](e);
      await e.ready();
      assert.equal((await check(e, "sealed")).ok, true);
      assert.equal((await e.api("/api/v1/status")).body.sealed, false);
      for (const id of [asked.id, posted.body.id])
        await e.untilRun("the run asked for by hand", ["--job", "by-hand"], (r) => r.id === id && r.state === "succeeded");
      await e.untilRun("the next run on time", ["--job", "all"], (r) => r.trigger === "schedule" && r.state === "succeeded" && r.lateness_ms < 900);
      await wholeHistory(server, e);
      const done = await audit(e);
      const who = { api: /^token:admin$/, copy: /^system$/, chmod: /^system$/ }[unseal] ?? /^cli:./;
      assert.ok(done.some((a) => a.action === "vault.unseal" && who.test(a.actor)), JSON.stringify(done));
      await e.stop();
      assert.match(e.logs, /level=error msg=sealed/);
      assert.match(e.logs, /msg="unsealed: work goes on"/);
      nothingSecret(e);
    });
  }
});

describe("what was due while sealed", { skip: DEBUG && existsSync(DEBUG) ? false : "needs the debug binary: EDGECRON_DEBUG=build/debug/edgecron" }, () => {
  test("is each job's catch_up policy's matter, as after a downtime", async () => {
    const server = await startFaults();
    const e = new Edgecron();
    const clock = e.file("clock", "0"), run = { binary: DEBUG, env: { EDGECRON_TEST_CLOCK_FILE: clock } };
    await e.setSecret("KEY", VALUE);
    const policies = ["all", "latest", "none"];
    const minutely = (policy) => job(policy, "/ok", { target: "faults", schedule: "* * * * *", overlap: "allow", catch_up: { policy, window_s: 7200 } });
    await e.apply(document([target("faults", server.url)], [job("tick", "/ok", { target: "faults", schedule: "* * * * * *" }), ...policies.map(minutely)]));
    await e.serve([], run);
    await e.untilRun("a run of the job of every second", ["--job", "tick"], (r) => r.state === "succeeded");
    await e.stop();
    const file = join(e.dir, "master.key"), key = readFileSync(file, "utf8");
    writeFileSync(file, WRONG);
    await e.serve([], { ...run, ready: false });
    await until("/readyz to answer", () => check(e, "sealed"));
    const before = (await e.runs()).length;
    e.file("clock", String(30 * 60_000));
    e.server.kill("SIGHUP");
    await sleep(1500);
    assert.equal((await e.runs()).length, before);
    await e.ok(["unseal"], { input: key, env: run.env });
    await e.ready();
    const history = (job) => until(`runs of ${job}`, async () => {
      const r = await e.runs("--job", job);
      return r.length >= 29 && !r.some((x) => ["queued", "running", "retrying"].includes(x.state)) && r;
    });
    const states = {};
    for (const policy of policies) {
      const rows = await history(policy);
      assert.equal(new Set(rows.map((r) => r.scheduled_for)).size, rows.length);
      states[policy] = { succeeded: rows.filter((r) => r.state === "succeeded").length, missed: rows.filter((r) => r.state === "missed").length };
    }
    assert.equal(states.all.missed, 0);
    assert.ok(states.all.succeeded >= 29, JSON.stringify(states));
    for (const policy of ["latest", "none"])
      assert.ok(states[policy].succeeded >= 1 && states[policy].succeeded <= 3 && states[policy].missed >= 27, JSON.stringify(states));
    await e.stop();
    await server.close();
  });
});

describe("a wrong key", () => {
  let server, e;
  before(async () => {
    server = await startFaults();
    e = await made(server);
    await e.createToken("admin", "admin");
    writeFileSync(e.keyFile, `${WRONG}\n`);
    await e.serve([], { ready: false });
    await until("/readyz to answer", () => check(e, "sealed"));
  });
  after(() => server.close());
  const post = (body, token) => e.api("/api/v1/unseal", { method: "POST", body: JSON.stringify(body), ...(token && { token }) });

  test("by command: exit 4, nothing changed, recorded", async () => {
    const problem = await e.refused(4, ["unseal"], { input: randomBytes(32).toString("hex") });
    assert.equal(problem.code, "sealed");
    assert.equal(readFileSync(e.keyFile, "utf8"), `${WRONG}\n`);
    const [entry] = await audit(e);
    assert.equal(entry.action, "vault.unseal_failed");
    assert.match(entry.actor, /^cli:./);
    for (const input of ["", "abc", "z".repeat(64)])
      assert.equal((await e.command(["unseal"], { input })).code, 4, JSON.stringify(input));
    assert.equal((await e.command(["unseal", e.key])).code, 2, "never from the command line");
  });

  test("by the API: 422, recorded with the token and the address, and a while of 429", async () => {
    assert.equal((await post({ master_key: "abc" })).status, 422);
    const wrong = await post({ master_key: WRONG });
    assert.deepEqual([wrong.status, wrong.body.code, wrong.body.pointer], [422, "invalid", "/master_key"]);
    const soon = await post({ master_key: e.key });
    assert.deepEqual([soon.status, soon.body.code], [429, "too_many_requests"]);
    assert.match(soon.headers.get("retry-after"), /^\d+$/);
    const { body } = await e.api("/api/v1/audit?limit=1");
    assert.deepEqual([body.items[0].action, body.items[0].actor, body.items[0].address], ["vault.unseal_failed", "token:admin", "127.0.0.1"]);
    assert.ok(body.next_cursor);
  });

  test("both need the scope admin", async () => {
    const { token } = await e.json(["token", "create", "operator", "--scope", "operate"]);
    assert.equal((await post({ master_key: e.key }, token)).status, 403);
    assert.equal((await e.api("/api/v1/audit", { token })).status, 403);
  });

  test("the right one, held in memory: works at once, until the next start", async () => {
    await until("the API to take a key again", async () => (await post({ master_key: e.key })).status === 200, { every: 200 });
    await e.ready();
    await e.untilRun("a run that succeeds", ["--job", "all"], (r) => r.state === "succeeded");
    assert.equal((await post({ master_key: e.key })).status, 409);
    assert.equal(readFileSync(e.keyFile, "utf8"), `${WRONG}\n`, "the file is as it was");
    await e.stop();
    nothingSecret(e);
    await e.serve([], { ready: false });
    assert.equal((await until("/readyz to answer", () => check(e, "sealed"))).ok, false);
    await e.ok(["unseal"], { input: e.key });
    await e.ready();
    const kept = readdirSync(e.dir).filter((n) => n.startsWith("master.key.wrong-"));
    assert.equal(readFileSync(join(e.dir, kept[0]), "utf8"), `${WRONG}\n`, "a wrong one is kept");
    await e.stop();
  });
});

test("audit: what is done to secrets, by whom, and no value", async () => {
  const e = new Edgecron();
  await e.setSecret("KEY", VALUE);
  await e.setSecret("KEY", `${VALUE}-2`);
  const made = await e.json(["secret", "generate", "MADE"]);
  const rotated = await e.json(["secret", "rotate", "KEY", "--generate"]);
  await e.ok(["secret", "remove", "MADE"]);
  await e.refused(3, ["secret", "remove", "MADE"]);
  const items = (await e.json(["audit"])).items;
  // In order of time; two of one command may be of the same millisecond.
  assert.deepEqual(items.map((a) => `${a.action} ${a.resource}`).sort(), ["secret.create KEY", "secret.create MADE", "secret.remove MADE",
    "secret.replace KEY", "secret.reveal KEY", "secret.reveal MADE", "secret.rotate KEY"]);
  for (const a of items) assert.match(a.actor, /^cli:./);
  assert.equal(items.find((a) => a.action === "secret.rotate").detail.version, 3);
  for (const value of [VALUE, made.value, rotated.value]) {
    assert.ok(value?.length > 8);
    assert.ok(!JSON.stringify(items).includes(value));
  }
});

test("audit: newest first, pages, since; a table for people", async () => {
  const e = new Edgecron();
  await e.setSecret("KEY", VALUE);
  const begin = new Date().toISOString();
  for (let i = 0; i < 3; i++) await e.ok(["rekey"]);
  const page = await e.json(["audit", "list", "--limit", "2"]);
  assert.equal(page.items.length, 2);
  const rest = await e.json(["audit", "--limit", "1000", "--cursor", page.next_cursor]);
  const items = [...page.items, ...rest.items];
  assert.equal(items.filter((a) => a.action === "vault.rekey").length, 3);
  assert.deepEqual(items.map((a) => a.at), items.map((a) => a.at).sort().reverse());
  assert.equal((await e.json(["audit", "--since", begin])).items.length, 3);
  assert.match(await e.ok(["audit"]), /^AT +WHO +FROM +WHAT +NAME +DETAIL\n\S+ +cli:\S+ +- +vault\.rekey/);
});

describe("another master key while calls are under way", () => {
  test("rekey and the server are killed again and again: no call lacks its secret, and every start finds its key", async () => {
    const server = await startFaults();
    const e = await made(server);
    const names = () => readdirSync(e.dir).filter((n) => n.startsWith("master.key"));
    await e.serve();
    let changed = 0;
    for (let i = 0; i < 12; i++) {
      const before = readFileSync(e.keyFile, "utf8");
      const p = start(BINARY, ["rekey", "--data", e.dir], { env: { PATH: process.env.PATH } });
      await sleep(randomInt(1, 25));
      await p.stop("SIGKILL");
      if (i % 3 === 2) {
        await e.stop("SIGKILL");
        await e.serve();
      }
      changed += readFileSync(e.keyFile, "utf8") !== before;
    }
    await e.ok(["rekey"]);
    assert.deepEqual(names(), ["master.key"]);
    const file = e.file("new.key", randomBytes(32).toString("hex"));
    await e.ok(["rekey", "--new-key-file", file]);
    assert.equal(readFileSync(e.keyFile, "utf8").trim(), readFileSync(file, "utf8"));
    assert.equal((await e.json(["rekey", "--data-key"])).resealed, 1);
    await e.setSecret("KEY", `${VALUE}-2`); // what is sealed by the new data key, the running server opens
    await until("a call with the new value", () => server.seen.at(-1).headers["x-internal-key"] === `${VALUE}-2`);
    await e.untilRun("a run that succeeds", ["--job", "all"], (r) => r.state === "succeeded");
    await e.stop();
    await e.serve();
    const { state } = await e.runJob("by-hand");
    assert.equal(state, "succeeded");
    assert.ok((await audit(e)).filter((a) => a.action === "vault.rekey").length >= changed + 2);
    await wholeHistoryOf(server, e);
    await e.stop();
    nothingSecret(e);
    await server.close();
  });

  test("a key file that cannot be replaced: refused with the steps, which work", async () => {
    const server = await startFaults();
    const e = await made(server);
    const folder = join(e.dir, "../credentials");
    mkdirSync(folder);
    const credential = join(folder, "master.key");
    copyFileSync(e.keyFile, credential);
    chmodSync(credential, 0o400);
    rmSync(e.keyFile);
    const env = { CREDENTIALS_DIRECTORY: folder };
    await e.serve([], { env });
    const problem = await e.refused(4, ["rekey"], { env });
    assert.match(problem.detail, /rekey --data '.*' --new-key-file new\.key +3\. put new\.key where/);
    const file = e.file("new.key", randomBytes(32).toString("hex"));
    assert.equal((await e.json(["rekey", "--new-key-file", file], { env })).replaced, false);
    assert.equal((await e.runJob("by-hand")).state, "succeeded", "the running server goes on");
    await e.stop();
    await e.serve([], { env, ready: false });
    assert.equal((await until("/readyz to answer", () => check(e, "sealed"))).ok, false);
    rmSync(credential);
    writeFileSync(credential, readFileSync(file), { mode: 0o400 });
    await e.ready();
    assert.equal((await e.runJob("by-hand")).state, "succeeded");
    assert.ok(!existsSync(e.keyFile), "no key was made elsewhere");
    await e.stop();
    await server.close();
  });
});

/** Under kills: no run failed for want of its secret. */
async function wholeHistoryOf(server, e) {
  const rows = await until("some runs", async () => {
    const r = await e.runs();
    return r.length > 3 && r;
  });
  assert.deepEqual(rows.filter((r) => r.outcome === "secret"), []);
  for (const r of server.seen) if (r.headers["x-edgecron-job"]) assert.ok([VALUE, `${VALUE}-2`].includes(r.headers["x-internal-key"]));
}
