// Child processes: run one to its end, or start one and keep it.
import { spawn } from "node:child_process";
import { own } from "./cleanup.mjs";
import { SLOW, until } from "./wait.mjs";

/** A started process: collects what it prints. It keeps no test process alive: one that a failed test left behind is
 * killed at the end (cleanup.mjs). With `group` along with the processes that it started, and, should this process be killed, by a
 * signal that it passes on to them. */
export function start(command, args, { env = process.env, cwd, input, group = false } = {}) {
  const stdio = [input === undefined ? "ignore" : "pipe", "pipe", "pipe"];
  const [file, argv] = group ? ["setpriv", ["--pdeathsig", "TERM", "--", command, ...args]] : [command, args];
  const child = own(spawn(file, argv, { env, cwd, stdio, detached: group }), group);
  const self = { pid: child.pid, stdout: "", stderr: "", running: true };
  child.stdout.setEncoding("utf8").on("data", (s) => (self.stdout += s));
  child.stderr.setEncoding("utf8").on("data", (s) => (self.stderr += s));
  child.unref();
  for (const stream of child.stdio) stream?.unref();
  self.exited = new Promise((resolve) => {
    child.on("error", (e) => {
      self.running = false;
      self.stderr += `${e.message}\n`;
      resolve({ code: -1, signal: null });
    });
    child.on("close", (code, signal) => {
      self.running = false;
      resolve({ code, signal });
    });
  });
  self.kill = (signal = "SIGKILL") => child.kill(signal);
  /** Waits for the end: { code, signal }. */
  self.ended = async (within = 30_000) => {
    await until(`the end of '${command}'`, () => !self.running, { within, every: 10 });
    return self.exited;
  };
  /** Signals, and waits for the end. */
  self.stop = (signal = "SIGTERM", within) => {
    child.kill(signal);
    return self.ended(within);
  };
  if (input !== undefined) {
    child.stdin.on("error", () => {}); // it may end without reading
    child.stdin.end(input);
  }
  return self;
}

/** Runs to the end. */
export async function run(command, args, { within = 60_000, ...options } = {}) {
  const p = start(command, args, options);
  const timer = setTimeout(() => p.kill(), within * SLOW);
  const { code, signal } = await p.exited;
  clearTimeout(timer);
  return { code, signal, stdout: p.stdout, stderr: p.stderr };
}
