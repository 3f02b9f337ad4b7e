// Waiting is polling with a deadline: a slow machine makes a test slower, not red.
import { setTimeout as sleep } from "node:timers/promises";

export { sleep };

/** EDGECRON_SLOW=n stretches every deadline, for sanitizers and emulators. */
export const SLOW = Number(process.env.EDGECRON_SLOW ?? 1);

/** Calls `probe` until it gives something truthy, and returns that. `what` says what was waited for; `state()` what was there instead. */
export async function until(what, probe, { within = 30_000, every = 40, state } = {}) {
  const deadline = Date.now() + within * SLOW;
  let failure;
  for (;;) {
    try {
      const value = await probe();
      if (value) return value;
      failure = undefined;
    } catch (e) {
      failure = e;
    }
    if (Date.now() > deadline) {
      const seen = state ? `; last seen: ${JSON.stringify(await state(), null, 1)}` : "";
      throw new Error(`waited ${within} ms in vain: ${what}${failure ? `: ${failure.message}` : ""}${seen}`);
    }
    await sleep(every);
  }
}

/** Runs `work` over all items, at most `width` at a time. Order of results is that of the items. */
export async function each(items, work, width = 6) {
  const results = new Array(items.length);
  let next = 0;
  const lane = async () => {
    while (next < items.length) {
      const i = next++;
      results[i] = await work(items[i], i);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, lane));
  return results;
}
