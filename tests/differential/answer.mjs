// answer.mjs - random HTTP/1 responses, as latin1 text: what servers send, what they must not, and valid ones that were then broken.

const times = (random, least, most, make) => Array.from({ length: random.between(least, most) }, make);
const LETTERS = [...'abcdefghijklmnopqrstuvwxyzABCXYZ0123456789'];
const PLAIN = [...'abc XYZ019 ,;=/"()<>@[]{}?!#$%&\'*+-.^_`|~\\:\t\x80\xe9\xff'];
// Bytes that mean something to a parser, and some that should mean nothing.
const BYTES = [...'\r\n\0\t\v\f\x1b\x7f\x80\xff :;,="0159afFgxX+-HTP/._()[]{}<>@?'];
const WORDS = [
  '\r\n', '\n', '\r', '\r\r\n', '\n\n', '\r\n\r\n', '\r\n ', '\r\n\t', 'HTTP/1.1 ', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
  'HTTP/1.0', 'HTTP/2.0', 'HTTP/0.9', 'HTTP/1.2', 'HTTP/1.10', 'HTTP/1.', 'http/1.1', 'ICY', ' 200 ', ' 204 ', ' 304 ', ' 101 ', ' 100 ',
  ' 099 ', ' 1000 ', ' 20', 'Content-Length: 3\r\n', 'Content-Length: 3, 3\r\n', 'Content-Length:\r\n', 'Content-Length: -1\r\n',
  'Content-Length : 3\r\n', 'Content-Length: 18446744073709551616\r\n', 'Content-Length: 1152921504606846976\r\n',
  'Transfer-Encoding: chunked\r\n', 'Transfer-Encoding: gzip, chunked\r\n', 'Transfer-Encoding: gzip\r\n',
  'Transfer-Encoding: identity\r\n', 'Transfer-Encoding: chunked, identity\r\n', 'Transfer-Encoding: chunked, chunked\r\n',
  'Transfer-Encoding:\r\n', 'Connection: close\r\n', 'Connection: keep-alive\r\n', 'Connection: upgrade\r\nUpgrade: x\r\n',
  'Connection: close, keep-alive\r\n', 'Connection: x, close\r\n', ' folded: y\r\n', 'X: y\r\n z\r\n', ': empty\r\n', 'no colon\r\n',
  '0\r\n\r\n', '0;x\r\n\r\n', '0\r\nX: y\r\n\r\n', '0\r\nContent-Length: 3\r\n\r\n', '1000000000000000\r\n', 'ffffffffffffffff\r\n',
  '10000000000000000\r\n', ';', ';x', ';x=y', ';x="y"', ';x="', '; x', ' ;x', ';x=', '; ;', ';\n', ' \r\n', '\t\r\n', '0x1', '+1', '-1',
];

function token(random, most = 12) {
  return times(random, 1, most, () => random.pick(random.chance(0.9) ? LETTERS : [...'!#$%&\'*+-.^_`|~'])).join('');
}

function field(random) {
  if (random.chance(0.2)) {
    return random.pick(['Date: Sat, 21 Nov 2026 10:00:00 GMT', 'Content-Type: application/json', 'Server: x', 'Set-Cookie: a=b; Path=/',
      'Keep-Alive: timeout=5, max=100', 'Retry-After: 120', 'Vary: *', 'Trailer: X', 'Content-Encoding: gzip', 'Upgrade: h2c',
      'Proxy-Connection: close']);
  }
  const value = times(random, 0, random.chance(0.1) ? 300 : 20, () => random.pick(PLAIN)).join('');
  return `${token(random)}:${random.pick(['', ' ', ' ', ' ', '\t', '  '])}${value}${random.pick(['', '', '', ' ', '\t '])}`;
}

function anyCase(random, text) {
  return random.chance(0.7) ? text : random.chance(0.5) ? text.toLowerCase() : text.toUpperCase();
}

function extensions(random) {
  if (random.chance(0.85)) return '';
  return times(random, 1, 3, () => {
    const value = random.pick([`=${token(random)}`, '', `="${random.pick(['', 'a b', 'a;b', '\\"', '\\\\', '=,\t'])}"`]);
    return `;${token(random, 5)}${value}`;
  }).join('');
}

function chunked(random, body) {
  let out = '';
  for (let at = 0; at < body.length;) {
    const len = random.between(1, body.length - at);
    const size = len.toString(16);
    out += `${random.pick(['', '', '0', '000'])}${random.chance(0.5) ? size : size.toUpperCase()}${extensions(random)}\r\n`;
    out += `${body.slice(at, at + len)}\r\n`;
    at += len;
  }
  const trailers = random.chance(0.8) ? '' : times(random, 1, 3, () => `${field(random)}\r\n`).join('');
  return `${out}${random.pick(['0', '0', '0', '000'])}${extensions(random)}\r\n${trailers}\r\n`;
}

function connection(random) {
  const option = () => random.pick(['close', 'keep-alive', 'keep-alive', 'close', 'x', 'upgrade', 'Close', 'Keep-Alive', 'TE', '']);
  return anyCase(random, 'Connection') + ': ' + times(random, 1, 3, option).join(random.pick([', ', ',', ' , ']));
}

function statusLine(random, statuses) {
  const version = random.chance(0.85) ? '1.1' : random.chance(0.9) ? '1.0' : random.pick(['1.2', '1.9', '2.0', '0.9', '3.0']);
  const reason = random.pick([' OK', ' OK', ' Not Found', ' ', '', ' two  words ', ' \xe9\t~']);
  return `HTTP/${version} ${random.pick(statuses)}${reason}`;
}

function interim(random) {
  const fields = random.chance(0.6) ? [] : times(random, 1, 2, () => field(random));
  if (random.chance(0.05)) fields.push(random.pick(['Connection: close', 'Content-Length: 0', 'Content-Length: 5', 'Transfer-Encoding: chunked']));
  return [statusLine(random, [100, 102, 103, 103, 199]), ...fields, '', ''].join('\r\n');
}

function shuffled(random, list) {
  return list.map((x) => [random.between(0, 1 << 30), x]).sort((a, b) => a[0] - b[0]).map((pair) => pair[1]);
}

function answer(random) {
  const fields = times(random, 0, 6, () => field(random));
  const body = times(random, 0, random.chance(0.1) ? 500 : 30, () => random.pick([...PLAIN, '\r', '\n', '\0'])).join('');
  const framing = random.between(0, 9);
  let rest = body;
  if (framing < 4) fields.push(`${anyCase(random, 'Content-Length')}: ${body.length}`);
  else if (framing < 8) {
    fields.push(`${anyCase(random, 'Transfer-Encoding')}: ${anyCase(random, 'chunked')}`);
    rest = chunked(random, body);
  }
  if (random.chance(0.4)) fields.push(connection(random));
  const before = random.chance(0.15) ? times(random, 1, 3, () => interim(random)).join('') : '';
  const head = [statusLine(random, [200, 200, 200, 201, 204, 204, 205, 304, 302, 404, 418, 500, 503, 599, 600, 999]),
    ...shuffled(random, fields), '', ''].join('\r\n');
  return { text: before + head + rest, length: before.length + head.length };
}

// One change: a byte, a word, a piece doubled, moved or lost.
function broken(random, text, headLength) {
  const at = random.between(0, random.chance(0.8) ? headLength : text.length);
  const to = Math.min(text.length, at + random.between(0, random.chance(0.7) ? 3 : 40));
  const kind = random.between(0, 9);
  const crlf = text.indexOf('\r\n', at);
  const line = crlf < 0 ? at : crlf + 2;
  if (kind < 3) return text.slice(0, at) + random.pick(BYTES) + text.slice(at + (random.chance(0.5) ? 1 : 0));
  if (kind < 6) return text.slice(0, line) + random.pick(WORDS) + text.slice(line);
  if (kind < 7) return text.slice(0, at) + random.pick(WORDS) + text.slice(to);
  if (kind < 8) return random.chance(0.5) ? text.slice(0, at) + text.slice(to) : text.slice(0, to) + text.slice(at);
  if (kind < 9) return crlf < 0 ? text : text.slice(0, crlf) + random.pick(['\n', '\r', '\r\r\n', '', '\n\r', ' \r\n']) + text.slice(line);
  return random.pick([text.slice(0, at), text + random.pick(WORDS), random.pick(WORDS) + text]);
}

export function randomAnswer(random) {
  const method = random.chance(0.1) ? 'HEAD' : 'GET';
  let { text, length } = answer(random);
  if (method === 'HEAD' && random.chance(0.8)) text = text.slice(0, length);
  if (random.chance(0.4)) return { method, text };
  for (let n = random.pick([1, 1, 1, 2, 3]); n > 0; n--) text = broken(random, text, Math.min(length, text.length));
  return { method, text };
}
