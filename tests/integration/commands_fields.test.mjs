// Every field of a job, a target, a channel, an alert rule and the settings has a flag; what the forms say, the flags do.
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { document, Edgecron, job, target } from "./harness/edgecron.mjs";
import { until } from "./harness/wait.mjs";

const e = new Edgecron();
let schema;
before(async () => {
  await e.apply(document([target("prod", "https://x.example"), target("t", "https://y.example")], [job("j", "https://x.example/")]));
  for (const name of ["ops", "night"]) await e.ok(["channel", "set", name, "--kind", "webhook", "--url", "https://x.example/"]);
  await e.ok(["channel", "set", "mail", "--kind", "email", "--host", "smtp.example", "--from", "a@x.example", "--to", "b@x.example"]);
  await e.ok(["alert", "set", "a", "--on", "failure"]);
  schema = JSON.parse(await e.ok(["schema"]));
});

const rule = { pointer: "/ok", equals: true };
/** pointer: [flags, value that the field then has, flags that take it back, value] */
const JOB = {
  "/description": [["--description", "of the morning"], "of the morning", ["--description", ""], ""],
  "/enabled": [["--disabled"], false, ["--enabled"], true],
  "/tags": [["--tags", "a,b"], ["a", "b"], ["--tags", ""], []],
  "/schedule": [["--schedule", "0 8 * * *"], "0 8 * * *"],
  "/timezone": [["--timezone", "Asia/Tokyo"], "Asia/Tokyo"],
  "/jitter_s": [["--jitter-s", "30"], 30, ["--jitter-s", "0"], 0],
  "/starts_at": [["--starts-at", "2027-01-01T00:00:00+01:00"], "2026-12-31T23:00:00.000Z", ["--starts-at", ""], null],
  "/ends_at": [["--ends-at", "2099-01-01T00:00:00Z"], "2099-01-01T00:00:00.000Z", ["--ends-at", ""], null],
  "/target": [["--target", "prod"], "prod", ["--target", ""], null],
  "/request/method": [["--method", "PUT"], "PUT"],
  "/request/url": [["--url", "https://x.example/b"], "https://x.example/b"],
  "/request/headers": [["--header", "X-A: 1", "--header", "X-B: 2"], { "X-A": "1", "X-B": "2" }, ["--header", "x-a:"], { "X-B": "2" }],
  "/request/body": [["--body", '{"n":1}'], { n: 1 }, ["--body", ""], null],
  "/timeout_ms": [["--timeout-ms", "5000"], 5000],
  "/connect_timeout_ms": [["--connect-timeout-ms", "500"], 500],
  "/delivery": [["--delivery", "at_most_once"], "at_most_once"],
  "/retry/max_attempts": [["--max-attempts", "7"], 7],
  "/retry/initial_ms": [["--retry-initial-ms", "10"], 10],
  "/retry/multiplier": [["--retry-multiplier", "1.5"], 1.5],
  "/retry/max_ms": [["--retry-max-ms", "100"], 100],
  "/retry/max_age_s": [["--retry-max-age-s", "0"], 0],
  "/retry/past_next_occurrence": [["--retry-past-next"], true, ["--retry-past-next=false"], undefined],
  "/overlap": [["--overlap", "queue"], "queue"],
  "/catch_up/policy": [["--catch-up", "all"], "all"],
  "/catch_up/window_s": [["--catch-up-window-s", "60"], 60],
  "/success/status": [["--success-status", "2xx,404"], ["2xx", "404"]],
  "/success/json": [["--success-json", JSON.stringify([rule])], [rule], ["--success-json", "[]"], []],
  "/metrics": [["--metric", "sent: /sent", "--metric", "seen: /seen"], { sent: "/sent", seen: "/seen" }, ["--metric", "sent:"], { seen: "/seen" }],
  "/alerts": [["--alerts", '[{"on":"missed"}]'], [{ on: "missed" }], ["--alerts", "[]"], []],
};
const TARGET = {
  "/base_url": [["--base-url", "https://z.example/f"], "https://z.example/f"],
  "/headers": [["--header", "apikey: {{secret.A}}"], { apikey: "{{secret.A}}" }, ["--header", "APIKEY:"], {}],
  "/max_concurrent": [["--max-concurrent", "3"], 3],
  "/rate": [["--rate", "10/s"], "10/s", ["--rate", ""], null],
  "/ca_file": [["--ca-file", "/etc/x.pem"], "/etc/x.pem", ["--ca-file", ""], null],
  "/tls_min": [["--tls-min", "1.3"], "1.3"],
  "/health_path": [["--health-path", "/health"], "/health", ["--health-path", ""], null],
  "/allow_private": [["--allow-private", "10.0.0.0/8,127.0.0.1"], ["10.0.0.0/8", "127.0.0.1"], ["--allow-private=false"], []],
};

const CHANNEL = {
  "/description": [["--description", "whoever is awake"], "whoever is awake", ["--description", ""], ""],
  "/enabled": [["--disabled"], false, ["--enabled"], true],
  "/language": [["--language", "es"], "es"],
  "/url": [["--url", "https://x.example/b"], "https://x.example/b"],
  "/method": [["--method", "PUT"], "PUT"],
  "/headers": [["--header", "X-A: 1"], { "X-A": "1" }, ["--header", "x-a:"], {}],
  "/body": [["--body", '{"n":"{{alert.count}}"}'], { n: "{{alert.count}}" }, ["--body", ""], null],
  "/ca_file": [["--ca-file", "/etc/x.pem"], "/etc/x.pem", ["--ca-file", ""], null],
  "/allow_private": [["--allow-private", "10.0.0.0/8,127.0.0.1"], ["10.0.0.0/8", "127.0.0.1"], ["--allow-private=false"], []],
};
const MAIL = {
  "/email/host": [["--host", "mail.example"], "mail.example"],
  "/email/port": [["--port", "2525"], 2525],
  "/email/security": [["--security", "tls"], "tls"],
  "/email/username": [["--username", "u", "--password", "{{secret.P}}"], "u", ["--username", "", "--password", ""], null],
  "/email/password": [["--username", "u", "--password", "{{secret.P}}"], "{{secret.P}}"],
  "/email/from": [["--from", "Ops <c@x.example>"], "Ops <c@x.example>"],
  "/email/to": [["--to", "c@x.example", "--to", "d@x.example"], ["c@x.example", "d@x.example"]],
  "/kind": [["--kind", "slack", "--url", "https://x.example/"], "slack"],
};
const ALERT = {
  "/description": [["--description", "of all"], "of all", ["--description", ""], ""],
  "/enabled": [["--disabled"], false, ["--enabled"], true],
  "/jobs": [["--job", "j"], ["j"], ["--job", ""], []],
  "/tags": [["--tag", "x", "--tag", "y"], ["x", "y"], ["--tag", ""], []],
  "/after": [["--after", "3"], 3],
  "/repeat_s": [["--repeat", "1h"], 3600, ["--repeat", "never"], 0],
  "/recovery": [["--no-recovery"], false, ["--no-recovery=false"], true],
  "/channels": [["--channel", "ops", "--channel", "night"], ["ops", "night"], ["--channel", ""], []],
};
/** What a rule has on something else than failure. */
const LIMITS = {
  "/on": [["--on", "missed"], "missed", ["--on", "failure"], "failure"],
  "/over_ms": [["--on", "duration", "--over", "90s"], 90_000],
  "/over_s": [["--on", "no_success", "--over", "26h"], 93_600],
  "/within_s": [["--on", "certificate", "--within", "10d"], 864_000],
  "/under_mib": [["--on", "disk", "--under", "2GiB"], 2048],
  "/metric": [["--on", "metric", "--metric", "sent < 1"], "sent < 1"],
};

/** The pointers of a form's members that are no objects with members of their own. */
function leaves(name, at = "") {
  return Object.entries(schema.$defs[name].properties).flatMap(([key, p]) => {
    const to = p.$ref ?? p.anyOf?.find((one) => one.$ref)?.$ref;
    return to ? leaves(to.split("/").at(-1), `${at}/${key}`) : [`${at}/${key}`];
  });
}
const read = (doc, pointer) => pointer.split("/").slice(1).reduce((v, k) => v?.[k], doc);

const BACKUPS = { alert_group_s: 60, heartbeat_every_s: 60, heartbeat_url: null, page_url: null, backup_schedule: null, backup_keep: 7, retention_failed_days: 365, retention_bodies_days: 30, retention_runs: 100000 };
const MORE = { Channel: MAIL, Alert: LIMITS };
for (const [noun, name, form, fields] of [["job", "j", "Job", JOB], ["target", "t", "Target", TARGET], ["channel", "ops", "Channel", CHANNEL], ["alert", "a", "Alert", ALERT]]) {
  describe(`${noun} set`, () => {
    test("has a flag for every field", () => {
      assert.deepEqual(Object.keys({ ...fields, ...MORE[form] }).sort(), leaves(form).filter((p) => p !== "/name").sort());
    });

    for (const [pointer, [flags, value, undo, undone]] of Object.entries(fields)) {
      test(pointer, async () => {
        const was = await e.json([noun, "show", name]);
        const now = await e.json([noun, "set", name, ...flags]);
        assert.deepEqual(read(now, pointer), value);
        // all else stays
        for (const other of leaves(form)) if (other !== pointer) assert.deepEqual(read(now, other), read(was, other), other);
        if (undo) assert.deepEqual(read(await e.json([noun, "set", name, ...undo]), pointer), undone);
      });
    }
  });
}

describe("what depends on another field", () => {
  for (const [noun, name, fields] of [["channel", "mail", MAIL], ["alert", "a", LIMITS]])
    for (const [pointer, [flags, value, undo, undone]] of Object.entries(fields))
      test(`${noun}: ${pointer}`, async () => {
        assert.deepEqual(read(await e.json([noun, "set", name, ...flags]), pointer), value);
        assert.deepEqual(read(await e.json([noun, "show", name]), pointer), value);
        if (undo) assert.deepEqual(read(await e.json([noun, "set", name, ...undo]), pointer), undone);
      });
});

test("job show has what was set, for people", async () => {
  await e.ok(["job", "set", "shown", "--schedule", "@daily", "--url", "https://x.example/", "--tags", "a,b", "--jitter-s", "90", "--ends-at", "2099-01-01T00:00:00Z",
    "--success-status", "2xx,404", "--success-json", JSON.stringify([rule, { pointer: "/n", exists: true }]), "--metric", "sent: /sent"]);
  const text = await e.ok(["job", "show", "shown"]);
  for (const words of [/^tags +a, b$/m, /^jitter +1 min 30 s$/m, /^until +2099-01-01T00:00:00Z/m, /^success +2xx, 404\n +\/ok is true\n +\/n exists: true$/m, /^metrics +sent: \/sent$/m]) {
    assert.match(text, words);
  }
});

test("what is no JSON is refused as usage, what is no number by the field", async () => {
  assert.equal((await e.refused(2, ["job", "set", "j", "--alerts", "[nobody]"])).code, "usage");
  assert.equal((await e.refused(4, ["job", "set", "j", "--retry-multiplier", "twice"])).pointer, "/retry/multiplier");
});

test("a time zone with a slip: which is near, in job set and apply", async () => {
  const set = await e.refused(4, ["job", "set", "j", "--timezone", "Europe/Berln"]);
  assert.deepEqual([set.pointer, /did you mean 'Europe\/Berlin'/.test(set.detail)], ["/timezone", true]);
  const applied = await e.refused(4, ["apply", "-"], { input: JSON.stringify(document([], [job("a", "https://x.example/"), job("b", "https://x.example/", { timezone: "Amerika/New_York" })])) });
  assert.deepEqual([applied.pointer, /did you mean 'America\/New_York'/.test(applied.detail)], ["/jobs/1/timezone", true]);
});

describe("settings", () => {
  test("show and set, one at a time", async () => {
    const other = new Edgecron();
    await other.apply(document([], []));
    assert.deepEqual(await other.json(["settings", "show"]), { paused: false, retention_days: 90, ...BACKUPS });
    assert.deepEqual(Object.keys(await other.json(["settings", "show"])).sort(), leaves("Settings").map((p) => p.slice(1)).sort());
    assert.deepEqual(await other.json(["settings", "set", "--paused", "true"]), { paused: true, retention_days: 90, ...BACKUPS });
    assert.deepEqual(await other.json(["settings", "set", "--retention-days", "7"]), { paused: true, retention_days: 7, ...BACKUPS });
    assert.match(await other.ok(["settings", "show"]), /paused +true: no schedule makes a run\nhistory kept for +7 days\n/);
    assert.equal((await other.command(["settings", "set"])).code, 2);
    assert.equal((await other.command(["settings", "set", "--paused", "perhaps"])).code, 2);
    assert.equal((await other.command(["settings", "set", "--retention-days", "0"])).code, 2);
  });

  test("a running server takes the pause up", async () => {
    await e.serve();
    const status = async () => (await e.json(["job", "show", "j"])).status;
    await e.ok(["settings", "set", "--paused", "true"]);
    await until("the pause", () => /everything is paused/.test(e.server.stderr));
    assert.equal((await status()).next_at, null);
    await e.ok(["settings", "set", "--paused", "false"]);
    await until("its end", () => /nothing is paused any more/.test(e.server.stderr));
    await e.stop();
  });
});

test("secret show: all but the value", async () => {
  const value = "s3cr3t-value-of-32-characters-000";
  await e.ok(["secret", "set", "SHOWN", "--target", "prod"], { input: value });
  await e.ok(["job", "set", "j", "--target", "prod", "--url", "/x", "--header", "X-Key: {{secret.SHOWN}}"]);
  await e.ok(["secret", "rotate", "SHOWN", "--generate"]);
  const text = await e.ok(["secret", "show", "SHOWN"]);
  for (const words of [/^secret +SHOWN$/m, /^version +2, since/m, /^before it +1, valid beside it until/m, /^may go to +target prod$/m, /^used by +job j$/m]) assert.match(text, words);
  const shown = await e.json(["secret", "show", "SHOWN"]);
  assert.deepEqual(shown, (await e.json(["secret", "list"])).items.find((s) => s.name === "SHOWN"));
  assert.ok(!(text + JSON.stringify(shown)).includes(value));
  assert.equal((await e.command(["secret", "show", "NOBODY"])).code, 3);
});
