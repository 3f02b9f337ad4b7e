// `alert` and `channel`: what is watched and who is told, as commands have it; and messages that are sent, seen from the other side.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, describe, test } from "node:test";
import { document, Edgecron, job, target } from "./harness/edgecron.mjs";
import { until } from "./harness/wait.mjs";

const RULES = ["backup", "certificate", "clock", "disk", "failing", "missed", "overload", "sealed", "secret-age", "store"];
const TOKEN = "token-of-the-channel-5f2a";

const e = new Edgecron();
/** What takes messages, and functions that jobs call. */
const peer = { seen: [], status: 200, job: 500 };
before(async () => {
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += chunk)).on("end", () => {
      if (request.url.startsWith("/job")) return response.writeHead(peer.job).end("{}");
      peer.seen.push({ method: request.method, url: request.url, headers: request.headers, body });
      response.writeHead(peer.status).end("ok");
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  peer.url = `http://127.0.0.1:${server.address().port}`;
  peer.close = () => (server.closeAllConnections(), server.close());
  await e.apply(document([target("prod", peer.url)], [
    job("nightly", "/job", { target: "prod", tags: ["mail"] }), job("hourly", "/job", { target: "prod" }),
  ]));
  await e.ok(["settings", "set", "--alert-group-s", "0"]);
});
after(async () => {
  await e.stop();
  peer.close();
});

const names = async (...args) => (await e.json(args)).items.map((x) => x.name);
const channel = (...args) => e.json(["channel", "set", ...args]);
const rule = (...args) => e.json(["alert", "set", ...args]);

describe("channel", () => {
  test("none yet: said by the list, and by what would need one", async () => {
    const r = await e.command(["channel", "list"]);
    assert.deepEqual([r.code, r.stdout], [0, ""]);
    assert.match(r.stderr, /no channel yet, so nobody is told of failures: make one with 'edgecron channel set'/);
    assert.match((await e.command(["alert", "firing"])).stderr, /^nothing fires\n$/);
    assert.match((await e.command(["alert", "list"])).stderr, /no channel that is enabled, so nobody is told/);
    assert.match((await e.refused(4, ["alert", "test"])).detail, /no channel that is enabled/);
    assert.match((await e.command(["alert", "set", "failing", "--after", "1"])).stderr, /no channel that is enabled, so nobody is told/);
  });

  test("one of each kind; fields change, the others stay", async () => {
    await e.setSecret("HOOK", TOKEN);
    const hook = await channel("hook", "--kind", "webhook", "--url", `${peer.url}/{{secret.HOOK}}`, "--allow-private=127.0.0.0/8",
      "--header", "X-Key: {{secret.HOOK}}", "--body", '{"summary": "{{alert.title}}", "kind": "{{alert.kind}}"}');
    assert.deepEqual(hook.body, { summary: "{{alert.title}}", kind: "{{alert.kind}}" });
    assert.deepEqual([hook.method, hook.language, hook.enabled, hook.allow_private], ["POST", "en", true, ["127.0.0.0/8"]]);
    const changed = await channel("hook", "--language", "fr", "--description", "the pager", "--disabled");
    assert.deepEqual([changed.language, changed.enabled, changed.body, changed.description], ["fr", false, hook.body, "the pager"]);
    assert.equal((await channel("hook", "--enabled", "--language", "en", "--header", "X-Key:")).headers["X-Key"], undefined);
    for (const kind of ["slack", "discord", "teams"]) {
      assert.equal((await channel(kind, "--kind", kind, "--url", "{{secret.HOOK}}", "--disabled")).kind, kind);
    }
    await channel("phone", "--kind", "ntfy", "--url", "https://ntfy.example/{{secret.HOOK}}", "--header", "Priority: high", "--disabled");
    assert.deepEqual(await names("channel", "list"), ["discord", "hook", "phone", "slack", "teams"]);
    const text = await e.ok(["channel", "list"]);
    assert.match(text, /^NAME +KIND +STATE +LANGUAGE +LAST SENT +TO$/m);
    assert.match(text, /^phone +ntfy +disabled +en +never +https:\/\/ntfy\.example\/\{\{secret\.HOOK\}\}$/m);
  });

  test("e-mail, its port with its security, several who get it", async () => {
    const mail = await channel("mail", "--kind", "email", "--host", "smtp.example.com", "--username", "edgecron", "--password", "{{secret.SMTP}}",
      "--from", "edgecron <edgecron@example.com>", "--to", "ops@example.com", "--to", '"Night, ops" <night@example.com>', "--disabled");
    assert.deepEqual(mail.email, { host: "smtp.example.com", port: 587, security: "starttls", username: "edgecron", password: "{{secret.SMTP}}",
      from: "edgecron <edgecron@example.com>", to: ["ops@example.com", '"Night, ops" <night@example.com>'] });
    assert.equal((await channel("mail", "--security", "tls")).email.port, 465);
    assert.equal((await channel("mail", "--port", "2525")).email.port, 2525);
    assert.equal((await channel("mail", "--security", "starttls")).email.port, 2525);
    assert.deepEqual((await channel("mail", "--to", "one@example.com")).email.to, ["one@example.com"]);
    const text = await e.ok(["channel", "show", "mail"]);
    assert.match(text, /^mail server +smtp\.example\.com:2525 \(starttls\)$/m);
    assert.match(text, /^password +\{\{secret\.SMTP\}\}$/m);
    const moved = await channel("mail", "--kind", "slack", "--url", "{{secret.HOOK}}");
    assert.deepEqual([moved.kind, moved.email], ["slack", null]);
  });

  test("from JSON, as it was shown", async () => {
    const shown = await e.json(["channel", "show", "hook"]);
    delete shown.status;
    const again = await e.json(["channel", "set", "hook2"], { input: JSON.stringify({ ...shown, name: "hook2" }) });
    assert.deepEqual([again.url, again.body], [shown.url, shown.body]);
    assert.match(await e.ok(["channel", "remove", "hook2"]), /^channel 'hook2' removed$/m);
  });

  test("a secret that is not set is told of; a key in plain, with the commands that mend it", async () => {
    assert.match((await e.command(["channel", "set", "new", "--kind", "slack", "--url", "{{secret.NOT_YET}}", "--disabled"])).stderr,
      /secret 'NOT_YET' is not set yet/);
    const plain = await e.command(["channel", "set", "new", "--url", "https://hooks.slack.com/services/T0/B0/pasted-key"]);
    assert.equal(plain.code, 0);
    assert.match(plain.stderr, /stored as it is, and was on the command line/);
    assert.match(plain.stderr, /^ {2}edgecron secret set NEW_URL$/m);
    const [mend] = plain.stderr.match(/edgecron channel set .*$/m);
    assert.equal(mend, "edgecron channel set new --url '{{secret.NEW_URL}}'");
    assert.doesNotMatch(plain.stdout + plain.stderr + (await e.ok(["channel", "list"])) + (await e.ok(["channel", "show", "new"])), /pasted-key/);
    await e.setSecret("NEW_URL", "https://hooks.slack.com/services/T0/B0/pasted-key");
    assert.equal((await e.command(["channel", "set", "new", "--url", "{{secret.NEW_URL}}"])).stderr, "");
    const mail = await e.command(["channel", "set", "new", "--kind", "email", "--host", "h.example", "--username", "u", "--password", "pasted-key",
      "--from", "a@example.com", "--to", "b@example.com"]);
    assert.match(mail.stderr, /the password is stored as it is[^]*edgecron secret set NEW_PASSWORD[^]*--password '\{\{secret\.NEW_PASSWORD\}\}'/);
    const header = await e.command(["channel", "set", "new", "--kind", "webhook", "--url", "https://x.example/", "--header", "Authorization: Bearer pasted-key"]);
    assert.match(header.stderr, /header 'Authorization' is stored as it is[^]*--header 'Authorization: \{\{secret\.NEW_KEY\}\}'/);
    assert.doesNotMatch(header.stderr + mail.stderr, /pasted-key/);
    await e.ok(["channel", "remove", "new"]);
  });

  test("refused: what is not there, what does not fit, one that is named", async () => {
    for (const verb of ["show", "remove", "test"]) assert.match((await e.refused(3, ["channel", verb, "nobody"])).detail, /nobody/);
    assert.equal((await e.refused(4, ["channel", "set", "x", "--kind", "slack"])).pointer, "/url");
    assert.equal((await e.refused(4, ["channel", "set", "x", "--kind", "email", "--url", "https://x.example/"])).pointer, "/url");
    assert.equal((await e.refused(4, ["channel", "set", "hook", "--body", "{{alert.nonsense}}"])).pointer, "/body");
    assert.match((await e.refused(4, ["channel", "test", "phone"])).detail, /'phone' is disabled.*edgecron channel set phone --enabled/);
    assert.match((await e.command(["alert", "set", "named", "--on", "missed", "--channel", "phone"])).stderr, /'phone'.*disabled|disabled.*'phone'/);
    assert.match((await e.refused(4, ["channel", "remove", "phone"])).detail, /named/);
    await e.ok(["alert", "remove", "named"]);
    assert.match(await e.ok(["channel", "remove", "phone"]), /removed/);
  });
});

describe("alert rules", () => {
  test("those of a new store", async () => {
    assert.deepEqual(await names("alert", "list"), RULES);
    const text = await e.ok(["alert", "list"]);
    assert.match(text, /^NAME +STATE +ON +WHEN +OF +AGAIN +RECOVERY +CHANNELS$/m);
    assert.match(text, /^failing +quiet +failure +a failed run +all jobs +24 h +yes +all$/m);
    assert.match(text, /^certificate +quiet +certificate +ends within 14 days/m);
    assert.match(await e.ok(["alert", "show", "failing"]), /^told again +24 h$/m);
  });

  test("every field, and what one kind of rule has is gone with a change to another", async () => {
    const set = await rule("slow", "--on", "duration", "--over", "90s", "--job", "nightly", "--job", "hourly", "--repeat", "4h", "--no-recovery", "--channel", "hook");
    assert.deepEqual([set.on, set.over_ms, set.jobs, set.repeat_s, set.recovery, set.channels],
      ["duration", 90_000, ["nightly", "hourly"], 14_400, false, ["hook"]]);
    const changed = await rule("slow", "--on", "no_success", "--over", "26h", "--job", "", "--tag", "mail", "--channel", "", "--no-recovery=false", "--repeat", "never");
    assert.deepEqual([changed.on, changed.over_ms, changed.over_s, changed.jobs, changed.tags, changed.channels, changed.recovery, changed.repeat_s],
      ["no_success", null, 93_600, [], ["mail"], [], true, 0]);
    assert.match(await e.ok(["alert", "list"]), /^slow +quiet +no_success +for more than 26 h +tag mail +never +yes +all$/m);
    const OTHERS = [
      [["--on", "failure", "--after", "3"], "after", 3], [["--on", "certificate", "--within", "30d"], "within_s", 2_592_000],
      [["--on", "disk", "--under", "2GiB"], "under_mib", 2048], [["--on", "metric", "--metric", "followups_failed > 0"], "metric", "followups_failed > 0"],
      [["--on", "lateness", "--over", "500ms"], "over_ms", 500], [["--on", "secret_age", "--over", "90d"], "over_s", 7_776_000],
    ];
    for (const [flags, field, value] of OTHERS) assert.equal((await rule(`new-${field.replace("_", "-")}`, ...flags))[field], value, flags.join(" "));
    for (const name of (await names("alert", "list")).filter((x) => x.startsWith("new-"))) await e.ok(["alert", "remove", name]);
    assert.equal((await rule("slow", "--disabled")).enabled, false);
    assert.match(await e.ok(["alert", "list"]), /^slow +disabled /m);
    const shown = await e.json(["alert", "show", "slow"]);
    delete shown.status;
    assert.equal((await e.json(["alert", "set", "slow"], { input: JSON.stringify({ ...shown, description: "as JSON" }) })).description, "as JSON");
    assert.match(await e.ok(["alert", "remove", "slow"]), /^alert 'slow' removed$/m);
  });

  test("refused: what is not there, what does not fit", async () => {
    for (const verb of ["show", "remove"]) assert.match((await e.refused(3, ["alert", verb, "nobody"])).detail, /nobody/);
    const WRONG = [
      [["--on", "failure", "--over", "1m"], "/over_ms"], [["--on", "duration"], "/over_ms"], [["--on", "metric", "--metric", "many"], "/metric"],
      [["--on", "missed", "--job", "nobody"], "/jobs/0"], [["--on", "missed", "--channel", "nobody"], "/channels/0"],
      [["--on", "disk", "--job", "nightly"], "/jobs"], [["--after", "2"], "/on"],
    ];
    for (const [flags, pointer] of WRONG) assert.equal((await e.refused(4, ["alert", "set", "wrong", ...flags])).pointer, pointer, flags.join(" "));
    assert.equal((await e.refused(2, ["alert", "set", "failing", "--enabled", "--disabled"])).code, "usage");
    assert.deepEqual((await names("alert", "list")).filter((x) => x === "wrong"), []);
  });
});

describe("mutes", () => {
  test("of all, a rule, a job, a target; for a time, until a time, and for good", async () => {
    assert.match(await e.ok(["alert", "mute", "--for", "2h"]), /^all alerts are muted until 20\d\d-.*Z$/m);
    const mute = await e.json(["alert", "mute", "--job", "nightly", "--until", "2100-01-01T00:00:00Z"]);
    assert.deepEqual(mute, { scope: "job", name: "nightly", until: "2100-01-01T00:00:00.000Z" });
    assert.deepEqual(await e.json(["alert", "mute", "--target", "prod"]), { scope: "target", name: "prod", until: null });
    await e.ok(["alert", "mute", "--rule", "failing"]);
    const text = await e.ok(["alert", "list"]);
    assert.match(text, /^failing +quiet, muted +failure /m);
    assert.match(text, /^missed +quiet, muted until 20\d\d-/m);
    assert.match(text, /^all alerts are muted until 20\d\d-.*Z$/m);
    assert.match(text, /^job 'nightly' is muted until 2100-01-01T00:00:00Z$/m);
    assert.match(text, /^target 'prod' is muted$/m);
    const shown = await e.json(["job", "show", "nightly"]);
    assert.deepEqual([shown.status.muted, shown.status.muted_until, shown.status.firing], [true, null, 0]);
    assert.match(await e.ok(["job", "show", "nightly"]), /^its alerts are +muted$/m);
    assert.equal(await e.ok(["alert", "unmute"]), "all alerts are told again\n");
    for (const place of [["--job", "nightly"], ["--target", "prod"], ["--rule", "failing"]]) {
      assert.match(await e.ok(["alert", "unmute", ...place]), / unmuted$/m);
    }
    assert.doesNotMatch(await e.ok(["alert", "list"]), /muted/);
    assert.doesNotMatch(await e.ok(["job", "show", "nightly"]), /muted/);
  });

  test("refused: what is not there, two at once, the past, two ends", async () => {
    for (const place of ["--job", "--rule", "--target"]) assert.match((await e.refused(3, ["alert", "mute", place, "nobody"])).detail, /nobody/);
    assert.match((await e.refused(2, ["alert", "mute", "--job", "nightly", "--rule", "failing"])).detail, /two things/);
    assert.match((await e.refused(2, ["alert", "mute", "--until", "2020-01-01T00:00:00Z"])).detail, /in the past/);
    assert.match((await e.refused(2, ["alert", "mute", "--until", "2100-01-01T00:00:00Z", "--for", "1h"])).detail, /contradict/);
  });
});

describe("apply", () => {
  const other = new Edgecron();
  const doc = { version: 1, targets: [], jobs: [], alerts: [{ name: "failing", on: "failure", after: 2 }],
    channels: [{ name: "ops", kind: "slack", url: "https://hooks.example/{{secret.NOT_SET}}" }],
    settings: { heartbeat_url: "https://beats.example/{{secret.NOT_SET_EITHER}}" } };

  test("tells channels, rules and the secrets that they lack; --prune removes rules that the file does not name", async () => {
    const r = await other.command(["apply", other.file("all.json", doc)]);
    assert.equal(r.code, 0, r.stderr);
    assert.match(r.stdout, /^\+ channel 'ops'$/m);
    assert.match(r.stdout, /^~ alert 'failing'\n {4}after: 1 -> 2$/m);
    assert.match(r.stdout, /; channels: 1 created, 0 updated, 0 unchanged; alerts: 0 created, 1 updated, 0 unchanged$/m);
    for (const name of ["NOT_SET", "NOT_SET_EITHER"]) assert.match(r.stderr, new RegExp(`secret '${name}' is not set yet`));
    assert.match(await other.ok(["apply", other.file("all.json", doc), "--prune"]), /^- alert 'missed'$/m);
    assert.deepEqual((await other.json(["alert", "list"])).items.map((x) => x.name), ["failing"]);
    const { channels, alerts } = JSON.parse(await other.ok(["export"]));
    assert.deepEqual([channels.map((x) => x.name), alerts.map((x) => x.name)], [["ops"], ["failing"]]);
  });

  test("a heartbeat's secret that is not set is told of", async () => {
    const r = await other.command(["settings", "set", "--heartbeat-url", "https://beats.example/{{secret.NOT_SET_AT_ALL}}"]);
    assert.match(r.stderr, /secret 'NOT_SET_AT_ALL' is not set yet.*edgecron secret set NOT_SET_AT_ALL/);
    assert.match(r.stdout, /^heartbeat to +https:\/\/beats\.example\/\{\{secret\.NOT_SET_AT_ALL\}\}$/m);
  });
});

describe("messages", () => {
  test("without a server a test waits, and that is said", async () => {
    const r = await e.command(["channel", "test", "hook"]);
    assert.equal(r.code, 0);
    assert.match(r.stdout, /^channel 'hook': run '[0-9a-f-]{36}' asked for$/m);
    assert.match(r.stderr, /no server is running on '.*': nobody sends it now, but it is kept/);
    await e.serve();
    await until("it to arrive", () => peer.seen.length === 1);
  });

  test("a test arrives with its secret, and --wait tells how it ended", async () => {
    const before = peer.seen.length;
    const sent = await e.json(["channel", "test", "hook", "--wait", "--timeout", "1m"]);
    assert.deepEqual([sent.job, sent.state, sent.http_status], ["alert:hook", "succeeded", 200]);
    assert.equal(peer.seen.length, before + 1);
    const { url, body, method } = peer.seen.at(-1);
    assert.deepEqual([method, url], ["POST", `/${TOKEN}`]);
    assert.deepEqual(Object.keys(JSON.parse(body)), ["summary", "kind"]);
    assert.equal(JSON.parse(body).kind, "test");
    assert.match(await e.ok(["channel", "test", "hook", "--wait"]), /^job +alert:hook\nstate +succeeded \(ok, HTTP 200\)$/m);
    assert.doesNotMatch(JSON.stringify(sent), new RegExp(TOKEN));
  });

  test("to all that are enabled; the exit status is 1 when one is not taken", async () => {
    await channel("second", "--kind", "webhook", "--url", `${peer.url}/second`, "--allow-private");
    const { items } = await e.json(["alert", "test", "--wait", "--timeout", "1m"]);
    assert.deepEqual(items.map((x) => [x.job, x.state]), [["alert:hook", "succeeded"], ["alert:second", "succeeded"]]);
    assert.equal((await e.json(["alert", "test", "second", "--wait"])).job, "alert:second");
    peer.status = 400;
    const failed = await e.command(["alert", "test", "second", "--wait", "--timeout", "1m", "--json"]);
    peer.status = 200;
    assert.equal(failed.code, 1, failed.stderr);
    assert.equal(JSON.parse(failed.stdout).state, "failed");
    assert.match(await e.ok(["channel", "list"]), /^second +webhook +failing /m);
    assert.match(await e.ok(["channel", "show", "second"]), /^failing +since .*: 1 message was not taken$/m);
    await e.ok(["channel", "remove", "second"]);
  });

  test("a job that fails and recovers: firing, history, and nothing of it in statistics", async () => {
    const before = peer.seen.length;
    await e.runJob("nightly");
    const state = await until("the failure to be told", async () => {
      const { items } = await e.json(["alert", "firing", "--job", "nightly"]);
      return items[0]?.told_at && items[0];
    });
    assert.deepEqual([state.rule, state.on, state.subject, state.phase, state.count, state.target], ["failing", "failure", "nightly", "firing", 1, "prod"]);
    assert.match(await e.ok(["alert", "firing"]), /^nightly +failure +failing +firing +20.*Z +1 /m);
    assert.deepEqual((await e.json(["alert", "firing", "--rule", "missed"])).items, []);
    assert.equal((await e.json(["alert", "firing", "--target", "prod"])).items.length, 1);
    assert.match(await e.ok(["alert", "show", "failing"]), /^firing +nightly since /m);
    assert.match(await e.ok(["alert", "list"]), /^failing +1 firing /m);
    assert.match(await e.ok(["job", "show", "nightly"]), /^firing +1 rule: edgecron alert firing --job nightly$/m);
    await until("the message", () => peer.seen.length > before);
    const told = JSON.parse(peer.seen.at(-1).body);
    assert.equal(told.kind, "fired");
    assert.match(told.summary, /nightly/);
    peer.job = 200;
    await e.runJob("nightly");
    await until("the recovery to be told", () => peer.seen.some((m) => JSON.parse(m.body).kind === "recovered"));
    await until("nothing to fire", async () => (await e.json(["alert", "firing"])).items.length === 0);
    const all = (await e.json(["alert", "history", "--limit", "500"])).items, sent = all.filter((r) => r.trigger === "alert");
    assert.deepEqual(sent.map((r) => r.job), Array(2).fill("alert:hook"));
    assert.ok(all.length > sent.length && all.every((r) => r.job.startsWith("alert:")), "tests are among them, and nothing but messages");
    const text = await until("both to be taken", async () => {
      const lines = (await e.ok(["alert", "history", "--limit", "500"])).trim().split("\n");
      return lines.filter((l) => / (fired|recovered) .* succeeded /.test(l)).length === 2 && lines;
    });
    assert.match(text[0], /^ID +CHANNEL +KIND +AT +STATE +TITLE$/);
    assert.ok(text.some((l) => / test .*Test message from edgecron/.test(l)), text.join("\n"));
    assert.ok(text.some((l) => l.endsWith(told.summary)), `'${told.summary}' in ${text.join("\n")}`);
    assert.deepEqual(await e.runs("--trigger", "alert"), sent);
    assert.deepEqual((await e.json(["alert", "history", "--channel", "hook", "--limit", "500"])).items, all.filter((r) => r.job === "alert:hook"));
    assert.deepEqual((await e.json(["alert", "history", "--since", "2100-01-01T00:00:00Z"])).items, []);
    assert.equal((await e.json(["stats"])).runs, 2);
  });
});
