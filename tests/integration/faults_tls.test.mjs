// Servers that go wrong in TLS: at each step of the handshake of both versions, and behind it. The right state and outcome, and a message
// that says what happened and what to do.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { makeAuthority, pem } from "./harness/ca.mjs";
import { document, Edgecron, job, target } from "./harness/edgecron.mjs";
import { check, runMany, watch } from "./harness/fault_check.mjs";
import { startTcp } from "./harness/fault_tcp.mjs";
import { answer, answerCutOff, answerH2, answerToTheEnd, dripping, SPOILS, spoil, startAlert, startH2, startMiddle, startTls, TLS_FAULTS } from "./harness/fault_tls.mjs";
import { freePort } from "./harness/ports.mjs";
import { start } from "./harness/process.mjs";
import { until } from "./harness/wait.mjs";

const e = new Edgecron();
const servers = {};
const ROUNDS = 3;
let settled, ca, leaf;

/** Whether someone listens on that port, without connecting: a server that takes one at a time would be busy with us. */
const listens = (at) => readFileSync("/proc/net/tcp", "latin1").includes(`:${at.toString(16).toUpperCase().padStart(4, "0")} 00000000:0000 0A`);

const OK = ["ok", /^$/];
const tls = (what, advice) => ["tls", /^no TLS connection to localhost:\d+: /, what, advice];
const late = (what = /connected to 127\.0\.0\.1:\d+, in the TLS handshake/) =>
  ["timeout", what, /is that the port for https, and the server not overloaded\?.*raise 'connect_timeout_ms' \(now \d+\)/];
const port = (what) => tls(what, /is that the port for https\? If so, look at the log/);
const log = (what) => tls(what, /look .*in the log of the server|look at the log of the server/);
const alien = (what) => tls(what, /another kind of server listens there: check host and port/);
const plain = tls(/answers in plain HTTP, not TLS/, /write http:\/\/ instead of https:\/\//);
const old = (what) => tls(what, /let the server offer TLS 1\.2 or 1\.3/);
const newer = (outcome, what) => [outcome, what, /speaks HTTP\/1\.1: let the server, or the proxy before it, offer that too/];
const none = (what) => ["protocol", what, /look at its log/];
const certificate = (outcome, what) => [outcome, what, /edgecron has no certificate of its own to show/];

// name in TLS_FAULTS: [expected outcome, what the message says]
const CASES = {
  "tls-silent": late(),
  "tls-silent-after-hello": late(),
  "tls-reset-after-hello": port(/connection reset during the TLS handshake/),
  "tls-end-after-hello": port(/the server closed the connection during the TLS handshake/),
  "tls-end-at-accept": port(/during the TLS handshake/),
  "tls-warns-and-waits": late(),
  "tls-version-1-0": old(/none of the TLS versions/),
  "tls-version-1-1": old(/none of the TLS versions/),
  "tls-version-ssl-3": old(/none of the TLS versions/),
  "tls-says-http": plain,
  "tls-says-smtp": alien(/not TLS/),
  "tls-says-h2": alien(/not TLS/),
  "tls-says-garbage": alien(/not TLS/),
  "tls-record-too-long": port(/record or message that is too long/),
  "tls-data-too-early": port(/unexpected message/),
  "tls-message-too-long": late(),
  "tls-hello-cut": port(/message that cannot be read/),
  "tls-empty-records": alien(/not TLS/),
  "tls-warnings-without-end": late(),
  "tls-message-without-end": port(/record or message that is too long/),
};

// Alerts that answer the ClientHello.
const ALERTS = {
  0: log(/ended the connection \(TLS alert close_notify\)/),
  10: log(/unexpected_message/),
  40: old(/handshake_failure/),
  42: certificate("tls", /bad_certificate/),
  48: certificate("tls", /unknown_ca/),
  49: log(/denies access \(TLS alert access_denied\)/),
  70: old(/protocol_version/),
  71: tls(/stronger ciphers/, /ECDHE and AES-GCM or ChaCha20/),
  80: log(/internal error \(TLS alert internal_error\)/),
  90: log(/user_canceled/),
  112: tls(/does not know this host name/, /check the host in 'request\.url'/),
  116: certificate("tls", /certificate_required/),
  120: newer("tls", /no_application_protocol/),
  200: log(/TLS alert 200/),
};

const VERSIONS = { "1-2": "TLSv1.2", "1-3": "TLSv1.3" };

// What the records of the server are, in order: TLS 1.2: ServerHello, Certificate, ServerKeyExchange, ServerHelloDone, ticket, change of
// ciphers, Finished; TLS 1.3: ServerHello, change of ciphers, EncryptedExtensions, Certificate, CertificateVerify, Finished, and, after
// the handshake, a ticket. The n-th is spoiled, with this result; null: any failure.
const RECORDS = 7;
const altered = (at) => (at > 1 ? log(/changed on its way|cannot be read|unexpected/) : log(/internal_error/));
const SPOILED = {
  reset: { "1-2": () => port(/connection reset during the TLS handshake/), after: none(/connection reset before any answer/) },
  end: { "1-2": () => port(/closed the connection during the TLS handshake/), after: none(/without ending TLS before any answer/) },
  silence: { "1-2": () => late(), after: ["timeout", /request sent, waiting for the first byte/, /raise 'timeout_ms'/] },
  alert: { "1-2": (at) => (at < 7 ? log(/internal_error/) : log(/changed on its way/)), "1-3": altered, after: none(/changed on its way/) },
  garbage: { "1-2": () => plain, after: none(/invalid TLS record/) },
  flip: { "1-2": () => [["tls", "timeout"], /./], after: none(/changed on its way/) },
  flood: { "1-2": () => [["tls", "timeout"], /./], after: [["protocol", "timeout"], /./] },
};

const spoiled = (what, version, at) => {
  const s = SPOILED[what];
  return version === "1-3" && at === RECORDS ? s.after : (s[version] ?? s["1-2"])(at);
};

/** Every server that is not of TLS_FAULTS, by name: its result. */
const MORE = {
  "only-1-0": old(/none of the TLS versions that we offer \(TLS alert protocol_version\)/),
  "only-1-1": old(/protocol_version/),
  "less-than-minimum": old(/protocol_version|none of the TLS versions/),
  "no-cipher": old(/handshake_failure/),
  "h2-plain": newer("protocol", /looks like HTTP\/2/),
  "tls-on-http": none(/the connection closed before any answer|is TLS, not HTTP/),
};
for (const v of Object.keys(VERSIONS)) {
  Object.assign(MORE, {
    [`right-${v}`]: OK,
    [`bytes-${v}`]: OK,
    [`drip-${v}`]: late(),
    [`client-certificate-${v}`]: v === "1-2" ? old(/handshake_failure/) : certificate("protocol", /certificate_required/),
    [`h2-alpn-${v}`]: newer("tls", /no_application_protocol/),
    [`h2-unasked-${v}`]: newer("protocol", /looks like HTTP\/2/),
    [`to-the-end-${v}`]: OK,
    [`cut-off-${v}`]: ["protocol", /closed the connection without ending TLS in the middle of the answer/, /look at its log/],
  });
  for (const what of Object.keys(SPOILS))
    for (let at = 1; at <= RECORDS; at++) MORE[`${what}-${v}-${at}`] = spoiled(what, v, at);
}

async function startAll(good) {
  for (const [name, serve] of Object.entries(TLS_FAULTS)) servers[name] = await startTcp(serve);
  for (const code of Object.keys(ALERTS)) servers[`alert-${code}`] = await startAlert(Number(code));
  const old = { ...good, ciphers: "DEFAULT:@SECLEVEL=0" };
  servers["only-1-0"] = await startTls({ ...old, minVersion: "TLSv1", maxVersion: "TLSv1" });
  servers["only-1-1"] = await startTls({ ...old, minVersion: "TLSv1.1", maxVersion: "TLSv1.1" });
  servers["less-than-minimum"] = await startTls({ ...good, maxVersion: "TLSv1.2" });
  servers["no-cipher"] = await startTls({ ...good, maxVersion: "TLSv1.2", ciphers: "PSK-AES128-CBC-SHA" });
  servers["h2-plain"] = await startH2();
  servers["tls-on-http"] = await startTls(good);
  for (const [v, version] of Object.entries(VERSIONS)) {
    const options = { ...good, minVersion: version, maxVersion: version };
    const right = (servers[`right-${v}`] = await startTls(options, answer));
    servers[`bytes-${v}`] = await startMiddle(right.port, dripping(0));
    servers[`drip-${v}`] = await startMiddle(right.port, dripping(1000));
    servers[`client-certificate-${v}`] = await startTls({ ...options, ca: good.cert, requestCert: true, rejectUnauthorized: true });
    servers[`h2-alpn-${v}`] = await startH2(options);
    servers[`h2-unasked-${v}`] = await startTls(options, answerH2);
    servers[`to-the-end-${v}`] = await startTls(options, answerToTheEnd);
    servers[`cut-off-${v}`] = await startTls(options, answerCutOff);
    for (const what of Object.keys(SPOILS))
      for (let at = 1; at <= RECORDS; at++) servers[`${what}-${v}-${at}`] = await startMiddle(right.port, spoil(what, at));
  }
}

const ALL = { ...CASES, ...Object.fromEntries(Object.entries(ALERTS).map(([code, x]) => [`alert-${code}`, x])), ...MORE };
const PLAIN = ["h2-plain", "tls-on-http"];

/** Short where it is what ends the call; else beyond any busy machine. */
const limits = ([outcome]) => ([outcome].flat().includes("timeout") ? { connect_timeout_ms: 600, timeout_ms: 1200 } : { timeout_ms: 20_000 });

before(async () => {
  ca = await makeAuthority("ca");
  leaf = await ca.leaf("good");
  await startAll(pem(leaf));
  const targets = Object.keys(ALL).map((name) => target(name, servers[name][PLAIN.includes(name) ? "url" : "secure"],
    { ca_file: ca.file, tls_min: name === "less-than-minimum" ? "1.3" : "1.2" }));
  await e.apply(document(targets, Object.entries(ALL).map(([name, x]) => job(name, { method: "POST", url: "/f", body: {} }, { target: name, ...limits(x) }))));
  await e.serve();
  check(await e.runJob("right-1-2"), ...OK);
  check(await e.runJob("right-1-3"), ...OK);
  e.server.kill("SIGHUP");
  settled = watch(e.server);
});
after(async () => {
  await e.stop();
  for (const s of Object.values(servers)) await s.close();
});

test("every fault is asked for", () => {
  assert.deepEqual(Object.keys(TLS_FAULTS).sort(), Object.keys(CASES).sort());
  assert.deepEqual(Object.keys(SPOILS).sort(), Object.keys(SPOILED).sort());
  assert.deepEqual(Object.keys(servers).sort(), Object.keys(ALL).sort());
});

describe("faults", { concurrency: 8 }, () => {
  for (const [name, expected] of Object.entries(ALL)) test(name, async () => check(await e.runJob(name), ...expected));
});

test("session tickets without end keep nobody from being timed out", async () => {
  const at = await freePort();
  const { cert, key } = leaf;
  const server = start("openssl", ["s_server", "-tls1_3", "-num_tickets", "5000000", "-www", "-quiet", "-accept", `127.0.0.1:${at}`, "-cert", cert, "-key", key]);
  await e.apply(document([target("tickets", `https://localhost:${at}`, { ca_file: ca.file })], [job("tickets", "/f", { target: "tickets", timeout_ms: 1500 })]));
  await until("openssl to listen", () => server.running && listens(at));
  check(await e.runJob("tickets"), "timeout", /request sent, waiting for the first byte/);
  check(await e.runJob("right-1-3"), ...OK);
  await server.stop("SIGKILL");
});

test("no request reached a server over a handshake that was spoiled", () => {
  assert.equal(servers["right-1-2"].asked, 3); // twice right, once byte by byte
  assert.ok(servers["right-1-3"].asked >= 4); // and where the ticket after the handshake was spoiled
  for (const name of ["only-1-0", "only-1-1", "no-cipher", "less-than-minimum", "client-certificate-1-2"]) assert.equal(servers[name].asked, 0, name);
});

test("all of them at once leave no memory and no open file behind", async (t) => {
  const names = Object.entries(ALL).filter(([, [outcome]]) => outcome === "tls" || outcome === "protocol").map(([name]) => name);
  await e.createToken("faults", "operate");
  const runs = await runMany(e, Array(ROUNDS).fill(names).flat());
  for (const r of runs) assert.equal(r.outcome, ALL[r.job][0], `${r.job}: ${r.message}`);
  await settled(t, `${runs.length} runs more`);
  check(await e.runJob("right-1-2"), ...OK);
});
