// cron.mjs - asks croner 11 and edgecron the same questions about schedules, and counts the answers that differ.
//
//   node cron.mjs [--driver PATH] [--zoneinfo PATH] [--count N] [--seed N] [--show N] [--all-zones]
//
// Questions crowd around the clock changes of the zones below. A difference is either explained by one of the classes in
// `explained` (README.md says why each is right) or an error: then the exit status is 1.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { Cron } from 'croner';
import { randomExpression } from './expression.mjs';
import { generator, offsetAt, zoneChanges } from './sources.mjs';

const namedZones = [
  'UTC', 'Europe/Paris', 'Europe/London', 'Europe/Dublin', 'America/New_York', 'America/Sao_Paulo', 'America/St_Johns',
  'America/Santiago', 'America/Asuncion', 'Australia/Lord_Howe', 'Australia/Sydney', 'Africa/Casablanca', 'Africa/Cairo',
  'Africa/Monrovia', 'Asia/Tehran', 'Asia/Kathmandu', 'Asia/Gaza', 'Asia/Amman', 'Pacific/Apia', 'Pacific/Kiritimati',
  'Pacific/Chatham', 'Antarctica/Troll', 'America/Scoresbysund', 'Europe/Istanbul',
];
const FIRST = Date.UTC(1971, 0, 1);
const LAST = Date.UTC(2050, 0, 1);
const NEXT_RUNS = 3;
const PREVIOUS_RUNS = 2;

const { values: options } = parseArgs({
  options: {
    driver: { type: 'string', default: `${import.meta.dirname}/../../build/debug/tests/differential/cron_driver` },
    zoneinfo: { type: 'string', default: '/usr/share/zoneinfo' },
    count: { type: 'string', default: '20000' },
    seed: { type: 'string', default: '20261121' },
    show: { type: 'string', default: '10' },
    'all-zones': { type: 'boolean', default: false },
  },
});
const zones = options['all-zones'] ? Intl.supportedValuesOf('timeZone') : namedZones;

// Why a difference is right. `q` is the question, with both answers.
const explained = [
  {
    name: 'a step of one leaves a day field unrestricted',
    fits: (q) => /[*?]\/0*1(?=,|$)/.test(dayFields(q)),
  },
  {
    name: 'a date that never comes is refused',
    fits: (q) => q.ours.includes('never comes') && q.theirs === '',
  },
  {
    name: "croner's '+' (both day fields must fit) is refused",
    fits: (q) => q.ours.includes("unexpected '+'") && q.expression.split(' ').at(-1).startsWith('+'),
  },
  {
    name: 'a range that ends past the field is refused though its steps never get there',
    fits: (q) => q.ours.includes('is out of range') && /-\d+\//.test(q.expression),
  },
  {
    name: 'LW may stand in a list',
    fits: (q) => q.theirs.includes('LW can not be in a list'),
  },
  {
    name: 'croner sees no repeated time when the clock goes back by more than three hours',
    fits: fallsFar,
  },
  {
    name: 'the two know different time zone data',
    fits: zoneDataDiffers,
  },
];

function dayFields(q) {
  const fields = q.expression.split(' ');
  return `${fields.at(-3)} ${fields.at(-1)}`.replace(/ /g, ',');
}

function makeQuestion(random, changes, direction) {
  const zone = random.pick(zones);
  const near = changes.get(zone);
  const spread = random.pick([3 * 3600e3, 3 * 3600e3, 86400e3, 40 * 86400e3]);
  const middle = near.length > 0 && random.chance(0.9) ? random.pick(near) : random.between(FIRST, LAST);
  let from = middle + random.between(-spread, spread);
  from -= random.chance(0.5) ? from % 60000 : random.chance(0.8) ? from % 1000 : 0;
  if (random.chance(0.1)) from = middle;
  return { zone, from, direction, expression: randomExpression(random) };
}

function askCroner(q) {
  let cron;
  try {
    cron = new Cron(q.expression.replaceAll('$', 'L'), { timezone: q.zone, fixedTimeRule: 'no-wildcard', mode: '5-or-6-parts' });
  } catch (error) {
    return `refused: ${error.message}`;
  }
  const from = new Date(q.from);
  const runs = q.direction === 'next' ? cron.nextRuns(NEXT_RUNS, from) : cron.previousRuns(PREVIOUS_RUNS, from);
  return runs.map((run) => run.getTime()).filter((ms) => ms >= 0).join(' ');
}

function askDriver(questions) {
  const lines = questions.map((q) => `${q.zone}|${q.from}|${q.direction === 'next' ? NEXT_RUNS : PREVIOUS_RUNS}|${q.direction}|${q.expression}\n`);
  const run = spawnSync(options.driver, [options.zoneinfo], { input: lines.join(''), maxBuffer: 1 << 28, encoding: 'utf8' });
  if (run.status !== 0) {
    console.error(run.error?.message ?? run.stderr);
    process.exit(1);
  }
  return run.stdout.split('\n');
}

// Does the zone's clock go back by more than three hours in the week around the question?
function fallsFar(q) {
  const from = q.from - 2 * 86400e3;
  return zoneChanges(q.zone, from, from + 1).some((at) => offsetAt(q.zone, at - 1000) - offsetAt(q.zone, at) > 3 * 3600e3);
}

// Do the two disagree about the zone's clock at one of the instants in question?
function zoneDataDiffers(q) {
  const instants = [q.from, ...`${q.ours} ${q.theirs}`.split(' ').map(Number).filter(Number.isFinite)];
  const answers = askDriver(instants.map((from) => ({ ...q, from, direction: 'offset' })));
  return instants.some((ms, i) => offsetAt(q.zone, ms) !== Number(answers[i]));
}

function same(a, b) {
  return a === b || (a.startsWith('refused') && b.startsWith('refused'));
}

function show(q) {
  const iso = (text) => (/^\d/.test(text) ? text.split(' ').map((ms) => new Date(Number(ms)).toISOString()).join(' ') : text);
  console.log(`${q.expression} | ${q.zone} | ${q.direction} of ${new Date(q.from).toISOString()}`);
  console.log(`  croner:   ${iso(q.theirs)}\n  edgecron: ${iso(q.ours)}`);
}

function main() {
  const random = generator(Number(options.seed));
  const changes = new Map(zones.map((zone) => [zone, zoneChanges(zone, FIRST, LAST)]));
  const questions = Array.from({ length: Number(options.count) }, (_, i) =>
    makeQuestion(random, changes, i % 3 === 2 ? 'previous' : 'next'));
  const answers = askDriver(questions);
  const counts = new Map(explained.map((e) => [e.name, 0]));
  let refused = 0;
  let unexplained = 0;

  questions.forEach((q, i) => {
    q.ours = answers[i];
    q.theirs = askCroner(q);
    refused += q.theirs.startsWith('refused') ? 1 : 0;
    if (same(q.ours, q.theirs)) return;
    const reason = explained.find((e) => e.fits(q));
    if (reason) counts.set(reason.name, counts.get(reason.name) + 1);
    else if (unexplained++ < Number(options.show)) show(q);
  });
  console.log(`${questions.length} questions in ${zones.length} zones, seed ${options.seed}; ${refused} refused by croner`);
  for (const [name, n] of counts) console.log(`explained: ${n} x ${name}`);
  console.log(`unexplained differences: ${unexplained}`);
  process.exit(unexplained === 0 ? 0 : 1);
}

main();
