// The manual page: clean to mandoc's linter and to groff, and complete.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { temporaryFolder } from "./harness/cleanup.mjs";
import { edgecron } from "./harness/edgecron.mjs";
import { run } from "./harness/process.mjs";

const here = temporaryFolder("man");
const page = async (...words) => (await edgecron(["man", ...words])).stdout;
const plain = (text) => text.replace(/.\u0008/g, "");

async function rendered(name, text) {
  const file = join(here, `${name}.1`);
  writeFileSync(file, text);
  const lint = await run("mandoc", ["-T", "lint", "-W", "warning", file]);
  assert.equal(lint.stdout + lint.stderr, "", name);
  const r = await run("mandoc", ["-T", "utf8", "-O", "width=120", file]);
  assert.equal(r.code, 0);
  return plain(r.stdout);
}

let nouns, commands;
before(async () => {
  nouns = [...(await edgecron(["help"])).stdout.matchAll(/^ {2}([a-z]+) /gm)].map((m) => m[1]);
  commands = [];
  for (const noun of nouns) {
    const help = (await edgecron(["help", noun])).stdout;
    const found = [...help.matchAll(/^ {2}edgecron ([a-z]+ [a-z-]+)\b/gm)].map((m) => m[1].split(" ")).filter(([n]) => n === noun);
    commands.push(...(help.includes("\nusage: ") ? [[noun]] : found));
  }
});

test("the whole page has every command, flag, variable and exit status", async () => {
  const text = await rendered("edgecron", await page());
  for (const section of ["NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "ENVIRONMENT", "FILES", "EXIT STATUS", "EXAMPLES"]) {
    assert.match(text, new RegExp(`^${section}$`, "m"));
  }
  assert.ok(commands.length > 40, `${commands.length} commands`);
  for (const words of commands) {
    assert.match(text, new RegExp(`^ {3}${words.join(" ")}\\b`, "m"), words.join(" "));
    const help = (await edgecron(["help", ...words])).stdout;
    for (const [, flag] of help.matchAll(/^ {2}(--[a-z-]+)/gm)) assert.match(text, new RegExp(`^ {5}${flag}\\b`, "m"), flag);
    for (const [, name] of help.matchAll(/\((EDGECRON_[A-Z_]+)\)/g)) assert.match(text, new RegExp(`^ {5}${name}$`, "m"), name);
  }
  assert.match(text, /edgecron job set followup-7h --timeout-ms 180000\n/);
  assert.match(text, /'0 7 \* \* 1-5'/); // quotes and dashes as they are typed
});

test("a page of each noun and of each command", async () => {
  for (const words of [...nouns.map((n) => [n]), ...commands]) {
    const text = await rendered(words.join("-"), await page(...words));
    assert.match(text, new RegExp(`^NAME\\n {5}edgecron-${words.join("-")} – `, "m"));
    assert.match(text, new RegExp(`^ {5}edgecron ${words.join(" ")}\\b`, "m"));
  }
});

test("groff has nothing to say of it either", async () => {
  const r = await run("groff", ["-mandoc", "-ww", "-Tutf8", "-z"], { input: await page() });
  assert.deepEqual([r.code, r.stderr], [0, ""]);
});

test("of what is no command there is none", async () => {
  const r = await edgecron(["man", "job", "lst"]);
  assert.equal(r.code, 2);
  assert.match(r.stderr, /did you mean 'job list'/);
});
