// Every screen: a name for its picture, its address, and whether somebody is logged in there. `world` gives the names that addresses speak of.
import { RETRIES, UNAUTHORIZED, WELL } from "./jobs.mjs";

export async function routes(world) {
  const ok = await world.runId(WELL, "succeeded"), failed = await world.runId(UNAUTHORIZED, "failed"), retrying = await world.runId(RETRIES);
  return [
    { name: "login", hash: "", anybody: true },
    { name: "overview", hash: "#/" },
    { name: "jobs", hash: "#/jobs" },
    { name: "job", hash: `#/jobs/${WELL}` },
    { name: "job-failing", hash: `#/jobs/${UNAUTHORIZED}` },
    { name: "job-edit", hash: `#/jobs/${WELL}/edit` },
    { name: "new-job", hash: "#/new-job" },
    { name: "job-copy", hash: `#/new-job?copy=${WELL}` },
    { name: "runs", hash: "#/runs" },
    { name: "run", hash: `#/runs/${ok}` },
    { name: "run-failed", hash: `#/runs/${failed}` },
    { name: "run-retrying", hash: `#/runs/${retrying}` },
    { name: "targets", hash: "#/targets" },
    { name: "target", hash: "#/targets/citas" },
    { name: "new-target", hash: "#/new-target" },
    { name: "secrets", hash: "#/secrets" },
    { name: "secret", hash: "#/secrets/CRON_INTERNAL_KEY" },
    { name: "alerts", hash: "#/alerts" },
    { name: "audit", hash: "#/audit" },
    { name: "settings", hash: "#/settings" },
  ];
}
