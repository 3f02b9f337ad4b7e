// Alerts as e-mails, from end to end: the binary, a real mail server (exim4 with TLS and authentication) and a strict one that can be told to fail.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { startFunctions } from "./harness/alerts.mjs";
import { makeAuthority, pem } from "./harness/ca.mjs";
import { document, Edgecron, job, LOOPBACK, target } from "./harness/edgecron.mjs";
import { readMessages } from "./harness/mail_reader.mjs";
import { noExim, startExim } from "./harness/smtp_exim.mjs";
import { startSmtpPeer } from "./harness/smtp_peer.mjs";
import { until } from "./harness/wait.mjs";

const PASSWORD = "pàss-w0rd {x} \"%'";
const open = [];
let authority, certificates;

before(async () => {
  authority = await makeAuthority("mail");
  const other = await makeAuthority("elsewhere");
  certificates = { good: await authority.leaf("good"), wrong: await authority.leaf("wrong", { hosts: ["DNS:mail.example.org"] }), unknown: await other.leaf("unknown") };
});
after(() => Promise.all(open.map((x) => x.stop())));

const own = (x) => (open.push(x), x);
const post = (name, port, more = {}, email = {}) => ({
  name, kind: "email", allow_private: LOOPBACK, ca_file: authority.file, ...more,
  email: { host: "localhost", port, username: "edgecron", password: "{{secret.SMTP_PASSWORD}}", from: "Veille d'edgecron <cron@example.com>",
    to: ["\"Équipe, nuit\" <equipe@example.com>"], ...email },
});

/** A server with one function and channels; `answer(path)` is what the function says. */
async function scene(channels, { password = PASSWORD } = {}) {
  const functions = await startFunctions();
  own({ stop: () => functions.close() });
  const e = new Edgecron();
  await e.setSecret("SMTP_PASSWORD", password);
  await e.apply({ ...document([target("prod", functions.url)], [job("relances", "/a", { target: "prod" })]),
    channels, settings: { alert_group_s: 1 } });
  await e.createToken("tests", "admin");
  await e.serve();
  own({ stop: () => e.stop() });
  return { e, functions };
}

const messages = (e, name) => e.runs("--job", `alert:${name}`);
const ended = (e, name, state, n = 1) => until(`${n} ${state} of ${name}`, async () => {
  const list = (await messages(e, name)).filter((r) => r.state === state);
  return list.length >= n && list;
}, { state: () => messages(e, name) });
const testChannel = async (e, name) => {
  const r = await e.api(`/api/v1/channels/${name}/test`, { method: "POST" });
  assert.equal(r.status, 202, JSON.stringify(r.body));
  return r.body;
};

/** Nothing of the password is in what is kept, said or stored. */
async function assertKept(e, names) {
  const told = [];
  for (const name of names) for (const r of await messages(e, name)) told.push(JSON.stringify(await e.run(r.id)));
  for (const file of readdirSync(e.dir)) told.push(readFileSync(join(e.dir, file), "latin1"), readFileSync(join(e.dir, file), "utf8"));
  told.push(e.server.stderr, e.server.stdout);
  for (const form of [PASSWORD, Buffer.from(PASSWORD).toString("base64").slice(0, -4), Buffer.from(`\0edgecron\0${PASSWORD}`).toString("base64").slice(0, -4)]) {
    assert.ok(!told.some((text) => text.includes(form)), `'${form}' is kept`);
  }
}

describe("a real server", { skip: noExim }, () => {
  let exim;
  before(async () => { exim = await startExim({ certificates, password: PASSWORD }); });
  after(() => exim?.stop());

  test("a failure, its end and a test arrive in three languages, by STARTTLS and TLS, with PLAIN and LOGIN", async () => {
    const { e, functions } = await scene([
      post("fr", exim.ports.submission, { language: "fr" }),
      post("es", exim.ports.tls, { language: "es" }, { security: "tls" }),
      post("en", exim.ports.login, { language: "en" }, { to: ["ops@example.com", "Nuit <night@example.com>"] }),
    ]);
    functions.answer["/a"] = 500;
    await e.runJob("relances");
    for (const name of ["fr", "es", "en"]) await ended(e, name, "succeeded", 1);
    functions.answer["/a"] = 200;
    await e.runJob("relances");
    for (const name of ["fr", "es", "en"]) await ended(e, name, "succeeded", 2);
    for (const name of ["fr", "es", "en"]) await testChannel(e, name);
    for (const name of ["fr", "es", "en"]) await ended(e, name, "succeeded", 3);
    await until("nine messages", () => exim.delivered().length >= 9, { state: () => exim.log() });
    const read = readMessages(exim.delivered());
    assert.equal(read.length, 9);
    for (const name of ["fr", "es", "en"]) {
      const [tested, over, fired] = await messages(e, name); // newest first
      const mails = [fired, over, tested].map((r) => read.find((m) => m.id.startsWith(`<${r.id}@`)));
      for (const [i, m] of mails.entries()) {
        assert.ok(m, `the message of run ${i} of ${name}`);
        assert.deepEqual(m.defects, []);
        assert.deepEqual(m.from, [["Veille d'edgecron", "cron@example.com"]]);
        assert.deepEqual(m.to, name === "en" ? [["", "ops@example.com"], ["Nuit", "night@example.com"]] : [["Équipe, nuit", "equipe@example.com"]]);
        const [attempt] = (await e.run([fired, over, tested][i].id)).attempts;
        assert.equal(Buffer.from(m.text, "base64").toString().replace(/\r\n/g, "\n").trimEnd(), attempt.request.body.trimEnd(), "history shows what arrived");
        assert.match(attempt.response.body, /C: AUTH (PLAIN \*\*\*\*|LOGIN)\n/);
      }
      assert.ok(mails[0].references && mails[0].references === mails[1].references, "one thread");
      assert.deepEqual(mails.map((m) => m.importance), ["high", null, null]);
      assert.equal(new Set(mails.map((m) => m.subject)).size, 3);
      assert.match(mails[0].subject, /relances/);
    }
    await assertKept(e, ["fr", "es", "en"]);
  });

  test("a wrong password, an unknown recipient, certificates: said with what to do; what is refused for good is not sent again", async () => {
    const { e } = await scene([
      post("password", exim.ports.submission), post("nobody", exim.ports.submission, {}, { to: ["nobody@example.com"] }),
      post("wrong", exim.ports.wrong), post("unknown", exim.ports.unknown), post("bare", exim.ports.bare),
    ], { password: "not the password" });
    for (const name of ["password", "bare", "wrong", "unknown"]) await testChannel(e, name);
    const [refused] = await ended(e, "password", "failed");
    assert.match(refused.message, /535 .*edgecron secret set SMTP_PASSWORD.*refused for good/);
    assert.equal(refused.attempt_count, 1);
    assert.match((await ended(e, "bare", "failed"))[0].message, /does not offer STARTTLS, so nothing was sent/);
    assert.match((await ended(e, "wrong", "retrying"))[0].message, /no trusted TLS connection to localhost:\d+: the certificate is for 'mail.example.org', not for 'localhost'/);
    assert.match((await ended(e, "unknown", "retrying"))[0].message, /unknown authority.*set 'ca_file' on the channel/);
    await e.setSecret("SMTP_PASSWORD", PASSWORD);
    for (const name of ["password", "nobody"]) await testChannel(e, name);
    await ended(e, "password", "succeeded");
    assert.match((await ended(e, "nobody", "failed"))[0].message, /refused the recipient <nobody@example.com>: 550 Unknown user/);
    await assertKept(e, ["password", "nobody"]);
  });
});

describe("a strict server", () => {
  const peerWith = async (options) => own(await startSmtpPeer({ tls: pem(certificates.good), mechanisms: "PLAIN LOGIN", username: "edgecron", password: PASSWORD, ...options }));

  test("what is refused for now is sent again, and so is what a killed edgecron had under way: with the same Message-ID", async () => {
    let later = 0, hangs = 0;
    const [busy, hanging] = await Promise.all([
      peerWith({ at: { MAIL: (s, reply) => s.socket.write(later++ === 0 ? "451 4.3.0 later\r\n" : reply) } }),
      peerWith({ at: { MESSAGE: (s, reply) => (hangs++ === 0 ? undefined : s.socket.write(reply)) } }),
    ]);
    const { e } = await scene([post("busy", busy.port), post("hanging", hanging.port)]);
    for (const name of ["busy", "hanging"]) await testChannel(e, name);
    await until("the message that is not answered", () => hanging.record.seen.length === 1);
    assert.match((await ended(e, "busy", "retrying"))[0].message, /refused the sender <cron@example.com>: 451 4.3.0 later \(try later\)/);
    await e.stop("SIGKILL");
    await e.serve();
    for (const name of ["busy", "hanging"]) await ended(e, name, "succeeded");
    const [first, second] = readMessages(hanging.record.seen.map((m) => Buffer.from(m, "latin1")));
    assert.equal(first.id, second.id);
    assert.equal(busy.record.messages.length, 1);
    for (const peer of [busy, hanging]) assert.deepEqual(peer.record.complaints.filter((c) => !c.startsWith("QUIT")), []);
    await assertKept(e, ["busy", "hanging"]);
  });
});
