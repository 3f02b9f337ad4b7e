// The same over TLS: nginx, which Debian packages, in front of server.c. Called by `run`, which lends what it has.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeAuthority } from "../integration/harness/ca.mjs";
import { freePort } from "../integration/harness/ports.mjs";

const CONNECTIONS = 64;
const AT_ONCE = 1000;

/** One worker, TLS 1.2 and 1.3, tickets; `/` goes on to `behind`, `/here` is answered by nginx itself. */
const CONFIG = (dir, port, leaf, behind) => `
daemon off;
worker_processes 1;
pid ${dir}/pid;
error_log stderr crit;
events { worker_connections 8192; }
http {
  access_log off;
  client_body_temp_path ${dir}/body; proxy_temp_path ${dir}/proxy; fastcgi_temp_path ${dir}/f; uwsgi_temp_path ${dir}/u; scgi_temp_path ${dir}/s;
  keepalive_requests 10000000;
  upstream server { server ${behind.url.slice("http://".length)}; keepalive 1024; keepalive_requests 10000000; }
  server {
    listen 127.0.0.1:${port} ssl backlog=4096;
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_certificate ${leaf.cert};
    ssl_certificate_key ${leaf.key};
    location / { proxy_pass http://server; proxy_http_version 1.1; proxy_set_header Connection ""; }
    location /here { default_type application/json; return 200 '{"ok":true,"n":3}'; }
  }
}`;

async function startNginx({ start, run }, { until }, ca, behind) {
  const port = await freePort();
  const leaf = await ca.leaf(`tls-${port}`, { hosts: ["DNS:localhost", "DNS:*.localhost", "IP:127.0.0.1"] });
  const file = join(ca.dir, `nginx-${port}.conf`);
  writeFileSync(file, CONFIG(ca.dir, port, leaf, behind));
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };
  const p = start("nginx", ["-c", file, "-p", ca.dir], { env });
  await until("nginx", async () => {
    if (!p.running) throw new Error(`nginx: ${p.stderr || "not installed: run 'make bench'"}`);
    return (await run("curl", ["-s", "--cacert", ca.file, `https://127.0.0.1:${port}/here`])).code === 0;
  });
  return { port, url: `https://127.0.0.1:${port}`, stop: () => p.stop("SIGQUIT") };
}

async function wrk({ run }, url) {
  const r = await run("wrk", ["-t1", `-c${CONNECTIONS}`, "-d3s", url]);
  if (r.code !== 0) throw new Error(`wrk: ${r.stderr}`);
  return { calls_per_s: Math.round(Number(r.stdout.match(/Requests\/sec:\s+([\d.]+)/)[1])) };
}

/** Memory of so many TLS calls in flight, to a server that answers late: the growth of the resident set. */
async function inFlight(processes, waiting, startServer, one, ca, calls) {
  const late = await startServer(processes, waiting, 6000);
  const nginx = await startNginx(processes, waiting, ca, late);
  const growth = async (name) => +((await one(name, `${nginx.url}/late`, calls, calls)).rss_growth_kb / 1024).toFixed(1);
  const result = { calls, edgecron_mib: await growth("http_client"), curl_multi_mib: await growth("curl_multi") };
  await nginx.stop();
  await late.stop();
  return result;
}

export async function measure({ processes, waiting, need, startServer, sameSecond, full }) {
  const ca = await makeAuthority("bench");
  const server = await startServer(processes, waiting);
  const nginx = await startNginx(processes, waiting, ca, server);
  const program = async (name, ...words) => {
    const r = await processes.run(need(name), words);
    if (r.code !== 0) throw new Error(`${name}: ${r.stderr}${r.stdout}`);
    return JSON.parse(r.stdout);
  };
  const one = (name, url, calls, connections) => program(name, url, String(calls), String(connections), ca.file);
  const here = `${nginx.url}/here`;
  const result = {
    wrk: await wrk(processes, here),
    curl_multi: await one("curl_multi", here, 20_000, CONNECTIONS),
    http_client: await one("http_client", here, 20_000, CONNECTIONS),
    latency: await program("tls_latency", `${server.url}/plain`, String(nginx.port), ca.file, String(AT_ONCE)),
    in_flight: full ? await inFlight(processes, waiting, startServer, one, ca, AT_ONCE) : null,
    same_second: await sameSecond({ url: nginx.url, stats: server.url, target: { ca_file: ca.file } }, AT_ONCE),
  };
  await nginx.stop();
  await server.stop();
  return result;
}

export function tables({ wrk: w, curl_multi: c, http_client: h, latency: l, in_flight: m, same_second: s }) {
  const times = (name, t, took) => [name, t.p50_us, t.p99_us, t.max_us, took];
  return [
    [
      ["over TLS (nginx), keep-alive, 64 connections", "calls/s", "CPU us/call", "failed"],
      ["wrk (GET)", w.calls_per_s, "", 0],
      ["libcurl multi (POST, records nothing)", c.calls_per_s, c.cpu_us_per_call, c.failed],
      ["edgecron's client (the same)", h.calls_per_s, h.cpu_us_per_call, h.failed],
    ],
    [
      [`16 plain calls always under way, us, while ${l.connections} TLS connections are opened`, "p50", "p99", "max", "opened in ms"],
      times("none", l.alone, ""),
      times("to as many hosts: full handshakes", l.full, l.full_ms),
      times(`to one host: ${l.one_host.handshakes} handshakes, ${l.one_host.resumed} resumed`, l.resumed, l.resumed_ms),
    ],
    [
      ["due in the same second over TLS, ms", "p50", "p99", "max", "arrived p50", "p99", "max", "lost", "budget", "idle MiB", "peak MiB"],
      [`${s.jobs} jobs`, ...Object.values(s.lateness_ms), ...Object.values(s.arrival_ms), s.lost, "last < 2000", s.rss_idle_mib, s.rss_peak_mib],
    ],
    ...(m ? [[["TLS calls in flight, MiB", "edgecron's client", "libcurl multi", "budget"], [m.calls, m.edgecron_mib, m.curl_multi_mib, "< 64"]]] : []),
  ];
}
