// A channel as its form holds it, there and back, and the secrets that what was pasted becomes. Pure.
import { bodyParts, bodyValue } from "../base/body.js";
import { members, number, rows, words } from "./form_job.js";

export const KINDS = { slack: "Slack", discord: "Discord", teams: "Microsoft Teams", ntfy: "ntfy", email: "E-mail", webhook: "Webhook" };
export const PORTS = { starttls: 587, tls: 465, none: 25 };
const KEYS = ["slack", "discord", "teams"]; // whoever has such a URL may write there

// `value` and `password`: pasted here and kept nowhere but in the form, as is `links`: whether messages lead to this page; `url` and `pass`: what the channel has of them.
export function fromChannel({ status, warnings, ...c }, language) {
  const kind = c.kind ?? "slack", [body_kind, body] = bodyParts(c.body), mail = c.email ?? {}, security = mail.security ?? "starttls";
  return {
    of: c, etag: status ? `"${status.revision}"` : null, name: c.name ?? kind, description: c.description ?? "", enabled: c.enabled ?? true, kind, language: c.language ?? language,
    url: c.url ?? "", value: "", hide: c.name ? true : null, method: c.method ?? "POST", headers: rows(c.headers), body_kind, body,
    host: mail.host ?? "", port: `${mail.port ?? PORTS[security]}`, security, username: mail.username ?? "", pass: mail.password ?? "", password: "", from: mail.from ?? "", to: (mail.to ?? []).join(", "),
    ca_file: c.ca_file ?? "", allow_private: (c.allow_private ?? []).join(", "), suggested: "", links: true,
  };
}
// Whether what was pasted is to be kept as a secret: of a URL that is a key, and of a password, unless the reader says no.
export const hides = (v) => v.hide ?? (v.kind === "email" || KEYS.includes(v.kind));

const SECRET = /\{\{secret\.(\w+)\}\}/;
// { field, value, name }: what was pasted and becomes a secret, or null. It is another value of the secret that the channel names already, or has a new
// name that no other has.
export function pasted(v, taken = []) {
  const [field, value, had] = v.kind === "email" ? ["pass", v.password, v.of.email?.password] : ["url", v.value, v.of.url];
  if (!value || value.includes("{{") || !hides(v)) return null;
  const known = SECRET.exec(had ?? "")?.[1];
  if (known && had === `{{secret.${known}}}`) return { field, value, name: known };
  const base = `${v.name === v.kind ? "alerts" : v.name}_${field === "pass" ? "password" : v.kind}`.toUpperCase().replaceAll(/\W/g, "_").replace(/^(?=\d)/, "_");
  let name = base;
  for (let n = 2; taken.includes(name); n++) name = `${base}_${n}`;
  return { field, value, name };
}

export function toChannel(v) {
  const email = v.kind === "email", custom = v.kind === "webhook";
  return {
    name: v.name.trim(), description: v.description, enabled: v.enabled, kind: v.kind, language: v.language, url: email ? null : (v.value || v.url).trim(), method: custom ? v.method : "POST",
    headers: custom || v.kind === "ntfy" ? members(v.headers, "/headers") : {}, body: custom ? bodyValue(v.body_kind, v.body) : null,
    email: email ? { host: v.host.trim(), port: number(v.port), security: v.security, username: v.username || null, password: v.password || v.pass || null, from: v.from.trim(), to: v.to.split(/[,;\n]/).map((x) => x.trim()).filter(Boolean) } : null,
    ca_file: v.ca_file || null, allow_private: words(v.allow_private),
  };
}
// Enough is typed to ask the server what it says.
export const whole = (v) => v.name && (v.kind === "email" ? v.host && v.from && v.to : v.value || v.url);
