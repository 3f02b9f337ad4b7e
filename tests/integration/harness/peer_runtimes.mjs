// The worker of peer_worker.mjs in a real workerd and in a real Deno.
import { copyFileSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "./cleanup.mjs";
import { ROOT } from "./edgecron.mjs";
import { accepts, denoBinary } from "./functions.mjs";
import { freePort } from "./ports.mjs";
import { start } from "./process.mjs";
import { until } from "./wait.mjs";

const WORKER = join(ROOT, "tests/integration/harness/peer_worker.mjs");

function workerdBinary() {
  const arch = process.arch === "arm64" ? "arm64" : "64";
  const file = process.env.WORKERD ?? join(ROOT, `tests/node_modules/@cloudflare/workerd-linux-${arch}/bin/workerd`);
  if (!existsSync(file)) throw new Error(`no workerd at '${file}': run 'npm ci' in tests/, or 'make test'`);
  return file;
}

const workerdConfig = (port) => `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (
    modules = [(name = "worker", esModule = embed "worker.js")],
    compatibilityDate = "2026-01-01"))],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]);
`;

function startWorkerd(dir, port) {
  copyFileSync(WORKER, join(dir, "worker.js"));
  writeFileSync(join(dir, "config.capnp"), workerdConfig(port));
  return start(workerdBinary(), ["serve", join(dir, "config.capnp")], { group: true });
}

function startDeno(dir, port) {
  const env = { PATH: process.env.PATH, HOME: dir, DENO_NO_UPDATE_CHECK: "1" };
  const flags = ["--no-remote", "--no-prompt", "--host", "127.0.0.1", "--port", String(port)];
  return start(denoBinary(), ["serve", ...flags, WORKER], { env, group: true });
}

export const RUNTIMES = { workerd: startWorkerd, deno: startDeno };

/** Starts one of RUNTIMES, on a free port unless one is given. */
export async function startRuntime(name, port) {
  port ??= await freePort();
  const p = RUNTIMES[name](temporaryFolder(name), port);
  await until(`${name} to listen`, () => {
    if (!p.running) throw new Error(`it ended: ${p.stdout}${p.stderr}`);
    return accepts(port);
  });
  return { port, url: `http://localhost:${port}`, process: p, stop: () => p.stop("SIGKILL") };
}
