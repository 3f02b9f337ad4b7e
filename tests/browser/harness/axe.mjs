// axe on a page as it is: every rule that it has, best practices among them, but for those that its own makers call experimental.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const SOURCE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What is violated, in lines: rule, what it wants, and the elements. Empty when all is well. The page's policy forbids scripts of others, so axe is put in by the
 * debugger, as an extension would be. */
export async function auditPage(page) {
  await page.evaluate(SOURCE);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  return violations.flatMap((v) => v.nodes.map((n) => `${v.id} (${v.impact}): ${v.help}: ${n.target.join(" ")}\n    ${n.html}\n    ${n.any.concat(n.all, n.none).map((c) => c.message).join("; ")}`));
}
