// The store's files fail under a running server, and under one that starts (base/fault.h, test builds alone): it stays up, says what is
// wrong, calls nothing that it could not record, and goes on by itself.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { checkFile, checkHistory, readHistory } from "../fault/history.mjs";
import { startTarget } from "../fault/server.mjs";
import { document, Edgecron, job, ROOT, target } from "./harness/edgecron.mjs";
import { sleep, until } from "./harness/wait.mjs";

const BINARY = process.env.EDGECRON_DEBUG ?? join(ROOT, "build/debug/edgecron");
const skip = existsSync(BINARY) ? false : "no test build: make debug";
const STEP = Number(process.env.FAULT_STEP ?? 7); // between the n that are tried of each kind: 1 in the long form

/** A server with a job of every second, whose files fail on demand. */
class Faulty {
  async begin() {
    this.e = new Edgecron();
    this.target = await startTarget(Math.random);
    const every = { schedule: "* * * * * *", target: "t", catch_up: { policy: "all", window_s: 86400 }, overlap: "allow" };
    await this.e.apply(document([target("t", this.target.url)], [job("steady", "/ok", every), job("also", "/slow/50", every)]));
    await this.e.setSecret("KEY", "a-value-of-a-secret");
    await this.e.createToken("tests", "admin");
    this.made = [];
    this.file = join(dirname(this.e.dir), "fault");
    this.arm("");
    this.first = Math.ceil(Date.now() / 1000) * 1000 + 1000;
    return this;
  }
  serve(options) {
    return this.e.serve(["--drain-timeout", "1s"], { binary: BINARY, env: { EDGECRON_TEST_FAULT_FILE: this.file }, ...options });
  }
  /** Whole or not at all: it is read all the time. */
  arm(text) {
    writeFileSync(`${this.file}.next`, text);
    renameSync(`${this.file}.next`, this.file);
  }
  async checks() {
    const headers = { authorization: `Bearer ${this.e.token}` };
    const r = await fetch(`${this.e.url}/readyz`, { headers, signal: AbortSignal.timeout(5000) });
    return { ...(await r.json()), status: r.status };
  }
  async storeCheck() {
    const { status, checks } = await this.checks();
    return { ...checks.find((c) => c.name === "store"), status };
  }
  /** Writes and reads under the fault: what comes is right, or says that it could not be done. Returns whether it was. */
  async ask(name, fault) {
    const path = `/api/v1/jobs/${name}`;
    const put = await this.e.api(path, { method: "PUT", body: JSON.stringify(job(name, "/ok", { target: "t" })) });
    assert.ok([201, 500, 503].includes(put.status), `${fault}: ${put.status} ${JSON.stringify(put.body)}`);
    const got = [await this.e.api(path), await this.e.api(`/api/v1/secrets/KEY`), await this.e.api("/api/v1/runs?limit=3")];
    const right = [put.status === 201 ? 200 : 404, 200, 200];
    got.forEach((r, i) => assert.ok([right[i], 500, 503].includes(r.status), `${fault}: read ${i} ${r.status} ${JSON.stringify(r.body)}`));
    if (put.status === 201) this.made.push(name);
    return [put, ...got].every((r, i) => r.status < 500);
  }
  /** A call that the server saw from here on, after the store is well. */
  async goesOn(what) {
    await until(`the server to be ready after ${what}`, async () => (await this.checks()).status === 200);
    const seen = this.target.seen.length;
    await until(`a call after ${what}`, () => this.target.seen.length > seen);
  }
  async end() {
    this.arm("");
    await this.goesOn("all of it");
    const last = Math.floor(Date.now() / 1000) * 1000 - 2000;
    await this.e.ok(["job", "pause", "steady"]);
    await this.e.ok(["job", "pause", "also"]);
    await until("every run to end", async () => (await this.e.runs()).every((r) => !["queued", "running", "retrying"].includes(r.state)));
    await this.e.stop();
    this.target.close();
    const file = join(this.e.dir, "edgecron.db");
    const wrong = [...checkFile(file), ...checkHistory(readHistory(file), {
      seen: this.target.seen, once: /^none$/, steady: ["steady", "also"], first: this.first, last, asked: [], full: true,
    })];
    assert.deepEqual(wrong, []);
    assert.doesNotMatch(this.e.logs, /please report/);
  }
}

describe("the store's files fail", { concurrency: 3, skip }, () => {
  test("all the time, under a running server: it says so, calls nothing, and goes on when it is over", async () => {
    const f = await new Faulty().begin();
    await f.serve();
    await f.goesOn("its start");
    for (const [fault, says] of [
      ["write 1 lasting io", /I\/O error/], ["write 3 lasting full", /no space left/], ["sync 1 lasting io", /I\/O error/],
      ["shm_lock 1 lasting io", /the log .* say why/], // nothing can be read either, so nobody is known
    ]) {
      f.arm(fault);
      const { message } = await until(`${fault} to be told`, async () => {
        const c = await f.storeCheck();
        return c.status === 503 && !c.ok && c;
      });
      assert.match(message, says, fault);
      await sleep(300); // calls that had been recorded before may be on their way
      const seen = f.target.seen.length;
      await sleep(1300);
      assert.equal(f.target.seen.length, seen, `${fault}: something was called that could not be recorded`);
      assert.equal((await fetch(`${f.e.url}/healthz`)).status, 200);
      f.arm("");
      await f.goesOn(fault);
    }
    await f.end();
  });

  test("a bad sector under what one job needs: all others go on, it is told, and what was refused is there in the end", async () => {
    const f = await new Faulty().begin();
    const store = join(f.e.dir, "edgecron.db"), sql = (text) => execFileSync("sqlite3", ["-cmd", ".timeout 5000", store, text], { encoding: "utf8" });
    sql(`CREATE TABLE sector (x); INSERT INTO sector VALUES (1);
      CREATE TRIGGER needs BEFORE INSERT ON runs WHEN NEW.job = 'also' BEGIN SELECT * FROM sector; END; PRAGMA wal_checkpoint(TRUNCATE)`);
    f.arm(`read ${sql("SELECT rootpage FROM sqlite_schema WHERE name = 'sector'").trim()} page io`);
    await f.serve();
    const writes = async () => (await f.checks()).checks.find((c) => c.name === "writes");
    const told = await until("the refusal to be told", async () => ((c) => !c.ok && c)(await writes()));
    assert.match(told.message, /refuses what 1 job or run writes, and takes all else; .*I\/O error/);
    const steady = () => f.target.seen.filter((c) => c.job === "steady").length, before = steady();
    await until("others to go on", () => steady() > before + 2);
    assert.equal((await f.checks()).status, 200);
    assert.equal(sql("SELECT count(*) FROM runs WHERE job = 'also'").trim(), "0");
    await f.e.stop("SIGKILL");
    await f.serve();
    await until("the refusal to be told again", async () => !(await writes()).ok);
    f.arm("");
    sql("DROP TRIGGER needs; DROP TABLE sector");
    await until("all to be well", async () => (await writes()).ok);
    await f.end(); // which looks for a run of each second
    assert.match(f.e.logs, /the store takes runs of this job again/);
  });

  test("once, at any moment: nothing is lost and nothing stays", async () => {
    const f = await new Faulty().begin();
    await f.serve();
    let tried = 0, undone = 0;
    for (const kind of ["write", "sync", "read", "shm_lock", "size", "lock"])
      for (let n = 1; n < 30; n += STEP, tried++) {
        const fault = `${kind} ${n} once ${n % 2 ? "io" : "full"}`;
        f.arm(fault);
        undone += !(await f.ask(`made-${tried}`, fault));
        await sleep(60);
        assert.ok(f.e.server.running, `the server ended after ${kind} ${n}: ${f.e.server.stderr.slice(-2000)}`);
      }
    assert.ok(tried >= 24);
    assert.ok(undone > 0, "no fault met a request");
    f.arm("");
    const kept = new Set((await f.e.jobs()).map((j) => j.name));
    assert.deepEqual(f.made.filter((name) => !kept.has(name)), [], "what was acknowledged is gone");
    await f.end();
  });

  test("under a server that starts: it starts, or says in a line what is wrong", async () => {
    const f = await new Faulty().begin();
    let refused = 0;
    for (const kind of ["open", "read", "write", "sync", "size", "lock", "access", "shm_map", "shm_lock"])
      for (let n = 1; n < 40; n += 2 * STEP) {
        f.arm(`${kind} ${n} once io`);
        await f.serve({ ready: false });
        const server = f.e.server;
        const ready = await until(`${kind} ${n} to be over`, async () => !server.running ||
          (await fetch(`${f.e.url}/readyz`).catch(() => null))?.status === 200, { every: 10 });
        assert.ok(ready);
        if (server.running) {
          await f.e.stop();
          continue;
        }
        const { code, signal } = await server.ended();
        assert.deepEqual({ code, signal }, { code: 1, signal: null }, `${kind} ${n}: ${server.stderr}`);
        assert.match(server.stderr.trim().split("\n").at(-1), /edgecron\.db/, `${kind} ${n}`);
        refused++;
      }
    assert.ok(refused > 3, `${refused} starts were refused`);
    f.arm("");
    await f.serve();
    await f.end();
  });
});
