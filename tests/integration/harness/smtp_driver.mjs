// E-mails by net/smtp_call.h alone (tests/differential/smtp_driver.c), many at once.
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { ROOT } from "./edgecron.mjs";
import { run } from "./process.mjs";
import { SLOW } from "./wait.mjs";

const DRIVER = join(process.env.EDGECRON_DEBUG ? dirname(process.env.EDGECRON_DEBUG) : join(ROOT, "build/debug"), "tests/differential/smtp_driver");

/** Sends; returns the results in order. Nothing may be left open. */
export async function sendAll(calls) {
  if (!existsSync(DRIVER)) throw new Error(`no driver at '${DRIVER}': run 'make FLAVOUR=debug units'`);
  const input = calls.map((c) => JSON.stringify({ allow: ["127.0.0.0/8"], timeout_ms: 20000 * SLOW, connect_timeout_ms: 10000 * SLOW, ...c })).join("\n");
  const r = await run(DRIVER, [], { input: `${input}\n` });
  if (r.code !== 0) throw new Error(`smtp_driver: ${r.code} ${r.signal} ${r.stderr}`);
  const results = r.stdout.trim().split("\n").map((line) => JSON.parse(line));
  const { left_open: leftOpen } = results.pop();
  if (leftOpen !== 0) throw new Error(`${leftOpen} descriptors are left open`);
  return results;
}
