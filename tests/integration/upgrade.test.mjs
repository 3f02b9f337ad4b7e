// Stores that every earlier release left behind, killed with calls under way (tests/cases/upgrade), brought up to date by this one.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Edgecron, FINAL, ROOT, VERSION } from "./harness/edgecron.mjs";
import { startFaults } from "./harness/faults.mjs";
import { until } from "./harness/wait.mjs";

const CASES = join(ROOT, "tests/cases/upgrade");
const versions = readdirSync(CASES).filter((n) => n.endsWith(".sql")).map((n) => n.slice(0, -4)).sort();
const OPEN = ["queued", "running", "retrying"];
let server;

const sqlite = (file, sql) => execFileSync("sqlite3", ["-readonly", file, sql], { encoding: "utf8" }).trim();
/** The store as that release left it; functions are at the server of this test. */
function load(version) {
  const e = new Edgecron(), facts = JSON.parse(readFileSync(join(CASES, `${version}.json`), "utf8"));
  mkdirSync(e.dir, { recursive: true, mode: 0o700 });
  writeFileSync(join(e.dir, "master.key"), facts.master_key, { mode: 0o600 });
  const text = readFileSync(join(CASES, `${version}.sql`), "utf8").replaceAll("http://functions.invalid:1", server.url);
  execFileSync("sqlite3", ["-bail", join(e.dir, "edgecron.db")], { input: text, stdio: ["pipe", "ignore", "inherit"] });
  return { e, facts };
}
/** What was said before is said now; there may be more. */
function assertWithin(now, then, where) {
  if (then === null || typeof then !== "object") return assert.equal(now, then, where);
  assert.ok(now !== null && typeof now === "object", `${where} is gone`);
  for (const [k, v] of Object.entries(then)) assertWithin(now[k], v, `${where}/${k}`);
}
const elsewhere = (x) => JSON.parse(JSON.stringify(x).replaceAll(server.url, "http://functions.invalid:1").replaceAll(server.url.slice(7), "functions.invalid:1"));
/** All rows, but for how far is planned and SQLite's own statistics. */
const dump = (e) => execFileSync("sqlite3", ["-readonly", join(e.dir, "edgecron.db"), ".dump"], { encoding: "utf8", maxBuffer: 1 << 28 })
  .split("\n").filter((l) => !/^(INSERT INTO (planner|sqlite_stat\d) |ANALYZE)/.test(l));

before(async () => (server = await startFaults()));
after(() => server?.close());

test("there is a store of every earlier release", () => {
  const released = readFileSync(join(ROOT, "CHANGELOG.md"), "utf8").match(/^## \d+\.\d+\.\d+/gm).map((l) => l.slice(3)).filter((v) => v !== VERSION || versions.includes(v));
  assert.deepEqual(versions, released.sort());
});

for (const version of versions) {
  describe(`from ${version}`, () => {
    test("all is there, claims are kept to the promises, nothing changes at a second start", async () => {
      const { e, facts } = load(version), format = Number(sqlite(join(e.dir, "edgecron.db"), "PRAGMA user_version"));
      const states = new Set(facts.runs.map((r) => r.state));
      for (const s of [...OPEN, ...FINAL]) assert.ok(states.has(s), `the store of ${version} has a run that is ${s}`);
      const from = server.seen.length;
      await e.serve(["--drain-timeout", "10ms", "--same-store"]); // since 0.4 a store knows where it is: this is a copy of it

      const copy = join(e.dir, `edgecron.db.before-${VERSION}`);
      assert.equal(statSync(copy).mode & 0o777, 0o600);
      assert.equal(Number(sqlite(copy, "PRAGMA user_version")), format, "the copy is of the earlier format");
      assert.equal(sqlite(copy, "SELECT count(*) FROM runs"), String(facts.runs.length));
      assert.match((await e.ok(["backup", "check", copy])), /is whole/);

      const now = elsewhere(await e.json(["export"]));
      assertWithin(now, facts.export, "export");
      assertWithin(elsewhere((await e.json(["token", "list"])).items), facts.token_list.map(({ last_used_at, ...t }) => t), "tokens");
      const audit = (await e.json(["audit", "list", "--limit", "1000"])).items;
      for (const a of facts.audit) assertWithin(elsewhere(audit).find((x) => x.id === a.id), a, `audit ${a.id}`);
      e.token = facts.token;
      assert.equal((await e.api("/api/v1/jobs")).status, 200, "a token of old opens");

      const id = (job, ...s) => facts.runs.find((r) => r.job === job && s.includes(r.state)).id;
      const ended = (run) => until(`the end of ${run}`, async () => ((r) => FINAL.includes(r.state) && r)(await e.run(run)));
      const waited = await ended(id("waits", "queued"));
      assert.equal(waited.state, "succeeded");
      const call = server.of(waited.id).at(-1);
      assert.equal(call.headers["x-internal-key"], facts.secrets.CRON_INTERNAL_KEY);
      assert.equal(call.headers.authorization, `Bearer ${facts.secrets.SERVICE_ROLE_KEY}`);
      for (const [job, state] of [["under-way-old", "failed"], ["under-way-once", "failed"], ["under-way-canceled", "canceled"]]) {
        const r = await ended(id(job, "running"));
        assert.deepEqual([r.state, r.attempts[0].outcome], [state, "interrupted"], job);
        assert.equal(server.of(r.id).length, 0, `${job} is not called again`);
      }
      const again = id("under-way", "running");
      await until("the interrupted one to be tried again", () => server.of(again).length === 1);
      assert.equal((await e.run(again)).attempts[0].outcome, "interrupted");
      const retried = id("flaky", "retrying");
      await until("the one that waited for its retry", () => server.of(retried).length === 1);
      assert.deepEqual(server.seen.slice(from).map((r) => r.headers["x-edgecron-job"]).sort(), ["flaky", "under-way", "waits"]);
      for (const r of facts.runs.filter((x) => FINAL.includes(x.state))) assertWithin(elsewhere(await e.run(r.id)), r, `run ${r.id}`);
      assert.equal((await e.runs()).length, facts.runs.length);
      await e.stop();

      const db = join(e.dir, "edgecron.db");
      assert.equal(sqlite(db, "PRAGMA integrity_check"), "ok");
      assert.equal(sqlite(db, "PRAGMA foreign_key_check"), "");
      assert.ok(Number(sqlite(db, "PRAGMA user_version")) > format);
      const doctor = await e.command(["doctor", "--json"]);
      assert.doesNotMatch(doctor.stdout, /damaged|does not open/);

      const { password_set } = await e.json(["admin", "show"]);
      assert.equal(password_set, version >= "0.3", "a password of old is there still");
      if (!password_set) await e.ok(["admin", "set-password"], { input: "tropical lantern 42 on the Xk7\n" }); // else each start makes a link
      await e.json(["settings", "set", "--paused", "true"]);
      for (const r of await e.runs()) if (!FINAL.includes(r.state)) await e.ok(["run", "cancel", r.id]);
      const settle = async () => {
        await e.serve();
        await until("nothing open", async () => (await e.runs()).every((r) => FINAL.includes(r.state)));
        await until("all counted", async () => sqlite(db, "SELECT count(*) FROM run_ends") === "0", { every: 250 });
        await e.stop();
        return dump(e);
      };
      const first = await settle();
      const second = await settle();
      assert.deepEqual([second.filter((l) => !first.includes(l)), first.filter((l) => !second.includes(l))], [[], []], "a second start changes nothing");
      assert.ok(existsSync(copy));
    });

    test("the other way: its copy, restored, is what it was; and a newer store names it", async () => {
      const { e, facts } = load(version);
      await e.json(["settings", "set", "--paused", "true"]); // any command that writes brings it up to date, and makes the copy
      const copy = join(e.dir, `edgecron.db.before-${VERSION}`), back = new Edgecron();
      const said = await back.json(["restore", copy, "--master-key-file", join(e.dir, "master.key")]);
      assert.deepEqual([said.runs, said.secrets], [facts.runs.length, Object.keys(facts.secrets).length]);
      assert.equal((await back.json(["settings", "show"])).paused, true);
      execFileSync("sqlite3", [join(e.dir, "edgecron.db"), "PRAGMA user_version = 999"]);
      const { detail } = await e.refused(1, ["job", "list"]);
      assert.match(detail, /newer edgecron \(format 999/);
      assert.ok(detail.includes(copy), detail);
    });
  });
}
