// The page as the server hands it out: to anybody, small, of one piece, and without a word from another host.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { get } from "node:http";
import { after, before, describe, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { Edgecron } from "./harness/edgecron.mjs";

const e = new Edgecron();
before(() => e.serve());
after(() => e.stop());

/** One request with just these fields, and nothing undone: { status, headers, body }. fetch() would add fields and unpack. */
function plain(path, { method = "GET", ...headers } = {}) {
  return new Promise((resolve, reject) => {
    get(`${e.url}${path}`, { method, headers, agent: false }, (r) => {
      const parts = [];
      r.on("data", (d) => parts.push(d)).on("end", () => resolve({ status: r.statusCode, headers: r.headers, body: Buffer.concat(parts) }));
    }).on("error", reject);
  });
}

async function file(path) {
  const r = await plain(path, { "accept-encoding": "gzip, deflate, br, zstd" });
  assert.equal(r.status, 200, path);
  return { path, ...r, text: (r.headers["content-encoding"] === "gzip" ? gunzipSync(r.body) : r.body).toString() };
}
/** The files that the shell names, and that the script names in turn: the texts of each language. */
async function files() {
  const all = [await file("/")];
  for (const [, path] of all[0].text.matchAll(/(?:src|href)="([^"]+)"/g)) all.push(await file(path));
  const script = all.find(({ path }) => path.endsWith(".js"));
  for (const [, name] of script.text.matchAll(/import\("\.\/([^"]+)"\)/g)) all.push({ ...await file(`/${name}`), language: name.slice(0, 2) });
  return all;
}

describe("the page", () => {
  test("one script, one style, an icon, and the texts of each language: each named after what it holds, and compressed where that pays", async () => {
    const [shell, ...named] = await files();
    assert.match(shell.headers["content-type"], /^text\/html;/);
    assert.match(shell.text, /<meta name="robots" content="noindex">/);
    assert.deepEqual(named.map(({ path }) => path.replace(/-.*\./, ".")).sort(), ["/app.css", "/app.js", "/en.js", "/es.js", "/favicon.svg", "/fr.js"]);
    for (const { path, text, headers } of named) {
      const [, hash, kind] = path.match(/^\/\w+-([0-9a-f]{12})\.(\w+)$/) ?? assert.fail(path);
      assert.equal(createHash("sha256").update(text).digest("hex").slice(0, 12), hash, `${path} holds what was bundled`);
      assert.equal(headers["content-encoding"], kind === "svg" ? undefined : "gzip", path);
      assert.match(headers["content-type"], { css: /^text\/css;/, js: /^text\/javascript;/, svg: /^image\/svg\+xml$/ }[kind]);
      assert.equal(headers["cache-control"], "public, max-age=31536000, immutable");
    }
  });

  test("all of it is under 100 KB on its way, and under 100 KB it stays", async () => {
    const sizes = await files(), sum = (some) => some.reduce((all, { body }) => all + body.length, 0);
    const total = sum(sizes.filter((f) => !f.language)) + Math.max(...sizes.filter((f) => f.language).map(({ body }) => body.length)); // nobody reads two
    assert.ok(total < 100 * 1024, `${total} bytes`);
    assert.ok(total > 10_000, `${total} bytes: that is no page`);
  });

  test("nothing in it comes from another host", async () => {
    for (const { path, text } of await files()) {
      const hosts = [...text.matchAll(/\bhttps?:\/\/([\w.-]+)/g)].map(([, host]) => host);
      // XML's namespaces are names; example.*, abc.supabase.co and the hosts of chats are what a form shows as an example.
      assert.deepEqual(hosts.filter((h) => !["www.w3.org", "abc.supabase.co", "hooks.slack.com", "discord.com", "ntfy.sh"].includes(h) && !/(^|\.)example(\.(com|org|net))?$/.test(h)), [], path);
      assert.doesNotMatch(text, /@import|url\(["']?(https?:)?\/\/|(src|href)=["']?(https?:)?\/\/|sourceMappingURL/, path);
    }
  });

  test("its policy: nothing inline, nothing of others, no markup made of text", async () => {
    for (const { path, headers } of await files()) {
      const policy = Object.fromEntries(headers["content-security-policy"].split("; ").map((d) => [d.split(" ")[0], d.split(" ").slice(1).join(" ")]));
      assert.deepEqual(policy, {
        "default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "connect-src": "'self'", "img-src": "'self' data:",
        "frame-ancestors": "'none'", "base-uri": "'none'", "form-action": "'none'", "require-trusted-types-for": "'script'", "trusted-types": "'none'",
      }, path);
      for (const [name, value] of Object.entries({ "x-content-type-options": "nosniff", "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin", "cross-origin-resource-policy": "same-origin" })) assert.equal(headers[name], value, `${path}: ${name}`);
    }
  });

  test("who has it is sent none of it again; HEAD sends no body", async () => {
    for (const { path, headers, body } of await files()) {
      const again = await plain(path, { "if-none-match": headers.etag });
      assert.deepEqual([again.status, again.body.length, again.headers.etag], [304, 0, headers.etag], path);
      const head = await plain(path, { method: "HEAD" });
      assert.deepEqual([head.status, head.body.length, head.headers["content-length"]], [200, 0, String(body.length)], path);
      assert.equal(head.headers["content-encoding"], headers["content-encoding"], path);
    }
  });

  test("gzip refused: 406 and what to do; not named at all: any coding will do, so gzip it is", async () => {
    const script = (await files()).find(({ path }) => path.endsWith(".js"));
    const refused = await plain(script.path, { "accept-encoding": "br, gzip;q=0" });
    assert.equal(refused.status, 406);
    assert.match(JSON.parse(refused.body).detail, /send 'gzip' there/);
    assert.equal(refused.headers.vary, "Accept-Encoding");
    const unnamed = await plain(script.path);
    assert.equal(unnamed.headers["content-encoding"], "gzip");
    assert.ok(unnamed.body.equals(script.body));
  });

  test("a script of another version is not there, and nobody keeps that answer", async () => {
    const r = await plain("/app-000000000000.js");
    assert.deepEqual([r.status, r.headers["cache-control"]], [404, "no-store"]);
  });
});
