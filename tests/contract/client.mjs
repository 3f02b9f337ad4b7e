// Requests as they are, however odd: no path is made neat, no header is added. One keep-alive connection each where HTTP is kept, and a
// raw socket where it is not.
import { Agent, request } from "node:http";
import { connect } from "node:net";
import { SLOW } from "../integration/harness/wait.mjs";

const LIMIT = 20_000;
const agent = new Agent({ keepAlive: true, maxSockets: 8 });
export const closeAll = () => agent.destroy();

function parsed(r) {
  if (/json/.test(r.type)) {
    try {
      r.body = JSON.parse(r.text);
    } catch {
      // judge() says so
    }
  }
  return r;
}

/** { status, headers, type, text, body }. An endless answer is read for as long as `stream` ms. */
export function send(base, method, path, { headers = {}, body, stream = 0 } = {}) {
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    const q = request({ hostname, port, method, path, headers, agent: stream ? new Agent() : agent, timeout: LIMIT * SLOW }, (p) => {
      const parts = [];
      const done = () => resolve(parsed({ status: p.statusCode, headers: p.headers, type: p.headers["content-type"] ?? "", text: Buffer.concat(parts).toString() }));
      p.on("data", (d) => parts.push(d)).on("end", done).on("error", done);
      if (stream && p.statusCode === 200) setTimeout(() => (q.destroy(), done()), stream);
    });
    q.on("timeout", () => q.destroy(new Error(`no answer to ${method} ${path} within ${LIMIT} ms`)));
    q.on("error", (e) => reject(new Error(`${method} ${String(path).slice(0, 200)}: ${e.message}`)));
    if (body !== undefined) q.setHeader("content-length", Buffer.byteLength(body));
    q.end(body);
  });
}

/** Bytes as they are, and what comes back until the connection is closed or is quiet: { status, type, text, body } of the first
 * answer, or status 0 when there was none. */
export function sendRaw(base, bytes, { quiet = 400 } = {}) {
  const { hostname, port } = new URL(base);
  return new Promise((resolve) => {
    const parts = [];
    const socket = connect(port, hostname);
    const done = () => {
      socket.destroy();
      const all = Buffer.concat(parts).toString("latin1");
      const end = all.indexOf("\r\n\r\n");
      const head = all.slice(0, end).split("\r\n");
      const fields = Object.fromEntries(head.slice(1).map((l) => [l.slice(0, l.indexOf(":")).toLowerCase(), l.slice(l.indexOf(":") + 2)]));
      const text = Buffer.from(all.slice(end + 4, end + 4 + Number(fields["content-length"] ?? 0)), "latin1").toString();
      resolve(end < 0 ? { status: 0, text: all } : parsed({ status: Number(head[0].split(" ")[1]), headers: fields, type: fields["content-type"] ?? "", text }));
    };
    socket.setTimeout(quiet * SLOW, done);
    socket.on("data", (d) => parts.push(d)).on("end", done).on("error", done);
    socket.write(bytes);
  });
}
