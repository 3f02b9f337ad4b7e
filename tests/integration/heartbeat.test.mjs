// The heartbeat: it comes while the server is well, and is missing when the server is dead, hangs, is sealed, is a copy, or cannot write.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, cpSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { document, Edgecron, job, target } from "./harness/edgecron.mjs";
import { sleep, until } from "./harness/wait.mjs";

const TOKEN = "heartbeat-token-83b1c7e2";
const QUIET = 2500; // more than two intervals
const open = [];
after(() => open.forEach((close) => close()));

/** What a service like Healthchecks.io is to us: { beats, url, status }. */
async function service() {
  const self = { beats: [], status: 200 };
  const server = createServer((request, response) => {
    if (request.url.startsWith("/slow")) return setTimeout(() => response.end("{}"), 6000);
    if (!request.url.startsWith("/ping")) return response.end("{}");
    self.beats.push({ url: request.url, method: request.method, headers: request.headers });
    response.writeHead(self.status).end(`you asked for ${request.url}`);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push(() => (server.closeAllConnections(), server.close()));
  self.url = `http://127.0.0.1:${server.address().port}`;
  return self;
}

/** Settings as no command would have them: more often than they allow, so that the tests are quick. A server notices with the secret. */
async function setSettings(e, what) {
  const text = `PRAGMA ignore_check_constraints = ON; UPDATE settings SET ${what}, revision = revision + 1;`;
  const r = spawnSync("sqlite3", ["-bail", "-cmd", ".timeout 5000", join(e.dir, "edgecron.db")], { input: text, encoding: "utf8" });
  assert.equal(r.status, 0, r.stderr);
  await e.setSecret("NOTICED", `value-${Date.now()}`);
}
const everySecond = (e) => setSettings(e, "heartbeat_every_s = 1");

async function world(e = new Edgecron()) {
  const s = await service();
  await e.setSecret("HEARTBEAT", TOKEN);
  await e.ok(["settings", "set", "--heartbeat-url", `${s.url}/ping/{{secret.HEARTBEAT}}?status=up`]);
  await everySecond(e);
  return { e, s };
}

const serve = (e, flags = []) => e.serve(["--allow-private=127.0.0.0/8", ...flags]);

function beats(s, what, more = 2) {
  const before = s.beats.length;
  return until(`beats ${what}`, () => s.beats.length >= before + more);
}

async function none(s, when) {
  const before = s.beats.length;
  await sleep(QUIET);
  assert.equal(s.beats.length, before, `a beat came ${when}`);
}

/** Takes all that is left. */
function fill(file) {
  const fd = openSync(file, "a");
  try {
    for (const chunk = Buffer.alloc(4096); ;) writeSync(fd, chunk);
  } catch (error) {
    assert.equal(error.code, "ENOSPC");
  } finally {
    closeSync(fd);
  }
}

/** One that was under way may still arrive. */
async function noneFromNowOn(s, when) {
  await sleep(300);
  await none(s, when);
}

function assertNowhere(e) {
  assert.ok(!`${e.logs}${e.server.stdout}${e.server.stderr}`.includes(TOKEN), "the secret is in the log");
  for (const name of readdirSync(e.dir, { recursive: true })) {
    const file = join(e.dir, name);
    if (statSync(file).isFile()) assert.ok(!readFileSync(file).includes(TOKEN), `the secret is in ${name}`);
  }
}

describe("the heartbeat", { concurrency: 4 }, () => {
  test("comes while all is well, also while everything is paused and jobs fail; its secret is nowhere", async () => {
    const { e, s } = await world();
    await e.apply(document([target("t", s.url)], [job("fails", "/job", { target: "t", schedule: "* * * * * *", success: { status: ["204"] } })]));
    await serve(e);
    await beats(s, "to come");
    const beat = s.beats.find((b) => b.url === `/ping/${TOKEN}?status=up`);
    assert.ok(beat, JSON.stringify(s.beats));
    assert.equal(beat.method, "GET");
    assert.match(beat.headers["user-agent"], /^edgecron\/\S+ \(heartbeat\)$/);
    await e.untilRun("a failed run", ["--state", "failed"], () => true);
    await setSettings(e, "paused = 1");
    await beats(s, "in a pause");
    s.status = 500;
    await until("a failure to be told", () => e.server.stderr.includes("the heartbeat is not taken"));
    await e.createToken();
    const figures = async () => (await e.api("/metrics")).body;
    const failing = await until("a failure to be counted", async () => {
      const text = await figures();
      return /^edgecron_heartbeats_failed_total [1-9]/m.test(text) && text;
    });
    const last = +failing.match(/^edgecron_heartbeat_last_success_timestamp_seconds (\S+)$/m)[1];
    assert.ok(last > Date.now() / 1000 - 300 && last < Date.now() / 1000, `${last}`);
    assert.ok((await e.api("/api/v1/status")).body.heartbeat_failing_since);
    s.status = 200;
    await until("its end to be told", () => e.server.stderr.includes("the heartbeat is taken again"));
    assert.deepEqual((await e.runs()).filter((r) => r.job !== "fails"), []);
    assert.match(e.server.stderr, /it answered 500/);
    await e.stop();
    await none(s, "after the end");
    assertNowhere(e);
  });

  test("its whole address may be one secret, which is sent as it is; what is no address is said without it", async () => {
    const e = new Edgecron(), s = await service();
    await e.setSecret("WHOLE", `${s.url}/ping/${TOKEN}?status=up&msg=a%20b`);
    await e.ok(["settings", "set", "--heartbeat-url", "{{secret.WHOLE}}"]);
    await everySecond(e);
    await serve(e);
    await beats(s, "to come", 1);
    assert.equal(s.beats[0].url, `/ping/${TOKEN}?status=up&msg=a%20b`);
    await e.setSecret("WHOLE", `hc-ping.com/${TOKEN}`);
    await until("a failure to be told", () => /the heartbeat is not taken.*'heartbeat_url' is no URL once its secrets are filled in: set the secret to/.test(e.server.stderr));
    assertNowhere(e);
    await e.stop();
  });

  test("an address that is pasted as it is: said to whoever sets it, and covered for those who may not change it", async () => {
    const e = new Edgecron(), url = "https://hc-ping.com/0b7e41c9-55d2-4c1f-9a37-6f0d2e8c1b54";
    assert.match((await e.command(["settings", "set", "--heartbeat-url", url])).stderr, /can call, is stored as it is[^]*edgecron settings set --heartbeat-url '\{\{secret\.HEARTBEAT_URL\}\}'/);
    await e.ok(["settings", "set", "--heartbeat-every-s", "86400"]);
    await e.serve();
    const read = (await e.json(["token", "create", "looks", "--scope", "read"])).token;
    await e.createToken("owns", "admin");
    const seen = async (path, token) => (await e.api(`/api/v1/${path}`, { token })).body;
    for (const [token, what] of [[read, "https://hc-ping.com/***"], [e.token, url]]) {
      assert.equal((await seen("settings", token)).heartbeat_url, what);
      assert.equal((await seen("export", token)).settings.heartbeat_url, what);
    }
    const back = await e.api("/api/v1/settings", { method: "PATCH", body: '{"heartbeat_url": "https://hc-ping.com/***"}', headers: { "content-type": "application/merge-patch+json" } });
    assert.deepEqual([back.status, back.body.pointer], [422, "/heartbeat_url"]);
    await e.stop();
  });

  test("stops with a server that is stopped in its tracks", async () => {
    const { e, s } = await world();
    await serve(e);
    await beats(s, "to come");
    e.server.kill("SIGSTOP");
    await noneFromNowOn(s, "from a stopped process");
    e.server.kill("SIGCONT");
    await beats(s, "again");
    await e.stop("SIGKILL");
    await noneFromNowOn(s, "from a dead process");
  });

  test("stops as the server stops, though a call goes on", async () => {
    const { e, s } = await world();
    await e.apply(document([target("t", s.url)], [job("long", "/slow", { target: "t" })]));
    await serve(e, ["--drain-timeout", "30s"]);
    await e.ok(["job", "run", "long"]);
    await e.untilRun("the call", ["--state", "running"], () => true);
    await beats(s, "to come");
    e.server.kill("SIGTERM");
    await until("the server to stop", () => e.server.stderr.includes("stopping: nothing new is started"));
    await noneFromNowOn(s, "from a server that stops");
    assert.equal((await e.server.ended()).code, 0);
    assert.equal((await e.runs("--job", "long"))[0].state, "succeeded");
  });

  test("does not come from a sealed server", async () => {
    const { e, s } = await world();
    renameSync(join(e.dir, "master.key"), join(e.dir, "elsewhere.key"));
    await e.serve(["--allow-private=127.0.0.0/8"], { ready: false });
    await until("the server to say so", () => e.server.stderr.includes("sealed"));
    await none(s, "from a sealed server");
    renameSync(join(e.dir, "elsewhere.key"), join(e.dir, "master.key"));
    await beats(s, "once unsealed");
    await e.stop();
  });

  test("does not come from a copy until somebody resumes", async () => {
    const { e, s } = await world();
    await serve(e);
    await beats(s, "from the server");
    await e.stop();
    await setSettings(e, "heartbeat_every_s = 10");
    const copy = new Edgecron();
    cpSync(e.dir, copy.dir, { recursive: true });
    await copy.serve(["--allow-private=127.0.0.0/8"]);
    await until("the copy to know that it is one", () => copy.server.stderr.includes("nothing is called until somebody resumes"));
    await everySecond(copy);
    await none(s, "from a copy");
    await setSettings(copy, "heartbeat_every_s = 10");
    await copy.ok(["settings", "set", "--paused", "false"]);
    await everySecond(copy);
    await beats(s, "from the resumed copy");
    await copy.stop();
  });

  test("stops when the disk is full, and comes again when there is space", async (t) => {
    const e = new Edgecron();
    mkdirSync(e.dir, { recursive: true });
    const r = spawnSync("mount", ["-t", "tmpfs", "-o", "size=12m,mode=0700", "none", e.dir], { encoding: "utf8" });
    if (r.status !== 0) return t.skip(`no file system can be mounted here: ${r.stderr?.trim() || r.error}`);
    open.push(() => spawnSync("umount", ["-l", e.dir]));
    const { s } = await world(e);
    const body = { filling: "x".repeat(3000) };
    await e.apply(document([target("t", s.url)], [job("writes", { url: "/job", method: "POST", body }, { target: "t", schedule: "* * * * * *" })]));
    await serve(e);
    await beats(s, "to come");
    const filler = join(e.dir, "filler");
    fill(filler);
    const filling = setInterval(() => fill(filler), 50); // what the server gives up to have room is taken, too
    open.push(() => clearInterval(filling));
    await until("the store to be full", () => e.server.stderr.includes("the store cannot be written"));
    await noneFromNowOn(s, "though the disk is full");
    clearInterval(filling);
    rmSync(filler);
    await beats(s, "once there is space");
    await e.stop();
  });
});
