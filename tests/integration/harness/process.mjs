// Child processes: run one to its end, or start one and keep it.
import { spawn } from "node:child_process";
import { own } from "./cleanup.mjs";
import { SLOW, until } from "./wait.mjs";

/** A started process: collects what it prints; `exited` resolves to { code, signal }. */
export function start(command, args, { env = process.env, cwd, input } = {}) {
  const child = own(spawn(command, args, { env, cwd, stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"] }));
  const self = { pid: child.pid, stdout: "", stderr: "", running: true };
  child.stdout.setEncoding("utf8").on("data", (s) => (self.stdout += s));
  child.stderr.setEncoding("utf8").on("data", (s) => (self.stderr += s));
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
  /** Signals, waits for the end and returns { code, signal }. */
  self.stop = async (signal = "SIGTERM", within = 30_000) => {
    child.kill(signal);
    await until(`the end of '${command}' after ${signal}`, () => !self.running, { within, every: 10 });
    return self.exited;
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
