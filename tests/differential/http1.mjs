#!/usr/bin/env node
// http1.mjs - the same responses to edgecron's parser and to node's (llhttp, through node:http). See README.md.
import http from 'node:http';
import { spawnSync } from 'node:child_process';
import { Duplex } from 'node:stream';
import { parseArgs } from 'node:util';
import { randomAnswer } from './answer.mjs';
import { generator } from './sources.mjs';

const { values: options } = parseArgs({
  options: {
    driver: { type: 'string', default: `${import.meta.dirname}/../../build/debug/tests/differential/http1_driver` },
    count: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '20261122' },
    show: { type: 'string', default: '10' },
  },
});

// Why a difference is right. `q` is the question with both answers, and in what they differ.
const explained = [
  {
    name: 'Transfer-Encoding is chunked, once, or the answer is refused',
    fits: (q) => /^Transfer-Encoding (is not|comes twice)/.test(q.ours.why) && /\ntransfer-encoding:/i.test(q.text),
  },
  {
    name: 'Transfer-Encoding in HTTP/1.0 is refused',
    fits: (q) => /^an HTTP\/1.0 response has Transfer/.test(q.ours.why) && /HTTP\/1\.0 [^]*\ntransfer-encoding:/i.test(q.text),
  },
  {
    name: 'a body that cannot be, announced by a 204 or 1xx, ends the connection',
    fits: (q) => closesAlone(q, 'edgecron') && [...interims(q), ...(q.ours.status === 204 ? [q.ours.fields] : [])].some(announcesBody),
  },
  {
    name: "what an interim response says of closing (or HTTP/1.0 means) holds after the answer, not before it",
    fits: (q) => (closesAlone(q, 'edgecron') || /HPE_CLOSED_CONNECTION/.test(q.theirs.why)) && interims(q).some(closes),
  },
  {
    name: 'a HEAD answer without a length leaves the connection open',
    fits: (q) => q.method === 'HEAD' && closesAlone(q, 'node') && !/^(content-length|transfer-encoding):/im.test(q.ours.fields),
  },
  {
    name: "'close' counts beside 'keep-alive', in HTTP/1.0 too",
    fits: (q) => closesAlone(q, 'edgecron') && q.ours.minor === 0 && closes(q.ours.fields) && /\bkeep-alive\b/i.test(q.ours.fields),
  },
  {
    name: 'Proxy-Connection is no field of HTTP',
    fits: (q) => /^proxy-connection:.*close/im.test(closesAlone(q, 'node') ? q.ours.fields
      : /HPE_CLOSED_CONNECTION/.test(q.theirs.why) ? interims(q).join('') : ''),
  },
  {
    name: 'versions 1.0 to 1.9 are HTTP/1, others are not',
    fits: (q) => (/HPE_INVALID_VERSION/.test(q.theirs.why) && /HTTP\/1\.[2-9] /.test(q.text))
      || (/another HTTP version/.test(q.ours.why) && /HTTP\/(0\.9|2\.0) /.test(q.text)),
  },
  {
    name: 'a status below 100, or 101 where nobody asked for it, is refused',
    fits: (q) => /below 100$|^the server switched protocols/.test(q.ours.why) && /HTTP\/1\.\d (0\d\d|101)/.test(q.text),
  },
  {
    name: 'a tab after Content-Length is white space',
    fits: (q) => /HPE_INVALID_CONTENT_LENGTH/.test(q.theirs.why) && /\ncontent-length:[ \t]*\d+[ ]*\t/i.test(q.text),
  },
  {
    name: 'a tab after a word of Connection or Transfer-Encoding is white space',
    fits: (q) => (closesAlone(q, 'edgecron') && /\nconnection:[^\n]*close *\t/i.test(q.text))
      || (q.differ.includes('body') && /\ntransfer-encoding:[^\n]*chunked *\t/i.test(q.text)),
  },
  {
    name: 'a chunk extension has a name',
    fits: (q) => /^something other than an extension/.test(q.ours.why) && /\n[0-9a-f]+[^\n]*;[ \t]*[=;\r]/i.test(q.text),
  },
  {
    name: "white space around the '=' and before the ';' of a chunk extension is allowed",
    fits: (q) => /chunk extensions/.test(q.theirs.why) && /\n[0-9a-f]+[ \t]*;[^\n]*[ \t]/i.test(q.text),
  },
  {
    name: 'a control character in the status line is refused',
    fits: (q) => /^the status line (holds a control|is not)/.test(q.ours.why) && /HTTP\/1\.\d \d{3}[^\n]*(\r\r|[\0-\x08\v\f\x0e-\x1f\x7f])/.test(q.text),
  },
  {
    name: 'an empty line before the status line is refused',
    fits: (q) => /byte 1 is 0x0[da]/.test(q.ours.why) && /(^|\n\r\n)[\r\n]+HTTP\//.test(q.text),
  },
  {
    name: 'a length of 2^60 or more is refused',
    fits: (q) => /is too large a number/.test(q.ours.why) && /(\d{19}|[0-9a-f]{16})/i.test(q.text),
  },
  {
    name: 'a trailer field frames nothing, whatever its name',
    fits: (q) => /with Transfer-Encoding|Content-Length|Transfer-Encoding/.test(q.theirs.why)
      && /\r\n0+(;[^\n]*)?\r\n([^\n]+\n)*(content-length|transfer-encoding):[^\n]*\n([^\n]+\n)*\r\n$/i.test(q.text),
  },
];

// The heads of the interim responses, each with the line feed after its last line.
function interims(q) {
  const heads = [];
  for (let rest = q.text; /^HTTP\/1\.\d 1\d\d/.test(rest); rest = rest.slice(heads.at(-1).length + 2)) {
    heads.push(rest.slice(0, rest.indexOf('\r\n\r\n') + 2));
  }
  return heads;
}

const announcesBody = (head) => /^(transfer-encoding:|content-length:\s*0*[1-9])/im.test(head);
const closes = (head) => /^HTTP\/1\.0|^connection:(.*,)?\s*close\s*(,|$)/im.test(head);
// Do they differ in nothing but that this one would close the connection?
const closesAlone = (q, who) => q.differ.join() === 'keep' && (who === 'edgecron') === q.theirs.keep;

// What the driver said: { whole, why } or { whole, status, minor, keep, fields, body, used }.
function readOurs(line) {
  const [word, ...rest] = line.split(' ');
  if (word !== 'whole') return { whole: false, why: rest.join(' ') };
  const [status, minor, keep, used, fields, body] = rest;
  const bytes = (hex) => (hex === '-' ? '' : Buffer.from(hex, 'hex').toString('latin1'));
  return { whole: true, status: +status, minor: +minor, keep: keep === 'keep', used: +used, fields: bytes(fields), body: bytes(body) };
}

function askDriver(questions) {
  const lines = questions.map((q) => `${q.method} ${Buffer.from(q.text, 'latin1').toString('hex')}\n`);
  const run = spawnSync(options.driver, { input: lines.join(''), maxBuffer: 1 << 28, encoding: 'utf8' });
  if (run.status !== 0) {
    console.error(run.error?.message ?? run.stderr);
    process.exit(1);
  }
  return run.stdout.split('\n').slice(0, -1).map(readOurs);
}

// A connection whose server sends `text` once it was asked.
class Server extends Duplex {
  constructor(text) {
    super();
    this.text = text;
  }
  _read() {}
  _write(chunk, encoding, done) {
    if (this.text) this.push(Buffer.from(this.text, 'latin1'));
    this.text = '';
    done();
  }
  setKeepAlive() {}
  setNoDelay() {}
  setTimeout() {}
  ref() {}
  unref() {}
}

// Tells whether a connection could be used again, and never does.
class OneCall extends http.Agent {
  constructor(server) {
    super({ keepAlive: true });
    this.server = server;
    this.kept = false;
  }
  createConnection() {
    return this.server;
  }
  keepSocketAlive() {
    this.kept = true;
    return false;
  }
}

const turn = () => new Promise((resolve) => { setImmediate(resolve); });

async function askNode(method, text) {
  const server = new Server(text);
  const agent = new OneCall(server);
  const request = http.request({ method, agent, host: 'h', maxHeaderSize: 1 << 20 });
  let response;
  let failure;
  const body = [];
  request.on('error', (error) => { failure ??= error; });
  request.on('upgrade', (_, socket) => { failure ??= new Error('switched protocols'); socket.destroy(); });
  request.on('response', (r) => {
    response = r;
    r.on('error', (error) => { failure ??= error; });
    r.on('data', (data) => body.push(data));
  });
  request.end();
  await turn();
  if (!response?.complete || !response.readableEnded) {
    server.push(null);
    for (let i = 0; i < 5 && !failure && !response?.readableEnded; i++) await turn();
  }
  const whole = !failure && response !== undefined && response.complete;
  server.destroy();
  agent.destroy();
  if (!whole) return { whole, why: failure ? `${failure.code ?? ''} ${failure.message}` : 'cut' };
  const raw = response.rawHeaders;
  let fields = '';
  for (let i = 0; i < raw.length; i += 2) fields += `${raw[i]}: ${raw[i + 1]}\n`;
  return {
    whole, status: response.statusCode, minor: response.httpVersionMinor, keep: agent.kept, fields,
    body: Buffer.concat(body).toString('latin1'),
  };
}

// In which respects two answers differ: [] when they say the same.
function differences(ours, theirs) {
  if (ours.whole !== theirs.whole) return ['whole'];
  return ours.whole ? ['status', 'minor', 'fields', 'body', 'keep'].filter((key) => ours[key] !== theirs[key]) : [];
}

function show(q) {
  console.log(`${q.method} ${JSON.stringify(q.text)}\n  differ in: ${q.differ.join(', ')}`);
  console.log(`  node:     ${JSON.stringify(q.theirs)}\n  edgecron: ${JSON.stringify(q.ours)}`);
}

async function main() {
  const random = generator(Number(options.seed));
  const questions = Array.from({ length: Number(options.count) }, () => randomAnswer(random));
  const answers = askDriver(questions);
  const counts = new Map(explained.map((e) => [e.name, 0]));
  let whole = 0;
  let unexplained = 0;

  for (const [i, q] of questions.entries()) {
    q.ours = answers[i];
    // What comes after the end that we see is not node's to judge; where the end is, it is.
    if (q.ours.whole) q.text = q.text.slice(0, q.ours.used);
    q.theirs = await askNode(q.method, q.text);
    whole += q.theirs.whole ? 1 : 0;
    q.differ = differences(q.ours, q.theirs);
    if (q.differ.length === 0) continue;
    const reason = explained.find((e) => e.fits(q));
    if (reason) counts.set(reason.name, counts.get(reason.name) + 1);
    else if (unexplained++ < Number(options.show)) show(q);
  }
  console.log(`${questions.length} questions about responses, seed ${options.seed}; ${whole} accepted by node`);
  for (const [name, n] of counts) console.log(`explained: ${n} x ${name}`);
  console.log(`unexplained differences: ${unexplained}`);
  process.exit(unexplained === 0 ? 0 : 1);
}

await main();
