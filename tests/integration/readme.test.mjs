// README.md, executed: each command that stands indented in it is run as it stands, in its order, in an empty folder, by a reader who has two projects
// and their functions (a real Deno) and puts in his own address and key, and nothing else. What README shows of outputs is compared; what it names exists.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import Ajv2020 from "ajv/dist/2020.js";
import { startAlertServer } from "./harness/alert_servers.mjs";
import { temporaryFolder } from "./harness/cleanup.mjs";
import { edgecron, ROOT } from "./harness/edgecron.mjs";
import { sample, startFunctions } from "./harness/functions.mjs";
import { blocksOfKind, manual, missing, namedInPassing, Reader, stepsOf } from "./harness/manual.mjs";
import { SLOW, until } from "./harness/wait.mjs";

const FIVE_MINUTES = "Five minutes, from nothing to a first successful run";
const KEYS = { CRON_INTERNAL_KEY: "kJ8mN2pQ5rT9wX3yB6eH1jK4lM7nP0sV2uA5cD8fG1h", SUPABASE_SERVICE_ROLE_KEY: "eyJhbGciOiJIUzI1NiJ9.c2VydmljZQ.sig" };
const PROJECTS = join(ROOT, "tests/cases/import");
const has = (program) => spawnSync(program, ["--version"], { stdio: "ignore" }).error === undefined;
const root = process.getuid() === 0 && (has("systemd-sysusers") || has("useradd")) ? false : "needs root, for the user and the owner of files";

const followed = new Set(); // sections
function steps(title) {
  followed.add(title);
  return stepsOf(title);
}

let functions, base;
before(async () => {
  functions = await startFunctions({ keys: KEYS });
  base = `http://127.0.0.1:${functions.port}/functions/v1`; // README's YOUR-REF, at a private address
});
after(() => functions.stop());

const here = () => [["https://YOUR-REF.supabase.co/functions/v1", `${base} --allow-private 127.0.0.0/8`]];
const keyFor = (command) => KEYS[command.match(/secret set (\w+)/)?.[1]];
const follow = (reader, step, more) => reader.follow(step, { input: keyFor(step.command), ...more });

async function serve(reader, step = { command: "edgecron serve" }) {
  const server = reader.start(step.command);
  await until("the server to be as shown", async () => {
    if (!server.running) throw new Error(`it ended: ${server.stdout}${server.stderr}`);
    const ready = (await fetch(`http://127.0.0.1:${reader.port}/readyz`).catch(() => null))?.status === 200;
    return ready && (!step.output || missing(step.output, reader.theirs(server.stderr)) === null);
  }, { state: () => server.stderr });
  return server;
}

/** A store with the tutorial's target, secret and job. */
async function tutored() {
  const reader = await Reader.begin(here());
  for (const step of stepsOf(FIVE_MINUTES).slice(0, 3)) await follow(reader, step);
  return reader;
}

test("five minutes: each step of the tutorial works as it stands, in an empty folder, and they are enough", async () => {
  const began = Date.now(), reader = await Reader.begin(here());
  let server, run;
  for (const step of steps(FIVE_MINUTES)) {
    if (step.command === "edgecron serve") {
      server = await serve(reader, step);
      continue;
    }
    const printed = await follow(reader, { ...step, command: step.command.replace(/ ID$/, ` ${run}`) });
    run = step.command.startsWith("edgecron job run") ? printed.match(/^run +(\S+)/m)[1] : run;
  }
  assert.ok(server && run, "the tutorial starts a server and runs a job");
  const shown = JSON.parse((await reader.run(`edgecron run show ${run} --json`)).stdout);
  assert.deepEqual([shown.state, shown.http_status, shown.metrics], ["succeeded", 200, { followups_sent: 5 }]);
  await server.stop();
  const took = Date.now() - began;
  assert.ok(took < 300_000 * SLOW, `five minutes were ${took} ms`);
});

// ---- moving in ----

async function inProject(user) {
  const reader = await Reader.begin(here());
  cpSync(join(PROJECTS, user), reader.dir, { recursive: true });
  return reader;
}

describe("moving in from pg_cron", () => {
  const title = "Moving in from pg_cron";
  const all = steps(title);
  const second = all.findIndex((s) => s.command.includes("scripts/"));

  test("the first project: looked at, imported, tried and switched over as it stands", async () => {
    const reader = await inProject("fr");
    const server = await serve(reader);
    const [unschedule] = blocksOfKind("sql").map((b) => b.text);
    for (const step of all.slice(0, second)) {
      const printed = await follow(reader, step);
      if (!step.command.includes("--disabled")) continue;
      const order = ["edgecron secret set", "edgecron job run followup-7h", unschedule.trim(), "edgecron job set followup-7h --enabled"].map((t) => printed.indexOf(t));
      assert.ok(order.every((at, i) => at > (order[i - 1] ?? -1)), `the import says the same, in README's order: ${order}`);
      const jobs = JSON.parse((await reader.run("edgecron job list --json")).stdout).items;
      assert.deepEqual(jobs.map((j) => j.enabled), [false, false, false, false]);
    }
    const jobs = JSON.parse((await reader.run("edgecron job list --json")).stdout).items;
    assert.deepEqual(jobs.filter((j) => j.enabled).map((j) => j.name), ["followup-7h"]);
    const runs = JSON.parse((await reader.run("edgecron run list --json")).stdout).items;
    assert.deepEqual(runs.map((r) => [r.job, r.state, r.http_status]), [["followup-7h", "succeeded", 200]], "called once");
    await server.stop();
  });

  test("the second project, with its scripts; each of its jobs succeeds", async () => {
    const reader = await inProject("es");
    const server = await serve(reader);
    for (const step of all.slice(second)) await follow(reader, step);
    await reader.follow({ command: "edgecron target set your-project-ref --base-url https://YOUR-REF.supabase.co/functions/v1", line: 0 });
    for (const job of ["process-appointment-reminders-hourly", "appointment-status-updater"])
      await reader.follow({ command: `edgecron job run ${job} --wait`, line: 0 });
    await server.stop();
  });

  test("what README says becomes of the SQL is what becomes of it", async () => {
    const exported = [];
    for (const user of ["fr", "es"]) {
      const reader = await inProject(user), paths = user === "fr" ? "" : " scripts/configure-cron-jobs-manual.sql scripts/recrear-funciones-vault.sql";
      exported.push((await reader.follow({ command: `edgecron import pg-cron supabase/migrations${paths} --json`, line: 0 })));
    }
    const jobs = exported.flatMap((text) => JSON.parse(text).jobs);
    const { text } = manual.sections.get(title);
    for (const header of ["X-Internal-Key: {{secret.CRON_INTERNAL_KEY}}", "Authorization: Bearer {{secret.SUPABASE_SERVICE_ROLE_KEY}}"]) {
      assert.ok(text.includes(header), header);
      const [name, value] = header.split(/: (.*)/);
      assert.ok(jobs.some((j) => j.request.headers[name] === value), header);
    }
    for (const j of jobs)
      assert.deepEqual([j.delivery, j.retry.max_attempts, j.catch_up.policy, j.overlap, j.timezone], ["at_most_once", 1, "none", "allow", "UTC"], j.name);
    const reader = await Reader.begin();
    writeFileSync(join(reader.dir, "x.sql"), `select cron.schedule('x', '0 7 * * *', $$select net.http_post('https://abc.supabase.co/f', jsonb_build_object('a', now()::text, 'b', gen_random_uuid()))$$);`);
    const [job] = JSON.parse(await reader.follow({ command: "edgecron import pg-cron x.sql --json", line: 0 })).jobs;
    assert.deepEqual([job.request.body, job.timeout_ms], [{ a: "{{now}}", b: "{{run.id}}" }, 5000]);
  });

  test("what to ask for once a function may be called twice", async () => {
    const reader = await inProject("fr");
    await reader.follow({ command: "edgecron import pg-cron supabase/migrations", line: 0 });
    const more = namedInPassing().filter((c) => c.startsWith("edgecron job set followup-7h --delivery"));
    assert.equal(more.length, 1);
    await reader.follow({ command: more[0], line: 0 });
    const job = JSON.parse((await reader.run("edgecron job show followup-7h --json")).stdout);
    assert.deepEqual([job.delivery, job.retry.max_attempts, job.catch_up.policy, job.timezone], ["at_least_once", 3, "latest", "Europe/Paris"]);
  });
});

// ---- the other sections ----

test("as a service: the unit, the files, what commands then see, and all of it gone", { skip: root }, async () => {
  const machine = temporaryFolder("machine");
  mkdirSync(join(machine, "etc"));
  const reader = await Reader.begin([["sudo ", ""], ["/var/lib/edgecron", `${machine}/var/lib/edgecron`]]);
  delete reader.env.EDGECRON_LISTEN;
  const unit = join(machine, "etc/systemd/system/edgecron.service");
  for (const step of steps("As a service")) {
    const installs = /edgecron install(?!.*--print)/.test(step.command);
    const printed = await reader.follow({ ...step, command: installs ? `${step.command} --root ${machine}` : step.command });
    if (/install --print/.test(step.command)) assert.match(printed, /^ExecStart=\/usr\/local\/bin\/edgecron serve --data \S+$/m);
    if (installs) assert.equal(existsSync(unit), !/--uninstall/.test(step.command), step.command);
  }
  assert.ok(existsSync(join(machine, "var/lib/edgecron/edgecron.db")), "the data stays");
});

test("jobs as a file: README's own is what the schema allows; applied, applied again, and each of its jobs succeeds", async () => {
  const reader = await Reader.begin();
  const [{ text }] = blocksOfKind("json");
  const doc = JSON.parse(text);
  for (const t of doc.targets) Object.assign(t, { base_url: base, allow_private: ["127.0.0.0/8"] });
  writeFileSync(join(reader.dir, "jobs.json"), JSON.stringify(doc));
  for (const step of steps("Jobs as a file")) await reader.follow(step);
  const schema = JSON.parse(readFileSync(join(reader.dir, "edgecron.schema.json"), "utf8"));
  const check = new Ajv2020({ strict: false, allErrors: true, validateFormats: false }).compile(schema);
  for (const whole of [JSON.parse(text), { $schema: "./edgecron.schema.json", ...doc }]) assert.ok(check(whole), JSON.stringify(check.errors));
  assert.ok(!check({ ...doc, jobs: [{ name: "x", sschedule: "* * * * *" }] }), "the schema can tell");
  const once = (await reader.run("edgecron export")).stdout;
  assert.match((await reader.run("edgecron apply jobs.json")).stdout, /jobs: 0 created, 0 updated/);
  assert.equal((await reader.run("edgecron export")).stdout, once);
  for (const name of Object.keys(KEYS)) await follow(reader, { command: `edgecron secret set ${name}`, line: 0 });
  const server = await serve(reader);
  for (const j of doc.jobs) await reader.follow({ command: `edgecron job run ${j.name} --wait`, line: 0 });
  await server.stop();
});

test("README's apply file is the users' six jobs", () => {
  const plain = (doc) => doc.jobs.map((j) => ({ name: j.name, schedule: j.schedule, ms: j.timeout_ms ?? 120000, target: j.target, url: j.request.url, body: j.request.body,
    headers: { ...doc.targets.find((t) => t.name === j.target).headers, ...j.request.headers } }));
  const doc = JSON.parse(blocksOfKind("json")[0].text);
  assert.deepEqual(plain(doc), ["apply-fr.json", "apply-es.json"].flatMap((f) => plain(sample(f, "http://localhost"))));
});

test("being told: channels, rules, mutes, the heartbeat and how it went, as they stand", async () => {
  const slack = await startAlertServer("slack");
  const reader = await tutored();
  reader.replace.push(["--url '{{secret.SLACK_URL}}'", "--url '{{secret.SLACK_URL}}' --allow-private 127.0.0.0/8"]);
  const values = { SLACK_URL: slack.url, SMTP_PASSWORD: "mJ8kN2pQ5rT9wX3yB6eH", HEARTBEAT_URL: "https://hc-ping.com/5f0d3c1e-9b7a-4c2d-8e6f-1a2b3c4d5e6f" };
  const server = await serve(reader), all = steps("Being told"), beats = all.findIndex((s) => s.command === "edgecron secret set HEARTBEAT_URL");
  const take = (step) => reader.follow(step, { input: values[step.command.match(/secret set (\w+)/)?.[1]] });
  const printed = [];
  for (const step of all.slice(0, beats)) printed.push(await take(step));
  assert.deepEqual([slack.taken.length, slack.refused], [1, []], "the test message arrived");
  assert.match(printed.join("\n"), /^state +succeeded/m);
  await server.stop();
  for (const step of all.slice(beats)) await take(step); // without a server, which would call the service
  await slack.close();
});

test("when something is wrong: doctor and the list say it, as shown", async () => {
  const reader = await tutored();
  await reader.run("edgecron secret set CRON_INTERNAL_KEY", { input: "another-key-than-the-function-has-7f3a" });
  const server = await serve(reader);
  assert.equal((await reader.run("edgecron job run followup-7h --wait")).code, 1);
  for (const step of steps("When something is wrong")) {
    const doctor = step.command === "edgecron doctor";
    const printed = await reader.follow(step, { code: doctor ? 1 : 0 });
    if (doctor) assert.match(printed, /problem .*401[\s\S]*mend it: edgecron secret set CRON_INTERNAL_KEY/);
  }
  await server.stop();
});

test("REST: the token, and each question", { skip: has("curl") ? false : "needs curl" }, async () => {
  const reader = await tutored();
  const server = await serve(reader);
  await reader.run("edgecron job set followup-7h --tags followup");
  const answers = [];
  for (const step of steps("REST")) {
    if (step.command.startsWith("TOKEN=")) {
      reader.env.TOKEN = (await reader.follow({ ...step, command: `${step.command}; echo "$TOKEN"` })).trim();
    } else if (step.command.includes("/events")) {
      const events = reader.start(step.command);
      await until("the stream to be open", () => events.stdout.length > 0 || events.stderr.length > 0);
      await until("an event", async () => (await reader.run("edgecron job run followup-7h --wait"), /^event: run/m.test(events.stdout)), { every: 200 });
      await events.stop();
    } else {
      answers.push(JSON.parse(await reader.follow(step)));
    }
  }
  const [asked, listed] = answers;
  assert.deepEqual([asked.job, listed.items], ["followup-7h", []]);
  await until("the run to succeed", async () => JSON.parse((await reader.run(`edgecron run show ${asked.id} --json`)).stdout).state === "succeeded");
  await server.stop();
});

test("data directory and keys: the key is lost and brought back, and replaced", async () => {
  const reader = await tutored(), data = join(reader.dir, "edgecron-data");
  reader.replace.push(["/var/lib/edgecron", data]);
  copyFileSync(join(data, "master.key"), join(reader.dir, "copy-of-master.key"));
  rmSync(join(data, "master.key"));
  const server = reader.start("edgecron serve");
  await until("a sealed server", async () => (await reader.run("edgecron healthcheck")).stdout.includes("sealed"));
  const done = steps("Data directory and keys");
  assert.deepEqual(done.map((s) => s.command.split(" ")[1]), ["unseal", "rekey"]);
  await reader.follow(done[0]);
  await until("the server to work", async () => (await reader.run("edgecron healthcheck")).code === 0);
  await reader.follow(done[1]);
  assert.notDeepEqual(readFileSync(join(data, "master.key")), readFileSync(join(reader.dir, "copy-of-master.key")));
  await reader.follow({ command: "edgecron job run followup-7h --wait", line: 0 });
  await server.stop();
});

test("make's targets exist", async () => {
  const named = steps("edgecron").map((s) => s.command.match(/^make (\w+)/)[1]);
  const makefile = readFileSync(join(ROOT, "Makefile"), "utf8");
  for (const target of [...named, ...namedInPassing().flatMap((c) => c.match(/^make (\w+)$/)?.[1] ?? [])])
    assert.match(makefile, new RegExp(`^${target}:`, "m"), `make ${target}`);
});

test("no command of README was left out by these tests", () => {
  const all = [...manual.sections].filter(([, s]) => s.blocks.some((b) => b.kind === "commands")).map(([title]) => title);
  assert.deepEqual(all.sort(), [...followed].sort());
});

// ---- what is named in passing ----

const helps = new Map();
/** The help of these words, which must be a command (and verb); null when they are none. */
async function help(...words) {
  const key = words.join(" ");
  if (!helps.has(key)) {
    const r = await edgecron(["help", ...words]);
    helps.set(key, r.code === 0 ? r.stdout : null);
  }
  return helps.get(key);
}
const commandsOf = (text) => [...text.matchAll(/^ {2}([a-z]+) {2,}\S/gm)].map((m) => m[1]);
/** Of a command that has verbs, the help is a list of them, without a usage of its own. */
function verbsOf(command, text) {
  if (/^usage:/m.test(text)) return [];
  return [...text.matchAll(new RegExp(`^ {2}edgecron ${command} ([a-z][a-z-]*)`, "gm"))].map((m) => m[1]);
}
const flagsOf = (text) => new Set([...text.matchAll(/^ {2}(--[a-z][a-z-]*)/gm)].map((m) => m[1]));

/** Is there such a command, with such a verb and such flags? What is wrong with it, or null. */
async function wrong(line) {
  const words = line.replace(/'[^']*'|"[^"]*"/g, "X").trim().split(/\s+/);
  const flags = words.filter((w) => w.startsWith("--")).map((w) => w.replace(/[=.,;:[].*$/, ""));
  const [command, verb] = words;
  const own = await help(command);
  if (own === null) return `no command '${command}'`;
  const verbs = verbsOf(command, own);
  if (verbs.length && verb && /^[a-z]/.test(verb) && !verbs.includes(verb)) return `'${command}' has no '${verb}'`;
  const text = verbs.includes(verb) ? await help(command, verb) : own;
  const unknown = flags.filter((f) => f !== "--help" && !flagsOf(text).has(f));
  return unknown.length ? `no flag ${unknown} of '${command} ${verb}'` : null;
}

test("every command, verb and flag that README names exists", async () => {
  const commands = commandsOf(await help());
  assert.ok(commands.length > 20);
  const lines = [...namedInPassing(), ...blocksOfKind("commands").map((b) => b.text.replace(/\\\n\s*/g, ""))].flatMap((t) => t.split("\n"));
  const asked = [];
  for (const line of lines) {
    const whole = [...line.matchAll(/(?:^|[\s(/])edgecron ((?:'[^']*'|"[^"]*"|[^|<>()'"])*)/g)].map((m) => m[1]);
    const bare = /^([a-z]+) (--|[a-z])/.exec(line);
    asked.push(...whole, ...(bare && commands.includes(bare[1]) && !line.includes(", ") ? [line] : []));
  }
  assert.ok(asked.length > 60, `${asked.length}`);
  const bad = [];
  for (const line of new Set(asked)) {
    const what = await wrong(line);
    if (what) bad.push(`${line}: ${what}`);
  }
  assert.deepEqual(bad, []);
  assert.match(await wrong("job lst"), /no 'lst'/);
  assert.match(await wrong("job list --no-such"), /no flag/);
});

test("flags that README names alone are flags of some command", async () => {
  const all = new Set();
  for (const command of commandsOf(await help())) {
    const own = await help(command);
    const verbs = verbsOf(command, own);
    for (const text of [own, ...await Promise.all(verbs.map((v) => help(command, v)))]) for (const f of flagsOf(text)) all.add(f);
  }
  const named = namedInPassing().flatMap((c) => (c.startsWith("--") ? c.match(/--[a-z][a-z-]*/g) : []));
  assert.deepEqual(named.filter((f) => !all.has(f)), []);
});

test("the table of commands has every command and verb, and no other", async () => {
  const { text } = manual.sections.get("Commands");
  const listed = new Map();
  for (const [, cell] of text.matchAll(/^\| (`.*?) \| /gm)) {
    for (const [, span] of cell.replaceAll("\\|", "/").matchAll(/`([^`]+)`/g)) {
      const [first, ...more] = span.split(", "), [command, verb] = first.split(" ");
      listed.set(command, [...(listed.get(command) ?? []), verb, ...more].filter((v) => v && /^[a-z]/.test(v)));
    }
  }
  assert.deepEqual([...listed.keys()].sort(), commandsOf(await help()).sort());
  for (const [command, verbs] of listed) {
    const own = verbsOf(command, await help(command));
    if (own.length) assert.deepEqual([...new Set(verbs)].sort(), own.filter((v) => v !== "names").sort(), command);
  }
});

test("every json block is JSON, every link leads somewhere", () => {
  const blocks = blocksOfKind("json");
  assert.ok(blocks.length > 0);
  for (const b of blocks) assert.doesNotThrow(() => JSON.parse(b.text), `README.md:${b.line}`);
  const heads = [...manual.text.matchAll(/^#+ (.*)$/gm)].map((m) => m[1].toLowerCase().replace(/[^\w\- ]/g, "").replaceAll(" ", "-"));
  for (const [, link] of manual.text.matchAll(/\]\(([^)]+)\)/g)) {
    if (link.startsWith("#")) assert.ok(heads.includes(link.slice(1)), link);
    else assert.ok(existsSync(join(ROOT, link)), link);
  }
});
