-- ============================================================================
-- Correction : les cron jobs reçoivent 401 Unauthorized
-- ============================================================================
-- Cause : app.settings.service_role_key n'est pas définie en production, donc
-- l'en-tête est « Bearer » suivi de rien. La clé est lue par une fonction, qui
-- échoue bruyamment quand elle manque.

CREATE OR REPLACE FUNCTION public.get_service_role_key()
RETURNS text
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = public
AS $$
DECLARE
  v_key text;
BEGIN
  v_key := current_setting('app.settings.service_role_key', true);

  IF v_key IS NULL OR v_key = '' THEN
    RAISE EXCEPTION 'app.settings.service_role_key n''est pas configurée';
  END IF;

  RETURN v_key;
END;
$$;

REVOKE ALL ON FUNCTION public.get_service_role_key() FROM PUBLIC;

-- Suppression de tous les jobs de relance
SELECT cron.unschedule(jobname)
FROM cron.job
WHERE jobname LIKE 'followup%';

SELECT cron.schedule('followup-7h', '0 7 * * 1-5', $$
  SELECT net.http_post(
    url := 'https://your-project-ref.supabase.co/functions/v1/followup-processor',
    headers := jsonb_build_object('Content-Type', 'application/json', 'Authorization', 'Bearer ' || get_service_role_key()),
    body := jsonb_build_object('time_slot', '07:00', 'source', 'cron', 'timestamp', now()::text),
    timeout_milliseconds := 30000
  ) AS request_id;
$$);

SELECT cron.schedule('followup-12h', '0 12 * * 1-5', $$
  SELECT net.http_post(
    url := 'https://your-project-ref.supabase.co/functions/v1/followup-processor',
    headers := jsonb_build_object('Content-Type', 'application/json', 'Authorization', 'Bearer ' || get_service_role_key()),
    body := jsonb_build_object('time_slot', '12:00', 'source', 'cron', 'timestamp', now()::text),
    timeout_milliseconds := 30000
  ) AS request_id;
$$);

SELECT cron.schedule('followup-16h', '0 16 * * 1-5', $$
  SELECT net.http_post(
    url := 'https://your-project-ref.supabase.co/functions/v1/followup-processor',
    headers := jsonb_build_object('Content-Type', 'application/json', 'Authorization', 'Bearer ' || get_service_role_key()),
    body := jsonb_build_object('time_slot', '16:00', 'source', 'cron', 'timestamp', now()::text),
    timeout_milliseconds := 30000
  ) AS request_id;
$$);

SELECT cron.schedule('followup-maintenance', '0 2 * * 1-5', $$
  SELECT net.http_post(
    url := 'https://your-project-ref.supabase.co/functions/v1/followup-processor',
    headers := jsonb_build_object('Content-Type', 'application/json', 'Authorization', 'Bearer ' || get_service_role_key()),
    body := jsonb_build_object('time_slot', 'maintenance', 'source', 'cron', 'timestamp', now()::text),
    timeout_milliseconds := 30000
  ) AS request_id;
$$);
