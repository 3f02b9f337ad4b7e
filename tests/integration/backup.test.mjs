// A copy of the store, by command and over the API, while a server works on it.
import assert from "node:assert/strict";
import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { document, Edgecron, job, target } from "./harness/edgecron.mjs";
import { startFaults } from "./harness/faults.mjs";
import { until } from "./harness/wait.mjs";

const EVERY_SECOND = { schedule: "@every 1s", catch_up: { policy: "none", window_s: 0 } };

async function made() {
  const server = await startFaults(), e = new Edgecron();
  await e.setSecret("KEY", "a-key-that-is-backed-up");
  const jobs = Array.from({ length: 20 }, (_, i) => job(`each-${i}`, { url: "/echo", headers: { "x-internal-key": "{{secret.KEY}}" } },
    { target: "faults", ...EVERY_SECOND }));
  await e.apply(document([target("faults", server.url)], jobs));
  return { server, e };
}
const tokenOf = async (e, scope) => (await e.ok(["token", "create", scope, "--scope", scope])).trim();
/** The copy in a data directory of its own, with the key of the other. */
function asStore(e, file) {
  const other = new Edgecron();
  mkdirSync(other.dir, { recursive: true, mode: 0o700 });
  copyFileSync(file, join(other.dir, "edgecron.db"));
  copyFileSync(join(e.dir, "master.key"), join(other.dir, "master.key"));
  return other;
}

test("while runs are written: one moment's state, whole, and a store that works with the key", async () => {
  const { server, e } = await made();
  await e.serve();
  await until("runs", async () => (await e.runs()).filter((r) => r.state === "succeeded").length > 20);
  const file = join(e.dir, "..", "copy.db");
  const said = await e.json(["backup", file, "--verify"]);
  assert.deepEqual([said.file, said.verified, said.bytes], [file, true, statSync(file).size]);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const known = (await e.runs()).map((r) => r.id);
  const other = asStore(e, file);
  const runs = await other.runs();
  assert.ok(runs.filter((r) => r.state === "succeeded").length > 20);
  assert.ok(runs.every((r) => known.includes(r.id)), "no run that never was");
  await e.stop();
  await other.serve();
  await other.ok(["settings", "set", "--paused", "false"]); // it began paused (restore.test.mjs)
  assert.equal((await other.runJob("each-3")).state, "succeeded");
  assert.equal(server.seen.at(-1).headers["x-internal-key"], "a-key-that-is-backed-up");
  await other.stop();
  await server.close();
});

test("a file that is there stays; what cannot be written leaves nothing", async () => {
  const { server, e } = await made();
  const file = e.file("there.db", "something else");
  const problem = await e.refused(4, ["backup", file]);
  assert.match(JSON.stringify(problem), /is there already/);
  const r = await e.command(["backup", "/no/such/folder/copy.db"]);
  assert.equal(r.code, 1);
  assert.match(r.stderr, /cannot write '\/no\/such\/folder\/copy\.db/);
  assert.deepEqual(readdirSync(e.dir).filter((n) => n.endsWith(".part")), []);
  await server.close();
});

test("over the API: for scope admin, one at a time, nothing left in the data directory", async () => {
  const { server, e } = await made();
  await e.serve();
  const ask = (token) => fetch(`${e.url}/api/v1/backup`, { headers: { authorization: `Bearer ${token}` } });
  assert.equal((await ask(await tokenOf(e, "operate"))).status, 403);
  const admin = await tokenOf(e, "admin");
  const answers = await Promise.all(Array.from({ length: 8 }, () => ask(admin)));
  const good = answers.filter((a) => a.status === 200);
  assert.ok(good.length >= 1 && answers.every((a) => [200, 429].includes(a.status)));
  const a = good[0], bytes = Buffer.from(await a.arrayBuffer());
  assert.equal(a.headers.get("content-type"), "application/vnd.sqlite3");
  assert.match(a.headers.get("content-disposition"), /^attachment; filename="edgecron-\d{4}-\d\d-\d\d\.db"$/);
  assert.equal(Number(a.headers.get("content-length")), bytes.length);
  await Promise.all(answers.filter((x) => x !== a).map((x) => x.arrayBuffer()));
  const file = join(e.dir, "..", "over-api.db");
  writeFileSync(file, bytes);
  const other = asStore(e, file);
  assert.equal((await other.json(["job", "list"])).items.length, 20);
  assert.deepEqual(readdirSync(e.dir).filter((n) => n.startsWith("edgecron.db.sent")), []);
  await e.stop();
  await server.close();
});

describe("by schedule", () => {
  const shelf = (e) => (existsSync(join(e.dir, "backups")) ? readdirSync(join(e.dir, "backups")).sort() : []);
  const status = async (e) => (await e.api("/api/v1/status")).body;
  const metric = async (e, name) => Number((await e.api("/metrics")).body.match(new RegExp(`^${name}(?:_total)? (\\S+)$`, "m"))?.[1]);
  const hourly = (e) => e.ok(["settings", "set", "--backup-schedule", "@hourly"]);

  test("made, looked through, the newest few kept; what is not a backup of its own is left alone", async () => {
    const { server, e } = await made();
    await e.createToken("admin", "admin");
    mkdirSync(join(e.dir, "backups"), { mode: 0o700 });
    writeFileSync(join(e.dir, "backups", "mine.db"), "mine");
    writeFileSync(join(e.dir, "backups", "edgecron-20200101T000000Z.db"), "an old one");
    writeFileSync(join(e.dir, "backups", "edgecron-20200101T000001Z.db.part"), "of a crash");
    await e.serve();
    const patch = (body) => e.api("/api/v1/settings", { method: "PATCH", body: JSON.stringify(body) });
    assert.equal((await patch({ backup_schedule: "* * * *" })).status, 422);
    assert.equal((await patch({ backup_schedule: "@at 2027-01-01T00:00:00" })).status, 422);
    const set = (await patch({ backup_schedule: "@every 1s", backup_keep: 2 })).body;
    assert.deepEqual([set.backup_schedule, set.backup_keep, set.paused], ["@every 1s", 2, false]);
    await until("some backups", async () => (await metric(e, "edgecron_backups")) >= 4, { state: () => shelf(e) });
    await patch({ backup_schedule: null });
    const { backup_next_at, backup_last_at } = await until("no more", async () => ((s) => s.backup_next_at === null && s)(await status(e)));
    await until("the last one to be done", () => shelf(e).length === 3 && !shelf(e).some((n) => n.endsWith(".part")), { state: () => shelf(e) });
    assert.equal(backup_next_at, null);
    assert.ok(Date.parse(backup_last_at) > Date.now() - 60_000);
    const [first, second, mine] = shelf(e);
    assert.equal(mine, "mine.db");
    for (const name of [first, second]) {
      assert.match(name, /^edgecron-\d{8}T\d{6}Z\.db$/);
      assert.equal(statSync(join(e.dir, "backups", name)).mode & 0o777, 0o600);
      assert.equal((await e.json(["backup", "check", join(e.dir, "backups", name)])).master_key, "fits");
    }
    assert.equal(await metric(e, "edgecron_backup_last_size_bytes"), statSync(join(e.dir, "backups", second)).size);
    await e.stop();
    await server.close();
  });

  test("a restart forgets nothing: none too early, one that is overdue at once, once", async () => {
    const { server, e } = await made();
    const stamp = (ms) => `edgecron-${new Date(ms).toISOString().replaceAll(/[-:]|\.\d+/g, "")}.db`;
    await hourly(e);
    await e.createToken();
    mkdirSync(join(e.dir, "backups"), { mode: 0o700 });
    const now = stamp(Date.now()), old = stamp(Date.now() - 3 * 3600_000);
    writeFileSync(join(e.dir, "backups", now), "of just now");
    await e.serve();
    const s = await until("the next one to be known", async () => ((x) => x.backup_next_at && x)(await status(e)));
    assert.equal(Date.parse(s.backup_next_at) % 3600_000, 0);
    assert.ok(Date.parse(s.backup_next_at) > Date.parse(s.backup_last_at));
    await e.stop();
    if (Date.now() < Date.parse(s.backup_next_at)) assert.deepEqual(shelf(e), [now]);
    for (const n of shelf(e)) rmSync(join(e.dir, "backups", n));
    writeFileSync(join(e.dir, "backups", old), "of three hours ago");
    await e.serve();
    await until("the one that is overdue", () => shelf(e).length === 2);
    await until("the next", async () => Date.parse((await status(e)).backup_next_at) > Date.now());
    await e.stop();
    assert.equal(shelf(e).length, 2);
    await server.close();
  });

  test("one that fails is told: check, metric, log; the server stays ready, and older ones stay", async () => {
    const { server, e } = await made();
    await e.createToken();
    await e.ok(["settings", "set", "--backup-schedule", "@every 1s", "--backup-keep", "1"]);
    await e.serve();
    await until("one", () => shelf(e).length === 1);
    await e.stop(); // else a backup may come in between
    renameSync(join(e.dir, "backups"), join(e.dir, "kept"));
    writeFileSync(join(e.dir, "backups"), "in the way");
    await e.serve();
    await until("the failure", async () => (await metric(e, "edgecron_backups_failed")) === 1);
    const r = await e.api("/readyz"), check = r.body.checks.find((c) => c.name === "backup");
    assert.equal(r.status, 200);
    assert.equal(check.ok, false);
    assert.match(check.message, /was not made, and is tried again: .*backups/);
    assert.ok(Date.parse((await status(e)).backup_next_at) > Date.now() + 60_000, "not at once again");
    assert.equal((await e.api("/api/v1/status")).body.checks.find((c) => c.name === "backup").ok, false);
    await e.stop();
    assert.match(e.logs, /the backup was not made/);
    assert.equal(readdirSync(join(e.dir, "kept")).filter((n) => n.endsWith(".db")).length, 1);
    await server.close();
  });

  test("one that is under way when the server stops is given up, and leaves nothing", async () => {
    const { server, e } = await made();
    await e.ok(["settings", "set", "--backup-schedule", "@every 1s"]);
    for (let i = 0; i < 4; i++) {
      await e.serve();
      await until("one", () => shelf(e).length > i);
      await e.stop();
      assert.deepEqual(shelf(e).filter((n) => n.endsWith(".part")), []);
    }
    for (const n of shelf(e)) await e.ok(["backup", "check", join(e.dir, "backups", n)]);
    await server.close();
  });
});
