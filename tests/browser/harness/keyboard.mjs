// A person without a mouse: goes from one thing to the next with Tab, and must always see where they are.
import assert from "node:assert/strict";
import { until } from "../../integration/harness/wait.mjs";

/** What has the focus: its tag, words, whether that can be seen. "body" means that the focus is lost. */
export const focused = (page) => page.evaluate(() => {
  const x = document.activeElement, style = getComputedStyle(x), box = x.getBoundingClientRect();
  const parts = x.matches("input[type=time], input[type=date], input[type=datetime-local]"); // Chromium marks the part of it that has the focus
  const ring = parts || (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
  const within = box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  return { tag: x.tagName.toLowerCase(), words: (x.getAttribute("aria-label") ?? x.innerText ?? x.value ?? "").trim().slice(0, 60), ring, within, html: x.outerHTML.slice(0, 160) };
});

export async function assertFocusKept(page, what) {
  await until(`${what}: the focus to be somewhere`, async () => (await focused(page)).tag !== "body", { within: 2000, state: () => focused(page) });
}

const has = (locator) => locator.evaluateAll((all) => all.includes(document.activeElement));

/** Presses Tab (or Shift+Tab) until that has the focus; everything on the way shows that it has it. */
export async function tabTo(page, locator, { back = false, most = 200 } = {}) {
  const way = [];
  for (let i = 0; i < most; i++) {
    await page.keyboard.press(back ? "Shift+Tab" : "Tab");
    const at = await focused(page);
    way.push(`${at.tag} '${at.words.split("\n")[0]}'`);
    if (at.tag !== "body") assert.ok(at.ring && at.within, `the focus cannot be seen (${at.ring ? "out of sight" : "no ring"}): ${at.html}`);
    if (await has(locator)) return;
  }
  assert.fail(`${most} times Tab did not come to ${locator}; but to: ${[...new Set(way)].join(", ")}`);
}

/** Goes there and presses it. */
export async function press(page, locator, { key = "Enter", ...options } = {}) {
  await tabTo(page, locator, options);
  await page.keyboard.press(key);
}

/** Goes to a field, and types in place of what stands there. */
export async function type(page, locator, text, options) {
  await tabTo(page, locator, options);
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type(text);
}

/** Goes to a list of choices, and chooses what begins with those words, by typing them. */
export async function choose(page, locator, words, options) {
  await tabTo(page, locator, options);
  await page.keyboard.type(words);
}
