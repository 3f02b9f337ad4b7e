// What /metrics answers, taken apart; and the programs that say whether it is well-formed.
import assert from "node:assert/strict";
import { run } from "./process.mjs";

const SERIES = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"(,|$)/y;

function labelsOf(text) {
  const labels = {};
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < text.length) {
    const m = LABEL.exec(text);
    assert.ok(m, `labels that cannot be read: ${text}`);
    labels[m[1]] = m[2].replace(/\\(.)/g, (_, c) => (c === "n" ? "\n" : c));
  }
  return labels;
}

/** [{ name, labels, value, key }], and families: name -> type. */
export function parse(text) {
  const samples = [], families = new Map();
  for (const line of text.trimEnd().split("\n")) {
    if (line.startsWith("# TYPE ")) families.set(...line.slice(7).split(" "));
    if (line.startsWith("#")) continue;
    const m = SERIES.exec(line);
    assert.ok(m, `a line that cannot be read: ${line}`);
    samples.push({ name: m[1], labels: labelsOf(m[2] ?? ""), value: Number(m[3].replace("Inf", "Infinity")), key: `${m[1]}{${m[2] ?? ""}}` });
  }
  return { samples, families };
}

/** The values of a name whose labels are those given, and others. */
export const values = (parsed, name, labels = {}) =>
  parsed.samples.filter((s) => s.name === name && Object.entries(labels).every(([k, v]) => s.labels[k] === v));
export const sum = (parsed, name, labels) => values(parsed, name, labels).reduce((n, s) => n + s.value, 0);

/** Both forms, or one: { status, type, text }. */
export async function scrape(e, { open = false, token = e.token } = {}) {
  const { status, type, body, headers } = await e.api("/metrics", { token, headers: open ? { accept: "application/openmetrics-text; version=1.0.0" } : {} });
  return { status, type, text: body, headers };
}

/** promtool has neither errors nor anything to remark. */
export async function promtool(args, input) {
  const r = await run("promtool", args, { input });
  assert.equal(r.code, 0, `promtool ${args.join(" ")}: ${r.stdout}${r.stderr}`);
  return r.stdout + r.stderr;
}

const PARSE_OPEN = `
import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
for f in text_string_to_metric_families(sys.stdin.read()):
    for s in f.samples:
        print(f.name, f.type, f.unit or '-', s.name)
`;
/** The reference parser of OpenMetrics, which is strict: [{ family, type, unit, sample }]. */
export async function openmetrics(text) {
  const r = await run("/usr/bin/python3", ["-c", PARSE_OPEN], { input: text });
  assert.equal(r.code, 0, r.stderr);
  return r.stdout.trimEnd().split("\n").map((l) => {
    const [family, type, unit, sample] = l.split(" ");
    return { family, type, unit, sample };
  });
}
