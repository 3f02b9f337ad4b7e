// slim.mjs - what makes the bundle small without changing what it does: each step says what it may leave out, and why that is safe.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

// Templates of htm: it drops white space around a line's break by itself, so the indentation of the sources needs not be shipped.
export const templates = (text) => text.replaceAll(/\n[ \t]+/g, "\n");

// uPlot has ways to draw lines that no plot here uses. They hang on an object, where no bundler can tell; so a name that is no longer there ends the build.
const UNUSED = ["(paths.stepped = stepped);", "(paths.bars    = bars);", "(paths.spline  = monotoneCubic);", "uPlot.join = join;"];
export function uplot(text) {
  for (const line of UNUSED) {
    if (!text.includes(line)) throw new Error(`web/slim.mjs: uPlot has no '${line}' any more`);
    text = text.replace(line, "");
  }
  return text;
}

// The texts of one language, as they are loaded: { key: text }. `table` is text/table.js, whose rows have a column per language.
export async function texts(table, language) {
  const { texts: rows } = await import(table), column = ["en", "fr", "es"].indexOf(language);
  return `export default ${JSON.stringify(Object.fromEntries(Object.entries(rows).map(([key, row]) => [key, row[column]])))};\n`;
}

// Rules for elements, attributes and classes that nothing in the sources names: most of Pico. What uPlot makes is kept as it is.
export async function styles(modules, css, sources) {
  const { PurgeCSS } = createRequire(join(modules, "node_modules/"))("purgecss");
  const raw = sources.map((f) => readFileSync(f, "utf8")).join("\n"), found = (re) => [...new Set([...raw.matchAll(re)].map((m) => m[1]))];
  const words = found(/([A-Za-z_][\w-]*)/g);
  const extractor = () => ({
    tags: ["html", "head", "body", ...found(/<([a-z][a-z0-9]*)\b/g)], classes: words, ids: words, undetermined: [],
    attributes: { names: found(/[\s"{]([a-z][\w-]*)[=:]/gi).concat("checked", "hidden", "open", "readonly", "required").map((n) => n.toLowerCase()), values: found(/"([\w-]+)"/g) },
  });
  const [{ css: kept }] = await new PurgeCSS().purge({
    content: [{ raw, extension: "js" }], css: [{ raw: css }], variables: true, keyframes: true, extractors: [{ extensions: ["js"], extractor }],
    safelist: { standard: [/^::?[a-z]/], greedy: [/^u-/, /^uplot/] }, blocklist: [],
  });
  return kept;
}

// As gzip would, more patiently.
export function pack(modules, bytes) {
  const zopfli = createRequire(join(modules, "node_modules/"))("@gfx/zopfli");
  return new Promise((done, failed) => zopfli.gzip(bytes, { numiterations: 15 }, (e, packed) => e ? failed(e) : done(Buffer.from(packed))));
}
