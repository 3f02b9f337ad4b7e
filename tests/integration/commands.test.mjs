// Every command: what it prints with and without --json, its exit status, and that a running server takes changes up.
import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { document, Edgecron, edgecron, FINAL, job, target, VERSION } from "./harness/edgecron.mjs";
import { startFaults } from "./harness/faults.mjs";
import { freePort } from "./harness/ports.mjs";
import { sleep, until } from "./harness/wait.mjs";

const COMMANDS = {
  serve: [], demo: [], apply: [], export: [], import: ["pg-cron"], doctor: [], install: [], healthcheck: [], version: [], help: [],
  job: ["list", "show", "set", "remove", "pause", "resume", "run", "next"],
  target: ["list", "show", "set", "remove", "check"],
  secret: ["list", "show", "set", "generate", "rotate", "remove"],
  run: ["list", "show", "cancel", "retry"],
  schedule: ["next", "explain"],
  settings: ["show", "set"],
  token: ["create", "list", "revoke"],
  schema: [],
  man: [],
  alert: ["list", "show", "set", "remove", "mute", "unmute", "firing", "history", "test"],
  channel: ["list", "show", "set", "remove", "test"],
  stats: [],
  completion: ["bash", "zsh", "fish", "names"],
};

const e = new Edgecron();
let server;

before(async () => {
  server = await startFaults();
  await e.apply(document([target("faults", server.url)], [
    job("alpha", "/ok", { target: "faults", tags: ["a"] }),
    job("omega", "/status?code=500", { target: "faults" }),
    job("slow", "/slow?ms=30000", { target: "faults" }),
  ]));
  await e.serve();
});
after(async () => {
  await e.stop();
  await server.close();
});

const lines = (text) => text.trim().split("\n");
/** With --json and without: exit status 3 and a message that names what is missing. */
async function notFound(args, name) {
  const problem = await e.refused(3, args);
  assert.equal(problem.code, "not_found");
  assert.match(problem.detail, new RegExp(name));
  const plain = await e.command(args);
  assert.equal(plain.code, 3);
  assert.match(plain.stderr, new RegExp(`^edgecron: .*${name}`));
}

describe("help and version", () => {
  test("help lists every command", async () => {
    const { code, stdout } = await edgecron(["help"]);
    assert.equal(code, 0);
    for (const name of Object.keys(COMMANDS)) assert.match(stdout, new RegExp(`^\\s*(edgecron )?${name}\\b`, "m"), name);
  });

  for (const [noun, verbs] of Object.entries(COMMANDS)) {
    test(`help of ${noun} in three ways, on standard output, exit 0`, async () => {
      for (const words of [[noun], ...verbs.map((v) => [noun, v])]) {
        const texts = [];
        for (const args of [["help", ...words], [...words, "--help"], [...words, "-h"]]) {
          const { code, stdout, stderr } = await edgecron(args);
          assert.equal(code, 0, `${args.join(" ")}: ${stderr}`);
          assert.match(stdout, new RegExp(words.join(" ")), args.join(" "));
          texts.push(stdout);
        }
        assert.equal(new Set(texts).size, 1, `${words.join(" ")}: different texts`);
        if (words.length === 1) for (const v of verbs) assert.match(texts[0], new RegExp(`\\b${v}\\b`), `${noun} ${v}`);
      }
    });
  }

  test("version, plain and as JSON", async () => {
    assert.match(await e.ok(["version"]), new RegExp(`^edgecron ${VERSION.replaceAll(".", "\\.")}\\b`));
    assert.equal((await e.json(["version"])).version, VERSION);
    assert.match((await edgecron(["--version"])).stdout, new RegExp(VERSION.replaceAll(".", "\\.")));
  });

  test("no command at all: usage on standard error, exit 2", async () => {
    const { code, stdout, stderr } = await edgecron([]);
    assert.equal(code, 2);
    assert.equal(stdout, "");
    assert.match(stderr, /help/);
  });
});

describe("schedule next", () => {
  const next = async (...args) => lines(await e.ok(["schedule", "next", ...args, "--from", "2026-03-28T12:00:00Z"]));

  test("one RFC 3339 time with offset a line", async () => {
    const times = await next("0 7 * * 1-5", "--count", "3");
    assert.deepEqual(times.map((t) => Date.parse(t)), ["30", "31"].map((d) => Date.UTC(2026, 2, d, 7)).concat(Date.UTC(2026, 3, 1, 7)));
    for (const t of times) assert.match(t, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?(Z|[+-]\d\d:\d\d)$/);
  });

  test("a zone: the offset is that of the zone, and changes with summer time", async () => {
    const times = await next("0 12 * * *", "--zone", "Europe/Berlin", "--count", "2");
    assert.match(times[0], /^2026-03-29T12:00:00.*\+02:00$/);
    const winter = await e.ok(["schedule", "next", "0 12 * * *", "--zone", "Europe/Berlin", "--from", "2026-03-27T12:00:00Z", "--count", "1"]);
    assert.match(winter, /^2026-03-28T12:00:00.*\+01:00$/m);
  });

  test("six fields, macros, intervals, once", async () => {
    assert.equal((await next("*/20 * * * * *", "--count", "4")).length, 4);
    assert.equal(Date.parse((await next("@hourly", "--count", "1"))[0]), Date.UTC(2026, 2, 28, 13));
    assert.equal((await next("@every 90s", "--count", "2")).length, 2);
    assert.deepEqual((await next("@at 2027-01-31T09:00:00", "--count", "5")).map((t) => Date.parse(t)), [Date.UTC(2027, 0, 31, 9)]);
  });

  test("a wrong expression: exit 4 or 2, pointing at the character", async () => {
    for (const [expr, words] of [["61 * * * *", /minute|61|1/], ["* * 31 2 *", /never|31|2/], ["* * * *", /five|5|fields/], ["0 0 * * FRI-MON", /FRI-MON|wrap|range/i]]) {
      const r = await e.command(["schedule", "next", expr]);
      assert.ok([2, 4].includes(r.code), `${expr}: exit ${r.code}`);
      assert.match(r.stderr, words, expr);
    }
  });
});

describe("apply and export", () => {
  test("apply tells what it did; export and apply again changes nothing", async () => {
    const other = new Edgecron();
    await other.setSecret("K", "a-secret-value");
    const doc = document([target("t1", "https://x.example", { headers: { "X-K": "{{secret.K}}" } })],
      [job("j1", "/a", { target: "t1", timezone: "Europe/Paris", tags: ["x"] }), job("j2", "https://y.example/b")]);
    const text = await other.ok(["apply", other.file("a.json", doc)]);
    assert.match(text, /2/);
    assert.match(text, /created/);
    const exported = await other.ok(["export"]);
    assert.equal(JSON.parse(exported).version, 1);
    assert.deepEqual(JSON.parse(exported).jobs.map((j) => j.name), ["j1", "j2"]);
    assert.ok(!exported.includes("a-secret-value"));

    const again = JSON.stringify(await other.json(["apply", "-"], { input: exported }));
    assert.doesNotMatch(again, /"(created|updated|\w+_created|\w+_updated)":\s*[1-9]/, again);
    assert.equal(await other.ok(["export"]), exported);

    const elsewhere = new Edgecron();
    await elsewhere.ok(["apply", elsewhere.file("b.json", exported)]);
    assert.equal(await elsewhere.ok(["export"]), exported);
  });

  test("apply adds and changes what the file names, and leaves the rest", async () => {
    const other = new Edgecron();
    await other.apply(document([], [job("a", "https://x.example/1"), job("b", "https://x.example/2")]));
    await other.apply(document([], [job("b", "https://x.example/3"), job("c", "https://x.example/4")]));
    assert.deepEqual((await other.jobs()).map((j) => [j.name, j.request.url]),
      [["a", "https://x.example/1"], ["b", "https://x.example/3"], ["c", "https://x.example/4"]]);
  });

  test("--dry-run says the same and changes nothing", async () => {
    const other = new Edgecron();
    await other.apply(document([], []));
    const file = other.file("a.json", document([], [job("a", "https://x.example/1")]));
    assert.match(await other.ok(["apply", file, "--dry-run"]), /1/);
    assert.deepEqual(await other.jobs(), []);
  });
});

describe("job", () => {
  test("list and show, plain and as JSON", async () => {
    assert.match(await e.ok(["job", "list"]), /alpha[\s\S]*omega/);
    const { items, next_cursor } = await e.json(["job", "list"]);
    assert.deepEqual(items.map((j) => j.name), ["alpha", "omega", "slow"]);
    assert.equal(next_cursor ?? null, null);
    const shown = await e.json(["job", "show", "alpha"]);
    assert.deepEqual([shown.name, shown.target, shown.tags, shown.request.url], ["alpha", "faults", ["a"], "/ok"]);
    assert.match(await e.ok(["job", "show", "alpha"]), /alpha/);
  });

  test("set makes one, changes one field of it, and refuses a wrong one; remove takes it away", async () => {
    await e.ok(["job", "set", "made", "--schedule", "0 5 * * *", "--url", "/ok", "--target", "faults", "--body", '{"a":1}', "--header", "X-A: b"]);
    await e.ok(["job", "set", "made", "--timezone", "Asia/Tokyo"]);
    const made = await e.json(["job", "show", "made"]);
    assert.deepEqual([made.schedule, made.timezone, made.request.body, made.request.headers], ["0 5 * * *", "Asia/Tokyo", { a: 1 }, { "X-A": "b" }]);
    assert.equal((await e.refused(4, ["job", "set", "made", "--schedule", "0 25 * * *"])).pointer, "/schedule");
    assert.equal((await e.refused(4, ["job", "set", "made", "--target", "nowhere"])).pointer, "/target");
    await e.ok(["job", "set", "made", "--file", "-"], { input: JSON.stringify(job("made", "/echo", { target: "faults" })) });
    assert.equal((await e.json(["job", "show", "made"])).request.url, "/echo");
    await e.ok(["job", "remove", "made"]);
    await notFound(["job", "show", "made"], "made");
  });

  test("run: the queued run at once, or with --wait its end; exit 1 unless it succeeded", async () => {
    const asked = await e.json(["job", "run", "alpha"]);
    assert.deepEqual([asked.job, asked.trigger], ["alpha", "manual"]);
    await until("its end", async () => (await e.run(asked.id)).state === "succeeded");
    const good = await e.command(["job", "run", "alpha", "--wait", "--json"]);
    assert.deepEqual([good.code, JSON.parse(good.stdout).state], [0, "succeeded"]);
    const bad = await e.command(["job", "run", "omega", "--wait", "--json"]);
    assert.deepEqual([bad.code, JSON.parse(bad.stdout).state, JSON.parse(bad.stdout).http_status], [1, "failed", 500]);
    const plain = await e.command(["job", "run", "omega", "--wait"]);
    assert.equal(plain.code, 1);
    assert.match(plain.stdout + plain.stderr, /500/);
  });

  test("next names the next times of a job", async () => {
    const times = lines(await e.ok(["job", "next", "alpha", "--count", "2"]));
    assert.equal(times.length, 2);
    assert.match(times[0], /^\d{4}-01-01T00:00:00/);
  });

  test("pause and resume: the running server stops and starts within a second or so", async () => {
    await e.ok(["job", "set", "ticker", "--schedule", "* * * * * *", "--url", "/ok?ticker", "--target", "faults"]);
    const calls = () => server.seen.filter((r) => r.url === "/ok?ticker").length;
    await until("calls", () => calls() >= 2);
    await e.ok(["job", "pause", "ticker"]);
    await sleep(1200);
    const paused = calls();
    await sleep(2200);
    assert.equal(calls(), paused, "calls while paused");
    await e.ok(["job", "resume", "ticker"]);
    await until("calls again", () => calls() > paused, { within: 5000 });
    await e.ok(["job", "remove", "ticker"]);
  });

  test("every verb on a job that does not exist: exit 3, naming it", async () => {
    for (const verb of ["show", "remove", "pause", "resume", "run", "next"]) await notFound(["job", verb, "nobody"], "nobody");
  });
});

describe("target", () => {
  test("set, list, show, remove", async () => {
    await e.ok(["target", "set", "spare", "--base-url", "https://x.example/v1"]);
    assert.deepEqual((await e.json(["target", "list"])).items.map((t) => t.name), ["faults", "spare"]);
    assert.equal((await e.json(["target", "show", "spare"])).base_url, "https://x.example/v1");
    assert.match(await e.ok(["target", "show", "spare"]), /x\.example/);
    assert.equal((await e.refused(4, ["target", "set", "spare", "--base-url", "ftp://x"])).pointer, "/base_url");
    await e.ok(["target", "remove", "spare"]);
    await notFound(["target", "show", "spare"], "spare");
  });

  test("one that jobs use is not removed, and they are named", async () => {
    const problem = await e.refused(4, ["target", "remove", "faults"]);
    assert.equal(problem.code, "conflict");
    assert.match(problem.detail, /alpha/);
  });
});

describe("secret", () => {
  test("from standard input or --value-file; never from the command line; never shown", async () => {
    await e.ok(["secret", "set", "FROM_INPUT"], { input: "value-of-input\n" });
    await e.ok(["secret", "set", "FROM_FILE", "--value-file", e.file("value", "value-of-file\n")]);
    const r = await e.command(["secret", "set", "FROM_ARGV", "value-of-argv"], { input: "" });
    assert.equal(r.code, 2);
    assert.ok(!r.stderr.includes("value-of-argv"), "a value given by mistake is not repeated");
    for (const args of [["secret", "list"], ["secret", "list", "--json"], ["export"]]) {
      assert.doesNotMatch(await e.ok(args), /value-of/, args.join(" "));
    }
    const list = (await e.json(["secret", "list"])).items;
    assert.deepEqual(list.map((s) => [s.name, s.version]), [["FROM_FILE", 1], ["FROM_INPUT", 1]]);
    assert.equal(statSync(join(e.dir, "master.key")).mode & 0o777, 0o600);
    assert.equal(readFileSync(join(e.dir, "edgecron.db")).indexOf("value-of"), -1);
  });

  test("one line end after the value is not part of it; a new value is a new version", async () => {
    await e.ok(["secret", "set", "FROM_INPUT"], { input: "second-value\n" });
    assert.equal((await e.json(["secret", "list"])).items.find((s) => s.name === "FROM_INPUT").version, 2);
    await e.apply(document([], [job("sends", { url: "/echo", body: "[{{secret.FROM_INPUT}}]" }, { target: "faults" })]));
    const run = await e.runJob("sends");
    assert.equal(server.of(run.id)[0].body, "[second-value]");
  });

  test("generate prints a random value once; rotate replaces it, and the next call carries it", async () => {
    const made = (await e.ok(["secret", "generate", "GENERATED"])).trim();
    assert.ok(Buffer.from(made, "base64").length >= 32, made);
    assert.equal((await e.refused(4, ["secret", "generate", "GENERATED"])).code, "conflict");
    await e.apply(document([], [job("rotated", { url: "/echo", body: "{{secret.GENERATED}}" }, { target: "faults" })]));
    assert.equal(server.of((await e.runJob("rotated")).id)[0].body, made);
    await e.ok(["secret", "rotate", "GENERATED"], { input: "a-value-of-my-own\n" });
    assert.equal(server.of((await e.runJob("rotated")).id)[0].body, "a-value-of-my-own");
    await e.ok(["job", "remove", "rotated"]);
    await e.ok(["secret", "remove", "GENERATED"]);
  });

  test("one in use is not removed, and its user is named; an unused one is", async () => {
    assert.match((await e.refused(4, ["secret", "remove", "FROM_INPUT"])).detail, /sends/);
    await e.ok(["secret", "remove", "FROM_FILE"]);
    await notFound(["secret", "remove", "FROM_FILE"], "FROM_FILE");
  });

  test("values and names that are none: exit 4", async () => {
    for (const input of ["", "\n", "x\0y", "x".repeat(65537)]) {
      assert.equal((await e.command(["secret", "set", "BAD"], { input })).code, 4, JSON.stringify(input.slice(0, 5)));
    }
    for (const name of ["1a", "a-b", "a b", "x".repeat(64)]) assert.equal((await e.command(["secret", "set", name], { input: "value" })).code, 4, name);
    assert.equal((await e.json(["secret", "list"])).items.some((s) => s.name === "BAD"), false);
  });
});

describe("run", () => {
  test("list with its filters, show, plain and as JSON", async () => {
    const { items } = await e.json(["run", "list", "--job", "omega", "--state", "failed", "--limit", "1"]);
    assert.equal(items.length, 1);
    const run = await e.run(items[0].id);
    assert.equal(run.attempts[0].http_status, 500);
    assert.match(await e.ok(["run", "list"]), /omega/);
    assert.match(await e.ok(["run", "show", run.id]), /500/);
    const page = await e.json(["run", "list", "--limit", "1"]);
    assert.ok(page.next_cursor);
    const next = await e.json(["run", "list", "--limit", "1", "--cursor", page.next_cursor]);
    assert.notEqual(next.items[0].id, page.items[0].id);
  });

  test("cancel ends a run under way; a final one is refused", async () => {
    const { id } = await e.json(["job", "run", "slow"]);
    await until("the call", () => server.of(id)[0]);
    await e.ok(["run", "cancel", id]);
    const run = await until("its end", async () => {
      const r = await e.run(id);
      return FINAL.includes(r.state) && r;
    });
    assert.deepEqual([run.state, run.attempts[0].outcome], ["canceled", "canceled"]);
    assert.equal((await e.refused(4, ["run", "cancel", id])).code, "conflict");
  });

  test("retry does a final run again as a run of its own", async () => {
    const first = await e.runJob("omega");
    const again = await e.json(["run", "retry", first.id]);
    assert.notEqual(again.id, first.id);
    assert.equal(again.trigger, "retry");
    await until("its end", async () => (await e.run(again.id)).state === "failed");
  });

  test("one that does not exist: exit 3", async () => {
    const id = "00000000-0000-7000-8000-000000000000";
    for (const verb of ["show", "cancel", "retry"]) await notFound(["run", verb, id], id);
  });
});

describe("token", () => {
  test("create prints it once, list shows no more than its start, revoke ends it", async () => {
    const made = await e.json(["token", "create", "ci", "--scope", "operate"]);
    assert.match(made.token, /^ect_[A-Za-z0-9_-]{43}$/);
    assert.equal(made.scope, "operate");
    assert.match((await e.command(["token", "create", "plain", "--scope", "read"])).stdout, /^ect_\S{43}$/m);
    assert.equal((await e.refused(4, ["token", "create", "ci", "--scope", "read"])).code, "conflict");
    const listed = await e.ok(["token", "list", "--json"]);
    assert.ok(!listed.includes(made.token));
    assert.deepEqual(JSON.parse(listed).items.map((t) => t.name).sort(), ["ci", "plain"]);
    await e.ok(["token", "revoke", "ci"]);
    await notFound(["token", "revoke", "ci"], "ci");
  });
});

test("healthcheck: 0 when the server is ready, 1 when there is none", async () => {
  await e.ok(["healthcheck", "--listen", `127.0.0.1:${e.port}`]);
  const r = await e.command(["healthcheck", "--listen", `127.0.0.1:${await freePort()}`]);
  assert.equal(r.code, 1);
  assert.match(r.stderr + r.stdout, /refused|not|no server/i);
});

test("export to a file writes it whole", async () => {
  const path = e.file("export.json", "old");
  await e.ok(["export", path]);
  assert.equal(readFileSync(path, "utf8"), await e.ok(["export"]));
});

test("commands work with no server, and a read of no data directory says so", async () => {
  const alone = new Edgecron();
  await alone.ok(["job", "set", "a", "--schedule", "@daily", "--url", "https://x.example/"]);
  const asked = await alone.json(["job", "run", "a"]);
  assert.equal(asked.state, "queued");
  await alone.ok(["run", "cancel", asked.id]);
  assert.equal((await alone.run(asked.id)).state, "canceled");
  const empty = new Edgecron();
  const r = await empty.command(["job", "list"]);
  assert.ok([0, 1, 3].includes(r.code), r.stderr);
  if (r.code !== 0) assert.match(r.stderr, new RegExp(empty.dir));
});
