// When a job runs: in words, its next times in its zone and the reader's, and what the next change of clocks does to
// it.
import { html } from "htm/preact";
import { useEffect, useState } from "preact/hooks";
import { get } from "../base/api.js";
import { useAsked } from "../base/asked.js";
import { Time, local, now, span, tick } from "../base/time.js";
import { language, t, tx } from "../base/text.js";
import { inWords } from "../base/words.js";
import { Asked } from "../parts/asked.js";
import { Facts, Table } from "../parts/table.js";
import { pathOf } from "./job_state.js";

const NEXT = 5, SPARE = 3, YEAR = 400; // so many occurrences, of a daily job, see both changes of the clocks

// Asked once: it does not change while one looks.
function useClockNote({ schedule, timezone }) {
  const [found, set] = useState(null);
  useEffect(() => {
    const stop = new AbortController();
    set(null);
    if (timezone !== "UTC" && !schedule.startsWith("@")) {
      get("schedule/preview", { schedule, timezone, count: YEAR }, stop.signal).then(({ items }) => set(items.find((x) => x.note) ?? null), () => {});
    }
    return () => stop.abort();
  }, [schedule, timezone]);
  return found;
}
const reader = Intl.DateTimeFormat().resolvedOptions().timeZone;
// A local time with its offset, as the job's zone has it: read as if it were UTC, so that it is shown as it stands.
const asWritten = (at, more) => new Intl.DateTimeFormat(language.value, { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", second: "2-digit", timeZone: "UTC", ...more })
  .format(new Date(`${at.slice(0, 19)}Z`));
const offset = (at) => at.endsWith("Z") ? "+00:00" : at.slice(-6);

function Times({ job, items }) {
  const coming = items.filter((x) => (tick.value, Date.parse(x.due_at) > now())).slice(0, NEXT), jitter = coming.some((x) => x.due_at !== x.scheduled_for);
  return html`<${Table} label=${t("schedule.next")} items=${coming} of=${(x) => x.scheduled_for} empty=${t("schedule.none")} columns=${[
    { name: t("schedule.in"), show: (x) => html`<${Time} at=${x.due_at} />` },
    { name: t("schedule.in_zone", { zone: job.timezone }), show: (x) => html`<span>${asWritten(x.local)} <span class="quiet">${offset(x.local)}</span></span>` },
    reader !== job.timezone && { name: t("schedule.in_yours", { zone: reader }), show: (x) => html`<${Time} at=${x.scheduled_for} form=${local} />` },
    jitter && { name: t("schedule.due"), show: (x) => html`<${Time} at=${x.due_at} form=${local} />` },
  ].filter(Boolean)} />`;
}

export function Schedule({ job, due }) {
  const { schedule, timezone, jitter_s: jitter, starts_at: starts, ends_at: ends } = job, note = useClockNote(job);
  const next = useAsked(pathOf(job.name, "next"), { count: NEXT + SPARE }, ["run", "job"], (data, kind) => (kind === "run" ? data.job : data.name) === job.name);
  return html`<section aria-labelledby="schedule"><h2 id="schedule">${t("jobs.schedule")}</h2>
    <p class="lead">${inWords(schedule)} <code>${schedule}</code> <span class="quiet">${timezone}</span></p>
    <${Facts} of=${[[t("jobs.next"), due], [t("schedule.jitter"), jitter > 0 && t("schedule.jitter_text", { most: span(jitter * 1000) })],
      [t("schedule.starts"), starts && html`<${Time} at=${starts} form=${local} />`], [t("schedule.ends"), ends && html`<${Time} at=${ends} form=${local} />`]]} />
    <${Asked} of=${next} rows=${NEXT}>${(data) => html`<${Times} job=${job} items=${data.items} />`}<//>
    ${note && html`<p class="note">${tx("schedule.clocks", { at: html`<strong>${asWritten(note.local, { year: "numeric" })}</strong>`, note: note.note })}</p>`}</section>`;
}
