// useSteady(useAsked(…)): while a changed question is on its way, what was answered to the last one still stands, and
// `old` says so.
import { useRef } from "preact/hooks";

export function useSteady(asked) {
  const last = useRef();
  if (asked.data !== undefined) last.current = asked.data;
  const old = asked.loading && last.current !== undefined;
  return old ? { ...asked, data: last.current, loading: false, old } : { ...asked, old };
}
