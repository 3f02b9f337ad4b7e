// Times that go on: until something, and since something.
import { html } from "htm/preact";
import { away, now, span, tick } from "../base/time.js";
import { t } from "../base/text.js";

const utc = (iso) => iso.replace("T", " ").replace("Z", " UTC");

// "in 14 minutes"; when it has come, "now": what is due does not become past before the next answer says so.
export function Soon({ at }) {
  tick.value;
  if (!at) return "–";
  return html`<time dateTime=${at} title=${utc(at)}>${Date.parse(at) > now() ? away(at) : t("time.now")}</time>`;
}
// "12.4 sec": how long it has been going on.
export function Lasting({ since }) {
  tick.value;
  if (!since) return "–";
  return html`<time dateTime=${since} title=${utc(since)}>${span(Math.max(0, Math.round((now() - Date.parse(since)) / 1000) * 1000))}</time>`;
}
