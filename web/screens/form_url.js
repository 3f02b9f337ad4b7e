// What a URL that was typed says: the target that it is on, the name of a job, whether it is on a network of one's own.
export const NEW = "+"; // no name of a target: one that is made with the job

const KNOWN = /\/functions\/v1(?=\/)/; // where Supabase has its functions
const host = (url) => { try { return new URL(url).hostname.replace(/^\[|\]$/g, ""); } catch { return ""; } };
const name63 = (text) => text.toLowerCase().replace(/[^a-z0-9_-]+/g, "-").replace(/^[-_]+|-+$/g, "").slice(0, 63);
export const nameOf = (url) => name63(url.replace(/^https?:\/\/[^/]*/i, "").split(/[?#]/)[0].split("/").filter((p) => p && !p.includes("{{")).pop() ?? "");

// The networks to allow for a URL that is likely to be on one's own; "" for others.
export function ownNetworks(url) {
  const h = host(url);
  if (!h) return "";
  if (h === "localhost" || h.endsWith(".localhost")) return "127.0.0.0/8 ::1/128";
  if (/^127\./.test(h)) return "127.0.0.0/8";
  if (/^(10|192\.168|169\.254|172\.(1[6-9]|2\d|3[01])|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\.[\d.]+$/.test(h)) return `${h}/32`;
  if (/^(::1$|f[cd][0-9a-f]{2}:|fe80:)/.test(h)) return `${h}/128`;
  return !h.includes(".") || /\.(local|lan|internal|home\.arpa)$/.test(h) ? "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16" : "";
}
function newTarget(url, taken) {
  const known = KNOWN.exec(url), origin = /^https?:\/\/[^/?#]+/i.exec(url)[0], path = url.slice(origin.length).split(/[?#]/)[0];
  const end = known ? known.index + known[0].length : origin.length + Math.max(0, path.lastIndexOf("/")), new_base = url.slice(0, end);
  const h = host(url), own = ownNetworks(url), label = !h || (own && /^[\d.:a-f]+$|localhost/.test(h)) ? "local" : name63(h.split(".")[0]);
  let new_name = label;
  for (let n = 2; taken.includes(new_name); n++) new_name = `${label}-${n}`;
  return { target: NEW, new_base, new_name, new_private: own, url: url.slice(end) || "/" };
}
// What the URL that was typed means: a path on a target that is there, on a new one, or as it is.
export function settleUrl(v, targets) {
  const url = v.url.trim(), name = nameOf(url);
  const named = (more) => ({ url, ...more, ...((!v.name || v.name === v.suggested) && { name, suggested: name }) });
  if (!/^https?:\/\/[^/]/i.test(url)) return named(url && v.target && !url.startsWith("/") && !url.startsWith("{{") ? { url: `/${url}` } : {});
  const on = targets.filter((x) => url.startsWith(`${x.base_url.replace(/\/$/, "")}/`)).sort((a, b) => b.base_url.length - a.base_url.length)[0];
  if (on && v.target) return named({ target: on.name, url: url.slice(on.base_url.replace(/\/$/, "").length) });
  return v.target ? named(newTarget(url, targets.map((x) => x.name))) : named();
}
export const joined = (base, path) => base.replace(/\/$/, "") + (path.startsWith("/") ? path : `/${path}`);
