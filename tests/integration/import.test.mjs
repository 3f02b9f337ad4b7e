// `import pg-cron`: both users' projects moved here from their migrations, run against their own functions, and imported again; what is
// shown, refused, left alone.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Edgecron, edgecron, ROOT } from "./harness/edgecron.mjs";
import { startFunctions } from "./harness/functions.mjs";
import { each } from "./harness/wait.mjs";

const CASES = join(ROOT, "tests/cases/import");
const KEYS = { CRON_INTERNAL_KEY: "kJ8mN2pQ5rT9wX3yB6eH1jK4lM7nP0sV2uA5cD8fG1h", SUPABASE_SERVICE_ROLE_KEY: "eyJhbGciOiJIUzI1NiJ9.c2VydmljZQ.sig" };
const BASE = "https://your-project-ref.supabase.co";

const USERS = {
  fr: {
    paths: ["supabase/migrations"],
    secrets: { CRON_INTERNAL_KEY: KEYS.CRON_INTERNAL_KEY },
    jobs: {
      "followup-7h": ["0 7 * * 1-5", "07:00", 120000],
      "followup-12h": ["0 12 * * 1-5", "12:00", 120000],
      "followup-16h": ["0 16 * * 1-5", "16:00", 120000],
      "followup-maintenance": ["0 2 * * 1-5", "maintenance", 180000],
    },
    request: ([, slot]) => ({
      method: "POST",
      url: "/followup-processor",
      headers: { "Content-Type": "application/json", "X-Internal-Key": "{{secret.CRON_INTERNAL_KEY}}" },
      body: { time_slot: slot, source: "cron", timestamp: "{{now}}" },
    }),
    skipped: ["cleanup-cron-history"],
  },
  es: {
    paths: ["supabase/migrations", "scripts/configure-cron-jobs-manual.sql", "scripts/recrear-funciones-vault.sql"],
    secrets: { SUPABASE_SERVICE_ROLE_KEY: KEYS.SUPABASE_SERVICE_ROLE_KEY },
    jobs: {
      "process-appointment-reminders-hourly": ["0 * * * *", "/process-reminders", 30000, { source: "cron", timestamp: "{{now}}" }],
      "appointment-status-updater": ["*/30 * * * *", "/appointment-status-updater", 30000, { source: "cron" }],
    },
    request: ([, url, , body]) => ({
      method: "POST",
      url,
      headers: { "Content-Type": "application/json", Authorization: "Bearer {{secret.SUPABASE_SERVICE_ROLE_KEY}}" },
      body,
    }),
    skipped: [],
  },
};

const importing = (user, ...flags) => ["import", "pg-cron", ...USERS[user].paths.map((p) => join(CASES, user, p)), ...flags];
const settled = (text) => text.replaceAll(CASES, "");

for (const [user, wanted] of Object.entries(USERS)) {
  describe(`the ${user} project`, () => {
    const e = new Edgecron();
    let functions;
    before(async () => (functions = await startFunctions({ keys: KEYS })));
    after(async () => {
      await e.stop();
      await functions.stop();
    });

    test("has seven migrations", () => {
      assert.equal(readdirSync(join(CASES, user, "supabase/migrations")).length, 7);
    });

    test("as --json: the apply file alone, which apply takes; notes on standard error", async () => {
      const { code, stdout, stderr } = await e.command(importing(user, "--json"));
      assert.equal(code, 0, stderr);
      const file = JSON.parse(stdout);
      assert.deepEqual(file.targets, [{ name: "your-project-ref", base_url: `${BASE}/functions/v1` }]);
      assert.deepEqual(file.jobs.map((j) => j.name).sort(), Object.keys(wanted.jobs).sort());
      for (const j of file.jobs) {
        const job = wanted.jobs[j.name];
        assert.deepEqual([j.schedule, j.timezone, j.enabled, j.target, j.timeout_ms], [job[0], "UTC", true, "your-project-ref", job[2]]);
        assert.deepEqual([j.delivery, j.retry, j.overlap, j.catch_up], ["at_most_once", { max_attempts: 1 }, "allow", { policy: "none" }]);
        assert.deepEqual(j.request, wanted.request(job));
        assert.match(j.description, new RegExp(`^from pg_cron's job '${j.name}', \\d{14}_\\w+\\.sql:\\d+$`));
      }
      for (const name of wanted.skipped) assert.match(stderr, new RegExp(`\\.sql:\\d+: job '${name}'`));
      assert.match(stderr, /your-project-ref' is https:.*looks like the sample of a documentation/);
      assert.match(await e.ok(["apply", "-", "--dry-run"], { input: stdout }), new RegExp(`jobs: ${file.jobs.length} created`));
    });

    test("a dry run shows jobs, times, secrets and calls, and stores nothing", async () => {
      const text = await e.ok(importing(user, "--dry-run"));
      for (const name of Object.keys(wanted.jobs)) assert.match(text, new RegExp(`^${name} .*https://your-project-ref`, "m"));
      for (const name of Object.keys(wanted.secrets)) assert.match(text, new RegExp(`edgecron secret set ${name} `));
      assert.match(text, /dry run, nothing was stored/);
      assert.doesNotMatch(text, /eyJhbGci/);
      assert.equal((await e.command(["job", "list"])).code, 3, "there is no store yet");
    });

    test("imported, with what to do next in order", async () => {
      const text = await e.ok(importing(user));
      const names = Object.keys(wanted.jobs);
      assert.match(text, new RegExp(`targets: 1 created.*; jobs: ${names.length} created`));
      const place = (part) => {
        const at = text.search(part);
        assert.ok(at >= 0, `no ${part} in ${settled(text)}`);
        return at;
      };
      const secret = Object.keys(wanted.secrets)[0];
      assert.ok(place(`edgecron secret set ${secret} `) < place("edgecron job run"));
      for (const name of names) assert.ok(place("edgecron job run") < place(`select cron.unschedule\\('${name}'\\);`));
      const kept = await e.json(["export"]);
      assert.deepEqual(kept.jobs.map((j) => j.name).sort(), names.sort());
    });

    test("until its secret is set, a job fails and calls nothing", async () => {
      await e.ok(["target", "set", "your-project-ref", "--base-url", functions.url, "--allow-private", "127.0.0.0/8,::1/128"]);
      await e.serve();
      const run = await e.runJob(Object.keys(wanted.jobs)[0]);
      assert.deepEqual([run.state, run.outcome], ["failed", "secret"], run.message);
    });

    test("then each succeeds", async () => {
      for (const [name, value] of Object.entries(wanted.secrets)) await e.setSecret(name, value);
      await each(Object.keys(wanted.jobs), async (name) => {
        const run = await e.runJob(name);
        assert.deepEqual([run.state, run.http_status], ["succeeded", 200], `${name}: ${run.message}`);
        const sent = run.attempts[0].request;
        assert.equal(sent.url, functions.url + wanted.request(wanted.jobs[name]).url);
        assert.equal(JSON.parse(run.attempts[0].response.body).ok, true);
      });
    });

    test("imported again: nothing changes, and the target that was changed stays", async () => {
      const was = await e.ok(["export"]);
      const text = await e.ok(importing(user));
      assert.match(text, /^nothing changed/m);
      assert.match(text, /target 'your-project-ref' is there already, and not as the files say: left as it is/);
      assert.doesNotMatch(text, /secret set/, "they are set");
      assert.equal(await e.ok(["export"]), was);
    });

    test("the audit knows who imported, and no secret", async () => {
      const { items } = await e.json(["audit", "list", "--limit", "500"]);
      for (const name of Object.keys(wanted.jobs)) {
        assert.ok(items.some((i) => i.action === "job.create" && i.resource?.includes(name)) || JSON.stringify(items).includes(name), name);
      }
      for (const value of Object.values(wanted.secrets)) assert.ok(!JSON.stringify(items).includes(value));
    });
  });
}

test("the scripts of the projects that only look change nothing", async () => {
  for (const file of ["fr/scripts/verifier-cron.sql", "es/scripts/verificar-cron-jobs.sql", "es/scripts/diagnostico-vault.sql"]) {
    const user = file.slice(0, 2);
    const e = new Edgecron();
    const alone = JSON.parse((await e.command(importing(user, "--json"))).stdout);
    const more = JSON.parse((await e.command([...importing(user), join(CASES, file), "--json"])).stdout);
    assert.deepEqual(more, alone, file);
  }
});

test("both at once: two projects of one name would be one target; each job is there", async () => {
  const e = new Edgecron();
  await e.ok(["import", "pg-cron", join(CASES, "fr/supabase/migrations"), join(CASES, "es/supabase/migrations")]);
  assert.equal((await e.jobs()).length, 6);
});

// ---- what is there already ----

const sql = (name, url, schedule = "0 7 * * *") => `select cron.schedule('${name}', '${schedule}', $$select net.http_post('${url}', headers := jsonb_build_object('X-Key', current_setting('app.the_key')))$$);\n`;
const A = sql("a", "https://abc.supabase.co/functions/v1/a"), B = sql("b", "https://abc.supabase.co/functions/v1/b");
const pipe = (e, text, ...flags) => e.command(["import", "pg-cron", "-", ...flags], { input: text });

test("a job that was changed stays as it is, --replace makes it as the files say; other jobs are not touched", async () => {
  const e = new Edgecron();
  await e.ok(["job", "set", "mine", "--schedule", "@daily", "--url", "https://mine.example/x"]);
  assert.equal((await pipe(e, A)).code, 0);
  await e.ok(["job", "set", "a", "--schedule", "5 5 * * *"]);
  const second = await pipe(e, A + B);
  assert.equal(second.code, 0, second.stderr);
  assert.match(second.stdout, /job 'a' is there already, and not as the files say: left as it is/);
  assert.match(second.stdout, /jobs: 1 created, 0 updated/);
  const schedules = async () => Object.fromEntries((await e.json(["export"])).jobs.map((j) => [j.name, j.schedule]));
  assert.deepEqual(await schedules(), { a: "5 5 * * *", b: "0 7 * * *", mine: "@daily" });
  const third = await pipe(e, A + B, "--replace");
  assert.match(third.stdout, /~ job 'a'/);
  assert.deepEqual(await schedules(), { a: "0 7 * * *", b: "0 7 * * *", mine: "@daily" });
});

test("a target of the same name elsewhere is a conflict: nothing is stored, no key would go there", async () => {
  const e = new Edgecron();
  await e.ok(["target", "set", "abc", "--base-url", "https://somebody.example"]);
  const was = await e.ok(["export"]);
  const r = await pipe(e, A);
  assert.equal(r.code, 4);
  assert.match(r.stderr, /target 'abc' is there already, with the address https:\/\/somebody\.example/);
  assert.equal(await e.ok(["export"]), was);
});

test("--disabled switches all off, and says how to switch one on", async () => {
  const e = new Edgecron();
  const r = await pipe(e, A + B, "--disabled");
  assert.equal(r.code, 0, r.stderr);
  assert.deepEqual((await e.jobs()).map((j) => j.enabled), [false, false]);
  assert.match(r.stdout, /edgecron job set a --enabled/);
  await e.ok(["job", "set", "a", "--enabled"]);
  assert.match((await pipe(e, A + B, "--disabled")).stdout, /job 'a' is there already/);
});

test("an address that only a secret knows is given with --address", async () => {
  const e = new Edgecron();
  const text = "select cron.schedule('a', '0 7 * * *', $$select net.http_post(url := (select decrypted_secret from vault.decrypted_secrets where name = 'project_url') || '/functions/v1/a')$$);";
  const without = JSON.parse((await pipe(e, text, "--json")).stdout);
  assert.equal(without.targets[0].base_url, "https://project-url.invalid/functions/v1");
  const given = JSON.parse((await pipe(e, text, "--json", "--address", "project_url=https://abc.supabase.co")).stdout);
  assert.deepEqual(given.targets, [{ name: "abc", base_url: "https://abc.supabase.co/functions/v1" }]);
  for (const wrong of ["project_url", "=x", "a b=c", "x="]) assert.equal((await pipe(e, text, "--address", wrong)).code, 2, wrong);
  const slip = await pipe(e, text, "--json", "--address", "projet_url=https://abc.supabase.co");
  assert.equal(slip.code, 2);
  assert.match(slip.stderr, /--address names 'projet_url', of which no job's URL is made; did you mean 'project_url'\?/);
  assert.match((await pipe(e, A, "--address", "url=https://x.example")).stderr, /'url', of which no job's URL is made: leave it out/);
});

test("a pasted key is a secret to set and to rotate; its value is nowhere", async () => {
  const e = new Edgecron();
  const key = "sk_live_0123456789abcdefABCDEF";
  const r = await pipe(e, `select cron.schedule('a', '0 7 * * *', $$select net.http_post(url := 'https://abc.supabase.co/functions/v1/a', headers := '{"Authorization": "Bearer ${key}"}'::jsonb)$$);`);
  assert.equal(r.code, 0, r.stderr);
  assert.match(r.stdout, /Make new keys for those that stand in the files/);
  assert.doesNotMatch(r.stdout + r.stderr + await e.ok(["export"]), new RegExp(key));
});

// ---- files ----

test("folders by name, files as given, standard input once; forms by ending or by how they begin", async () => {
  const e = new Edgecron(), folder = join(dirname(e.dir), "m");
  mkdirSync(folder);
  writeFileSync(join(folder, "2_b.sql"), "select cron.unschedule('a');" + B);
  writeFileSync(join(folder, "1_a.sql"), A);
  writeFileSync(join(folder, "readme.md"), A.replace("'a'", "'c'"));
  const names = async (...args) => JSON.parse(await e.ok(["import", "pg-cron", ...args, "--json"])).jobs.map((j) => j.name);
  assert.deepEqual(await names(`${folder}/`), ["b"]);
  assert.deepEqual(await names(join(folder, "2_b.sql"), join(folder, "1_a.sql")), ["b", "a"]);
  const csv = 'jobid,schedule,command,active,jobname\n1,0 7 * * *,"select net.http_get(\'https://h.net/a\')",t,x\n';
  const json = JSON.stringify([{ jobid: 1, schedule: "0 7 * * *", command: "select net.http_get('https://h.net/a')", active: true, jobname: "y" }]);
  assert.equal(JSON.parse((await pipe(e, csv, "--json")).stdout).jobs[0].name, "x");
  assert.equal(JSON.parse((await pipe(e, json, "--json")).stdout).jobs[0].name, "y");
  assert.deepEqual(await names(e.file("jobs.csv", csv), e.file("jobs.json", json)), ["x", "y"]);
  assert.equal((await edgecron(["import", "pg-cron", "-", "-"], { input: A })).code, 2);
});

test("what is not there, or holds nothing, is said", async () => {
  const e = new Edgecron(), project = join(dirname(e.dir), "project");
  mkdirSync(join(project, "supabase"), { recursive: true });
  cpSync(join(CASES, "es/supabase/migrations"), join(project, "supabase/migrations"), { recursive: true });
  assert.match((await e.refused(3, ["import", "pg-cron", "/no/such"])).detail, /there is no file or folder '\/no\/such'/);
  assert.match((await e.refused(3, ["import", "pg-cron", project])).detail, /did you mean '.*project\/supabase\/migrations'/);
  assert.match((await e.refused(3, ["import", "pg-cron", e.file("x.sql", "create table t (a int);")])).detail, /no job of pg_cron/);
  assert.match((await e.refused(4, ["import", "pg-cron", e.file("x.json", readFileSync(join(CASES, "hostile/other.json")))])).detail, /x\.json/);
  assert.equal((await e.command(["import", "pg-cron"])).code, 2);
  assert.equal((await e.command(["import"])).code, 2);
});

test("folders within a folder, pipes and devices are left out, and told", async () => {
  const e = new Edgecron(), supabase = join(dirname(e.dir), "supabase"), own = join(dirname(e.dir), "own");
  mkdirSync(join(supabase, "migrations"), { recursive: true });
  writeFileSync(join(supabase, "migrations/1.sql"), A);
  assert.match((await e.refused(3, ["import", "pg-cron", supabase])).detail, /did you mean '.*supabase\/migrations'\?/);
  writeFileSync(join(supabase, "seed.sql"), "insert into t values (1);");
  assert.match((await e.refused(3, ["import", "pg-cron", supabase])).detail, /supabase\/migrations: left out: it is a folder within one/);
  writeFileSync(join(supabase, "jobs.sql"), B);
  execFileSync("mkfifo", [join(supabase, "nobody-writes.sql")]);
  symlinkSync("/dev/zero", join(supabase, "endless.sql"));
  const { stdout } = await e.command(["import", "pg-cron", supabase, "--dry-run"], { timeout: 20_000 });
  for (const name of ["migrations: left out: it is a folder", "nobody-writes.sql: left out: it is no file", "endless.sql: left out: it is no file"])
    assert.ok(stdout.includes(`supabase/${name}`), stdout);
  for (const name of ["1_a", "2_b"]) {
    mkdirSync(join(own, name), { recursive: true });
    writeFileSync(join(own, name, "migration.sql"), A);
  }
  assert.match((await e.refused(3, ["import", "pg-cron", own])).detail, /did you mean '.*own\/1_a', and the folders beside it, in order\?/);
});

test("what is not UTF-8 is told; the rows that a dump without data lacks are named", async () => {
  const e = new Edgecron();
  const latin = e.file("latin.sql", Buffer.from(`-- jobs\n${A.replace("'a'", "'caf\xe9'")}`, "latin1"));
  assert.match((await e.command(["import", "pg-cron", latin, "--dry-run"])).stdout, /latin\.sql:2: this line is not written in UTF-8.*iconv/);
  assert.match((await e.refused(3, ["import", "pg-cron", e.file("d.sql", "create table cron.job (jobid bigint);")])).detail, /'pg_dump --schema-only' leaves out/);
});

test("jobs of SQL alone: nothing to import, each told with its line", async () => {
  const e = new Edgecron();
  const r = await pipe(e, "select cron.schedule('v', '0 3 * * *', 'VACUUM');");
  assert.equal(r.code, 0, r.stderr);
  assert.match(r.stdout, /nothing changed: there is no job to import/);
  assert.match(r.stdout, /standard input:1: job 'v'/);
});
