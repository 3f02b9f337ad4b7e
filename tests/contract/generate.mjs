// Values that a schema of the document allows (fast-check). Where JSON Schema cannot say what a text means (a schedule, a zone, a URL),
// SENSE has values that mean something.
import fc from "fast-check";
import { follow } from "./document.mjs";

/** Texts by the name of their member, for the server at `url`. Nothing outside of this machine is ever named. */
export const sense = (url) => ({
  schedule: fc.constantFrom("0 7 * * 1-5", "30 2 * * *", "@every 90s", "@daily", "30 seconds", "0 0 29 2 *", "*/5 9-17 * * MON-FRI", "@at 2099-01-31T09:00:00"),
  timezone: fc.constantFrom("UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Apia"),
  url: fc.constantFrom("/ok", "/status?code=500", `${url}/ok`, "/ok?at={{now}}"),
  base_url: fc.constantFrom(url, `${url}/`, `${url}/status`),
  target: fc.constantFrom("prod", "faults", null),
  ca_file: fc.constantFrom(null, "/etc/ssl/certs/ca-certificates.crt"),
  allow_private: fc.constantFrom([], ["127.0.0.0/8"], ["127.0.0.0/8", "::1"]),
  headers: fc.dictionary(fc.stringMatching(/^X-[A-Za-z]{1,12}$/), fc.constantFrom("a", "{{now}}", "{{secret.CRON_INTERNAL_KEY}}", "é"), { maxKeys: 4 }),
  pointer: fc.constantFrom("/ok", "/n", "", "/a~1b/0"),
  matches: fc.constantFrom("^sent", "a|b", "[0-9]+"),
  alerts: fc.constant([]),
});

const text = (s) => {
  const length = { minLength: s.minLength ?? 0, maxLength: Math.min(s.maxLength ?? 40, 60) };
  if (s.enum) return fc.constantFrom(...s.enum);
  if (s.format === "date-time") return fc.date({ min: new Date(0), max: new Date("2099-12-31"), noInvalidDate: true }).map((d) => d.toISOString());
  if (s.format === "uuid") return fc.uuid();
  if (s.pattern) return fc.stringMatching(new RegExp(s.pattern)).filter((t) => t.length <= (s.maxLength ?? 80) && t.length <= 80);
  const free = fc.string({ unit: "grapheme", ...length });
  return s.examples ? fc.oneof({ arbitrary: fc.constantFrom(...s.examples.filter((x) => typeof x === "string"), "x"), weight: 2 }, free) : free;
};

function object(g, s) {
  const members = Object.fromEntries(Object.entries(s.properties).map(([name, m]) => [name, value(g, m, name)]));
  const whole = fc.record(members, { requiredKeys: s.required ?? [] });
  if (!s.oneOf) return whole;
  const choices = s.oneOf.map((c) => c.required[0]);
  return fc.tuple(whole, fc.constantFrom(...choices), fc.record(Object.fromEntries(choices.map((c) => [c, members[c]]))))
    .map(([v, chosen, full]) => ({ ...Object.fromEntries(Object.entries(v).filter(([k]) => !choices.includes(k))), [chosen]: full[chosen] }));
}

function map(g, s) {
  const key = s.propertyNames?.pattern ? fc.stringMatching(new RegExp(s.propertyNames.pattern)) : fc.stringMatching(/^[A-Za-z]{1,8}$/);
  return fc.dictionary(key, value(g, s.additionalProperties), { maxKeys: Math.min(s.maxProperties ?? 4, 4) });
}

const BY_TYPE = {
  string: (g, s) => text(s),
  integer: (g, s) => fc.integer({ min: s.minimum ?? -1000, max: Math.min(s.maximum ?? 1e9, Number.MAX_SAFE_INTEGER) }),
  number: (g, s) => fc.double({ min: s.minimum ?? -1e6, max: s.maximum ?? 1e6, noNaN: true }).map((n) => n || 0),
  boolean: () => fc.boolean(),
  null: () => fc.constant(null),
  array: (g, s) => fc.uniqueArray(value(g, s.items), { minLength: s.minItems ?? 0, maxLength: Math.min(s.maxItems ?? 4, 4), selector: JSON.stringify }),
  object: (g, s) => (s.properties ? object(g, s) : map(g, s)),
};

/** Any value of the schema. g: { doc, sense }. */
export function value(g, schema, name) {
  const s = follow(g.doc, schema);
  const nullable = [s.type].flat().includes("null") || s.anyOf?.some((x) => x.type === "null");
  const known = Object.hasOwn(g.sense, name) ? g.sense[name] : null;
  if (known) return nullable ? known : known.filter((v) => v !== null);
  if (s.anyOf) return fc.oneof(...s.anyOf.map((x) => value(g, x, name)));
  if (!s.type) return fc.jsonValue({ maxDepth: 2 });
  return fc.oneof(...[s.type].flat().map((t) => BY_TYPE[t](g, s)));
}

/** What nobody should send, for any member. */
export const NONSENSE = [null, true, false, 0, -1, 1, 1.5, 2 ** 53, -(2 ** 53), 1e308, "", " ", "x", "null", "\u0001", "\u0000", "é".repeat(500), "y".repeat(70_000), "../../etc/passwd",
  "{{secret.NOPE}}", "{{", "' OR 1=1 --", "\ud800", [], [[]], ["x"], {}, { x: 1 }, [null], Array(200).fill("z")];

/** Every place in a value: [path]. */
export function places(v, at = []) {
  const here = at.length ? [at] : [];
  if (!v || typeof v !== "object") return here;
  return here.concat(...Object.keys(v).map((k) => places(v[k], [...at, k])));
}

/** A copy with something else at that place; undefined takes it away. */
export function put(v, [key, ...rest], what) {
  const copy = Array.isArray(v) ? [...v] : { ...v };
  if (rest.length) copy[key] = put(v[key], rest, what);
  else if (what === undefined) Array.isArray(copy) ? copy.splice(key, 1) : delete copy[key];
  else Object.defineProperty(copy, key, { value: what, enumerable: true, configurable: true, writable: true });
  return copy;
}
