// A rotation of a secret: which version each place took last, and what that asks for. Pure: a screen says it, and the
// tests read it.
const ORDER = ["bad", "warn", "quiet", "good"];

// tone bad: what it took last is destroyed; warn: it takes the old version, or none since, which ends at `until`;
// quiet: not known; good: done there.
function stepAt({ version, previous, updated_at }, x) {
  const step = (tone, key) => ({
    tone, key, target: x.target, origin: x.origin, version, took: x.version,
    until: tone === "bad" || tone === "good" ? null : previous.expires_at,
  });
  const since = Date.parse(x.at) >= Date.parse(updated_at);
  if (previous && x.version === version) return step("good", "rotation.done");
  if (previous) return since ? step("warn", "rotation.behind") : step("quiet", "rotation.silent");
  return x.version < version && since ? step("bad", "rotation.lost") : null;
}

// [{ tone, key, target, origin, version, took, until }], the most urgent first: a row of text/rotation.js by `key`, a
// place by its target or else its origin.
export function rotationSteps(secret) {
  const { version, previous, accepted = [] } = secret;
  const steps = accepted.map((x) => stepAt(secret, x)).filter(Boolean);
  if (previous && !steps.length) {
    const until = previous.expires_at;
    steps.push({ tone: "quiet", key: "rotation.nobody", target: null, origin: null, version, took: null, until });
  }
  return steps.sort((a, b) => ORDER.indexOf(a.tone) - ORDER.indexOf(b.tone));
}
// The steps that somebody has to take: places that take a version which is, or is about to be, destroyed.
export const lagging = (secret) => rotationSteps(secret).filter((s) => s.tone === "bad" || s.tone === "warn");
