// What alert rules cost: runs recorded durably, as fast as they go, on stores without a rule and on stores with one of every kind for all jobs (a metric of each run among
// them), by turns, so that what else the machine does concerns both. A round catches up what was due while no server ran, until the last end is counted and
// was shown to the rules. The budget is 5 % of the runs per second. Called by `run`; alone: node rules.mjs [ROUNDS].
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const JOBS = 20, OCCURRENCES = 1000;

/** None of them is ever met: what is measured is that they are looked at. */
const RULES = [
  { on: "failure" }, { on: "missed" }, { on: "lateness", over_ms: 86_400_000 }, { on: "duration", over_ms: 86_400_000 }, { on: "metric", metric: "n > 1000" },
  { on: "no_success", over_s: 86_400 }, { on: "secret_age" }, { on: "certificate" }, { on: "disk", under_mib: 1 }, { on: "sealed" }, { on: "clock" },
  { on: "overload" }, { on: "backup" }, { on: "store" },
].map((r) => ({ name: r.on, ...r }));

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)];
const sql = (e, text, ...flags) => execFileSync("sqlite3", [...flags, "-cmd", ".timeout 20000", join(e.dir, "edgecron.db"), text], { encoding: "utf8" }).trim();
const cpu = (pid) => readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ").slice(11, 13).reduce((sum, n) => sum + Number(n), 0) / 100; // USER_HZ

async function round({ waiting, harness, server }, rules) {
  const e = new harness.Edgecron(), now = Math.floor(Date.now() / 1000) * 1000, since = now - (OCCURRENCES + 1) * 1000; // both exclusive
  const jobs = Array.from({ length: JOBS }, (_, i) => harness.job(`job-${i}`, "/due", {
    target: "local", schedule: "* * * * * *", overlap: "allow", catch_up: { policy: "all", window_s: 86_400 }, retry: { max_attempts: 1 },
    metrics: { n: "/n" }, ends_at: new Date(now).toISOString() }));
  await e.apply({ ...harness.document([harness.target("local", server.url)], jobs), alerts: rules, channels: [{ name: "ops", kind: "webhook", url: `${server.url}/told`, allow_private: harness.LOOPBACK }] });
  sql(e, `DELETE FROM alerts WHERE name NOT IN (${rules.map((r) => `'${r.name}'`).join() || "''"}); UPDATE jobs SET effective_from = ${since}, created_at = ${since}`);
  await e.serve(["--log-level", "error"]);
  const before = cpu(e.server.pid);
  const read = (text) => sql(e, text, "-readonly");
  await waiting.until("all to be recorded and looked at", () => read(`SELECT (SELECT count(*) FROM runs WHERE state = 'succeeded') = ${JOBS * OCCURRENCES} AND NOT EXISTS (SELECT 1 FROM run_ends WHERE id > 0)`) === "1",
    { within: 120_000, every: 200, state: () => read("SELECT state, count(*) FROM runs GROUP BY 1") });
  const spent = cpu(e.server.pid) - before;
  const [ms, told] = read("SELECT max(finished_at) - min(started_at), (SELECT count(*) FROM runs WHERE trigger = 'alert') FROM runs WHERE trigger <> 'alert'").split("|").map(Number);
  await e.stop();
  if (told) throw new Error(`${told} messages, where nothing was to be told`);
  return { runs_per_s: Math.round((JOBS * OCCURRENCES * 1000) / ms), cpu_us_per_run: +((spent * 1e6) / (JOBS * OCCURRENCES)).toFixed(1) };
}

export async function measure({ processes, waiting, harness, startServer, rounds = 5 }) {
  const server = await startServer(processes, waiting);
  const without = [], all = [];
  await round({ waiting, harness, server }, []); // what is read for the first time
  for (let i = 0; i < rounds; i++) { // each goes first as often as the other
    const turns = [[without, []], [all, RULES]];
    for (const [list, rules] of i % 2 ? turns.reverse() : turns) list.push(await round({ waiting, harness, server }, rules));
  }
  await server.stop();
  const of = (list, key) => median(list.map((r) => r[key]));
  const sides = { without: { runs_per_s: of(without, "runs_per_s"), cpu_us_per_run: of(without, "cpu_us_per_run") }, with: { runs_per_s: of(all, "runs_per_s"), cpu_us_per_run: of(all, "cpu_us_per_run") } };
  return { rounds, runs: JOBS * OCCURRENCES, rules: RULES.length, ...sides, cost_percent: +(100 * (1 - sides.with.runs_per_s / sides.without.runs_per_s)).toFixed(1),
    cost_cpu_percent: +(100 * (sides.with.cpu_us_per_run / sides.without.cpu_us_per_run - 1)).toFixed(1), each: { without, with: all } };
}

export const tables = (r) => [[
  [`alert rules, ${r.runs} runs, median of ${r.rounds} rounds each`, "runs/s", "CPU us/run"],
  ["without rules", r.without.runs_per_s, r.without.cpu_us_per_run],
  [`with ${r.rules}, one of each kind, for all jobs`, r.with.runs_per_s, r.with.cpu_us_per_run],
  ["cost (budget: < 5 %)", `${r.cost_percent} %`, `${r.cost_cpu_percent} %`],
]];

if (process.argv[1] === import.meta.filename) {
  const [harness, processes, waiting] = await Promise.all(["edgecron", "process", "wait"].map((m) => import(`../integration/harness/${m}.mjs`)));
  const bin = process.env.BENCH ?? join(harness.ROOT, "build/release/tests/bench");
  const startServer = async ({ start }, { until }) => {
    const p = start(join(bin, "server"), ["0"]);
    const port = await until("the server's port", () => p.stdout.trim());
    return { url: `http://127.0.0.1:${port}`, stop: () => p.stop("SIGKILL") };
  };
  const result = await measure({ processes, waiting, harness, startServer, rounds: Number(process.argv[2] ?? 5) });
  for (const rows of tables(result)) for (const r of rows) console.log(r.join("\t"));
  console.log(JSON.stringify(result.each));
}
