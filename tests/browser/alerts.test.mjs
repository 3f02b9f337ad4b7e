// Alerts on the page: from nobody being told to a first channel that works, its test, rules in words and changed, what is muted, a job's own rules, by mouse
// and by keyboard. Messages go to a receiver of the test's own. Themes, phones and languages: screens.test.mjs.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { Edgecron, document as file, job, LOOPBACK, target } from "../integration/harness/edgecron.mjs";
import { until } from "../integration/harness/wait.mjs";
import { auditPage } from "./harness/axe.mjs";
import { go, launch, logInByToken, openPage, settled } from "./harness/browser.mjs";
import { assertFocusKept, press, tabTo, type } from "./harness/keyboard.mjs";

const KEY = "T0A1/B2C3/q3VJx0cN9mKf7LrT2wYbZ8hD", e = new Edgecron();
let browser, receiver, hook, got = [], status = 200, page;
before(async () => {
  receiver = createServer((q, r) => {
    const parts = [];
    q.on("data", (d) => parts.push(d)).on("end", () => {
      got.push({ path: q.url, headers: q.headers, body: Buffer.concat(parts).toString() });
      r.writeHead(q.url.startsWith("/f/") ? 500 : status).end(q.url.startsWith("/f/") ? "out of seats" : status === 200 ? "ok" : "no_service");
    });
  }).listen(0, "127.0.0.1");
  await once(receiver, "listening");
  hook = `http://127.0.0.1:${receiver.address().port}`;
  await e.apply(file([target("prod", `${hook}/f`, { allow_private: LOOPBACK })], [job("daily", "/daily", { target: "prod", retry: { max_attempts: 1 } }), job("weekly", "/weekly", { target: "prod" })]));
  await e.serve();
  await e.createToken("admin", "admin");
  browser = await launch();
  page = await openPage(browser, e.url, { language: "en-GB", expected: (text) => /\b422\b/.test(text) }); // what is not whole yet, while it is typed
  await logInByToken(page, e.token, "#/alerts");
});
after(async () => {
  await browser?.close();
  await e.stop();
  receiver?.closeAllConnections();
  receiver?.close();
});
const api = async (path, { body, ...more } = {}) => (await e.api(`/api/v1/${path}`, { ...more, body: body && JSON.stringify(body) })).body;
const patch = (path, body) => api(path, { method: "PATCH", body, headers: { "content-type": "application/merge-patch+json" } });
const told = (from) => until("a message", () => got.slice(from).find((m) => !m.path.startsWith("/f/")), { state: () => got });
async function well(what) {
  assert.equal((await auditPage(page)).join("\n"), "", what);
  page.assertNoTrouble(what);
}
const section = (name) => page.getByRole("region", { name, exact: true });
const row = (table, name) => page.getByRole("table", { name: table, exact: true }).getByRole("row").filter({ has: page.getByRole("rowheader", { name, exact: true }) });

test("nobody is told yet: kind and address, saved and tested at once; what was pasted is a secret", async () => {
  await api("jobs/brief", { method: "PUT", body: job("brief", "/brief", { target: "prod", retry: { max_attempts: 1 } }) });
  await e.runJob("brief");
  await go(page, "#/");
  await page.getByText("Nobody is told of this:").waitFor(); // said where the first failure is seen, and nowhere before
  await page.getByRole("link", { name: "give alerts a channel" }).click();
  await page.getByRole("heading", { level: 1, name: "New channel" }).waitFor();
  await api("jobs/brief", { method: "DELETE" });
  await until("nothing to fire", async () => (await api("firing")).items.length === 0);
  await go(page, "#/alerts");
  await page.getByText("Nobody is told yet.").waitFor();
  await page.getByLabel("Webhook URL").fill(`${hook}/services/${KEY}`);
  assert.equal(await page.getByLabel("Keep it as a secret").isChecked(), true);
  await page.getByText("It is sealed as ALERTS_SLACK").waitFor();
  assert.equal(await page.getByLabel(`Messages have links to this page, ${e.url}`).isChecked(), true);
  await settled(page, { quiet: 600 });
  assert.equal(await page.getByText("keep it as a secret ('edgecron").count(), 0, "what will be a secret is not asked to be one");
  await page.getByLabel("Keep it as a secret").uncheck();
  await page.getByText("keep it as a secret ('edgecron").waitFor();
  await page.getByLabel("Keep it as a secret").check();
  await well("the form of the first channel");
  await page.getByRole("button", { name: "Save and send a test" }).click();
  await page.getByRole("heading", { level: 1, name: "slack" }).waitFor();
  await section("The test").getByText("succeeded").first().waitFor();
  const message = await told(0);
  assert.equal(message.path, `/services/${KEY}`);
  assert.match(message.headers["content-type"], /json/);
  assert.ok(JSON.stringify(JSON.parse(message.body)).includes(`<${e.url}/#/alerts|`), "a message leads to the page that made its channel");
  assert.equal((await api("settings")).page_url, e.url);
  const channel = await api("channels/slack");
  assert.deepEqual([channel.url, channel.kind, channel.language, channel.allow_private], ["{{secret.ALERTS_SLACK}}", "slack", "en", ["127.0.0.0/8"]]);
  assert.equal((await page.content()).includes(KEY), false, "what was pasted is nowhere on the page");
  await page.getByText(/last sent/).first().waitFor();
  await settled(page);
  await well("the channel");
});

test("a test that fails says why at once, and the channel that it has not delivered", async () => {
  status = 404;
  await go(page, "#/alerts");
  await row("Channels", "slack").getByRole("button", { name: "Send a test: slack" }).click();
  await row("Channels", "slack").getByText(/retrying|failed/).first().waitFor();
  await row("Channels", "slack").getByText(/404/).first().waitFor();
  status = 200;
  await settled(page);
  await well("a test that failed");
});

test("the address is checked while it is typed, and a save that fails loses nothing", async () => {
  await go(page, "#/new-channel");
  await page.getByLabel("Kind").selectOption("webhook");
  assert.equal(await page.getByLabel("Name").inputValue(), "webhook", "the kind's name, as long as nobody gave another");
  await page.getByLabel("Webhook URL").fill("ftp://example.com/x");
  await page.locator("small.bad").first().waitFor();
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await settled(page);
  await page.locator("small.bad").first().waitFor();
  assert.equal(await page.getByLabel("Webhook URL").inputValue(), "ftp://example.com/x");
  await page.getByLabel("Name").fill("hook");
  await page.getByLabel("Webhook URL").fill(`${hook}/hook`);
  assert.equal(await page.getByLabel("Keep it as a secret").isChecked(), false, "an address of one's own is no key");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await row("Channels", "hook").waitFor();
  assert.equal((await api("channels/hook")).url, `${hook}/hook`);
  await well("two channels");
});

test("mail: its password is a secret, too, and the port follows the encryption", async () => {
  await go(page, "#/new-channel");
  await page.getByLabel("Kind").selectOption("email");
  await page.getByLabel("Mail server").fill("smtp.example.com");
  await page.getByLabel("Encryption").selectOption("tls");
  assert.equal(await page.getByLabel("Port").inputValue(), "465");
  await page.getByLabel("User").fill("edgecron");
  await page.getByLabel("Password").fill("correct horse battery");
  await page.getByLabel("From").fill("edgecron@example.com");
  await page.getByLabel("To", { exact: true }).fill("ops@example.com, night@example.com");
  await page.getByText("It is sealed as ALERTS_PASSWORD").waitFor();
  await page.getByLabel("Switched on").uncheck();
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await row("Channels", "email").waitFor();
  const { email } = await api("channels/email");
  assert.deepEqual([email.password, email.port, email.to], ["{{secret.ALERTS_PASSWORD}}", 465, ["ops@example.com", "night@example.com"]]);
  await well("three channels");
});

test("rules are told in words, and change as they are typed", async () => {
  await row("Rules", "failing").getByText("after a failed run, of all jobs, again every 24 hr, and when it is well again → all channels").waitFor();
  await page.getByRole("link", { name: "failing", exact: true }).click();
  await page.getByLabel("Failed runs in a row").fill("3");
  await page.getByLabel("While it lasts").selectOption("14400");
  await page.getByLabel("slack").check();
  await page.getByText("after 3 failed runs in a row, of all jobs, again every 4 hr, and when it is well again → slack").waitFor();
  await well("a rule");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await row("Rules", "failing").getByText("after 3 failed runs in a row").waitFor();
  const rule = await api("alerts/failing");
  assert.deepEqual([rule.after, rule.repeat_s, rule.channels], [3, 14400, ["slack"]]);
  await row("Rules", "missed").getByRole("button", { name: "Turn off: missed" }).click();
  await row("Rules", "missed").getByRole("button", { name: "Turn on: missed" }).waitFor();
  assert.equal((await api("alerts/missed")).enabled, false);
  page.assertNoTrouble();
});

test("a new rule for jobs by name, and a limit that the server refuses is told at its field", async () => {
  await page.getByRole("button", { name: "New rule" }).or(page.getByRole("link", { name: "New rule" })).click();
  await page.getByLabel("Name").fill("slow");
  await page.getByLabel("Tell of").selectOption("duration");
  await page.getByLabel("More than (ms)").fill("0");
  await page.locator("small.bad").first().waitFor();
  await page.getByLabel("More than (ms)").fill("90000");
  await page.getByLabel("Jobs", { exact: true }).fill("daily");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await row("Rules", "slow").getByText("when a run takes over 1.5 min, of daily").waitFor();
  await page.getByRole("link", { name: "slow", exact: true }).click();
  await page.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await row("Rules", "failing").waitFor();
  await row("Rules", "slow").waitFor({ state: "detached" });
  page.assertNoTrouble();
});

test("somebody else changed the rule meanwhile: nothing is written over unasked", async () => {
  await go(page, "#/rules/disk");
  await page.getByLabel("Less than (MiB)").fill("300");
  await settled(page, { quiet: 700 });
  await patch("alerts/disk", { under_mib: 200 });
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("Somebody changed this meanwhile.").waitFor();
  page.troubles.length = 0; // 412
  assert.equal(await page.getByLabel("Less than (MiB)").inputValue(), "300");
  await page.getByRole("button", { name: "Overwrite with mine" }).click();
  await row("Rules", "disk").getByText("when under 300 MiB are free").waitFor();
  page.assertNoTrouble();
});

test("what fires is told to the channel, shown with its rule, and muted until a time", async () => {
  await patch("alerts/failing", { after: 1 });
  await patch("settings", { alert_group_s: 0 });
  const before = got.length;
  await e.runJob("daily");
  assert.match((await told(before)).body, /daily/);
  await go(page, "#/alerts");
  await row("Alerts that fire", /^daily/).waitFor();
  assert.match(await row("Alerts that fire", /^daily/).innerText(), /failed runs[^]*fires[^]*failing/);
  await page.getByRole("table", { name: "Messages sent" }).getByRole("link", { name: "slack" }).first().waitFor();
  await row("Alerts that fire", /^daily/).getByRole("button", { name: "Mute…: daily" }).click();
  await page.getByRole("dialog").getByLabel("For how long").selectOption("4");
  await well("the question how long");
  await page.getByRole("dialog").getByRole("button", { name: "Mute" }).click();
  await row("Alerts that fire", /^daily/).getByText(/muted until/).waitFor();
  const [mute] = (await api("mutes")).items;
  assert.deepEqual([mute.scope, mute.name], ["job", "daily"]);
  assert.ok(Math.abs(Date.parse(mute.until) - Date.now() - 4 * 3600e3) < 300e3, mute.until);
  await row("Alerts that fire", /^daily/).getByRole("button", { name: "Unmute: daily" }).click();
  await row("Alerts that fire", /^daily/).getByRole("button", { name: "Mute…: daily" }).waitFor();
  assert.deepEqual((await api("mutes")).items, []);
  await well("what fires");
});

test("a job shows what fires and is muted there; its own rules are in its form", async () => {
  await go(page, "#/jobs/daily");
  await section("Alerts that fire").getByText("failed runs").waitFor();
  await page.getByRole("button", { name: "Mute…" }).click();
  await page.getByRole("dialog").getByLabel("For how long").selectOption("ever");
  await page.getByRole("dialog").getByRole("button", { name: "Mute" }).click();
  await page.getByRole("button", { name: "Unmute" }).click();
  await page.getByRole("button", { name: "Mute…" }).waitFor();
  await go(page, "#/jobs/daily/edit");
  await page.locator("details.card > summary").click();
  await page.getByRole("button", { name: "Add a rule" }).click();
  await page.getByLabel("Tell of").selectOption("no_success");
  await page.getByLabel("Longer than (s)").fill("1");
  await page.locator("small.bad").first().waitFor();
  await page.getByLabel("Longer than (s)").fill("7200");
  await settled(page, { quiet: 700 });
  await well("a job's own rule");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await section("Policies").getByText("after 2 hr without success").waitFor();
  assert.deepEqual((await api("jobs/daily")).alerts.map((r) => [r.on, r.over_s]), [["no_success", 7200]]);
  await well("the job");
});

test("by keyboard alone: a channel's form, saved, and everything muted until tomorrow", async () => {
  await go(page, "#/new-channel");
  await type(page, page.getByLabel("Name"), "tastatur");
  await type(page, page.getByLabel("Webhook URL"), `${hook}/keys/${KEY}2`);
  await tabTo(page, page.getByLabel("Keep it as a secret"));
  await page.keyboard.press("Space");
  assert.equal(await page.getByLabel("Keep it as a secret").isChecked(), false);
  await press(page, page.getByRole("button", { name: "Save", exact: true }));
  await row("Channels", "tastatur").waitFor();
  await assertFocusKept(page, "after saving");
  await press(page, page.getByRole("button", { name: "Mute…", exact: true }));
  await page.getByRole("dialog").waitFor();
  await page.getByRole("dialog").getByLabel("For how long").selectOption("morning");
  await press(page, page.getByRole("dialog").getByRole("button", { name: "Mute" }));
  await page.getByRole("button", { name: "Unmute", exact: true }).waitFor();
  await assertFocusKept(page, "after muting");
  const [mute] = (await api("mutes")).items;
  assert.deepEqual([mute.scope, new Date(mute.until).toLocaleTimeString("en-GB", { timeZone: "Europe/Paris", timeStyle: "short" })], ["all", "08:00"]);
  page.assertNoTrouble();
});

test("who may only look is offered nothing to do, and sees no key", async () => {
  const reader = new Edgecron();
  reader.dir = e.dir;
  await reader.createToken("looker", "read");
  const other = await openPage(browser, e.url, { language: "en-GB" });
  await logInByToken(other, reader.token, "#/alerts");
  await other.getByRole("table", { name: "Rules" }).waitFor();
  for (const name of [/Mute/, /Turn o/, /Send a test/]) assert.equal(await other.getByRole("button", { name }).count(), 0, `${name}`);
  assert.equal(await other.getByRole("link", { name: /New (rule|channel)/ }).count(), 0);
  await go(other, "#/channels/tastatur");
  assert.equal((await other.content()).includes(KEY), false, "an address that is a key is for those alone who may change it");
  assert.equal(await other.getByRole("button", { name: "Save" }).count(), 0);
  assert.deepEqual(await auditPage(other), []);
  other.assertNoTrouble();
  await other.end();
});
