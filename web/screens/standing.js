// How things stand: what the overview and the alerts ask for, and the sentence that follows.
import { away } from "../base/api.js";
import { useAsked } from "../base/asked.js";
import { now, tick } from "../base/time.js";
import { LATE_MS, named, sentence } from "./sentence.js";

const HOUR_MS = 3600000, GRID_MS = 300000, ORDERED = 2000, ROOM = 100;
const ENDED = new Set(["succeeded", "failed", "missed"]);

// { told: null until enough is known, unlisted: failing jobs that it does not name, and what was asked: status,
// waiting, secrets; error }
export function useStanding() {
  const status = useAsked("status", {}, ["status", "settings"]);
  const s = status.data, listed = (n, path) => n ? path : null; // what there is none of is not asked for
  const failing = useAsked(listed(s?.jobs_failing, "jobs"), { failing: true, limit: ROOM }, ["job", "run"],
    (e, kind) => kind === "job" || (ENDED.has(e.state) && (e.state !== "succeeded" || failing.data?.items.some((j) => j.name === e.job))));
  const waiting = useAsked(listed(s?.queued, "runs"), { state: "queued", sort: "created_at", limit: 20 }, ["run"]);
  const secrets = useAsked("secrets", {}, ["secret"]);
  const channels = useAsked(listed(s?.channels_failing, "channels"), {}, ["run"], (e) => e.job.startsWith("alert:"));
  // Runs that began late are looked for when there are such, and not among more runs than one request may order.
  const hours = useAsked("stats", { window: "2h" }).data, sought = hours?.lateness_ms.max > LATE_MS && hours.runs <= ORDERED;
  const since = new Date(Math.floor((now() - HOUR_MS) / GRID_MS) * GRID_MS).toISOString();
  const late = useAsked(sought ? "runs" : null, { trigger: "schedule", sort: "-lateness_ms", since, limit: 20 });
  tick.value; // what waits becomes late while nothing happens
  const known = s && (secrets.data || secrets.error) && (!s.jobs_failing || failing.data || failing.error);
  const told = !known ? null : sentence({
    status: s, failing: s.jobs_failing ? failing.data?.items : [], waiting: s.queued ? waiting.data?.items : [], late: sought ? late.data?.items : [],
    secrets: secrets.data?.items, channels: s.channels_failing ? channels.data?.items : [], now: now(), away: away.value,
  });
  const unlisted = told ? Math.max(0, (s.jobs_failing ?? 0) - named(told.reasons)) : 0;
  return { told, unlisted, status, waiting, secrets, error: status.error ?? failing.error ?? secrets.error };
}
