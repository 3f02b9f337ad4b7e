// The documents of tests/cases/job, target, channel and alert (their form: tests/unit/field_cases.h), for tests of the whole binary.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./edgecron.mjs";

const expand = (text) => text.replace(/\$(.)\*(\d+)/g, (_, c, n) => c.repeat(+n));

function whole(base, text) {
  const doc = JSON.parse(expand(text));
  if (typeof doc !== "object" || doc === null || Array.isArray(doc)) return doc;
  const { $without = [], ...members } = doc;
  const all = { ...base, ...members };
  for (const name of $without) if (!(name in members)) delete all[name];
  return all;
}

/** [{ doc, accepted }]: those that no name is given to from outside, and that are JSON as node reads it. */
export function fieldCases(folder) {
  const cases = [];
  for (const file of readdirSync(join(ROOT, "tests/cases", folder))) {
    let base = {}, text = "", named = false, judged = false;
    for (const line of readFileSync(join(ROOT, "tests/cases", folder, file), "utf8").split("\n")) {
      if (!line || line.startsWith("#")) continue;
      if (line.startsWith("base ")) base = JSON.parse(line.slice(5));
      else if (/^[!=] /.test(line)) {
        if (!judged && !named) cases.push({ doc: whole(base, text), accepted: line[0] === "=" });
        judged = true;
      } else {
        if (judged) [text, named, judged] = ["", false, false];
        if (line.startsWith("name ")) named = true;
        else text += line;
      }
    }
  }
  return cases;
}
