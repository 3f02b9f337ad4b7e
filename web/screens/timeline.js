// The next hour: how many calls each minute brings, and the names of those that come first.
import { html } from "htm/preact";
import { useEffect, useState } from "preact/hooks";
import { useAsked } from "../base/asked.js";
import { href } from "../base/router.js";
import { count, language, t } from "../base/text.js";
import { now, tick } from "../base/time.js";
import { Asked } from "../parts/asked.js";
import { Soon } from "../parts/ticking.js";

const BAR_PX = 70, LANE_PX = 19, LANES = 5, LETTER_PX = 7.2, GAP_PX = 14, NARROW_PX = 620, NAMED = 6;
const clock = (at) => new Intl.DateTimeFormat(language.value, { hour: "numeric", minute: "2-digit" }).format(new Date(at));

function useWidth() {
  const [place, take] = useState(null), [width, set] = useState(0);
  useEffect(() => {
    if (!place) return;
    const watch = new ResizeObserver(([{ contentRect }]) => set(Math.floor(contentRect.width)));
    watch.observe(place);
    return () => watch.disconnect();
  }, [place]);
  return [take, width];
}
// Each job once: when it comes first.
const firsts = (items) => [...items.reduce((jobs, i) => jobs.has(i.job) ? jobs : jobs.set(i.job, i), new Map()).values()];

// Names where their calls are, each in the first lane that has room; those for which there is none are left out.
export function laned(items, width, xOf) {
  const ends = Array(LANES).fill(-Infinity), placed = [];
  for (const item of items) {
    const x = xOf(item), room = item.job.length * LETTER_PX, left = x + room > width ? x - room : x;
    const lane = ends.findIndex((end) => end + GAP_PX < left);
    if (lane < 0 || left < 0) continue;
    ends[lane] = left + room;
    placed.push({ ...item, x, lane, atEnd: left < x });
  }
  return placed;
}
function Drawing({ data, width }) {
  tick.value;
  const from = Date.parse(data.from), until = Date.parse(data.until), x = (at) => (at - from) / (until - from) * width;
  const wide = width >= NARROW_PX, names = wide ? laned(firsts(data.items), width, (i) => x(Date.parse(i.scheduled_for))) : [];
  const lanes = names.length ? Math.max(...names.map((n) => n.lane)) + 1 : 0, top = lanes * LANE_PX + 8, base = top + BAR_PX;
  const most = Math.max(1, ...data.series.map((p) => p.count)), each = width / Math.max(1, data.series.length), bar = Math.max(2, Math.min(each * 0.7, 14));
  const marks = Array.from({ length: 7 }, (_, i) => Math.ceil(from / 600000) * 600000 + i * 600000).filter((at) => at < until && (wide || at % 1200000 === 0));
  const passed = Math.min(width, Math.max(0, x(now())));
  return html`<svg width=${width} height=${base + 22} role="group" aria-label=${t("overview.hour_label")}>
    ${marks.map((at) => html`<g key=${at}><line class="mark" x1=${x(at)} x2=${x(at)} y1=${top} y2=${base} />
      <text class="hour" x=${x(at)} y=${base + 16} text-anchor=${x(at) < 20 ? "start" : x(at) > width - 20 ? "end" : "middle"}>${clock(at)}</text></g>`)}
    ${names.map((n) => html`<line key=${n.job} class="stem" x1=${n.x} x2=${n.x} y1=${n.lane * LANE_PX + 16} y2=${base} />`)}
    ${data.series.map((p) => {
      const start = Date.parse(p.start), at = Math.max(from, start), room = x(start + data.point_s * 1000) - x(at), h = p.count ? Math.max(4, p.count / most * (BAR_PX - 4)) : 0;
      return html`<g key=${p.start} class="minute"><rect class="hit" x=${x(at)} y=${top} width=${room} height=${BAR_PX}>
        <title>${t("overview.hour_minute", { time: clock(at), n: p.count })}</title></rect>
        ${p.count > 0 && html`<rect class="bar" rx="1.5" x=${x(at)} y=${base - h} width=${Math.min(bar, room)} height=${h} />`}</g>`;
    })}
    <line class="ground" x1="0" x2=${width} y1=${base} y2=${base} /><line class="here" x1=${passed} x2=${passed} y1=${top} y2=${base + 4} />
    ${names.map((n) => html`<a key=${n.job} href=${href("jobs", n.job)}><text x=${n.x} y=${n.lane * LANE_PX + 13} dx=${n.atEnd ? -3 : 3}
      text-anchor=${n.atEnd ? "end" : "start"}>${n.job}<title>${clock(n.scheduled_for)}</title></text></a>`)}</svg>
    ${!wide && html`<ol class="firsts">${firsts(data.items).slice(0, NAMED).map((i) => html`<li key=${i.job}>
      <a href=${href("jobs", i.job)}>${i.job}</a> <span class="quiet"><${Soon} at=${i.scheduled_for} /></span></li>`)}</ol>`}`;
}
function Hour({ data, sealed }) {
  const [place, width] = useWidth();
  if (!data.total) return html`<p class="quiet">${t("overview.hour_none")}</p>`;
  const held = sealed ? "overview.hour_sealed" : data.paused && "overview.hour_paused";
  return html`${held && html`<p class="note">${t(held)}</p>`}<div ref=${place} class=${held ? "timeline off" : "timeline"}>${width > 0 && html`<${Drawing} data=${data} width=${width} />`}</div>`;
}
export function Timeline({ sealed }) {
  const asked = useAsked("schedule/upcoming", { window: "1h", limit: 200 }, ["job", "settings"]), total = asked.data?.total;
  return html`<section aria-labelledby="hour"><h2 id="hour">${t("overview.hour")} ${total > 0 && html`<small class="quiet" title=${count(total)}>${
    t(asked.data.complete ? "overview.hour_n" : "overview.hour_least", { n: total })}</small>`}</h2>
    <${Asked} of=${asked} rows=${4}>${(data) => html`<${Hour} data=${data} sealed=${sealed} />`}<//></section>`;
}
