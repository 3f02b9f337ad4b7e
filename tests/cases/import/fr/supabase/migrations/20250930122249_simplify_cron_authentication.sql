-- ============================================================================
-- Simplification : authentification par clé interne (recommandée)
-- ============================================================================
-- Plus de jeton JWT : PostgreSQL envoie X-Internal-Key, la fonction Edge compare
-- avec CRON_INTERNAL_KEY. En production :
--   Database Settings > Custom Postgres Configuration : app.cron_internal_key = '...'

DROP FUNCTION IF EXISTS public.get_service_role_key();

CREATE OR REPLACE FUNCTION get_cron_internal_key()
RETURNS text
LANGUAGE plpgsql
SECURITY DEFINER
AS $$
BEGIN
  -- En développement, la clé par défaut
  RETURN COALESCE(
    NULLIF(current_setting('app.cron_internal_key', true), ''),
    'dev-cron-key-12345'
  );
END;
$$;

COMMENT ON FUNCTION get_cron_internal_key() IS 'Clé partagée avec les Edge Functions (X-Internal-Key)';

DO $$
DECLARE
  v_job record;
BEGIN
  FOR v_job IN SELECT jobid, jobname FROM cron.job WHERE jobname LIKE 'followup%' LOOP
    PERFORM cron.unschedule(v_job.jobid);
    RAISE NOTICE 'Job supprimé : %', v_job.jobname;
  END LOOP;
END $$;

SELECT cron.schedule(
  'followup-7h',
  '0 7 * * 1-5',
  $$
  SELECT net.http_post(
    url := 'https://your-project-ref.supabase.co/functions/v1/followup-processor',
    headers := jsonb_build_object(
      'Content-Type', 'application/json',
      'X-Internal-Key', get_cron_internal_key()
    ),
    body := jsonb_build_object(
      'time_slot', '07:00',
      'source', 'cron',
      'timestamp', now()::text
    ),
    timeout_milliseconds := 60000
  ) as request_id;
  $$
);

SELECT cron.schedule(
  'followup-12h',
  '0 12 * * 1-5',
  $$
  SELECT net.http_post(
    url := 'https://your-project-ref.supabase.co/functions/v1/followup-processor',
    headers := jsonb_build_object(
      'Content-Type', 'application/json',
      'X-Internal-Key', get_cron_internal_key()
    ),
    body := jsonb_build_object(
      'time_slot', '12:00',
      'source', 'cron',
      'timestamp', now()::text
    ),
    timeout_milliseconds := 60000
  ) as request_id;
  $$
);

SELECT cron.schedule(
  'followup-16h',
  '0 16 * * 1-5',
  $$
  SELECT net.http_post(
    url := 'https://your-project-ref.supabase.co/functions/v1/followup-processor',
    headers := jsonb_build_object(
      'Content-Type', 'application/json',
      'X-Internal-Key', get_cron_internal_key()
    ),
    body := jsonb_build_object(
      'time_slot', '16:00',
      'source', 'cron',
      'timestamp', now()::text
    ),
    timeout_milliseconds := 60000
  ) as request_id;
  $$
);

SELECT cron.schedule(
  'followup-maintenance',
  '0 2 * * 1-5',
  $$
  SELECT net.http_post(
    url := 'https://your-project-ref.supabase.co/functions/v1/followup-processor',
    headers := jsonb_build_object(
      'Content-Type', 'application/json',
      'X-Internal-Key', get_cron_internal_key()
    ),
    body := jsonb_build_object(
      'time_slot', 'maintenance',
      'source', 'cron',
      'timestamp', now()::text
    ),
    timeout_milliseconds := 60000
  ) as request_id;
  $$
);
