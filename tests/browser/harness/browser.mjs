// Chromium, and pages in it that a test cannot pass with when something went wrong in them.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";
import { SLOW, until } from "../../integration/harness/wait.mjs";

export const SIZES = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };
const PROGRAM = process.env.CHROMIUM ?? "/usr/bin/chromium";
// It asks nobody for anything by itself; and no sandbox, which containers and root do not have.
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run",
  "--disable-features=Translate,MediaRouter,OptimizationHints", "--font-render-hinting=none"];

export async function launch({ args = [] } = {}) {
  if (!existsSync(PROGRAM)) throw new Error(`no Chromium at '${PROGRAM}': install the package 'chromium', run 'make test', or name one with CHROMIUM=`);
  return chromium.launch({ executablePath: PROGRAM, args: [...FLAGS, ...args], timeout: 60_000 * SLOW });
}

/** A page of its own context (no cookies, no storage), that writes down all that must not happen: see troubles.
 * `expected(text)` says which of it belongs to the test. */
export async function openPage(browser, origin, { size = "desktop", theme = "light", language = "en-GB", zone = "Europe/Paris", expected = () => false } = {}) {
  const context = await browser.newContext({
    viewport: SIZES[size], colorScheme: theme, locale: language, timezoneId: zone, reducedMotion: "reduce", hasTouch: size === "phone", isMobile: size === "phone",
    acceptDownloads: true,
  });
  context.setDefaultTimeout(15_000 * SLOW);
  const page = await context.newPage(), troubles = [];
  const trouble = (text) => expected(text) || troubles.push(text);
  page.on("console", (m) => ["error", "warning", "assert"].includes(m.type()) && trouble(`console ${m.type()}: ${m.text()} (${m.location().url})`));
  page.on("pageerror", (e) => trouble(`page error: ${e.stack ?? e}`)); // rejections that nobody handled are among them
  const asking = new Set(), answered = (r) => asking.delete(r) && (page.asked = performance.now());
  page.on("request", (r) => r.url().includes("/api/v1/events") || (asking.add(r) && (page.asked = performance.now())));
  page.on("requestfinished", answered);
  page.on("requestfailed", answered);
  page.on("crash", () => trouble("the page crashed"));
  page.on("request", (r) => {
    const url = new URL(r.url());
    if (!["data:", "blob:"].includes(url.protocol) && url.origin !== origin) trouble(`request to another host: ${r.url()}`);
  });
  page.on("requestfailed", (r) => r.failure()?.errorText !== "net::ERR_ABORTED" && trouble(`request failed: ${r.method()} ${r.url()}: ${r.failure()?.errorText}`));
  page.on("response", (r) => r.status() >= 400 && trouble(`${r.status()}: ${r.request().method()} ${r.url()}`));
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (e) => console.error(`CSP: ${e.violatedDirective} forbids ${e.blockedURI || e.sample}`));
    addEventListener("unhandledrejection", (e) => console.error(`nobody handled: ${e.reason?.stack ?? e.reason}`));
  });
  return Object.assign(page, {
    origin, troubles, asking, asked: 0,
    assertNoTrouble: (what = page.url()) => assert.equal(troubles.splice(0).join("\n"), "", what),
    end: () => context.close(),
  });
}

/** Waits until the page has drawn what it knows, and has asked for nothing more for so long (forms ask a while after the last key). */
export async function settled(page, { quiet = 0 } = {}) {
  await page.locator("h1").first().waitFor();
  await page.waitForFunction(() => !document.querySelector("[aria-busy=true]"));
  await until("what was asked for", () => page.asking.size === 0 && performance.now() - page.asked >= quiet, { every: 20, state: () => [...page.asking].map((r) => r.url()) });
  await page.evaluate(() => document.fonts.ready);
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}

/** The whole length of a page, as a window that long would show it: what sticks to an edge is at the end then, not in between. */
export async function picture(page, path, { whole = true } = {}) {
  const size = page.viewportSize(), height = await page.evaluate(() => document.scrollingElement.scrollHeight);
  if (whole && height > size.height) await page.setViewportSize({ ...size, height: Math.min(height, 6000) });
  await settled(page);
  await page.screenshot({ path, animations: "disabled", fullPage: whole });
  await page.setViewportSize(size);
}

/** A screen by its address, without loading the page anew if it is there. */
export async function go(page, hash) {
  await page.goto(`${page.origin}/${hash}`);
  await settled(page);
}

export async function logInByToken(page, token, hash = "#/") {
  await page.goto(`${page.origin}/#token=${token}`);
  await page.getByRole("navigation").first().waitFor();
  if (hash !== "#/") await go(page, hash);
  else await settled(page);
}

export async function logInByPassword(page, password) {
  await page.goto(`${page.origin}/`);
  await page.getByLabel(/password/i).fill(password);
  await page.keyboard.press("Enter");
  await page.getByRole("navigation").first().waitFor();
  await settled(page);
}
