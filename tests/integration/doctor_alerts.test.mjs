// What doctor says of who is told: each finding brought about, and mended by the command that it names; the same over the API.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Edgecron, FINAL, LOOPBACK, document, job, target } from "./harness/edgecron.mjs";
import { run } from "./harness/process.mjs";
import { until } from "./harness/wait.mjs";

const VALUE = "value-8Zx4Yw2Vu6Ts1Rq9Po3Nm7Lk5Ji0Hg";
let hook, url;
before(async () => {
  hook = createServer((q, p) => p.writeHead(q.url.includes("gone") ? 410 : 200).end("ok"));
  await new Promise((resolve) => hook.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${hook.address().port}`;
});
after(() => {
  hook.closeAllConnections();
  hook.close();
});

const webhook = (name, more = {}) => ({ name, kind: "webhook", url: `${url}/hook`, allow_private: LOOPBACK, ...more });
async function made(more = {}) {
  const e = new Edgecron();
  await e.apply({ ...document([target("prod", "http://127.0.0.1:9")], [job("daily", "/daily", { target: "prod" })]), ...more });
  return e;
}
async function findings(e, check) {
  const r = await e.command(["doctor", "--offline", "--json"]);
  assert.ok(!r.stdout.includes(VALUE));
  return JSON.parse(r.stdout).items.filter((i) => i.check === check);
}
/** The one finding with these words. */
async function found(e, check, severity, what) {
  const all = await findings(e, check), hits = all.filter((i) => what.test(i.what));
  assert.equal(hits.length, 1, `${what}: ${JSON.stringify(all, null, 1)}`);
  assert.equal(hits[0].severity, severity, JSON.stringify(hits[0]));
  if (severity !== "ok") assert.ok(hits[0].why);
  return hits[0];
}
const well = async (e, check) => assert.deepEqual((await findings(e, check)).map((i) => i.severity), ["ok"], check);
/** What a finding says mends it; URL stands for what the reader knows, standard input holds a value. */
async function mend(e, { fix }, address = `${url}/hook`) {
  const [name, ...words] = fix.split(" ").map((w) => (w === "URL" ? address : w));
  assert.equal(name, "edgecron", fix);
  return e.ok(words, { input: VALUE });
}

describe("doctor and alerts", { concurrency: 3 }, () => {
  test("no channel; one that was never tried; links", async () => {
    const e = await made();
    const none = await found(e, "alerts.messages", "notice", /there is no channel, so nobody is told/);
    assert.match(none.fix, /^edgecron channel set ops --kind slack --url URL$/);
    await well(e, "alerts.channels");
    await mend(e, none);
    await found(e, "alerts.messages", "ok", /10 alert rules, told to channel 'ops'/);
    assert.match((await found(e, "alerts.channels", "notice", /no message was sent to channel 'ops' yet/)).fix, /^edgecron channel test ops$/);
    await mend(e, await found(e, "alerts.messages", "notice", /messages have no link/), "https://cron.example.com");
    await well(e, "alerts.messages");
  });

  test("channels that are disabled, alone or all of them, and rules that name them", async () => {
    const rule = (channels) => ({ name: "failing", on: "failure", channels });
    const e = await made({ channels: [webhook("on"), webhook("off", { enabled: false })], alerts: [rule(["on", "off"])] });
    await found(e, "alerts.rules", "notice", /rule 'failing' names channel 'off', which is disabled/);
    await e.apply({ version: 1, alerts: [rule(["off"])], jobs: [job("daily", "/daily", { target: "prod", alerts: [{ on: "failure", channels: ["off"] }] })] });
    await found(e, "alerts.rules", "warning", /job 'daily', in a rule of its own, names channel 'off'/);
    await mend(e, await found(e, "alerts.rules", "warning", /rule 'failing' names channel 'off'/));
    await well(e, "alerts.rules");
    await e.apply({ version: 1, channels: [webhook("on", { enabled: false }), webhook("off", { enabled: false })] });
    await found(e, "alerts.messages", "warning", /every channel is disabled/);
  });

  test("no rule; all muted, for a while and for good", async () => {
    const e = await made({ channels: [webhook("ops")] });
    const { alerts } = await e.json(["export"]);
    assert.equal(alerts, undefined, "those of a new store are not in it");
    await e.apply({ version: 1, alerts: ["backup", "certificate", "clock", "disk", "failure", "missed", "overload", "sealed", "secret_age", "store"].map((on) => (
      { name: { failure: "failing", secret_age: "secret-age" }[on] ?? on, on, enabled: false })) });
    await mend(e, await found(e, "alerts.messages", "warning", /no alert rule is enabled/));
    await found(e, "alerts.messages", "ok", /1 alert rule, told to/);
    await e.createToken("tests", "operate");
    await e.serve();
    for (const [until_, severity, words] of [[null, "warning", /all alerts are muted until somebody ends that/], ["2036-11-22T09:00:00Z", "notice", /all alerts are muted until 2036-11-22T09:00:00Z/]]) {
      assert.equal((await e.api("/api/v1/mutes/all/all", { method: "PUT", body: JSON.stringify({ until: until_ }) })).status, 200);
      await mend(e, await found(e, "alerts.messages", severity, words));
      assert.ok((await findings(e, "alerts.messages")).every((i) => !/muted/.test(i.what)));
    }
    await e.stop();
  });

  test("a secret that is not set, and one channel that needs none", async () => {
    const e = await made({ channels: [webhook("ops", { url: `${url}/{{secret.OPS}}` })] });
    const missing = await found(e, "alerts.channels", "problem", /channel 'ops' names secret 'OPS', which is not set/);
    assert.equal(missing.fix, "edgecron secret set OPS");
    await found(e, "alerts.messages", "notice", /every channel needs a secret, so a server that is sealed could tell nobody/);
    await mend(e, missing);
    assert.ok((await findings(e, "alerts.channels")).every((i) => i.severity === "notice"));
    assert.deepEqual((await findings(e, "secrets.unused")).map((i) => i.severity), ["ok"]);
    await e.apply({ version: 1, channels: [webhook("plain")] });
    assert.ok((await findings(e, "alerts.messages")).every((i) => !/sealed/.test(i.what)));
  });

  test("the heartbeat: none, with a secret that is not set, and sent", async () => {
    const e = await made();
    await mend(e, await found(e, "alerts.heartbeat", "notice", /no heartbeat is sent/), `${url}/beat`);
    await found(e, "alerts.heartbeat", "ok", /a heartbeat is sent every 60 s/);
    await e.ok(["settings", "set", "--heartbeat-url", `${url}/{{secret.BEAT}}`]);
    await mend(e, await found(e, "alerts.heartbeat", "problem", /the heartbeat names secret 'BEAT', which is not set/));
    await found(e, "alerts.heartbeat", "ok", /a heartbeat is sent every/);
    await e.createToken("tests", "admin");
    await e.serve(["--allow-private=127.0.0.0/8"]);
    const beat = async (severity, words) => until(`a heartbeat: ${words}`, async () => {
      const { items } = (await e.api("/api/v1/doctor?offline=true")).body;
      return items.some((i) => i.check === "alerts.heartbeat" && i.severity === severity && words.test(i.what));
    });
    await beat("ok", /a heartbeat was taken at/);
    assert.ok((await e.api("/api/v1/status")).body.heartbeat_last_at);
    await e.ok(["settings", "set", "--heartbeat-url", `${url}/gone`]);
    await beat("warning", /heartbeats are not taken since .*: .*410/);
    assert.ok((await e.api("/api/v1/status")).body.heartbeat_failing_since);
    await e.stop();
  });

  test("a channel for which as much waits as may: what comes is not told there", async () => {
    const e = await made({ channels: [webhook("ops")] });
    const fill = (n) => execFileSync("sqlite3", [join(e.dir, "edgecron.db"), `WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < ${n})
      INSERT INTO runs (id, job, trigger, scheduled_for, created_at, state) SELECT randomblob(16), 'alert:ops', 'alert', i, i, 'queued' FROM n`]);
    fill(499);
    assert.ok((await findings(e, "alerts.channels")).every((i) => i.severity === "notice"));
    fill(1);
    const { why, fix } = await found(e, "alerts.channels", "problem", /500 messages to channel 'ops' wait, which is all there may be/);
    assert.match(why, /not told there/);
    await mend(e, { fix });
  });

  test("a channel that fails: since when, why, and how to try it; and when it works again", async () => {
    const e = await made({ channels: [webhook("ops", { url: `${url}/gone` })] });
    await e.createToken("tests", "admin");
    await e.serve();
    const sent = async () => {
      const { id } = (await e.api("/api/v1/channels/ops/test", { method: "POST" })).body;
      return until("its end", async () => FINAL.includes((await e.run(id)).state));
    };
    await sent();
    const { why, fix } = await found(e, "alerts.channels", "problem", /1 message to channel 'ops' failed since .* ago|now/);
    assert.match(why, /410/);
    assert.equal(fix, "edgecron channel test ops");
    await found(e, "jobs.outcomes", "ok", /^runs of the last 24 hours: none$/);
    await found(e, "jobs.outcomes", "ok", /^messages of the last 24 hours: 1 failed$/);
    assert.equal((await findings(e, "jobs.outcomes")).length, 2, "a channel that fails is told of once");
    await e.apply({ version: 1, channels: [webhook("ops")] });
    await sent();
    await well(e, "alerts.channels");
    await e.stop();
  });
});
