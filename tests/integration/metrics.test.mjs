// /metrics against promtool, against the strict parser of OpenMetrics, and against the history; /readyz as disks fill up.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "./harness/cleanup.mjs";
import { document, Edgecron, FINAL, job, ROOT, target } from "./harness/edgecron.mjs";
import { startFaults } from "./harness/faults.mjs";
import { openmetrics, parse, promtool, scrape, sum, values } from "./harness/metrics.mjs";
import { until } from "./harness/wait.mjs";

const RULES = fileURLToPath(new URL("harness/prometheus_rules.yml", import.meta.url));
const root = process.getuid?.() === 0;
let server;
before(async () => (server = await startFaults()));
after(() => server.close());

const get = async (e) => parse((await scrape(e)).text);
/** Each series that counts: they never fall. */
const counters = ({ samples, families }) =>
  new Map(samples.filter((s) => families.get(s.name) === "counter" || /_(bucket|count|sum)$/.test(s.name)).map((s) => [s.key, s.value]));
function neverLess(before, now) {
  for (const [key, value] of counters(before)) assert.ok(counters(now).get(key) >= value, `${key} fell from ${value} to ${counters(now).get(key)}`);
}

describe("what is counted", () => {
  const e = new Edgecron();
  let fresh, text, figures, runs;
  before(async () => {
    await e.setSecret("KEY", "qV7mN2pQ5rT9wX3yB6eH1jK4");
    await e.apply(document([target("faults", server.url), target("unused", server.url)], [
      job("good", "/ok", { target: "faults", metrics: { n: "/n" } }),
      job("bad", "/status?code=500", { target: "faults", retry: { max_attempts: 2, initial_ms: 10 } }),
      job("direct", "http://127.0.0.1:1/", {}), // refused: a private address, and no target that allows it
      job("keyless", { url: "/ok", headers: { "X-Key": "{{secret.NONE}}" } }, { target: "faults" }),
      job("off", "/ok", { target: "faults", enabled: false }),
      job("over", "/ok", { target: "faults", schedule: "@at 2020-01-01T00:00:00" }),
    ]));
    await e.ok(["job", "pause", "over"]);
    await e.serve();
    await e.createToken();
    fresh = await get(e);
    for (const name of ["good", "bad", "good", "direct", "keyless", "good"]) await e.runJob(name);
    await e.api("/api/v1/nothing");
    await e.api("/api/v1/jobs/good");
    await e.api("/api/v1/jobs/nobody");
    await until("all to be counted", async () => sum((figures = await get(e)), "edgecron_runs_total") === 6);
    ({ text } = await scrape(e));
    runs = await e.runs();
  });
  after(() => e.stop());

  test("promtool has nothing to remark, on a server that has done nothing either", async () => {
    assert.equal(await promtool(["check", "metrics"], text), "");
    const idle = new Edgecron();
    await idle.createToken();
    await idle.serve();
    assert.equal(await promtool(["check", "metrics"], (await scrape(idle)).text), "");
    await idle.stop();
  });

  test("OpenMetrics, when it is asked for: the same families, with units and an end", async () => {
    const open = await scrape(e, { open: true }), plain = await scrape(e);
    assert.match(plain.type, /^text\/plain; version=0\.0\.4/);
    assert.match(open.type, /^application\/openmetrics-text; version=1\.0\.0/);
    assert.match(plain.headers.get("vary"), /Accept/);
    assert.match(open.text, /\n# EOF\n$/);
    const read = await openmetrics(open.text);
    assert.deepEqual([...new Set(read.map((r) => r.sample))].sort(), [...new Set(parse(plain.text).samples.map((s) => s.name))].sort());
    for (const { family, unit } of read) if (/_(seconds|bytes)$/.test(family)) assert.equal(unit, family.split("_").at(-1), family);
  });

  test("runs and attempts are those of the history", async () => {
    const byState = {}, byOutcome = {};
    for (const r of runs) {
      byState[`${r.job} ${r.state}`] = (byState[`${r.job} ${r.state}`] ?? 0) + 1;
      for (const a of (await e.run(r.id)).attempts) byOutcome[`${r.job} ${a.outcome}`] = (byOutcome[`${r.job} ${a.outcome}`] ?? 0) + 1;
    }
    assert.deepEqual(byState, { "good succeeded": 3, "bad failed": 1, "direct failed": 1, "keyless failed": 1 });
    const told = (name, label) => Object.fromEntries(values(figures, name).filter((s) => s.value > 0).map((s) => [`${s.labels.job} ${s.labels[label]}`, s.value]));
    assert.deepEqual(told("edgecron_runs_total", "state"), byState);
    assert.deepEqual(told("edgecron_attempts_total", "outcome"), byOutcome);
  });

  test("every job has every final state from the start, at 0", () => {
    for (const name of ["good", "bad", "off"])
      assert.deepEqual(values(fresh, "edgecron_runs_total", { job: name }).map((s) => [s.labels.state, s.value]).sort(), FINAL.map((s) => [s, 0]).sort());
  });

  test("what is known of a job", () => {
    const of = (name, job) => values(figures, name, { job })[0]?.value;
    const good = runs.find((r) => r.job === "good"); // the newest
    assert.equal(of("edgecron_job_last_success_timestamp_seconds", "good"), Date.parse(good.finished_at) / 1000);
    assert.equal(of("edgecron_job_last_success_timestamp_seconds", "bad"), undefined, "it never did");
    assert.equal(of("edgecron_job_last_duration_seconds", "good"), good.duration_ms / 1000);
    assert.deepEqual(["good", "bad", "keyless", "off"].map((j) => of("edgecron_job_consecutive_failures", j)), [0, 1, 1, 0]);
    assert.deepEqual([of("edgecron_job_metric_total", "good"), of("edgecron_job_metric_last", "good")], [9, 3]);
    assert.ok(of("edgecron_job_next_run_timestamp_seconds", "good") > Date.now() / 1000);
    assert.equal(of("edgecron_job_next_run_timestamp_seconds", "off"), undefined);
    assert.deepEqual(values(figures, "edgecron_jobs").map((s) => [s.labels.state, s.value]), [["active", 4], ["paused", 1], ["disabled", 1], ["ended", 0]]);
  });

  test("lateness and durations: one for each that was called", async () => {
    assert.equal(sum(figures, "edgecron_run_lateness_seconds_count", { trigger: "manual" }), 6);
    assert.equal(sum(figures, "edgecron_attempt_duration_seconds_count", { target: "faults" }), 5);
    assert.equal(values(figures, "edgecron_attempt_duration_seconds_count", { target: "unused" }).length, 0);
    const bucket = values(figures, "edgecron_attempt_duration_seconds_bucket", { target: "faults" });
    assert.deepEqual([bucket.at(-1).labels.le, bucket.at(-1).value], ["+Inf", 5]);
    bucket.reduce((a, b) => (assert.ok(b.value >= a.value), b));
  });

  test("the store, connections, requests, secrets, the process", () => {
    assert.ok(sum(figures, "edgecron_store_commits_total") > 0);
    assert.equal(sum(figures, "edgecron_store_commit_seconds_count"), sum(figures, "edgecron_store_commits_total"));
    assert.ok(sum(figures, "edgecron_store_ops_total") >= sum(figures, "edgecron_store_commits_total"));
    for (const file of ["db", "wal"]) assert.ok(sum(figures, "edgecron_store_size_bytes", { file }) > 0, file);
    assert.ok(sum(figures, "edgecron_store_free_bytes") > 0);
    assert.ok(sum(figures, "edgecron_client_connections_opened_total") + sum(figures, "edgecron_client_calls_reused_total") >= 5);
    const asked = (labels) => sum(figures, "edgecron_http_requests_total", labels);
    assert.equal(asked({ route: "/api/v1/jobs/{name}", method: "GET", status: "2xx" }), 1);
    assert.equal(asked({ route: "/api/v1/jobs/{name}", method: "GET", status: "4xx" }), 1);
    assert.ok(asked({ route: "_none", status: "4xx" }) >= 1);
    assert.ok(!values(figures, "edgecron_http_requests_total").some((s) => /nobody|nothing/.test(s.labels.route)), "no path makes a series");
    const [updated] = values(figures, "edgecron_secret_updated_timestamp_seconds"), [due] = values(figures, "edgecron_secret_rotation_due_timestamp_seconds");
    assert.deepEqual([updated.labels.secret, due.value - updated.value], ["KEY", 90 * 86400]);
    // read through descriptors that were opened before the process was confined
    for (const name of ["cpu_seconds_total", "resident_memory_bytes", "virtual_memory_bytes", "open_fds", "max_fds", "threads"])
      assert.ok(sum(figures, `process_${name}`) > 0, name);
    assert.ok(Math.abs(sum(figures, "process_start_time_seconds") - Date.now() / 1000) < 600);
    assert.equal(sum(figures, "edgecron_ready"), 1);
    assert.deepEqual(values(figures, "edgecron_check_ok").map((s) => s.value), Array(10).fill(1));
    assert.match(text, /^edgecron_build_info\{version="\d+\.\d+\.\d+"\} 1$/m);
  });

  test("counters never fall; a removed job's stay for a while", async () => {
    const before = await get(e);
    neverLess(fresh, before);
    await e.runJob("good");
    await e.ok(["job", "remove", "good"]);
    await until("it to be gone from the roster", async () => values(await get(e), "edgecron_job_next_run_timestamp_seconds", { job: "good" }).length === 0);
    const now = await get(e);
    neverLess(before, now);
    assert.equal(sum(now, "edgecron_runs_total", { job: "good", state: "succeeded" }), 4);
  });

  test("no token, no figures", async () => {
    for (const token of [null, "ect_nonsense"]) {
      const r = await e.api("/metrics", { token });
      assert.deepEqual([r.status, r.body.code], [401, "unauthenticated"]);
      assert.match(r.headers.get("www-authenticate"), /^Bearer/);
    }
    assert.equal((await e.api("/metrics", { method: "POST" })).status, 405);
    const head = await e.api("/metrics", { method: "HEAD" });
    assert.deepEqual([head.status, head.body], [200, ""]);
  });

  test("the status tells the same at a glance", async () => {
    const { body } = await e.api("/api/v1/status");
    assert.equal(body.waiting_ms, 0);
    assert.equal(body.lateness_p95_ms, null, "the schedule started nothing");
    assert.equal(body.secrets_due, 0);
    assert.ok(body.store_bytes > 0 && body.disk_free_bytes > 0);
  });

  test("a new process counts from 0, and knows when jobs last succeeded", async () => {
    const of = async () => values(await get(e), "edgecron_job_consecutive_failures", { job: "bad" })[0].value;
    await e.stop();
    await e.serve();
    assert.equal(sum(await get(e), "edgecron_runs_total"), 0);
    await until("the past to be read", async () => (await of()) === 1);
    await e.runJob("bad");
    await until("the second to be counted", async () => (await of()) === 2);
  });
});

test("1,100 jobs: 1,000 have series of their own, the rest is one", async () => {
  const e = new Edgecron();
  const names = Array.from({ length: 1100 }, (_, i) => `job-${String(i).padStart(4, "0")}`);
  await e.apply(document([target("faults", server.url)], names.map((n) => job(n, "/ok", { target: "faults" }))));
  await e.createToken();
  await e.serve();
  await e.runJob("job-1099");
  await until("it to be counted", async () => sum(await get(e), "edgecron_runs_total", { job: "job-1099" }) === 1);
  const { text } = await scrape(e), figures = parse(text);
  const labels = new Set(values(figures, "edgecron_runs_total").map((s) => s.labels.job));
  assert.equal(labels.size, 1001);
  assert.ok(labels.has("_other"));
  assert.equal(sum(figures, "edgecron_jobs_summed"), 100);
  assert.equal(sum(figures, "edgecron_jobs", { state: "active" }), 1100);
  assert.ok(figures.samples.length < 15_000, `${figures.samples.length} series`);
  assert.equal(await promtool(["check", "metrics"], text), "");
  await e.stop();
});

test("many scrapes while much runs: every answer is whole, and every run is made", async () => {
  const e = new Edgecron();
  const names = Array.from({ length: 150 }, (_, i) => `each-${i}`);
  await e.apply(document([target("faults", server.url, { max_concurrent: 200 })], names.map((n) => job(n, "/ok", { target: "faults", schedule: "* * * * * *" }))));
  await e.createToken();
  await e.serve();
  let over = false, scrapes = 0, last;
  const lanes = Array.from({ length: 4 }, async () => {
    while (!over) {
      const r = await scrape(e);
      assert.equal(r.status, 200);
      parse((last = r.text));
      scrapes++;
    }
  });
  await until("3 seconds of runs", async () => Number((await get(e)).samples.find((s) => s.name === "edgecron_run_lateness_seconds_count" && s.labels.trigger === "schedule").value) >= 450);
  over = true;
  await Promise.all(lanes);
  assert.ok(scrapes > 10, `${scrapes}`);
  await promtool(["check", "metrics"], last);
  const { body } = await e.api("/api/v1/status");
  assert.ok(body.lateness_p95_ms >= 0);
  const before = await get(e);
  await e.stop();
  const runs = await e.runs();
  const of = (state) => runs.filter((r) => r.state === state).length;
  assert.equal(of("missed") + of("failed"), 0);
  assert.ok(of("succeeded") >= sum(before, "edgecron_runs_total", { state: "succeeded" }));
});

test("a disk that fills up: warned of, then not ready, by name; and ready again", { skip: !root && "not root" }, async (t) => {
  const e = new Edgecron();
  const disk = temporaryFolder("disk");
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=80m,mode=700", "tmpfs", disk], { stdio: "ignore" });
  } catch {
    return t.skip("nothing can be mounted here");
  }
  t.after(async () => {
    await e.stop("SIGKILL");
    execFileSync("umount", [disk]);
  });
  e.dir = disk;
  await e.apply(document([target("faults", server.url)], [job("tick", "/ok", { target: "faults", schedule: "* * * * * *" })]));
  await e.createToken();
  await e.serve();
  const look = async (name, token = e.token) => {
    const r = await e.api("/readyz", { token });
    return { status: r.status, retry: r.headers.get("retry-after"), ...r.body.checks.find((c) => c.name === name) };
  };
  assert.deepEqual([(await look("disk")).ok, (await look("disk")).message], [true, ""]);
  const ballast = join(disk, "ballast");
  writeFileSync(ballast, Buffer.alloc(40 << 20));
  const warned = await look("disk");
  assert.deepEqual([warned.status, warned.ok], [200, true]);
  assert.match(warned.message, /\d+ KiB are left.*make room/);
  try {
    writeFileSync(join(disk, "more"), Buffer.alloc(60 << 20));
  } catch (error) {
    assert.equal(error.code, "ENOSPC");
  }
  const full = await look("disk");
  assert.deepEqual([full.status, full.ok, full.retry], [503, false, "5"]);
  const store = await until("the store to fail", async () => {
    const c = await look("store");
    return !c.ok && c;
  });
  const strangers = await look("store", null);
  assert.ok(store.message.length > 10 && strangers.message !== store.message && !strangers.message.includes(disk), strangers.message);
  const figures = await get(e);
  assert.equal(sum(figures, "edgecron_ready"), 0);
  assert.deepEqual(values(figures, "edgecron_check_ok").filter((s) => !s.value).map((s) => s.labels.check), ["store", "disk"]);
  assert.ok(sum(figures, "edgecron_store_failed_commits_total") > 0);
  assert.equal((await fetch(`${e.url}/healthz`)).status, 200);
  rmSync(ballast);
  rmSync(join(disk, "more"));
  await e.ready();
});

test("the alert rules that the manual has: promtool accepts them, and every metric in them is there", async () => {
  await promtool(["check", "rules", RULES]);
  const rules = readFileSync(RULES, "utf8"), manual = readFileSync(join(ROOT, "README.md"), "utf8");
  const shown = /^```yaml\n(groups:\n[\s\S]*?)^```$/m.exec(manual);
  if (shown) assert.equal(shown[1], rules, "README.md shows other rules than those that were checked");
  const e = new Edgecron();
  await e.setSecret("KEY", "qV7mN2pQ5rT9wX3yB6eH1jK4");
  await e.apply(document([], [job("any", "https://functions.example/")]));
  await e.createToken();
  await e.serve();
  const names = new Set((await get(e)).samples.map((s) => s.name));
  const used = new Set(rules.match(/\bedgecron_\w+/g));
  assert.ok(used.size >= 6);
  for (const name of used) assert.ok(names.has(name), `there is no ${name}`);
  await e.stop();
});
