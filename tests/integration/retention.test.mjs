// What settings say of how long history is kept, done by a running server: as years go by on a test build's clock.
import assert from "node:assert/strict";
import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { document, Edgecron, FINAL, job, target } from "./harness/edgecron.mjs";
import { startFaults } from "./harness/faults.mjs";
import { until } from "./harness/wait.mjs";

const DEBUG = process.env.EDGECRON_DEBUG;
const skip = !DEBUG && "needs a test build, whose clock can be moved: EDGECRON_DEBUG";
const DAY = 86_400_000;
let server;
before(async () => (server = await startFaults()));
after(() => server.close());

test("bodies go first, then successes, then failures; the newest of each state stays", { skip }, async () => {
  const e = new Edgecron(), clock = e.file("clock", "0");
  const env = { EDGECRON_TEST_CLOCK_FILE: clock };
  await e.apply(document([target("faults", server.url)],
    [job("good", "/ok", { target: "faults" }), job("bad", "/status?code=500", { target: "faults", retry: { max_attempts: 1 } })]));
  await e.serve([], { binary: DEBUG, env });
  const ended = async (name, args = []) => {
    const { id } = await e.json(["job", "run", name, ...args], { env });
    await until(`the end of ${id}`, async () => FINAL.includes((await e.run(id)).state));
    return id;
  };
  const good = [await ended("good"), await ended("good"), await ended("good")], bad = [await ended("bad"), await ended("bad")];
  const fresh = (await e.run(good[0])).attempts[0];
  assert.equal(fresh.bodies_removed, false);
  assert.ok(Object.keys(fresh.request.headers).length > 3 && fresh.response.body.length > 2);

  // Days pass; a change of settings has the server look at once, not within the hour.
  let n = 0;
  const days = async (d) => {
    writeFileSync(clock, String(d * DAY));
    await e.ok(["settings", "set", "--retention-runs", String(1000 + ++n)], { env });
  };
  await days(32);
  await until("bodies to be deleted", async () => (await e.run(good[2])).attempts[0].bodies_removed);
  const { request, response, timing, message } = (await e.run(good[0])).attempts[0];
  assert.deepEqual([request.method, request.url, request.headers, request.body], ["POST", fresh.request.url, null, null]);
  assert.deepEqual([response.headers, response.body, response.size], [null, null, fresh.response.size]);
  assert.deepEqual([timing, message], [fresh.timing, fresh.message]);
  assert.match(await e.ok(["run", "show", good[0]]), /headers and bodies were deleted by age \(settings, retention_bodies_days\)/);

  const more = []; // beside them, the occurrences that the clock jumped over are missed runs
  const kept = async () => (await e.runs()).map((r) => r.id).filter((id) => [...good, ...bad, ...more].includes(id)).sort();
  await days(100);
  await until("successes to go", async () => (await kept()).length === 3);
  assert.deepEqual(await kept(), [good[2], ...bad].sort());
  await days(400);
  await until("failures to go", async () => (await kept()).length === 2);
  assert.deepEqual(await kept(), [good[2], bad[1]].sort());

  // By number, whatever the age.
  more.push(await ended("good"), await ended("good"));
  await e.ok(["settings", "set", "--retention-runs", "1"], { env });
  await until("all but the newest to go", async () => (await kept()).length === 2);
  assert.deepEqual(await kept(), [more[1], bad[1]].sort());
});

test("a run with a body of its own cannot be done again once that was deleted", { skip }, async () => {
  const e = new Edgecron(), clock = e.file("clock", "0");
  const env = { EDGECRON_TEST_CLOCK_FILE: clock };
  await e.apply(document([target("faults", server.url)], [job("j", "/ok", { target: "faults" })]));
  await e.serve([], { binary: DEBUG, env });
  const { id } = await e.json(["job", "run", "j", "--body", '{"only":"once"}'], { env });
  await until("its end", async () => (await e.run(id)).state === "succeeded");
  assert.deepEqual((await e.run(id)).body, { only: "once" });
  writeFileSync(clock, String(40 * DAY));
  await e.ok(["settings", "set", "--retention-bodies-days", "29"], { env });
  await until("its body to be deleted", async () => (await e.run(id)).attempts[0].bodies_removed);
  const run = await e.run(id);
  assert.deepEqual([run.edited, run.body], [true, null]);
  const refused = await e.command(["run", "retry", id], { env });
  assert.equal(refused.code, 4);
  assert.match(refused.stderr, /sent a body of its own, which was deleted by age/);
});

test("--wal-checkpoints=external leaves the WAL, also at the end", async () => {
  const e = new Edgecron();
  await e.apply(document([target("faults", server.url)], [job("j", "/ok", { target: "faults" })]));
  await e.serve(["--wal-checkpoints", "external"]);
  await e.json(["job", "run", "j"]);
  const { code } = await e.stop();
  assert.equal(code, 0);
  assert.ok(statSync(join(e.dir, "edgecron.db-wal")).size > 0);
});
