// Who may call: a key from the environment against the key of the request, compared in constant time.
import { createHash, timingSafeEqual } from "node:crypto";

const digest = (text: string) => createHash("sha256").update(text).digest();

/** False too when the key is not configured: a function without its key lets nobody in. */
function sameKey(given: string | null, variable: string): boolean {
  const expected = Deno.env.get(variable) ?? "";
  return timingSafeEqual(digest(given ?? ""), digest(expected)) && expected !== "";
}

export function hasInternalKey(req: Request): boolean {
  return sameKey(req.headers.get("X-Internal-Key"), "CRON_INTERNAL_KEY");
}

export function hasServiceRole(req: Request): boolean {
  const [scheme, token] = (req.headers.get("Authorization") ?? "").split(" ", 2);
  return scheme.toLowerCase() === "bearer" && sameKey(token, "SUPABASE_SERVICE_ROLE_KEY");
}
