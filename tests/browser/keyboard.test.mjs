// Once through with the keyboard alone: in, to the jobs, pause and resume one, run it, look at the run, back, and create a job. What has the focus can always be seen, and no action
// loses it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { until } from "../integration/harness/wait.mjs";
import { go, launch, openPage, settled } from "./harness/browser.mjs";
import { WELL } from "./harness/jobs.mjs";
import { assertFocusKept, choose, focused, press, tabTo, type } from "./harness/keyboard.mjs";
import { PASSWORD, World } from "./harness/world.mjs";

let world, browser, page;
before(async () => {
  [world, browser] = await Promise.all([new World().start(), launch()]);
  page = await openPage(browser, world.url, { expected: (text) => /\b422\b/.test(text) }); // a form that is not complete yet, tried out while one types
});
after(async () => {
  await browser?.close();
  await world?.stop();
});

const role = (name, options) => page.getByRole(name, options);
const heading = (name) => role("heading", { level: 1, name }).waitFor();
async function arrived(what, hash) {
  await until(`the address ${hash}`, () => hash.test(new URL(page.url()).hash));
  await settled(page);
  await assertFocusKept(page, what);
}

/** Where a step begins: there already, unless the one before it failed. */
async function from(hash) {
  if (new URL(page.url()).hash !== hash) await go(page, hash);
}

test("logs in", async () => {
  await page.goto(`${world.url}/`);
  await settled(page);
  if (!(await page.getByLabel("Password", { exact: true }).evaluate((x) => x === document.activeElement))) await tabTo(page, page.getByLabel("Password", { exact: true }));
  await page.keyboard.type("not the password");
  await page.keyboard.press("Enter");
  await until("what was wrong", async () => /password/i.test(await page.getByRole("main").locator("small.bad, [role=alert]").innerText()));
  page.troubles.splice(0); // 401, as it should be
  await assertFocusKept(page, "after a wrong password");
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press("Enter");
  await role("navigation").first().waitFor();
  await settled(page);
  await assertFocusKept(page, "after logging in");
});

test("skips to the content", async () => {
  await page.reload();
  await settled(page);
  await page.keyboard.press("Tab");
  assert.match((await focused(page)).words, /content/i);
  await page.keyboard.press("Enter");
  await until("the content to have the focus", async () => (await focused(page)).tag === "main");
});

test("goes to a job by the menu", async () => {
  await press(page, role("navigation").getByRole("link", { name: "Jobs", exact: true }), { back: true });
  await heading("Jobs");
  await arrived("in the list of jobs", /^#\/jobs$/);
  await press(page, role("link", { name: WELL, exact: true }));
  await arrived("at the job", new RegExp(`^#/jobs/${WELL}$`));
  await heading(new RegExp(WELL));
});

test("pauses the job, and resumes it", async () => {
  await from(`#/jobs/${WELL}`);
  await press(page, role("main").getByRole("button", { name: /^Pause/ }));
  await role("main").getByRole("button", { name: /^Resume/ }).waitFor();
  assert.equal((await world.get(`jobs/${WELL}`)).status.paused, true);
  await settled(page);
  assert.match((await focused(page)).words, /Resume/, "the button has kept the focus");
  await page.keyboard.press("Enter");
  await role("main").getByRole("button", { name: /^Pause/ }).waitFor();
  assert.equal((await world.get(`jobs/${WELL}`)).status.paused, false);
  await settled(page);
  assert.match((await focused(page)).words, /Pause/);
});

test("runs the job, looks at the run, and comes back", async () => {
  await from(`#/jobs/${WELL}`);
  const before = await world.runId(WELL);
  await press(page, role("main").getByRole("button", { name: /^Run .*now/ }));
  const id = await until("a run", async () => (await world.runId(WELL)) !== before && world.runId(WELL));
  await assertFocusKept(page, "after a run was asked for");
  await page.locator(`a[href="#/runs/${id}"]`).first().waitFor();
  await press(page, page.locator(`a[href="#/runs/${id}"]`), { most: 400 });
  await arrived("at the run", new RegExp(`^#/runs/${id}$`));
  await role("main").getByText("succeeded").first().waitFor();
  await page.goBack();
  await arrived("back at the job", new RegExp(`^#/jobs/${WELL}$`));
  await heading(new RegExp(WELL));
  await page.goForward();
  await arrived("at the run again", new RegExp(`^#/runs/${id}$`));
  await page.goBack();
  await page.goBack();
  await arrived("back in the list", /^#\/jobs$/);
  await heading("Jobs");
});

test("creates a job", async () => {
  await from("#/jobs");
  await press(page, role("main").getByRole("link", { name: "New job" }).or(role("main").getByRole("button", { name: "New job" })));
  await arrived("in the form", /^#\/new-job/);
  await type(page, page.getByLabel("URL of the function"), "/ok");
  await choose(page, page.getByLabel("Target", { exact: true }), "services");
  await choose(page, page.getByLabel("Repeat"), "Monday");
  await type(page, page.getByLabel("Expression", { exact: true }), "5 6 * * 1-5");
  await type(page, page.getByLabel("Name", { exact: true }), "by-keyboard");
  await press(page, role("main").getByRole("button", { name: /^Save/ }).first());
  await arrived("at the new job", /^#\/jobs\/by-keyboard$/);
  const job = await world.get("jobs/by-keyboard");
  assert.deepEqual([job.schedule, job.target, job.request.url], ["5 6 * * 1-5", "services", "/ok"]);
  assert.equal((await world.e.runJob("by-keyboard")).state, "succeeded");
});

test("asks before it deletes, and Escape is no", async () => {
  await from("#/jobs/by-keyboard");
  const remove = role("main").getByRole("button", { name: /^(Delete|Remove)/ });
  await press(page, remove);
  await role("dialog").waitFor();
  await page.keyboard.press("Escape");
  await role("dialog").waitFor({ state: "detached" });
  assert.match((await focused(page)).words, /Delete|Remove/, "the focus is where it was");
  await page.keyboard.press("Enter");
  await role("dialog").waitFor();
  await press(page, role("dialog").getByRole("button", { name: /^(Delete|Remove)/ }));
  await arrived("in the list of jobs", /^#\/jobs$/);
  assert.equal((await world.e.api("/api/v1/jobs/by-keyboard")).status, 404);
  page.assertNoTrouble();
});
