-- Recrear funciones + permisos (Dashboard > SQL Editor)
GRANT SELECT ON vault.decrypted_secrets TO postgres;
GRANT USAGE ON SCHEMA vault TO postgres;

DROP FUNCTION IF EXISTS public.invoke_appointment_status_updater();

CREATE FUNCTION public.invoke_appointment_status_updater()
RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = public, vault
AS $func$
DECLARE
  v_key TEXT;
BEGIN
  v_key := (SELECT decrypted_secret FROM vault.decrypted_secrets WHERE name = 'SUPABASE_SERVICE_ROLE_KEY');

  PERFORM net.http_post(
    'https://your-project-ref.supabase.co/functions/v1/appointment-status-updater',
    jsonb_build_object('source', 'cron'),
    '{}'::jsonb,
    jsonb_build_object('Content-Type', 'application/json', 'Authorization', concat('Bearer ', v_key)),
    30000
  );

  INSERT INTO public.cron_execution_logs (job_name, status, message)
  VALUES ('appointment-status-updater', 'success', 'Edge Function invocada');
END;
$func$;
