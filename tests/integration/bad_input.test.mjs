// Every field of `apply` with a value that is wrong: refused with exit 4, a message that names the field, and nothing changed.
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { Edgecron } from "./harness/edgecron.mjs";
import { each } from "./harness/wait.mjs";

const e = new Edgecron();
let kept;

/** A file that is right: one target, one job, all settings. */
const good = () => ({
  version: 1,
  targets: [{ name: "prod", base_url: "https://abc.supabase.co/functions/v1", headers: { "X-Shared": "a" } }],
  jobs: [{
    name: "followup-7h", schedule: "0 7 * * 1-5", target: "prod",
    request: { url: "/followup-processor", headers: { "X-Internal-Key": "{{secret.K}}" }, body: { a: 1 } },
    retry: { max_attempts: 3 }, catch_up: { policy: "latest" }, success: { status: ["2xx"] }, metrics: {},
  }],
  settings: { paused: false, retention_days: 90, retention_failed_days: 365, retention_bodies_days: 30, retention_runs: 0 },
});

const unset = Symbol("unset");
/** Sets (or removes) the member at a JSON pointer. */
function put(doc, pointer, value) {
  const parts = pointer.split("/").slice(1).map((s) => s.replaceAll("~1", "/").replaceAll("~0", "~"));
  const last = parts.pop();
  const parent = parts.reduce((o, k) => (o[k] ??= {}), doc);
  if (value === unset) delete parent[last];
  else parent[last] = value;
}

const long = (n) => "x".repeat(n);
const many = (n, item) => Array.from({ length: n }, (_, i) => item(i));
const fields = (n) => Object.fromEntries(many(n, (i) => [`X-H${i}`, "v"]));

/** pointer: wrong values. The message must carry the pointer (or, for a missing or unknown member, that of its parent or its own). */
const WRONG = {
  "/version": [unset, 2, 0, "1", null, 1.5],
  "/jobz": [[]],
  "/targets": [{}, "prod", 3],
  "/jobs": [{}, "followup", null],
  "/settings": [[], 3],
  "/settings/paused": ["no", 1],
  "/settings/retention_days": [0, 3651, -1, "90", 1.5],
  "/settings/retention_failed_days": [0, 3651, -1, "90", 1.5],
  "/settings/retention_bodies_days": [0, 3651, -1, "90", 1.5],
  "/settings/retention_runs": [-1, 10000001, "90", 1.5],
  "/settings/speed": [3],
  "/jobs/0": ["followup", null, []],
  "/jobs/0/name": [unset, "", "Followup", "-a", "a b", "a/b", "é", long(64), 7],
  "/jobs/0/descripton": ["a typing error in the name"],
  "/jobs/0/description": [7, long(1001)],
  "/jobs/0/enabled": ["yes", 1, null],
  "/jobs/0/tags": ["followup", {}, many(21, (i) => `t${i}`)],
  "/jobs/0/tags/0": ["Not Lower", long(41), 3, ""],
  "/jobs/0/schedule": [unset, "", "0 7 * *", "60 * * * *", "0 24 * * *", "0 0 31 2 *", "0 0 * * FRI-MON", "*/0 * * * *", "0 7 * * 1-5 x y",
    "@never", "@every 0s", "@every -5s", "@at tomorrow", "a b c d e", long(600), 5],
  "/jobs/0/timezone": ["Mars/Olympus", "", 0, "../etc/passwd"],
  "/jobs/0/jitter_s": [-1, 86401, "1", 0.5],
  "/jobs/0/starts_at": ["yesterday", 5, "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z"],
  "/jobs/0/ends_at": ["never", true],
  "/jobs/0/target": ["staging", 5, ""],
  "/jobs/0/request": [unset, "https://x.example", []],
  "/jobs/0/request/method": ["BREW", "post it", 1],
  "/jobs/0/request/url": [unset, "", "followup", "ftp://x.example/f", "https://user:pw@x.example/", "https://x.example:99999/", "/a b", "/f#part",
    "http://", long(5000), "/f?k={{secret}}", "/f?k={{now", 4],
  "/jobs/0/request/headers": [[], "X: y", fields(41)],
  "/jobs/0/request/headers/X-Internal-Key": [5, "a\nb: c", "{{secret.9}}", "{{env.HOME}}", long(8193)],
  "/jobs/0/request/headers/X Y": ["a space in the name"],
  "/jobs/0/request/body": ["{{run.number}}", long(10485761)],
  "/jobs/0/request/body/deep/0": ["{{secret.}}", "{{now"],
  "/jobs/0/timeout_ms": [0, -1, 86400001, "1s", 1.5],
  "/jobs/0/connect_timeout_ms": [0, 86400001, "1s"],
  "/jobs/0/delivery": ["maybe", 1],
  "/jobs/0/retry": [[], 3],
  "/jobs/0/retry/max_attempts": [0, 101, "3", 2.5],
  "/jobs/0/retry/initial_ms": [0, 86400001, "5s"],
  "/jobs/0/retry/multiplier": [0.5, 11, "2"],
  "/jobs/0/retry/max_ms": [1, 86400001],
  "/jobs/0/retry/max_age_s": [-1, 604801],
  "/jobs/0/retry/attempts": [3],
  "/jobs/0/overlap": ["sometimes", true],
  "/jobs/0/catch_up": ["latest"],
  "/jobs/0/catch_up/policy": ["some", 1],
  "/jobs/0/catch_up/window_s": [-1, 2592001, "6h"],
  "/jobs/0/success": [[], "2xx"],
  "/jobs/0/success/status": ["2xx", 200],
  "/jobs/0/success/status/0": ["2x", "99", "1000", "300-200", 200, ""],
  "/jobs/0/success/json": [{}, many(21, () => ({ pointer: "/ok", exists: true }))],
  "/jobs/0/success/json/0": [{ pointer: "/ok" }, { pointer: "/ok", equals: 1, exists: true }, "ok"],
  "/jobs/0/success/json/0/pointer": [unset, "ok", 3],
  "/jobs/0/metrics": [[], "/n"],
  "/jobs/0/metrics/sent": ["n", 5],
  "/jobs/0/metrics/not good": ["/n"],
  "/jobs/0/alerts": [{}, "mail"],
  "/targets/0": ["prod", []],
  "/targets/0/name": [unset, "", "Prod", long(64)],
  "/targets/0/base_url": [unset, "", "abc.supabase.co", "ftp://abc", "https://", "https://abc?x=1", "https://a b", "https://u:p@abc", 5],
  "/targets/0/headers": [[], fields(41)],
  "/targets/0/headers/X-Shared": [5, "a\r\nb", "{{nothing}}"],
  "/targets/0/max_concurrent": [0, 10001, "64", 1.5],
  "/targets/0/rate": ["fast", "0/s", "10/h", 5],
  "/targets/0/ca_file": ["ca.pem", 5, ""],
  "/targets/0/tls_min": ["1.1", 1.2, "1.4"],
  "/targets/0/health_path": ["health", "/a b", "/?x", "/{{secret.K}}", "", 5, `/${"x".repeat(200)}`],
  "/targets/0/allow_private": ["10.0.0.0/8", {}],
  "/targets/0/allow_private/0": ["10.0.0.0/33", "lan", 10, "::/200"],
  "/targets/0/colour": ["blue"],
};

before(async () => {
  await e.apply({ version: 1, targets: [{ name: "prod", base_url: "https://old.example" }], jobs: [] });
  kept = await e.ok(["export"]);
});

/** A field that is not known, or is missing, may be named at its parent if the text names it. */
function names(problem, pointer) {
  const parent = pointer.slice(0, pointer.lastIndexOf("/"));
  const member = pointer.slice(pointer.lastIndexOf("/") + 1);
  return problem.pointer === pointer || (problem.pointer ?? "") === parent && problem.detail.includes(member);
}

describe("apply, field by field", () => {
  test("the file that the cases start from is accepted", async () => {
    const other = new Edgecron();
    await other.apply(good());
    assert.deepEqual((await other.jobs()).map((j) => j.name), ["followup-7h"]);
  });

  for (const [pointer, values] of Object.entries(WRONG)) {
    test(pointer, async () => {
      const failures = (await each(values, async (value, i) => {
        const doc = good();
        if (/\/(tags|status|json|allow_private)\/0$/.test(pointer)) put(doc, pointer.replace(/\/\d+$/, ""), []);
        if (pointer.includes("/body/deep/")) put(doc, "/jobs/0/request/body", { deep: [] });
        if (pointer.includes("/json/0/")) put(doc, "/jobs/0/success/json", [{ pointer: "/ok", exists: true }]);
        put(doc, pointer, value);
        const shown = value === unset ? "(missing)" : JSON.stringify(value).slice(0, 60);
        const r = await e.command(["apply", e.file(`bad${pointer.replaceAll(/\W/g, "_")}${i}.json`, doc), "--json"]);
        if (r.code !== 4) return `${shown}: exit ${r.code} ${r.stderr}${r.stdout}`;
        const problem = JSON.parse(r.stderr);
        if (!problem.code || !problem.detail) return `${shown}: no code or detail: ${r.stderr}`;
        if (!names(problem, pointer)) return `${shown}: does not name the field: ${r.stderr}`;
        return null;
      }, 3)).filter(Boolean);
      assert.deepEqual(failures, []);
    });
  }

  test("after all of that, nothing has changed", async () => assert.equal(await e.ok(["export"]), kept));
});

describe("apply, the file as a whole", () => {
  const plain = (args, options) => e.command(args, options);

  test("not JSON: says the line or the place", async () => {
    for (const text of ["", "{", '{"version": 1,}', "[1", "version: 1\n", "\u0000", '{"version":1}x', '{"a":"\xff"}']) {
      const p = await e.refused(4, ["apply", e.file("broken.json", Buffer.from(text, "latin1"))]);
      assert.match(p.detail, /JSON|empty|expected|line|byte|column/i, `${JSON.stringify(text)}: ${p.detail}`);
    }
  });

  test("JSON that is no object", async () => {
    for (const doc of ["[]", "3", "null", '"x"']) {
      const p = await e.refused(4, ["apply", e.file("other.json", doc)]);
      assert.match(p.detail, /object/i);
    }
  });

  test("a member twice, and nesting without end", async () => {
    const twice = '{"version":1,"jobs":[{"name":"a","name":"b","schedule":"* * * * *","request":{"url":"https://x.example/"}}]}';
    assert.match((await e.refused(4, ["apply", e.file("twice.json", twice)])).detail, /twice|duplicate|more than once|name/i);
    const deep = '{"version":1,"jobs":'.concat("[".repeat(100_000), "]".repeat(100_000), "}");
    assert.match((await e.refused(4, ["apply", e.file("deep.json", deep)])).detail, /deep|nest|JSON/i);
  });

  test("two jobs, or two targets, of one name", async () => {
    const doc = good();
    doc.jobs.push(structuredClone(doc.jobs[0]));
    assert.equal((await e.refused(4, ["apply", e.file("jobs.json", doc)])).pointer, "/jobs/1/name");
    const targets = good();
    targets.targets.push(structuredClone(targets.targets[0]));
    assert.equal((await e.refused(4, ["apply", e.file("targets.json", targets)])).pointer, "/targets/1/name");
  });

  test("a path on a target without a target", async () => {
    const doc = good();
    delete doc.jobs[0].target;
    assert.match((await e.refused(4, ["apply", e.file("nowhere.json", doc)])).pointer, /^\/jobs\/0\/(request\/url|target)$/);
  });

  test("ends before it starts", async () => {
    const doc = good();
    Object.assign(doc.jobs[0], { starts_at: "2027-01-02T00:00:00Z", ends_at: "2027-01-01T00:00:00Z" });
    assert.match((await e.refused(4, ["apply", e.file("times.json", doc)])).pointer, /^\/jobs\/0\/(ends|starts)_at$/);
  });

  test("all or nothing: ninety-nine good jobs before a bad one are not kept", async () => {
    const doc = good();
    doc.jobs = many(100, (i) => ({ ...doc.jobs[0], name: `job-${i}` }));
    doc.jobs[99].target = "not-there";
    assert.equal((await e.refused(4, ["apply", e.file("hundred.json", doc)])).pointer, "/jobs/99/target");
    assert.equal(await e.ok(["export"]), kept);
  });

  test("without --json the same in one line: edgecron: TEXT (at /pointer)", async () => {
    const doc = good();
    doc.jobs[0].timeout_ms = 0;
    const r = await plain(["apply", e.file("plain.json", doc)]);
    assert.equal(r.code, 4);
    assert.match(r.stderr, /^edgecron: .*\(at \/jobs\/0\/timeout_ms\)\n$/);
  });

  test("a file that is not there, a folder, no file named", async () => {
    for (const path of ["/nonexistent/apply.json", "/"]) {
      const r = await plain(["apply", path]);
      assert.notEqual(r.code, 0);
      assert.match(r.stderr, new RegExp(`'?${path}`), r.stderr);
    }
    assert.equal((await plain(["apply"])).code, 2);
  });
});
