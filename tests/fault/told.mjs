// What must hold of alerts, whatever happened in between: what fails is told once, and its end once. Reads the database with the sqlite3
// command, when no server runs on it. Gives a list of what is wrong.
import { spawnSync } from "node:child_process";

function query(file, sql) {
  const r = spawnSync("sqlite3", ["-json", file, sql], { encoding: "utf8", maxBuffer: 1 << 30 });
  if (r.status !== 0) throw new Error(`sqlite3: ${r.stderr || r.error}`);
  return r.stdout.trim() ? JSON.parse(r.stdout) : [];
}

/** `jobs` are watched by the rule `failing` all the time, and told to the channel; `broken`: those of them that never succeed. In order of time messages are
 * not, as clocks jump: they are counted. What was over before it was told is told once, and has an end. */
export function checkTold(file, { channel, jobs, broken }) {
  const wrong = [];
  const messages = query(file, `SELECT b.body AS body FROM runs r JOIN run_bodies b ON b.run_id = r.id WHERE r.job = 'alert:${channel}' AND r.trigger = 'alert'`).map((m) => JSON.parse(m.body));
  const all = query(file, `SELECT count(*) AS n FROM runs WHERE job = 'alert:${channel}' AND trigger = 'alert'`)[0].n;
  if (all !== messages.length) wrong.push(`${all - messages.length} messages of ${all} have nothing to tell`);
  const states = new Map(query(file, "SELECT subject, phase, count, told_at FROM watch_states WHERE rule = 'failing'").map((s) => [s.subject, s]));
  const left = query(file, "SELECT count(*) AS n FROM run_ends WHERE id > 0")[0].n;
  if (left) wrong.push(`${left} rows of ends were not looked at after a quiet time`);
  for (const job of jobs) {
    const told = messages.filter((m) => m.on === "failure" && m.items.some((i) => i.subject === job));
    const item = (m) => m.items.find((i) => i.subject === job);
    const begun = told.filter((m) => m.kind === "fired" && !item(m).until).length, over = told.filter((m) => m.kind === "recovered").length;
    const state = states.get(job), lasts = state && state.told_at !== null ? 1 : 0;
    if (begun - over !== lasts) wrong.push(`${job}: told ${begun} times that it fails and ${over} times that it is over, and its state is ${JSON.stringify(state)}`);
  }
  for (const job of broken) {
    const failed = query(file, `SELECT count(*) AS n FROM runs WHERE job = '${job}' AND state = 'failed'`)[0].n;
    const fired = messages.filter((m) => m.kind === "fired" && m.on === "failure" && m.items.some((i) => i.subject === job)).length;
    if (failed && fired !== 1) wrong.push(`${job} failed all the time, and that was told ${fired} times`);
    if ((states.get(job)?.count ?? 0) !== failed) wrong.push(`${job} failed ${failed} times, and ${states.get(job)?.count ?? 0} were shown to the rules`);
  }
  return wrong;
}
