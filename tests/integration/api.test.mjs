// The read-only REST API behind a token, and the health checks beside it.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { document, Edgecron, job, target } from "./harness/edgecron.mjs";
import { startFaults } from "./harness/faults.mjs";
import { until } from "./harness/wait.mjs";

const e = new Edgecron();
const PATHS = ["/api/v1/jobs", "/api/v1/jobs/alpha", "/api/v1/runs", "/api/v1/runs/00000000-0000-7000-8000-000000000000", "/api/v1/nothing"];
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
let server, made;

before(async () => {
  server = await startFaults();
  await e.apply(document([target("faults", server.url)], [
    job("alpha", "/ok", { target: "faults", metrics: { n: "/n" } }),
    job("beta", "/status?code=500", { target: "faults" }),
    job("gamma", "/ok", { target: "faults", enabled: false }),
  ]));
  await e.serve();
  await e.createToken();
  made = [];
  for (const name of ["alpha", "beta", "alpha", "alpha", "beta"]) made.push((await e.runJob(name)).id);
});
after(async () => {
  await e.stop();
  await server.close();
});

function isProblem(r, status, code) {
  assert.equal(r.status, status, JSON.stringify(r.body));
  assert.match(r.type, /^application\/problem\+json/);
  assert.equal(r.body.status, status);
  assert.equal(r.body.code, code);
  assert.ok(r.body.title && r.body.detail, JSON.stringify(r.body));
}

describe("health", () => {
  test("/healthz and /readyz answer 200 to anyone", async () => {
    for (const path of ["/healthz", "/readyz"]) assert.equal((await e.api(path, { token: null })).status, 200, path);
  });
});

describe("tokens", () => {
  test("`token list` tells when one was last used, to the minute", async () => {
    assert.equal((await e.api("/api/v1/jobs")).status, 200);
    const used = await until("last_used_at", async () => (await e.json(["token", "list"])).items[0].last_used_at);
    assert.match(used, TIME);
    assert.ok(Math.abs(Date.now() - Date.parse(used)) < 120_000, used);
  });

  test("no token: 401 with WWW-Authenticate, on every path", async () => {
    for (const path of PATHS) {
      const r = await e.api(path, { token: null });
      isProblem(r, 401, "unauthenticated");
      assert.match(r.headers.get("www-authenticate") ?? "", /^Bearer/);
    }
  });

  test("a wrong token, and one of another form: 401", async () => {
    const near = e.token.slice(0, -1) + (e.token.endsWith("A") ? "B" : "A");
    for (const token of [near, "x", `${e.token}x`, "ect_"]) isProblem(await e.api("/api/v1/jobs", { token }), 401, "unauthenticated");
    isProblem(await e.api("/api/v1/jobs", { token: null, headers: { authorization: `Basic ${btoa(`a:${e.token}`)}` } }), 401, "unauthenticated");
  });

  test("a revoked token is refused within a second or so", async () => {
    const { token } = await e.json(["token", "create", "short-lived", "--scope", "read"]);
    assert.equal((await e.api("/api/v1/jobs", { token })).status, 200);
    await e.ok(["token", "revoke", "short-lived"]);
    await until("401", async () => (await e.api("/api/v1/jobs", { token })).status === 401, { within: 3000 });
  });
});

describe("jobs", () => {
  test("the list is { items, next_cursor }, in order of name, in the form of apply", async () => {
    const { status, type, body } = await e.api("/api/v1/jobs");
    assert.equal(status, 200);
    assert.match(type, /^application\/json/);
    assert.deepEqual(Object.keys(body).sort(), ["items", "next_cursor"]);
    assert.equal(body.next_cursor, null);
    assert.deepEqual(body.items.map((j) => j.name), ["alpha", "beta", "gamma"]);
    const [alpha] = body.items;
    assert.deepEqual(alpha.metrics, { n: "/n" });
    assert.equal(alpha.request.method, "POST");
    assert.equal(body.items[2].enabled, false);
  });

  test("one job, the same as `job show` prints", async () => {
    const { status, body } = await e.api("/api/v1/jobs/alpha");
    assert.equal(status, 200);
    assert.deepEqual(body, await e.json(["job", "show", "alpha"]));
  });

  test("one that does not exist: 404", async () => isProblem(await e.api("/api/v1/jobs/omega"), 404, "not_found"));
});

describe("runs", () => {
  test("the list: newest first, without attempts, times in UTC with milliseconds", async () => {
    const { status, body } = await e.api("/api/v1/runs");
    assert.equal(status, 200);
    assert.deepEqual(body.items.map((r) => r.id), [...made].reverse());
    const [newest] = body.items;
    assert.deepEqual([newest.job, newest.trigger, newest.state, newest.outcome, newest.http_status], ["beta", "manual", "failed", "http_status", 500]);
    for (const field of ["scheduled_for", "started_at", "finished_at"]) assert.match(newest[field], TIME, field);
    assert.ok(Number.isInteger(newest.duration_ms) && Number.isInteger(newest.lateness_ms));
  });

  test("filters: job, state, since", async () => {
    const list = async (query) => (await e.api(`/api/v1/runs?${query}`)).body.items.map((r) => r.id);
    assert.deepEqual(await list("job=beta"), [made[4], made[1]]);
    assert.deepEqual(await list("state=succeeded"), [made[3], made[2], made[0]]);
    assert.deepEqual(await list("job=alpha&state=failed"), []);
    assert.deepEqual(await list("since=2100-01-01T00:00:00Z"), []);
    assert.equal((await list("since=2020-01-01T00:00:00Z")).length, 5);
  });

  test("pages: limit and cursor give every run once", async () => {
    const ids = [];
    let cursor = null, pages = 0;
    do {
      const { body } = await e.api(`/api/v1/runs?limit=2${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`);
      assert.ok(body.items.length <= 2);
      ids.push(...body.items.map((r) => r.id));
      cursor = body.next_cursor;
      assert.ok(++pages <= 4, "pages without end");
    } while (cursor);
    assert.deepEqual(ids, [...made].reverse());
  });

  test("bad parameters: a problem that names the parameter", async () => {
    for (const [query, name] of [["limit=0", "limit"], ["limit=abc", "limit"], ["limit=100000", "limit"], ["state=happy", "state"],
      ["since=yesterday", "since"], ["limit=%00", "query"], ["cursor=nonsense", "cursor"]]) {
      const r = await e.api(`/api/v1/runs?${query}`);
      assert.ok([400, 422].includes(r.status), `${query}: ${r.status}`);
      assert.match(`${r.body.pointer} ${r.body.detail}`, new RegExp(name), query);
    }
  });

  test("one run with its attempts, the same as `run show` prints", async () => {
    const { status, body } = await e.api(`/api/v1/runs/${made[0]}`);
    assert.equal(status, 200);
    assert.deepEqual(body, await e.run(made[0]));
    assert.equal(body.attempts.length, 1);
    assert.deepEqual(body.metrics, { n: 3 });
    assert.deepEqual(Object.keys(body.attempts[0].timing).sort(), ["connect_ms", "dns_ms", "first_byte_ms", "tls_ms", "total_ms"]);
  });

  test("one that does not exist, and an id that is none: 404", async () => {
    for (const id of ["00000000-0000-7000-8000-000000000000", "nonsense", "%2e%2e"]) {
      assert.equal((await e.api(`/api/v1/runs/${id}`)).status, 404, id);
    }
  });
});

describe("what is not there", () => {
  test("an unknown path: 404", async () => isProblem(await e.api("/api/v1/nothing"), 404, "not_found"));

  test("a method the path has not: 405 with Allow", async () => {
    for (const path of ["/api/v1/jobs", "/api/v1/runs"]) {
      const r = await e.api(path, { method: "DELETE" });
      isProblem(r, 405, "method_not_allowed");
      assert.match(r.headers.get("allow") ?? "", /GET/);
    }
  });

  test("a body too large, or a path too long, harms nobody", async () => {
    const long = await e.api(`/api/v1/jobs/${"a".repeat(60_000)}`).catch(() => ({ status: 0 }));
    assert.ok([0, 400, 404, 413, 414, 431].includes(long.status), String(long.status));
    assert.equal((await e.api("/healthz", { token: null })).status, 200);
  });
});
