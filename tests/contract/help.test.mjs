// `edgecron help api`: the document for people, from the same table, without a server.
import assert from "node:assert/strict";
import { test } from "node:test";
import { edgecron } from "../integration/harness/edgecron.mjs";

const help = async (...words) => {
  const r = await edgecron(["help", "api", ...words]);
  assert.equal(r.code, 0, r.stderr);
  assert.equal(r.stderr, "");
  return r.stdout;
};
const doc = JSON.parse(await help("--json"));
const operations = Object.entries(doc.paths).flatMap(([path, item]) => Object.entries(item).map(([method, op]) => ({ path, method: method.toUpperCase(), ...op })));

test("every operation has a line: method, path, scope, summary", async () => {
  const lines = (await help()).split("\n").map((l) => l.trim().replaceAll(/ +/g, " "));
  for (const op of operations) assert.ok(lines.includes(`${op.method} ${op.path} ${op["x-scope"] ?? "anyone"} ${op.summary}`), op.operationId);
});

test("every resource tells its operations, parameters, members and errors", async () => {
  for (const { name } of doc.tags) {
    const text = await help(name);
    const flat = text.replaceAll(/\s+/g, " ");
    for (const op of operations.filter((o) => o.tags[0] === name)) {
      assert.ok(text.includes(`\n${op.method} ${op.path} (`), op.operationId);
      assert.ok(flat.includes(op.description.replaceAll(/\s+/g, " ")), op.operationId);
      for (const p of op.parameters.filter((x) => x.in === "query")) assert.ok(text.includes(`?${p.name} `), `${op.operationId}: ${p.name}`);
      const form = op.requestBody?.content["application/json"].schema.$ref;
      if (form) assert.match(text, new RegExp(`body +${form.split("/").pop()}`), op.operationId);
    }
  }
});

test("the examples are commands that a shell takes", async () => {
  const { run } = await import("../integration/harness/process.mjs");
  for (const { name } of doc.tags) {
    const curls = (await help(name)).match(/^ {4}curl (.*\\\n)*.*$/gm) ?? [];
    assert.ok(curls.length > 0, name);
    for (const curl of curls) {
      const r = await run("sh", ["-nc", curl]);
      assert.equal(r.code, 0, `${curl}\n${r.stderr}`);
    }
  }
});

test("every code of an error", async () => {
  const text = await help("errors");
  for (const code of doc.components.schemas.Problem.properties.code.enum) assert.match(text, new RegExp(`^  \\d{3}  ${code} `, "m"));
});

test("a resource that is none: what there is", async () => {
  const r = await edgecron(["help", "api", "nonsense"]);
  assert.equal(r.code, 2);
  assert.match(r.stderr, /'nonsense'.*jobs, runs/);
});
