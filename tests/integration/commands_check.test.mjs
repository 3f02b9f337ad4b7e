// `target check`: what it says of a target that answers, that answers oddly, and that cannot be reached; over TLS, of the certificate.
import assert from "node:assert/strict";
import http from "node:http";
import https from "node:https";
import net from "node:net";
import { readdirSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { makeAuthority, pem } from "./harness/ca.mjs";
import { document, Edgecron, target } from "./harness/edgecron.mjs";
import { freePort } from "./harness/ports.mjs";

const e = new Edgecron();
const servers = [];
let heads = [];

async function listen(server) {
  servers.push(server);
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server.address().port;
}
const day = (n) => new Date(Date.now() + n * 86400_000).toISOString().replace(/[-:T]|\.\d+/g, "");

before(async () => {
  const authority = await makeAuthority("check");
  const answer = (q, a) => {
    heads.push([q.method, q.url, q.headers]);
    const status = +(q.url.match(/\d+/)?.[0] ?? 200);
    a.writeHead(status, { location: "/elsewhere" }).end();
  };
  const plain = await listen(http.createServer(answer));
  const far = await authority.leaf("far", { from: day(-1), to: day(90) });
  const near = await authority.leaf("near", { from: day(-1), to: day(5) });
  const farPort = await listen(https.createServer(pem(far), answer));
  const nearPort = await listen(https.createServer(pem(near), answer));
  const silent = await listen(net.createServer(() => {}));
  await e.setSecret("KEY", "the-value-of-the-key-0123456789ab");
  await e.apply(document([
    ...[200, 204, 301, 400, 401, 404, 429, 500, 503].map((s) => target(`s${s}`, `http://127.0.0.1:${plain}/${s}`, { headers: { "X-Key": "{{secret.KEY}}" } })),
    target("far", `https://localhost:${farPort}`, { ca_file: authority.file }),
    target("near", `https://127.0.0.1:${nearPort}/`, { ca_file: authority.file }),
    target("stranger", `https://localhost:${farPort}`),
    target("new", `https://localhost:${farPort}`, { ca_file: authority.file, tls_min: "1.3" }),
    target("nobody", `http://127.0.0.1:${await freePort()}`),
    target("silent", `http://127.0.0.1:${silent}`),
    ...[200, 401, 404, 500].map((s) => target(`h${s}`, `http://127.0.0.1:${plain}/fn/`, { headers: { "X-Key": "{{secret.KEY}}" }, health_path: `/health/${s}` })),
    target("blocked", `http://127.0.0.1:${plain}`, { allow_private: [] }),
  ], []));
});
after(() => servers.forEach((s) => s.close()));

const check = async (name, ...flags) => {
  const r = await e.command(["target", "check", name, "--json", ...flags]);
  return { ...JSON.parse(r.stdout), code: r.code };
};

describe("any answer means that it can be reached, and its status is explained", () => {
  const WORDS = { 200: /^it answers$/, 204: /^it answers$/, 301: /redirect/, 400: /says nothing of the functions/, 401: /wants a key/, 404: /nothing at the base URL/,
    429: /too many/, 500: /error of its own/, 503: /behind it does not/ };
  for (const [status, words] of Object.entries(WORDS)) {
    test(status, async () => {
      heads = [];
      const k = await check(`s${status}`);
      assert.deepEqual([k.code, k.reached, k.outcome, k.http_status, k.tls_version, k.certificate_expires_at], [0, true, "ok", +status, null, null]);
      assert.match(k.message, words);
      assert.match(k.remote_address, /^127\.0\.0\.1:\d+$/);
      assert.ok(k.timing.total_ms >= 0 && k.timing.first_byte_ms >= 0);
      assert.deepEqual(heads.map(([method, url]) => [method, url]), [["HEAD", `/${status}`]]);
      assert.equal(heads[0][2]["x-key"], undefined, "a key was sent");
    });
  }
});

describe("a health path that a target declares is asked for instead", () => {
  for (const [status, words] of Object.entries({ 200: /^its health path answers$/, 401: /wants a key, and checks send none/, 404: /nothing at its health path/, 500: /does not answer 2xx/ })) {
    test(status, async () => {
      heads = [];
      const k = await check(`h${status}`);
      assert.deepEqual([k.code, k.reached, k.http_status], [0, true, +status]);
      assert.match(k.message, words);
      assert.deepEqual(heads.map(([method, url, fields]) => [method, url, fields["x-key"]]), [["GET", `/fn/health/${status}`, undefined]]);
    });
  }
});

test("for people", async () => {
  const text = await e.ok(["target", "check", "s401"]);
  assert.match(text, /^target +s401$/m);
  assert.match(text, /^result +reached, HTTP 401$/m);
  assert.match(text, /^connected to +127\.0\.0\.1:/m);
});

describe("TLS", () => {
  test("version, and how long the certificate is good", async () => {
    const k = await check("far");
    assert.deepEqual([k.code, k.reached, k.message], [0, true, "it answers"]);
    assert.match(k.tls_version, /^1\.[23]$/);
    assert.ok(Math.abs(Date.parse(k.certificate_expires_at) - Date.now() - 90 * 86400_000) < 86400_000);
    assert.ok(k.timing.tls_ms >= 0);
    assert.equal((await check("new")).tls_version, "1.3");
  });

  test("a certificate that ends soon is warned of", async () => {
    const k = await check("near");
    assert.equal(k.code, 0);
    assert.match(k.message, /^it answers; but its certificate ends on \d{4}-\d\d-\d\d: have it renewed$/);
  });

  test("an authority that nobody knows", async () => {
    const k = await check("stranger");
    assert.deepEqual([k.code, k.reached, k.outcome, k.http_status], [1, false, "tls", null]);
    assert.match(k.message, /ca_file/);
  });
});

describe("what cannot be reached: exit 1, and what to do", () => {
  test("nobody listens", async () => {
    const k = await check("nobody");
    assert.deepEqual([k.code, k.outcome], [1, "connect"]);
    assert.match(k.message, /connection refused.*server running/);
  });

  test("a private address that is not allowed, and --allow-private", async () => {
    const k = await check("blocked");
    assert.deepEqual([k.code, k.outcome], [1, "blocked"]);
    assert.match(k.message, /allow_private/);
    assert.deepEqual((await check("blocked", "--allow-private", "127.0.0.0/8")).reached, true);
  });

  test("no answer in time", async () => {
    const k = await check("silent", "--timeout", "300ms");
    assert.deepEqual([k.code, k.outcome], [1, "timeout"]);
    assert.match(k.message, /^no answer within 300 ms/);
    assert.doesNotMatch(k.message, /smaller batches/);
  });

  test("no such target: exit 3", async () => assert.equal((await e.command(["target", "check", "none"])).code, 3));
});

test("nothing is written", async () => {
  const was = [readdirSync(e.dir).sort(), await e.ok(["export"])];
  await check("s200");
  assert.deepEqual([readdirSync(e.dir).sort(), await e.ok(["export"])], was);
});
