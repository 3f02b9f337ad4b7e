// doctor, of what is not on this machine: targets that answer, that do not, whose certificates end; keys that functions refuse; the same asked of
// a server. What it sends can make no function work.
import assert from "node:assert/strict";
import { renameSync, rmSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import net from "node:net";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { makeAuthority, pem } from "./harness/ca.mjs";
import { BINARY, document, Edgecron, job, target } from "./harness/edgecron.mjs";
import { freePort } from "./harness/ports.mjs";
import { run } from "./harness/process.mjs";
import { until } from "./harness/wait.mjs";

const KEY = "key-t4Zx8Yw2Vu6Ts1Rq9Po3Nm7Lk5Ji0Hg", NEXT = "next-q3VJx0cN9mKf7LrT2wYbZ8hD5sPaG1eU";
const headers = { "X-Internal-Key": "{{secret.K}}" };
const servers = [];
let requests = [], connections = 0;

async function listen(server) {
  servers.push(server);
  server.on("connection", () => connections++);
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server.address().port;
}
const answer = (q, a) => {
  requests.push(q);
  a.writeHead(+(q.url.match(/\d{3}/)?.[0] ?? 404), { location: "/elsewhere" }).end();
};
const day = (n) => new Date(Date.now() + n * 86400_000).toISOString().replace(/[-:T]|\.\d+/g, "");
after(() => servers.forEach((s) => { s.closeAllConnections?.(); s.close(); }));

async function findings(e, ...flags) {
  const r = await e.command(["doctor", "--json", "--timeout", "2s", ...flags]);
  assert.equal(r.stderr, "");
  for (const value of [KEY, NEXT]) assert.ok(!r.stdout.includes(value), "a secret's value");
  const { items } = JSON.parse(r.stdout);
  assert.equal(r.code, items.some((i) => i.severity === "problem") ? 1 : 0);
  return items;
}
/** The one finding of a check whose `what` fits. */
function found(items, check, severity, what, { why = /./, fix } = {}) {
  const all = items.filter((i) => i.check === check), hits = all.filter((i) => what.test(i.what));
  assert.equal(hits.length, 1, `${check} ${what}: ${JSON.stringify(all, null, 1)}`);
  assert.equal(hits[0].severity, severity, JSON.stringify(hits[0]));
  if (severity === "ok") assert.equal(hits[0].why, null); else assert.match(hits[0].why, why);
  if (fix !== undefined) assert.equal(hits[0].fix, fix);
  return hits[0];
}
/** What a finding says mends it. The server that it may call is this process, so nothing here may wait for it. */
async function shell(e, command, input = "") {
  const r = await run("sh", ["-ec", command.replaceAll(/\bedgecron (?=[a-z])/g, `'${BINARY}' `)], { input, env: { ...process.env, EDGECRON_DATA: e.dir } });
  assert.equal(r.code, 0, `${command}: ${r.stdout}${r.stderr}`);
}

test("a target whose address the import did not find", async () => {
  const e = new Edgecron();
  const call = (name, secret) => `select cron.schedule('${name}', '0 7 * * *', $$select net.http_post((select decrypted_secret from vault.decrypted_secrets where name = '${secret}') || '/functions/v1/${name}')$$);`;
  await e.ok(["import", "pg-cron", "-", "--replace"], { input: call("a", "project_url") });
  const fix = "edgecron target set project-url --base-url https://PROJECT-REF.supabase.co/functions/v1";
  found(await findings(e), "targets.reached", "problem", /^target 'project-url' has no address yet: 'project-url\.invalid' stands for the one/, { why: /^calls of job 'a' fail$/, fix });
  await e.ok(["job", "set", "a", "--disabled"]);
  found(await findings(e), "targets.reached", "notice", /^target 'project-url' has no address yet/, { fix });
});

describe("targets", () => {
  const e = new Edgecron();
  let items, authority, plain, port;

  before(async () => {
    authority = await makeAuthority("doctor");
    const serve = async (name, from, to) => listen(https.createServer(pem(await authority.leaf(name, { from: day(from), to: day(to) })), answer));
    plain = await listen(http.createServer(answer));
    port = { far: await serve("far", -1, 200), near: await serve("near", -1, 9), over: await serve("over", -20, -1), silent: await listen(net.createServer(() => {})), closed: await freePort() };
    const ca = { ca_file: authority.file };
    await e.setSecret("K", KEY);
    await e.apply(document([
      target("fine", `http://127.0.0.1:${plain}/fn`, { headers }), target("locked", `http://127.0.0.1:${plain}/401`), target("moved", `http://127.0.0.1:${plain}/301`),
      target("far", `https://localhost:${port.far}`, ca), target("near", `https://127.0.0.1:${port.near}`, ca), target("over", `https://localhost:${port.over}`, ca),
      target("stranger", `https://localhost:${port.far}`), target("closed", `http://127.0.0.1:${port.closed}`), target("silent", `http://127.0.0.1:${port.silent}`),
      target("nowhere", "https://no-such-host.invalid/functions/v1"), target("blocked", `http://127.0.0.1:${plain}`, { allow_private: [] }),
      target("itself", `http://127.0.0.1:${plain}/itself`), target("well", `http://127.0.0.1:${plain}/well`, { health_path: "/200" }), target("ill", `http://127.0.0.1:${plain}/ill`, { health_path: "/503" }), target("idle", `http://127.0.0.1:${port.closed}/idle`), target("rests", `http://127.0.0.1:${port.closed}/rests`),
    ], [
      ...["fine", "locked", "moved", "far", "near", "over", "stranger", "closed", "silent", "nowhere", "blocked"].map((n) => job(`on-${n}`, `/${n}-path`, { target: n })),
      job("on-ill", "/", { target: "ill" }), job("second", "/second", { target: "closed" }), job("root", "/?x=1", { target: "itself" }), job("off", "/off", { target: "rests", enabled: false }),
      job("free", { url: `http://127.0.0.1:${plain}/free/work` }), job("late-host", "https://{{job.name}}.example/x"),
    ]));
    requests = [];
    connections = 0;
    items = await findings(e);
  });
  const reached = (...rest) => found(items, "targets.reached", ...rest);

  test("one that answers, whatever it answers", () => {
    reached("ok", /^target 'fine' can be reached at 127\.0\.0\.1:\d+ \(HTTP 404, \d+ ms\): it answers: that there is nothing at the base URL itself/);
    reached("ok", /^target 'locked' .*HTTP 401.*wants a key: that is as it should be/);
    reached("warning", /^target 'moved': HTTP 301 from 127\.0\.0\.1:\d+: .*redirect/, { why: /^calls of job 'on-moved' may fail$/ });
    reached("ok", /^target 'well' can be reached .*HTTP 200, .*: its health path answers$/);
    reached("warning", /^target 'ill': HTTP 503 from .* behind it does not/, { why: /^calls of job 'on-ill' may fail$/ });
    reached("ok", /^target 'far' can be reached at .*, TLS 1\.[23] \(HTTP 404/);
  });

  test("what was sent: HEAD of base URLs, no key, no path of a job; nothing where a job calls the base URL itself", () => {
    const seen = requests.map((q) => `${q.method} ${q.url}`).sort();
    assert.deepEqual(seen, ["GET /ill/503", "GET /well/200", "HEAD /", "HEAD /", "HEAD /301", "HEAD /401", "HEAD /fn"], "the two without a path are 'far' and 'near'");
    for (const q of requests) {
      assert.equal(q.headers["x-internal-key"], undefined);
      assert.equal(q.headers["authorization"], undefined);
    }
    reached("ok", /^target 'itself' can be reached at 127\.0\.0\.1:\d+ \(\d+ ms\)$/);
    assert.ok(connections >= 6);
  });

  test("a URL of a job's own: its origin is connected to; one whose host is filled in at the call is left alone", () => {
    reached("warning", new RegExp(`^http://127\\.0\\.0\\.1:${plain} cannot be reached: .*not allowed`), { why: /^calls of job 'free' fail, unless the server was started with --allow-private/ });
    assert.ok(!items.some((i) => /example/.test(i.what) && i.check === "targets.reached"));
  });

  test("what cannot be reached: in which step, which jobs it costs", () => {
    reached("problem", /^target 'nowhere' cannot be reached: could not find the address of no-such-host\.invalid/, { why: /^calls of job 'on-nowhere' fail$/ });
    reached("problem", /^target 'closed' cannot be reached: could not connect to .*refused/, { why: /^calls of jobs 'on-closed' and 'second' fail$/ });
    reached("problem", /^target 'silent' cannot be reached: no answer within 2000 ms/);
    reached("problem", /^target 'over' cannot be reached: no trusted TLS connection to .*expired/);
  });

  test("what no job needs now is no problem", () => {
    reached("notice", /^target 'idle' cannot be reached/, { why: /^no job calls it yet$/ });
    reached("notice", /^target 'rests' cannot be reached/, { why: /switched off or paused/ });
  });

  test("certificates: days left, and a warning within 21 days", () => {
    found(items, "targets.certificates", "warning", /^the certificate of target 'near' ends in [89] days, at 20\d\d-/, { why: /^calls of job 'on-near' fail from then on/ });
    found(items, "targets.certificates", "ok", /^the certificate of target 'far' is good for (199|200) more days, until 20/);
    assert.equal(items.filter((i) => i.check === "targets.certificates").length, 2);
  });

  test("an unknown authority and a private address: the command that it names mends it", async () => {
    await shell(e, reached("problem", /^target 'stranger' .*unknown authority/, { fix: "edgecron target set stranger --ca-file /path/to/authority.pem" }).fix.replace("/path/to/authority.pem", authority.file));
    await shell(e, reached("warning", /^target 'blocked' .*not allowed/, { why: /--allow-private: then give this command the same/, fix: "edgecron target set blocked --allow-private=127.0.0.1" }).fix);
    const now = await findings(e);
    found(now, "targets.reached", "ok", /^target 'stranger' can/);
    found(now, "targets.reached", "ok", /^target 'blocked' can/);
    await e.apply(document([target("silent", `http://127.0.0.1:${plain}`)], []));
    found(await findings(e, "--allow-private", "127.0.0.0/8"), "targets.reached", "ok", /^http:\/\/127\.0\.0\.1:\d+ can be reached/);
  });

  test("--offline calls nobody", async () => {
    requests = [];
    connections = 0;
    const now = await findings(e, "--offline");
    assert.ok(!now.some((i) => i.check.startsWith("targets.")));
    assert.deepEqual([requests.length, connections], [0, 0]);
  });

  test("more than are called at once, and more than are called at all", async () => {
    const many = new Edgecron();
    await many.apply(document([...Array(260).keys()].map((i) => target(`t${i}`, `http://127.0.0.1:${plain}/fn-${i % 100}`)), []));
    requests = [];
    const now = await findings(many);
    assert.equal(requests.length, 256);
    found(now, "targets.reached", "notice", /^4 places were not called$/, { fix: "edgecron target check NAME" });
    found(now, "targets.reached", "ok", /^and \d+ more like these$/);
  });

  test("nothing to call", async () => {
    const none = new Edgecron();
    await none.apply(document([], []));
    const now = await findings(none);
    found(now, "targets.reached", "ok", /^there is no target yet/);
    found(now, "targets.certificates", "ok", /^no certificate was seen/);
    found(now, "jobs.schedules", "ok", /^there is no job that is to run$/);
  });
});

describe("keys that are refused", () => {
  const e = new Edgecron();
  let key = KEY;
  const refused = (items, ...rest) => found(items, "secrets.refused", ...rest);

  before(async () => {
    const port = await listen(http.createServer((q, a) => a.writeHead(q.headers["x-internal-key"] === key ? 200 : q.url === "/forbidden" ? 403 : 401).end()));
    await e.setSecret("K", KEY);
    await e.setSecret("OTHER", NEXT);
    await e.apply(document([target("prod", `http://127.0.0.1:${port}`, { headers })], [
      job("a", "/a", { target: "prod" }), job("b", "/b", { target: "prod" }), job("bare", { url: `http://127.0.0.1:${port}/bare` }),
      job("both", { url: "/both", headers: { Authorization: "Bearer {{secret.OTHER}}" } }, { target: "prod" }),
    ]));
    await e.serve(["--allow-private", "127.0.0.0/8"]);
  });
  after(() => e.stop());

  test("all is well at first", async () => {
    for (const name of ["a", "b"]) await e.runJob(name);
    refused(await findings(e), "ok", /^no function refused/);
    await until("acceptance to be written", async () => (await e.json(["secret", "list"])).items[0].accepted[0]);
  });

  test("which secret, which header, which version, of which jobs; set anew, and run again", async () => {
    key = NEXT;
    for (const name of ["a", "b"]) await e.runJob(name);
    const { fix } = refused(await findings(e), "problem", /^target 'prod' answered HTTP 401, and did not take 'X-Internal-Key' \(secret 'K', version 1\) of jobs 'a' and 'b', at 20/,
      { why: /^it took this version until 20.*, so it was changed there: every run fails/, fix: "edgecron secret set K" });
    await shell(e, fix, NEXT);
    const again = refused(await findings(e), "notice", /^target 'prod' answered HTTP 401 to jobs 'a' and 'b' at 20.*, before 'X-Internal-Key' \(secret 'K', version 2\)$/, { fix: "edgecron job run a --wait" });
    await shell(e, again.fix);
    await e.runJob("b");
    refused(await findings(e), "ok", /^no function refused/);
  });

  test("a function that was not given the new version", async () => {
    await until("the new version to be noted", async () => (await e.json(["secret", "list"])).items[0].accepted[0].version === 2);
    await e.setSecret("K", KEY);
    await e.runJob("a");
    refused(await findings(e), "problem", /secret 'K', version 3\) of job 'a'/, { why: /^it took version 2 until 20.*, so it was not given version 3 yet/ });
    key = KEY;
    await e.runJob("a");
  });

  test("several secrets, none, 403; a job that is off", async () => {
    key = "neither";
    for (const name of ["both", "bare"]) await e.runJob(name);
    await e.ok(["job", "set", "b", "--url", "/forbidden"]);
    await e.runJob("b");
    const items = await findings(e);
    assert.match(refused(items, "problem", /did not take 'Authorization' \(secret 'OTHER', version 1\) and 'X-Internal-Key' \(secret 'K', version 3\) of job 'both'/).fix, /^edgecron run show [0-9a-f-]{36}$/);
    assert.match(refused(items, "problem", /^http:\/\/127\.0\.0\.1:\d+ answered HTTP 401 to job 'bare', which carries no secret/, { why: /carries no credential/ }).fix, /^edgecron run show /);
    refused(items, "problem", /answered HTTP 403, and did not take .* of job 'b'/);
    await e.ok(["job", "pause", "both"]);
    refused(await findings(e), "notice", /of job 'both'/);
  });
});

describe("asked of a server", () => {
  const e = new Edgecron();
  const ask = (query = "", options) => e.api(`/api/v1/doctor${query}`, options);
  const waiting = [];
  let silent;

  before(async () => {
    const port = await listen(http.createServer(answer));
    silent = await listen(net.createServer((s) => waiting.push(s.on("error", () => {}))));
    await e.setSecret("K", KEY);
    await e.apply(document([target("prod", `http://127.0.0.1:${port}/fn`, { headers, allow_private: [] })], [job("daily", "/daily", { target: "prod" })]));
    await e.serve(["--allow-private", "127.0.0.0/8"]);
    e.tokens = {};
    for (const scope of ["read", "operate", "admin"]) e.tokens[scope] = await e.createToken(scope, scope);
  });
  after(() => e.stop());

  test("for administrators alone, as it names files", async () => {
    for (const [scope, status] of [["read", 403], ["operate", 403], ["admin", 200]]) assert.equal((await ask("?offline=true", { token: e.tokens[scope] })).status, status, scope);
    assert.equal((await ask("", { token: null })).status, 401);
    assert.equal((await ask("?offline=perhaps")).status, 422);
  });

  test("the same findings as the command's, and the server's own; every command says where", async () => {
    const { status, body } = await ask(), command = await findings(e, "--allow-private", "127.0.0.0/8");
    assert.equal(status, 200);
    const checks = (items) => [...new Set(items.map((i) => i.check))].filter((c) => c !== "server.health");
    assert.deepEqual(checks(body.items), checks(command));
    assert.deepEqual(Object.keys(body.items[0]), ["check", "severity", "what", "why", "fix"]);
    assert.equal(body.next_cursor, null);
    found(body.items, "server.health", "ok", /as \/readyz tells$/);
    found(body.items, "targets.reached", "ok", /^target 'prod' can be reached .*HTTP 404/);
    found(body.items, "key.sealed", "ok", /every value in it \(1\)$/);
    found(body.items, "data.server", "ok", new RegExp(`pid ${e.server.pid}\\b`));
    const same = ["data.files", "data.database", "secrets.missing", "secrets.unused", "jobs.readable", "jobs.outcomes"];
    for (const check of same) assert.deepEqual(body.items.filter((i) => i.check === check), command.filter((i) => i.check === check), check);
    await e.apply(document([], [job("lost", { url: "http://127.0.0.1:9/", headers: { h: "{{secret.LOST}}" } })]));
    const { fix } = found((await ask("?offline=true")).body.items, "secrets.missing", "problem", /'LOST'/);
    assert.equal(fix, `edgecron secret set LOST --data '${e.dir}'`);
    await shell(e, fix, NEXT);
    assert.ok(!(await ask("?offline=true")).body.items.some((i) => i.check === "secrets.missing" && i.severity !== "ok"));
  });

  test("one at a time: others are told to come back, and lists are answered meanwhile", async () => {
    await e.apply(document([target("silent", `http://127.0.0.1:${silent}`)], []));
    const first = ask();
    await until("the target to be called", () => waiting.length > 0);
    const second = await ask("?offline=true");
    assert.equal(second.status, 429);
    assert.ok(+second.headers.get("retry-after") > 0);
    assert.equal((await e.api("/api/v1/jobs")).status, 200);
    for (const s of waiting) s.destroy();
    found((await first).body.items, "targets.reached", "notice", /^target 'silent' cannot be reached: no proper answer/);
    assert.equal((await ask("?offline=true")).status, 200);
    await e.ok(["target", "remove", "silent"]);
  });

  test("gives way to a stop: no more targets are called", async () => {
    const other = new Edgecron();
    const sockets = [];
    const port = await listen(net.createServer((x) => (sockets.push(x), x.on("error", () => {}))));
    await other.apply(document(Array.from({ length: 130 }, (_, i) => target(`t${i}`, `http://127.0.0.1:${port}/${i}`)), []));
    await other.serve();
    other.token = await other.createToken("doctor", "admin");
    const asked = other.api("/api/v1/doctor").catch(() => {});
    await until("the first targets to be called", () => sockets.length > 0);
    const stopped = other.stop();
    await until("the server to say so", () => fetch(`${other.url}/readyz`).then((a) => a.status !== 200, () => true));
    const end = setInterval(() => sockets.forEach((x) => x.destroy()), 50); // each is over at once, from now on
    await Promise.all([stopped, asked]);
    clearInterval(end);
    assert.ok(sockets.length <= 64, `${sockets.length} were called`);
  });

  test("a master key that is in memory alone", async () => {
    const file = join(e.dir, "master.key"), kept = `${e.dir}.kept`;
    renameSync(file, kept);
    found((await ask("?offline=true")).body.items, "key.sealed", "warning", /the server's memory alone: '.*master\.key' does not have it$/, { why: /at its next start it is sealed/, fix: `edgecron unseal --data '${e.dir}' < copy-of-master.key` });
    assert.equal((await findings(e, "--offline")).find((i) => i.check === "key.sealed").severity, "problem", "the command cannot know");
    rmSync(file, { force: true });
    renameSync(kept, file);
    found((await ask("?offline=true")).body.items, "key.sealed", "ok", /opens the store/);
  });
});
