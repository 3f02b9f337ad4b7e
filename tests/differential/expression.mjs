// expression.mjs - random schedules: mostly plain ones that fire near clock changes, some odd, a few wrong.

const months = ['JAN', 'feb', 'Mar', 'APR', 'may', 'jun', 'JUL', 'aug', 'sep', 'OCT', 'nov', 'Dec'];
const days = ['SUN', 'mon', 'Tue', 'WED', 'thu', 'fri', 'SAT'];

function step(random, size) {
  return `/${random.chance(0.05) ? random.pick([0, size, size + 1, 90]) : random.between(1, Math.min(size, 12))}`;
}

function range(random, least, most) {
  const a = random.between(least, most);
  const b = random.chance(0.05) ? random.between(least, most) : random.between(a, most);
  return `${a}-${b}`;
}

// A value, range or step of a numeric field.
function item(random, least, most) {
  const kind = random.between(0, 9);
  if (kind < 5) return `${random.chance(0.02) ? most + 1 : random.between(least, most)}`;
  if (kind < 7) return range(random, least, most);
  if (kind < 8) return range(random, least, most) + step(random, most - least + 1);
  return random.pick(['*', '*', '?']) + step(random, most - least + 1);
}

function list(random, make, longest = 3) {
  return Array.from({ length: random.chance(0.7) ? 1 : random.between(2, longest) }, make).join(',');
}

function minute(random) {
  if (random.chance(0.3)) return random.pick(['0', '30', '15', '59', '00']);
  return random.chance(0.1) ? '*' : list(random, () => item(random, 0, 59));
}

function hour(random) {
  const kind = random.between(0, 9);
  if (kind < 5) return list(random, () => `${random.pick([0, 1, 1, 2, 2, 2, 3, 3, 4, 22, 23])}`);
  if (kind < 6) return random.pick(['1-3', '0-3', '2-3', '0-4/2', '23', '*/2', '*/3']);
  return random.chance(0.4) ? '*' : list(random, () => item(random, 0, 23));
}

function dayOfMonth(random) {
  if (random.chance(0.55)) return random.pick(['*', '*', '*', '?']);
  return list(random, () => {
    const kind = random.between(0, 19);
    if (kind < 3) return random.pick(['L', 'l', '$']);
    if (kind < 6) return `${random.between(1, 31)}${random.pick(['W', 'w'])}`;
    return item(random, 1, 31);
  });
}

function month(random) {
  if (random.chance(0.7)) return '*';
  if (random.chance(0.3)) return list(random, () => random.pick(months));
  if (random.chance(0.1)) return `${random.pick(months)}-${random.pick(months)}`;
  return list(random, () => item(random, 1, 12));
}

function dayName(random) {
  return random.chance(0.3) ? random.pick(days) : `${random.chance(0.02) ? 8 : random.between(0, 7)}`;
}

function dayOfWeek(random) {
  if (random.chance(0.6)) return random.pick(['*', '*', '*', '?']);
  return list(random, () => {
    const kind = random.between(0, 9);
    if (kind < 4) return dayName(random);
    if (kind < 5) return `${dayName(random)}-${dayName(random)}`;
    if (kind < 7) return `${dayName(random)}#${random.chance(0.03) ? random.pick([0, 6]) : random.between(1, 5)}`;
    if (kind < 8) return `${dayName(random)}${random.pick(['L', 'l', '#L'])}`;
    return item(random, 0, 6);
  });
}

// Breaks an expression: what is refused, and what is not, must agree too.
function spoiled(random, text) {
  const at = random.between(0, text.length - 1);
  const c = random.pick([...'0123456789*/-,#LW? xabF@+']);
  return random.chance(0.5) ? text.slice(0, at) + c + text.slice(at + 1) : text.slice(0, at) + c + text.slice(at);
}

export function randomExpression(random) {
  if (random.chance(0.02)) {
    return random.pick(['@yearly', '@annually', '@Monthly', '@weekly', '@daily', '@MIDNIGHT', '@hourly']);
  }
  const fields = [minute(random), hour(random), dayOfMonth(random), month(random), dayOfWeek(random)];
  if (random.chance(0.15)) fields.unshift(random.chance(0.2) ? '*' : list(random, () => item(random, 0, 59)));
  const text = fields.join(' ');
  return random.chance(0.04) ? spoiled(random, text) : text;
}
