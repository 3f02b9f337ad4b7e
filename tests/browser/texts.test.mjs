// The page's words: each text in the three languages, with the same places to fill in; each that the page asks for is there, and each that is there is asked for.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { ROOT } from "../integration/harness/edgecron.mjs";
import { texts as TEXTS } from "../../web/text/table.js";
import { byNumber, numbered } from "../../web/slim_texts.mjs";

const WEB = join(ROOT, "web"), LANGUAGES = ["en", "fr", "es"];
const TABLES = await Promise.all(readdirSync(join(WEB, "text")).filter((f) => !["load.js", "table.js"].includes(f)).map(async (f) => [f, (await import(join(WEB, "text", f))).default]));
const ROWS = TABLES.flatMap(([file, table]) => Object.entries(table).map(([key, row]) => ({ file, key, row })));
const KEYS = new Set(ROWS.map((r) => r.key));
const SOURCES = readdirSync(WEB, { recursive: true }).filter((f) => f.endsWith(".js") && f !== "base/text.js" && !f.startsWith("text/") && !f.includes("node_modules"))
  .map((f) => ({ file: f, text: readFileSync(join(WEB, f), "utf8") }));

const forms = (cell) => (typeof cell === "object" ? Object.values(cell) : [cell]);
const places = (text) => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]);
/** What a cell fills in, in any of its forms: "one" often has no number. */
const filled = (cell) => [...new Set(forms(cell).flatMap(places))].sort().join();

test("every text is there in English, French and Spanish", () => {
  assert.ok(ROWS.length > 100, `${ROWS.length} texts found: is this where they are?`);
  for (const { file, key, row } of ROWS) {
    assert.equal(row.length, LANGUAGES.length, `${file}: ${key}`);
    for (const [i, cell] of row.entries()) {
      for (const text of forms(cell)) assert.ok(typeof text === "string" && text.trim(), `${file}: ${key} has nothing in ${LANGUAGES[i]}`);
    }
  }
});

test("no text is in two files", () => {
  const seen = new Map();
  for (const { file, key } of ROWS) {
    assert.ok(!seen.has(key), `${key} is in ${seen.get(key)} and ${file}`);
    seen.set(key, file);
  }
});

test("each language fills in the same, and has every form of a number that it needs", () => {
  for (const { file, key, row } of ROWS) {
    for (const cell of row) assert.equal(filled(cell), filled(row[0]), `${file}: ${key}: ${JSON.stringify(cell)}`);
    for (const [i, cell] of row.entries()) {
      if (typeof cell !== "object") continue;
      assert.ok("other" in cell, `${file}: ${key} in ${LANGUAGES[i]}: 'other' is what all other numbers fall back to`);
      const known = new Intl.PluralRules(LANGUAGES[i]).resolvedOptions().pluralCategories;
      for (const form of Object.keys(cell)) assert.ok(known.includes(form), `${file}: ${key}: ${LANGUAGES[i]} has no '${form}'`);
    }
  }
});

/** Keys that a source names: whole ones, and the beginnings of such as are put together, t(`state.${s}`). */
function named({ text }) {
  const whole = [...text.matchAll(/\b(?:t|tx)\(\s*"([^"]+)"/g)].map((m) => m[1]);
  const either = [...text.matchAll(/\b(?:t|tx)\((?!\s*["`])([^()]*(?:\([^()]*\)[^()]*)*)\)/g)].flatMap((m) => [...m[1].matchAll(/\?\s*"([\w.]+)"|:\s*"([\w.]+)"/g)].map((k) => k[1] ?? k[2])).filter((k) => k.includes("."));
  const begun = [...text.matchAll(/\b(?:t|tx)\(\s*`([^`$]*)\$\{/g)].map((m) => m[1]);
  return { whole: [...whole, ...either], begun };
}

test("every text that the page asks for is there", () => {
  let asked = 0;
  for (const source of SOURCES) {
    const { whole, begun } = named(source);
    asked += whole.length;
    for (const key of whole) assert.ok(KEYS.has(key), `${source.file} asks for '${key}'`);
    for (const start of begun) assert.ok(!start || [...KEYS].some((k) => k.startsWith(start)), `${source.file} asks for '${start}…'`);
  }
  assert.ok(asked > 100, `${asked} found: is this how texts are asked for?`);
});

test("no text is left that nothing shows", () => {
  const all = SOURCES.map((s) => s.text).join("\n");
  const strings = new Set([...all.matchAll(/["'`]([\w.-]+)["'`]/g)].map((m) => m[1])), starts = [...all.matchAll(/`([\w.-]+[._])\$\{/g)].map((m) => m[1]);
  const left = [...KEYS].filter((k) => !strings.has(k) && !starts.some((s) => k.startsWith(s)));
  assert.deepEqual(left, []);
});

/** What is shipped: the script, and the texts of a language as its file gives them. */
const SHIPPED = join(ROOT, "build/gen/web"), shipped = (start) => gunzipSync(readFileSync(join(SHIPPED, readdirSync(SHIPPED).find((f) => f.startsWith(`${start}-`) && f.endsWith(".js.gz"))))).toString();
const ours = SOURCES.filter(({ file }) => !file.endsWith(".mjs")).map((s) => s.text).concat(readFileSync(join(WEB, "base/text.js"), "utf8"));
const NAMES = numbered(TEXTS, ours);

test("shipped, each text is found by its number, or by its name where that is put together", async () => {
  assert.ok(NAMES.place.size > NAMES.named.length, `${NAMES.place.size} by number, ${NAMES.named.length} by name`);
  const script = shipped("app");
  for (const [i, l] of LANGUAGES.entries()) {
    const { texts } = await import(`data:text/javascript,${encodeURIComponent(shipped(l))}`);
    for (const [name, n] of NAMES.place) assert.deepEqual(texts[n], TEXTS[name][i], `${l}: ${name}`);
    for (const name of NAMES.named) assert.deepEqual(texts[name], TEXTS[name][i], `${l}: ${name}`);
  }
  for (const name of NAMES.place.keys()) assert.ok(!name.includes(".") || !script.includes(`"${name}"`), `the script asks for '${name}', which is a number now`);
});

test("a name that may be put together keeps it, also where it stands whole; a word that is not asked for stays a word", () => {
  const rows = Object.fromEntries(["state.ok", "state.bad", "other.a", "save", "none", "form.body_x_text"].map((k) => [k, [k, k, k]]));
  const source = 't("state.ok") + t(`state.${s}`) + tx("other.a", {}) + t("save") + t("none") + f("none") + t(`form.body_${k}_text`) + [x ? "other.a" : "b"]';
  const names = numbered(rows, [source]);
  assert.deepEqual([...names.place.keys()], ["other.a", "save"]);
  assert.equal(byNumber(names, source), 't("state.ok") + t(`state.${s}`) + tx(0, {}) + t(1) + t("none") + f("none") + t(`form.body_${k}_text`) + [x ? 0 : "b"]');
  assert.throws(() => numbered(rows, ["t(`${group}.${s}`)"]), /begin with the name of its group/);
});
