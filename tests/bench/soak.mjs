// 500 runs a second, for long, while old runs are deleted as fast as new ones come: is anything growing? Each interval's memory, descriptors, WAL,
// database and lateness; the last quarter is held against the second (the first one warms up). What grew is named, and the exit status is 1.
// Alone (`make endurance`): node soak.mjs, for an hour or EDGECRON_SOAK_SECONDS; writes build/soak.json. Two minutes of it are a row of `run`.
import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const JOBS = 500;
const GROUPS = 10; // they are due at so many moments of each second
const INTERVALS = 24; // unless they were longer than a minute then, or too short to tell
const LATELY = 3; // intervals whose runs are kept
const WARM_S = 1800;
const LAG_MS = 3000; // runs of an interval are over by then, if all is well

// What is to stay flat: a median of the last quarter may exceed that of the second by a factor and a little more; by `warm` in short forms, in which
// caches still fill.
const FLAT = [
  { name: "memory, MiB", key: "rss_mib", factor: 1.05, more: 2, warm: 8 },
  { name: "descriptors", key: "descriptors", factor: 1, more: 4 },
  { name: "WAL, MiB", key: "wal_mib", factor: 1, more: 16 }, // which it grows by where a checkpoint is late, up to a bound
  { name: "database in use, MiB", key: "used_mib", factor: 1.1, more: 4 },
  { name: "its file, MiB", key: "db_mib", factor: 1.25, more: 20 }, // free space is given back once it is an eighth and 16 MiB
  { name: "runs kept", key: "rows", factor: 1.1, more: JOBS * 5 },
  { name: "lateness p50, ms", key: "p50_ms", factor: 1.5, more: 20 },
];

const percentile = (sorted, p) => sorted[Math.floor((sorted.length - 1) * p)] ?? null;
const median = (values) => percentile([...values].sort((a, b) => a - b), 0.5);
const size = (path) => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
const mib = (bytes) => +(bytes / 1048576).toFixed(1);

function look(e) {
  const { pid } = e.server, proc = (file) => readFileSync(`/proc/${pid}/${file}`, "utf8");
  const ticks = proc("stat").split(") ")[1].split(" ");
  return {
    rss: Number(proc("status").match(/VmRSS:\s+(\d+)/)[1]) * 1024,
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    wal: size(join(e.dir, "edgecron.db-wal")),
    db: size(join(e.dir, "edgecron.db")),
    cpu_s: (Number(ticks[11]) + Number(ticks[12])) / 100, // USER_HZ
  };
}

const most = (looks, key) => Math.max(...looks.map((l) => l[key]));

async function query(e, sql) {
  const { stdout } = await promisify(execFile)("sqlite3", ["-readonly", "-cmd", ".timeout 20000", join(e.dir, "edgecron.db"), sql], { maxBuffer: 1 << 28 });
  return stdout.trim().split("\n").filter(Boolean).map((l) => l.split("|"));
}

/** What was recorded of occurrences in [from, to). */
async function recorded(e, from, to) {
  const rows = await query(e, `SELECT lateness_ms, state FROM runs WHERE trigger IN ('schedule', 'catch_up') AND scheduled_for >= ${from} AND scheduled_for < ${to}`);
  const lateness = rows.filter(([ms]) => ms !== "").map(([ms]) => Number(ms)).sort((a, b) => a - b);
  const [[kept, used]] = await query(e, "SELECT count(*), (SELECT page_count - freelist_count FROM pragma_page_count, pragma_freelist_count) * (SELECT page_size FROM pragma_page_size) FROM runs");
  return {
    due: JOBS * Math.round((to - from) / 1000), runs: rows.length, succeeded: rows.filter(([, state]) => state === "succeeded").length,
    p50_ms: percentile(lateness, 0.5), p99_ms: percentile(lateness, 0.99), max_ms: lateness.at(-1) ?? null, rows: Number(kept), used_mib: mib(Number(used)),
  };
}

const jobs = (harness, begin) => Array.from({ length: JOBS }, (_, i) => harness.job(`job-${String(i).padStart(5, "0")}`, { url: "/due", body: { number: i } },
  { target: "local", schedule: "@every 1s", starts_at: new Date(begin + (i % GROUPS) * (1000 / GROUPS)).toISOString(), retry: { max_attempts: 1 } }));

/** Waits for the end of an interval, looking each second. */
async function watch(e, sleep, to) {
  const looks = [look(e)];
  while (Date.now() < to) {
    await sleep(Math.min(1000, to - Date.now()));
    looks.push(look(e));
  }
  return looks;
}

async function interval(e, sleep, number, from, to) {
  const looks = await watch(e, sleep, to);
  // A change of settings has old runs looked for now, not within the hour. What is kept by number stays the same but for one.
  await e.ok(["settings", "set", "--retention-runs", String(keep(to - from) + (number % 2))]);
  const end = looks.at(-1);
  return {
    minute: +(number * (to - from) / 60_000).toFixed(2), rss_mib: mib(most(looks, "rss")), descriptors: most(looks, "descriptors"), wal_mib: mib(most(looks, "wal")),
    db_mib: mib(end.db), cpu_percent: +((end.cpu_s - looks[0].cpu_s) / (to - from) * 100_000).toFixed(1),
  };
}

const keep = (ms) => Math.round(LATELY * ms / 1000);

/** Medians of the second quarter and of the last, and whether that is growth. */
function flatness(rows, seconds) {
  const quarter = (n) => rows.slice(Math.floor(rows.length * n / 4), Math.floor(rows.length * (n + 1) / 4));
  return FLAT.map(({ name, key, factor, more: long, warm }) => {
    const more = (seconds < WARM_S && warm) || long;
    const [second, last] = [quarter(1), quarter(3)].map((q) => median(q.map((r) => r[key])));
    return { name, second, last, bound: +(second * factor + more).toFixed(1), grew: !(last <= second * factor + more) };
  });
}

export async function measure({ processes, waiting, harness, startServer, seconds = 120, told = () => {} }) {
  const server = await startServer(processes, waiting);
  const e = new harness.Edgecron();
  const each = Math.min(60, Math.max(5, Math.round(seconds / INTERVALS))) * 1000, rows = [];
  await e.serve(["--log-level", "warn"]);
  await e.ok(["settings", "set", "--retention-runs", String(keep(each))]);
  const begin = Math.ceil((Date.now() + 4000) / 1000) * 1000;
  await e.apply(harness.document([harness.target("local", server.url)], jobs(harness, begin)));
  await waiting.sleep(begin + 2000 - Date.now());
  let pending = null;
  for (let n = 0, from = begin + 2000; from < begin + 2000 + seconds * 1000; n++, from += each) {
    const row = await interval(e, waiting.sleep, n, from, from + each);
    await pending;
    pending = waiting.sleep(LAG_MS).then(() => recorded(e, from, from + each)).then((r) => told(rows[rows.push({ ...row, ...r }) - 1]));
  }
  await pending;
  await e.stop();
  await server.stop();
  const sum = (key) => rows.reduce((n, r) => n + r[key], 0);
  return { seconds, jobs: JOBS, due: sum("due"), runs: sum("runs"), succeeded: sum("succeeded"), flat: flatness(rows, seconds), intervals: rows, log: e.server.stderr.split("\n").slice(0, 50) };
}

const COLUMNS = ["minute", "rss_mib", "descriptors", "wal_mib", "db_mib", "used_mib", "rows", "runs", "due", "p50_ms", "p99_ms", "max_ms", "cpu_percent"];
const HEAD = ["minute", "MiB", "fds", "WAL MiB", "DB MiB", "in use", "kept", "runs", "of", "p50 ms", "p99", "max", "CPU %"];

export const tables = (r) => [[
  [`${r.jobs} runs a second, ${r.seconds} s, medians`, "2nd quarter", "last", "bound", "grew"],
  ...r.flat.map((f) => [f.name, f.second, f.last, f.bound, f.grew ? "GREW" : ""]),
  ["runs, of which due, succeeded", r.runs, r.due, r.succeeded, r.runs === r.due ? "" : "LOST"],
]];

const line = (cells) => cells.map((c) => String(c ?? "").padStart(8)).join(" ");

if (process.argv[1] === import.meta.filename) {
  const [harness, processes, waiting] = await Promise.all(["edgecron", "process", "wait"].map((m) => import(`../integration/harness/${m}.mjs`)));
  const bin = process.env.BENCH ?? join(harness.ROOT, "build/release/tests/bench");
  const startServer = async ({ start }, { until }) => {
    const p = start(join(bin, "server"), ["0"]);
    return { url: `http://127.0.0.1:${await until("the server's port", () => p.stdout.trim())}`, stop: () => p.stop("SIGKILL") };
  };
  console.log(line(HEAD));
  const told = (row) => console.log(line(COLUMNS.map((c) => row[c])));
  const result = await measure({ processes, waiting, harness, startServer, told, seconds: Number(process.env.EDGECRON_SOAK_SECONDS ?? 3600) });
  for (const rows of tables(result)) for (const r of rows) console.log(r.map((c, i) => (i ? String(c ?? "").padStart(12) : String(c).padEnd(44))).join(""));
  mkdirSync(join(harness.ROOT, "build"), { recursive: true });
  writeFileSync(process.env.EDGECRON_SOAK_JSON ?? join(harness.ROOT, "build/soak.json"), `${JSON.stringify(result, null, 2)}\n`);
  if (result.log.some(Boolean)) console.log(result.log.join("\n"));
  process.exitCode = result.flat.some((f) => f.grew) || result.runs !== result.due ? 1 : 0;
}
