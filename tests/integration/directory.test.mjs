// Directories that a server or command cannot take: what is said, and that nothing in them is touched.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { BINARY, document, Edgecron, edgecron, job } from "./harness/edgecron.mjs";
import { freePort } from "./harness/ports.mjs";
import { run } from "./harness/process.mjs";

const root = process.getuid() === 0;
let good;

/** Every file with its bytes, mode and owner. The lock is a server's own, and is not part of the store. */
const contents = (dir) => Object.fromEntries(readdirSync(dir).filter((n) => n !== "edgecron.lock").map((n) => {
  const path = join(dir, n), st = statSync(path);
  return [n, [st.mode, st.uid, st.isFile() ? readFileSync(path).toString("base64") : ""]];
}));
function copyOf(e) {
  const x = new Edgecron();
  cpSync(e.dir, x.dir, { recursive: true });
  chmodSync(x.dir, 0o700);
  return x;
}
const serve = async (x, options = {}) => edgecron(["serve", "--data", x.dir, "--listen", `127.0.0.1:${await freePort()}`], options);
const patch = (path, at, bytes) => {
  const b = readFileSync(path);
  Buffer.from(bytes).copy(b, at);
  writeFileSync(path, b);
};

before(async () => {
  good = new Edgecron();
  await good.setSecret("KEY", "a-key-of-a-store-that-is-damaged");
  await good.apply(document([], Array.from({ length: 60 }, (_, i) => job(`j-${i}`, "https://x.example/", { description: "x".repeat(900) }))));
});

describe("not touched, and said what to do", () => {
  const page = 4096;
  const cases = {
    "not a database": [(db) => writeFileSync(db, "#!/bin/sh\n".repeat(900)), /is not a database: restore a backup, or give another --data directory/],
    "another program's database": [(db) => patch(db, 68, [0, 0, 0, 7]), /is a database of another program: give another --data directory/],
    "a newer edgecron's": [(db) => patch(db, 60, [0, 0, 3, 231]), /written by a newer edgecron \(format 999, this one knows \d+\): install that version again, or restore a backup from before the upgrade/],
    "the first page damaged": [(db) => patch(db, 100, Buffer.alloc(page - 100, 0x5a)), /damaged|is not a database/],
    "cut short": [(db) => truncateSync(db, page * 3), /is damaged .*restore a backup/],
  };
  for (const [name, [make, words]] of Object.entries(cases)) {
    test(name, async () => {
      const x = copyOf(good), db = join(x.dir, "edgecron.db");
      make(db);
      const was = contents(x.dir);
      const r = await serve(x);
      assert.equal(r.code, 1, r.stderr);
      assert.match(r.stderr, words);
      assert.deepEqual(contents(x.dir), was, "after serve");
      for (const command of [["job", "list"], ["job", "pause", "j-1"], ["backup", join(x.dir, "..", "copy.db")]]) {
        const problem = await x.refused(1, command);
        assert.match(problem.detail, words, command.join(" "));
        assert.deepEqual(contents(x.dir), was, command.join(" "));
      }
      assert.ok(!existsSync(join(x.dir, "..", "copy.db")));
    });
  }

  test("pages of noise: doctor and backup --verify find them, and make no copy of it", async () => {
    const x = copyOf(good), db = join(x.dir, "edgecron.db"), copy = join(x.dir, "..", "copy.db");
    const pages = execFileSync("sqlite3", ["-readonly", db, "SELECT pageno FROM dbstat WHERE name = 'jobs' AND pagetype = 'leaf' LIMIT 3"], { encoding: "utf8" }).trim().split("\n");
    for (const n of pages) patch(db, (n - 1) * page, Buffer.alloc(page, 0xa5));
    assert.match((await x.refused(1, ["backup", copy, "--verify"])).detail, /damaged/);
    assert.ok(!existsSync(copy) && !existsSync(`${copy}.part`));
    assert.match((await x.command(["doctor"])).stdout, /the database is damaged/);
  });
});

test("a second server: refused with the first's pid, which goes on", async () => {
  const x = copyOf(good);
  await x.serve();
  const r = await serve(x);
  assert.equal(r.code, 4);
  assert.match(r.stderr, new RegExp(`another edgecron server \\(pid ${x.server.pid}\\) runs on this data directory.*stop that one, or give this one a directory of its own`));
  assert.equal((await fetch(`${x.url}/readyz`)).status, 200);
  await x.stop();
});

test("what is no directory, and one whose parent is missing", async () => {
  const x = new Edgecron();
  writeFileSync(x.dir, "a file");
  const r = await serve(x);
  assert.equal(r.code, 1);
  assert.match(r.stderr, /is not a directory/);
  assert.equal(readFileSync(x.dir, "utf8"), "a file");
  x.dir = "/no/such/place/data";
  assert.match((await serve(x)).stderr, /the directory that it is to be in does not exist/);
});

describe("as another user", { skip: !root && "needs root, to become another one" }, () => {
  // util-linux's setpriv, with none of root's rights
  const other = async (x, args) => {
    for (let dir = join(x.dir, ".."); dir !== "/" && dir !== "/tmp"; dir = join(dir, "..")) chmodSync(dir, 0o755);
    return run("setpriv", ["--reuid", "65534", "--regid", "65534", "--clear-groups", "--bounding-set", "-all", "--inh-caps", "-all", BINARY, ...args], { env: { PATH: process.env.PATH } });
  };
  const asOther = async (x) => other(x, ["serve", "--data", x.dir, "--listen", `127.0.0.1:${await freePort()}`]);

  test("a directory that may be read, but not written", async () => {
    const x = copyOf(good);
    chmodSync(x.dir, 0o755);
    const was = contents(x.dir), r = await asOther(x);
    assert.notEqual(r.code, 0);
    assert.match(r.stderr, /user id 65534.*(owner|run as)/s);
    assert.deepEqual(contents(x.dir), was);
  });
  test("a directory of one's own with somebody else's store", async () => {
    const x = copyOf(good);
    chownSync(x.dir, 65534, 65534);
    const was = contents(x.dir), r = await asOther(x);
    assert.notEqual(r.code, 0);
    assert.match(r.stderr, /edgecron.db' cannot be written by user id 65534/);
    assert.deepEqual(contents(x.dir), was);
  });
  test("no right to look inside", async () => {
    const x = copyOf(good);
    const was = contents(x.dir), r = await asOther(x);
    assert.notEqual(r.code, 0);
    assert.match(r.stderr, /user id 65534/);
    assert.deepEqual(contents(x.dir), was);
  });
  test("restore by root gives the store to the directory's owner", async () => {
    const x = new Edgecron(), file = join(good.dir, "..", "for-another.db");
    if (!existsSync(file)) await good.ok(["backup", file]);
    mkdirSync(x.dir, { recursive: true, mode: 0o700 });
    chownSync(x.dir, 65534, 65534);
    await x.ok(["restore", file]);
    for (const name of readdirSync(x.dir)) assert.equal(statSync(join(x.dir, name)).uid, 65534, name);
  });
});
