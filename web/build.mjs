// build.mjs MODULES OUT - bundles the page: OUT/index.html, and named after their content the icon, one script and one style. The latter
// two are compressed. MODULES holds node_modules as package-lock.json says. Fails when the whole is over the limit.
//
// The same sources give the same bytes, wherever they and MODULES are: nothing outside of the two has a say.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { pack, styles, templates, texts, uplot } from "./slim.mjs";

const LIMIT = 100 * 1024; // of all, compressed
const here = dirname(fileURLToPath(import.meta.url)), [modules, out] = process.argv.slice(2).map((p) => resolve(p));
const need = createRequire(join(modules, "node_modules/")), { build } = need("esbuild"), { minify } = need("terser");

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
    b.onLoad({ filter: /web\/text\/table\.js$/ }, async ({ path }) => ({ contents: await texts(path) }));
    b.onLoad({ filter: /web\/(parts|screens)\/\w+\.js$/ }, ({ path }) => ({ contents: templates(readFileSync(path, "utf8")) }));
  },
};
const { outputFiles, errors } = await build({
  entryPoints: { app: join(here, "main.js") }, bundle: true, minify: true, format: "esm", target: "es2022", charset: "utf8",
  legalComments: "none", plugins: [locked, slim], tsconfigRaw: {}, absWorkingDir: here, outdir: out, write: false, logLevel: "warning",
});
if (errors.length) process.exit(1);
const sources = ["index.html", "main.js", ...["base", "parts", "screens"].flatMap((d) => readdirSync(join(here, d)).filter((f) => f.endsWith(".js")).map((f) => join(d, f)))]
  .map((f) => join(here, f));
const SLIMMER = {
  js: async (text) => (await minify(text, { module: true, ecma: 2022, compress: { passes: 3, pure_getters: true }, format: { comments: false } })).code,
  css: (text) => styles(modules, text, sources),
};

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
let total = 0, shell = readFileSync(join(here, "index.html"), "utf8");
function put(name, contents, packed) {
  const hash = createHash("sha256").update(contents).digest("hex").slice(0, 12), lasting = name.replace(".", `-${hash}.`);
  if (!shell.includes(`"/${name}"`)) throw new Error(`web/index.html does not name "/${name}"`);
  shell = shell.replace(`"/${name}"`, `"/${lasting}"`);
  writeFileSync(join(out, packed ? `${lasting}.gz` : lasting), packed ?? contents);
  total += (packed ?? contents).length;
}
for (const { path, text } of outputFiles) {
  const contents = Buffer.from(await SLIMMER[path.split(".").pop()](text));
  put(basename(path), contents, await pack(modules, contents));
}
put("favicon.svg", readFileSync(join(here, "favicon.svg")));
writeFileSync(join(out, "index.html"), shell);
total += gzipSync(shell).length;
console.log(`  web: ${total} bytes compressed, of ${LIMIT}`);
if (total > LIMIT) {
  console.error(`web: the page is ${total} bytes compressed; at most ${LIMIT}`);
  process.exit(1);
}
