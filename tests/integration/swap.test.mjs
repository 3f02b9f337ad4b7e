// Another binary put over the one that runs, and a restart, under load and several times in a row: each slot has its row, nothing is called twice that may not
// be. From stores of earlier releases too, where the start brings the store up to date first. How long nobody planned is measured, and told.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { appendFileSync, chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, readlinkSync, renameSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { checkFile } from "../fault/history.mjs";
import { Load } from "../fault/load.mjs";
import { BINARY, Edgecron, ROOT } from "./harness/edgecron.mjs";
import { startFaults } from "./harness/faults.mjs";
import { sleep } from "./harness/wait.mjs";

const SWAPS = Number(process.env.EDGECRON_SWAPS ?? 5);
const CASES = join(ROOT, "tests/cases/upgrade");
const versions = readdirSync(CASES).filter((n) => n.endsWith(".sql")).map((n) => n.slice(0, -4)).sort();
const sqlite = (file, sql) => execFileSync("sqlite3", ["-bail", file, sql], { encoding: "utf8" }).trim();

/** As an operator or a package does: beside it, then over it. No two are the same file, nor the same bytes. */
function install(path, number) {
  copyFileSync(BINARY, `${path}.new`);
  appendFileSync(`${path}.new`, `number ${number}`);
  chmodSync(`${path}.new`, 0o755);
  renameSync(`${path}.new`, path);
  return statSync(path).ino;
}

describe("a new binary in place of the one that runs", { concurrency: 2 }, () => {
  test(`${SWAPS} times in a row, with calls under way`, async (t) => {
    const load = new Load("");
    const path = (load.binary = join(dirname(load.e.dir), "edgecron"));
    install(path, 0);
    await load.begin();
    const gaps = [];
    let stopping = null, ino = statSync(path).ino;
    load.serve = async () => {
      await Load.prototype.serve.call(load);
      if (stopping) gaps.push(Date.now() - stopping);
      assert.equal(statSync(`/proc/${load.e.server.pid}/exe`).ino, ino);
    };
    const swap = async (n) => {
      await sleep(1200 + 170 * n); // another moment of the second each time
      ino = install(path, n);
      assert.match(readlinkSync(`/proc/${load.e.server.pid}/exe`), / \(deleted\)$/, "the one that runs goes on with what it has");
      stopping = Date.now();
      assert.equal((await load.e.stop("SIGTERM")).code, 0);
      await load.closed();
    };
    try {
      await load.live();
      for (let n = 1; n < SWAPS; n++) {
        await swap(n);
        await load.live();
      }
      await swap(SWAPS);
      await load.end();
    } finally {
      load.drop();
    }
    const file = join(load.e.dir, "edgecron.db");
    const runs = Number(sqlite(file, "SELECT count(*) FROM runs WHERE job LIKE 'steady-%'"));
    const late = sqlite(file, "SELECT max(started_at - scheduled_for) FROM runs WHERE job LIKE 'steady-%' AND started_at IS NOT NULL");
    t.diagnostic(`${SWAPS} swaps, ${runs} runs of jobs due each second: ${gaps.map((g) => `${g} ms`).join(", ")} from SIGTERM to ready (300 ms of it the drain); latest start ${late} ms after its time`);
    assert.ok(runs >= SWAPS * 8, `${runs} runs`);
  });

  for (const version of versions) {
    test(`by one that brings a store of ${version} up to date`, async (t) => {
      const server = await startFaults();
      const e = new Edgecron(), facts = JSON.parse(readFileSync(join(CASES, `${version}.json`), "utf8"));
      const file = join(e.dir, "edgecron.db");
      mkdirSync(e.dir, { recursive: true, mode: 0o700 });
      writeFileSync(join(e.dir, "master.key"), facts.master_key, { mode: 0o600 });
      execFileSync("sqlite3", ["-bail", file], { input: readFileSync(join(CASES, `${version}.sql`), "utf8").replaceAll("http://functions.invalid:1", server.url), stdio: ["pipe", "ignore", "inherit"] });
      // The old one stopped in order some seconds ago, with jobs due each second.
      const stopped = Math.floor(Date.now() / 1000) * 1000 - 2500;
      for (const [name, delivery] of [["tick-least", "at_least_once"], ["tick-once", "at_most_once"]])
        sqlite(file, `INSERT INTO jobs (name, target, spec, revision, created_at, updated_at, effective_from)
          SELECT '${name}', target, json_set(spec, '$.name', '${name}', '$.schedule', '* * * * * *', '$.timezone', 'UTC', '$.overlap', 'allow', '$.delivery', '${delivery}',
            '$.request.url', '/ok?${name}', '$.catch_up', json('{"policy":"all","window_s":86400}')), 1, ${stopped - 60000}, ${stopped - 60000}, ${stopped - 60000} FROM jobs WHERE name = 'good'`);
      sqlite(file, `UPDATE planner SET planned_until = ${stopped}`);
      const from = Date.now();
      await e.serve(["--drain-timeout", "500ms", "--same-store"]); // since 0.4 a store knows where it is: this is a copy of it
      const gap = Date.now() - from;
      for (let n = 0; n < 2; n++) { // and swapped again, now without a migration
        await sleep(1100);
        await e.stop();
        await e.serve(["--drain-timeout", "500ms"]);
      }
      await sleep(1100);
      await e.stop();
      const slots = (name) => JSON.parse(execFileSync("sqlite3", ["-json", file, `SELECT scheduled_for AS at, state, attempts, hex(id) AS id FROM runs WHERE job = '${name}' ORDER BY at`], { encoding: "utf8" }));
      for (const name of ["tick-least", "tick-once"]) {
        const rows = slots(name), first = Math.floor(stopped / 1000) * 1000 + 1000;
        assert.ok(rows.length >= 6, `${rows.length} rows`);
        assert.deepEqual(rows.map((r) => r.at), rows.map((_, i) => first + 1000 * i), `${name}: every second once, from the stop on`);
        const calls = server.seen.filter((r) => r.url === `/ok?${name}`).map((r) => r.headers["idempotency-key"]);
        assert.equal(new Set(calls).size, calls.length, `${name}: nothing was called twice`);
        assert.deepEqual(rows.filter((r) => r.state === "succeeded").map((r) => r.id.toLowerCase()).sort(), calls.map((c) => c.replaceAll("-", "")).sort());
      }
      assert.deepEqual(checkFile(file), []);
      t.diagnostic(`${version}: ready ${gap} ms after the start, with the copy and the migrations`);
      server.close();
    });
  }
});
