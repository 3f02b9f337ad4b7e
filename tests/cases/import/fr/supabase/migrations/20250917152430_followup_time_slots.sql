-- Trois créneaux, du lundi au vendredi, et une maintenance de nuit.
-- Les anciens jobs sont supprimés d'abord, s'ils existent.

DO $$
BEGIN
  IF EXISTS (SELECT 1 FROM cron.job WHERE jobname = 'followup-morning') THEN
    PERFORM cron.unschedule('followup-morning');
  END IF;
  IF EXISTS (SELECT 1 FROM cron.job WHERE jobname = 'followup-noon') THEN
    PERFORM cron.unschedule('followup-noon');
  END IF;
EXCEPTION
  WHEN OTHERS THEN
    RAISE NOTICE 'Suppression des anciens jobs impossible : %', SQLERRM;
END $$;

SELECT cron.schedule('followup-7h', '0 7 * * 1-5', $$
  SELECT net.http_post(
    url := 'https://your-project-ref.supabase.co/functions/v1/followup-processor',
    headers := jsonb_build_object(
      'Content-Type', 'application/json',
      'Authorization', 'Bearer ' || current_setting('app.settings.service_role_key', true)
    ),
    body := jsonb_build_object('time_slot', '07:00', 'source', 'cron', 'timestamp', now()::text)
  ) AS request_id;
$$);

SELECT cron.schedule('followup-12h', '0 12 * * 1-5', $$
  SELECT net.http_post(
    url := 'https://your-project-ref.supabase.co/functions/v1/followup-processor',
    headers := jsonb_build_object(
      'Content-Type', 'application/json',
      'Authorization', 'Bearer ' || current_setting('app.settings.service_role_key', true)
    ),
    body := jsonb_build_object('time_slot', '12:00', 'source', 'cron', 'timestamp', now()::text)
  ) AS request_id;
$$);

SELECT cron.schedule('followup-16h', '0 16 * * 1-5', $$
  SELECT net.http_post(
    url := 'https://your-project-ref.supabase.co/functions/v1/followup-processor',
    headers := jsonb_build_object(
      'Content-Type', 'application/json',
      'Authorization', 'Bearer ' || current_setting('app.settings.service_role_key', true)
    ),
    body := jsonb_build_object('time_slot', '16:00', 'source', 'cron', 'timestamp', now()::text)
  ) AS request_id;
$$);

SELECT cron.schedule('followup-maintenance', '0 2 * * 1-5', $$
  SELECT net.http_post(
    url := 'https://your-project-ref.supabase.co/functions/v1/followup-processor',
    headers := jsonb_build_object(
      'Content-Type', 'application/json',
      'Authorization', 'Bearer ' || current_setting('app.settings.service_role_key', true)
    ),
    body := jsonb_build_object('time_slot', 'maintenance', 'source', 'cron', 'timestamp', now()::text)
  ) AS request_id;
$$);
