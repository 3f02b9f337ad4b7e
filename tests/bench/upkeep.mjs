// What deleting old runs costs those who commit meanwhile: upkeep.c, in a table.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export async function measure({ processes, need, runs }) {
  const dir = mkdtempSync(join(tmpdir(), "edgecron-bench-"));
  try {
    const r = await processes.run(need("upkeep"), [join(dir, "data"), String(runs), "4", "200"], { within: 900_000 });
    if (r.code !== 0) throw new Error(`upkeep: ${r.stderr}`);
    return JSON.parse(r.stdout);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

export function tables(u) {
  const row = (name, x) => [name, x.writes, x.p50_ms, x.p99_ms, x.max_ms, x.over_50_ms, x.stalls, x.wal_most_mib, x.checkpoints, x.deleted ?? "", x.longest_step_ms ?? ""];
  return [[
    ["a commit waits, ms (200 runs/s)", "writes", "p50", "p99", "max", "over 50", "stalls", "WAL MiB", "checkpoints", "deleted", "longest step"],
    row("alone", u.alone), row(`while ${u.runs} old runs go`, u.deleting),
  ], [["the file, MiB", "before", "after"], ["", u.file_mib, u.file_after_mib]]];
}
