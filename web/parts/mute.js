// Alerts held back for a while: of all, of a rule, a job or a target. What is wrong is watched all the same.
import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { ask, may } from "../base/api.js";
import { useAsked } from "../base/asked.js";
import { t, tx } from "../base/text.js";
import { Time, local } from "../base/time.js";
import { Act, say } from "./act.js";
import { Badge } from "./state.js";
import { Until } from "./until.js";

// What is muted now: of(scope, name) is { until } or undefined.
export function useMutes() {
  const of = useAsked("mutes");
  return { again: of.again, all: of.data?.items ?? [], of: (scope, name) => of.data?.items.find((m) => m.scope === scope && m.name === name) };
}
export const Muted = ({ until }) => html`<${Badge} tone="warn" sign="‖">${until ? tx("mute.until", { at: html`<${Time} at=${until} form=${local} />` }) : t("mute.ever")}<//>`;

// One button for both, so that it keeps the focus. `what`: of what, in words; `row`: among others, where that belongs to the button's name.
export function Mute({ mutes, scope, name = "all", what, row, done }) {
  const [open, set] = useState(false), muted = mutes.of(scope, name), path = `mutes/${scope}/${encodeURIComponent(name)}`;
  const then = () => { mutes.again(); done?.(); };
  const mute = async (until) => {
    await ask("PUT", path, { body: { until } });
    say(t("mute.done", { what }));
    then();
  };
  const end = async () => {
    await ask("DELETE", path);
    say(t("mute.ended", { what }));
    then();
  };
  if (!may("operate")) return null;
  const words = t(muted ? "mute.end" : "mute.do"), label = row ? `${words}: ${what}` : null, kind = row ? "small secondary" : "secondary";
  return html`<${Act} kind=${kind} what=${words} label=${label} does=${muted ? end : () => set(true)} />
    <${Until} open=${open} close=${() => set(false)} title=${t("mute.title", { what })} text=${t("mute.text")} choices=${[1, 4, "morning", "at", "ever"]} what=${t("mute.do_it")} does=${mute} />`;
}
