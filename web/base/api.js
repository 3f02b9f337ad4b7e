// The REST API as the page uses it. Who asks is a session (a cookie that this script cannot read, and a CSRF token that
// it sends along), or a token that came in the address (#token=ect_...: `edgecron demo` prints such a link) and stays
// in this tab alone.
import { signal } from "@preact/signals";
import { kept } from "./kept.js";
import { t } from "./text.js";
import { setClock } from "./time.js";

const TIMEOUT_MS = 15000;

// What RFC 9457 says of an error; `pointer` names the field at fault.
export class Problem extends Error {
  constructor({ status = 0, code = "", detail = "", pointer = "" }) {
    super(detail || t("error.status", { status }));
    Object.assign(this, { status, code, pointer });
  }
}
export const who = signal(undefined);  // undefined: not known yet; null: nobody; else the answer of GET session
export const expired = signal(false);  // there was somebody, whose session ended
export const away = signal(false);     // the server cannot be reached

const tab = (() => {
  try { return sessionStorage; } catch { return { getItem: () => null, setItem() {}, removeItem() {} }; }
})();
export const token = () => tab.getItem("token") ?? "";
// What no header can carry is no token; a browser would not even ask.
export const keepToken = (value) => /^[!-~]+$/.test(value) && !tab.setItem("token", value);
export const forgetToken = () => tab.removeItem("token");

// A link such as #token=ect_… or #setup=…: what it gives leaves the address bar and the history at once.
export function takeLink() {
  const [, kind, value] = /^#(token|setup)=(.+)$/.exec(location.hash) ?? [];
  if (!kind) return {};
  history.replaceState(history.state, "", location.pathname);
  if (kind === "setup") return { setup: value };
  keepToken(value);
  return { token: true };
}

// What is kept in memory of somebody (answers, what was typed, values that are shown once) is gone when he signs out,
// and before somebody else comes in; an ended session alone takes none of what was typed.
const forgetful = [];
let person = null; // who was the last to be known, also when the session is over
export const whenForgotten = (forget) => forgetful.push(forget);
function become(somebody) {
  const name = somebody && [somebody.kind, somebody.name, somebody.scope, ...somebody.tags].join(" ");
  if (person !== null && name !== person) {
    who.value = null; // what was going on for the last one ends
    for (const forget of forgetful) forget();
  }
  person = name;
  who.value = somebody;
}
// The session or token is no longer good.
export function lost() {
  expired.value = true;
  forgetToken();
  who.value = null;
}

export function credentials(method = "GET") {
  if (token()) return { Authorization: `Bearer ${token()}` };
  return method !== "GET" && who.value?.csrf_token ? { "X-CSRF-Token": who.value.csrf_token } : {};
}
async function reach(path, options, stop) {
  try {
    const answer = await fetch(path, options);
    away.value = false;
    const date = Date.parse(answer.headers.get("Date"));
    if (date) setClock(date);
    return answer;
  } catch (e) {
    if (stop?.aborted) throw e;
    away.value = true;
    throw new Problem({ code: "away", detail: t("away.short") });
  }
}
async function problemOf(answer, path) {
  const said = await answer.json().catch(() => ({}));
  if (answer.status === 401 && who.value && path !== "admin/password") lost();
  return new Problem({ ...said, status: answer.status });
}

// { data, etag, status }; throws a Problem. `query` leaves out what is null or "".
export async function ask(method, path, { body, query = {}, etag, type = "application/json", signal: stop, key } = {}) {
  const asked = new URLSearchParams(Object.entries(query).filter(([, v]) => v != null && v !== ""));
  const headers = { Accept: "application/json", ...credentials(method) };
  if (body !== undefined) headers["Content-Type"] = type;
  if (etag) headers["If-Match"] = etag;
  if (key) headers["Idempotency-Key"] = key;
  const limit = AbortSignal.timeout(TIMEOUT_MS);
  const answer = await reach(`/api/v1/${path}${asked.size ? `?${asked}` : ""}`, {
    method, headers, cache: "no-store", credentials: "same-origin",
    signal: stop ? AbortSignal.any([stop, limit]) : limit,
    body: body === undefined ? undefined : JSON.stringify(body),
  }, stop);
  if (!answer.ok) throw await problemOf(answer, path);
  return { data: answer.status === 204 ? null : await answer.json(), status: answer.status };
}
export const get = (path, query, stop) => ask("GET", path, { query, signal: stop }).then((a) => a.data);
// What is asked for once more because no answer came has the same key, so that it is done once; all else has a new one
// (browsers make UUIDs on https and localhost alone).
const newKey = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
const ONE_WISH_MS = 60000; // who asks again later than this means it anew
let unanswered = null;
whenForgotten(() => { unanswered = null; });
export async function post(path, body) {
  const what = `${path} ${JSON.stringify(body)}`, same = unanswered?.what === what && unanswered.until > Date.now();
  const key = same ? unanswered.key : newKey();
  unanswered = null;
  try { return (await ask("POST", path, { body, key })).data; } catch (e) {
    const secret = body?.value; // none stays here
    if (!e.status && !secret) unanswered = { what, key, until: Date.now() + ONE_WISH_MS };
    throw e;
  }
}
export const patch = (path, body, more = {}) =>
  ask("PATCH", path, { body, type: "application/merge-patch+json", ...more }).then((a) => a.data);

const SCOPES = ["read", "operate", "admin"];
// A token with tags is for the jobs and runs that have one of them, and for nothing else, whatever its scope.
export const tagged = () => who.value?.tags?.length > 0;
export const may = (scope) =>
  !(tagged() && scope === "admin") && SCOPES.indexOf(who.value?.scope) >= SCOPES.indexOf(scope);
// Who am I? Throws when the server cannot be reached. A browser that never logged in asks nothing: the answer would be
// an error in its console.
export async function learnWho() {
  try {
    const somebody = token() || kept.get("session") === "yes" ? await get("session") : null;
    if (somebody) become(somebody); else who.value = null;
    expired.value = false;
  } catch (e) {
    if (e.code === "away" || e.status >= 500) throw e;
    forgetToken();
    who.value = null;
  }
  if (!token()) kept.set("session", who.value ? "yes" : "no");
  return who.value;
}
export function logIn(path, body) {
  kept.set("session", "yes");
  return ask("POST", path, { body }).then(learnWho);
}
export async function logOut() {
  // A session that could not be ended is still good for whoever has this browser: so that has to be said.
  if (!token()) await ask("DELETE", "session").catch((e) => { if (e.status !== 401) throw e; });
  forgetToken();
  kept.set("session", "no");
  become(null);
  expired.value = false;
}
