// How the page is bundled: the same bytes everywhere, under its limit, and from packages that are the locked ones.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { appendFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "./harness/cleanup.mjs";
import { ROOT } from "./harness/edgecron.mjs";
import { run } from "./harness/process.mjs";

const GENERATED = join(ROOT, "build/gen"), LIBS = readFileSync(join(GENERATED, "page_libs"), "utf8").trim();
const LOCK = JSON.parse(readFileSync(join(ROOT, "web/package-lock.json"), "utf8"));

/** A copy of the sources, deep in a folder of its own. */
function copied() {
  const web = join(temporaryFolder("page"), "a/b/web");
  cpSync(join(ROOT, "web"), web, { recursive: true, filter: (f) => !f.includes("node_modules") });
  return web;
}
const bundle = (web, env = {}) => run("node", [join(web, "build.mjs"), LIBS, join(web, "../out")], { env: { PATH: process.env.PATH, ...env } });

test("the same sources give the same bytes: elsewhere, under another environment, with other packages and settings above", async () => {
  const web = copied(), above = dirname(web);
  mkdirSync(join(above, "node_modules/preact"), { recursive: true });
  writeFileSync(join(above, "node_modules/preact/index.js"), "export const render = () => {};");
  writeFileSync(join(above, "tsconfig.json"), '{ "compilerOptions": { "target": "es5", "paths": { "preact": ["./none"] } } }');
  const r = await bundle(web, { NODE_ENV: "development" });
  assert.equal(r.code, 0, r.stderr);
  const names = readdirSync(join(GENERATED, "web")).sort();
  assert.deepEqual(readdirSync(join(above, "out")).sort(), names);
  for (const f of names) assert.ok(readFileSync(join(above, "out", f)).equals(readFileSync(join(GENERATED, "web", f))), f);
});

test("a page over its limit is not built, and it is said by how much", async () => {
  const web = copied();
  appendFileSync(join(web, "main.js"), `\nconsole.log("${randomBytes(100_000).toString("base64")}");`);
  const { code, stderr } = await bundle(web);
  assert.notEqual(code, 0);
  assert.match(stderr, /the page is \d+ bytes compressed; at most 102400/);
});

test("a mistake in the sources stops the build and names the place", async () => {
  const web = copied();
  appendFileSync(join(web, "main.js"), '\nimport "./parts/none.js";');
  const { code, stderr } = await bundle(web);
  assert.notEqual(code, 0);
  assert.match(stderr, /parts\/none\.js/);
});

test("the lock file names no host, and every package has its sum", () => {
  for (const [place, p] of Object.entries(LOCK.packages)) {
    if (!place) continue;
    assert.match(p.integrity, /^sha512-/, place);
    assert.equal(p.resolved, undefined, place);
  }
});

test("packages of the builder are used without npm when all are there, and only as the lock has them", async () => {
  const web = copied(), tarballs = temporaryFolder("tarballs"), bin = temporaryFolder("bin");
  for (const tool of ["tar", "gzip"]) symlinkSync(["/usr/bin", "/bin"].map((d) => join(d, tool)).find(existsSync), join(bin, tool));
  const text = "module.exports = 1;\n", name = "one-1.0.0.tgz", place = "node_modules/@some/one";
  mkdirSync(join(tarballs, "package"));
  writeFileSync(join(tarballs, "package/index.js"), text);
  await run("tar", ["-czf", join(tarballs, `some-${name}`), "-C", tarballs, "package"]);
  const integrity = `sha512-${createHash("sha512").update(readFileSync(join(tarballs, `some-${name}`))).digest("base64")}`;
  const lock = (sum) => writeFileSync(join(web, "package-lock.json"), JSON.stringify({ lockfileVersion: 3, packages: {
    "": {}, [place]: { version: "1.0.0", integrity: sum }, "node_modules/elsewhere": { version: "1.0.0", integrity: "sha512-x", os: ["none"] } } }));
  const env = { PATH: `${bin}:${dirname(process.execPath)}/none`, TARBALLS: tarballs };
  const fetch = () => run(process.execPath, [join(ROOT, "third_party/fetch_page.mjs"), web, join(web, "../libs")], { env });

  lock(integrity);
  const good = await fetch();
  assert.equal(good.code, 0, good.stderr);
  assert.equal(readFileSync(join(web, "../libs", place, "index.js"), "utf8"), text);

  lock(integrity.replace(/-./, (c) => c === "-A" ? "-B" : "-A"));
  const changed = await fetch();
  assert.equal(changed.code, 1);
  assert.match(changed.stderr, /'.*some-one-1\.0\.0\.tgz' is not the file that .*package-lock\.json lists/);

  lock(integrity);
  env.TARBALLS = bin;
  const missing = await fetch();
  assert.equal(missing.code, 1);
  assert.match(missing.stdout, /lacks 'some-one-1\.0\.0\.tgz'/);
  assert.match(missing.stderr, /fetched with npm, which is not on this machine\n {2}install npm, or put the packages into a TARBALLS folder/);
});
