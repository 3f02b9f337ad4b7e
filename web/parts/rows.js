// Names and values as rows that are added and removed: header fields, metrics.
import { html } from "htm/preact";
import { useRef } from "preact/hooks";
import { token } from "../base/pointer.js";
import { t } from "../base/text.js";
import { Input } from "./form.js";

// list: [{ name, value }], each with its error below `at`; the focus goes to a new row, and stays near a removed one.
export const nth = (label, i) => i ? `${label} ${i + 1}` : label;
export function Rows({ list, set, at, form, nameLabel, valueLabel, add, more = {}, extra, buttons }) {
  const place = useRef();
  const change = (i, key, to) => set(list.map((r, n) => n === i ? { ...r, [key]: to } : r));
  const focus = (i, what) => setTimeout(() => {
    const row = place.current?.querySelectorAll(".pair")[i];
    (row?.querySelector(what) ?? place.current?.querySelector("p button:last-child"))?.focus();
  }, 30);
  const drop = (i) => { set(list.filter((_, n) => n !== i)); focus(Math.min(i, list.length - 2), "button.bare"); };
  const append = (row = { name: "", value: "" }, what = "input") => { set([...list, row]); focus(list.length, what); };
  return html`<div ref=${place} class="pairs">${list.map((r, i) => html`<div key=${i} class="pair">
      <${Input} label=${nth(nameLabel, i)} autocomplete="off" spellcheck=${false} value=${r.name} set=${(to) => change(i, "name", to)} ...${more}
        error=${form.error(`${at}/${token(r.name)}`)} />
      <${Input} label=${nth(valueLabel, i)} class="value" autocomplete="off" spellcheck=${false} value=${r.value} set=${(to) => change(i, "value", to)} />
      ${extra?.(r, (to) => change(i, "value", to))}
      <button type="button" class="bare" aria-label=${t("form.remove", { what: r.name || `${nameLabel} ${i + 1}` })} onClick=${() => drop(i)}>✕</button></div>`)}
    <p class="actions">${buttons?.(append)}<button type="button" class="small secondary" onClick=${() => append()}>${add}</button></p></div>`;
}

