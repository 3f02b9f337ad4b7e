// Counts over time as stacked bars. The same as a table for those who do not see it.
import { html } from "htm/preact";
import { count } from "../base/text.js";

const W = 1000, GAP = 0.2;

// points: [{ label, values: { kind: n }, href: where a click leads, if anywhere }]; kinds: [[kind, tone, words]], from
// the bottom up; ticks: [[index, words]].
export function Bars({ label, points, kinds, ticks = [], height = 120 }) {
  const most = Math.max(1, ...points.map((p) => kinds.reduce((sum, [k]) => sum + (p.values[k] ?? 0), 0)));
  const each = W / Math.max(1, points.length), used = kinds.filter(([k]) => points.some((p) => p.values[k]));
  const bar = (p, i) => {
    let top = height;
    return kinds.map(([k, tone]) => {
      const n = p.values[k] ?? 0, h = n ? Math.max(2, n / most * (height - 4)) : 0;
      top -= h;
      return n ? html`<rect key=${k} class=${tone} x=${i * each + each * GAP / 2} y=${top} width=${each * (1 - GAP)} height=${h} />` : null;
    });
  };
  const told = (p) => `${p.label}: ${kinds.filter(([k]) => p.values[k]).map(([k, , words]) => `${words} ${count(p.values[k])}`).join(", ") || count(0)}`;
  const point = (p, i) => html`<rect class="hit" x=${i * each} y="0" width=${each} height=${height}><title>${told(p)}</title></rect>${bar(p, i)}`;
  // A picture hides its links from those who do not see it: with links it is a group.
  return html`<figure class="bars"><svg viewBox=${`0 0 ${W} ${height}`} preserveAspectRatio="none" role=${points.some((p) => p.href) ? "group" : "img"} aria-label=${label}>
    ${points.map((p, i) => p.href ? html`<a key=${p.label} href=${p.href} aria-label=${told(p)}>${point(p, i)}</a>` : html`<g key=${p.label}>${point(p, i)}</g>`)}</svg>
    <div class="ticks" aria-hidden="true">${ticks.map(([i, words]) => html`<span key=${i} style=${{ left: `${(i + 0.5) / points.length * 100}%` }}>${words}</span>`)}</div>
    ${used.length > 0 && html`<figcaption>${used.map(([k, tone, words]) => html`<span key=${k}><i class=${tone} aria-hidden="true"></i> ${words}</span>`)}</figcaption>`}
  </figure>`;
}
