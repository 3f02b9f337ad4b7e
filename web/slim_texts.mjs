// slim_texts.mjs - texts by number: t("jobs.search") asks for a name that the script and each language's file would hold. A text whose name stands
// whole in the sources is asked for by its place in the table instead. Names that are put together, t(`state.${s}`), stay: all texts whose
// name could be made so (`NAME` with word characters in place of each ${…}) are found by it, also where they are named whole.
//
// That is safe as a name is looked up in one place alone, t() in base/text.js, and never taken apart; tests/browser/texts.test.mjs puts the shipped
// files together again and finds each text that the sources ask for.
const WHOLE = /"([a-z]\w*(?:\.\w+)+)"/g;              // any literal that is a text's name, for it may be on its way to t()
const ASKED = /\b(tx?\()"([a-z]+)"/g;                  // names without a dot are words like any other, unless they are asked for
const MADE = /`((?:[a-z]\w*\.)[\w.]*)\$\{[^`]*?\}([\w.]*)`/g;

// texts: { name: row }; sources: all that may ask for them. Returns { place: name to number, named: those that keep their names }.
export function numbered(texts, sources) {
  const all = sources.join("\n"), bare = all.match(/"[a-z]+"/g) ?? [];
  const made = [...all.matchAll(MADE)].map(([, head, tail]) => new RegExp(`^${head.replaceAll(".", "\\.")}\\w+${tail.replaceAll(".", "\\.")}$`));
  if (/\btx?\(`\$\{/.test(all)) throw new Error("web/slim_texts.mjs: a text's name that is put together has to begin with the name of its group");
  const asked = [...all.matchAll(ASKED)].map(([, , name]) => name), count = (list, x) => list.filter((y) => y === x).length;
  const alone = (name) => name.includes(".") ? all.includes(`"${name}"`) : count(asked, name) === count(bare, `"${name}"`) && asked.includes(name);
  const numbers = Object.keys(texts).filter((name) => alone(name) && !made.some((m) => m.test(name)));
  return { place: new Map(numbers.map((name, i) => [name, i])), named: Object.keys(texts).filter((name) => !numbers.includes(name)) };
}
export const byNumber = ({ place }, source) => source.replaceAll(WHOLE, (all, name) => place.get(name) ?? all).replaceAll(ASKED, (all, t, name) => place.has(name) ? t + place.get(name) : all);

// One language as a literal: an array, and beside it the texts that have names.
export function literal({ place, named }, texts, column) {
  const list = JSON.stringify([...place.keys()].map((name) => texts[name][column])), rest = JSON.stringify(Object.fromEntries(named.map((name) => [name, texts[name][column]])));
  return `Object.assign(${list}, ${rest})`;
}
