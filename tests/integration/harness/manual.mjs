// README as a reader takes it: its sections, the commands that stand indented in them, the outputs that it shows (```text), other blocks (```json), and
// what it names in passing (`code`). And the reader: a shell in an empty folder with the binary in its PATH.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "./cleanup.mjs";
import { BINARY, ROOT } from "./edgecron.mjs";
import { freePort } from "./ports.mjs";
import { run, start } from "./process.mjs";

const TEXT = readFileSync(join(ROOT, "README.md"), "utf8");
const indentOf = (line) => line.match(/^ */)[0].length;

/** A list's text is indented by its marker; four more is code. */
function withinList(line, indent) {
  if (line === "") return indent;
  const marker = line.match(/^(\d+\. |- )/);
  return marker ? marker[0].length : indentOf(line) === 0 ? 0 : indent;
}

const dedent = (lines, by) => lines.map((l) => l.slice(by)).join("\n");

/** [{ kind: "commands" | a fence's language, text, line }] of a section, in order. */
function blocksOf(lines, first) {
  const blocks = [];
  for (let i = 0, indent = 0; i < lines.length; i++) {
    const fence = lines[i].match(/^( *)```(\w+)$/);
    const from = i;
    if (fence) {
      while (!/^ *```$/.test(lines[++i])) assert.ok(i < lines.length, `a fence that does not end, at line ${first + from}`);
      blocks.push({ kind: fence[2], text: dedent(lines.slice(from + 1, i), fence[1].length), line: first + from });
    } else if (lines[i - 1] === "" && indentOf(lines[i]) >= indent + 4 && lines[i].trim()) {
      while (lines[i + 1]?.trim() && indentOf(lines[i + 1]) >= indent + 4) i++;
      blocks.push({ kind: "commands", text: dedent(lines.slice(from, i + 1), indent + 4), line: first + from });
    } else indent = withinList(lines[i], indent);
  }
  return blocks;
}

function sectionsOf(text) {
  const sections = new Map(), lines = text.split("\n");
  const heads = lines.flatMap((l, i) => (/^##? /.test(l) ? [i] : []));
  heads.forEach((at, n) => {
    const body = lines.slice(at + 1, heads[n + 1]);
    sections.set(lines[at].replace(/^#+ /, ""), { text: body.join("\n"), blocks: blocksOf(body, at + 2) });
  });
  return sections;
}

export const manual = { text: TEXT, sections: sectionsOf(TEXT) };

/** The steps of a section: [{ command, line, output? }]. A line that ends with a backslash goes on. A ```text block is the output of the command before it. */
export function stepsOf(title) {
  const section = manual.sections.get(title), steps = [];
  assert.ok(section, `README.md has no section '${title}'`);
  for (const { kind, text, line } of section.blocks) {
    if (kind === "commands") for (const command of text.replace(/\\\n\s*/g, "").split("\n")) steps.push({ command, line });
    else if (kind === "text") steps.at(-1).output = text;
  }
  return steps;
}

export const blocksOfKind = (kind) => [...manual.sections.values()].flatMap((s) => s.blocks.filter((b) => b.kind === kind));

/** `code` in the text, also across lines; tables escape a pipe. */
export function namedInPassing() {
  const prose = manual.text.replace(/^ *```\w+\n[\s\S]*?^ *```$/gm, "");
  return [...prose.matchAll(/`([^`]+)`/g)].map((m) => m[1].replaceAll("\\|", "|").replace(/\s+/g, " "));
}

// ---- outputs ----

const MASKS = [
  [/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g, "RUN-ID"],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)/g, "TIME"],
  [/\b\d+(\.\d+)? (ms|s)\b/g, "SPAN"],
  [/ +/g, " "],
];
const masked = (text) => MASKS.reduce((t, [what, by]) => t.replace(what, by), text).split("\n").map((l) => l.trim());

/** Where `lines` holds all of `part` on end, from `from` on; only there when `fixed`; -1: nowhere. */
function find(lines, part, from, fixed) {
  for (let at = from; at + part.length <= lines.length && (!fixed || at === from); at++)
    if (part.every((l, i) => lines[at + i] === l)) return at;
  return -1;
}

/** Is `actual` what README shows, but for ids, times and spaces? A line `…` stands for any lines. Returns what is missing, or null. */
export function missing(shown, actual) {
  const lines = masked(actual.trimEnd()), parts = [[]];
  for (const l of masked(shown)) l === "…" ? parts.push([]) : parts.at(-1).push(l);
  let at = 0, fixed = true;
  for (const part of parts) {
    const found = find(lines, part, at, fixed);
    if (found < 0) return part.join("\n");
    at = found + part.length;
    fixed = false;
  }
  return parts.at(-1).length && at !== lines.length ? `an end after '${parts.at(-1).at(-1)}'` : null;
}

// ---- the reader ----

export class Reader {
  /** `replace`: [[what README has, what this reader has]]: an address, a folder, a run's id. */
  static async begin(replace = []) {
    const self = new Reader(), home = temporaryFolder("reader");
    mkdirSync((self.dir = join(home, "work")));
    mkdirSync(join(home, "bin"));
    symlinkSync(BINARY, join(home, "bin/edgecron"));
    self.port = await freePort();
    self.replace = [...replace, ["127.0.0.1:8427", `127.0.0.1:${self.port}`]];
    self.env = { PATH: `${join(home, "bin")}:${process.env.PATH}`, HOME: home, LANG: "C", EDGECRON_LISTEN: `127.0.0.1:${self.port}` };
    for (const name of ["ASAN_OPTIONS", "UBSAN_OPTIONS"]) if (process.env[name]) self.env[name] = process.env[name];
    return self;
  }

  own(text) {
    return this.replace.reduce((t, [theirs, ours]) => t.replaceAll(theirs, ours), text);
  }

  /** What was printed, as README would show it. */
  theirs(text) {
    return this.replace.reduce((t, [theirs, ours]) => t.replaceAll(ours.split(" ")[0], theirs), text);
  }

  run(command, { input = "" } = {}) {
    return run("sh", ["-c", this.own(command)], { cwd: this.dir, env: this.env, input });
  }

  /** Follows one step: it must end with that status, and print what README shows. Returns its standard output. */
  async follow({ command, line, output }, { input, code = 0 } = {}) {
    const r = await this.run(command, { input });
    const where = `README.md:${line}: ${this.own(command)}`;
    assert.equal(r.code, code, `${where}: exit ${r.code}: ${r.stdout}${r.stderr}`);
    if (output) assert.equal(missing(output, this.theirs(r.stdout)), null, `${where} printed otherwise than shown: ${r.stdout}`);
    return r.stdout;
  }

  /** A command that goes on, until stop(). */
  start(command) {
    const p = start("sh", ["-c", `exec ${this.own(command)}`], { cwd: this.dir, env: this.env, group: true });
    return p;
  }
}
