// A day of failures, hour by hour, on a clock that a file moves (debug binary, as in clock.test.mjs): exactly the messages that are to be told, in their order, each at
// its time, and no other. What is waited for is what the store says: which runs are open, whose ends nobody has looked at, what is due to be told.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, renameSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { channel, startFunctions, startInbox } from "./harness/alerts.mjs";
import { document, Edgecron, job, target } from "./harness/edgecron.mjs";
import { until } from "./harness/wait.mjs";

const BINARY = process.env.EDGECRON_DEBUG;
const skip = BINARY && existsSync(BINARY) ? false : "needs the debug binary: EDGECRON_DEBUG=build/debug/edgecron";
const MINUTE = 60_000, HOUR = 60 * MINUTE;
const MIDNIGHT = (Math.floor(Date.now() / (24 * HOUR)) + 2) * 24 * HOUR;
const open = [];
after(() => Promise.all(open.map((x) => x.close())));

const name = (i) => `batch-${String(i).padStart(2, "0")}`;
const HOURLY = "30 * * * *";
const jobs = [
  job("mail", "/mail", { schedule: HOURLY, target: "prod" }),
  job("report", "/report", { schedule: "30 4 * * *", target: "reports", alerts: [{ on: "failure", repeat_s: 14000 }] }),
  job("flaky", "/flaky", { schedule: HOURLY, target: "flaky", alerts: [{ on: "failure", after: 3 }] }),
  job("rare", "/rare", { schedule: "@at 2000-01-01T00:00:00", target: "rare", alerts: [{ on: "no_success", over_s: 20000 }] }),
  job("muted", "/muted", { schedule: "30 13 * * *", target: "muted" }),
  job("long", "/long", { schedule: "@at 2000-01-01T00:00:00", target: "narrow", alerts: [{ on: "duration", over_ms: MINUTE }] }),
  job("late", "/late", { schedule: "@at 2000-01-01T00:00:00", target: "narrow", alerts: [{ on: "lateness", over_ms: MINUTE }] }),
  ...Array.from({ length: 20 }, (_, i) => job(name(i), `/batch/${i}`, { schedule: "30 12 * * *", target: "batch" })),
];
const TARGETS = ["prod", "reports", "flaky", "rare", "muted", "batch", "narrow"];
const OPEN = "finished_at IS NULL AND job NOT IN ('long', 'late')"; // these two are meant to be

/** By hour: what functions answer from then on. */
const DAY = {
  0: { "/report": 500, "/muted": 503 },
  2: { "/mail": 401 },
  6: { "/mail": 200 },
  7: { "/flaky": 500 },
  9: { "/flaky": 200 },
  10: { "/flaky": 500 },
  12: Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`/batch/${i}`, 500])),
  13: { "/flaky": 200 },
};
const EXPECTED = [
  "02:32 fired failure prod: mail",
  "04:32 fired failure reports: report",
  "06:32 fired no_success rare: rare",
  "06:32 recovered failure prod: mail",
  "08:30 again failure reports: report",
  "10:32 recovered no_success rare: rare",
  "12:30 again failure reports: report",
  `12:32 fired failure batch: ${Array.from({ length: 20 }, (_, i) => name(i)).join(" ")}`,
  "12:32 fired failure flaky: flaky",
  "12:32 fired secret_age -: CRON_KEY",
  "13:32 recovered failure flaky: flaky",
  "15:30 fired duration narrow: long",
  "15:30 fired lateness narrow: late",
  "16:30 again failure reports: report",
  "16:32 fired no_success rare: rare",
  "16:32 recovered duration narrow: long",
  "16:32 recovered lateness narrow: late",
  "18:30 fired failure muted: muted",
  "20:30 again failure reports: report",
  "22:46 fired missed flaky: flaky",
  "22:46 fired missed prod: mail",
];

const line = ({ body: b }) => `${b.at.slice(11, 16)} ${b.kind} ${b.on} ${b.target ?? "-"}: ${b.items.map((i) => i.subject).sort().join(" ")}`;

test("a day of failures gives exactly the messages that are to be told", { skip }, async () => {
  const [inbox, functions] = await Promise.all([startInbox(), startFunctions()]);
  open.push(inbox, functions);
  const e = new Edgecron();
  await e.createToken("tests", "admin");
  const count = (sql) => Number(execFileSync("sqlite3", ["-readonly", "-cmd", ".timeout 5000", join(e.dir, "edgecron.db"), sql], { encoding: "utf8" }));
  /** At once: a file that is empty for a moment would be a clock that is set back. */
  const setClock = (at) => {
    const next = e.file("clock.next", String(at - Date.now()));
    renameSync(next, join(e.dir, "../clock"));
    return join(e.dir, "../clock");
  };
  const move = (at) => {
    setClock(at);
    e.server.kill("SIGHUP");
  };
  const put = async (path, body, method = "PUT", type = "application/json") => {
    const r = await e.api(`/api/v1/${path}`, { method, headers: { "content-type": type }, body: JSON.stringify(body) });
    assert.ok(r.status < 300, `${path}: ${JSON.stringify(r.body)}`);
  };
  const start = () => e.serve([], { binary: BINARY, env: { EDGECRON_TEST_CLOCK_FILE: setClock(clock) } });
  let clock = MIDNIGHT, nudges = 0;
  /** Nothing is open, and what ended was shown to the rules. */
  const settled = async () => {
    await put("jobs/rare", { description: `${++nudges}` }, "PATCH", "application/merge-patch+json"); // a change has the engine look soon
    await until("all runs to end and be looked at", async () =>
      count(`SELECT (SELECT count(*) FROM runs WHERE ${OPEN}) + (SELECT count(*) FROM run_ends WHERE id > 0)`) === 0, { every: 60 });
  };
  /** What is due at `at` has been told, and its messages have ended. */
  const told = (at) => until("what is due to be told", async () =>
    count(`SELECT (SELECT count(*) FROM watch_states WHERE due_at <= ${at}) + (SELECT count(*) FROM runs WHERE ${OPEN})`) === 0, { every: 60,
    state: () => JSON.stringify(inbox.messages.map(line)) });
  const go = (at) => move(clock = at);

  await start();
  await put("secrets/CRON_KEY", { value: "the-key-of-the-functions-31", rotate_every_s: 12 * 3600 });
  await put("apply", { ...document(TARGETS.map((t) => target(t, functions.url, { headers: { "X-Key": "{{secret.CRON_KEY}}" }, ...(t === "narrow" ? { max_concurrent: 1 } : {}) })), jobs),
    channels: [channel("ops", `${inbox.url}/`)] }, "POST");
  await put("mutes/target/muted", { until: new Date(MIDNIGHT + 18 * HOUR).toISOString() });

  for (let hour = 0; hour < 24; hour++) {
    Object.assign(functions.answer, DAY[hour]);
    if (hour === 21) {
      await e.stop(); // two occurrences of the hourly jobs pass: one is caught up, one is missed
      clock = MIDNIGHT + 22 * HOUR + 45 * MINUTE;
      await start();
      hour = 22;
    } else {
      go(MIDNIGHT + hour * HOUR + 30 * MINUTE + 5000);
    }
    const due = MIDNIGHT + hour * HOUR + 30 * MINUTE;
    await until(`the runs of ${hour}:30`, async () => count(`SELECT count(*) FROM runs WHERE scheduled_for = ${due} AND finished_at IS NOT NULL AND job IN ('mail', 'flaky')`) === 2, { every: 60 });
    if (hour === 10) await put("jobs/rare/run", {}, "POST");
    if (hour === 14) { // it goes on for an hour, and another waits for its slot
      functions.hold("/long");
      await put("jobs/long/run", {}, "POST");
      await until("it to be called", async () => functions.seen["/long"] === 1);
      await put("jobs/late/run", {}, "POST");
    }
    if (hour === 15) functions.release("/long");
    if (hour === 16) for (const j of ["long", "late"]) await put(`jobs/${j}/run`, {}, "POST");
    if (hour > 14) await until("none to be open", async () => count("SELECT count(*) FROM runs WHERE finished_at IS NULL AND job IN ('long', 'late')") === 0, { every: 60 });
    await settled();
    await told(clock);
    go(clock + 115_000);
    await told(clock);
  }
  const messages = inbox.messages.map(line).sort();
  assert.deepEqual(messages, EXPECTED);
  const all = await e.runs("--job", "alert:ops");
  assert.deepEqual([...new Set(all.map((r) => r.state))], ["succeeded"]);
  assert.equal(all.length, EXPECTED.length);
  assert.equal(new Set(inbox.messages.map((m) => m.run)).size, EXPECTED.length);
  const text = JSON.stringify(inbox.messages);
  assert.ok(!text.includes("the-key-of-the-functions"));
  assert.match(inbox.messages[0].body.text, /CRON_KEY/);
  await e.stop();
});
