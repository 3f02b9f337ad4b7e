// A call of a job by hand, with a body of its own if wanted, followed to its end: all that was sent and answered.
import { html } from "htm/preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { may, post } from "../base/api.js";
import { useAsked } from "../base/asked.js";
import { bodyParts, bodyValue } from "../base/body.js";
import { href } from "../base/router.js";
import { t } from "../base/text.js";
import { span, Time } from "../base/time.js";
import { Act, Dialog } from "./act.js";
import { Asked } from "./asked.js";
import { BodyFields } from "./body.js";
import { Exchange } from "./exchange.js";
import { State } from "./state.js";

const OVER = ["succeeded", "failed", "canceled", "skipped", "missed"];

export function Followed({ id }) {
  const run = useAsked(`runs/${id}`, {}, ["run"], (e) => e.id === id);
  const when = (r) => r.state === "retrying" ? html`<${Time} at=${r.next_attempt_at} />`
    : OVER.includes(r.state) && span(r.duration_ms);
  return html`<${Asked} of=${run} rows=${4}>${(r) => html`<p role="status"><${State} of=${r.state} /> ${when(r)} ${r.message !== r.attempts.at(-1)?.message && html`<span class="quiet">${r.message}</span>`}</p>
    ${r.attempts.length > 0 && html`<${Exchange} run=${r} />`}<p class="actions">${!OVER.includes(r.state) && html`<${Act} what=${t("test.stop")} does=${() => post(`runs/${id}/cancel`).then(run.again)} />`}
      <a href=${href("runs", id)}>${t("test.run")}</a></p>`}<//>`;
}
function Call({ job, more }) {
  const [kind0, text0] = bodyParts(job.request.body), [body, set] = useState({ body_kind: kind0, body: text0 });
  const [run, setRun] = useState(null), [error, setError] = useState(null);
  const same = body.body_kind === kind0 && body.body === text0, path = `jobs/${encodeURIComponent(job.name)}/run`;
  const place = useRef(); // where the focus goes first
  useLayoutEffect(() => place.current.querySelector("button").setAttribute("autofocus", ""), []);
  const said = error?.key ? t(error.key, error.values) : error?.message;
  const ofBody = error?.pointer?.includes("/body");
  const call = async () => {
    setError(null);
    try {
      setRun((await post(path, same ? undefined : { body: bodyValue(body.body_kind, body.body) })).id);
    } catch (e) { setError(e); }
  };
  return html`<div class="testcall"><p>${t(job.enabled ? "test.text" : "test.text_off", { method: job.request.method, url: `${job.target ?? ""} ${job.request.url}`.trim() })}</p>
    ${!/GET|HEAD/.test(job.request.method) && html`<${BodyFields} kind=${body.body_kind} text=${body.body} set=${(x) => set({ ...body, ...x })} error=${ofBody && said} rows=${6} />`}
    ${error && !ofBody && html`<p class="trouble" role="alert">${said}</p>`}
    <p class="actions" ref=${place}><${Act} kind="primary" what=${t(run ? "test.again" : "test.do")} does=${call} disabled=${!may("operate")} />${more}</p>
    ${run && html`<section key=${run}><${Followed} id=${run} /></section>`}</div>`;
}
// `job`: as the API gives it; `more`: further buttons beside the one that calls.
export const TestCall = ({ job, open, close, more }) => html`<${Dialog} open=${open} close=${close} title=${t("test.title", { name: job.name })}>
  ${open && html`<${Call} job=${job} more=${more} />`}<//>`;
