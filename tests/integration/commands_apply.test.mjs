// `apply`: what it says of what it changes, what it removes, that a dry run changes nothing, and that an export applied again does
// nothing.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fieldCases } from "./harness/cases.mjs";
import { document as unsettled, Edgecron, job, ROOT, target } from "./harness/edgecron.mjs";
import { run } from "./harness/process.mjs";

const document = (targets, jobs, settings = {}) => ({ ...unsettled(targets, jobs), settings });
const before = document([target("prod", "https://x.example"), target("old", "https://y.example")], [
  job("alpha", "/a", { target: "prod", schedule: "0 7 * * *", tags: ["t1"] }),
  job("omega", "https://z.example/"),
], { retention_days: 90 });
const after = document([target("prod", "https://x.example")], [
  job("alpha", "/a", { target: "prod", schedule: "0 8 * * *", tags: ["t1", "t2"],
    request: { url: "/a", headers: { "X-Key": "{{secret.K}}" }, body: { n: 1 } } }),
  job("new", "https://z.example/new"),
], { retention_days: 30 });

function fresh(doc = before) {
  const e = new Edgecron();
  return e.apply(doc).then(() => e);
}
const lines = (text) => text.trim().split("\n");
const SHOWN = [
  "~ job 'alpha'",
  '    tags: ["t1"] -> ["t1","t2"]',
  '    schedule: "0 7 * * *" -> "0 8 * * *"',
  '    request.headers.X-Key: (nothing) -> "{{secret.K}}"',
  '    request.body: null -> {"n":1}',
  "+ job 'new'",
  "~ setting 'retention_days': 90 -> 30",
];

describe("what changes is shown", () => {
  test("in a dry run, which changes nothing", async () => {
    const e = await fresh(), was = await e.ok(["export"]);
    const said = lines(await e.ok(["apply", e.file("a.json", after), "--dry-run"]));
    assert.deepEqual(said.slice(0, -1), SHOWN);
    assert.match(said.at(-1), /^dry run, nothing was changed; targets: 0 created, 0 updated, 1 unchanged; jobs: 1 created, 1 updated, 0 unchanged$/);
    assert.equal(await e.ok(["export"]), was);
  });

  test("and the same when it is done", async () => {
    const e = await fresh();
    assert.deepEqual(lines(await e.ok(["apply", e.file("a.json", after)])).slice(0, -1), SHOWN);
    assert.deepEqual((await e.jobs()).map((j) => j.name), ["alpha", "new", "omega"]);
  });

  test("as JSON, place by place", async () => {
    const e = await fresh();
    const { dry_run, prune, changes: all, jobs, targets } = await e.json(["apply", e.file("a.json", after), "--dry-run", "--prune"]);
    const changes = all.filter((c) => c.action !== "unchanged");
    assert.equal(prune, true);
    assert.equal(dry_run, true);
    assert.deepEqual([jobs, targets], [{ created: 1, updated: 1, unchanged: 0, removed: 1 }, { created: 0, updated: 0, unchanged: 1, removed: 1 }]);
    assert.deepEqual(changes.map((c) => [c.kind, c.name, c.action]), [["job", "alpha", "updated"], ["job", "new", "created"],
      ["setting", "retention_days", "updated"], ["job", "omega", "removed"], ["target", "old", "removed"]]);
    assert.deepEqual(changes[0].diff.find((d) => d.pointer === "/schedule"),
      { pointer: "/schedule", before: "0 7 * * *", after: "0 8 * * *" });
    assert.deepEqual(changes[1].diff.map((d) => d.pointer), [""]);
    assert.equal(changes[1].diff[0].after.request.url, "https://z.example/new");
    assert.deepEqual(changes[2].diff, [{ pointer: "", before: 90, after: 30 }]);
    assert.equal(changes[3].diff[0].before.name, "omega");
  });

  test("long values are cut, and what a terminal might obey is taken out", async () => {
    const e = await fresh(document([], [job("alpha", "https://z.example/", { description: "\u009b31m" })]));
    const longer = job("alpha", "https://z.example/", { request: { url: "https://z.example/", body: "é".repeat(5000) } });
    const text = await e.ok(["apply", e.file("a.json", document([], [longer])), "--dry-run"]);
    assert.match(text, /request\.body: null -> "é+\.\.\. \(10002 bytes\)\n/);
    assert.doesNotMatch(text, /\u009b|\u001b/);
  });

  test("in colours on a terminal alone, and not with NO_COLOR", async () => {
    const e = await fresh();
    const file = e.file("a.json", after);
    assert.doesNotMatch(await e.ok(["apply", file, "--dry-run"]), /\u001b/);
    const terminal = async (env) => (await run("script", ["-qec", `"${process.env.EDGECRON ?? join(ROOT, "build/edgecron")}" apply '${file}' --dry-run`, "/dev/null"],
      { env: { PATH: process.env.PATH, TERM: "xterm", EDGECRON_DATA: e.dir, ...env } })).stdout;
    assert.match(await terminal({}), /\u001b\[33m~ job 'alpha'\u001b\[0m/);
    const plain = await terminal({ NO_COLOR: "1" });
    assert.match(plain, /~ job 'alpha'/);
    assert.doesNotMatch(plain, /\u001b/);
    assert.doesNotMatch(await terminal({ TERM: "dumb" }), /\u001b/);
  });
});

describe("--prune", () => {
  test("removes what the file does not hold, and says so", async () => {
    const e = await fresh();
    const said = lines(await e.ok(["apply", e.file("a.json", after), "--prune"]));
    assert.deepEqual(said.slice(-3, -1), ["- job 'omega'", "- target 'old'"]);
    assert.match(said.at(-1), /targets: 0 created, 0 updated, 1 unchanged, 1 removed; jobs: 1 created, 1 updated, 0 unchanged, 1 removed$/);
    const held = JSON.parse(await e.ok(["export"]));
    assert.deepEqual([held.jobs.map((j) => j.name), held.targets.map((t) => t.name)], [["alpha", "new"], ["prod"]]);
  });

  test("is one transaction with the rest: what cannot be removed leaves all as it was", async () => {
    const e = await fresh();
    await e.ok(["secret", "set", "BOUND", "--target", "old"], { input: "a-bound-value-0123456789" });
    const was = await e.ok(["export"]);
    const problem = await e.refused(4, ["apply", e.file("a.json", after), "--prune"]);
    assert.match(problem.detail, /target 'old'.*BOUND/s);
    assert.equal(await e.ok(["export"]), was);
  });

  test("refuses a file that holds nothing, unless there is nothing", async () => {
    const e = await fresh(), was = await e.ok(["export"]);
    for (const doc of [{ version: 1 }, document([], [])]) {
      for (const flags of [[], ["--dry-run"]]) {
        const problem = await e.refused(4, ["apply", e.file("none.json", doc), "--prune", ...flags]);
        assert.match(problem.detail, /the right file/);
      }
    }
    assert.equal(await e.ok(["export"]), was);
    const empty = await fresh(document([], []));
    await empty.ok(["apply", "-", "--prune"], { input: await empty.ok(["export"]) });
  });

  test("a dry run on a directory that is not there makes none", async () => {
    const e = new Edgecron();
    assert.match(await e.ok(["apply", e.file("a.json", after), "--dry-run", "--prune"]), /\+ job 'alpha'/);
    assert.throws(() => readdirSync(e.dir), /ENOENT/);
  });
});

describe("an export applied again changes nothing", () => {
  async function roundTrip(doc) {
    const e = await fresh(doc);
    const exported = await e.ok(["export"]);
    for (const flags of [[], ["--prune"], ["--dry-run", "--prune"]]) {
      const { changes, jobs, targets, channels, alerts } = await e.json(["apply", "-", ...flags], { input: exported });
      assert.deepEqual(changes.filter((c) => c.action !== "unchanged" || c.diff.length), []);
      assert.deepEqual([jobs.unchanged, targets.unchanged, channels.unchanged], [doc.jobs.length, doc.targets.length, doc.channels?.length ?? 0]);
      assert.ok(alerts.unchanged >= (doc.alerts?.length ?? 0), `${alerts.unchanged} rules`);
    }
    assert.equal(await e.ok(["export"]), exported);
    const other = await fresh(JSON.parse(exported));
    assert.equal(await other.ok(["export"]), exported);
  }

  test("with every kind of job, target, channel and rule that there are cases of", async () => {
    // one file: names must differ, targets must be there
    const jobs = fieldCases("job").filter((c) => c.accepted).map(({ doc }, i) => ({ ...doc, name: `job-${i}`, target: doc.target == null ? null : "prod" }));
    const targets = fieldCases("target").filter((c) => c.accepted).map(({ doc }, i) => ({ ...doc, name: i ? `target-${i}` : "prod" }));
    assert.ok(jobs.length > 40, `${jobs.length} jobs`);
    assert.ok(targets.length > 10, `${targets.length} targets`);
    const channels = fieldCases("channel").filter((c) => c.accepted).slice(0, 50).map(({ doc }, i) => ({ ...doc, name: i ? `channel-${i}` : "ops" }));
    const there = (list, name) => (list?.length ? [name] : []);
    const alerts = fieldCases("alert").filter((c) => c.accepted).slice(0, 200)
      .map(({ doc }, i) => ({ ...doc, name: `rule-${i}`, jobs: there(doc.jobs, "job-0"), channels: there(doc.channels, "ops") }));
    assert.ok(channels.length > 20, `${channels.length} channels`);
    assert.ok(alerts.length > 20, `${alerts.length} rules`);
    await roundTrip({ ...document(targets, jobs, { paused: true, retention_days: 7 }), channels, alerts });
  });

  for (const language of ["fr", "es"]) {
    test(`with the users' file (${language})`, async () => {
      await roundTrip({ settings: {}, ...JSON.parse(readFileSync(join(ROOT, `tests/functions/apply-${language}.json`), "utf8")) });
    });
  }
});
