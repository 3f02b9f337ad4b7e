// Every operation, asked by nobody, by somebody unknown and with a token of each scope: 401, 403, or neither, as the document's x-scope says. What is
// asked for does not exist, so that nothing is changed.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { closeAll, send } from "./client.mjs";
import { Contract } from "./document.mjs";
import { Edgecron } from "../integration/harness/edgecron.mjs";

const SCOPES = ["read", "operate", "admin"];
const e = new Edgecron();
const tokens = {};
for (const scope of SCOPES) tokens[scope] = await e.createToken(`of-${scope}`, scope);
await e.serve();
const contract = new Contract((await send(e.url, "GET", "/api/openapi.json")).body);
after(() => {
  closeAll();
  return e.stop();
});

const NOBODY = {
  "no token": {},
  "an empty token": { authorization: "Bearer " },
  "a token that never was": { authorization: `Bearer ect_${"A".repeat(43)}` },
  "another kind of credentials": { authorization: "Basic YWRtaW46YWRtaW4=" },
  "a session that never was": { cookie: `edgecron_session=${"A".repeat(43)}`, "x-csrf-token": "x" },
};

const pathOf = (op) => op.path.replaceAll(/\{(\w+)\}/g, (all, name) => (name === "id" ? "01900000-0000-7000-8000-000000000000" : "no-such"));
const ask = (op, headers) => send(e.url, op.method, pathOf(op), { headers, stream: op.responses["200"]?.content?.["text/event-stream"] ? 50 : 0 });

test("the document has operations of every kind", () => {
  assert.deepEqual(new Set(contract.operations.map((op) => op.scope)), new Set([null, ...SCOPES]));
});

for (const op of contract.operations) {
  test(`${op.id} (${op.scope ?? "anyone"})`, async () => {
    for (const [who, headers] of Object.entries(NOBODY)) {
      const r = await ask(op, headers);
      if (op.scope) assert.equal(r.status, 401, `${who}: ${r.text.slice(0, 200)}`);
      assert.equal(contract.judge(op, r), null, who);
    }
    for (const scope of SCOPES) {
      const r = await ask(op, { authorization: `Bearer ${tokens[scope]}` });
      assert.equal(contract.judge(op, r), null, scope);
      const enough = !op.scope || SCOPES.indexOf(scope) >= SCOPES.indexOf(op.scope);
      if (!enough) assert.equal(r.status, 403, `${scope}: ${r.text.slice(0, 200)}`);
      else if (op.scope) assert.ok(r.status !== 401 && r.status !== 403, `${scope}: ${r.status} ${r.text.slice(0, 200)}`);
    }
  });
}
