// For tests of alerts: a service that messages are sent to, which remembers them, and functions whose answers a test sets.
import { createServer } from "node:http";
import { once } from "node:events";
import { LOOPBACK } from "./edgecron.mjs";
import { until } from "./wait.mjs";

async function listen(answer) {
  const server = createServer(async (req, res) => {
    const chunks = [];
    for await (const c of req) chunks.push(c);
    await answer(req, res, Buffer.concat(chunks).toString());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = () => new Promise((done) => {
    server.close(done);
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${server.address().port}`, close };
}

/** Messages of webhook channels, by path: { path, run, attempt, body }. `status` (by path, or of all) is what is answered. */
export async function startInbox() {
  const messages = [];
  const inbox = { messages, status: 200, statuses: {}, delay: 0 };
  const { url, close } = await listen(async (req, res, body) => {
    if (inbox.delay) await new Promise((r) => setTimeout(r, inbox.delay));
    const status = inbox.statuses[req.url] ?? inbox.status;
    messages.push({ path: req.url, run: req.headers["x-edgecron-run"], attempt: Number(req.headers["x-edgecron-attempt"]), status, body: JSON.parse(body) });
    res.writeHead(status, { "content-type": "text/plain" }).end(status < 300 ? "ok" : "no");
  });
  return Object.assign(inbox, {
    url, close,
    at: (path) => messages.filter((m) => m.path === path),
    until: (what, test) => until(what, async () => messages.find(test), { every: 50, state: () => JSON.stringify(messages.map((m) => m.body), null, 1) }),
    untilCount: (n, path = "/") => until(`${n} messages at ${path}`, async () => inbox.at(path).length >= n, { every: 50, state: () => JSON.stringify(messages.map((m) => [m.path, m.body.kind, m.body.on, m.body.title])) }),
  });
}

/** Functions: `answer[path]` is a status, 200 without one; `seen` counts by path. What is held answers once it is released. */
export async function startFunctions() {
  const answer = {}, seen = {}, held = {};
  const { url, close } = await listen(async (req, res) => {
    const path = req.url.split("?")[0], status = answer[path] ?? answer["*"] ?? 200;
    seen[path] = (seen[path] ?? 0) + 1;
    await held[path]?.promise;
    res.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(status < 300 ? { ok: true } : { error: "no" }));
  });
  const hold = (path) => {
    let release;
    held[path] = { promise: new Promise((done) => (release = done)), release };
  };
  const release = (path) => {
    held[path].release();
    delete held[path];
  };
  return { url, close, answer, seen, hold, release };
}

export const channel = (name, url, more = {}) => ({ name, kind: "webhook", url, allow_private: LOOPBACK, ...more });
