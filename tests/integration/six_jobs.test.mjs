// The two users' six jobs against their own functions in a real Deno, over HTTP and HTTPS: by hand, on schedule, and with a key that was changed.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { makeAuthority } from "./harness/ca.mjs";
import { Edgecron, LOOPBACK } from "./harness/edgecron.mjs";
import { sample, startFunctions } from "./harness/functions.mjs";
import { each, until } from "./harness/wait.mjs";

const KEYS = { CRON_INTERNAL_KEY: "kJ8mN2pQ5rT9wX3yB6eH1jK4lM7nP0sV2uA5cD8fG1h", SUPABASE_SERVICE_ROLE_KEY: "eyJhbGciOiJIUzI1NiJ9.c2VydmljZQ.sig" };
const OTHER_KEYS = { CRON_INTERNAL_KEY: "another-key-of-the-function-000000", SUPABASE_SERVICE_ROLE_KEY: "eyJhbGciOiJIUzI1NiJ9.b3RoZXI.sig" };
const FILES = ["apply-fr.json", "apply-es.json"];

const EXPECTED = {
  "followup-7h": { secret: "CRON_INTERNAL_KEY", slot: "07:00", metrics: { emails_analyzed: 12, followups_sent: 5, followups_failed: 1 } },
  "followup-12h": { secret: "CRON_INTERNAL_KEY", slot: "12:00", metrics: { emails_analyzed: 5, followups_sent: 2, followups_failed: 0 } },
  "followup-16h": { secret: "CRON_INTERNAL_KEY", slot: "16:00", metrics: { emails_analyzed: 3, followups_sent: 0, followups_failed: 0 } },
  "followup-maintenance": { secret: "CRON_INTERNAL_KEY", slot: "maintenance", metrics: { emails_analyzed: 0 } },
  "process-appointment-reminders-hourly": {
    secret: "SUPABASE_SERVICE_ROLE_KEY",
    metrics: { reminders_found: 3, notifications_created: 5, emails_sent: 3 },
  },
  "appointment-status-updater": { secret: "SUPABASE_SERVICE_ROLE_KEY", metrics: { appointments_updated: 3 } },
};
const NAMES = Object.keys(EXPECTED);

const NEXT = { // from Friday, 27 February 2026, 06:59:30 UTC
  "followup-7h": ["2026-02-27T07:00:00Z", "2026-03-02T07:00:00Z"],
  "followup-12h": ["2026-02-27T12:00:00Z", "2026-03-02T12:00:00Z"],
  "followup-16h": ["2026-02-27T16:00:00Z", "2026-03-02T16:00:00Z"],
  "followup-maintenance": ["2026-03-02T02:00:00Z", "2026-03-03T02:00:00Z"],
  "process-appointment-reminders-hourly": ["2026-02-27T07:00:00Z", "2026-02-27T08:00:00Z"],
  "appointment-status-updater": ["2026-02-27T07:00:00Z", "2026-02-27T07:30:00Z"],
};

let authority, tls;
before(async () => {
  authority = await makeAuthority();
  tls = await authority.leaf("functions");
});

test("schedule next names the next times of each of the six jobs", async () => {
  const e = new Edgecron();
  const jobs = FILES.flatMap((f) => sample(f, "http://localhost").jobs);
  assert.deepEqual(jobs.map((j) => j.name), NAMES);
  for (const j of jobs) {
    const printed = await e.ok(["schedule", "next", j.schedule, "--zone", j.timezone, "--from", "2026-02-27T06:59:30Z", "--count", "2"]);
    const times = printed.trim().split("\n").map((line) => Date.parse(line));
    assert.deepEqual(times, NEXT[j.name].map((t) => Date.parse(t)), `${j.name}: ${printed}`);
  }
});

for (const secure of [false, true]) {
  describe(`the six jobs over ${secure ? "HTTPS with a CA of our own" : "HTTP"}`, () => {
    const e = new Edgecron();
    let functions;

    const startWith = (keys, port) => startFunctions({ keys, port, tls: secure ? tls : undefined });
    const more = () => ({ allow_private: LOOPBACK, ...(secure && { ca_file: authority.file }) });

    before(async () => {
      functions = await startWith(KEYS);
      for (const [name, value] of Object.entries(KEYS)) await e.setSecret(name, value);
      for (const f of FILES) await e.apply(sample(f, functions.url, more()));
      await e.serve();
    });
    after(async () => {
      await e.stop();
      await functions.stop();
    });

    test("each succeeds by hand, with the numbers of its answer as metrics", async () => {
      let connected = 0; // the others went over a connection kept from before, which has no such phases
      await each(NAMES, async (name) => {
        const run = await e.runJob(name);
        const { metrics, slot } = EXPECTED[name];
        assert.equal(run.state, "succeeded", `${name}: ${run.message}`);
        assert.deepEqual([run.job, run.trigger, run.outcome, run.http_status, run.attempts.length], [name, "manual", "ok", 200, 1]);
        assert.deepEqual(run.metrics, metrics);
        const [a] = run.attempts;
        assert.match(a.remote_address, /^127\.0\.0\.1:\d+$/);
        assert.match(a.request.url, new RegExp(`^${functions.url}/`));
        assert.equal(JSON.parse(a.response.body).ok, true);
        if (slot) assert.equal(JSON.parse(a.response.body).time_slot, slot);
        assert.equal(typeof a.timing.total_ms, "number");
        const fresh = a.timing.connect_ms !== null;
        connected += fresh;
        assert.equal(typeof a.timing.tls_ms === "number" && a.timing.tls_ms >= 0, secure && fresh, `tls_ms: ${a.timing.tls_ms}`);
      });
      assert.ok(connected > 0);
    });

    test("each fails with 401 once the function's key was changed, and says which secret to set", async () => {
      await functions.stop();
      functions = await startWith(OTHER_KEYS, functions.port);
      await each(NAMES, async (name) => {
        const run = await e.runJob(name);
        assert.deepEqual([run.state, run.outcome, run.http_status], ["failed", "http_status", 401], `${name}: ${run.message}`);
        assert.match(run.message, /401/);
        assert.match(run.message, new RegExp(EXPECTED[name].secret));
        assert.equal(run.attempts.length, 1, "a 401 is not tried again");
        assert.equal(run.metrics ?? null, null);
      });
    });

    test("each succeeds on schedule after `secret set`, which the running server picks up", async () => {
      for (const [name, value] of Object.entries(OTHER_KEYS)) await e.setSecret(name, value);
      const began = new Date().toISOString();
      for (const f of FILES) {
        const doc = sample(f, functions.url, more());
        for (const j of doc.jobs) j.schedule = "* * * * * *";
        await e.apply(doc);
      }
      for (const name of NAMES) {
        const run = await e.untilRun(`a scheduled success of ${name}`, ["--job", name, "--since", began],
          (r) => r.trigger === "schedule" && r.state === "succeeded");
        assert.equal(run.outcome, "ok");
        assert.deepEqual(run.metrics, EXPECTED[name].metrics);
        assert.match(run.scheduled_for, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/);
        assert.ok(run.lateness_ms >= 0, `lateness ${run.lateness_ms}`);
      }
    });

    test("on schedule too, a wrong key is a failure and never a success", async () => {
      await functions.stop();
      functions = await startWith(KEYS, functions.port);
      const since = new Date().toISOString();
      for (const name of NAMES) {
        await e.untilRun(`a scheduled 401 of ${name}`, ["--job", name, "--since", since],
          (r) => r.trigger === "schedule" && r.state === "failed" && r.outcome === "http_status" && r.http_status === 401);
      }
      const good = (await e.runs("--state", "succeeded", "--since", since)).map((r) => `${r.job} ${r.id}`);
      assert.deepEqual(good, [], "runs called succeeded while every function refused");
    });
  });
}

test("one function alone, as `deno run followup-processor/index.ts` serves it", async () => {
  const e = new Edgecron();
  const functions = await startFunctions({ name: "followup-processor", keys: KEYS });
  await e.setSecret("CRON_INTERNAL_KEY", KEYS.CRON_INTERNAL_KEY);
  await e.apply(sample("apply-fr.json", `http://127.0.0.1:${functions.port}`));
  await e.serve(["--allow-private"]);
  const run = await e.runJob("followup-7h");
  assert.equal(run.state, "succeeded", run.message);
  await until("the run in the list of the job", async () => (await e.runs("--job", "followup-7h")).some((r) => r.id === run.id));
  await e.stop();
  await functions.stop();
});
