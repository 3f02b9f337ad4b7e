// Alerts from end to end: jobs fail against real functions, and what is told arrives at a local service, once, with what one needs to know.
import assert from "node:assert/strict";
import { renameSync } from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { channel, startFunctions, startInbox } from "./harness/alerts.mjs";
import { document, Edgecron, job, LOOPBACK, target } from "./harness/edgecron.mjs";
import { sleep, until } from "./harness/wait.mjs";

const GROUP_S = 1;
const open = [];
after(() => Promise.all(open.map((x) => x.close())));

/** A server with functions on the target prod, and the channel ops; `more`: further members of the apply file. */
async function scene(jobs, { channels, settings, serve = true, ...more } = {}) {
  const [inbox, functions] = await Promise.all([startInbox(), startFunctions()]);
  open.push(inbox, functions);
  const e = new Edgecron();
  await e.setSecret("CRON_KEY", "the-key-of-the-functions-31");
  await e.apply({
    ...document([target("prod", functions.url, { headers: { "X-Internal-Key": "{{secret.CRON_KEY}}" } })],
      jobs.map((j) => ({ target: "prod", ...j }))),
    channels: channels?.(inbox.url) ?? [channel("ops", `${inbox.url}/`)],
    settings: { alert_group_s: GROUP_S, ...settings },
    ...more,
  });
  await e.createToken("tests", "admin");
  if (serve) await e.serve();
  return { e, inbox, functions };
}

/** Long enough for anything that would be told to have been. */
const quiet = () => sleep((GROUP_S + 2) * 1000);
const subjects = (m) => m.body.items.map((i) => i.subject);
const messages = (e, name = "ops") => e.runs("--job", `alert:${name}`);

describe("alerts", { concurrency: 4 }, () => {
  test("a function refuses its key: one message says which job, which secret and since when; then one that it is over", async () => {
    const { e, inbox, functions } = await scene([job("nightly", "/a", { schedule: "* * * * * *" })], { settings: { page_url: "https://cron.example.com" } });
    await e.untilRun("it works", ["--state", "succeeded"], () => true);
    functions.answer["/a"] = 401;
    await inbox.untilCount(1);
    await quiet();
    assert.equal(inbox.messages.length, 1, "told once, however often it fails");
    const failed = (await e.runs("--job", "nightly", "--state", "failed")).reverse();
    assert.ok(failed.length > 2);
    const { body, run, attempt } = inbox.messages[0], item = body.items[0];
    assert.equal(attempt, 1);
    assert.deepEqual([body.kind, body.on, body.rule, body.target, body.total], ["fired", "failure", "failing", "prod", 1]);
    assert.deepEqual([item.subject, item.secret, item.http_status, item.outcome], ["nightly", "CRON_KEY", 401, "http_status"]);
    assert.equal(item.since, failed[0].scheduled_for);
    assert.ok(failed.some((r) => r.id === item.run));
    assert.equal(body.link, `https://cron.example.com/#/runs/${item.run}`);
    assert.match(body.text, /CRON_KEY/);
    assert.doesNotMatch(JSON.stringify(body), /the-key-of-the-functions/);
    functions.answer["/a"] = 200;
    await inbox.untilCount(2);
    const over = inbox.messages[1].body;
    assert.deepEqual([over.kind, subjects({ body: over })], ["recovered", ["nightly"]]);
    assert.equal(over.items[0].since, item.since);
    assert.ok(over.items[0].until > item.since);
    await quiet();
    const sent = await messages(e);
    assert.deepEqual(sent.map((r) => [r.state, r.trigger]), [["succeeded", "alert"], ["succeeded", "alert"]]);
    assert.deepEqual(sent.map((r) => r.id).sort(), [run, inbox.messages[1].run].sort());
    assert.equal((await e.api("/api/v1/firing")).body.items.length, 0);
    await e.stop();
  });

  test("twenty jobs on one target within a minute are one message, another target's are another", async () => {
    const jobs = Array.from({ length: 20 }, (_, i) => job(`job-${String(i).padStart(2, "0")}`, `/f${i}`));
    const { e, inbox, functions } = await scene([...jobs, job("alone", "/alone", { target: null, request: { url: "http://127.0.0.1:9/" } })], { settings: { alert_group_s: 4 } });
    functions.answer["*"] = 500;
    await Promise.all([...jobs.map((j) => e.ok(["job", "run", j.name])), e.ok(["job", "run", "alone"])]);
    await inbox.untilCount(2);
    await quiet();
    assert.equal(inbox.messages.length, 2);
    const [alone, prod] = [inbox.messages.find((m) => m.body.target === null), inbox.messages.find((m) => m.body.target === "prod")];
    assert.deepEqual(subjects(alone), ["alone"]);
    assert.equal(prod.body.total, 20);
    assert.deepEqual(subjects(prod).sort(), jobs.map((j) => j.name));
    assert.equal(prod.body.title, "20 jobs on prod are failing: HTTP 500");
    assert.equal((await e.api("/api/v1/firing")).body.items.length, 21);
    await e.stop();
  });

  test("rules: after three in a row; a job's own; metrics; duration; a job that is left alone", async () => {
    const own = (rule) => ({ alerts: [rule] });
    const { e, inbox, functions } = await scene([
      job("third", "/third", own({ on: "failure", after: 3 })),
      job("counted", "/ok", { metrics: { done: "/ok" }, ...own({ on: "metric", metric: "done > 0" }) }),
      job("slow", "/ok", own({ on: "duration", over_ms: 1 })),
      job("left-alone", "/third", own({ on: "failure", enabled: false })),
    ]);
    functions.answer["/third"] = 500;
    for (let i = 0; i < 2; i++) await e.runJob("third");
    await e.runJob("left-alone");
    await e.runJob("counted");
    await inbox.until("the metric", (m) => m.body.on === "metric");
    const m = inbox.messages.find((x) => x.body.on === "metric").body;
    assert.deepEqual([m.rule, m.items[0].subject, m.items[0].value, m.items[0].limit, m.items[0].metric], [null, "counted", 1, 0, "done > 0"]);
    await e.runJob("third");
    const third = await inbox.until("three failures", (x) => x.body.on === "failure");
    assert.deepEqual([subjects(third), third.body.items[0].count], [["third"], 3]);
    await quiet();
    assert.ok(!inbox.messages.some((x) => subjects(x).includes("left-alone")));
    await e.stop();
  });

  test("muted is later: nothing is told until the mute ends, and then what is still wrong", async () => {
    const { e, inbox, functions } = await scene([job("quiet", "/q"), job("healed", "/h"), job("loud", "/l")]);
    functions.answer["*"] = 500;
    for (const name of ["quiet", "healed"]) assert.equal((await e.api(`/api/v1/mutes/job/${name}`, { method: "PUT", body: '{"until":null}' })).status, 200);
    for (const name of ["quiet", "healed", "loud"]) await e.runJob(name);
    await inbox.untilCount(1);
    functions.answer["*"] = 200;
    await e.runJob("healed");
    await quiet();
    assert.deepEqual(inbox.messages.map((m) => subjects(m)), [["loud"]]);
    for (const name of ["quiet", "healed"]) assert.ok((await e.api(`/api/v1/mutes/job/${name}`, { method: "DELETE" })).status < 300);
    await inbox.untilCount(2);
    await quiet();
    assert.deepEqual(inbox.messages.map((m) => subjects(m)), [["loud"], ["quiet"]]);
    await e.stop();
  });

  test("a channel that takes nothing is a failed run, and nothing more comes of it", async () => {
    const { e, inbox, functions } = await scene([job("nightly", "/a", {})], {
      channels: (url) => [channel("ops", `${url}/gone`), channel("other", `${url}/other`)] });
    inbox.statuses["/gone"] = 410;
    functions.answer["/a"] = 500;
    await e.runJob("nightly");
    await inbox.untilCount(1, "/gone");
    await inbox.untilCount(1, "/other");
    await quiet();
    assert.equal(inbox.messages.length, 2);
    const [r, ...none] = await messages(e);
    assert.deepEqual([r.state, r.http_status, none.length], ["failed", 410, 0]);
    assert.match(r.message, /answered 410 \(gone\) and said "no": the webhook was removed there/);
    const [attempt] = (await e.run(r.id)).attempts;
    assert.equal(attempt.request.method, "POST");
    assert.match(attempt.request.body, /nightly is failing/);
    const status = (await e.api("/api/v1/status")).body;
    assert.equal(status.jobs, 1);
    assert.equal((await e.api("/api/v1/channels/ops")).body.status.failed, 1);
    assert.equal((await e.json(["job", "list"])).items.length, 1);
    await e.stop();
  });

  test("kill -9 between the failure and its message, and in the middle of the message: each channel is told once", async () => {
    const { e, inbox, functions } = await scene([job("nightly", "/a")], {
      channels: (url) => ["/one", "/two"].map((p) => channel(p.slice(1), url + p)), settings: { alert_group_s: 3 } });
    functions.answer["/a"] = 500;
    await e.runJob("nightly");
    await e.stop("SIGKILL"); // before anything was counted, or just after
    await e.serve();
    await until("it fires", async () => (await e.api("/api/v1/firing")).body.items[0]?.phase === "firing");
    await e.stop("SIGKILL"); // it waits for its group
    inbox.delay = 3000;
    await e.serve();
    await until("a message is under way", async () => (await messages(e, "one"))[0]?.state === "running");
    await e.stop("SIGKILL");
    inbox.delay = 0;
    await e.serve();
    await until("both are sent", async () => (await Promise.all(["one", "two"].map((n) => messages(e, n)))).every(([r]) => r?.state === "succeeded"));
    await quiet();
    for (const name of ["one", "two"]) {
      assert.equal((await messages(e, name)).length, 1, name);
      assert.equal(new Set(inbox.at(`/${name}`).map((m) => m.run)).size, 1, "what came twice is the same run");
    }
    await e.stop();
  });

  test("what goes before it is told is not told: a job, a rule; a channel takes its messages along", async () => {
    const { e, inbox, functions } = await scene([job("gone", "/a"), job("stays", "/a")], { settings: { alert_group_s: 2 },
      channels: (url) => [channel("ops", `${url}/`), channel("late", `${url}/late`), channel("off", `${url}/off`)] });
    inbox.statuses["/late"] = inbox.statuses["/off"] = 503;
    functions.answer["/a"] = 500;
    await e.runJob("gone");
    await e.runJob("stays");
    await e.ok(["job", "remove", "gone"]);
    await inbox.untilCount(1);
    assert.deepEqual(subjects(inbox.at("/")[0]), ["stays"]);
    const waiting = async (name) => (await until(`${name} waits`, async () => (await messages(e, name)).find((r) => r.state === "retrying")));
    await waiting("late");
    await waiting("off");
    assert.ok((await e.api("/api/v1/channels/late", { method: "DELETE" })).status < 300);
    assert.equal((await e.api("/api/v1/channels/off", { method: "PATCH", headers: { "content-type": "application/merge-patch+json" }, body: '{"enabled":false}' })).status, 200);
    const ended = (name) => until(`${name} ends`, async () => (await messages(e, name)).find((r) => r.state === "canceled"));
    assert.match((await ended("late")).message, /removed/);
    assert.match((await ended("off")).message, /disabled/);
    functions.answer["/a"] = 200;
    assert.ok((await e.api("/api/v1/alerts/failing", { method: "DELETE" })).status < 300);
    await e.runJob("stays");
    await quiet();
    assert.equal(inbox.at("/").length, 1, "of a rule that is gone nothing is told");
    await e.stop();
  });

  test("sealed: it is told over what needs no secret, the rest waits for the key; no job is called", async () => {
    const { e, inbox, functions } = await scene([job("tick", "/tick", { schedule: "* * * * * *" })], { serve: false,
      channels: (url) => [channel("plain", `${url}/plain`), channel("keyed", `${url}/keyed`, { headers: { "X-Key": "{{secret.CRON_KEY}}" } })] });
    const key = join(e.dir, "master.key");
    renameSync(key, `${key}.kept`);
    await e.serve([], { ready: false });
    await inbox.untilCount(1, "/plain");
    const [m] = inbox.at("/plain");
    assert.deepEqual([m.body.kind, m.body.on, m.body.rule], ["fired", "sealed", "sealed"]);
    assert.match(m.body.items[0].error, /master key/);
    await quiet();
    assert.equal(functions.seen["/tick"], undefined);
    assert.equal(inbox.messages.length, 1);
    renameSync(`${key}.kept`, key);
    await inbox.untilCount(1, "/keyed");
    await until("the jobs go on", async () => functions.seen["/tick"] > 0);
    await inbox.until("the recovery", (x) => x.path === "/plain" && x.body.kind === "recovered");
    await e.stop();
  });
});

/** A mail server that does no more than answer; `reply(line)` may say something else. */
async function startMail(reply = () => null) {
  const mails = [];
  const server = createServer((socket) => {
    let data = null, text = "", mail = { to: [] };
    const say = (line) => socket.write(`${line}\r\n`);
    say("220 mail.example.com ESMTP");
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      for (let at; (at = text.indexOf("\r\n")) >= 0;) {
        const line = text.slice(0, at);
        text = text.slice(at + 2);
        if (data !== null && line !== ".") { data += `${line}\n`; continue; }
        if (data !== null) { mails.push({ ...mail, data }); data = null; say("250 2.0.0 taken"); continue; }
        const other = reply(line);
        if (other) { say(other); continue; }
        if (/^EHLO/.test(line)) say("250 mail.example.com");
        else if (/^MAIL/.test(line)) { mail = { from: line, to: [] }; say("250 ok"); }
        else if (/^RCPT/.test(line)) { mail.to.push(line); say("250 ok"); }
        else if (line === "DATA") { data = ""; say("354 go on"); }
        else if (line === "QUIT") { say("221 bye"); socket.end(); }
        else say("250 ok");
      }
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const x = { port: server.address().port, mails, close: () => new Promise((done) => server.close(done)) };
  open.push(x);
  return x;
}

test("e-mail: a message is an attempt like any other; what is refused for good is not sent again", async () => {
  const [good, bad, busy] = await Promise.all([startMail(), startMail((l) => /^RCPT/.test(l) && "550 5.1.1 no such user"), startMail((l) => /^MAIL/.test(l) && "451 4.3.0 later")]);
  const mail = (name, { port }) => ({ name, kind: "email", allow_private: LOOPBACK, email: { host: "127.0.0.1", port, security: "none", from: "edgecron <cron@example.com>", to: ["ops@example.com"] } });
  const { e, functions } = await scene([job("nightly", "/a")], { channels: () => [mail("good", good), mail("bad", bad), mail("busy", busy)] });
  functions.answer["/a"] = 401;
  await e.runJob("nightly");
  const state = (name, wanted) => until(`${name} is ${wanted}`, async () => (await messages(e, name)).find((r) => r.state === wanted), { state: () => messages(e, name) });
  const sent = await state("good", "succeeded"), refused = await state("bad", "failed"), later = await state("busy", "retrying");
  assert.equal(good.mails.length, 1);
  const { data, from, to } = good.mails[0];
  assert.match(from, /<cron@example.com>/);
  assert.equal(to.length, 1);
  assert.match(data, /^Subject: nightly is failing: HTTP 401 from prod$/m);
  assert.ok(data.includes(sent.id), "the run's id is the message's");
  const [attempt] = (await e.run(sent.id)).attempts;
  assert.deepEqual([attempt.request.method, attempt.request.url], ["MAIL", `smtp://127.0.0.1:${good.port}`]);
  assert.match(attempt.request.body, /CRON_KEY/);
  assert.match(attempt.response.body, /354 go on/);
  assert.ok(attempt.timing.total_ms >= 0);
  assert.equal(refused.attempt_count, 1);
  assert.match(refused.message, /refused the recipient <ops@example.com>: 550 5.1.1 no such user .*\(not tried again: it was refused for good\)/);
  assert.match(later.message, /451 4.3.0 later/);
  await e.stop();
});
