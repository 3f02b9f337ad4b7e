// The points at which a test build can be told to crash (src/base/crash.h), and the file that tells it.
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../integration/harness/edgecron.mjs";

/** Their names, from the table itself. */
export const POINTS = [...readFileSync(join(ROOT, "src/base/crash.h"), "utf8").matchAll(/X\(CRASH_\w+, "(\w+)"\)/g)].map((m) => m[1]);

/** Those of copies: tried by crash_copies, the others by crash_points. */
export const OF_COPIES = ["before_backup", "before_verify", "after_publish", "before_thinning", "in_restore", "before_ready", "before_held", "before_place", "after_place"];

/** A process with `env` ends at what was armed last. */
export class CrashFile {
  constructor(file) {
    this.file = file;
    this.env = { EDGECRON_TEST_CRASH_FILE: file };
    this.disarm();
  }
  /** The n-th time from here on. Whole or not at all: the file is read all the time. */
  arm(point, n = 1) {
    this.write(`${point} ${n}`);
  }
  disarm() {
    this.write("");
  }
  write(text) {
    writeFileSync(`${this.file}.next`, text);
    renameSync(`${this.file}.next`, this.file);
  }
}
