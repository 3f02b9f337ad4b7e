// Where the reader is: the path after '#', as in #/jobs/followup-7h?tab=runs. The fragment never leaves the browser, so
// that any address works on any server, and a deep link needs no rule there. Back and forward are the browser's own;
// the place on the page and the link that was followed are found again.
import { signal } from "@preact/signals";

export function plain(part) {
  try { return decodeURIComponent(part); } catch { return part; }
}
// Links of older versions, as in messages that were sent then, were #run=ID.
function read() {
  const run = /^#run=([\w-]+)$/.exec(location.hash)?.[1];
  if (run) history.replaceState(history.state, "", `#/runs/${run}`);
  const [path, query = ""] = (location.hash.startsWith("#/") ? location.hash.slice(1) : "/").split("?");
  const parts = path.split("/").filter(Boolean).map(plain);
  return { path, parts, query: new URLSearchParams(query) };
}
export const place = signal(read());

export const href = (...parts) => `#/${parts.map(encodeURIComponent).join("/")}`;
export const withQuery = (to, query) => {
  const asked = new URLSearchParams(Object.entries(query).filter(([, v]) => v != null && v !== ""));
  return asked.size ? `${to}?${asked}` : to;
};
export const go = (to) => { location.hash = to.replace(/^#/, ""); };
// Changes the query without a step in the history: filters as they are typed.
export function setQuery(changes) {
  const { path, query } = place.value, next = new URLSearchParams(query);
  for (const [k, v] of Object.entries(changes)) v == null || v === "" ? next.delete(k) : next.set(k, v);
  history.replaceState(history.state, "", `#${path}${next.size ? `?${next}` : ""}`);
  place.value = read();
}

// --- back to where one was

history.scrollRestoration = "manual";
const left = new Map(); // of an entry of the history: how far down, and what had the focus
let entry = history.state?.entry ?? 0, entries = entry;
export let returning = null; // what is known of the place that the reader came back to
export function leaveMark() {
  left.set(entry, { top: scrollY, focus: document.activeElement?.getAttribute?.("href") });
}
addEventListener("click", leaveMark, true);
addEventListener("scrollend", leaveMark);
addEventListener("hashchange", () => {
  const known = history.state?.entry;
  returning = known == null ? null : left.get(known) ?? null;
  entry = known ?? ++entries;
  if (known == null) history.replaceState({ entry }, "");
  place.value = read();
});
if (history.state?.entry == null) history.replaceState({ entry }, "");

// Once the screen is drawn. Tries for a moment, as what was there may have to be asked for.
export function settle(main) {
  const to = returning;
  if (!to) {
    scrollTo(0, 0);
    return main?.focus({ preventScroll: true });
  }
  let tries = 20;
  const restore = () => {
    if (tries < 20 && document.activeElement !== document.body) return; // the reader has gone on meanwhile
    const link = to.focus && [...main.querySelectorAll("a")].find((a) => a.getAttribute("href") === to.focus);
    if ((to.focus && !link) || document.documentElement.scrollHeight < to.top + innerHeight) {
      if (tries--) return setTimeout(restore, 50);
    }
    (link || main).focus({ preventScroll: true });
    scrollTo(0, to.top);
  };
  restore();
}
