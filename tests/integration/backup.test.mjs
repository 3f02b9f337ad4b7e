// A copy of the store, by command and over the API, while a server works on it.
import assert from "node:assert/strict";
import { copyFileSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
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
  assert.ok(!existsSync(join(e.dir, "backup.db")) && !existsSync(join(e.dir, "backup.db.part")));
  await e.stop();
  await server.close();
});
