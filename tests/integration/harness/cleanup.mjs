// Everything a test file starts or creates ends with it, also when it fails or is interrupted.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const children = new Map(); // -> whether it leads a group of its own, whose members end with it
const folders = new Set();

export function own(child, group = false) {
  children.set(child, group);
  child.once("exit", () => children.delete(child));
  return child;
}

export function temporaryFolder(what) {
  const dir = mkdtempSync(join(tmpdir(), `edgecron-${what}-`));
  folders.add(dir);
  return dir;
}

function endGroup(pid) {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // gone by itself
  }
}

function endAll() {
  for (const [child, group] of children) group ? endGroup(child.pid) : child.kill("SIGKILL");
  if (process.env.KEEP) console.error("kept:", [...folders].join(" "));
  else for (const dir of folders) rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}

process.once("exit", endAll);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => process.exit(1));
