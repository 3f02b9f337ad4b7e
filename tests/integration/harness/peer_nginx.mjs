// A real nginx: one server, on a port of its own, for each way of behaving; all pass on to one upstream.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryFolder } from "./cleanup.mjs";
import { accepts } from "./functions.mjs";
import { freePort } from "./ports.mjs";
import { start } from "./process.mjs";
import { until } from "./wait.mjs";

const BINARY = ["/usr/sbin/nginx", "/usr/bin/nginx"].find(existsSync) ?? "nginx";

// What the tests want to know of each request that nginx has finished.
const LOG = `'{"server":"$server_name","run":"$http_idempotency_key","attempt":"$http_x_edgecron_attempt","method":"$request_method",'
    '"uri":"$request_uri","status":$status,"connection":$connection,"nth":$connection_requests,"tls":"$ssl_protocol",'
    '"resumed":"$ssl_session_reused","accept_encoding":"$http_accept_encoding","content_encoding":"$sent_http_content_encoding",'
    '"received":$request_length}'`;

const PATHS = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];

const server = (name, { tls, text = "", location = "" }, port, upstream) => `
  server {
    server_name ${name};
    listen 127.0.0.1:${port}${tls ? " ssl" : ""};
    ${tls ? `ssl_certificate ${tls.cert}; ssl_certificate_key ${tls.key};` : ""}
    ${text}
    location / { ${location} proxy_pass ${upstream}; }
  }`;

const config = (dir, { servers, http = "", upstream }, ports) => `
daemon off;
${process.getuid() === 0 ? "user root;" : ""}
worker_processes 1;
pid ${dir}/pid;
error_log stderr warn;
events { worker_connections 512; }
http {
  log_format calls escape=json ${LOG};
  access_log ${dir}/access.log calls;
  ${PATHS.map((p) => `${p}_temp_path ${dir}/${p};`).join(" ")}
  client_max_body_size 20m;
  proxy_http_version 1.1;
  proxy_set_header Connection "";
  proxy_set_header Host $http_host;
  proxy_next_upstream off;
  ${http}
  ${Object.entries(servers).map(([name, s]) => server(name, s, ports[name], s.upstream ?? upstream)).join("")}
}
`;

/** Starts it. `servers` is { name: { tls: { cert, key }, text, location, upstream } }, all of a server optional; `http` goes into the
 * section of that name. */
export async function startNginx(options) {
  const dir = temporaryFolder("nginx");
  const file = join(dir, "nginx.conf");
  const ports = {};
  for (const name of Object.keys(options.servers)) ports[name] = await freePort();
  writeFileSync(file, config(dir, options, ports));
  writeFileSync(join(dir, "access.log"), "");

  const self = {
    url: (name, host = "localhost") => `${options.servers[name].tls ? "https" : "http"}://${host}:${ports[name]}`,
    /** Every finished request, oldest first. */
    log: () => readFileSync(join(dir, "access.log"), "utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line)),
    async start() {
      const p = (self.process = start(BINARY, ["-p", dir, "-e", "stderr", "-c", file], { group: true }));
      await until("nginx to listen", async () => {
        if (!p.running) throw new Error(`it ended: ${p.stderr}`);
        return (await Promise.all(Object.values(ports).map(accepts))).every(Boolean);
      });
    },
    /** New workers; the old ones finish what they do. */
    reload: () => self.process.kill("SIGHUP"),
    /** Ends in order: what is under way is answered. */
    quit: () => self.process.stop("SIGQUIT"),
    stop: () => self.process.stop("SIGTERM"),
  };
  await self.start();
  return self;
}
