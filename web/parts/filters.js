// Filters of a list: they stand in the address, so that a link, the back button and a reload find the same list.
import { html } from "htm/preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { fromField, toField } from "../base/moment.js";
import { place, setQuery } from "../base/router.js";
import { Choice, Input } from "./form.js";

const TYPING_MS = 250;

export const filter = (changes) => setQuery({ ...changes, cursor: null });
const asked = (name) => place.value.query.get(name) ?? "";

// What is typed goes to the address once the fingers rest; what comes from the address stands in the field.
export function Typed({ name, ...more }) {
  const given = asked(name), [text, put] = useState(given), sent = useRef(given);
  useEffect(() => {
    if (given !== sent.current) put(sent.current = given);
  }, [given]);
  useEffect(() => {
    if (text === sent.current) return;
    const timer = setTimeout(() => filter({ [name]: (sent.current = text) }), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return html`<${Input} value=${text} set=${put} autocomplete="off" ...${more} />`;
}
export const Chosen = ({ name, ...more }) => html`<${Choice} value=${asked(name)} set=${(v) => filter({ [name]: v })} ...${more} />`;

// A time in the address is an instant (a link means the same everywhere), in the field it is the reader's.
export const When = ({ name, ...more }) => html`<${Input} type="datetime-local" value=${toField(asked(name))} ...${more}
  set=${(text) => filter({ [name]: fromField(text) })} />`;
