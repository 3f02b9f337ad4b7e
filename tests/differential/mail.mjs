#!/usr/bin/env node
// mail.mjs - random texts as messages by edgecron, read by Python's email package: what comes out is what went in. See README.md.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { generator } from './sources.mjs';

const { values: options } = parseArgs({
  options: {
    driver: { type: 'string', default: `${import.meta.dirname}/../../build/debug/tests/differential/mail_driver` },
    count: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '20261122' },
    show: { type: 'string', default: '10' },
  },
});

const alphabets = [
  [...'abcdefghijklmnopqrstuvwxyz'], [...'ABCXYZ0123456789'], [...'!#$%&\'*+-/=?^_`{|}~.,:;@<>()[]\\"'], [' '], [...'éèàùçñ¿¡áüßøÅ'],
  [...'日本語汉字한국어'], [...'🚨🔥👩‍💻🇫🇷'], [...'Ελληνικάрусский'], [...'שלוםمرحبا'], ['=?', '?=', '_', '=20', 'utf-8', '=?utf-8?Q?x?='],
];

function randomText(random, most, more = []) {
  const kinds = Array.from({ length: random.between(1, 4) }, () => random.pick(alphabets));
  const all = [...kinds, ...more];
  let text = '';
  for (let n = random.between(0, random.pick([5, 40, most])); n > 0; n--) text += random.pick(random.pick(all));
  return text;
}

function randomName(random) {
  const name = randomText(random, 60);
  return Buffer.byteLength(name) > 250 ? '' : name.trim().replace(/ +/g, ' ');
}

function randomMailbox(random) {
  const atom = (most) => Array.from({ length: random.between(1, most) }, () => random.pick([...'abcxyz019-'])).join('').replace(/^-|-$/g, 'x');
  const address = `${atom(20)}${random.chance(0.3) ? `.${atom(9)}+a'b` : ''}@${atom(30)}${random.chance(0.8) ? `.${atom(20)}.example` : ''}`;
  const name = random.chance(0.7) ? randomName(random) : '';
  // as people write it: quoted where it must be
  const plain = /^[^()<>[\]:;@\\,"]*$/.test(name) && random.chance(0.5);
  const written = plain ? name : `"${name.replace(/["\\]/g, '\\$&')}"`;
  return { name, address, text: name ? `${written} <${address}>` : random.chance(0.5) ? address : `<${address}>` };
}

function randomBody(random) {
  const ends = ['\n', '\r\n', '\r'];
  const more = [['\n', '\n', '\r\n', '\r', ' \n', '\t\n', '\n.', '\nFrom ', '\n\n', '\n.\n', '\t', '\u0001']];
  const text = randomText(random, random.pick([100, 1000, 3000]), random.chance(0.8) ? more : []);
  return text + (random.chance(0.5) ? random.pick(ends) : '');
}

function randomMessage(random) {
  return {
    from: randomMailbox(random),
    to: Array.from({ length: random.pick([1, 1, 2, 20]) }, () => randomMailbox(random)),
    subject: randomText(random, 160),
    text: randomBody(random),
    id: `0193534f-0000-7000-8000-${String(random.between(0, 999999)).padStart(12, '0')}`,
    host: random.pick(['cron-1.example.com', 'localhost', 'a.b']),
    thread: random.chance(0.7) ? `alert.${random.between(0, 1e9)}` : null,
    at_ms: random.between(0, 4102444800) * 1000,
    urgent: random.chance(0.5),
  };
}

function run(program, args, lines) {
  const got = spawnSync(program, args, { input: `${lines.join('\n')}\n`, maxBuffer: 1 << 30, encoding: 'utf8' });
  if (got.status !== 0) throw new Error(`${program}: ${got.stderr}`);
  return got.stdout.trimEnd().split('\n');
}

// A body as mail has it: every line ends with CRLF.
const lines = (text) => (text === '' ? '' : text.replace(/\r\n|\r|\n/g, '\n').replace(/\n?$/, '\n').replace(/\n/g, '\r\n'));

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const pairs = (boxes) => boxes.map((b) => [b.name, b.address]);

// In which respects what was read is not what was written.
function differences(m, read) {
  const expected = {
    from: pairs([m.from]), to: pairs(m.to), subject: m.subject, date: m.at_ms / 1000, id: `<${m.id}@${m.host}>`, importance: m.urgent ? 'high' : null,
    references: m.thread && `<${m.thread}@${m.host}>`, in_reply_to: m.thread && `<${m.thread}@${m.host}>`,
    type: ['text/plain', 'utf-8'], text: Buffer.from(lines(m.text)).toString('base64'), defects: [],
  };
  return Object.keys(expected).filter((key) => !same(expected[key], read[key]));
}

// What no reader should have to be lenient about.
function faults(text) {
  const [head, body] = [text.slice(0, text.indexOf('\r\n\r\n') + 2), text.slice(text.indexOf('\r\n\r\n') + 4)];
  const found = [];
  if (/[^\x20-\x7e\r\n\t]/.test(text)) found.push('not ASCII');
  if (/[^\r]\n|\r[^\n]/.test(text)) found.push('a bare CR or LF');
  if (head.split('\r\n').some((line) => line.length > 78 && !/^ ?\S+$/.test(line))) found.push('a long line in the head');
  if (head.split('\r\n').some((line) => line.includes('=?utf-8?') && line.length > 76)) found.push('a long line with an encoded word');
  if ((head.match(/=\?utf-8\?.*?\?=/g) ?? []).some((word) => word.length > 75)) found.push('a long encoded word');
  for (const [, form, word] of head.matchAll(/=\?utf-8\?([QB])\?([^?]*)\?=/g)) {
    const bytes = form === 'B' ? Buffer.from(word, 'base64') : Buffer.from(word.replace(/_/g, ' ').replace(/=(..)/g, (_, x) => String.fromCharCode(parseInt(x, 16))), 'latin1');
    if (!Buffer.from(bytes.toString('utf8')).equals(bytes)) found.push('an encoded word that ends within a character');
  }
  if (/^\s+$/m.test(head.replace(/\r\n$/, ''))) found.push('an empty continuation');
  if (body.split('\r\n').some((line) => line.length > 76)) found.push('a long line in the body');
  if (/^(\.|From )/m.test(body)) found.push('a dot or From at the beginning of a line');
  if (/[ \t]\r\n/.test(body)) found.push('a blank at the end of a line');
  return found;
}

const random = generator(Number(options.seed));
const messages = Array.from({ length: Math.ceil(Number(options.count) / 10) }, () => randomMessage(random));
const written = run(options.driver, [], messages.map((m) => JSON.stringify({ ...m, from: m.from.text, to: m.to.map((t) => t.text) })));
const read = run('/usr/bin/python3', [`${import.meta.dirname}/mail.py`], written.filter((w) => !w.startsWith('failed')));
let wrong = 0;
let at = 0;
let encoded = 0;
for (const [i, m] of messages.entries()) {
  if (written[i].startsWith('failed')) {
    if (wrong++ < Number(options.show)) console.log(`${JSON.stringify(m)}\n  ${written[i]}`);
    continue;
  }
  const text = Buffer.from(written[i], 'hex').toString('latin1');
  const answer = JSON.parse(read[at++]);
  encoded += text.includes('=?utf-8?') ? 1 : 0;
  const found = [...faults(text), ...differences(m, answer)];
  if (found.length > 0 && wrong++ < Number(options.show)) {
    console.log(`${JSON.stringify(m)}\n  differ in: ${found.join(', ')}\n  python: ${JSON.stringify({ ...answer, text: undefined })}\n${text.slice(0, 3000)}`);
  }
}
console.log(`${messages.length} questions about messages, seed ${options.seed}; ${encoded} with encoded words`);
console.log(`differences: ${wrong}`);
process.exit(wrong === 0 && encoded > 0 ? 0 : 1);
