// Everything looked at by the server at once: what is wrong, why it matters, and the command that mends it. What
// `edgecron doctor` says, in its words.
import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { get, may } from "../base/api.js";
import { t } from "../base/text.js";
import { Act, Copy } from "../parts/act.js";
import { Badge } from "../parts/state.js";

const TONES = { problem: "bad", warning: "warn", notice: "live", ok: "good" }, ORDER = Object.keys(TONES);

const Sort = ({ of: s, n = "" }) => html`<${Badge} tone=${TONES[s]} sign=${s === "warning" ? "!" : undefined}>${n} ${t(`doctor.${s}`)}<//>`;
const Finding = ({ of: f }) => html`<li class=${`card ${TONES[f.severity]}`}><p><${Sort} of=${f.severity} /> ${f.what}</p><p>${f.why}</p>
  ${f.fix && html`<p><code>${f.fix}</code> <${Copy} text=${f.fix} /></p>`}</li>`;

export function Doctor() {
  const [found, set] = useState();
  if (!may("admin")) return null;
  const look = async () => set((await get("doctor")).items), of = (severity) => found.filter((f) => f.severity === severity);
  return html`<h2>${t("doctor.look")}</h2><p class="quiet">${t("doctor.about")}</p><p><${Act} what=${t("doctor.look")} does=${look} /></p>
    <div role="status">${found && html`<p>${ORDER.map((s) => of(s).length > 0 && html`<${Sort} key=${s} of=${s} n=${of(s).length} /> `)}</p>`}</div>
    ${found && html`<ul class="reasons" aria-label=${t("doctor.look")}>${ORDER.slice(0, 3).flatMap(of).map((f) => html`<${Finding} key=${f.check + f.what} of=${f} />`)}</ul>
      <details><summary>${t("doctor.ok")}</summary><ul>${of("ok").map((f) => html`<li key=${f.check + f.what}>${f.what}</li>`)}</ul></details>`}`;
}
