// One job: how it is, when it runs, how it fared, what it sends, and what is done with it.
import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { ask, may } from "../base/api.js";
import { forgetAnswers, useAsked } from "../base/asked.js";
import { go, href, withQuery } from "../base/router.js";
import { Time } from "../base/time.js";
import { t, tx } from "../base/text.js";
import { Act, confirmed, say } from "../parts/act.js";
import { Asked } from "../parts/asked.js";
import { Mute, Muted, useMutes } from "../parts/mute.js";
import { Badge } from "../parts/state.js";
import { TestCall } from "../parts/testcall.js";
import { useTitle } from "../parts/title.js";
import { Until } from "../parts/until.js";
import { History } from "./job_history.js";
import { Policies, Sent } from "./job_request.js";
import { Schedule } from "./job_schedule.js";
import { Firing, useFiring } from "./rules.js";
import { Due, PauseOrResume, RunNow, pathOf, pause } from "./job_state.js";
import "./job.css";

async function remove(job, setGone) {
  if (!await confirmed(t("job.delete_ask", { name: job.name }), t("delete"))) return;
  await ask("DELETE", pathOf(job.name), { etag: `"${job.status.revision}"` });
  setGone(true);
  forgetAnswers();
  say(t("job.deleted", { name: job.name }));
  go("#/jobs");
}

const HOURS = [1, 4, 24, 168];
const PauseFor = ({ job, open, close, again }) => html`<${Until} open=${open} close=${close} title=${t("job.pause_title", { name: job.name })} text=${t("job.pause_text")}
  choices=${[...HOURS, "at"]} what=${t("job.pause_do")} does=${(until) => pause(job.name, until).then(again)} />`;

function Actions({ job, again, setGone, mutes }) {
  const [open, set] = useState(null), { name } = job;
  return html`<div class="actions">
    ${may("operate") && html`<${RunNow} name=${name} kind="primary" done=${again} />
    <button type="button" class="secondary" onClick=${() => set("test")}>${t("job.test")}</button>
    <${PauseOrResume} job=${job} kind="secondary" again=${again} />
    <button type="button" class="secondary" onClick=${() => set("pause")}>${t("job.until")}</button>
    <${Mute} mutes=${mutes} scope="job" name=${name} what=${name} done=${again} />
    <${TestCall} job=${job} open=${open === "test"} close=${() => set(null)} />
    <${PauseFor} job=${job} open=${open === "pause"} close=${() => set(null)} again=${again} />`}
    ${may("admin") && html`<a role="button" class="secondary" href=${href("jobs", name, "edit")}>${t("edit")}</a>
    <a role="button" class="secondary" href=${withQuery("#/new-job", { copy: name })}>${t("job.duplicate")}</a>
    <${Act} kind="danger" what=${t("delete")} does=${() => remove(job, setGone)} />`}</div>`;
}

// How it is, first in a word and then, when something is wrong, why.
function Standing({ job, due }) {
  const { enabled, status } = job;
  if (!enabled || status.paused) return html`<span>${due}</span>`;
  if (status.failing) return html`<${Badge} tone="bad">${t("jobs.is_failing")}<//>`;
  return status.last_run ? html`<${Badge} tone="good">${t("jobs.well")}<//>` : html`<${Badge} tone="quiet">${t("strip.none")}<//>`;
}
function Failing({ of: f }) {
  return html`<div class="card bad"><p><strong>${tx("job.failing", { n: f.runs, at: html`<${Time} at=${f.since} />` })}</strong> <span class="quiet">${
    f.last_success_at ? tx("job.last_success", { at: html`<${Time} at=${f.last_success_at} />` }) : t("job.never_well")}</span></p>
    <p class="reason">${f.message} ${f.run && html`<a href=${href("runs", f.run)}>${t("jobs.see_run")}</a>`}</p></div>`;
}

function Gone({ name }) {
  return html`<p class="crumb"><a href="#/jobs">${t("nav.jobs")}</a></p><h1>${t("job.none", { name })}</h1><p>${t("job.none_text")}</p>
    <p class="actions"><a href=${withQuery("#/runs", { job: name })}>${t("job.all_runs")}</a> <a href="#/jobs">${t("jobs.all")}</a></p>`;
}

function Whole({ job, again, setGone }) {
  const mutes = useMutes(), firing = useFiring({ job: job.name }), { status } = job, stopped = !!useAsked("status", {}, ["status"]).data?.paused, due = html`<${Due} job=${job} stopped=${stopped} />`;
  return html`<p class="crumb"><a href="#/jobs">${t("nav.jobs")}</a></p>
    <div class="head"><h1>${job.name}</h1><${Standing} job=${job} due=${due} />${status.muted && html`<${Muted} until=${status.muted_until} />`}<${Actions} job=${job} again=${again} setGone=${setGone} mutes=${mutes} /></div>
    <p class="about"><bdi>${job.description}</bdi> ${job.tags.map((tag) => html` <a key=${tag} class="tag" href=${withQuery("#/jobs", { tag })}>${tag}</a>`)}</p>
    ${status.failing && html`<${Failing} of=${status.failing} />`}
    ${firing.data?.items.length > 0 && html`<section aria-labelledby="firing"><h2 id="firing">${t("firing.title")}</h2><${Firing} own of=${firing} mutes=${mutes} /></section>`}
    <${Schedule} job=${job} due=${due} />
    <${History} job=${job} />
    <${Sent} job=${job} />
    <${Policies} job=${job} />`;
}

export function Job({ name }) {
  useTitle(name);
  const [gone, setGone] = useState(false); // deleted by the reader, who is on the way to the list
  const mine = (data, kind) => (kind === "run" ? data.job : data.name) === name;
  const of = useAsked(gone ? null : pathOf(name), {}, ["job", "run", "settings"], (data, kind) => kind === "settings" || mine(data, kind));
  if (of.error?.status === 404) return html`<${Gone} name=${name} />`;
  if (of.data === undefined) return html`<h1>${name}</h1><${Asked} of=${of} rows=${16} />`;
  return html`<${Whole} job=${of.data} again=${of.again} setGone=${setGone} />`;
}
