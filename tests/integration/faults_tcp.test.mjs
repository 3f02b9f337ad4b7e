// Servers that go wrong below HTTP or in its grammar: the right state and outcome, and a message that says what happened and what to do.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { document, Edgecron, job, target } from "./harness/edgecron.mjs";
import { check, runMany, watch } from "./harness/fault_check.mjs";
import { startTcp, TCP_FAULTS } from "./harness/fault_tcp.mjs";

const e = new Edgecron();
const servers = {};
const MIB = 1 << 20;
const ROUNDS = 3;
let settled;

const OK = ["ok", /^$/];
const late = (what, advice = /the function may still have done its work.*raise 'timeout_ms'/s) => ["timeout", what, advice];
const wrong = (what, advice) => ["protocol", what, advice];
const half = (what) => wrong(what, /crashed or gave up: look at its log; it may have done its work/);
const none = (what) => wrong(what, /crashed, gave up or expects another protocol.*look at its log/s);
const alien = (what) => wrong(what, /another kind of server listens there: check host and port in 'request\.url'/);
const newer = (what) => wrong(what, /speaks HTTP\/1\.1: let the server, or the proxy before it, offer that too/);
const broken = (what) => wrong(what, /breaks the rules of HTTP\/1\.1: mend the function's server/);
const large = (what) => ["too_large", what, /let the function answer with less/];

// name in TCP_FAULTS: [expected outcome, what the message says]; `big`: the request has a body of 1 MiB
const CASES = {
  "silent": late(/no answer within \d+ ms \(connected, request sent, waiting for the first byte\)/),
  "silent-after-request": late(/waiting for the first byte/),
  "never-reads": late(/no answer within \d+ ms \(connected, /),
  "drip-status": late(/no complete answer within \d+ ms \(the answer had begun/),
  "drip-headers": late(/the answer had begun/),
  "drip-body": late(/the answer had begun, [1-3] bytes of its body so far/),
  "drip-chunks": late(/the answer had begun, \d+ bytes of its body so far/),
  "byte-by-byte": OK,
  "chunks-byte-by-byte": OK,

  "reset-at-accept": [["connect", "protocol"], /connection reset/, /running, and do host and port|look at its log/],
  "reset-in-request": none(/connection reset before any answer/),
  "reset-after-request": none(/connection reset before any answer/),
  "reset-in-status": half(/connection reset in the middle of the answer/),
  "reset-after-status": half(/connection reset in the middle of the answer/),
  "reset-in-headers": half(/connection reset in the middle of the answer/),
  "reset-after-headers": half(/connection reset in the middle of the answer/),
  "reset-in-body": half(/connection reset in the middle of the answer/),
  "reset-in-close-delimited": half(/connection reset in the middle of the answer/),
  "reset-in-chunk": half(/connection reset in the middle of the answer/),
  "reset-between-chunks": half(/connection reset in the middle of the answer/),
  "reset-in-trailer": half(/connection reset in the middle of the answer/),
  "reset-after-answer": OK,

  "end-at-accept": none(/the connection closed before any answer/),
  "end-before-answer": none(/the connection closed before any answer/),
  "end-after-answer": OK,
  "end-after-close-delimited": OK,
  "end-after-nothing": none(/the connection closed before any answer/),
  "end-in-status": half(/closed before the end of the response head/),
  "end-in-headers": half(/closed before the end of the response head/),
  "end-in-body": half(/closed after 15 of 20 bytes of the body/),
  "end-in-chunk": half(/closed before the last chunk of the body/),
  "end-between-chunks": half(/closed before the last chunk of the body/),
  "end-before-last-line": half(/closed before the last chunk of the body/),
  "answers-without-reading": ["http_status", /413/, /send less in 'request\.body'/],

  "smtp": alien(/the answer is not HTTP: byte 1 is 0x32/),
  "ssh": alien(/the answer is not HTTP/),
  "binary": alien(/the answer is not HTTP: byte 1 is 0x89/),
  "html-alone": alien(/the answer is not HTTP/),
  "icy": alien(/the answer is not HTTP/),
  "zeros": newer(/looks like HTTP\/2/),
  "http-2": newer(/another HTTP version than 1\.x/),
  "h2-settings": newer(/looks like HTTP\/2/),
  "h2-goaway": newer(/looks like HTTP\/2/),
  "tls-alert": wrong(/is TLS, not HTTP/, /write https:\/\/ instead of http:\/\//),

  "status-two-digits": broken(/status line is not/),
  "status-zero": broken(/status 000 is below 100/),
  "status-nul": broken(/status line holds a control character/),
  "bare-lf": broken(/bare line feed/),
  "folded": broken(/obsolete line folding/),
  "space-before-colon": broken(/space before its colon/),
  "no-colon": broken(/no colon/),
  "nul-in-header": broken(/'x-a' holds a control character/),
  "two-lengths": broken(/Content-Length comes twice/),
  "length-list": broken(/Content-Length is not a number/),
  "length-negative": broken(/Content-Length is not a number/),
  "length-hex": broken(/Content-Length is not a number/),
  "length-overflows": broken(/Content-Length is too large a number/),
  "length-and-chunked": broken(/both Content-Length and Transfer-Encoding/),
  "gzip-chunked": broken(/Transfer-Encoding is not 'chunked'/),
  "chunked-in-http-1-0": broken(/HTTP\/1\.0 response has Transfer-Encoding/),
  "switches": broken(/switched protocols/),
  "continue-first": OK,
  "more-than-length": OK,

  "chunk-negative": broken(/chunk's size is not a hexadecimal number/),
  "chunk-0x": broken(/follows a chunk's size/),
  "chunk-words": broken(/follows a chunk's size/),
  "chunk-empty-size": broken(/chunk's size is not a hexadecimal number/),
  "chunk-overflows": broken(/chunk's size is too large/),
  "chunk-signed-overflow": broken(/chunk's size is too large/),
  "chunk-no-crlf": broken(/chunk is longer than its size/),
  "chunk-bare-lf": broken(/bare line feed/),
  "chunk-too-long": broken(/chunk is longer than its size/),
  "chunk-too-short": broken(/bare line feed|chunk is longer/),
  "chunk-garbage-after-size": broken(/follows a chunk's size/),
  "chunk-long-extension": broken(/size line is longer than 1024/),
  "chunk-bad-trailer": broken(/no colon/),
  "chunk-garbage-after-end": OK,
  "right": OK,
};

// Those that send without end, or more than anybody wants.
const FLOODS = {
  "head-100-mb": wrong(/response head is larger than 65536 bytes/, /let the function answer with less in its headers/),
  "head-one-line": wrong(/response head is larger than 65536 bytes/, /less in its headers/),
  "head-many-fields": wrong(/more than 200 headers/, /fewer headers/),
  "status-without-end": wrong(/response head is larger/, /less in its headers/),
  "interim-without-end": wrong(/response head is larger/, /less in its headers/),
  "body-10-gb": large(/larger than 10485760 bytes/),
  "chunked-10-gb": large(/larger than 10485760 bytes/),
  "one-chunk-10-gb": large(/larger than 10485760 bytes/),
  "chunks-of-one": large(/larger than 10485760 bytes/),
  "close-delimited-10-gb": large(/larger than 10485760 bytes/),
  "extension-without-end": broken(/size line is longer than 1024/),
  "zeros-of-a-chunk-size": broken(/size line is longer than 1024/),
  "trailers-without-end": wrong(/more than 200 headers/, /fewer headers/),
};

const BIG = ["never-reads", "reset-in-request", "answers-without-reading"];

/** Its timeout: short where it is what ends the call, so that a byte a second may come twice; else beyond any busy machine. */
const limit = (name, [outcome]) => (outcome === "timeout" ? (/^drip/.test(name) ? 2500 : 600) : 20_000);

function jobOf([name, expected]) {
  const body = BIG.includes(name) ? "x".repeat(MIB) : { source: "cron" };
  return job(name, { method: "POST", url: "/f", body }, { target: name, timeout_ms: limit(name, expected) });
}

before(async () => {
  const all = Object.entries({ ...CASES, ...FLOODS });
  for (const [name] of all) servers[name] = await startTcp(TCP_FAULTS[name]);
  await e.apply(document(all.map(([name]) => target(name, servers[name].url)), all.map(jobOf)));
  await e.serve();
  check(await e.runJob("right"), ...OK);
});
after(async () => {
  await e.stop();
  for (const s of Object.values(servers)) await s.close();
});

test("every fault is asked for", () => {
  assert.deepEqual(Object.keys(TCP_FAULTS).sort(), Object.keys({ ...CASES, ...FLOODS }).sort());
});

test("memory and files are watched", () => {
  e.server.kill("SIGHUP");
  settled = watch(e.server);
});

describe("faults", { concurrency: 8 }, () => {
  for (const [name, expected] of Object.entries(CASES)) {
    test(name, async () => check(await e.runJob(name), ...expected));
  }
});

describe("floods", { concurrency: 4 }, () => {
  for (const [name, expected] of Object.entries(FLOODS)) {
    test(name, async () => {
      check(await e.runJob(name), ...expected);
      assert.ok(servers[name].written() < 100 * MIB, `the server could send ${servers[name].written()} bytes`);
    });
  }
});

test("one connection, one request: nothing was sent again but where it is safe", () => {
  for (const [name, s] of Object.entries(servers)) assert.ok(s.connections === 1 || name === "right", `${name}: ${s.connections} connections`);
});

test("all of them at once, again and again, leave no memory and no open file behind", async (t) => {
  const names = Object.entries({ ...CASES, ...FLOODS }).filter(([, [outcome]]) => outcome !== "timeout").map(([name]) => name);
  await e.createToken("faults", "operate");
  const runs = await runMany(e, Array(ROUNDS).fill(names).flat());
  const wanted = { ...CASES, ...FLOODS };
  for (const r of runs) assert.ok([wanted[r.job][0]].flat().includes(r.outcome), `${r.job}: ${r.outcome}: ${r.message}`);
  await settled(t, `${runs.length} runs more`);
  check(await e.runJob("right"), ...OK);
});
