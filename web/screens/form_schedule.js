// When a job runs: presets that write the expression, the expression itself, what it means in words, and its next
// times.
import { html } from "htm/preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { get } from "../base/api.js";
import { tomorrowAt } from "../base/moment.js";
import { language, t } from "../base/text.js";
import { Time } from "../base/time.js";
import { inWords } from "../base/words.js";
import { Choice, Field, Input } from "../parts/form.js";
import { FIRST, KINDS, readPreset } from "./form_presets.js";

const dayName = (n) => new Intl.DateTimeFormat(language.value, { weekday: "short", timeZone: "UTC" }).format(new Date(Date.UTC(2023, 0, 1 + n)));

const TimeOf = ({ p, put }) => html`<${Input} label=${t("form.time")} type="time" value=${p.time} set=${(time) => time && put({ time })} />`;
function Days({ p, put }) {
  const flip = (d) => p.days.includes(d) ? p.days.filter((x) => x !== d) : [...p.days, d];
  return html`<fieldset class="days"><legend>${t("form.days")}</legend>${[1, 2, 3, 4, 5, 6, 0].map(String).map((d) => html`<label key=${d}>
    <input type="checkbox" checked=${p.days.includes(d)} onChange=${(e) => flip(d).length ? put({ days: flip(d) }) : (e.target.checked = true)} />${dayName(+d)}</label>`)}</fieldset>`;
}
const options = (list, words = (v) => v) => list.map((v) => [String(v), words(v)]);
function withOwn(list, v) { return list.map(String).includes(v) ? list : [...list, v]; }
const CONTROLS = {
  minutes: ({ p, put }) => html`<${Choice} label=${t("form.n")} value=${p.n} set=${(n) => put({ n })} options=${options(withOwn([1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30], p.n))} />`,
  hourly: ({ p, put }) => html`<${Input} label=${t("form.minute")} type="number" min="0" max="59" value=${p.minute} set=${(minute) => minute !== "" && put({ minute })} />`,
  daily: TimeOf,
  weekdays: TimeOf,
  weekly: (x) => html`<${TimeOf} ...${x} /><${Days} ...${x} />`,
  monthly: (x) => html`<${TimeOf} ...${x} /><${Choice} label=${t("form.day")} value=${x.p.day} set=${(day) => x.put({ day })}
    options=${options([...Array.from({ length: 31 }, (_, i) => i + 1), "L"], (d) => d === "L" ? t("form.last_day") : d)} />`,
  interval: ({ p, put }) => html`<${Input} label=${t("form.amount")} type="number" min="1" value=${p.amount} set=${(amount) => amount && put({ amount })} />
    <${Choice} label=${t("form.unit")} value=${p.unit} set=${(unit) => put({ unit })} options=${options(["s", "m", "h", "d"], (u) => t(`form.unit_${u}`))} />`,
  once: ({ p, put }) => html`<${Input} label=${t("form.at")} type="datetime-local" step="1" value=${p.at} set=${(at) => at && put({ at: at.length === 16 ? `${at}:00` : at })} />`,
};

function Builder({ schedule, set }) {
  const [kind, parts] = readPreset(schedule), last = useRef({}), [own, setOwn] = useState(false), shown = own ? "own" : kind;
  last.current = { ...FIRST, at: tomorrowAt("09:00:00"), ...last.current, ...parts };
  const put = (changes, as = kind) => set(KINDS[as][2](Object.assign(last.current, changes)));
  const choose = (as) => { setOwn(as === "own"); if (as !== "own") put({}, as); };
  const Controls = CONTROLS[shown];
  return html`<div class="builder"><${Choice} label=${t("form.repeat")} value=${shown} set=${choose} options=${[...Object.keys(KINDS), "own"].map((k) => [k, t(`form.kind_${k}`)])} />
    ${Controls && html`<${Controls} p=${last.current} put=${put} />`}</div>`;
}

// { items, description } or { error }, a moment after the last key.
function usePreview(schedule, timezone) {
  const [said, set] = useState({});
  useEffect(() => {
    if (!schedule.trim()) return set({});
    const stop = new AbortController(), timer = setTimeout(() => get("schedule/preview", { schedule, timezone, count: 5 }, stop.signal)
      .then(set, (error) => { if (!stop.signal.aborted) set((old) => error.status ? { error } : old); }), 250);
    return () => { clearTimeout(timer); stop.abort(); };
  }, [schedule, timezone]);
  return said;
}
function inZone(iso, local, timeZone, second) {
  try {
    return new Intl.DateTimeFormat(language.value, { weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", second,
      timeZoneName: "short", timeZone }).format(new Date(iso));
  } catch { return local; } // a zone that this browser does not know
}
function Next({ said, timezone }) {
  const second = said.items.some((o) => new Date(o.scheduled_for).getUTCSeconds()) ? "2-digit" : undefined;
  return html`<ol class="next">${said.items.map((o) => html`<li key=${o.scheduled_for}><span>${inZone(o.scheduled_for, o.local, timezone, second)}</span>
  <span class="quiet"><${Time} at=${o.scheduled_for} /></span>${o.note && html`<small class="warn">${o.note}</small>`}</li>`)}</ol>
  ${!said.items.length && html`<p class="warn">${t("form.no_times")}</p>`}`;
}
// The expression, with the character that the server's message speaks of.
function Fault({ schedule, message }) {
  const column = +(/at column (\d+)/.exec(message)?.[1] ?? 0), chars = [...schedule];
  if (!column) return null;
  return html`<pre class="fault" aria-hidden="true">${chars.slice(0, column - 1).join("")}<mark>${chars[column - 1] ?? " "}</mark>${chars.slice(column).join("")}</pre>`;
}

const zones = Intl.supportedValuesOf?.("timeZone") ?? [];
export const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "UTC";

export function Schedule({ form }) {
  const { values: v, set } = form, said = usePreview(v.schedule, v.timezone), wrong = said.error?.pointer === "/schedule" ? said.error.message : null;
  const wrongZone = said.error?.pointer === "/timezone" ? said.error.message : form.error("/timezone"), schedule = (to) => set("schedule", to);
  return html`<${Builder} schedule=${v.schedule} set=${schedule} />
    <div class="row"><${Field} label=${t("form.expression")} hint=${t("form.expression_hint")} error=${wrong ?? form.error("/schedule")}>
      ${(a) => html`<input ...${a} class="mono" autocomplete="off" autocapitalize="none" spellcheck=${false} value=${v.schedule} onInput=${(e) => schedule(e.target.value)} />
        ${wrong && html`<${Fault} schedule=${v.schedule} message=${wrong} />`}`}<//>
    <${Input} label=${t("form.zone")} hint=${t("form.zone_hint")} error=${wrongZone} list="zones" autocomplete="off" spellcheck=${false} value=${v.timezone} set=${(z) => set("timezone", z)} /></div>
    <datalist id="zones">${["UTC", ...zones.filter((z) => z !== "UTC")].map((z) => html`<option key=${z} value=${z} />`)}</datalist>
    <div class="preview">${said.items ? html`<p><strong>${inWords(v.schedule) || said.description}</strong></p><${Next} said=${said} timezone=${v.timezone} />`
      : html`<p class="quiet">${t("form.no_preview")}</p>`}</div>`;
}
