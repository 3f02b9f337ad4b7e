// The listener's TLS: versions, certificates, resumption, reloading under load, files that are wrong, what else may be said to the port.
import assert from "node:assert/strict";
import { appendFileSync, chmodSync, copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { X509Certificate } from "node:crypto";
import { request as requestPlain } from "node:http";
import { Agent, request } from "node:https";
import { createConnection } from "node:net";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { connect } from "node:tls";
import { makeAuthority } from "./harness/ca.mjs";
import { temporaryFolder } from "./harness/cleanup.mjs";
import { Edgecron } from "./harness/edgecron.mjs";
import { freePort } from "./harness/ports.mjs";
import { run } from "./harness/process.mjs";
import { each, until } from "./harness/wait.mjs";

const dir = temporaryFolder("listener-tls");
const at = (name) => join(dir, name);
const e = new Edgecron();
let ca, ecdsa, rsa;

const fingerprint = (c) => c.getPeerCertificate().fingerprint256;

/** A TLS connection, or its error. */
function shake(port, options = {}) {
  return new Promise((resolve, reject) => {
    const c = connect({ port, host: "127.0.0.1", servername: "localhost", ca: readFileSync(ca.file), ...options }, () => resolve(c));
    c.once("error", reject);
    c.on("session", (session) => (c.ticket = session)); // in 1.2 before the handshake is over, in 1.3 after it
  });
}

/** { status, headers, body } of a GET. */
function get(port, path = "/healthz", options = {}) {
  return new Promise((resolve, reject) => {
    const r = request({ port, host: "127.0.0.1", servername: "localhost", path, ca: readFileSync(ca.file), agent: false, ...options }, (answer) => {
      let body = "";
      const { socket } = answer; // it may be given back before the end
      answer.setEncoding("utf8").on("data", (s) => (body += s)).on("end", () =>
        resolve({ status: answer.statusCode, headers: answer.headers, body, socket }));
    });
    r.once("error", reject);
    r.end();
  });
}

/** Starts `server` with the pair; the port. */
async function serve(server, pair, flags = []) {
  await server.serve(["--tls-cert", pair.cert, "--tls-key", pair.key, ...flags], { ready: false });
  await until("https", async () => {
    assert.ok(server.server.running, server.server.stderr);
    return (await get(server.port, "/readyz")).status === 200;
  });
  return server.port;
}

function use(pair) {
  copyFileSync(pair.cert, at("cert.pem"));
  copyFileSync(pair.key, at("key.pem"));
}

before(async () => {
  ca = await makeAuthority("listener");
  [ecdsa, rsa] = [await ca.leaf("ecdsa"), await ca.leaf("rsa", { rsa: true })];
  use(ecdsa);
  await serve(e, { cert: at("cert.pem"), key: at("key.pem") });
});
after(() => e.stop());

describe("versions and certificates", () => {
  for (const version of ["TLSv1.2", "TLSv1.3"]) {
    test(version, async () => {
      const c = await shake(e.port, { minVersion: version, maxVersion: version, ALPNProtocols: ["h2", "http/1.1"] });
      assert.equal(c.getProtocol(), version);
      assert.equal(c.alpnProtocol, "http/1.1");
      c.destroy();
      const r = await get(e.port, "/healthz", { minVersion: version, maxVersion: version });
      assert.equal(r.status, 200);
      assert.match(r.headers["strict-transport-security"], /^max-age=\d{7,}/);
    });
    test(`${version}: a session is resumed`, async () => {
      const options = { minVersion: version, maxVersion: version };
      const first = await shake(e.port, options);
      first.write("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
      first.resume();
      const session = await until("a ticket", () => first.ticket);
      first.destroy();
      const again = await shake(e.port, { ...options, session });
      assert.ok(again.isSessionReused());
      again.destroy();
    });
  }

  test("TLS 1.1 is refused", async () => {
    await assert.rejects(shake(e.port, { minVersion: "TLSv1.1", maxVersion: "TLSv1.1", ciphers: "DEFAULT:@SECLEVEL=0" }), /alert protocol version|ALERT/i);
  });
  test("who speaks HTTP/2 alone is refused", async () => {
    await assert.rejects(shake(e.port, { ALPNProtocols: ["h2"] }), /no application protocol/i);
  });

  test("an RSA key, P-384, and a chain of over 4 KiB", async () => {
    const key384 = at("p384.key");
    assert.equal((await run("openssl", ["ecparam", "-name", "secp384r1", "-genkey", "-noout", "-out", key384])).code, 0);
    const p384 = { cert: at("p384.pem"), key: key384 };
    assert.equal((await run("openssl", ["req", "-x509", "-key", key384, "-subj", "/CN=p384", "-days", "9", "-out", p384.cert,
      "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"])).code, 0);
    const long = { cert: at("long.pem"), key: rsa.key };
    copyFileSync(rsa.cert, long.cert);
    for (let i = 0; i < 7; i++) appendFileSync(long.cert, readFileSync(rsa.cert));
    assert.ok(new X509Certificate(readFileSync(rsa.cert)).raw.length * 8 > 4096);
    const cases = [[rsa, ca.file], [p384, p384.cert], [long, ca.file]];
    await each(cases, async ([pair, authority]) => {
      const server = new Edgecron();
      server.port = 0;
      await server.serve(["--tls-cert", pair.cert, "--tls-key", pair.key], { ready: false });
      for (const version of ["TLSv1.2", "TLSv1.3"]) {
        const options = { ca: readFileSync(authority), minVersion: version, maxVersion: version };
        const r = await until("https", () => get(server.port, "/healthz", options));
        assert.equal(r.status, 200, pair.cert);
      }
      await server.stop();
    });
  });

  test("many requests on one connection, and a large one", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const first = await get(e.port, "/healthz", { agent });
    for (let i = 0; i < 50; i++) assert.equal((await get(e.port, "/api/openapi.json", { agent })).socket, first.socket);
    assert.ok((await get(e.port, "/api/openapi.json", { agent })).body.length > 20_000);
    agent.destroy();
  });
});

describe("what else may be said to the port", () => {
  const plain = (port) => new Promise((resolve, reject) => {
    requestPlain({ port, host: "127.0.0.1", path: "/", agent: false }, (r) => {
      let body = "";
      r.on("data", (s) => (body += s)).on("end", () => resolve({ status: r.statusCode, body: JSON.parse(body) }));
    }).once("error", reject).end();
  });
  test("plain HTTP is told to use https", async () => {
    const r = await plain(e.port);
    assert.equal(r.status, 400);
    assert.match(r.body.detail, /speaks https/);
  });
  test("bytes that are neither: closed", async () => {
    const c = createConnection(e.port, "127.0.0.1");
    c.on("error", () => {}).write("\x00\x01\x02");
    await until("the end", () => c.resume().destroyed);
  });
  test("a handshake that never ends is ended, and holds nobody up", async () => {
    const stuck = Array.from({ length: 50 }, () => {
      const c = createConnection(e.port, "127.0.0.1");
      c.on("error", () => {}).resume().write(Buffer.from("160301020001", "hex"));
      return c;
    });
    assert.equal((await get(e.port)).status, 200);
    await until("all to be closed", () => stuck.every((c) => c.destroyed), { within: 40_000 });
  });
  test("`healthcheck` asks over TLS", async () => {
    const r = await e.command(["healthcheck", "--listen", `127.0.0.1:${e.port}`]);
    assert.equal(r.code, 0, r.stderr);
    assert.match(r.stdout, /"ready"/);
  });
});

describe("SIGHUP", () => {
  test("reads the certificate again: new connections get it, open ones live on, no request fails", async () => {
    use(ecdsa);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const old = (await get(e.port, "/healthz", { agent })).socket;
    let failures = 0, done = 0, loading = true;
    const load = Promise.all(Array.from({ length: 4 }, async () => {
      while (loading) await get(e.port).then((r) => (r.status === 200 ? done++ : failures++), () => failures++);
    }));
    const fresh = async () => {
      const c = await shake(e.port);
      const print = fingerprint(c);
      c.destroy();
      return print;
    };
    const before = await fresh();
    use(rsa);
    e.server.kill("SIGHUP");
    const now = await until("another certificate", async () => ((await fresh()) !== before ? fresh() : null));
    writeFileSync(at("key.pem"), "broken");
    e.server.kill("SIGHUP");
    await until("a complaint", () => /certificate was not read again.*key\.pem/.test(e.server.stderr));
    assert.equal(await fresh(), now);
    assert.equal((await get(e.port, "/healthz", { agent })).socket, old, "the connection was kept");
    use(ecdsa);
    e.server.kill("SIGHUP");
    await until("the first certificate again", async () => (await fresh()) === before);
    await until("some load", () => done > 20);
    loading = false;
    await load;
    assert.equal(failures, 0);
    agent.destroy();
  });
});

describe("files that are wrong", () => {
  test("each is refused at start, with what to do", async () => {
    const other = await ca.leaf("other");
    const key = (name, ...args) => run("openssl", [...args, "-out", at(name)]);
    await key("encrypted.key", "pkey", "-in", ecdsa.key, "-aes256", "-passout", "pass:abc");
    await key("old-encrypted.key", "ec", "-in", ecdsa.key, "-aes128", "-passout", "pass:abc");
    await key("ed25519.key", "genpkey", "-algorithm", "ed25519");
    await run("openssl", ["req", "-x509", "-newkey", "rsa:1024", "-nodes", "-subj", "/CN=weak", "-keyout", at("weak.key"), "-out", at("weak.pem")]);
    writeFileSync(at("empty"), "");
    writeFileSync(at("upside-down.pem"), readFileSync(other.cert, "utf8") + readFileSync(ecdsa.cert, "utf8"));
    writeFileSync(at("endless.pem"), readFileSync(rsa.cert, "utf8").repeat(20));
    const CASES = [
      [ecdsa.cert, null, /--tls-cert needs --tls-key/],
      [null, ecdsa.key, /--tls-key needs --tls-cert/],
      [at("missing"), ecdsa.key, /certificate '.*missing': No such file/],
      [ecdsa.cert, at("missing"), /key '.*missing': No such file/],
      [dir, ecdsa.key, /certificate '.*': Is a directory/],
      [at("empty"), ecdsa.key, /holds no certificate/],
      [ecdsa.cert, at("empty"), /holds no private key/],
      [ecdsa.key, ecdsa.cert, /holds a key, and the certificate is wanted here/],
      [ecdsa.cert, other.key, /not that of the certificate/],
      [at("upside-down.pem"), ecdsa.key, /own certificate must be the first/],
      [at("endless.pem"), rsa.key, /leave out the root/],
      [ecdsa.cert, at("encrypted.key"), /passphrase.*openssl pkey/],
      [ecdsa.cert, at("old-encrypted.key"), /passphrase.*openssl pkey/],
      [ecdsa.cert, at("ed25519.key"), /RSA or ECDSA/],
      [at("weak.pem"), at("weak.key"), /1024 bits/],
    ];
    const server = new Edgecron();
    for (const [cert, keyFile, words] of CASES) {
      const flags = [...(cert ? ["--tls-cert", cert] : []), ...(keyFile ? ["--tls-key", keyFile] : [])];
      const r = await server.command(["serve", "--listen", `127.0.0.1:${await freePort()}`, ...flags]);
      assert.equal(r.code, 2, `${flags}: ${r.stderr}`);
      assert.match(r.stderr, words);
    }
  });

  test("a key that may not be read", { skip: process.getuid?.() === 0 && "root reads everything" }, async () => {
    copyFileSync(ecdsa.key, at("mine.key"));
    chmodSync(at("mine.key"), 0);
    const r = await e.command(["serve", "--listen", "127.0.0.1:0", "--tls-cert", ecdsa.cert, "--tls-key", at("mine.key")]);
    assert.equal(r.code, 2);
    assert.match(r.stderr, /Permission denied/);
  });

  test("an expired certificate is told of, and used", async () => {
    const expired = await ca.leaf("expired", { from: "20200101000000Z", to: "20200202000000Z" });
    const server = new Edgecron();
    await server.serve(["--tls-cert", expired.cert, "--tls-key", expired.key], { ready: false });
    await until("https", () => get(server.port, "/healthz", { rejectUnauthorized: false }));
    assert.match(server.server.stderr, /expired on 2020-02-02/);
    await server.stop();
  });

  test("the environment names them as well, and with TLS others may reach the port", async () => {
    const port = await freePort();
    const server = new Edgecron();
    await server.serve(["--listen", `0.0.0.0:${port}`],
      { ready: false, env: { EDGECRON_TLS_CERT: ecdsa.cert, EDGECRON_TLS_KEY: ecdsa.key } });
    assert.equal((await until("https", () => get(port))).status, 200);
    await server.stop();
  });
});
