// The listener under peers that are slow, silent, many, or that say what could be read in two ways; and who is behind a proxy.
import assert from "node:assert/strict";
import { createConnection } from "node:net";
import { after, before, describe, test } from "node:test";
import { BINARY, document, Edgecron, job, target } from "./harness/edgecron.mjs";
import { startFaults } from "./harness/faults.mjs";
import { freePort } from "./harness/ports.mjs";
import { run, start } from "./harness/process.mjs";
import { each, SLOW, sleep, until } from "./harness/wait.mjs";

const CROWD = 10_000;
const e = new Edgecron();
let server;

/** A connection that keeps what it hears. */
function dial(port, text = "") {
  const c = createConnection({ port, host: "127.0.0.1", allowHalfOpen: true });
  c.heard = "";
  c.over = false;
  c.on("error", () => (c.over = true)).on("close", () => (c.over = true)).on("end", () => (c.over = true));
  c.setEncoding("latin1").on("data", (s) => (c.heard += s));
  if (text) c.write(text);
  return c;
}

/** Says it, and hears all until the server closes. */
async function ask(port, text) {
  const c = dial(port, text);
  await until("the end of the answer", () => c.over, { every: 5 });
  c.destroy();
  return c.heard;
}

async function limitOfFiles(kind) {
  const text = (await run("sh", ["-c", `ulimit -${kind}n`])).stdout.trim();
  return text === "unlimited" ? Infinity : Number(text);
}

before(async () => {
  server = await startFaults();
  await e.apply(document([target("faults", server.url)], [job("tick", "/ok", { target: "faults", schedule: "* * * * * *" })]));
  await e.serve();
  await e.createToken();
});
after(async () => {
  await e.stop();
  await server.close();
});

describe("slow peers", { concurrency: true }, () => {
  const drip = async (c, text, ms) => {
    for (const byte of text) {
      if (c.over) return;
      c.write(byte);
      await sleep(ms);
    }
  };
  test("a head that comes by the byte: 408", async () => {
    const c = dial(e.port);
    drip(c, "GET /healthz HTTP/1.1\r\nHost: x\r\nX: " + "a".repeat(500), 300);
    await until("408", () => c.heard.startsWith("HTTP/1.1 408 ") && c.over);
    assert.match(c.heard, /"request_timeout"/);
    c.destroy();
  });
  test("a body that comes by the byte: 408", async () => {
    const c = dial(e.port, "POST /api/v1/runs HTTP/1.1\r\nHost: x\r\nContent-Length: 5000\r\n\r\n");
    drip(c, " ".repeat(500), 300);
    await until("408", () => c.heard.startsWith("HTTP/1.1 408 ") && c.over);
    c.destroy();
  });
  test("one that never reads is dropped, and what it asked for is not kept for it", async () => {
    const c = dial(e.port);
    c.pause();
    const many = "GET /api/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n".repeat(400);
    c.write(many);
    await sleep(12_000 * SLOW);
    let heard = 0;
    c.removeAllListeners("data").on("data", (s) => (heard += s.length)).resume();
    await until("the end", () => c.over);
    const whole = (await e.api("/api/openapi.json")).body;
    assert.ok(heard < JSON.stringify(whole).length * 400, `all of ${heard} bytes came`);
    c.destroy();
  });
  test("health checks are answered meanwhile", async () => {
    for (let i = 0; i < 20; i++) {
      assert.equal((await e.api("/healthz")).status, 200);
      await sleep(100);
    }
  });
});

describe("framing", () => {
  const HIDDEN = "GET /healthz HTTP/1.1\r\nHost: hidden\r\n\r\n";
  const BAD = {
    "Content-Length and Transfer-Encoding": `Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${HIDDEN}`,
    "the other way round": `Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n${HIDDEN}`,
    "two Content-Lengths": `Content-Length: 0\r\nContent-Length: ${HIDDEN.length}\r\n\r\n${HIDDEN}`,
    "a list of them": `Content-Length: 0, 0\r\n\r\n${HIDDEN}`,
    "a space before the colon": `Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n${HIDDEN}`,
    "a folded line": `X: y\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n${HIDDEN}`,
    "a bare line feed": `X: y\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${HIDDEN}`,
    "a vertical tab": `Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n${HIDDEN}`,
    "another coding": `Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${HIDDEN}`,
    "a chunk that is longer than it says": `Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n${HIDDEN}`,
    "two Hosts": `Host: y\r\n\r\n${HIDDEN}`,
  };
  test("what could be read in two ways is refused, and what follows is no request", async () => {
    await each(Object.entries(BAD), async ([name, rest]) => {
      const heard = await ask(e.port, `POST /healthz HTTP/1.1\r\nHost: x\r\n${rest}`);
      assert.match(heard, /^HTTP\/1\.1 (400|501) /, name);
      assert.equal(heard.split("HTTP/1.1 ").length, 2, `${name}: ${heard}`);
      assert.match(heard, /\r\nConnection: close\r\n/, name);
    });
  });
  test("requests that come together are answered one after the other", async () => {
    const heard = await ask(e.port, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n".repeat(20) +
      "POST /nothing HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n" +
      "HEAD /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    const statuses = [...heard.matchAll(/HTTP\/1\.1 (\d+) /g)].map((m) => Number(m[1]));
    assert.deepEqual(statuses, [...Array(20).fill(200), 404, 200]);
  });
  test("limits: a head of over 16 KiB, over 64 headers, a body of over 1 MiB", async () => {
    assert.match(await ask(e.port, `GET / HTTP/1.1\r\nHost: x\r\nX: ${"a".repeat(17_000)}`), /^HTTP\/1\.1 431 /);
    assert.match(await ask(e.port, `GET / HTTP/1.1\r\nHost: x\r\n${"X: y\r\n".repeat(64)}\r\n`), /^HTTP\/1\.1 431 /);
    assert.match(await ask(e.port, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1048577\r\n\r\n"), /^HTTP\/1\.1 413 /);
    const chunked = `POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${`10000\r\n${" ".repeat(65536)}\r\n`.repeat(17)}`;
    assert.match(await ask(e.port, chunked), /^HTTP\/1\.1 413 /);
  });
  test("every answer has the security fields, also those to what is no request", async () => {
    for (const text of ["GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "GET /healthz HTTP/1.0\r\n\r\n", "nonsense\r\n\r\n"]) {
      const heard = await ask(e.port, text);
      for (const field of [/\r\nContent-Security-Policy: default-src 'none'/, /\r\nX-Content-Type-Options: nosniff/, /\r\nX-Frame-Options: DENY/,
        /\r\nReferrer-Policy: no-referrer/, /\r\nPermissions-Policy: /, /\r\nCross-Origin-Opener-Policy: same-origin/]) assert.match(heard, field);
      assert.doesNotMatch(heard, /unsafe|Strict-Transport/);
    }
  });
});

describe("crowds", () => {
  /** Opens n connections that do each of what idle and slow peers do. */
  async function crowd(port, n) {
    const BEGINNINGS = ["", "GET /heal", "GET /healthz HTTP/1.1\r\nHost: x\r\nX: ", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n{",
      "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" /* answered, then kept */];
    const all = [];
    await each(Array.from({ length: n }), async (_, i) => {
      const c = createConnection({ port, host: "127.0.0.1" });
      c.on("error", () => {}).resume();
      all.push(c);
      await new Promise((resolve) => c.once("connect", resolve).once("close", resolve));
      c.write(BEGINNINGS[i % BEGINNINGS.length]);
    }, 200);
    return all;
  }

  /** Asks over new connections; the times in ms, sorted. */
  async function healthChecks(port, n) {
    const times = [];
    for (let i = 0; i < n; i++) {
      const begin = performance.now();
      const c = dial(port, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
      await until("a health check to be answered", () => c.heard.startsWith("HTTP/1.1 200 "), { within: 5000, every: 1 });
      c.destroy();
      times.push(performance.now() - begin);
    }
    return times.sort((a, b) => a - b);
  }
  const tell = (t, times) => t.diagnostic(`health checks: p50 ${times[times.length >> 1].toFixed(1)} ms, max ${times.at(-1).toFixed(1)} ms`);

  test(`${CROWD} idle and slow connections stop neither a health check nor a job`, async (t) => {
    const files = Math.min(await limitOfFiles("H"), await limitOfFiles("S"));
    if (files < CROWD + 2000) return t.skip(`needs ${CROWD + 2000} open files, and ${files} are allowed`);
    const all = await crowd(e.port, CROWD);
    const begun = new Date().toISOString();
    const dripping = setInterval(() => all.forEach((c, i) => i % 5 === 2 && c.writable && c.write("a")), 1000);
    try {
      tell(t, await healthChecks(e.port, 100));
      assert.equal((await e.api("/api/v1/jobs")).status, 200);
      const runs = () => e.runs("--job", "tick", "--state", "succeeded", "--since", begun);
      await until("jobs that ran meanwhile", async () => (await runs()).length >= 3);
      const late = (await runs()).map((r) => r.lateness_ms).sort((a, b) => a - b);
      t.diagnostic(`jobs meanwhile: ${late.length}, lateness p50 ${late[late.length >> 1]} ms, max ${late.at(-1)} ms`);
      t.diagnostic(`still connected: ${all.filter((c) => !c.destroyed).length}`);
    } finally {
      clearInterval(dripping);
      for (const c of all) c.destroy();
    }
  });

  test("more than there may be: who waited longest gives way", async (t) => {
    const small = new Edgecron();
    await small.json(["job", "list"]).catch(() => {});
    const port = await freePort();
    const p = start("prlimit", ["--nofile=400:400", BINARY, "serve", "--data", small.dir, "--listen", `127.0.0.1:${port}`]);
    await until("the server", async () => (await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => null))?.status === 200);
    const all = await crowd(port, 1000);
    tell(t, await healthChecks(port, 20));
    await until("the first ones to be dropped", () => all.slice(0, 500).every((c) => c.destroyed), { within: 5000 });
    assert.ok(!all.at(-1).destroyed && !all.at(-5).destroyed, "the last ones are still there");
    for (const c of all) c.destroy();
    assert.equal((await p.stop()).code, 0);
  });

  test("who asks and does not read keeps nobody out", async () => {
    const small = new Edgecron();
    await small.json(["job", "list"]).catch(() => {});
    const port = await freePort();
    const p = start("prlimit", ["--nofile=400:400", BINARY, "serve", "--data", small.dir, "--listen", `127.0.0.1:${port}`]);
    const ready = async () => (await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => null))?.status === 200;
    await until("the server", ready);
    const all = Array.from({ length: 300 }, () => createConnection({ port, host: "127.0.0.1" }).on("error", () => {}));
    for (const c of all) c.pause().write("GET /api/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n".repeat(60));
    await until("all to be connected", () => all.every((c) => !c.connecting));
    await sleep(500); // now all places are taken by answers that nobody reads
    await until("an answer, before the first of them is given up", ready, { within: 2500 });
    assert.ok(await ready());
    for (const c of all) c.destroy();
    assert.equal((await p.stop()).code, 0);
  });

  test("a server with a crowd stops at once", async () => {
    const crowded = new Edgecron();
    await crowded.serve();
    const all = await crowd(crowded.port, 500);
    await crowded.stop();
    await until("all to be closed", () => all.every((c) => c.destroyed));
  });
});

describe("behind a proxy", () => {
  /** Who the log says asked. */
  async function from(flags, headers) {
    const behind = new Edgecron();
    await behind.serve(["--log-level", "debug", ...flags]);
    await behind.api("/marked", { token: null, headers });
    const line = () => behind.server.stderr.split("\n").find((l) => l.includes("path=/marked"));
    await until("a line in the log", line);
    const found = line().match(/ from=(\S+)/)[1];
    await behind.stop();
    return found;
  }
  const SAID = { "x-forwarded-for": "198.51.100.9, 192.0.2.7", "x-forwarded-proto": "https" };
  test("the word of a named proxy counts, and nobody else's", async () => {
    const cases = [
      [[], SAID, "127.0.0.1"],
      [["--behind-proxy"], SAID, "192.0.2.7"],
      [["--behind-proxy=127.0.0.1,192.0.2.0/24"], SAID, "198.51.100.9"],
      [["--behind-proxy=10.0.0.0/8"], SAID, "127.0.0.1"],
      [["--behind-proxy=127.0.0.1"], { forwarded: 'for="[2001:db8::7]:99";proto=https' }, "2001:db8::7"],
      [["--behind-proxy=127.0.0.1"], { forwarded: "for=198.51.100.1", ...SAID }, "127.0.0.1"], // one of the two is made up
    ];
    await each(cases, async ([flags, headers, who]) => assert.equal(await from(flags, headers), who, flags.join(" ")), 3);
  });
  test("an address that others can reach is allowed with it, named or not", async () => {
    for (const flag of ["--behind-proxy", "--behind-proxy=10.0.0.0/8,10.1.0.0/16"]) {
      const behind = new Edgecron();
      const port = await freePort();
      await behind.serve(["--listen", `0.0.0.0:${port}`, flag], { ready: false });
      await until("an answer", async () => (await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => null))?.status === 200);
      await behind.stop();
    }
  });
  test("what is no address is refused at start", async () => {
    const r = await e.command(["serve", "--behind-proxy=nginx"]);
    assert.equal(r.code, 2);
    assert.match(r.stderr, /--behind-proxy.*CIDR/);
  });
  test("without TLS and without a proxy, only this machine", async () => {
    const r = await e.command(["serve", "--listen", `0.0.0.0:${await freePort()}`]);
    assert.equal(r.code, 2);
    assert.match(r.stderr, /--tls-cert.*--behind-proxy/s);
  });
});
