// What is sent, what of it is kept, and that no secret's value is to be found anywhere.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { document, Edgecron, job, target, VERSION } from "./harness/edgecron.mjs";
import { startFaults } from "./harness/faults.mjs";

const KEY = "s3cr3t-value-Zq7/+ä\"\\x"; // needs escaping in JSON and encoding in a URL
const ROLE = "eyJhbGciOiJIUzI1NiJ9.cm9sZQ.c2lnbmF0dXJl";
const UUID7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

const e = new Edgecron();
let server;

const JOBS = [
  job("json-body", {
    url: "/echo?run={{run.id}}",
    headers: { Authorization: "Bearer {{ secret.ROLE }}", "X-Custom": "{{job.name}} {{attempt}} {{run.trigger}}" },
    body: { key: "{{secret.KEY}}", at: "{{now}}", due: "{{run.scheduled_for}}", id: "{{run.id}}", n: 3, list: [true, null, "a \"b\""] },
  }, { target: "faults" }),
  job("text-body", { url: "/echo", headers: { "Content-Type": "text/csv" }, body: "id,key\n1,{{secret.KEY}}\n" }, { target: "faults" }),
  job("no-body", { method: "GET", url: "/echo" }, { target: "faults" }),
  job("in-url", { method: "GET", url: "/echo?key={{secret.KEY}}" }, { target: "faults" }),
  job("override", { url: "/echo", headers: { "x-shared": "from the job" } }, { target: "faults" }),
];

before(async () => {
  server = await startFaults();
  await e.setSecret("KEY", KEY);
  await e.setSecret("ROLE", ROLE);
  await e.apply(document([target("faults", server.url, { headers: { "X-Shared": "from the target" } })], JOBS));
  await e.serve(["--log-level", "debug"]);
});
after(async () => {
  await e.stop();
  await server.close();
});

/** Runs a job; the run and the one request it made. */
async function call(name) {
  const run = await e.runJob(name);
  assert.equal(run.state, "succeeded", `${name}: ${run.message}`);
  const seen = server.of(run.id);
  assert.equal(seen.length, 1);
  return { run, seen: seen[0], attempt: run.attempts[0] };
}

test("every call carries the fields that the design promises", async () => {
  const { run, seen } = await call("no-body");
  assert.match(run.id, UUID7);
  assert.equal(seen.headers["user-agent"], `edgecron/${VERSION}`);
  assert.equal(seen.headers["idempotency-key"], run.id);
  assert.equal(seen.headers["x-edgecron-run"], run.id);
  assert.equal(seen.headers["x-edgecron-job"], "no-body");
  assert.equal(seen.headers["x-edgecron-attempt"], "1");
  assert.match(seen.headers["x-edgecron-scheduled-for"], TIME);
  assert.equal(seen.headers["x-edgecron-scheduled-for"], run.scheduled_for);
  assert.match(seen.headers.traceparent, /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-0[01]$/);
  assert.equal(seen.headers.host, `localhost:${server.port}`);
  assert.equal(seen.headers["x-shared"], "from the target");
  assert.equal(seen.method, "GET");
  assert.equal(seen.body, "");
});

test("two runs have different ids and traces", async () => {
  const [a, b] = [await call("no-body"), await call("no-body")];
  assert.notEqual(a.run.id, b.run.id);
  assert.notEqual(a.seen.headers.traceparent, b.seen.headers.traceparent);
});

test("a JSON body: placeholders filled and escaped, the rest as written", async () => {
  const { run, seen } = await call("json-body");
  assert.match(seen.headers["content-type"], /^application\/json/);
  assert.equal(Number(seen.headers["content-length"]), Buffer.byteLength(seen.body));
  const body = JSON.parse(seen.body);
  assert.equal(body.key, KEY);
  assert.equal(body.id, run.id);
  assert.equal(body.due, run.scheduled_for);
  assert.match(body.at, TIME);
  assert.ok(Math.abs(Date.parse(body.at) - seen.at) < 10_000, body.at);
  assert.deepEqual([body.n, body.list], [3, [true, null, 'a "b"']]);
  assert.equal(seen.headers.authorization, `Bearer ${ROLE}`);
  assert.equal(seen.headers["x-custom"], "json-body 1 manual");
  assert.equal(seen.url, `/echo?run=${run.id}`);
});

test("a text body is sent as it is, with the job's own Content-Type", async () => {
  const { seen } = await call("text-body");
  assert.equal(seen.headers["content-type"], "text/csv");
  assert.equal(seen.body, `id,key\n1,${KEY}\n`);
});

test("a secret in a URL is percent-encoded", async () => {
  const { seen } = await call("in-url");
  assert.equal(new URL(seen.url, server.url).searchParams.get("key"), KEY);
});

test("a job's header replaces the target's of the same name", async () => {
  const { seen } = await call("override");
  assert.equal(seen.headers["x-shared"], "from the job");
});

test("the history shows the request with the secret masked, and the echoed answer redacted", async () => {
  for (const name of ["json-body", "text-body", "in-url"]) {
    const { attempt } = await call(name);
    const { request, response } = attempt;
    const masked = name === "in-url" ? request.url : request.body;
    assert.match(masked, /\{\{\s*secret\.KEY\s*\}\}/, `${name}: ${masked}`);
    assert.equal(request.method, name === "in-url" ? "GET" : "POST");
    if (name === "json-body") {
      assert.match(JSON.stringify(request.headers), /secret\.ROLE/);
      assert.match(response.body, /\[redacted:ROLE\]/);
    }
    if (name !== "in-url") assert.match(response.body, /\[redacted:KEY\]/, `${name}: ${response.body}`);
    for (const value of forms(KEY).concat(ROLE)) assert.ok(!JSON.stringify(attempt).includes(value), `${name} shows ${value}`);
  }
});

/** The value as it is and in the ways it may be written. */
function forms(value) {
  return [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value), Buffer.from(value).toString("base64"),
    Buffer.from(value).toString("base64url"), Buffer.from(value).toString("hex")];
}

test("no file but the key holds a secret's value, nor do the logs, the export and the API", async () => {
  await e.createToken("reader", "admin");
  const texts = { export: await e.ok(["export"]), secrets: await e.ok(["secret", "list", "--json"]) };
  for (const path of ["/api/v1/jobs", "/api/v1/runs?limit=100"]) texts[path] = JSON.stringify(await e.api(path));
  const files = () => readdirSync(e.dir).map((f) => [f, readFileSync(join(e.dir, f))]);
  const whileRunning = files();
  await e.stop();
  texts.log = e.logs;
  assert.match(texts.log, /level|msg|listening/i, "the server logged something");
  for (const [name, content] of [...whileRunning, ...files(), ...Object.entries(texts).map(([n, t]) => [n, Buffer.from(t)])]) {
    for (const value of [...forms(KEY), ...forms(ROLE)]) assert.equal(content.indexOf(value), -1, `${name} holds '${value}'`);
  }
});
