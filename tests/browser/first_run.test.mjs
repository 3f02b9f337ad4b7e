// From a server that was just started to a job that runs: the link that it prints, a password, and on the page that is still empty a target, a secret, a schedule, a test call against
// the users' own function, and the job is on. Counts what has to be done: it is to take under a minute.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Edgecron, ROOT } from "../integration/harness/edgecron.mjs";
import { startFunctions } from "../integration/harness/functions.mjs";
import { until } from "../integration/harness/wait.mjs";
import { auditPage } from "./harness/axe.mjs";
import { go, launch, openPage, picture, settled } from "./harness/browser.mjs";
import { FUNCTION_KEYS } from "./harness/jobs.mjs";

const PICTURES = join(ROOT, "build/screens"), PASSWORD = "four seagulls over Bergen", MOST_STEPS = 20;
let e, functions, browser, page;
before(async () => {
  mkdirSync(PICTURES, { recursive: true });
  e = new Edgecron();
  [functions, browser] = await Promise.all([startFunctions({ keys: FUNCTION_KEYS }), launch()]);
  await e.serve();
  page = await openPage(browser, e.url, { expected: (text) => /\b422\b/.test(text) });
});
after(async () => {
  await browser?.close();
  await e?.stop();
  await functions?.stop();
});

async function shown(name) {
  await settled(page, { quiet: 300 });
  await picture(page, join(PICTURES, `${name}-desktop-light.png`));
  assert.equal(await page.locator("h1").count(), 1, name);
  assert.equal((await auditPage(page)).join("\n"), "", `${name}: axe`);
  page.assertNoTrouble(name);
}

test("the link of the first start asks for a password, and lets in", async () => {
  const [, link] = await until("the set-up link in the log", () => e.server.stderr.match(/link="?(http:\S+?#setup=ecl_[\w-]{43})/));
  await page.goto(link);
  await shown("setup");
  await page.getByLabel("New password").fill("1234567890");
  await page.keyboard.press("Enter");
  await page.locator("small.bad").waitFor();
  assert.equal(await page.getByLabel("New password").inputValue(), "1234567890");
  await page.getByLabel("New password").fill(PASSWORD);
  await page.keyboard.press("Enter");
  await page.getByRole("navigation").first().waitFor();
  assert.doesNotMatch(page.url(), /ecl_/, "the link is not in the address any more");
  await shown("overview-empty");
});

test("with nothing there each screen says what it is for, and what to do", async () => {
  for (const name of ["jobs", "runs", "targets", "secrets", "alerts"]) {
    await go(page, `#/${name}`);
    assert.ok((await page.getByRole("main").innerText()).length > 40, `${name} says nothing`);
    await shown(`${name}-empty`);
  }
});

test("the first job: target, secret, schedule, test call, on", async (t) => {
  let steps = 0;
  const does = async (act) => { steps++; await act; };
  const button = (name) => page.getByRole("button", { name, exact: true });
  await go(page, "#/jobs");
  await does(page.getByRole("main").getByRole("link", { name: "New job" }).or(page.getByRole("main").getByRole("button", { name: "New job" })).first().click());
  await settled(page);
  await does(page.getByLabel("URL of the function").fill(`${functions.url}/followup-processor`));
  await page.keyboard.press("Tab");
  assert.equal(await page.getByLabel("URL of the function").inputValue(), "/followup-processor", "the rest is the target's");
  assert.equal(await page.getByLabel("Base URL").inputValue(), functions.url);
  await does(page.getByLabel("Name of the target").fill("prod"));
  await does(button("+ X-Internal-Key").click());
  await page.waitForFunction(() => /secret\./.test(document.activeElement?.value ?? "")); // the new header gets the focus, and would take it from the next field
  await does(page.getByLabel("Value of CRON_INTERNAL_KEY").fill(FUNCTION_KEYS.CRON_INTERNAL_KEY));
  await does(page.getByLabel("Text of the body").fill('{ "time_slot": "07:00", "source": "cron", "timestamp": "{{now}}" }'));
  await does(page.getByLabel("Repeat").selectOption({ label: "Monday to Friday" }));
  await does(page.getByLabel("Name", { exact: true }).fill("followup-7h"));
  await page.getByRole("main").getByText(/Monday through Friday|Monday to Friday/).last().waitFor();
  await shown("new-job-first");
  await does(button("Test call first…").click());
  await page.getByRole("dialog").waitFor();
  assert.equal((await e.json(["job", "show", "followup-7h"])).enabled, false, "not on before it was tried");
  await does(button("Call now").click());
  await until("the test call to succeed", () => page.getByRole("dialog").getByText("succeeded").first().isVisible(),
    { within: 15_000, state: async () => ({ dialog: await page.getByRole("dialog").allInnerTexts(), runs: await e.runs("--job", "followup-7h") }) });
  await page.getByRole("dialog").getByText("followups_sent").first().waitFor();
  await shown("test-call");
  await does(button("Switch on and finish").click());
  await until("the job's own page", () => /#\/jobs\/followup-7h$/.test(page.url()));
  t.diagnostic(`${steps} steps to the first job`);
  assert.ok(steps <= MOST_STEPS, `${steps} steps`);

  const job = await e.json(["job", "show", "followup-7h"]);
  assert.deepEqual([job.enabled, job.schedule, job.target, job.request.url], [true, "0 7 * * 1-5", "prod", "/followup-processor"]);
  assert.equal(job.request.headers["X-Internal-Key"], "{{secret.CRON_INTERNAL_KEY}}");
  const [run] = await e.runs("--job", "followup-7h");
  assert.deepEqual([run.state, run.http_status], ["succeeded", 200]);
  assert.ok(!(await page.content()).includes(FUNCTION_KEYS.CRON_INTERNAL_KEY), "the secret is not in the page");
  page.assertNoTrouble();
});

test("logs out, and the back button shows nothing", async () => {
  await go(page, "#/settings");
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByLabel("Password", { exact: true }).waitFor();
  await page.goBack();
  await page.getByLabel("Password", { exact: true }).waitFor();
  assert.equal(await page.getByRole("navigation").count(), 0);
  page.assertNoTrouble();
});
