// Lists, filters and statistics over HTTP, on runs that really happened: what the users' followup_stats told them, by job and by tag.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { Edgecron, document, job, target } from "./harness/edgecron.mjs";

/** What each slot's call finds; 16:00 is refused. */
const SLOTS = { "07:00": { sent: 5, failed: 1 }, "12:00": { sent: 2, failed: 0 }, "16:00": null };
const RUNS = { "followup-7h": 3, "followup-12h": 2, "followup-16h": 1, other: 1 };
let functions, e;

function answer(request, response) {
  let body = "";
  request.on("data", (s) => (body += s));
  request.on("end", () => {
    const found = SLOTS[JSON.parse(body).time_slot];
    response.writeHead(found ? 200 : 401, { "content-type": "application/json" });
    response.end(JSON.stringify(found ? { ok: true, followups_sent: found.sent, followups_failed: found.failed } : { error: "invalid key" }));
  });
}

const slot = (time_slot) => ({ method: "POST", url: "/followup-processor", body: { time_slot } });
const followup = (name, time_slot, tags) =>
  job(name, slot(time_slot), { target: "prod", tags, description: `At ${time_slot}`,
    metrics: { followups_sent: "/followups_sent", followups_failed: "/followups_failed" } });

before(async () => {
  functions = createServer(answer);
  await new Promise((listening) => functions.listen(0, "127.0.0.1", listening));
  const url = `http://127.0.0.1:${functions.address().port}`;
  e = new Edgecron();
  await e.apply(document([target("prod", url), target("spare", url)], [
    followup("followup-7h", "07:00", ["followup", "early"]),
    followup("followup-12h", "12:00", ["followup"]),
    followup("followup-16h", "16:00", ["followup"]),
    { ...followup("other", "12:00", []), target: "spare", enabled: false },
  ]));
  await e.createToken();
  await e.serve();
  for (const [name, n] of Object.entries(RUNS)) for (let i = 0; i < n; i++) await e.runJob(name);
});
after(async () => {
  await e.stop();
  functions.close();
});

async function get(path) {
  const r = await e.api(`/api/v1${path}`);
  assert.equal(r.status, 200, `${path}: ${JSON.stringify(r.body)}`);
  return r.body;
}
const names = (page, of = (x) => x.name) => page.items.map(of);

test("runs are filtered by what they are and what their jobs are", async () => {
  const count = async (query) => (await get(`/runs?${query}`)).items.length;
  assert.equal(await count("tag=followup"), 6);
  assert.equal(await count("tag=early"), 3);
  assert.equal(await count("target=spare"), 1);
  assert.equal(await count("tag=followup&target=spare"), 0);
  assert.equal(await count("state=failed,missed"), 1);
  assert.equal(await count("state=succeeded&tag=followup"), 5);
  assert.equal(await count("outcome=http_status,tls"), 1);
  assert.equal(await count("text=answered%20401"), 1);
  assert.equal(await count("text=ANSWERED&state=succeeded"), 0);
  assert.equal(await count("trigger=schedule"), 0);
  const oldest = await get("/runs?sort=created_at&limit=2");
  assert.deepEqual(names(oldest, (r) => r.job), ["followup-7h", "followup-7h"]);
  const next = await get(`/runs?sort=created_at&limit=2&cursor=${oldest.next_cursor}`);
  assert.deepEqual(names(next, (r) => r.job), ["followup-7h", "followup-12h"]);
  const longest = names(await get("/runs?sort=-duration_ms"), (r) => r.duration_ms);
  assert.deepEqual(longest, [...longest].sort((a, b) => b - a));
});

test("jobs are filtered, and come with their newest runs", async () => {
  assert.deepEqual(names(await get("/jobs?tag=followup")), ["followup-12h", "followup-16h", "followup-7h"]);
  assert.deepEqual(names(await get("/jobs?target=spare")), ["other"]);
  assert.deepEqual(names(await get("/jobs?enabled=false")), ["other"]);
  assert.deepEqual(names(await get("/jobs?state=failed")), ["followup-16h"]);
  assert.deepEqual(names(await get("/jobs?text=AT%2007")), ["followup-7h"]);
  const [first] = (await get("/jobs?recent=2&text=followup-7h")).items;
  assert.deepEqual(first.status.recent.map((r) => r.outcome), ["ok", "ok"]);
  assert.equal(first.status.recent[0].id, first.status.last_run.id);
  const runs = (await get("/runs?job=followup-7h&limit=2")).items;
  assert.ok(runs.every((r) => r.duration_ms >= 0));
  assert.deepEqual(first.status.recent.map((r) => r.duration_ms), runs.map((r) => r.duration_ms));
  assert.equal(names(await get("/jobs?sort=next_at")).at(-1), "other", "one that will not run comes last");
});

test("statistics add up what the functions reported, before and after a restart", async () => {
  const check = async () => {
    const all = await get("/stats?tag=followup");
    assert.deepEqual([all.runs, all.succeeded, all.failed, all.success_rate], [6, 5, 1, 0.833333]);
    assert.deepEqual(all.outcomes, { ok: 5, http_status: 1 });
    assert.deepEqual(all.metrics.followups_sent, { count: 5, sum: 19, mean: 3.8, min: 2, max: 5 });
    assert.equal(all.metrics.followups_failed.sum, 3);
    assert.equal(all.series.length, 24);
    assert.equal(all.series.reduce((n, p) => n + p.runs, 0), 6);
    assert.equal(all.duration_ms.count, 6);
    assert.ok(all.duration_ms.p50 <= all.duration_ms.max);
    const one = await get("/jobs/followup-7h/stats?window=30d");
    assert.equal(one.series.length, 30);
    assert.equal(one.series.at(-1).metrics.followups_sent + (one.series.at(-2).metrics.followups_sent ?? 0), 15);
  };
  await check();
  await e.stop();
  await e.serve();
  await check();
});

test("a token for one tag sees those jobs, their runs and their statistics alone", async () => {
  const { token } = await e.json(["token", "create", "early-bird", "--scope", "read", "--tag", "early"]);
  const own = async (path) => (await e.api(`/api/v1${path}`, { token })).body;
  assert.deepEqual(names(await own("/jobs")), ["followup-7h"]);
  assert.deepEqual(names(await own("/jobs?sort=next_at")), ["followup-7h"]);
  assert.deepEqual(new Set(names(await own("/runs"), (r) => r.job)), new Set(["followup-7h"]));
  assert.equal((await own("/runs?job=other")).items.length, 0);
  assert.equal((await own("/runs?state=failed")).items.length, 0);
  assert.equal((await own("/stats")).runs, 3);
  assert.equal((await own("/stats?job=other")).runs, 0);
  assert.equal((await own("/jobs/followup-7h/stats")).runs, 3);
  assert.notEqual((await e.api("/api/v1/jobs/other/stats", { token })).status, 200);
});

test("what is asked wrongly is told how", async () => {
  for (const [path, words] of [
    ["/runs?state=bad", "some of queued"], ["/runs?sort=size", "one of -created_at"], ["/jobs?paused=maybe", "one of false, true"],
    ["/stats?window=5w", "1h to 168h"], ["/runs?sort=-duration_ms&cursor=0193a2c4-7f00-7abc-8def-0123456789ab", "one page"],
  ]) {
    const r = await e.api(`/api/v1${path}`);
    assert.equal(r.status, 422, path);
    assert.ok(r.body.detail.includes(words), `${path}: ${r.body.detail}`);
  }
  assert.equal((await e.api("/api/v1/jobs/none/stats")).status, 404);
});
