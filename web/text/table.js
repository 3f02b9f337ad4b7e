// All texts of the page. A row is { key: [English, French, Spanish] }; each screen has a file of its own.
import alerts from "./alerts.js";
import audit from "./audit.js";
import form from "./form.js";
import frame from "./frame.js";
import job from "./job.js";
import jobs from "./jobs.js";
import overview from "./overview.js";
import rotation from "./rotation.js";
import rules from "./rules.js";
import runs from "./runs.js";
import secrets from "./secrets.js";
import settings from "./settings.js";
import targets from "./targets.js";

export const texts = { ...frame, ...overview, ...jobs, ...job, ...form, ...rotation, ...runs, ...targets, ...secrets, ...alerts, ...rules, ...audit, ...settings };
