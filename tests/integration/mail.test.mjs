// E-mail against a real server (exim4, run here with TLS and authentication) and against a strict one that misbehaves in the ways no real one can be made to. What arrives
// is read by Python's parser of messages.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { makeAuthority, pem } from "./harness/ca.mjs";
import { readMessages } from "./harness/mail_reader.mjs";
import { sendAll } from "./harness/smtp_driver.mjs";
import { noExim, startExim } from "./harness/smtp_exim.mjs";
import { startSmtpPeer } from "./harness/smtp_peer.mjs";
import { sleep, until } from "./harness/wait.mjs";

const PASSWORD = "pass wörd-ß:{}\\\"'%";
const TEXTS = [
  { subject: "followup-7h is failing: HTTP 401 from prod", text: "It failed.\n\nFrom here on:\n.\n..\n.hidden\n" },
  { subject: "followup-7h échoue : « délai dépassé » 🚨", text: "L'échec dure depuis 07:00.\nÀ essayer : l'adresse\n" },
  { subject: "¡Atención! " + "ñandú ".repeat(30), text: "ñ".repeat(3000) },
  { subject: "日本語の件名".repeat(12), text: "本文。\n".repeat(200) },
  { subject: "a: b\r\nBcc: evil@example.com", text: "x\r\ny\rz\n \t\n", read: "a: b  Bcc: evil@example.com" },
  { subject: "=?utf-8?Q?not_an_encoded_word?=", text: "=3D = =\n" },
  { subject: "", text: "" },
];
let authority, certificates, exim;

const NAMES = ["Équipe d'astreinte", "Ops, \"night\" \\ shift", "日本語 ".repeat(10).trim()];
const to = (name) => `"${name.replace(/["\\]/g, "\\$&")}" <equipe@example.com>`;
const lines = (text) => (text === "" ? "" : text.replace(/\r\n|\r|\n/g, "\n").replace(/\n?$/, "\n").replace(/\n/g, "\r\n"));

const id = (n) => `0193534f-0000-7000-8000-${String(n).padStart(12, "0")}`;
const mine = (n) => `<${id(n)}@cron.example.com>`;
const call = (port, more = {}) => ({
  host: "localhost", port, username: "edgecron", password: PASSWORD, ca_file: authority.file, to: ["ops@example.com"], ...more,
});

/** Sends, and none of the password is in what is told of it. */
async function send(calls) {
  const results = await sendAll(calls);
  for (const r of results) {
    const told = JSON.stringify(r);
    for (const form of [PASSWORD, Buffer.from(PASSWORD).toString("base64"), Buffer.from(`\0edgecron\0${PASSWORD}`).toString("base64")]) {
      assert.ok(!told.includes(form), told);
    }
  }
  return results;
}
const one = async (c) => (await send([c]))[0];

function check(r, outcome, detail, more = {}) {
  assert.equal(r.outcome, outcome, JSON.stringify(r));
  assert.match(r.detail, detail);
  for (const [key, value] of Object.entries(more)) assert.deepEqual(r[key], value, `${key} of ${JSON.stringify(r)}`);
}

const onTheWay = (n) => until(`${n} messages in the Maildir`, () => exim.delivered().length >= n, { state: () => exim.log() });

before(async () => {
  authority = await makeAuthority("mail");
  const other = await makeAuthority("elsewhere");
  certificates = {
    good: await authority.leaf("good"),
    wrong: await authority.leaf("wrong", { hosts: ["DNS:mail.example.org"] }),
    unknown: await other.leaf("unknown"),
  };
  if (!noExim) exim = await startExim({ certificates, password: PASSWORD });
});
after(() => exim?.stop());

describe("a real server", { skip: noExim }, () => {
  test("STARTTLS with PLAIN, with LOGIN, and TLS from the beginning: every message arrives as it was", async () => {
    const ways = [{ port: exim.ports.submission }, { port: exim.ports.login }, { port: exim.ports.tls, security: "tls" }];
    const sent = ways.flatMap((way, w) => TEXTS.map((t, i) => ({ ...way, ...t, n: 100 * w + i, name: NAMES[i % NAMES.length] })));
    const results = await send(sent.map((s) => call(s.port, { ...s, id: id(s.n), to: ["night@example.com", to(s.name)] })));
    for (const r of results) check(r, "none", /^$/, { sent: true, code: 250, tls_version: 13, temporary: false });
    await onTheWay(sent.length);
    const messages = exim.delivered();
    assert.equal(messages.length, sent.length);
    const arrived = new Map(readMessages(messages).map((m) => [m.id, m]));
    for (const s of sent) {
      const m = arrived.get(mine(s.n));
      assert.equal(m.subject, s.read ?? s.subject);
      assert.equal(lines(Buffer.from(m.text, "base64").toString()), lines(s.text), s.subject); // in a Maildir lines end with LF
      assert.deepEqual(m.to, [["", "night@example.com"], [s.name, "equipe@example.com"]]);
      assert.deepEqual(m.defects, []);
    }
    const log = exim.log();
    for (const how of ["A=PLAIN:edgecron", "A=LOGIN:edgecron"]) assert.ok(log.includes(how), log);
    for (const m of messages) assert.match(m.toString("latin1"), /with esmtpsa/);
  });

  test("each refusal says what to do", async () => {
    const { submission, bare, tls, wrong, unknown, wrongTls } = exim.ports;
    const results = await send([
      call(submission, { password: "not the one" }),
      call(exim.ports.login, { password: "not the one" }),
      call(submission, { to: ["nobody@example.com"] }),
      call(submission, { username: null, password: null, to: ["x@elsewhere.example"] }),
      call(submission, { to: ["grey@example.com"] }),
      call(submission, { text: "x".repeat(50_000) }),
      call(wrong), call(wrongTls, { security: "tls" }), call(unknown),
      call(submission, { ca_file: null }),
      call(bare),
      call(submission, { security: "tls" }),
      call(submission, { security: "none", username: null, password: null }),
      call(tls, { timeout_ms: 1000 }),
      call(submission, { allow: [] }),
      call(submission, { host: "127.0.0.1" }),
      call(submission, { to: ["ops@example.com", "nobody@example.com"], id: id(900) }),
    ]);
    const expected = [
      ["protocol", /535 .*user name or password is wrong: check 'email.username' and the secret of 'email.password'/, { temporary: false, code: 535 }],
      ["protocol", /535 .*user name or password is wrong/, { temporary: false }],
      ["protocol", /refused the recipient <nobody@example.com>: 550 Unknown user \(check 'email.to'/, { temporary: false }],
      ["protocol", /refused the recipient <x@elsewhere.example>: 550 relay not permitted \(it passes no mail on for us: sign in/, {}],
      ["protocol", /451 Greylisting in action.*greylisting: it takes the message when it is tried again later/, { temporary: true }],
      ["protocol", /takes messages of at most 40960 bytes; this one has \d+/, { temporary: false }],
      ["tls", /the certificate is for 'mail.example.org', not for 'localhost'/, {}],
      ["tls", /the certificate is for 'mail.example.org', not for 'localhost'/, {}],
      ["tls", /unknown authority, 'edgecron test elsewhere'/, {}],
      ["tls", /unknown authority/, {}],
      ["protocol", /does not offer STARTTLS, so nothing was sent/, { temporary: false }],
      ["tls", /is not TLS: .*'email.security' to be 'starttls'/, {}],
      ["none", /^$/, { tls_version: 0 }],
      ["timeout", /no answer within 1000 ms \(waiting for the greeting\): .*'email.security' to be 'tls'/, { temporary: true }],
      ["blocked", /loopback address that is not allowed/, { temporary: false }],
      ["none", /^$/, { tls_version: 13 }],
      ["assertion", /took the message for 1 of 2 recipients and refused the recipient <nobody@example.com>: 550/, { sent: true }],
    ];
    for (const [i, e] of expected.entries()) check(results[i], ...e);
    for (const r of results) assert.equal(r.sent, ["none", "assertion"].includes(r.outcome), JSON.stringify(r));
  });

  test("killed in the middle: what it took is there, and what it did not take is not called taken", async () => {
    const base = 10_000;
    const under = send(Array.from({ length: 120 }, (_, i) => call(exim.ports.submission, { id: id(base + i), subject: `n ${i}`, text: "x".repeat(5000) })));
    await until("the first ones to be taken", () => /<= edgecron@example.com.*0193534f-0000-7000-8000-00000001/.test(exim.log()), { every: 5 });
    await exim.kill();
    const results = await under;
    const taken = results.flatMap((r, i) => (r.outcome === "none" ? [i] : []));
    assert.ok(taken.length > 0 && taken.length < results.length, `${taken.length} of ${results.length}: it was not in the middle`);
    for (const r of results.filter((x) => x.outcome !== "none")) {
      assert.ok(["protocol", "connect", "tls"].includes(r.outcome) && r.temporary, JSON.stringify(r));
    }
    await exim.start();
    await exim.deliverAll();
    const there = new Set(readMessages(exim.delivered()).map((m) => m.id));
    for (const [i, r] of results.entries()) {
      if (r.outcome === "none") assert.ok(there.has(mine(base + i)), `${i} was taken and is not there`);
      if (!r.sent) assert.ok(!there.has(mine(base + i)), `${i} was not sent and is there`);
    }
  });
});

/** A strict server for one call; nothing that it complains of may be left. */
async function withPeer(options, calls, look) {
  const peer = await startSmtpPeer({ tls: pem(certificates.good), mechanisms: "PLAIN LOGIN", username: "edgecron", password: PASSWORD, ...options });
  try {
    const results = await send(calls(peer.port));
    assert.deepEqual(peer.record.complaints, [], JSON.stringify(results));
    return await look(results, peer.record);
  } finally {
    await peer.stop();
  }
}

const drip = (text) => async (session) => {
  for (const octet of text.slice(0, -1)) {
    if (session.socket.destroyed) return;
    session.socket.write(octet);
    await sleep(1);
  }
  session.socket.write(text.at(-1)); // nothing may come between this and the end of the answer
};

describe("a strict server", () => {
  for (const mechanisms of ["PLAIN LOGIN", "LOGIN"]) {
    for (const implicit of [false, true]) {
      test(`takes messages: ${mechanisms}, ${implicit ? "TLS" : "STARTTLS"}`, () => withPeer({ mechanisms, implicit },
        (port) => TEXTS.map((t, i) => call(port, { ...t, security: implicit ? "tls" : "starttls", id: id(i) })), (results, record) => {
          for (const r of results) check(r, "none", /^$/, { sent: true });
          assert.equal(record.messages.length, TEXTS.length);
          assert.ok(record.messages.every((m) => m.secure && m.user === "edgecron"));
          const read = readMessages(record.messages.map((m) => m.text));
          for (const m of read) assert.ok(TEXTS.some((t) => (t.read ?? t.subject) === m.subject && lines(t.text) === Buffer.from(m.text, "base64").toString()));
        }));
    }
  }

  test("without TLS the password is not told, nor without STARTTLS anything", () => withPeer({ tls: undefined, plainly: true },
    (port) => [call(port), call(port, { security: "none" })], ([starttls, none], record) => {
      check(starttls, "protocol", /does not offer STARTTLS/);
      check(none, "none", /^$/); // on loopback it may be told
      assert.equal(record.messages.length, 1);
      assert.ok(record.commands.filter((c) => c.startsWith("AUTH")).length === 1);
    }));

  const refusals = {
    "greeting 554": [{ GREETING: "554 5.7.1 go away\r\n" }, /refused the connection: 554 5.7.1 go away/, false],
    "greeting 421": [{ GREETING: "421 4.3.2 busy\r\n" }, /421 4.3.2 busy \(it is not available now: try later\)/, true],
    "a later refusal": [{ MAIL: "451 4.3.0 try again\r\n" }, /refused the sender <edgecron@example.com>: 451 4.3.0 try again \(try later\)/, true],
    "a sender that is not ours": [{ MAIL: "553 5.7.1 not owned by user\r\n" }, /check 'email.from': it takes no mail from this sender/, false],
    "a full mailbox": [{ "RCPT ops@example.com": "452 4.2.2 over quota\r\n" }, /the mailbox is full/, true],
    "spam": [{ MESSAGE: "550 5.7.1 looks like spam\r\n" }, /refused the message: 550 5.7.1 looks like spam \(check 'email.from'/, false],
    "endless lines": [{ EHLO: async (s) => { while (!s.socket.destroyed && s.socket.write("250-x\r\n".repeat(1000))) await sleep(1); } }, /more than 100 lines/, false],
    "an endless line": [{ EHLO: async (s) => { while (!s.socket.destroyed && s.socket.write("x".repeat(10_000))) await sleep(1); } }, /longer than 2000 octets/, false],
    "garbage": [{ EHLO: "\x16\x03\x01\x7f\r\n" }, /is no reply of SMTP/, false],
    "NUL": [{ EHLO: "250 a\0b\r\n" }, /holds a NUL/, false],
    "two replies": [{ GREETING: "220 a\r\n250 b\r\n" }, /a reply that was not asked for: 250/, false],
    "bytes before TLS": [{ STARTTLS: "220 go\r\n250-x\r\n250 AUTH PLAIN\r\n" }, /in the clear after it agreed to TLS/, false],
    "a password that is echoed": [{ AUTH: `535 5.7.8 '${PASSWORD}' is wrong, ${Buffer.from(PASSWORD).toString("base64")} too\r\n` }, /535 5.7.8/, false],
  };
  for (const [name, [at, detail, temporary]] of Object.entries(refusals)) {
    test(name, () => withPeer({ at }, (port) => [call(port)], ([r], record) => {
      assert.ok(["protocol", "tls"].includes(r.outcome), JSON.stringify(r));
      assert.match(r.detail, detail);
      if (temporary !== undefined) assert.equal(r.temporary, temporary);
      assert.equal(record.messages.length, 0);
    }));
  }

  test("a server that agrees to TLS and does not speak it", async () => {
    const peer = await startSmtpPeer({ tls: pem(certificates.good), at: { STARTTLS: async (s) => { s.socket.write("220 go\r\n"); await sleep(50); s.socket.write("250 not TLS\r\n"); } } });
    check(await one(call(peer.port)), "tls", /the server's answer is not TLS/, { sent: false });
    await peer.stop();
  });

  test("a server that answers octet by octet is waited for; one that never ends is not", async () => {
    const steps = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [i, (session, reply, name) => (name === "STARTTLS" ? session.socket.write(reply) : drip(reply)(session))]));
    await withPeer({ at: steps }, (port) => [call(port)], ([r], record) => {
      check(r, "none", /^$/);
      assert.equal(record.messages.length, 1);
    });
    await withPeer({ at: { MAIL: drip("250-" + "x".repeat(1_000_000)) } }, (port) => [call(port, { timeout_ms: 1000 })], ([r]) => {
      assert.ok(["timeout", "protocol"].includes(r.outcome), r.detail);
    });
  });

  test("cut at each step, and in the middle of the message: never called taken", async () => {
    const ends = { end: (s) => s.socket.end(), reset: (s) => s.socket.destroy(), half: (s) => s.socket.end("25"), later: (s) => s.socket.end("421 4.3.2 shutting down\r\n") };
    for (const [name, cut] of Object.entries(ends)) {
      for (let step = 0; step < 9; step++) {
        await withPeer({ at: { [step]: cut } }, (port) => [call(port)], ([r], record) => {
          assert.equal(r.outcome, "protocol", `${name} at ${step}: ${JSON.stringify(r)}`);
          assert.ok(r.temporary && r.sent === (step === 8), `${name} at ${step}: ${JSON.stringify(r)}`);
          assert.equal(record.seen.length, step === 8 ? 1 : 0);
        });
      }
      await withPeer({ at: { QUIT: cut } }, (port) => [call(port)], ([r], record) => {
        check(r, "none", /^$/);
        assert.equal(record.messages.length, 1);
      });
      await withPeer({ during: cut, size: 100_000_000 }, (port) => [call(port, { text: "long line\n".repeat(1000), text_times: 2000 })], ([r], record) => {
        assert.equal(r.outcome, "protocol", JSON.stringify(r));
        assert.ok(r.temporary && !r.sent);
        assert.equal(record.messages.length, 0);
      });
    }
  });

  test("canceled at any moment: nothing is left open, and it ends once", () => withPeer({ at: { MAIL: async (s, reply) => { await sleep(30); s.socket.write(reply); } } },
    (port) => Array.from({ length: 60 }, (_, i) => call(port, { cancel_ms: 2 * i, id: id(i) })), (results, record) => {
      for (const r of results) assert.ok(["none", "canceled"].includes(r.outcome), JSON.stringify(r));
      assert.ok(results.some((r) => r.outcome === "canceled"));
      assert.ok(record.messages.length >= results.filter((r) => r.outcome === "none").length);
    }));

  test("three hundred at once", () => withPeer({}, (port) => Array.from({ length: 300 }, (_, i) => call(port, { id: id(i) })), (results, record) => {
    for (const r of results) check(r, "none", /^$/);
    assert.equal(new Set(readMessages(record.messages.map((m) => m.text)).map((m) => m.id)).size, 300);
  }));
});
