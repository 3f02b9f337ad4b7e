// Backups by schedule and by hand, restore, the copy before an upgrade: killed at each of their points (src/base/crash.h) and at random. After each
// the next start or command works, nothing is lost, and no half is taken for a whole one.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { checkFile } from "../fault/history.mjs";
import { CrashFile, OF_COPIES, POINTS } from "../fault/points.mjs";
import { document, Edgecron, job, ROOT, target, VERSION } from "./harness/edgecron.mjs";
import { run, start } from "./harness/process.mjs";
import { sleep, SLOW, until } from "./harness/wait.mjs";

const BINARY = process.env.EDGECRON_DEBUG ?? join(ROOT, "build/debug/edgecron");
const skip = existsSync(BINARY) ? false : "no test build: make debug";
const CASES = join(ROOT, "tests/cases/upgrade");
const JOBS = 90; // with 64 KiB each: a copy takes several steps, be they gentle or not
const tried = new Map();
let world; // { e, crash, file }: a store, and a backup of it

const came = (point) => tried.set(point, (tried.get(point) ?? 0) + 1);
const sqlite = (file, sql) => execFileSync("sqlite3", [file, sql], { encoding: "utf8" }).trim();
const databases = (dir) => (existsSync(dir) ? readdirSync(dir).filter((n) => n.startsWith("edgecron.db")).sort() : []);

function newWorld() {
  const e = new Edgecron();
  return { e, crash: new CrashFile(e.file("crash", "")) };
}
async function filled() {
  const w = newWorld();
  await w.e.setSecret("KEY", "a-key-that-is-backed-up");
  const body = "x".repeat(65_536);
  await w.e.apply(document([target("t", "http://127.0.0.1:9")], Array.from({ length: JOBS }, (_, i) =>
    job(`job-${i}`, { url: "/", method: "POST", body, headers: { "x-key": "{{secret.KEY}}" } }, { target: "t", schedule: "0 0 1 1 *" }))));
  await w.e.createToken("tests", "admin");
  return w;
}
const environment = ({ e, crash }) => ({ PATH: process.env.PATH, EDGECRON_DATA: e.dir, ...crash.env });

/** A command that must end at the point. */
async function crashes(w, point, n, args) {
  w.crash.arm(point, n);
  const r = await run(BINARY, args, { env: environment(w) });
  w.crash.disarm();
  assert.equal(r.signal, "SIGKILL", `${args[0]}, ${point} ${n}: ${r.code} ${r.stdout}${r.stderr}`);
  came(point);
}
/** A server that must. */
async function serveCrashes(w, point, n, more = []) {
  w.crash.arm(point, n);
  const server = await w.e.serve(more, { binary: BINARY, env: w.crash.env, ready: false });
  const { signal, code } = await server.ended(60_000);
  w.crash.disarm();
  assert.equal(signal, "SIGKILL", `serve, ${point} ${n}: ${code}: ${server.stderr.slice(-2000)}`);
  came(point);
}
async function isWhole(w, file) {
  const facts = await w.e.json(["backup", "check", file]);
  assert.deepEqual([facts.jobs, facts.master_key], [JOBS, "fits"], file);
}
/** What a half is told to be, whatever its name. */
async function isHalf(w, file) {
  const r = await w.e.refused(1, ["backup", "check", file]);
  assert.match(r.detail, /is damaged|is not a database|database of another program/, file);
}

before(async () => {
  if (skip) return;
  world = await filled();
  world.file = join(world.e.dir, "..", "backup.db");
  await world.e.ok(["backup", world.file, "--verify"]);
});

describe("a crash in a backup", { concurrency: 2, skip }, () => {
  test("by hand: nothing has the name of a backup that is none; the same command then makes it", async () => {
    const w = world;
    for (const [point, n, half] of [["before_backup", 1, true], ["in_backup", 1, true], ["in_backup", 2, false], ["before_verify", 1, false], ["before_publish", 1, false]]) {
      const to = join(w.e.dir, "..", `by-hand-${point}-${n}.db`);
      await crashes(w, point, n, ["backup", to, "--verify"]);
      assert.ok(!existsSync(to), `${point} ${n}`);
      if (half) await isHalf(w, `${to}.part`);
      await w.e.ok(["backup", to, "--verify"]);
      await isWhole(w, to);
      assert.ok(!existsSync(`${to}.part`), `${point} ${n}`);
    }
    const to = join(w.e.dir, "..", "by-hand-after.db");
    await crashes(w, "after_publish", 1, ["backup", to]);
    await isWhole(w, to);
    assert.match((await w.e.refused(4, ["backup", to])).detail, /is there already/);
    assert.deepEqual(checkFile(join(w.e.dir, "edgecron.db")), []);
  });

  test("by schedule: older ones stay until there is a new one, halves go at the next start", async () => {
    const w = await filled();
    const folder = join(w.e.dir, "backups");
    const shelf = () => (existsSync(folder) ? readdirSync(folder).sort() : []);
    const whole = () => shelf().filter((n) => n.endsWith(".db"));
    const schedule = (text) => w.e.ok(["settings", "set", "--backup-schedule", text, "--backup-keep", "2"]);
    const serve = () => w.e.serve([], { binary: BINARY, env: w.crash.env });
    await schedule("@every 1s");
    await serve();
    await until("two backups", () => whole().length === 2);
    await w.e.stop();
    for (const [point, n] of [["before_backup", 1], ["in_backup", 1], ["in_backup", 4], ["before_verify", 1], ["before_publish", 1], ["after_publish", 1], ["before_thinning", 1], ["before_thinning", 2]]) {
      const old = whole();
      await serveCrashes(w, point, n);
      const now = shelf();
      const named = now.filter((x) => x.endsWith(".db")), halves = now.filter((x) => x.endsWith(".part"));
      assert.ok(named.length >= 2, `${point} ${n}: ${now}`);
      assert.ok(point === "before_thinning" || old.slice(point === "after_publish" ? 0 : -2).every((x) => named.includes(x)), `${point} ${n}: ${old} became ${now}`);
      for (const x of named) await isWhole(w, join(folder, x));
      if (["before_backup", "in_backup"].includes(point)) {
        assert.equal(halves.length, 1, `${point} ${n}: ${now}`);
        await isHalf(w, join(folder, halves[0]));
      }
      await serve();
      await until("a newer backup, and no half", () => whole().length === 2 && whole()[1] > named.at(-1) && !halves.some((x) => shelf().includes(x)), { state: shelf });
      await w.e.stop();
      assert.deepEqual(checkFile(join(w.e.dir, "edgecron.db")), [], `${point} ${n}`);
    }
  });

  test("over the API: what is left is told by doctor, and goes at the next start", async () => {
    const w = await filled();
    for (const [point, n] of [["before_backup", 1], ["in_backup", 2], ["before_publish", 1], ["after_publish", 1]]) {
      await w.e.serve([], { binary: BINARY, env: w.crash.env });
      w.crash.arm(point, n);
      await fetch(`${w.e.url}/api/v1/backup`, { headers: { authorization: `Bearer ${w.e.token}` } }).then((r) => r.arrayBuffer()).catch(() => {});
      const { signal } = await w.e.server.ended();
      assert.equal(signal, "SIGKILL", point);
      w.crash.disarm();
      came(point);
      const left = databases(w.e.dir).filter((x) => x.includes(".sent"));
      assert.equal(left.length, 1, `${point}: ${databases(w.e.dir)}`);
      const told = JSON.parse((await w.e.command(["doctor", "--json"])).stdout).items.filter((i) => i.check === "data.copies" && i.severity === "notice");
      assert.equal(told.length, 1, point);
      assert.ok(told[0].what.includes(left[0]), told[0].what);
      await w.e.serve([], { binary: BINARY, env: w.crash.env });
      assert.deepEqual(databases(w.e.dir).filter((x) => x.includes(".sent")), [], point);
      const r = await fetch(`${w.e.url}/api/v1/backup`, { headers: { authorization: `Bearer ${w.e.token}` } });
      const file = w.e.file(`over-api-${point}.db`, Buffer.from(await r.arrayBuffer()));
      await isWhole(w, file);
      await w.e.stop();
    }
  });

  test("at any moment, by hand and by schedule", async () => {
    const w = await filled();
    const folder = join(w.e.dir, "backups"), to = join(w.e.dir, "..", "any.db");
    await w.e.ok(["settings", "set", "--backup-schedule", "@every 1s", "--backup-keep", "3"]);
    for (let i = 0; i < 10; i++) {
      await w.e.serve([], { binary: BINARY });
      const command = start(BINARY, ["backup", to, ...(i % 2 ? ["--verify"] : [])], { env: environment(w) });
      await sleep((15 + Math.random() * 250) * SLOW);
      command.kill("SIGKILL");
      await w.e.stop("SIGKILL");
      await command.exited;
      if (existsSync(to)) {
        await isWhole(w, to);
        rmSync(to);
      }
      for (const x of (existsSync(folder) ? readdirSync(folder) : []).filter((n) => n.endsWith(".db"))) await isWhole(w, join(folder, x));
      assert.deepEqual(checkFile(join(w.e.dir, "edgecron.db")), []);
    }
    await w.e.ok(["backup", to, "--verify"]);
  });
});

describe("a crash in a restore", { skip }, () => {
  test("there is no store, or the whole one, paused", async () => {
    for (const [point, n] of [["in_restore", 1], ["in_restore", 4], ["before_ready", 1], ["before_held", 1], ["before_commit", 1], ["after_commit", 1],
      ["in_checkpoint", 1], ["before_place", 1], ["after_place", 1]]) {
      const w = newWorld(), restore = ["restore", world.file];
      mkdirSync(w.e.dir, { recursive: true, mode: 0o700 });
      copyFileSync(join(world.e.dir, "master.key"), join(w.e.dir, "master.key"));
      await crashes(w, point, n, restore);
      const there = existsSync(join(w.e.dir, "edgecron.db"));
      assert.equal(there, point === "after_place", point);
      if (!there) {
        assert.match((await w.e.refused(3, ["job", "list"])).detail, /there is no edgecron data/);
        const told = JSON.parse((await w.e.command(["doctor", "--json"])).stdout).items;
        assert.ok(told.some((i) => i.check === "data.copies" && i.severity === "notice" && i.what.includes("restore.part")), point);
        const facts = await w.e.json(restore);
        assert.deepEqual([facts.jobs, facts.master_key], [JOBS, "fits"], point);
      } else {
        assert.match((await w.e.refused(4, restore)).detail, /is there already, and is not overwritten/);
      }
      assert.equal((await w.e.json(["settings", "show"])).paused, true, point);
      assert.equal((await w.e.json(["job", "list"])).items.length, JOBS, point);
      await w.e.serve([], { binary: BINARY });
      assert.ok(!existsSync(join(w.e.dir, "restore.part")), point);
      await w.e.stop();
      assert.deepEqual(checkFile(join(w.e.dir, "edgecron.db")), [], point);
    }
  });
});

describe("a crash in an upgrade", { skip }, () => {
  const versions = readdirSync(CASES).filter((n) => n.endsWith(".sql")).map((n) => n.slice(0, -4));

  /** A store of that version; with older copies beside it, as of two upgrades before. */
  function old(version) {
    const w = newWorld(), file = join(w.e.dir, "edgecron.db");
    mkdirSync(w.e.dir, { recursive: true, mode: 0o700 });
    writeFileSync(join(w.e.dir, "master.key"), JSON.parse(readFileSync(join(CASES, `${version}.json`), "utf8")).master_key, { mode: 0o600 });
    execFileSync("sqlite3", ["-bail", file], { input: readFileSync(join(CASES, `${version}.sql`), "utf8"), stdio: ["pipe", "ignore", "inherit"] });
    for (const [i, name] of ["0.0.1", "0.0.2"].entries()) {
      copyFileSync(file, `${file}.before-${name}`);
      execFileSync("touch", ["-d", `2026-01-0${i + 1}`, `${file}.before-${name}`]);
    }
    return { ...w, file, format: sqlite(file, "PRAGMA user_version"), dump: sqlite(file, ".dump") };
  }
  const POINTS_SOME = [["before_publish", 1], ["in_migration", 1]];
  const POINTS_ALL = [["before_backup", 1], ["in_backup", 1], ["before_verify", 1], ...POINTS_SOME, ["after_publish", 1], ["before_thinning", 1], ["in_migration", 2]];
  const newest = readdirSync(join(ROOT, "src/store/sql/migrations")).length;

  for (const version of versions)
    test(`from ${version}: the old store stays as it is until its copy is whole, and a next start ends what was begun`, async () => {
      for (const [point, n] of version === versions[0] ? POINTS_ALL : POINTS_SOME) {
        const w = old(version), copy = `${w.file}.before-${VERSION}`;
        await serveCrashes(w, point, n, ["--drain-timeout", "10ms"]);
        const named = ["after_publish", "before_thinning", "in_migration"].includes(point);
        assert.equal(existsSync(copy), named, `${point} ${n}`);
        assert.equal(sqlite(w.file, "PRAGMA user_version"), w.format, `${point} ${n}`);
        assert.equal(sqlite(w.file, ".dump"), w.dump, `${point} ${n}`);
        if (named) await w.e.ok(["backup", "check", copy]);
        assert.equal(existsSync(`${w.file}.before-0.0.1`), point !== "in_migration", `${point} ${n}: the oldest copy goes once the newest is whole`);
        await w.e.serve(["--drain-timeout", "10ms"], { binary: BINARY });
        await w.e.stop();
        assert.equal(Number(sqlite(w.file, "PRAGMA user_version")), newest);
        assert.deepEqual(checkFile(w.file), [], `${point} ${n}`);
        await w.e.ok(["backup", "check", copy]);
        assert.equal(sqlite(copy, "PRAGMA user_version"), w.format, `${point} ${n}: what the copy is of`);
        assert.deepEqual(databases(w.e.dir).filter((x) => x.includes("before")), ["edgecron.db.before-0.0.2", `edgecron.db.before-${VERSION}`], `${point} ${n}`);
      }
    });
});

test("there is no point of copies that was not come to", { skip }, (t) => {
  assert.deepEqual(OF_COPIES.filter((p) => !tried.get(p) || !POINTS.includes(p)), []);
  t.diagnostic(`${[...tried.values()].reduce((a, b) => a + b)} crashes at ${tried.size} points`);
});
