// "Check everything": what the server finds, by keyboard, in each language; the command that it names, copied and run on the server, mends it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { BINARY, Edgecron, document as file, job, target } from "../integration/harness/edgecron.mjs";
import { run } from "../integration/harness/process.mjs";
import { freePort } from "../integration/harness/ports.mjs";
import { until } from "../integration/harness/wait.mjs";
import { auditPage } from "./harness/axe.mjs";
import { launch, logInByToken, openPage, settled } from "./harness/browser.mjs";

const e = new Edgecron();
let browser;
before(async () => {
  await e.apply(file([target("prod", `http://127.0.0.1:${await freePort()}/functions/v1`, { headers: { "X-Key": "{{secret.LOST}}" } })], [job("daily", "/daily", { target: "prod" })]));
  await e.serve(["--allow-private", "127.0.0.0/8"]);
  await e.createToken("admin", "admin");
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await e.stop();
});

const open = async (language, more = {}) => {
  const page = await openPage(browser, e.url, { language, ...more });
  await logInByToken(page, e.token, "#/alerts");
  return page;
};

test("by keyboard: what is wrong comes first, with why and the command, which mends it", async () => {
  const page = await open("en-GB");
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  const look = page.getByRole("button", { name: "Check everything" });
  await look.focus();
  await page.keyboard.press("Enter");
  const list = page.getByRole("list", { name: "Check everything" }), of = (text) => list.getByRole("listitem").filter({ hasText: text });
  await of("secret 'LOST' is not set, but used by job 'daily'").waitFor();
  await settled(page);
  assert.match(await page.locator("main [role=status] .badge").first().innerText(), /2 wrong/);
  assert.match(await of("target 'prod' cannot be reached").innerText(), /wrong[^]*connection refused[^]*calls of job 'daily' fail/);
  assert.match(await list.getByRole("listitem").first().innerText(), /wrong/, "the worst first");
  await page.getByText("in order", { exact: true }).click();
  await page.getByText("job 'daily' is next due at").waitFor();
  assert.equal(await look.evaluate((b) => b === document.activeElement), false, "the list was opened since");
  assert.deepEqual(await auditPage(page), []);
  await of("'LOST'").getByRole("button", { name: "Copy" }).click();
  const command = await page.evaluate(() => navigator.clipboard.readText());
  assert.equal(command, `edgecron secret set LOST --data '${e.dir}'`);
  const done = await run("sh", ["-ec", command.replace("edgecron", `'${BINARY}'`)], { input: "a-value-q3VJx0cN9mKf7LrT2wYbZ8hD5sP" });
  assert.equal(done.code, 0, done.stderr);
  await look.press("Enter");
  await of("'LOST'").waitFor({ state: "detached" });
  page.assertNoTrouble();
  await page.end();
});

for (const [language, button, bad] of [["fr-FR", "Tout vérifier", "à réparer"], ["es-ES", "Comprobarlo todo", "por arreglar"]]) {
  test(`in ${language}, on a phone, in the dark`, async () => {
    const page = await open(language, { size: "phone", theme: "dark" });
    await page.getByRole("button", { name: button }).click();
    await page.getByRole("list", { name: button }).getByText(bad).first().waitFor();
    await settled(page);
    assert.deepEqual(await auditPage(page), []);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, "nothing sticks out");
    page.assertNoTrouble();
    await page.end();
  });
}

test("who may not administer is not offered it", async () => {
  await e.createToken("reader", "operate");
  const page = await open("en-GB");
  assert.equal(await page.getByRole("button", { name: "Check everything" }).count(), 0);
  page.assertNoTrouble();
  await page.end();
});

test("a target's health path, which the form does not show, stays when the form is saved", async () => {
  await e.createToken("editor", "admin");
  await e.ok(["target", "set", "prod", "--health-path", "/health"]);
  const page = await openPage(browser, e.url, { language: "en-GB" });
  await logInByToken(page, e.token, "#/targets/prod");
  await page.getByLabel("Calls in a second or minute").fill("5/s");
  await page.getByRole("button", { name: "Save" }).click();
  await until("the rate to be saved", async () => (await e.json(["target", "show", "prod"])).rate === "5/s");
  assert.equal((await e.json(["target", "show", "prod"])).health_path, "/health");
  page.assertNoTrouble();
  await page.end();
});
