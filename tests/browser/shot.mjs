// shot - takes a picture of a screen of the admin page, as the binary that is built serves it, from a server with some history.
//
//   node tests/browser/shot.mjs ROUTE OUT.png [--phone] [--dark] [--lang fr|es|en] [--full] [--read] [--do SCRIPT] [--text] [--axe]
//   node tests/browser/shot.mjs --serve                  only starts that server, and prints how to come in, until Ctrl-C
//   node tests/browser/shot.mjs --routes                 the routes that the tests know
//
//   node tests/browser/shot.mjs '#/' /tmp/overview.png
//   node tests/browser/shot.mjs login /tmp/login.png --dark                     by the name in harness/routes.mjs; 'login' is without being logged in
//   node tests/browser/shot.mjs run-failed /tmp/run.png --phone --full --lang es
//   node tests/browser/shot.mjs '#/jobs' /tmp/menu.png --do 'await page.getByRole("searchbox").fill("follow")'
//
//   --full   the whole length of the page, not only what fits the window
//   --read   logged in with a token that may only read
//   --do     JavaScript that is done before the picture is taken; `page` is playwright's, `world` the server (harness/world.mjs)
//   --text   prints what a screen reader has of the page (its tree of roles and names)
//   --axe    prints what axe finds
//
// Errors on the console, failed requests and the like are printed, and make the exit status 1; the picture is taken all the same. Needs `make`, 'npm ci' in
// tests/ and Debian's chromium. With build/debug/edgecron (make debug) history is a day long, without it a minute; it is kept for half an hour in build/browser/.
import { parseArgs } from "node:util";
import { auditPage } from "./harness/axe.mjs";
import { go, launch, logInByToken, openPage, picture, settled } from "./harness/browser.mjs";
import { routes } from "./harness/routes.mjs";
import { PASSWORD, World } from "./harness/world.mjs";

const { values: flags, positionals: [route, out] } = parseArgs({
  allowPositionals: true,
  options: {
    phone: { type: "boolean" }, dark: { type: "boolean" }, lang: { type: "string", default: "en" }, full: { type: "boolean" }, read: { type: "boolean" }, do: { type: "string" },
    text: { type: "boolean" }, axe: { type: "boolean" }, serve: { type: "boolean" }, routes: { type: "boolean" },
  },
});
if (!flags.serve && !flags.routes && !out) {
  console.error("usage: node tests/browser/shot.mjs ROUTE OUT.png [--phone] [--dark] [--lang fr] [--full] [--read] [--do SCRIPT] [--text] [--axe], or --serve, or --routes");
  process.exit(2);
}

async function shoot(world) {
  const known = (await routes(world)).find((r) => r.name === route), hash = known?.hash ?? (route.startsWith("#") ? route : `#/${route.replace(/^\//, "")}`);
  const browser = await launch();
  const page = await openPage(browser, world.url, { size: flags.phone ? "phone" : "desktop", theme: flags.dark ? "dark" : "light", language: flags.lang });
  try {
    if (known?.anybody) await go(page, hash);
    else await logInByToken(page, flags.read ? await world.token("read") : world.e.token, hash);
    if (flags.do) await Object.getPrototypeOf(shoot).constructor("page", "world", flags.do)(page, world);
    await settled(page, { quiet: 600 });
  } catch (e) {
    page.troubles.push(e.message);
  }
  await picture(page, out, { whole: !!flags.full });
  if (flags.text) console.log(await page.locator("body").ariaSnapshot());
  if (flags.axe) console.log(await auditPage(page));
  await browser.close();
  for (const t of page.troubles) console.error(t);
  return page.troubles.length ? 1 : 0;
}

const world = await new World().start();
let status = 0;
if (flags.serve) {
  console.log(`${world.url}/#token=${world.e.token}\npassword: ${PASSWORD}`);
  await new Promise(() => setInterval(() => {}, 60_000));
} else if (flags.routes) console.log((await routes(world)).map((r) => `${r.name.padEnd(16)} ${r.hash}`).join("\n"));
else status = await shoot(world);
await world.stop();
process.exit(status);
