// While some targets do everything wrong at once, the jobs on another target keep their lateness: as it was in a quiet time before, in
// the same server. With EDGECRON_BYSTANDER=each, one kind of fault after the other, for figures.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { makeAuthority, pem } from "./harness/ca.mjs";
import { document, Edgecron, job, target } from "./harness/edgecron.mjs";
import { watch } from "./harness/fault_check.mjs";
import { moveInside, startDns } from "./harness/fault_dns.mjs";
import { startTcp, TCP_FAULTS } from "./harness/fault_tcp.mjs";
import { SPOILS, spoil, startAlert, startMiddle, startTls, TLS_FAULTS } from "./harness/fault_tls.mjs";
import { SLOW, sleep, until } from "./harness/wait.mjs";

const noNames = moveInside(import.meta.url);
const EACH = process.env.EDGECRON_BYSTANDER === "each";
const QUIET_S = EACH ? 15 : 6, NOISE_S = EACH ? 15 : 8;
const BYSTANDERS = 20, STORM = 200, HANGING = 40;
const MARGIN_MS = 1000 * SLOW;

const e = new Edgecron();
const servers = [];
const groups = {}; // name: jobs
const seconds = (n) => (n === 1 ? "* * * * * *" : `*/${n} * * * * *`);
let dns, settled;
const targets = [];
const bystanders = Array.from({ length: BYSTANDERS }, (_, i) =>
  job(`bystander-${i}`, "/f", { schedule: seconds(1), target: "calm", overlap: "allow", timeout_ms: 20_000 }));

const limits = { connect_timeout_ms: 700, timeout_ms: 900, overlap: "allow" };

function noise(group, name, at, url, more = {}, every = 1) {
  if (!targets.some((t) => t.name === at)) targets.push(target(at, url, more));
  (groups[group] ??= []).push(job(`${group}-${name}`, { method: "POST", url: "/f", body: {} }, { ...limits, schedule: seconds(every), target: at }));
}

async function start(starting) {
  const s = await starting;
  servers.push(s);
  return s;
}

const FLOOD = /mb$|gb$|without-end|^head-|chunks-of-one|zeros-of/;

async function makeTcp() {
  for (const [name, serve] of Object.entries(TCP_FAULTS)) {
    const group = FLOOD.test(name) ? "flood" : "tcp";
    noise(group, name, `tcp-${name}`, (await start(startTcp(serve))).url, {}, group === "flood" ? 2 : 1);
  }
}

/** A server that makes everyone shake hands anew: no session to resume, no connection kept. */
function answerOnce(s) {
  s.once("data", () => s.end("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}"));
}

async function makeTls() {
  const ca = await makeAuthority("ca");
  const good = pem(await ca.leaf("good")), more = { ca_file: ca.file };
  for (const [name, serve] of Object.entries(TLS_FAULTS)) noise("tls", name, name, (await start(startTcp(serve))).secure, more);
  for (const code of [40, 49, 70, 80, 112]) noise("tls", `alert-${code}`, `alert-${code}`, (await start(startAlert(code))).secure, more);
  const storm = await start(startTls({ ...good }, answerOnce));
  for (const what of Object.keys(SPOILS))
    for (let at = 1; at <= 6; at++) noise("tls", `${what}-${at}`, `${what}-${at}`, (await start(startMiddle(storm.port, spoil(what, at)))).secure, more);
  for (let i = 0; i < STORM; i++) noise("storm", i, "storm", storm.secure, { ...more, max_concurrent: STORM }, 2);
  const wrong = await start(startTls(pem(await ca.selfSigned("wrong"))));
  for (let i = 0; i < STORM / 2; i++) noise("storm", `wrong-${i}`, "storm-wrong", wrong.secure, { ...more, max_concurrent: STORM }, 2);
}

async function makeNames() {
  if (noNames) return;
  const names = {};
  for (let i = 0; i < HANGING; i++) {
    names[`silent-${i}.test`] = i % 2 ? "silence" : "garbage";
    noise("dns", i, `dns-${i}`, `http://silent-${i}.test:9`, {}, 2);
  }
  dns = await startDns(names);
}

before(async () => {
  const calm = await start(startTcp(TCP_FAULTS.right));
  targets.push(target("calm", calm.url));
  await makeTcp();
  await makeTls();
  await makeNames();
  await e.apply(document(targets, bystanders));
  await e.serve();
  settled = watch(e.server, { kept: 32, peak: 64 });
});
after(async () => {
  await e.stop();
  for (const s of servers) await s.close();
  await dns?.close();
});

const at = (list, share) => list[Math.min(list.length - 1, Math.floor(list.length * share))];

/** How late the bystanders started within that time, and that each of them was called in each of its seconds, and answered. */
async function lateness(from, to) {
  const within = (r) => Date.parse(r.scheduled_for) >= from && Date.parse(r.scheduled_for) < to;
  const all = (await e.runs("--since", new Date(from).toISOString())).filter(within);
  const runs = all.filter((r) => r.job.startsWith("bystander-"));
  assert.equal(runs.length, (BYSTANDERS * (to - from)) / 1000, "each second of each bystander is a run");
  for (const r of runs) assert.equal(r.state, "succeeded", `${r.job} at ${r.scheduled_for}: ${r.state}: ${r.message}`);
  const sorted = runs.map((r) => r.lateness_ms).sort((a, b) => a - b);
  const others = all.filter((r) => !r.job.startsWith("bystander-"));
  return { runs: runs.length, p50: at(sorted, 0.5), p95: at(sorted, 0.95), p99: at(sorted, 0.99), most: sorted.at(-1), others };
}

/** Lets some seconds pass, with `jobs` going wrong, and measures them; jobs that ended are counted by outcome. */
async function phase(t, name, jobs, length) {
  if (jobs.length) await e.apply(document([], jobs));
  await sleep(jobs.length ? 1500 : 500); // the server has learned of it
  const from = Math.ceil(Date.now() / 1000) * 1000, to = from + length * 1000;
  const cpu = process.cpuUsage();
  await sleep(to - Date.now() + 100);
  if (jobs.length) await e.apply(document([], jobs.map((j) => ({ ...j, enabled: false }))));
  const open = async () => (await e.runs("--job", "bystander-0", "--state", "running")).length + (await e.runs("--state", "queued")).length;
  await until("the end of what was under way", async () => (await open()) === 0);
  const used = process.cpuUsage(cpu);
  const l = await lateness(from, to);
  const outcomes = {};
  for (const r of l.others) outcomes[r.outcome ?? r.state] = (outcomes[r.outcome ?? r.state] ?? 0) + 1;
  t.diagnostic(`${name}: ${l.runs} bystanders late by p50 ${l.p50}, p95 ${l.p95}, p99 ${l.p99}, most ${l.most} ms; ` +
    `beside ${l.others.length} calls ${JSON.stringify(outcomes)}; the servers took ${((used.user + used.system) / 1e6).toFixed(1)} s of processor`);
  return { ...l, outcomes };
}

test("jobs on a good target keep their lateness while all others go wrong", async (t) => {
  if (noNames) t.diagnostic(`without hanging names: ${noNames}`);
  const quiet = await phase(t, "quiet", [], QUIET_S);
  if (EACH) for (const [name, jobs] of Object.entries(groups)) await phase(t, name, jobs, NOISE_S);
  const loud = await phase(t, "everything", Object.values(groups).flat(), NOISE_S);
  assert.ok(loud.p95 < quiet.p95 + MARGIN_MS, `p95 ${loud.p95} ms, in the quiet time ${quiet.p95} ms`);
  for (const outcome of ["timeout", "protocol", "tls", "too_large", "ok"]) assert.ok(loud.outcomes[outcome] > 0, `none ended as ${outcome}: ${JSON.stringify(loud.outcomes)}`);
  await e.apply(document([], bystanders.map((j) => ({ ...j, enabled: false }))));
  await sleep(1500);
  await settled(t, "everything");
});
