// Secrets that a job names and that are not there yet: set or made right here. What is made is shown until its reader
// has put it where the function reads it.
import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { signal } from "@preact/signals";
import { ask, post, whenForgotten } from "../base/api.js";
import { t } from "../base/text.js";
import { Act, Copy, say } from "../parts/act.js";
import { Input } from "../parts/form.js";

const made = signal({}); // name: value, until its reader puts it away, or signs out
whenForgotten(() => { made.value = {}; });

// Where one goes on when what had the focus is gone: within a part of the form, by its class.
export const focusOn = (place) => setTimeout(() => document.querySelector(`form.job .${place}`)?.focus(), 50);

const Made = ({ name, value }) => {
  const done = () => { const { [name]: gone, ...rest } = made.value; made.value = rest; focusOn("when select"); };
  return html`<div class="card warn secret" role="status"><p><strong>${t("form.made", { name })}</strong> ${t("form.made_text")}</p>
    <p class="actions"><code class="made">${value}</code> <${Copy} text=${value} /></p><p>${t("form.made_where", { name })}</p>
    <p class="actions"><${Act} what=${t("secrets.done")} does=${done} /></p></div>`;
};
function Unset({ name, value, type, error, again }) {
  const [trouble, set] = useState(null), field = trouble ?? error;
  const put = async () => {
    set(null);
    let weak;
    try { weak = (await ask("PUT", `secrets/${name}`, { body: { value } })).data.warnings ?? []; } catch (e) { return set(e.message); }
    type("");
    for (const w of weak) say(w.detail, "bad");
    focusOn("when select");
    say(t("form.secret_set", { name }));
    again();
  };
  const generate = async () => {
    const { value: text } = await post(`secrets/${name}/generate`);
    made.value = { ...made.value, [name]: text };
    again();
    focusOn("secret button");
  };
  return html`<div class="card warn secret"><p>${t("form.unset", { name })}</p><div class="give">
    <${Input} label=${t("form.secret_value", { name })} hint=${t("form.secret_hint")} error=${field} type="password" autocomplete="new-password" value=${value ?? ""} set=${(x) => { set(null); type(x); }} />
    <p class="actions"><${Act} what=${t("form.set_now")} does=${put} disabled=${!value} /> <${Act} what=${t("form.generate")} does=${generate} disabled=${!!value} /></p></div></div>`;
}
export function Secrets({ form, named, known, again }) {
  const missing = known ? named.filter((n) => !known.includes(n)) : [], type = (name) => (x) => form.set("secrets", { ...form.values.secrets, [name]: x });
  return html`${named.filter((n) => made.value[n]).map((n) => html`<${Made} key=${n} name=${n} value=${made.value[n]} />`)}
    ${missing.filter((n) => !made.value[n]).map((n) => html`<${Unset} key=${`unset-${n}`} name=${n} value=${form.values.secrets[n]} type=${type(n)} error=${form.error(`/secrets/${n}`)} again=${again} />`)}`;
}
