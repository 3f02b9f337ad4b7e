// Forms: fields with their hint and error, checked by the server's own rules while one types, and never emptied by a
// failed save.
import { html } from "htm/preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { whenForgotten } from "../base/api.js";
import { t } from "../base/text.js";

// children: a function of the attributes that belong on the control.
export function Field({ label, hint, error, children }) {
  const id = useId(), about = [error && `${id}e`, hint && `${id}h`].filter(Boolean).join(" ");
  return html`<div class="field"><label for=${id}>${label}</label>
    ${children({ id, "aria-describedby": about || null, "aria-invalid": error ? "true" : null })}
    ${error && html`<small id=${`${id}e`} class="bad">${error}</small>`}
    ${hint && html`<small id=${`${id}h`} class="hint">${hint}</small>`}</div>`;
}
export const Input = ({ label, hint, error, value, set, ...more }) => html`<${Field} label=${label} hint=${hint} error=${error}>
  ${(a) => html`<input ...${a} ...${more} value=${value ?? ""} onInput=${(e) => set(e.target.value)} />`}<//>`;
export const Area = ({ label, hint, error, value, set, rows = 6, ...more }) => html`<${Field} label=${label} hint=${hint} error=${error}>
  ${(a) => html`<textarea ...${a} ...${more} rows=${rows} spellcheck=${false} value=${value ?? ""} onInput=${(e) => set(e.target.value)} />`}<//>`;
// options: [[value, words]]
export const Choice = ({ label, hint, error, value, set, options, ...more }) => html`<${Field} label=${label} hint=${hint} error=${error}>
  ${(a) => html`<select ...${a} ...${more} value=${value ?? ""} onChange=${(e) => set(e.target.value)}>
    ${options.map(([v, words]) => html`<option key=${v} value=${v} selected=${v === (value ?? "")}>${words}</option>`)}</select>`}<//>`;
export const Check = ({ label, hint, value, set, ...more }) => {
  const id = useId();
  return html`<div class="field check"><label><input type="checkbox" ...${more} checked=${!!value} aria-describedby=${hint ? id : null}
    onChange=${(e) => set(e.target.checked)} /> ${label}</label>${hint && html`<small id=${id} class="hint">${hint}</small>`}</div>`;
};

const drafts = new Map(); // what was typed and not saved, by form, until its reader signs out or closes the page
const CHECK_MS = 500;
whenForgotten(() => drafts.clear());
// Without what nobody shall find here later: who comes back to the form types it again.
const keep = (form, { secrets, value, password, current, ...rest }) => drafts.set(form, rest);

// useForm("job", initial, check): { values, set(name, value), setWhen(still, changes), error(pointer), problem,
// checked, dirty, restored, busy, save(how), reset(to) }. `check(values)`: asks the server what it would say (a dry
// run); its Problem's pointer tells the field. What is typed survives going to another screen and back, but for secrets
// and passwords; the browser asks before the page itself is closed. As long as nothing is typed, the form follows
// `initial`.
export function useForm(name, initial, check) {
  const [values, put] = useState(() => ({ ...initial, ...drafts.get(name) }));
  const [problem, setProblem] = useState(null), [busy, setBusy] = useState(false);
  const [checked, setChecked] = useState(null), touched = useRef(drafts.has(name)), now = useRef(values);
  const restored = useRef(drafts.has(name));
  const turn = useRef(0); // a check that began before a save or a change has nothing to say after it
  now.current = values;
  const set = (key, value) => {
    touched.current = true;
    const next = { ...now.current, ...(typeof key === "string" ? { [key]: value } : key) };
    now.current = next;
    keep(name, next);
    put(next);
  };
  // What was found out later, if what it is about is still as it was.
  const setWhen = (still, to) => {
    const same = (of) => (k) => now.current[k] === of[k];
    if (Object.keys(still).every(same(still)) && !Object.keys(to).every(same(to))) set(to);
  };
  useEffect(() => {
    if (!check || !touched.current) return;
    const mine = ++turn.current;
    const timer = setTimeout(async () => {
      try {
        const said = await check(values);
        if (mine === turn.current) { setChecked(said ?? null); setProblem(null); }
      } catch (e) { if (mine === turn.current && e.status) setProblem(e); }
    }, CHECK_MS);
    return () => { turn.current++; clearTimeout(timer); };
  }, [values]);
  useEffect(() => {
    const ask = (e) => { if (drafts.has(name)) e.preventDefault(); };
    addEventListener("beforeunload", ask);
    return () => removeEventListener("beforeunload", ask);
  }, [name]);
  const reset = (to = initial) => {
    drafts.delete(name);
    touched.current = false;
    restored.current = false;
    turn.current++;
    now.current = to;
    put(to);
    setProblem(null);
  };
  const given = JSON.stringify(initial), before = useRef(given);
  useEffect(() => {
    if (before.current !== given && !drafts.has(name)) reset();
    before.current = given;
  }, [given]);
  // Returns what `how` returned; undefined when it failed: the problem is shown then, and all that was typed is still
  // there.
  const save = async (how) => {
    setBusy(true);
    turn.current++;
    try {
      const done = await how(now.current);
      drafts.delete(name);
      touched.current = false;
      setProblem(null);
      return done ?? true;
    } catch (e) {
      setProblem(e);
      setTimeout(() => document.querySelector("[aria-invalid=true]")?.focus(), 50);
      return undefined;
    } finally { setBusy(false); }
  };
  // The error of a field: by its pointer, or of anything within it.
  const within = (p) => problem.pointer === p || problem.pointer.startsWith(`${p}/`);
  const error = (...pointers) => problem?.pointer && pointers.some(within) ? problem.message : null;
  return { values, set, setWhen, error, problem, checked, dirty: drafts.has(name), restored: restored.current, busy, save, reset };
}
export const Refusal = ({ of }) => of && html`<p class="trouble" role="alert">${of.message}</p>`;
