// A server with something of everything: jobs, targets, secrets, alert rules, channels, tokens of each scope, and runs in each state. Names are those of the document's examples, so that
// these work as they stand.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { Contract } from "./document.mjs";
import { closeAll, send } from "./client.mjs";
import { Edgecron, LOOPBACK, document, job, target } from "../integration/harness/edgecron.mjs";
import { startFaults } from "../integration/harness/faults.mjs";
import { until } from "../integration/harness/wait.mjs";

export const SCRATCH = ["scratch-a", "scratch-b", "scratch-c"];
const STATES = ["queued", "running", "retrying", "succeeded", "failed", "canceled", "skipped", "missed"];
const secretName = (s) => s.toUpperCase().replace("-", "_");

const JOBS = [
  job("followup-7h", "/ok", { target: "prod", schedule: "0 7 * * 1-5", tags: ["followup"], metrics: { followups_sent: "/n" } }),
  job("fails", "/status?code=500", { target: "prod" }),
  job("slow", "/slow?ms=600000", { target: "prod", overlap: "allow" }),
  job("waits", "/ok", { target: "narrow" }),
  job("fills", "/slow?ms=600000", { target: "narrow" }),
  job("again", "/status?code=503", { target: "prod", retry: { max_attempts: 5, initial_ms: 3_600_000, max_ms: 3_600_000, max_age_s: 0, past_next_occurrence: true } }),
  job("overlaps", "/slow?ms=4000", { target: "prod", schedule: "@every 1s", overlap: "skip" }),
  job("rests", "/ok", { target: "prod", enabled: false }),
  ...SCRATCH.map((name) => job(name, "/ok", { target: "prod" })),
];

export class World {
  async start() {
    this.faults = await startFaults();
    this.e = new Edgecron();
    await this.restore();
    await this.makeTokens();
    await this.e.serve(["--allow-private=127.0.0.0/8", "--drain-timeout", "200ms"]);
    await this.makeRuns();
    const { body } = await this.get("/api/openapi.json");
    this.contract = new Contract(this.local(body));
    return this;
  }

  /** Jobs, targets and secrets as they were at first, whatever was done to them. */
  async restore() {
    const { url } = this.faults;
    const channel = (name) => ({ name, kind: "webhook", url: `${url}/ok`, allow_private: LOOPBACK });
    const file = document([target("prod", url), target("faults", url), target("narrow", url, { max_concurrent: 1 }), ...SCRATCH.map((n) => target(n, url))], JOBS);
    const alerts = SCRATCH.map((name) => ({ name, on: "failure", after: 1000 }));
    await this.e.apply({ ...file, channels: ["ops", ...SCRATCH].map(channel), alerts });
    for (const name of ["CRON_INTERNAL_KEY", ...SCRATCH.map(secretName)]) await this.e.setSecret(name, `value-of-${name}-0123456789`);
  }

  async makeTokens() {
    this.tokens = {};
    for (const scope of ["read", "operate", "admin"]) this.tokens[scope] = await this.e.createToken(`of-${scope}`, scope);
    for (const name of [...SCRATCH, "deploy"]) await this.e.createToken(name, "read");
    this.e.token = this.tokens.read;
  }

  async makeRuns() {
    const begin = (name) => this.e.json(["job", "run", name]);
    await begin("fills");
    await this.e.untilRun("'fills' running", ["--job", "fills"], (r) => r.state === "running");
    for (const name of ["waits", "slow", "slow", "again"]) await begin(name);
    for (const name of ["followup-7h", "fails"]) await this.e.runJob(name);
    await this.e.ok(["run", "cancel", (await begin("slow")).id]);
    // A missed run takes hours to come by: one that was skipped is made one.
    await this.e.untilRun("a skipped run", ["--state", "skipped"], () => true);
    execFileSync("sqlite3", ["-cmd", ".timeout 5000", join(this.e.dir, "edgecron.db"), "UPDATE runs SET state = 'missed' WHERE id = (SELECT id FROM runs WHERE state = 'skipped' LIMIT 1)"]);
    await until("a run in each state", async () => (await this.runs()).size === STATES.length, { state: async () => [...(await this.runs()).keys()] });
  }

  /** State -> id of a run. */
  async runs() {
    const found = new Map();
    for (const state of STATES) {
      const [run] = (await this.e.api(`/api/v1/runs?limit=1&state=${state}`)).body.items;
      if (run) found.set(state, run.id);
    }
    this.ids = found;
    return found;
  }

  /** Names of things that are there, by resource; `own`: such as a test may change or remove. */
  names(tag, own) {
    const all = {
      jobs: own ? SCRATCH : JOBS.map((j) => j.name),
      targets: own ? SCRATCH : ["prod", "faults", "narrow", ...SCRATCH],
      alerts: own ? SCRATCH : ["failing", ...SCRATCH],
      channels: own ? SCRATCH : ["ops", ...SCRATCH],
      mutes: ["all"], // of all: mutes/all/all
      secrets: (own ? [] : ["CRON_INTERNAL_KEY"]).concat(SCRATCH.map(secretName)),
      tokens: own ? SCRATCH : ["of-read", "deploy", ...SCRATCH],
      runs: [...this.ids.values()],
    };
    return all[tag] ?? ["nothing"];
  }

  /** The same with every address outside of this machine replaced: examples name real hosts. */
  local(v) {
    const text = JSON.stringify(v).replaceAll(/https?:\/\/(?!127\.0\.0\.1)[a-z0-9.-]+(:\d+)?/g, this.faults.url);
    return JSON.parse(text);
  }

  get(path) {
    return send(this.e.url, "GET", path);
  }

  /** One request to an operation: { params, query, headers, body, type, scope }. */
  call(op, { params = {}, query = {}, headers = {}, body, type = op.bodies[0]?.type, scope = "admin", token = this.tokens[scope] } = {}) {
    const path = op.path.replaceAll(/\{(\w+)\}/g, (all, name) => encodeURIComponent(params[name] ?? "x"));
    const pairs = Object.entries(query).map(([k, v]) => `${encodeURIComponent(k)}=${encodeURIComponent(v)}`);
    const fields = { ...(token ? { authorization: `Bearer ${token}` } : {}), ...(body === undefined ? {} : { "content-type": type }), ...headers };
    const text = body === undefined || typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body);
    return this.send(op, path + (pairs.length ? `?${pairs.join("&")}` : ""), { headers: fields, body: text });
  }

  send(op, path, { headers = {}, body, method = op.method } = {}) {
    const stream = op.responses["200"]?.content?.["text/event-stream"] ? 200 : 0;
    return send(this.e.url, method, path, { headers, body, stream });
  }

  async stop() {
    closeAll();
    await this.e.stop();
    await this.faults.close();
  }
}
