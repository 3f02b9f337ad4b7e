// What happens, as it happens: the event stream, read with fetch (EventSource cannot send a token), taken up again
// where it broke off. Screens listen by kind; all hear "reset" (something may have been missed: ask anew), which also
// comes after each reconnection that could not go on where the last one ended.
import { effect, signal } from "@preact/signals";
import { away, credentials, lost, who } from "./api.js";

const WAIT_MS = [500, 1000, 2000, 5000], QUIET_MS = 40000; // the server says something at least every 15 seconds
const listeners = new Set();
export const connected = signal(false);
export const status = signal(null); // the newest status event

// `kinds`: set of "run", "job", "target", "secret", "settings", "status"; returns what ends it.
export function listen(kinds, hear) {
  const one = { kinds, hear };
  listeners.add(one);
  return () => listeners.delete(one);
}
function tell(kind, data) {
  if (kind === "status") status.value = data;
  for (const l of listeners) if (kind === "reset" || l.kinds.has(kind)) l.hear(kind, data);
}

// One event is lines "field: value" up to an empty one (HTML, 9.2.6); what we send never splits data.
function* events(text) {
  for (const block of text.split("\n\n")) {
    const e = {};
    for (const line of block.split("\n")) {
      const m = /^(\w+): ?(.*)$/.exec(line);
      if (m) e[m[1]] = m[2];
    }
    if (e.event || e.id) yield e;
  }
}
let last = "";
// Throws when the server cannot be reached, or is silent for too long.
async function follow(stop) {
  const silent = new AbortController();
  let timer = 0;
  const heard = () => {
    clearTimeout(timer);
    timer = setTimeout(() => silent.abort(), QUIET_MS);
  };
  heard();
  try {
    const answer = await fetch("/api/v1/events", {
      headers: { Accept: "text/event-stream", ...credentials(), ...(last && { "Last-Event-ID": last }) },
      cache: "no-store", signal: AbortSignal.any([stop, silent.signal]),
    });
    if (answer.status === 401 && who.value && !stop.aborted) lost();
    away.value = false;
    if (answer.ok) await read(answer.body.pipeThrough(new TextDecoderStream()).getReader(), heard, stop);
    else silent.abort();
    return answer.ok;
  } finally { clearTimeout(timer); }
}
async function read(reader, heard, stop) {
  connected.value = true;
  for (let rest = ""; ;) {
    const { value, done } = await reader.read();
    if (done || stop.aborted) return;
    heard();
    rest += value;
    const end = rest.lastIndexOf("\n\n");
    if (end < 0) continue;
    for (const e of events(rest.slice(0, end))) {
      if (e.id) last = e.id;
      if (e.event) tell(e.event, e.data ? JSON.parse(e.data) : null);
    }
    rest = rest.slice(end + 2);
  }
}
async function keepFollowing(stop) {
  for (let failed = 0; !stop.aborted; failed++) {
    try {
      if (await follow(stop)) failed = 0;
    } catch {
      if (!stop.aborted && failed) away.value = true;
    }
    if (stop.aborted) return; // whoever follows now says whether he is connected
    connected.value = false;
    await new Promise((go) => setTimeout(go, WAIT_MS[Math.min(failed, WAIT_MS.length - 1)]));
  }
}
let running = null;
effect(() => {
  const known = !!who.value;
  if (known && !running) keepFollowing((running = new AbortController()).signal);
  if (!known && running) {
    running.abort();
    running = null;
    connected.value = false;
    last = "";
  }
});
