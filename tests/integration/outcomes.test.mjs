// Every way a call can end: the right state, the right outcome, and a message that tells an operator what to do.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { makeAuthority, pem } from "./harness/ca.mjs";
import { document, Edgecron, job, target } from "./harness/edgecron.mjs";
import { check } from "./harness/fault_check.mjs";
import { startFaults } from "./harness/faults.mjs";
import { freePort } from "./harness/ports.mjs";

const e = new Edgecron();
const KIB = 1024;
let server;

// name: [path or request, expected outcome, words of the message, more of the job, more checks]
const ANSWERS = {
  "status-200": ["/ok", "ok", /^$/],
  "status-204": ["/204", "ok", /^$/],
  "status-500": ["/status?code=500&error=boom", "http_status", /500.*boom/s],
  "status-503": ["/status?code=503", "http_status", /503/],
  "status-404": ["/status?code=404", "http_status", /404.*(url|path|name)/is],
  "status-403": ["/status?code=403", "http_status", /403/],
  "status-429": ["/status?code=429", "http_status", /429/],
  "redirect": ["/302", "http_status", /302.*https:\/\/login\.example\/enter.*(not followed|redirect)|redirect.*https:\/\/login\.example\/enter/is],
  "redirect-to-metadata": ["/302?to=http://169.254.169.254/latest/meta-data/", "http_status", /302.*http:\/\/169\.254\.169\.254\/latest\/meta-data\/.*(not followed|redirect)|redirect.*169\.254\.169\.254/is],
  "redirect-to-itself": ["/302?to=/302", "http_status", /302.*\/302/s],
  "chunked": ["/chunked", "ok", /^$/],
  "endless": ["/endless", "too_large", /10 MiB|too large|limit|never ends|10485760/i],
  "endless-slowly": ["/drip", "timeout", /timeout|timed out|ms|time/i, { timeout_ms: 700 }],
  "slower-than-its-timeout": ["/slow?ms=20000", "timeout", /(700 ms|0\.7 s|timeout_ms|timeout)/i, { timeout_ms: 700 }],
  "endless-headers": ["/headers", "protocol", /head|field|large|64/i],
  "garbage": ["/garbage", "protocol", /HTTP|protocol/i],
  "hang-up": ["/hangup", "protocol", /closed|connection/i],
  "cut-short": ["/cut", "protocol", /closed|before|length/i],
  "two-lengths": ["/two-lengths", "protocol", /content-length/i],
  "rule-fails": ["/not-ok", "assertion", /\/ok.*mailbox is full|mailbox is full.*\/ok/s, { success: { json: [{ pointer: "/ok", equals: true }] } }],
  "rule-on-html": ["/not-json", "assertion", /(not|cannot).*JSON/i, { success: { json: [{ pointer: "/ok", equals: true }] } }],
  "rule-on-nothing": ["/204", "assertion", /empty|no body/i, { success: { json: [{ pointer: "/ok", equals: true }] } }],
  "rule-holds": ["/ok", "ok", /^$/, { success: { json: [{ pointer: "/ok", equals: true }, { pointer: "/n", exists: true }] } }],
  "404-is-success": ["/status?code=404", "ok", /^$/, { success: { status: ["2xx", "404"] } }],
  "200-is-not": ["/ok", "http_status", /200/, { success: { status: ["201-299"] } }],
  "missing-secret": [
    { url: "/ok", headers: { "X-Internal-Key": "{{secret.NEVER_SET}}" } },
    "secret",
    /NEVER_SET.*(not set|missing|edgecron secret set)/is,
  ],
};

before(async () => {
  server = await startFaults();
  const jobs = Object.entries(ANSWERS).map(([name, [request, , , more]]) => job(name, request, { target: "faults", ...more }));
  await e.apply(document([target("faults", server.url)], jobs));
  await e.serve();
});
after(async () => {
  await e.stop();
  await server.close();
});

describe("answers", { concurrency: 4 }, () => {
  for (const [name, [, outcome, words]] of Object.entries(ANSWERS)) {
    test(name, async () => check(await e.runJob(name), outcome, words));
  }
});

test("a redirect is not followed, wherever it leads", () => {
  for (const url of ["/302", "/302?to=/302"]) assert.equal(server.seen.filter((r) => r.url === url).length, 1, url);
});

test("no bad answer keeps the others from being called", async () => {
  check(await e.runJob("status-200"), "ok", /^$/);
});

test("an answer keeps its status, its type and its body in the history", async () => {
  const [chunked] = (await e.runJob("chunked")).attempts;
  assert.deepEqual(JSON.parse(chunked.response.body), { ok: true, n: 41 });
  assert.equal(chunked.response.size, 18);
  assert.equal(chunked.response.truncated, false);
  assert.match(JSON.stringify(chunked.response.headers), /application\/json/i);
  const [nothing] = (await e.runJob("status-204")).attempts;
  assert.deepEqual([nothing.http_status, nothing.response.size, nothing.response.body ?? ""], [204, 0, ""]);
});

test("64 KiB of a body are kept, the rest is counted up to 10 MiB, more is too large", async () => {
  const cases = [["kept", 64 * KIB, "ok", false], ["cut", 300 * KIB, "ok", true], ["over", 11 * KIB * KIB, "too_large", true]];
  const jobs = cases.map(([name, n]) => job(`bytes-${name}`, `/bytes?n=${n}`, { target: "faults" }));
  await e.apply(document([], jobs));
  for (const [name, n, outcome, truncated] of cases) {
    const run = await e.runJob(`bytes-${name}`);
    check(run, outcome, outcome === "ok" ? /^$/ : /10 MiB|too large|limit|10485760/i);
    const { response } = run.attempts[0];
    assert.equal(response.truncated, truncated, name);
    assert.equal(response.body.length, Math.min(n, 64 * KIB), name);
    if (outcome === "ok") assert.equal(response.size, n, name);
  }
});

describe("places that cannot be called", () => {
  test("a name that does not resolve", async () => {
    await e.apply(document([], [job("no-such-host", "http://nonexistent.invalid/f")]));
    check(await e.runJob("no-such-host"), "dns", /nonexistent\.invalid/);
  });

  test("a port that refuses", async () => {
    const port = await freePort();
    await e.apply(document([target("closed", `http://127.0.0.1:${port}`)], [job("refused", "/f", { target: "closed" })]));
    const run = await e.runJob("refused");
    check(run, "connect", new RegExp(`127\\.0\\.0\\.1:${port}.*refused`, "is"));
  });

  test("a private address that no target allows", async () => {
    await e.apply(document([], [job("private", `${server.numeric}/ok`), job("private-by-name", `${server.url}/ok`)]));
    check(await e.runJob("private"), "blocked", /127\.0\.0\.1.*(allow_private|allow-private)/s);
    check(await e.runJob("private-by-name"), "blocked", /allow_private|allow-private/);
  });

  test("the metadata address of clouds, whatever is allowed", async () => {
    await e.apply(document([target("meta", "http://169.254.169.254", { allow_private: ["0.0.0.0/0"] })], [job("metadata", "/latest", { target: "meta" })]));
    check(await e.runJob("metadata"), "blocked", /169\.254\.169\.254/);
  });
});

describe("TLS", () => {
  let ca, other;
  const servers = {};
  before(async () => {
    [ca, other] = await Promise.all([makeAuthority("ca"), makeAuthority("stranger")]);
    const certificates = {
      good: await ca.leaf("good"),
      rsa: await ca.leaf("rsa", { rsa: true }),
      "wrong-host": await ca.leaf("wrong-host", { hosts: ["DNS:other.example"] }),
      expired: await ca.leaf("expired", { from: "20200101000000Z", to: "20200201000000Z" }),
      "not-yet": await ca.leaf("not-yet", { from: "20480101000000Z", to: "20480201000000Z" }),
      unknown: await other.leaf("unknown"),
      "self-signed": await ca.selfSigned("self-signed"),
    };
    for (const [name, c] of Object.entries(certificates)) servers[name] = await startFaults({ tls: pem(c) });
    servers.plain = await startFaults();
    const targets = Object.entries(servers).map(([name, s]) =>
      target(`tls-${name}`, s.url.replace("http:", "https:"), { ca_file: ca.file }));
    targets.push(target("tls-no-ca", servers.good.url), target("tls-numeric", servers.good.numeric, { ca_file: ca.file }),
      target("tls-13", servers.good.url, { ca_file: ca.file, tls_min: "1.3" }));
    await e.apply(document(targets, targets.map((t) => job(t.name, "/ok", { target: t.name }))));
  });
  after(async () => {
    for (const s of Object.values(servers)) await s.close();
  });

  const CASES = {
    good: ["ok", /^$/],
    rsa: ["ok", /^$/],
    numeric: ["ok", /^$/],
    13: ["ok", /^$/],
    "wrong-host": ["tls", /localhost.*(name|host)|(name|host).*localhost/is],
    expired: ["tls", /expired/i],
    "not-yet": ["tls", /not yet|future|clock/i],
    unknown: ["tls", /(trust|authority|unknown|CA\b|ca_file)/i],
    "self-signed": ["tls", /(trust|authority|self-signed|CA\b|ca_file)/i],
    "no-ca": ["tls", /ca_file/],
    plain: ["tls", /TLS|https/i],
  };
  for (const [name, [outcome, words]] of Object.entries(CASES)) {
    test(name, async () => check(await e.runJob(`tls-${name}`), outcome, words));
  }
  test("nothing was sent to a server whose certificate is wrong", () => {
    for (const name of ["wrong-host", "expired", "not-yet", "unknown", "self-signed"]) assert.deepEqual(servers[name].seen, [], name);
  });
});
