// The screens: name as in the address (#/NAME), what shows all, what shows one (#/NAME/ID). `menu`: in the menu, in
// this order; `scope`: who sees it; `whole`: about more than single jobs, and so not for tokens with tags.
import { Alerts } from "./alerts.js";
import { Audit } from "./audit.js";
import { Channel, NewChannel } from "./channels.js";
import { EditJob, NewJob } from "./form.js";
import { Job } from "./job.js";
import { Jobs } from "./jobs.js";
import { Overview } from "./overview.js";
import { NewRule, Rule } from "./rules.js";
import { Run } from "./run.js";
import { Runs } from "./runs.js";
import { Secret, Secrets } from "./secrets.js";
import { Settings } from "./settings.js";
import { Stats } from "./stats.js";
import { NewTarget, Target, Targets } from "./targets.js";

export const screens = [
  { name: "overview", whole: true, all: Overview, menu: true },
  { name: "jobs", all: Jobs, one: Job, edit: EditJob, menu: true },
  { name: "runs", all: Runs, one: Run, menu: true },
  { name: "stats", whole: true, all: Stats, menu: true },
  { name: "targets", whole: true, all: Targets, one: Target, menu: true },
  { name: "secrets", whole: true, all: Secrets, one: Secret, menu: true },
  { name: "alerts", whole: true, all: Alerts, menu: true },
  { name: "audit", all: Audit, menu: true, scope: "admin" },
  { name: "settings", whole: true, all: Settings, menu: true },
  { name: "new-job", all: NewJob, within: "jobs" },
  { name: "channels", whole: true, one: Channel, within: "alerts" },
  { name: "new-channel", whole: true, all: NewChannel, within: "alerts" },
  { name: "rules", whole: true, one: Rule, within: "alerts" },
  { name: "new-rule", whole: true, all: NewRule, within: "alerts" },
  { name: "new-target", all: NewTarget, within: "targets" },
];
