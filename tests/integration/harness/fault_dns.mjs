// A name server that lies, changes its mind or says nothing, and a network of our own in which it is the one that is asked: the binary uses
// the resolver of its C library, which reads /etc/resolv.conf and asks on port 53.
import { spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "./cleanup.mjs";

export const METADATA = "169.254.169.254";
export const PRIVATE = "10.9.8.7";
export const PUBLIC = ["11.22.33.44", "11.22.33.45", "11.22.33.46"]; // in that network, addresses of ours like the others

const INSIDE = "EDGECRON_NETWORK";
export const inside = Boolean(process.env[INSIDE]);

const UNSHARE = ["--mount", "--net", ...(process.getuid() === 0 ? [] : ["--map-root-user"])];
const SETUP = `set -e
mount --bind "$EDGECRON_NETWORK/resolv.conf" /etc/resolv.conf
mount --bind "$EDGECRON_NETWORK/hosts" /etc/hosts
ip link set lo up
for a in ${[METADATA, PRIVATE, ...PUBLIC].join(" ")}; do ip address add $a/32 dev lo; done
exec "$@"`;

const within = (folder, command) => ["unshare", [...UNSHARE, "sh", "-c", SETUP, "sh", ...command], { env: { ...process.env, [INSIDE]: folder } }];

/** Runs the test file again in a network and with an /etc/resolv.conf of its own, and ends as that does. Where this cannot be had, it
 * returns the reason. Does nothing when it is there already. */
export function moveInside(url) {
  if (inside) return null;
  const folder = temporaryFolder("network");
  writeFileSync(join(folder, "resolv.conf"), "nameserver 127.0.0.1\noptions timeout:1 attempts:2\n");
  writeFileSync(join(folder, "hosts"), "127.0.0.1 localhost\n");
  const [command, args, options] = within(folder, ["true"]);
  const probe = spawnSync(command, args, { ...options, encoding: "utf8" });
  if (probe.status !== 0) return `no network of our own: ${(probe.error?.message ?? probe.stderr).trim().split("\n")[0]}`;
  const [again, rest, env] = within(folder, [process.execPath, ...process.execArgv, fileURLToPath(url)]);
  process.exit(spawnSync(again, rest, { ...env, stdio: "inherit" }).status ?? 1);
}

const A = 1, AAAA = 28;
const CODES = { NXDOMAIN: 3, SERVFAIL: 2, REFUSED: 5, FORMERR: 1 };

const bytesOf = (address) => (address.includes(".") ? Buffer.from(address.split(".").map(Number)) : ipv6(address));
function ipv6(text) {
  const [left, right = ""] = text.split("::").map((part) => part.split(":").filter(Boolean));
  const words = [...left, ...Array(8 - left.length - right.length).fill("0"), ...right];
  return Buffer.from(words.flatMap((w) => [parseInt(w, 16) >> 8, parseInt(w, 16) & 255]));
}

function question(packet) {
  const labels = [];
  let i = 12;
  for (; packet[i]; i += packet[i] + 1) labels.push(packet.toString("latin1", i + 1, i + 1 + packet[i]));
  return { name: labels.join("."), type: packet.readUInt16BE(i + 1), end: i + 5 };
}

function reply(packet, q, { code = 0, truncated = false, addresses = [] }) {
  const fits = addresses.filter((a) => (q.type === A) === a.includes("."));
  const head = Buffer.from(packet.subarray(0, 12));
  head.writeUInt16BE(0x8180 | code | (truncated ? 0x200 : 0), 2);
  head.writeUInt16BE(fits.length, 6);
  head.fill(0, 8);
  const answers = fits.map((a) => {
    const data = bytesOf(a);
    const fixed = Buffer.from([0xc0, 12, 0, q.type, 0, 1, 0, 0, 0, 5, 0, data.length]);
    return Buffer.concat([fixed, data]);
  });
  return Buffer.concat([head, packet.subarray(12, q.end), ...answers]);
}

/** names[NAME] is what is said of it, or a function that gives it, each time anew: addresses, one of CODES, "silence", "garbage",
 * "truncated", { after: ms, say }. `asked[NAME]` counts. */
export async function startDns(names) {
  const socket = createSocket("udp4");
  const server = { names, asked: {} };
  const send = (data, to) => socket.send(data, to.port, to.address);
  const say = (what, packet, q, to) => {
    if (what === "silence") return;
    if (what === "garbage") send(Buffer.from("not a name server at all"), to);
    else if (what === "truncated") send(reply(packet, q, { truncated: true }), to);
    else if (what.after) setTimeout(() => say(what.say, packet, q, to), what.after).unref();
    else if (CODES[what]) send(reply(packet, q, { code: CODES[what] }), to);
    else send(reply(packet, q, { addresses: [what].flat() }), to);
  };
  socket.on("message", (packet, to) => {
    const q = question(packet);
    const name = q.name.toLowerCase();
    if (q.type === A) server.asked[name] = (server.asked[name] ?? 0) + 1;
    const what = (q.type === A || q.type === AAAA) && names[name];
    say((typeof what === "function" ? what() : what) || "NXDOMAIN", packet, q, to);
  });
  await new Promise((resolve, reject) => socket.once("error", reject).bind(53, "127.0.0.1", resolve));
  socket.unref();
  server.close = () => new Promise((done) => socket.close(done));
  return server;
}
