// Promise 5: whatever a function does with the secrets it was sent, and however a call ends, no value of one is to be found in
// the data directory, the log, the commands' answers, an export or the API, in any encoding that redact.h names.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { closeSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createSecure } from "node:https";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { makeAuthority, pem } from "./harness/ca.mjs";
import { own } from "./harness/cleanup.mjs";
import { BINARY, document, Edgecron, job, target } from "./harness/edgecron.mjs";
import { freePort } from "./harness/ports.mjs";
import { until } from "./harness/wait.mjs";

const SECRETS = {
  PLAIN: "mark-kJ8mN2pQ5rT9wX3yB6eH1jK4lM7nP0sV",
  HEADER: "märk clé-de-passe+~{\"Ünïcode\"}/ñandú 8Zx4",
  BASE64: "bWFyaz8/Pj4+fn5+L2RmZ2hqa2w7J1tdPS0wOTg3+/8=",
  LINES: "-----BEGIN MARK-----\nMIIEvQIBADANBgkq\\hkiG9w0BAQ\tEFAASCBKcw\n\"ggSj/AgEA&Ao=IB\n-----END MARK-----",
  MARKUP: `<mark id="m&m's">0123456789abcdef</mark>`,
  NUMBER: "90817263545362718",
  GAMMA: "eyJhbGciOiJIUzI1NiJ9.eyJtYXJrIjoiZ2FtbWEifQ.c2lnbmF0dXJlLW9mLXRoZS1tYXJr",
};
const FITS_HEADER = ["PLAIN", "HEADER", "BASE64", "MARKUP", "GAMMA"];

const ascii = (s) => s.replace(/[\u0080-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
const inner = (s) => JSON.stringify(s).slice(1, -1);
const NAMED = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;" };
const html = (s) => s.replace(/[&<>"']/g, (c) => NAMED[c]);
const htmlNumbers = (s, hex) => s.replace(/[&<>"']/g, (c) => (hex ? `&#x${c.charCodeAt(0).toString(16)};` : `&#${c.charCodeAt(0)};`));
/** As Go writes JSON: `<`, `>` and `&` too. */
const go = (s) => inner(s).replace(/[<>&]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`);
const hex = (s) => Buffer.from(s).toString("hex");
const script = (s) => inner(s).replaceAll('\\"', '"').replaceAll("'", "\\'");

const base64 = (text) => {
  const s = Buffer.from(text).toString("base64");
  return [s, s.replace(/=+$/, "").replaceAll("+", "-").replaceAll("/", "_")];
};

/** A value in each encoding; base64 is made by `encode` (what stands around the value changes that). */
function forms(value, encode) {
  const percent = encodeURIComponent(value);
  return [...new Set([
    value, ...encode(value), percent, percent.replace(/%../g, (x) => x.toLowerCase()), percent.replaceAll("%20", "+"),
    [...Buffer.from(value)].map((b) => `%${b.toString(16).padStart(2, "0")}`).join(""), new URLSearchParams({ v: value }).toString().slice(2),
    inner(value), ascii(inner(value)), inner(inner(value)), inner(ascii(inner(value))), inner(value).replaceAll("/", "\\/"),
    html(value), htmlNumbers(value), htmlNumbers(value, true), go(value), html(inner(value)), inner(html(value)), go(html(value)),
    encodeURIComponent(inner(value)), encodeURIComponent(percent), inner(inner(inner(value))), hex(value), hex(value).toUpperCase(), script(value),
    Buffer.from(value).toString("latin1"), value.replaceAll("\n", "\\n").replaceAll("\t", "\\t"),
  ])];
}

/** As a server shows it: alone, or with a user's name before it as in Basic credentials. */
const shown = (value) => forms(value, (v) => ["", "u:", "us:", "use:"].flatMap((before) => base64(before + v)));
/** As it is looked for: without the characters that hold bits of a neighbour. */
const wanted = (value) => forms(value, (v) => [0, 1, 2].flatMap((n) => base64(Buffer.concat([Buffer.alloc(n), Buffer.from(v)]))
  .map((s) => s.slice(n && n + 1, Math.floor(((n + Buffer.byteLength(v)) * 8) / 6)))));

// Also a part of a value that is long enough to be of use.
const PART = 20;
const NEEDLES = Object.entries(SECRETS).flatMap(([name, value]) => [
  ...wanted(value),
  ...Array.from({ length: value.length - PART }, (_, i) => value.slice(i, i + PART)),
].map((form) => ({ name, bytes: Buffer.from(form) })));
const utf16 = (s) => Buffer.from([...s].join("\ufffd")); // its NULs are replaced by U+FFFD before it is stored
for (const name of ["PLAIN", "GAMMA"]) NEEDLES.push({ name, bytes: utf16(SECRETS[name]) });
NEEDLES.push({ name: "CHANGED", bytes: Buffer.from("mark-set-while-a-call-was-in-flight-4Fz9") });

/** Looks through bytes for every form of every secret. */
function search(what, content) {
  const bytes = Buffer.isBuffer(content) ? content : Buffer.from(content ?? "");
  for (const { name, bytes: needle } of NEEDLES) {
    const at = bytes.indexOf(needle);
    if (at < 0) continue;
    const around = bytes.subarray(Math.max(0, at - 80), at + needle.length + 40).toString();
    assert.fail(`${what} holds ${name} as '${needle}': ...${around}...`);
  }
}

const e = new Edgecron();
const CHANGED = "mark-set-while-a-call-was-in-flight-4Fz9";
const waiting = [];
const seen = [];
let server, secure, ca, refusing;

const EVERYTHING = Object.values(SECRETS).flatMap(shown);
// What is nested three deep, or two deep in other ways than JSON in JSON, goes into text alone.
const NESTED = new Set(Object.values(SECRETS).flatMap((v) => [inner(inner(inner(v))), html(inner(v)), inner(html(v)), go(html(v)), inner(ascii(inner(v))), inner(inner(v))]
  .filter((s) => s !== inner(v) && s !== v && s !== html(v))));
const ONCE = EVERYTHING.filter((s) => !NESTED.has(s));
/** Fields that hold the values in each encoding a field can carry. */
const echoFields = () => Object.fromEntries(
  FITS_HEADER.flatMap((n) => shown(SECRETS[n])).filter((f) => !/[\n\t]/.test(f)).map((f, i) => [`x-echo-${i}`, Buffer.from(f).toString("latin1")]));

const send = (res, status, body, fields = {}) => res.writeHead(status, { ...echoFields(), ...fields }).end(body);
const raw = (res, text) => res.socket?.end(text); // none: the answer before it on this connection ended that

const ANSWERS = {
  "/json": (req, res, q) => send(res, Number(q.get("status")), JSON.stringify({ ok: false, error: `no: ${EVERYTHING[Number(q.get("n") ?? 0)]}`, all: ONCE, n: 3, key: SECRETS.PLAIN }),
    { "content-type": "application/json", ...(q.has("location") && { location: `https://login.example/?k=${encodeURIComponent(SECRETS.PLAIN)}` }), ...(q.has("retry") && { "retry-after": SECRETS.PLAIN }) }),
  "/nested": (req, res) => send(res, 500, JSON.stringify({ error: { message: req.body }, fields: JSON.stringify(req.headers), url: req.url })),
  "/text": (req, res, q) => send(res, Number(q.get("status")), `refused: ${EVERYTHING[Number(q.get("n"))]}`),
  "/mirror": (req, res) => send(res, 400, `${req.method} ${req.url}\n${req.rawHeaders.join("\n")}\n${req.body}`),
  "/cut": (req, res, q) => send(res, 200, "x".repeat(65536 - Number(q.get("at"))) + SECRETS[q.get("name")] + " and more"),
  "/cut-excerpt": (req, res, q) => send(res, 500, "y".repeat(200 - Number(q.get("at"))) + SECRETS[q.get("name")] + " and more"),
  "/hang": (req, res) => res.writeHead(200, echoFields()).write(EVERYTHING.join(" ")),
  "/silent": () => {},
  "/pieces": async (req, res, q) => { // every edge of every piece is within a value, sooner or later
    const all = Buffer.from(EVERYTHING.join("\n"));
    res.writeHead(Number(q.get("status")), { "content-type": "text/plain" });
    for (let at = 0, n = 0; at < all.length; at += n) {
      n = 1 + ((at * 7919) % Number(q.get("most")));
      res.write(all.subarray(at, at + n));
      if (at % 5 === 0) await new Promise(setImmediate);
    }
    res.end();
  },
  "/utf16": (req, res) => send(res, 500, Buffer.from(`refused: ${SECRETS.PLAIN} ${SECRETS.GAMMA}`, "utf16le")),
  "/numbers": (req, res) => send(res, 200, `{"key":${SECRETS.NUMBER},"n":3,"fraction":0.5}`, { "content-type": "application/json" }),
  "/wait": (req, res) => waiting.push(() => send(res, 500, JSON.stringify({ error: req.headers["x-key"], body: req.body, now: CHANGED }))),
  "/drop": (req, res) => raw(res, `HTTP/1.1 200 OK\r\nx-key: ${SECRETS.PLAIN}\r\ncontent-length: 9999\r\n\r\n${SECRETS.PLAIN}`),
  "/status-line": (req, res) => raw(res, `HTTP/1.1 ${SECRETS.PLAIN}\r\n\r\n`),
  "/reason": (req, res) => raw(res, `HTTP/1.1 500 ${SECRETS.PLAIN}\r\ncontent-length: 0\r\n\r\n`),
  "/field-name": (req, res) => raw(res, `HTTP/1.1 200 OK\r\n${SECRETS.PLAIN}: a\x01b\r\n\r\n`),
  "/no-colon": (req, res) => raw(res, `HTTP/1.1 200 OK\r\n${SECRETS.PLAIN}\r\n\r\n`),
  "/length": (req, res) => raw(res, `HTTP/1.1 200 OK\r\ncontent-length: ${SECRETS.PLAIN}\r\n\r\n`),
  "/chunk": (req, res) => raw(res, `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${SECRETS.PLAIN}\r\n`),
  "/garbage": (req, res) => raw(res, `${SECRETS.PLAIN}\r\n`),
};

async function handle(req, res) {
  const parts = [];
  for await (const part of req) parts.push(part);
  req.body = Buffer.concat(parts).toString();
  seen.push(`${req.url}\n${Buffer.from(req.rawHeaders.join("\n"), "latin1")}\n${req.body}`);
  const url = new URL(req.url, "http://localhost");
  if (ANSWERS[url.pathname]) ANSWERS[url.pathname](req, res, url.searchParams);
  else res.writeHead(404).end(); // somebody else's, who had this port before
}

const listen = (s) => new Promise((resolve) => s.on("error", () => {}).listen(0, "127.0.0.1", () => resolve(s.address().port)));

/** A request with the values in all its parts. */
const request = (path, more = {}) => ({
  url: `${path}${path.includes("?") ? "&" : "?"}p={{secret.PLAIN}}&l={{secret.LINES}}&h={{secret.HEADER}}&b={{secret.BASE64}}`,
  headers: { "X-Key": "{{secret.PLAIN}}", "X-Odd": "a {{secret.HEADER}} b", Authorization: "Bearer {{secret.GAMMA}}", Cookie: "k={{secret.BASE64}}" },
  body: { plain: "{{secret.PLAIN}}", lines: ["<{{secret.LINES}}>"], "{{secret.BASE64}}": "{{secret.HEADER}}", gamma: { deep: "{{secret.GAMMA}}" }, markup: "{{secret.MARKUP}}", n: "{{secret.NUMBER}}" },
  ...more,
});
const TEXT = { body: "key={{secret.PLAIN}}\n{{secret.LINES}}\n{{secret.HEADER}};{{secret.BASE64}};{{secret.GAMMA}}" };

function jobs() {
  const list = [];
  const add = (name, path, more = {}, fields = {}) => list.push(job(name, request(path, more), { target: "here", timeout_ms: 60000, ...fields }));
  const once = Object.keys(ANSWERS).filter((p) => !/json|text|cut|hang|silent|pieces|numbers|wait/.test(p));
  for (const path of once) add(`at${path.replace("/", "-")}`, path), add(`text${path.replace("/", "-")}`, path, TEXT);
  for (const status of [200, 400, 401, 403, 404, 429, 503]) add(`json-${status}`, `/json?status=${status}&retry=1`, status === 200 ? TEXT : {});
  add("redirect", "/json?status=302&location=1");
  EVERYTHING.forEach((s, n) => add(`said-${n}`, "", { url: `/${n % 2 && !NESTED.has(s) ? "json" : "text"}?status=500&n=${n}` }));
  add("rule-equals", "/json?status=200", {}, { success: { status: ["2xx"], json: [{ pointer: "/key", equals: "other" }] } });
  add("rule-matches", "/json?status=200", {}, { success: { status: ["2xx"], json: [{ pointer: "/error", matches: "^fine" }] } });
  add("rule-unreadable", "/text?status=200&n=0", {}, { success: { status: ["2xx"], json: [{ pointer: "/ok", equals: true }] } });
  add("metrics", "/json?status=200", {}, { metrics: { n: "/n", key: "/key", all: "/all" } });
  for (const at of [16, 20, 30]) for (const name of ["PLAIN", "GAMMA"]) add(`cut-${at}-${name.toLowerCase()}`, `/cut?at=${at}&name=${name}`), add(`excerpt-${at}-${name.toLowerCase()}`, `/cut-excerpt?at=${at}&name=${name}`);
  for (const most of [3, 50, 2000]) add(`pieces-${most}`, `/pieces?most=${most}&status=${most === 3 ? 500 : 200}`);
  add("numbers", "/numbers", {}, { metrics: { n: "/n", key: "/key" } });
  add("numbers-said", "/numbers", {}, { success: { status: ["2xx"], json: [{ pointer: "/key", equals: 1 }] } });
  add("hang", "/hang", {}, { timeout_ms: 700 });
  add("silent", "/silent", {}, { timeout_ms: 500 });
  add("retried", "/nested", {}, { retry: { max_attempts: 3, initial_ms: 100, multiplier: 1 } });
  const elsewhere = (name, base, fields = {}) => list.push(job(name, request(`${base}/json?status=200`), fields));
  elsewhere("refused", `http://127.0.0.1:${refusing}`, { target: "here" });
  elsewhere("untrusted", `https://localhost:${secure.address().port}`, { target: "here" });
  elsewhere("not-tls", `https://localhost:${server.address().port}`, { target: "here" });
  elsewhere("no-name", "http://no-such-name.invalid", { target: "here" });
  elsewhere("blocked", `http://127.0.0.1:${server.address().port}`);
  list.push(job("missing", request("/json?status=200&x={{secret.NOT_SET}}"), { target: "here" }));
  list.push(job("unfit", request("/json?status=200", { headers: { "X-Key": "{{secret.LINES}}" } }), { target: "here" }));
  return list;
}

before(async () => {
  ca = await makeAuthority("secrecy");
  refusing = await freePort();
  server = createServer(handle);
  secure = createSecure(pem(await ca.selfSigned(SECRETS.PLAIN)), handle);
  await Promise.all([listen(server), listen(secure)]);
  for (const [name, value] of Object.entries(SECRETS)) await e.setSecret(name, value);
  await e.createToken("reader", "admin");
});
after(async () => {
  await e.stop();
  for (const s of [server, secure]) s.closeAllConnections(), s.close();
});

describe("after every way a call can end", () => {
  let list, runs;

  before(async () => {
    list = jobs();
    await e.apply(document([target("here", `http://127.0.0.1:${server.address().port}`, { max_concurrent: 16, headers: { "X-Shared": "{{secret.GAMMA}}" } })], list));
    await e.serve(["--log-level", "debug"]);
    for (const { name } of list) {
      const r = await e.api(`/api/v1/jobs/${name}/run`, { method: "POST" });
      assert.equal(r.status, 202);
    }
    await until("all runs to end", async () => {
      runs = await e.runs();
      return runs.length === list.length && runs.every((r) => r.finished_at);
    }, { within: 60_000, every: 300, state: () => runs?.filter((r) => !r.finished_at).map((r) => [r.job, r.state]) });
  });

  test("the values were sent, and would be found", () => {
    const sent = seen.join("\n");
    for (const [name, value] of Object.entries(SECRETS)) {
      assert.ok(wanted(value).some((f) => sent.includes(f)), `${name} was never sent`);
      assert.throws(() => search("this", `a ${value} b`), /holds/);
      for (const form of [...wanted(value), ...shown(value)]) assert.throws(() => search("this", form), /holds/);
    }
  });

  test("each ended as it was meant to", () => {
    const of = (name) => runs.find((r) => r.job === name);
    const outcomes = { refused: "connect", untrusted: "tls", "not-tls": "tls", "no-name": "dns", blocked: "blocked", missing: "secret", unfit: "secret",
      hang: "timeout", silent: "timeout", "rule-equals": "assertion", "rule-matches": "assertion", "rule-unreadable": "assertion", metrics: "ok",
      "at-garbage": "protocol", "at-chunk": "protocol", "at-drop": "protocol", "at-field-name": "protocol", redirect: "http_status", retried: "http_status" };
    for (const [name, outcome] of Object.entries(outcomes)) assert.equal(of(name)?.outcome, outcome, `${name}: ${of(name)?.message}`);
    assert.deepEqual(of("metrics").metrics, { n: 3 });
    assert.equal(of("numbers").outcome, "ok");
    assert.ok(!of("numbers").metrics?.key, "a metric that is a secret");
    assert.equal(of("pieces-3").outcome, "http_status");
  });

  test("the commands say none, with and without --json", async () => {
    const commands = [["job", "list"], ["target", "list"], ["target", "show", "here"], ["run", "list"], ["secret", "list"], ["token", "list"], ["export"],
      ...list.map((j) => ["job", "show", j.name]), ...runs.map((r) => ["run", "show", r.id])];
    let masked = 0;
    for (const args of commands) {
      for (const flags of args[0] === "run" || args[1] === "list" || args[0] === "export" ? [[], ["--json"]] : [["--json"]]) {
        const r = await e.command([...args, ...flags]);
        assert.equal(r.code, 0, r.stderr);
        search(`edgecron ${args.join(" ")} ${flags}`, r.stdout + r.stderr);
        masked += r.stdout.includes("[redacted:");
      }
    }
    assert.ok(masked > list.length, `only ${masked} answers had something to hide`);
  });

  /** What a stream says while a job runs; it has no end of its own. */
  async function firstOf(path) {
    const stop = new AbortController(), decoder = new TextDecoder();
    let text = "";
    const { body } = await fetch(e.url + path, { headers: { authorization: `Bearer ${e.token}` }, signal: stop.signal });
    const run = e.runJob(list[0].name);
    try {
      for await (const part of body) {
        text += decoder.decode(part, { stream: true });
        if (/^event: run\n(?:.*\n)*?data: .*"finished_at":"/m.test(text)) stop.abort();
      }
    } catch (error) {
      if (!stop.signal.aborted) throw error;
    }
    await run;
    return text;
  }

  test("the API says none, on any route", async () => {
    const { body: doc } = await e.api("/api/openapi.json");
    let asked = 0;
    for (const [path, { get }] of Object.entries(doc.paths)) {
      if (!get) continue;
      if (get.responses["200"]?.content?.["text/event-stream"]) {
        search(`GET ${path}`, await firstOf(path));
        continue;
      }
      const fill = path.includes("/runs/{id}") ? runs.map((r) => path.replace("{id}", r.id))
        : path.includes("/jobs/{name}") ? list.map((j) => path.replace("{name}", j.name))
          : path.includes("{") ? [path.replace("{name}", "here"), path.replace("{name}", "PLAIN")] : [path, `${path}?limit=1000`];
      for (const at of fill) {
        const r = await e.api(at);
        search(`GET ${at}`, JSON.stringify([...r.headers]) + (typeof r.body === "string" ? r.body : JSON.stringify(r.body)));
        search(`GET ${at}, as text`, typeof r.body === "string" ? r.body : JSON.stringify(r.body, null, 1).replaceAll("\\\\", "\\"));
        asked++;
      }
    }
    assert.ok(asked > runs.length + list.length, `${asked} routes`);
  });

  test("neither does what needs no token", async () => {
    for (const at of ["/", "/healthz", "/readyz", "/metrics", "/api/openapi.json", `/api/v1/runs?job=${encodeURIComponent("nobody's")}`]) {
      const r = await e.api(at, { token: null });
      search(`GET ${at}`, JSON.stringify([...r.headers]) + (typeof r.body === "string" ? r.body : JSON.stringify(r.body)));
    }
  });

  test("the process shows none, and cannot be dumped", () => {
    for (const file of ["cmdline", "environ"]) search(file, readFileSync(`/proc/${e.server.pid}/${file}`));
    assert.match(readFileSync(`/proc/${e.server.pid}/limits`, "utf8"), /^Max core file size +0 +0 /m);
  });

  test("neither do the files, while it runs and after it ended, nor the log", async () => {
    const files = () => {
      const names = readdirSync(e.dir);
      for (const name of names) search(name, readFileSync(join(e.dir, name)));
      return names;
    };
    assert.ok(files().includes("edgecron.db-wal"));
    await e.stop();
    assert.ok(files().includes("edgecron.db"));
    assert.match(e.logs, /level=debug/);
    assert.match(e.logs, /level=warn msg="run ended"/);
    search("the log", e.logs);
    search("the log, read", e.logs.replaceAll('\\"', '"').replaceAll("\\\\", "\\"));
  });
});

describe("a secret that changes while a call is in flight", () => {
  const own = new Edgecron();
  const OLD = "mark-that-was-sent-before-it-changed-7Qw2";

  after(() => own.stop());

  test("neither its old value nor the new one is kept of the answer", async () => {
    await own.setSecret("KEY", OLD);
    const url = `http://127.0.0.1:${server.address().port}`;
    const call = (name, path) => job(name, { url: path, headers: { "X-Key": "{{secret.KEY}}" }, body: "{{secret.KEY}}" }, { target: "here", timeout_ms: 60000 });
    await own.apply(document([target("here", url)], [call("waits", "/wait"), call("probe", "/mirror")]));
    await own.serve();
    const waits = own.runJob("waits");
    await until("the call", () => waiting.length === 1);
    await own.setSecret("KEY", CHANGED);
    await until("the new value to be sent", async () => {
      await own.runJob("probe");
      return seen.some((request) => request.includes(CHANGED));
    });
    waiting.pop()();
    const run = await waits;
    assert.equal(run.http_status, 500);
    const text = JSON.stringify(run);
    assert.ok(!text.includes(OLD) && !text.includes(CHANGED), text);
    assert.ok(run.attempts[0].response.body.split("[redacted:KEY]").length > 3, text);
    await own.stop();
    for (const name of readdirSync(own.dir)) {
      const bytes = readFileSync(join(own.dir, name));
      for (const value of [OLD, CHANGED]) assert.ok(!bytes.includes(value), `${name} holds ${value}`);
    }
  });
});

/** How often each text is in the memory of a process: { in regions that are locked, elsewhere }. Needs root. */
function inMemory(pid, text) {
  const found = { locked: 0, elsewhere: 0 };
  const mem = openSync(`/proc/${pid}/mem`, "r");
  for (const region of readFileSync(`/proc/${pid}/smaps`, "utf8").split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m)) {
    const [, from, to, rights] = region.match(/^([0-9a-f]+)-([0-9a-f]+) (\S+)/);
    if (rights[0] !== "r" || /\[v/.test(region)) continue;
    const bytes = Buffer.alloc(parseInt(to, 16) - parseInt(from, 16));
    try {
      readSync(mem, bytes, 0, bytes.length, parseInt(from, 16));
    } catch {
      continue;
    }
    const locked = /^VmFlags:.*\blo\b/m.test(region);
    for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1)) found[locked ? "locked" : "elsewhere"]++;
  }
  closeSync(mem);
  return found;
}

const unreadable = process.getuid() === 0 ? /build\/(asan|tsan|coverage|debug)\//.test(BINARY) : "needs root to read another process's memory";
describe("the memory of a server", { skip: unreadable }, () => {
  const own = new Edgecron();
  const VALUE = "mark-of-which-no-copy-may-stay-behind-6Yt3";

  after(() => own.stop());

  test("holds a value where it is locked, and nowhere once the secret is gone", async () => {
    await own.setSecret("KEY", VALUE);
    const url = `http://127.0.0.1:${server.address().port}`;
    const big = { url: "/mirror?k={{secret.KEY}}", headers: { "X-Key": "{{secret.KEY}}" }, body: { all: Array(300).fill("{{secret.KEY}}") } };
    await own.apply(document([target("here", url)], [job("small", { ...big, body: "{{secret.KEY}}" }, { target: "here" }), job("big", big, { target: "here" })]));
    await own.serve();
    for (const name of ["big", "small", "big"]) assert.equal((await own.runJob(name)).outcome, "http_status");
    const { locked, elsewhere } = inMemory(own.server.pid, VALUE);
    assert.ok(locked + elsewhere > 0, "it is looked for where it is");
    if (/ swap=on/.test(own.server.stderr)) assert.equal(elsewhere, 0, "no copy outside locked memory");
    for (const name of ["big", "small"]) await own.ok(["job", "remove", name]);
    await own.ok(["secret", "remove", "KEY"]);
    await until("the last copy to go", () => {
      const now = inMemory(own.server.pid, VALUE);
      return now.locked + now.elsewhere === 0;
    }, { state: () => inMemory(own.server.pid, VALUE) });
  });
});

describe("the command line", () => {
  const value = "a-value-typed-where-it-should-not-be-4711";

  test("a value in the wrong place is refused, and not repeated", async () => {
    for (const args of [["set", "NAME", value], ["set", `NAME=${value}`], ["set", "NAME", "x", value], ["rotate", "PLAIN", value],
      ["generate", "NAME", value], ["set", "NAME", `-----BEGIN KEY----- ${value}`], ["set", "NAME", `--value=${value}`]]) {
      for (const flags of [[], ["--json"]]) {
        const r = await e.command(["secret", ...args, ...flags], { input: "" });
        assert.equal(r.code, 2, r.stderr);
        assert.ok(!(r.stdout + r.stderr).includes("4711"), r.stderr);
      }
    }
    search("secret show", await e.ok(["secret", "show", "PLAIN"]) + await e.ok(["secret", "show", "PLAIN", "--json"]));
  });

  test("a value that is not UTF-8 is refused", async () => {
    const r = await e.command(["secret", "set", "LATIN"], { input: Buffer.from("clé-märk-0815", "latin1") });
    assert.equal(r.code, 4);
    assert.match(r.stderr, /UTF-8/);
    assert.ok(!r.stderr.includes("0815"));
  });

  test("a secret cannot name the host", async () => {
    const problem = await e.refused(4, ["apply", e.file("host.json", document([], [job("host", "https://{{secret.PLAIN}}.example.com/")]))]);
    assert.match(JSON.stringify(problem), /host or port/);
  });

  test("a command that has secrets in memory cannot be dumped either", async () => {
    const p = own(spawn(BINARY, ["secret", "set", "WAITS", "--data", e.dir], { stdio: ["pipe", "ignore", "ignore"] }));
    await until("it to forbid a core file", () => /^Max core file size +0 +0 /m.test(readFileSync(`/proc/${p.pid}/limits`, "utf8")));
    p.kill();
  });
});
