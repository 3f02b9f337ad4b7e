// The disk of the data directory is full: a small file system of its own (needs root). Claims stop, nothing is called that could not be
// recorded, /readyz says so, what was under way is recorded once there is space again, and all that by itself.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, statfsSync, writeSync } from "node:fs";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { checkFile, checkHistory, readHistory } from "../fault/history.mjs";
import { startTarget } from "../fault/server.mjs";
import { document, Edgecron, job, target } from "./harness/edgecron.mjs";
import { sleep, until } from "./harness/wait.mjs";

const mounted = [];
after(() => mounted.forEach((dir) => spawnSync("umount", ["-l", dir])));

/** A data directory on 12 MB of its own, or the reason why there is none. */
function small() {
  const e = new Edgecron();
  mkdirSync(e.dir, { recursive: true });
  const r = spawnSync("mount", ["-t", "tmpfs", "-o", "size=12m,mode=0700", "none", e.dir], { encoding: "utf8" });
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

async function world(t) {
  const { e, why } = small();
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
});
