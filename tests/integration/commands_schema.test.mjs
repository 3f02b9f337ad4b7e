// `schema`: the JSON Schema of the apply file against what `apply` itself accepts and refuses.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import Ajv from "ajv/dist/2020.js";
import formats from "ajv-formats";
import fc from "fast-check";
import { fieldCases } from "./harness/cases.mjs";
import { Edgecron, ROOT } from "./harness/edgecron.mjs";

const e = new Edgecron();
let schema, fits;

before(async () => {
  await e.apply({ version: 1, targets: [{ name: "prod", base_url: "https://x.example" }] });
  schema = JSON.parse(await e.ok(["schema"]));
  const ajv = new Ajv({ strict: true, strictTypes: false, allErrors: false });
  formats(ajv);
  assert.ok(ajv.validateSchema(schema), JSON.stringify(ajv.errors));
  fits = ajv.compile(schema);
});

const jobs = fieldCases("job"), targets = fieldCases("target"), channels = fieldCases("channel"), alerts = fieldCases("alert");
const file = (jobs, targets = [], more = {}) => ({ version: 1, targets, jobs, ...more });
const refused = (doc) => e.command(["apply", "-", "--dry-run", "--json"], { input: JSON.stringify(doc) }).then((r) => {
  assert.ok([0, 4].includes(r.code), `exit ${r.code}: ${r.stderr}`);
  return r.code === 0 ? null : JSON.parse(r.stderr);
});
const why = () => JSON.stringify(fits.errors);

test("its own words: every member is described, and nothing else is let in", () => {
  const objects = [schema, ...Object.values(schema.$defs)];
  for (const o of objects) {
    assert.equal(o.type, "object");
    assert.equal(o.additionalProperties, false, o.title);
    assert.ok(o.title);
    for (const [name, p] of Object.entries(o.properties)) assert.ok(p.description, `${o.title}.${name}`);
  }
  assert.deepEqual(Object.keys(schema.$defs).sort(), ["Alert", "CatchUp", "Channel", "ChannelMail", "Job", "JobAlert", "Request", "Retry", "Rule", "Settings", "Success", "Target"]);
  assert.equal(schema.$defs.Job.properties.timeout_ms.default, 120000);
  assert.deepEqual(schema.$defs.Job.properties.overlap.enum, ["skip", "queue", "allow", "cancel_running"]);
});

test("its own example fits, and apply takes it", async () => {
  for (const example of schema.examples) {
    assert.ok(fits(example), why());
    assert.equal(await refused(example), null);
  }
});

describe("what apply accepts, fits", () => {
  test("every case of a job, a target, a channel and an alert rule", () => {
    for (const { doc } of jobs.filter((c) => c.accepted)) assert.ok(fits(file([doc])), `${JSON.stringify(doc).slice(0, 300)}: ${why()}`);
    for (const { doc } of targets.filter((c) => c.accepted)) assert.ok(fits(file([], [doc])), `${JSON.stringify(doc)}: ${why()}`);
    for (const { doc } of channels.filter((c) => c.accepted)) assert.ok(fits(file([], [], { channels: [doc] })), `${JSON.stringify(doc)}: ${why()}`);
    for (const { doc } of alerts.filter((c) => c.accepted)) assert.ok(fits(file([], [], { alerts: [doc] })), `${JSON.stringify(doc)}: ${why()}`);
  });

  for (const language of ["fr", "es"]) {
    test(`the users' file (${language}), and what is exported of it`, async () => {
      const doc = JSON.parse(readFileSync(join(ROOT, `tests/functions/apply-${language}.json`), "utf8"));
      assert.ok(fits(doc), why());
      const other = new Edgecron();
      await other.apply(doc);
      assert.ok(fits(JSON.parse(await other.ok(["export"]))), why());
    });
  }

  test("a file that names its schema", async () => {
    const doc = { $schema: "./edgecron.schema.json", ...file([]) };
    assert.ok(fits(doc), why());
    assert.equal(await refused(doc), null);
    assert.equal((await refused({ ...doc, $schema: 7 })).pointer, "/$schema");
    assert.ok(!JSON.parse(await e.ok(["export"])).$schema);
  });
});

test("what does not fit, apply refuses; and of the cases that it refuses, many do not fit", async () => {
  let misfits = 0, all = 0;
  for (const { doc, accepted } of [...jobs.map((c) => ({ ...c, doc: file([c.doc]) })), ...targets.map((c) => ({ ...c, doc: file([], [c.doc]) })),
    ...channels.map((c) => ({ ...c, doc: file([], [], { channels: [c.doc] }) })), ...alerts.map((c) => ({ ...c, doc: file([], [], { alerts: [c.doc] }) }))]) {
    if (accepted) continue;
    all++;
    if (fits(doc)) continue;
    misfits++;
    assert.notEqual(await refused(doc), null, JSON.stringify(doc).slice(0, 300));
  }
  assert.ok(all > 200, `${all} cases`);
  assert.ok(misfits > all / 2, `only ${misfits} of ${all} do not fit`);
});

// What no schema can know: the pointer of what is refused, and words of the message.
const SEMANTIC = [
  [/\/schedule$/, /./], [/\/timezone$/, /time zone/], [/\/(url|base_url)$/, /./], [/\/headers\//, /./], [/\/body/, /placeholder|method|secret/],
  [/\/target$/, /target/], [/\/allow_private\/\d+$/, /address range/], [/\/matches$/, /./], [/\/max_ms$/, /initial_ms/],
  [/\/(starts_at|ends_at)$/, /a time such as|starts_at/], [/\/tags\/\d+$/, /again/], [/\/name$/, /already/], [/\/status\/\d+$/, /./],
  [/\/alerts\/\d+/, /./], // what goes with `on`
  [/\/description$/, /bytes/], [/\/ca_file$/, /bytes/], [/^$/, /cannot be kept exactly/], // of JSON itself, before there is a place to name
];

test("at random: what fits is accepted, or refused for a reason that no schema can know; what does not fit is refused", async () => {
  const places = [];
  (function collect(name, pointer) {
    for (const [key, p] of Object.entries(schema.$defs[name].properties)) {
      places.push(`${pointer}/${key}`);
      if (p.$ref) collect(p.$ref.split("/").at(-1), `${pointer}/${key}`);
    }
  })("Job", "");
  const value = fc.oneof(
    fc.constantFrom(null, true, "", 0, 1, -1, 1.5, 86400000, 86400001, "2xx", "skip", "latest", "prod", "/ok", "é".repeat(300), [], {}, ["2xx"], ["a", "a"],
      { "/": "/" }, { a: "/a" }, [{ pointer: "/ok", equals: null }], [{ pointer: "/ok" }], [{ pointer: "/a", exists: true, matches: "x" }],
      "2027-01-31T09:00:00Z", "UTC", "Mars/Olympus", "{{secret.K}}", "{{nothing}}"),
    fc.integer({ min: -10, max: 100_000_000 }), fc.string(), fc.jsonValue({ maxDepth: 2 }));
  const good = jobs.filter((c) => c.accepted && JSON.stringify(c.doc).length < 4000).map((c) => c.doc);
  await fc.assert(fc.asyncProperty(fc.constantFrom(...good), fc.array(fc.tuple(fc.constantFrom(...places), value), { minLength: 1, maxLength: 2 }),
    async (base, changes) => {
      const doc = structuredClone(base);
      for (const [pointer, v] of changes) {
        const keys = pointer.split("/").slice(1), last = keys.pop();
        let at = doc;
        for (const k of keys) at = typeof at[k] === "object" && at[k] && !Array.isArray(at[k]) ? at[k] : (at[k] = {});
        at[last] = v;
      }
      const whole = file([doc]);
      const problem = await refused(whole);
      if (!fits(whole)) assert.ok(problem, `does not fit (${why()}), and is accepted: ${JSON.stringify(doc)}`);
      else if (problem) {
        assert.ok(SEMANTIC.some(([p, words]) => p.test(problem.pointer ?? "") && words.test(problem.detail)),
          `fits, and is refused: ${problem.detail} (${problem.pointer}): ${JSON.stringify(doc)}`);
      }
    }), { numRuns: +(process.env.RUNS ?? 250), endOnFailure: true, ...(process.env.SEED && { seed: +process.env.SEED }) });
});
