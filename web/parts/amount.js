// A whole number in its API's unit, and what that is in words.
import { html } from "htm/preact";
import { span } from "../base/time.js";
import { Input } from "./form.js";

export function Amount({ form, label, name, of = form.values, put = form.set, pointer = `/${name}`, unit = 1, hint }) {
  const v = of[name], ms = v !== "" && !isNaN(v) && Number(v) * unit, field = pointer.slice(1).replace(/^alerts\/\d+\//, "").replaceAll("/", ".");
  return html`<${Input} label=${label} hint=${[ms > 0 && unit ? span(ms) : "", field, hint].filter(Boolean).join(" · ")} error=${form.error(pointer)} inputmode="decimal" autocomplete="off" value=${v}
    set=${(to) => put(name, to)} />`;
}
