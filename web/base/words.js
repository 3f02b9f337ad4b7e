// Schedules in words, in the reader's language. What cronstrue does not know (@every, @at, macros, pg_cron's '$') is
// said here.
import cronstrue from "cronstrue";
import { language, schedules, t } from "./text.js";

const MACROS = {
  "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *", "@weekly": "0 0 * * 0", "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *", "@hourly": "0 * * * *",
};
const { locales } = cronstrue.default ?? cronstrue; // bundlers do not agree on what the default of a CommonJS module is
const UNITS = { ms: "millisecond", s: "second", m: "minute", h: "hour", d: "day" };

function interval(text) {
  const parts = [...text.matchAll(/(\d+)\s*(ms|s|m|h|d)/g)];
  if (!parts.length || parts.map((p) => p[0]).join("") !== text.replaceAll(/\s/g, "")) return null;
  const long = (unit) => new Intl.NumberFormat(language.value, { style: "unit", unit, unitDisplay: "long" });
  return t("words.every", { what: parts.map(([, n, u]) => long(UNITS[u]).format(+n)).join(" ") });
}
function at(text) {
  const time = new Date(`${text}Z`);
  if (isNaN(time)) return null;
  const said = new Intl.DateTimeFormat(language.value, { dateStyle: "long", timeStyle: "short", timeZone: "UTC" });
  return t("words.at", { when: said.format(time) });
}
// "" when there are no words for it: the expression itself is always shown beside.
export function inWords(schedule = "") {
  const text = schedule.trim().toLowerCase(), [head, ...rest] = text.split(/\s+/);
  if (head === "@every") return interval(rest.join(" ")) ?? "";
  if (head === "@at") return at(schedule.trim().split(/\s+/)[1]?.toUpperCase() ?? "") ?? "";
  const seconds = /^(\d+) seconds?$/.exec(text);
  if (seconds) return interval(`${seconds[1]}s`);
  const cron = (MACROS[text] ?? text).replaceAll("$", "L").toUpperCase();
  if (cron.startsWith("@") || ![5, 6].includes(cron.split(/\s+/).length)) return "";
  locales[language.value] ??= schedules.value; // English it knows by itself
  try {
    return cronstrue.toString(cron, { locale: language.value, use24HourTimeFormat: true, verbose: false });
  } catch {
    return "";
  }
}
