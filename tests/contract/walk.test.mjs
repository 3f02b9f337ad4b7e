// The document against the server: every operation with its own example, with values that its schemas allow, and with such as nobody
// should send. No status that is not documented, no answer that does not fit its schema, no 5xx.
//
//   CONTRACT_SEED=n CONTRACT_RUNS=n node --test tests/contract/walk.test.mjs
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import fc from "fast-check";
import { NONSENSE, places, put, sense, value } from "./generate.mjs";
import { World } from "./world.mjs";

const SEED = Number(process.env.CONTRACT_SEED ?? 42);
const RUNS = Number(process.env.CONTRACT_RUNS ?? 20);
console.log(`# CONTRACT_SEED=${SEED} CONTRACT_RUNS=${RUNS}`);

const world = await new World().start();
const { contract } = world;
const g = { doc: contract.doc, sense: sense(world.faults.url) };
after(() => world.stop());

/** Those that change what others need, or end what others use: last. */
const LAST = /^\/api\/v1\/(settings|apply|admin|setup|session|unseal|import|backup|restore)/;
const SLOW = new Set(["logIn", "setUp", "setPassword"]); // a password is 600,000 rounds of work, on purpose
const operations = [...contract.operations].sort((a, b) => LAST.test(a.path) - LAST.test(b.path) || (a.method === "DELETE") - (b.method === "DELETE"));
const changes = (op) => op.method === "DELETE" || op.method === "PUT" || op.method === "PATCH";
const runsOf = (op) => (SLOW.has(op.id) ? 3 : RUNS);

/** What an example needs of the world, and where another answer than success is right. */
const EXAMPLES = {
  unseal: { status: 409 },
  getRun: { params: () => ({ id: world.ids.get("failed") }) },
  cancelRun: { params: () => ({ id: world.ids.get("queued") }) },
  retryRun: { params: () => ({ id: world.ids.get("failed") }) },
  logOut: { status: 409 },
  setUp: { status: [403, 401, 422, 409] },
  createJob: { body: { name: "made-job" } },
  createTarget: { body: { name: "made-target" } },
  createAlert: { body: { name: "made-rule" } },
  createChannel: { body: { name: "made-channel" } },
  generateSecret: { params: () => ({ name: "MADE_SECRET" }) },
  logIn: { status: [401, 409] },
  revokeSession: { status: 404 },
};

function judge(op, r, what) {
  const fault = contract.judge(op, r);
  if (fault) throw new Error(`${op.id} (${op.method} ${op.path}): ${fault}\n  asked: ${show(what)}\n  answer: ${r.status} ${r.text.slice(0, 400)}`);
}
const show = (v) => (Buffer.isBuffer(v) ? v.toString("latin1") : typeof v === "string" ? v : JSON.stringify(v) ?? "nothing").slice(0, 600);

function refused(op, r, what) {
  judge(op, r, what);
  assert.ok(r.status >= 400 && r.status < 500, `${op.id}: ${r.status} for what its form does not allow: ${show(what)}\n  answer: ${r.text.slice(0, 300)}`);
}

/** Parameters of an operation that are there. */
function real(op, own = changes(op)) {
  const [tag] = op.tags;
  return Object.fromEntries(op.parameters.filter((p) => p.in === "path").map((p) => [p.name, world.names(tag, own)[0]]));
}

/** The status of success: that of something new, where there is one, but for PUT, which may find it there. */
function made(op) {
  const good = Object.keys(op.responses).filter((s) => s.startsWith("2")).map(Number);
  return op.method === "PUT" ? good : Math.max(...good);
}

const exampleBody = (op) => op.bodies[0]?.example;

describe("each operation's own example", () => {
  for (const op of operations) {
    test(op.id, async () => {
      const special = EXAMPLES[op.id] ?? {};
      const params = special.params?.() ?? real(op);
      const required = Object.fromEntries(op.parameters.filter((p) => p.in === "query" && p.required).map((p) => [p.name, p.example]));
      const body = exampleBody(op);
      const name = special.body?.name ?? params.name;
      const named = body && "name" in body && name ? { ...body, name } : body;
      const r = await world.call(op, { params, query: required, body: named });
      judge(op, r, { params, body: named });
      const right = [special.status ?? made(op)].flat();
      assert.ok(right.includes(r.status), `${op.id}: ${r.status}, not ${right}: ${r.text.slice(0, 400)}`);
    });
  }
});

const HEADER_VALUES = {
  "If-Match": fc.constantFrom('"1"', '"2"', "*", '"1", "2"', '"9999999999"'),
  "If-None-Match": fc.constantFrom("*", '"1"'),
  "Idempotency-Key": fc.uuid(),
  "X-CSRF-Token": fc.stringMatching(/^[A-Za-z0-9_-]{1,43}$/),
  "Last-Event-ID": fc.oneof(fc.uuid(), fc.nat().map(String)),
};

function parameterValue(op, p) {
  if (p.in === "header") return HEADER_VALUES[p.name] ?? fc.stringMatching(/^[!-~]{1,20}$/);
  const known = p.in === "path" ? fc.constantFrom(...world.names(op.tags[0], changes(op))) : null;
  const any = value(g, p.schema, p.in === "query" ? p.name : undefined).filter((v) => v !== null && v !== "" && v !== "." && v !== "..");
  const text = any.map((v) => (Array.isArray(v) ? v.join(",") : String(v)));
  return known ? fc.oneof({ arbitrary: known, weight: 3 }, text) : p.schema.type === "array" ? text.filter((t) => t) : text;
}

function request(op) {
  const of = (kind) => {
    const list = op.parameters.filter((p) => p.in === kind);
    const needed = list.filter((p) => p.required).map((p) => p.name);
    return fc.record(Object.fromEntries(list.map((p) => [p.name, parameterValue(op, p)])), { requiredKeys: needed });
  };
  const bodies = op.bodies.map((b) => value(g, b.schema).map((v) => ({ body: v, type: b.type })));
  const none = op.requestBody?.required ? [] : [fc.constant({})];
  const body = bodies.length ? fc.oneof(...bodies, ...none) : fc.constant({});
  return fc.record({ params: of("path"), query: of("query"), headers: of("header"), body }).map(({ body: b, ...rest }) => ({ ...rest, ...b }));
}

async function eachGenerated(op, arbitrary, check, n = runsOf(op)) {
  await fc.assert(fc.asyncProperty(arbitrary, check), { seed: SEED, numRuns: n, endOnFailure: process.env.CONTRACT_SHRINK === undefined, interruptAfterTimeLimit: 60_000 });
}

function valid(list) {
  for (const op of list) {
    test(op.id, async () => {
      if (changes(op)) await world.restore();
      await eachGenerated(op, request(op), async (x) => judge(op, await world.call(op, x), x));
    });
  }
}
describe("what the schemas allow", () => valid(operations.filter((op) => !LAST.test(op.path))));

const deep = (n, open, close) => open.repeat(n) + close.repeat(n);
const BROKEN = ["{", "}", "null", "[]", "1", '"x"', "{} {}", "{'a':1}", "{a:1}", "NaN", '{"a":1,}', '{"a":01}', '{"a":1e999}', '{"a":9007199254740993}', '{"a":"\\u0000"}', '{"a":"\\ud800"}',
  '{"a":"\n"}', '\ufeff{"a":1}', '{"name":"a","name":"b"}', deep(33, "[", "]"), `{"a":${deep(200_000, "[", "]")}}`, `${'{"a":'.repeat(40)}1${"}".repeat(40)}`, "<a/>", "a=1&b=2",
  Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), Buffer.from([0x7b, 0x22, 0xc0, 0x80, 0x22, 0x3a, 0x31, 0x7d]), Buffer.alloc(100), `{"a":"${"b".repeat(1_100_000)}"}`, " ".repeat(1_100_000)];
const TYPES = ["text/plain", "application/xml", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "application/json; charset=utf-16", "application/jsonx", "x", ";", "*/*"];

async function wrongMembers(op) {
  const body = exampleBody(op);
  for (const at of places(body)) {
    for (const what of [undefined, ...NONSENSE]) {
      const wrong = put(body, at, what);
      const r = await world.call(op, { params: real(op), body: wrong });
      if (contract.allows(op, wrong)) judge(op, r, wrong);
      else refused(op, r, wrong);
    }
  }
}

async function unknownMembers(op) {
  const body = exampleBody(op);
  for (const at of [[], ...places(body).filter((p) => places(body).some((q) => q.length === p.length + 1 && p.every((k, i) => k === q[i])))]) {
    for (const name of ["unknown", "__proto__", "", "x".repeat(5000), "é", "name\u0001"]) {
      const wrong = put(body, [...at, name], 1);
      const r = await world.call(op, { params: real(op), body: wrong });
      if (contract.allows(op, wrong)) judge(op, r, wrong);
      else refused(op, r, wrong);
    }
  }
}

const PATHS = ["%00", "%ff", "%", "%zz", "%2e%2e", "..", ".", "a%2Fb", "a%5cb", "%c0%ae", "x".repeat(3000), "%41".repeat(2000), "é", "%E2%80%AE", "A", "-", "a b".replace(" ", "%20"), "*", "{name}", "null", "0",
  "00000000-0000-0000-0000-000000000000", "%0d%0aX-Evil:1", ";a=b", "a;b", "~root", "'", "\""];

async function oddPaths(op) {
  if (!op.path.includes("{")) return;
  for (const odd of PATHS) {
    const path = op.path.replaceAll(/\{\w+\}/g, () => odd);
    const r = await world.send(op, encodeURI(decodeURI2(path)), { headers: { authorization: `Bearer ${world.tokens.admin}` } });
    anyProblem(op, r, path);
  }
}
/** node sends what it is given if it is ASCII: other letters are encoded, what is encoded stays. */
const decodeURI2 = (s) => s;
const encodeURI = (s) => s.replaceAll(/[^\x21-\x7e]/g, (c) => encodeURIComponent(c));

/** A path or method that may not be an operation at all: documented for this one, or a problem with a known code. */
function anyProblem(op, r, what) {
  if (r.status < 400) return judge(op, r, what);
  const fault = r.status >= 500 ? "a fault of the server" : op.method !== "HEAD" && contract.problem(r.body);
  assert.ok(!fault, `${op.id}: ${r.status}: ${fault}\n  asked: ${show(what)}\n  answer: ${r.text.slice(0, 300)}`);
  return undefined;
}

async function oddQueries(op) {
  const names = op.parameters.filter((p) => p.in === "query").map((p) => p.name);
  const odd = ["nope=1", "%zz=1", "=1", "a", "&&&", "%00=1", `${"q".repeat(8000)}=1`, Array.from({ length: 40 }, (_, i) => `p${i}=1`).join("&"),
    ...names.flatMap((n) => ["", "-1", "0", "1e9", "99999999999999999999", "%00", "%ff", "%", "null", "x".repeat(5000), "'", "2026-13-45T99:99:99Z", "9999-12-31T23:59:59Z", "0000-01-01T00:00:00Z", ",", "failed,failed", "%2C%2C",
      "../..", "%F0%9F%92%A9", "1+1", "true"].map((v) => `${n}=${v}`).concat(`${n}=1&${n}=1`))];
  for (const query of odd) {
    const r = await world.send(op, `${pathOf(op)}?${query}`, { headers: { authorization: `Bearer ${world.tokens.admin}` } });
    judge(op, r, query);
  }
  if (names.length === 0) return;
  const r = await world.send(op, `${pathOf(op)}?nope=1`, { headers: { authorization: `Bearer ${world.tokens.admin}` } });
  refused(op, r, "?nope=1");
}
const pathOf = (op) => op.path.replaceAll(/\{(\w+)\}/g, (all, name) => encodeURIComponent(real(op)[name]));

const ODD_HEADERS = [
  ...['"', "W/\"1\"", '"99999999999999999999999"', "1", "", "*, *", '"1', ",", '"\u00e9"', '"'.repeat(1000)].flatMap((v) => [{ "If-Match": v }, { "If-None-Match": v }]),
  ...["", " ", "x".repeat(2000), "a b", "\u00e9", "'", "\"\""].map((v) => ({ "Idempotency-Key": v })),
  { accept: "image/png" }, { "accept-encoding": "gzip, br" }, { range: "bytes=0-1" }, { cookie: "edgecron_session=" }, { cookie: `edgecron_session=${"a".repeat(43)}` }, { cookie: "=;;;=" }, { "x-csrf-token": "" },
  { "last-event-id": "zzz" }, { "last-event-id": "99999999999999999999" }, { origin: "https://evil.example" }, { "x-forwarded-for": "1.2.3.4" }, { "x-http-method-override": "DELETE" },
  Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`x-${i}`, "y"])),
];

async function oddHeaders(op) {
  for (const headers of ODD_HEADERS) judge(op, await world.call(op, { params: real(op), headers, body: op.bodies.length ? "{}" : undefined }), headers);
}

async function wrongTypes(op) {
  const body = JSON.stringify(exampleBody(op));
  for (const type of TYPES) {
    const r = await world.call(op, { params: real(op), body, type });
    judge(op, r, type);
    if (type === "text/plain" || type === "application/xml") refused(op, r, type);
  }
}

async function brokenBodies(op) {
  for (const body of BROKEN) refused(op, await world.call(op, { params: real(op), body }), body);
  if (op.requestBody.required) refused(op, await world.call(op, { params: real(op) }), "no body");
}

/** One place of a good body at random, and anything there; or any JSON at all. */
async function anyBody(op) {
  const body = exampleBody(op);
  const any = fc.jsonValue({ maxDepth: 3 });
  const somewhere = fc.tuple(fc.constantFrom([], ...places(body)), any).map(([at, what]) => (at.length ? put(body, at, what) : what));
  await eachGenerated(op, somewhere, async (wrong) => {
    const r = await world.call(op, { params: real(op), body: JSON.stringify(wrong) });
    if (contract.allows(op, wrong)) judge(op, r, wrong);
    else refused(op, r, wrong);
  });
}

const HOSTILE = { oddPaths, oddQueries, oddHeaders };
const HOSTILE_BODY = { brokenBodies, wrongTypes, unknownMembers, wrongMembers, anyBody };

function hostile(list) {
  for (const op of list) {
    test(op.id, async (t) => {
      if (changes(op)) await world.restore();
      const attacks = { ...HOSTILE, ...(op.bodies.length ? HOSTILE_BODY : {}) };
      for (const [name, attack] of Object.entries(attacks)) await t.test(name, () => attack(op));
    });
  }
}
describe("what nobody should send", () => hostile(operations.filter((op) => !LAST.test(op.path))));

describe("what concerns the whole server", () => {
  valid(operations.filter((op) => LAST.test(op.path)));
  hostile(operations.filter((op) => LAST.test(op.path)));
});

test("methods that a path does not have: 405, and which it has", async () => {
  for (const [path, item] of Object.entries(contract.doc.paths)) {
    const there = Object.keys(item).map((m) => m.toUpperCase());
    for (const method of ["GET", "PUT", "POST", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "BREW"]) {
      if (there.includes(method)) continue;
      const url = path.replaceAll(/\{\w+\}/g, "x");
      const r = await world.send({ method, responses: {} }, url, { headers: { authorization: `Bearer ${world.tokens.admin}` } });
      assert.ok(r.status === 405 || (["PROPFIND", "BREW", "TRACE"].includes(method) && r.status >= 400 && r.status < 500), `${method} ${url}: ${r.status} ${r.text.slice(0, 200)}`);
      if (r.status === 405) for (const m of there) assert.ok(r.headers.allow.split(", ").includes(m), `${method} ${url}: Allow: ${r.headers.allow}`);
    }
  }
});

test("HEAD answers as GET does, without a body", async () => {
  for (const op of contract.operations.filter((o) => o.method === "GET" && !o.responses["200"].content?.["text/event-stream"])) {
    const r = await world.send({ ...op, method: "HEAD" }, pathOf(op), { headers: { authorization: `Bearer ${world.tokens.admin}` } });
    assert.equal(contract.judge({ ...op, method: "HEAD" }, r), null, op.id);
    assert.equal(r.text, "");
  }
});

test("and the server is as well as before", async () => {
  assert.equal((await world.get("/readyz")).status, 200);
  assert.ok(world.e.server.running);
});
