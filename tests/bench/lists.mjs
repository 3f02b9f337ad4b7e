// Lists, filters and statistics over HTTP with a long history, idle and while jobs fire: milliseconds from request to whole answer.
// Called by `run`, which lends what it has; alone: node lists.mjs [RUNS [JOBS]].
import { rmSync } from "node:fs";
import http from "node:http";

const BUDGET_MS = 50; // p99
const TIMES = 200;

const hoursAgo = (h) => encodeURIComponent(new Date(Date.now() - h * 3_600_000).toISOString());

/** What people and programs ask, and the worst that a filter can do: one that finds nothing. */
const requests = (job) => [
  ["runs", "/runs"],
  ["runs, limit 1000", "/runs?limit=1000"],
  ["runs, oldest first", "/runs?sort=created_at"],
  ["runs of a job", `/runs?job=${job}`],
  ["runs of a job, failed", `/runs?job=${job}&state=failed`],
  ["runs of no such job", "/runs?job=no-such-job"],
  ["runs, failed or missed", "/runs?state=failed,missed"],
  ["runs, outcome tls", "/runs?outcome=tls"],
  ["runs, outcome dns (none)", "/runs?outcome=dns"],
  ["runs of a tag", "/runs?tag=tag-3"],
  ["runs of a rare tag, failed", "/runs?tag=rare&state=failed"],
  ["runs of a target, failed", "/runs?target=target-2&state=failed"],
  ["runs by text", "/runs?text=CERTIFICATE"],
  ["runs by text (none)", "/runs?text=nowhere"],
  ["runs by trigger (none)", "/runs?trigger=manual"],
  ["runs of yesterday", `/runs?since=${hoursAgo(48)}&until=${hoursAgo(24)}`],
  ["runs until two weeks ago", `/runs?until=${hoursAgo(336)}`],
  ["runs of a job, longest", `/runs?job=${job}&sort=-duration_ms`],
  ["runs of an hour, most late", `/runs?since=${hoursAgo(1)}&sort=-lateness_ms`],
  ["jobs", "/jobs"],
  ["jobs with their last 20 runs", "/jobs?recent=20"],
  ["jobs of a tag", "/jobs?tag=rare"],
  ["jobs of a target", "/jobs?target=target-1"],
  ["jobs by text (none)", "/jobs?text=nowhere"],
  ["jobs whose last run failed", "/jobs?state=failed"],
  ["jobs that are failing", "/jobs?failing=true"],
  ["jobs that are not, limit 1000", "/jobs?failing=false&limit=1000"],
  ["jobs of a tag, next first", "/jobs?sort=next_at&tag=tag-3"],
  ["what is due next, 1h", "/schedule/upcoming"],
  ["what is due next, 24h", "/schedule/upcoming?window=24h"],
  ["a job's statistics, 7d", `/jobs/${job}/stats?window=7d`],
  ["a job's statistics, 30d", `/jobs/${job}/stats?window=30d`],
  ["statistics, 24h", "/stats?window=24h"],
  ["statistics, 7d", "/stats?window=7d"],
  ["statistics, 30d", "/stats?window=30d"],
  ["statistics of a tag, 24h", "/stats?window=24h&tag=tag-3"],
  ["statistics of a target, 24h", "/stats?window=24h&target=target-2"],
  ["statistics of a target, 30d", "/stats?window=30d&target=target-2"],
];

function ask(agent, port, token, path) {
  const begun = process.hrtime.bigint();
  return new Promise((done, fail) => {
    http.get({ agent, host: "127.0.0.1", port, path: `/api/v1${path}`, headers: { authorization: `Bearer ${token}` } }, (r) => {
      let text = "";
      r.setEncoding("utf8");
      r.on("data", (s) => (text += s));
      r.on("end", () => {
        if (r.statusCode !== 200) fail(new Error(`${path}: ${r.statusCode} ${text}`));
        done({ ms: Number(process.hrtime.bigint() - begun) / 1e6, text });
      });
    }).on("error", fail);
  });
}

const at = (sorted, share) => +sorted[Math.floor((sorted.length - 1) * share)].toFixed(1);

async function measureAll(e, job) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const rows = [];
  for (const [name, path] of requests(job)) {
    const times = [];
    let last;
    for (let i = 0; i < TIMES; i++) times.push((last = await ask(agent, e.port, e.token, path)).ms);
    times.sort((a, b) => a - b);
    const items = JSON.parse(last.text).items?.length ?? null;
    rows.push({ name, path, items, p50: at(times, 0.5), p99: at(times, 0.99), max: at(times, 1) });
  }
  agent.destroy();
  return rows;
}

/** 100 jobs that are due each second, on a local server. */
async function fire(e, harness, url) {
  await e.apply(harness.document([harness.target("local", url)], Array.from({ length: 100 }, (_, i) =>
    harness.job(`firing-${i}`, "/due", { target: "local", schedule: "* * * * * *", catch_up: { policy: "none" } }))));
}

export async function measure({ harness, processes, need, server, runs = 1_000_000, jobs = 1000 }) {
  const e = new harness.Edgecron();
  const made = await processes.run(need("history"), [e.dir, String(jobs), String(runs)]);
  if (made.code !== 0) throw new Error(`history: ${made.stderr}`);
  await e.createToken();
  await e.serve(["--log-level", "warn"]);
  const job = "job-000123";
  const result = { history: JSON.parse(made.stdout), idle: await measureAll(e, job) };
  await fire(e, harness, server.url);
  result.firing = await measureAll(e, job);
  await e.stop();
  rmSync(e.dir, { recursive: true, force: true });
  return result;
}

export function tables({ history: h, idle, firing }) {
  const slow = [...idle, ...firing].filter((r) => r.p99 > BUDGET_MS).length;
  return [[
    [`${h.runs} runs of ${h.jobs} jobs: ms`, "items", "p50", "p99", "max", "firing p50", "p99", "max", `budget p99 < ${BUDGET_MS}`],
    ...idle.map((r, i) => [r.name, r.items ?? "", r.p50, r.p99, r.max, firing[i].p50, firing[i].p99, firing[i].max,
      r.p99 > BUDGET_MS || firing[i].p99 > BUDGET_MS ? "over" : ""]),
    ["counted once, when such a store is first opened", "", h.count_ms, "", "", "", "", "", slow ? `${slow} over` : "kept"],
  ]];
}
