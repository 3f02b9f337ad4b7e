// The administrator's password, and who is logged in with it.
import { html } from "htm/preact";
import { useRef } from "preact/hooks";
import { ask, learnWho, token, who } from "../base/api.js";
import { useAsked } from "../base/asked.js";
import { t } from "../base/text.js";
import { Time } from "../base/time.js";
import { Act, say } from "../parts/act.js";
import { Asked } from "../parts/asked.js";
import { Input, Refusal, useForm } from "../parts/form.js";
import { Table } from "../parts/table.js";

const EMPTY = { current: "", password: "" };

// A token of scope admin needs not know the present password.
export function Password() {
  const f = useForm("password", EMPTY);
  const submit = async (e) => {
    e.preventDefault();
    const done = await f.save((v) => ask("PUT", "admin/password", { body: { ...(!token() && { current_password: v.current }), password: v.password } }));
    if (!done) return;
    f.reset(EMPTY);
    say(t("settings.changed"));
  };
  return html`<section class="card"><h2>${t("settings.password")}</h2><form onSubmit=${submit}>
    <input type="text" name="username" autocomplete="username" value="admin" readonly hidden /><div class="row">
    ${!token() && html`<${Input} label=${t("settings.current")} type="password" required autocomplete="current-password" error=${f.error("/current_password")}
      value=${f.values.current} set=${(v) => f.set("current", v)} />`}
    <${Input} label=${t("setup.password")} hint=${t("setup.hint")} type="password" required minlength="10" autocomplete="new-password" error=${f.error("/password")}
      value=${f.values.password} set=${(v) => f.set("password", v)} /></div>
    ${f.problem && !f.problem.pointer && html`<${Refusal} of=${f.problem} />`}
    <button type="submit" aria-busy=${f.busy ? "true" : null}>${t("settings.change")}</button></form></section>`;
}

export function Sessions() {
  const of = useAsked("sessions"), title = useRef();
  const end = async (s) => {
    await ask("DELETE", `sessions/${s.id}`);
    if (s.id === who.value?.id) return learnWho();
    say(t("settings.ended"));
    of.again();
    title.current?.focus();
  };
  const columns = [
    { name: t("settings.address"), show: (s) => html`${s.address} ${s.current && html`<small class="quiet">(${t("settings.this")})</small>`}` },
    { name: t("settings.session"), show: (s) => html`<div class="agent" title=${s.user_agent}>${s.user_agent}</div>` },
    { name: t("settings.begun"), show: (s) => html`<${Time} at=${s.created_at} />` },
    { name: t("settings.seen"), show: (s) => html`<${Time} at=${s.last_seen_at} />` },
    { name: t("settings.expires"), show: (s) => html`<${Time} at=${s.expires_at} />` },
    { name: t("actions"), plain: true, class: "num", show: (s) => html`<${Act} kind="danger small" what=${t("settings.end")} label=${t("settings.end_label", { address: s.address })} does=${() => end(s)} />` },
  ];
  return html`<section class="card"><h2 ref=${title} tabIndex="-1">${t("settings.sessions")}</h2>
    <${Asked} of=${of} rows=${2}>${(d) => html`<${Table} label=${t("settings.sessions")} columns=${columns} items=${d.items} of=${(s) => s.id} empty=${t("settings.no_sessions")} />`}<//></section>`;
}
