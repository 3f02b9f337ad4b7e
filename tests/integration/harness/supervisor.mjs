// A server under the stand-in for systemd (supervisor.py): what it is told, and what it does about it.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { own } from "./cleanup.mjs";
import { BINARY } from "./edgecron.mjs";
import { freePort } from "./ports.mjs";
import { until } from "./wait.mjs";

const PYTHON = "/usr/bin/python3";
export const skip = existsSync(PYTHON) ? false : `needs ${PYTHON}`;

export class Supervisor {
  /** `e` is an Edgecron; `settings` those of supervisor.py beside command, env and socket. */
  static async start(e, { binary = BINARY, prefix = [], flags = [], env = {}, abstract = false, ...settings } = {}) {
    const m = new Supervisor();
    e.port ??= await freePort();
    e.url = `http://127.0.0.1:${e.port}`;
    m.e = e;
    m.log = `${e.dir}.log`;
    m.seen = [];
    const all = {
      command: [...prefix, binary, "serve", "--data", e.dir, "--listen", `127.0.0.1:${e.port}`, ...flags], env: { PATH: process.env.PATH, ...env },
      socket: abstract ? `@edgecron-test-${process.pid}-${e.port}` : join(dirname(e.dir), "notify.sock"), log: m.log, ...settings,
    };
    m.command = all.command;
    m.child = own(spawn(PYTHON, [join(dirname(fileURLToPath(import.meta.url)), "supervisor.py"), JSON.stringify(all)], { stdio: ["pipe", "pipe", "inherit"] }));
    let pending = "";
    m.child.stdout.setEncoding("utf8").on("data", (text) => {
      const lines = (pending + text).split("\n");
      pending = lines.pop();
      for (const l of lines) m.seen.push(JSON.parse(l));
    });
    m.child.unref();
    for (const stream of [m.child.stdin, m.child.stdout]) stream.unref();
    await m.wait("the stand-in", (x) => x.event === "supervises");
    return m;
  }

  tell(what) {
    this.child.stdin.write(`${JSON.stringify(what)}\n`);
  }

  logs() {
    return existsSync(this.log) ? readFileSync(this.log, "utf8") : "";
  }

  /** All that was notified, or of `key` alone. */
  notified(key) {
    return this.seen.filter((x) => x.event === "notify" && (!key || key in x.fields));
  }

  /** Waits for something that is there from `from` (an index into `seen`) on. */
  async wait(what, test, { from = 0, within = 30_000 } = {}) {
    return until(what, () => this.seen.slice(from).find(test), { within, every: 10, state: () => [this.seen.slice(-5), this.logs().slice(-2000)] });
  }

  /** Starts the server, with further flags from now on, and waits until it says that it is ready. */
  async up(...flags) {
    const from = this.seen.length;
    this.command.push(...flags);
    this.tell({ do: "start", command: this.command });
    await this.wait("READY=1", (x) => x.fields?.READY === "1", { from });
    return this.seen.slice(from).find((x) => x.event === "started");
  }

  signal(name) {
    this.tell({ do: "signal", name });
  }

  ended(from = 0) {
    return this.wait("the end of the server", (x) => x.event === "exit", { from, within: 60_000 });
  }

  /** SIGTERM, and the end. */
  async down() {
    const from = this.seen.length;
    this.signal("SIGTERM");
    return this.ended(from);
  }

  end() {
    this.tell({ do: "end" });
  }
}
