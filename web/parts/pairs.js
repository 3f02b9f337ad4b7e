// Names and values as rows that can be added and removed: header fields, metrics. `value`: [[name, value]]; empty rows are left out by pairsToObject.
import { html } from "htm/preact";
import { useRef } from "preact/hooks";
import { t } from "../base/text.js";

export const pairsOf = (object) => Object.entries(object ?? {});
export const pairsToObject = (pairs) => Object.fromEntries(pairs.map(([k, v]) => [k.trim(), v]).filter(([k, v]) => k || v));

// words: { label, name, value, add } in the reader's language; error: of the whole; suggest: [names] for the first column.
export function Pairs({ words, value, set, error, suggest = [], list = "pairs", disabled }) {
  const box = useRef();
  const put = (i, j, text) => set(value.map((p, at) => at !== i ? p : j ? [p[0], text] : [text, p[1]]));
  const add = () => {
    set([...value, ["", ""]]);
    setTimeout(() => box.current?.querySelector(".pair:last-of-type input")?.focus());
  };
  const remove = (i) => {
    set(value.filter((_, at) => at !== i));
    setTimeout(() => box.current?.querySelector("button.add")?.focus());
  };
  return html`<fieldset class="pairs" ref=${box} aria-invalid=${error ? "true" : null}><legend>${words.label}</legend>
    <datalist id=${list}>${suggest.map((s) => html`<option key=${s} value=${s} />`)}</datalist>
    ${value.map(([k, v], i) => html`<div class="pair" key=${i}>
      <input aria-label=${`${words.name} ${i + 1}`} placeholder=${words.name} list=${list} autocomplete="off" spellcheck="false" value=${k} disabled=${disabled} onInput=${(e) => put(i, 0, e.target.value)} />
      <input aria-label=${`${words.value} ${i + 1}`} placeholder=${words.value} autocomplete="off" spellcheck="false" value=${v} disabled=${disabled} onInput=${(e) => put(i, 1, e.target.value)} />
      <button type="button" class="bare" aria-label=${t("pairs.remove", { name: k || String(i + 1) })} disabled=${disabled} onClick=${() => remove(i)}>✕</button></div>`)}
    ${error && html`<small class="bad">${error}</small>`}
    <button type="button" class="small secondary add" disabled=${disabled} onClick=${add}>${words.add}</button></fieldset>`;
}
