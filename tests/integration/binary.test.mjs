// The release binary: static, and sufficient to itself.
import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "./harness/cleanup.mjs";
import { BINARY, edgecron, ROOT, VERSION } from "./harness/edgecron.mjs";
import { run } from "./harness/process.mjs";

const flavour = BINARY.match(/build\/(\w+)\/edgecron$/)?.[1];
const notReleased = flavour ? `EDGECRON names the ${flavour} build, not the release` : false;
const notRoot = process.getuid() === 0 ? notReleased : "needs root for chroot";

test("file says that it is statically linked and stripped", { skip: notReleased }, async () => {
  const { stdout } = await run("file", ["--brief", BINARY]);
  assert.match(stdout, /ELF 64-bit/);
  assert.match(stdout, /statically linked|static-pie linked/);
  assert.match(stdout, /, stripped/);
});

test("no interpreter and no shared library is named in it", { skip: notReleased }, async () => {
  const { stdout } = await run("readelf", ["--program-headers", "--dynamic", "--wide", BINARY]);
  assert.match(stdout, /GNU_RELRO/);
  assert.doesNotMatch(stdout, /INTERP|\(NEEDED\)/);
  assert.match(stdout, /GNU_STACK\s+\S+ \S+ \S+ \S+ \S+ RW /, "the stack is not executable");
});

test("it runs in an empty root: version, schedules in a zone, a data directory", { skip: notRoot }, async () => {
  const root = temporaryFolder("chroot");
  mkdirSync(join(root, "d"));
  copyFileSync(BINARY, join(root, "edgecron"));
  const inside = (...args) => run("chroot", [root, "/edgecron", ...args], { env: { PATH: process.env.PATH } });

  const version = await inside("version");
  assert.equal(version.code, 0, version.stderr);
  assert.match(version.stdout, new RegExp(VERSION.replaceAll(".", "\\.")));

  const next = await inside("schedule", "next", "30 2 * * *", "--zone", "Europe/Berlin", "--from", "2026-01-15T00:00:00Z");
  assert.equal(next.code, 0, next.stderr);
  assert.match(next.stdout, /2026-01-15T02:30:00(\.000)?\+01:00/);

  const list = await run("chroot", [root, "/edgecron", "apply", "-", "--data", "/d/data"], { env: { PATH: process.env.PATH }, input: '{"version":1}' });
  assert.equal(list.code, 0, list.stderr);
  const jobs = await inside("job", "list", "--json", "--data", "/d/data");
  assert.deepEqual(JSON.parse(jobs.stdout).items, []);
});

test("version names every library linked in, and --licenses prints their notices", async () => {
  const { code, stdout } = await edgecron(["version", "--licenses"]);
  assert.equal(code, 0);
  for (const notice of [/SQLite/i, /mbed ?TLS/i, /civetweb/i, /cJSON/i, /MIT/]) assert.match(stdout, notice);
});

test("so it does with the page's: every package of the lock that is in the bundle", async () => {
  const { stdout } = await edgecron(["version", "--licenses"]);
  const { packages } = JSON.parse(readFileSync(join(ROOT, "web/package-lock.json"), "utf8"));
  const bundled = Object.entries(packages).filter(([place, p]) => place && !p.dev);
  assert.ok(bundled.length >= 6);
  for (const [place, { version }] of bundled) assert.ok(stdout.includes(`\n${place.replace("node_modules/", "")} ${version} (the admin page)\n`), place);
  for (const holder of ["Jason Miller", "Leon Sorokin", "Brady Holt", "Preact Team", "Pico", "Apache License"]) assert.ok(stdout.includes(holder), holder);
});

test("with page, zones and roots it is under 4 MiB", { skip: notReleased }, () => {
  assert.ok(statSync(BINARY).size < 4 * 1024 * 1024, `${statSync(BINARY).size} bytes`);
});
