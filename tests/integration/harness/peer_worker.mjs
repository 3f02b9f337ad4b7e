// One edge function in the form that both workerd and `deno serve` take; by path, what such functions do to their callers.
const json = (body, status = 200) => Response.json(body, { status });
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const parts = (count, ms, then) => new ReadableStream({
  async start(stream) {
    for (let i = 0; i < count; i++) {
      stream.enqueue(new TextEncoder().encode(`part ${i}\n`));
      await sleep(ms);
    }
    then(stream);
  },
});

let waited = 0; // how much of what outlives its answer has been done

const PATHS = {
  "/echo": async (req) => json({ ok: true, method: req.method, run: req.headers.get("idempotency-key"), body: await req.text() }),
  "/empty": () => new Response(null, { status: 204 }),
  "/throws": () => {
    throw new Error("the mailbox is on fire");
  },
  "/rejects": () => Promise.reject(new Error("the mailbox is on fire")),
  "/streams": () => new Response(parts(5, 20, (s) => s.close())),
  "/breaks": () => new Response(parts(2, 20, (s) => s.error(new Error("the mailbox is on fire")))),
  "/slow": async (req, url) => {
    await sleep(Number(url.searchParams.get("ms")));
    return json({ ok: true });
  },
  "/later": (req, url, ctx) => {
    ctx.waitUntil(sleep(50).then(() => waited++));
    return json({ ok: true, waited });
  },
};

export default {
  fetch(req, env, ctx) {
    const url = new URL(req.url);
    return PATHS[url.pathname]?.(req, url, ctx) ?? json({ error: "no such path" }, 404);
  },
};
