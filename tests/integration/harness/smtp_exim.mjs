// A real mail server: exim4 from Debian's packages, run from a temporary folder, with a port for each way of behaving. What it takes is delivered into
// a Maildir. Also as a user without rights (it drops what it has).
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync, chmodSync, chownSync, copyFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { temporaryFolder } from "./cleanup.mjs";
import { accepts } from "./functions.mjs";
import { freePort } from "./ports.mjs";
import { run, start } from "./process.mjs";
import { until } from "./wait.mjs";

const BINARY = ["/usr/sbin/exim4", "/usr/sbin/exim"].find(existsSync) ?? "exim4";

/** Why there is none: another mail server is on this machine, and only one can be. Not being there at all is no excuse. */
export const noExim = existsSync(BINARY) || !existsSync("/usr/sbin/sendmail") ? false : "another mail server is installed";

/** What each port is. tls: from the first byte; starttls, plain, login: what is offered; certificate: which of those given. */
const PORTS = {
  submission: { starttls: true, plain: true, login: true },
  login: { starttls: true, login: true },
  tls: { tls: true, plain: true, login: true },
  wrong: { starttls: true, plain: true, certificate: "wrong" },
  unknown: { starttls: true, plain: true, certificate: "unknown" },
  wrongTls: { tls: true, plain: true, certificate: "wrong" },
  bare: { plain: true },
};

const config = (dir, user, ports, certificates, password) => {
  const list = (fits) => Object.entries(PORTS).filter(([, p]) => fits(p)).map(([name]) => ports[name]);
  const when = (numbers, yes, no) => `\${if inlist{$received_port}{${numbers.join(":") || "0"}}{${yes}}{${no}}}`;
  const file = (kind) => when(list((p) => p.certificate === "wrong"), certificates.wrong[kind],
    when(list((p) => p.certificate === "unknown"), certificates.unknown[kind], certificates.good[kind]));
  return `
primary_hostname = mail.example.com
exim_user = ${user.user}
exim_group = ${user.group}
spool_directory = ${dir}/spool
log_file_path = ${dir}/log/%slog
pid_file_path = ${dir}/pid
local_interfaces = <; ${Object.values(ports).map((p) => `127.0.0.1.${p}`).join("; ")}
daemon_smtp_ports = ${ports.submission}
tls_on_connect_ports = ${list((p) => p.tls).join(" : ")}
tls_advertise_hosts = ${when(list((p) => p.starttls), "*", "")}
tls_certificate = ${file("cert")}
tls_privatekey = ${file("key")}
auth_advertise_hosts = \${if def:tls_in_cipher{*}{${when(list((p) => !p.tls && !p.starttls), "*", "")}}}
message_size_limit = 40K
acl_smtp_rcpt = check_rcpt
acl_smtp_data = accept
deliver_drop_privilege = true
rfc1413_query_timeout = 0s
smtp_accept_max = 100
smtp_accept_queue = 0
smtp_accept_max_per_connection = 1000
smtp_connect_backlog = 50
keep_environment =
never_users =
begin acl
check_rcpt:
  defer message = Greylisting in action, please come back later
        local_parts = grey
  deny message = relay not permitted
       ! domains = example.com
       ! authenticated = *
  accept domains = ! example.com
  accept local_parts = ops : night : equipe
  deny message = Unknown user
begin routers
all:
  driver = accept
  transport = maildir
begin transports
maildir:
  driver = appendfile
  directory = ${dir}/mail
  maildir_format
  create_directory
  envelope_to_add
  return_path_add
  batch_max = 100
begin authenticators
PLAIN:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = \${if and{{eq{$auth2}{edgecron}}{eq{$auth3}{\\N${password}\\N}}}{yes}{no}}
  server_advertise_condition = ${when(list((p) => p.plain), "yes", "no")}
  server_set_id = $auth2
LOGIN:
  driver = plaintext
  public_name = LOGIN
  server_prompts = <| Username: | Password:
  server_condition = \${if and{{eq{$auth1}{edgecron}}{eq{$auth2}{\\N${password}\\N}}}{yes}{no}}
  server_advertise_condition = ${when(list((p) => p.login), "yes", "no")}
  server_set_id = $auth1
`;
};

/** Who it runs as: its own user when we are root, else ourselves. */
async function whom() {
  if (process.getuid() !== 0) {
    const { gid } = userInfo();
    return { user: String(process.getuid()), group: String(gid), uid: process.getuid(), gid };
  }
  const [uid, gid] = (await run("id", ["-u", "Debian-exim"])).stdout.trim() === "" ? ["65534", "65534"]
    : [(await run("id", ["-u", "Debian-exim"])).stdout.trim(), (await run("id", ["-g", "Debian-exim"])).stdout.trim()];
  return { user: uid, group: gid, uid: Number(uid), gid: Number(gid) };
}

/** certificates: { good, wrong, unknown }, each { cert, key }. */
export async function startExim({ certificates, password }) {
  const dir = temporaryFolder("exim");
  const user = await whom();
  const ports = {};
  for (const name of Object.keys(PORTS)) ports[name] = await freePort();
  const own = (path) => {
    chownSync(path, user.uid, user.gid);
    return path;
  };
  chmodSync(dir, 0o755);
  for (const folder of ["spool", "log", "mail"]) {
    mkdirSync(join(dir, folder));
    own(join(dir, folder));
  }
  const copies = {};
  for (const [name, files] of Object.entries(certificates)) {
    copies[name] = {};
    for (const kind of ["cert", "key"]) {
      copyFileSync(files[kind], join(dir, `${name}.${kind}`));
      copies[name][kind] = own(join(dir, `${name}.${kind}`));
    }
  }
  own(dir);
  const file = join(dir, "exim.conf");
  writeFileSync(file, config(dir, user, ports, copies, password), { mode: 0o644 });

  const self = {
    ports,
    /** Every message that was delivered, as it is in its file. */
    delivered() {
      const folder = join(dir, "mail", "new");
      return existsSync(folder) ? readdirSync(folder).map((name) => readFileSync(join(folder, name))) : [];
    },
    log: () => ["main", "reject", "panic"].map((name) => join(dir, "log", `${name}log`)).filter(existsSync)
      .map((name) => readFileSync(name, "utf8")).join(""),
    async start() {
      const p = (self.process = start(BINARY, ["-C", file, "-bdf"], { group: true }));
      await until("exim to listen", async () => {
        if (!p.running) throw new Error(`it ended: ${p.stdout} ${p.stderr} ${self.log()}`);
        return (await Promise.all(Object.values(ports).map(accepts))).every(Boolean);
      });
    },
    /** What it has taken and not delivered is delivered. */
    async deliverAll() {
      const r = await run(BINARY, ["-C", file, "-qff"]);
      if (r.code !== 0) throw new Error(`exim -qff: ${r.stderr}`);
      await until("its queue to be empty", async () => (await run(BINARY, ["-C", file, "-bpc"])).stdout.trim() === "0");
    },
    /** As if its machine had lost power: it and its children. */
    kill() {
      process.kill(-self.process.pid, "SIGKILL");
      return self.process.ended();
    },
    async stop() {
      if (self.process.running) await self.kill();
    },
  };
  await self.start();
  return self;
}
