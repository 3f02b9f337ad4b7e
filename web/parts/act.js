// Buttons that do something at the server, what was done said for a while, and the question before what cannot be
// undone.
import { html } from "htm/preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { signal } from "@preact/signals";
import { t } from "../base/text.js";

// Busy meanwhile, and telling why when it failed. It keeps the focus: a busy button does nothing, but is not disabled.
export function Act({ what, does, label, kind = "secondary", disabled = false }) {
  const [busy, set] = useState(false), here = useRef(true);
  useEffect(() => () => { here.current = false; }, []);
  const act = async () => {
    set(true);
    try { await does(); } catch (e) { say(e.message, "bad"); }
    if (here.current) set(false);
    setTimeout(() => { // what had the focus may be gone
      if (document.activeElement === document.body) document.getElementById("content")?.focus();
    }, 100);
  };
  return html`<button type="button" class=${kind} disabled=${disabled} aria-label=${label ?? null} aria-busy=${busy ? "true" : null}
    onClick=${busy ? null : act}>${what}</button>`;
}

export const sayings = signal([]);
const drop = (one) => { sayings.value = sayings.value.filter((s) => s !== one); };
export function say(text, kind = "good") {
  const one = { text, kind, id: Math.random() };
  sayings.value = [...sayings.value.slice(-2), one];
  setTimeout(() => drop(one), kind === "bad" ? 15000 : 5000);
}
export const Sayings = () => html`<div class="sayings" role="status" aria-live="polite">
  ${sayings.value.map((s) => html`<p key=${s.id} class=${s.kind}>${s.text} <button type="button" class="bare" aria-label=${t("close")}
    onClick=${() => drop(s)}>✕</button></p>`)}</div>`;

// await confirmed("Delete …?", "Delete"): true or false. Escape is no.
const question = signal(null);
export const confirmed = (text, yes) => new Promise((answer) => { question.value = { text, yes, answer, from: document.activeElement }; });
export function Question() {
  const dialog = useRef(), q = question.value;
  useEffect(() => { if (q && !dialog.current.open) dialog.current.showModal(); }, [q]);
  if (!q) return null;
  const end = (answer) => {
    dialog.current.close();
    question.value = null;
    q.from?.focus?.();
    q.answer(answer);
  };
  return html`<dialog ref=${dialog} aria-label=${q.yes} onCancel=${(e) => { e.preventDefault(); end(false); }}><article><p>${q.text}</p>
    <footer><button type="button" class="secondary" onClick=${() => end(false)}>${t("cancel")}</button>
    <button type="button" class="danger" onClick=${() => end(true)}>${q.yes}</button></footer></article></dialog>`;
}
// A dialog of one's own: children are shown while `open`; Escape and ✕ call `close`.
export function Dialog({ open, close, title, children }) {
  const dialog = useRef(), from = useRef();
  useEffect(() => {
    if (open && !dialog.current.open) {
      from.current = document.activeElement;
      dialog.current.showModal();
    }
    return () => { if (open) from.current?.focus?.(); };
  }, [open]);
  if (!open) return null;
  return html`<dialog ref=${dialog} aria-label=${title} onCancel=${(e) => { e.preventDefault(); close(); }}><article>
    <header><h2>${title}</h2><button type="button" class="bare" aria-label=${t("close")} onClick=${close}>✕</button></header>${children}</article></dialog>`;
}

export function Copy({ text, label = t("copy"), kind = "small secondary" }) {
  const [done, set] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      set(true);
      setTimeout(() => set(false), 1500);
    } catch {
      say(t("copy.failed"), "bad"); // browsers have a clipboard on https and localhost alone
    }
  };
  return html`<button type="button" class=${kind} onClick=${copy}>${done ? t("copied") : label}</button>`;
}
