// A recorded request as a command line. Secrets are not in it: {{secret.NAME}} becomes "$NAME" of the shell, for the
// reader to set. Pure.
const SECRET = /\{\{secret\.([A-Za-z_][A-Za-z0-9_]*)(?:\.[a-z0-9_]+)?\}\}/g;
const LEFT_OUT = new Set(["content-length", "host", "connection"]); // curl makes them by itself

// One word for a POSIX shell: in single quotes, where nothing is special but they themselves; secrets in double quotes
// between.
export function quote(text) {
  const word = (s) => s && `'${s.replaceAll("'", "'\\''")}'`;
  let out = "", at = 0;
  for (const m of text.matchAll(SECRET)) {
    out += `${word(text.slice(at, m.index))}"$${m[1]}"`;
    at = m.index + m[0].length;
  }
  return out + word(text.slice(at)) || "''";
}
export const secretsOf = (request) => [...new Set([...JSON.stringify(request).matchAll(SECRET)].map((m) => m[1]))];

// request: as an attempt has it, { method, url, headers, body }. --data-raw, as a body may begin with '@'; --globoff
// and --path-as-is, as a URL may hold brackets and dots; curl would add a Content-Type of its own to a body without
// one.
export function curl(request) {
  const given = Object.entries(request.headers ?? {}), option = (k, v) => `-H ${quote(v === "" ? `${k};` : `${k}: ${v}`)}`;
  const fields = given.filter(([k]) => !LEFT_OUT.has(k.toLowerCase())).flatMap(([k, v]) => [v].flat().map((one) => option(k, one)));
  if (request.body && !given.some(([k]) => k.toLowerCase() === "content-type")) fields.push("-H 'Content-Type:'");
  const how = request.method === "HEAD" ? "--head" : `-X ${request.method}`;
  const body = request.body ? [`--data-raw ${quote(request.body)}`] : [];
  return [`curl ${how} --globoff --path-as-is ${quote(request.url)}`, ...fields, ...body].join(" \\\n  ");
}
