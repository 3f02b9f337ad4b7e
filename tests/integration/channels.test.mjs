// Alerts through channels, from a job that fails to the service that takes the message: each kind, each language, once, in the form that the service wants, and with
// no secret in the history. The services are the strict ones of harness/alert_servers.mjs; e-mail has tests of its own.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { startAlertServers } from "./harness/alert_servers.mjs";
import { Edgecron, job, LOOPBACK, target } from "./harness/edgecron.mjs";
import { startFaults } from "./harness/faults.mjs";
import { until } from "./harness/wait.mjs";

const e = new Edgecron();
const NTFY_TOKEN = "tk_0123456789abcdefghijklmnopqrs";
// What the function says of itself: markup of each service, a placeholder, a header's end.
const HOSTILE = "<!channel> @everyone *b* _i_ `c` [x](https://evil.example) {{secret.SLACK_KEY}} & \"q\" \\";
const TITLES = { en: "broken is failing: HTTP 500 from faults", fr: "broken est en échec : HTTP 500 de faults", es: "broken falla: HTTP 500 de faults" };
const LANGUAGES = Object.keys(TITLES);
const KINDS = ["slack", "discord", "teams", "ntfy", "webhook"];
const plain = (name, kind, url, more = {}) => ({ name, kind, url, allow_private: LOOPBACK, ...more });
let services, faults, teller;

// The secret is the whole URL, its beginning, its end, or not there.
const urls = {
  slack: (s) => `${s.origin}/services/{{secret.SLACK_KEY}}`,
  discord: () => "{{secret.DISCORD_URL}}",
  teams: () => "{{secret.TEAMS_URL}}",
  ntfy: (s) => `${s.origin}/{{secret.NTFY_TOPIC}}`,
  webhook: (s) => `{{secret.WEBHOOK_ORIGIN}}/${s.key}`,
};
const SECRETS = () => ({
  SLACK_KEY: services.slack.key, DISCORD_URL: services.discord.url, TEAMS_URL: services.teams.url, NTFY_TOPIC: services.ntfy.key, NTFY_TOKEN, WEBHOOK_ORIGIN: services.webhook.origin,
  TELLER_URL: `${teller.origin}/hooks/v1/abcdefgh12345678?token=zyxwvuts87654321`,
});
const channels = () => KINDS.flatMap((kind) => LANGUAGES.map((language) => plain(`${kind}-${language}`, kind, urls[kind](services[kind]),
  { language, ...(kind === "ntfy" ? { headers: { Authorization: "Bearer {{secret.NTFY_TOKEN}}" } } : {}) })));

/** A server that knows no address, and says which one it was asked for. */
async function startTeller() {
  const server = createServer((req, res) => res.writeHead(404, { "content-type": "text/plain" }).end(`Cannot ${req.method} ${req.url} on http://${req.headers.host}${req.url}`));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { origin: `http://127.0.0.1:${server.address().port}`, close: () => new Promise((resolve) => (server.close(resolve), server.closeAllConnections())) };
}

const apply = (more) => e.apply({ version: 1, ...more });
const messages = (name) => e.runs("--job", `alert:${name}`);
const ended = (name, state) => until(`a message of ${name} to have ${state}`, async () => (await messages(name)).find((r) => r.state === state), { state: () => messages(name) });
const told = (kind, n) => until(`${kind} to have ${n} messages`, () => services[kind].taken.length >= n && services[kind].taken,
  { state: async () => ({ refused: services[kind].refused, runs: (await e.runs("--trigger", "alert")).map((r) => [r.job, r.state, r.message]) }) });
const textOf = {
  slack: (d) => d.blocks.filter((b) => b.type === "section").map((b) => b.text.text).join("\n"), discord: (d) => d.embeds[0].description,
  teams: (d) => d.attachments[0].content.body.map((b) => b.inlines[0].text).join("\n"), ntfy: (d) => d.message, webhook: (d) => d.text,
};
const titleOf = {
  slack: (d) => d.text, discord: (d) => d.embeds[0].title, teams: (d) => d.attachments[0].content.body[0].inlines[0].text, ntfy: (d) => d.title, webhook: (d) => d.title,
};

before(async () => {
  [services, faults, teller] = await Promise.all([startAlertServers({ ntfy: { token: NTFY_TOKEN } }), startFaults(), startTeller()]);
  for (const [name, value] of Object.entries(SECRETS())) await e.setSecret(name, value);
  await apply({
    targets: [target("faults", faults.url)],
    jobs: [job("broken", `/status?code=500&error=${encodeURIComponent(HOSTILE)}`, { target: "faults" })],
    channels: channels(), settings: { alert_group_s: 0, page_url: "https://cron.example.com" },
  });
  await e.serve();
});
after(async () => {
  await e.stop();
  await Promise.all([services, faults, teller].map((s) => s?.close()));
});

describe("a job that fails", { concurrency: false }, () => {
  let failed;
  test("is told once in each channel", async () => {
    failed = await e.runJob("broken");
    assert.equal(failed.state, "failed");
    for (const kind of KINDS) await told(kind, LANGUAGES.length);
    await until("all messages to have ended", async () => (await e.runs("--trigger", "alert")).every((r) => r.state === "succeeded"));
    assert.equal((await e.runs("--trigger", "alert")).length, KINDS.length * LANGUAGES.length);
    for (const kind of KINDS) {
      assert.deepEqual(services[kind].refused, [], kind);
      assert.equal(services[kind].taken.length, LANGUAGES.length, kind);
    }
  });
  for (const kind of KINDS) {
    test(`${kind}: the title of each language, the error as it is, the link to the run`, () => {
      const docs = services[kind].taken.map((t) => t.doc);
      assert.deepEqual(docs.map(titleOf[kind]).sort(), Object.values(TITLES).sort());
      for (const doc of docs) {
        assert.match(textOf[kind](doc), /HTTP 500|500 \(/);
        assert.ok(JSON.stringify(doc).includes(`https://cron.example.com/#/runs/${failed.id}`), JSON.stringify(doc));
      }
    });
  }
  test("no text of the function's became a template", () => {
    for (const kind of KINDS) for (const { doc } of services[kind].taken) {
      assert.ok(!JSON.stringify(doc).includes(services.slack.key));
      assert.match(JSON.stringify(doc), /secret\\*\.SLACK\\*_KEY/, kind);
    }
  });
  test("is well again: told once more", async () => {
    const before = Object.fromEntries(KINDS.map((k) => [k, services[k].taken.length]));
    await apply({ jobs: [job("broken", "/ok", { target: "faults" })] });
    assert.equal((await e.runJob("broken")).state, "succeeded");
    for (const kind of KINDS) {
      const docs = (await told(kind, before[kind] + LANGUAGES.length)).slice(before[kind]).map((t) => t.doc);
      assert.deepEqual(docs.map(titleOf[kind]).sort(), ["broken fonctionne de nouveau", "broken is well again", "broken vuelve a funcionar"]);
      assert.deepEqual(services[kind].refused, []);
    }
  });
});

describe("channels of one's own", { concurrency: false }, () => {
  test("a webhook's template is filled in, each value escaped for its place", async () => {
    const before = faults.seen.length;
    const { origin } = new URL(faults.url);
    await apply({
      jobs: [job("own", `/status?code=503&error=${encodeURIComponent('a "quoted" \\ text')}`, { target: "faults" })],
      channels: [plain("own", "webhook", `${origin}/echo?t={{alert.title}}&k={{secret.NTFY_TOPIC}}`, { method: "PUT", headers: { "X-Title": "{{alert.title}}", "X-Key": "{{secret.NTFY_TOKEN}}" },
        language: "fr", body: { text: "{{alert.title}}", error: "{{alert.error}}", key: "{{secret.NTFY_TOPIC}}", n: 1, at: ["{{now}}"] } })],
      alerts: [{ name: "own", on: "failure", jobs: ["own"], channels: ["own"] }],
    });
    await e.runJob("own");
    const title = "own est en échec : HTTP 503 de faults";
    const run = await ended("own", "succeeded"), seen = await until("the request", () => faults.seen.slice(before).find((r) => r.url.startsWith("/echo")));
    const body = JSON.parse(seen.body), url = new URL(seen.url, "http://x");
    assert.equal(seen.method, "PUT");
    assert.equal(url.searchParams.get("t"), title);
    assert.equal(url.searchParams.get("k"), services.ntfy.key);
    assert.equal(seen.headers["x-key"], NTFY_TOKEN);
    assert.equal(Buffer.from(seen.headers["x-title"], "latin1").toString(), title);
    assert.deepEqual([body.text, body.key, body.n], [title, services.ntfy.key, 1]);
    assert.match(body.error, /503.*a "quoted" \\ text/s);
    const shown = JSON.stringify(await e.run(run.id));
    assert.match(shown, /\{\{secret\.NTFY_TOPIC\}\}/);
    for (const secret of [services.ntfy.key, NTFY_TOKEN]) assert.ok(!shown.includes(secret));
  });

  test("a channel that fails is tried again, and the message arrives once", async () => {
    services.webhook.failNext({ status: 429, retryAfter: 1 });
    const before = services.webhook.taken.length;
    await apply({ jobs: [job("again", "/status?code=500", { target: "faults" })], alerts: [{ name: "again", on: "failure", jobs: ["again"], channels: ["webhook-en"] }] });
    await e.runJob("again");
    const waiting = await ended("webhook-en", "retrying");
    assert.equal(waiting.http_status, 429);
    const run = await until("the second attempt", async () => {
      const r = await e.run(waiting.id);
      return r.state === "succeeded" && r;
    }, { within: 60_000 });
    assert.deepEqual(run.attempts.map((a) => a.http_status), [429, 200]);
    assert.equal(services.webhook.taken.length, before + 1);
    assert.equal(services.webhook.taken.at(-1).doc.items[0].subject, "again");
  });

  test("what fails for good is a failed run, and no rule is told of it", async () => {
    await apply({ channels: [plain("lost", "slack", `${services.slack.origin}/services/T0/B0/unknown`, { enabled: true }), plain("teller", "webhook", "{{secret.TELLER_URL}}")],
      jobs: [job("lost", "/status?code=500", { target: "faults" })], alerts: [{ name: "lost", on: "failure", jobs: ["lost"], channels: ["lost", "teller"] }] });
    await e.runJob("lost");
    const lost = await until("the message to be tried", async () => (await messages("lost")).find((r) => r.http_status === 404));
    assert.match(lost.message, /404/);
    assert.match((await e.run(lost.id)).attempts[0].response.body, /no_service/);
    const refused = await until("the other to be tried", async () => (await messages("teller")).find((r) => r.http_status === 404));
    const shown = JSON.stringify(await e.run(refused.id));
    assert.match(shown, /\[redacted:TELLER_URL\]/);
    assert.doesNotMatch(shown, /abcdefgh12345678|zyxwvuts87654321/);
    assert.ok((await e.runs("--trigger", "alert")).every((r) => !/alert:/.test(r.body ?? "")));
  });

  test("no secret is anywhere in what is kept", async () => {
    await e.stop();
    const secrets = [services.slack.key, services.discord.key, services.teams.key, services.ntfy.key, NTFY_TOKEN, "abcdefgh12345678", "zyxwvuts87654321"];
    for (const name of readdirSync(e.dir)) {
      const bytes = readFileSync(join(e.dir, name));
      for (const s of secrets) assert.equal(bytes.indexOf(s), -1, `${s} is in ${name}`);
    }
    for (const s of secrets) assert.ok(!e.logs.includes(s), `${s} is in the log`);
  });
});
