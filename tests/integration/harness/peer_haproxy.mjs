// A real haproxy: one frontend, on a port of its own, for each way of behaving; all pass on to one upstream unless they name a backend.
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "./cleanup.mjs";
import { accepts } from "./functions.mjs";
import { freePort } from "./ports.mjs";
import { start } from "./process.mjs";
import { until } from "./wait.mjs";

const BINARY = ["/usr/sbin/haproxy", "/usr/bin/haproxy"].find(existsSync) ?? "haproxy";

// The answer itself tells of the connection that it came over.
const TOLD = `http-response set-header X-Connection %[src_port]
  http-after-response set-header X-Version %[var(txn.version)]
  http-after-response set-header X-Alpn %[ssl_fc_alpn]
  http-request set-var(txn.version) req.ver`;

const frontend = (name, { tls, text = "", backend = "upstream" }, port) => `
frontend ${name}
  bind 127.0.0.1:${port}${tls ? ` ssl crt ${tls} alpn h2,http/1.1` : ""}
  ${TOLD}
  ${text}
  default_backend ${backend}
`;

const config = (dir, { frontends, upstream, more = "" }, ports) => `
global
  maxconn 512
  stats socket ${dir}/socket mode 600 expose-fd listeners
  hard-stop-after 20s
defaults
  mode http
  timeout connect 2s
  timeout client 30s
  timeout server 30s
  timeout http-keep-alive 30s
  retries 1
backend upstream
  http-reuse always
  server one ${new URL(upstream).host}
${more}
${Object.entries(frontends).map(([name, f]) => frontend(name, f, ports[name])).join("")}
`;

/** Starts it. `frontends` is { name: { tls, text, backend } }, all of a frontend optional, `tls` a file with certificate and key;
 * `more` is added to the configuration. */
export async function startHaproxy(options) {
  const dir = temporaryFolder("haproxy");
  const file = join(dir, "haproxy.cfg");
  const ports = {};
  for (const name of Object.keys(options.frontends)) ports[name] = await freePort();
  writeFileSync(file, config(dir, options, ports));
  const p = start(BINARY, ["-W", "-db", "-f", file], { group: true });
  await until("haproxy to listen", async () => {
    if (!p.running) throw new Error(`it ended: ${p.stderr}`);
    return (await Promise.all(Object.values(ports).map(accepts))).every(Boolean);
  });
  return {
    url: (name, host = "localhost") => `${options.frontends[name].tls ? "https" : "http"}://${host}:${ports[name]}`,
    /** A new worker takes over the listening sockets; the old one finishes what it does. */
    reload: () => p.kill("SIGUSR2"),
    stop: () => p.stop("SIGTERM"),
    process: p,
  };
}
