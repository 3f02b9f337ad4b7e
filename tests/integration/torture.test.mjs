// A short torture run (tests/fault/torture.mjs) with a fixed seed: the binary under test, and a test build whose clock is moved, too.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { BINARY, ROOT } from "./harness/edgecron.mjs";
import { run } from "./harness/process.mjs";

const KILLS = Number(process.env.EDGECRON_TORTURE_KILLS ?? 25);
const DEBUG = process.env.EDGECRON_DEBUG ?? join(ROOT, "build/debug/edgecron");

async function torture(binary, ...flags) {
  const args = [join(ROOT, "tests/fault/torture.mjs"), "--kills", KILLS, "--seconds", "40", ...flags];
  const r = await run(process.execPath, args.map(String), { env: { ...process.env, EDGECRON: binary, NODE_TEST_CONTEXT: "" }, within: 300_000 });
  assert.equal(r.code, 0, `${r.stdout}${r.stderr}`);
  const done = JSON.parse(r.stdout.split("\n")[0]);
  assert.ok(done.runs > 50 && done.calls > 50 && done.kills > 0, r.stdout);
  return done;
}

describe("after kills, stops, full disks and changes at random", () => {
  test("every promise holds", () => torture(BINARY, "--seed", 11, "--no-clock", "--no-points"));
  test("every promise holds with a clock that jumps", { skip: !existsSync(DEBUG) && "no test build: make debug" }, async () => {
    const { done } = await torture(DEBUG, "--seed", 12);
    assert.ok(Object.keys(done).some((what) => what.startsWith("at ")), `nothing crashed at a point: ${JSON.stringify(done)}`);
  });
});
