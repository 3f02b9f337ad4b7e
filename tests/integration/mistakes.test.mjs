// What a newcomer gets wrong: each message says what is wrong and what to do next, and nothing is changed or called by accident.
import assert from "node:assert/strict";
import { createServer } from "node:net";
import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { document, Edgecron, edgecron, job, target } from "./harness/edgecron.mjs";

const e = new Edgecron();
before(() => e.apply(document([target("t", "https://x.example/v1")], [job("j", "/a", { target: "t" })])));
after(() => e.stop());

const said = (r, code, words) => {
  assert.equal(r.code, code, r.stderr + r.stdout);
  assert.match(r.stderr, words);
};

describe("the data directory", () => {
  const beside = (name) => join(dirname(e.dir), name);

  test("none there: which flag names it, and what makes one", async () => {
    said(await edgecron(["job", "list", "--data", beside("none")]), 3, /'.*none'.*--data.*put the first job/);
    mkdirSync(beside("empty"));
    said(await edgecron(["job", "list", "--data", beside("empty")]), 3, /--data.*put the first job/);
  });

  test("a file in its place, a folder around it that is missing", async () => {
    const file = e.file("plain", "x");
    for (const args of [["job", "list"], ["serve", "--listen", "127.0.0.1:0"]]) {
      const r = await edgecron([...args, "--data", file]);
      assert.ok([1, 3].includes(r.code), r.stderr);
      assert.match(r.stderr, /'.*plain' is not a directory/);
    }
    const deep = beside("a/b/data");
    said(await edgecron(["secret", "generate", "K", "--data", deep]), 1, /a\/b\/data'.*does not exist/);
    assert.ok(!existsSync(beside("a")));
  });
});

describe("values that are accepted, and told of", () => {
  test("a secret with a line break in it", async () => {
    said(await e.command(["secret", "set", "LINES"], { input: "first-line\nsecond-line\n" }), 0, /'LINES' holds a line break.*header/);
    const plain = await e.command(["secret", "set", "PLAIN"], { input: "one-line-only-q3VJx0cN9mKf7LrT2wYbZ8\n" });
    assert.equal(plain.stderr, "");
  });

  test("a body that is nearly JSON goes as text; one that begins with a placeholder is no mistake", async () => {
    said(await e.command(["job", "set", "j", "--body", '{"a": 1,}']), 0, /looks like JSON.*line 1, column 9/);
    assert.equal((await e.json(["job", "show", "j"])).request.body, '{"a": 1,}');
    for (const body of ['{"a": 1}', "{{now}}", "plain"]) {
      assert.equal((await e.command(["job", "set", "j", "--body", body])).stderr, "", body);
    }
  });

  test("a file of authorities that is not there", async () => {
    said(await e.command(["target", "set", "ca", "--base-url", "https://x.example", "--ca-file", "/nonexistent/ca.pem"]), 0, /'\/nonexistent\/ca.pem'.*server's machine/);
  });
});

test("an address range that is none is named as such, not as a word too many", async () => {
  said(await e.command(["target", "set", "t", "--allow-private", "300.0.0.0/8"]), 2, /--allow-private: '300\.0\.0\.0\/8'/);
  await e.ok(["target", "set", "t", "--allow-private", "--base-url=https://x.example/v2"]);
  assert.equal((await e.json(["target", "show", "t"])).base_url, "https://x.example/v2");
});

test("target show, for people: each property by its name", async () => {
  await e.ok(["target", "set", "t", "--allow-private=10.0.0.0/8", "--header", "X-A: b"]);
  const text = await e.ok(["target", "show", "t"]);
  for (const line of [/^target +t$/m, /^base url +https:\/\/x\.example\/v2$/m, /^headers +X-A: b$/m, /^max concurrent +\d+$/m, /^allow private +10\.0\.0\.0\/8$/m]) {
    assert.match(text, line);
  }
});

test("a dry run says the same as the run after it, and that nothing was done", async () => {
  const file = e.file("new.json", document([], [job("fresh", "https://x.example/")]));
  assert.match(await e.ok(["apply", file, "--dry-run"]), /^\+ job 'fresh'$\n^dry run, nothing was changed; .*1 created/m);
  assert.match(await e.ok(["apply", file]), /^\+ job 'fresh'$\n^targets.*1 created/m);
});

describe("schedule explain", () => {
  const args = ["30 2 * * *", "--zone", "Europe/Berlin", "--from", "2027-03-27T12:00:00Z", "--count", "2"];

  test("words, local time, UTC, and a note where the clocks change", async () => {
    assert.deepEqual((await e.ok(["schedule", "explain", ...args])).trim().split("\n").map((l) => l.trim()), [
      "at 02:30 every day (Europe/Berlin)",
      "2027-03-28T03:00:00+02:00  2027-03-28T01:00:00Z  02:30 does not exist that day: it runs when the clocks have gone forward",
      "2027-03-29T02:30:00+02:00  2027-03-29T00:30:00Z",
    ]);
  });

  test("--json is the form of the API, for next and explain alike", async () => {
    await e.serve();
    await e.createToken();
    const query = new URLSearchParams({ schedule: args[0], timezone: args[2], from: args[4], count: args[6] });
    const { status, body } = await e.api(`/api/v1/schedule/preview?${query}`);
    assert.equal(status, 200, JSON.stringify(body));
    assert.equal(body.items.length, 2);
    for (const verb of ["next", "explain"]) assert.deepEqual(await e.json(["schedule", verb, ...args]), body, verb);
    const wrong = await e.api("/api/v1/schedule/preview?schedule=61+*+*+*+*");
    assert.deepEqual([wrong.status, wrong.body.pointer], [422, "/schedule"]);
  });
});

test("a second server on a directory is told who has it; a port that is taken, before anything runs", async () => {
  const second = await e.command(["serve", "--listen", "127.0.0.1:0"], { within: 10_000 });
  said(second, 4, new RegExp(`pid ${e.server.pid ?? "\\d+"}\\).*--data`));
  await e.stop();
  const holder = createServer().listen(0, "127.0.0.1");
  await new Promise((done) => holder.once("listening", done));
  const { id } = await e.json(["job", "run", "j"]);
  const r = await e.command(["serve", "--listen", `127.0.0.1:${holder.address().port}`], { within: 10_000 });
  await new Promise((done) => holder.close(done));
  said(r, 4, /is taken by another program.*--listen/);
  const run = await e.run(id);
  assert.deepEqual([run.state, run.attempts.length], ["queued", 0]);
});
