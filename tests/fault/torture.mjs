// torture.mjs - every way to end, stop, fill, change and confuse a server, at random, and then: do the promises hold?
//
//   node tests/fault/torture.mjs [--kills N] [--seconds N] [--seed N] [--no-clock] [--no-points] [--no-disk] [--tmpfs]
//
// EDGECRON names the binary: a test build, whose clock is moved and which crashes at named points (points.mjs), or any other with --no-clock
// --no-points. The same seed gives the same
// plan; what falls into which moment is the machine's. Prints what was done, and what is wrong.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BINARY, Edgecron, document, target } from "../integration/harness/edgecron.mjs";
import { run } from "../integration/harness/process.mjs";
import { sleep, until } from "../integration/harness/wait.mjs";
import { checkFile, checkHistory, checkKeys, readHistory } from "./history.mjs";
import { CrashFile } from "./points.mjs";
import { startTarget } from "./server.mjs";
import { checkTold } from "./told.mjs";

const RETRY = { max_attempts: 4, initial_ms: 60, multiplier: 1, max_ms: 60, max_age_s: 0 };
const PATHS = ["/ok", "/slow/300", "/slow/1300", "/flaky", "/hang"];
const OVERLAPS = ["skip", "queue", "allow", "cancel_running"];
const DELIVERIES = ["at_least_once", "at_most_once"];
const WILD = ["wild-a", "wild-b", "wild-c", "wild-once"];
// Points that a server comes to here, and what brings a command to others. Those of REST, migrations and retention: crash_points.test.mjs.
const COMMITS = ["before_commit", "after_commit", "in_write", "before_sync"];
const SERVER_POINTS = [
  ...COMMITS, "in_checkpoint", "in_recovery", "in_claim", "before_send", "after_send", "in_answer", "before_record", "in_record", "after_record",
  "before_retry", "in_fold",
];
const COMMAND_POINTS = { apply: ["in_apply", ...COMMITS], rotate: ["in_rotation", ...COMMITS], rekey: ["in_rekey", "before_settle"], backup: ["in_backup", "before_publish"] };
const MESSAGE = /^alert:/; // one may wait for long until it is tried again
const BAD_LOG = /please report|AddressSanitizer|ThreadSanitizer|LeakSanitizer|runtime error|Assertion/;

/** mulberry32: small, and the same everywhere. */
function source(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function everySecond(name, where, path, overlap, delivery) {
  return {
    name, schedule: "* * * * * *", target: where, request: { method: "POST", url: path, headers: { "X-Key": "{{secret.KEY}}" }, body: { run: "{{run.id}}" } },
    overlap, delivery, retry: RETRY, timeout_ms: 700 + path.length * 100, connect_timeout_ms: 500, catch_up: { policy: "all", window_s: 86400 },
  };
}

const BROKEN = "steady-broken"; // it never succeeds

/** Jobs that nobody touches: each second must have its row. */
function steadyJobs() {
  const jobs = [];
  for (const overlap of OVERLAPS) {
    for (const delivery of DELIVERIES) {
      const path = PATHS[jobs.length % PATHS.length];
      jobs.push(everySecond(`steady-${overlap.replace("_", "-")}-${delivery === "at_most_once" ? "once" : "least"}`, "wide", path, overlap, delivery));
    }
  }
  return [...jobs, { ...everySecond(BROKEN, "wide", "/broken", "allow", "at_least_once"), retry: { ...RETRY, max_attempts: 1 } }];
}

class Torture {
  constructor(options) {
    this.options = { kills: 40, seconds: 60, seed: 1, clock: true, disk: true, points: true, tmpfs: false, ...options };
    this.random = source(this.options.seed);
    this.e = new Edgecron();
    this.asked = [];
    this.values = []; // of the secret, as they were given
    this.kept = -1; // the newest that was acknowledged
    this.floor = new Map(); // kept, when a life began
    this.kills = 0;
    this.wrong = [];
    this.done = {};
    this.offset = 0;
    this.furthest = 0;
  }

  pick(list) {
    return list[Math.floor(this.random() * list.length)];
  }
  between(low, high) {
    return low + Math.floor(this.random() * (high - low));
  }
  count(what) {
    this.done[what] = (this.done[what] ?? 0) + 1;
  }
  now() {
    const t = Date.now() + this.offset;
    this.furthest = Math.max(this.furthest, t);
    return t;
  }

  async setUp() {
    this.server = await startTarget(this.random);
    const base = join(this.e.dir, "..");
    if (this.options.tmpfs) this.mountSmallDisk();
    if (this.options.clock) {
      this.clockFile = join(base, "clock");
      this.setClock(0);
    }
    this.env = this.clockFile ? { EDGECRON_TEST_CLOCK_FILE: this.clockFile } : {};
    if (this.options.points) this.crash = { server: new CrashFile(join(base, "crash-server")), command: new CrashFile(join(base, "crash-command")) };
    await this.value(["secret", "set", "KEY"]);
    this.targets = [
      target("wide", this.server.url, { max_concurrent: 64 }),
      target("narrow", this.server.url, { max_concurrent: 2 }),
    ];
    this.channels = [{ name: "ops", kind: "webhook", url: `${this.server.url}/slow/50`, headers: { "X-Key": "{{secret.KEY}}" }, allow_private: ["127.0.0.0/8"] }];
    await this.apply(this.targets, [...steadyJobs(), ...WILD.map((n) => this.wildJob(n))], { alert_group_s: 0 }, { channels: this.channels });
    this.first = Math.ceil(this.now() / 1000) * 1000 + 1000;
  }

  mountSmallDisk() {
    mkdirSync(this.e.dir, { recursive: true });
    const r = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${48 + Math.ceil(this.options.kills / 8)}m,mode=0700`, "none", this.e.dir]);
    this.mounted = r.status === 0;
    if (!this.mounted) console.log(`no small disk: ${r.stderr}`);
  }

  wildJob(name) {
    const once = name.endsWith("once");
    return everySecond(name, this.pick(["wide", "narrow"]), this.pick(PATHS), this.pick(OVERLAPS), once ? "at_most_once" : "at_least_once");
  }

  setClock(offset) {
    this.now();
    this.offset = offset;
    writeFileSync(this.clockFile, String(offset));
    this.now();
  }

  command(args, options) {
    return this.e.command(args, { env: this.env, ...options });
  }
  async apply(targets, jobs, settings, more = {}, command = (a) => this.command(a)) {
    const file = this.e.file(`apply-${this.between(0, 1e9)}.json`, { ...document(targets, jobs), ...(settings && { settings }), ...more });
    const r = await command(["apply", file]);
    rmSync(file);
    return r;
  }

  // --- what may happen at any moment --------------------------------------------------------------------------------

  deeds() {
    const all = {
      change: () => this.apply(this.targets, [this.wildJob(this.pick(WILD))]),
      remove: () => this.command(["job", "remove", this.pick(WILD)]),
      pause: () => this.command(["job", "pause", this.pick(WILD)]),
      resume: () => this.command(["job", "resume", this.pick(WILD)]),
      limits: () => this.apply([{ ...this.targets[1], max_concurrent: this.between(1, 8), rate: this.pick([null, "20/s", "2/s"]) }], []),
      secret: () => this.value(["secret", "set", "KEY"]),
      rotate: () => this.value(["secret", "rotate", "KEY", "--overlap", this.pick(["0", "1s", "1h"])]),
      rekey: () => this.command(["rekey", ...this.pick([[], ["--data-key"]])]),
      ask: () => this.ask(["job", "run", this.pick([...WILD, "steady-allow-once", "steady-queue-least"])]),
      cancel: () => this.onRun("cancel", ["running", "retrying", "queued"]),
      retry: () => this.onRun("retry", ["failed", "succeeded", "canceled"]),
      channel: () => this.apply([], [], { alert_group_s: this.pick([0, 0, 1]) }, { channels: [{ ...this.channels[0], description: `${this.between(0, 1e6)}` }] }),
      mute: () => this.command(["alert", ...this.pick([["mute"], ["mute", "--rule", "failing", "--for", "1s"], ["unmute"]])]),
      reload: async () => this.catchesSignals() && this.e.server.kill("SIGHUP"),
    };
    if (this.crash) all.point = async () => this.armServer();
    if (this.crash) all.command = () => this.crashCommand();
    if (this.options.disk) all.disk = () => this.fillDisk();
    if (this.options.clock) all.clock = async () => this.setClock(this.offset + this.pick([1, 1, -1]) * this.between(0, this.pick([900, 5000, 100000])));
    return all;
  }

  async ask(args) {
    const r = await this.command([...args, "--json"]);
    if (r.code === 0) this.asked.push(JSON.parse(r.stdout).id);
  }

  /** A new value of the secret, numbered, so that a call that carries an old one is known. */
  async value(args, command = (a, o) => this.command(a, o)) {
    const n = this.values.push(`a-secret-value-${this.values.length}`) - 1;
    const r = await command(args, { input: this.values[n] });
    if (r.code === 0) this.kept = n;
    return r;
  }

  /** The server ends at a point, if it comes to it before it is killed. */
  armServer() {
    this.armed = this.pick(SERVER_POINTS);
    this.crash.server.arm(this.armed, this.pick([1, 1, 2, 5, 20]));
    if (this.e.server) this.e.server.armed = true;
  }

  /** A command ends at a point, if it comes to it. */
  async crashCommand() {
    const what = this.pick(Object.keys(COMMAND_POINTS)), point = this.pick(COMMAND_POINTS[what]);
    const command = async (args, options) => {
      this.crash.command.arm(point, this.pick([1, 1, 2]));
      const env = { PATH: process.env.PATH, EDGECRON_DATA: this.e.dir, ...this.env, ...this.crash.command.env };
      const r = await run(BINARY, args, { env, ...options });
      if (r.signal === "SIGKILL") this.count(`at ${point}`);
      else if (r.signal) this.wrong.push(`${args.join(" ")} ended by ${r.signal}: ${r.stderr.slice(-2000)}`);
      return r;
    };
    const copy = join(this.e.dir, "../copy.db");
    if (what === "rotate") await this.value(["secret", "rotate", "KEY", "--overlap", this.pick(["0", "1h"])], command);
    else if (what === "apply") await this.apply(this.targets, WILD.map((n) => this.wildJob(n)), undefined, {}, command);
    else await command(what === "rekey" ? ["rekey", ...this.pick([[], ["--data-key"]])] : ["backup", copy]);
    rmSync(copy, { force: true });
  }

  async onRun(verb, states) {
    const r = await this.command(["run", "list", "--state", this.pick(states), "--limit", "5", "--json"]);
    const runs = r.code === 0 ? JSON.parse(r.stdout).items : [];
    if (runs.length) await (verb === "retry" ? this.ask(["run", "retry", this.pick(runs).id]) : this.command(["run", verb, this.pick(runs).id]));
  }

  /** From its first line on; before that a signal just ends it. */
  catchesSignals() {
    return this.e.server?.stderr.includes("edgecron starts");
  }

  /** No file may grow for a while; on a small disk: there is no room left. */
  async fillDisk() {
    const pid = this.e.server?.pid;
    const ms = this.between(100, 1500);
    if (this.mounted && this.random() < 0.5) {
      const file = join(this.e.dir, "filler");
      const { bavail, bsize } = statfsSync(this.e.dir);
      try {
        writeFileSync(file, Buffer.alloc(Math.max(0, bavail * bsize - this.between(0, 20000))));
      } catch { /* the server took what was left */ }
      await sleep(ms);
      rmSync(file, { force: true });
    } else if (pid) {
      spawnSync("prlimit", ["--pid", pid, `--fsize=${this.pick([0, 4096, 200000])}:`]);
      await sleep(ms);
      spawnSync("prlimit", ["--pid", pid, "--fsize=unlimited:"]);
    }
  }

  async deed() {
    const all = this.deeds();
    const name = this.pick(Object.keys(all));
    this.count(name);
    await all[name]();
  }

  // --- lives ---------------------------------------------------------------------------------------------------------

  async begin(calm = false) {
    this.crash?.server.disarm();
    this.floor.set(await this.server.newLife(), this.kept);
    this.e.server = null;
    const armed = this.crash && !calm && this.random() < 0.3;
    if (armed) this.armServer();
    const server = await this.e.serve(["--drain-timeout", this.pick(["1ms", "300ms", "2s"])], { env: { ...this.env, ...this.crash?.server.env }, ready: false });
    server.armed = armed;
    server.exited.then(({ code, signal }) => {
      const crashed = server.armed && signal === "SIGKILL" && server.meant !== "SIGKILL";
      if (crashed) this.count(`at ${this.armed}`);
      if (crashed) server.meant = signal;
      this.kills += signal === "SIGKILL" ? 1 : 0;
      const full = code === 1 && /no space left|File too large/.test(server.stderr.slice(-300));
      if (!server.meant && full) this.count("refused to start"); // it says why; whoever starts it tries again
      else if (!server.meant) this.wrong.push(`the server ended by itself: ${code} ${signal}: ${server.stderr.slice(-2000)}`);
      if (server.meant === "SIGTERM" && code !== 0 && !full) this.wrong.push(`exit status ${code} ${signal} after SIGTERM: ${server.stderr.slice(-2000)}`);
      const bad = server.stderr.search(BAD_LOG);
      if (bad >= 0) this.wrong.push(`log: ${server.stderr.slice(Math.max(0, bad - 200), bad + 4000)}`);
    });
    return server;
  }

  async end(server, signal) {
    server.meant = signal;
    this.count(signal);
    await server.stop(signal); // the end is judged in begin()
  }

  /** A life of some hundred milliseconds, with deeds in it. */
  async life(longest) {
    const server = await this.begin();
    const until_ = Date.now() + this.between(20, longest);
    while (Date.now() < until_ && server.running) {
      if (this.random() < 0.6) await this.deed();
      else await sleep(this.between(1, 120));
    }
    this.now();
    const signal = this.random() < 0.8 ? "SIGKILL" : "SIGTERM";
    if (signal === "SIGTERM") await until("the server's first line", () => this.catchesSignals() || !server.running);
    if (server.running) await this.end(server, signal);
  }

  async run() {
    await this.setUp();
    const deadline = Date.now() + this.options.seconds * 1000;
    while (this.kills < this.options.kills && Date.now() < deadline && !this.wrong.length) {
      await this.life(this.random() < 0.15 ? 3500 : 500);
    }
    await this.settle().catch((e) => this.wrong.push(e.message));
    if (!this.wrong.length) this.judge();
    return { wrong: this.wrong, kills: this.kills, done: this.done, runs: this.history?.runs.length, calls: this.server.seen.length };
  }

  memory(pid) {
    const rss = Number(readFileSync(`/proc/${pid}/status`, "utf8").match(/VmRSS:\s+(\d+)/)[1]);
    return { rss_mib: Math.round(rss / 1024), fds: readdirSync(`/proc/${pid}/fd`).length };
  }

  /** A last life without faults: all that is open ends by itself. Then an orderly stop. */
  async settle() {
    const server = await this.begin(true);
    const said = async () => `${await (await fetch(`${this.e.url}/readyz`).catch((e) => new Response(String(e)))).text()}\n${server.stderr.slice(0, 6000)}\n…\n${server.stderr.slice(-3000)}`;
    await this.e.ready().catch(async (e) => { throw new Error(`${e.message}: ${await said()}`); });
    await this.value(["secret", "set", "KEY"]);
    this.last = Math.floor(this.furthest / 1000) * 1000 - 1000;
    if (this.clockFile) this.setClock(Math.max(this.offset, this.furthest - Date.now())); // to where it was at its furthest
    await until("the last second to be planned", () => this.now() > this.last + 2500, { within: 120_000 });
    await sleep(1500);
    await this.apply(this.targets, [], { paused: true, alert_group_s: 0 });
    await this.command(["alert", "unmute"]);
    const open = async () => {
      const lists = await Promise.all(["queued", "running", "retrying"].map((s) => this.command(["run", "list", "--state", s, "--limit", "5", "--json"])));
      return lists.flatMap((r) => JSON.parse(r.stdout).items.filter((x) => !MESSAGE.test(x.job)).map((x) => `${x.job} ${x.state} ${x.id} ${x.message}`));
    };
    await until("every run to end", async () => (await open()).length === 0, { within: 90_000, every: 300, state: open })
      .catch((e) => this.wrong.push(e.message));
    const ends = () => spawnSync("sqlite3", ["-readonly", join(this.e.dir, "edgecron.db"), "SELECT (SELECT count(*) FROM run_ends WHERE id > 0) + (SELECT count(*) FROM watch_states WHERE due_at IS NOT NULL AND phase <> 'pending' AND told_at IS NULL)"], { encoding: "utf8" }).stdout;
    await until("all that ended to be looked at, and told", async () => Number(ends()) === 0, { within: 90_000, every: 300, state: ends }).catch((e) => this.wrong.push(e.message));
    this.done.memory = this.memory(server.pid);
    if (this.done.memory.fds > 400) this.wrong.push(`${this.done.memory.fds} descriptors are open after a quiet time`);
    await this.end(server, "SIGTERM");
    this.server.close();
  }

  judge() {
    const file = join(this.e.dir, "edgecron.db");
    this.wrong.push(...checkFile(file), ...checkKeys(this.server.seen, this.values, this.floor));
    this.history = readHistory(file);
    this.done.told = this.history.runs.filter((r) => r.trigger === "alert").length;
    this.wrong.push(...checkTold(file, { channel: "ops", jobs: steadyJobs().map((j) => j.name), broken: [BROKEN] }));
    this.wrong.push(...checkHistory(this.history, {
      seen: this.server.seen, once: /once$/, steady: steadyJobs().map((j) => j.name), first: this.first, last: this.last, asked: this.asked, full: this.options.disk, late: MESSAGE,
    }));
  }

  tearDown() {
    if (this.mounted) spawnSync("umount", ["-l", this.e.dir]);
  }
}

/** Runs one; what it gives has `wrong`, a list, empty when all is well. */
export async function torture(options) {
  const t = new Torture(options);
  try {
    return await t.run();
  } finally {
    t.tearDown();
  }
}

if (process.argv[1] === import.meta.filename || process.argv[1]?.endsWith("/torture.mjs")) {
  const flag = (name, otherwise) => {
    const i = process.argv.indexOf(`--${name}`);
    return i < 0 ? otherwise : Number(process.argv[i + 1]);
  };
  const has = (name) => process.argv.includes(`--${name}`);
  const result = await torture({
    kills: flag("kills", 40), seconds: flag("seconds", 60), seed: flag("seed", 1), clock: !has("no-clock"), points: !has("no-points"), disk: !has("no-disk"), tmpfs: has("tmpfs"),
  });
  console.log(JSON.stringify({ kills: result.kills, done: result.done, runs: result.runs, calls: result.calls }));
  for (const w of result.wrong.slice(0, 20)) console.log(`WRONG ${w}`);
  if (result.wrong.length > 20) console.log(`WRONG and ${result.wrong.length - 20} more`);
  process.exit(result.wrong.length ? 1 : 0);
}
