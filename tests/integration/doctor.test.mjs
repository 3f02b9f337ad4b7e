// doctor: each thing that it can find is brought about and found, with the command that mends it; it leaves no trace and says no secret.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync, chownSync, closeSync, copyFileSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync,
  writeSync,
} from "node:fs";
import { createServer } from "node:http";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { temporaryFolder } from "./harness/cleanup.mjs";
import { BINARY, document, Edgecron, job, target } from "./harness/edgecron.mjs";
import { startFaults } from "./harness/faults.mjs";
import { until } from "./harness/wait.mjs";

const VALUE = "value-8Zx4Yw2Vu6Ts1Rq9Po3Nm7Lk5Ji0Hg";
const NEXT = "next-q3VJx0cN9mKf7LrT2wYbZ8hD5sPaG1eU";
const KEYS = ["check", "severity", "what", "why", "fix"];
const CHECKS = ["data.directory", "data.files", "data.space", "data.database", "data.server", "data.backups", "data.copies", "key.file", "key.sealed", "secrets.missing",
  "secrets.refused", "secrets.unused", "secrets.rotation", "secrets.overlap", "secrets.bindings", "server.confined", "time.clock", "time.zones",
  "jobs.readable", "jobs.schedules", "jobs.waiting", "jobs.outcomes", "alerts.messages", "alerts.channels", "alerts.rules", "alerts.heartbeat"];
const root = process.getuid() === 0;
const sanitized = /build\/(asan|tsan|coverage)\//.test(BINARY);
const headers = { "X-Key": "{{secret.K}}" };

/** What is where: content, mode, owner, times of the directory and all in it. */
function snapshot(dir) {
  return [".", ...readdirSync(dir).sort()].map((name) => {
    const path = join(dir, name), s = statSync(path, { bigint: true });
    const hash = s.isFile() ? createHash("sha256").update(readFileSync(path)).digest("hex") : "";
    return [name, s.ino, s.mode, s.uid, s.size, s.mtimeNs, s.ctimeNs, hash].join(" ");
  });
}

/** Runs it with --json, without targets (doctor_targets.test.mjs has those), and checks all that holds for every run. */
async function doctor(e, ...flags) {
  const server = e.server?.running;
  const there = statSync(e.dir, { throwIfNoEntry: false })?.isDirectory();
  const was = there && !server ? snapshot(e.dir) : null;
  const r = await e.command(["doctor", "--offline", "--json", ...flags]);
  if (was) assert.deepEqual(snapshot(e.dir), was, "it left a trace");
  assert.equal(r.stderr, "");
  for (const value of [VALUE, NEXT]) assert.ok(!r.stdout.includes(value), "a secret's value");
  const { items, next_cursor } = JSON.parse(r.stdout);
  assert.equal(next_cursor, null);
  for (const i of items) {
    assert.deepEqual(Object.keys(i), KEYS);
    assert.ok(CHECKS.includes(i.check), i.check);
    assert.ok(["ok", "notice", "warning", "problem"].includes(i.severity), i.severity);
    assert.equal(typeof i.what, "string");
    assert.equal(i.why === null, i.severity === "ok", `'${i.what}' says why it matters`);
    assert.doesNotMatch(i.what, /\.$/);
  }
  assert.equal(r.code, items.some((i) => i.severity === "problem") ? 1 : 0);
  return items;
}

const of = (items, check) => items.filter((i) => i.check === check);
/** The one finding of a check, with its severity, and words of what, why and fix. */
function found(items, check, severity, what, { why = /./, fix } = {}) {
  const hits = of(items, check).filter((i) => what.test(i.what));
  assert.equal(hits.length, 1, `${check} ${what}: ${JSON.stringify(of(items, check), null, 1)}`);
  assert.equal(hits[0].severity, severity, JSON.stringify(hits[0]));
  if (severity !== "ok") assert.match(hits[0].why, why);
  if (fix) assert.match(hits[0].fix ?? "", fix);
  return hits[0];
}
const well = (items, check) => assert.deepEqual(of(items, check).map((i) => i.severity), ["ok"], check);

const sql = (e, text) => execFileSync("sqlite3", [join(e.dir, "edgecron.db"), text], { encoding: "utf8" });
/** What a finding says mends it; standard input holds a value. */
function shell(e, command) {
  const input = openSync(e.file("value", `${VALUE}\n`), "r");
  try {
    execFileSync("sh", ["-ec", command.replaceAll(/\bedgecron (?=[a-z])/g, `'${BINARY}' `)], { env: { ...process.env, EDGECRON_DATA: e.dir }, stdio: [input, "pipe", "pipe"] });
  } finally {
    closeSync(input);
  }
}

/** A directory with one job that is in order. */
async function made() {
  const e = new Edgecron();
  await e.setSecret("K", VALUE);
  await e.apply(document([target("prod", "http://127.0.0.1:9/fn")], [job("daily", { url: "/daily", headers }, { target: "prod" })]));
  return e;
}

describe("where there is nothing", () => {
  test("no directory: one problem, and what else can be told", async () => {
    const e = new Edgecron();
    const items = await doctor(e);
    found(items, "data.directory", "problem", /cannot be reached: No such file/, { fix: /^edgecron serve --data '/ });
    assert.deepEqual(items.filter((i) => i.severity === "problem").length, 1);
    assert.ok(!statSync(e.dir, { throwIfNoEntry: false }), "it made one");
  });

  test("a file in its place; an empty directory; another program's database", async () => {
    const e = new Edgecron();
    writeFileSync(e.dir, "");
    found(await doctor(e), "data.directory", "problem", /is not a directory/);
    rmSync(e.dir);
    mkdirSync(e.dir, { mode: 0o700 });
    found(await doctor(e), "data.database", "problem", /there is no edgecron data in/);
    sql(e, "CREATE TABLE x (y)");
    chmodSync(join(e.dir, "edgecron.db"), 0o600);
    found(await doctor(e), "data.database", "problem", /database of another program/);
    writeFileSync(join(e.dir, "edgecron.db"), "this is no database, whatever its name says ".repeat(100));
    found(await doctor(e), "data.database", "problem", /cannot be opened/);
  });
});

test("a key that is set before the first job is not to be removed", async () => {
  const e = new Edgecron();
  await e.ok(["secret", "set", "FIRST"], { input: VALUE });
  const unused = found(await doctor(e), "secrets.unused", "notice", /'FIRST'/, { why: /a header of a target or job names it: \{\{secret\.FIRST\}\}/ });
  assert.equal(unused.fix, null);
});

describe("a directory in order", () => {
  let e;
  before(async () => (e = await made()));

  test("every check has its say, nothing is a problem, and the exit status is 0", async () => {
    const items = await doctor(e);
    assert.deepEqual([...new Set(items.map((i) => i.check))], CHECKS);
    for (const check of ["data.directory", "data.files", "data.database", "key.sealed", "secrets.missing", "secrets.refused", "secrets.unused", "secrets.rotation",
      "secrets.overlap", "secrets.bindings", "time.zones", "jobs.readable", "jobs.schedules", "jobs.waiting", "jobs.outcomes"]) well(items, check);
    found(items, "data.database", "ok", /holds 1 job$/);
    found(items, "data.server", "warning", /no server runs/, { fix: /^edgecron serve$/ });
    found(items, "key.file", "notice", /the master key is in the directory of the database/, { why: /keep a copy of the key elsewhere/ });
    found(items, "jobs.outcomes", "ok", /none$/);
    found(items, "time.zones", "ok", /20\d\d[a-z].* 1 zone\b/);
  });

  test("for people: groups, the command, a last line that sums up", async () => {
    const r = await e.command(["doctor", "--offline"]);
    assert.equal(r.code, 0);
    assert.match(r.stdout, /^data\n {2}ok {7}the data directory/);
    for (const group of ["key", "secrets", "server", "time", "jobs"]) assert.match(r.stdout, new RegExp(`^${group}$`, "m"));
    assert.match(r.stdout, /^ {2}warning {2}no server runs on .*\n {11}without one nothing is called\n {11}mend it: edgecron serve$/m);
    assert.match(r.stdout, /\n\n1 warning, \d+ notices?; \d+ in order\n$/);
    assert.ok(!r.stdout.includes(VALUE));
  });

  test("commands that it names have --data when that was given, and the key's file", async () => {
    const elsewhere = join(dirname(e.dir), "the.key");
    copyFileSync(join(e.dir, "master.key"), elsewhere);
    chmodSync(elsewhere, 0o600);
    const items = await doctor(e, "--data", e.dir, "--master-key-file", elsewhere);
    well(items, "key.file");
    assert.equal(found(items, "data.server", "warning", /no server/).fix, `edgecron serve --data '${e.dir}' --master-key-file '${elsewhere}'`);
  });

  test("a log that a crash left is read, and left as it is, with or without its index", async () => {
    await e.serve();
    await e.setSecret("LATE", NEXT);
    await e.stop("SIGKILL");
    assert.ok(statSync(join(e.dir, "edgecron.db-wal")).size > 0);
    found(await doctor(e), "secrets.unused", "notice", /'LATE'/, { fix: /^edgecron secret remove LATE$/ });
    rmSync(join(e.dir, "edgecron.db-shm"));
    const items = await doctor(e);
    shell(e, found(items, "secrets.unused", "notice", /'LATE'/).fix);
    well(await doctor(e), "secrets.unused");
  });
});

describe("data", () => {
  test("a name that a shell would take for more is quoted", async () => {
    const e = await made();
    const odd = join(e.dir, "it's; touch `here`");
    writeFileSync(odd, "", { mode: 0o644 });
    chmodSync(odd, 0o644);
    shell(e, found(await doctor(e), "data.files", "warning", /it's; touch/).fix);
    assert.equal(statSync(odd).mode & 0o777, 0o600);
    well(await doctor(e), "data.files");
  });

  test("modes of the directory and of files", async () => {
    const e = await made();
    for (const [mode, severity] of [[0o755, "warning"], [0o777, "problem"]]) {
      chmodSync(e.dir, mode);
      const fix = found(await doctor(e), "data.directory", severity, new RegExp(`mode 0${mode.toString(8)}`), { fix: /^chmod 700 '/ }).fix;
      shell(e, fix);
    }
    chmodSync(join(e.dir, "edgecron.db"), 0o644);
    shell(e, found(await doctor(e), "data.files", "warning", /edgecron\.db' is open to other users \(mode 0644\)/, { fix: /^chmod 600 '/ }).fix);
    const items = await doctor(e);
    well(items, "data.directory");
    well(items, "data.files");
  });

  test("a file of another user, as a command of root leaves it", { skip: !root }, async () => {
    const e = await made();
    await e.serve();
    await e.stop("SIGKILL"); // leaves a WAL
    chownSync(join(e.dir, "edgecron.db-wal"), 4321, 4321);
    const f = found(await doctor(e), "data.files", "problem", /-wal' belongs to user id 4321/, { fix: /^chown 0:0 '.*-wal'$/ });
    shell(e, f.fix);
    well(await doctor(e), "data.files");
  });

  test("a WAL that holds nothing, as a kill after a checkpoint leaves it, is left where it is", async () => {
    const e = await made();
    await e.serve();
    await e.stop("SIGKILL");
    truncateSync(join(e.dir, "edgecron.db-wal"), 32); // its header alone
    well(await doctor(e), "data.files");
  });

  test("a disk that is full, and one that is nearly full", { skip: !root }, async (t) => {
    const e = await made();
    const disk = temporaryFolder("disk");
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=200m,mode=700", "tmpfs", disk], { stdio: "ignore" });
    } catch {
      return t.skip("nothing can be mounted here");
    }
    t.after(() => execFileSync("umount", [disk]));
    execFileSync("cp", ["-a", `${e.dir}/.`, disk]);
    e.dir = disk;
    found(await doctor(e), "data.space", "warning", /nearly full: 1\d\d MiB/, { why: /make room/ });
    writeFileSync(join(disk, "ballast"), Buffer.alloc(150 << 20), { mode: 0o600 });
    found(await doctor(e), "data.space", "problem", /is full: \d\d MiB/);
  });

  test("a damaged database is told of", async () => {
    const e = await made();
    sql(e, "CREATE TABLE filler (x); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) INSERT INTO filler SELECT hex(randomblob(50)) FROM n");
    const page = Number(sql(e, "SELECT rootpage FROM sqlite_schema WHERE name = 'filler'"));
    const size = Number(sql(e, "PRAGMA page_size"));
    const fd = openSync(join(e.dir, "edgecron.db"), "r+");
    writeSync(fd, Buffer.alloc(200, 0xee), 0, 200, (page - 1) * size);
    closeSync(fd);
    const hits = of(await doctor(e), "data.database");
    assert.ok(hits.length > 0 && hits.every((i) => i.severity === "problem" && /the database is damaged: /.test(i.what)), JSON.stringify(hits));
  });

  test("a database of a newer edgecron", async () => {
    const e = await made();
    sql(e, "PRAGMA user_version = 999");
    const items = await doctor(e);
    found(items, "data.database", "problem", /newer edgecron \(format 999/);
    assert.ok(!items.some((i) => i.check.startsWith("jobs.")), "what needs the database is left out");
  });
});

describe("key", () => {
  let e, key;
  before(async () => {
    e = await made();
    key = join(e.dir, "master.key");
  });

  test("open to others: a problem, and the store counts as sealed", async () => {
    chmodSync(key, 0o640);
    const items = await doctor(e);
    found(items, "key.sealed", "problem", /can be read by others/);
    shell(e, found(items, "key.file", "problem", /is open to other users \(mode 0640\)/, { fix: /^chmod 600 '/ }).fix);
    found(await doctor(e), "key.sealed", "ok", /opens the store, and every value in it \(1\)/);
  });

  test("missing, or another: sealed, and unseal mends it", async () => {
    const copy = join(dirname(e.dir), "copy.key");
    renameSync(key, copy);
    found(await doctor(e), "key.sealed", "problem", /master key file '.*' is missing/, { why: /sealed: nothing is planned or called/, fix: /^edgecron unseal < copy/ });
    writeFileSync(key, `${"ab".repeat(32)}\n`, { mode: 0o600 });
    const { fix } = found(await doctor(e), "key.sealed", "problem", /is not the master key of this store/, { fix: /^edgecron unseal < copy-of-master\.key$/ });
    shell(e, fix.replace("copy-of-master.key", `'${copy}'`));
    found(await doctor(e), "key.sealed", "ok", /opens/);
  });

  test("a change that was interrupted", async () => {
    copyFileSync(key, `${key}.next`);
    chmodSync(`${key}.next`, 0o600);
    found(await doctor(e), "key.file", "warning", /master\.key\.next' is left over/, { why: /finishes or undoes it/ });
    rmSync(`${key}.next`);
  });

  test("a value that does not open", async () => {
    sql(e, "UPDATE secret_versions SET value = zeroblob(length(value)) WHERE name = 'K'");
    const { fix } = found(await doctor(e), "key.sealed", "problem", /version 1 of secret 'K' does not open/, { fix: /^edgecron secret set K$/ });
    shell(e, fix);
    well(await doctor(e), "key.sealed");
  });

  test("no secret was ever set: no key is needed", async () => {
    const none = new Edgecron();
    await none.apply(document([], [job("x", "http://127.0.0.1:9/")]));
    found(await doctor(none), "key.sealed", "ok", /no secret was ever set/);
  });
});

describe("secrets", () => {
  test("missing: a problem for jobs that run, a notice for others, with all who use it", async () => {
    const e = await made();
    const url = "http://127.0.0.1:9/";
    const many = (n) => ({ url, headers: { a: `{{secret.${n}}}`, b: `{{ secret.${n} }}` } });
    await e.apply(document([target("own", "http://127.0.0.1:9", { headers: { h: "{{secret.LONELY}}" } })], [
      ...[1, 2, 3, 4, 5, 6, 7].map((i) => job(`m${i}`, many("MISSING"))),
      job("off", many("OFF"), { enabled: false }),
      job("body", { url, body: { key: "{{secret.IN_BODY}}" } }),
    ]));
    const items = await doctor(e);
    found(items, "secrets.missing", "problem", /^secret 'MISSING' is not set, but used by jobs 'm1', 'm2', 'm3', 'm4', 'm5' and 2 more$/, { fix: /^edgecron secret set MISSING$/ });
    found(items, "secrets.missing", "problem", /'IN_BODY'.* job 'body'$/);
    found(items, "secrets.missing", "notice", /'OFF'.* job 'off'$/);
    found(items, "secrets.missing", "notice", /'LONELY'.* target 'own'$/);
    for (const i of of(items, "secrets.missing")) shell(e, i.fix);
    well(await doctor(e), "secrets.missing");
  });

  test("more than can be read: the first 20, and how many there are", async () => {
    const e = new Edgecron();
    await e.apply(document([], [...Array(25).keys()].map((i) => job(`j${i}`, { url: "http://127.0.0.1:9/", headers: { a: `{{secret.S${i}}}` } }))));
    const items = of(await doctor(e), "secrets.missing");
    assert.equal(items.length, 21);
    assert.equal(items[20].what, "and 5 more like these");
    assert.equal(items[20].severity, "problem");
  });

  test("due for rotation, and rotated", async () => {
    const e = await made();
    sql(e, "UPDATE secrets SET updated_at = updated_at - 100 * 86400000");
    const { fix } = found(await doctor(e), "secrets.rotation", "warning", /^secret 'K' has its value for 100 days, and is to be rotated every 90 days$/,
      { fix: /^edgecron secret rotate K --generate$/ });
    shell(e, fix);
    const items = await doctor(e);
    well(items, "secrets.rotation");
    found(items, "secrets.overlap", "notice", /^secret 'K' is being rotated: version 1 is destroyed at 20/, { why: /no call has shown yet/ });
  });

  test("bound to nothing, in a job with an absolute URL: the command binds it to all that use it", async () => {
    const e = await made();
    const free = (n, url) => job(n, { url, headers });
    await e.apply(document([], [free("same", "http://127.0.0.1:9/elsewhere"), free("far", "https://api.example.com/x?a={{now}}")]));
    const { fix } = found(await doctor(e), "secrets.bindings", "notice", /^secret 'K' goes to an absolute URL in jobs 'far' and 'same', and is bound to no target$/);
    assert.equal(fix, "edgecron target set api-example-com --base-url https://api.example.com && edgecron secret set K --target prod,api-example-com </dev/null");
    shell(e, fix);
    well(await doctor(e), "secrets.bindings");
    assert.deepEqual((await e.json(["secret", "list"])).items[0].targets, ["api-example-com", "prod"]);
  });

  test("a host that is known only at the call: told of, and no command is invented", async () => {
    const e = await made();
    await e.apply(document([], [job("any", { url: "https://{{job.name}}.example.com/", headers })]));
    assert.equal(found(await doctor(e), "secrets.bindings", "notice", /in job 'any'/).fix, null);
  });
});

describe("beside a server", () => {
  const e = new Edgecron();
  let server, key = VALUE;

  before(async () => {
    server = createServer((req, res) => res.writeHead(req.headers["x-key"] === key ? 200 : 401).end());
    await new Promise((done) => server.listen(0, "127.0.0.1", done));
    await e.setSecret("K", VALUE);
    await e.apply(document([target("prod", `http://127.0.0.1:${server.address().port}`)], [job("j", { url: "/j", headers }, { target: "prod" })]));
    await e.serve();
  });
  after(async () => {
    await e.stop();
    server.closeAllConnections();
    server.close();
  });
  const accepted = async () => (await e.json(["secret", "list"])).items[0].accepted[0];

  test("the server's pid, its user and its confinement", async () => {
    const items = await doctor(e);
    found(items, "data.server", "ok", new RegExp(`pid ${e.server.pid}\\b`));
    if (root) found(items, "server.confined", "warning", /runs as root/);
    assert.equal(of(items, "server.confined").some((i) => /is not confined/.test(i.what)), sanitized);
    well(items, "key.sealed");
  });

  test("a rotation: nobody showed yet; who still takes the old one; who takes the new one", async () => {
    await e.runJob("j");
    await until("acceptance to be written", accepted);
    await e.ok(["secret", "rotate", "K", "--overlap", "2h"], { input: NEXT });
    found(await doctor(e), "secrets.overlap", "notice", /'K' is being rotated/, { why: /no call has shown yet/ });
    const since = Date.now();
    await e.runJob("j");
    await until("the old version to be noted", async () => Date.parse((await accepted()).at) >= since - 1);
    found(await doctor(e), "secrets.overlap", "warning",
      /^the function at target 'prod' still takes version 1 of secret 'K': set version 2 there before 20\d\d-.*Z/, { why: /version 1 is destroyed/ });
    key = NEXT;
    await e.runJob("j");
    await until("the new version to be noted", async () => (await accepted()).version === 2);
    found(await doctor(e), "secrets.overlap", "notice", /'K' is being rotated/, { why: /the new one is taken at 'prod'/ });
  });

  test("everything paused", async () => {
    await e.apply({ version: 1, settings: { paused: true } });
    const { fix } = found(await doctor(e), "data.server", "warning", /everything is paused/);
    shell(e, fix);
    well(await doctor(e), "data.server");
  });

  test("a server that was told not to confine itself", async () => {
    await e.stop();
    await e.serve(["--unconfined"]);
    found(await doctor(e), "server.confined", "warning", /is not confined/, { why: /without --unconfined/ });
  });
});

describe("time and jobs", () => {
  test("a clock behind what was planned", async () => {
    const e = await made();
    sql(e, `UPDATE planner SET planned_until = ${Date.now() + 3 * 86400_000}`);
    found(await doctor(e), "time.clock", "warning", /the clock is (2|3|71|72) (days|h) behind what was planned/, { why: /set back/ });
  });

  test("a zone that is gone, a schedule that cannot be read, a job and a target that cannot be read", async () => {
    const e = await made();
    await e.apply(document([target("bad", "http://127.0.0.1:9")], ["zone", "cron", "spec"].map((n) => job(n, "http://127.0.0.1:9/"))));
    sql(e, "UPDATE jobs SET spec = json_set(spec, '$.timezone', 'Mars/Olympus') WHERE name = 'zone';"
      + "UPDATE jobs SET spec = json_set(spec, '$.request.method', 'DANCE') WHERE name = 'spec';"
      + "UPDATE jobs SET spec = json_set(spec, '$.schedule', 'at tea time') WHERE name = 'cron';"
      + "UPDATE targets SET spec = '{' WHERE name = 'bad'");
    const items = await doctor(e);
    shell(e, found(items, "time.zones", "problem", /^job 'zone': there is no time zone 'Mars\/Olympus'/, { fix: /^edgecron job set zone --timezone UTC$/ }).fix);
    found(items, "jobs.readable", "problem", /^job 'spec' as kept is not valid/, { fix: /^edgecron job set spec --file job\.json$/ });
    found(items, "jobs.readable", "problem", /^job 'cron' as kept is not valid .*the schedule has 3 fields/);
    found(items, "secrets.missing", "ok", /every secret/); // others are looked at all the same
    found(items, "jobs.readable", "problem", /^target 'bad' as kept is not valid/, { fix: /^edgecron target set bad --file target\.json$/ });
    well(await doctor(e), "time.zones");
  });

  test("a job that is never due again", async () => {
    const e = await made();
    await e.apply(document([], [job("over", "http://127.0.0.1:9/", { ends_at: "2021-01-01T00:00:00Z" })]));
    shell(e, found(await doctor(e), "jobs.schedules", "notice", /^job 'over' is switched on, and never due again/, { fix: /^edgecron job set over --disabled$/ }).fix);
    well(await doctor(e), "jobs.schedules");
  });

  test("a job that more is due of than is called", async () => {
    const e = await made();
    const rows = (n) => sql(e, `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${n}) INSERT INTO runs (id, job, trigger, scheduled_for, created_at, state)
      SELECT randomblob(16), 'daily', 'schedule', 1700000000000 + (SELECT count(*) FROM runs) * 1000 + i, 1700000000000, 'queued' FROM n`);
    rows(1000);
    well(await doctor(e), "jobs.waiting");
    rows(1);
    found(await doctor(e), "jobs.waiting", "warning", /^1001 runs of job 'daily' wait for their turn$/, { why: /none is lost.*max_concurrent/, fix: /^edgecron run list --state queued$/ });
  });

  test("how runs ended: never succeeded, failing now, failed and succeeded since", async () => {
    const e = new Edgecron(), faults = await startFaults();
    await e.apply(document([target("t", faults.url)], ["never", "now", "mended", "fine"].map((n) => job(n, "/ok", { target: "t" }))));
    await e.serve();
    const url = (name, path) => e.ok(["job", "set", name, "--url", path]);
    await e.runJob("fine");
    await e.runJob("now");
    for (const name of ["never", "now", "mended"]) await url(name, "/status?code=503");
    for (const name of ["never", "now", "mended"]) await e.runJob(name);
    await url("mended", "/ok");
    await e.runJob("mended");
    const look = async () => {
      const items = await doctor(e);
      found(items, "jobs.outcomes", "ok", /^runs of the last 24 hours: 3 succeeded, 3 failed$/);
      found(items, "jobs.outcomes", "problem", /^job 'never' ran, and has never succeeded$/, { why: /503/, fix: /^edgecron run list --job never --state failed$/ });
      found(items, "jobs.outcomes", "problem", /^1 run of job 'now' failed in the last 24 hours, 1 succeeded$/, { why: /so did the last that ended: .*503/ });
      found(items, "jobs.outcomes", "warning", /^1 run of job 'mended' failed/, { why: /succeeded since/ });
      assert.equal(of(items, "jobs.outcomes").length, 4);
    };
    await look();
    await e.stop();
    await look();
    sql(e, "UPDATE runs SET state = 'missed' WHERE job = 'fine'");
    found(await doctor(e), "jobs.outcomes", "notice", /^1 run of job 'fine' was missed in the last 24 hours$/, { fix: /--state missed$/ });
    await e.ok(["job", "remove", "now"]);
    await e.ok(["job", "pause", "never"]);
    const items = await doctor(e);
    found(items, "jobs.outcomes", "notice", /^1 run of job 'now' failed/);
    found(items, "jobs.outcomes", "notice", /^job 'never' ran, and has never succeeded/);
    assert.ok(!items.some((i) => i.severity === "problem"));
    await faults.close();
  });
});
