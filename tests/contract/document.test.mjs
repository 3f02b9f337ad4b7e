// The OpenAPI document as such: redocly's strict rules, and each example against its own schema.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { after, test } from "node:test";
import { send } from "./client.mjs";
import { Contract } from "./document.mjs";
import { Edgecron, ROOT } from "../integration/harness/edgecron.mjs";

const e = new Edgecron();
await e.serve();
const { body: doc, headers, text } = await send(e.url, "GET", "/api/openapi.json");
after(() => e.stop());

const ENV = { PATH: process.env.PATH, HOME: e.dir, REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true", NO_COLOR: "1" };
const redocly = (file) => execFileSync(process.execPath, [join(ROOT, "tests/node_modules/@redocly/cli/bin/cli.js"), "lint", "--config", join(ROOT, "tests/contract/redocly.yaml"), "--format", "json", file],
  { env: ENV, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

test("redocly has nothing to say: no error, no warning", () => {
  const { totals, problems } = JSON.parse(redocly(e.file("openapi.json", text)));
  assert.deepEqual(problems, []);
  assert.equal(totals.errors + totals.warnings, 0);
});

test("and would say something", () => {
  const spoiled = JSON.parse(text);
  delete spoiled.paths["/healthz"].get.operationId;
  assert.throws(() => redocly(e.file("spoiled.json", spoiled)), (x) => /operation-operationId/.test(x.stdout));
});

test("it is JSON, OpenAPI 3.1, and the same each time", async () => {
  assert.match(headers["content-type"], /^application\/json/);
  assert.match(doc.openapi, /^3\.1\./);
  assert.equal((await send(e.url, "GET", "/api/openapi.json")).text, text);
});

test("each example fits its schema", () => {
  const contract = new Contract(doc);
  let n = 0;
  const check = (schema, example, where) => {
    const pointer = schema.$ref;
    if (!pointer) return;
    n++;
    assert.equal(contract.faults(pointer, example), null, where);
  };
  for (const op of contract.operations) {
    for (const b of op.bodies) check(b.schema, b.example, `the body of ${op.id}`);
    for (const [status, r] of Object.entries(op.responses))
      for (const media of Object.values(r.content ?? {})) if (media.example !== undefined) check(media.schema, media.example, `${status} of ${op.id}`);
  }
  assert.ok(n > 10);
  for (const [name, schema] of Object.entries(doc.components.schemas)) {
    for (const [member, m] of Object.entries(schema.properties ?? {}))
      for (const x of m.examples ?? []) assert.equal(contract.faults(`#/components/schemas/${name}/properties/${member}`, x), null, `${name}.${member}`);
  }
});

test("every member has a description", () => {
  for (const [name, schema] of Object.entries(doc.components.schemas))
    for (const [member, m] of Object.entries(schema.properties ?? {})) if (member !== "items") assert.ok(m.description || m.$ref, `${name}.${member}`);
});
