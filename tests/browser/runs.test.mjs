// The list of runs while runs happen, and one run while it does: what is read stays where it is, what goes on ticks, what was done is seen, and no focus is lost.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { until } from "../integration/harness/wait.mjs";
import { go, launch, logInByToken, openPage, settled } from "./harness/browser.mjs";
import { FUNCTION_KEYS, SLOW, UNAUTHORIZED, WELL } from "./harness/jobs.mjs";
import { World } from "./harness/world.mjs";

let world, browser, page;
before(async () => {
  [world, browser] = await Promise.all([new World().start(), launch()]);
  page = await openPage(browser, world.url);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await logInByToken(page, world.e.token);
  for (let i = 0; i < 3; i++) await world.runToEnd(UNAUTHORIZED);
});
after(async () => {
  await browser?.close();
  await world?.stop();
});

const button = (name, where = page) => where.getByRole("button", { name, exact: true });
const runs = () => page.locator("main tbody th a").evaluateAll((all) => all.map((a) => a.getAttribute("href")));
const hash = () => new URL(page.url()).hash;
const focusKept = async (what) => assert.notEqual(await page.evaluate(() => document.activeElement.tagName), "BODY", what);

test("states are chosen several at once, stand in the address, and are found again", async () => {
  await go(page, "#/runs");
  await button(/^\W*failed$/).click();
  await button(/^\W*canceled$/).click();
  await until("the filter in the address", () => hash() === "#/runs?state=failed%2Ccanceled");
  await settled(page);
  const states = async () => new Set(await page.locator("main tbody .badge").allInnerTexts());
  for (const s of await states()) assert.match(s, /failed|canceled/);
  const found = await runs();
  assert.ok(found.length >= 3);
  await page.locator(`main a[href="${found[1]}"]`).click();
  await until("the run", () => hash() === found[1]);
  await settled(page);
  await page.goBack();
  await settled(page);
  assert.equal(await button(/^\W*failed$/).getAttribute("aria-pressed"), "true");
  await until("the link that was followed to have the focus", () => page.evaluate((to) => document.activeElement.getAttribute("href") === to, found[1]));
  await page.reload();
  await settled(page);
  assert.equal(await button(/^\W*canceled$/).getAttribute("aria-pressed"), "true");
  await button("Clear the filters").click();
  await until("no filter", () => hash() === "#/runs");
  await focusKept("after the filters were cleared");
  page.assertNoTrouble();
});

test("several outcomes from a link can be seen in the form; where nothing is found, that is said", async () => {
  await go(page, "#/runs?outcome=dns,tls&text=never+said");
  assert.match(await page.getByLabel("Outcome").locator("option:checked").innerText(), /name not found, TLS/);
  await page.getByText("There are no such runs.").waitFor();
  page.assertNoTrouble();
});

test("a row that is pointed at stays where it is: new runs wait until it is left, or asked for", async () => {
  await go(page, "#/runs");
  const row = page.locator("main tbody tr").nth(2), before = await runs();
  await row.hover();
  const { y } = await row.boundingBox();
  const id = await world.runToEnd(WELL);
  const waiting = page.getByRole("button", { name: /new runs?$/ });
  await waiting.waitFor();
  assert.deepEqual(await runs(), before);
  assert.equal((await row.boundingBox()).y, y);
  await waiting.press("Enter"); // by keyboard: on its way to the button the pointer leaves the row, which lets the list go as well
  await until("the new run", async () => (await runs())[0] === `#/runs/${id}`);
  assert.equal(await waiting.count(), 0);
  await focusKept("after the new runs were asked for");

  await row.hover();
  const next = await world.runToEnd(WELL);
  await waiting.waitFor();
  await page.mouse.move(1, 1);
  await until("the new run, once no row is pointed at", async () => (await runs())[0] === `#/runs/${next}`);
  page.assertNoTrouble();
});

test("a run goes on before one's eyes, is canceled, and done again", async () => {
  const id = await world.runId(SLOW, "running");
  await go(page, `#/runs/${id}`);
  const took = page.locator(".facts time").last(), first = await took.innerText();
  await until("its duration to tick", async () => (await took.innerText()) !== first);
  await button("Cancel the run").click();
  await page.getByRole("dialog").getByRole("button", { name: "Cancel the run" }).click();
  await page.locator(".head .badge", { hasText: "canceled" }).waitFor();
  await button("Retry").waitFor();
  await focusKept("after it was canceled");
  await button("Retry").click();
  await until("the new run", () => /^#\/runs\/./.test(hash()) && hash() !== `#/runs/${id}`);
  await settled(page);
  assert.equal(await page.getByRole("link", { name: "does that run again" }).getAttribute("href"), `#/runs/${id}`);
  await world.post(`runs/${hash().slice("#/runs/".length)}/cancel`);
  page.assertNoTrouble();
});

test("it is copied as curl, with its secrets by name; the same can be read", async () => {
  const id = await world.runId(WELL, "succeeded");
  await go(page, `#/runs/${id}`);
  await button("Copy as curl").click();
  const line = await until("the clipboard", () => page.evaluate(() => navigator.clipboard.readText()));
  assert.match(line, /^curl -X POST /);
  assert.match(line, /"\$CRON_INTERNAL_KEY"/);
  assert.ok(!line.includes(FUNCTION_KEYS.CRON_INTERNAL_KEY));
  await page.getByText("The last request as a curl command").first().click();
  assert.equal(await page.getByRole("region", { name: "The last request as a curl command" }).innerText(), line);
  assert.ok(await page.locator(".exchange mark", { hasText: "{{secret.CRON_INTERNAL_KEY}}" }).first().isVisible());
  page.assertNoTrouble();
});

test("the run before and after; a link of the page as it was once", async () => {
  const { items: [newest, older] } = await world.get(`runs?job=${WELL}&limit=2`);
  await page.goto(`${page.origin}/#run=${newest.id}`);
  await until("the new address", () => hash() === `#/runs/${newest.id}`);
  await settled(page);
  await button("← The run before").click();
  await until("the run before", () => hash() === `#/runs/${older.id}`);
  await settled(page);
  await button("The run after →").click();
  await until("the run after", () => hash() === `#/runs/${newest.id}`);
  page.assertNoTrouble();
});
