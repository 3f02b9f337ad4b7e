// A time asked for: so long, tomorrow morning, one that is typed, or until somebody says otherwise.
import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { fromField, tomorrowAt } from "../base/moment.js";
import { t } from "../base/text.js";
import { span } from "../base/time.js";
import { Act, Dialog } from "./act.js";
import { Choice, Input } from "./form.js";

const HOUR_MS = 3600000, MORNING = "08:00";
// choices: hours as numbers, "morning", "at", "ever"; does(until): ISO, or null for "ever".
export function Until({ open, close, title, text, choices, what, does }) {
  const [chosen, set] = useState(`${choices[0]}`), [at, setAt] = useState("");
  const words = { morning: () => t("until.morning", { time: MORNING }), at: () => t("until.at"), ever: () => t("until.ever") };
  const times = { morning: () => fromField(tomorrowAt(MORNING)), at: () => fromField(at), ever: () => null };
  const until = () => times[chosen] ? times[chosen]() : new Date(Date.now() + chosen * HOUR_MS).toISOString();
  const act = async () => {
    await does(until());
    close();
  };
  return html`<${Dialog} open=${open} close=${close} title=${title}><p>${text}</p>
    <${Choice} label=${t("until.how_long")} value=${chosen} set=${set} options=${choices.map((c) => [`${c}`, words[c] ? words[c]() : span(c * HOUR_MS)])} />
    ${chosen === "at" && html`<${Input} type="datetime-local" label=${t("runs.until")} hint=${t("until.zone")} value=${at} set=${setAt} />`}
    <p class="actions"><${Act} kind="primary" what=${what} does=${act} disabled=${chosen === "at" && !until()} /></p><//>`;
}
