// Server-sent events over the real listener: what is told and when, coming back, who is too slow, who may.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { document, Edgecron, job, target } from "./harness/edgecron.mjs";
import { startFaults } from "./harness/faults.mjs";
import { listen } from "./harness/stream.mjs";
import { SLOW, sleep, until } from "./harness/wait.mjs";

const e = new Edgecron();
const PASSWORD = "a-long-enough-pass-phrase";
let server;

before(async () => {
  server = await startFaults();
  await e.apply(document([target("faults", server.url, { max_concurrent: 100 })], [
    job("quick", "/ok", { target: "faults", tags: ["mail"], overlap: "allow" }),
    job("slow", "/slow?ms=400", { target: "faults", overlap: "allow" }),
    job("failing", "/status?code=500", { target: "faults", retry: { max_attempts: 2, initial_ms: 300 } }),
    job("every-second", "/ok", { target: "faults", schedule: "* * * * * *", enabled: false }),
  ]));
  await e.serve();
  await e.createToken();
});
after(async () => {
  await e.stop();
  await server.close();
});

const states = (s, id) => s.of("run").filter((x) => x.id === id || x.job === id).map((x) => x.state);

const run = (s, id, state) => s.until(`run ${state}`, (x) => x.type === "run" && x.id === id && x.state === state);

describe("a stream", () => {
  test("begins with the id to come back with and the status; is never kept or held back", async () => {
    const s = await listen(e);
    assert.equal(s.status, 200);
    assert.match(s.headers["content-type"], /^text\/event-stream/);
    assert.equal(s.headers["cache-control"], "no-store");
    assert.equal(s.headers["x-accel-buffering"], "no");
    assert.equal(s.headers["content-length"], undefined);
    const status = await s.until("status", (x) => x.type === "status");
    assert.equal(s.events.length, 1);
    assert.equal(status.jobs, 4);
    assert.equal(status.draining, false);
    assert.match(s.id, /^[0-9a-f]{16}-\d+$/);
    s.close();
  });

  test("HEAD answers without one", async () => {
    const r = await e.api("/api/v1/events", { method: "HEAD" });
    assert.equal(r.status, 200);
    assert.match(r.type, /^text\/event-stream/);
  });

  test("tells each step of a run, and nothing that is not stored", async () => {
    const s = await listen(e);
    const { id } = await e.json(["job", "run", "failing"]);
    for (const state of ["queued", "running", "retrying", "failed"]) {
      await run(s, id, state);
      const stored = await e.run(id);
      if (state === "failed") assert.equal(stored.state, "failed");
    }
    assert.deepEqual(states(s, id), ["queued", "running", "retrying", "running", "failed"]);
    const end = s.of("run").findLast((x) => x.id === id), stored = await e.run(id);
    const { type, message, ...rest } = end;
    for (const [key, value] of Object.entries(rest)) assert.deepEqual(value, stored[key], key);
    assert.ok(stored.message.startsWith(message.replace(/\.\.\.$/, "")), message);
    assert.ok(Buffer.byteLength(message) < 320);
    s.close();
  });

  test("tells what a command changes, within a second or so", async () => {
    const s = await listen(e, "?types=job,target,secret,settings");
    const told = (type, action) => s.until(`${type} ${action}`, (x) => x.type === type && x.action === action, { within: 3000 });
    await e.ok(["job", "pause", "quick"]);
    assert.equal((await told("job", "paused")).name, "quick");
    await e.ok(["job", "resume", "quick"]);
    const resumed = await told("job", "resumed");
    assert.equal(resumed.revision, (await e.json(["job", "show", "quick"])).status.revision);
    await e.setSecret("TOLD", "a-value-that-nobody-is-told");
    assert.equal((await told("secret", "created")).version, 1);
    await e.ok(["secret", "remove", "TOLD"]);
    assert.equal((await told("secret", "removed")).version, null);
    await e.apply({ version: 1, settings: { paused: true } });
    await s.until("pause", (x) => x.type === "settings" && x.paused, { within: 3000 });
    await e.apply({ version: 1, settings: { paused: false } });
    await s.until("the end of it", (x) => x.type === "settings" && !x.paused, { within: 3000 });
    assert.doesNotMatch(JSON.stringify(s.events), /nobody-is-told/);
    assert.deepEqual([...new Set(s.events.map((x) => x.type))].sort(), ["job", "secret", "settings"]);
    s.close();
  });

  test("is of one job, or of some types, when asked for", async () => {
    const [one, runs] = [await listen(e, "?job=quick&types=run"), await listen(e, "?types=run,settings")];
    await e.runJob("slow");
    const { id } = await e.runJob("quick");
    await Promise.all([run(one, id, "succeeded"), run(runs, id, "succeeded")]);
    assert.deepEqual([...new Set(one.events.map((x) => x.job))], ["quick"]);
    assert.ok(runs.events.some((x) => x.job === "slow"));
    assert.ok(runs.events.every((x) => x.type === "run"));
    one.close();
    runs.close();
    const wrong = await listen(e, "?types=runs");
    assert.equal(wrong.status, 422);
    assert.match(wrong.body.detail, /settings/);
  });
});

describe("coming back", () => {
  test("with the last id: no gap, nothing twice", async () => {
    let s = await listen(e, "?types=run&job=quick");
    const ids = [], seen = [];
    for (let i = 0; i < 6; i++) {
      ids.push((await e.json(["job", "run", "quick"])).id);
      if (i % 2) {
        await s.until("something", (x) => x.type === "run");
        s.close();
        seen.push(...s.events);
        ids.push((await e.runJob("quick")).id); /* while nobody listens */
        s = await listen(e, "?types=run&job=quick", { lastId: s.id });
      }
    }
    const all = () => [...seen, ...s.events];
    await until("every run's end", () => ids.every((id) => all().some((x) => x.id === id && x.state === "succeeded")));
    for (const id of ids) assert.deepEqual(all().filter((x) => x.id === id).map((x) => x.state), ["queued", "running", "succeeded"]);
    s.close();
  });

  test("with an id in the address, which the field overrules", async () => {
    const first = await listen(e, "?types=run");
    const begin = first.id ?? (await until("an id", () => first.id));
    first.close();
    const { id } = await e.runJob("quick");
    const again = await listen(e, `?types=run&last_event_id=${begin}`);
    await run(again, id, "succeeded");
    const later = await listen(e, `?types=run&last_event_id=${begin}`, { lastId: again.id });
    const next = await e.runJob("quick");
    await run(later, next.id, "succeeded");
    assert.equal(states(later, id).length, 0);
    again.close();
    later.close();
  });

  test("with an id of before a kill: a reset", async () => {
    const s = await listen(e);
    await until("an id", () => s.id);
    await e.stop("SIGKILL");
    await s.end();
    await e.serve();
    const again = await listen(e, "", { lastId: s.id });
    assert.equal((await again.until("reset", (x) => x.type === "reset")).reason, "restarted");
    const { id } = await e.runJob("quick");
    await run(again, id, "succeeded");
    again.close();
  });
});

describe("who may listen", () => {
  test("nobody without a token", async () => {
    const r = await listen(e, "", { token: "ect_wrong" });
    assert.equal(r.status, 401);
    assert.match(r.headers["content-type"], /problem\+json/);
  });

  test("a token restricted to tags hears of its jobs alone", async () => {
    const admin = (await e.json(["token", "create", "boss", "--scope", "admin"])).token;
    const body = JSON.stringify({ name: "mail", scope: "read", tags: ["mail"] });
    const made = await e.api("/api/v1/tokens", { token: admin, method: "POST", headers: { "content-type": "application/json" }, body });
    assert.equal(made.status, 201, JSON.stringify(made.body));
    const { token } = made.body;
    const s = await listen(e, "", { token }), whole = await listen(e);
    const status = await s.until("status", (x) => x.type === "status");
    assert.equal(status.jobs, null);
    assert.equal(status.next_job, null);
    const hidden = await e.runJob("slow");
    await e.setSecret("HIDDEN", "of-no-interest-to-it");
    await e.ok(["job", "pause", "slow"]);
    await e.ok(["job", "resume", "slow"]);
    const { id } = await e.runJob("quick");
    await Promise.all([run(s, id, "succeeded"), run(whole, id, "succeeded")]);
    assert.ok(whole.events.some((x) => x.id === hidden.id));
    assert.deepEqual([...new Set(s.events.map((x) => x.job ?? x.name ?? x.type))].sort(), ["quick", "status"]);
    s.close();
    whole.close();
  });

  test("64 in all, 16 with one token; more are told when to come again", async () => {
    const all = [];
    for (let t = 0; t < 4; t++) {
      const { token } = await e.json(["token", "create", `many-${t}`, "--scope", "read"]);
      for (let i = 0; i < 16; i++) all.push(await listen(e, "", { token }));
      if (t > 0) continue;
      const more = await listen(e, "", { token });
      assert.equal(more.status, 429);
      assert.equal(more.body.code, "too_many_requests");
      assert.match(more.headers["retry-after"], /^\d+$/);
    }
    assert.deepEqual([...new Set(all.map((s) => s.status))], [200]);
    assert.equal((await listen(e)).status, 429);
    const { id } = await e.runJob("quick");
    await Promise.all(all.map((s) => run(s, id, "succeeded")));
    for (const s of all) s.close();
    const again = await until("a place", async () => {
      const s = await listen(e);
      return s.status === 200 && s;
    });
    again.close();
  });
});

describe("one that does not read", () => {
  test("holds up neither runs nor others, and goes on, or learns that it missed something", async () => {
    const deaf = await listen(e), other = await listen(e, "?types=run");
    deaf.pause();
    const jobs = Array.from({ length: 3000 }, (_, i) => job(`many-${i}`, "/ok", { target: "faults" }));
    const at = new Date(Math.ceil(Date.now() / 1000) * 1000 + 4000 * SLOW).toISOString().slice(0, 19);
    await e.apply(document([], jobs.map((j) => ({ ...j, schedule: `@at ${at}` }))));
    await until("3,000 runs", async () => {
      const { body } = await e.api("/api/v1/status");
      return Date.now() > Date.parse(`${at}Z`) + 500 && body.in_flight === 0 && body.queued === 0;
    }, { within: 60_000 });
    const { id, lateness_ms } = await e.runJob("quick");
    assert.ok(lateness_ms >= 0);
    await run(other, id, "succeeded");
    assert.equal((await e.api("/readyz", { token: null })).status, 200);
    assert.equal(other.ended, false);
    const order = ["queued", "running", "succeeded"], last = new Map();
    for (const x of other.of("run")) {
      const now = order.indexOf(x.state);
      assert.ok(now > (last.get(x.id) ?? -1), `${x.job}: ${x.state} after ${order[last.get(x.id)]}`);
      last.set(x.id, now);
    }
    assert.ok(last.size > 100, `${last.size} of 3,000 runs were told of`);
    deaf.resume();
    await deaf.until("its run, a reset, or the end", (x) => x.id === id || x.type === "reset" || deaf.ended);
    deaf.close();
    other.close();
  });
});

describe("the end", () => {
  /** Logs in: the cookie to send. */
  async function logIn() {
    const body = JSON.stringify({ password: PASSWORD });
    const r = await e.api("/api/v1/session", { token: null, method: "POST", headers: { "content-type": "application/json" }, body });
    assert.equal(r.status, 201, JSON.stringify(r.body));
    return { cookie: r.headers.getSetCookie().map((c) => c.split(";")[0]).join("; "), "x-csrf-token": r.body.csrf_token };
  }

  test("a stream ends with its token or session, others go on", async () => {
    await e.ok(["admin", "set-password"], { input: PASSWORD });
    const { token } = await e.json(["token", "create", "gone", "--scope", "read"]);
    const gone = await logIn(), staying = await logIn();
    const end = [await listen(e, "", { token }), await listen(e, "", gone)], stay = [await listen(e), await listen(e, "", staying)];
    for (const s of [...end, ...stay]) assert.equal(s.status, 200);
    await e.ok(["token", "revoke", "gone"]);
    assert.equal((await e.api("/api/v1/session", { token: null, method: "DELETE", headers: gone })).status, 204);
    await Promise.all(end.map((s) => s.end()));
    const { id } = await e.runJob("quick");
    await Promise.all(stay.map((s) => run(s, id, "succeeded")));
    for (const s of stay) s.close();
  });

  test("a server that stops says so, and does not wait for listeners", async () => {
    const s = await listen(e);
    await s.until("status", (x) => x.type === "status");
    await sleep(100);
    await e.stop();
    await s.end();
    assert.equal(s.of("status").at(-1).draining, true);
    await e.serve();
  });
});
