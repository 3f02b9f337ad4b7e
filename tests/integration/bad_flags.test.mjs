// Every flag with a value that is wrong, and every command with words that do not fit: exit 2 (or 4 where the value is a document's), and a
// message that names what is at fault.
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { Edgecron } from "./harness/edgecron.mjs";
import { each } from "./harness/wait.mjs";

const e = new Edgecron();
let kept;
before(async () => {
  await e.apply({ version: 1, targets: [{ name: "t", base_url: "https://x.example" }],
    jobs: [{ name: "j", schedule: "@daily", target: "t", request: { url: "/a" } }] });
  kept = await e.ok(["export"]);
});

const JOB = ["job", "set", "j"];
const TARGET = ["target", "set", "t"];
const SERVE = ["serve"];
const CHANNEL = ["channel", "set", "c", "--kind", "webhook", "--url", "https://x.example/"];
const MAIL = ["channel", "set", "c", "--kind", "email", "--host", "h.example", "--from", "a@x.example", "--to", "b@x.example"];
const ALERT = ["alert", "set", "a", "--on"];

/** [command, flag, wrong values, exit] */
const FLAGS = [
  [SERVE, "--listen", ["nonsense", "127.0.0.1:99999", "127.0.0.1:x", "1.2.3:80", ""], 2],
  [SERVE, "--log-level", ["loud", ""], 2],
  [SERVE, "--log-format", ["xml"], 2],
  [SERVE, "--drain-timeout", ["soon", "-1s", "5 parsecs"], 2],
  [SERVE, "--allow-private=", ["lan", "10.0.0.0/33"], 2],
  [["schedule", "next", "* * * * *"], "--count", ["0", "-1", "x", "1.5", "99999999999999999999"], 2],
  [["schedule", "next", "* * * * *"], "--from", ["yesterday", "2026-02-30T00:00:00Z", "12"], 2],
  [["schedule", "next", "* * * * *"], "--zone", ["Mars/Olympus", "europe/berlinn"], [2, 4]],
  [["run", "list"], "--limit", ["0", "1001", "x"], 2],
  [["run", "list"], "--state", ["happy"], 2],
  [["run", "list"], "--outcome", ["good"], 2],
  [["run", "list"], "--trigger", ["by itself"], 2],
  [["stats"], "--window", ["9y", "x", ""], 2],
  [["run", "list"], "--until", ["tomorrow"], 2],
  [["run", "list"], "--watch=", ["perhaps"], 2],
  [["settings", "set"], "--paused", ["perhaps"], 2],
  [["settings", "set"], "--retention-days", ["0", "3651", "x"], 2],
  [["settings", "set"], "--retention-failed-days", ["0", "3651", "x"], 2],
  [["settings", "set"], "--retention-bodies-days", ["0", "3651", "x"], 2],
  [["settings", "set"], "--retention-runs", ["-1", "10000001", "x"], 2],
  [["run", "list"], "--since", ["yesterday"], 2],
  [["run", "list"], "--cursor", ["nonsense"], [2, 4]],
  [["token", "create", "x"], "--scope", ["root", ""], 2],
  [["secret", "set", "X"], "--value-file", ["/nonexistent/value"], [1, 3, 4]],
  [JOB, "--schedule", ["61 * * * *", "x"], 4],
  [JOB, "--timezone", ["Mars/Olympus"], 4],
  [JOB, "--target", ["nowhere"], 4],
  [JOB, "--url", ["ftp://x", "no-slash"], 4],
  [JOB, "--method", ["BREW"], 2],
  [JOB, "--header", ["no colon", "a b: c"], [2, 4]],
  [JOB, "--timeout-ms", ["0", "x", "86400001"], 2],
  [JOB, "--max-attempts", ["0", "101", "x"], 2],
  [JOB, "--delivery", ["maybe"], 2],
  [JOB, "--overlap", ["sometimes"], 2],
  [JOB, "--tags", ["Upper", "a,a"], 4],
  [JOB, "--jitter-s", ["-1", "86401", "x"], 2],
  [JOB, "--starts-at", ["soon"], 4],
  [JOB, "--ends-at", ["later"], 4],
  [JOB, "--connect-timeout-ms", ["0", "x"], 2],
  [JOB, "--retry-initial-ms", ["0", "x"], 2],
  [JOB, "--retry-multiplier", ["0", "11", "x"], 4],
  [JOB, "--retry-max-ms", ["0", "x"], 2],
  [JOB, "--retry-max-age-s", ["-1", "604801"], 2],
  [JOB, "--retry-past-next=", ["perhaps"], 2],
  [JOB, "--catch-up", ["some"], 2],
  [JOB, "--catch-up-window-s", ["-1", "2592001"], 2],
  [JOB, "--success-status", ["1xx", "good"], 4],
  [JOB, "--success-json", ["{", "x"], 2],
  [JOB, "--metric", ["no colon"], 2],
  [JOB, "--metric", ["a b: /x", "sent: x"], 4],
  [JOB, "--alerts", ["x"], 2],
  [JOB, "--file", ["/nonexistent/job.json"], [1, 3, 4]],
  [TARGET, "--base-url", ["ftp://x", "x.example"], 4],
  [TARGET, "--max-concurrent", ["0", "10001", "x"], 2],
  [TARGET, "--rate", ["fast", "10/h"], 4],
  [TARGET, "--tls-min", ["1.1"], 2],
  [TARGET, "--ca-file", ["relative.pem"], 4],
  [["job", "pause", "j"], "--until", ["soon"], 2],
  [["job", "pause", "j"], "--for", ["a while", "0s"], 2],
  [["job", "run", "j", "--wait"], "--timeout", ["a while", "0s"], 2],
  [["job", "next", "j"], "--count", ["0", "x"], 2],
  [["job", "run", "j"], "--wait=", ["perhaps"], 2],
  [["healthcheck"], "--listen", ["nonsense"], 2],
  [["settings", "set"], "--heartbeat-url", ["ftp://x", "/path", "https://x.example/{{now}}"], 4],
  [["settings", "set"], "--heartbeat-every-s", ["9", "86401", "x"], 2],
  [["settings", "set"], "--page-url", ["x.example", "https://x.example/?a"], 4],
  [["settings", "set"], "--alert-group-s", ["-1", "3601", "x"], 2],
  [CHANNEL, "--kind", ["pigeon", ""], 2],
  [CHANNEL, "--language", ["de"], 2],
  [CHANNEL, "--url", ["ftp://x", "x", "https://{{secret.HOST}}/"], 4],
  [CHANNEL, "--method", ["BREW"], 2],
  [CHANNEL, "--header", ["no colon", "a b: c"], [2, 4]],
  [CHANNEL, "--body", ["{{alert.nonsense}}", "{{secret}}"], 4],
  [CHANNEL, "--allow-private=", ["lan", "10.0.0.0/33"], 2],
  [CHANNEL, "--ca-file", ["relative.pem"], 4],
  [MAIL, "--host", ["https://h.example", "h.example:25"], 4],
  [MAIL, "--port", ["0", "65536", "x"], 2],
  [MAIL, "--security", ["some"], 2],
  [MAIL, "--from", ["nobody", "a@b@c"], 4],
  [MAIL, "--to", ["nobody", "a@x.example, b@x.example"], 4],
  [MAIL, "--username", ["u"], 4],
  [["alert", "set", "a"], "--on", ["success", ""], 2],
  [[...ALERT, "failure"], "--after", ["0", "1001", "x"], 2],
  [[...ALERT, "duration"], "--over", ["long", "-1s"], 2],
  [[...ALERT, "duration"], "--over", ["0s", "8d"], 4],
  [[...ALERT, "no_success"], "--over", ["1s"], 4],
  [[...ALERT, "certificate"], "--within", ["soon"], 2],
  [[...ALERT, "disk"], "--under", ["512", "1GB", "x", "0MiB"], 2],
  [[...ALERT, "metric"], "--metric", ["many", "sent >", "sent > x"], 4],
  [[...ALERT, "missed"], "--job", ["Upper case", "nobody"], 4],
  [[...ALERT, "missed"], "--tag", ["Upper case"], 4],
  [[...ALERT, "missed"], "--channel", ["Upper case", "nobody"], 4],
  [[...ALERT, "missed"], "--repeat", ["sometimes", "31d"], 2],
  [[...ALERT, "missed"], "--repeat", ["59s"], 4],
  [[...ALERT, "missed"], "--no-recovery=", ["perhaps"], 2],
  [["alert", "mute"], "--until", ["soon"], 2],
  [["alert", "mute"], "--for", ["a while", "0s"], 2],
  [["alert", "firing"], "--limit", ["0", "1001"], 2],
  [["alert", "firing"], "--cursor", ["nonsense"], [2, 4]],
  [["alert", "history"], "--since", ["yesterday"], 2],
  [["channel", "test", "c", "--wait"], "--timeout", ["a while", "0s"], 2],
];

describe("flags", () => {
  for (const [command, flag, values, exit] of FLAGS) {
    test(`${command.join(" ")} ${flag}`, async () => {
      const failures = (await each(values, async (value) => {
        const args = flag.endsWith("=") ? [...command, flag + value] : [...command, flag, value];
        const r = await e.command(args, { within: 10_000, input: "" });
        const name = flag.replace(/^--|=$/g, "");
        if (![exit].flat().includes(r.code)) return `'${value}': exit ${r.code}: ${r.stderr}${r.stdout}`;
        if (!r.stderr.startsWith("edgecron: ")) return `'${value}': ${r.stderr}`;
        const named = r.stderr.includes(name) || r.stderr.includes(name.replaceAll("-", "_"));
        return named || (value && r.stderr.includes(value)) ? null : `'${value}': names neither flag nor value: ${r.stderr}`;
      }, 3)).filter(Boolean);
      assert.deepEqual(failures, []);
    });
  }
});

describe("words", () => {
  const USAGE = [
    ["frobnicate"], ["job"], ["job", "frobnicate"], ["job", "show"], ["job", "show", "a", "b"], ["job", "run"], ["run", "show"], ["target", "set"],
    ["secret", "set"], ["token", "create", "x", "y", "--scope", "read"], ["schedule"], ["schedule", "next"], ["export", "a", "b"],
    ["alert"], ["alert", "mute", "x"], ["alert", "test", "a", "b"], ["channel", "set"], ["channel", "test"], ["stats", "a", "b"],
    ["version", "now"], ["serve", "fast"], ["apply", "a.json", "b.json"], ["help", "frobnicate"],
  ];
  for (const args of USAGE) {
    test(`edgecron ${args.join(" ")}: exit 2, and where to look`, async () => {
      const r = await e.command(args, { input: "" });
      assert.equal(r.code, 2, r.stderr + r.stdout);
      assert.match(r.stderr, /^edgecron: /);
      assert.match(r.stderr, /edgecron \w+|takes|to do: \w+|unknown/);
    });
  }

  test("an unknown flag is named, with the near one", async () => {
    for (const [args, near] of [[["run", "list", "--limt", "3"], "--limit"], [["serve", "--lisen", "127.0.0.1:0"], "--listen"]]) {
      const r = await e.command(args);
      assert.equal(r.code, 2);
      assert.ok(r.stderr.includes(args.find((a) => a.startsWith("--"))) && r.stderr.includes(near), r.stderr);
    }
  });

  test("a flag of another command is refused, not ignored", async () => {
    assert.equal((await e.command(["job", "list", "--scope", "read"])).code, 2);
  });

  test("a flag without its value", async () => {
    const r = await e.command(["run", "list", "--limit"]);
    assert.equal(r.code, 2);
    assert.match(r.stderr, /--limit/);
  });

  test("a wrong value in the environment names the variable", async () => {
    const r = await e.command(["run", "list"], { env: { EDGECRON_LIMIT: "many" } });
    assert.equal(r.code, 2);
    assert.match(r.stderr, /EDGECRON_LIMIT/);
  });

  test("every flag's variable counts, and the command line wins over it", async () => {
    const count = async (args) => (await e.ok(["schedule", "next", "* * * * *", ...args], { env: { EDGECRON_COUNT: "2" } })).trim().split("\n").length;
    assert.equal(await count([]), 2);
    assert.equal(await count(["--count", "3"]), 3);
  });

  test("with --json a problem object on standard error", async () => {
    const problem = await e.refused(2, ["run", "list", "--limit", "x"]);
    assert.equal(problem.code, "usage");
    assert.match(problem.detail, /limit/);
  });
});

test("a data directory that cannot be: exit 1, naming it", async () => {
  const file = e.file("not-a-folder", "x");
  for (const dir of [`${file}/data`, file, "/proc/edgecron"]) {
    const r = await e.command(["job", "set", "a", "--schedule", "@daily", "--url", "https://x.example/", "--data", dir]);
    assert.equal(r.code, 1, `${dir}: ${r.stderr}`);
    assert.ok(r.stderr.includes(dir), r.stderr);
  }
});

test("after all of that, nothing has changed", async () => assert.equal(await e.ok(["export"]), kept));
