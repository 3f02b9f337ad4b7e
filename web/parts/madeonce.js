// A value that is shown once: ready to be copied, and put away by the reader.
import { html } from "htm/preact";
import { useEffect, useRef } from "preact/hooks";
import { Copy } from "./act.js";

export function MadeOnce({ value, label, says, more, doneWords, done }) {
  const box = useRef();
  useEffect(() => box.current.focus(), []);
  return html`<div class="note made"><p>${says}</p>
    <p><input ref=${box} readonly aria-label=${label} value=${value} onFocus=${(e) => e.target.select()} /></p>${more && html`<p>${more}</p>`}
    <p class="actions"><${Copy} text=${value} /><button type="button" class="small" onClick=${done}>${doneWords}</button></p></div>`;
}
