// The overview: asks the API every two seconds, shows what it says, and only reads.
import { known, logOut, openDoor, SESSION, showDoor, takeSetup } from "./door.js";
import { byId, cells, count, h, local, setClock, setText, soon, sync, time } from "./parts.js";
import { rotationReasons, showSecrets } from "./secrets.js";

const REFRESH_MS = 2000, TIMEOUT_MS = 8000, SECRETS_MS = 10000, RUNS = 30, JOBS = 1000;
const TROUBLE = new Set(["failed", "missed"]), OPEN = new Set(["queued", "running", "retrying"]);
let token = "", timer = 0, lastAnswer = null, shownRun = null, secrets = [], secretsAsked = 0;
const health = new Map(); // job name -> { state: "good" | "bad", message, since, atLeast, ask: since is not known yet }

// --- small things

function took(ms) {
  if (ms == null) return "–";
  return ms < 1000 ? `${ms} ms` : ms < 120000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 60000)} min`;
}
const kind = (state) => state === "succeeded" ? "good" : TROUBLE.has(state) ? "bad" : state === "retrying" ? "warn" : "quiet";
const figures = (run) => Object.entries(run.metrics ?? {}).map(([k, v]) => `${k} ${v}`).join(", ");
const words = (s) => s.replaceAll("_", " ");
const SIGN = { good: "✓ ", bad: "✗ ", warn: "↻ ", quiet: "" };
const badge = (state) => h("span", { className: kind(state) }, SIGN[kind(state)] + state);

// --- the server

class Refused extends Error {}
async function get(path) {
  const answer = await fetch(path, {
    headers: token === SESSION ? {} : { Authorization: `Bearer ${token}` }, cache: "no-store", signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const body = await answer.json();
  if (answer.status === 401) throw new Refused(body.detail);
  if (!answer.ok) throw new Error(body.detail ?? `status ${answer.status}`);
  return body;
}
const api = (path) => get(`/api/v1/${path}`);

// --- is a job well, and if not, since when? Asked once a change, for a few jobs at a refresh.

function judge(job) {
  const last = job.status.last_run, x = health.get(job.name) ?? { state: "good", ask: true };
  if (!last) return;
  if (last.state === "succeeded") Object.assign(x, { state: "good", ask: false, since: null });
  else if (TROUBLE.has(last.state)) Object.assign(x, { ask: x.ask || x.state === "good", state: "bad", message: last.message });
  health.set(job.name, x);
}
async function askSince(name) {
  const { items, next_cursor } = await api(`runs?limit=100&job=${encodeURIComponent(name)}`);
  const ended = items.filter((r) => r.state === "succeeded" || TROUBLE.has(r.state));
  const good = ended.findIndex((r) => r.state === "succeeded");
  const bad = good < 0 ? ended : ended.slice(0, good), x = health.get(name);
  x.ask = false;
  if (!bad.length) return;
  Object.assign(x, { state: "bad", message: bad[0].message, since: bad.at(-1).scheduled_for, atLeast: good < 0 && next_cursor !== null });
}

// --- the sentence

function sentence(status, jobs, more, unfinished) {
  const broken = status.checks.filter((c) => !c.ok).sort((a, b) => (b.name === "sealed") - (a.name === "sealed"));
  const bad = jobs.filter((j) => j.enabled && health.get(j.name)?.state === "bad");
  const reasons = [
    ...broken.map((c) => [`${c.name}: `, c.message]),
    ...bad.slice(0, 10).map((j) => reason(j.name, health.get(j.name))),
  ];
  if (bad.length > 10) reasons.push([`and ${bad.length - 10} more`]);
  if (status.sealed) {
    reasons.splice(1, 0, ["Once that is mended, or the master key is given to ", h("code", {}, "edgecron unseal"),
      " on the server, work goes on by itself; what falls due meanwhile is caught up as each job says."]);
    return { tone: "bad", text: "edgecron is sealed: nothing is called.", reasons };
  }
  if (broken.length) return { tone: "bad", text: "edgecron itself is in trouble.", reasons };
  if (status.paused) return { tone: "warn", text: "Everything is paused.", reasons };
  if (!jobs.length) return { tone: "quiet", text: "There are no jobs yet.", reasons };
  if (bad.length) {
    const verb = bad.length === 1 ? "is" : "are";
    return { tone: "bad", text: `${bad.length} of ${count(jobs.length, "job")} ${verb} not well.`, reasons };
  }
  const off = jobs.filter((j) => !j.enabled || j.status.paused).length;
  const all = jobs.length === 1 ? "The only job is well" : `${more ? "The first" : "All"} ${jobs.length} jobs are well`;
  const text = all + (off ? `, ${off} of them not active` : "");
  return unfinished ? { tone: "warn", text: `${text}, but a secret's rotation is not finished.`, reasons } : { tone: "good", text: `${text}.`, reasons };
}
function reason(name, x) {
  const since = x.since ? [" has failed since ", x.atLeast ? "at least " : "", time(x.since, local), " (", time(x.since), "): "] : [" failed: "];
  return [h("strong", {}, name), ...since, x.message];
}
function showSentence({ tone, text, reasons }, status, rotations = []) {
  byId("state").className = tone;
  setText(byId("headline"), text);
  byId("next").replaceChildren(...status?.next_due ? [`Next: ${status.next_job} `, time(status.next_due, soon), "."] : []);
  byId("reasons").replaceChildren(...reasons.map((r) => h("li", {}, ...r)), ...rotations.map((r) => h("li", { className: "warn" }, ...r)));
  document.title = (tone === "bad" ? "✗ " : tone === "warn" ? "! " : "") + text + " edgecron";
}
function showFacts(s) {
  const parts = [`${count(s.in_flight, "call")} under way`, s.queued ? `${s.queued} queued` : "", s.retrying ? `${s.retrying} waiting to be tried again` : "",
    `${count(s.finished, "run")} since the start `];
  byId("facts").replaceChildren(parts.filter(Boolean).join(" · "), time(s.started_at));
  setText(byId("version"), s.version);
}

// --- tables of jobs and runs

const link = (text, onclick) => h("button", { className: "link", type: "button", onclick }, text);

function jobRow(job) {
  const row = h("tr");
  cells(row, "", "Schedule", "Next run", "Newest run");
  row.cells[0].append(link(job.name, () => pickJob(job.name)), h("small"));
  return row;
}
function fillJob(row, job) {
  const { next_at, last_run, paused, paused_until } = job.status;
  const [name, schedule, next, newest] = row.cells;
  row.className = !job.enabled || paused ? "off" : "";
  setText(name.lastChild, job.description);
  schedule.replaceChildren(h("code", {}, job.schedule), h("small", {}, job.timezone));
  next.replaceChildren(...!job.enabled ? ["disabled"] : paused && !paused_until ? ["paused"] : [time(next_at, soon)]);
  newest.replaceChildren(...last_run ? [badge(last_run.state), " ", time(last_run.finished_at ?? last_run.scheduled_for),
    last_run.message ? h("small", {}, last_run.message) : null].filter(Boolean) : [h("span", { className: "quiet" }, "none yet")]);
}
function runRow(run) {
  const row = h("tr");
  cells(row, "", "State", "Scheduled", "Took", "");
  row.cells[0].append(link(run.job, () => { location.hash = `run=${run.id}`; }), h("small"));
  row.cells[4].append(h("div", { className: "clamp" }));
  return row;
}
function fillRun(row, run) {
  const [name, state, scheduled, length, what] = row.cells;
  setText(name.lastChild, run.trigger === "schedule" ? "" : words(run.trigger));
  state.replaceChildren(badge(run.state));
  scheduled.replaceChildren(time(run.scheduled_for));
  length.className = "nowrap";
  setText(length, took(run.duration_ms));
  const tries = run.attempt_count > 1 ? `${run.attempt_count} attempts: ` : "";
  const answer = run.http_status ? `answered ${run.http_status}` : "";
  setText(what.firstChild, tries + (run.message || [answer, figures(run)].filter(Boolean).join(", ")));
}

function showJobs({ items, next_cursor }) {
  sync(byId("jobs"), items, (j) => j.name, jobRow, fillJob);
  byId("no-jobs").hidden = items.length > 0;
  byId("more-jobs").hidden = next_cursor === null;
  const select = byId("filter-job"), names = items.map((j) => j.name).join("\n");
  if (select.dataset.names === names) return;
  const chosen = select.value;
  select.dataset.names = names;
  select.replaceChildren(h("option", { value: "" }, "any"), ...items.map((j) => h("option", { value: j.name }, j.name)));
  select.value = items.some((j) => j.name === chosen) ? chosen : "";
}
function showRuns({ items }) {
  sync(byId("runs"), items, (r) => r.id, runRow, fillRun);
  byId("no-runs").hidden = items.length > 0;
}
function pickJob(name) {
  byId("filter-job").value = name;
  byId("runs-title").scrollIntoView({ block: "start" });
  byId("filter-job").focus({ preventScroll: true });
  refresh();
}

// --- one run

const facts = (...pairs) => h("dl", {}, ...pairs.filter(([, v]) => v != null && v !== "").flatMap(([k, v]) => [h("dt", {}, k), h("dd", {}, v)]));
function pretty(text) {
  try { return JSON.stringify(JSON.parse(text), null, 2); } catch { return text; }
}
function message(headers, body, note) {
  const lines = Object.entries(headers ?? {}).flatMap(([k, v]) => [v].flat().map((one) => `${k}: ${one}`)).join("\n");
  return [lines && h("pre", {}, lines), body && h("pre", {}, pretty(body)), note && h("p", { className: "quiet" }, note)].filter(Boolean);
}
function timing(t) {
  if (t.total_ms == null) return null;
  const phases = [["dns", "name", t.dns_ms], ["connect", "connect", t.connect_ms], ["tls", "TLS", t.tls_ms], ["wait", "first byte", t.first_byte_ms]]
    .filter(([, , ms]) => ms != null);
  const rest = t.total_ms - phases.reduce((sum, [, , ms]) => sum + ms, 0);
  if (rest > 0) phases.push(["rest", "rest", rest]);
  const bar = t.total_ms > 0 && h("div", { className: "bar", ariaHidden: "true" }, ...phases.map(([name, , ms]) => {
    const part = h("i", { className: name });
    part.style.flexGrow = ms;
    return part;
  }));
  return h("div", {}, bar || null, h("ul", { className: "legend" },
    ...phases.map(([name, label, ms]) => h("li", {}, h("i", { className: name, ariaHidden: "true" }), `${label} ${took(ms)}`)),
    h("li", {}, `in all ${took(t.total_ms)}`)));
}
function attempt(a, told) {
  const q = a.request, p = a.response;
  const outcome = a.outcome ? words(a.outcome) + (a.http_status ? ` ${a.http_status}` : "") : "under way";
  return h("div", { className: "attempt" },
    h("h3", { className: a.outcome === "ok" ? "good" : a.outcome ? "bad" : "" }, `Attempt ${a.number}: ${outcome}`),
    a.message && a.message !== told ? h("p", {}, a.message) : null,
    facts(["Started", time(a.started_at, local)], ["Connected to", a.remote_address]), timing(a.timing),
    q && h("details", {}, h("summary", {}, `Request: ${q.method} ${q.url}`), ...message(q.headers, q.body)),
    p && h("details", { open: a.outcome !== "ok" }, h("summary", {}, `Answer: ${a.http_status}, ${count(p.size ?? 0, "byte")}`),
      ...message(p.headers, p.body, p.truncated && "The rest of the body was not kept.")));
}
function showRun(r) {
  if (shownRun === JSON.stringify(r)) return;
  const open = [...byId("run-body").querySelectorAll("details")].map((d) => d.open);
  shownRun = JSON.stringify(r);
  byId("run-title").replaceChildren(`${r.job}: `, badge(r.state));
  byId("run-body").replaceChildren(r.message ? h("p", { className: kind(r.state) }, r.message) : "",
    facts(["Scheduled for", time(r.scheduled_for, local)], ["Asked for by", words(r.trigger)],
      ["Started", r.started_at && h("span", {}, time(r.started_at, local), `, ${took(r.lateness_ms)} late`)], ["Took", r.duration_ms == null ? null : took(r.duration_ms)],
      ["Next attempt", r.next_attempt_at && time(r.next_attempt_at, soon)], ["Numbers", figures(r)], ["Retry of", r.retry_of], ["Id", h("code", {}, r.id)]),
    ...r.attempts.map((a) => attempt(a, r.message)));
  byId("run-body").querySelectorAll("details").forEach((d, i) => { if (i < open.length) d.open = open[i]; });
}
const runId = () => location.hash.match(/^#run=([0-9a-f-]{36})$/)?.[1];
async function refreshRun() {
  const id = runId(), dialog = byId("run");
  if (!id || !token) return dialog.open && dialog.close();
  try {
    showRun(await api(`runs/${id}`));
  } catch (e) {
    if (e instanceof Refused) throw e;
    byId("run-body").replaceChildren(h("p", { className: "bad" }, e.message));
    shownRun = null;
  }
  if (!dialog.open && runId() === id) {
    dialog.showModal();
    byId("run-title").focus();
  }
}

// --- the loop

async function poll() {
  const job = byId("filter-job").value, failed = byId("filter-failed").checked;
  const filter = `runs?limit=${RUNS}${job ? `&job=${encodeURIComponent(job)}` : ""}${failed ? "&state=failed" : ""}`;
  const asked = Date.now(), due = asked - secretsAsked >= SECRETS_MS;
  const [status, jobs, runs, known] = await Promise.all([api("status"), api(`jobs?limit=${JOBS}`), api(filter), due ? api("secrets") : null]);
  setClock(status.now);
  if (known) {
    secrets = known.items;
    secretsAsked = asked;
  }
  jobs.items.forEach(judge);
  await Promise.all(jobs.items.filter((j) => health.get(j.name)?.ask).slice(0, 10).map((j) => askSince(j.name)));
  lastAnswer = Date.now();
  const rotations = rotationReasons(secrets);
  showSentence(sentence(status, jobs.items, jobs.next_cursor !== null, rotations.length > 0), status, rotations);
  showFacts(status);
  showJobs(jobs);
  if (known) showSecrets(secrets);
  showRuns(runs);
  await refreshRun();
}
let asking = false, again = false;
async function refresh() {
  clearTimeout(timer);
  if (!token || document.hidden) return;
  if (asking) {
    again = true;
    return;
  }
  asking = true;
  try {
    await poll();
  } catch (e) {
    if (e instanceof Refused) return leave(token === SESSION ? "The session is over: sign in again." : `The server refused the token: ${e.message}`);
    const since = lastAnswer ? ` since ${new Date(lastAnswer).toLocaleTimeString()}` : "";
    showSentence({ tone: "warn", text: `The server has not answered${since}.`, reasons: [["Asking again every two seconds. What is shown below may be old. (", e.message, ")"]] });
  } finally {
    asking = false;
    if (token) timer = setTimeout(refresh, again ? 0 : REFRESH_MS);
    again = false;
  }
}
function enter(value) {
  token = value;
  sessionStorage.setItem("token", value);
  byId("login").hidden = true;
  byId("overview").hidden = byId("leave").hidden = false;
  refresh();
}
function leave(why = "") {
  if (token === SESSION && !why) logOut();
  token = "";
  secretsAsked = 0;
  sessionStorage.removeItem("token");
  clearTimeout(timer);
  if (byId("run").open) byId("run").close();
  byId("overview").hidden = byId("leave").hidden = true;
  byId("login").hidden = false;
  document.title = "edgecron";
  showDoor(why);
}

// A link such as /#token=ect_... signs in; the token leaves the address bar and the history at once.
function takeToken() {
  const given = location.hash.match(/^#token=([\w-]+)$/)?.[1];
  if (given) history.replaceState(null, "", location.pathname);
  return given;
}
addEventListener("hashchange", () => {
  const given = takeToken();
  if (takeSetup()) leave();
  else if (given) enter(given);
  else refreshRun().catch(refresh);
});
addEventListener("visibilitychange", refresh);
byId("run").addEventListener("close", () => { shownRun = null; if (runId()) history.pushState(null, "", location.pathname); });
byId("filter-job").addEventListener("change", refresh);
byId("filter-failed").addEventListener("change", refresh);
byId("leave").addEventListener("click", () => leave());
openDoor(enter);
setInterval(() => document.querySelectorAll("time").forEach((t) => setText(t, t.show(t.dateTime))), 1000);
const first = takeToken() ?? sessionStorage.getItem("token");
if (takeSetup()) leave();
else if (first) enter(first);
else if (await known()) enter(SESSION);
else leave();
