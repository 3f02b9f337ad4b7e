// uPlot, as wide as its place, in the colours of the theme.
import { html } from "htm/preact";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { language, t } from "../base/text.js";
import { dark } from "../base/theme.js";
import { local } from "../base/time.js";

// Times at the axis in the reader's way: days, or hours, or seconds where they lie that close.
function times(_, all, __, ___, step) {
  const format = new Intl.DateTimeFormat(language.value, step >= 86400 ? { day: "numeric", month: "short" } : { hour: "numeric", minute: "2-digit", second: step < 60 ? "2-digit" : undefined });
  return all.map((s) => format.format(s * 1000));
}
export const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

// One time alone is the middle of a minute: uPlot would make years of it.
// data: [x in seconds, y, …]; series: [{ label, tone, … as uPlot }]; label: what it shows, in words, for those who do
// not see it.
export function Plot({ label, data, series, axes = [], height = 180, more = {} }) {
  const place = useRef(), plot = useRef();
  const shape = JSON.stringify([series.map((s) => [s.label, s.tone]), height, dark.value, language.value]);
  useEffect(() => {
    const line = { stroke: colour("quiet"), grid: { stroke: colour("line"), width: 1 }, ticks: { stroke: colour("line"), width: 1 }, font: "12px system-ui" };
    plot.current = new uPlot({
      width: place.current.clientWidth, height, cursor: { drag: { x: false, y: false } }, scales: { x: { range: (u, a, b) => u.data[0].length > 1 ? [a, b] : [a - 30, a + 30] } }, legend: { live: true }, ...more,
      series: [{ label: t("plot.time"), value: (_, s) => s == null ? "–" : local(s * 1000) }, ...series.map((s) => ({ width: 1.5, stroke: colour(s.tone ?? "live"), ...s }))],
      axes: [{ ...line, space: 90, values: times, ...axes[0] }, { ...line, size: 60, ...axes[1] }],
    }, data, place.current);
    const watch = new ResizeObserver(([{ contentRect }]) => plot.current?.setSize({ width: contentRect.width, height }));
    watch.observe(place.current);
    return () => {
      watch.disconnect();
      plot.current.destroy();
    };
  }, [shape]);
  useEffect(() => { plot.current?.setData(data); }, [data]);
  return html`<div class="plot" ref=${place} role="img" aria-label=${label}></div>`;
}
