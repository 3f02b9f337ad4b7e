// What a server gives up when it starts: Landlock, the filter of system calls, new privileges, core dumps. What each of them
// refuses is tried by tests/unit/confine_test.c; here, that the released binary has them, tells of them, and can live with them.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, statSync } from "node:fs";
import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { makeAuthority, pem } from "./harness/ca.mjs";
import { temporaryFolder } from "./harness/cleanup.mjs";
import { BINARY, document, Edgecron, job, target } from "./harness/edgecron.mjs";
import { startFaults } from "./harness/faults.mjs";
import { freePort } from "./harness/ports.mjs";
import { start } from "./harness/process.mjs";
import { until } from "./harness/wait.mjs";

const MEASURES = ["core_dumps", "new_privileges", "files", "system_calls", "swap"];
const sanitized = /build\/(asan|tsan|coverage)\//.test(BINARY);
const root = process.getuid() === 0;

const field = (file, name) => readFileSync(file, "utf8").match(new RegExp(`^${name}:\\s+(\\S+)`, "m"))?.[1];

/** The fields of a log line in logfmt. */
function logged(server, msg) {
  const line = server.stderr.split("\n").find((l) => l.includes(`msg=${msg} `));
  assert.ok(line, `no line '${msg}' in ${server.stderr}`);
  return Object.fromEntries([...line.matchAll(/(\w+)=("(?:[^"\\]|\\.)*"|\S+)/g)].map(([, k, v]) => [k, v[0] === '"' ? JSON.parse(v) : v]));
}

describe("a server as it starts", () => {
  const e = new Edgecron();

  before(async () => {
    await e.createToken("reader");
    await e.serve();
  });
  after(() => e.stop());

  test("all its threads have the filter, and no new privileges", { skip: sanitized }, () => {
    const tasks = readdirSync(`/proc/${e.server.pid}/task`);
    assert.ok(tasks.length > 5);
    for (const task of tasks) {
      const status = `/proc/${e.server.pid}/task/${task}/status`;
      assert.equal(field(status, "NoNewPrivs"), "1");
      assert.equal(field(status, "Seccomp"), "2");
    }
  });

  test("the log and the API tell each measure, on or why not", async () => {
    const line = logged(e.server, "confined");
    const { body } = await e.api("/api/v1/status");
    assert.deepEqual(body.confinement.map((c) => c.name), MEASURES);
    for (const { name, ok, message } of body.confinement) {
      assert.equal(ok, message === "", `${name}: ${message}`);
      assert.equal(line[name], ok ? "on" : message);
    }
    for (const name of ["core_dumps", "new_privileges"]) assert.equal(line[name], "on");
    if (!sanitized) assert.equal(line.system_calls, "on");
  });

  test("readiness does not depend on them", async () => {
    const { status, body } = await e.api("/readyz", { token: null });
    assert.equal(status, 200);
    assert.ok(!body.checks.some((c) => MEASURES.includes(c.name)));
  });
});

test("a server that is told not to confine itself says so, and forbids dumps all the same", async () => {
  const e = new Edgecron();
  for (const [flags, env] of [[["--unconfined"], {}], [[], { EDGECRON_UNCONFINED: "1" }]]) {
    await e.serve(flags, { env });
    assert.equal(field(`/proc/${e.server.pid}/status`, "Seccomp"), "0");
    assert.match(readFileSync(`/proc/${e.server.pid}/limits`, "utf8"), /^Max core file size +0 +0 /m);
    const line = logged(e.server, "confined");
    assert.match(line.files, /--unconfined/);
    assert.equal(line.core_dumps, "on");
    await e.stop();
  }
});

test("a CA file that is named later", { skip: sanitized || (!root && "needs root to make a folder that is no usual place") }, async (t) => {
  const e = new Edgecron();
  const ca = await makeAuthority("later");
  const server = await startFaults({ tls: pem(await ca.leaf("later")) });
  const odd = mkdtempSync("/var/lib/edgecron-test-");
  t.after(() => Promise.all([e.stop(), server.close(), rm(odd, { recursive: true })]));
  await e.serve();
  const call = (ca_file) => e.apply(document([target("tls", server.url, { ca_file })], [job("call", "/ok", { target: "tls" })]));
  await call(ca.file); // in the folder for temporary files
  assert.equal((await e.runJob("call")).outcome, "ok", "in a usual place it is read at once");
  copyFileSync(ca.file, join(odd, "ca.pem"));
  await call(join(odd, "ca.pem"));
  const first = await e.runJob("call"); // elsewhere the message says what to do, and doing it helps
  if (logged(e.server, "confined").files !== "on") return void assert.equal(first.outcome, "ok");
  assert.equal(first.outcome, "tls");
  assert.match(first.message, /restart it/);
  await e.stop();
  await e.serve();
  assert.equal((await e.runJob("call")).outcome, "ok");
});

test("files named by flags and environment are read from where they are", async (t) => {
  const e = new Edgecron();
  const folder = temporaryFolder("key");
  const key = join(folder, "the.key");
  t.after(() => e.stop());
  await e.serve(["--master-key-file", key]); // made at the first start
  assert.equal(statSync(key).mode & 0o777, 0o600);
  await e.stop();
  await e.command(["secret", "set", "KEY", "--master-key-file", key], { input: "a-value-of-some-length-0123456789" });
  await e.serve(["--master-key-file", key]);
  e.server.kill("SIGHUP");
  await e.ready();
});

test("the demonstration works confined, and removes its folder", async () => {
  const tmp = temporaryFolder("tmp");
  const demo = start(BINARY, ["demo", "--listen", `127.0.0.1:${await freePort()}`], { env: { PATH: process.env.PATH, TMPDIR: tmp } });
  await until("a run of it to succeed", () => / succeeded /.test(demo.stdout), { within: 30_000, state: () => demo.stdout + demo.stderr });
  assert.equal(readdirSync(tmp).length, 1);
  const end = await demo.stop("SIGINT");
  assert.equal(end.code, 0, demo.stderr);
  assert.deepEqual(readdirSync(tmp), []);
});

test("a process of the same user cannot look into it", { skip: !root && "needs root to become another user" }, async () => {
  const nobody = temporaryFolder("nobody");
  spawnSync("chown", ["65534", nobody]);
  spawnSync("chmod", ["755", dirname(nobody), nobody]);
  const server = start("setpriv", ["--reuid", "65534", "--clear-groups", BINARY, "serve", "--data", join(nobody, "d"), "--listen", "127.0.0.1:0"],
    { env: { PATH: process.env.PATH } });
  await until("it to listen", () => /msg=listening/.test(server.stderr), { state: () => server.stderr });
  assert.equal(field(`/proc/${server.pid}/status`, "Uid"), "65534");
  assert.equal(statSync(`/proc/${server.pid}/environ`).uid, 0, "its files in /proc belong to root, as it is not dumpable");
  const look = spawnSync("setpriv", ["--reuid", "65534", "--clear-groups", "cat", `/proc/${server.pid}/environ`], { encoding: "utf8" });
  assert.match(look.stderr, /Permission denied/);
  await server.stop("SIGTERM");
});

test("killed by a signal that dumps core, it leaves none", { skip: sanitized && "sanitizers catch the signal" }, async (t) => {
  const folder = temporaryFolder("core");
  const dumps = (command) => start("sh", ["-c", `ulimit -c unlimited && cd '${folder}' && exec ${command}`], { env: { PATH: process.env.PATH } });
  const cores = () => readdirSync(folder).filter((f) => /core/.test(f));
  if (!readFileSync("/proc/sys/kernel/core_pattern", "utf8").startsWith("core")) return t.skip("this system puts cores elsewhere");
  const control = dumps("sleep 60");
  await until("the control process", () => field(`/proc/${control.pid}/status`, "Name") === "sleep");
  await control.stop("SIGSEGV");
  if (!cores().length) return t.skip("this system makes no core files");
  for (const signal of ["SIGSEGV", "SIGABRT", "SIGQUIT"]) {
    const p = dumps(`'${BINARY}' serve --data '${join(folder, "data")}' --listen 127.0.0.1:${await freePort()}`);
    await until("it to listen", () => /msg=listening/.test(p.stderr), { state: () => p.stderr });
    const before = cores().length;
    const end = await p.stop(signal);
    assert.equal(end.signal, signal);
    assert.equal(cores().length, before, `a core after ${signal}`);
    assert.ok(!existsSync(join(folder, "data", "core")));
  }
});
