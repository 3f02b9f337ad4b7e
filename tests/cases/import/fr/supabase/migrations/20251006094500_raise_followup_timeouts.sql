-- Problème : timeout, trop d'e-mails à traiter. 2 minutes pour les relances,
-- 3 minutes (le maximum) pour la maintenance.

DO $do$
DECLARE
  v_job   record;
  v_slots constant jsonb := '{"followup-7h": "07:00", "followup-12h": "12:00", "followup-16h": "16:00"}';
BEGIN
  FOR v_job IN
    SELECT jobid, jobname FROM cron.job WHERE jobname IN ('followup-7h', 'followup-12h', 'followup-16h')
  LOOP
    PERFORM cron.alter_job(
      job_id  := v_job.jobid,
      command := format(
        $cmd$
        SELECT net.http_post(
          url := 'https://your-project-ref.supabase.co/functions/v1/followup-processor',
          headers := jsonb_build_object('Content-Type', 'application/json', 'X-Internal-Key', get_cron_internal_key()),
          body := jsonb_build_object('time_slot', %L, 'source', 'cron', 'timestamp', now()::text),
          timeout_milliseconds := 120000
        ) as request_id;
        $cmd$,
        v_slots ->> v_job.jobname
      )
    );
  END LOOP;
END
$do$;

SELECT cron.alter_job(
  (SELECT jobid FROM cron.job WHERE jobname = 'followup-maintenance'),
  command := $$
  SELECT net.http_post(
    url := 'https://your-project-ref.supabase.co/functions/v1/followup-processor',
    headers := jsonb_build_object('Content-Type', 'application/json', 'X-Internal-Key', get_cron_internal_key()),
    body := jsonb_build_object('time_slot', 'maintenance', 'source', 'cron', 'timestamp', now()::text),
    timeout_milliseconds := 180000
  ) as request_id;
  $$
);
