// With 10,000 jobs and 100,000 runs each screen shows a part, asks for a part, and goes on from there: elements and requests are counted, not milliseconds, which `make bench` and
// this test's own lines tell.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Edgecron, ROOT } from "../integration/harness/edgecron.mjs";
import { run } from "../integration/harness/process.mjs";
import { go, launch, logInByToken, openPage, settled } from "./harness/browser.mjs";

const HISTORY = join(ROOT, "build/release/tests/bench/history"), JOBS = 10_000, RUNS = 100_000;
const MOST_ELEMENTS = 15_000, MOST_REQUESTS = 12, MOST_BYTES = 2 << 20; // of a screen that is opened
const skip = existsSync(HISTORY) ? false : `needs ${HISTORY}: make build/release/tests/bench/history`;
let e, browser, page, requests, answers;
before(async () => {
  if (skip) return;
  [requests, answers] = [0, []];
  e = new Edgecron();
  const made = await run(HISTORY, [e.dir, String(JOBS), String(RUNS)], { within: 120_000 });
  assert.equal(made.code, 0, made.stderr);
  await e.createToken("browser", "admin");
  await e.serve(["--log-level", "warn"]);
  browser = await launch();
  page = await openPage(browser, e.url);
  page.on("request", (r) => r.url().includes("/api/") && requests++);
  page.on("response", (r) => r.url().includes("/events") || answers.push(r.body().then((b) => b.length, () => 0)));
  await logInByToken(page, e.token);
});
after(async () => {
  await browser?.close();
  await e?.stop();
});

const elements = () => page.locator("*").count();
async function measured(t, what, act) {
  [requests, answers] = [0, []];
  const begun = performance.now();
  await act();
  await settled(page);
  const ms = Math.round(performance.now() - begun), n = await elements(), bytes = (await Promise.all(answers)).reduce((a, b) => a + b, 0);
  t.diagnostic(`${what}: ${ms} ms, ${n} elements, ${requests} requests, ${bytes} bytes`);
  assert.ok(n < MOST_ELEMENTS, `${what}: ${n} elements`);
  assert.ok(requests <= MOST_REQUESTS, `${what}: ${requests} requests`);
  assert.ok(bytes < MOST_BYTES, `${what}: ${bytes} bytes`);
}
const scrollDown = async () => {
  for (let i = 0; i < 12; i++) await page.mouse.wheel(0, 2500);
};

for (const [name, hash] of [["overview", "#/"], ["jobs", "#/jobs"], ["a job", "#/jobs/job-004711"], ["runs", "#/runs"], ["failed runs", "#/runs?state=failed"], ["targets", "#/targets"], ["secrets", "#/secrets"], ["audit", "#/audit"]]) {
  test(`${name}: a bounded part is shown and asked for, also when one scrolls`, { skip }, async (t) => {
    await measured(t, name, () => go(page, hash));
    await measured(t, `${name}, scrolled`, scrollDown);
    page.assertNoTrouble(name);
  });
}

for (const [what, hash, linksTo] of [["jobs", "#/jobs", "#/jobs/"], ["runs", "#/runs", "#/runs/"]]) {
  test(`${what}: all of them can be come to, a part at a time`, { skip }, async (t) => {
    await go(page, hash);
    const links = () => page.locator(`main table a[href^="${linksTo}"]`).evaluateAll((all) => all.map((a) => a.getAttribute("href")));
    const first = new Set(await links());
    assert.ok(first.size >= 20, `${first.size} shown`);
    await measured(t, `${what}, the next part`, async () => {
      await page.getByRole("main").getByRole("link", { name: /next|older|more/i }).or(page.getByRole("main").getByRole("button", { name: /next|older|more/i })).first().click();
      await page.waitForFunction(([root, seen]) => [...document.querySelectorAll(`main table a[href^="${root}"]`)].some((a) => !seen.includes(a.getAttribute("href"))), [linksTo, [...first]]);
    });
    page.assertNoTrouble(what);
  });
}

test("jobs are found by a part of the name, while one types, with a request or two", { skip }, async (t) => {
  await go(page, "#/jobs");
  await measured(t, "jobs, searched", async () => {
    await page.getByRole("main").getByRole("searchbox").pressSequentially("job-00471", { delay: 30 });
    await page.waitForFunction(() => document.querySelectorAll("main tbody tr").length <= 10);
  });
  for (const row of await page.locator("main tbody tr").allInnerTexts()) assert.match(row, /job-00471/);
  const next = page.getByRole("main").getByRole("link", { name: /next|older|more/i }); // a page may be short where a filter finds little
  if (!(await page.getByRole("link", { name: "job-004719", exact: true }).isVisible())) await next.click();
  await page.getByRole("link", { name: "job-004719", exact: true }).waitFor();
  page.assertNoTrouble();
});
