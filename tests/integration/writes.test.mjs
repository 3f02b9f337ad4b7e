// Everything written over REST, on the real server: made, changed, run, applied and removed by HTTP alone; two writers at once; the same key
// again, also after kill -9; secrets that go in and never come out; a sealed server; targets that are looked at.
import assert from "node:assert/strict";
import { randomInt, randomUUID } from "node:crypto";
import { readdirSync, readFileSync, renameSync } from "node:fs";
import { request } from "node:http";
import { createServer } from "node:net";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Edgecron, FINAL, LOOPBACK } from "./harness/edgecron.mjs";
import { startFaults } from "./harness/faults.mjs";
import { freePort } from "./harness/ports.mjs";
import { sleep, until } from "./harness/wait.mjs";

const KILLS = Math.min(Number(process.env.EDGECRON_KILLS ?? 8), 30);
const e = new Edgecron();
let server;

/** One request with a JSON body: { status, headers, body }. */
const ask = (method, path, body, headers = {}) =>
  e.api(`/api/v1/${path}`, { method, headers: { "content-type": "application/json", ...headers }, body: body === undefined ? undefined : JSON.stringify(body) });

async function must(status, ...args) {
  const r = await ask(...args);
  assert.equal(r.status, status, `${args[0]} ${args[1]}: ${JSON.stringify(r.body)}`);
  return r;
}

const isOver = (id) => until(`the end of ${id}`, async () => {
  const run = (await must(200, "GET", `runs/${id}`)).body;
  return FINAL.includes(run.state) && run;
});

const job = (path, more = {}) => ({ schedule: "0 0 1 1 *", target: "faults", request: { url: path }, retry: { max_attempts: 1 }, ...more });

before(async () => {
  server = await startFaults();
  await e.createToken("tests", "admin");
  await e.serve();
  await must(201, "PUT", "targets/faults", { base_url: server.url, allow_private: LOOPBACK });
});
after(async () => {
  await e.stop();
  await server.close();
});

describe("jobs", () => {
  test("made by POST, run by the engine on time, changed, and removed", async () => {
    const made = await must(201, "POST", "jobs", { name: "ticks", ...job("/ok", { schedule: "* * * * * *" }) });
    assert.equal(made.headers.get("location"), "/api/v1/jobs/ticks");
    assert.equal(made.headers.get("etag"), '"1"');
    const run = await until("a run by schedule", async () => (await ask("GET", "runs?job=ticks&state=succeeded")).body.items[0], { every: 50 });
    assert.equal(run.trigger, "schedule");
    assert.ok(run.lateness_ms < 5000, `${run.lateness_ms} ms late`);
    await must(200, "PATCH", "jobs/ticks", { enabled: false }, { "if-match": '"1"' });
    await until("no more occurrences", async () => (await ask("GET", "status")).body.jobs_active === 0, { every: 50 });
    await must(204, "DELETE", "jobs/ticks", undefined, { "if-match": '"2"' });
    await must(404, "GET", "jobs/ticks");
    assert.ok((await ask("GET", "runs?job=ticks")).body.items.length > 0, "its history stays");
  });

  test("GET, change, PUT: nothing of what GET adds is in the way, and only what was changed changes", async () => {
    await must(201, "PUT", "jobs/edited", job("/ok"));
    const got = await must(200, "GET", "jobs/edited");
    const form = { ...got.body, description: "changed" };
    const put = await must(200, "PUT", "jobs/edited", form, { "if-match": got.headers.get("etag") });
    assert.equal(put.headers.get("etag"), '"2"');
    const { status: _1, warnings: _2, ...kept } = put.body;
    const { status: _3, ...before } = got.body;
    assert.deepEqual(kept, { ...before, description: "changed" });
    const same = await e.api("/api/v1/jobs/edited", { headers: { "if-none-match": put.headers.get("etag") } });
    assert.equal(same.status, 304);
    assert.equal(same.body, "");
  });

  test("of many writers that read the same revision, one wins", async () => {
    const { headers } = await must(201, "PUT", "jobs/contested", job("/ok"));
    for (let round = 0, etag = headers.get("etag"); round < 5; round++) {
      const all = await Promise.all(Array.from({ length: 12 }, (_, i) => ask("PATCH", "jobs/contested", { description: `${round}-${i}` }, { "if-match": etag })));
      const won = all.filter((r) => r.status === 200);
      assert.equal(won.length, 1);
      for (const r of all.filter((x) => x !== won[0])) {
        assert.deepEqual([r.status, r.body.code, r.headers.get("etag")], [412, "precondition_failed", won[0].headers.get("etag")]);
      }
      etag = won[0].headers.get("etag");
      assert.equal((await ask("GET", "jobs/contested")).body.description, won[0].body.description);
    }
    const made = await Promise.all(Array.from({ length: 12 }, () => ask("PUT", "jobs/only-once", job("/ok"), { "if-none-match": "*" })));
    assert.deepEqual(made.map((r) => r.status).sort(), [201, ...Array(11).fill(412)]);
    const posted = await Promise.all(Array.from({ length: 12 }, () => ask("POST", "jobs", { name: "posted-once", ...job("/ok") })));
    assert.deepEqual(posted.map((r) => r.status).sort(), [201, ...Array(11).fill(409)]);
  });

  test("what a command changes is seen by If-Match", async () => {
    const { headers } = await must(201, "PUT", "jobs/shared", job("/ok"));
    await e.ok(["job", "set", "shared", "--description", "by a command"]);
    await must(412, "PATCH", "jobs/shared", { description: "by REST" }, { "if-match": headers.get("etag") });
    assert.equal((await e.json(["job", "show", "shared"])).description, "by a command");
  });
});

describe("apply and export", () => {
  test("few are exported to at a time: each export has all jobs in memory", async () => {
    const large = Array.from({ length: 90_000 }, (_, i) => i % 10);
    for (const name of ["large-1", "large-2"]) await must(201, "PUT", `jobs/${name}`, job("/ok", { request: { url: "/ok", body: large } }));
    const all = await Promise.all(Array.from({ length: 12 }, () => ask("GET", "export")));
    assert.deepEqual([...new Set(all.map((r) => r.status))].sort(), [200, 429]);
    assert.ok(all.every((r) => r.status === 200 || r.headers.get("retry-after")));
    for (const name of ["large-1", "large-2"]) await must(204, "DELETE", `jobs/${name}`);
    await must(200, "GET", "export");
  });

  test("what is exported changes nothing where it is applied, and makes the same elsewhere", async () => {
    const file = (await must(200, "GET", "export")).body;
    const applied = (await must(200, "POST", "apply?prune=true", file)).body;
    assert.ok(applied.changes.length > 3);
    assert.deepEqual(applied.changes.filter((c) => c.action !== "unchanged"), []);
    assert.deepEqual((await must(200, "GET", "export")).body, file);
    const other = new Edgecron();
    await other.createToken("tests", "admin");
    await other.serve();
    const r = await other.api("/api/v1/apply", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(file) });
    assert.equal(r.status, 200, JSON.stringify(r.body));
    assert.deepEqual((await other.api("/api/v1/export")).body, file);
    await other.stop();
  });

  test("a dry run tells each change and makes none; prune removes what the file does not hold, or nothing", async () => {
    const file = (await must(200, "GET", "export")).body;
    const wanted = { ...file, jobs: file.jobs.filter((j) => j.name !== "only-once") };
    wanted.jobs[0] = { ...wanted.jobs[0], timeout_ms: 999, tags: ["new"] };
    const told = (await must(200, "POST", "apply?dry_run=true&prune=true", wanted)).body;
    const changes = told.changes.filter((c) => c.action !== "unchanged");
    assert.deepEqual(changes.map((c) => [c.kind, c.name, c.action]), [["job", wanted.jobs[0].name, "updated"], ["job", "only-once", "removed"]]);
    assert.deepEqual(changes[0].diff, [
      { pointer: "/tags", before: [], after: ["new"] },
      { pointer: "/timeout_ms", before: 120000, after: 999 },
    ]);
    assert.deepEqual((await must(200, "GET", "export")).body, file);
    const broken = { ...wanted, targets: [] };
    const refused = await must(409, "POST", "apply?prune=true", broken);
    assert.match(refused.body.detail, /does not hold target 'faults'/);
    assert.deepEqual((await must(200, "GET", "export")).body, file, "all or nothing");
    await must(200, "POST", "apply?prune=true", wanted);
    assert.deepEqual((await must(200, "GET", "export")).body, wanted);
    await must(404, "GET", "jobs/only-once");
  });

  test("the global pause, by PATCH of the settings", async () => {
    const { headers } = await must(200, "GET", "settings");
    const paused = await must(200, "PATCH", "settings", { paused: true }, { "if-match": headers.get("etag"), "content-type": "application/merge-patch+json" });
    assert.equal(paused.body.paused, true);
    await must(412, "PATCH", "settings", { paused: false }, { "if-match": headers.get("etag") });
    await until("the engine to pause", async () => (await ask("GET", "status")).body.paused, { every: 20 });
    await must(200, "PATCH", "settings", { paused: null });
    await until("the engine to go on", async () => !(await ask("GET", "status")).body.paused, { every: 20 });
  });
});

describe("secrets", () => {
  const MARKS = ["mark-4fK8mN2pQ5rT9wX3yB6eH1jK7z", "mark-9rT5wX2yB8eH4jK1lM6nP3sV0q", "mark-2wX7yB4eH9jK6lM3nP8sV1tZ5c"];
  const made = [];

  test("set, used in a call, rotated, made: and no value is in any file, log, answer or export", async () => {
    await must(201, "PUT", "secrets/REST_KEY", { value: MARKS[0], targets: ["faults"] });
    const set = await must(201, "PUT", "jobs/keyed", job("/ok", { request: { url: "/ok", headers: { "X-Internal-Key": "{{secret.REST_KEY}}" } } }));
    assert.deepEqual(set.body.warnings, []);
    const sent = async () => {
      const run = await isOver((await must(202, "POST", "jobs/keyed/run")).body.id);
      assert.equal(run.state, "succeeded", run.message);
      assert.ok(!JSON.stringify(run).includes("mark-"), "masked");
      return server.of(run.id).at(-1).headers["x-internal-key"];
    };
    assert.equal(await sent(), MARKS[0]);
    await must(200, "PUT", "secrets/REST_KEY", { value: MARKS[1] });
    assert.equal(await sent(), MARKS[1]);
    await must(200, "POST", "secrets/REST_KEY/rotate", { value: MARKS[2], overlap_s: 3600 }, { "idempotency-key": "rotate-1" });
    const again = await must(409, "POST", "secrets/REST_KEY/rotate", { value: MARKS[2], overlap_s: 3600 }, { "idempotency-key": "rotate-1" });
    assert.match(again.body.detail, /cannot be shown again/);
    assert.equal(await sent(), MARKS[2]);
    const rotated = (await must(200, "POST", "secrets/REST_KEY/rotate", { generate: { format: "hex" }, overlap_s: 0 })).body;
    made.push(rotated.value, (await must(201, "POST", "secrets/FRESH/generate", { bytes: 48 }, { "idempotency-key": randomUUID() })).body.value);
    assert.equal(await sent(), rotated.value);
    await must(409, "DELETE", "secrets/REST_KEY");

    const told = [];
    for (const path of ["secrets", "secrets/REST_KEY", "secrets/FRESH", "jobs", "runs", "export", "audit", "settings"])
      told.push(JSON.stringify((await must(200, "GET", path)).body));
    for (const bad of [{ value: 5 }, { value: `${MARKS[0]}\u0001`, targets: ["absent"] }, { valu: MARKS[0] }])
      told.push(JSON.stringify((await must(422, "PUT", "secrets/REFUSED", bad)).body));
    const files = readdirSync(e.dir).map((name) => readFileSync(join(e.dir, name)));
    for (const value of [...MARKS, ...made]) {
      assert.ok(!files.some((f) => f.includes(value)), "in a file");
      assert.ok(!told.some((t) => t.includes(value)), "in an answer");
      assert.ok(!(e.server.stdout + e.server.stderr).includes(value), "in the log");
    }
    await must(204, "DELETE", "jobs/keyed");
    for (const name of ["REST_KEY", "FRESH"]) await must(204, "DELETE", `secrets/${name}`);
  });

  test("a server that was unsealed by the API writes secrets with the key that it holds in memory alone", async () => {
    await must(201, "PUT", "secrets/HELD", { value: MARKS[0] });
    const key = readFileSync(join(e.dir, "master.key")).toString().trim();
    await e.stop();
    renameSync(join(e.dir, "master.key"), join(e.dir, "away"));
    await e.serve([], { ready: false });
    await until("a listener", async () => (await fetch(`${e.url}/healthz`).catch(() => null))?.ok, { every: 20 });
    const refused = await must(503, "PUT", "secrets/HELD", { value: MARKS[1] });
    assert.equal(refused.body.code, "sealed");
    assert.match(refused.body.detail, /edgecron unseal|put it back/);
    await must(201, "PUT", "jobs/while-sealed", job("/ok"));
    await must(200, "POST", "unseal", { master_key: key });
    await until("the vault to be open", async () => (await ask("PUT", "secrets/HELD", { value: MARKS[1] })).status === 200, { every: 20 });
    await e.stop();
    renameSync(join(e.dir, "away"), join(e.dir, "master.key"));
    await e.serve();
    await must(204, "DELETE", "jobs/while-sealed");
    await must(204, "DELETE", "secrets/HELD");
  });
});

describe("Idempotency-Key", () => {
  test(`${KILLS} kills while runs are asked for: each key has one run, and its first answer`, async () => {
    await must(201, "PUT", "jobs/asked", job("/ok"));
    const first = new Map(), keys = [];
    const answer = (key) => ask("POST", "jobs/asked/run", undefined, { "idempotency-key": key }).catch(() => null);
    for (let i = 0; i < KILLS; i++) {
      const mine = Array.from({ length: 6 }, () => randomUUID());
      keys.push(...mine);
      const all = mine.map(async (key) => {
        await sleep(randomInt(0, 12));
        const r = await answer(key);
        if (r?.status === 202) first.set(key, r.body.id);
      });
      await sleep(randomInt(0, 16));
      await e.stop("SIGKILL");
      await Promise.all(all);
      await e.serve();
    }
    const ids = [];
    for (const key of keys) {
      const r = await answer(key);
      assert.equal(r.status, 202);
      if (first.has(key)) assert.deepEqual([r.headers.get("idempotency-replayed"), r.body.id], ["true", first.get(key)]);
      ids.push(r.body.id);
      const again = await answer(key);
      assert.deepEqual([again.headers.get("idempotency-replayed"), again.body], ["true", r.body]);
    }
    assert.equal(new Set(ids).size, keys.length);
    const runs = await e.runs("--job", "asked");
    assert.deepEqual(runs.map((r) => r.id).sort(), ids.sort(), "no run but those that were answered for");
    for (const id of ids) await isOver(id);
    await must(204, "DELETE", "jobs/asked");
  });
});

describe("targets that are looked at", () => {
  test("one that answers, one that nobody listens at, one that may not be called", async () => {
    const good = (await must(200, "POST", "targets/faults/check")).body;
    assert.equal(good.reached, true, good.message);
    assert.ok(good.http_status >= 200 && good.timing.total_ms >= 0);
    assert.match(good.remote_address, /^127\.0\.0\.1:/);
    await must(201, "PUT", "targets/closed", { base_url: `http://127.0.0.1:${await freePort()}`, allow_private: LOOPBACK });
    const closed = (await must(200, "POST", "targets/closed/check", {})).body;
    assert.deepEqual([closed.reached, closed.outcome, closed.http_status], [false, "connect", null]);
    await must(200, "PATCH", "targets/closed", { allow_private: null });
    assert.equal((await must(200, "POST", "targets/closed/check")).body.outcome, "blocked");
    await must(404, "POST", "targets/absent/check");
    await must(422, "POST", "targets/closed/check", { timeout: 1 });
    await must(204, "DELETE", "targets/closed");
  });

  test("servers that never answer: four are looked at at once, and nobody else waits for them", async () => {
    const held = [], mute = createServer((socket) => held.push(socket.on("error", () => {})));
    await new Promise((done) => mute.listen(0, "127.0.0.1", done));
    await must(201, "PUT", "targets/mute", { base_url: `http://127.0.0.1:${mute.address().port}`, allow_private: LOOPBACK });
    const looks = Array.from({ length: 10 }, () => ask("POST", "targets/mute/check"));
    const refused = await until("the others to be refused", async () => {
      const over = (await Promise.all(looks.map((l) => Promise.race([l, sleep(5)])))).filter(Boolean);
      return over.length === 6 && over;
    });
    for (const r of refused) assert.deepEqual([r.status, r.body.code, r.headers.get("retry-after")], [429, "too_many_requests", "5"]);
    for (let i = 0; i < 20; i++) await must(200, "GET", "jobs");
    for (const socket of held) socket.destroy();
    mute.close();
    const all = await Promise.all(looks);
    assert.deepEqual(all.filter((r) => r.status === 200).map((r) => r.body.reached), [false, false, false, false]);
    await must(204, "DELETE", "targets/mute");
  });
});

/** Bytes on a socket, as fetch would not send them. */
const raw = (headers, write) => new Promise((done, failed) => {
  const r = request(`${e.url}/api/v1/jobs/hostile`, { method: "PUT", headers: { authorization: `Bearer ${e.token}`, ...headers } }, (answer) => {
    let text = "";
    answer.on("data", (d) => (text += d)).on("end", () => done({ status: answer.statusCode, body: JSON.parse(text) }));
  });
  r.on("error", failed);
  write(r);
});

describe("hostile bodies", () => {
  const CASES = [
    ["one octet more than 1 MiB", 413, { "content-type": "application/json" }, (r) => r.end(Buffer.alloc(1024 * 1024 + 1, " "))],
    ["the same in chunks", 413, { "content-type": "application/json", "transfer-encoding": "chunked" }, (r) => r.end(Buffer.alloc(1024 * 1024 + 1, " "))],
    ["nested too deep", 400, {}, (r) => r.end("[".repeat(100_000))],
    ["a form", 415, { "content-type": "application/x-www-form-urlencoded" }, (r) => r.end("schedule=*")],
    ["packed", 415, { "content-type": "application/json", "content-encoding": "gzip" }, (r) => r.end(Buffer.from("1f8b0800", "hex"))],
    ["not UTF-8", 400, {}, (r) => r.end(Buffer.from('{"schedule":"\xff"}', "latin1"))],
    ["a key twice", 400, {}, (r) => r.end('{"schedule":"* * * * *","schedule":"* * * * *"}')],
    ["a NUL", 400, {}, (r) => r.end('{"schedule":"* * * * *"}\0')],
    ["none", 400, { "content-length": 0 }, (r) => r.end()],
    ["100,000 members", 422, {}, (r) => r.end(JSON.stringify(Object.fromEntries(Array.from({ length: 80_000 }, (_, i) => [`k${i}`, 0]))))],
  ];
  for (const [what, status, headers, write] of CASES) {
    test(what, async () => {
      const r = await raw(headers, write);
      assert.equal(r.status, status, JSON.stringify(r.body));
      assert.equal(r.body.status, status);
      assert.ok(r.body.code && r.body.detail);
    });
  }
  test("and none of them left anything", async () => must(404, "GET", "jobs/hostile"));
});
