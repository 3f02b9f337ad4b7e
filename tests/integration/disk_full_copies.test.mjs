// No space for a copy: backups by schedule, by hand and over the API, restore, the copy before an upgrade; also when it runs out halfway. Each says
// what is wrong and leaves nothing half, the store goes on, and once there is space all of it works. Small file systems of their own (root).
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { closeSync, copyFileSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, statfsSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { checkFile } from "../fault/history.mjs";
import { document, Edgecron, job, ROOT, target, VERSION } from "./harness/edgecron.mjs";
import { run } from "./harness/process.mjs";
import { sleep, until } from "./harness/wait.mjs";

const BINARY = process.env.EDGECRON_DEBUG ?? join(ROOT, "build/debug/edgecron");
const CASES = join(ROOT, "tests/cases/upgrade");
const MIB = 1 << 20, JOBS = 40; // with 64 KiB each
const mounted = [];
let original, file, why;

function mount(dir, options) {
  mkdirSync(dir, { recursive: true });
  const r = spawnSync("mount", ["-t", "tmpfs", "-o", `mode=0700,${options}`, "none", dir], { encoding: "utf8" });
  if (r.status === 0) mounted.push(dir);
  return r.status === 0 ? null : `no file system can be mounted here: ${r.stderr?.trim() || r.error}`;
}
const free = (dir) => statfsSync(dir).bavail * statfsSync(dir).bsize;
/** Takes all but `left`. */
function fill(dir, left = 0) {
  const fd = openSync(join(dir, "filler"), "a");
  try {
    for (const chunk = Buffer.alloc(16_384); free(dir) > left;) writeSync(fd, chunk);
  } catch (e) {
    assert.equal(e.code, "ENOSPC");
  } finally {
    closeSync(fd);
  }
}
const makeSpace = (dir) => rmSync(join(dir, "filler"));
/** All that is not the store's or the test's own. */
const beside = (dir) => readdirSync(dir, { recursive: true }).filter((n) => !/^(edgecron\.db(-wal|-shm)?|edgecron\.(lock|pid|spare|announce)|master\.key|filler|backups|backups\/edgecron-[^/]*Z\.db)$/.test(n));

/** The store on a disk of its own. */
async function small(t, size = 64) {
  if (why) return t.skip(why);
  const e = new Edgecron();
  assert.equal(mount(e.dir, `size=${size}m`), null);
  for (const n of ["edgecron.db", "master.key"]) copyFileSync(join(original.dir, n), join(e.dir, n));
  e.token = original.token;
  e.quiet = beside(e.dir);
  return e;
}
const fresh = (e) => beside(e.dir).filter((n) => !/^[^/]*\.(changed|lock)$/.test(n));

before(async () => {
  why = existsSync(BINARY) ? null : "no test build: make debug";
  original = new Edgecron();
  why ??= mount(join(original.dir, "..", "probe"), "size=1m");
  if (why) return;
  await original.setSecret("KEY", "a-key-that-is-backed-up");
  const jobs = Array.from({ length: JOBS }, (_, i) => job(`job-${i}`, { url: "/", method: "POST", body: "x".repeat(65_536) }, { target: "t", schedule: "0 0 1 1 *" }));
  await original.apply(document([target("t", "http://127.0.0.1:9")], jobs));
  await original.createToken("tests", "admin");
  await original.ok(["settings", "set", "--paused", "false"]);
  file = join(original.dir, "..", "backup.db");
  await original.ok(["backup", file]);
});
after(() => mounted.forEach((dir) => spawnSync("umount", ["-l", dir])));

const NO_ROOM = /a backup takes \d+ MiB and 16 more, and the disk of '.*' has \d+ left: free some space, or write it to another disk/;
const isWhole = async (e, path) => assert.equal((await e.json(["backup", "check", path])).jobs, JOBS);

describe("no space for a copy", { concurrency: 3 }, () => {
  test("backups by schedule: told by check, metric and log; older ones stay; made up for when there is space", async (t) => {
    const e = await small(t);
    if (!e) return;
    const clock = e.file("clock", "0"), fault = e.file("fault", "");
    const shelf = () => readdirSync(join(e.dir, "backups")).sort();
    const check = async () => (await e.api("/readyz")).body.checks.find((c) => c.name === "backup");
    let minutes = 0;
    const later = async () => { // the thread looks at the clock each half minute, and when settings change
      writeFileSync(clock, String((minutes += 11) * 60_000));
      await e.ok(["settings", "set", "--backup-keep", String(2 + minutes % 2)]);
    };
    await e.ok(["settings", "set", "--backup-schedule", "@every 1m", "--backup-keep", "2"]);
    await e.serve([], { binary: BINARY, env: { EDGECRON_TEST_CLOCK_FILE: clock, EDGECRON_TEST_FAULT_FILE: fault } });
    await later();
    await until("a backup", () => existsSync(join(e.dir, "backups")) && shelf().length === 1 && shelf()[0].endsWith(".db"));
    const [first] = shelf();
    fill(e.dir, 10 * MIB);
    await later();
    const told = await until("no space to be told", async () => ((c) => !c.ok && c)(await check()));
    assert.match(told.message, NO_ROOM);
    assert.equal((await e.api("/readyz")).status, 200);
    assert.deepEqual(shelf(), [first]);
    makeSpace(e.dir);
    writeFileSync(fault, "write 400 lasting full"); // it runs out halfway
    await later();
    await until("it to run out", async () => /cannot be written|no space/.test((await check()).message) && !NO_ROOM.test((await check()).message), { state: check });
    assert.deepEqual(shelf(), [first]);
    writeFileSync(fault, "");
    await later();
    await until("one more", () => shelf().length === 2 && shelf()[1].endsWith(".db"), { state: shelf });
    await until("all to be well", async () => (await check()).ok);
    await e.stop();
    for (const n of shelf()) await isWhole(e, join(e.dir, "backups", n));
    assert.match(e.logs, /the backup was not made; it is tried again in ten minutes.*a backup takes/);
    assert.deepEqual(checkFile(join(e.dir, "edgecron.db")), []);
  });

  test("by hand and over the API: refused before it begins, or given up halfway; nothing is left", async (t) => {
    const e = await small(t);
    if (!e) return;
    const fault = e.file("fault", ""), to = join(e.dir, "by-hand.db");
    const halfway = () => run(BINARY, ["backup", to, "--json"], { env: { PATH: process.env.PATH, EDGECRON_DATA: e.dir, EDGECRON_TEST_FAULT_FILE: fault } });
    await e.serve([], { binary: BINARY, env: { EDGECRON_TEST_FAULT_FILE: e.file("server-fault", "") } });
    const before_ = fresh(e);
    fill(e.dir, 12 * MIB);
    const problem = await e.refused(1, ["backup", to]);
    assert.deepEqual([problem.code, NO_ROOM.test(problem.detail)], ["disk_full", true], problem.detail);
    const r = await e.api("/api/v1/backup");
    assert.deepEqual([r.status, r.body.code, NO_ROOM.test(r.body.detail)], [503, "disk_full", true], r.body.detail);
    fill(e.dir);
    assert.equal((await e.command(["backup", to])).code, 1);
    assert.equal((await e.api("/api/v1/backup")).status, 503);
    assert.deepEqual(fresh(e), before_);
    makeSpace(e.dir);
    for (const n of [1, 5, 300, 600]) {
      writeFileSync(fault, `write ${n} once full`);
      const h = await halfway();
      assert.equal(h.code, 1, `write ${n}: ${h.stdout}${h.stderr}`);
      assert.deepEqual([JSON.parse(h.stderr).code, /the backup '.*by-hand\.db.*' cannot be written/.test(h.stderr)], ["disk_full", true], h.stderr);
      assert.deepEqual(fresh(e), before_, `write ${n}`);
    }
    await e.ok(["backup", to]);
    await isWhole(e, to);
    assert.equal((await fetch(`${e.url}/api/v1/backup`, { headers: { authorization: `Bearer ${e.token}` } })).status, 200);
    await e.stop();
    assert.deepEqual(checkFile(join(e.dir, "edgecron.db")), []);
  });

  test("restore: says how much it takes; halfway, and without room for names, it leaves no store", async (t) => {
    if (why) return t.skip(why);
    const e = new Edgecron(), fault = e.file("fault", "");
    assert.equal(mount(e.dir, "size=64m"), null);
    fill(e.dir, 12 * MIB);
    const told = await e.refused(1, ["restore", file]);
    assert.deepEqual([told.code, /the store takes \d+ MiB and 16 more, and the disk of '.*' has \d+ left: free some space/.test(told.detail)], ["disk_full", true], told.detail);
    makeSpace(e.dir);
    for (const n of [1, 2, 5, 9]) {
      writeFileSync(fault, `write ${n} lasting full`);
      const r = await run(BINARY, ["restore", file, "--json"], { env: { PATH: process.env.PATH, EDGECRON_DATA: e.dir, EDGECRON_TEST_FAULT_FILE: fault } });
      assert.equal(r.code, 1, `write ${n}: ${r.stdout}${r.stderr}`);
      assert.equal(JSON.parse(r.stderr).code, "disk_full", r.stderr);
      assert.deepEqual(readdirSync(e.dir).filter((x) => /db|part/.test(x)), [], `write ${n}`);
    }
    const few = new Edgecron();
    assert.equal(mount(few.dir, "size=64m,nr_inodes=3"), null);
    const r = await few.refused(1, ["restore", file]);
    assert.match(r.detail, /No space left on device/);
    assert.deepEqual(readdirSync(few.dir).filter((x) => /db|part/.test(x)), []);
    copyFileSync(join(original.dir, "master.key"), join(e.dir, "master.key"));
    assert.equal((await e.json(["restore", file])).jobs, JOBS);
    assert.deepEqual(checkFile(join(e.dir, "edgecron.db")), []);
  });

  test("an upgrade: no copy, no upgrade; the store stays as it was, and --without-copy does without", async (t) => {
    if (why) return t.skip(why);
    for (const way of ["copy", "without"]) {
      const e = new Edgecron(), store = join(e.dir, "edgecron.db");
      assert.equal(mount(e.dir, "size=64m"), null);
      writeFileSync(join(e.dir, "master.key"), JSON.parse(readFileSync(join(CASES, "0.3.0.json"), "utf8")).master_key, { mode: 0o600 });
      execFileSync("sqlite3", ["-bail", store], { input: readFileSync(join(CASES, "0.3.0.sql"), "utf8"), stdio: ["pipe", "ignore", "inherit"] });
      const dump = execFileSync("sqlite3", [store, ".dump"], { encoding: "utf8" });
      fill(e.dir, way === "copy" ? 12 * MIB : 0);
      await e.serve(["--drain-timeout", "10ms"], { ready: false });
      const r = await until("the server to wait for space", async () => ((x) => x?.status === 503 && x)(await fetch(`${e.url}/readyz`).catch(() => null)));
      assert.match(await r.text(), /space/);
      assert.match((await e.refused(1, ["settings", "set", "--paused", "true"])).detail, /before the upgrade a copy .* 'edgecron serve --without-copy' does without: a backup takes/);
      await sleep(300);
      assert.deepEqual(readdirSync(e.dir).filter((x) => x.includes("before")), []);
      assert.equal(execFileSync("sqlite3", [store, ".dump"], { encoding: "utf8" }), dump);
      if (way === "without") {
        await e.stop();
        makeSpace(e.dir);
        fill(e.dir, 12 * MIB);
        await e.serve(["--without-copy", "--drain-timeout", "10ms"]);
      } else {
        makeSpace(e.dir);
        await e.ready();
      }
      assert.match(e.logs + e.server.stderr, /cannot start yet: nothing is planned or called until there is space.*(?:before the upgrade a copy|edgecron\.lock)/);
      await e.stop();
      assert.deepEqual(readdirSync(e.dir).filter((x) => x.includes("before")), way === "without" ? [] : [`edgecron.db.before-${VERSION}`]);
      assert.deepEqual(checkFile(store), []);
    }
  });
});
