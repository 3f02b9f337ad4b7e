-- Étape 3 et 4 du guide : rien ici ne change quoi que ce soit, sauf le test manuel.

-- Test 1 : vérifier la clé PostgreSQL
SELECT
  CASE
    WHEN get_cron_internal_key() IS NOT NULL
    THEN '✅ Clé configurée'
    ELSE '❌ Clé non configurée'
  END as status;

-- Test 2 : simuler un appel de cron job
SELECT net.http_post(
  url := 'https://your-project-ref.supabase.co/functions/v1/followup-processor',
  headers := jsonb_build_object(
    'Content-Type', 'application/json',
    'X-Internal-Key', get_cron_internal_key()
  ),
  body := jsonb_build_object(
    'time_slot', '12:00',
    'source', 'manual_test',
    'timestamp', now()::text
  ),
  timeout_milliseconds := 120000
) as request_id;

-- Liste des cron jobs configurés
SELECT jobid, jobname, schedule, active
FROM cron.job
WHERE jobname LIKE 'followup%'
ORDER BY jobname;

-- Historique des exécutions
SELECT jobid, runid, job_pid, database, username, command, status, return_message, start_time, end_time
FROM cron.job_run_details
WHERE jobid IN (SELECT jobid FROM cron.job WHERE jobname LIKE 'followup%')
ORDER BY start_time DESC
LIMIT 10;

-- Statistiques des dernières 24 h
SELECT
  value->>'time_slot' as time_slot,
  value->>'emails_analyzed' as emails_analyzed,
  value->>'followups_sent' as followups_sent,
  value->>'followups_failed' as followups_failed
FROM system_config
WHERE key LIKE 'followup_stats_%'
  AND updated_at > now() - interval '24 hours'
ORDER BY updated_at DESC;
