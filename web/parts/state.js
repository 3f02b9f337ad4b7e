// How states and outcomes look: by sign, word and colour, never by colour alone.
import { html } from "htm/preact";
import { local } from "../base/time.js";
import { listed, t } from "../base/text.js";

const TONES = {
  succeeded: "good", failed: "bad", missed: "bad", retrying: "warn", canceled: "quiet", skipped: "quiet", queued: "quiet", running: "live",
};
export const SIGNS = { good: "✓", bad: "✗", warn: "↻", live: "▸", quiet: "·" };
export const STATES = Object.keys(TONES);
export const tone = (state) => TONES[state] ?? "quiet";
export const outcomeTone = (outcome) => outcome === "ok" ? "good" : outcome === "canceled" ? "quiet" : outcome ? "bad" : "live";

export const Badge = ({ tone: kind, sign = SIGNS[kind], children }) => html`<span class=${`badge ${kind}`}><span aria-hidden="true">${sign}</span> ${children}</span>`;
export const State = ({ of }) => html`<${Badge} tone=${tone(of)}>${t(`state.${of}`)}<//>`;

// The newest runs as small bars, oldest first (`runs` is newest first, as the API answers).
export function Strip({ runs = [], room = 20 }) {
  const shown = runs.slice(0, room), good = shown.filter((r) => r.state === "succeeded").length, bad = shown.filter((r) => tone(r.state) === "bad").length;
  const label = shown.length ? t("strip.label", { n: shown.length, good, bad }) : t("strip.none");
  return html`<span class="strip" role="img" aria-label=${label}>${Array.from({ length: room - shown.length }, (_, i) => html`<i key=${i}></i>`)}
    ${shown.toReversed().map((r) => html`<i key=${r.id} class=${tone(r.state)} title=${`${local(r.scheduled_for)}: ${t(`state.${r.state}`)}`}></i>`)}</span>`;
}
// "a, b and 3 more"
export function Names({ of, room = 5, none, link = (name) => name }) {
  if (!of?.length) return html`<span class="quiet">${none}</span>`;
  const rest = of.length - room;
  if (rest > 0) return html`${of.slice(0, room).map((n, i) => html`${i ? ", " : ""}${link(n)}`)} ${t("names.more", { n: rest })}`;
  return of.some((n) => typeof link(n) !== "string") ? of.map((n, i) => html`${i ? ", " : ""}${link(n)}`) : listed(of);
}

