// "Copy as curl": what is copied is read by a real shell, which passes on to curl exactly what was sent; secrets are the reader's to set.
import assert from "node:assert/strict";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { curl, quote, secretsOf } from "../../web/base/curl.js";
import { temporaryFolder } from "./harness/cleanup.mjs";
import { run } from "./harness/process.mjs";

const bin = temporaryFolder("curl");
writeFileSync(join(bin, "curl"), '#!/bin/sh\nfor a do printf "%s\\0" "$a"; done\n');
chmodSync(join(bin, "curl"), 0o755);

/** The arguments that curl is given when a shell reads the line. */
async function given(line, env = {}) {
  const r = await run("sh", ["-eu", "-c", line], { env: { PATH: `${bin}:/usr/bin:/bin`, ...env } });
  assert.equal(r.code, 0, r.stderr);
  return r.stdout.split("\0").slice(0, -1);
}
const request = (more) => ({ method: "POST", url: "https://example.com/f", headers: {}, body: null, ...more });

test("method, URL, headers and body arrive as they were sent", async () => {
  const line = curl(request({ headers: { "X-Internal-Key": "{{secret.CRON_INTERNAL_KEY}}", "Content-Type": "application/json", Accept: ["a/b", "c/d"], Host: "example.com", "Content-Length": "8" }, body: '{"a": 1}' }));
  assert.deepEqual(await given(line, { CRON_INTERNAL_KEY: "k'e$y" }), ["-X", "POST", "--globoff", "--path-as-is", "https://example.com/f", "-H", "X-Internal-Key: k'e$y",
    "-H", "Content-Type: application/json", "-H", "Accept: a/b", "-H", "Accept: c/d", "--data-raw", '{"a": 1}']);
});

test("nothing in a request is special to the shell", async () => {
  for (const text of ["it's", "$(touch /tmp/x)", "`id`", "a\nb", "\\", '"', "!", "*", "~", "@file", "-o/etc/passwd", "$HOME", "'''", " ", "é ✓"]) {
    const args = await given(curl(request({ body: text })));
    assert.deepEqual(args.slice(-2), ["--data-raw", text], JSON.stringify(text));
  }
});

test("secrets are named, never shown; a missing one stops the shell", async () => {
  const sent = request({ url: "https://example.com/?k={{secret.A}}", headers: { "content-type": "text/plain", Authorization: "Bearer {{secret.B_2}}" }, body: "{{secret.A}}'{{secret.B_2}}" });
  assert.deepEqual(secretsOf(sent), ["A", "B_2"]);
  assert.deepEqual(await given(curl(sent), { A: "a a", B_2: "b" }), ["-X", "POST", "--globoff", "--path-as-is", "https://example.com/?k=a a", "-H", "content-type: text/plain", "-H", "Authorization: Bearer b", "--data-raw", "a a'b"]);
  const r = await run("sh", ["-eu", "-c", curl(sent)], { env: { PATH: `${bin}:/usr/bin:/bin`, A: "a" } });
  assert.notEqual(r.code, 0);
});

test("a header without a value is sent without one, and HEAD waits for no body", async () => {
  assert.deepEqual(await given(curl(request({ method: "HEAD", headers: { "X-Empty": "" } }))), ["--head", "--globoff", "--path-as-is", "https://example.com/f", "-H", "X-Empty;"]);
  assert.equal(quote(""), "''");
});

test("curl adds nothing of its own that was not sent", async () => {
  assert.deepEqual((await given(curl(request({ body: "a=b", headers: { "X-Content-Type": "x" } })))).slice(5), ["-H", "X-Content-Type: x", "-H", "Content-Type:", "--data-raw", "a=b"]);
  assert.ok(!(await given(curl(request({ body: "{}", headers: { "content-type": "application/json" } })))).includes("Content-Type:"));
});
