// Every screen at its address: for a desktop and a phone, light and dark, in three languages. One heading, a title, nothing wrong in the console, no request elsewhere, no
// finding of axe, and a picture of each in build/screens/.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { ROOT } from "../integration/harness/edgecron.mjs";
import { auditPage } from "./harness/axe.mjs";
import { go, launch, logInByToken, openPage, picture, settled, SIZES } from "./harness/browser.mjs";
import { ROUTES, routes } from "./harness/routes.mjs";
import { World } from "./harness/world.mjs";
import { texts } from "../../web/text/table.js";

const PICTURES = join(ROOT, "build/screens"), FORMS = /edit|new|copy/;
const README = ["overview-desktop-light", "job-desktop-dark", "run-failed-desktop-light", "jobs-phone-light"]; // what fits a window of these: `make pictures`
let world, browser, table;
before(async () => {
  mkdirSync(PICTURES, { recursive: true });
  [world, browser] = await Promise.all([new World().start(), launch()]);
  table = new Map((await routes(world)).map((r) => [r.name, r]));
});
after(async () => {
  await browser?.close();
  await world?.stop();
});

/** Texts that a page shows when something is missing in it: names of texts, and values that were never there. */
const KEYS = Object.keys(texts).filter((k) => k.includes("."));
function assertSaysSomething(text, what) {
  assert.doesNotMatch(text, /\bundefined\b|\bNaN\b|\[object \w+\]|Invalid Date|\{\w+\}(?!\})/, what);
  assert.deepEqual(KEYS.filter((k) => new RegExp(`(?<![\\w./'-])${k.replaceAll(".", "\\.")}(?![\\w./-])`).test(text)), [], `${what}: names of texts`);
}

async function assertWell(page, { name }, what) {
  const h1 = page.locator("h1");
  assert.equal(await h1.count(), 1, `${what}: headings of the first order`);
  assert.ok((await h1.innerText()).trim(), `${what}: the heading says nothing`);
  assert.match(await page.title(), name === "login" ? /edgecron/ : /\S.* · edgecron$/, `${what}: the title`);
  assert.equal(await page.getByRole("main").count(), 1, `${what}: one main part`);
  const { over, widest } = await page.evaluate(() => ({
    over: document.scrollingElement.scrollWidth - document.documentElement.clientWidth,
    widest: [...document.querySelectorAll("body *")].filter((x) => x.getBoundingClientRect().right > document.documentElement.clientWidth + 1).slice(0, 3).map((x) => x.outerHTML.slice(0, 120)),
  }));
  assert.ok(over <= 0, `${what}: ${over} px wider than the window: ${widest.join("\n")}`);
  assertSaysSomething(await page.locator("body").innerText(), what);
  assert.equal((await auditPage(page)).join("\n"), "", `${what}: axe`);
  page.assertNoTrouble(what);
}

async function openAt(route, options) {
  const page = await openPage(browser, world.url, options);
  if (route.anybody) await go(page, "");
  else await logInByToken(page, world.e.token, route.hash);
  return page;
}

for (const size of Object.keys(SIZES)) {
  for (const theme of ["light", "dark"]) {
    describe(`${size}, ${theme}`, () => {
      let inside; // one page that is logged in, and goes from screen to screen
      before(async () => (inside = await openAt({ hash: "#/" }, { size, theme })));
      after(() => inside?.end());
      for (const name of ROUTES) {
        test(name, async () => {
          const route = table.get(name), page = route.anybody ? await openAt(route, { size, theme }) : inside;
          if (!route.anybody) await go(page, route.hash);
          if (FORMS.test(name)) await settled(page, { quiet: 600 });
          await picture(page, join(PICTURES, `${name}-${size}-${theme}.png`));
          if (README.includes(`${name}-${size}-${theme}`)) await picture(page, join(PICTURES, `readme-${name}.png`), { whole: false });
          await assertWell(page, route, `${name}, ${size}, ${theme}`);
          if (route.anybody) await page.end();
        });
      }
    });
  }
}

for (const language of ["fr", "es"]) {
  test(`every screen in ${language}: nothing in English, nothing without words, nothing too wide for a phone`, async () => {
    const page = await openAt({ hash: "#/" }, { size: "phone", language });
    assert.equal(await page.evaluate(() => document.documentElement.lang), language);
    const { [`nav.overview`]: [english] } = texts;
    for (const route of table.values()) {
      if (route.anybody) continue;
      await go(page, route.hash);
      const text = await page.locator("body").innerText(), what = `${route.name}, ${language}`;
      assertSaysSomething(text, what);
      assert.doesNotMatch(text, new RegExp(`\\b${english}\\b`), what);
      assert.ok(await page.evaluate(() => document.scrollingElement.scrollWidth <= document.documentElement.clientWidth), `${what}: too wide`);
      await picture(page, join(PICTURES, `${route.name}-phone-${language}.png`));
      page.assertNoTrouble(what);
    }
    await page.end();
  });
}

test("each screen loads by its address alone, and again when it is loaded anew", async () => {
  const page = await openAt({ hash: "#/" });
  for (const route of table.values()) {
    if (route.anybody) continue;
    await page.goto("about:blank");
    await page.goto(`${world.url}/${route.hash}`);
    await settled(page);
    const heading = await page.locator("h1").innerText();
    await page.reload();
    await settled(page);
    const ticks = (text) => text.replace(/[\d,.]+ ?\w+/g, "…"); // "in 3 minutes" becomes 2
    assert.equal(ticks(await page.locator("h1").innerText()), ticks(heading), route.name);
    assert.equal(new URL(page.url()).hash, route.hash);
    page.assertNoTrouble(route.name);
  }
  await page.end();
});

test("the language and the colours are chosen on the page, and kept", async () => {
  const page = await openAt({ hash: "#/settings" });
  await page.getByLabel("Language").selectOption("es");
  await page.getByRole("link", { name: texts["nav.jobs"][2], exact: true }).waitFor();
  const background = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const light = await background();
  await page.getByLabel(texts.theme[2]).selectOption("dark");
  await page.waitForFunction((before) => getComputedStyle(document.documentElement).backgroundColor !== before, light);
  await page.reload();
  await settled(page);
  assert.equal(await page.evaluate(() => document.documentElement.lang), "es");
  assert.notEqual(await background(), light);
  page.assertNoTrouble();
  await page.end();
});

test("an address of nothing says so", async () => {
  const page = await openPage(browser, world.url, { expected: (text) => /404/.test(text) });
  await logInByToken(page, world.e.token);
  for (const hash of ["#/nowhere", "#/jobs/no-such-job", "#/runs/01a20254-73dc-7ac3-9161-271ca4b37701", "#/targets/no-such-target", "#/secrets/NO_SUCH_SECRET", "#/jobs/no-such-job/edit", "#/jobs/x/nothing"]) {
    await go(page, hash);
    assert.equal(await page.locator("h1").count(), 1, hash);
    assert.match(await page.getByRole("main").innerText(), /no such|there is no|not found/i, hash);
    assert.equal((await auditPage(page)).join("\n"), "", hash);
  }
  page.assertNoTrouble();
  await page.end();
});
