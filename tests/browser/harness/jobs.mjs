// What the page is shown with: the jobs of the two users (tests/functions), and others beside them, so that each state, outcome and kind of schedule can be
// seen. Names that tests speak of are constants here.
import { sample } from "../../integration/harness/functions.mjs";
import { document, job, LOOPBACK, target } from "../../integration/harness/edgecron.mjs";

export const WELL = "followup-7h", UNAUTHORIZED = "sync-partenaire", RETRIES = "import-catalogue", PAUSED = "export-hebdomadaire", SLOW = "rapport-mensuel", HALF_HOURLY = "vigilancia-pagos";
export const LONG = "reconciliacion-nocturna-de-facturas-de-todas-las-sucursales-26"; // as long as a name may be, but for one
export const FUNCTION_KEYS = { CRON_INTERNAL_KEY: "kJ8mN2pQ5rT9wX3yB6eH1jK4lM7nP0sV2uA5cD8fG1h", SUPABASE_SERVICE_ROLE_KEY: "eyJhbGciOiJIUzI1NiJ9.c2VydmljZQ.sig" };
// Set that long ago: two of them are due for rotation.
export const SECRETS = [
  { name: "CRON_INTERNAL_KEY", value: FUNCTION_KEYS.CRON_INTERNAL_KEY, flags: ["--rotate-every", "90d"], daysAgo: 104 },
  { name: "SUPABASE_SERVICE_ROLE_KEY", value: FUNCTION_KEYS.SUPABASE_SERVICE_ROLE_KEY, flags: ["--rotate-every", "180d"], daysAgo: 31 },
  { name: "PARTENAIRE_API_KEY", value: "wR4tY7uI0pA3sD6fG9hJ2kL5zX8cV1bN", flags: ["--rotate-every", "30d"], daysAgo: 33 },
  { name: "WEBHOOK_SIGNING_KEY", value: "qA9wS8eD7rF6tG5yH4uJ3iK2oL1pZ0xC", flags: [], daysAgo: 2 },
];

const retrying = { max_attempts: 5, initial_ms: 3_600_000, multiplier: 2, max_ms: 21_600_000, max_age_s: 0, past_next_occurrence: true };
const header = (name) => ({ "X-Api-Key": `{{secret.${name}}}` });
const other = (name, request, more) => job(name, request, { target: "services", ...more });

const OTHERS = [
  job(UNAUTHORIZED, { url: "/followup-processor", headers: { "X-Internal-Key": "{{secret.PARTENAIRE_API_KEY}}" }, body: { time_slot: "12:00", source: "cron" } },
    { target: "citas", schedule: "30 * * * *", description: "La clé du partenaire a changé : la fonction répond 401", tags: ["partenaires"] }),
  other(RETRIES, "/status?code=503&error=le+catalogue+est+en+maintenance", { schedule: "30 5 * * *", timezone: "Europe/Paris", retry: retrying, tags: ["catalogue"] }),
  other(PAUSED, "/ok", { schedule: "0 6 * * 1", timezone: "Europe/Paris", description: "En pause pendant les congés", enabled: false, tags: ["catalogue", "maintenance"] }),
  other(SLOW, "/slow?ms=3600000", { schedule: "@monthly", description: "Le rapport du mois ; il prend son temps", timeout_ms: 7_200_000, overlap: "skip", tags: ["rapports"] }),
  other(LONG, { url: "/echo", headers: header("WEBHOOK_SIGNING_KEY"), body: { sucursales: ["Sevilla", "Málaga", "Logroño"], modo: "completo", desde: "{{run.scheduled_for}}" } },
    { schedule: "30 2 * * *", timezone: "Europe/Madrid", description: "Concilia cada noche las facturas de todas las sucursales con el banco; un texto largo, que en un teléfono no cabe en una línea",
      tags: ["facturacion", "contabilidad", "noche", "sucursales", "banco"] }),
  other("sauvegarde-photos", "/hangup", { schedule: "@every 6h", tags: ["maintenance"] }),
  other(HALF_HOURLY, "/chunked", { schedule: "*/30 * * * *", timezone: "America/Bogota", tags: ["pagos"], success: { json: [{ pointer: "/ok", equals: true }] } }),
  other("annonce-nouvel-an", "/ok", { schedule: "@at 2031-01-01T00:00:00", timezone: "Europe/Paris", description: "Une seule fois" }),
  other("bascule-tarifs", "/not-ok", { schedule: "0 0 1 * *", success: { json: [{ pointer: "/ok", equals: true }] }, tags: ["catalogue"] }),
];

/** The apply file; `functions` and `services` are base URLs. */
export function documentOf(functions, services) {
  const users = ["apply-fr.json", "apply-es.json"].map((f) => sample(f, functions, { allow_private: LOOPBACK }));
  return document([...users.flatMap((d) => d.targets), target("services", services, { max_concurrent: 8 })], [...users.flatMap((d) => d.jobs), ...OTHERS]);
}
/** Name -> how many runs by hand in a day (at most 50), beside those of the schedule. */
export const BY_HAND = {
  "followup-7h": 40, "followup-12h": 36, "followup-16h": 36, "followup-maintenance": 20, "process-appointment-reminders-hourly": 30,
  "appointment-status-updater": 30, [UNAUTHORIZED]: 6, [LONG]: 24, "sauvegarde-photos": 4, [HALF_HOURLY]: 20, "bascule-tarifs": 2,
};
export const FAILING = [UNAUTHORIZED, RETRIES, LONG, "sauvegarde-photos", "bascule-tarifs"];
