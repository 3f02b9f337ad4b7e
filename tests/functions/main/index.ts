// All functions behind one address, by path, as `supabase functions serve` and the hosted gateway do:
// /functions/v1/NAME.
import { handle as appointmentStatusUpdater } from "../appointment-status-updater/index.ts";
import { handle as followupProcessor } from "../followup-processor/index.ts";
import { handle as processReminders } from "../process-reminders/index.ts";
import { json, listenOptions } from "../_shared/http.ts";

const FUNCTIONS: Record<string, (req: Request) => Promise<Response>> = {
  "appointment-status-updater": appointmentStatusUpdater,
  "followup-processor": followupProcessor,
  "process-reminders": processReminders,
};

Deno.serve(listenOptions(), (req) => {
  const name = new URL(req.url).pathname.match(/^\/functions\/v1\/([a-z-]+)$/)?.[1] ?? "";
  return FUNCTIONS[name]?.(req) ?? json(404, { ok: false, error: `there is no function '${name}'` });
});
