// Names that fail, change, lie or hang, with a name server of ours in a network of its own: the right outcome and words, and never a
// call to an address that is not allowed, whatever the name said before.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, describe, test } from "node:test";
import { document, Edgecron, job } from "./harness/edgecron.mjs";
import { check, watch } from "./harness/fault_check.mjs";
import { METADATA, moveInside, PRIVATE, PUBLIC, startDns } from "./harness/fault_dns.mjs";
import { sleep } from "./harness/wait.mjs";

const skip = moveInside(import.meta.url);
const PORT = 8080;
const e = new Edgecron();
const seen = {}; // address: requests
let dns, http, settled;

const OK = ["ok", /^$/];
const NAME = /check the host's name in 'request\.url'.*resolver works/;
const unknown = (what) => ["dns", what, NAME];
const hangs = ["timeout", /could not find the address of .* in time/, /looking up '/, /check that this machine's resolver answers/, /raise 'connect_timeout_ms'/];
const blocked = (what, advice) => ["blocked", what, advice];
const never = blocked(/169\.254\.169\.254 is .*never called/, /no setting allows it/);

// name: [what the name server says, result, more of the job]
const CASES = {
  "right": [PUBLIC[0], OK],
  "many": [[PUBLIC[0], PUBLIC[1], PUBLIC[2]], OK],
  "first-dead": [["11.22.33.99", PUBLIC[0]], OK, { timeout_ms: 20_000 }],
  "hundred": [Array(30).fill(PUBLIC[0]), OK],
  "slow": [{ after: 300, say: PUBLIC[0] }, OK],
  "no-such-name": ["NXDOMAIN", unknown(/there is no such name/)],
  "no-address": [[], unknown(/no address|no such name/)],
  "servfail": ["SERVFAIL", unknown(/no answer from the name servers|failed or refused/)],
  "refused": ["REFUSED", unknown(/failed or refused|no answer/)],
  "truncated": ["truncated", unknown(/./)],
  "silent-for-long": ["silence", unknown(/no answer from the name servers/)],
  "garbage-for-long": ["garbage", unknown(/no answer from the name servers/)],
  "silent": ["silence", hangs, { connect_timeout_ms: 500 }],
  "garbage": ["garbage", hangs, { connect_timeout_ms: 500 }],
  "too-slow": [{ after: 3000, say: PUBLIC[0] }, hangs, { connect_timeout_ms: 500 }],
  "silent-less-time": ["silence", ["timeout", /could not find the address/, /raise 'timeout_ms' \(now 400\)/], { timeout_ms: 400 }],
  "metadata": [METADATA, never],
  "metadata-in-ipv6": [`::ffff:a9fe:a9fe`, never],
  "private": [PRIVATE, blocked(/10\.9\.8\.7 is a private address/, /'allow_private'/)],
  "loopback": ["127.0.0.1", blocked(/127\.0\.0\.1 is a loopback address/, /'allow_private'/)],
  "loopback-6": ["::1", blocked(/::1 is a loopback address/, /'allow_private'/)],
  "unspecified": ["0.0.0.0", blocked(/0\.0\.0\.0 is/, /./)],
  "metadata-among-others": [[METADATA, PUBLIC[1]], OK],
  "metadata-and-private": [[METADATA, PRIVATE], blocked(/is/, /./)],
};

/** The server of all addresses: says which one was called; /fail and what /change is told to do first. */
function serve(change) {
  return createServer(async (req, res) => {
    const address = req.socket.localAddress.replace("::ffff:", "");
    (seen[address] ??= []).push(req.url);
    await change(req.url);
    res.writeHead(req.url.startsWith("/change") ? 500 : 200, { connection: "close", "content-type": "application/json" }).end(JSON.stringify({ address }));
  });
}

async function change(url) {
  const name = /^\/change\/(.*)$/.exec(url)?.[1];
  if (!name) return;
  dns.names[name] = CHANGES[name.split(".")[0]][1];
  e.server.kill("SIGHUP"); // forgets what was looked up, as time would
  await sleep(300);
}

// What a name says first, and after the first attempt has been answered with 500; what becomes of the second.
const CHANGES = {
  "moves": [PUBLIC[0], PUBLIC[2], "http_status", /500/],
  "rebinds-to-metadata": [PUBLIC[0], METADATA, "blocked", /169\.254\.169\.254 is .*never called/],
  "rebinds-to-private": [PUBLIC[0], PRIVATE, "blocked", /10\.9\.8\.7 is a private address/],
  "rebinds-to-loopback": [PUBLIC[0], "127.0.0.1", "blocked", /127\.0\.0\.1 is a loopback address/],
  "rebinds-to-loopback-6": [PUBLIC[0], "::1", "blocked", /::1 is a loopback address/],
  "vanishes": [PUBLIC[0], "NXDOMAIN", "dns", /there is no such name/],
};

const url = (name, path) => `http://${name}.test:${PORT}${path}`;

if (skip) {
  test("names that fail, change or hang", { skip }, () => {});
} else {
  before(async () => {
    dns = await startDns(Object.fromEntries([...Object.entries(CASES), ...Object.entries(CHANGES)].map(([name, [says]]) => [`${name}.test`, says])));
    http = serve(change);
    await new Promise((resolve) => http.listen(PORT, "::", resolve));
    const jobs = Object.entries(CASES).map(([name, [, , more]]) => job(name, url(name, "/f"), { timeout_ms: 20_000, ...more }));
    for (const name of Object.keys(CHANGES)) {
      const retry = { max_attempts: 2, initial_ms: 100, multiplier: 1, max_ms: 100 };
      jobs.push(job(name, url(name, `/change/${name}.test`), { retry, timeout_ms: 20_000 }));
    }
    await e.apply(document([], jobs));
    await e.serve();
    settled = watch(e.server);
  });
  after(async () => {
    await e.stop();
    http.closeAllConnections();
    http.close();
    await dns.close();
  });

  describe("names", { concurrency: 6 }, () => {
    for (const [name, [, expected]] of Object.entries(CASES)) test(name, async () => check(await e.runJob(name), ...expected));
  });

  describe("names that change between attempts", () => {
    for (const [name, [first, , outcome, words]] of Object.entries(CHANGES)) {
      test(name, async () => {
        const run = await e.runJob(name);
        const about = JSON.stringify(run.attempts, null, 1);
        assert.equal(run.attempts.length, 2, about);
        assert.deepEqual(run.attempts.map((a) => a.outcome), ["http_status", outcome], about);
        assert.equal(run.attempts[0].remote_address, `${first}:${PORT}`);
        assert.match(run.message, words);
        assert.equal(run.state, "failed");
      });
    }
  });

  test("a name is asked for again only when its answer has aged", async () => {
    const before = dns.asked["right.test"];
    for (let i = 0; i < 3; i++) check(await e.runJob("right"), ...OK);
    assert.ok(dns.asked["right.test"] <= before + 1, `${dns.asked["right.test"]} questions`);
  });

  test("an address that is not allowed was never called", () => {
    for (const address of [METADATA, PRIVATE, "127.0.0.1", "::1"]) assert.deepEqual(seen[address] ?? [], [], address);
    assert.ok(seen[PUBLIC[0]].length > 5 && seen[PUBLIC[1]].length > 0 && seen[PUBLIC[2]].length > 0, JSON.stringify(seen));
  });

  test("no open file is left behind", (t) => settled(t, "names that fail"));
}
