// Servers that go wrong in TLS: alerts and wrong records written by hand, and a man in the middle who counts the records of a real
// handshake and spoils it at the one that he is told.
import { createServer as createH2, createSecureServer as createSecureH2 } from "node:http2";
import { connect } from "node:net";
import { createServer as createTls } from "node:tls";
import { pause, SETTLE_MS, startTcp } from "./fault_tcp.mjs";

const CHANGE_CIPHER = 20, ALERT = 21, HANDSHAKE = 22, APPLICATION = 23;

export const record = (type, payload, version = 0x0303) => {
  const head = Buffer.from([type, version >> 8, version & 255, payload.length >> 8, payload.length & 255]);
  return Buffer.concat([head, Buffer.from(payload)]);
};
export const alert = (code, level = 2) => record(ALERT, [level, code]);

/** A whole handshake message of `length` bytes, or the beginning of one. */
const message = (type, length, body) => record(HANDSHAKE, Buffer.concat([Buffer.from([type, length >> 16, (length >> 8) & 255, length & 255]), body]));

/** A ServerHello that chooses an old version of TLS. */
const serverHello = (version) => {
  const body = Buffer.concat([Buffer.from([version >> 8, version & 255]), Buffer.alloc(32, 7), Buffer.from([0, 0xc0, 0x13, 0, 0, 0])]);
  return message(2, body.length, body);
};

/** The first whole record at the beginning of `bytes`, or null. */
function firstRecord(bytes) {
  const end = bytes.length >= 5 ? 5 + bytes.readUInt16BE(3) : Infinity;
  return bytes.length >= end ? bytes.subarray(0, end) : null;
}

const hello = (p) => p.read((b) => firstRecord(b) !== null);
const says = (data) => async (p) => {
  await hello(p);
  await p.write(data);
};
const ends = (data) => async (p) => {
  await hello(p);
  p.end(data);
};
const floods = (chunk) => async (p) => {
  await hello(p);
  await p.flood(chunk);
};

/** The server that answers a ClientHello with an alert. */
export const startAlert = (code, level) => startTcp(ends(alert(code, level).toString("latin1")));

/** By name: what a server does instead of a handshake. */
export const TLS_FAULTS = {
  "tls-silent": () => {},
  "tls-silent-after-hello": hello,
  "tls-reset-after-hello": async (p) => {
    await hello(p);
    p.reset();
  },
  "tls-end-after-hello": ends(""),
  "tls-end-at-accept": (p) => p.end(),
  "tls-warns-and-waits": says(alert(112, 1)),
  "tls-version-1-0": says(serverHello(0x0301)),
  "tls-version-1-1": says(serverHello(0x0302)),
  "tls-version-ssl-3": says(serverHello(0x0300)),
  "tls-says-http": says("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n"),
  "tls-says-smtp": says("220 mail.example ESMTP ready\r\n"),
  "tls-says-h2": says(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])),
  "tls-says-garbage": says("\x89\x00\xff\xfe\x01".repeat(300)),
  "tls-record-too-long": says(Buffer.concat([Buffer.from([22, 3, 3, 0xff, 0xff]), Buffer.alloc(1000)])),
  "tls-data-too-early": says(record(APPLICATION, Buffer.from("HTTP/1.1 200 OK\r\n\r\n"))),
  "tls-message-too-long": says(message(2, 0xffffff, Buffer.alloc(1000))),
  "tls-hello-cut": says(message(2, 20, Buffer.from([3, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18]))),
  "tls-empty-records": floods(Buffer.concat(Array(1000).fill(record(HANDSHAKE, [])))),
  "tls-warnings-without-end": floods(Buffer.concat(Array(1000).fill(alert(90, 1)))),
  "tls-message-without-end": async (p) => {
    await hello(p);
    await p.write(message(2, 0xffffff, Buffer.alloc(0)));
    await p.flood(record(HANDSHAKE, Buffer.alloc(16000, 1)));
  },
};

/** Hands both directions of a connection to `port` through; record by record, each through `rule(number, record, from)` with
 * `from` "client" or "server" and numbers counted from 1 in each direction. What it gives: the bytes to pass on, or an action on the
 * peer instead ("reset", "end", "silence"), after which nothing passes. */
export function startMiddle(port, rule) {
  return startTcp(async (p) => {
    const up = connect({ port, host: "127.0.0.1", noDelay: true }).on("error", () => {});
    let over = false;
    const act = { reset: () => p.reset(), end: () => p.end(), silence: () => {} };
    const pump = (from, source, sink) => {
      let kept = Buffer.alloc(0), count = 0, line = Promise.resolve();
      source.on("data", (data) => {
        kept = Buffer.concat([kept, data]);
        for (let r; !over && (r = firstRecord(kept)); ) {
          kept = kept.subarray(r.length);
          const what = rule(++count, r, from);
          if (typeof what === "string") {
            over = true;
            line = line.then(() => pause(SETTLE_MS)).then(act[what]);
          } else if (typeof what === "function") line = line.then(() => what(p));
          else line = line.then(() => sink.write(what));
        }
      }).on("end", () => over || (line = line.then(() => sink.end()))).on("error", () => {});
    };
    pump("client", p.socket, up);
    pump("server", up, p.socket);
    p.socket.on("close", () => up.destroy());
    up.on("close", () => over || p.socket.destroySoon());
  });
}

/** What a man in the middle may do to the n-th record of the server, by name. */
export const SPOILS = {
  reset: () => "reset",
  end: () => "end",
  silence: () => "silence",
  alert: () => (p) => p.end(alert(80).toString("latin1")),
  garbage: () => (p) => p.end("HTTP/1.1 500 Oops\r\n\r\n"),
  flood: () => (p) => p.flood(Buffer.concat(Array(1000).fill(record(CHANGE_CIPHER, [1])))),
  flip: (r) => {
    r[r.length - 3] ^= 0x40;
    return r;
  },
};

export const spoil = (what, at) => (n, r, from) => (from === "server" && n === at ? SPOILS[what](r) : r);
export const dripping = (ms) => (n, r, from) => (from === "server" ? (p) => p.drip(r.toString("latin1"), ms) : r);

/** Starts a TLS server of node: `options` of tls.createServer; `serve(socket)` gets each connection that was made. */
export function startTls(options, serve = answer) {
  const server = { asked: 0 };
  const tls = createTls(options, (s) => {
    s.on("error", () => {}).on("data", () => server.asked++);
    serve(s);
  });
  return listen(tls, server);
}

/** The http2 server of node, that speaks nothing else; over TLS when `options` has a certificate. */
export function startH2(options = {}) {
  const h2 = options.cert ? createSecureH2({ ...options, allowHTTP1: false }) : createH2();
  h2.on("stream", (s) => s.respond({ ":status": 200 }, { endStream: true })).on("sessionError", () => {});
  return listen(h2, {});
}

function listen(tcp, server) {
  const sockets = new Set();
  tcp.on("connection", (s) => {
    sockets.add(s);
    s.on("error", () => {}).on("close", () => sockets.delete(s));
  }).on("tlsClientError", () => {});
  return new Promise((resolve) => {
    tcp.listen(0, "127.0.0.1", () => {
      tcp.unref();
      const { port } = tcp.address();
      resolve(Object.assign(server, {
        port,
        url: `http://localhost:${port}`,
        secure: `https://localhost:${port}`,
        close: () => {
          for (const s of sockets) s.destroy();
          return new Promise((done) => tcp.close(done));
        },
      }));
    });
  });
}

const BODY = '{"ok": true}';
/** Answers each request that came in one piece. */
export function answer(s) {
  s.on("data", () => s.write(`HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${BODY.length}\r\n\r\n${BODY}`));
}
/** Answers without a length, and ends: the end of TLS is the end of the answer. */
export function answerToTheEnd(s) {
  s.once("data", () => s.end(`HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n${BODY}`));
}
/** The same, but for the last word: TCP ends without TLS having ended, as when someone cuts the line. */
export function answerCutOff(s) {
  s.once("data", () => s.write(`HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n${BODY}`, () => s._parent.end()));
}
/** Speaks HTTP/2 without having been asked for it. */
export function answerH2(s) {
  s.once("data", () => s.write(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0])));
}
