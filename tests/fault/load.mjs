// A server under load on which a test can pull the plug: jobs of every second, runs asked for, writes over REST with Idempotency-Key, a secret
// that is rotated. It keeps account of all that was acknowledged; what was not, it asks for again with the same key, as a client would.
import assert from "node:assert/strict";
import { cpSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { document, Edgecron, target } from "../integration/harness/edgecron.mjs";
import { sleep, until } from "../integration/harness/wait.mjs";
import { checkFile, checkHistory, checkKeys, readHistory } from "./history.mjs";
import { CrashFile } from "./points.mjs";
import { startTarget } from "./server.mjs";

const RETRY = { max_attempts: 4, initial_ms: 50, multiplier: 1, max_ms: 50, max_age_s: 0 };
const OPEN = ["queued", "running", "retrying"];
const TOGETHER = ["together-a", "together-b", "together-c"]; // always changed in one file
const LANES = 3;

const value = (n) => `value-number-${n}-of-the-key`;
function jobOf(name, path, more) {
  return { name, schedule: "0 0 1 1 *", target: "t", request: { method: "POST", url: path, headers: { "X-Key": "{{secret.KEY}}" } }, retry: RETRY, timeout_ms: 2000, ...more };
}
function steadyJobs() {
  const every = { schedule: "* * * * * *", overlap: "allow", catch_up: { policy: "all", window_s: 86400 } };
  return ["/ok", "/flaky", "/slow/120", "/slow/700"].flatMap((path, i) => [
    jobOf(`steady-least-${i}`, path, every), jobOf(`steady-once-${i}`, path, { ...every, delivery: "at_most_once" }),
  ]);
}
const handJobs = () => [jobOf("hand-least", "/flaky"), jobOf("hand-once", "/ok", { delivery: "at_most_once" })];
const together = (n) => TOGETHER.map((name) => jobOf(name, "/ok", { description: `number ${n}` }));

export class Load {
  constructor(binary) {
    this.binary = binary;
    this.e = new Edgecron();
    this.writes = []; // { method, path, body, key, first }: first is null until there was an answer
    this.values = 0; // the newest that was asked for, acknowledged or not
    this.kept = 0; // ... that was acknowledged
    this.files = 0;
    this.filed = 0;
    this.made = 0;
    this.floor = new Map(); // kept, when a life began
    this.crashes = 0;
  }

  async begin() {
    this.target = await startTarget(Math.random);
    await this.e.setSecret("KEY", value(0));
    await this.e.apply(document([target("t", this.target.url)], [...steadyJobs(), ...handJobs(), ...together(0)]));
    await this.e.createToken("load", "admin");
    this.crash = new CrashFile(this.e.file("crash", ""));
    this.first = Math.ceil(Date.now() / 1000) * 1000 + 1000;
    return this;
  }

  // --- writes ---------------------------------------------------------------------------------------------------------

  send(w) {
    const headers = w.key ? { "idempotency-key": w.key } : {};
    return this.e.api(`/api/v1/${w.path}`, { method: w.method, headers, body: w.body && JSON.stringify(w.body) }).catch(() => null);
  }

  /** Null when the server went away. A secret's answer is not kept: done already is as good as done. */
  async ask(w) {
    let r;
    do r = await this.send(w);
    while (w.secret && r?.status === 409 && /were changed meanwhile: do it again/.test(r.body.detail)); // a rekey came between
    if (!r) return null;
    const already = w.secret && r.status === 409 && /was done already/.test(r.body.detail);
    assert.ok(r.status < 300 || already, `${w.method} ${w.path}: ${r.status} ${JSON.stringify(r.body)}`);
    w.first ??= { status: r.status, body: r.body };
    w.then?.();
    return r;
  }

  write(method, path, body, more) {
    const w = { method, path, body, key: `key-${this.writes.length}`, first: null, ...more };
    this.writes.push(w);
    return this.ask(w);
  }

  /** One at a time, as each must be newer than what was acknowledged before. */
  rotate() {
    const n = ++this.values;
    return this.write("POST", "secrets/KEY/rotate", { value: value(n), overlap_s: 3600 * (n % 2) }, { secret: true, then: () => (this.kept = n) });
  }
  file() {
    const n = ++this.files;
    return this.write("POST", "apply", document([], together(n)), { then: () => (this.filed = Math.max(n, this.filed)) });
  }
  run() {
    return this.write("POST", `jobs/hand-${this.writes.length % 2 ? "once" : "least"}/run`);
  }
  make() {
    return this.write("POST", "jobs", jobOf(`made-${++this.made}`, "/ok"));
  }

  async lane(number) {
    const mine = number === 0 ? ["rotate", "file"] : ["run", "run", "run", "make"];
    for (let i = 0; this.open; i++) {
      if (!(await this[mine[i % mine.length]]())) return;
      await sleep(5);
    }
  }

  // --- lives ----------------------------------------------------------------------------------------------------------

  serve(options) {
    return this.e.serve(["--drain-timeout", "300ms"], { binary: this.binary, env: this.crash.env, ...options });
  }

  async born() {
    this.crash.disarm();
    this.floor.set(await this.target.newLife(), this.kept);
  }

  /** Starts one, asks again for what was not answered, compares what was, and goes on. */
  async live() {
    await this.born();
    await this.serve();
    for (const w of this.writes.filter((x) => !x.first)) assert.ok(await this.ask(w), "the server went away by itself");
    const told = this.writes.filter((w) => !w.secret).slice(-10);
    for (const w of told) {
      const r = await this.send(w);
      assert.deepEqual({ status: r.status, body: r.body }, w.first, `${w.method} ${w.path} again`);
      assert.equal(r.headers.get("idempotency-replayed"), "true", `${w.method} ${w.path} again`);
    }
    const files = await Promise.all(TOGETHER.map((name) => this.e.api(`/api/v1/jobs/${name}`)));
    const numbers = new Set(files.map((r) => r.body.description));
    assert.equal(numbers.size, 1, `half of a file: ${[...numbers]}`);
    assert.ok(Number([...numbers][0].split(" ")[1]) >= this.filed, `${[...numbers]} of files, but ${this.filed} was acknowledged`);
    this.open = true;
    this.lanes = Promise.all(Array.from({ length: LANES }, (_, i) => this.lane(i)));
    this.lanes.catch(() => {}); // told where they are waited for
  }

  /** Waits until the server has ended as it was armed to. */
  async crashed(what) {
    await until(`the server to come to ${what}`, () => !this.e.server.running, { within: 20_000, every: 10 });
    const { code, signal } = await this.e.server.exited;
    assert.equal(signal, "SIGKILL", `${what}: it ended with ${code ?? signal}: ${this.e.server.stderr.slice(-1500)}`);
    this.crashes++;
    await this.closed();
    this.checkFiles(what);
  }
  async kill() {
    await this.e.stop("SIGKILL");
    await this.closed();
  }
  async closed() {
    this.open = false;
    await this.lanes;
    this.lanes = null;
  }

  /** What the next start finds, as a copy: looking at it must not mend it. */
  checkFiles(what) {
    const copy = join(dirname(this.e.dir), "copy");
    mkdirSync(copy);
    for (const end of ["", "-wal"]) cpSync(join(this.e.dir, `edgecron.db${end}`), join(copy, `edgecron.db${end}`));
    assert.deepEqual(checkFile(join(copy, "edgecron.db")), [], what);
    rmSync(copy, { recursive: true });
  }

  /** A last life, an orderly end, and all is looked at. */
  async end() {
    await this.live();
    await sleep(300);
    this.open = false;
    await this.lanes;
    const last = Math.floor(Date.now() / 1000) * 1000 - 1000;
    const planned = async (j) => (await this.e.api(`/api/v1/runs?job=${j.name}&limit=1`)).body.items[0].scheduled_for;
    await until("every second to be planned", async () => (await Promise.all(steadyJobs().map(planned))).every((t) => Date.parse(t) > last));
    await this.e.ok(["settings", "set", "--paused", "true"]);
    const open = async () => (await this.e.api(`/api/v1/runs?state=${OPEN}&limit=5`)).body.items;
    await until("every run to end", async () => (await open()).length === 0, { state: open });
    await this.e.stop();
    this.judge(last);
  }
  /** Whatever became of it. */
  drop() {
    this.open = false;
    this.e.server?.kill();
    this.target.close();
  }

  judge(last) {
    const file = join(this.e.dir, "edgecron.db");
    const history = readHistory(file);
    const asked = this.writes.filter((w) => w.path.endsWith("/run")).map((w) => w.first.body.id);
    const values = Array.from({ length: this.values + 1 }, (_, n) => value(n));
    const wrong = [...checkFile(file), ...checkKeys(this.target.seen, values, this.floor), ...checkHistory(history, {
      seen: this.target.seen, once: /-once/, steady: steadyJobs().map((j) => j.name), first: this.first, last, asked, full: false,
    })];
    const hand = history.runs.filter((r) => r.job.startsWith("hand-")).map((r) => r.id);
    assert.deepEqual(wrong.slice(0, 20), []);
    assert.deepEqual(hand.sort(), asked.sort(), "a run for each key, and no other");
    assert.doesNotMatch(this.e.logs, /please report/);
  }
}
