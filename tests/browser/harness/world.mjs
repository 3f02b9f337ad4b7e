// A server with something true on every screen: real runs of real functions, over the last day. What was seeded is kept in build/browser/ for half an hour, and
// taken up again by the next test file: addresses of functions are then put in anew.
//
// The past is made by the debug binary, whose clock a file can shift (src/base/clock.h): secrets of a hundred days, schedules of a day that was lived through in
// steps. Without that binary all runs are of the last minute.
import { cpSync, existsSync, mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { BINARY, Edgecron, ROOT } from "../../integration/harness/edgecron.mjs";
import { startFaults } from "../../integration/harness/faults.mjs";
import { startFunctions } from "../../integration/harness/functions.mjs";
import { run } from "../../integration/harness/process.mjs";
import { each, until } from "../../integration/harness/wait.mjs";
import { BY_HAND, documentOf, FAILING, FUNCTION_KEYS, HALF_HOURLY, RETRIES, SECRETS, SLOW } from "./jobs.mjs";

export const PASSWORD = "four seagulls over Bergen";
const DEBUG = process.env.EDGECRON_DEBUG ?? join(ROOT, "build/debug/edgecron");
const KEPT = join(ROOT, `build/browser/${existsSync(DEBUG) ? "day" : "minute"}`), KEPT_MS = 30 * 60_000;
const HALF_HOUR = 30 * 60_000, DAY = 48 * HALF_HOUR, STEPS = 50;
const SERVE = ["--allow-private=127.0.0.0/8,::1/128", "--drain-timeout", "200ms", "--log-level", "warn", "--same-store"]; // what was kept is a copy

const mtime = (file) => (existsSync(file) ? statSync(file).mtimeMs : 0);
const usable = () => mtime(KEPT) > Math.max(Date.now() - KEPT_MS, mtime(BINARY), mtime(new URL("./jobs.mjs", import.meta.url).pathname), mtime(new URL(import.meta.url).pathname));

export class World {
  async start() {
    this.e = new Edgecron();
    [this.functions, this.services] = await Promise.all([startFunctions({ keys: FUNCTION_KEYS }), startFaults()]);
    if (usable()) cpSync(KEPT, this.e.dir, { recursive: true });
    else await this.seed();
    await this.e.apply(documentOf(this.functions.url, this.services.url));
    await this.e.ok(["token", "revoke", "browser"]).catch(() => {});
    await this.e.createToken("browser", "admin");
    await this.serve();
    await this.watch();
    await this.callInFlight();
    return this;
  }

  /** The server, on the port it had before if it had one. */
  async serve(port) {
    await this.e.serve(SERVE, { port });
    this.url = this.e.url;
  }

  async seed() {
    const { e } = this;
    if (existsSync(DEBUG)) await this.liveThroughADay(); // first: the debug binary may be the older of the two
    else for (const s of SECRETS) await e.ok(["secret", "set", s.name, ...s.flags], { input: s.value });
    await e.ok(["admin", "set-password"], { input: `${PASSWORD}\n` });
    await e.ok(["token", "revoke", "browser"]).catch(() => {});
    await e.createToken("browser", "admin");
    await e.apply(documentOf(this.functions.url, this.services.url));
    for (const [name, scope] of [["deploiement", "operate"], ["tableau-de-bord", "read"]]) await e.ok(["token", "create", name, "--scope", scope]);
    await this.serve();
    await each(Object.entries(BY_HAND), async ([name, n]) => {
      for (let i = 0; i < (existsSync(DEBUG) ? 2 : n); i++) await this.runToEnd(name);
    });
    await this.post(`jobs/${RETRIES}/run`);
    const slow = await this.post(`jobs/${SLOW}/run`);
    await this.untilState(slow.id, (s) => s === "running");
    await this.post(`runs/${slow.id}/cancel`);
    await this.untilState(slow.id, (s) => s === "canceled");
    await this.untilNone("queued,running");
    await e.stop();
    this.keep();
  }

  keep() {
    const made = `${KEPT}.${process.pid}`;
    mkdirSync(made, { recursive: true });
    cpSync(this.e.dir, made, { recursive: true });
    rmSync(KEPT, { recursive: true, force: true });
    try {
      renameSync(made, KEPT);
    } catch {
      rmSync(made, { recursive: true, force: true }); // another process was quicker
    }
  }

  /** The clock of the debug binary goes through the last 25 hours from one half hour to the next, and schedules with it: all
   * of jobs.mjs are due then, and some are run by hand. */
  async liveThroughADay() {
    const { e } = this, begun = Date.now(), newest = Math.floor(begun / HALF_HOUR) * HALF_HOUR;
    const env = { EDGECRON_TEST_CLOCK_FILE: e.file("clock", "0") };
    const clock = (at) => renameSync(e.file("clock.new", String(Math.round(at - Date.now()))), env.EDGECRON_TEST_CLOCK_FILE); // at once: the server reads it at any time
    const command = async (args, input) => {
      const r = await run(DEBUG, args, { input, env: { ...env, PATH: process.env.PATH, EDGECRON_DATA: e.dir } });
      if (r.code !== 0) throw new Error(`${DEBUG} ${args.join(" ")}: ${r.stderr}`);
      return r.stdout;
    };
    for (const s of [...SECRETS].sort((a, b) => b.daysAgo - a.daysAgo)) {
      clock(begun - s.daysAgo * DAY);
      await command(["secret", "set", s.name, ...s.flags], s.value);
    }
    clock(newest - (STEPS + 0.1) * HALF_HOUR);
    await command(["apply", e.file("apply.json", documentOf(this.functions.url, this.services.url))]);
    e.token = JSON.parse(await command(["token", "create", "browser", "--scope", "admin", "--json"])).token;
    await e.serve(SERVE, { binary: DEBUG, env });
    for (let at = newest - STEPS * HALF_HOUR, step = 0; at <= newest; at += HALF_HOUR, step++) {
      clock(at + 1); // not before: that the clock came nearer to what is due next changes nothing for its timer
      e.server.kill("SIGHUP");
      const due = new Date(at).toISOString();
      await until(`what is due at ${due}`, async () => (await this.get(`runs?job=${HALF_HOURLY}&limit=5`)).items.some((r) => r.scheduled_for === due), { every: 20 });
      for (const [i, [name, n]] of Object.entries(BY_HAND).entries()) if ((step * 7 + i * 3) % STEPS < n) await this.runToEnd(name);
      await this.untilNone("queued,running");
    }
    await e.stop();
  }

  /** One channel that works and one that is off. What fails is muted, so that no message comes in between when a test does not expect it. */
  async watch() {
    const put = async (path, body) => {
      const r = await this.e.api(`/api/v1/${path}`, { method: "PUT", body: JSON.stringify(body) });
      if (r.status >= 400) throw new Error(`PUT ${path}: ${r.status} ${JSON.stringify(r.body)}`);
    };
    for (const place of [...FAILING.map((name) => `job/${name}`), "rule/missed", "rule/secret-age", "rule/disk"]) await put(`mutes/${place}`, { until: null });
    await put("channels/equipe", { kind: "slack", language: "fr", description: "L’équipe", url: `${this.services.url}/ok` });
    await put("channels/courriel", { kind: "email", enabled: false, language: "fr", email: { host: "smtp.example.com", from: "edgecron <edgecron@example.com>", to: ["equipe@example.com"] } });
    if ((await this.get("runs?job=alert:equipe&limit=1")).items.length) return;
    const { id } = await this.post("channels/equipe/test");
    await this.untilState(id, (state) => state === "succeeded");
  }

  async callInFlight() {
    const run = await this.post(`jobs/${SLOW}/run`);
    await this.untilState(run.id, (s) => s === "running");
  }

  /** POST to the API; what it answers. */
  async post(path, body) {
    const r = await this.e.api(`/api/v1/${path}`, { method: "POST", body: body === undefined ? undefined : JSON.stringify(body) });
    if (r.status >= 400) throw new Error(`POST ${path}: ${r.status} ${JSON.stringify(r.body)}`);
    return r.body;
  }

  async get(path) {
    const r = await this.e.api(`/api/v1/${path}`);
    if (r.status !== 200) throw new Error(`GET ${path}: ${r.status} ${JSON.stringify(r.body)}`);
    return r.body;
  }

  untilState(id, test) {
    return until(`run ${id} to come so far`, async () => test((await this.get(`runs/${id}`)).state), { every: 5 });
  }

  async runToEnd(name) {
    const { id } = await this.post(`jobs/${name}/run`);
    await this.untilState(id, (s) => !["queued", "running", "retrying"].includes(s));
    return id;
  }

  untilNone(states) {
    return until(`no run ${states}`, async () => (await this.get(`runs?state=${states}&limit=1`)).items.length === 0, { every: 20 });
  }

  /** The newest run of that job and state. */
  async runId(job, state) {
    return (await this.get(`runs?job=${job}&limit=1${state ? `&state=${state}` : ""}`)).items[0].id;
  }

  /** A new token of that scope, for what has that tag alone if one is given. */
  async token(scope, tag) {
    return (await this.e.json(["token", "create", `${scope}-${Date.now()}`, "--scope", scope, ...(tag ? ["--tag", tag] : [])])).token;
  }

  async stop() {
    await this.e.stop("SIGKILL");
    await this.functions.stop();
    await this.services.close();
  }
}
