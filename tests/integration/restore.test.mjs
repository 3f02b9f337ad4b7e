// A backup becomes a store again, and a store that was copied calls nothing until somebody says so. Files are on a file system that keeps
// inodes (the table of home.c): elsewhere no copy is told from its original.
import assert from "node:assert/strict";
import { chmodSync, cpSync, copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { document, Edgecron, job, target, BINARY } from "./harness/edgecron.mjs";
import { startFaults } from "./harness/faults.mjs";
import { start } from "./harness/process.mjs";
import { until } from "./harness/wait.mjs";

const EVERY_SECOND = { schedule: "@every 1s", catch_up: { policy: "all", window_s: 3600 } };
const HELD = /paused, because this store/;
let server, e, file;

/** Everything in a directory, byte for byte. */
const contents = (dir) => Object.fromEntries(readdirSync(dir, { recursive: true, withFileTypes: true }).filter((x) => x.isFile())
  .map((x) => [join(x.parentPath ?? x.path, x.name), readFileSync(join(x.parentPath ?? x.path, x.name)).toString("base64")]));
const check = async (x, name) => (await x.api("/readyz")).body.checks.find((c) => c.name === name);
/** A new directory with the key of the other. */
function withKey() {
  const x = new Edgecron();
  mkdirSync(x.dir, { recursive: true, mode: 0o700 });
  copyFileSync(join(e.dir, "master.key"), join(x.dir, "master.key"));
  return x;
}
/** Nothing is called for a while in which much would be. */
async function assertSilent(from) {
  await new Promise((done) => setTimeout(done, 2500));
  assert.deepEqual(server.seen.slice(from).map((r) => r.path ?? r.url), [], "calls of a store that is held");
}

before(async () => {
  server = await startFaults();
  e = new Edgecron();
  await e.setSecret("KEY", "a-key-that-is-backed-up");
  const once = { delivery: "at_most_once", retry: { max_attempts: 3 } };
  await e.apply(document([target("faults", server.url)], [
    ...Array.from({ length: 3 }, (_, i) => job(`each-${i}`, { url: "/echo", headers: { "x-internal-key": "{{secret.KEY}}" } }, { target: "faults", ...EVERY_SECOND })),
    job("under-way", { url: "/slow?ms=60000" }, { target: "faults" }), job("under-way-once", { url: "/slow?ms=60000" }, { target: "faults", ...once }),
    job("waits", "/echo", { target: "faults" }), job("waits-once", "/echo", { target: "faults", ...once }),
  ]));
  await e.serve();
  for (const name of ["under-way", "under-way-once"]) await e.ok(["job", "run", name]);
  await until("calls under way", () => server.open?.().length === 2 || server.seen.filter((r) => /slow/.test(r.url ?? r.path)).length === 2);
  await e.ok(["settings", "set", "--paused", "true"]);
  await e.stop("SIGKILL");
  for (const name of ["waits", "waits-once"]) await e.ok(["job", "run", name]); // queued: nobody is there
  await e.ok(["settings", "set", "--paused", "false"]);
  file = join(e.dir, "..", "backup.db");
  await e.ok(["backup", file, "--verify"]);
});
after(() => server?.close());

describe("backup check", () => {
  test("what it holds, and that its secrets can be read", async () => {
    const facts = await e.json(["backup", "check", file]);
    assert.deepEqual([facts.jobs, facts.targets, facts.secrets, facts.master_key, facts.bytes], [7, 1, 1, "fits", statSync(file).size]);
    assert.ok(facts.runs >= 4 && Math.abs(Date.parse(facts.made_at) - Date.now()) < 120_000 && Date.parse(facts.newest_run_at) <= Date.parse(facts.made_at));
    assert.match(await e.ok(["backup", "check", file]), /is whole\nmade at +20/);
    const nowhere = new Edgecron();
    assert.equal((await nowhere.json(["backup", "check", file])).master_key, "not_tried");
    assert.ok(!existsSync(nowhere.dir), "no directory is made for a look");
    const wrong = e.file("wrong.key", "ab".repeat(32));
    chmodSync(wrong, 0o600);
    assert.match((await e.refused(4, ["backup", "check", file, "--master-key-file", wrong])).detail, /is not the one that .* was sealed with.*--master-key-file/);
  });

  const bad = (name, make) => {
    const path = e.file(name, readFileSync(file));
    make(path);
    return path;
  };
  const patch = (path, at, bytes) => {
    const b = readFileSync(path);
    Buffer.from(bytes).copy(b, at);
    writeFileSync(path, b);
  };
  const wrongs = {
    "a text": [(p) => writeFileSync(p, "not a database, and long enough to be looked at".repeat(20)), /is not a database, so no backup/],
    "an empty file": [(p) => writeFileSync(p, ""), /is not a database/],
    "another program's": [(p) => patch(p, 68, [1, 2, 3, 4]), /database of another program/],
    "a newer edgecron's": [(p) => patch(p, 60, [0, 0, 3, 231]), /made by a newer edgecron \(format 999/],
    "cut short": [(p) => truncateSync(p, 4096 * 20), /is damaged/],
    "a page of noise": [(p) => patch(p, 4096 * 9, Buffer.alloc(4096, 0xa5)), /is damaged/],
    "part of a store": [(p) => writeFileSync(`${p}-wal`, "frames"), /no backup but part of a store/],
  };
  for (const [name, [make, words]] of Object.entries(wrongs)) {
    test(`refused, and not restored: ${name}`, async () => {
      const path = bad(`bad-${name.replaceAll(/[^a-z]/g, "")}.db`, make), x = new Edgecron();
      assert.match((await e.refused(1, ["backup", "check", path])).detail, words);
      assert.match((await x.refused(1, ["restore", path])).detail, words);
      assert.ok(!existsSync(x.dir));
    });
  }
  test("refused: nothing there, a folder", async () => {
    await e.refused(3, ["backup", "check", "/no/such.db"]);
    assert.match((await e.refused(1, ["backup", "check", e.dir])).detail, /is not a file/);
  });
});

describe("restore", () => {
  test("whole, private, paused, the other life's claims interrupted; resumed, it works", async () => {
    const x = withKey();
    const facts = await x.json(["restore", file]);
    assert.deepEqual([facts.data, facts.jobs, facts.master_key], [x.dir, 7, "fits"]);
    assert.equal(statSync(join(x.dir, "edgecron.db")).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(x.dir).sort(), ["edgecron.db", "edgecron.lock", "master.key"]);
    const of = async (name) => (await x.runs("--job", name))[0];
    assert.deepEqual([(await of("under-way")).state, (await of("under-way")).outcome], ["retrying", "interrupted"]);
    assert.equal((await x.run((await of("under-way")).id)).attempts[0].outcome, "interrupted");
    for (const name of ["under-way-once", "waits-once"]) assert.deepEqual([(await of(name)).state, (await of(name)).outcome], ["failed", "interrupted"], name);
    assert.match((await of("waits-once")).message, /may have been done since where the copy comes from/);
    assert.equal((await of("waits")).state, "queued");
    const from = server.seen.length;
    await x.serve();
    await x.createToken("admin", "admin");
    assert.match((await check(x, "home")).message, HELD);
    const status = (await x.api("/api/v1/status")).body;
    assert.deepEqual([status.paused, status.paused_reason], [true, "restored"]);
    assert.equal((await x.api("/api/v1/jobs/waits/run", { method: "POST" })).status, 202);
    await assertSilent(from);
    assert.equal((await x.api("/api/v1/settings", { method: "PATCH", body: JSON.stringify({ paused: false }) })).status, 200);
    await until("what waited to be called", () => server.seen.slice(from).filter((r) => r.headers["x-edgecron-job"] === "waits").length === 2);
    await until("what was under way", () => server.seen.slice(from).some((r) => r.headers["x-edgecron-job"] === "under-way"));
    await until("the check to be well", async () => (await check(x, "home")).ok);
    assert.equal((await x.api("/api/v1/status")).body.paused_reason, null);
    assert.ok(!server.seen.slice(from).some((r) => /once/.test(r.headers["x-edgecron-job"])), "at most once is not done again");
    await x.stop("SIGKILL");
    assert.match(x.logs, /nothing is called until somebody resumes/);
    await x.ok(["settings", "set", "--paused", "true"]);
    await x.serve(["--drain-timeout", "10ms"]);
    assert.equal((await x.api("/api/v1/status")).body.paused_reason, null, "paused by hand");
    await x.stop();
  });

  test("over nothing that is there: a store, part of one, a server", async () => {
    const was = contents(e.dir);
    assert.match((await e.refused(4, ["restore", file])).detail, /is there already, and is not overwritten/);
    assert.deepEqual(contents(e.dir), was);
    const x = withKey();
    writeFileSync(join(x.dir, "edgecron.db-wal"), "left over");
    assert.match((await x.refused(4, ["restore", file])).detail, /edgecron.db-wal' is there already/);
    rmSync(join(x.dir, "edgecron.db-wal"));
    await x.serve();
    for (const name of readdirSync(x.dir)) if (/edgecron\.db/.test(name)) rmSync(join(x.dir, name));
    assert.match((await x.refused(4, ["restore", file])).detail, new RegExp(`another edgecron server \\(pid ${x.server.pid}\\)`));
    await x.stop("SIGKILL");
  });

  test("the wrong key is said, and nothing is made; without one it is told what to do", async () => {
    const x = new Edgecron();
    const wrong = x.file("wrong.key", "cd".repeat(32));
    chmodSync(wrong, 0o600);
    assert.match((await x.refused(4, ["restore", file, "--master-key-file", wrong])).detail, /is not the one/);
    assert.ok(!existsSync(x.dir));
    const r = await x.command(["restore", file]);
    assert.equal(r.code, 0);
    assert.match(r.stderr, /the master key is not in a backup.*--master-key-file.*unseal/s);
    await x.serve([], { ready: false });
    await until("the server", async () => (await fetch(`${x.url}/healthz`).catch(() => null))?.status === 200);
    assert.match(JSON.stringify((await (await fetch(`${x.url}/readyz`)).json()).checks.find((c) => c.name === "sealed")), /"ok":false/);
    await x.ok(["unseal", "--key-file", join(e.dir, "master.key")]);
    await until("unsealed and paused", async () => (await (await fetch(`${x.url}/readyz`)).json()).checks.filter((c) => !c.ok).map((c) => c.name).join() === "home");
    await x.stop();
  });

  test("killed at any moment: no store or the whole one", async () => {
    let whole = 0, none = 0;
    for (let i = 0; i < 12; i++) {
      const x = withKey();
      const p = start(BINARY, ["restore", file, "--data", x.dir], {});
      await new Promise((done) => setTimeout(done, i * 4));
      await p.stop("SIGKILL");
      if (existsSync(join(x.dir, "edgecron.db"))) {
        whole++;
        assert.equal((await x.jobs()).length, 7);
        assert.equal((await x.json(["settings", "show"])).paused, true);
      } else {
        none++;
        assert.equal((await x.json(["restore", file])).jobs, 7, "what is left over is no obstacle");
      }
    }
    assert.equal(whole + none, 12);
  });
});

describe("a store that was copied", () => {
  const cases = {
    "cp -r of the directory": (x) => cpSync(e.dir, x.dir, { recursive: true }),
    "a backup put in the store's place": (x) => {
      copyFileSync(file, join(withKeyAt(x), "edgecron.db"));
    },
  };
  const withKeyAt = (x) => {
    mkdirSync(x.dir, { recursive: true, mode: 0o700 });
    copyFileSync(join(e.dir, "master.key"), join(x.dir, "master.key"));
    return x.dir;
  };
  for (const [name, make] of Object.entries(cases)) {
    test(`${name}: nothing is called, and it says so; --same-store calls`, async () => {
      const x = new Edgecron(), from = server.seen.length;
      make(x);
      await x.serve();
      assert.match((await check(x, "home")).message, /.*/);
      assert.equal((await check(x, "home")).ok, false);
      assert.match(x.server.stderr + x.server.stdout, HELD);
      await assertSilent(from);
      await x.stop();
      const y = new Edgecron();
      make(y);
      await y.serve(["--same-store"]);
      await until("calls", () => server.seen.length > from);
      assert.equal((await check(y, "home")).ok, true);
      await y.stop("SIGKILL");
    });
  }

  test("a restart, a renamed directory, a store written over in place: nothing is paused", async () => {
    const x = withKey();
    await x.ok(["restore", file]);
    await x.ok(["settings", "set", "--paused", "false"]);
    for (const move of [false, true, false]) {
      if (move) {
        renameSync(x.dir, `${x.dir}-moved`);
        x.dir += "-moved";
      }
      const from = server.seen.length;
      await x.serve();
      await until("calls", () => server.seen.length > from);
      assert.equal((await check(x, "home")).ok, true);
      await x.stop("SIGKILL");
    }
  });
});
