// The stand-ins for Slack, Discord, Teams, ntfy and a webhook: what they take, what they refuse, and with which words. A server that takes anything would prove nothing.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { decodeWords, startAlertServers } from "./harness/alert_servers.mjs";

let servers;
before(async () => {
  servers = await startAlertServers({ ntfy: { token: "tk_1" } });
});
after(() => servers.close());

const long = (n) => "x".repeat(n);
const post = (url, doc, { method = "POST", headers = {} } = {}) =>
  fetch(url, { method, headers: { "content-type": "application/json", ...headers }, body: typeof doc === "string" ? doc : JSON.stringify(doc) });

// Well-formed messages, and changes that break them: [what, change or whole request, status, words of the answer].
const run = (text) => ({ type: "RichTextBlock", inlines: [{ type: "TextRun", text }] });
const CASES = {
  slack: {
    good: { text: "a &lt; b", blocks: [{ type: "header", text: { type: "plain_text", text: long(150), emoji: false } },
      { type: "section", text: { type: "plain_text", text: "*not bold* &amp;" } }, { type: "section", text: { type: "mrkdwn", text: "<https://c.example/?a&amp;b|The run>" } },
      { type: "context", elements: [{ type: "plain_text", text: "edgecron" }] }] },
    status: 200, answer: "ok",
    bad: [
      ["no text", (d) => delete d.text, 400, /no_text/],
      ["an unknown member", (d) => (d.txt = "x"), 400, /invalid_blocks/],
      ["an unknown block", (d) => d.blocks.push({ type: "headline" }), 400, /invalid_blocks/],
      ["a header that is too long", (d) => (d.blocks[0].text.text += "x"), 400, /invalid_blocks/],
      ["a header of mrkdwn", (d) => (d.blocks[0].text = { type: "mrkdwn", text: "x" }), 400, /invalid_blocks/],
      ["a section that is too long", (d) => (d.blocks[1].text.text = long(3001)), 400, /invalid_blocks/],
      ["an empty section", (d) => (d.blocks[1].text.text = ""), 400, /invalid_blocks/],
      ["51 blocks", (d) => (d.blocks = Array(51).fill({ type: "divider" })), 400, /invalid_blocks/],
      ["a mention", (d) => (d.text = "<!channel>"), 400, /invalid_payload/],
      ["a bare &", (d) => (d.blocks[1].text.text = "a & b"), 400, /invalid_payload/],
      ["a link in plain text", (d) => (d.blocks[1].text.text = "<https://x|y>"), 400, /invalid_payload/],
    ],
    other: [["/services/T0/B0/x", {}, 404, /no_service/], ["", { method: "PUT" }, 405, /./], ["", { headers: { "content-type": "text/plain" } }, 400, /invalid_payload/]],
  },
  discord: {
    good: { embeds: [{ title: long(256), description: "a \\* b", url: "https://c.example/", color: 1, timestamp: "2026-11-22T09:15:00.000Z", footer: { text: "edgecron" } }], allowed_mentions: { parse: [] } },
    status: 204, answer: "",
    bad: [
      ["mentions that are allowed", (d) => (d.allowed_mentions.parse = ["everyone"]), 400, /Invalid Form Body/],
      ["no allowed_mentions", (d) => delete d.allowed_mentions, 400, /Invalid Form Body/],
      ["an unknown member", (d) => (d.embeds[0].colour = 1), 400, /Invalid Form Body/],
      ["a title that is too long", (d) => (d.embeds[0].title += "x"), 400, /Invalid Form Body/],
      ["a description that is too long", (d) => (d.embeds[0].description = long(4097)), 400, /Invalid Form Body/],
      ["content that is too long", (d) => (d.content = long(2001)), 400, /Invalid Form Body/],
      ["too much in all", (d) => (d.embeds = [{ description: long(4096) }, { description: long(2000) }]), 400, /6000/],
      ["a colour that is none", (d) => (d.embeds[0].color = 0x1000000), 400, /Invalid Form Body/],
      ["a time that is none", (d) => (d.embeds[0].timestamp = "yesterday"), 400, /Invalid Form Body/],
      ["a link that is none", (d) => (d.embeds[0].url = "javascript:x"), 400, /Invalid Form Body/],
      ["nothing", (d) => delete d.embeds, 400, /empty message/],
      ["markup", (d) => (d.embeds[0].description = "a **b**"), 400, /markup/],
      ["everyone", (d) => (d.embeds[0].description = "@everyone"), 400, /markup/],
    ],
    other: [["/api/webhooks/1/x", {}, 404, /Unknown Webhook/], ["", { method: "PUT" }, 405, /./]],
  },
  teams: {
    good: { type: "message", attachments: [{ contentType: "application/vnd.microsoft.card.adaptive", contentUrl: null, content: {
      $schema: "http://adaptivecards.io/schemas/adaptive-card.json", type: "AdaptiveCard", version: "1.4", body: [run("*x*")], actions: [{ type: "Action.OpenUrl", title: "t", url: "https://c.example/" }] } }] },
    status: 202, answer: "",
    bad: [
      ["a message card of old", (d) => Object.assign(d, { "@type": "MessageCard" }), 400, /SchemaMismatch/],
      ["no attachments", (d) => (d.attachments = []), 400, /SchemaMismatch/],
      ["another type of content", (d) => (d.attachments[0].contentType = "application/json"), 400, /SchemaMismatch/],
      ["a version that Teams does not show", (d) => (d.attachments[0].content.version = "1.6"), 400, /SchemaMismatch/],
      ["a block of Markdown", (d) => (d.attachments[0].content.body = [{ type: "TextBlock", text: "x" }]), 400, /SchemaMismatch/],
      ["an empty line", (d) => (d.attachments[0].content.body = [run("")]), 400, /SchemaMismatch/],
      ["too much", (d) => (d.attachments[0].content.body = [run(long(20000)), run(long(9000))]), 413, /TooLarge/],
    ],
    other: [["/workflows/x/triggers/manual/paths/invoke?api-version=2016-06-01", {}, 404, /WorkflowNotFound/],
      ["/workflows/0a1b2c/triggers/manual/paths/invoke?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=other", {}, 401, /signature/]],
  },
  webhook: {
    good: { kind: "fired", on: "failure", rule: "failing", target: null, at: "2026-11-22T09:15:00.000Z", host: "h", page: null, channel: "ops", total: 1, title: "t", text: "x", link: null,
      items: [{ subject: "a", since: "2026-11-22T09:15:00.000Z", until: null, count: 1, run: null, error: "e", outcome: "dns", http_status: 0, secret: null, value: 0, limit: 0, metric: null, expires_at: null }] },
    status: 200, answer: '{"ok":true}',
    bad: [
      ["no title", (d) => delete d.title, 400, /not as agreed/],
      ["a member that nobody knows", (d) => (d.items[0].password = "x"), 400, /not as agreed/],
      ["21 items", (d) => (d.items = Array(21).fill(d.items[0])), 400, /not as agreed/],
      ["a time that is none", (d) => (d.at = "now"), 400, /not as agreed/],
    ],
    other: [["/else", {}, 404, /no such hook/], ["", { headers: { "content-type": "text/plain" } }, 400, /not as agreed/]],
  },
};

describe("services with JSON", { concurrency: false }, () => {
  for (const [kind, { good, status, answer, bad, other }] of Object.entries(CASES)) {
    test(`${kind} takes what is right`, async () => {
      const s = servers[kind], before = s.taken.length, r = await post(s.url, good);
      assert.equal(r.status, status);
      assert.equal(await r.text(), answer);
      assert.deepEqual(s.taken.at(-1).doc, good);
      assert.equal(s.taken.length, before + 1);
    });
    for (const [what, change, wanted, words] of [...bad, ["no JSON", () => "{", 400, /./]]) {
      test(`${kind} refuses ${what}`, async () => {
        const s = servers[kind], doc = structuredClone(good), before = s.taken.length;
        const r = await post(s.url, change(doc) === "{" ? "{" : doc);
        assert.equal(r.status, wanted, s.refused.at(-1)?.why);
        assert.match(await r.text(), words);
        assert.equal(s.taken.length, before);
        assert.ok(s.refused.at(-1).why);
      });
    }
    for (const [path, how, wanted, words] of other) {
      test(`${kind} refuses ${path || JSON.stringify(how)}`, async () => {
        const s = servers[kind], r = await post(path ? s.origin + path : s.url, good, how);
        assert.equal(r.status, wanted);
        assert.match(await r.text(), words);
      });
    }
  }
});

describe("ntfy", () => {
  const good = { "content-type": "text/plain;charset=UTF-8", authorization: "Bearer tk_1", title: "=?UTF-8?B?w6k=?= =?UTF-8?B?IGE=?=", priority: "high", tags: "warning", click: "https://c.example/" };
  const send = (headers, body = "message é", { method = "POST", url = servers.ntfy.url } = {}) => fetch(url, { method, headers, body });

  test("takes what is right", async () => {
    const r = await send(good), doc = await r.json();
    assert.equal(r.status, 200);
    assert.deepEqual([doc.title, doc.message, doc.event, doc.topic], ["é a", "message é", "message", servers.ntfy.key]);
  });
  const BAD = [
    ["no token", { authorization: "Bearer tk_2" }, {}, 401, /unauthorized/],
    ["another priority", { priority: "highest" }, {}, 400, /priority/],
    ["a click that is no URL", { click: "c.example" }, {}, 400, /click/],
    ["JSON", { "content-type": "application/json" }, {}, 400, /type/],
    ["a title that is no ASCII", { title: "\u00e9" }, {}, 400, /ASCII/],
    ["a word that is too long", { title: `=?UTF-8?B?${long(64)}?=` }, {}, 400, /75/],
    ["too much", {}, { body: long(4097) }, 400, /attachments/],
    ["another topic", {}, { path: "/else" }, 404, /not found/],
  ];
  for (const [what, headers, { body, path }, status, words] of BAD) {
    test(`refuses ${what}`, async () => {
      const r = await send({ ...good, ...headers }, body, path ? { url: servers.ntfy.origin + path } : {});
      assert.equal(r.status, status);
      assert.match((await r.json()).error, words);
    });
  }
  test("refuses an empty message", async () => assert.equal((await send(good, "")).status, 400));
  test("words are decoded", () => assert.equal(decodeWords("a =?UTF-8?B?w6k=?=  =?utf-8?b?w6k=?= b"), "a éé b"));
});

test("each can be told to fail, so many times", async () => {
  const { slack } = servers, before = slack.taken.length;
  slack.failNext({ status: 429, retryAfter: 7, times: 2 });
  slack.failNext({ status: 500 });
  const seen = [];
  for (let i = 0; i < 4; i++) {
    const r = await post(slack.url, CASES.slack.good);
    seen.push([r.status, r.headers.get("retry-after")]);
  }
  assert.deepEqual(seen, [[429, "7"], [429, "7"], [500, null], [200, null]]);
  assert.equal(slack.failed, 3);
  assert.equal(slack.taken.length, before + 1);
});

test("each can be told to say nothing", async () => {
  servers.teams.failNext({ hang: true });
  await assert.rejects(fetch(servers.teams.url, { method: "POST", body: "{}", signal: AbortSignal.timeout(300) }));
  assert.equal((await post(servers.teams.url, CASES.teams.good)).status, 202);
});
