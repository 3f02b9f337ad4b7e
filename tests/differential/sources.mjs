// sources.mjs - random numbers that a seed repeats, and the clock changes of a zone as this JavaScript engine knows them.

// mulberry32
export function generator(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return {
    chance: (p) => next() < p,
    between: (least, most) => least + Math.floor(next() * (most - least + 1)),
    pick: (list) => list[Math.floor(next() * list.length)],
  };
}

const formats = new Map();

// Offset from UTC in ms. Seconds of an offset are kept (Monrovia until 1972).
export function offsetAt(zone, ms) {
  if (!formats.has(zone)) {
    formats.set(zone, new Intl.DateTimeFormat('en-US', {
      timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric',
      hour: 'numeric', minute: 'numeric', second: 'numeric',
    }));
  }
  const part = Object.fromEntries(formats.get(zone).formatToParts(ms).map((p) => [p.type, Number(p.value)]));
  return Date.UTC(part.year, part.month - 1, part.day, part.hour, part.minute, part.second) - Math.floor(ms / 1000) * 1000;
}

const STEP = 8 * 86400e3;

// Instants in [from, until) at which the offset changes, to the second.
export function zoneChanges(zone, from, until) {
  const changes = [];
  for (let at = from; at < until; at += STEP) {
    let low = at;
    let high = at + STEP;
    const before = offsetAt(zone, low);
    if (offsetAt(zone, high) === before) continue;
    while (high - low > 1000) {
      const middle = low + Math.floor((high - low) / 2000) * 1000;
      if (offsetAt(zone, middle) === before) low = middle;
      else high = middle;
    }
    changes.push(high);
  }
  return changes;
}
