// How runs fared over a day, a week or a month: of all jobs, or of those that a filter names.
import { html } from "htm/preact";
import { useId } from "preact/hooks";
import { useAsked } from "../base/asked.js";
import { place } from "../base/router.js";
import { t } from "../base/text.js";
import { Asked } from "../parts/asked.js";
import { Typed } from "../parts/filters.js";
import { useSteady } from "../parts/steady.js";
import { useTitle } from "../parts/title.js";
import { Metrics, Sums, Windows, windowOf } from "./job_history.js";

export function Stats() {
  useTitle(t("nav.stats"));
  const { query } = place.value, of = Object.fromEntries(["job", "tag", "target"].map((k) => [k, query.get(k)])), window = windowOf(query.get("window")), list = useId();
  const jobs = useAsked("jobs", { text: of.job, limit: 20 }, ["job"]).data?.items ?? [], stats = useSteady(useAsked("stats", { ...of, window }, ["run"]));
  return html`<div class="head"><h1>${t("nav.stats")}</h1><${Windows} now=${window} /></div>
    <search class="filters"><${Typed} name="job" label=${t("jobs.job")} list=${list} placeholder=${t("jobs.any")} /><datalist id=${list}>${jobs.map((j) => html`<option key=${j.name} value=${j.name} />`)}</datalist>
      <${Typed} name="tag" label=${t("jobs.tag")} placeholder=${t("jobs.any")} /><${Typed} name="target" label=${t("jobs.target")} placeholder=${t("jobs.any")} /></search>
    <div aria-busy=${stats.old ? "true" : null}><${Asked} of=${stats} rows=${12}>${(d) => html`<${Sums} of=${of} data=${d} /><${Metrics} stats=${d} />`}<//></div>`;
}
