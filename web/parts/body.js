// The body of a call: JSON, text as it is, or none; with the placeholders that may stand in it.
import { html } from "htm/preact";
import { useRef } from "preact/hooks";
import { bodyValue } from "../base/body.js";
import { t } from "../base/text.js";
import { say } from "./act.js";
import { Area, Choice } from "./form.js";
import { pretty } from "./table.js";

const PLACES = ["now", "run.id", "run.scheduled_for", "run.trigger", "attempt", "job.name"];

// Buttons that put a placeholder where the caret is, or was last, in what they stand around.
export function Placeholders({ names, secrets = [], more, children }) {
  const place = useRef(), field = useRef(), all = [...secrets.map((s) => `secret.${s}`), ...names];
  const remember = (e) => { if (e.target.matches("textarea, input")) field.current = e.target; };
  const insert = (text) => {
    const fields = place.current.querySelectorAll("textarea, input.value"), into = field.current?.isConnected ? field.current : fields[fields.length - 1];
    if (!into) return;
    into.setRangeText(text, into.selectionStart, into.selectionEnd, "end");
    into.dispatchEvent(new Event("input", { bubbles: true }));
    into.focus();
  };
  return html`<div ref=${place} onFocusIn=${remember}>${children}${all.length > 0 && html`<p class="places"><span class="quiet" aria-hidden="true">${t("form.insert")}</span>
    ${all.map((n) => html`<button key=${n} type="button" class="chip secondary" aria-label=${`${t("form.insert")} {{${n}}}`} onClick=${() => insert(`{{${n}}}`)}>${`{{${n}}}`}</button>`)}${more}</p>`}</div>`;
}

export function BodyFields({ kind, text, set, error, rows = 8, names = PLACES }) {
  const format = () => {
    try {
      bodyValue("json", text);
      set({ body: pretty(text) }); // every digit of a number as it was typed: the server judges it
    } catch (e) { say(t(e.key, e.values), "bad"); }
  };
  const tidy = kind === "json" && html`<button type="button" class="small secondary" onClick=${format}>${t("form.format")}</button>`;
  return html`<div class="kind"><${Choice} label=${t("form.body_kind")} value=${kind} set=${(body_kind) => set({ body_kind })} error=${kind === "none" ? error : null}
      options=${["json", "text", "none"].map((k) => [k, t(`form.body_${k}`)])} /></div>
    ${kind !== "none" && html`<${Placeholders} names=${names} more=${tidy}><${Area} label=${t("form.body")} value=${text} rows=${Math.min(rows, Math.max(3, text.split("\n").length + 1))}
      set=${(body) => set({ body })} error=${error} /><//>`}`;
}
