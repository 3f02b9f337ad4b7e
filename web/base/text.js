// The page's words, in the reader's language: t("key", {name: value}). A row per text, a column per language (text/*.js). Plurals: a cell that
// is an object has a member for each category of Intl.PluralRules, chosen by the value `n`.
import { computed, effect, signal } from "@preact/signals";
import { texts } from "../text/table.js";
import { kept } from "./kept.js";

const COLUMNS = ["en", "fr", "es"];
export const LANGUAGES = { en: "English", fr: "Français", es: "Español" };

const wanted = () => navigator.languages.map((l) => l.slice(0, 2).toLowerCase()).find((l) => COLUMNS.includes(l)) ?? "en";
export const language = signal(COLUMNS.includes(kept.get("language")) ? kept.get("language") : wanted());
export function speak(l) {
  kept.set("language", l);
  language.value = l;
}
effect(() => { document.documentElement.lang = language.value; });

const plural = computed(() => new Intl.PluralRules(language.value));
const number = computed(() => new Intl.NumberFormat(language.value, { maximumFractionDigits: 2 }));
const list = computed(() => new Intl.ListFormat(language.value));
export const count = (n) => n == null ? "–" : number.value.format(n);
export const listed = (items) => list.value.format(items);
export const percent = (x) => x == null ? "–" : new Intl.NumberFormat(language.value, { style: "percent", maximumFractionDigits: x > 0.99 && x < 1 ? 2 : 0 }).format(x);

export const known = (key) => key in texts;
export function t(key, values = {}) {
  const row = texts[key];
  if (!row) return key;
  let text = row[COLUMNS.indexOf(language.value)];
  if (typeof text === "object") text = text[plural.value.select(values.n)] ?? text.other;
  return text.replace(/\{(\w+)\}/g, (_, name) => typeof values[name] === "number" ? count(values[name]) : values[name] ?? "");
}
// The same with nodes among the words: an array to show. Numbers stay numbers: a plural asks for them.
export function tx(key, nodes) {
  const marks = Object.entries(nodes).map(([k, v]) => [k, typeof v === "number" ? v : `\u0001${k}\u0001`]);
  return t(key, Object.fromEntries(marks)).split("\u0001").map((part, i) => i % 2 ? nodes[part] : part);
}
