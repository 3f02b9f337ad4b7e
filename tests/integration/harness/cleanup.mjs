// Everything a test file starts or creates ends with it, also when it fails or is interrupted.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";

const children = new Set();
const folders = new Set();

export function own(child) {
  children.add(child);
  child.once("exit", () => children.delete(child));
  return child;
}

export function temporaryFolder(what) {
  const dir = mkdtempSync(join(tmpdir(), `edgecron-${what}-`));
  folders.add(dir);
  return dir;
}

function endAll() {
  for (const child of children) child.kill("SIGKILL");
  if (process.env.KEEP) console.error("kept:", [...folders].join(" "));
  else for (const dir of folders) rmSync(dir, { recursive: true, force: true });
}

// A child left running keeps its parent alive: ended after the file's last test, not only at the exit that would never come.
if (process.env.NODE_TEST_CONTEXT) after(endAll);
process.once("exit", endAll);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => process.exit(1));
