// A form of one thing that has a revision: made or changed, checked by the server while one types, and never written over what somebody else wrote
// meanwhile without being asked.
import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { ask, may } from "../base/api.js";
import { t } from "../base/text.js";
import { say } from "./act.js";
import { Refusal, useForm } from "./form.js";

// at: "channels"; item: as the API has it, or undefined for a new one; typed(item): values of the form, with `etag`; sent(values): JSON; whole(values): whether
// there is enough to ask the server what it says; before(values, set): done first when it is saved, and returns the values as they are then; done(item, how):
// afterwards, `how` of the button; heard(warning, values): whether it is told; others: further buttons [[how, words]], the first of all is the main one; children: a function of the form.
export function Editor({ at, item, typed, sent, whole, fields, before = (v) => v, done, others = [], again, heard = () => true, children }) {
  const path = item ? `${at}/${encodeURIComponent(item.name)}` : at, [clash, setClash] = useState(false), start = typed(item ?? {});
  const write = async (v, more) => (await ask(item ? "PUT" : "POST", path, { body: sent(v), ...more })).data;
  const f = useForm(item ? path : `new ${at}`, start, may("admin") ? (v) => whole(v) ? write(v, { query: { dry_run: true } }) : null : null);
  const save = async (how, over) => {
    const saved = await f.save(async (now) => {
      try {
        await write(now, { query: { dry_run: true } });
        return await write(await before(now, f.set), { etag: over ? null : now.etag });
      } catch (e) {
        setClash(e.status === 412);
        throw e;
      }
    });
    if (!saved) return;
    setClash(false);
    f.reset(typed(saved));
    again?.();
    await done(saved, how);
  };
  const warnings = (f.checked?.warnings ?? []).filter((w) => heard(w, f.values));
  const reload = () => { setClash(false); f.reset(start); again(); };
  const buttons = [...others, ["", t("save")]], does = (how) => (e) => { e.preventDefault(); if (!f.busy) save(how).catch((why) => say(why.message, "bad")); };
  return html`<form class="card" novalidate onSubmit=${does(buttons[0][0])}><fieldset disabled=${!may("admin")}>${children(f)}</fieldset>
    ${clash ? html`<div class="trouble" role="alert"><p>${t("editor.changed")}</p><p class="actions"><button type="button" class="small secondary" onClick=${reload}>${t("targets.reload")}</button>
      <button type="button" class="small danger" onClick=${() => save("", true)}>${t("targets.overwrite")}</button></p></div>` : f.problem && !f.error(...fields) && html`<${Refusal} of=${f.problem} />`}
    ${warnings.length > 0 && html`<div class="note"><ul>${warnings.map((w) => html`<li key=${w.pointer + w.code}>${w.detail}</li>`)}</ul></div>`}
    ${may("admin") && html`<p class="actions">${buttons.map(([how, words], i) => html`<button key=${how} type=${i ? "button" : "submit"} class=${i ? "secondary" : null} aria-busy=${f.busy ? "true" : null} onClick=${i ? does(how) : null}>${words}</button>`)}
      ${f.dirty && html`<button type="button" class="bare" onClick=${() => f.reset(start)}>${t("form.discard")}</button>`}</p>`}</form>`;
}
