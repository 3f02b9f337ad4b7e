// Who changed what, from where, when. Filters stand in the address.
import { html } from "htm/preact";
import { useEffect, useState } from "preact/hooks";
import { useAsked } from "../base/asked.js";
import { href, place, setQuery } from "../base/router.js";
import { listed, t } from "../base/text.js";
import { Time, local } from "../base/time.js";
import { Asked } from "../parts/asked.js";
import { Chosen, Typed, When } from "../parts/filters.js";
import { Pages, Table } from "../parts/table.js";
import { useTitle } from "../parts/title.js";
import "./audit.css";

const LIMIT = 50, TYPED_MS = 400, FIELDS = ["actor", "action", "resource", "since", "until"];
const PLACES = { job: "jobs", run: "runs", target: "targets", secret: "secrets" }; // what an action is about has a screen
const KINDS = ["job", "target", "secret", "settings", "run"];

// The server's own list of actions: it grows with the server.
function useActions() {
  const [actions, set] = useState([]);
  useEffect(() => {
    fetch("/api/openapi.json").then((a) => a.json()).then((doc) => {
      const one = doc.components?.schemas?.AuditEntry?.properties?.action;
      set(one?.enum ?? []);
    }).catch(() => {});
  }, []);
  return actions;
}

const value = (v) => typeof v === "string" ? v : JSON.stringify(v);
const Change = ({ of }) => html`<li><code>${of.pointer}</code> ${"before" in of && html`<del>${value(of.before)}</del> `}${"after" in of && html`<ins>${value(of.after)}</ins>`}</li>`;
function Detail({ of }) {
  const { changes, ...rest } = of, facts = Object.entries(rest).filter(([, v]) => v != null && !(Array.isArray(v) && !v.length));
  const shown = facts.map(([k, v]) => `${k} ${Array.isArray(v) && v.every((x) => typeof x === "string") ? listed(v) : value(v)}`).join(", ");
  if (!changes?.length) return shown || "–";
  return html`${shown} <details><summary>${t("audit.changes", { n: changes.length })}</summary><ul>${changes.map((c) => html`<${Change} key=${c.pointer} of=${c} />`)}</ul></details>`;
}
function Resource({ of }) {
  const to = PLACES[of.action.split(".")[0]], gone = of.action.endsWith(".remove");
  return to && !gone && of.resource ? html`<a href=${href(to, of.resource)}>${of.resource}</a>` : of.resource || "–";
}

export function Audit() {
  useTitle(t("nav.audit"));
  const { query } = place.value, asked = Object.fromEntries(FIELDS.map((f) => [f, query.get(f)])), filtered = FIELDS.some((f) => asked[f]), actions = useActions();
  const of = useAsked("audit", { ...asked, limit: LIMIT, cursor: query.get("cursor") }, query.get("cursor") ? [] : KINDS);
  const columns = [
    { name: t("audit.when"), show: (x) => html`<${Time} at=${x.at} form=${local} />` },
    { name: t("audit.actor"), show: (x) => html`${x.actor}${x.address && html`<small class="under">${x.address}</small>`}` },
    { name: t("audit.action"), show: (x) => html`<code>${x.action}</code>` },
    { name: t("audit.resource"), show: (x) => html`<${Resource} of=${x} />` },
    { name: t("audit.detail"), show: (x) => html`<div><${Detail} of=${x.detail} /></div>` },
  ];
  return html`<div class="head"><h1>${t("nav.audit")}</h1></div><p class="quiet">${t("audit.about")}</p>
    <search class="filters"><${Typed} name="actor" label=${t("audit.actor")} /><${Typed} name="resource" label=${t("audit.resource")} />
      <${Chosen} name="action" label=${t("audit.action")} options=${[["", t("audit.any")], ...actions.map((a) => [a, a])]} />
      <${When} name="since" label=${t("runs.since")} /><${When} name="until" label=${t("runs.until")} />
      ${filtered && html`<button type="button" class="secondary" onClick=${() => setQuery({ ...Object.fromEntries(FIELDS.map((f) => [f, null])), cursor: null })}>${t("runs.clear")}</button>`}</search>
    <div class="audit"><${Asked} of=${of} rows=${10}>${(d) => html`<${Table} label=${t("nav.audit")} columns=${columns} items=${d.items} of=${(x) => x.id}
      empty=${t(filtered ? "audit.none_such" : "audit.none")} /><${Pages} data=${d} />`}<//></div>`;
}
