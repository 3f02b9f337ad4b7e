// What went over the wire: the attempts of a run on one time axis, and of each the request as sent and the answer as
// kept.
import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { t } from "../base/text.js";
import { away, now, span, tick, Time } from "../base/time.js";
import { Badge, outcomeTone } from "./state.js";
import { Code, Marked, pretty } from "./table.js";
import { Copy } from "./act.js";
import "./exchange.css";

const PHASES = ["dns", "connect", "tls", "first_byte", "body"];
const ms = (iso) => Date.parse(iso);
const took = (a) => a.timing?.total_ms ?? Math.max(0, (a.finished_at ? ms(a.finished_at) : now()) - ms(a.started_at));
const reused = (a) => a.timing?.connect_ms == null && a.timing?.first_byte_ms != null;

// [[phase, ms]], in order, together as long as the attempt. What is left after the first byte is the body; without one
// it was in vain, or is still going on.
export function phases(a) {
  const known = PHASES.slice(0, 4).map((p) => [p, a.timing?.[`${p}_ms`]]).filter(([, v]) => v != null);
  const rest = Math.max(0, took(a) - known.reduce((sum, [, v]) => sum + v, 0));
  return [...known, [!a.finished_at ? "open" : a.timing?.first_byte_ms == null ? "vain" : "body", rest]];
}
const Figures = ({ of }) => phases(of).map(([p, v]) => html`<span key=${p}><i class=${p} aria-hidden="true"></i> ${t(`phase.${p}`)} ${span(v)}</span>`);
const inText = (a) => phases(a).map(([p, v]) => `${t(`phase.${p}`)} ${span(v)}`).join(", ");

function Track({ of: a, from, length, since }) {
  const at = (x) => `${Math.min(100, Math.max(0, x / length * 100))}%`, start = ms(a.started_at) - from;
  let x = start;
  return html`<span class="track" aria-hidden="true">${since != null && html`<i class="wait" style=${{ left: at(since - from), width: at(start + from - since) }}></i>`}
    ${phases(a).filter(([, v], i, all) => v > 0 || (i === all.length - 1 && !took(a))).map(([p, v]) => {
      x += v;
      return html`<i key=${p} class=${p} style=${{ left: `min(${at(x - v)}, 100% - 2px)`, width: at(v) }} title=${`${t(`phase.${p}`)} ${span(v)}`}></i>`;
    })}</span>`;
}
const Outcome = ({ of }) => html`<${Badge} tone=${of.outcome ? outcomeTone(of.outcome) : "live"}>${of.outcome ? of.http_status ?? t(`outcome.${of.outcome}`) : t("state.running")}<//>`;

function Waterfall({ run, attempts }) {
  const over = attempts.every((a) => a.finished_at), next = run.state === "retrying" ? ms(run.next_attempt_at) : null;
  if (!over || next) tick.value;
  const ends = attempts.map((a) => ms(a.started_at) + took(a)), from = ms(attempts[0].started_at);
  const length = Math.max(1, ...ends.map((e) => e - from), next ? next - from : 0);
  const used = new Set(attempts.flatMap((a) => phases(a).map(([p]) => p)));
  return html`<figure class="fall"><ol>${attempts.map((a, i) => html`<li key=${a.number}>
      <span>${t("attempt.n", { n: a.number })} <${Outcome} of=${a} /></span>
      <${Track} of=${a} from=${from} length=${length} since=${i ? ends[i - 1] : null} /><span>${span(took(a))}</span>
      <span class="unseen">${i ? `${t("attempt.after", { time: span(ms(a.started_at) - ends[i - 1]) })}; ` : ""}${inText(a)}</span></li>`)}
    ${next && html`<li><span>${t("attempt.n", { n: attempts.length + 1 })}</span><span class="track" aria-hidden="true"><i class="wait"
      style=${{ left: `${(ends.at(-1) - from) / length * 100}%`, right: 0 }}></i></span><span>${away(run.next_attempt_at)}</span></li>`}</ol>
    <div class="axis" aria-hidden="true"><span>${(length < 10 ? [0, 1] : [0, 0.5, 1]).map((x) => html`<span key=${x}>${span(Math.round(x * length))}</span>`)}</span></div>
    <figcaption>${[...PHASES, "vain", "open"].filter((p) => used.has(p)).map((p) => html`<span key=${p}><i class=${p} aria-hidden="true"></i> ${t(`phase.${p}`)}</span>`)}
      ${(attempts.length > 1 || next) && html`<span><i class="wait" aria-hidden="true"></i> ${t("phase.wait")}</span>`}</figcaption></figure>`;
}

const Fields = ({ of, label }) => of && html`<dl class="fields" aria-label=${label}>${Object.entries(of).flatMap(([name, v]) => [v].flat().map((one, i) => html`
  <dt key=${`${name}${i}`}>${name}</dt><dd key=${`${name}${i}v`}><${Marked} text=${String(one)} /></dd>`))}</dl>`;
const Body = ({ text, label }) => text ? html`<${Code} text=${pretty(text)} label=${label} />` : html`<p class="quiet">${t("exchange.no_body")}</p>`;

const Request = ({ of }) => html`<section><h3>${t("exchange.request")} ${of?.body && html`<${Copy} text=${of.body} label=${t("exchange.copy_body")} />`}</h3>
  ${of?.url ? html`<p class="line"><strong>${of.method}</strong> <${Marked} text=${of.url} /></p>
    <${Fields} of=${of.headers} label=${t("exchange.request_headers")} /><${Body} text=${of.body} label=${t("exchange.request_body")} />`
    : html`<p class="quiet">${t("exchange.not_sent")}</p>`}</section>`;

const Response = ({ of, status }) => html`<section><h3>${t("exchange.response")}
    ${of?.size != null && html`<small class="quiet">${t("exchange.size", { n: of.size })}${of.truncated ? `, ${t("exchange.truncated")}` : ""}</small>`}
    ${of?.body && html`<${Copy} text=${of.body} label=${t("exchange.copy_body")} />`}</h3>
  ${of ? html`<p class="line"><strong>${status ?? ""}</strong></p><${Fields} of=${of.headers} label=${t("exchange.response_headers")} />
    <${Body} text=${of.body} label=${t("exchange.response_body")} />` : html`<p class="quiet">${t("exchange.no_answer")}</p>`}</section>`;

const masked = (a) => /\{\{secret\.|\[redacted:/.test(JSON.stringify([a.request, a.response]));

// Open if it was the last when it came; then it is the reader's to open and close.
function Attempt({ of: a, last, told }) {
  const [open] = useState(last);
  return html`<details class="attempt" open=${open}><summary><strong>${t("attempt.n", { n: a.number })}</strong> <${Outcome} of=${a} />
      <span class="quiet"><${Time} at=${a.started_at} form=${away} />, ${span(took(a))}</span></summary>
    ${a.message && a.message !== told && html`<p class=${outcomeTone(a.outcome) === "bad" ? "trouble" : "note"}>${a.message}</p>`}
    ${a.finished_at ? html`<figure class="phases"><${Track} of=${a} from=${ms(a.started_at)} length=${Math.max(1, took(a))} /><figcaption><${Figures} of=${a} /></figcaption></figure>
      <p class="quiet">${a.remote_address && html`${t("exchange.to", { address: a.remote_address })} `}${reused(a) && t("exchange.reused")}
        ${masked(a) && html` ${t("exchange.masked")}`}</p>
      ${a.bodies_removed && html`<p class="note">${t("exchange.removed")}</p>`}<div class="exchange"><${Request} of=${a.request} /><${Response} of=${a.response} status=${a.http_status} /></div>`
      : html`<p class="quiet">${t("exchange.under_way")}</p>`}</details>`;
}

// run: as GET runs/{id} answers. The last attempt is open. told: the message that is shown elsewhere, and needs not be
// said again.
export function Exchange({ run, told }) {
  const attempts = run.attempts ?? [];
  if (!attempts.length) return html`<p class="quiet">${t("attempt.none")}</p>`;
  return html`<${Waterfall} run=${run} attempts=${attempts} />
    ${attempts.map((a, i) => html`<${Attempt} key=${a.number} of=${a} last=${i === attempts.length - 1} told=${told} />`)}`;
}
