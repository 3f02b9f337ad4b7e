// Certificates that are wrong in one way each: refused, with the reason and what to do; and such as look odd and are right.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { document, Edgecron, job, target } from "./harness/edgecron.mjs";
import { AUTHORITY, names, SERVER, shows, workshop } from "./harness/fault_ca.mjs";
import { check } from "./harness/fault_check.mjs";
import { startTls } from "./harness/fault_tls.mjs";
import { each } from "./harness/wait.mjs";

const e = new Edgecron();
const servers = {};
const LOCAL = names("DNS:localhost", "IP:127.0.0.1");

const OK = ["ok", /^$/];
const UNTRUSTED = /check the server's certificate.*for a private authority set 'ca_file' on the target/;
const stranger = (what) => ["tls", what, UNTRUSTED];
const misnamed = (what) => ["tls", what, /call the server by a name that its certificate is for in 'request\.url'/];
const weak = ["tls", /key or signature that is too weak/, /an RSA key of at least 2048 bits, signed with SHA-256/];

// name: [host it is called by, result]
const CASES = {
  "right": ["localhost", OK],
  "right-address": ["127.0.0.1", OK],
  "right-p521": ["localhost", OK],
  "right-rsa4096": ["localhost", OK],
  "right-wildcard": ["a.localhost", OK],
  "right-chain": ["localhost", OK],
  "right-chain-with-root": ["localhost", OK],
  "right-pinned": ["localhost", OK],
  "address-only": ["127.0.0.1", OK],
  "address-only-by-name": ["localhost", misnamed(/is for '127\.0\.0\.1', not for 'localhost'/)],
  "other-address": ["127.0.0.1", misnamed(/is for '127\.0\.0\.2', not for '127\.0\.0\.1'/)],
  "address-as-name": ["127.0.0.1", misnamed(/not for '127\.0\.0\.1'/)],
  "name-only-by-address": ["127.0.0.1", misnamed(/is for 'localhost', not for '127\.0\.0\.1'/)],
  "wildcard-too-deep": ["a.b.localhost", misnamed(/is for '\*\.localhost', not for 'a\.b\.localhost'/)],
  "wildcard-for-the-parent": ["localhost", misnamed(/not for 'localhost'/)],
  "wildcard-for-all": ["localhost", misnamed(/not for 'localhost'/)],
  "other-name": ["localhost", misnamed(/is for 'a\.example', 'b\.example', not for 'localhost'/)],
  "expired": ["localhost", stranger(/the certificate expired on 2020-02-01 00:00 UTC/)],
  "not-yet": ["localhost", stranger(/the certificate is not valid before 2047-01-01 00:00 UTC/)],
  "expired-authority": ["localhost", stranger(/certificate of the authority 'old intermediate' expired on 2020-02-01/)],
  "expired-and-misnamed": ["localhost", misnamed(/expired on 2020-02-01.*is for 'a\.example', not for 'localhost'/)],
  "self-signed": ["localhost", stranger(/is self-signed and not a trusted one/)],
  "stranger": ["localhost", stranger(/signed by an unknown authority, 'stranger'/)],
  "same-name-other-key": ["localhost", stranger(/signed by an unknown authority, 'root'/)],
  "no-intermediate": ["localhost", stranger(/signed by an unknown authority, 'intermediate'/)],
  "issuer-is-no-authority": ["localhost", stranger(/unknown authority, 'right'/)],
  "issuer-may-not-sign": ["localhost", stranger(/unknown authority, 'no signer'/)],
  "chain-too-deep": ["localhost", stranger(/authority 'second' is signed by an unknown authority, 'capped'/)],
  "root-without-constraints": ["localhost", stranger(/unknown authority|not among the trusted/)],
  "rsa-1024": ["localhost", weak],
  "rsa-512": ["localhost", weak],
  "sha-1": ["localhost", weak],
  "for-clients-only": ["localhost", ["tls", /may not be used for a server/, /extended key usage serverAuth/]],
  "ed25519": ["localhost", ["tls", /handshake_failure|no cipher/, /let the server offer/]],
};

async function certificates() {
  const { make } = workshop();
  const root = await make("root", { extensions: AUTHORITY });
  const [intermediate, old, unsigning, capped, impostor, alone, bare] = await Promise.all([
    make("intermediate", { issuer: root, extensions: AUTHORITY }),
    make("old", { cn: "old intermediate", issuer: root, extensions: AUTHORITY, from: "20200101000000Z", to: "20200201000000Z" }),
    make("unsigning", { cn: "no signer", issuer: root, extensions: ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,digitalSignature"] }),
    make("capped", { issuer: root, extensions: ["basicConstraints=critical,CA:TRUE,pathlen:0", AUTHORITY[1]] }),
    make("impostor", { cn: "root", extensions: AUTHORITY }),
    make("stranger", { extensions: AUTHORITY }),
    make("bare", { extensions: ["subjectKeyIdentifier=hash"] }),
  ]);
  const second = await make("second", { issuer: capped, extensions: AUTHORITY });
  const leaf = (name, more = {}) => make(name, { issuer: root, extensions: [...SERVER, ...(more.hosts ? names(...more.hosts) : LOCAL)], ...more });
  const right = await leaf("right");
  const one = async (name, more, ...others) => [name, shows(await leaf(name, more), ...others)];
  const weakly = { from: "20240101000000Z" };
  const made = await Promise.all([
    one("right-p521", { key: "p521" }), one("right-rsa4096", { key: "rsa4096" }),
    one("right-wildcard", { hosts: ["DNS:*.localhost"] }), one("wildcard-too-deep", { hosts: ["DNS:*.localhost"] }),
    one("wildcard-for-the-parent", { hosts: ["DNS:*.localhost"] }), one("wildcard-for-all", { hosts: ["DNS:*"] }),
    one("right-chain", { issuer: intermediate }, intermediate), one("right-chain-with-root", { issuer: intermediate }, intermediate, root),
    one("no-intermediate", { issuer: intermediate }), one("address-only", { hosts: ["IP:127.0.0.1"] }),
    one("address-only-by-name", { hosts: ["IP:127.0.0.1"] }), one("other-address", { hosts: ["IP:127.0.0.2"] }),
    one("address-as-name", { hosts: ["DNS:127.0.0.1"] }), one("name-only-by-address", { hosts: ["DNS:localhost"] }),
    one("other-name", { hosts: ["DNS:a.example", "DNS:b.example"] }),
    one("expired", { from: "20200101000000Z", to: "20200201000000Z" }), one("not-yet", { from: "20470101000000Z" }),
    one("expired-and-misnamed", { from: "20200101000000Z", to: "20200201000000Z", hosts: ["DNS:a.example"] }),
    one("expired-authority", { issuer: old }, old), one("issuer-may-not-sign", { issuer: unsigning }, unsigning),
    one("issuer-is-no-authority", { issuer: right }, right), one("chain-too-deep", { issuer: second }, second, capped),
    one("stranger-leaf", { issuer: alone }), one("same-name-other-key", { issuer: impostor }), one("root-without-constraints", { issuer: bare }),
    one("rsa-1024", { key: "rsa1024", ...weakly }), one("rsa-512", { key: "rsa512", ...weakly }), one("sha-1", { md: "sha1", ...weakly }),
    one("for-clients-only", { extensions: ["extendedKeyUsage=clientAuth", ...LOCAL] }), one("ed25519", { key: "ed25519" }),
  ]);
  const alike = Object.fromEntries(made.map(([name, options]) => [name === "stranger-leaf" ? "stranger" : name, options]));
  const selfSigned = await make("self-signed", { extensions: LOCAL });
  const pinned = await make("right-pinned", { extensions: [...AUTHORITY.slice(0, 1), ...LOCAL] });
  Object.assign(alike, { "right": shows(right), "right-address": shows(right), "self-signed": shows(selfSigned), "right-pinned": shows(pinned) });
  return { options: alike, authorities: { "right-pinned": pinned.cert, "root-without-constraints": bare.cert }, root: root.cert };
}

before(async () => {
  const { options, authorities, root } = await certificates();
  options["rsa-512"].maxVersion = "TLSv1.2"; // no signature of TLS 1.3 fits into so short a key
  assert.deepEqual(Object.keys(options).sort(), Object.keys(CASES).sort());
  await each(Object.keys(CASES), async (name) => (servers[name] = await startTls(options[name])));
  const targets = Object.entries(CASES).map(([name, [host]]) =>
    target(name, `https://${host}:${servers[name].port}`, { ca_file: authorities[name] ?? root }));
  await e.apply(document(targets, targets.map((t) => job(t.name, "/f", { target: t.name, timeout_ms: 20_000 }))));
  await e.serve();
});
after(async () => {
  await e.stop();
  for (const s of Object.values(servers)) await s.close();
});

describe("certificates", { concurrency: 6 }, () => {
  for (const [name, [, expected]] of Object.entries(CASES)) test(name, async () => check(await e.runJob(name), ...expected));
});

test("nothing was sent to a server whose certificate is wrong", () => {
  for (const [name, [, [outcome]]] of Object.entries(CASES)) assert.equal(servers[name].asked, outcome === "ok" ? 1 : 0, name);
});
