// What doctor says of backups, of copies from before upgrades and of what a crash left; and that a sealed server makes backups.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { document, Edgecron, job, target } from "./harness/edgecron.mjs";
import { until } from "./harness/wait.mjs";

const stamp = (ms) => `edgecron-${new Date(ms).toISOString().replaceAll(/[-:]|\.\d+/g, "")}.db`;
const shelf = (e) => (existsSync(join(e.dir, "backups")) ? readdirSync(join(e.dir, "backups")).sort() : []);
async function made() {
  const e = new Edgecron();
  await e.setSecret("KEY", "a-value-of-a-secret");
  await e.apply(document([target("prod", "http://127.0.0.1:9")], [job("daily", "/daily", { target: "prod", schedule: "0 0 1 1 *" })]));
  return e;
}
async function findings(e, check) {
  const r = await e.command(["doctor", "--json"]);
  return JSON.parse(r.stdout).items.filter((i) => i.check === check);
}
/** The one finding of the check. */
async function finding(e, check, severity, what) {
  const all = await findings(e, check);
  assert.equal(all.length, 1, JSON.stringify(all, null, 1));
  assert.deepEqual([all[0].severity, what.test(all[0].what)], [severity, true], JSON.stringify(all[0], null, 1));
  return all[0];
}

describe("doctor and backups", { concurrency: 3 }, () => {
  test("none by schedule; the command it names; due and not there; there; one that is no backup", async () => {
    const e = await made();
    const { fix } = await finding(e, "data.backups", "notice", /makes no backups: there is no schedule/);
    const [, at] = fix.match(/^edgecron settings set --backup-schedule '(.*)'$/);
    await e.ok(["settings", "set", "--backup-schedule", at]);
    await finding(e, "data.backups", "notice", /no backup by schedule yet; the next is due .* \(in /);
    mkdirSync(join(e.dir, "backups"), { mode: 0o700 });
    const old = join(e.dir, "backups", stamp(Date.now() - 3 * 86_400_000));
    await e.ok(["backup", old]);
    const late = await finding(e, "data.backups", "warning", /newest backup is 3 days old, and another was due .* ago\)/);
    assert.match(late.why, /no server runs to make it/);
    await e.serve();
    await until("the one that is overdue", () => shelf(e).filter((n) => n.endsWith(".db")).length === 2);
    await finding(e, "data.backups", "ok", /newest of 2 backups is of .*(?:ago|now)\), with .* MiB; all .* on the disk of the data itself: copy them elsewhere/);
    await e.stop();
    const newest = join(e.dir, "backups", shelf(e).at(-1));
    writeFileSync(newest, "not a database, though it has the name of one ".repeat(100));
    assert.match((await finding(e, "data.backups", "problem", /newest backup, .* is no store/)).fix, /^edgecron backup check '/);
  });

  test("copies from before upgrades are counted; halves are told, and gone once a server starts; files of others stay", async () => {
    const e = await made(), store = join(e.dir, "edgecron.db");
    await finding(e, "data.copies", "ok", /nothing lies beside the store/);
    copyFileSync(store, `${store}.before-0.2.0`);
    copyFileSync(store, `${store}.before-0.3.0`);
    await finding(e, "data.copies", "ok", /'edgecron\.db\.before-0\.[23]\.0' and 'edgecron\.db\.before-0\.[23]\.0', from before upgrades, take \d+\.\d MiB/);
    mkdirSync(join(e.dir, "restore.part"));
    for (const name of ["restore.part/edgecron.db", "edgecron.db.sent", "edgecron.db.sent.part", "edgecron.db.before-0.4.0.part", "backup.db", "mine.part"])
      writeFileSync(join(e.dir, name), "half of something");
    const left = (await findings(e, "data.copies")).filter((i) => i.severity === "notice");
    assert.deepEqual(left.map((i) => i.what.match(/\/([^/]+)' is left of one that was cut short/)[1]).sort(),
      ["edgecron.db.before-0.4.0.part", "edgecron.db.sent", "edgecron.db.sent.part", "restore.part"]);
    assert.match(left[0].fix, /^rm -r '/);
    await e.serve();
    await e.stop();
    assert.match(e.logs, /half of a copy, which a crash left, was removed/);
    for (const name of ["backup.db", "mine.part", "edgecron.db.before-0.2.0", "edgecron.db.before-0.3.0"]) assert.ok(existsSync(join(e.dir, name)), name);
    assert.deepEqual((await findings(e, "data.copies")).map((i) => i.severity), ["ok"]);
  });

  test("what old history has left within the store", async () => {
    const e = await made();
    const sql = (text) => execFileSync("sqlite3", [join(e.dir, "edgecron.db"), text]);
    sql("CREATE TABLE filler (x); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) INSERT INTO filler SELECT randomblob(1000) FROM n; DELETE FROM filler; PRAGMA wal_checkpoint(TRUNCATE)");
    const mib = async () => Number((await finding(e, "data.space", "ok", /unused/)).what.match(/of which (\d+\.\d) are unused \((?:the server gives \d+\.\d back|runs to come)/)[1]);
    assert.ok(await mib() > 15);
    await e.createToken();
    await e.serve();
    await e.ok(["settings", "set", "--retention-days", "80"]); // looks at once
    const status = async () => (await e.api("/api/v1/status")).body;
    const s = await until("space to be given back", async () => ((x) => x.store_bytes < 10 << 20 && x)(await status()), { state: status });
    assert.ok(s.store_unused_bytes >= 0 && s.store_unused_bytes < s.store_bytes);
    await e.stop();
    assert.ok(await mib() < 5);
  });
});

test("a sealed server makes backups by schedule, also by one that is set while it is sealed; with the key they are whole", async () => {
  const e = await made(), key = join(e.dir, "master.key"), away = join(e.dir, "..", "master.key");
  await e.createToken("tests", "admin");
  renameSync(key, away);
  await e.serve([], { ready: false });
  const status = async () => (await e.api("/api/v1/status").catch(() => null))?.body;
  await until("it to be sealed", async () => (await status())?.sealed === true);
  const r = await e.api("/api/v1/settings", { method: "PATCH", body: JSON.stringify({ backup_schedule: "@every 1s", backup_keep: 2 }) });
  assert.equal(r.status, 200);
  const whole = () => shelf(e).filter((n) => n.endsWith(".db"));
  await until("two backups of a sealed server", () => whole().length === 2);
  assert.ok((await status()).backup_last_at);
  await e.stop();
  await e.serve([], { ready: false });
  const before = whole();
  await until("others after a start", () => whole().every((n) => !before.includes(n)) && whole().length === 2);
  renameSync(away, key);
  await e.ready();
  assert.equal((await status()).sealed, false);
  await e.stop();
  for (const n of whole()) assert.equal((await e.json(["backup", "check", join(e.dir, "backups", n)])).master_key, "fits");
  assert.doesNotMatch(e.logs, /level=error msg="the backup/);
});
