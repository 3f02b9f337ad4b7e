// A small line: how something went, oldest first; null where there is no value. `label` says the same in words.
import { html } from "htm/preact";
import "./spark.css";

const W = 90, H = 22, R = 2;

export function Sparkline({ values, label, room = values.length }) {
  const most = Math.max(1, ...values.map((v) => v ?? 0)), from = room - values.length;
  const x = (i) => R + (from + i) / Math.max(1, room - 1) * (W - 2 * R), y = (v) => H - R - v / most * (H - 2 * R);
  const known = values.map((v, i) => [v, i]).filter(([v]) => v != null);
  if (!known.length) return null;
  const line = known.map(([v, i], k) => `${k ? "L" : "M"}${x(i).toFixed(1)} ${y(v).toFixed(1)}`).join("");
  const [v, i] = known.at(-1);
  return html`<svg class="spark" viewBox=${`0 0 ${W} ${H}`} role="img" aria-label=${label}><title>${label}</title>
    <path d=${line} /><circle cx=${x(i)} cy=${y(v)} r=${R} /></svg>`;
}
