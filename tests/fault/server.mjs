// The server that a torture run calls: it answers as the path says, and keeps a line of every request.
import { createServer } from "node:http";

const OK = '{"ok":true}';

/** `random` is the run's seeded source. Every request: { run, attempt, job, status, key, life }: status null until an answer was written, key
 * its X-Key, life the number of the edgecron that made the connection (newLife). */
export function startTarget(random) {
  const seen = [];
  let life = 0;
  const answer = (res, entry, status) => {
    if (res.destroyed) return;
    res.writeHead(status, { "content-type": "application/json", "content-length": OK.length }).end(OK);
    entry.status = status;
  };
  const reset = (res) => (res.socket?.resetAndDestroy ? res.socket.resetAndDestroy() : res.destroy());
  const FLAKY = [
    (res, entry) => answer(res, entry, 500),
    (res) => reset(res),
    (res) => res.socket?.end("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"),
    (res, entry) => answer(res, entry, 503),
  ];
  const PATHS = {
    ok: (res, entry) => answer(res, entry, 200),
    slow: (res, entry, ms) => setTimeout(() => answer(res, entry, 200), ms).unref(),
    flaky: (res, entry) => (random() < 0.5 ? answer(res, entry, 200) : FLAKY[Math.floor(random() * FLAKY.length)](res, entry)),
    hang: () => {},
    broken: (res, entry) => answer(res, entry, 500),
  };
  const http = createServer({ keepAliveTimeout: 700 }, (req, res) => {
    const [, path, ms] = req.url.split("/");
    if (path === "mark") return res.end();
    const h = req.headers;
    const entry = { run: h["idempotency-key"] ?? h["x-edgecron-run"], attempt: Number(h["x-edgecron-attempt"]), job: h["x-edgecron-job"], status: null, key: h["x-key"], life: req.socket.life };
    seen.push(entry);
    req.on("error", () => {}).resume();
    res.on("error", () => {});
    PATHS[path](res, entry, Number(ms));
  });
  http.on("connection", (socket) => (socket.life = life));
  http.on("clientError", (e, socket) => socket.destroy());
  return new Promise((resolve) => {
    http.listen(0, "127.0.0.1", () => {
      http.unref();
      resolve({
        seen, url: `http://127.0.0.1:${http.address().port}`, close: () => (http.closeAllConnections(), http.close()),
        /** When one edgecron has ended and the next has not begun. Connections are accepted one by one: those of the old one come before this. */
        newLife: async () => {
          await fetch(`http://127.0.0.1:${http.address().port}/mark`, { headers: { connection: "close" } });
          return ++life;
        },
      });
    });
  });
}
