// Writes VERSION.sql and VERSION.json as an earlier release leaves them:    EDGECRON=OLD/build/edgecron node tests/cases/upgrade/make.mjs VERSION
//
// VERSION.sql is the whole database as text (with its format number), its server killed with calls under way. VERSION.json has what belongs to it: the
// master key, values of secrets, a token, and what the old binary says of everything, as JSON. Addresses of functions are http://functions.invalid:1:
// who loads it puts others in their place. Schedules are over or disabled, so that it does not matter when that is.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { document, Edgecron, job, target } from "../../integration/harness/edgecron.mjs";
import { startFaults } from "../../integration/harness/faults.mjs";
import { until } from "../../integration/harness/wait.mjs";
import { test } from "node:test";

const version = process.env.UPGRADE_VERSION ?? process.argv[2];
const here = import.meta.dirname ?? new URL(".", import.meta.url).pathname;
const later = { target: "functions", schedule: "@at 2100-01-01T00:00:00" };
const unlimited = { max_attempts: 3, initial_ms: 60000, max_ms: 60000, max_age_s: 0 };

test(`a store of ${version}`, async () => {
  const server = await startFaults(), e = new Edgecron(), optional = (args, options) => e.command(args, options);
  const secrets = { CRON_INTERNAL_KEY: "old-value-of-the-internal-key-0001", SERVICE_ROLE_KEY: "service-role-key-of-an-old-store-02" };
  for (const [name, value] of Object.entries(secrets)) await e.setSecret(name, value);
  secrets.CRON_INTERNAL_KEY = "new-value-of-the-internal-key-0002";
  await e.ok(["secret", "rotate", "CRON_INTERNAL_KEY"], { input: secrets.CRON_INTERNAL_KEY });
  const hold = { url: "/slow?ms=60000" };
  const jobs = [
    job("good", { url: "/echo", headers: { "x-internal-key": "{{secret.CRON_INTERNAL_KEY}}" }, body: { source: "cron", at: "{{now}}" } },
      { ...later, tags: ["a", "b"], description: "für später", timezone: "Europe/Berlin" }),
    job("bad", "/status?code=500&error=no", later),
    job("flaky", "/status?code=503", { ...later, retry: unlimited }),
    job("under-way", hold, { ...later, retry: unlimited }),
    job("under-way-old", hold, { ...later, retry: { ...unlimited, max_age_s: 1 } }),
    job("under-way-once", hold, { ...later, delivery: "at_most_once" }),
    job("under-way-canceled", hold, later),
    job("waits", { url: "/echo", headers: { "x-internal-key": "{{secret.CRON_INTERNAL_KEY}}" } }, later),
    job("busy", "/slow?ms=2500", { target: "functions", schedule: "@every 1s", overlap: "skip" }),
    job("often", "/ok", { target: "functions", schedule: "@every 10s", catch_up: { policy: "none", window_s: 0 } }),
  ];
  await e.apply(document([target("functions", server.url, { headers: { authorization: "Bearer {{secret.SERVICE_ROLE_KEY}}" } })], jobs));
  const token = (await e.ok(["token", "create", "reader", "--scope", "read"])).trim();
  await e.ok(["token", "create", "other", "--scope", "admin"]);
  await optional(["admin", "set-password"], { input: "a-password-of-old\n" }); // since 0.3
  await e.serve();
  const ask = (name) => e.json(["job", "run", name]);
  for (const name of ["good", "bad", "flaky"]) await ask(name);
  const canceled = await ask("flaky");
  await until("a run to wait for its retry", async () => (await e.runs("--job", "flaky")).every((r) => r.state === "retrying"));
  await e.ok(["run", "cancel", canceled.id]);
  await until("runs of each kind", async () => {
    const states = new Set((await e.runs()).map((r) => r.state));
    return ["succeeded", "failed", "canceled", "skipped"].every((s) => states.has(s));
  });
  await e.apply(document([], [{ ...jobs.at(-2), enabled: false }]));
  await e.stop("SIGKILL");
  await new Promise((done) => setTimeout(done, 75000)); // more than a minute late is no longer on time (plan.h)
  await e.serve();
  await until("missed ones", async () => (await e.runs()).some((r) => r.state === "missed"));
  await e.apply(document([], [{ ...jobs.at(-1), enabled: false }]));
  await until("those by schedule to be quiet", async () => [...(await e.runs("--job", "busy")), ...(await e.runs("--job", "often"))].every((r) => !["queued", "running", "retrying"].includes(r.state)));
  for (const name of ["under-way", "under-way-old", "under-way-once", "under-way-canceled"]) await ask(name);
  await until("calls under way", async () => (await e.runs("--state", "running")).length === 4);
  await e.stop("SIGKILL");
  await ask("waits");
  await e.ok(["run", "cancel", (await e.runs("--job", "under-way-canceled"))[0].id]);
  const list = async (...words) => (await e.json(words)).items;
  const facts = {
    version, secrets, token, master_key: readFileSync(join(e.dir, "master.key"), "utf8").trim(),
    export: await e.json(["export"]), secret_list: await list("secret", "list"), token_list: await list("token", "list"), runs: [], audit: [],
  };
  for (const r of await e.runs()) facts.runs.push(await e.run(r.id));
  const audit = await optional(["audit", "list", "--limit", "1000", "--json"]); // since 0.2
  if (audit.code === 0) facts.audit = JSON.parse(audit.stdout).items;
  const db = join(e.dir, "edgecron.db"), sqlite = (sql) => execFileSync("sqlite3", [db, sql], { encoding: "utf8" });
  const pragmas = ["application_id", "user_version"].map((p) => `PRAGMA ${p} = ${sqlite(`PRAGMA ${p}`).trim()};`);
  const elsewhere = (text) => text.replaceAll(server.url, "http://functions.invalid:1").replaceAll(server.url.slice("http://".length), "functions.invalid:1");
  writeFileSync(join(here, `${version}.sql`), elsewhere(`PRAGMA auto_vacuum = INCREMENTAL;\n${pragmas.join("\n")}\n${sqlite(".dump")}`));
  writeFileSync(join(here, `${version}.json`), `${elsewhere(JSON.stringify(facts, null, 1))}\n`);
  await server.close();
});
