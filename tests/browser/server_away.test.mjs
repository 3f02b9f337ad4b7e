// What happens is shown as it happens; a server that is away is said to be, comes back by itself, and nothing that was typed is lost meanwhile.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { document, job, target } from "../integration/harness/edgecron.mjs";
import { until } from "../integration/harness/wait.mjs";
import { go, launch, logInByToken, openPage } from "./harness/browser.mjs";
import { RETRIES, WELL } from "./harness/jobs.mjs";
import { World } from "./harness/world.mjs";

const AWAY = /ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_EMPTY_RESPONSE/;
let world, browser;
before(async () => ([world, browser] = await Promise.all([new World().start(), launch()])));
after(async () => {
  await browser?.close();
  await world?.stop();
});

/** A page that notices when it is loaded anew. */
async function open(hash, expected) {
  const page = await openPage(browser, world.url, { expected });
  await logInByToken(page, world.e.token, hash);
  await page.evaluate(() => (globalThis.loadedOnce = true));
  page.assertSame = async () => assert.equal(await page.evaluate(() => globalThis.loadedOnce), true, "the page was loaded anew");
  return page;
}
async function leave(page) {
  await page.assertSame();
  page.assertNoTrouble();
  await page.end();
}
const alert = (page) => page.getByRole("alert").filter({ hasText: /server|reach/i });

test("a run that somebody else starts is shown at once: in the list, on its own page, and under way on the overview", async () => {
  const pages = await Promise.all(["#/", "#/runs"].map((hash) => open(hash)));
  const { id } = await world.post(`jobs/${RETRIES}/run`);
  for (const page of pages) await page.locator(`a[href="#/runs/${id}"]`).first().waitFor();
  const [overview, list] = pages;
  await go(list, `#/runs/${id}`);
  await list.getByRole("main").getByText("retrying").first().waitFor();
  await world.post(`runs/${id}/cancel`);
  await list.getByRole("main").getByText("canceled").first().waitFor();
  await overview.locator(`table a[href="#/runs/${id}"]`).waitFor({ state: "detached" });
  for (const page of pages) await leave(page);
});

test("what somebody else changes is shown at once: a job paused, made and removed", async () => {
  const page = await open("#/jobs");
  await world.e.ok(["job", "pause", WELL]);
  const row = page.getByRole("row").filter({ has: page.getByRole("link", { name: WELL, exact: true }) });
  await row.getByText("paused").first().waitFor();
  await world.e.ok(["job", "resume", WELL]);
  await row.getByText("paused").first().waitFor({ state: "detached" });
  await world.e.apply(document([target("services", world.services.url)], [job("aaa-new-here", "/ok", { target: "services" })]));
  await page.getByRole("link", { name: "aaa-new-here" }).first().waitFor();
  await world.e.ok(["job", "remove", "aaa-new-here"]);
  await page.getByRole("link", { name: "aaa-new-here" }).first().waitFor({ state: "detached" });
  await leave(page);
});

test("a server that is away is said to be; once it is back the page goes on by itself, with what is new", async () => {
  const page = await open("#/jobs", (text) => AWAY.test(text)), { port } = world.e;
  await page.getByRole("link", { name: WELL, exact: true }).waitFor();
  await world.e.stop("SIGKILL");
  await alert(page).waitFor();
  assert.ok(await page.getByRole("link", { name: WELL, exact: true }).isVisible(), "what was known is still there");
  await world.e.apply(document([target("services", world.services.url)], [job("aaa-made-meanwhile", "/ok", { target: "services" })]));
  await world.serve(port);
  await alert(page).waitFor({ state: "detached" });
  await page.getByRole("link", { name: "aaa-made-meanwhile" }).first().waitFor();
  const { id } = await world.post("jobs/aaa-made-meanwhile/run");
  await go(page, "#/runs");
  await page.locator(`a[href="#/runs/${id}"]`).first().waitFor();
  await leave(page);
});

test("a page that is opened while the server is on its way says so, and begins when it is there", async () => {
  const page = await open("#/targets", (text) => AWAY.test(text)), { port } = world.e;
  await world.e.stop("SIGKILL");
  await alert(page).waitFor();
  await page.evaluate(() => { location.hash = "#/secrets"; });
  await until("room for what is to come, or why nothing comes", async () => /reach|away|again/i.test(await page.locator("body").innerText()));
  await world.serve(port);
  await page.getByRole("link", { name: "CRON_INTERNAL_KEY" }).first().waitFor();
  await leave(page);
});

test("what the server refuses stays in the form, with the reason at its field", async () => {
  const page = await open("#/new-job", (text) => /\b422\b/.test(text));
  await page.getByLabel("URL of the function").fill("/ok");
  await page.getByLabel("Target", { exact: true }).selectOption("services");
  await page.getByLabel("Name", { exact: true }).fill("Not A Name!");
  await page.getByLabel("Description").fill("typed with care");
  await page.getByRole("main").getByRole("button", { name: /^Save/ }).first().click();
  await page.locator("[aria-invalid=true]").first().waitFor();
  assert.equal(await page.getByLabel("Name", { exact: true }).getAttribute("aria-invalid"), "true");
  const why = await page.evaluate((id) => document.getElementById(id)?.innerText, (await page.getByLabel("Name", { exact: true }).getAttribute("aria-describedby")).split(" ")[0]);
  assert.match(why, /a-z/);
  assert.equal(await page.getByLabel("Description").inputValue(), "typed with care");
  await page.getByLabel("Name", { exact: true }).fill("a-name");
  await page.getByRole("main").getByRole("button", { name: /^Save/ }).first().click();
  await until("the job", async () => (await world.e.api("/api/v1/jobs/a-name")).status === 200);
  assert.equal((await world.get("jobs/a-name")).description, "typed with care");
  await leave(page);
});

test("what could not be saved because the server was away is saved when it is back", async () => {
  const page = await open(`#/jobs/${WELL}/edit`, (text) => AWAY.test(text)), { port } = world.e;
  await page.getByLabel("Description").fill("written while all was well");
  await world.e.stop("SIGKILL");
  const save = page.getByRole("main").getByRole("button", { name: /^Save/ }).first();
  await save.click();
  await alert(page).waitFor();
  assert.equal(await page.getByLabel("Description").inputValue(), "written while all was well");
  await world.serve(port);
  await alert(page).waitFor({ state: "detached" });
  assert.equal(await page.getByLabel("Description").inputValue(), "written while all was well", "also once the server is back");
  await save.click();
  await until("the job to be changed", async () => (await world.get(`jobs/${WELL}`)).description === "written while all was well");
  await leave(page);
});

test("what was typed and not saved is still there after looking at another screen", async () => {
  const page = await open(`#/jobs/${WELL}/edit`);
  await page.getByLabel("Description").fill("half of it");
  await go(page, "#/targets");
  await page.goBack();
  await until("the form", async () => (await page.getByLabel("Description").inputValue()) === "half of it");
  await leave(page);
});

test("nothing of what was typed is there for who signs in after a sign-out", async () => {
  const page = await open(`#/jobs/${WELL}/edit`), description = page.getByLabel("Description");
  const before = await description.inputValue();
  await description.fill("not for others");
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByText("With a token, or no password yet?").click();
  await page.getByLabel("Token").fill(world.e.token);
  await page.getByRole("button", { name: "Sign in with the token" }).click();
  await go(page, `#/jobs/${WELL}/edit`);
  await description.waitFor();
  assert.equal(await description.inputValue(), before);
  await leave(page);
});

test("a target that somebody else changed while one types is not overwritten unasked", async () => {
  const page = await open("#/targets/services", (text) => /\b412\b/.test(text));
  const read = (await world.get("targets/services")).max_concurrent, field = page.getByLabel("Calls at the same time");
  await field.fill(String(read + 1));
  await world.e.api("/api/v1/targets/services", { method: "PATCH", body: JSON.stringify({ max_concurrent: read + 2 }) });
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("main").getByRole("alert").first().waitFor();
  assert.equal((await world.get("targets/services")).max_concurrent, read + 2);
  assert.equal(await field.inputValue(), String(read + 1));
  await leave(page);
});

test("a job that somebody else changed meanwhile is not overwritten unasked", async () => {
  const page = await open(`#/jobs/${WELL}/edit`, (text) => /\b412\b/.test(text));
  await page.getByLabel("Description").fill("mine");
  await world.e.ok(["job", "set", WELL, "--description", "theirs"]);
  const save = page.getByRole("main").getByRole("button", { name: /^Save/ }).first();
  await page.getByRole("main").getByRole("alert").first().waitFor();
  await save.click();
  await until("the answer", async () => (await page.getByRole("main").getByRole("alert").count()) > 0);
  assert.equal((await world.get(`jobs/${WELL}`)).description, "theirs");
  assert.equal(await page.getByLabel("Description").inputValue(), "mine");
  await leave(page);
});
