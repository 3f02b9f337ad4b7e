// There is no memory for the n-th allocation of a server, whoever asks for it (tests/fault/memory.c). It ends with a line that says so, or
// does without; it never hangs, never answers what is not so, and what it acknowledged is there after the next start.
//
// MEMORY_TRIES=20 of all n in the usual run; MEMORY_EVERY=1 tries each n (hours), MEMORY_EVERY=10 each tenth.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { checkFile } from "../fault/history.mjs";
import { startTarget } from "../fault/server.mjs";
import { document, Edgecron, job, ROOT, target } from "./harness/edgecron.mjs";
import { SLOW, until } from "./harness/wait.mjs";

const BINARY = join(ROOT, "build/debug/edgecron"); // of a sanitizer none: it has an allocator of its own
const PRELOADED = join(ROOT, "build/debug/tests/fault/memory.so");
const skip = existsSync(BINARY) && existsSync(PRELOADED) ? false : "no test build: make debug units";
const TRIES = Number(process.env.MEMORY_TRIES ?? 24);
const FIRST = Number(process.env.MEMORY_FIRST ?? 1);

class Life {
  constructor(e, name) {
    this.e = e;
    this.name = name;
  }
  async begin(fails) {
    await this.e.serve(["--drain-timeout", "1s"], { binary: BINARY, ready: false, env: { LD_PRELOAD: PRELOADED, MEMORY_FAILS: fails } });
    this.server = this.e.server;
  }
  /** An answer, or null when there was none. One that takes longer than this is a server that hangs. */
  async ask(path, options = {}) {
    const headers = { authorization: `Bearer ${this.e.token}`, "content-type": "application/json" };
    try {
      const r = await fetch(this.e.url + path, { headers, signal: AbortSignal.timeout(8000 * SLOW), ...options });
      return { status: r.status, body: await r.json() };
    } catch (error) {
      if (error.name === "TimeoutError") throw new Error(`no answer to ${path}: ${this.server.stderr.slice(-1000)}`);
      return null; // reset, refused, or cut
    }
  }
  send(method, path, body) {
    return this.ask(path, { method, body: body && JSON.stringify(body) });
  }
  /** What a user does in a short life; ids and names of what was acknowledged are added. */
  async live(acknowledged) {
    await until("it to listen or end", async () => !this.server.running || (await this.ask("/healthz"))?.status === 200, { every: 5 });
    const made = job(this.name, "/ok", { target: "t" });
    if ((await this.send("PUT", `/api/v1/jobs/${this.name}`, made))?.status === 201) acknowledged.jobs.push(this.name);
    if ([200, 201].includes((await this.send("PUT", "/api/v1/secrets/KEY", { value: `value-of-${this.name}-life` }))?.status)) acknowledged.secrets++;
    const asked = await this.send("POST", "/api/v1/jobs/base/run");
    if (asked?.status === 202) acknowledged.runs.push(asked.body.id);
    for (let i = 0; asked?.status === 202 && i < 40 && this.server.running; i++)
      if ((await this.ask(`/api/v1/runs/${asked.body.id}`))?.body.state === "succeeded") break;
    await this.ask("/api/v1/runs?limit=50");
    await this.ask("/api/v1/stats?window=24h");
    await this.ask("/metrics", { headers: { authorization: `Bearer ${this.e.token}` } });
  }
  async end() {
    const { code, signal } = await this.server.stop("SIGTERM", 15_000);
    const text = this.server.stderr;
    this.allocations = Number(text.match(/^allocations: (\d+)$/m)?.[1] ?? 0);
    const died = signal === "SIGABRT" && /out of memory: stopping/.test(text);
    const refused = code === 1 && signal === null && /memory|cannot|Cannot|ENOMEM/.test(text);
    if (process.env.MEMORY_SHOW) console.log(text.trim().split("\n").slice(-2).join(" | "));
    assert.ok((code === 0 && signal === null) || died || refused, `ended with ${code} ${signal}: ${text.slice(-1500)}`);
    return died ? "died" : refused ? "refused" : "did without";
  }
}

async function world() {
  const e = new Edgecron();
  const t = await startTarget(Math.random);
  await e.apply(document([target("t", t.url)], [job("base", "/ok", { target: "t" })]));
  await e.setSecret("KEY", "a-first-secret-value");
  await e.createToken("tests", "admin");
  return { e, t };
}

/** After any number of lives: all that was acknowledged is there. */
async function judge(e, acknowledged) {
  await e.serve([], { binary: BINARY });
  const jobs = new Set((await e.jobs()).map((j) => j.name));
  assert.deepEqual(acknowledged.jobs.filter((name) => !jobs.has(name)), []);
  for (const id of acknowledged.runs) {
    await until(`run ${id} to end`, async () => ["succeeded", "failed"].includes((await e.run(id)).state));
  }
  await e.stop();
  assert.deepEqual(checkFile(join(e.dir, "edgecron.db")), []);
}

describe("an allocation fails", { skip }, () => {
  test("once, the n-th, or all from the n-th on", async () => {
    const { e, t } = await world();
    const acknowledged = { jobs: [], runs: [], secrets: 0 };
    const first = new Life(e, "whole");
    await first.begin("0");
    await first.live(acknowledged);
    assert.equal(await first.end(), "did without");
    const all = first.allocations;
    assert.ok(all > 1000 && acknowledged.runs.length === 1 && acknowledged.secrets === 1, JSON.stringify({ all, acknowledged }));
    const every = Number(process.env.MEMORY_EVERY ?? Math.ceil(all / TRIES));
    const ends = {};
    for (let n = FIRST, i = 0; n <= all; n += every, i++) {
      const life = new Life(e, `life-${n}`);
      await life.begin(i % 3 === 2 ? `${n} lasting` : `${n}`);
      await life.live(acknowledged).catch((error) => assert.fail(`allocation ${n}: ${error.message}`));
      const how = await life.end().catch((error) => assert.fail(`allocation ${n}: ${error.message}`));
      ends[how] = (ends[how] ?? 0) + 1;
    }
    console.log(`${all} allocations: ${JSON.stringify(ends)}, acknowledged ${acknowledged.jobs.length} jobs, ${acknowledged.runs.length} runs`);
    assert.ok(ends.died > 0);
    await judge(e, acknowledged);
    t.close();
  });
});
