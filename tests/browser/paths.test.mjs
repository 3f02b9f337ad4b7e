// The main path of each screen, with the mouse, and what the server then has.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { until } from "../integration/harness/wait.mjs";
import { go, launch, logInByPassword, logInByToken, openPage, settled } from "./harness/browser.mjs";
import { RETRIES, SLOW, UNAUTHORIZED, WELL } from "./harness/jobs.mjs";
import { PASSWORD, World } from "./harness/world.mjs";

let world, browser, page;
before(async () => {
  [world, browser] = await Promise.all([new World().start(), launch()]);
  page = await openPage(browser, world.url, { expected: (text) => /\b422\b/.test(text) });
  await logInByPassword(page, PASSWORD);
});
after(async () => {
  await browser?.close();
  await world?.stop();
});

const main = () => page.getByRole("main");
const button = (name) => main().getByRole("button", { name });
/** What was made and is shown this once. */
const made = async () => {
  const field = main().locator("input[readonly]:focus");
  await field.waitFor();
  return field.inputValue();
};
/** Answers the question before what cannot be undone. */
const sure = (name) => page.getByRole("dialog").getByRole("button", { name }).click();

test("overview: everything is paused, and goes on", async () => {
  await go(page, "#/");
  await button("Pause everything").click();
  await sure(/^Pause/);
  await until("the pause", async () => (await world.get("settings")).paused);
  await main().getByRole("heading", { level: 1, name: /paused/i }).waitFor();
  await button(/^Resume/).first().click();
  await until("the end of it", async () => !(await world.get("settings")).paused);
  await button("Pause everything").waitFor();
  page.assertNoTrouble();
});

test("jobs: found by state and tag, with the filter in the address", async () => {
  await go(page, "#/jobs");
  await main().getByLabel("State").selectOption({ label: "failing" });
  await main().getByRole("link", { name: WELL, exact: true }).waitFor({ state: "detached" });
  await main().getByRole("link", { name: UNAUTHORIZED, exact: true }).waitFor();
  assert.match(page.url(), /state=failing/);
  await page.reload();
  await settled(page);
  assert.equal(await main().getByRole("link", { name: WELL, exact: true }).count(), 0, "also when it is loaded anew");
  await go(page, "#/jobs?tag=pagos");
  assert.equal(await main().locator("tbody tr").count(), 1);
  page.assertNoTrouble();
});

test("job: the request is shown as it will be sent, without the secret", async () => {
  await go(page, `#/jobs/${WELL}`);
  await main().getByText("{{secret.CRON_INTERNAL_KEY}}").first().waitFor();
  await main().getByText(/X-Internal-Key/).first().waitFor();
  assert.ok(!(await page.content()).includes("kJ8mN2pQ5rT9wX3yB6eH1jK4lM7nP0sV2uA5cD8fG1h"));
  page.assertNoTrouble();
});

test("job: its plot follows the pointer and the window, hides what is not wanted, and leads to a run", async () => {
  await go(page, `#/jobs/${WELL}`);
  const over = page.locator(".u-over").first(), legend = page.locator(".u-legend").first(), middle = async () => { const b = await over.boundingBox(); return [b.x + b.width / 2, b.y + b.height / 2]; };
  await page.mouse.move(...await middle());
  await until("the legend to tell of a run", async () => /succeeded\s*[\d.,]+\s(ms|sec)/.test(await legend.innerText()), { state: () => legend.innerText() });
  await legend.getByText("succeeded").click();
  await legend.locator(".u-off").waitFor();
  await legend.getByText("succeeded").click();
  await legend.locator(".u-off").waitFor({ state: "detached" });
  const size = page.viewportSize();
  await page.setViewportSize({ ...size, width: 700 });
  await until("the plot to be as wide as its place", () => page.locator(".plot canvas").first().evaluate((c) => c.clientWidth === c.closest(".plot").clientWidth));
  await page.setViewportSize(size);
  await settled(page);
  await page.mouse.click(...await middle());
  await main().getByRole("heading", { level: 1, name: WELL }).waitFor();
  assert.match(page.url(), /#\/runs\//);
  page.assertNoTrouble();
});

test("stats: of all jobs or one, over a day or a month; every metric in sums", async () => {
  await go(page, "#/stats");
  const runs = async () => +(await main().locator("dd").first().innerText()).replaceAll(/\D/g, ""), all = await runs();
  await main().getByRole("heading", { level: 3, name: "followups_sent" }).waitFor();
  await main().getByLabel("Job").fill(WELL);
  await until("the sums of one job", async () => (await runs()) < all, { state: runs });
  assert.match(page.url(), new RegExp(`job=${WELL}`));
  await main().getByRole("button", { name: "30 days" }).click();
  await main().getByText("Sums by the day.").waitFor();
  const { runs: month } = await world.get(`stats?job=${WELL}&window=30d`);
  await until("the sums of a month", async () => (await runs()) === month, { state: runs });
  page.assertNoTrouble();
});

test("runs: filtered by job and state; a run tells why it failed, and is retried", async () => {
  await go(page, `#/runs?job=${UNAUTHORIZED}&state=failed`);
  const states = await main().locator("tbody tr").allInnerTexts();
  assert.ok(states.length > 3 && states.every((s) => /failed/.test(s)), states.join("\n"));
  await main().locator(`a[href^="#/runs/"]`).first().click();
  await until("the run", () => /#\/runs\/[0-9a-f-]{36}$/.test(page.url()));
  await settled(page);
  await main().getByText(/401/).first().waitFor();
  const id = page.url().split("/").pop();
  await button(/^Retry/).click();
  const again = await until("a new run", async () => (await world.get(`runs?job=${UNAUTHORIZED}&limit=5`)).items.find((r) => r.retry_of === id));
  assert.equal(again.job, UNAUTHORIZED);
  page.assertNoTrouble();
});

test("run: one under way is canceled", async () => {
  const id = await world.runId(SLOW, "running");
  await go(page, `#/runs/${id}`);
  await button("Cancel the run").click();
  await sure(/^Cancel the run|^Yes/);
  await main().getByText("canceled").first().waitFor();
  assert.equal((await world.get(`runs/${id}`)).state, "canceled");
  page.assertNoTrouble();
});

test("run: attempts are there with what was sent and answered", async () => {
  await go(page, `#/runs/${await world.runId(RETRIES, "retrying")}`);
  await main().getByText("le catalogue est en maintenance").first().waitFor();
  await main().getByText(/Attempt 1/).first().waitFor();
  page.assertNoTrouble();
});

test("target: checked, and changed", async () => {
  await go(page, "#/targets/citas");
  await button(/^Check/).click();
  await main().getByText(/^\W*reached$/).first().waitFor();
  const field = main().getByLabel("Calls at the same time");
  if (!(await field.isVisible())) await main().getByText("Limits and TLS").click();
  await field.fill("7");
  await button("Save").click();
  await until("the change", async () => (await world.get("targets/citas")).max_concurrent === 7);
  page.assertNoTrouble();
});

test("secret: made here, shown once; rotated with the old value still good", async () => {
  await go(page, "#/secrets/WEBHOOK_SIGNING_KEY");
  await button("Rotate").click();
  await until("a second version", async () => (await world.get("secrets/WEBHOOK_SIGNING_KEY")).version === 2);
  await main().getByText(/shown this once/).first().waitFor();
  const value = await made();
  assert.match(value, /^\S{32,}$/);
  await button("I have put it there").click();
  await main().getByText(/shown this once/).waitFor({ state: "detached" });
  await page.reload();
  await settled(page);
  assert.ok(!(await page.content()).includes(value), "and never again");
  page.assertNoTrouble();
});

test("settings: a token is made, lets in, and is revoked", async () => {
  await go(page, "#/settings");
  await main().getByText("New token", { exact: true }).click();
  await main().getByLabel("Name", { exact: true }).fill("on-the-wall");
  await button("Make the token").click();
  const token = await made();
  assert.match(token, /^ect_/);
  const other = await openPage(browser, world.url);
  await logInByToken(other, token);
  other.assertNoTrouble("with the new token");
  await other.end();
  await button("I have copied it").click();
  await button("Revoke token on-the-wall").click();
  await sure(/^Revoke/);
  await until("its end", async () => !(await world.get("tokens")).items.some((t) => t.name === "on-the-wall"));
  page.assertNoTrouble();
});

test("settings: the backup and the export are files", async () => {
  await go(page, "#/settings");
  for (const [name, begins] of [["Download a backup", "SQLite format 3"], ["Download the export", "{"]]) {
    const [file] = await Promise.all([page.waitForEvent("download"), main().getByRole("button", { name }).or(main().getByRole("link", { name })).click()]);
    assert.ok(readFileSync(await file.path()).toString("latin1").startsWith(begins), `${name}: ${file.suggestedFilename()}`);
  }
  page.assertNoTrouble();
});

test("audit: what was done here is told", async () => {
  await go(page, "#/audit");
  const text = await main().innerText();
  for (const what of [/citas/, /WEBHOOK_SIGNING_KEY/, /on-the-wall/]) assert.match(text, what);
  page.assertNoTrouble();
});

test("a token that may only read sees everything, and no button that it may not press", async () => {
  const other = await openPage(browser, world.url);
  await logInByToken(other, await world.token("read"));
  for (const hash of ["#/", "#/jobs", `#/jobs/${WELL}`, "#/runs", "#/targets", "#/targets/citas", "#/secrets", "#/secrets/CRON_INTERNAL_KEY", "#/alerts", "#/settings", "#/new-job"]) {
    await go(other, hash);
    const forbidden = other.getByRole("main").getByRole("button", { name: /^(Pause|Run .*now|Delete|Rotate|Save|Make the token|Check|Resume|Retry)/, disabled: false });
    assert.deepEqual(await forbidden.allInnerTexts(), [], hash);
    other.assertNoTrouble(hash);
  }
  await other.end();
});

test("a token with tags begins with its jobs, runs one, and is told why the rest is not there", async () => {
  const other = await openPage(browser, world.url);
  await logInByToken(other, await world.token("admin", "followup"));
  const menu = other.getByRole("navigation", { name: "Screens" });
  assert.deepEqual(await menu.getByRole("listitem").allInnerTexts(), ["Jobs", "Runs", "Sign out"]);
  await other.getByRole("heading", { level: 1, name: "Jobs" }).waitFor();
  await other.getByRole("button", { name: `Run now: ${WELL}` }).click();
  await other.getByRole("status").getByText(`${WELL} was started`).waitFor();
  for (const hash of [`#/jobs/${WELL}`, "#/runs"]) await go(other, hash);
  for (const hash of ["#/targets", "#/targets/citas", "#/secrets", "#/alerts", "#/audit", "#/settings", "#/new-job", "#/new-target", `#/jobs/${WELL}/edit`]) {
    await go(other, hash);
    await other.getByRole("main").getByText("runs the jobs tagged followup").waitFor();
    assert.equal(await other.getByRole("main").getByRole("button").count(), 0, hash);
  }
  other.assertNoTrouble();
  await other.end();
});

test("what cannot be a token is refused as one, and forgotten", async () => {
  const other = await openPage(browser, world.url);
  await other.goto(`${world.url}/#token=100%`);
  await other.getByText("With a token, or no password yet?").click();
  await other.getByLabel("Token", { exact: true }).fill("ect_\u200b1");
  await other.keyboard.press("Enter");
  await other.getByText("the token is not known").waitFor();
  await other.reload();
  await other.getByRole("heading", { name: "Sign in" }).waitFor();
  await other.end();
});
