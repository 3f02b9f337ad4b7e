// The secrets: what is known of each but its value, and what to do while a rotation goes on.
import { away, byId, cells, count, h, local, now, setText, soon, sync, time } from "./parts.js";

const NAMES = 20;

// --- a rotation: what each place took last, and what that asks for. Pure: the tests read it.

const placeOf = (x) => x.target == null ? `'${x.origin}'` : `target '${x.target}'`;
function stepAt(secret, x) {
  const { version, previous } = secret, since = Date.parse(x.at) >= Date.parse(secret.updated_at);
  const at = `the function at ${placeOf(x)}`, until = previous?.expires_at;
  if (previous && x.version === version) return { tone: "good", text: `${at} takes version ${version}: nothing is to be done there` };
  if (previous && since) return { tone: "warn", text: `${at} still takes version ${x.version}: set version ${version} there before `, until };
  if (previous) return { tone: "quiet", text: `${at} has accepted no call since the rotation: set version ${version} there before `, until };
  if (x.version < version && since)
    return { tone: "bad", text: `${at} took version ${x.version} last, which is destroyed: set version ${version} there now` };
  return null;
}
const ORDER = ["bad", "warn", "quiet", "good"];
// [{ tone, text, until: the end of the sentence, or undefined }], the most urgent first.
export function rotationSteps(secret) {
  const { version, previous, accepted } = secret;
  const steps = accepted.map((x) => stepAt(secret, x)).filter(Boolean);
  if (previous && !steps.length)
    steps.push({ tone: "quiet", text: `no function has accepted it yet: set version ${version} where it is used before `, until: previous.expires_at });
  return steps.sort((a, b) => ORDER.indexOf(a.tone) - ORDER.indexOf(b.tone));
}
// How many places still take a version that is about to be destroyed.
export const lagging = (secret) => rotationSteps(secret).filter((s) => s.tone === "warn").length;

const until = (iso) => [time(iso, local), " (", time(iso, soon), ")"];
export function rotationReasons(secrets) {
  return secrets.filter(lagging).map((s) => [h("strong", {}, s.name), `: ${count(lagging(s), "function")} still `,
    lagging(s) === 1 ? "takes" : "take", ` version ${s.previous.version}, which is destroyed at `, ...until(s.previous.expires_at),
    ". What to do is told under Secrets."]);
}

// --- the section

const SIGN = { bad: "✗ ", warn: "! ", quiet: "", good: "✓ " };
const quiet = (text) => h("span", { className: "quiet" }, text);
const lately = (iso) => now() - Date.parse(iso) < 120000 ? "just now" : away(iso); // known to the minute
function names(list, none) {
  if (!list.length) return [quiet(none)];
  return [list.slice(0, NAMES).join(", ") + (list.length > NAMES ? ` and ${list.length - NAMES} more` : "")];
}

function secretRow(secret) {
  const row = h("tr"), name = h("th", { scope: "row" }, h("code", {}, secret.name));
  row.append(name);
  cells(row, "Version", "Rotation due", "Last used", "Bound to", "Used by");
  return row;
}
function fillSecret(row, s) {
  const [, version, due, used, bound, users] = row.cells;
  version.replaceChildren(`${s.version}`, h("small", {}, "set ", time(s.updated_at)),
    ...s.previous ? [h("small", {}, `and ${s.previous.version} until `, time(s.previous.expires_at, local))] : []);
  due.replaceChildren(...!s.due_at ? [quiet("no reminder")] : !s.overdue ? [time(s.due_at)]
    : [h("strong", { className: "bad" }, "✗ overdue"), h("small", {}, "was due ", time(s.due_at))]);
  used.replaceChildren(s.last_used_at ? time(s.last_used_at, lately) : quiet("not yet"));
  bound.replaceChildren(...names(s.targets, "any target"));
  users.replaceChildren(...names([...s.used_by.jobs, ...s.used_by.targets.map((t) => `target ${t}`)], "nobody"));
}
function showSteps(secrets) {
  const list = byId("rotations"), all = secrets.flatMap((s) => rotationSteps(s).map((step) => ({ name: s.name, ...step })));
  const text = JSON.stringify(all);
  if (list.shown === text) return;
  list.shown = text;
  list.replaceChildren(...all.map((x) => h("li", { className: x.tone }, SIGN[x.tone], h("strong", {}, x.name), `: ${x.text}`,
    ...x.until ? until(x.until) : [], ".")));
}
export function showSecrets(secrets) {
  sync(byId("secrets"), secrets, (s) => s.name, secretRow, fillSecret);
  showSteps(secrets);
  byId("secrets-table").hidden = !secrets.length;
  byId("no-secrets").hidden = secrets.length > 0;
  const overdue = secrets.filter((s) => s.overdue).length;
  byId("overdue").hidden = !overdue;
  setText(byId("overdue-count"), count(overdue, "secret is", "secrets are"));
}
