// Servers that go wrong below HTTP, or in its grammar: one port each, as most go wrong before they could know a path.
import { createServer } from "node:net";
import { setTimeout } from "node:timers/promises";

/** Keeps no process alive. */
export const pause = (ms) => setTimeout(ms, undefined, { ref: false });

/** Long enough for the other side to have read what was written. */
export const SETTLE_MS = 40;

/** Waits for one of the events, and leaves no listener behind. */
const either = (socket, ...events) => new Promise((resolve) => {
  const go = () => {
    for (const event of events) socket.off(event, go);
    resolve();
  };
  for (const event of events) socket.on(event, go);
});

/** Starts `serve(peer)` on loopback for each connection. `connections` counts them, `written()` the bytes that were taken from us. */
export function startTcp(serve) {
  const peers = new Set();
  const server = { connections: 0, received: 0, gone: 0, written: () => server.gone + [...peers].reduce((n, p) => n + p.socket.bytesWritten, 0) };
  const tcp = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    const peer = new Peer(socket, server);
    server.connections++;
    peers.add(peer);
    socket.on("error", () => {}).on("close", () => {
      peers.delete(peer);
      server.gone += socket.bytesWritten;
    });
    Promise.resolve(serve(peer)).catch(() => socket.destroy());
  });
  return new Promise((resolve) => {
    tcp.listen(0, "127.0.0.1", () => {
      tcp.unref();
      const { port } = tcp.address();
      resolve(Object.assign(server, {
        port,
        url: `http://localhost:${port}`,
        secure: `https://localhost:${port}`,
        close: () => {
          for (const p of peers) p.socket.destroy();
          return new Promise((done) => tcp.close(done));
        },
      }));
    });
  });
}

/** One connection, from the side of the server that misbehaves. */
export class Peer {
  constructor(socket, server) {
    this.socket = socket;
    this.taken = Buffer.alloc(0);
    this.server = server;
  }

  /** Reads until `enough(bytes so far)`; false when the client ended first. Without a call of this, nothing is read. */
  async read(enough) {
    const { socket } = this;
    while (!enough(this.taken)) {
      const chunk = socket.read();
      if (chunk) {
        this.server.received += chunk.length;
        this.taken = Buffer.concat([this.taken, chunk]);
      } else if (socket.readableEnded || socket.destroyed) return false;
      else await either(socket, "readable", "end", "close");
    }
    return true;
  }

  /** The whole next request, body too; false when the client ends instead. */
  async request() {
    this.taken = Buffer.alloc(0);
    return this.read((b) => {
      const end = b.indexOf("\r\n\r\n");
      const length = end < 0 ? null : /^content-length: *(\d+)\r$/im.exec(b.subarray(0, end + 2).toString("latin1"));
      return end >= 0 && b.length >= end + 4 + Number(length?.[1] ?? 0);
    });
  }

  /** Writes, and gives the other side the time to read it. */
  async write(data) {
    this.socket.write(data, "latin1");
    await pause(SETTLE_MS);
  }

  /** One byte each `ms`; 0: one after the other. */
  async drip(data, ms) {
    for (let i = 0; i < data.length && !this.socket.destroyed; i++) {
      this.socket.write(data.slice(i, i + 1), "latin1");
      await (ms ? pause(ms) : new Promise((go) => setImmediate(go)));
    }
  }

  /** Writes `chunk` again and again, as fast as it is read, up to `bytes` in all. */
  async flood(chunk, bytes = Infinity) {
    const data = Buffer.from(chunk, "latin1");
    for (let n = 0; n < bytes && !this.socket.destroyed; n += data.length) {
      if (!this.socket.write(data)) await either(this.socket, "drain", "close");
      else if (n % (64 * data.length) === 0) await pause(0);
    }
  }

  /** Ends our direction; goes on reading, so that nothing is reset. */
  end(data = "") {
    this.socket.resume().end(data, "latin1");
  }

  /** RST, whatever is still unread or unsent. */
  reset() {
    this.socket.resetAndDestroy();
  }
}

const HEAD = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
const BODY = '{"ok": true, "n": 3}';
const ANSWER = `${HEAD}content-length: ${BODY.length}\r\n\r\n${BODY}`;
const CHUNKED = `${HEAD}transfer-encoding: chunked\r\n\r\n`;

/** Reads the request, sends `data` as it is, and ends. */
const says = (data) => async (p) => {
  await p.request();
  p.end(data);
};
/** The same, but keeps the connection, so that nobody learns of the end from its closing; and so for each request. */
const keeps = (data) => async (p) => {
  while (await p.request()) await p.write(data);
  p.end();
};
const resets = (data) => async (p) => {
  await p.request();
  if (data) await p.write(data);
  p.reset();
};
const floods = (start, chunk, bytes) => async (p) => {
  await p.request();
  if (start) await p.write(start);
  await p.flood(chunk, bytes);
};
const drips = (start, rest, ms) => async (p) => {
  while (await p.request()) {
    if (start) await p.write(start);
    await p.drip(rest, ms);
  }
  p.end();
};
const frame = (type, flags, stream, payload) => {
  const head = Buffer.from([0, 0, payload.length, type, flags, 0, 0, 0, stream]);
  return Buffer.concat([head, Buffer.from(payload)]).toString("latin1");
};

const SECOND = 1000;
const MIB = 1 << 20;
const GB = 1e9;

/** By name: what the server does with a connection. */
export const TCP_FAULTS = {
  // silence and slowness
  "silent": () => {},
  "silent-after-request": (p) => p.request(),
  "never-reads": () => {},
  "drip-status": drips("", ANSWER, SECOND),
  "drip-headers": drips("HTTP/1.1 200 OK\r\n", `x-slow: ${"y".repeat(1000)}`, SECOND),
  "drip-body": drips(`${HEAD}content-length: 100\r\n\r\n`, "z".repeat(100), SECOND),
  "drip-chunks": drips(CHUNKED, "1\r\nz\r\n".repeat(30), SECOND),
  "byte-by-byte": drips("", ANSWER, 2),
  "chunks-byte-by-byte": drips("", `${CHUNKED}5;x=y\r\n{"ok"\r\n6\r\n:true}\r\n0\r\nx-t: u\r\n\r\n`, 2),
  // resets
  "reset-at-accept": (p) => p.reset(),
  "reset-in-request": async (p) => {
    await p.read((b) => b.length > MIB / 2);
    p.reset();
  },
  "reset-after-request": resets(),
  "reset-in-status": resets("HTTP/1.1 20"),
  "reset-after-status": resets("HTTP/1.1 200 OK\r\n"),
  "reset-in-headers": resets(`${HEAD}content-le`),
  "reset-after-headers": resets(`${HEAD}content-length: 20\r\n\r\n`),
  "reset-in-body": resets(ANSWER.slice(0, -5)),
  "reset-in-close-delimited": resets(`${HEAD}connection: close\r\n\r\n{"ok":`),
  "reset-in-chunk": resets(`${CHUNKED}14\r\n{"ok": `),
  "reset-between-chunks": resets(`${CHUNKED}14\r\n${BODY}\r\n`),
  "reset-in-trailer": resets(`${CHUNKED}14\r\n${BODY}\r\n0\r\nx-t: u`),
  "reset-after-answer": resets(ANSWER),
  // ends and half-closes
  "end-at-accept": (p) => p.end(),
  "end-before-answer": async (p) => {
    p.socket.end(); // and reads on
    await p.request();
  },
  "end-after-answer": says(ANSWER),
  "end-after-close-delimited": says(`${HEAD}\r\n${BODY}`),
  "end-after-nothing": says(""),
  "end-in-status": says("HTTP/1.1 2"),
  "end-in-headers": says(HEAD),
  "end-in-body": says(ANSWER.slice(0, -5)),
  "end-in-chunk": says(`${CHUNKED}14\r\n{"ok":`),
  "end-between-chunks": says(`${CHUNKED}14\r\n${BODY}\r\n`),
  "end-before-last-line": says(`${CHUNKED}14\r\n${BODY}\r\n0\r\n`),
  "answers-without-reading": async (p) => {
    await p.read((b) => b.length > 1000);
    await p.write("HTTP/1.1 413 Content Too Large\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}");
    p.end();
  },
  // not HTTP/1
  "smtp": keeps("220 mail.example ESMTP ready\r\n"),
  "ssh": keeps("SSH-2.0-OpenSSH_9.2p1\r\n"),
  "binary": keeps("\x89\x00\xff\xfe\x01".repeat(300)),
  "zeros": keeps("\0".repeat(1000)),
  "html-alone": keeps("<html>Welcome</html>\n"),
  "http-2": keeps("HTTP/2.0 200 OK\r\n\r\n"),
  "icy": keeps("ICY 200 OK\r\n\r\n"),
  "h2-settings": keeps(frame(4, 0, 0, [0, 3, 0, 0, 0, 100])),
  "h2-goaway": keeps(frame(4, 0, 0, []) + frame(7, 0, 0, [0, 0, 0, 0, 0, 0, 0, 1])),
  "tls-alert": keeps("\x15\x03\x01\x00\x02\x02\x46"),
  // wrong HTTP/1
  "status-two-digits": keeps("HTTP/1.1 20 OK\r\n\r\n"),
  "status-zero": keeps("HTTP/1.1 000 No\r\n\r\n"),
  "status-nul": keeps("HTTP/1.1 200 O\0K\r\n\r\n"),
  "bare-lf": keeps("HTTP/1.1 200 OK\ncontent-length: 0\n\n"),
  "folded": keeps(`${HEAD}x-a: b\r\n c\r\n\r\n`),
  "space-before-colon": keeps(`${HEAD}content-length : 2\r\n\r\n{}`),
  "no-colon": keeps(`${HEAD}oops\r\n\r\n`),
  "nul-in-header": keeps(`${HEAD}x-a: b\0c\r\n\r\n`),
  "two-lengths": keeps(`${HEAD}content-length: 2\r\ncontent-length: 3\r\n\r\n{}`),
  "length-list": keeps(`${HEAD}content-length: 2, 2\r\n\r\n{}`),
  "length-negative": keeps(`${HEAD}content-length: -1\r\n\r\n{}`),
  "length-hex": keeps(`${HEAD}content-length: 0x10\r\n\r\n{}`),
  "length-overflows": keeps(`${HEAD}content-length: 18446744073709551618\r\n\r\n{}`),
  "length-and-chunked": keeps(`${CHUNKED.slice(0, -2)}content-length: 2\r\n\r\n2\r\n{}\r\n0\r\n\r\n`),
  "gzip-chunked": keeps(`${HEAD}transfer-encoding: gzip, chunked\r\n\r\n`),
  "chunked-in-http-1-0": keeps(CHUNKED.replace("1.1", "1.0")),
  "switches": keeps("HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n"),
  "continue-first": keeps(`HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n${ANSWER}`),
  "more-than-length": keeps(`${ANSWER}HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil`),
  // wrong chunks
  "chunk-negative": keeps(`${CHUNKED}-5\r\nhello\r\n0\r\n\r\n`),
  "chunk-0x": keeps(`${CHUNKED}0x5\r\nhello\r\n0\r\n\r\n`),
  "chunk-words": keeps(`${CHUNKED}five\r\nhello\r\n0\r\n\r\n`),
  "chunk-empty-size": keeps(`${CHUNKED}\r\nhello\r\n`),
  "chunk-overflows": keeps(`${CHUNKED}ffffffffffffffff1\r\nhello\r\n`),
  "chunk-signed-overflow": keeps(`${CHUNKED}8000000000000000\r\nhello\r\n`),
  "chunk-no-crlf": keeps(`${CHUNKED}5\r\nhello0\r\n\r\n`),
  "chunk-bare-lf": keeps(`${CHUNKED}5\nhello\n0\n\n`),
  "chunk-too-long": keeps(`${CHUNKED}3\r\nhello\r\n0\r\n\r\n`),
  "chunk-too-short": says(`${CHUNKED}9\r\nhello\r\n0\r\n\r\n`),
  "chunk-garbage-after-size": keeps(`${CHUNKED}5 hello\r\nhello\r\n`),
  "chunk-long-extension": keeps(`${CHUNKED}5;${"x".repeat(5000)}\r\nhello\r\n0\r\n\r\n`),
  "chunk-bad-trailer": keeps(`${CHUNKED}14\r\n${BODY}\r\n0\r\nno colon\r\n\r\n`),
  "chunk-garbage-after-end": keeps(`${CHUNKED}14\r\n${BODY}\r\n0\r\n\r\ngarbage\r\n`),
  // without end
  "head-100-mb": floods("HTTP/1.1 200 OK\r\n", `x-filler: ${"y".repeat(65000)}\r\n`, 100 * MIB),
  "head-one-line": floods("HTTP/1.1 200 OK\r\nx-filler: ", "y".repeat(65536), 100 * MIB),
  "head-many-fields": floods("HTTP/1.1 200 OK\r\n", "a: b\r\n".repeat(1000), 100 * MIB),
  "status-without-end": floods("HTTP/1.1 200 ", "O".repeat(65536)),
  "interim-without-end": floods("", "HTTP/1.1 100 Continue\r\n\r\n".repeat(1000)),
  "body-10-gb": floods(`${HEAD}content-length: ${10 * GB}\r\n\r\n`, "z".repeat(65536), 10 * GB),
  "chunked-10-gb": floods(CHUNKED, `10000\r\n${"z".repeat(65536)}\r\n`, 10 * GB),
  "one-chunk-10-gb": floods(`${CHUNKED}${(10 * GB).toString(16)}\r\n`, "z".repeat(65536), 10 * GB),
  "chunks-of-one": floods(CHUNKED, "1\r\nz\r\n".repeat(10000), 10 * GB),
  "close-delimited-10-gb": floods(`${HEAD}\r\n`, "z".repeat(65536), 10 * GB),
  "extension-without-end": floods(`${CHUNKED}5;`, "x".repeat(65536)),
  "zeros-of-a-chunk-size": floods(CHUNKED, "0".repeat(65536)),
  "trailers-without-end": floods(`${CHUNKED}0\r\n`, "x-t: u\r\n".repeat(1000)),
  // right, as a yardstick
  "right": async (p) => {
    while (await p.request()) p.socket.write(ANSWER);
    p.end();
  },
};
