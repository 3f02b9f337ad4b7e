// Every screen: a name for its picture, and its address. `world` gives the names that addresses speak of.
import { RETRIES, UNAUTHORIZED, WELL } from "./jobs.mjs";

const of = (job, state) => async (world) => `#/runs/${await world.runId(job, state)}`;
const TABLE = {
  "login": "", // nobody is logged in here
  "overview": "#/",
  "jobs": "#/jobs",
  "job": `#/jobs/${WELL}`,
  "job-failing": `#/jobs/${UNAUTHORIZED}`,
  "job-edit": `#/jobs/${WELL}/edit`,
  "new-job": "#/new-job",
  "job-copy": `#/new-job?copy=${WELL}`,
  "runs": "#/runs",
  "run": of(WELL, "succeeded"),
  "run-failed": of(UNAUTHORIZED, "failed"),
  "run-retrying": of(RETRIES, "retrying"),
  "targets": "#/targets",
  "target": "#/targets/citas",
  "new-target": "#/new-target",
  "secrets": "#/secrets",
  "secret": "#/secrets/CRON_INTERNAL_KEY",
  "stats": "#/stats?window=7d",
  "alerts": "#/alerts",
  "channel": "#/channels/equipe",
  "new-channel": "#/new-channel",
  "rule": "#/rules/failing",
  "audit": "#/audit",
  "settings": "#/settings",
};
export const ROUTES = Object.keys(TABLE);

export const routes = (world) => Promise.all(ROUTES.map(async (name) => {
  const at = TABLE[name];
  return { name, hash: typeof at === "string" ? at : await at(world), anybody: name === "login" };
}));
