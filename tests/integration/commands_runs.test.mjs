// `run list`: every filter, and --watch.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { BINARY, document, Edgecron, job, target } from "./harness/edgecron.mjs";
import { startFaults } from "./harness/faults.mjs";
import { run, start } from "./harness/process.mjs";
import { until } from "./harness/wait.mjs";

const e = new Edgecron();
let server;

before(async () => {
  server = await startFaults();
  await e.apply(document([target("faults", server.url), target("other", server.url)], [
    job("good", "/ok", { target: "faults", tags: ["morning", "both"] }),
    job("bad", "/status?code=500", { target: "other", tags: ["evening", "both"], retry: { max_attempts: 1 } }),
    job("late", "/slow?ms=30000", { target: "other", timeout_ms: 300, retry: { max_attempts: 1 } }),
  ]));
  await e.serve();
  for (const name of ["good", "bad", "late", "good"]) await e.runJob(name);
});
after(async () => {
  await e.stop();
  await server.close();
});

const names = async (...flags) => (await e.json(["run", "list", ...flags])).items.map((r) => r.job);

describe("filters", () => {
  const FILTERS = [
    [[], ["good", "late", "bad", "good"]],
    [["--oldest"], ["good", "bad", "late", "good"]],
    [["--job", "good"], ["good", "good"]],
    [["--target", "other"], ["late", "bad"]],
    [["--tag", "both"], ["good", "bad", "good"]],
    [["--tag", "evening"], ["bad"]],
    [["--state", "succeeded"], ["good", "good"]],
    [["--state", "succeeded", "--state", "failed"], ["good", "late", "bad", "good"]],
    [["--state", "canceled"], []],
    [["--outcome", "timeout"], ["late"]],
    [["--outcome", "timeout", "--outcome", "http_status"], ["late", "bad"]],
    [["--outcome", "ok"], ["good", "good"]],
    [["--text", "500"], ["bad"]],
    [["--text", "no such words"], []],
    [["--since", "1h", "--limit", "2"], ["good", "late"]],
    [["--until", "1h"], []],
    [["--trigger", "manual"], ["good", "late", "bad", "good"]],
    [["--trigger", "schedule", "--trigger", "alert"], []],
    [["--since", "1h", "--until", "2100-01-01T00:00:00Z", "--target", "other", "--state", "failed", "--outcome", "http_status"], ["bad"]],
  ];
  for (const [flags, wanted] of FILTERS) test(flags.join(" ") || "none", async () => assert.deepEqual(await names(...flags), wanted));

  test("--job and --target of what is not there find nothing", async () => {
    for (const flags of [["--job", "nobody"], ["--target", "nowhere"], ["--tag", "none"]]) assert.deepEqual(await names(...flags), [], flags);
  });

  test("pages, newest and oldest first", async () => {
    for (const order of [[], ["--oldest"]]) {
      const first = await e.json(["run", "list", "--limit", "3", ...order]);
      const rest = await e.json(["run", "list", "--limit", "3", "--cursor", first.next_cursor, ...order]);
      assert.deepEqual([first.items.length, rest.items.length, rest.next_cursor], [3, 1, null]);
    }
  });

  test("job list by tag, target and text", async () => {
    const jobs = async (...flags) => (await e.json(["job", "list", ...flags])).items.map((j) => j.name);
    assert.deepEqual(await jobs("--tag", "both"), ["bad", "good"]);
    assert.deepEqual(await jobs("--target", "other"), ["bad", "late"]);
    assert.deepEqual(await jobs("--text", "SLOW"), ["late"]);
    assert.deepEqual(await jobs("--tag", "both", "--target", "other", "--text", "500"), ["bad"]);
  });
});

describe("--watch", () => {
  const watch = (...flags) => start(BINARY, ["run", "list", "--watch", "--data", e.dir, ...flags], { env: { PATH: process.env.PATH } });
  const lines = (w) => w.stdout.trim().split("\n").filter(Boolean);

  test("an object a line for each change; Ctrl-C ends it in order", async () => {
    const w = watch("--json", "--limit", "2");
    await until("what was there", () => lines(w).length === 2);
    assert.deepEqual(lines(w).map((l) => JSON.parse(l).job), ["late", "good"]); // oldest first, as they happened
    const { id } = await e.json(["job", "run", "late"]);
    const states = () => lines(w).map((l) => JSON.parse(l)).filter((r) => r.id === id).map((r) => r.state);
    await until("its end", () => states().includes("failed"));
    assert.equal(states().at(-1), "failed");
    assert.equal(new Set(states()).size, states().length, `a state more than once: ${states()}`);
    assert.equal((await w.stop("SIGINT")).code, 0);
    assert.equal(w.stderr, "");
  });

  test("lines for people, of the runs that are wanted alone", async () => {
    const w = watch("--state", "failed", "--job", "bad", "--limit", "1");
    await until("what was there", () => lines(w).length === 1);
    await e.runJob("good");
    await e.runJob("bad");
    await until("the one that failed", () => lines(w).length === 2);
    assert.match(lines(w)[1], /^\d{4}-\S+Z {2}failed {5}[0-9a-f-]{36} {2}bad {2}500 {2}\S.* {2}\S/);
    assert.equal((await w.stop("SIGTERM")).code, 0);
    assert.equal(lines(w).length, 2);
  });

  test("on a terminal the list is drawn anew", async () => {
    const w = start("script", ["-qec", `"${BINARY}" run list --watch --limit 3 --data '${e.dir}'`, "/dev/null"],
      { env: { PATH: process.env.PATH, TERM: "xterm" }, group: true });
    await until("a list", () => /\u001b\[H.*ID +JOB/s.test(w.stdout));
    const { id } = await e.json(["job", "run", "good"]);
    await until("the new run in it", () => w.stdout.includes(id));
    w.kill("SIGKILL");
  });

  test("no data: as any other command", async () => {
    const none = new Edgecron();
    assert.equal((await none.command(["run", "list", "--watch"])).code, 3);
  });

  test("with a cursor it makes no sense", async () => {
    assert.equal((await e.command(["run", "list", "--watch", "--oldest"])).code, 2);
  });
});

describe("a wheel while there is something to wait for", () => {
  const wait = (...flags) => ["job", "run", "slow", "--wait", "--data", e.dir, ...flags];
  const terminal = (env, ...flags) => run("script", ["-qec", [BINARY, ...wait(...flags)].map((w) => `'${w}'`).join(" "), "/dev/null"],
    { env: { PATH: process.env.PATH, ...env } });
  before(() => e.ok(["job", "set", "slow", "--target", "faults", "--url", "/slow?ms=900", "--schedule", "@yearly"]));

  test("on a terminal, and wiped away", async () => {
    const { stdout } = await terminal({ TERM: "xterm" });
    assert.match(stdout, /\r[|/\\-] run [0-9a-f-]{36} is running \d+ s\u001b\[K/);
    assert.match(stdout, /\r\u001b\[Krun +[0-9a-f-]{36}/);
  });

  test("not on one that cannot, not with --json, and not where there is none", async () => {
    assert.doesNotMatch((await terminal({ TERM: "dumb" })).stdout, /is running/);
    assert.doesNotMatch((await terminal({ TERM: "xterm" }, "--json")).stdout, /is running/);
    const r = await e.command(wait());
    assert.deepEqual([r.code, r.stderr], [0, ""]);
  });
});
