// Behind a real nginx, plain and TLS: connections that it keeps, closes and counts; bodies it refuses before it has read them; upstreams
// that are dead or hang; limits. Its access log tells what arrived.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { makeAuthority } from "./harness/ca.mjs";
import { document, Edgecron, job, target } from "./harness/edgecron.mjs";
import { startFaults } from "./harness/faults.mjs";
import { ask, compare, outcomes, settle, startNeighbour } from "./harness/peer_calls.mjs";
import { startNginx } from "./harness/peer_nginx.mjs";
import { freePort } from "./harness/ports.mjs";
import { sleep, until } from "./harness/wait.mjs";

const e = new Edgecron();
const AT_MOST_ONCE = { delivery: "at_most_once" };
const ROUNDS = 45;
const KIB = 1024;
const CHUNK = "0123456789abcdef".repeat(4 * KIB); // 64 KiB, as much as a secret may be
const TEN_MIB = CHUNK.repeat(160);
let authority, nginx, upstream, neighbour, deadPort;

/** A job on the nginx server of that name; its own name is that of the server, and more. */
const on = (server, name, request, more = {}) => job(`${server}-${name}`, request, { target: server, ...more });
const big = { method: "PUT", url: "/echo-size", headers: { "Content-Type": "text/plain" }, body: "{{secret.CHUNK}}".repeat(160) };
const refused = { ...big, url: "/never" };

function servers(tls) {
  const both = { // each also with TLS
    kept: { text: "keepalive_timeout 30;" },
    short: { text: "keepalive_timeout 100ms;" },
    few: { text: "keepalive_requests 3;" },
    closing: { text: "keepalive_timeout 0;" },
    small: { text: "client_max_body_size 64k;" },
    abrupt: { text: "client_max_body_size 64k; lingering_close off;" },
  };
  const secure = Object.entries(both).map(([name, s]) => [`${name}-tls`, { ...s, tls }]);
  const resumed = (protocols, more) => ({ tls, text: `ssl_protocols ${protocols}; keepalive_timeout 0; ${more}` });
  return {
    ...both,
    ...Object.fromEntries(secure),
    "tls12-tickets": resumed("TLSv1.2", "ssl_session_cache off; ssl_session_tickets on;"),
    "tls12-ids": resumed("TLSv1.2", "ssl_session_cache shared:ids:1m; ssl_session_tickets off;"),
    "tls12-none": resumed("TLSv1.2", "ssl_session_cache off; ssl_session_tickets off;"),
    "tls13-tickets": resumed("TLSv1.3", "ssl_session_cache off; ssl_session_tickets on;"),
    "tls13-none": resumed("TLSv1.3", "ssl_session_cache off; ssl_session_tickets off;"),
    zipped: { text: "gzip on; gzip_min_length 0; gzip_types *; gzip_proxied any;" },
    dead: { upstream: `http://127.0.0.1:${deadPort}` },
    hanging: { location: "proxy_read_timeout 300ms;" },
    limited: { location: "limit_req zone=one; limit_req_status 429; error_page 429 = @wait;",
      text: "location @wait { add_header Retry-After 2 always; return 429; }" },
    busy: { location: "limit_req zone=two; error_page 503 = @wait;", text: "location @wait { add_header Retry-After 2 always; return 503; }" },
    empty: { text: "location /204 { return 204; } location /304 { return 304; }" },
  };
}

const HTTP = "limit_req_zone $server_name zone=one:1m rate=1r/s; limit_req_zone $server_name zone=two:1m rate=1r/s;";

const RESUMING = ["tls12-tickets", "tls12-ids", "tls13-tickets"];
const FRESH = ["tls12-none", "tls13-none"];
const PLAIN_AND_TLS = ["", "-tls"];

function jobs() {
  const list = [neighbour.job];
  for (const t of PLAIN_AND_TLS) {
    list.push(
      on(`kept${t}`, "ok", "/ok"), on(`kept${t}`, "head", { method: "HEAD", url: "/ok" }), on(`kept${t}`, "chunked", "/chunked"),
      on(`kept${t}`, "204", "/204"), on(`kept${t}`, "304", "/304", { success: { status: ["304"] } }),
      on(`kept${t}`, "large", "/bytes?n=3000000"), on(`kept${t}`, "big", big), on(`kept${t}`, "cut", "/cut"),
      on(`short${t}`, "least", { url: "/ok", body: { n: 1 } }), on(`short${t}`, "most", { url: "/ok", body: { n: 1 } }, AT_MOST_ONCE),
      on(`few${t}`, "least", "/ok"), on(`few${t}`, "most", "/ok", AT_MOST_ONCE), on(`closing${t}`, "ok", "/ok"),
      on(`small${t}`, "big", refused), on(`abrupt${t}`, "big", refused),
    );
  }
  const again = { retry: { max_attempts: 30, initial_ms: 100, multiplier: 1, max_ms: 100, max_age_s: 120 } };
  list.push(
    ...[...RESUMING, ...FRESH].flatMap((name) => [on(name, "ok", "/ok"), on(name, "large", "/bytes?n=3000000")]),
    job("wants-13", "/ok", { target: "wants-13" }), job("wants-13-and-gets-it", "/ok", { target: "gets-13" }),
    on("zipped", "ok", "/bytes?n=20000"), on("dead", "502", "/ok", again), on("hanging", "504", "/slow?ms=2000"),
    on("limited", "ok", "/ok", again), on("busy", "ok", "/ok", again),
    on("empty", "204", "/204"), on("empty", "304", "/304", { success: { status: ["304"] } }),
  );
  return list;
}

before(async () => {
  [authority, upstream, neighbour, deadPort] = await Promise.all([makeAuthority(), startFaults(), startNeighbour(), freePort()]);
  const named = servers(await authority.leaf("nginx"));
  nginx = await startNginx({ upstream: upstream.numeric, http: HTTP, servers: named });
  await e.setSecret("CHUNK", CHUNK);
  const targets = Object.entries(named).map(([name, s]) => target(name, nginx.url(name), s.tls && { ca_file: authority.file }));
  const wants = { ca_file: authority.file, tls_min: "1.3" };
  targets.push(target("wants-13", nginx.url("tls12-none"), wants), target("gets-13", nginx.url("tls13-none"), wants));
  await e.apply(document([...targets, neighbour.target], jobs()));
  await e.createToken("tests", "operate");
  await e.serve();
});
after(async () => {
  await e.stop();
  await nginx.stop();
  await Promise.all([upstream.close(), neighbour.close()]);
});

/** What nginx wrote about a run, once it has: it writes after it has answered. */
async function logged(run, count = 1) {
  const lines = () => nginx.log().filter((l) => l.run === run.id);
  return until(`nginx's record of ${run.job}`, () => lines().length >= count && lines(), { state: lines });
}

async function succeeds(name) {
  const [run] = await outcomes(e, [name]);
  assert.deepEqual([run.state, run.outcome, run.attempts.length], ["succeeded", "ok", 1], `${name}: ${run.message}`);
  return run;
}

async function fails(name, status, words) {
  const [run] = await outcomes(e, [name]);
  assert.deepEqual([run.state, run.outcome, run.http_status], ["failed", "http_status", status], `${name}: ${run.message}`);
  assert.match(run.message, words);
  return run;
}

for (const t of PLAIN_AND_TLS) {
  describe(t ? "over TLS" : "plain", () => {
    test("answers with and without a body follow each other on one connection", async () => {
      const seen = [];
      for (const name of ["ok", "head", "204", "chunked", "304", "head", "large", "ok"]) {
        const run = await succeeds(`kept${t}-${name}`);
        const [line] = await logged(run);
        seen.push(line);
        if (name === "head") assert.equal(run.attempts[0].response.size, 0);
        if (name === "large") assert.equal(run.attempts[0].response.size, 3_000_000);
      }
      assert.equal(new Set(seen.map((l) => l.connection)).size, 1, "they were meant to share a connection");
      assert.deepEqual(seen.map((l) => l.nth), seen.map((l, i) => seen[0].nth + i));
    });

    test("an answer that the upstream cuts short is a failure that says so", async () => {
      const [run] = await outcomes(e, [`kept${t}-cut`]);
      assert.deepEqual([run.state, run.outcome], ["failed", "protocol"], run.message);
      assert.match(run.message, /closed|body/);
    });

    test("10 MiB arrive as they were sent", async () => {
      const sha = (text) => createHash("sha256").update(text).digest("hex");
      const [run] = await outcomes(e, [`kept${t}-big`]);
      const [request] = upstream.of(run.id);
      assert.equal(run.http_status, 404, run.message); // the path means nothing to the upstream
      assert.deepEqual([request.method, request.body.length, sha(request.body)], ["PUT", TEN_MIB.length, sha(TEN_MIB)]);
    });

    for (const [kind, how] of [["small", "then reads on for a while"], ["abrupt", "then resets the connection"]]) {
      test(`a body that is too large for nginx, which says so at once, ${how}: 413`, async () => {
        for (let i = 0; i < 12; i++) {
          const run = await fails(`${kind}${t}-big`, 413, /413/);
          assert.equal(run.attempts.length, 1, "a 413 is not tried again");
          assert.match(run.attempts[0].response.body, /413 Request Entity Too Large/);
          assert.equal(upstream.of(run.id).length, 0);
        }
      });
    }

    test("nginx closes each connection at its third request", async () => {
      const nth = [];
      for (let i = 0; i < 8; i++) nth.push((await logged(await succeeds(`few${t}-${i % 2 ? "least" : "most"}`)))[0].nth);
      assert.deepEqual(nth, [1, 2, 3, 1, 2, 3, 1, 2]);
    });

    test("nginx keeps no connection", async () => {
      for (let i = 0; i < 3; i++) assert.equal((await logged(await succeeds(`closing${t}-ok`)))[0].nth, 1);
    });
  });
}

test("nginx closes idle connections just when they are used again: no call is lost, none is doubled", async () => {
  const names = PLAIN_AND_TLS.flatMap((t) => ["least", "least", "most"].map((d) => `short${t}-${d}`));
  let failed = 0;
  for (let i = 0; i < ROUNDS; i++) {
    const runs = await outcomes(e, names);
    for (const run of runs.filter((r) => r.state !== "succeeded")) {
      assert.match(run.job, /most$/, `${run.job}: ${run.message}`); // at least once is sent again by itself
      assert.deepEqual([run.state, run.outcome], ["failed", "protocol"], run.message);
      assert.match(run.message, /closed|reset/);
      failed++;
    }
    for (const run of runs) assert.equal(upstream.of(run.id).length, run.state === "succeeded" ? 1 : 0, `${run.job}: ${run.message}`);
    await sleep(85 + (i % 30)); // around the 100 ms that nginx waits
  }
  assert.ok(failed < ROUNDS, `${failed} at-most-once runs of ${2 * ROUNDS} met a closed connection`);
});

test("sessions are resumed, with TLS 1.2 and 1.3, by tickets and by ids", async () => {
  for (const name of [...RESUMING, ...FRESH]) {
    const lines = [];
    for (let i = 0; i < 4; i++) lines.push((await logged(await succeeds(`${name}-ok`)))[0]);
    assert.deepEqual(new Set(lines.map((l) => l.tls)), new Set([`TLSv1.${name[4]}`]));
    assert.deepEqual(lines.map((l) => l.nth), [1, 1, 1, 1]);
    const resumed = lines.map((l) => l.resumed === "r");
    assert.deepEqual(resumed, RESUMING.includes(name) ? [false, true, true, true] : [false, false, false, false], name);
  }
});

test("a server of TLS 1.2 alone is refused where the target wants 1.3", async () => {
  const [run] = await outcomes(e, ["wants-13"]);
  assert.deepEqual([run.state, run.outcome], ["failed", "tls"], run.message);
  assert.match(run.message, /TLS|version/);
  assert.equal((await succeeds("wants-13-and-gets-it")).outcome, "ok");
});

test("a large answer comes in full records, with TLS 1.2 and 1.3", async () => {
  for (const name of [...RESUMING, ...FRESH]) {
    assert.equal((await succeeds(`${name}-large`)).attempts[0].response.size, 3_000_000);
  }
});

test("gzip is not asked for, and none comes", async () => {
  const run = await succeeds("zipped-ok");
  const [line] = await logged(run);
  assert.deepEqual([line.accept_encoding, line.content_encoding], ["identity", ""]);
  assert.equal(run.attempts[0].response.size, 20_000);
});

test("204 and 304 that nginx makes itself", async () => {
  assert.equal((await succeeds("empty-204")).http_status, 204);
  assert.equal((await succeeds("empty-304")).http_status, 304);
});

test("no upstream is 502, again and again until there is one", async () => {
  const [id] = await ask(e, ["dead-502"]);
  await until("two attempts", async () => (await e.api(`/api/v1/runs/${id}`)).body.attempts.length >= 3);
  const late = await startFaults({ port: deadPort });
  await settle(e);
  const run = (await e.api(`/api/v1/runs/${id}`)).body;
  assert.equal(run.state, "succeeded", run.message);
  for (const a of run.attempts.slice(0, -1)) assert.deepEqual([a.outcome, a.http_status], ["http_status", 502]);
  assert.equal(late.of(id).length, 1);
  await late.close();
});

test("an upstream that hangs is 504", async () => {
  await fails("hanging-504", 504, /504/);
});

for (const [name, status] of [["limited", 429], ["busy", 503]]) {
  test(`a limit of nginx, ${status} with Retry-After: the call comes again, and not before`, async () => {
    const runs = await outcomes(e, [`${name}-ok`, `${name}-ok`]);
    assert.deepEqual(runs.map((r) => r.state), ["succeeded", "succeeded"], runs[0].message + runs[1].message);
    const waited = runs.filter((r) => r.attempts.length > 1);
    assert.ok(waited.length > 0, "neither met the limit");
    for (const { attempts } of waited) {
      assert.deepEqual([attempts[0].outcome, attempts[0].http_status], ["http_status", status]);
      const gap = Date.parse(attempts[1].started_at) - Date.parse(attempts[0].started_at);
      assert.ok(gap >= 2000, `tried again after ${gap} ms`);
    }
    for (const r of runs) assert.equal(upstream.of(r.id).length, 1);
  });
}

test("what is recorded is what the upstream saw, and the neighbour was never disturbed", async () => {
  const runs = await compare(e, upstream.seen, {
    once: (name) => /most$/.test(name),
    exactly: () => true,
    elsewhere: (name) => /^(dead|empty|neighbour)/.test(name), // answered by another, or by nginx itself
  });
  neighbour.check(runs, 5);
});
