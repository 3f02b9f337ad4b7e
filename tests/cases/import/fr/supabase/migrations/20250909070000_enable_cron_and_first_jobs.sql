-- Extensions nécessaires aux relances automatiques
CREATE EXTENSION IF NOT EXISTS pg_cron WITH SCHEMA extensions;
CREATE EXTENSION IF NOT EXISTS pg_net WITH SCHEMA extensions;

GRANT USAGE ON SCHEMA cron TO postgres;
GRANT ALL PRIVILEGES ON ALL TABLES IN SCHEMA cron TO postgres;

-- Première version : la clé anon est dans le code, tous les jours de la semaine
SELECT cron.schedule(
  'followup-morning',
  '0 7 * * *',
  $$
  SELECT net.http_post(
    url := 'https://your-project-ref.supabase.co/functions/v1/followup-processor',
    headers := '{"Content-Type": "application/json", "Authorization": "Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJyb2xlIjoiYW5vbiJ9.c2lnbmF0dXJlLWRlLWxhLWNsZS1hbm9u"}'::jsonb,
    body := '{"time_slot": "07:00", "source": "cron"}'::jsonb
  ) AS request_id;
  $$
);

SELECT cron.schedule(
  'followup-noon',
  '0 12 * * *',
  $$
  SELECT net.http_post(
    url := 'https://your-project-ref.supabase.co/functions/v1/followup-processor',
    headers := '{"Content-Type": "application/json", "Authorization": "Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJyb2xlIjoiYW5vbiJ9.c2lnbmF0dXJlLWRlLWxhLWNsZS1hbm9u"}'::jsonb,
    body := '{"time_slot": "12:00", "source": "cron"}'::jsonb
  ) AS request_id;
  $$
);

-- Nettoyage de l'historique de pg_cron, qui grandit sans fin
SELECT cron.schedule('cleanup-cron-history', '30 3 * * 0',
  $$DELETE FROM cron.job_run_details WHERE end_time < now() - interval '30 days'$$);
