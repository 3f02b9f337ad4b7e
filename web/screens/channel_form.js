// A channel made or changed: its kind, the address that is pasted, and who reads it.
import { html } from "htm/preact";
import { ask, patch, post } from "../base/api.js";
import { useAsked } from "../base/asked.js";
import { go, href, withQuery } from "../base/router.js";
import { LANGUAGES, language, t } from "../base/text.js";
import { say } from "../parts/act.js";
import { BodyFields } from "../parts/body.js";
import { Editor } from "../parts/editor.js";
import { Check, Choice, Input } from "../parts/form.js";
import { Rows } from "../parts/rows.js";
import { KINDS, PORTS, fromChannel, hides, pasted, toChannel, whole } from "./channel_values.js";
import { fitting } from "./form_save.js";
import { ownNetworks } from "./form_url.js";

const LIKE = {
  slack: "https://hooks.slack.com/services/…", discord: "https://discord.com/api/webhooks/…", teams: "https://….powerplatform.com/…", ntfy: "https://ntfy.sh/…", webhook: "https://example.com/alerts",
};
const PLACES = ["alert.title", "alert.text", "alert.kind", "alert.jobs", "alert.error", "alert.link", "alert.json"];

function Address({ f, field, taken }) {
  const { values: v, set } = f, new_value = (x) => {
    const own = ownNetworks(x);
    set({ ...(x.includes("{{") ? { url: x, value: "" } : { url: "", value: x }), ...(v.allow_private === v.suggested && { allow_private: own, suggested: own }) });
  };
  return html`<${Input} ...${field("url")} hint=${t(`hook.${v.kind}`)} value=${v.value || v.url} set=${new_value} placeholder=${LIKE[v.kind]} inputmode="url" autocomplete="off" autocapitalize="none" spellcheck=${false} />
    <${Hide} f=${f} taken=${taken} />`;
}
// A key that is pasted is offered to be kept as a secret: the channel then names it, and no list, export or backup file shows it.
function Hide({ f, taken }) {
  const { values: v, set } = f, found = pasted({ ...v, hide: true }, taken);
  return found && html`<${Check} label=${t("channel.hide")} hint=${t("channel.hide_hint", { name: found.name })} value=${hides(v)} set=${(hide) => set({ hide })} />`;
}
function Mail({ f, field, taken }) {
  const { values: v, set } = f;
  const secure = (security) => set({ security, ...(v.port === `${PORTS[v.security]}` && { port: `${PORTS[security]}` }) });
  return html`<div class="row"><${Input} ...${field("host")} autocomplete="off" placeholder="smtp.example.com" />
      <${Choice} ...${field("security")} set=${secure} options=${Object.keys(PORTS).map((k) => [k, t(`channel.security_${k}`)])} /><${Input} ...${field("port")} inputmode="numeric" /></div>
    <div class="row"><${Input} ...${field("username")} autocomplete="off" autocapitalize="none" />
      <${Input} ...${field("password")} value=${v.password || v.pass} set=${(x) => set(x.includes("{{") ? { pass: x, password: "" } : { pass: "", password: x })} type=${v.pass ? "text" : "password"} autocomplete="new-password" /></div>
    <${Hide} f=${f} taken=${taken} />
    <div class="row"><${Input} ...${field("from")} autocomplete="off" placeholder="edgecron <edgecron@example.com>" /><${Input} ...${field("to")} hint=${t("channel.to_hint")} autocomplete="off" placeholder="ops@example.com" /></div>`;
}
function Fields({ f, item, taken, linked }) {
  const { values: v, set, error } = f, kind = (to) => set({ kind: to, hide: item ? v.hide : null, ...(v.name === v.kind && { name: to }) });
  const of = (name) => ["host", "port", "security", "username", "password", "from", "to"].includes(name) ? `/email/${name}` : `/${name}`;
  const field = (name) => ({ label: t(`field.${name}`), error: error(of(name)), value: v[name], set: (x) => set(name, x) });
  return html`<div class="row"><${Choice} ...${field("kind")} set=${kind} options=${Object.entries(KINDS).map(([k, name]) => [k, name])} />
      <${Input} ...${field("name")} readonly=${!!item} autocomplete="off" autocapitalize="none" spellcheck=${false} />
      <${Choice} ...${field("language")} options=${Object.entries(LANGUAGES)} /></div>
    ${v.kind === "email" ? html`<${Mail} f=${f} field=${field} taken=${taken} />` : html`<${Address} f=${f} field=${field} taken=${taken} />`}
    <${Check} label=${t("channel.enabled")} value=${v.enabled} set=${(x) => set("enabled", x)} />
    ${!linked && html`<${Check} label=${t("channel.links", { url: location.origin })} value=${v.links} set=${(x) => set("links", x)} />`}
    <details><summary>${t("form.more")}</summary><${Input} label=${t("form.description")} error=${error("/description")} value=${v.description} set=${(x) => set("description", x)} />
      ${/webhook|ntfy/.test(v.kind) && html`<fieldset><legend>${t("form.headers")}</legend><${Rows} list=${v.headers} set=${(x) => set("headers", x)} at="/headers" form=${f} nameLabel=${t("targets.header")} valueLabel=${t("form.value")} add=${t("targets.add_header")} /></fieldset>`}
      ${v.kind === "webhook" && html`<${Choice} label=${t("form.method")} value=${v.method} set=${(x) => set("method", x)} options=${["POST", "PUT", "PATCH", "GET"].map((m) => [m, m])} error=${error("/method")} />
        <p class="quiet">${t("channel.body_text")}</p><${BodyFields} kind=${v.body_kind} text=${v.body} set=${set} error=${error("/body")} names=${PLACES} />`}
      <div class="row"><${Input} ...${field("allow_private")} label=${t("target.allow_private")} /><${Input} ...${field("ca_file")} label=${t("target.ca_file")} hint=${t("targets.ca_file_hint")} /></div></details>`;
}

export function ChannelForm({ item, again }) {
  const taken = useAsked("secrets", {}, ["secret"]).data?.items.map((s) => s.name) ?? [];
  const settings = useAsked(item ? null : "settings", {}, ["settings"]).data, linked = !settings || !!settings.page_url;
  const keep = async (v, set) => {
    if (!linked && v.links) await patch("settings", { page_url: location.origin });
    const found = pasted(v, taken);
    if (!found) return v;
    const { data } = await ask("PUT", `secrets/${found.name}`, { body: { value: found.value } });
    for (const w of data.warnings ?? []) say(w.detail, "bad");
    const now = { [found.field]: `{{secret.${found.name}}}`, value: "", password: "" };
    set(now);
    return { ...v, ...now };
  };
  const heard = (w, v) => w.code !== "literal_credential" || !/^.(url|email.password)$/.test(w.pointer) || !pasted(v, taken); // it will be a secret
  const done = async ({ name }, how) => {
    say(t("saved"));
    go(how ? withQuery(href("channels", name), { test: (await post(`channels/${encodeURIComponent(name)}/test`)).id }) : item ? href("channels", name) : "#/alerts");
  };
  return html`<${Editor} at="channels" item=${item} typed=${(x) => fromChannel(x, language.value)} sent=${(v) => fitting(() => toChannel(v))} whole=${whole} before=${keep} done=${done} again=${again} heard=${heard}
    fields=${["/name", "/kind", "/language", "/url", "/email", "/headers", "/body", "/method", "/description", "/allow_private", "/ca_file"]} others=${[["test", t("channel.save_test")]]}>${(f) => html`<${Fields} f=${f} item=${item} taken=${taken} linked=${linked} />`}<//>`;
}
