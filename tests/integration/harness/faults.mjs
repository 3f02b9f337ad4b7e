// A server that misbehaves by path, and remembers every request it saw. See the table in tests/README.md.
import { createServer as createHttp } from "node:http";
import { createServer as createHttps } from "node:https";
import { setTimeout } from "node:timers/promises";

/** Keeps no process alive: a call may be left behind. */
const pause = (ms) => setTimeout(ms, undefined, { ref: false });

const json = (res, status, body, headers = {}) => {
  const text = JSON.stringify(body);
  res.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(text), ...headers });
  res.end(text);
};

/** Writes to a raw socket for ever, as fast as it is read. */
function flood(socket, chunk) {
  const more = () => {
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.on("drain", more).on("error", () => {});
  more();
}

const FAULTS = {
  "/ok": (req, res) => json(res, 200, { ok: true, n: 3 }),
  "/echo": (req, res) => json(res, 200, { ok: true, headers: req.headers, body: req.body }),
  "/status": (req, res, { searchParams: q }) => json(res, Number(q.get("code")), { error: q.get("error") ?? "as asked" }),
  "/204": (req, res) => res.writeHead(204).end(),
  "/302": (req, res, { searchParams: q }) => res.writeHead(302, { location: q.get("to") ?? "https://login.example/enter" }).end(),
  "/304": (req, res) => res.writeHead(304, { etag: '"as-before"' }).end(),
  "/hints": (req, res) => {
    res.writeProcessing();
    res.writeEarlyHints({ link: "</style.css>; rel=preload" });
    json(res, 200, { ok: true });
  },
  "/slow": async (req, res, { searchParams: q }) => {
    await pause(Number(q.get("ms")));
    json(res, 200, { ok: true });
  },
  "/chunked": async (req, res) => {
    res.writeHead(200, { "content-type": "application/json" });
    for (const part of ['{"ok":', "tr", 'ue,"n":', "41", "}"]) {
      res.write(part);
      await pause(5);
    }
    res.end();
  },
  "/bytes": (req, res, { searchParams: q }) => res.writeHead(200, { "content-type": "text/plain" }).end("x".repeat(Number(q.get("n")))),
  "/endless": (req, res) => {
    res.socket.write("HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\n");
    flood(res.socket, "endless ".repeat(8192));
  },
  "/drip": async (req, res) => {
    res.writeHead(200, { "content-type": "text/plain" });
    while (!res.destroyed) {
      res.write(".");
      await pause(100);
    }
  },
  "/garbage": (req, res) => res.socket.end("220 mail.example ESMTP ready\r\n"),
  "/hangup": (req, res) => res.socket.destroy(),
  "/cut": (req, res) => res.socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"ok":'),
  "/two-lengths": (req, res) => res.socket.end("HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}"),
  "/headers": (req, res) => {
    res.socket.write("HTTP/1.1 200 OK\r\n");
    flood(res.socket, `x-filler: ${"y".repeat(4000)}\r\n`);
  },
  "/not-json": (req, res) => res.writeHead(200, { "content-type": "text/html" }).end("<h1>Welcome</h1>"),
  "/not-ok": (req, res) => json(res, 200, { ok: false, error: "mailbox is full" }),
  "/flaky": (req, res, { searchParams: q }, server) => {
    const bad = server.seen.filter((r) => r.url === req.url).length <= Number(q.get("times"));
    json(res, bad ? 500 : 200, bad ? { error: "database is restarting" } : { ok: true });
  },
};

async function handle(server, req, res) {
  const parts = [];
  const entry = { at: Date.now(), method: req.method, url: req.url, headers: req.headers, raw: req.rawHeaders, body: "", open: true };
  server.seen.push(entry);
  req.on("data", (d) => parts.push(d)).on("error", () => {});
  res.on("finish", () => (entry.status = res.statusCode)).on("close", () => (entry.open = false)).on("error", () => {});
  await new Promise((resolve) => req.on("end", resolve).on("close", resolve));
  req.body = entry.body = Buffer.concat(parts).toString();
  const url = new URL(req.url, "http://localhost");
  const fault = FAULTS[url.pathname] ?? ((q, s) => json(s, 404, { error: `no fault '${url.pathname}'` }));
  await fault(req, res, url, server);
}

/** Starts it on loopback, on a free port unless one is given; `tls` is { cert, key } as PEM. `seen` holds every request; `open()` those
 * not yet answered. */
export function startFaults({ tls, port: wanted = 0 } = {}) {
  const server = { seen: [], open: () => server.seen.filter((r) => r.open) };
  const options = { keepAliveTimeout: 30_000, ...tls };
  const http = (tls ? createHttps : createHttp)(options, (req, res) => {
    handle(server, req, res).catch((e) => {
      if (!res.headersSent) json(res, 599, { error: e.message });
    });
  });
  http.on("clientError", (e, socket) => socket.destroy());
  return new Promise((resolve) => {
    http.listen(wanted, "127.0.0.1", () => {
      const { port } = http.address();
      const scheme = tls ? "https" : "http";
      http.unref();
      resolve(Object.assign(server, {
        port,
        url: `${scheme}://localhost:${port}`,
        numeric: `${scheme}://127.0.0.1:${port}`,
        of: (run) => server.seen.filter((r) => r.headers["idempotency-key"] === run),
        close: () => (http.closeAllConnections(), new Promise((done) => http.close(done))),
      }));
    });
  });
}
