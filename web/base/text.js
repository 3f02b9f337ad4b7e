// The page's words, in the reader's language: t("key", {name: value}). A row per text, a column per language
// (text/*.js). Plurals: a cell that is an object has a member for each category of Intl.PluralRules, chosen by the
// value `n`.
import { batch, computed, effect, signal } from "@preact/signals";
import { load } from "../text/load.js";
import { kept } from "./kept.js";

export const LANGUAGES = { en: "English", fr: "Français", es: "Español" };

const texts = signal({}); // of the language that is shown
export const schedules = signal(null); // cronstrue's words of it
export const language = signal("en");
export async function speak(l) {
  const loaded = await load(l);
  batch(() => { // what is drawn never has one without the other
    texts.value = loaded.texts;
    schedules.value = loaded.schedules;
    language.value = l;
  });
}
// As the reader chose, or else as the browser is set.
export const chosen = () => [kept.get("language"), ...navigator.languages.map((l) => l.slice(0, 2).toLowerCase())].find((l) => l in LANGUAGES) ?? "en";
export function choose(l) {
  kept.set("language", l);
  return speak(l);
}
effect(() => { document.documentElement.lang = language.value; });

const plural = computed(() => new Intl.PluralRules(language.value));
const number = computed(() => new Intl.NumberFormat(language.value, { maximumFractionDigits: 2 }));
const list = computed(() => new Intl.ListFormat(language.value));
export const count = (n) => n == null ? "–" : number.value.format(n);
export const listed = (items) => list.value.format(items);
export const percent = (x) => x == null ? "–" : new Intl.NumberFormat(language.value, { style: "percent", maximumFractionDigits: x > 0.99 && x < 1 ? 2 : 0 }).format(x);

export function t(key, values = {}) {
  let text = texts.value[key] ?? key;
  if (typeof text === "object") text = text[plural.value.select(values.n)] ?? text.other;
  return text.replace(/\{(\w+)\}/g, (_, name) => typeof values[name] === "number" ? count(values[name]) : values[name] ?? "");
}
// The same with nodes among the words: an array to show. Numbers stay numbers: a plural asks for them.
export function tx(key, nodes) {
  const marks = Object.entries(nodes).map(([k, v]) => [k, typeof v === "number" ? v : `\u0001${k}\u0001`]);
  return t(key, Object.fromEntries(marks)).split("\u0001").map((part, i) => i % 2 ? nodes[part] : part);
}
