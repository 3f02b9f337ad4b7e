// A test build is made to crash at each point of src/base/crash.h, under load: the promises hold after each of them (fault/load.mjs). A point
// that is not come to fails its test. Those of copies have a test of their own (crash_copies). CRASH_COUNTS=n: each with n counts more.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { checkFile } from "../fault/history.mjs";
import { Load } from "../fault/load.mjs";
import { CrashFile, OF_COPIES, POINTS } from "../fault/points.mjs";
import { startTarget } from "../fault/server.mjs";
import { document, Edgecron, job, ROOT, target } from "./harness/edgecron.mjs";
import { run } from "./harness/process.mjs";
import { sleep, until } from "./harness/wait.mjs";

const BINARY = process.env.EDGECRON_DEBUG ?? join(ROOT, "build/debug/edgecron");
const skip = existsSync(BINARY) ? false : "no test build: make debug";
const MORE = Number(process.env.CRASH_COUNTS ?? 0);
const CASES = join(ROOT, "tests/cases/upgrade");
const tried = new Map();

/** Counts as given, and `MORE` between the last of them and 1. */
const counts = (list) => [...list, ...Array.from({ length: MORE }, () => 1 + Math.floor(Math.random() * list.at(-1)))];
const came = (point) => tried.set(point, (tried.get(point) ?? 0) + 1);

// What a server comes to by itself under load: point, counts, and what brings it there sooner.
const poke = (load, i) => load.e.ok(["settings", "set", "--retention-runs", String(100_000 + i)]); // which ends with a checkpoint
const SERVER = [
  [["before_commit", [1, 7, 60]], ["after_commit", [1, 8, 70]], ["in_write", [1, 9, 200]], ["before_sync", [1, 11, 50]]],
  [["in_claim", [1, 2]], ["before_send", [1, 6, 40]], ["after_send", [1, 5, 30]], ["in_answer", [1, 7, 25]]],
  [["before_record", [1, 6, 30]], ["in_record", [1, 5, 35]], ["after_record", [1, 7, 40]], ["before_retry", [1, 4, 12]]],
  [["in_change", [1, 6, 30]], ["before_answer", [1, 5, 40]], ["in_listener", [1, 7, 30]], ["in_apply", [1, 2, 12]], ["in_rotation", [1, 2, 5]]],
  [["in_checkpoint", [1, 5, 20], poke], ["in_fold", [1]]],
];

/** Runs a command that must end at the point. */
async function crashCommand(e, crash, point, n, args) {
  crash.arm(point, n);
  const r = await run(BINARY, args, { env: { PATH: process.env.PATH, EDGECRON_DATA: e.dir, ...crash.env } });
  assert.equal(r.signal, "SIGKILL", `${args.join(" ")}, ${point} ${n}: ${r.code} ${r.stdout}${r.stderr}`);
  crash.disarm();
  came(point);
}

async function underLoad(work) {
  const load = await new Load(BINARY).begin();
  try {
    await work(load);
    await load.end();
  } finally {
    load.drop();
  }
}

describe("a server crashes", { concurrency: 3, skip }, () => {
  for (const group of SERVER) {
    test(group.map(([point]) => point).join(", "), () => underLoad(async (load) => {
      let i = 0;
      for (const [point, list, nudge] of group) {
        for (const n of counts(list)) {
          await load.live();
          await sleep(i++ % 3 ? 150 : 400);
          load.crash.arm(point, n);
          await nudge?.(load, i);
          await load.crashed(`${point} ${n}`);
          came(point);
        }
      }
    }));
  }

  test("in_recovery: as it takes up what another crash left", () => underLoad(async (load) => {
    for (const n of counts([1, 2, 1])) {
      const from = load.target.seen.length;
      await load.live();
      const slow = () => load.target.seen.slice(from).filter((s) => /-3$/.test(s.job) && s.status === null);
      await until("slow calls to be under way", () => slow().length >= 2, { every: 5 });
      await load.kill();
      await load.born();
      load.crash.arm("in_recovery", n);
      await load.serve({ ready: false });
      await load.crashed(`in_recovery ${n}`);
      came("in_recovery");
    }
  }));

  test("in_migration: a new store, and one of each release", async () => {
    for (const version of [null, ...readdirSync(CASES).filter((n) => n.endsWith(".sql")).map((n) => n.slice(0, -4))]) {
      const e = new Edgecron(), crash = new CrashFile(e.file("crash", "")), file = join(e.dir, "edgecron.db");
      const sqlite = (sql) => execFileSync("sqlite3", [file, sql], { encoding: "utf8" }).trim();
      if (version) {
        mkdirSync(e.dir, { recursive: true, mode: 0o700 });
        writeFileSync(join(e.dir, "master.key"), JSON.parse(readFileSync(join(CASES, `${version}.json`), "utf8")).master_key, { mode: 0o600 });
        execFileSync("sqlite3", ["-bail", file], { input: readFileSync(join(CASES, `${version}.sql`), "utf8"), stdio: ["pipe", "ignore", "inherit"] });
      }
      const runs = version ? sqlite("SELECT count(*) FROM runs") : "0";
      for (const n of version ? [1, 1] : [1, 2, 3]) {
        crash.arm("in_migration", n);
        const server = await e.serve([], { binary: BINARY, env: crash.env, ready: false });
        const { signal, code } = await server.ended();
        assert.equal(signal, "SIGKILL", `in_migration ${n} from ${version}: ${code}: ${server.stderr}`);
        crash.disarm();
        came("in_migration");
        assert.deepEqual(checkFile(file), [], `in_migration ${n} from ${version}`);
        if (version) assert.equal(sqlite("SELECT count(*) FROM runs"), runs);
      }
      await e.serve([], { binary: BINARY, env: crash.env });
      await e.stop();
      assert.deepEqual(checkFile(file), []);
      if (version) assert.ok(Number(sqlite("SELECT count(*) FROM runs")) >= Number(runs));
    }
  });

  test("in_retention: what stays is what was to stay", async () => {
    const e = new Edgecron(), server = await startTarget(Math.random), crash = new CrashFile(e.file("crash", ""));
    await e.apply(document([target("t", server.url)], [job("churn", "/ok", { target: "t" })]));
    await e.createToken("tests", "admin");
    const ids = [];
    const list = async () => (await e.runs("--job", "churn")).map((r) => r.id).sort();
    const live = () => (crash.disarm(), e.serve([], { binary: BINARY, env: crash.env }));
    const ran = async (n) => {
      for (let i = 0; i < n; i++) ids.push((await e.api("/api/v1/jobs/churn/run", { method: "POST" })).body.id);
      await until("its runs to end", async () => (await e.runs("--job", "churn")).every((r) => r.state === "succeeded"));
    };
    for (const [i, n] of counts([1, 7, 15]).entries()) {
      await live();
      if (i) await e.ok(["settings", "set", "--retention-runs", "1000"]);
      await ran(24);
      crash.arm("in_retention", n);
      await e.ok(["settings", "set", "--retention-runs", "5"]);
      const { signal } = await e.server.ended();
      assert.equal(signal, "SIGKILL", `in_retention ${n}`);
      came("in_retention");
      await live();
      await e.ok(["settings", "set", "--retention-runs", "6"]); // looks at once
      const newest = (k) => ids.sort().slice(-k);
      const kept = await until("old runs to go", async () => {
        const now = await list();
        return now.length <= 6 && now;
      }, { state: list });
      assert.deepEqual(kept, newest(kept.length), `in_retention ${n}`);
      assert.ok(kept.length >= 5, `in_retention ${n}: ${kept.length} are left`);
      await e.stop();
      assert.deepEqual(checkFile(join(e.dir, "edgecron.db")), []);
    }
    server.close();
  });

  test("in_backup, before_publish, in_rekey, before_settle: a command beside a server", () => underLoad(async (load) => {
    const { e } = load;
    const crash = new CrashFile(e.file("crash-command", ""));
    let i = 0;
    for (const [point, n] of [["in_backup", 1], ["before_publish", 1]]) {
      const to = join(dirname(e.dir), `backup-${i++}.db`);
      await load.live();
      await sleep(200);
      await crashCommand(e, crash, point, n, ["backup", to]);
      assert.ok(!existsSync(to), `${point}: half a copy has its name`);
      await e.ok(["backup", to, "--verify"]);
      await load.kill();
    }
    const key = join(e.dir, "master.key");
    for (const point of ["in_rekey", "before_settle", "in_rekey", "before_settle"]) {
      const before = readFileSync(key);
      await load.live();
      await sleep(200);
      await crashCommand(e, crash, point, 1, ["rekey", ...(i++ % 2 ? ["--data-key"] : [])]);
      assert.ok(existsSync(`${key}.next`), point);
      await load.kill();
      await load.live(); // it is ready, so it could open its secrets
      assert.ok(!existsSync(`${key}.next`), point);
      assert.equal(readFileSync(key).equals(before), point === "in_rekey", point);
      await load.kill();
    }
  }));
});

test("there is no point that was not come to", { skip }, (t) => {
  assert.deepEqual(POINTS.filter((p) => !tried.get(p)), OF_COPIES);
  assert.deepEqual([...tried.keys()].filter((p) => !POINTS.includes(p)), []);
  t.diagnostic(`${[...tried.values()].reduce((a, b) => a + b)} crashes at ${tried.size} points`);
});
