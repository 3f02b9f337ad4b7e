// What is due next, of all jobs together, against what each job's own /next says.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Edgecron } from "./harness/edgecron.mjs";

const MINUTE = 60_000, HOUR = 60 * MINUTE;
const from = Date.now();
const at = (ms) => new Date(from + ms).toISOString();
const job = (name, schedule, more = {}) => ({ name, schedule, request: { url: "http://127.0.0.1:9/f" }, ...more });
const JOBS = [
  job("minutely", "* * * * *", { tags: ["often"] }),
  job("minutely-too", "* * * * *", { tags: ["often"], jitter_s: 50 }),
  job("five", "*/5 * * * *", { timezone: "Europe/Berlin" }),
  job("every", "@every 7m"),
  job("seconds", "*/20 * * * * *", { tags: ["dense"] }),
  job("ends", "* * * * *", { ends_at: at(10 * MINUTE) }),
  job("starts", "* * * * *", { starts_at: at(50 * MINUTE) }),
  job("once", `@at ${at(90 * MINUTE).slice(0, 19)}`),
  job("over", `@at ${at(-90 * MINUTE).slice(0, 19)}`),
  job("kathmandu", "15 * * * *", { timezone: "Asia/Kathmandu" }),
  job("disabled", "* * * * *", { enabled: false }),
  job("paused", "* * * * *"),
  job("paused-until", "* * * * *"),
];
const RESUMES = at(30 * MINUTE);
let e, mail;
const lists = {}; // of each job, from before anything was asked

before(async () => {
  e = new Edgecron();
  await e.apply({ version: 1, jobs: JOBS, settings: { paused: true } });
  await e.ok(["job", "pause", "paused"]);
  await e.ok(["job", "pause", "paused-until", "--until", RESUMES]);
  await e.createToken("tests", "admin");
  mail = (await e.json(["token", "create", "mail", "--scope", "read", "--tag", "often"])).token;
  await e.serve();
  for (const { name } of JOBS) lists[name] = (await get(`/jobs/${name}/next?count=1000`)).items;
});
after(() => e.stop());

async function get(path, token) {
  const r = await e.api(`/api/v1${path}`, token ? { token } : {});
  assert.equal(r.status, 200, `${path}: ${JSON.stringify(r.body)}`);
  return r.body;
}

/** The same, from each job's own list. */
function expected({ from, until }, names) {
  const all = names.flatMap((name) => lists[name].filter((x) => x.scheduled_for > from && x.scheduled_for <= until)
    .filter((x) => name !== "paused-until" || x.scheduled_for > RESUMES).map((x) => ({ job: name, scheduled_for: x.scheduled_for })));
  const key = (x) => `${x.scheduled_for} ${x.job}`;
  return all.sort((x, y) => (key(x) < key(y) ? -1 : 1));
}

/** Of the answer alone: that it fits together. */
function check(t, window_ms, point_s) {
  assert.equal(Date.parse(t.until) - Date.parse(t.from), window_ms);
  assert.equal(t.point_s, point_s);
  assert.equal(t.complete, true);
  assert.equal(t.series.reduce((n, p) => n + p.count, 0), t.total);
  const starts = t.series.map((p) => Date.parse(p.start));
  assert.ok(starts.every((s, i) => s % (point_s * 1000) === 0 && (i === 0 || s - starts[i - 1] === point_s * 1000)), String(starts));
  assert.ok(starts[0] <= Date.parse(t.from) && starts.at(-1) <= Date.parse(t.until));
}

test("an hour: each occurrence of each job that is active, in order, and by the minute", async () => {
  const t = await get("/schedule/upcoming?limit=1000");
  check(t, HOUR, 60);
  const names = JOBS.map((j) => j.name).filter((n) => n !== "disabled" && n !== "paused");
  const all = expected(t, names);
  assert.deepEqual(t.items, all);
  assert.equal(t.total, all.length);
  for (const p of t.series) {
    const in_it = all.filter((x) => Date.parse(x.scheduled_for) >= Date.parse(p.start) && Date.parse(x.scheduled_for) < Date.parse(p.start) + MINUTE);
    assert.equal(p.count, in_it.length, p.start);
  }
  const hours = new Set(t.items.map((x) => x.job));
  assert.ok(hours.has("paused-until") && !hours.has("once") && !hours.has("over"));
});

test("the first of them, of a window that has more", async () => {
  const t = await get("/schedule/upcoming?window=2h&limit=7");
  check(t, 2 * HOUR, 60);
  assert.equal(t.items.length, 7);
  assert.deepEqual(t.items, expected(t, ["minutely", "minutely-too", "five", "every", "seconds", "ends", "kathmandu"]).slice(0, 7));
  assert.ok(t.total > 500);
  assert.equal((await get("/schedule/upcoming")).items.length, 100);
});

test("longer windows have coarser points; dense schedules are counted all the same", async () => {
  const six = await get("/schedule/upcoming?window=360m&job=seconds");
  check(six, 6 * HOUR, 300);
  assert.equal(six.total, 6 * 180);
  const day = await get("/schedule/upcoming?window=24h&tag=dense");
  check(day, 24 * HOUR, 900);
  assert.equal(day.total, 24 * 180);
  assert.deepEqual((await get("/schedule/upcoming?window=2h&job=once")).items.map((x) => x.job), ["once"]);
});

test("by job and by tag; a restricted token sees what it may", async () => {
  const five = await get("/schedule/upcoming?job=five");
  assert.deepEqual(five.items, expected(five, ["five"]));
  assert.equal((await get("/schedule/upcoming?job=no-such-job")).total, 0);
  const often = await get("/schedule/upcoming?tag=often&limit=1000");
  assert.deepEqual(often.items, expected(often, ["minutely", "minutely-too"]));
  const seen = await get("/schedule/upcoming?limit=1000", mail);
  assert.deepEqual([...new Set(seen.items.map((x) => x.job))].sort(), ["minutely", "minutely-too"]);
  assert.equal((await get("/schedule/upcoming?job=five", mail)).total, 0);
});

test("while everything is paused it says so, and what would be due", async () => {
  const paused = await get("/schedule/upcoming");
  assert.equal(paused.paused, true);
  assert.ok(paused.total > 0);
});

test("windows that are none are refused, with what would be one", async () => {
  for (const window of ["4m", "25h", "1d", "", "x", "1h30m", "60"]) {
    const r = await e.api(`/api/v1/schedule/upcoming?window=${window}`);
    assert.equal(r.status, 422, window);
    assert.match(r.body.detail, /5m to 1440m, or hours, 1h to 24h/);
  }
});
