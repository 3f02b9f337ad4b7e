// Schedules that a few fields can say: read from their expression, written to it.
import { two } from "../base/moment.js";

const clock = (m, h) => `${two(h)}:${two(m)}`;
const fields = (time) => { const [h, m] = time.split(":").map(Number); return `${m} ${h}`; };
const DAILY = "(\\d{1,2}) (\\d{1,2})";
// Each: how its expression looks, the parts that are read from it, and how it is written from them.
export const KINDS = {
  minutes: [/^\*(?:\/(\d+))? \* \* \* \*$/, (m) => ({ n: m[1] ?? "1" }), (p) => `${p.n === "1" ? "*" : `*/${p.n}`} * * * *`],
  hourly: [/^(\d{1,2}) \* \* \* \*$/, (m) => ({ minute: m[1] }), (p) => `${p.minute} * * * *`],
  daily: [new RegExp(`^${DAILY} \\* \\* \\*$`), (m) => ({ time: clock(m[1], m[2]) }), (p) => `${fields(p.time)} * * *`],
  weekdays: [new RegExp(`^${DAILY} \\* \\* 1-5$`), (m) => ({ time: clock(m[1], m[2]) }), (p) => `${fields(p.time)} * * 1-5`],
  weekly: [new RegExp(`^${DAILY} \\* \\* ([0-6](?:,[0-6])*)$`), (m) => ({ time: clock(m[1], m[2]), days: m[3].split(",") }),
    (p) => `${fields(p.time)} * * ${[...p.days].sort().join(",")}`],
  monthly: [new RegExp(`^${DAILY} (\\d{1,2}|[Ll]) \\* \\*$`), (m) => ({ time: clock(m[1], m[2]), day: m[3].toUpperCase() }), (p) => `${fields(p.time)} ${p.day} * *`],
  interval: [/^@every (\d+)([smhd])$/, (m) => ({ amount: m[1], unit: m[2] }), (p) => `@every ${p.amount}${p.unit}`],
  once: [/^@at (\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?)$/, (m) => ({ at: m[1] }), (p) => `@at ${p.at}`],
};
export const FIRST = { n: "5", minute: "0", time: "07:00", days: ["1"], day: "1", amount: "90", unit: "s" };
export function readPreset(schedule) {
  for (const [kind, [form, parts]] of Object.entries(KINDS)) {
    const m = form.exec(schedule.trim().replace(/\s+/g, " "));
    if (m) return [kind, parts(m)];
  }
  return ["own", {}];
}
