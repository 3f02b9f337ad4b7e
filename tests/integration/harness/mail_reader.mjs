// What Python's email package, which knows nothing of ours, finds in messages (tests/differential/mail.py).
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { ROOT } from "./edgecron.mjs";

/** messages: Buffers. Returns [{ from, to, subject, date, id, references, text (base64), defects, ... }]. */
export function readMessages(messages) {
  const r = spawnSync("/usr/bin/python3", [join(ROOT, "tests/differential/mail.py")],
    { input: `${messages.map((m) => m.toString("hex")).join("\n")}\n`, encoding: "utf8", maxBuffer: 1 << 28 });
  assert.equal(r.status, 0, r.stderr);
  return r.stdout.trim().split("\n").map((line) => JSON.parse(line));
}
