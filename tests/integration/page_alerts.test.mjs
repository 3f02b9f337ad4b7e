// The forms of channels and alert rules without a browser: JSON there and back, and which of what is pasted becomes a secret.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { KINDS, fromChannel, hides, pasted, toChannel, whole } from "../../web/screens/channel_values.js";
import { LIMITS, OF_JOBS, ONS, fromRule, toRule, turned } from "../../web/screens/rule_values.js";
import texts from "../../web/text/rules.js";

const channel = (more = {}) => ({
  name: "ops", description: "The team", enabled: true, kind: "slack", language: "fr", url: "https://hooks.slack.com/services/{{secret.OPS_SLACK}}", method: "POST", headers: {}, body: null, email: null,
  ca_file: null, allow_private: [], ...more,
});
const email = { host: "smtp.example.com", port: 465, security: "tls", username: "edgecron", password: "{{secret.SMTP}}", from: "edgecron <e@example.com>", to: ["a@example.com", "b@example.com"] };

describe("a channel there and back", () => {
  const kinds = {
    slack: {}, discord: { url: "https://discord.com/api/webhooks/1/{{secret.D}}" }, teams: { url: "{{secret.TEAMS}}", enabled: false }, ntfy: { url: "https://ntfy.sh/{{secret.T}}", headers: { Tags: "clock" } },
    email: { url: null, email }, webhook: { url: "http://127.0.0.1:9/hook", method: "PUT", headers: { A: "b" }, body: { text: "{{alert.title}}", deep: [1, null] }, allow_private: ["127.0.0.0/8"], ca_file: "/etc/ca.pem" },
  };
  assert.deepEqual(Object.keys(kinds).sort(), Object.keys(KINDS).sort());
  for (const [kind, more] of Object.entries(kinds)) test(kind, () => assert.deepEqual(toChannel(fromChannel(channel({ kind, ...more }), "en")), channel({ kind, ...more })));
  test("what the server adds is left out, and its revision is the ETag", () => {
    const v = fromChannel({ ...channel(), status: { revision: 7 }, warnings: [] }, "en");
    assert.equal(v.etag, '"7"');
    assert.deepEqual(toChannel(v), channel());
  });
  test("mail without a user has no password; without one is no empty text", () => {
    const open = { ...email, security: "none", port: 25, username: null, password: null };
    assert.deepEqual(toChannel(fromChannel(channel({ kind: "email", url: null, email: open }), "en")).email, open);
  });
  test("a body of text stays text, and what is no number goes as it was typed", () => {
    assert.equal(toChannel(fromChannel(channel({ kind: "webhook", body: "{{alert.text}}" }), "en")).body, "{{alert.text}}");
    assert.equal(toChannel({ ...fromChannel(channel({ kind: "email", url: null, email }), "en"), port: "many" }).email.port, "many");
  });
});

describe("a new channel", () => {
  const v = (more) => ({ ...fromChannel({}, "es"), ...more });
  test("asks the server nothing before there is an address, and is in the reader's language", () => {
    assert.ok(!whole(v({})));
    assert.ok(whole(v({ value: "https://hooks.slack.com/services/x" })));
    assert.ok(!whole(v({ kind: "email", host: "h", from: "a@example.com" })));
    assert.equal(v({}).language, "es");
  });
  const URL = "https://hooks.slack.com/services/T0/B0/abcdefgh";
  test("what is pasted is kept as a secret: of Slack, Discord, Teams and a mail server; of others if wanted", () => {
    assert.deepEqual(["slack", "discord", "teams", "email", "webhook", "ntfy"].map((kind) => hides(v({ kind }))), [true, true, true, true, false, false]);
    assert.deepEqual(pasted(v({ value: URL })), { field: "url", value: URL, name: "ALERTS_SLACK" });
    assert.deepEqual(pasted(v({ name: "équipe-7", value: URL })), { field: "url", value: URL, name: "_QUIPE_7_SLACK" });
    assert.deepEqual(pasted(v({ name: "7ops", value: URL })).name, "_7OPS_SLACK");
    assert.deepEqual(pasted(v({ kind: "email", name: "mail", password: "p" })), { field: "pass", value: "p", name: "MAIL_PASSWORD" });
    assert.equal(pasted(v({ kind: "webhook", value: URL })), null);
    assert.equal(pasted(v({ kind: "webhook", value: URL, hide: true, name: "hook" })).name, "HOOK_WEBHOOK");
    assert.equal(pasted(v({ value: URL, hide: false })), null, "the reader said no");
  });
  test("a name that is taken is left alone; a template is no value", () => {
    assert.equal(pasted(v({ value: URL }), ["ALERTS_SLACK", "ALERTS_SLACK_2"]).name, "ALERTS_SLACK_3");
    assert.equal(pasted(v({ value: "https://hooks.slack.com/{{secret.X}}" })), null);
    assert.equal(pasted(v({})), null);
  });
  test("another value of the secret that the channel names whole goes there", () => {
    const old = { ...fromChannel(channel({ kind: "teams", url: "{{secret.TEAMS_URL}}" }), "en"), url: "", value: URL };
    assert.equal(pasted(old, ["TEAMS_URL"]).name, "TEAMS_URL");
    assert.equal(pasted({ ...fromChannel(channel(), "en"), url: "", value: URL }, ["OPS_SLACK"]).name, "OPS_SLACK_2", "it was but a part of the address");
  });
  test("as long as it is not saved, the server sees what was typed", () => assert.equal(toChannel(v({ value: ` ${URL} ` })).url, URL));
});

const rule = (on, more = {}) => ({
  name: "r", description: "", enabled: true, on, jobs: [], tags: [], after: null, over_ms: null, over_s: null, within_s: null, under_mib: null, metric: null, repeat_s: 86400, recovery: true, channels: [], ...more,
});
describe("a rule there and back", () => {
  const LIMIT = { failure: { after: 3 }, lateness: { over_ms: 60000 }, duration: { over_ms: 1500 }, metric: { metric: "followups_failed > 0" }, no_success: { over_s: 7200 }, secret_age: { over_s: 0 },
    certificate: { within_s: 86400 }, disk: { under_mib: 100 } };
  for (const on of ONS) test(on, () => assert.deepEqual(toRule(fromRule(rule(on, LIMIT[on]))), rule(on, LIMIT[on])));
  test("with all that it may have", () => {
    const all = rule("failure", { after: 2, jobs: ["a", "b"], tags: ["t"], channels: ["ops"], repeat_s: 61, recovery: false, enabled: false, description: "d" });
    assert.deepEqual(toRule(fromRule({ ...all, status: { revision: 2, firing: 0 } })), all);
  });
  test("of a job's own: without name, jobs and tags", () => {
    const { name, description, jobs, tags, ...own } = rule("duration", { over_ms: 5 });
    assert.deepEqual(toRule(fromRule(own), true), own);
  });
  test("the age of a secret may be left to each secret", () => assert.equal(toRule({ ...fromRule(rule("secret_age")), over_s: "" }).over_s, null));
  test("another kind has its own limit, with a value to begin with, and none of the last one's", () => {
    const v = { ...fromRule(rule("failure", { after: 5 })), ...turned("certificate") };
    assert.deepEqual(toRule(v), rule("certificate", { within_s: 1209600 }));
    assert.equal(toRule({ ...v, ...turned("failure") }).after, 1);
  });
  test("what is no number goes as it was typed: the server says what is wrong", () => assert.equal(toRule({ ...fromRule(rule("disk")), under_mib: "much" }).under_mib, "much"));
});

test("every kind has its words, and every limit its label", () => {
  assert.equal(OF_JOBS.join(), "failure,missed,lateness,duration,metric,no_success");
  for (const on of ONS) for (const key of [`on.${on}`, `when.${on}`]) assert.ok(texts[key], key);
  for (const [limit] of Object.values(LIMITS)) if (limit) assert.ok(texts[`limit.${limit}`], limit);
  for (const kind of Object.keys(KINDS)) assert.ok(kind === "email" || texts[`hook.${kind}`], kind);
});
