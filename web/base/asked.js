// useAsked(path, query, kinds): what the API answers, asked again when something of those kinds happens (not more often
// than every second and a half), when the server is back and when the tab is looked at again. What was there stays
// until the new answer is: nothing jumps, and who comes back to a screen finds it as it was.
import { useEffect, useRef, useState } from "preact/hooks";
import { away, get, tagged, whenForgotten } from "./api.js";
import { connected, listen } from "./live.js";

const GATHER_MS = 300, APART_MS = 1500, ANYWAY_MS = 30000, DEAF_MS = 5000, AWAY_MS = 2000, KEPT = 40;
const OPEN = ["queued", "running"], OPEN_MS = 3000; // somebody waits for the end of such a run
const answers = new Map(); // the newest answers, by what was asked
function keep(asked, data) {
  answers.delete(asked);
  answers.set(asked, data);
  if (answers.size > KEPT) answers.delete(answers.keys().next().value);
}
export const forgetAnswers = () => answers.clear();
whenForgotten(forgetAnswers);

const WHOLE = /^(status|settings|targets|secrets|channels|alerts|mutes)\b/; // what tokens with tags are refused
// path null: nothing is asked. Of what no event tells, kinds ["soon"]: it is asked for every few seconds. `concerns(data, kind)`: whether an event is about what is shown.
// Returns { data, error, loading, again() }.
export function useAsked(path, query = {}, kinds = [], concerns = () => true) {
  if (tagged() && WHOLE.test(path)) path = null;
  const asked = path && `${path}?${new URLSearchParams(Object.entries(query).filter(([, v]) => v != null && v !== ""))}`;
  const [state, set] = useState({ asked, data: answers.get(asked), error: null }), again = useRef(() => {});
  const hears = useRef(concerns);
  hears.current = concerns;
  useEffect(() => {
    if (!path) return;
    const stop = new AbortController();
    let timer = 0, due = false, busy = false, last = 0, open = false;
    const next = () => away.value ? AWAY_MS : open ? OPEN_MS : kinds.includes("soon") && !document.hidden ? DEAF_MS : connected.value || !kinds.length ? ANYWAY_MS : DEAF_MS;
    const now = async () => {
      clearTimeout(timer);
      if (busy) { due = true; return; }
      busy = true;
      due = false;
      last = Date.now();
      try {
        const data = await get(path, query, stop.signal);
        if (stop.signal.aborted) return;
        keep(asked, data);
        open = OPEN.includes(data.state);
        set({ data, error: null, asked });
      } catch (error) {
        if (stop.signal.aborted) return;
        set((old) => ({ data: old.asked === asked && error.status !== 404 ? old.data : undefined, asked, error }));
      }
      busy = false;
      if (due) { due = false; soon(); } else timer = setTimeout(now, next());
    };
    const soon = () => {
      if (due || stop.signal.aborted) return;
      due = true;
      if (busy) return;
      clearTimeout(timer);
      timer = setTimeout(now, Math.max(GATHER_MS, APART_MS - (Date.now() - last)));
    };
    const seen = () => { if (!document.hidden) soon(); };
    const deaf = listen(new Set(kinds), (kind, data) => {
      if (!document.hidden && (kind === "reset" || hears.current(data, kind))) soon();
    });
    const back = away.subscribe((gone) => { if (!gone && last) soon(); });
    document.addEventListener("visibilitychange", seen);
    again.current = now;
    now();
    return () => {
      stop.abort();
      clearTimeout(timer);
      deaf();
      back();
      document.removeEventListener("visibilitychange", seen);
    };
  }, [asked]);
  const own = state.asked === asked ? state : { data: answers.get(asked), error: null };
  return { data: own.data, error: own.error, loading: own.data === undefined && !own.error, again: () => again.current() };
}
