// slim.mjs - what makes the bundle small without changing what it does: each step says what it may leave out, and why
// that is safe.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

// Templates of htm: it drops white space around a line's break by itself, so the indentation of the sources needs not
// be shipped.
export const templates = (text) => text.replaceAll(/\n[ \t]+/g, "\n");

// The source of one language's file; `texts` is an expression that makes them. The locales of
// cronstrue hang themselves on it: here on something of that name which holds nothing else, as the page has cronstrue
// once.
export async function languageSource(texts, language) {
  if (language === "en") return `export const texts = ${texts}, schedules = null;`;
  return `import cronstrue from "cronstrue";\nimport "cronstrue/locales/${language}";\nexport const texts = ${texts}, schedules = cronstrue.locales.${language};`;
}
export const hollowCronstrue = {
  name: "hollow cronstrue",
  setup(b) {
    b.onResolve({ filter: /^cronstrue$/ }, ({ path }) => ({ path, namespace: "hollow" }));
    b.onLoad({ filter: /./, namespace: "hollow" }, () => ({ contents: "module.exports = { locales: {} };" }));
  },
};

// Of these the words occur in the sources, but not as what Pico means.
const NOT_HERE = new RegExp([
  String.raw`:host|role=(switch|search)|type=["']?(color|file|radio|range|reset)|\[multiple\]|-webkit-(meter|progress|file)|-moz-(range|progress)|\[dir=|summary\[role=button\]|:indeterminate`,
  // Names that the browsers which run the script (ES2022) have without their makers' prefix, or never had.
  String.raw`::-ms-|-moz-(focus-inner|list-bullet|selection)|-webkit-input-placeholder`,
].join("|"));
const OTHERS = /^\[(type=(color|file|radio|range|reset)|role=switch|multiple)\]$/; // within :not()
const OLD = /^-ms-|^-moz-(appearance|tab-size|user-select)$/;
// Of Pico, where style.css says all of it again with the same weight, and later.
const SAID_AGAIN = (rule) => rule.selector === "body>footer,body>header,body>main" || (rule.selector === "dialog>article" && rule.parent.type === "atrule");
// style.css sets these for both themes with more weight than Pico's own values for each.
const OURS = ":root:root:root";

function forget(root) {
  const ours = new Set();
  root.walkRules(OURS, (rule) => rule.walkDecls((d) => { ours.add(d.prop); }));
  root.walkRules((rule) => {
    if (SAID_AGAIN(rule)) return void rule.remove();
    rule.selector = rule.selector.replaceAll(/:not\(([^()]*)\)/g, (all, list) => {
      const kept = list.split(",").filter((s) => !OTHERS.test(s.trim())); // one has to stay, as it has weight
      return kept.length ? `:not(${kept.join(",")})` : all;
    });
    if (rule.selector !== OURS && /^(:root|\[data-theme)/.test(rule.selector)) rule.walkDecls((d) => { if (ours.has(d.prop)) d.remove(); });
  });
  root.walkDecls((d) => {
    if (OLD.test(d.prop) || (d.prop === "-webkit-appearance" && d.parent.some((other) => other.prop === "appearance"))) d.remove();
  });
  for (let more = true; more;) { // what only a forgotten rule, or a forgotten name, asked for
    const text = root.toString();
    more = false;
    root.walkDecls(/^--pico/, (d) => { if (!text.includes(`var(${d.prop})`) && !text.includes(`var(${d.prop},`)) more = !!d.remove(); });
  }
  root.walk((node) => { if (node.nodes && !node.nodes.length) node.remove(); });
  const names = [...new Set(root.toString().match(/--pico-[\w-]+/g))]; // Pico's own variables, that no script reads
  const short = (text) => text.replaceAll(/--pico-[\w-]+/g, (name) => `--${names.indexOf(name).toString(36)}`);
  root.walkDecls((d) => {
    [d.prop, d.value] = [short(d.prop), short(d.value)];
    if (!/["']/.test(d.value)) d.value = d.value.replaceAll(", ", ",");
    d.raws.between = ":";
  });
}

// Rules for elements, attributes and classes that nothing in the sources names: most of Pico. What uPlot makes is kept
// as it is.
export async function styles(modules, css, sources) {
  const need = createRequire(join(modules, "node_modules/")), { PurgeCSS } = need("purgecss");
  const raw = sources.map((f) => readFileSync(f, "utf8")).join("\n"), found = (re) => [...new Set([...raw.matchAll(re)].map((m) => m[1]))];
  const words = found(/([A-Za-z_][\w-]*)/g);
  const extractor = () => ({
    tags: ["html", "head", "body", ...found(/<([a-z][a-z0-9]*)\b/g)], classes: words, ids: words, undetermined: [],
    attributes: { names: found(/[\s"{]([a-z][\w-]*)[=:]/gi).concat("checked", "data-theme", "hidden", "open", "readonly", "required").map((n) => n.toLowerCase()), values: found(/"([\w-]+)"/g) },
  });
  const [{ css: kept }] = await new PurgeCSS().purge({
    content: [{ raw, extension: "js" }], css: [{ raw: css }], variables: true, keyframes: true, extractors: [{ extensions: ["js"], extractor }],
    safelist: { standard: [/^::?[a-z]/], greedy: [/^u-/, /^uplot/] },
  });
  const root = need("postcss").parse(kept);
  root.walkRules((rule) => {
    const own = rule.selectors.filter((s) => !NOT_HERE.test(s.replaceAll(/:not\((?:[^()]|\([^()]*\))*\)/g, "")));
    if (!own.length) rule.remove();
    else if (own.length < rule.selectors.length) rule.selectors = own;
  });
  forget(root);
  return root.toString();
}

// As gzip would, more patiently.
export function pack(modules, bytes) {
  const zopfli = createRequire(join(modules, "node_modules/"))("@gfx/zopfli");
  return new Promise((done, failed) => zopfli.gzip(bytes, { numiterations: 15 }, (e, packed) => e ? failed(e) : done(Buffer.from(packed))));
}
