// What the parts of the page are made of: elements, times as the reader's clock has them, tables.
export const byId = (id) => document.getElementById(id);
export function h(tag, props = {}, ...children) {
  const node = Object.assign(document.createElement(tag), props);
  node.append(...children.filter((c) => c != null));
  return node;
}
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
let skew = 0; // the server's clock against this one
export const now = () => Date.now() + skew;
export function setClock(iso) {
  skew = Date.parse(iso) - Date.now();
}
const relative = new Intl.RelativeTimeFormat("en", { numeric: "always" });
export function away(iso) {
  const s = Math.round((Date.parse(iso) - now()) / 1000), a = Math.abs(s);
  if (a < 1) return "now";
  if (a < 100) return relative.format(s, "second");
  if (a < 5400) return relative.format(Math.round(s / 60), "minute");
  if (a < 129600) return relative.format(Math.round(s / 3600), "hour");
  return relative.format(Math.round(s / 86400), "day");
}
export const soon = (iso) => Date.parse(iso) > now() ? away(iso) : "now";
export function local(iso) {
  const t = new Date(iso);
  return t.toDateString() === new Date(now()).toDateString() ? t.toLocaleTimeString() : t.toLocaleString();
}
// A time that ticks, but for local; UTC on hover.
export function time(iso, show = away) {
  return iso ? Object.assign(h("time", { dateTime: iso, title: iso }, show(iso)), { show }) : "–";
}
export const count = (n, one, many = `${one}s`) => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;

// --- tables: rows are kept by key and changed in place, so that focus and selection survive a refresh

export function sync(body, items, key, make, fill) {
  const old = new Map([...body.rows].map((r) => [r.dataset.key, r]));
  items.forEach((item, i) => {
    const id = key(item), text = JSON.stringify(item);
    let row = old.get(id);
    old.delete(id);
    if (!row) {
      row = make(item);
      row.dataset.key = id;
    }
    if (row.shown !== text) fill(row, item);
    row.shown = text;
    if (body.rows[i] !== row) body.insertBefore(row, body.rows[i] ?? null);
  });
  old.forEach((row) => row.remove());
}
export const cells = (row, ...labels) => labels.forEach((label) => {
  const cell = row.insertCell();
  if (label) cell.dataset.label = label;
});
