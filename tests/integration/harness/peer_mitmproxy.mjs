// A real mitmproxy between edgecron and an upstream, with the faults of peer_mitmproxy.py.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "./cleanup.mjs";
import { ROOT } from "./edgecron.mjs";
import { accepts } from "./functions.mjs";
import { freePort } from "./ports.mjs";
import { start } from "./process.mjs";
import { until } from "./wait.mjs";

const BINARY = ["/usr/bin/mitmdump", "/usr/local/bin/mitmdump"].find(existsSync) ?? "mitmdump";
const ADDON = join(ROOT, "tests/integration/harness/peer_mitmproxy.py");

/** `faults`: what is done to one request after the other, over and over. */
export async function startMitmproxy({ upstream, faults }) {
  const dir = temporaryFolder("mitmproxy");
  const log = join(dir, "log");
  const port = await freePort();
  writeFileSync(log, "");
  const env = {
    PATH: process.env.PATH, HOME: dir, LANG: "C.UTF-8", PYTHONDONTWRITEBYTECODE: "1",
    PEER_FAULTS: faults.join(), PEER_LOG: log,
  };
  const p = start(BINARY, ["--mode", `reverse:${upstream}`, "--listen-host", "127.0.0.1", "--listen-port", String(port), "--quiet",
    "--set", `confdir=${dir}`, "--set", "connection_strategy=lazy", "--set", "keep_host_header=true", "-s", ADDON], { env, group: true });
  await until("mitmproxy to listen", () => {
    if (!p.running) throw new Error(`it ended: ${p.stdout}${p.stderr}`);
    return accepts(port);
  });
  return {
    url: `http://127.0.0.1:${port}`,
    /** What it did: { run, attempt, job, fault } of each request that reached it whole. */
    done: () => readFileSync(log, "utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line)),
    stop: () => p.stop("SIGKILL"),
    process: p,
  };
}
