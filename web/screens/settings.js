// stand-in until the screen is here
import { html } from "htm/preact";
import { t } from "../base/text.js";
export const Settings = ({ name }) => html`<h1>${t("nav.overview")} ${name}</h1>`;
