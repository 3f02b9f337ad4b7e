// Behind a real haproxy, plain and TLS: connections it closes and shares, interim answers, limits, servers that are down, calls it
// rejects or holds, and a frontend that would rather speak HTTP/2.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { makeAuthority } from "./harness/ca.mjs";
import { document, Edgecron, job, target } from "./harness/edgecron.mjs";
import { startFaults } from "./harness/faults.mjs";
import { ask, compare, outcomes, settle, startNeighbour } from "./harness/peer_calls.mjs";
import { startHaproxy } from "./harness/peer_haproxy.mjs";
import { freePort } from "./harness/ports.mjs";
import { sleep, until } from "./harness/wait.mjs";

const e = new Edgecron();
const ROUNDS = 40;
const AGAIN = { max_attempts: 40, initial_ms: 100, multiplier: 1, max_ms: 100, max_age_s: 120 };
const PLAIN_AND_TLS = ["", "-tls"];
let haproxy, upstream, neighbour, downPort;

function frontends(tls) {
  const both = {
    kept: {},
    short: { text: "timeout http-keep-alive 100ms" },
    server: { text: "option http-server-close" },
    close: { text: "option httpclose" },
    hints: { text: 'http-request early-hint Link "</style.css>; rel=preload"' },
    rejecting: { text: "http-request reject" },
    holding: { text: "timeout tarpit 20s\n  http-request tarpit" },
  };
  return {
    ...both,
    ...Object.fromEntries(Object.entries(both).map(([name, f]) => [`${name}-tls`, { ...f, tls }])),
    limited: {
      text: `stick-table type ip size 1k expire 30s store http_req_rate(500ms)
  http-request track-sc0 src
  http-request return status 429 hdr Retry-After 1 if { sc_http_req_rate(0) gt 2 }`,
    },
    down: { backend: "down" },
    hanging: { backend: "hanging" },
  };
}

const more = () => `
backend down
  server none 127.0.0.1:${downPort} check inter 100ms fall 1 rise 1
backend hanging
  timeout server 300ms
  server one ${new URL(upstream.numeric).host}
`;

function jobs() {
  const list = PLAIN_AND_TLS.flatMap((t) => [
    ...["/ok", "/204", "/chunked", "/bytes?n=3000000"].map((url) => job(`kept${t}-${url.match(/\w+/)[0]}`, url, { target: `kept${t}` })),
    job(`kept${t}-head`, { method: "HEAD", url: "/ok" }, { target: `kept${t}` }),
    job(`kept${t}-hints`, "/hints", { target: `kept${t}` }),
    job(`short${t}-least`, { url: "/ok", body: { n: 1 } }, { target: `short${t}` }),
    job(`short${t}-most`, { url: "/ok", body: { n: 1 } }, { target: `short${t}`, delivery: "at_most_once" }),
    ...["server", "close", "hints"].map((name) => job(`${name}${t}`, "/ok", { target: `${name}${t}` })),
    ...["rejecting", "holding"].map((name) => job(`${name}${t}`, "/ok", { target: `${name}${t}`, timeout_ms: 700, retry: { ...AGAIN, max_attempts: 2 } })),
  ]);
  return [...list, neighbour.job, job("limited", "/ok", { target: "limited", retry: AGAIN }),
    job("down", "/ok", { target: "down", retry: AGAIN }), job("hanging", "/slow?ms=2000", { target: "hanging" })];
}

before(async () => {
  const [authority, server, other, port] = await Promise.all([makeAuthority(), startFaults(), startNeighbour(), freePort()]);
  [upstream, neighbour, downPort] = [server, other, port];
  const leaf = await authority.leaf("haproxy");
  const both = join(authority.dir, "both.pem");
  writeFileSync(both, readFileSync(leaf.cert, "utf8") + readFileSync(leaf.key, "utf8"));
  const named = frontends(both);
  haproxy = await startHaproxy({ upstream: upstream.numeric, more: more(), frontends: named });
  const targets = Object.entries(named).map(([name, f]) => target(name, haproxy.url(name), f.tls && { ca_file: authority.file }));
  await e.apply(document([...targets, neighbour.target], jobs()));
  await e.createToken("tests", "operate");
  await e.serve();
});
after(async () => {
  await e.stop();
  await haproxy.stop();
  await Promise.all([upstream.close(), neighbour.close()]);
});

async function succeeds(name) {
  const [run] = await outcomes(e, [name]);
  assert.deepEqual([run.state, run.outcome, run.attempts.length], ["succeeded", "ok", 1], `${name}: ${run.message}`);
  assert.equal(upstream.of(run.id).length, 1);
  return run;
}

/** What the answer told of itself, in fields that haproxy added. */
function told(run, field) {
  const headers = Object.entries(run.attempts.at(-1).response.headers).map(([name, value]) => [name.toLowerCase(), value]);
  return Object.fromEntries(headers)[field];
}

for (const t of PLAIN_AND_TLS) {
  const how = t ? "over TLS" : "plain";

  test(`${how}: HTTP/1.1 on one connection, whatever else haproxy offers`, async () => {
    const runs = [];
    for (const name of ["ok", "head", "204", "chunked", "hints", "bytes", "ok"]) runs.push(await succeeds(`kept${t}-${name}`));
    assert.deepEqual([...new Set(runs.map((r) => told(r, "x-version")))], ["1.1"]);
    if (t) assert.deepEqual([...new Set(runs.map((r) => told(r, "x-alpn")))], ["http/1.1"]);
    assert.equal(new Set(runs.map((r) => told(r, "x-connection"))).size, 1, "they were meant to share a connection");
    assert.equal(runs[5].attempts[0].response.size, 3_000_000);
  });

  test(`${how}: the server's connection is closed each time, ours is kept; then ours is closed too`, async () => {
    const ports = async (name) => new Set([told(await succeeds(name), "x-connection"), told(await succeeds(name), "x-connection")]).size;
    assert.equal(await ports(`server${t}`), 1);
    assert.equal(await ports(`close${t}`), 2);
  });

  test(`${how}: early hints come before the answer, and are none`, async () => {
    const run = await succeeds(`hints${t}`);
    assert.equal(run.http_status, 200);
    assert.equal(told(run, "link"), undefined);
  });

  test(`${how}: closed without an answer, and held without one`, async () => {
    for (const [name, outcome, words] of [["rejecting", "protocol", /closed|reset/], ["holding", "timeout", /700 ms/]]) {
      const [run] = await outcomes(e, [`${name}${t}`]);
      assert.deepEqual([run.state, run.outcome, run.attempts.length], ["failed", outcome, 2], run.message);
      assert.match(run.message, words);
      assert.equal(upstream.of(run.id).length, 0);
    }
  });
}

test("haproxy closes idle connections just when they are used again: no call is lost, none is doubled", async () => {
  const names = PLAIN_AND_TLS.flatMap((t) => ["least", "least", "most"].map((d) => `short${t}-${d}`));
  for (let i = 0; i < ROUNDS; i++) {
    for (const run of await outcomes(e, names)) {
      const lost = run.state !== "succeeded";
      assert.equal(upstream.of(run.id).length, lost ? 0 : 1, `${run.job}: ${run.message}`);
      if (!lost) continue;
      assert.match(run.job, /most$/, run.message);
      assert.deepEqual([run.state, run.outcome], ["failed", "protocol"], run.message);
    }
    await sleep(85 + (i % 30));
  }
});

test("a rate limit, 429 with Retry-After: the calls come again, and not before", async () => {
  const runs = await outcomes(e, Array(5).fill("limited"));
  assert.deepEqual(runs.map((r) => r.state), Array(5).fill("succeeded"), runs[0].message);
  const waited = runs.filter((r) => r.attempts.length > 1);
  assert.ok(waited.length >= 2, `${waited.length} met the limit`);
  for (const { attempts } of waited) {
    assert.deepEqual([attempts[0].outcome, attempts[0].http_status], ["http_status", 429]);
    assert.ok(Date.parse(attempts[1].started_at) - Date.parse(attempts[0].started_at) >= 1000);
  }
});

test("no server is 503, again and again until there is one; one that hangs is 504", async () => {
  const [id] = await ask(e, ["down"]);
  await until("three attempts", async () => (await e.api(`/api/v1/runs/${id}`)).body.attempts.length >= 3);
  const late = await startFaults({ port: downPort });
  await settle(e);
  const run = (await e.api(`/api/v1/runs/${id}`)).body;
  assert.equal(run.state, "succeeded", run.message);
  for (const a of run.attempts.slice(0, -1)) assert.deepEqual([a.outcome, a.http_status], ["http_status", 503]);
  assert.equal(late.of(id).length, 1);
  await late.close();
  const [hung] = await outcomes(e, ["hanging"]);
  assert.deepEqual([hung.state, hung.outcome, hung.http_status], ["failed", "http_status", 504], hung.message);
});

test("what is recorded is what the upstream saw, and the neighbour was never disturbed", async () => {
  const runs = await compare(e, upstream.seen, {
    once: (name) => /most$/.test(name),
    exactly: () => true,
    elsewhere: (name) => /^(down|neighbour)$/.test(name),
  });
  neighbour.check(runs, 5);
});
