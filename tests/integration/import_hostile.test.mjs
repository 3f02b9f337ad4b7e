// Files that mean harm, or are broken: refused or noted, in bounded time and memory, with nothing of a value in what is printed.
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { Edgecron, edgecron, ROOT } from "./harness/edgecron.mjs";

const FOLDER = join(ROOT, "tests/cases/import/hostile");
const DEADLINE_MS = 20_000 * (Number(process.env.EDGECRON_SLOW) || 1);
const e = new Edgecron();

/** What an import says of a file: it ends by itself, with a status of its own, and its --json is a file that apply takes. */
async function survives(path) {
  const began = Date.now();
  const r = await e.command(["import", "pg-cron", path, "--json"], { timeout: DEADLINE_MS });
  assert.ok(Date.now() - began < DEADLINE_MS, `${path} took too long`);
  assert.ok([0, 3, 4].includes(r.code), `${path}: exit ${r.code}: ${r.stderr}`);
  assert.ok(!/\x1b|\x07/.test(r.stdout + r.stderr), `${path}: control characters reach the terminal`);
  if (r.code === 0) await e.ok(["apply", "-", "--dry-run"], { input: r.stdout });
  return r;
}

describe("files of the corpus", () => {
  for (const name of readdirSync(FOLDER).sort()) {
    test(name, async () => {
      const { stdout, stderr } = await survives(join(FOLDER, name));
      assert.doesNotMatch(stdout + stderr, /LEAK|TEVBSzpMRUFL/, "a value was printed");
      const table = await e.command(["import", "pg-cron", join(FOLDER, name), "--dry-run"]);
      assert.doesNotMatch(table.stdout + table.stderr, /LEAK|TEVBSzpMRUFL|\x1b|\x07/);
    });
  }
});

const call = "select net.http_get(''https://h.net/a'')";
const one = (name, command = call) => `select cron.schedule('${name}', '0 7 * * *', '${command}');\n`;
const MADE = {
  "empty.sql": "",
  "blanks.sql": " \n\t\r\n;;;;\n",
  "nul.sql": `select 1;\0\0${one("a")}\0${one("b")}`,
  "latin1.sql": Buffer.from(`-- caf\xe9\n${one("caf\xe9")}`, "latin1"),
  "not-utf8.sql": Buffer.concat([Buffer.from([0xff, 0xfe, 0xc0, 0x80, 0xed, 0xa0, 0x80, 0xf5, 10]), Buffer.from(one("a"))]),
  "utf16.sql": Buffer.from(`\ufeff${one("a")}`, "utf16le"),
  "bom.sql": `\ufeff${one("a")}`,
  "cr.sql": one("a").replace("\n", "\r") + one("b").replace("\n", "\r\n"),
  "random.sql": Buffer.from(Array.from({ length: 1 << 20 }, (_, i) => (i * 7919 + (i >> 3) * 104729) & 255)),
  "parens.sql": `select ${"(".repeat(200_000)}1${")".repeat(200_000)};\n${one("a")}`,
  "brackets.sql": one("a", `select net.http_post(''https://h.net/a'', ''${"[".repeat(100_000)}'')`) + one("b"),
  "braces.sql": one("a", `select net.http_post(''https://h.net/a'', ''${'{"a":'.repeat(5_000)}1${"}".repeat(5_000)}'')`) + one("b"),
  "casts.sql": `select 1${"::text".repeat(200_000)};\n${one("a")}`,
  "concatenated.sql": one("a", `select net.http_get(''https://h.net/a''${" || ''b''".repeat(200_000)})`),
  "comments.sql": `${"/*".repeat(200_000)}${"*/".repeat(200_000)}${one("a")}`,
  "lines.sql": "\n".repeat(5_000_000) + one("a"),
  "string.sql": one("a", `select net.http_post(''https://h.net/a'', ''"${"x".repeat(20_000_000)}"'')`) + one("b"),
  "identifier.sql": `select ${"a".repeat(5_000_000)}();\n${one("a")}`,
  "name.sql": one("n".repeat(1_000_000)),
  "schedule.sql": `select cron.schedule('a', '${"0,".repeat(100_000)}0 7 * * *', '${call}');\n`,
  "url.sql": one("a", `select net.http_get(''https://h.net/${"a/".repeat(1_000_000)}'')`),
  "headers.sql": one("a", `select net.http_get(''https://h.net/a'', headers := ''{${Array.from({ length: 5000 }, (_, i) => `"h${i}":"1"`)}}'')`),
  "dollars.sql": "$".repeat(1_000_000),
  "tags.sql": Array.from({ length: 100_000 }, (_, i) => `$t${i}$`).join(""),
  "calls.sql": `do $$ begin ${"perform net.http_get('https://h.net/a');".repeat(20_000)} end $$;` +
    one("a", "select net.http_get(''https://h.net/a'');".repeat(20_000)),
  "functions.sql": Array.from({ length: 20_000 }, (_, i) => `create function f${i}() returns void language sql as $$ select f${i + 1}() $$;\n`).join("") +
    one("a", "select f0()"),
  "hosts.sql": Array.from({ length: 3_000 }, (_, i) => one(`j${i}`, `select net.http_get(''https://h${i}.net/a'')`)).join(""),
  "notes.sql": Array.from({ length: 50_000 }, (_, i) => one(`j${i}`, "vacuum")).join(""),
  "deep.json": "[".repeat(100_000),
  "deep.csv": `jobid,schedule,command\n1,0 7 * * *,"${'""'.repeat(1_000_000)}"\n`,
};

describe("files that are made", () => {
  for (const [name, content] of Object.entries(MADE)) {
    test(name, () => survives(e.file(name, content)));
  }
});

test("100,000 jobs: as many as are read are imported, the others are told; a second import changes nothing", async () => {
  const own = new Edgecron();
  const file = own.file("many.sql", Array.from({ length: 100_000 }, (_, i) => one(`j${i}`, `select net.http_get(''https://h.net/a/${i}'')`)).join(""));
  const { stdout, stderr } = await survives(file);
  const { jobs } = JSON.parse(stdout);
  assert.ok(jobs.length >= 10_000);
  assert.match(stderr, new RegExp(`many\\.sql:${jobs.length + 1}: more than ${jobs.length} jobs: the rest is not read`));
  assert.match(stderr, /and \d+ more/);
  assert.match(await own.ok(["import", "pg-cron", file]), new RegExp(`jobs: ${jobs.length} created`));
  assert.match(await own.ok(["import", "pg-cron", file]), /^nothing changed/m);
});

test("a file that is too large is refused with its name", async () => {
  const own = new Edgecron();
  const file = own.file("large.sql", Buffer.alloc(64 * 1024 * 1024 + 1, 32));
  const r = await own.command(["import", "pg-cron", file]);
  assert.equal(r.code, 4, r.stderr);
  assert.match(r.stderr, /large\.sql.* is larger than 64 MiB: give what is about jobs/);
});

test("odd files in a folder: folders are passed by, a pipe at an end is not waited for", async () => {
  const own = new Edgecron(), folder = join(dirname(own.dir), "odd");
  mkdirSync(join(folder, "x.sql"), { recursive: true });
  writeFileSync(join(folder, ".hidden.sql"), "select cron.schedule(");
  writeFileSync(join(folder, "package.json"), readFileSync(join(FOLDER, "other.json")));
  writeFileSync(join(folder, "a b'c;$(x).sql"), one("a"));
  const { code, stdout, stderr } = await edgecron(["import", "pg-cron", folder, "--json"]);
  assert.equal(code, 0, stderr);
  assert.equal(JSON.parse(stdout).jobs.length, 1);
  assert.match(stderr, /package\.json: left out/);
});
