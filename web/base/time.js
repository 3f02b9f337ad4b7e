// Times in the reader's zone, UTC on hover, relative ones that tick. All by the server's clock: its Date field tells
// how far this one is off.
import { signal } from "@preact/signals";
import { html } from "htm/preact";
import { language, t } from "./text.js";

let skew = 0;
export const now = () => Date.now() + skew;
export function setClock(ms) {
  if (Math.abs(ms - now()) > 1500) skew = ms - Date.now(); // Date has whole seconds
}
export const tick = signal(Date.now());
setInterval(() => { if (!document.hidden) tick.value = Date.now(); }, 1000);
document.addEventListener("visibilitychange", () => { tick.value = Date.now(); });

const STEPS = [[60, 1, "second"], [3600, 60, "minute"], [86400, 3600, "hour"], [Infinity, 86400, "day"]];
export function away(iso) {
  const s = Math.round((Date.parse(iso) - now()) / 1000), a = Math.abs(s);
  if (a < 1) return t("time.now");
  const [, per, unit] = STEPS.find(([below]) => a < below * 1.5);
  return new Intl.RelativeTimeFormat(language.value, { numeric: "always" }).format(Math.round(s / per), unit);
}
const sameDay = (a, b) => a.toDateString() === b.toDateString();
export function local(iso) {
  const at = new Date(iso), style = { timeStyle: "medium" };
  if (!sameDay(at, new Date(now()))) style.dateStyle = "medium";
  return new Intl.DateTimeFormat(language.value, style).format(at);
}
// <Time at=ISO form=away|local />; away ticks.
export function Time({ at, form = away }) {
  if (!at) return "–";
  if (form === away) tick.value;
  return html`<time dateTime=${at} title=${at.replace("T", " ").replace("Z", " UTC")}>${form(at)}</time>`;
}
export function span(ms) {
  if (ms == null) return "–";
  const n = (v, unit, digits = 0) => new Intl.NumberFormat(language.value,
    { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: digits }).format(v);
  if (ms < 1000) return n(ms, "millisecond");
  if (ms < 60000) return n(ms / 1000, "second", 1);
  if (ms < 5400000) return n(ms / 60000, "minute", 1);
  if (ms < 129600000) return n(ms / 3600000, "hour", 1);
  return n(ms / 86400000, "day", 1);
}
