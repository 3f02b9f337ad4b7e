// `edgecron install`: the unit (to systemd-analyze, and to a server that runs under its filter of system calls), the files, the user, the first token; once
// more; upgraded; taken away. All of it below a folder that stands for the machine (--root).
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, chownSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { makeAuthority, pem } from "./harness/ca.mjs";
import { temporaryFolder } from "./harness/cleanup.mjs";
import { BINARY, document, Edgecron, edgecron, job, target, VERSION } from "./harness/edgecron.mjs";
import { startFaults } from "./harness/faults.mjs";
import { skip as noPython, Supervisor } from "./harness/supervisor.mjs";
import { SLOW, until } from "./harness/wait.mjs";

const has = (program) => spawnSync(program, ["--version"], { stdio: "ignore" }).status === 0;
const analyze = has("systemd-analyze") ? false : "needs systemd-analyze (package systemd)";
const root = process.getuid() === 0 && (has("systemd-sysusers") || has("useradd")) ? false : "needs root, for the user and the owner of files";
const UNIT = "/etc/systemd/system/edgecron.service";
const PROGRAM = "/usr/local/bin/edgecron";
const USERS = "/etc/sysusers.d/edgecron.conf";
const DATA = "/var/lib/edgecron";

const printed = async (...flags) => {
  const r = await edgecron(["install", "--print", ...flags]);
  assert.equal(r.code, 0, r.stderr);
  return r.stdout;
};
const command = (unit) => unit.match(/^ExecStart=(.*)$/m)[1];
const refused = async (args, code, words, options) => {
  const r = await edgecron(["install", ...args], options);
  assert.equal(r.code, code, `${args}: ${r.stdout}${r.stderr}`);
  assert.match(r.stderr, words);
};

/** A machine: a folder with the least of /etc. */
function machine() {
  const dir = temporaryFolder("machine");
  chmodSync(dir, 0o755);
  mkdirSync(join(dir, "etc"));
  const at = (path) => join(dir, path);
  const install = async (...args) => {
    const r = await edgecron(["install", "--root", dir, "--json", ...args]);
    assert.equal(r.code, 0, r.stderr);
    const said = JSON.parse(r.stdout);
    said.changes = Object.fromEntries(said.files.map((f) => [f.path, f.change]));
    said.stderr = r.stderr;
    return said;
  };
  return { dir, at, install, read: (path) => readFileSync(at(path), "utf8") };
}

describe("the unit", { concurrency: 3 }, () => {
  test("passes flags on, quoted as systemd reads them", async () => {
    const unit = await printed("--listen", "127.0.0.1:9000", "--drain-timeout", "90s", "--log-format", "json", "--behind-proxy", "--allow-private=10.0.0.0/8,::1/128", "--data", "/srv/edge cron".replace(" ", "-"));
    assert.equal(command(unit), `${PROGRAM} serve --data /srv/edge-cron --listen=127.0.0.1:9000 --behind-proxy --allow-private=10.0.0.0/8,::1/128 --drain-timeout=90s --log-format=json`);
    assert.match(unit, /^TimeoutStopSec=120s$/m, "the drain, and time for the last results");
    assert.match(unit, /^ReadWritePaths=\/srv\/edge-cron$/m);
    assert.doesNotMatch(unit, /StateDirectory/);
    const usual = await printed();
    assert.equal(command(usual), `${PROGRAM} serve --data ${DATA}`);
    assert.match(usual, /^StateDirectory=edgecron\nStateDirectoryMode=0700$/m);
    assert.match(usual, /^Type=notify$/m);
    assert.match(usual, /^WatchdogSec=/m);
  });

  test("has systemd read the files that may be root's alone", async () => {
    const unit = await printed("--master-key-file", "/etc/edgecron/master.key", "--tls-cert", "/etc/ssl/c.pem", "--tls-key", "/etc/ssl/k.pem", "--admin-password-file", "/etc/edgecron/p");
    const lines = unit.split("\n").filter((l) => l.startsWith("LoadCredential="));
    assert.deepEqual(lines, ["LoadCredential=tls.cert:/etc/ssl/c.pem", "LoadCredential=tls.key:/etc/ssl/k.pem", "LoadCredential=admin.password:/etc/edgecron/p", "LoadCredential=master.key:/etc/edgecron/master.key"]);
    const at = "/run/credentials/edgecron.service";
    assert.equal(command(unit), `${PROGRAM} serve --data ${DATA} --tls-cert=${at}/tls.cert --tls-key=${at}/tls.key --admin-password-file=${at}/admin.password`);
  });

  test("has the right to a low port only where it listens on one", async () => {
    const low = await printed("--listen", "0.0.0.0:443", "--tls-cert", "/c", "--tls-key", "/k");
    assert.match(low, /^CapabilityBoundingSet=CAP_NET_BIND_SERVICE\nAmbientCapabilities=CAP_NET_BIND_SERVICE$/m);
    assert.doesNotMatch(low, /PrivateUsers/);
    assert.match(await printed(), /^CapabilityBoundingSet=\nAmbientCapabilities=\nPrivateUsers=yes$/m);
  });

  test("is refused with what it could not name, or what would not work", async () => {
    await refused(["--print", "--data", "data"], 2, /--data: 'data' is not a whole path/);
    for (const dir of ["/home/ada/data", `/${"root"}/x`, "/tmp/x", "/run/x"]) await refused(["--print", "--data", dir], 2, /hidden from the service/);
    for (const dir of ["/", "/etc", "/var/lib/../x", "/srv//x", "/srv/x/"]) await refused(["--print", "--data", dir], 2, /not a folder for a service's data/);
    await refused(["--print", "--data", "/srv/a b"], 2, /a unit cannot name/);
    await refused(["--print", "--tls-cert", "c.pem", "--tls-key", "/k"], 2, /--tls-cert: 'c.pem' is not a whole path/);
    await refused(["--print", "--admin-password-file", "/x\ny"], 2, /--admin-password-file: a line break/);
    await refused(["--purge"], 2, /--purge.*--uninstall/);
  });

  for (const [what, flags] of [["as it is", []], ["with TLS on a low port", ["--listen", "0.0.0.0:443", "--tls-cert", "/etc/ssl/c.pem", "--tls-key", "/etc/ssl/k.pem", "--data", "/srv/edgecron"]]]) {
    test(`is understood by systemd, ${what}, and leaves an exposure below 2.0`, { skip: analyze }, async () => {
      const file = join(temporaryFolder("unit"), "edgecron.service");
      writeFileSync(file, (await printed(...flags)).replaceAll(`${PROGRAM} `, `${BINARY} `)); // that one is not installed here
      const verify = spawnSync("systemd-analyze", ["verify", "--man=no", file], { encoding: "utf8" });
      const about = (verify.stdout + verify.stderr).split("\n").filter((l) => l.includes("edgecron"));
      // a container without procps has no kill, nor one without systemd's targets these
      assert.deepEqual(about.filter((l) => !/\/bin\/kill is not executable|Unit \w+\.target not found/.test(l)), []);
      const security = execFileSync("systemd-analyze", ["security", "--offline=true", "--json=short", file], { encoding: "utf8" });
      const exposure = JSON.parse(security).reduce((n, x) => n + Number(x.exposure ?? 0), 0);
      const overall = spawnSync("systemd-analyze", ["security", "--offline=true", "--no-pager", file], { encoding: "utf8" }).stdout.match(/exposure level for \S+: ([\d.]+)/);
      assert.ok(Number(overall[1]) < 2, `${overall[0]} (${exposure})`);
    });
  }
});

/** The calls that the unit leaves, by systemd's own names of sets. */
function callsOf(unit) {
  const sets = new Map();
  let name;
  for (const line of execFileSync("systemd-analyze", ["syscall-filter", "--no-pager"], { encoding: "utf8" }).split("\n")) {
    if (line.startsWith("@")) sets.set((name = line.trim()), []);
    else if (/^ {4}\S/.test(line) && name && !line.trim().startsWith("#")) sets.get(name).push(line.trim());
  }
  const flat = (word) => (word.startsWith("@") ? sets.get(word).flatMap(flat) : [word]);
  let allowed = new Set();
  const lines = [...unit.matchAll(/^SystemCallFilter=(~?)(.*)$/gm)];
  for (const [, not, words] of lines)
    for (const call of words.split(" ").flatMap(flat)) not ? allowed.delete(call) : allowed.add(call);
  for (const call of flat("@default")) allowed.add(call); // which systemd adds
  return [...allowed];
}

/** A server of somebody who is not root, under these calls alone. */
function confined(e, calls, families, settings) {
  const uid = process.getuid() || 65534, folder = dirname(e.dir);
  const binary = join(folder, "edgecron");
  copyFileSync(BINARY, binary);
  chmodSync(folder, 0o755);
  for (const f of [e.dir, ...readdirSync(e.dir).map((n) => join(e.dir, n))]) chownSync(f, uid, process.getgid() || 65534);
  const prefix = ["/usr/bin/python3", join(dirname(fileURLToPath(import.meta.url)), "harness/sandbox.py"), String(uid), calls.join(","), families.join(",")];
  return Supervisor.start(e, { prefix, binary, abstract: true, ...settings });
}

describe("a server under the unit's filter", { skip: analyze || noPython || (process.arch === "x64" ? false : "the numbers of x86-64") }, () => {
  let server, secure, authority;
  before(async () => {
    server = await startFaults();
    authority = await makeAuthority("install");
    secure = await startFaults({ tls: pem(await authority.leaf("secure")) });
  });
  after(() => Promise.all([server.close(), secure.close()]));

  test("does all that a server does: a call that it may not make would end it", async () => {
    const unit = await printed();
    const calls = callsOf(unit);
    assert.ok(calls.length > 150 && !calls.includes("mount") && !calls.includes("chown") && calls.includes("setrlimit"), `${calls.length}`);
    const families = unit.match(/^RestrictAddressFamilies=(.*)$/m)[1].split(" ");
    const e = new Edgecron();
    const ca_file = e.file("ca.pem", "");
    copyFileSync(authority.file, ca_file);
    await e.setSecret("KEY", "a value that nobody would guess, of 40 characters");
    await e.apply(document([target("faults", server.url), target("secure", secure.url, { ca_file })], [
      job("often", { url: "/ok", headers: { "X-Key": "{{secret.KEY}}" } }, { target: "faults", schedule: "* * * * * *", overlap: "allow" }),
      job("tls", "/ok?tls", { target: "secure", schedule: "* * * * * *" }), job("name", "http://no-such-name.invalid/", { schedule: "* * * * * *" }),
      job("flaky", "/flaky?times=1", { target: "faults", retry: { max_attempts: 2, initial_ms: 10 } })]));
    const s = await confined(e, calls, families, { watchdog_us: 3_000_000 * SLOW, store: true });
    await s.up();
    await e.createToken("all", "admin");
    const alive = () => assert.ok(!s.seen.some((x) => x.event === "exit"), `${JSON.stringify(s.seen.at(-1))} ${s.logs().slice(-500)}`);
    for (const name of ["often", "tls"])
      await e.untilRun(`a success of ${name}`, ["--job", name], (r) => r.state === "succeeded").catch((x) => (alive(), assert.fail(x.message)));
    await e.untilRun("a name that is none", ["--job", "name"], (r) => r.state === "failed" && r.outcome === "dns");
    assert.equal((await e.runJob("flaky")).attempts.length, 2);
    for (const path of ["/", "/metrics", "/readyz", "/api/v1/status", "/api/v1/jobs", "/api/v1/runs", "/api/v1/stats?window=24h", "/api/openapi.json"])
      assert.equal((await e.api(path)).status, 200, path);
    assert.equal((await e.api("/api/v1/jobs/often/pause", { method: "POST" })).status, 200);
    assert.equal((await e.api("/api/v1/secrets/KEY/rotate", { method: "POST", body: JSON.stringify({ value: "another that nobody would guess, of 40 characters" }) })).status, 200);
    assert.equal((await fetch(`${e.url}/api/v1/backup`, { headers: { authorization: `Bearer ${e.token}` } }).then((r) => (r.arrayBuffer(), r.status))), 200);
    await e.json(["settings", "set", "--backup-schedule", "* * * * * *", "--backup-keep", "1", "--retention-runs", "2"]);
    await until("a backup by schedule", () => existsSync(join(e.dir, "backups")) && readdirSync(join(e.dir, "backups")).some((f) => f.endsWith(".db")));
    s.signal("SIGHUP");
    await until("signs of life", () => s.notified("WATCHDOG").length > 4);
    const id = (await e.json(["job", "run", "tls"])).id;
    alive();
    assert.equal((await s.down()).code, 0, s.logs().slice(-1000));
    assert.ok((await e.run(id)).state);
    s.end();
  });

  test("and one that may not do it is seen: the test can tell", async () => {
    const e = new Edgecron();
    const calls = callsOf(await printed()).filter((c) => c !== "listen");
    await e.ok(["settings", "set", "--paused", "false"]);
    const s = await confined(e, calls, ["AF_INET", "AF_INET6", "AF_UNIX"], {});
    s.tell({ do: "start" });
    assert.equal((await s.ended()).code, -31, "SIGSYS");
    s.end();
  });
});

describe("install", { concurrency: 3, skip: root }, () => {
  test("puts all in its place, says a first token, and changes nothing the second time", async () => {
    const m = machine();
    const first = await m.install();
    assert.deepEqual(first.changes, { [DATA]: "created", [PROGRAM]: "created", "user edgecron": "created", [UNIT]: "created" });
    assert.deepEqual([first.result, first.data], ["installed", DATA]);
    assert.deepEqual(first.next, [`systemctl --root=${m.dir} enable edgecron.service`]);
    assert.deepEqual(readFileSync(m.at(PROGRAM)), readFileSync(BINARY));
    assert.equal(statSync(m.at(PROGRAM)).mode & 0o7777, 0o755);
    assert.equal(statSync(m.at(UNIT)).mode & 0o7777, 0o644);
    assert.equal(m.read(UNIT), await printed());
    const [, , uid, gid] = m.read("/etc/passwd").match(/^edgecron:.*$/m)[0].split(":").map(Number);
    assert.ok(uid > 0 && uid < 1000);
    for (const path of [DATA, `${DATA}/edgecron.db`]) {
      const st = statSync(m.at(path));
      assert.deepEqual([st.uid, st.gid, st.mode & 0o077], [uid, gid, 0], path);
    }
    assert.match(first.token, /^ect_[\w-]{43}$/);

    const second = await m.install();
    assert.equal(second.token, undefined, "a token is shown once");
    assert.deepEqual(new Set(Object.values(second.changes)), new Set(["unchanged"]));

    const e = new Edgecron();
    e.dir = m.at(DATA);
    const tokens = (await e.json(["token", "list"])).items;
    assert.deepEqual(tokens.map((t) => [t.name, t.scope]), [["install", "admin"]]);
    await e.serve();
    e.token = first.token;
    assert.equal((await e.api("/api/v1/jobs")).status, 200, "it opens the API");
    await e.stop();
  });

  test("what root's commands make in the directory, the service's user can open", async () => {
    const m = machine();
    const { uid } = (await m.install(), statSync(m.at(DATA)));
    const e = new Edgecron();
    e.dir = m.at(DATA);
    await e.setSecret("KEY", "a value that nobody would guess, of 40 characters");
    await e.apply(document([], [job("one", "http://localhost:1/")]));
    await e.serve();
    await e.ok(["job", "list"]);
    await e.stop();
    for (const f of readdirSync(e.dir)) assert.equal(statSync(join(e.dir, f)).uid, uid, f);
  });

  test("once more without flags keeps them; with flags, says which are gone", async () => {
    const m = machine();
    await m.install("--listen", "127.0.0.1:9000", "--drain-timeout", "5s", "--data", "/srv/edgecron", "--master-key-file", "/etc/edgecron.key");
    const unit = m.read(UNIT);
    writeFileSync(m.at(PROGRAM), "an older one");
    const upgraded = await m.install();
    assert.deepEqual([upgraded.changes[PROGRAM], upgraded.changes[UNIT], upgraded.data], ["updated", "unchanged", "/srv/edgecron"]);
    assert.deepEqual(readFileSync(m.at(PROGRAM)), readFileSync(BINARY));
    assert.equal(m.read(UNIT), unit);
    const other = await m.install("--data", "/srv/edgecron", "--listen", "127.0.0.1:9001");
    assert.match(other.stderr, /the service had --listen=127.0.0.1:9000 --drain-timeout=5s --master-key-file=\/etc\/edgecron.key: /);
    assert.equal(command(m.read(UNIT)), `${PROGRAM} serve --data /srv/edgecron --listen=127.0.0.1:9001`);
    assert.match(m.read(UNIT), new RegExp(`^Version=${VERSION}$`, "m"));
  });

  test("--uninstall takes all but the data, which is root's then; --purge takes that too", async () => {
    const m = machine();
    await m.install("--data", "/srv/edgecron");
    const gone = await m.install("--uninstall");
    assert.deepEqual(gone.changes, { [UNIT]: "removed", "/srv/edgecron": "kept", "user edgecron": "removed", [USERS]: "removed", [PROGRAM]: "removed" });
    for (const path of [UNIT, PROGRAM, USERS]) assert.ok(!existsSync(m.at(path)), path);
    assert.doesNotMatch(m.read("/etc/passwd") + m.read("/etc/group"), /edgecron/);
    assert.equal(statSync(m.at("/srv/edgecron/edgecron.db")).uid, 0, "whoever gets the number next does not get the data");
    assert.deepEqual((await m.install("--uninstall", "--data", "/srv/edgecron")).changes, { "/srv/edgecron": "kept" }, "again: nothing to do");

    const again = await m.install("--data", "/srv/edgecron");
    assert.equal(again.token, undefined, "the store of before, with its token");
    assert.notEqual(statSync(m.at("/srv/edgecron/edgecron.db")).uid, 0);
    const purged = await m.install("--uninstall", "--purge");
    assert.equal(purged.changes["/srv/edgecron"], "removed");
    assert.ok(!existsSync(m.at("/srv/edgecron")));
  });

  test("leaves alone what is not its own", async () => {
    const m = machine();
    mkdirSync(m.at("/etc/systemd/system"), { recursive: true });
    writeFileSync(m.at(UNIT), "[Service]\nExecStart=/opt/mine\n");
    for (const flags of [[], ["--uninstall"]]) await refused(["--root", m.dir, ...flags], 4, /was not written by 'edgecron install': move it away/);
    assert.equal(m.read(UNIT), "[Service]\nExecStart=/opt/mine\n");
    const byHand = machine();
    mkdirSync(dirname(byHand.at(PROGRAM)), { recursive: true });
    copyFileSync(BINARY, byHand.at(PROGRAM));
    const passwd = "edgecron:x:998:998::/opt/cron:/usr/sbin/nologin\n";
    writeFileSync(byHand.at("/etc/passwd"), passwd);
    assert.deepEqual((await byHand.install("--uninstall")).changes, {}, "a service that was set up by hand, under another name");
    assert.ok(existsSync(byHand.at(PROGRAM)));
    assert.equal(byHand.read("/etc/passwd"), passwd);
    const n = machine();
    mkdirSync(n.at("/srv/files"), { recursive: true });
    writeFileSync(n.at("/srv/files/letter"), "dear");
    await refused(["--root", n.dir, "--data", "/srv/files"], 4, /holds files, and no edgecron.db/);
    assert.ok(!existsSync(n.at(UNIT)) && !existsSync(n.at(PROGRAM)), "nothing was begun");
    await refused(["--root", n.dir, "--data", "/srv/files", "--uninstall", "--purge"], 4, /holds no edgecron.db/);
    assert.equal(n.read("/srv/files/letter"), "dear");
  });

  test("does not leave the folder that stands for a machine by its links, which are paths of that machine", async () => {
    for (const link of ["/usr/local", "/etc/systemd", "/var/lib"]) {
      const m = machine();
      const other = machine();
      mkdirSync(dirname(m.at(link)), { recursive: true });
      symlinkSync(other.dir, m.at(link));
      for (const flags of [[], ["--uninstall", "--purge"]]) await refused(["--root", m.dir, ...flags], 4, /a link leads out of/);
      assert.deepEqual(readdirSync(other.dir), ["etc"]);
    }
    const m = machine();
    mkdirSync(m.at("/var/store"), { recursive: true });
    symlinkSync("store", m.at("/var/lib"));
    await m.install();
    assert.ok(existsSync(m.at("/var/store/edgecron/edgecron.db")));
  });

  test("--purge is refused while a server runs", async () => {
    const m = machine();
    await m.install();
    const e = new Edgecron();
    e.dir = m.at(DATA);
    await e.serve();
    await refused(["--root", m.dir, "--uninstall", "--purge"], 4, /a server \(pid \d+\) runs/);
    assert.ok(existsSync(m.at(`${DATA}/edgecron.db`)));
    await e.stop();
  });

  test("needs root, but for --print", async () => {
    const dir = temporaryFolder("nobody");
    chmodSync(dir, 0o755);
    copyFileSync(BINARY, join(dir, "edgecron"));
    const as = (...args) => spawnSync("setpriv", ["--reuid", "65534", "--regid", "65534", "--clear-groups", join(dir, "edgecron"), "install", ...args], { encoding: "utf8", cwd: "/" });
    const r = as();
    assert.equal(r.status, 4, r.stderr);
    assert.match(r.stderr, /root's to install: run 'sudo \S*edgecron install'.*--print/);
    assert.equal(as("--print").status, 0);
  });
});
