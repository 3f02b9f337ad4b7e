// stand-in until the screen is here
import { html } from "htm/preact";
import { t } from "../base/text.js";
export const NewTarget = ({ name }) => html`<h1>${t("nav.overview")} ${name}</h1>`;
export const Target = ({ name }) => html`<h1>${t("nav.overview")} ${name}</h1>`;
export const Targets = ({ name }) => html`<h1>${t("nav.overview")} ${name}</h1>`;
