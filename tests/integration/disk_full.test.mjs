// The disk of the data directory is full: a small file system of its own (needs root). Claims stop, nothing is called that could not be
// recorded, /readyz says so, what was under way is recorded once there is space again, and all that by itself.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, statfsSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { checkFile, checkHistory, readHistory } from "../fault/history.mjs";
import { startTarget } from "../fault/server.mjs";
import { document, Edgecron, job, target } from "./harness/edgecron.mjs";
import { sleep, until } from "./harness/wait.mjs";

const mounted = [];
after(() => mounted.forEach((dir) => spawnSync("umount", ["-l", dir])));

/** A data directory on 12 MB of its own, or as many as that, or the reason why there is none. */
function small(size = "12m") {
  const e = new Edgecron();
  mkdirSync(e.dir, { recursive: true });
  const r = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${size},mode=0700`, "none", e.dir], { encoding: "utf8" });
  if (r.status !== 0) return { why: `no file system can be mounted here: ${r.stderr?.trim() || r.error}` };
  mounted.push(e.dir);
  return { e };
}

/** Takes all that is left. */
function fill(e) {
  const fd = openSync(join(e.dir, "filler"), "a");
  try {
    for (const chunk = Buffer.alloc(4096); ;) writeSync(fd, chunk);
  } catch (error) {
    assert.equal(error.code, "ENOSPC");
  } finally {
    closeSync(fd);
  }
  assert.equal(statfsSync(e.dir).bavail, 0);
}
const makeSpace = (e) => rmSync(join(e.dir, "filler"));

async function checks(e) {
  const r = await fetch(`${e.url}/readyz`, { headers: { authorization: `Bearer ${e.token}` } });
  const { checks: list } = await r.json();
  return { status: r.status, store: list.find((c) => c.name === "store"), disk: list.find((c) => c.name === "disk") };
}

async function world(t, size) {
  const { e, why } = small(size);
  if (why) return t.skip(why);
  const server = await startTarget(Math.random);
  const every = { schedule: "* * * * * *", target: "t", catch_up: { policy: "all", window_s: 86400 }, overlap: "allow" };
  const body = { filling: "x".repeat(3000) };
  await e.apply(document([target("t", server.url)], [
    job("steady", { url: "/ok", method: "POST", body }, every), job("slow", { url: "/slow/1500", method: "POST", body }, every),
  ]));
  await e.createToken("tests", "admin");
  return { e, server };
}

async function judge(e, server, first, last) {
  await e.ok(["job", "pause", "steady"]);
  await e.ok(["job", "pause", "slow"]);
  await until("every run to end", async () => (await e.runs()).every((r) => !["queued", "running", "retrying"].includes(r.state)));
  await e.stop();
  server.close();
  const file = join(e.dir, "edgecron.db");
  assert.deepEqual([...checkFile(file), ...checkHistory(readHistory(file), {
    seen: server.seen, once: /^none$/, steady: ["steady", "slow"], first, last, asked: [], full: true,
  })], []);
}

describe("the disk is full", { concurrency: 2 }, () => {
  test("under a running server", async (t) => {
    const { e, server } = (await world(t)) ?? {};
    if (!e) return;
    const first = Math.ceil(Date.now() / 1000) * 1000 + 2000;
    await e.serve();
    await until("calls", () => server.seen.length > 4);
    for (let round = 0; round < 2; round++) {
      fill(e);
      const told = await until("the store to be full", async () => {
        const c = await checks(e);
        return c.status === 503 && !c.store.ok && c;
      });
      assert.match(told.store.message, /no space left.*a running server then goes on by itself/);
      assert.equal(told.disk.ok, false);
      assert.match(told.disk.message, /make room, or shorten how long history is kept/);
      await sleep(300);
      const seen = server.seen.length;
      await sleep(1600);
      assert.equal(server.seen.length, seen, "something was called that could not be recorded");
      const refused = await e.api("/api/v1/jobs/steady/run", { method: "POST" });
      assert.deepEqual([refused.status, refused.body.code], [503, "disk_full"]);
      assert.equal((await e.api("/api/v1/runs?limit=5")).status, 200, "what is there can be read");
      makeSpace(e);
      await until("the server to be ready again", async () => (await checks(e)).status === 200);
      await until("calls again", () => server.seen.length > seen + 2);
    }
    await judge(e, server, first, Math.floor(Date.now() / 1000) * 1000 - 2000);
    assert.match(e.logs, /nothing new is called until it can/);
    assert.match(e.logs, /the store can be written again/);
  });

  test("as a server stops, and as one starts: it says so, and what was recorded is there", async (t) => {
    const { e, server } = (await world(t)) ?? {};
    if (!e) return;
    await e.serve(["--drain-timeout", "100ms"]);
    await until("calls", () => server.seen.length > 4);
    fill(e);
    await until("the store to be full", async () => !(await checks(e)).store.ok);
    await e.stop();
    const bytes = readFileSync(join(e.dir, "edgecron.db")).length;
    assert.ok(bytes > 0);
    await e.serve([], { ready: false });
    await until("the server to wait for space", async () => (await fetch(`${e.url}/readyz`).catch(() => null))?.status === 503);
    const r = await fetch(`${e.url}/readyz`);
    assert.match(await r.text(), /no space left/);
    const seen = server.seen.length;
    await sleep(1500);
    assert.equal(server.seen.length, seen, "a server that cannot record calls nothing");
    makeSpace(e);
    await e.ready();
    await until("calls again", () => server.seen.length > seen + 2);
    await e.ok(["job", "pause", "steady"]);
    await e.ok(["job", "pause", "slow"]);
    await until("every run to end", async () => (await e.runs()).every((x) => !["queued", "running", "retrying"].includes(x.state)));
    await e.stop();
    server.close();
    assert.deepEqual(checkFile(join(e.dir, "edgecron.db")), []);
  });

  test("old history makes room by itself", async (t) => {
    const { e, server } = (await world(t, "200m")) ?? {};
    if (!e) return;
    t.after(() => server.close());
    const spare = join(e.dir, "edgecron.spare"), file = join(e.dir, "edgecron.db");
    const pass = (i) => e.ok(["settings", "set", "--retention-runs", String(90_000 + i)]); // one follows at once
    const sql = (text) => spawnSync("sqlite3", ["-bail", "-cmd", ".timeout 5000", file], { input: text, encoding: "utf8" });
    const first = Math.ceil(Date.now() / 1000) * 1000 + 1000;
    await e.serve();
    await pass(1);
    await until("the spare file", () => existsSync(spare) && statSync(spare).size === 32 << 20);
    const old = Date.now() - 400 * 86_400_000, id = (i) => `${(old + i).toString(16).padStart(12, "0")}7000${i.toString(16).padStart(16, "0")}`;
    const rows = Array.from({ length: 2500 }, (_, i) => `(x'${id(i)}', 'gone', 'manual', ${old}, ${old}, 'succeeded', 1, ${old}, ${old}, printf('%.20000c', 'x'), 1)`);
    const r = sql(`INSERT INTO runs (id, job, trigger, scheduled_for, created_at, state, attempts, started_at, finished_at, message, occurrences) VALUES ${rows.join()};`);
    assert.equal(r.status, 0, r.stderr);
    const there = () => Number(sql("SELECT count(*) FROM runs WHERE job = 'gone'").stdout);
    assert.equal(there(), 2500);
    const log = () => statSync(`${file}-wal`).size; // as long as it is, there is room in it
    await until("the log to be short", () => sql("PRAGMA wal_checkpoint(TRUNCATE);") && log() < 1 << 20, { state: log });
    fill(e);
    await until("old runs to make room", () => there() === 0, { state: there });
    await until("the server to be ready", async () => (await checks(e)).store.ok);
    const seen = server.seen.length;
    await until("calls", () => server.seen.length > seen + 2);
    assert.match(e.server.stderr, /no space left.*old runs were deleted.*space was given back to the file system/s);
    makeSpace(e);
    await pass(2);
    await until("a spare file", () => existsSync(spare) && statSync(spare).size === 32 << 20);
    await judge(e, server, first, Math.floor(Date.now() / 1000) * 1000 - 2000);
  });
});
