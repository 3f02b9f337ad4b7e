// The binary under test: a data directory, its commands, its server and its API. All that the tests know of the command line is here
// and in the tests of the commands themselves.
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "./cleanup.mjs";
import { freePort } from "./ports.mjs";
import { run, start } from "./process.mjs";
import { until } from "./wait.mjs";

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");
export const BINARY = resolve(process.env.EDGECRON ?? join(ROOT, "build/edgecron"));
if (!existsSync(BINARY)) throw new Error(`no binary at '${BINARY}': run 'make', or name one with EDGECRON=`);

export const VERSION = readFileSync(join(ROOT, "Makefile"), "utf8").match(/^VERSION := (.*)$/m)[1];
export const LOOPBACK = ["127.0.0.0/8", "::1/128"];
export const FINAL = ["succeeded", "failed", "canceled", "skipped", "missed"];

const ENVIRONMENT = { PATH: process.env.PATH, HOME: process.env.HOME ?? "/", LANG: "C" };
for (const name of ["ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS"]) {
  if (process.env[name]) ENVIRONMENT[name] = process.env[name];
}

const COMPLAINT = /(Address|Leak|Thread|Memory)Sanitizer|runtime error:/;

/** Runs the binary with no data directory named. */
export async function edgecron(args, options = {}) {
  const r = await run(BINARY, args, { ...options, env: { ...ENVIRONMENT, ...options.env } });
  assert.doesNotMatch(r.stderr, COMPLAINT, `edgecron ${args.join(" ")}`);
  assert.equal(r.signal, null, `edgecron ${args.join(" ")} ended by ${r.signal}: ${r.stderr}`);
  return r;
}

export class Edgecron {
  constructor() {
    this.dir = join(temporaryFolder("data"), "data");
    this.server = null;
    this.logs = "";
  }

  /** Any command on this data directory: { code, stdout, stderr }. */
  command(args, options = {}) {
    return edgecron(args, { ...options, env: { EDGECRON_DATA: this.dir, ...options.env } });
  }

  /** A command that must succeed; its standard output. */
  async ok(args, options) {
    const r = await this.command(args, options);
    assert.equal(r.code, 0, `edgecron ${args.join(" ")}: exit ${r.code}: ${r.stderr}${r.stdout}`);
    return r.stdout;
  }

  /** The same with --json, parsed. */
  async json(args, options) {
    const text = await this.ok([...args, "--json"], options);
    try {
      return JSON.parse(text);
    } catch {
      assert.fail(`edgecron ${args.join(" ")} --json printed no JSON: '${text}'`);
    }
  }

  /** A command that must be refused with exit `code`: the problem it prints with --json. */
  async refused(code, args, options) {
    const r = await this.command([...args, "--json"], options);
    assert.equal(r.code, code, `edgecron ${args.join(" ")}: exit ${r.code}: ${r.stderr}${r.stdout}`);
    assert.equal(r.stdout, "", `edgecron ${args.join(" ")} printed on standard output`);
    try {
      return JSON.parse(r.stderr);
    } catch {
      assert.fail(`edgecron ${args.join(" ")} --json: no problem JSON on standard error: '${r.stderr}'`);
    }
  }

  file(name, content) {
    const path = join(dirname(this.dir), name);
    writeFileSync(path, typeof content === "string" || Buffer.isBuffer(content) ? content : JSON.stringify(content));
    return path;
  }

  apply(doc) {
    return this.json(["apply", this.file("apply.json", doc)]);
  }

  setSecret(name, value) {
    return this.ok(["secret", "set", name], { input: value });
  }

  async jobs() {
    return (await this.json(["job", "list"])).items;
  }

  /** Every run of the filter, newest first, through all pages. */
  async runs(...flags) {
    const items = [];
    for (let cursor = null, page; ; cursor = page.next_cursor) {
      page = await this.json(["run", "list", "--limit", "500", ...flags, ...(cursor ? ["--cursor", cursor] : [])]);
      items.push(...page.items);
      if (!page.next_cursor) return items;
    }
  }

  run(id) {
    return this.json(["run", "show", id]);
  }

  /** Asks for a run by hand and waits for its end; the run with its attempts. */
  async runJob(name) {
    const r = await this.command(["job", "run", name, "--wait", "--json"]);
    assert.ok(r.code === 0 || r.code === 1, `job run ${name}: exit ${r.code}: ${r.stderr}`);
    const run = JSON.parse(r.stdout);
    assert.ok(FINAL.includes(run.state), `job run --wait came back in state ${run.state}`);
    assert.equal(r.code === 0, run.state === "succeeded", `exit ${r.code} for state ${run.state}`);
    return this.run(run.id);
  }

  /** Waits until a run of the filter satisfies `test`. */
  untilRun(what, flags, test, options) {
    const list = async () => (await this.json(["run", "list", ...flags])).items;
    return until(what, async () => (await list()).find(test), { every: 100, state: list, ...options });
  }

  /** Starts a server, on that port or a free one, and waits until it is ready (unless `ready` is false). */
  async serve(flags = [], { env, ready = true, binary = BINARY, port } = {}) {
    this.port = port ?? await freePort();
    this.url = `http://127.0.0.1:${this.port}`;
    this.server = start(binary, ["serve", "--data", this.dir, "--listen", `127.0.0.1:${this.port}`, ...flags],
      { env: { ...ENVIRONMENT, ...env } });
    const server = this.server;
    server.exited.then(() => (this.logs += server.stdout + server.stderr));
    if (ready) await this.ready();
    return server;
  }

  ready() {
    let said = "";
    return until("the server to be ready", async () => {
      if (!this.server.running) throw new Error(`it ended: ${this.server.stdout}${this.server.stderr}`);
      const r = await fetch(`${this.url}/readyz`).catch((e) => (said = String(e.cause ?? e), null));
      if (r && r.status !== 200) said = await r.text();
      return r?.status === 200;
    }, { every: 15, state: () => `${said}\n${this.server.stderr.slice(-3000)}` });
  }

  /** Ends the server: in order, with exit 0, unless it is killed. */
  async stop(signal = "SIGTERM") {
    if (!this.server) return undefined;
    const end = await this.server.stop(signal);
    assert.doesNotMatch(this.server.stderr, COMPLAINT);
    if (signal === "SIGTERM") assert.equal(end.code, 0, `the server ended with ${end.code ?? end.signal}: ${this.server.stderr}`);
    return end;
  }

  /** A GET (or other) on the API: { status, type, headers, body }; body parsed when it is JSON. */
  async api(path, { token = this.token, method = "GET", headers = {}, body } = {}) {
    const auth = token ? { authorization: `Bearer ${token}` } : {};
    const type = body === undefined ? {} : { "content-type": "application/json" };
    const r = await fetch(this.url + path, { method, headers: { ...auth, ...type, ...headers }, body });
    const text = await r.text();
    const answered = r.headers.get("content-type") ?? "";
    return { status: r.status, type: answered, headers: r.headers, body: /json/.test(answered) ? JSON.parse(text) : text };
  }

  async createToken(name = "tests", scope = "read") {
    this.token = (await this.json(["token", "create", name, "--scope", scope])).token;
    return this.token;
  }
}

/** A job document with quick defaults: one attempt, no schedule that comes soon. */
export function job(name, request, more = {}) {
  return {
    name,
    schedule: "0 0 1 1 *",
    request: typeof request === "string" ? { url: request } : request,
    retry: { max_attempts: 1 },
    ...more,
  };
}

export const document = (targets, jobs) => ({ version: 1, targets, jobs });
export const target = (name, base_url, more = {}) => ({ name, base_url, allow_private: LOOPBACK, ...more });
