// A mail server that checks its client strictly (RFC 5321, 3207, 4954, 1870) and can be told to misbehave. What was wrong is in `complaints`, what it took in `messages`.
import { createServer } from "node:net";
import { TLSSocket, createSecureContext } from "node:tls";
import { freePort } from "./ports.mjs";

const DOMAIN = /^(\[\d+\.\d+\.\d+\.\d+\]|\[IPv6:[0-9a-fA-F:.]+\]|[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+)$/;
const base64 = (text) => Buffer.from(text, "base64").toString("utf8");
// Which commands may be said after which, and how they look.
const GRAMMAR = {
  EHLO: [/^EHLO (\S+)$/, ["new", "secure"]],
  HELO: [/^HELO (\S+)$/, ["new"]],
  STARTTLS: [/^STARTTLS$/, ["greeted"]],
  AUTH: [/^AUTH (PLAIN( [A-Za-z0-9+/]+=*)?|LOGIN)$/, ["greeted"]],
  MAIL: [/^MAIL FROM:<([^<>\s]+@[^<>\s]+)>( SIZE=(\d+))?$/, ["greeted"]],
  RCPT: [/^RCPT TO:<([^<>\s]+@[^<>\s]+)>$/, ["mail"]],
  DATA: [/^DATA$/, ["mail"]],
  QUIT: [/^QUIT$/, ["new", "secure", "greeted", "mail"]],
};

/** One connection. `o`: see startSmtpPeer. */
class Session {
  constructor(socket, o, record) {
    Object.assign(this, { o, record, phase: "new", secure: Boolean(o.implicit), text: "", to: [], step: 0, busy: false });
    this.listen(socket);
  }

  listen(socket) {
    this.socket = socket;
    socket.setEncoding("latin1");
    socket.on("data", (data) => this.take(data));
    socket.on("error", () => {});
    socket.on("close", () => this.record.closed++);
  }

  complain(what) {
    this.record.complaints.push(what);
  }

  /** Replies, unless it is told to do something else at this step: `o.at[STEP]` or `o.at[COMMAND]`, a text instead, or a function(session, reply). */
  async reply(name, ...lines) {
    const step = this.step++;
    const usual = lines.map((line) => `${line}\r\n`).join("");
    const other = this.o.at?.[step] ?? this.o.at?.[name];
    this.record.steps = Math.max(this.record.steps, this.step);
    this.busy = true;
    if (typeof other === "function") await other(this, usual, name);
    else this.socket.write(other ?? usual, "latin1");
    this.busy = false;
    const said = typeof other === "string" ? other : usual;
    return typeof other === "function" ? true : /^[23]/.test(said);
  }

  offers() {
    const { o } = this;
    const list = [`SIZE ${o.size ?? 100000}`, "8BITMIME", "PIPELINING", "ENHANCEDSTATUSCODES"];
    if (o.tls && !this.secure && o.starttls !== false) list.push("STARTTLS");
    if (o.mechanisms && (this.secure || o.plainly)) list.push(`AUTH ${o.mechanisms}`);
    return list;
  }

  take(data) {
    if (this.busy) this.complain(`said ${JSON.stringify(data.slice(0, 40))} before it had the answer`);
    this.text += data;
    if (/[^\r]\n|\r[^\n]/.test(this.text)) this.complain("a bare CR or LF");
    if (this.phase === "data") this.takeMessage();
    else this.takeLines();
  }

  takeLines() {
    const end = this.text.indexOf("\r\n");
    if (end < 0) return;
    const line = this.text.slice(0, end);
    this.text = this.text.slice(end + 2);
    if (this.text !== "") this.complain(`two commands at once: ${JSON.stringify(line)}`);
    if (end > 510) this.complain("a line that is too long");
    if (/[^\x20-\x7e]/.test(line)) this.complain(`an octet beyond ASCII: ${JSON.stringify(line)}`);
    if (this.answering) this.answering(line);
    else this.command(line);
  }

  async command(line) {
    const name = line.split(" ")[0];
    const [pattern, phases] = GRAMMAR[name] ?? [];
    const match = pattern?.exec(line);
    this.record.commands.push(this.secure ? `TLS ${line}` : line);
    if (!match) return this.complain(`no such command: ${JSON.stringify(line)}`);
    if (!phases.includes(this.phase)) this.complain(`${name} in phase '${this.phase}'`);
    await this[name](match);
  }

  async EHLO([, domain]) {
    if (!DOMAIN.test(domain)) this.complain(`no domain: ${domain}`);
    const list = ["mail.example.com", ...this.offers()];
    if (await this.reply("EHLO", ...list.map((w, i) => `250${i + 1 < list.length ? "-" : " "}${w}`))) this.phase = "greeted";
  }

  async HELO() {
    if (await this.reply("HELO", "250 mail.example.com")) this.phase = "greeted";
  }

  async STARTTLS() {
    if (!this.o.tls || this.secure) this.complain("STARTTLS was not offered");
    if (!(await this.reply("STARTTLS", "220 2.0.0 go ahead"))) return;
    const plain = this.socket;
    plain.removeAllListeners("data");
    const secure = new TLSSocket(plain, { isServer: true, secureContext: createSecureContext(this.o.tls) });
    this.secure = true;
    this.phase = "secure";
    this.listen(secure);
  }

  async AUTH([, what]) {
    const { username, password } = this.o;
    if (!this.secure && !this.o.plainly) this.complain("credentials in the clear");
    if (!this.o.mechanisms?.split(" ").includes(what.split(" ")[0])) this.complain(`${what.split(" ")[0]} was not offered`);
    const ask = async (prompt) => {
      await this.reply("AUTH", `334 ${prompt}`);
      return base64(await new Promise((resolve) => (this.answering = resolve)));
    };
    const given = what.startsWith("LOGIN") ? ["", await ask("VXNlcm5hbWU6"), await ask("UGFzc3dvcmQ6")]
      : (what === "PLAIN" ? await ask("") : base64(what.slice(6))).split("\0");
    this.answering = undefined;
    const right = given.length === 3 && given[0] === "" && given[1] === username && given[2] === password;
    await this.reply("AUTH", right ? "235 2.7.0 in" : "535 5.7.8 wrong");
    this.signedIn = right;
  }

  async MAIL([, from, , size]) {
    Object.assign(this, { from, size: size && Number(size), to: [] });
    if (!size) this.complain("SIZE was offered and not used");
    if (this.o.mechanisms && !this.signedIn) return this.reply("MAIL", "530 5.7.0 Authentication required");
    if (await this.reply("MAIL", "250 2.1.0 ok")) this.phase = "mail";
  }

  async RCPT([, to]) {
    if (await this.reply(`RCPT ${to}`, "250 2.1.5 ok")) this.to.push(to);
  }

  async DATA() {
    if (this.to.length === 0) this.complain("DATA without a recipient");
    if (await this.reply("DATA", "354 go on")) {
      this.phase = "data";
      if (this.text) this.takeMessage();
    }
  }

  async takeMessage() {
    const end = this.text.startsWith(".\r\n") ? 0 : this.text.indexOf("\r\n.\r\n") + 2;
    if (end === 1) {
      if (this.o.during && !this.interrupted) {
        this.interrupted = true;
        await this.o.during(this);
      }
      return;
    }
    const stuffed = this.text.slice(0, end);
    this.text = this.text.slice(end + 3);
    if (this.text !== "") this.complain("something after the end of the message");
    for (const line of stuffed.split("\r\n")) {
      if (line.length > 998) this.complain("a line of the message that is too long");
      if (line.startsWith(".") && !line.startsWith("..")) this.complain("a dot that was not doubled");
    }
    const message = stuffed.replace(/^\.\./gm, ".");
    if (this.size !== message.length) this.complain(`SIZE=${this.size} and ${message.length} octets`);
    this.phase = "greeted";
    this.record.seen.push(message);
    if (await this.reply("MESSAGE", "250 2.0.0 taken")) {
      this.record.messages.push({ from: this.from, to: this.to, text: Buffer.from(message, "latin1"), secure: this.secure, user: this.signedIn ? this.o.username : null });
    }
  }

  async QUIT() {
    await this.reply("QUIT", "221 2.0.0 bye");
    this.socket.end();
  }
}

/** Starts one. implicit: TLS from the first byte; tls: { cert, key } (PEM texts), with STARTTLS unless starttls is false; mechanisms: "PLAIN LOGIN"; plainly: AUTH without TLS, too;
 * username, password; size; at: { step number or command: other reply, or function }; during: in the middle of a message. */
export async function startSmtpPeer(o = {}) {
  const record = { complaints: [], messages: [], seen: [], commands: [], closed: 0, steps: 0, connections: 0 };
  const sockets = new Set();
  const server = createServer((socket) => {
    record.connections++;
    sockets.add(socket.on("error", () => {}).on("close", () => sockets.delete(socket)));
    const top = o.implicit ? new TLSSocket(socket, { isServer: true, secureContext: createSecureContext(o.tls) }) : socket;
    const session = new Session(top, o, record);
    session.reply("GREETING", "220 mail.example.com ESMTP");
  });
  const port = await freePort();
  await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  server.unref();
  return {
    ...{ port, record },
    stop: () => new Promise((resolve) => {
      for (const socket of sockets) socket.destroy();
      server.close(resolve);
    }),
  };
}
