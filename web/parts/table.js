// Tables: on a narrow screen each row is a card, its cells named. A long list comes page by page, each with an address
// of its own.
import { html } from "htm/preact";
import { place, withQuery } from "../base/router.js";
import { t } from "../base/text.js";

// columns: [{ name: heading, show: (item) => what stands there, class, plain }]; the first one heads its row. plain:
// what stands there needs no name to be seen. What can be scrolled has to be reached by keyboard; what cannot is no
// stop on the way.
const reachable = (box) => box && (box.scrollWidth > box.clientWidth ? box.setAttribute("tabindex", "0") : box.removeAttribute("tabindex"));

export function Table({ label, columns, items, of, tone = () => null, empty }) {
  if (!items.length) return html`<p class="quiet empty">${empty}</p>`;
  return html`<div class="wide" ref=${(box) => reachable(box)}><table role="table" aria-label=${label}>
    <thead role="rowgroup"><tr role="row">${columns.map((c, i) => html`<th key=${i} role="columnheader" scope="col" class=${c.class}>${c.plain ? html`<span class="unseen">${c.name}</span>` : c.name}</th>`)}</tr></thead>
    <tbody role="rowgroup">${items.map((item) => html`<tr role="row" key=${of(item)} class=${tone(item)}>${columns.map((c, i) => i
      ? html`<td key=${i} role="cell" class=${c.class} data-label=${c.plain ? "" : c.name}>${c.show(item)}</td>`
      : html`<th key=${i} role="rowheader" scope="row" class=${c.class}>${c.show(item)}</th>`)}</tr>`)}</tbody></table></div>`;
}

// The way on and back in a list that is asked for with `cursor`, which stands in the address.
export function Pages({ data }) {
  const { path, query } = place.value, at = (cursor) => withQuery(`#${path}`, { ...Object.fromEntries(query), cursor });
  if (!data?.next_cursor && !query.get("cursor")) return null;
  return html`<nav class="pages" aria-label=${t("pages")}>
    ${query.get("cursor") && html`<a href=${at(null)}>${t("pages.first")}</a>`}
    ${data?.next_cursor && html`<a href=${at(data.next_cursor)}>${t("pages.next")}</a>`}</nav>`;
}
// pairs: [name, what]; those without a value are left out.
export const Facts = ({ of }) => html`<dl class="facts">${of.filter(([, v]) => v != null && v !== "" && v !== false).map(([k, v]) => html`
  <div key=${k}><dt>${k}</dt><dd>${v}</dd></div>`)}</dl>`;

// JSON with each value as it was written: numbers keep all their digits, doubled names stay. What is no JSON stays as
// it is.
const TOKENS = /"(?:[^"\\]|\\.)*"|[[\]{}:,]|[^\s[\]{}:,"]+/g;
export function pretty(text) {
  if (typeof text !== "string") return JSON.stringify(text, null, 2);
  try { JSON.parse(text); } catch { return text; }
  let out = "", depth = 0, before = "";
  const line = () => `\n${"  ".repeat(depth)}`;
  for (const [token] of text.matchAll(TOKENS)) {
    const ends = token === "]" || token === "}", opened = before === "[" || before === "{";
    if (ends) depth--;
    if (ends ? !opened : opened || before === ",") out += line();
    out += token === ":" ? ": " : token;
    if (token === "[" || token === "{") depth++;
    before = token;
  }
  return out;
}
// Text as it is; what stands for a secret is marked: its placeholder in what was sent, what was taken out of what came
// back.
const MASK = /(\{\{secret\.[^{}]*\}\}|\[redacted:[^\]]*\])/;
export const Marked = ({ text }) => text.split(MASK).map((part, i) => i % 2 ? html`<mark key=${i}>${part}</mark>` : part);
// It may scroll: so it is reached by keyboard.
export const Code = ({ text, label }) => html`<pre tabIndex="0" role="region" aria-label=${label}><code><${Marked} text=${text} /></code></pre>`;
