// A job called once with another body, against real functions and under kills; and its request, shown before it is sent.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { document, Edgecron, FINAL, job, LOOPBACK, target } from "./harness/edgecron.mjs";
import { startFaults } from "./harness/faults.mjs";
import { sample, startFunctions } from "./harness/functions.mjs";
import { freePort } from "./harness/ports.mjs";
import { until } from "./harness/wait.mjs";

const KEY = "kJ8mN2pQ5rT9wX3yB6eH1jK4lM7nP0sV2uA5cD8fG1h";
const PASSWORD = "four seagulls over Bergen";
const EDITED = { time_slot: "12:00", source: "test call", timestamp: "{{now}}" };

const ended = (e, id) =>
  until(`the end of run ${id}`, async () => {
    const r = await e.run(id);
    return FINAL.includes(r.state) && r;
  });
const post = (e, path, body, options = {}) => e.api(`/api/v1/${path}`, { method: "POST", body: body === undefined ? undefined : JSON.stringify(body), ...options });

/** Asks for a run over the API and waits for its end. */
async function call(e, name, body, options) {
  const r = await post(e, `jobs/${name}/run`, body, options);
  assert.equal(r.status, 202, JSON.stringify(r.body));
  return ended(e, r.body.id);
}

describe("a real function", () => {
  const e = new Edgecron();
  let functions, jobBefore;

  before(async () => {
    functions = await startFunctions({ keys: { CRON_INTERNAL_KEY: KEY } });
    await e.apply(sample("apply-fr.json", functions.url, { allow_private: LOOPBACK }));
    await e.setSecret("CRON_INTERNAL_KEY", KEY);
    await e.createToken("tests", "operate");
    await e.serve();
    jobBefore = (await e.api("/api/v1/jobs/followup-7h")).body;
  });
  after(async () => {
    await e.stop();
    await functions.stop();
  });

  test("is sent the edited body, and the job keeps its own", async () => {
    const run = await call(e, "followup-7h", { body: EDITED });
    assert.deepEqual([run.state, run.trigger, run.edited], ["succeeded", "api", true]);
    assert.deepEqual(run.body, EDITED);
    const [attempt] = run.attempts;
    const sent = JSON.parse(attempt.request.body), answer = JSON.parse(attempt.response.body);
    assert.deepEqual([sent.time_slot, sent.source], ["12:00", "test call"]);
    assert.ok(Math.abs(Date.parse(sent.timestamp) - Date.parse(attempt.started_at)) < 60_000, sent.timestamp);
    assert.deepEqual([answer.time_slot, answer.source, answer.emails_analyzed], ["12:00", "test call", 5]);

    const plain = await call(e, "followup-7h");
    assert.deepEqual([plain.edited, plain.body], [false, null]);
    assert.equal(JSON.parse(plain.attempts[0].response.body).time_slot, "07:00");
    const now = (await e.api("/api/v1/jobs/followup-7h")).body;
    assert.deepEqual({ ...now, status: { ...now.status, last_run: null } }, { ...jobBefore, status: { ...jobBefore.status, last_run: null } });
  });

  test("is sent it again by a retry, and by a retry of that", async () => {
    let run = await call(e, "followup-7h", { body: { ...EDITED, time_slot: "25:00" } });
    assert.deepEqual([run.state, run.http_status], ["failed", 400]);
    for (let i = 0; i < 2; i++) {
      const again = await post(e, `runs/${run.id}/retry`);
      assert.equal(again.status, 202);
      assert.deepEqual([again.body.trigger, again.body.retry_of, again.body.body.time_slot], ["retry", run.id, "25:00"]);
      run = await ended(e, again.body.id);
      assert.equal(JSON.parse(run.attempts[0].request.body).time_slot, "25:00");
    }
  });

  test("is called with what --body says, as JSON, text or from a file", async () => {
    const file = e.file("body.json", EDITED);
    const body = JSON.stringify({ ...EDITED, time_slot: "16:00" });
    for (const [given, slot] of [[body, "16:00"], [`@${file}`, "12:00"]]) {
      const { id } = await e.json(["job", "run", "followup-7h", "--body", given]);
      const run = await ended(e, id);
      assert.deepEqual([run.state, run.trigger, JSON.parse(run.attempts[0].response.body).time_slot], ["succeeded", "manual", slot]);
      assert.match(await e.ok(["run", "show", id]), /^body +one of its own/m);
    }
    const text = await e.json(["job", "run", "followup-7h", "--body", "plain text"]);
    const run = await ended(e, text.id);
    assert.deepEqual([run.body, run.attempts[0].request.body, run.http_status], ["plain text", "plain text", 400]);
    assert.match(run.attempts[0].request.headers["Content-Type"], /^text\/plain/);
    const r = await e.refused(4, ["job", "run", "followup-7h", "--body", "{{secret.}}"]);
    assert.equal(r.pointer, "/body");
  });

  test("is shown as it would be called, without its key", async () => {
    const shown = await e.api("/api/v1/jobs/followup-7h/request");
    assert.equal(shown.status, 200);
    const run = await call(e, "followup-7h");
    const [{ request: sent }] = run.attempts, { body: r } = shown;
    assert.doesNotMatch(JSON.stringify(r), new RegExp(KEY.slice(4, 12)));
    assert.deepEqual([r.method, r.url, r.problem], [sent.method, sent.url, null]);
    assert.deepEqual(r.secrets, [{ name: "CRON_INTERNAL_KEY", found: true, version: 1 }]);
    assert.deepEqual(Object.keys(r.headers), Object.keys(sent.headers));
    const ofRun = ["Idempotency-Key", "X-Edgecron-Run", "X-Edgecron-Scheduled-For", "traceparent"];
    for (const name of Object.keys(r.headers).filter((n) => !ofRun.includes(n))) assert.equal(r.headers[name], sent.headers[name], name);
    assert.equal(r.headers["X-Internal-Key"], "{{secret.CRON_INTERNAL_KEY}}");
    assert.deepEqual({ ...JSON.parse(r.body), timestamp: 0 }, { ...JSON.parse(sent.body), timestamp: 0 });
    await e.ok(["secret", "rotate", "CRON_INTERNAL_KEY", "--generate", "--overlap", "0"]);
    assert.equal((await e.api("/api/v1/jobs/followup-7h/request")).body.secrets[0].version, 2);
    await e.setSecret("CRON_INTERNAL_KEY", KEY);
  });

  test("is not called: nobody has the job send a key that it does not send", async () => {
    const r = await post(e, "jobs/followup-7h/run", { body: "{{secret.SUPABASE_SERVICE_ROLE_KEY}}" });
    assert.deepEqual([r.status, r.body.code, r.body.pointer], [403, "forbidden", "/body"]);
  });

  test("a secret in an edited body is nowhere but on the wire", async () => {
    const run = await call(e, "followup-7h", { body: { ...EDITED, source: "{{secret.CRON_INTERNAL_KEY}}" } });
    assert.equal(run.state, "succeeded");
    assert.equal(run.body.source, "{{secret.CRON_INTERNAL_KEY}}");
    assert.equal(JSON.parse(run.attempts[0].request.body).source, "{{secret.CRON_INTERNAL_KEY}}");
    assert.equal(JSON.parse(run.attempts[0].response.body).source, "[redacted:CRON_INTERNAL_KEY]"); // it was there
    for (const name of readdirSync(e.dir)) assert.ok(!readFileSync(join(e.dir, name)).includes(KEY), name);
  });

  test("a person's run is manual", async () => {
    await e.ok(["admin", "set-password"], { input: PASSWORD });
    const login = await post(e, "session", { password: PASSWORD }, { token: null });
    assert.equal(login.status, 201, JSON.stringify(login.body));
    const headers = { cookie: login.headers.getSetCookie()[0].split(";")[0], "x-csrf-token": login.body.csrf_token };
    const run = await call(e, "followup-7h", { body: { ...EDITED, source: "{{run.trigger}}" } }, { token: null, headers });
    assert.deepEqual([run.trigger, JSON.parse(run.attempts[0].response.body).source], ["manual", "manual"]);
    const list = await e.api("/api/v1/runs?trigger=manual&limit=1");
    assert.deepEqual([list.body.items[0].id, list.body.items[0].edited, "body" in list.body.items[0]], [run.id, true, false]);
  });
});

describe("kill -9", () => {
  const RETRY = { max_attempts: 100, initial_ms: 300, multiplier: 1, max_ms: 300, max_age_s: 0 };
  const body = "edited for {{run.id}}, attempt {{attempt}}";

  test("between the intent and the first byte: what is sent is the edited body", async () => {
    const e = new Edgecron(), port = await freePort();
    await e.apply(document([target("later", `http://localhost:${port}`)], [
      job("later", { url: "/ok", body: "the job's own" }, { target: "later", retry: RETRY }),
    ]));
    await e.createToken("tests", "operate");
    await e.serve();
    const { body: run } = await post(e, "jobs/later/run", { body });
    await e.untilRun("an attempt that reaches nobody", [], (r) => r.state === "retrying" || r.attempt_count > 1);
    await e.stop("SIGKILL");
    const server = await startFaults({ port });
    await e.serve();
    const { attempts, state } = await ended(e, run.id);
    await e.stop();
    const seen = server.of(run.id);
    assert.equal(state, "succeeded");
    assert.equal(seen.length, 1);
    assert.equal(seen[0].body, `edited for ${run.id}, attempt ${attempts.length}`);
    await server.close();
  });

  test("before any attempt, and in the middle of a call: the same", async () => {
    const e = new Edgecron(), server = await startFaults();
    await e.apply(document([target("faults", server.url)], [
      job("slow", { url: "/slow?ms=1200", body: "the job's own" }, { target: "faults", retry: RETRY }),
    ]));
    const { id } = await e.json(["job", "run", "slow", "--body", body]); // no server runs: only the intent is there
    await e.serve();
    await until("a call under way", () => server.open().find((r) => r.headers["x-edgecron-run"] === id), { every: 5 });
    await e.stop("SIGKILL");
    await e.serve();
    const run = await ended(e, id);
    await e.stop();
    assert.deepEqual([run.state, run.attempts[0].outcome, run.edited], ["succeeded", "interrupted", true]);
    assert.deepEqual(server.of(id).map((r) => r.body), [1, 2].map((n) => `edited for ${id}, attempt ${n}`));
    await server.close();
  });
});

describe("a sealed server", () => {
  test("says so of a request that it cannot send", async () => {
    const e = new Edgecron();
    await e.apply(document([], [job("keyed", { url: "https://a.example/f", headers: { "X-Key": "{{secret.KEY}}" } })]));
    await e.setSecret("KEY", KEY);
    await e.createToken("tests", "read");
    await e.serve(["--master-key-file", e.file("other.key", "ab".repeat(32))], { ready: false });
    const shown = await until("an answer", async () => {
      const r = await e.api("/api/v1/jobs/keyed/request").catch(() => null);
      return r?.status === 200 && r.body.problem && r.body;
    });
    await e.stop();
    assert.match(shown.problem, /the server is sealed.*master key/);
    assert.equal(shown.headers["X-Key"], "{{secret.KEY}}");
  });
});
