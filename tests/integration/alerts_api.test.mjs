// Watching over REST, on the real server: rules, channels and mutes made, changed and removed; races; what readers and restricted tokens see; what fires; a
// message that arrives; the apply file, there and back.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { makeAuthority } from "./harness/ca.mjs";
import { Edgecron, FINAL, LOOPBACK } from "./harness/edgecron.mjs";
import { startFaults } from "./harness/faults.mjs";
import { until } from "./harness/wait.mjs";

const KEY = "T00000000/B00000000/Zq3xW9vK2mL8tR5yB7nC4dFg";
const SLACK = `https://hooks.slack.com/services/${KEY}`;
const DEFAULTS = ["backup", "certificate", "clock", "disk", "failing", "missed", "overload", "sealed", "secret-age", "store"];
const e = new Edgecron();
const tokens = {};
const heard = []; // what came to the webhook
let faults, hook, url;

/** One request with a JSON body: { status, headers, body }. */
const ask = (method, path, body, { headers = {}, token = tokens.admin } = {}) =>
  e.api(`/api/v1/${path}`, { method, token, headers: { "content-type": "application/json", ...headers }, body: body === undefined ? undefined : JSON.stringify(body) });
async function must(status, ...args) {
  const r = await ask(...args);
  assert.equal(r.status, status, `${args[0]} ${args[1]}: ${JSON.stringify(r.body)}`);
  return r;
}
const get = async (path, token) => (await must(200, "GET", path, undefined, { token: token ?? tokens.admin })).body;
const refused = async (status, code, pointer, words, ...args) => {
  const { body } = await must(status, ...args);
  assert.deepEqual([body.code, body.pointer], [code, pointer], JSON.stringify(body));
  assert.match(body.detail, words);
};
const isOver = (id) => until(`the end of ${id}`, async () => {
  const run = await get(`runs/${id}`);
  return FINAL.includes(run.state) && run;
});
const job = (path, more = {}) => ({ schedule: "0 0 1 1 *", target: "faults", request: { url: path }, retry: { max_attempts: 1 }, ...more });
const webhook = (more = {}) => ({ kind: "webhook", url: `${url}/hook`, allow_private: LOOPBACK, ...more });
const figure = async (line) => (await e.api("/metrics", { token: tokens.read })).body.split("\n").includes(line);
const codes = (r) => r.body.warnings.map((w) => [w.code, w.pointer]);

before(async () => {
  faults = await startFaults();
  hook = createServer((q, p) => {
    const parts = [];
    q.on("data", (d) => parts.push(d)).on("end", () => {
      heard.push({ path: q.url, headers: q.headers, text: Buffer.concat(parts).toString() });
      p.writeHead(q.url.includes("gone") ? 410 : 200).end("ok");
    });
  });
  await new Promise((resolve) => hook.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${hook.address().port}`;
  for (const scope of ["read", "operate", "admin"]) tokens[scope] = await e.createToken(`of-${scope}`, scope);
  await e.serve();
  await must(201, "PUT", "targets/faults", { base_url: faults.url, allow_private: LOOPBACK });
  tokens.tagged = (await must(201, "POST", "tokens", { name: "tagged", scope: "operate", tags: ["mine"] })).body.token;
  await must(200, "PATCH", "settings", { alert_group_s: 0 });
});
after(async () => {
  await e.stop();
  await faults.close();
  hook.closeAllConnections();
  await new Promise((resolve) => hook.close(resolve));
});

describe("rules", () => {
  test("a new store has them, without a channel to tell anybody", async () => {
    const { items, next_cursor } = await get("alerts");
    assert.deepEqual(items.map((r) => r.name), DEFAULTS);
    assert.equal(next_cursor, null);
    assert.ok(items.every((r) => r.enabled && r.channels.length === 0 && r.status.firing === 0 && !r.status.muted));
    assert.deepEqual((await get("channels")).items, []);
    assert.deepEqual((await get("mutes")).items, []);
  });

  test("made, shown, replaced, patched, removed; each with its revision", async () => {
    const made = await must(201, "POST", "alerts", { name: "slow", on: "duration", over_ms: 60000 });
    assert.equal(made.headers.get("location"), "/api/v1/alerts/slow");
    assert.equal(made.headers.get("etag"), '"1"');
    assert.deepEqual(codes(made), [["no_channel", undefined]]);
    const got = await must(200, "GET", "alerts/slow");
    const { warnings: _, ...form } = made.body;
    assert.deepEqual(got.body, form);
    const put = await must(200, "PUT", "alerts/slow", { ...got.body, description: "changed" }, { headers: { "if-match": got.headers.get("etag") } });
    assert.deepEqual([put.body.description, put.body.over_ms, put.body.status.revision], ["changed", 60000, 2]);
    const patched = await must(200, "PATCH", "alerts/slow", { over_ms: 70000, repeat_s: 3600 });
    assert.deepEqual([patched.body.over_ms, patched.body.repeat_s, patched.headers.get("etag")], [70000, 3600, '"3"']);
    assert.equal((await e.api("/api/v1/alerts/slow", { token: tokens.read, headers: { "if-none-match": '"3"' } })).status, 304);
    await must(412, "DELETE", "alerts/slow", undefined, { headers: { "if-match": '"2"' } });
    await must(204, "DELETE", "alerts/slow", undefined, { headers: { "if-match": '"3"' } });
    await must(404, "DELETE", "alerts/slow");
    await must(404, "GET", "alerts/slow");
    await must(404, "PATCH", "alerts/slow", { over_ms: 1 });
  });

  test("of many writers that read the same revision, one wins; of many makers, one makes", async () => {
    const form = { on: "failure", after: 5 };
    let etag = (await must(201, "PUT", "alerts/contested", form)).headers.get("etag");
    for (let round = 0; round < 4; round++) {
      const all = await Promise.all(Array.from({ length: 12 }, (_, i) => ask("PATCH", "alerts/contested", { description: `${round}-${i}` }, { headers: { "if-match": etag } })));
      const won = all.filter((r) => r.status === 200);
      assert.equal(won.length, 1);
      assert.ok(all.every((r) => r === won[0] || (r.status === 412 && r.headers.get("etag") === won[0].headers.get("etag"))));
      etag = won[0].headers.get("etag");
    }
    const made = await Promise.all(Array.from({ length: 12 }, () => ask("PUT", "alerts/once", form, { headers: { "if-none-match": "*" } })));
    assert.deepEqual(made.map((r) => r.status).sort(), [201, ...Array(11).fill(412)]);
    const posted = await Promise.all(Array.from({ length: 12 }, () => ask("POST", "alerts", { name: "posted", ...form })));
    assert.deepEqual(posted.map((r) => r.status).sort(), [201, ...Array(11).fill(409)]);
    const key = { headers: { "idempotency-key": randomUUID() } };
    const again = await Promise.all(Array.from({ length: 6 }, () => ask("POST", "alerts", { name: "keyed", ...form }, key)));
    assert.deepEqual(again.map((r) => r.status), Array(6).fill(201));
    for (const name of ["contested", "once", "posted", "keyed"]) await must(204, "DELETE", `alerts/${name}`);
  });

  test("a dry run checks all, answers what would be, and changes nothing", async () => {
    const before = await get("alerts");
    const would = await must(200, "PUT", "alerts/typed?dry_run=true", { on: "metric", metric: "followups_failed > 0", jobs: [] });
    assert.deepEqual([would.body.metric, would.body.status.revision], ["followups_failed > 0", 1]);
    const changed = await must(200, "PUT", "alerts/failing?dry_run=true", { on: "failure", after: 9 });
    assert.deepEqual([changed.body.after, changed.body.status.revision], [9, 2]);
    await refused(422, "invalid", "/jobs/0", /nobody/, "PUT", "alerts/typed?dry_run=true", { on: "failure", jobs: ["nobody"] });
    await refused(422, "invalid", "/channels/0", /nowhere/, "PUT", "alerts/typed?dry_run=true", { on: "failure", channels: ["nowhere"] });
    await refused(422, "invalid", "/metric", /metric/, "PUT", "alerts/typed?dry_run=true", { on: "metric", metric: "much" });
    assert.deepEqual(await get("alerts"), before);
  });

  test("what does not fit is refused by name, and nothing changes", async () => {
    const wrong = [[{ on: "failure", over_ms: 5 }, "/over_ms"], [{ on: "lateness" }, "/over_ms"], [{ on: "failure", after: 0 }, "/after"], [{ on: "failure", after: 1.5 }, "/after"],
      [{ on: "nothing" }, "/on"], [{}, "/on"], [{ on: "disk", jobs: ["x"] }, "/jobs"], [{ on: "failure", repeat_s: 1 }, "/repeat_s"], [{ on: "failure", tags: ["Ü"] }, "/tags/0"],
      [{ on: "failure", channels: "ops" }, "/channels"], [{ on: "failure", unknown: 1 }, "/unknown"], [{ on: "failure", name: "other" }, "/name"],
      [{ on: "failure", jobs: Array.from({ length: 101 }, (_, i) => `j${i}`) }, "/jobs"], [{ on: "failure", description: "x".repeat(1001) }, "/description"], [{ on: "metric", metric: "a > 1e999" }, "/metric"]];
    for (const [form, pointer] of wrong) {
      const { body } = await must(422, "PUT", "alerts/wrong", form);
      assert.deepEqual([body.code, body.pointer], ["invalid", pointer], JSON.stringify([form, body]));
    }
    for (const body of ["[]", "null", "{", '{"on":"failure","on":"failure"}', `{"on":${"[".repeat(40)}${"]".repeat(40)}}`, '{"on":"\\ud800"}'])
      assert.equal((await e.api("/api/v1/alerts/wrong", { method: "PUT", token: tokens.admin, body })).status, 400, body);
    assert.equal((await e.api("/api/v1/alerts/wrong", { method: "PUT", token: tokens.admin, body: `{"description":"${"x".repeat(1_100_000)}"}` })).status, 413);
    await must(404, "GET", "alerts/wrong");
    await must(422, "PUT", "alerts/Wrong", { on: "failure" });
  });

  test("200 there may be, and no more", async () => {
    const n = 200 - DEFAULTS.length, names = Array.from({ length: n }, (_, i) => `many-${i}`);
    await must(200, "POST", "apply", { version: 1, alerts: names.map((name) => ({ name, on: "failure" })) });
    await refused(409, "conflict", undefined, /200/, "PUT", "alerts/one-more", { on: "failure" });
    for (const name of names) await must(204, "DELETE", `alerts/${name}`);
  });

  test("a job's own are checked with the job", async () => {
    const own = (rule) => job("/ok", { alerts: [{ on: "missed" }, rule] });
    await refused(422, "invalid", "/alerts/1/after", /after/, "PUT", "jobs/own", own({ on: "failure", after: 0 }));
    await refused(422, "invalid", "/alerts/1/on", /appliance/, "PUT", "jobs/own", own({ on: "disk" }));
    await refused(422, "invalid", "/alerts/1/channels/0", /nowhere/, "PUT", "jobs/own", own({ on: "failure", channels: ["nowhere"] }));
    await refused(422, "invalid", "/alerts/1/name", /name/, "PUT", "jobs/own?dry_run=true", own({ on: "failure", name: "x" }));
    const { body } = await must(201, "PUT", "jobs/own", own({ on: "failure", after: 2, repeat_s: 3600 }));
    assert.deepEqual(body.alerts, [{ on: "missed" }, { on: "failure", after: 2, repeat_s: 3600 }]);
    assert.deepEqual(codes({ body }), [["no_channel", undefined]]);
    await must(204, "DELETE", "jobs/own");
  });
});

describe("channels", () => {
  test("each kind is made, and shown as it was made", async () => {
    await e.setSecret("SMTP_PASSWORD", "not-a-real-password-1");
    const forms = {
      slack: { kind: "slack", url: "https://hooks.slack.com/services/{{secret.SMTP_PASSWORD}}" },
      hook: webhook({ method: "PUT", headers: { "X-Team": "ops" }, body: { text: "{{alert.title}}" }, language: "fr" }),
      ntfy: { kind: "ntfy", url: "https://ntfy.sh/{{secret.SMTP_PASSWORD}}", headers: { Priority: "4" } },
      post: { kind: "email", email: { host: "smtp.example.com", username: "edgecron", password: "{{secret.SMTP_PASSWORD}}", from: "edgecron <e@example.com>", to: ["ops@example.com"] } },
    };
    for (const [name, form] of Object.entries(forms)) {
      const { body, headers } = await must(201, "PUT", `channels/${name}`, form);
      assert.deepEqual(body.warnings, [], name);
      assert.equal(headers.get("etag"), '"1"');
      for (const [member, value] of Object.entries(form)) if (member !== "email") assert.deepEqual(body[member], value, `${name}.${member}`);
      assert.deepEqual([body.status.last_sent_at, body.status.failing_since, body.status.open], [null, null, 0]);
      const { warnings: _1, ...shown } = body;
      assert.deepEqual(await get(`channels/${name}`), shown);
      const same = await must(200, "PUT", `channels/${name}`, shown);
      assert.equal(same.headers.get("etag"), '"1"');
    }
    const { email } = await get("channels/post");
    assert.deepEqual([email.port, email.security], [587, "starttls"]);
    await refused(409, "conflict", undefined, /'?channel'? '?(hook|ntfy|post|slack)/, "DELETE", "secrets/SMTP_PASSWORD");
    assert.deepEqual((await get("secrets/SMTP_PASSWORD")).used_by, { jobs: [], targets: [], channels: ["ntfy", "post", "slack"], heartbeat: false });
    for (const name of Object.keys(forms)) await must(204, "DELETE", `channels/${name}`);
  });

  test("a key that was pasted: told of, and shown to those alone who may change it", async () => {
    const made = await must(201, "PUT", "channels/pasted", { kind: "slack", url: SLACK });
    assert.deepEqual(codes(made), [["literal_credential", "/url"]]);
    assert.ok(!made.body.warnings[0].detail.includes("Zq3xW9"));
    assert.equal((await get("channels/pasted")).url, SLACK);
    for (const token of [tokens.read, tokens.operate]) {
      assert.equal((await get("channels/pasted", token)).url, "https://hooks.slack.com/***");
      const everything = await Promise.all(["channels", "export", "alerts", "status", "firing", "runs"].map((path) => get(path, token)));
      assert.ok(!JSON.stringify(everything).includes("Zq3xW9"), "a reader was shown the key");
    }
    const covered = await get("export", tokens.read);
    await refused(422, "invalid", `/channels/${covered.channels.findIndex((c) => c.name === "pasted")}/url`, /covered/, "POST", "apply", covered);
    const audit = JSON.stringify(await get("audit?resource=pasted"));
    assert.match(audit, /channel\.create/);
    assert.ok(!audit.includes("Zq3xW9"));
    const odd = await must(200, "PUT", "channels/pasted?dry_run=true",
      webhook({ url: `${url}/h/Zq3xW9vK2mL8tR5yB7nC4dFg`, headers: { "X-Api-Key": "short" }, body: { routing_key: "R0123456789", at: "{{secret.NOT_SET}}" } }));
    assert.deepEqual(codes(odd), [["literal_credential", "/url"], ["literal_credential", "/headers/X-Api-Key"], ["secret_not_set", "/body"], ["literal_credential", "/body"]]);
    await must(204, "DELETE", "channels/pasted");
  });

  test("what a kind does not have is refused, and so is a secret that is bound elsewhere", async () => {
    await e.setSecret("BOUND", "a-value-that-stays-at-home-1");
    await must(200, "PATCH", "secrets/BOUND", { targets: ["faults"] });
    const wrong = [[{ kind: "slack", url: "https://h.example/", body: "x" }, "/body"], [{ kind: "email", url: "https://h.example/" }, "/url"], [{ kind: "webhook" }, "/url"], [{ kind: "pager" }, "/kind"],
      [{ kind: "webhook", url: "ops" }, "/url"], [{ kind: "webhook", url: "https://{{secret.X}}/" }, "/url"], [{ kind: "webhook", url: "https://h.example/{{alert.nothing}}" }, "/url"],
      [{ kind: "webhook", url: "https://h.example/", headers: { "X-A": "a\nb" } }, "/headers/X-A"], [{ kind: "webhook", url: "https://h.example/", language: "de" }, "/language"],
      [{ kind: "webhook", url: "https://h.example/{{secret.BOUND}}" }, undefined], [{ kind: "webhook", url: "https://h.example/", unknown: 1 }, "/unknown"]];
    for (const [form, pointer] of wrong) {
      const { body } = await must(422, "PUT", "channels/wrong", form);
      if (pointer) assert.equal(body.pointer, pointer, JSON.stringify([form, body]));
    }
    await must(404, "GET", "channels/wrong");
    await must(422, "PUT", `channels/${"x".repeat(41)}`, webhook());
    await must(204, "DELETE", "secrets/BOUND");
  });

  test("one that rules or jobs name stays; one that is disabled is told of", async () => {
    await must(201, "PUT", "channels/named", webhook());
    await must(201, "PUT", "alerts/naming", { on: "failure", channels: ["named"] });
    await must(201, "PUT", "jobs/naming-job", job("/ok", { alerts: [{ on: "failure", channels: ["named"] }] }));
    await refused(409, "conflict", undefined, /naming.*naming-job|naming-job.*naming/, "DELETE", "channels/named");
    await must(200, "PATCH", "channels/named", { enabled: false });
    assert.deepEqual(codes(await must(200, "PUT", "alerts/naming", { on: "failure", channels: ["named"] })).filter(([c]) => c === "channel_disabled"), [["channel_disabled", "/channels/0"]]);
    const { body } = await must(200, "PATCH", "jobs/naming-job", { description: "again" });
    assert.ok(codes({ body }).some(([c, p]) => c === "channel_disabled" && p === "/alerts/0/channels/0"));
    await refused(409, "conflict", undefined, /disabled/, "POST", "channels/named/test");
    await must(204, "DELETE", "jobs/naming-job");
    await must(204, "DELETE", "alerts/naming");
    await must(204, "DELETE", "channels/named");
    await must(404, "POST", "channels/named/test");
  });
});

describe("mutes", () => {
  const LATER = "2036-11-22T09:00:00.000Z";

  test("of all, a rule, a job, a target: put, listed, shown where they hold, ended", async () => {
    await must(201, "PUT", "jobs/quiet", job("/ok"));
    for (const [place, until] of [["all/all", null], ["rule/failing", LATER], ["job/quiet", LATER], ["target/faults", null]]) {
      const { body } = await must(200, "PUT", `mutes/${place}`, { until }, { token: tokens.operate });
      assert.deepEqual(body, { scope: place.split("/")[0], name: place.split("/")[1], until });
      assert.deepEqual((await get("mutes", tokens.read)).items, [body]);
      const status = place.startsWith("rule") ? (await get("alerts/failing")).status : (await get("jobs/quiet")).status;
      assert.deepEqual([status.muted, status.muted_until], [true, until], place);
      const other = place.startsWith("all") ? null : (await get("alerts/missed")).status;
      if (other) assert.equal(other.muted, false);
      await must(204, "DELETE", `mutes/${place}`, undefined, { token: tokens.operate });
      await must(404, "DELETE", `mutes/${place}`);
      assert.equal((await get("jobs/quiet")).status.muted, false);
    }
    assert.deepEqual((await get("jobs?limit=1")).items[0].status.muted, false);
    const actions = (await get("audit?limit=20")).items.map((a) => a.action);
    assert.ok(actions.includes("alert.mute") && actions.includes("alert.unmute"));
    await must(204, "DELETE", "jobs/quiet");
  });

  test("an answer can be sent back; what cannot be muted is said", async () => {
    const { body } = await must(200, "PUT", "mutes/rule/failing", { until: LATER });
    await must(200, "PUT", "mutes/rule/failing", body);
    await must(204, "DELETE", "mutes/rule/failing");
    await refused(404, "not_found", undefined, /nobody/, "PUT", "mutes/job/nobody", { until: null });
    await refused(404, "not_found", undefined, /'all', 'rule'/, "PUT", "mutes/secret/K", { until: null });
    await refused(404, "not_found", undefined, /mutes\/all\/all/, "PUT", "mutes/all/other", { until: null });
    await refused(422, "invalid", "/until", /to come/, "PUT", "mutes/all/all", { until: "2020-01-01T00:00:00Z" });
    await refused(422, "invalid", "/until", /until/, "PUT", "mutes/all/all", { until: "soon" });
    await refused(422, "invalid", "/for", /for/, "PUT", "mutes/all/all", { for: 3600 });
    await must(403, "PUT", "mutes/all/all", { until: null }, { token: tokens.read });
    assert.deepEqual((await get("mutes")).items, []);
  });
});

describe("what happens", () => {
  before(async () => {
    await must(201, "PUT", "channels/hook", webhook({ language: "en" }));
    await must(201, "PUT", "jobs/mine", job("/status?code=500", { tags: ["mine"] }));
    await must(201, "PUT", "jobs/theirs", job("/status?code=503", { tags: ["theirs"] }));
  });

  test("a test message arrives, is a run, and is told by the channel", async () => {
    const { body: run, headers } = await must(202, "POST", "channels/hook/test", undefined, { token: tokens.operate });
    assert.deepEqual([run.job, run.trigger], ["alert:hook", "api"]);
    assert.equal(headers.get("location"), `/api/v1/runs/${run.id}`);
    const over = await isOver(run.id);
    assert.equal(over.state, "succeeded", over.message);
    const [message] = heard.splice(0);
    const said = JSON.parse(message.text);
    assert.equal(said.kind, "test");
    assert.ok(said.title && said.text);
    assert.equal(message.headers["idempotency-key"], run.id);
    assert.deepEqual((await get("runs?job=alert:hook")).items.map((r) => r.id), [run.id]);
    assert.deepEqual((await get("runs?trigger=alert")).items, []);
    assert.ok((await get("channels/hook")).status.last_sent_at);
    await must(404, "GET", `runs/${run.id}`, undefined, { token: tokens.tagged });
    assert.equal((await get("stats")).runs, 0, "messages are no runs of jobs");
    const key = { headers: { "idempotency-key": randomUUID() } };
    const twice = [await must(202, "POST", "channels/hook/test", undefined, key), await must(202, "POST", "channels/hook/test", undefined, key)];
    assert.equal(twice[0].body.id, twice[1].body.id);
    await isOver(twice[0].body.id);
    assert.equal(heard.splice(0).length, 1);
    await must(403, "POST", "channels/hook/test", undefined, { token: tokens.read });
    await must(403, "POST", "channels/hook/test", undefined, { token: tokens.tagged });
  });

  test("what fires is listed, told, counted, and seen by those whose jobs it is on", async () => {
    for (const name of ["mine", "theirs"]) await isOver((await must(202, "POST", `jobs/${name}/run`)).body.id);
    const firing = await until("both to fire and be told", async () => {
      const { items } = await get("firing");
      return items.length === 2 && items.every((x) => x.phase === "firing" && x.told_at) && items;
    });
    assert.deepEqual(firing.map((x) => [x.rule, x.on, x.target, x.count, x.muted]).sort(), Array(2).fill(["failing", "failure", "faults", 1, false]));
    assert.ok(firing[0].since >= firing[1].since, "newest first");
    const [first] = (await get("firing?limit=1")).items;
    const page = await get("firing?limit=1");
    assert.deepEqual(first, firing[0]);
    assert.deepEqual((await get(`firing?limit=1&cursor=${encodeURIComponent(page.next_cursor)}`)).items, [firing[1]]);
    for (const [query, n] of [["job=mine", 1], ["rule=failing", 2], ["rule=missed", 0], ["target=faults", 2], ["target=other", 0], ["phase=pending", 0], ["phase=firing,pending", 2]])
      assert.equal((await get(`firing?${query}`)).items.length, n, query);
    await must(422, "GET", "firing?cursor=nonsense");
    assert.deepEqual((await get("firing", tokens.tagged)).items.map((x) => x.subject), ["mine"]);
    for (const path of ["alerts", "channels", "mutes", "alerts/failing", "channels/hook"]) await must(403, "GET", path, undefined, { token: tokens.tagged });
    assert.equal((await get("jobs/mine")).status.firing, 1);
    assert.deepEqual((await get("jobs")).items.map((j) => j.status.firing), [1, 1]);
    const { status } = await get("alerts/failing");
    assert.deepEqual([status.firing, status.subjects.map((x) => x.subject).sort()], [2, ["mine", "theirs"]]);
    await until("the status to count them", async () => (await get("status")).alerts_firing === 2);
    await until("the figures to have them", () => figure("edgecron_alerts_firing 2"));
    const runs = await until("its messages to have arrived", async () => {
      const { items } = await get("runs?trigger=alert");
      return items.length > 0 && items.every((r) => r.state === "succeeded") && items;
    });
    assert.ok(runs.every((r) => r.job === "alert:hook"));
    assert.match(heard.splice(0).map((m) => m.text).join(), /mine|theirs/);
  });

  test("muted, it is shown as muted; removed with its job, it is gone", async () => {
    await must(200, "PUT", "mutes/job/mine", { until: null }, { token: tokens.operate });
    const [mine] = (await get("firing?job=mine")).items;
    assert.deepEqual([mine.muted, mine.muted_until], [true, null]);
    assert.equal((await get("firing?job=theirs")).items[0].muted, false);
    await must(204, "DELETE", "jobs/mine");
    assert.deepEqual((await get("mutes")).items, []);
    assert.deepEqual((await get("firing?job=mine")).items, []);
  });

  test("a channel that fails says so, since when and why", async () => {
    await must(201, "PUT", "channels/gone", webhook({ url: `${url}/gone/Zq3xW9vK2mL8tR5yB7nC4dFg` }));
    const { body } = await must(202, "POST", "channels/gone/test");
    const run = await isOver(body.id);
    assert.deepEqual([run.state, run.http_status], ["failed", 410]);
    const { status } = await get("channels/gone");
    assert.deepEqual([status.failed, status.run, status.last_sent_at], [1, run.id, null]);
    assert.ok(status.failing_since && status.message.includes("410"), JSON.stringify(status));
    assert.equal((await get("status")).channels_failing, 1);
    await until("the figures to have it", () => figure('edgecron_alert_messages_total{channel="gone",result="failed"} 1'));
    const again = await must(202, "POST", `runs/${run.id}/retry`);
    assert.deepEqual([again.body.job, again.body.retry_of, (await isOver(again.body.id)).http_status], ["alert:gone", run.id, 410]);
    assert.ok(JSON.stringify(run).includes("Zq3xW9"));
    assert.ok(!JSON.stringify(await get(`runs/${run.id}`, tokens.read)).includes("Zq3xW9"), "a reader was shown the key");
    await must(204, "DELETE", "channels/gone");
  });
});

describe("apply and export", () => {
  test("there and back: nothing changes here, and the same is made elsewhere", async () => {
    await must(201, "PUT", "channels/exported", webhook({ description: "elsewhere, too" }));
    await must(200, "PATCH", "alerts/failing", { after: 4, channels: ["exported"] });
    const file = await get("export");
    assert.ok(file.channels.some((c) => c.name === "exported"));
    assert.equal(file.alerts.find((r) => r.name === "failing").after, 4);
    assert.ok(!("status" in file.channels[0]) && !("status" in file.alerts[0]));
    const applied = (await must(200, "POST", "apply?prune=true", file)).body;
    assert.deepEqual(applied.changes.filter((c) => c.action !== "unchanged"), []);
    assert.deepEqual([applied.channels.unchanged, applied.alerts.unchanged], [file.channels.length, file.alerts.length]);
    const other = new Edgecron();
    await other.apply(file);
    const again = await other.json(["export"]);
    assert.deepEqual([again.channels, again.alerts], [file.channels, file.alerts]);
  });

  test("what a file does not name is left alone; with prune, what a member that is there does not name goes", async () => {
    const file = await get("export");
    const without = { ...file };
    delete without.channels;
    delete without.alerts;
    await must(200, "POST", "apply?prune=true", without);
    assert.deepEqual(await get("export"), file);
    const rules = file.alerts.filter((r) => r.name === "failing");
    const would = (await must(200, "POST", "apply?prune=true&dry_run=true", { ...file, alerts: rules })).body;
    assert.deepEqual([would.alerts.removed, would.channels.removed], [file.alerts.length - 1, 0]);
    assert.deepEqual(await get("export"), file);
    await refused(409, "conflict", undefined, /failing/, "POST", "apply?prune=true", { ...file, channels: [] });
    const done = (await must(200, "POST", "apply?prune=true", { ...file, channels: [], alerts: [{ name: "failing", on: "failure" }] })).body;
    assert.deepEqual(done.changes.filter((c) => c.kind === "channel").map((c) => c.action), Array(file.channels.length).fill("removed"));
    assert.deepEqual((await get("alerts")).items.map((r) => r.name), ["failing"]);
    await refused(422, "invalid", "/alerts/0/channels/0", /nowhere/, "POST", "apply", { version: 1, alerts: [{ name: "x", on: "failure", channels: ["nowhere"] }] });
    const warned = (await must(200, "POST", "apply?dry_run=true", { version: 1, channels: [{ name: "s", kind: "slack", url: SLACK }] })).body;
    assert.deepEqual(codes({ body: warned }), [["literal_credential", "/channels/0/url"]]);
  });
});

test("a rule on certificates looks at the server's own", async () => {
  const ca = await makeAuthority(), pair = await ca.leaf("own"); // good for 20 days
  const other = new Edgecron();
  await other.apply({ version: 1, alerts: [{ name: "certificate", on: "certificate", within_s: 2_592_000 }] });
  await other.serve(["--tls-cert", pair.cert, "--tls-key", pair.key], { ready: false });
  const sql = "SELECT subject, phase FROM watch_states WHERE rule = 'certificate'";
  await until("it to fire on nothing that has a name", () => execFileSync("sqlite3", ["-cmd", ".timeout 5000", join(other.dir, "edgecron.db"), sql], { encoding: "utf8" }).trim() === "|firing");
  await other.stop();
});
