import { html } from "htm/preact";
import { useAsked } from "../base/asked.js";
import { Asked } from "../parts/asked.js";
import { Exchange } from "../parts/exchange.js";
import { useTitle } from "../parts/title.js";
export function Run({ name }) {
  useTitle("Run");
  const run = useAsked(`runs/${name}`, {}, ["run"], (e) => e.id === name);
  return html`<h1>${name}</h1><${Asked} of=${run}>${(r) => html`<${Exchange} run=${r} />`}<//>`;
}
