// `stats`: how runs did, for people and as the API has it, with a server and without.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, describe, test } from "node:test";
import { document, Edgecron, job, target } from "./harness/edgecron.mjs";
import { until } from "./harness/wait.mjs";

const e = new Edgecron();
let functions;
// What a follow-up function answers: the numbers that the users kept in a table of their own.
const SENT = [3, 4, 5], FAILED = [0, 1, 0];

before(async () => {
  let call = 0;
  functions = createServer((request, response) => {
    if (request.url === "/bad") return response.writeHead(500).end("{}");
    if (request.url === "/other") return response.end(JSON.stringify({ other: 0.5 }));
    response.end(JSON.stringify({ followups_sent: SENT[call], followups_failed: FAILED[call] }));
    call++;
  });
  await new Promise((resolve) => functions.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${functions.address().port}`;
  const metrics = { followups_sent: "/followups_sent", followups_failed: "/followups_failed" };
  await e.apply(document([target("prod", url), target("test", url)], [
    job("followup-7h", "/followup", { target: "prod", tags: ["followup"], metrics }),
    job("bad", "/bad", { target: "test", tags: ["followup"] }),
    job("other", "/other", { target: "test", metrics: { other: "/other" } }),
    job("never", "/never", { target: "test" }),
  ]));
  await e.serve();
  await e.createToken();
  for (const name of ["followup-7h", "followup-7h", "followup-7h", "bad", "other"]) await e.runJob(name);
});
after(async () => {
  await e.stop();
  functions.close();
});

/** What is of the moment that was asked. */
const settled = (x) => ({ ...x, until: null });

describe("stats", () => {
  test("--json is the form of the API, of all, a job, a tag, a target", async () => {
    for (const [args, path] of [
      [["stats"], "/api/v1/stats"],
      [["stats", "--window", "7d"], "/api/v1/stats?window=7d"],
      [["stats", "followup-7h"], "/api/v1/jobs/followup-7h/stats"],
      [["stats", "--tag", "followup", "--window", "30d"], "/api/v1/stats?window=30d&tag=followup"],
      [["stats", "--target", "test"], "/api/v1/stats?target=test"],
    ]) {
      const same = async () => {
        const [told, answered] = [await e.json(args), (await e.api(path)).body];
        return JSON.stringify(settled(told)) === JSON.stringify(settled(answered)) && told;
      };
      assert.ok(await until(`the same of '${args.join(" ")}'`, same)); // an hour may begin between the two
    }
  });

  test("a job's runs, rate, times and what its metrics add up to", async () => {
    const x = await e.json(["stats", "followup-7h"]);
    assert.deepEqual([x.runs, x.succeeded, x.success_rate], [3, 3, 1]);
    assert.deepEqual(x.metrics.followups_sent, { count: 3, sum: 12, mean: 4, min: 3, max: 5 });
    assert.equal(x.metrics.followups_failed.sum, 1);
    assert.equal(x.series.length, 24);
    assert.equal(x.series.reduce((sum, p) => sum + (p.metrics.followups_sent ?? 0), 0), 12);
    const text = await e.ok(["stats", "followup-7h"]);
    assert.match(text, /^job +followup-7h\nwindow +24h, since \d/);
    assert.match(text, /^runs +3: 3 succeeded$/m);
    assert.match(text, /^succeeded +100 %$/m);
    assert.match(text, /^late by +half within \d.*, at most /m);
    assert.match(text, /^took +half within \d.*, 99 % within /m);
    assert.match(text, /followups_sent: 12 in all, 4 on average, 3 to 5, of 3 runs$/m);
    assert.match(text, /^HOUR \(UTC\) +RUNS .* followups_failed +followups_sent$/m);
    assert.match(text, /^20\d\d-\d\d-\d\dT\d\d:00Z +3 +#{20} .* 1 +12$/m);
  });

  test("failures are seen beside the rest", async () => {
    const text = await e.ok(["stats", "--tag", "followup", "--window", "7d"]);
    assert.match(text, /^tag +followup$/m);
    assert.match(text, /^runs +4: 3 succeeded, 1 failed$/m);
    assert.match(text, /^succeeded +75 %$/m);
    assert.match(text, /^last attempts +ok 3, http_status 1$/m);
    assert.match(text, /^DAY \(UTC\) /m);
    assert.match(text, /^20\d\d-\d\d-\d\d +4 +#{15}!{5} +1 /m);
    assert.match(await e.ok(["stats", "--window", "90d"]), /^WEEK FROM /m);
  });

  test("a job that never ran, and all that there are", async () => {
    const text = await e.ok(["stats", "never"]);
    assert.match(text, /^runs +0$/m);
    assert.doesNotMatch(text, /HOUR|succeeded|took/);
    assert.match(await e.ok(["stats"]), /^runs +5: 4 succeeded, 1 failed$/m);
  });

  test("of a job that is not there, of a window that is none", async () => {
    assert.match((await e.refused(3, ["stats", "nobody"])).detail, /nobody/);
    for (const window of ["9y", "0h", "169h", "732d", "h", "7"]) {
      assert.match((await e.refused(2, ["stats", "--window", window])).detail, /--window: .* is no window: hours, 1h to 168h, or days, 1d to 731d/);
    }
  });

  test("without a server: what ended last counts, too", async () => {
    await e.runJob("other");
    await e.stop();
    assert.match(await e.ok(["stats", "other"]), /^runs +2: 2 succeeded$/m);
    assert.equal((await e.json(["stats", "--target", "test"])).metrics.other.sum, 1);
  });
});
