// What stands where an answer of the API belongs: room for it, what went wrong, or the answer.
import { html } from "htm/preact";
import { tagged, who } from "../base/api.js";
import { listed, t } from "../base/text.js";

// In place of what is still to come: the same room, so that nothing jumps.
export const Waiting = ({ rows = 5 }) => html`<div class="waiting" role="status" aria-busy="true"><span class="unseen">${t("waiting")}</span>
  ${Array.from({ length: rows }, (_, i) => html`<p key=${i} aria-hidden="true"></p>`)}</div>`;

export const Trouble = ({ error, again }) => html`<div class="trouble" role="alert"><p>${error.message}</p>
  ${again && error.status !== 404 && html`<button type="button" class="secondary" onClick=${again}>${t("again")}</button>`}</div>`;

// `of`: what useAsked gave; children: a function of the data.
export function Asked({ of, rows, children }) {
  if (of.data !== undefined) return children(of.data);
  return of.error ? html`<${Trouble} error=${of.error} again=${of.again} />` : html`<${Waiting} rows=${rows} />`;
}

// In place of what this reader may not do or see: why.
export const Refused = () => html`<p class="trouble">${tagged() ? t("error.tags", { tags: listed(who.value.tags) }) : t("error.scope", { scope: "admin", own: who.value?.scope })}</p>`;
