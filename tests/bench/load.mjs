// What the API costs the jobs: 1,000 jobs fall due each second while wrk reads and writes, first at a steady pace, then as fast as it
// can (which would be on other machines, so it runs at the lowest priority). Lateness is what edgecron recorded. Called by `run`, which lends what it has; alone: node load.mjs [SECONDS].
import { execFileSync } from "node:child_process";
import { join } from "node:path";

const JOBS = 1000;
const PERIODS = [
  { name: "no load", load: null },
  { name: "200 reads/s, 50 writes/s", load: { reads: { connections: 4, delay: 20 }, writes: { connections: 1, delay: 20 } } },
  { name: "1,000 reads/s, 200 writes/s", load: { reads: { connections: 20, delay: 20 }, writes: { connections: 4, delay: 20 } } },
  { name: "as fast as it can", load: { reads: { connections: 8, delay: 0 }, writes: { connections: 4, delay: 0 } } },
];

const READS = ["jobs?limit=50", "jobs/job-00007", "runs?limit=50", "runs?state=failed&limit=50", "runs?job=job-00007&limit=50", "stats?window=24h", "status", "targets"];
const JOB = { schedule: "0 0 1 1 *", enabled: false, target: "local", request: { url: "/due" } };

/** A script of wrk: lists, single jobs, statistics; or PUT and PATCH of jobs that never run. */
const script = (token, delay, writes) => `
wrk.headers["Authorization"] = "Bearer ${token}"
local reads = { ${READS.map((r) => JSON.stringify(r)).join(", ")} }
local n = 0
function delay() return ${delay} end
${writes ? `
function request()
  n = n + 1
  local path = "/api/v1/jobs/load-" .. (n % 100)
  if n % 2 == 0 and n > 200 then
    wrk.headers["Content-Type"] = "application/merge-patch+json"
    return wrk.format("PATCH", path, nil, '{"timeout_ms":' .. (1000 + n) .. '}')
  end
  wrk.headers["Content-Type"] = "application/json"
  return wrk.format("PUT", path, nil, '${JSON.stringify({ ...JOB, timeout_ms: 0 }).replace('"timeout_ms":0', "\"timeout_ms\":' .. (1000 + n) .. '")}')
end` : `
function request()
  n = n + 1
  return wrk.format("GET", "/api/v1/" .. reads[n % #reads + 1])
end`}
function done(summary, latency)
  io.write(string.format("RESULT %d %d %d %.1f %.1f\\n", summary.requests, summary.duration, summary.errors.status +
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout, latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end`;

async function wrk({ run }, e, name, seconds, { connections, delay }, writes) {
  const file = e.file(`${name}.lua`, script(e.token, delay, writes));
  const r = await run("nice", ["-n19", "wrk", "-t1", `-c${connections}`, `-d${seconds}s`, "-s", file, e.url], { within: (seconds + 30) * 1000 });
  const m = r.stdout.match(/RESULT (\d+) (\d+) (\d+) ([\d.]+) ([\d.]+)/);
  if (!m) throw new Error(`wrk: ${r.stderr}${r.stdout || "not installed: run 'make bench'"}`);
  return { per_s: Math.round(m[1] / (m[2] / 1e6)), errors: Number(m[3]), p50_ms: Number(m[4]), p99_ms: Number(m[5]) };
}

const percentile = (sorted, p) => sorted[Math.floor((sorted.length - 1) * p)];

/** What was recorded of occurrences in [from, to). */
function recorded(e, from, to) {
  const text = execFileSync("sqlite3", ["-readonly", "-cmd", ".timeout 10000", join(e.dir, "edgecron.db"),
    `SELECT lateness_ms, state FROM runs WHERE scheduled_for >= ${from} AND scheduled_for < ${to} AND job LIKE 'job-%'`], { encoding: "utf8", maxBuffer: 1 << 28 });
  const rows = text.trim().split("\n").map((l) => l.split("|"));
  const lateness = rows.filter((r) => r[0] !== "").map((r) => Number(r[0])).sort((a, b) => a - b);
  return { due: JOBS * Math.round((to - from) / 1000), runs: rows.length, succeeded: rows.filter((r) => r[1] === "succeeded").length,
    skipped: rows.filter((r) => r[1] === "skipped").length, p50_ms: percentile(lateness, 0.5), p99_ms: percentile(lateness, 0.99), max_ms: lateness.at(-1) };
}

async function period({ processes, waiting }, e, { name, load }, seconds) {
  const loads = load ? Promise.all([wrk(processes, e, "reads", seconds + 2, load.reads, false), wrk(processes, e, "writes", seconds + 2, load.writes, true)]) : null;
  await waiting.sleep(1000 - (Date.now() % 1000) + 500); // from the middle of a second on
  const from = Math.floor(Date.now() / 1000) * 1000 + 500;
  await waiting.sleep(seconds * 1000);
  const to = from + seconds * 1000;
  const [reads, writes] = (await loads) ?? [];
  await waiting.sleep(1500);
  return { name, lateness: recorded(e, from, to), reads: reads ?? null, writes: writes ?? null };
}

export async function measure({ processes, waiting, harness, startServer, seconds = 8 }) {
  const server = await startServer(processes, waiting);
  const e = new harness.Edgecron();
  await e.serve(["--log-level", "warn", "--allow-private=127.0.0.0/8"]);
  await e.createToken("load", "admin");
  const begin = new Date(Math.ceil((Date.now() + 4000) / 1000) * 1000).toISOString();
  const jobs = Array.from({ length: JOBS }, (_, i) => harness.job(`job-${String(i).padStart(5, "0")}`, "/due",
    { target: "local", schedule: "@every 1s", starts_at: begin, retry: { max_attempts: 1 } }));
  await e.apply(harness.document([harness.target("local", server.url)], jobs));
  await waiting.until("the jobs to fire", async () => (await e.json(["run", "list", "--limit", "1"])).items.length, { every: 200 });
  await waiting.sleep(3000);
  const result = [];
  for (const p of PERIODS) result.push(await period({ processes, waiting }, e, p, seconds));
  await e.stop();
  await server.stop();
  return result;
}

export const tables = (result) => [[
  [`${JOBS} jobs due each second, lateness in ms`, "p50", "p99", "max", "runs", "of", "skipped", "reads/s", "p99", "errors", "writes/s", "p99", "errors"],
  ...result.map(({ name, lateness: l, reads: r, writes: w }) => [name, l.p50_ms, l.p99_ms, l.max_ms, l.runs, l.due, l.skipped,
    r?.per_s ?? "", r?.p99_ms ?? "", r?.errors ?? "", w?.per_s ?? "", w?.p99_ms ?? "", w?.errors ?? ""]),
]];

if (process.argv[1] === import.meta.filename) {
  const [harness, processes, waiting] = await Promise.all(["edgecron", "process", "wait"].map((m) => import(`../integration/harness/${m}.mjs`)));
  const bin = process.env.BENCH ?? join(harness.ROOT, "build/release/tests/bench");
  const startServer = async ({ start }, { until }) => {
    const p = start(join(bin, "server"), ["0"]);
    const port = await until("the server's port", () => p.stdout.trim());
    return { url: `http://127.0.0.1:${port}`, stop: () => p.stop("SIGKILL") };
  };
  for (const rows of tables(await measure({ processes, waiting, harness, startServer, seconds: Number(process.argv[2] ?? 8) }))) for (const r of rows) console.log(r.join("\t"));
}
