// Where alerts are sent: all channels with how they do, a new one, and one with its test and the messages that went to it.
import { html } from "htm/preact";
import { useEffect, useState } from "preact/hooks";
import { ask, get, may, post, whenForgotten } from "../base/api.js";
import { useAsked } from "../base/asked.js";
import { go, href, place, setQuery, withQuery } from "../base/router.js";
import { t, tx } from "../base/text.js";
import { Time, local } from "../base/time.js";
import { Act, confirmed, say } from "../parts/act.js";
import { Asked, Refused } from "../parts/asked.js";
import { Badge, State } from "../parts/state.js";
import { Table } from "../parts/table.js";
import { Followed } from "../parts/testcall.js";
import { useTitle } from "../parts/title.js";
import { ChannelForm } from "./channel_form.js";
import { KINDS } from "./channel_values.js";

const at = (name) => `channels/${encodeURIComponent(name)}`, sends = (e) => e.job.startsWith("alert:");
export const useChannels = () => useAsked("channels", {}, ["run"], sends);

// --- messages that were sent

const facts = new Map(); // of a message, by its run: they never change
whenForgotten(() => facts.clear());
function Message({ run: { id } }) {
  const [n, set] = useState(facts.get(id));
  useEffect(() => { if (!n) get(`runs/${id}`).then(({ body }) => { facts.set(id, body); set(body); }, () => {}); }, []);
  return !n ? "…" : n.on ? `${t(`on.${n.on}`)}${n.items.some((i) => i.subject) ? `: ${n.items.map((i) => i.subject).join(", ")}` : ""} (${t(`told.${n.kind}`)})` : t("told.test");
}

export function Sent({ query }) {
  const of = useAsked("runs", { ...query, limit: 10 }, ["run"], sends);
  const columns = [
    { name: t("runs.scheduled"), show: (r) => html`<a href=${href("runs", r.id)}><${Time} at=${r.scheduled_for} form=${local} /></a>` },
    { name: t("alerts.channel"), show: (r) => html`<a href=${href("channels", r.job.slice(6))}>${r.job.slice(6)}</a>` },
    { name: t("jobs.state"), show: (r) => html`<${State} of=${r.state} />` },
    { name: t("history.message"), class: "said", show: (r) => html`<span><${Message} key=${r.id} run=${r} />${r.message && html`<small class="under">${r.message}</small>`}</span>` },
  ];
  return html`<${Asked} of=${of} rows=${3}>${(d) => html`<${Table} label=${t("alerts.sent")} columns=${columns} items=${d.items} of=${(r) => r.id} empty=${t("alerts.sent_none")} />
    ${d.next_cursor && html`<p><a href=${withQuery("#/runs", query)}>${t("alerts.sent_all")}</a></p>`}`}<//>`;
}

// --- how a channel does

export function Health({ of: { enabled, status: s } }) {
  if (!enabled) return html`<${Badge} tone="quiet" sign="○">${t("channel.off")}<//>`;
  if (s.failing_since) return html`<div><${Badge} tone="bad">${t("channel.failing")}<//> ${tx("channel.since", { n: s.failed, at: html`<${Time} at=${s.failing_since} />` })}
    <small class="under">${s.message} ${s.run && html`<a href=${href("runs", s.run)}>${t("jobs.see_run")}</a>`}</small></div>`;
  return s.last_sent_at ? html`<${Badge} tone="good">${tx("channel.sent", { at: html`<${Time} at=${s.last_sent_at} />` })}<//>` : html`<span class="quiet">${t("channel.unused")}</span>`;
}
// How a test's run stands, in a line.
function Ended({ id }) {
  const { data: run } = useAsked(`runs/${id}`, {}, ["run"], (e) => e.id === id);
  return html`<small class="under" role="status">${run && html`<${State} of=${run.state} /> ${run.message} <a href=${href("runs", id)}>${t("jobs.see_run")}</a>`}</small>`;
}
const test = async (name) => (await post(`${at(name)}/test`)).id;
function Test({ name }) {
  const [run, set] = useState(null);
  return html`<${Act} kind="small secondary" what=${t("channel.test")} label=${`${t("channel.test")}: ${name}`} does=${async () => set(await test(name))} />${run && html`<${Ended} key=${run} id=${run} />`}`;
}
export function Channels({ of }) {
  const columns = [
    { name: t("target.name"), show: (c) => html`<a href=${href("channels", c.name)}>${c.name}</a>` },
    { name: t("field.kind"), show: (c) => KINDS[c.kind] },
    { name: t("jobs.state"), show: (c) => html`<${Health} of=${c} />` },
    { name: t("actions"), plain: true, class: "num", show: (c) => html`<div>${may("operate") && c.enabled && html`<${Test} name=${c.name} />`}</div>` },
  ];
  return html`<section aria-labelledby="channels"><div class="head"><h2 id="channels">${t("alerts.channels")}</h2>${may("admin") && of.data?.items.length > 0 && html`<div class="actions"><a role="button" class="secondary small" href="#/new-channel">${t("channel.new")}</a></div>`}</div>
    <${Asked} of=${of} rows=${2}>${(d) => d.items.length ? html`<${Table} label=${t("alerts.channels")} columns=${columns} items=${d.items} of=${(c) => c.name} />`
      : html`<p class="note">${t("alerts.no_channel")}</p>${may("admin") && html`<${ChannelForm} />`}`}<//></section>`;
}

const Crumb = () => html`<p class="crumb"><a href="#/alerts">${t("nav.alerts")}</a></p>`;
export function NewChannel() {
  useTitle(t("channel.new"));
  return html`<${Crumb} /><h1>${t("channel.new")}</h1>${may("admin") ? html`<${ChannelForm} />` : html`<${Refused} />`}`;
}
export function Channel({ name }) {
  useTitle(name);
  const of = useAsked(at(name), {}, ["run"], (e) => e.job === `alert:${name}`), run = place.value.query.get("test");
  const remove = async () => {
    if (!await confirmed(t("channel.remove_sure", { name }), t("delete"))) return;
    await ask("DELETE", at(name));
    say(t("alerts.removed", { name }));
    go("#/alerts");
  };
  return html`<${Crumb} /><div class="head"><h1>${name}</h1>${of.data && html`<${Health} of=${of.data} /><div class="actions">
      ${may("operate") && of.data.enabled && html`<${Act} kind="primary" what=${t("channel.test")} does=${async () => setQuery({ test: await test(name) })} />`}
      ${may("admin") && html`<${Act} kind="danger" what=${t("delete")} does=${remove} />`}</div>`}</div>
    ${run && html`<section class="card" key=${run} aria-labelledby="test"><h2 id="test">${t("channel.tested")}</h2><${Followed} id=${run} /></section>`}
    <${Asked} of=${of} rows=${6}>${(c) => html`<${ChannelForm} item=${c} again=${of.again} />`}<//>
    <h2>${t("alerts.sent")}</h2><${Sent} query=${{ job: `alert:${name}` }} />`;
}
