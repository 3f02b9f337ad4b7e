// Secrets from their making to their end: rotated while the function still has the old key, bound to targets, told of, destroyed.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { document, Edgecron, job, target } from "./harness/edgecron.mjs";
import { until } from "./harness/wait.mjs";

const FIRST = "first-8Zx4Yw2Vu6Ts1Rq9Po3Nm7Lk5Ji0Hg";
const SECOND = "second-q3VJx0cN9mKf7LrT2wYbZ8hD5sPaG1eU";
const THIRD = "third-9f86d081884c7d659a2feaa0c55ad015";

/** A function that knows one key, and answers 401 or 403 to any other. */
class Keeper {
  seen = [];
  refuses = 401;
  refusesAfter = 0; // ms

  async start() {
    this.server = createServer((req, res) => {
      const key = req.headers["x-key"];
      this.seen.push({ path: req.url, key, run: req.headers["idempotency-key"], attempt: Number(req.headers["x-edgecron-attempt"]) });
      const status = key === this.key ? 200 : this.refuses;
      const answer = () => res.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify({ ok: status === 200, you: key }));
      setTimeout(answer, status === 200 ? 0 : this.refusesAfter);
    });
    await new Promise((done) => this.server.listen(0, "127.0.0.1", done));
    this.url = `http://127.0.0.1:${this.server.address().port}`;
  }

  of = (run) => this.seen.filter((s) => s.run === run.id);

  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }
}

const e = new Edgecron();
const keeper = new Keeper();
const other = new Keeper();
const headers = { "X-Key": "{{secret.K}}" };

const secret = async (name) => (await e.json(["secret", "list"])).items.find((s) => s.name === name);
const set = (name, input, ...flags) => e.command(["secret", "set", name, ...flags], { input });
const said = (r, code, words) => {
  assert.equal(r.code, code, r.stderr + r.stdout);
  assert.match(r.stderr + r.stdout, words);
};

before(async () => {
  await keeper.start();
  await other.start();
  await e.setSecret("K", FIRST);
  await e.apply(document([target("prod", keeper.url), target("other", other.url)], [
    job("j", { url: "/j", headers }, { target: "prod" }),
    job("once", { url: "/once", headers }, { target: "prod", delivery: "at_most_once" }),
    job("free", { url: `${other.url}/free`, headers: { "X-Free": "1" } }, {}),
  ]));
  await e.serve(["--allow-private"]);
  await e.createToken();
});
after(async () => {
  await e.stop();
  keeper.stop();
  other.stop();
});

/** No file of the data directory, nor the log, holds a value. */
function nothingHolds(...values) {
  for (const name of readdirSync(e.dir)) {
    const bytes = readFileSync(join(e.dir, name));
    for (const value of values) assert.equal(bytes.indexOf(value), -1, `${name} holds '${value.slice(0, 6)}...'`);
  }
  for (const value of values) assert.ok(!(e.server.stdout + e.server.stderr).includes(value), "the log");
}

describe("a rotation with an overlap", () => {
  test("before: one version, taken by the target", async () => {
    keeper.key = FIRST;
    assert.equal((await e.runJob("j")).attempts.length, 1);
    const k = await until("use and acceptance to be written", async () => {
      const now = await secret("K");
      return now.last_used_at && now.accepted.length && now;
    });
    assert.deepEqual(k.accepted.map((x) => [x.target, x.origin, x.version]), [["prod", null, 1]]);
    assert.deepEqual(k.used_by, { jobs: ["j", "once"], targets: [], channels: [], heartbeat: false });
    assert.equal(k.previous, null);
    assert.equal(k.rotate_every_s, 90 * 86400);
    assert.equal(k.overdue, false);
    assert.ok(Date.now() - Date.parse(k.last_used_at) < 60_000 * Number(process.env.EDGECRON_SLOW ?? 1));
  });

  test("a function that still has the old key goes on succeeding, and it is told", async () => {
    const r = await e.command(["secret", "rotate", "K", "--overlap", "2h"], { input: SECOND });
    said(r, 0, /rotated \(version 2\); version 1 stays valid until 20.*Z.*: give the function the new value before/);
    for (const refuses of [401, 403]) {
      keeper.refuses = refuses;
      const run = await e.runJob("j");
      assert.equal(run.state, "succeeded");
      assert.equal(run.attempts.length, 2, "though retry.max_attempts is 1");
      assert.deepEqual(keeper.of(run).map((s) => [s.key, s.attempt]), [[SECOND, 1], [FIRST, 2]]);
      assert.equal(run.attempts[0].http_status, refuses);
      assert.match(run.attempts[0].message, new RegExp(`\\(${refuses} with version 2 of secret 'K'; tried with version 1 of secret 'K'\\)`));
      assert.match(run.attempts[1].message, /accepted with version 1 of secret 'K', which is destroyed at 20.*Z: until then give the function version 2/);
      assert.equal(run.message, run.attempts[1].message);
      assert.equal(run.attempts[1].request.headers["X-Key"], "{{secret.K}}");
      assert.ok(!JSON.stringify(run).includes(FIRST) && !JSON.stringify(run).includes(SECOND), "both versions are redacted");
    }
  });

  test("who still takes the old version is told by list, plain and as JSON, and by the API", async () => {
    const k = await until("the version to be noted", async () => {
      const now = await secret("K");
      return now.accepted[0]?.version === 1 && Date.parse(now.accepted[0].at) >= Date.parse(now.updated_at) && now;
    });
    assert.equal(k.version, 2);
    assert.equal(k.previous.version, 1);
    const left = Date.parse(k.previous.expires_at) - Date.parse(k.updated_at);
    assert.equal(left, 2 * 3600_000);
    const list = await e.command(["secret", "list"]);
    assert.match(list.stdout, /^K +2, 1 +\d+ s +in 89 days +20\S+ +any +j, once$/m);
    assert.match(list.stderr, /function at target 'prod' still takes version 1 of 'K': give it version 2 before then/);
    const api = await e.api("/api/v1/secrets/K");
    assert.equal(api.status, 200);
    assert.deepEqual({ ...api.body, last_used_at: null }, { ...(await secret("K")), last_used_at: null });
    assert.deepEqual((await e.api("/api/v1/secrets")).body.items.map((s) => s.name), ["K"]);
  });

  test("at most once is never sent twice: the message says what was not tried", async () => {
    const run = await e.runJob("once");
    assert.equal(run.state, "failed");
    assert.equal(keeper.of(run).length, 1);
    assert.match(run.message, /with version 2 of secret 'K'; the one before, still valid, was not tried: the job is at most once/);
  });

  test("neither is accepted: two attempts, and the end", async () => {
    keeper.key = "something-else-altogether-0123456789";
    const run = await e.runJob("j");
    assert.equal(run.state, "failed");
    assert.deepEqual(keeper.of(run).map((s) => s.key), [SECOND, FIRST]);
    assert.match(run.message, /401|403/);
    assert.match(run.message, /with version 1 of secret 'K', the previous one; the present one was refused before/);
    keeper.key = FIRST;
  });

  test("other answers are not tried with the old key", async () => {
    keeper.refuses = 400;
    assert.equal(keeper.of(await e.runJob("j")).length, 1);
    keeper.refuses = 401;
  });

  test("the function gets the new key: one attempt, and nothing to tell", async () => {
    keeper.key = SECOND;
    const run = await e.runJob("j");
    assert.equal(run.attempts.length, 1);
    assert.equal(run.message, "");
    await until("the new version to be noted", async () => (await secret("K")).accepted[0].version === 2);
    assert.doesNotMatch((await e.command(["secret", "list"])).stderr, /still takes/);
  });

  test("when the overlap ends the old version is destroyed, and tried no more", async () => {
    await e.ok(["secret", "rotate", "K", "--overlap", "1s"], { input: THIRD });
    assert.equal((await secret("K")).version, 3);
    await until("the server to destroy it", () => /previous version was destroyed/.test(e.server.stderr));
    assert.equal((await secret("K")).previous, null);
    const run = await e.runJob("j");
    assert.equal(run.state, "failed");
    assert.deepEqual(keeper.of(run).map((s) => s.key), [THIRD]);
    assert.doesNotMatch(run.message, /version/);
    nothingHolds(FIRST, SECOND, THIRD);
  });

  test("--overlap 0 and set leave no old version; set says so", async () => {
    said(await e.command(["secret", "rotate", "K", "--overlap", "0"], { input: FIRST }), 0, /rotated \(version 4\); version 3 is destroyed/);
    assert.equal((await secret("K")).previous, null);
    await e.ok(["secret", "rotate", "K"], { input: SECOND });
    assert.equal((await secret("K")).previous.version, 4);
    said(await set("K", FIRST), 0, /set \(version 6\); version 5 is destroyed: 'secret rotate' lets both be valid/);
    assert.equal((await secret("K")).previous, null);
    said(await set("K", FIRST), 0, /has this value already \(version 6\)/);
    assert.equal((await e.refused(4, ["secret", "rotate", "K"], { input: FIRST })).code, "conflict");
    assert.equal((await e.refused(3, ["secret", "rotate", "NONE"], { input: FIRST })).code, "not_found");
  });

  test("a third value within the overlap: only the last two are left", async () => {
    await e.ok(["secret", "rotate", "K"], { input: SECOND });
    await e.ok(["secret", "rotate", "K"], { input: THIRD });
    keeper.key = FIRST;
    const run = await e.runJob("j");
    assert.deepEqual(keeper.of(run).map((s) => s.key), [THIRD, SECOND]);
    await e.ok(["secret", "rotate", "K", "--overlap", "0"], { input: FIRST });
  });
});

describe("a secret that is bound to targets", () => {
  test("a job or a target that would send it elsewhere is refused, at its field, with what is right", async () => {
    said(await set("K", "", "--target", "prod"), 0, /changed; it keeps its value \(version \d+\)/);
    assert.deepEqual((await secret("K")).targets, ["prod"]);
    const strays = [
      job("strays", { url: "/x", headers }, { target: "other" }),
      job("strays", { url: `${other.url}/x`, headers }),
      job("strays", { url: `${other.url}/x`, headers }, { target: "prod" }),
    ];
    for (const one of strays) {
      const problem = await e.refused(4, ["apply", e.file("strays.json", document([], [one]))]);
      assert.equal(problem.pointer, "/jobs/0/request/headers/X-Key");
      assert.match(problem.detail, /'K' is bound to target 'prod' and may not be sent to .*--target prod,(other|NAME)/);
    }
    const problem = await e.refused(4, ["target", "set", "third", "--base-url", other.url, "--header", "X-Key: {{secret.K}}"]);
    assert.equal(problem.pointer, "/headers/X-Key");
    assert.equal((await e.refused(4, ["target", "remove", "prod"])).code, "conflict");
    assert.equal((await e.json(["job", "list"])).items.some((j) => j.name === "strays"), false);
  });

  test("where it may go it goes: by path, and by an absolute URL of the same origin", async () => {
    keeper.key = FIRST;
    await e.apply(document([], [job("absolute", { url: `${keeper.url}/absolute`, headers })]));
    for (const name of ["j", "absolute"]) assert.equal((await e.runJob(name)).state, "succeeded");
  });

  test("an address that moved away is refused when it is called, and nothing is sent", async () => {
    await e.ok(["target", "set", "prod", "--base-url", keeper.url.replace("127.0.0.1", "127.0.0.2")]);
    const before = keeper.seen.length;
    const run = await e.runJob("absolute");
    assert.equal(run.outcome, "secret");
    assert.match(run.message, /'K' is bound to target 'prod' and may not be sent to 'http:\/\/127.0.0.1:\d+'/);
    assert.equal(keeper.seen.length, before);
    await e.ok(["target", "set", "prod", "--base-url", keeper.url]);
    assert.equal((await e.runJob("absolute")).state, "succeeded");
  });

  test("one whose host only the call knows is refused", async () => {
    const problem = await e.refused(4, ["job", "set", "strays", "--schedule", "@daily", "--url", "http://{{job.name}}.example/f", "--header", "X-Key: {{secret.K}}"]);
    assert.match(problem.detail, /a host that is filled in when the call is made/);
  });

  test("binding what is used elsewhere is refused and names who; 'any' takes it away", async () => {
    await set("W", "wide-8Zx4Yw2Vu6Ts1Rq9Po3Nm7Lk5Ji0Hg");
    await e.apply(document([], [job("wide", { url: "/w", headers: { "X-W": "{{secret.W}}" } }, { target: "other" })]));
    const problem = await e.refused(4, ["secret", "set", "W", "--target", "prod"], { input: "" });
    assert.match(problem.detail, /sent elsewhere by job 'wide'/);
    assert.match((await e.refused(4, ["secret", "set", "W", "--target", "none"], { input: "" })).detail, /there is no target 'none'/);
    assert.equal((await e.refused(2, ["secret", "set", "W", "--target", "any,prod"], { input: "" })).code, "usage");
    await e.ok(["secret", "set", "W", "--target", "prod,other"], { input: "" });
    assert.deepEqual((await secret("W")).targets, ["other", "prod"]);
    await e.ok(["secret", "set", "W", "--target", "any"], { input: "" });
    assert.deepEqual((await secret("W")).targets, []);
    // a value and a binding that is refused: neither is done
    const before = await secret("W");
    await e.refused(4, ["secret", "set", "W", "--target", "prod"], { input: "another-8Zx4Yw2Vu6Ts1Rq9Po3Nm7Lk5Ji" });
    assert.deepEqual(await secret("W"), before);
    await e.ok(["job", "remove", "wide"]);
  });
});

describe("values", () => {
  test("generate: base64, hex, alphanumeric, a chosen alphabet; printed once", async () => {
    const forms = [
      [[], /^[A-Za-z0-9+/]{43}=$/], [["--format", "base64url"], /^[\w-]{43}$/], [["--format", "hex"], /^[0-9a-f]{64}$/],
      [["--format", "hex", "--bytes", "16"], /^[0-9a-f]{32}$/], [["--format", "alphanumeric"], /^[A-Za-z0-9]{43}$/],
      [["--format", "alphanumeric", "--length", "50"], /^[A-Za-z0-9]{50}$/], [["--alphabet", "ab"], /^[ab]{256}$/],
    ];
    for (const [i, [flags, form]] of forms.entries()) {
      const r = await e.command(["secret", "generate", `G${i}`, ...flags]);
      assert.equal(r.code, 0, r.stderr);
      assert.match(r.stdout.trimEnd(), form);
      assert.match(r.stderr, /shown this once/);
      nothingHolds(r.stdout.trimEnd());
    }
    const made = await e.json(["secret", "rotate", "G0", "--generate", "--format", "hex"]);
    assert.match(made.value, /^[0-9a-f]{64}$/);
    assert.equal(made.version, 2);
    assert.equal(made.previous.version, 1);
    assert.deepEqual(made.warnings, []);
    assert.equal((await secret("G0")).value, undefined);
    for (const flags of [["--length", "20"], ["--alphabet", "aa"], ["--alphabet", "a"], ["--bytes", "8"], ["--format", "octal"]]) {
      assert.equal((await e.refused(2, ["secret", "generate", "BAD", ...flags])).code, "usage", flags.join(" "));
    }
    assert.equal((await e.refused(2, ["secret", "rotate", "G0", "--format", "hex"], { input: FIRST })).code, "usage");
    assert.equal(await secret("BAD"), undefined);
  });

  test("weak ones are accepted and told of, never quoted; what cannot be kept secret is refused", async () => {
    const weak = await set("WEAK", "dev-cron-key-12345");
    said(weak, 0, /set \(version 1\)/);
    assert.match(weak.stderr, /'WEAK' has fewer than 32 characters.*edgecron secret rotate WEAK --generate/);
    assert.match(weak.stderr, /'WEAK' looks like a placeholder or made up by hand/);
    assert.ok(!(weak.stderr + weak.stdout).includes("dev-cron-key"));
    const asJson = await e.json(["secret", "set", "WEAK"], { input: "changemechangemechangemechangeme" });
    assert.deepEqual(asJson.warnings.map((w) => w.code), ["made_up", "repetitive"]);
    assert.ok(asJson.warnings.every((w) => /^the value of 'WEAK' /.test(w.detail)));
    const problem = await e.refused(4, ["secret", "set", "WEAK"], { input: "12345" });
    assert.equal(problem.pointer, "/value");
    assert.match(problem.detail, /fewer than 6 characters/);
    assert.equal((await set("FINE", "q3VJx0cN9mKf7LrT2wYbZ8hD5sPaG1eU")).stderr, "");
  });

  test("without a value: kept when a field is given, else refused", async () => {
    assert.equal((await set("WEAK", "")).code, 4);
    assert.equal((await set("NEWBORN", "", "--rotate-every", "30d")).code, 4);
    await e.ok(["secret", "set", "WEAK", "--rotate-every", "30d"], { input: "" });
    assert.equal((await secret("WEAK")).rotate_every_s, 30 * 86400);
    assert.equal((await secret("WEAK")).version, 2);
    await e.ok(["secret", "set", "WEAK", "--rotate-every", "never"], { input: "" });
    assert.deepEqual([(await secret("WEAK")).rotate_every_s, (await secret("WEAK")).due_at], [null, null]);
    await e.ok(["secret", "set", "WEAK", "--rotate-every", "1s"], { input: "" });
    await until("the reminder", async () => (await secret("WEAK")).overdue);
    assert.match(await e.ok(["secret", "list"]), /^WEAK .* overdue: \d+ s /m);
    assert.match((await e.refused(2, ["secret", "set", "WEAK", "--rotate-every", "often"], { input: "" })).detail, /or never/);
  });

  test("export and log hold none of it", async () => {
    const exported = await e.ok(["export"]);
    assert.doesNotMatch(exported, /version": [2-9]|rotate_every|previous/);
    nothingHolds(FIRST, SECOND, THIRD);
  });
});

test("what a stopped server left to destroy, the next command destroys: its place in the file is overwritten", async () => {
  const PAGE = 4096;
  const zeroPages = () => {
    const bytes = readFileSync(join(e.dir, "edgecron.db"));
    let n = 0;
    for (let at = 0; at < bytes.length; at += PAGE) n += bytes.subarray(at, at + PAGE).every((b) => b === 0);
    return n;
  };
  await set("LARGE", `large-${"8Zx4Yw2Vu6Ts1Rq9Po3Nm7Lk5Ji0Hg".repeat(2000)}`);
  await e.stop();
  await e.ok(["secret", "rotate", "LARGE", "--overlap", "1s"], { input: SECOND });
  const ends = Date.parse((await secret("LARGE")).previous?.expires_at ?? 0);
  await until("the end of the overlap", () => Date.now() > ends);
  assert.equal((await secret("LARGE")).previous, null);
  const before = zeroPages();
  await e.ok(["target", "set", "other", "--max-concurrent", "10"]);
  assert.ok(zeroPages() >= before + Math.floor(60000 / PAGE) - 1, `${before} pages of zeros before, ${zeroPages()} after`);
});

test("the second try is made also when the job's next occurrence came while the first was being refused", async (t) => {
  const own = new Edgecron();
  const slow = new Keeper();
  await slow.start();
  t.after(() => (slow.stop(), own.stop()));
  [slow.key, slow.refusesAfter] = [FIRST, 1500];
  await own.setSecret("K", FIRST);
  await own.command(["secret", "rotate", "K"], { input: SECOND });
  await own.apply(document([target("slow", slow.url)], [job("tick", { url: "/tick", headers }, { target: "slow", schedule: "* * * * * *" })]));
  await own.serve();
  const run = await own.untilRun("a run that ended", ["--job", "tick"], (r) => r.state === "succeeded" || r.state === "failed");
  assert.equal(run.state, "succeeded", run.message);
  assert.equal((await own.run(run.id)).attempts.length, 2);
});
