// The page: a frame with the screens' names, and the screen that the address names.
import { html } from "htm/preact";
import { render } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import "@picocss/pico/css/pico.classless.min.css";
import "uplot/dist/uPlot.min.css";
import "./style.css";
import { away, learnWho, logOut, may, tagged, takeLink, who } from "./base/api.js";
import { useAsked } from "./base/asked.js";
import { go, href, place, settle } from "./base/router.js";
import { LANGUAGES, choose, chosen, language, speak, t } from "./base/text.js";
import { THEMES, theme } from "./base/theme.js";
import { Question, Sayings, say } from "./parts/act.js";
import { Refused, Waiting } from "./parts/asked.js";
import { Login } from "./screens/login.js";
import { Setup } from "./screens/setup.js";
import { screens } from "./screens/table.js";

const leave = () => logOut().then(() => go("/"), (e) => say(e.message, "bad"));

const forReader = (s) => (!s.scope || may(s.scope)) && !(s.whole && tagged());
function Menu({ here }) {
  const [open, set] = useState(false);
  useEffect(() => set(false), [place.value.path]);
  const shown = screens.filter((s) => s.menu && forReader(s));
  return html`<nav aria-label=${t("nav.label")}><a class="brand" href="#/">edgecron</a>
    <button type="button" class="menu secondary small" aria-expanded=${open ? "true" : "false"} aria-controls="screens" onClick=${() => set(!open)}>${t("nav.menu")}</button>
    <ul id="screens" class=${open ? "open" : ""}>${shown.map((s) => html`<li key=${s.name}>
      <a href=${s.name === "overview" ? "#/" : href(s.name)} aria-current=${here === s.name ? "page" : null}>${t(`nav.${s.name}`)}</a></li>`)}
      <li class="end"><button type="button" class="bare" onClick=${leave}>${t("leave")}</button></li></ul></nav>`;
}
const Version = () => html`<span>edgecron ${useAsked("status").data?.version}</span>`;
const Foot = () => html`<footer>${who.value && html`<${Version} />`}
  <label>${t("language")} <select value=${language.value} onChange=${(e) => choose(e.target.value).catch((why) => say(why.message, "bad"))}>
    ${Object.entries(LANGUAGES).map(([l, name]) => html`<option key=${l} value=${l} lang=${l} selected=${l === language.value}>${name}</option>`)}</select></label>
  <label>${t("theme")} <select value=${theme.value} onChange=${(e) => { theme.value = e.target.value; }}>
    ${THEMES.map((v) => html`<option key=${v} value=${v} selected=${v === theme.value}>${t(`theme.${v}`)}</option>`)}</select></label></footer>`;

const Missing = () => html`<h1>${t("missing.title")}</h1><p>${t("missing.text")}</p><p><a href="#/">${t("missing.home")}</a></p>`;

const Barred = ({ here }) => html`<h1>${t(`nav.${here}`)}</h1><${Refused} />`;

// One name: the screen itself; two: one of its things; three: what is done with it.
function viewOf([name = tagged() ? "jobs" : "overview", one, verb, more]) {
  const screen = screens.find((s) => s.name === name);
  const view = !screen || more ? null : verb ? screen[verb] : one ? screen.one : screen.all;
  return [view ? forReader(screen) ? view : Barred : Missing, screen?.within ?? name];
}
// `entered`: somebody just came in, and what had the focus is gone.
function Screen({ entered }) {
  const { parts, path, query } = place.value, main = useRef(), first = useRef(!entered);
  const [View, here] = viewOf(parts);
  useEffect(() => {
    if (!first.current) settle(main.current);
    first.current = false;
  }, [path, query.get("cursor")]); // another page of a list is another screen, to who reads it
  const toMain = (e) => { e.preventDefault(); main.current.focus(); };
  return html`<header><a class="skip" href="#content" onClick=${toMain}>${t("nav.skip")}</a><${Menu} here=${here} /></header>
    ${away.value && html`<p class="away" role="alert">${t("away")}</p>`}
    <main id="content" ref=${main} tabIndex="-1" key=${path}><${View} name=${parts[1]} here=${here} /></main><${Foot} />`;
}

function Page() {
  const [link, set] = useState(takeLink), door = useRef(false);
  useEffect(() => {
    const taken = () => {
      const given = takeLink();
      if (given.setup) set(given);
      if (given.token) insist(learnWho);
    };
    addEventListener("hashchange", taken);
    return () => removeEventListener("hashchange", taken);
  }, []);
  door.current ||= !!link.setup;
  if (link.setup) return html`<${Setup} token=${link.setup} done=${() => set({})} /><${Foot} />`;
  if (who.value === undefined) return html`<main>${away.value && html`<p class="away" role="alert">${t("away")}</p>`}<${Waiting} /></main>`;
  door.current ||= !who.value;
  return html`${who.value ? html`<${Screen} key=${who.value.id ?? who.value.name} entered=${door.current} />` : html`<${Login} /><${Foot} />`}
    <${Sayings} />${who.value && html`<${Question} />`}`;
}

const insist = (what) => what().catch(() => new Promise((go) => setTimeout(go, 2000)).then(() => insist(what)));
await insist(() => speak(chosen()));
render(html`<${Page} />`, document.body);
insist(learnWho);
