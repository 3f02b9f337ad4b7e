// Who comes in, and how: the first set-up, the password, sessions, tokens that end or are of tags, what the audit tells of it, and that
// nothing which opens a door is kept anywhere.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { document, Edgecron, job } from "./harness/edgecron.mjs";
import { until } from "./harness/wait.mjs";

const PASSWORD = "four seagulls over Bergen";
const OTHER = "nine lanterns under Lima";
const DEBUG = process.env.EDGECRON_DEBUG;
const skip = DEBUG && existsSync(DEBUG) ? false : "needs the debug binary: EDGECRON_DEBUG=build/debug/edgecron";
const MINUTE = 60_000;
const JSON_TYPE = { "content-type": "application/json" };

/** A browser: keeps cookies, and sends the session's CSRF token along with what changes something. */
class Browser {
  constructor(e) {
    this.e = e;
    this.cookies = new Map();
  }

  async ask(method, path, body, headers = {}) {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const r = await this.e.api(path, {
      token: null, method, body: body === undefined ? undefined : JSON.stringify(body),
      headers: { ...(body !== undefined && JSON_TYPE), ...(cookie && { cookie }), ...(this.csrf && { "x-csrf-token": this.csrf }), ...headers },
    });
    this.set = r.headers.getSetCookie();
    for (const line of this.set) {
      const [, name, value] = line.match(/^([^=]+)=([^;]*)/);
      if (value) this.cookies.set(name, value);
      else this.cookies.delete(name);
    }
    if (r.body?.csrf_token) this.csrf = r.body.csrf_token;
    return r;
  }

  get session() {
    return this.cookies.get("edgecron_session");
  }

  logIn(password = PASSWORD) {
    return this.ask("POST", "/api/v1/session", { password });
  }
}

const whoami = (b) => b.ask("GET", "/api/v1/session");
const problem = (r, status, code) => {
  assert.equal(r.status, status, JSON.stringify(r.body));
  assert.equal(r.body.code, code);
  return r.body;
};

async function started(flags = [], options) {
  const e = new Edgecron();
  await e.serve(flags, options);
  return e;
}

async function withPassword() {
  const e = new Edgecron();
  await e.ok(["admin", "set-password"], { input: `${PASSWORD}\n` });
  await e.serve();
  return e;
}

const link = (e) => until("the set-up link in the log", () => e.server.stderr.match(/link="?(http:\S+?)#setup=(ecl_[\w-]{43})/));
const audit = async (e, ...flags) => (await e.json(["audit", "list", "--limit", "200", ...flags])).items;

/** Every file of the data directory, and what the server said. */
function kept(e) {
  const files = readdirSync(e.dir).map((name) => ({ name, bytes: readFileSync(join(e.dir, name)) }));
  return [...files, { name: "the log", bytes: Buffer.from(e.server.stdout + e.server.stderr) }];
}

function assertNowhere(e, secrets) {
  for (const { name, bytes } of kept(e)) {
    for (const [what, value] of Object.entries(secrets)) assert.ok(!bytes.includes(value), `${what} is in ${name}`);
  }
}

describe("access", { concurrency: 3 }, () => {
  test("the first set-up: a link, once", async () => {
    const e = await started();
    const [, base, token] = await link(e);
    assert.equal(base, `${e.url}/`);
    const b = new Browser(e);
    assert.deepEqual((await b.ask("GET", "/api/v1/setup")).body, { needed: true });
    problem(await b.logIn(), 409, "conflict");
    const set = (token, password) => b.ask("POST", "/api/v1/setup", { token, password });
    problem(await set(`${token.slice(0, -1)}${token.endsWith("A") ? "B" : "A"}`, PASSWORD), 401, "unauthenticated");
    for (const weak of ["short", "password123", "1234567890"])
      assert.equal(problem(await set(token, weak), 422, "invalid").pointer, "/password");
    const r = await set(token, PASSWORD); // refused passwords have not used it up
    assert.equal(r.status, 201);
    assert.equal(r.body.scope, "admin");
    assert.match(b.set.find((c) => c.startsWith("edgecron_session=")), /^edgecron_session=ecs_[\w-]{43}; Path=\/; Max-Age=604800; HttpOnly; SameSite=Strict$/);
    assert.equal((await whoami(b)).body.id, r.body.id);
    assert.deepEqual((await b.ask("GET", "/api/v1/setup")).body, { needed: false });
    problem(await set(token, OTHER), 409, "conflict");
    assert.match((await e.refused(4, ["admin", "setup-link"])).detail, /password is set already/);
    assert.equal((await new Browser(e).logIn()).status, 201);
    assert.deepEqual((await audit(e)).map((x) => `${x.actor} ${x.action}`).reverse(),
      ["system setup.link", "anyone session.login_failed", "admin admin.password", "admin session.login", "admin session.login"]);
    const secrets = { "the password": PASSWORD, "the session": b.session };
    assertNowhere(e, secrets);
    for (const { name, bytes } of kept(e)) if (name !== "the log") assert.ok(!bytes.includes(token), `the link is in ${name}`);
    await e.stop();
    assertNowhere(e, secrets);
  });

  test("the set-up link is good for 30 minutes; a command makes a new one", { skip }, async () => {
    const e = new Edgecron();
    const env = { EDGECRON_TEST_CLOCK_FILE: e.file("clock", "0") };
    await e.serve([], { binary: DEBUG, env });
    const [, , token] = await link(e);
    e.file("clock", String(31 * MINUTE));
    const b = new Browser(e);
    const set = (token) => b.ask("POST", "/api/v1/setup", { token, password: PASSWORD });
    assert.match(problem(await set(token), 401, "unauthenticated").detail, /30 minutes.*edgecron admin setup-link/);
    const first = await e.json(["admin", "setup-link"]);
    const second = await e.json(["admin", "setup-link", "--listen", `127.0.0.1:${e.port}`]);
    assert.ok(second.link.startsWith(`${e.url}/#setup=`), second.link);
    problem(await set(first.link.split("=")[1]), 401, "unauthenticated"); // the second took its place
    e.file("clock", "0");
    assert.equal((await set(second.link.split("=")[1])).status, 201);
    await e.stop();
  });

  test("sessions: a new one at each login, idle and absolute limits, logging out, ending others", { skip }, async () => {
    const e = new Edgecron();
    await e.ok(["admin", "set-password"], { input: PASSWORD });
    await e.serve([], { binary: DEBUG, env: { EDGECRON_TEST_CLOCK_FILE: e.file("clock", "0") } });
    const b = new Browser(e), before = new Browser(e);
    assert.equal((await b.logIn()).status, 201);
    before.cookies = new Map(b.cookies);
    assert.equal((await b.logIn()).status, 201);
    assert.notEqual(b.session, before.session);
    problem(await whoami(before), 401, "unauthenticated");
    const idle = new Browser(e);
    await idle.logIn();
    const shift = (ms) => e.file("clock", String(ms));
    for (let h = 10; h < 168; h += 10) {
      shift(h * 60 * MINUTE);
      await until(`the session to be known after ${h} h`, async () => (await whoami(b)).status === 200);
      await until("its use to be noted", async () => { // by the writer, a moment later
        const own = (await b.ask("GET", "/api/v1/sessions")).body.items.find((s) => s.current);
        return Date.parse(own.last_seen_at) > Date.parse(own.created_at) + (h - 1) * 60 * MINUTE;
      });
    }
    assert.match(problem(await whoami(idle), 401, "unauthenticated").detail, /12 hours/);
    shift(169 * 60 * MINUTE);
    problem(await whoami(b), 401, "unauthenticated");
    assert.equal((await b.logIn()).status, 201);
    const c = new Browser(e);
    await c.logIn();
    const { items } = (await b.ask("GET", "/api/v1/sessions")).body;
    assert.deepEqual(items.map((s) => s.current), [false, true]);
    assert.equal((await b.ask("DELETE", `/api/v1/sessions/${items[0].id}`)).status, 204);
    problem(await whoami(c), 401, "unauthenticated");
    problem(await b.ask("DELETE", `/api/v1/sessions/${items[0].id}`), 404, "not_found");
    const secret = b.session;
    assert.equal((await b.ask("DELETE", "/api/v1/session")).status, 204);
    assert.equal(b.session, undefined);
    b.cookies.set("edgecron_session", secret);
    problem(await whoami(b), 401, "unauthenticated");
    await e.stop();
  });

  test("what a session changes needs its CSRF token, and a page of our own", async () => {
    const e = await withPassword();
    await e.apply(document([], [job("a", "http://127.0.0.1:9/")]));
    const b = new Browser(e);
    await b.logIn();
    const pause = (headers) => b.ask("POST", "/api/v1/jobs/a/pause", undefined, headers);
    assert.equal((await pause()).status, 200);
    assert.match(problem(await pause({ "x-csrf-token": "x" }), 403, "forbidden").detail, /X-CSRF-Token/);
    problem(await pause({ "sec-fetch-site": "cross-site" }), 403, "forbidden");
    problem(await pause({ origin: "http://evil.example" }), 403, "forbidden");
    assert.equal((await pause({ origin: e.url })).status, 200);
    problem(await new Browser(e).ask("POST", "/api/v1/session", { password: PASSWORD }, { origin: "http://evil.example" }), 403, "forbidden");
    const [entry] = await audit(e, "--action", "job.pause");
    assert.deepEqual([entry.actor, entry.address, entry.resource], ["admin", "127.0.0.1", "a"]);
    await e.stop();
  });

  test("another password ends the other sessions", async () => {
    const e = await withPassword();
    const b = new Browser(e), other = new Browser(e);
    await b.logIn();
    await other.logIn();
    const change = (body) => b.ask("PUT", "/api/v1/admin/password", body);
    assert.equal(problem(await change({ password: OTHER }), 422, "invalid").pointer, "/current_password");
    assert.equal(problem(await change({ password: OTHER, current_password: "wrong one" }), 422, "invalid").pointer, "/current_password");
    assert.equal(problem(await change({ password: "password123", current_password: PASSWORD }), 422, "invalid").pointer, "/password");
    assert.equal((await change({ password: OTHER, current_password: PASSWORD })).status, 204);
    assert.equal((await whoami(b)).status, 200);
    problem(await whoami(other), 401, "unauthenticated");
    problem(await new Browser(e).logIn(PASSWORD), 401, "unauthenticated");
    assert.equal((await new Browser(e).logIn(OTHER)).status, 201);
    await e.createToken("deploy", "admin"); // a token needs not know the one before
    assert.equal((await e.api("/api/v1/admin/password", { method: "PUT", headers: JSON_TYPE, body: JSON.stringify({ password: PASSWORD }) })).status, 204);
    problem(await whoami(b), 401, "unauthenticated");
    assert.equal((await b.logIn()).status, 201);
    await e.ok(["admin", "set-password"], { input: OTHER });
    problem(await whoami(b), 401, "unauthenticated");
    assert.deepEqual(await e.json(["admin", "show"]).then((s) => [s.password_set, s.sessions]), [true, 0]);
    await b.logIn(OTHER);
    assert.equal((await e.json(["admin", "sessions"])).items.length, 1);
    await e.ok(["admin", "revoke-sessions"]);
    problem(await whoami(b), 401, "unauthenticated");
    for (const weak of ["short", "password123"]) {
      const r = await e.refused(4, ["admin", "set-password"], { input: weak });
      assert.equal(r.pointer, "/password");
    }
    assertNowhere(e, { "the first password": PASSWORD, "the other password": OTHER, "the token": e.token });
    await e.stop();
  });

  test("who logs in while the password changes is let in with the new one alone", async () => {
    const e = await withPassword();
    const b = new Browser(e), others = [0, 1, 2].map(() => new Browser(e));
    await b.logIn();
    const change = b.ask("PUT", "/api/v1/admin/password", { password: OTHER, current_password: PASSWORD });
    const early = await Promise.all(others.map((o) => o.logIn())); // some are looked at before it, some after
    assert.equal((await change).status, 204);
    for (const r of early) assert.ok([201, 401, 429].includes(r.status), JSON.stringify(r.body)); // 429: a slow machine is still at the others
    for (const o of others) problem(await whoami(o), 401, "unauthenticated");
    assert.equal((await whoami(b)).status, 200);
    await e.stop();
  });

  test("guessing is slowed down, and the owner is not kept out", async () => {
    const e = await withPassword();
    const owner = new Browser(e);
    await owner.logIn();
    const guesses = await Promise.all(Array.from({ length: 30 }, () => new Browser(e).logIn("a wrong password")));
    const refused = guesses.filter((r) => r.status === 429);
    assert.ok(refused.length >= 15, guesses.map((r) => r.status).join(" "));
    for (const r of refused) assert.ok(Number(r.headers.get("retry-after")) >= 1);
    for (const r of guesses) if (r.status !== 429) problem(r, 401, "unauthenticated");
    // from the same address, with the cookie of a browser that logged in before
    const r = await until("the owner to be let in", async () => {
      const r = await owner.logIn();
      return r.status !== 429 && r;
    });
    assert.equal(r.status, 201);
    const failed = await audit(e, "--action", "session.login_failed");
    assert.ok(failed.length >= 1 && failed.length <= 10, `${failed.length} entries`);
    assert.ok(failed.every((x) => x.actor === "anyone" && x.address === "127.0.0.1"));
    assert.equal((await fetch(`${e.url}/healthz`)).status, 200);
    await e.stop();
  });

  test("the password of a file", async () => {
    const e = new Edgecron();
    const file = e.file("password", `${PASSWORD}\n`);
    const env = { EDGECRON_ADMIN_PASSWORD_FILE: file };
    await e.serve([], { env });
    const b = new Browser(e);
    await until("the password to be set", async () => (await b.logIn()).status === 201);
    assert.doesNotMatch(e.server.stderr, /#setup=/);
    await e.stop();
    await e.serve(["--admin-password-file", file]);
    assert.equal((await whoami(b)).status, 200, "the same password ends no session");
    await e.stop();
    assert.equal((await audit(e, "--action", "admin.password")).length, 1);
    e.file("password", OTHER);
    await e.serve([], { env });
    await until("the session to end", async () => (await whoami(b)).status === 401);
    assert.equal((await b.logIn(OTHER)).status, 201);
    await e.stop();
    e.file("password", "password123");
    const r = await e.refused(4, ["serve", "--listen", "127.0.0.1:0"], { env });
    assert.match(r.detail, /password.*among the first/);
  });

  test("tokens over the API: shown once, of scopes and tags, revoked", async () => {
    const e = await withPassword();
    await e.apply(document([], [job("mail", "http://127.0.0.1:9/", { tags: ["mail"] }), job("other", "http://127.0.0.1:9/")]));
    await e.createToken("admin", "admin");
    const make = (body) => e.api("/api/v1/tokens", { method: "POST", headers: JSON_TYPE, body: JSON.stringify(body) });
    const made = await make({ name: "mailer", scope: "operate", tags: ["mail"], expires_in_s: 3600 });
    assert.equal(made.status, 201);
    assert.equal(made.headers.get("location"), "/api/v1/tokens/mailer");
    const { token, ...info } = made.body;
    assert.match(token, /^ect_[\w-]{43}$/);
    assert.ok(Math.abs(Date.parse(info.expires_at) - Date.now() - 3600_000) < 60_000);
    assert.deepEqual((await e.api("/api/v1/tokens/mailer")).body, info);
    problem(await make({ name: "mailer", scope: "read" }), 409, "conflict");
    const bad = [[{ name: "x" }, "/scope"], [{ scope: "read" }, "/name"], [{ name: "x", scope: "root" }, "/scope"],
      [{ name: "x", scope: "read", expires_at: "2020-01-01T00:00:00Z" }, "/expires_at"], [{ name: "x", scope: "read", expires_in_s: 0 }, "/expires_in_s"],
      [{ name: "x", scope: "read", tags: ["No"] }, "/tags/0"], [{ name: "x", scope: "read", tags: "mail" }, "/tags"],
      [{ name: "x", scope: "read", more: 1 }, "/more"], [{ name: "X X", scope: "read" }, "/name"],
      [{ name: "x", scope: "read", expires_at: "2099-01-01T00:00:00Z", expires_in_s: 5 }, "/expires_in_s"]];
    for (const [body, pointer] of bad) assert.equal(problem(await make(body), 422, "invalid").pointer, pointer);

    const ask = (path, method = "GET") => e.api(path, { token, method });
    assert.equal((await ask("/api/v1/jobs/mail")).status, 200);
    const run = await ask("/api/v1/jobs/mail/run", "POST");
    assert.equal(run.status, 202);
    assert.equal((await ask(`/api/v1/runs/${run.body.id}`)).status, 200);
    const foreign = (await e.api("/api/v1/jobs/other/run", { method: "POST" })).body;
    for (const [path, method] of [["/api/v1/jobs/other"], ["/api/v1/jobs/other/run", "POST"], ["/api/v1/jobs/other/pause", "POST"],
      [`/api/v1/runs/${foreign.id}`], [`/api/v1/runs/${foreign.id}/cancel`, "POST"], ["/api/v1/jobs/none"]])
      problem(await ask(path, method), 404, "not_found");
    for (const path of ["/api/v1/secrets", "/api/v1/targets", "/api/v1/status"]) problem(await ask(path), 403, "forbidden");
    assert.deepEqual((await ask("/api/v1/runs")).body.items.map((r) => r.job), ["mail"]);
    assert.deepEqual((await ask("/api/v1/jobs")).body.items.map((j) => j.name), ["mail"]);
    assert.deepEqual((await ask("/api/v1/session")).body, { kind: "token", name: "mailer", scope: "operate", tags: ["mail"],
      id: null, expires_at: info.expires_at, csrf_token: null });
    await until("its use to be noted", async () => (await e.api("/api/v1/tokens/mailer")).body.last_used_at !== null);

    const requested = await audit(e, "--actor", "token:mailer", "--action", "run.request");
    assert.deepEqual(requested.map((x) => [x.resource, x.detail.run]), [["mail", run.body.id]]);
    const cli = await e.ok(["token", "create", "short", "--scope", "read", "--tag", "a", "--tag", "b", "--expires", "90d"]);
    const listed = (await e.json(["token", "list"])).items.find((t) => t.name === "short");
    assert.deepEqual(listed.tags, ["a", "b"]);
    assert.ok(Math.abs(Date.parse(listed.expires_at) - Date.now() - 90 * 86400_000) < 60_000);
    assert.equal((await e.api("/api/v1/tokens/mailer", { method: "DELETE" })).status, 204);
    problem(await ask("/api/v1/jobs/mail"), 401, "unauthenticated");
    problem(await e.api("/api/v1/tokens/mailer"), 404, "not_found");
    assertNowhere(e, { "the token": token, "the admin's token": e.token, "the command's token": cli.trim() });
    await e.stop();
    assertNowhere(e, { "the token": token, "the admin's token": e.token, "the command's token": cli.trim() });
  });

  test("an expired token says so", { skip }, async () => {
    const e = new Edgecron();
    await e.serve([], { binary: DEBUG, env: { EDGECRON_TEST_CLOCK_FILE: e.file("clock", "0") } });
    e.token = (await e.json(["token", "create", "ci", "--scope", "read", "--expires", "1h"])).token;
    assert.equal((await e.api("/api/v1/session")).status, 200);
    e.file("clock", String(61 * MINUTE));
    assert.match(problem(await e.api("/api/v1/session"), 401, "unauthenticated").detail, /'ci' expired at 20\d\d-/);
    await e.stop();
  });

  test("every change is told, and no pasted key", async () => {
    const e = await withPassword();
    const pasted = "sk_live_4eC39HqLyjWDarjtT1zdp7dc";
    const doc = (description) => document([{ name: "t", base_url: "http://127.0.0.1:9", headers: { apikey: pasted } }],
      [job("a", { url: "/x", headers: { Authorization: `Bearer ${pasted}` }, body: { note: pasted } }, { target: "t", description })]);
    await e.apply(doc("one"));
    await e.apply(doc("two"));
    await e.ok(["job", "remove", "a"]);
    const all = (await audit(e)).reverse().filter((x) => !x.action.startsWith("admin") && !x.action.startsWith("setup"));
    assert.deepEqual(all.map((x) => `${x.action} ${x.resource}`), ["target.create t", "job.create a", "job.update a", "job.remove a"]);
    assert.ok(all.every((x) => /^cli:./.test(x.actor)));
    assert.deepEqual(all[2].detail, { changes: [{ pointer: "/description", before: "one", after: "two" }] });
    const text = JSON.stringify(all);
    assert.ok(!text.includes(pasted) && !text.includes(pasted.slice(8)), text);
    assert.match(text, /Bearer \*\*\*/);
    await e.stop();
  });
});
