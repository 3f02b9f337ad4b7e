// More is due than a target takes, by far: nothing is lost, memory has a bound, it is told while it lasts, and all have their turn. An outage of a
// quarter of an hour leaves forty jobs of each second 36,000 runs to catch up.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { document, Edgecron, job, target } from "./harness/edgecron.mjs";
import { freePort } from "./harness/ports.mjs";
import { each, until } from "./harness/wait.mjs";

const JOBS = 40, OUTAGE_S = 900, HELD_MOST = 16_384;
const SANITIZED = /build\/(asan|tsan|coverage)\//.test(process.env.EDGECRON ?? "");
const seen = new Map(); // run id -> how often
let server, slow = true;

before(async () => {
  server = createServer((q, r) => {
    const id = q.headers["idempotency-key"];
    seen.set(id, (seen.get(id) ?? 0) + 1);
    q.resume();
    setTimeout(() => r.end("{\"ok\":true}"), slow ? 300 : 0);
  });
  const port = await freePort();
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
});
after(() => {
  server.closeAllConnections();
  server.close();
});

const sql = (e, text) => execFileSync("sqlite3", ["-cmd", ".timeout 20000", join(e.dir, "edgecron.db"), text], { encoding: "utf8", maxBuffer: 1 << 28 }).trim();
const rssMib = (e) => Number(readFileSync(`/proc/${e.server.pid}/status`, "utf8").match(/VmRSS:\s+(\d+)/)[1]) / 1024;
const status = async (e) => (await e.api("/api/v1/status")).body;
const said = (e, text) => (e.logs + (e.server.running ? e.server.stderr : "")).split("\n").filter((l) => l.includes(text)).length;

test("an outage that is caught up on a target which takes two calls at once", { timeout: 300_000 }, async () => {
  const e = new Edgecron();
  const limits = (max_concurrent) => target("narrow", `http://127.0.0.1:${server.address().port}`, { max_concurrent });
  const jobs = (more) => Array.from({ length: JOBS }, (_, i) => job(`job-${i}`, "/work",
    { target: "narrow", schedule: "@every 1s", overlap: "allow", catch_up: { policy: "all", window_s: 86_400 }, ...more }));
  await e.apply(document([limits(2)], [...jobs(), job("by-hand", "/work", { target: "narrow" })]));
  const outage = Date.now() - OUTAGE_S * 1000;
  sql(e, `UPDATE jobs SET created_at = ${outage}, effective_from = ${outage}; UPDATE planner SET planned_until = ${outage}`);
  await e.createToken("overload", "admin");

  await e.serve();
  const first = await until("an overload", async () => ((s) => s.queued_in_store > 0 && s)(await status(e)));
  const early = rssMib(e);
  assert.ok(Date.parse(first.overloaded_since) > Date.now() - 60_000);
  const all = JOBS * (OUTAGE_S - 10);
  const full = await until("all of it to be in the queue", async () => ((s) => s.queued > all && s)(await status(e)), { within: 120_000 });
  assert.ok(full.queued - full.queued_in_store <= HELD_MOST + JOBS + 128, `${full.queued - full.queued_in_store} are held`);
  const late = rssMib(e);
  if (!SANITIZED) assert.ok(late < early + 24, `from ${early} to ${late} MiB`);

  // It is told everywhere, and is no reason to restart.
  const ready = await e.api("/readyz");
  const check = ready.body.checks.find((c) => c.name === "load");
  assert.deepEqual([ready.status, check.ok], [200, false]);
  assert.match(full.checks.find((c) => c.name === "load").message, /^\d+ runs wait for their turn, \d+ of them in the store alone, since .* most are of job 'job-\d+'/);
  const { body: metrics } = await e.api("/metrics");
  assert.match(metrics, /^edgecron_overloaded 1$/m);
  assert.ok(Number(metrics.match(/^edgecron_runs_queued_in_store (\d+)$/m)[1]) > 10_000);
  assert.equal(said(e, "overload: more runs wait than are held in memory"), 1);

  // Who asks for more than can wait is told so, and nothing of that is written.
  const answers = await each(Array.from({ length: 1010 }), () => e.api("/api/v1/jobs/by-hand/run", { method: "POST" }), 16);
  const refused = answers.filter((a) => a.status === 429);
  assert.equal(answers.filter((a) => a.status === 202).length, 1000);
  assert.equal(refused.length, 10);
  assert.equal(refused[0].body.code, "too_many_requests");
  assert.ok(Number(refused[0].headers.get("retry-after")) > 0);
  assert.equal(sql(e, "SELECT count(*) FROM runs WHERE job = 'by-hand'"), "1000");

  // A server that starts with all of it in the store holds no more of it.
  await e.stop("SIGKILL");
  await e.serve();
  const again = await until("the queue to be known", async () => ((s) => s.queued_in_store > 0 && s)(await status(e)));
  assert.ok(again.queued > all - 1000, `${again.queued} of ${full.queued}`);
  assert.ok(again.queued - again.queued_in_store <= HELD_MOST + 1000 + JOBS + 128);
  if (!SANITIZED) assert.ok(rssMib(e) < early + 24, `${early} MiB before, ${rssMib(e)} after the start`);

  // Relief: nothing new, and a quick function.
  slow = false;
  await e.apply(document([limits(64)], jobs({ enabled: false })));
  await until("all to end", async () => ((s) => s.queued + s.in_flight + s.retrying === 0)(await status(e)), { within: 180_000, every: 250 });
  await until("the overload to be over", async () => (await status(e)).overloaded_since === null);
  assert.ok((await status(e)).checks.find((c) => c.name === "load").ok);
  assert.match((await e.api("/metrics")).body, /^edgecron_overloaded 0$/m);
  await e.stop();
  assert.equal(said(e, "overload is over"), 1);
  assert.equal(said(e, "overload: more runs wait than are held in memory"), 2); // two lives

  // Every second of every job is one row, they succeeded, late as they are, and each was called; twice only what the kill cut off.
  const rows = sql(e, "SELECT job, count(*), count(DISTINCT scheduled_for), (max(scheduled_for) - min(scheduled_for)) / 1000 + 1, sum(state = 'succeeded'), max(lateness_ms), min(scheduled_for) " +
    "FROM runs WHERE job <> 'by-hand' GROUP BY job").split("\n").map((l) => l.split("|"));
  assert.equal(rows.length, JOBS);
  for (const [name, count, distinct, seconds, succeeded, lateness, from] of rows) {
    assert.deepEqual([distinct, seconds, succeeded], [count, count, count], name);
    assert.ok(Number(count) >= OUTAGE_S && Number(from) < outage + 2000, `${name} from ${from}`);
    assert.ok(Number(lateness) > OUTAGE_S * 500, `${name}: ${lateness} ms`);
  }
  assert.equal(sql(e, "SELECT count(*) FROM runs WHERE job = 'by-hand' AND state = 'succeeded'"), "1000");
  const ids = sql(e, "SELECT lower(hex(id)) FROM runs").split("\n");
  for (const hex of ids) assert.ok(seen.has(hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5")), `${hex} was never called`);
  assert.equal(seen.size, ids.length);
  assert.ok([...seen.values()].filter((n) => n > 1).length <= 4);
  assert.equal(sql(e, "PRAGMA integrity_check"), "ok");
});
