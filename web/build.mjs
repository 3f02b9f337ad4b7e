// build.mjs MODULES OUT - bundles the page: OUT/index.html, and named after their content the icon, one script and one
// style, and the texts of each language. All but the first two are compressed. MODULES holds node_modules as
// package-lock.json says. Fails when the whole is over the limit.
//
// The same sources give the same bytes, wherever they and MODULES are: nothing outside of the two has a say.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { hollowCronstrue, languageSource, pack, styles, templates } from "./slim.mjs";
import { byNumber, literal, numbered } from "./slim_texts.mjs";
import { uplot } from "./slim_uplot.mjs";

const LIMIT = 100 * 1024; // of all that a reader loads, compressed
const here = dirname(fileURLToPath(import.meta.url)), [modules, out] = process.argv.slice(2).map((p) => resolve(p));
const need = createRequire(join(modules, "node_modules/")), { build } = need("esbuild"), { minify } = need("terser");

const sources = ["index.html", "main.js", ...["base", "parts", "screens"].flatMap((d) => readdirSync(join(here, d)).filter((f) => f.endsWith(".js")).map((f) => join(d, f)))]
  .map((f) => join(here, f));
const { texts } = await import(join(here, "text/table.js"));
const OURS = /web\/((base|parts|screens)\/\w+|main)\.js$/, names = numbered(texts, sources.filter((f) => OURS.test(f)).map((f) => readFileSync(f, "utf8")));

// Packages come from MODULES alone: not from a node_modules that happens to be above, where esbuild would look first.
const locked = {
  name: "locked",
  setup(b) {
    b.onResolve({ filter: /^[^./]/ }, ({ path, kind, pluginData }) =>
      (pluginData === locked ? null : b.resolve(path, { kind, resolveDir: modules, pluginData: locked })));
  },
};
const slim = {
  name: "slim",
  setup(b) {
    b.onLoad({ filter: /uPlot\.esm\.js$/ }, ({ path }) => ({ contents: uplot(readFileSync(path, "utf8")) }));
    b.onResolve({ filter: /^text:/ }, ({ path }) => ({ path: path.replace("text:", "./") + ".js", external: true }));
    b.onLoad({ filter: OURS }, ({ path }) => ({ contents: templates(byNumber(names, readFileSync(path, "utf8"))) }));
  },
};
const OPTIONS = {
  bundle: true, minify: true, format: "esm", target: "es2022", charset: "utf8", legalComments: "none", tsconfigRaw: {}, absWorkingDir: here, outdir: out, write: false, logLevel: "warning",
};
const { outputFiles } = await build({ ...OPTIONS, entryPoints: { app: join(here, "main.js") }, plugins: [locked, slim] });
const LANGUAGES = ["en", "fr", "es"];
async function language(l) {
  const contents = await languageSource(literal(names, texts, LANGUAGES.indexOf(l)), l);
  const { outputFiles: [file] } = await build({ ...OPTIONS, stdin: { contents, resolveDir: here }, plugins: [hollowCronstrue, locked] });
  return file.text;
}
const SLIMMER = {
  js: async (text) => (await minify(text, { module: true, ecma: 2022, compress: { passes: 4, unsafe_arrows: true, unsafe_methods: true }, format: { comments: false } })).code,
  css: (text) => styles(modules, text, sources),
};

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const sizes = {};
// Names a file after its content, where `named` speaks of it. Returns that, changed.
function put(name, contents, packed, named) {
  const lasting = name.replace(".", `-${createHash("sha256").update(contents).digest("hex").slice(0, 12)}.`);
  if (!named.includes(`/${name}"`)) throw new Error(`web: nothing names '${name}'`);
  writeFileSync(join(out, packed ? `${lasting}.gz` : lasting), packed ?? contents);
  sizes[name] = (packed ?? contents).length;
  return named.replace(`/${name}"`, `/${lasting}"`);
}
async function ship(name, text, named) {
  const contents = Buffer.from(await SLIMMER[name.split(".").pop()](text));
  return put(name, contents, await pack(modules, contents), named);
}
const files = Object.fromEntries(outputFiles.map(({ path, text }) => [basename(path), text]));
for (const l of LANGUAGES) files["app.js"] = await ship(`${l}.js`, await language(l), files["app.js"]);
let shell = readFileSync(join(here, "index.html"), "utf8");
for (const name of ["app.js", "app.css"]) shell = await ship(name, files[name], shell);
shell = put("favicon.svg", readFileSync(join(here, "favicon.svg")), null, shell);
writeFileSync(join(out, "index.html"), shell);
sizes.shell = gzipSync(shell).length;

// A reader loads all of it but for the languages that are not read.
const languages = LANGUAGES.map((l) => sizes[`${l}.js`]), all = Object.values(sizes).reduce((sum, n) => sum + n, 0);
const read = all - languages.reduce((sum, n) => sum + n, 0) + Math.max(...languages);
console.log(`  web: ${read} bytes compressed for a reader, of ${LIMIT}; ${all} with all languages`);
if (read > LIMIT) {
  console.error(`web: the page is ${read} bytes compressed; at most ${LIMIT}`);
  process.exit(1);
}
