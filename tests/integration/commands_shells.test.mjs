// Completion in real shells: what each offers at the end of a line, from the script that the binary prints.
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { document, Edgecron, edgecron, job, target } from "./harness/edgecron.mjs";
import { run } from "./harness/process.mjs";
import { shells } from "./harness/shells.mjs";

const NAMES = ["bash", "zsh", "fish"];
const e = new Edgecron(), other = new Edgecron();
let shell, runId;

before(async () => {
  await e.apply(document([target("prod", "https://x.example"), target("backup", "https://y.example")],
    [job("alpha", "/a", { target: "prod" }), job("omega", "/o", { target: "prod" })]));
  await e.setSecret("CRON_KEY", "the-value-of-the-key-0123");
  await e.ok(["token", "create", "grafana", "--scope", "read"]);
  await e.ok(["channel", "set", "ops", "--kind", "slack", "--url", "https://x.example/{{secret.CRON_KEY}}"]);
  runId = (await e.json(["job", "run", "alpha"])).id;
  await other.apply(document([], [job("elsewhere", "https://x.example/")]));
  shell = await shells(e.dir);
  writeFileSync(join(shell.here, "jobs.json"), "{}");
  mkdirSync(join(shell.here, "a folder"));
});
after(() => e.stop());

/** What is offered at the end of the line; some of it, or all of it. */
const OFFERS = {
  "edgecron ": { some: ["serve", "job", "run", "completion", "help"] },
  "edgecron jo": { all: ["job"] },
  "edgecron job ": { some: ["list", "set", "next"], none: ["serve", "alpha"] },
  "edgecron job p": { all: ["pause"] },
  "edgecron job show ": { all: ["alpha", "omega"] },
  "edgecron job show al": { all: ["alpha"] },
  "edgecron --json job show al": { all: ["alpha"] },
  "edgecron job --json show al": { all: ["alpha"] },
  "edgecron job set omega --tar": { all: ["--target"] },
  "edgecron job set omega --target ": { all: ["backup", "prod"] },
  "edgecron job set omega --overlap ": { all: ["allow", "cancel_running", "queue", "skip"] },
  "edgecron job set omega --timezone Europe/Amst": { all: ["Europe/Amsterdam"] },
  "edgecron secret rotate CRON_KEY --overlap ": { all: [] }, // a length of time, not the field of a job
  "edgecron secret remove ": { all: ["CRON_KEY"] },
  "edgecron secret generate ": { all: [] }, // a new name
  "edgecron token revoke ": { all: ["grafana"] },
  "edgecron target remove ": { all: ["backup", "prod"] },
  "edgecron run list --job om": { all: ["omega"] },
  "edgecron run list --state s": { all: ["skipped", "succeeded"] },
  "edgecron run list --state=s": { all: ["skipped", "succeeded"] },
  "edgecron channel show ": { all: ["ops"] },
  "edgecron channel set ops --ki": { all: ["--kind"] },
  "edgecron channel set ops --kind d": { all: ["discord"] },
  "edgecron alert set failing --on m": { all: ["metric", "missed"] },
  "edgecron alert set failing --job om": { all: ["omega"] },
  "edgecron alert set failing --channel ": { all: ["ops"] },
  "edgecron alert show fa": { all: ["failing"] },
  "edgecron alert mute --rule fa": { all: ["failing"] },
  "edgecron alert test ": { all: ["ops"] },
  "edgecron stats om": { all: ["omega"] },
  "edgecron apply jo": { all: ["jobs.json"] },
  "edgecron import pg-cron jo": { all: ["jobs.json"] },
  "edgecron import pg-cron 1.sql 2.sql jo": { all: ["jobs.json"] },
  "edgecron job set omega --file jo": { all: ["jobs.json"] },
  "edgecron help jo": { all: ["job"] },
  "edgecron nonsense ": { all: [] },
};

for (const name of NAMES) {
  describe(name, () => {
    for (const [line, { all, some = [], none = [] }] of Object.entries(OFFERS)) {
      test(line, async () => {
        // fish tells the word with the flag in front, the others the value alone
        const offered = (await shell[name](line)).map((w) => w.replace(/^--\w+=/, ""));
        if (all) assert.deepEqual([...offered].sort(), [...all].sort());
        for (const word of some) assert.ok(offered.includes(word), `'${word}' is not among ${offered}`);
        for (const word of none) assert.ok(!offered.includes(word), `'${word}' is among ${offered}`);
      });
    }

    test("names of the run that there is", async () => {
      assert.deepEqual(await shell[name]("edgecron run show "), [runId]);
    });

    test("names of the directory that the line names", async () => {
      assert.deepEqual(await shell[name](`edgecron job show --data ${other.dir} `), ["elsewhere"]);
      assert.deepEqual(await shell[name](`edgecron --data=${other.dir} job show `), ["elsewhere"]);
    });

    test("no data directory: nothing is offered, said or made", async () => {
      assert.deepEqual(await shell[name](`edgecron job show --data ${e.dir}-none `), []);
      assert.throws(() => statSync(`${e.dir}-none`), /ENOENT/);
    });
  });
}

test("flags of a command are offered, and no others", async () => {
  const help = await e.ok(["help", "run", "list"]);
  const flags = [...help.matchAll(/^ {2}(--[a-z-]+)/gm)].map((m) => m[1]).sort();
  for (const name of NAMES) {
    const offered = [...new Set(await shell[name]("edgecron run list --"))].sort();
    assert.deepEqual(offered, flags, name);
  }
});

test("the scripts are clean to their shells", async () => {
  for (const name of NAMES) {
    const r = await run(name, ["-n", shell.script[name]]);
    assert.equal(r.code, 0, r.stderr);
    assert.equal(r.stderr, "");
  }
});

describe("completion names", () => {
  test("leaves no trace while no server runs", async () => {
    const before = readdirSync(e.dir).sort();
    assert.deepEqual(before.filter((f) => /-(wal|shm)$/.test(f)), []);
    for (const kind of ["jobs", "targets", "secrets", "alerts", "channels", "tokens", "runs", "zones"]) {
      assert.match(await e.ok(["completion", "names", kind]), /\n$/, kind);
    }
    assert.deepEqual(readdirSync(e.dir).sort(), before);
  });

  test("a kind that is none is refused", async () => {
    const r = await edgecron(["completion", "names", "jbos"]);
    assert.equal(r.code, 2);
    assert.match(r.stderr, /did you mean 'jobs'/);
  });
});

test("no command that reads leaves files of the WAL while no server runs", async () => {
  const before = readdirSync(e.dir).sort();
  for (const args of [["job", "list"], ["job", "show", "alpha"], ["job", "next", "alpha"], ["target", "list"], ["target", "show", "prod"],
    ["secret", "list"], ["alert", "list"], ["alert", "show", "failing"], ["alert", "firing"], ["alert", "history"],
    ["channel", "list"], ["channel", "show", "ops"], ["stats"], ["stats", "alpha"], ["run", "list"], ["run", "show", runId], ["token", "list"], ["audit"], ["export"]]) {
    await e.ok(args);
    assert.deepEqual(readdirSync(e.dir).sort(), before, args.join(" "));
  }
});
