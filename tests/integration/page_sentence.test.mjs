// What the page's overview says first, and for what reasons: a decision, so no browser is needed. Every key it can choose has its text in three languages.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { lagging, rotationSteps } from "../../web/base/rotation.js";
import { named, newestFirst, secretsOf, sentence } from "../../web/screens/sentence.js";
import alerts from "../../web/text/alerts.js";
import overview from "../../web/text/overview.js";
import rotation from "../../web/text/rotation.js";
import rules from "../../web/text/rules.js";

const NOW = Date.parse("2026-11-20T12:00:00.000Z"), ago = (ms) => new Date(NOW - ms).toISOString(), MINUTE = 60000, DAY = 86400000;
const CHECKS = ["store", "disk", "vault", "sealed", "clock", "engine"];
const status = (more = {}, wrong = {}) => ({
  jobs: 6, jobs_active: 6, jobs_failing: 0, paused: false, sealed: false, draining: false, next_due: "2026-11-20T12:14:00.000Z", next_job: "followup-12h",
  checks: CHECKS.map((name) => ({ name, ok: !(name in wrong), message: wrong[name] ?? "" })), ...more,
});
const job = (name, failing, more = {}) => ({
  name, enabled: true, target: "prod", request: { url: "/f", headers: { "X-Internal-Key": "{{secret.OWN}}" } },
  status: { paused: false, paused_until: null, failing: { since: ago(DAY), runs: 2, run: "r", message: "answered 401", last_success_at: null, ...failing } }, ...more,
});
const secret = (name, more = {}) => ({
  name, version: 2, updated_at: ago(DAY), previous: null, due_at: ago(-DAY), overdue: false, rotate_every_s: 7776000, used_by: { jobs: [], targets: [] }, accepted: [], ...more,
});
const rotating = (name, at) => secret(name, { previous: { version: 1, expires_at: ago(-DAY) }, accepted: [{ target: "prod", origin: null, version: 1, at }] });
const run = (job, dueMs, more = {}) => ({ id: job, job, trigger: "schedule", scheduled_for: ago(dueMs), message: "", lateness_ms: null, ...more });
const told = (data = {}) => sentence({ status: status(), failing: [], waiting: [], late: [], secrets: [], now: NOW, ...data });
const kinds = (s) => s.reasons.map((r) => `${r.kind} ${r.name}`);

describe("all is well", () => {
  test("says so, with what comes next, and gives no reason", () =>
    assert.deepEqual(told(), { tone: "good", key: "well.all", values: { n: 6 }, but: null, next: { job: "followup-12h", at: "2026-11-20T12:14:00.000Z" }, reasons: [] }));
  test("of the only job", () => assert.equal(told({ status: status({ jobs: 1, jobs_active: 1 }) }).key, "well.one"));
  test("of the active ones, and how many are not", () => {
    const { key, values } = told({ status: status({ jobs_active: 4 }) });
    assert.deepEqual([key, values], ["well.active", { n: 4, off: 2 }]);
  });
  test("the only job is off: it is not called well", () => assert.equal(told({ status: status({ jobs: 1, jobs_active: 0 }) }).key, "well.inactive"));
  test("what fails but is off, or paused until somebody resumes it, is nobody's trouble", () => {
    const off = [job("off", {}, { enabled: false }), job("held", {})];
    off[1].status.paused = true;
    assert.equal(told({ failing: off }).tone, "good");
  });
  test("a secret in time, a rotation that every place has followed", () => {
    const done = secret("K", { previous: { version: 1, expires_at: ago(-DAY) }, accepted: [{ target: "prod", origin: null, version: 2, at: ago(MINUTE) }] });
    assert.equal(told({ secrets: [secret("S"), done] }).tone, "good");
  });
  test("a call that is due since a moment, one that began seconds late, one by hand that did", () => {
    const late = [run("a", DAY, { lateness_ms: 59000 }), run("b", DAY, { lateness_ms: 99000, trigger: "manual" })];
    assert.equal(told({ waiting: [run("a", 4000)], late }).tone, "good");
  });
});

describe("what is wrong goes before what is well, the worse before the less bad", () => {
  const all = {
    failing: [job("j", {})], waiting: [run("w", MINUTE)], late: [run("l", MINUTE, { lateness_ms: 61000 })],
    secrets: [secret("old", { overdue: true, due_at: ago(DAY) }), rotating("turning", ago(MINUTE))],
  };
  const steps = [
    ["well.away", "bad", { away: true, status: status({ sealed: true, paused: true, jobs_failing: 1 }, { sealed: "no key" }) }],
    ["well.sealed", "bad", { status: status({ sealed: true, paused: true, jobs_failing: 1 }, { sealed: "no key" }) }],
    ["well.draining", "warn", { status: status({ draining: true, paused: true, jobs_failing: 1 }, { engine: "the server is stopping" }) }],
    ["well.broken", "bad", { status: status({ paused: true, jobs_failing: 1 }, { store: "no space" }) }],
    ["well.paused", "warn", { status: status({ paused: true, jobs_failing: 1 }, { clock: "set back" }) }],
    ["well.failing", "bad", { status: status({ jobs_failing: 1 }, { clock: "set back" }) }],
  ];
  for (const [key, tone, data] of steps)
    test(key, () => {
      const s = told({ ...all, ...data });
      assert.deepEqual([s.key, s.tone, s.but], [key, tone, null]);
    });
  test("nothing is set up: a start, not an error", () => {
    const s = told({ status: status({ jobs: 0, jobs_active: 0, next_due: null, next_job: null }) });
    assert.deepEqual([s.key, s.tone, s.next], ["well.empty", "quiet", null]);
  });
  const buts = [
    ["well.but_waiting", { ...all, failing: [] }], ["well.but_check", { ...all, failing: [], waiting: [], status: status({}, { clock: "set back" }) }],
    ["well.but_rotation", { ...all, failing: [], waiting: [] }], ["well.but_overdue", { secrets: [all.secrets[0]], late: all.late }], ["well.but_late", { late: all.late }],
    ["well.but_lateness", { status: status({ lateness_p95_ms: 60001 }) }],
  ];
  for (const [key, data] of buts)
    test(`well, ${key}`, () => {
      const s = told(data);
      assert.deepEqual([s.key, s.tone, s.but[0]], ["well.all", "warn", key]);
    });
  test("a disk that is nearly full warns, though its check passes", () => {
    const s = status();
    s.checks[1].message = "9 KiB are left";
    assert.deepEqual([told({ status: s }).but, told({ status: s }).reasons[0].message], [["well.but_check", { name: "disk" }], "9 KiB are left"]);
  });
  test("failures are counted by the server, of which a page shows some", () =>
    assert.deepEqual(told({ status: status({ jobs: 9000, jobs_failing: 400 }), failing: [job("j", {})] }).values, { n: 400, total: 9000 }));
  test("a failing job that is paused until a time will be called again: it counts", () => {
    const held = job("held", {});
    Object.assign(held.status, { paused: true, paused_until: ago(-MINUTE) });
    assert.deepEqual(kinds(told({ status: status({ jobs_failing: 1 }), failing: [held] })), ["failing held"]);
  });
  test("nothing comes next while nothing is called", () => {
    for (const [more, wrong] of [[{ sealed: true }, { sealed: "no key" }], [{ paused: true }], [{ draining: true }, { engine: "stopping" }]])
      assert.equal(told({ status: status(more, wrong) }).next, null);
  });
});

describe("reasons", () => {
  test("in order of weight: checks, failures, what waits, rotations, what is due, what was late", () => {
    const s = told({
      status: status({ jobs_failing: 1 }, { clock: "set back", sealed: "no key", store: "read-only" }), failing: [job("j", {})], waiting: [run("w", MINUTE)],
      secrets: [secret("old", { overdue: true }), rotating("turning", ago(MINUTE))], late: [run("l", MINUTE, { lateness_ms: 61000 })],
    });
    assert.deepEqual(kinds(s), ["check sealed", "check store", "check clock", "failing j", "waiting w", "rotation turning", "overdue old", "late l"]);
  });
  test("a failing job with since when, how often, the message, the newest run and the secrets it names", () => {
    const shared = secret("SHARED", { used_by: { jobs: [], targets: ["prod"] } });
    const [r] = told({ status: status({ jobs_failing: 1 }), failing: [job("j", { runs: 3 })], secrets: [shared, secret("OTHER", { used_by: { jobs: [], targets: ["dev"] } })] }).reasons;
    assert.deepEqual([r.since, r.runs, r.message, r.run, r.secrets], [ago(DAY), 3, "answered 401", "r", ["OWN", "SHARED"]]);
  });
  test("a channel that delivers nothing, unless it is off, and a heartbeat that is not taken", () => {
    const channel = (name, enabled, failing_since) => ({ name, enabled, status: { failing_since, failed: 3, message: "answered 404", run: "r" } });
    const heartbeat_failing_since = ago(MINUTE);
    const s = told({ status: status({ heartbeat_failing_since }), channels: [channel("ops", true, ago(DAY)), channel("off", false, ago(DAY)), channel("well", true, null)] });
    assert.deepEqual(kinds(s), ["channel ops", "heartbeat "]);
    assert.deepEqual([s.tone, s.key, s.but], ["warn", "well.all", ["well.but_channel", { name: "ops" }]]);
    assert.deepEqual([s.reasons[0].since, s.reasons[0].runs, s.reasons[0].run, s.reasons[1].since], [ago(DAY), 3, "r", ago(MINUTE)]);
    assert.deepEqual(told({ status: status({ heartbeat_failing_since }) }).but, ["well.but_heartbeat", {}]);
    assert.equal(told({ status: status({ heartbeat_failing_since: null }) }).tone, "good");
  });
  test("three jobs that fail at one target with one message are one reason; two, or others, are not", () => {
    const jobs = [job("a", {}), job("b", { since: ago(2 * DAY) }), job("c", {}), job("d", {}, { target: "dev" }), job("e", { message: "answered 500" }), job("f", { message: "answered 500" })];
    const s = told({ status: status({ jobs_failing: 6 }), failing: jobs });
    assert.deepEqual(kinds(s), ["outage a", "failing d", "failing e", "failing f"]);
    assert.deepEqual([s.reasons[0].names, s.reasons[0].since, s.reasons[0].secrets, named(s.reasons)], [["a", "b", "c"], ago(2 * DAY), ["OWN"], 6]);
  });
  test("secrets in the address, headers and body, each once", () =>
    assert.deepEqual(secretsOf({ target: null, request: { url: "/?k={{secret.A}}", headers: { B: "Bearer {{ secret.B }}" }, body: { deep: ["{{secret.A}}", "{{secret.C}}"] } } }), ["A", "B", "C"]));
  test("many waiting runs of a job are one reason, since the first", () => {
    const [r, more] = told({ waiting: [run("a", 20000), run("a", 30000, { id: "first" }), run("a", 10000), run("b", 6000)] }).reasons;
    assert.deepEqual([r.name, r.since, r.run, r.runs, more.name], ["a", ago(30000), "first", 3, "b"]);
  });
  test("many late starts of a job are one reason, of the latest", () => {
    const [r, more] = told({ late: [run("a", DAY, { lateness_ms: 70000 }), run("a", DAY, { lateness_ms: 90000 })] }).reasons;
    assert.deepEqual([r.late_ms, r.runs, more], [90000, 2, undefined]);
  });
  test("the server's figure of lateness tells where no list of late runs does", () => {
    const slow = status({ lateness_p95_ms: 61000 });
    assert.deepEqual(told({ status: slow }).reasons, [{ kind: "lateness", tone: "warn", name: "", since: null, late_ms: 61000 }]);
    assert.deepEqual(kinds(told({ status: slow, late: [run("l", MINUTE, { lateness_ms: 61000 })] })), ["late l"]);
    assert.equal(told({ status: status({ lateness_p95_ms: null }) }).tone, "good");
  });
  test("what waits while everything is paused or sealed has its reason in that", () => {
    for (const [more, wrong] of [[{ paused: true }], [{ sealed: true }, { sealed: "no key" }]])
      assert.ok(!kinds(told({ status: status(more, wrong), waiting: [run("w", MINUTE)] })).includes("waiting w"));
  });
  test("the newest first; what has no time of its own before all", () => {
    const s = told({ status: status({ jobs_failing: 2, paused: true }), failing: [job("old", {}), job("new", { since: ago(MINUTE) })], secrets: [secret("S", { overdue: true, due_at: ago(2 * MINUTE) })] });
    assert.deepEqual(newestFirst(s.reasons).map((r) => r.name), ["", "new", "S", "old"]);
  });
});

describe("steps of a rotation", () => {
  const at = (version, ms, more = {}) => ({ target: "prod", origin: null, version, at: ago(ms), ...more });
  const during = (...accepted) => secret("K", { previous: { version: 1, expires_at: ago(-DAY) }, accepted });
  const cases = [
    ["done", "good", during(at(2, MINUTE))], ["behind", "warn", during(at(1, MINUTE))], ["silent", "quiet", during(at(1, 2 * DAY))], ["nobody", "quiet", during()],
    ["lost", "bad", secret("K", { accepted: [at(1, MINUTE)] })],
  ];
  for (const [key, tone, s] of cases)
    test(key, () => {
      const [step, more] = rotationSteps(s);
      assert.deepEqual([step.key, step.tone, more], [`rotation.${key}`, tone, undefined]);
      assert.equal(lagging(s).length, tone === "warn" || tone === "bad" ? 1 : 0);
      assert.equal(step.until !== null, rotation[step.key][0].includes("{until}"));
    });
  test("nothing, when it is over and every place follows, or had no call since", () => {
    assert.deepEqual(rotationSteps(secret("K", { accepted: [at(2, MINUTE), at(1, 2 * DAY, { target: "dev" })] })), []);
  });
  test("the most urgent first, a place without a target by its origin", () => {
    const steps = rotationSteps(during(at(2, MINUTE), at(1, 2 * DAY, { target: "dev" }), at(1, MINUTE, { target: null, origin: "https://f.example" })));
    assert.deepEqual(steps.map((s) => [s.tone, s.target ?? s.origin]), [["warn", "https://f.example"], ["quiet", "dev"], ["good", "prod"]]);
  });
});

test("every text in three languages, with the same names in it", () => {
  const names = (cell) => [...new Set(Object.values(typeof cell === "string" ? { cell } : cell).flatMap((s) => s.match(/\{\w+\}/g) ?? []))].sort();
  for (const [key, row] of Object.entries({ ...overview, ...alerts, ...rotation, ...rules })) {
    assert.equal(row.length, 3, key);
    for (const cell of row) {
      assert.deepEqual(names(cell), names(row[0]), key);
      if (typeof cell === "object") assert.ok(cell.other, key);
    }
    assert.ok(!JSON.stringify(row[1]).includes("'"), `${key}: French has ’`);
  }
});
