-- ============================================================================
-- Vault: la service_role_key se lee desde vault.decrypted_secrets
-- ============================================================================
-- El secret se crea manualmente en Dashboard > SQL Editor:
--   scripts/configure-cron-jobs-manual.sql

CREATE OR REPLACE FUNCTION public.invoke_process_reminders()
RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = public, vault
AS $$
DECLARE
  v_service_role_key TEXT;
  v_request_id BIGINT;
BEGIN
  -- 1. Leer service_role_key desde Vault
  SELECT decrypted_secret INTO v_service_role_key
  FROM vault.decrypted_secrets
  WHERE name = 'SUPABASE_SERVICE_ROLE_KEY'
  LIMIT 1;

  IF v_service_role_key IS NULL THEN
    INSERT INTO public.cron_execution_logs (job_name, status, message)
    VALUES ('process-appointment-reminders-hourly', 'failed', 'SUPABASE_SERVICE_ROLE_KEY no está en Vault');
    RAISE WARNING 'SUPABASE_SERVICE_ROLE_KEY no está en Vault';
    RETURN;
  END IF;

  -- 2. Llamar a la Edge Function vía HTTP
  SELECT net.http_post(
    url := 'https://your-project-ref.supabase.co/functions/v1/process-reminders',
    headers := jsonb_build_object(
      'Content-Type', 'application/json',
      'Authorization', 'Bearer ' || v_service_role_key
    ),
    body := jsonb_build_object('source', 'cron', 'timestamp', now()),
    timeout_milliseconds := 30000
  ) INTO v_request_id;

  -- 3. Registrar el resultado en logs
  INSERT INTO public.cron_execution_logs (job_name, status, message, details)
  VALUES (
    'process-appointment-reminders-hourly',
    'success',
    'Edge Function invocada',
    jsonb_build_object('request_id', v_request_id)
  );
EXCEPTION
  WHEN OTHERS THEN
    INSERT INTO public.cron_execution_logs (job_name, status, message, details)
    VALUES ('process-appointment-reminders-hourly', 'failed', SQLERRM, jsonb_build_object('sqlstate', SQLSTATE));
END;
$$;

CREATE OR REPLACE FUNCTION public.invoke_appointment_status_updater()
RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = public, vault
AS $$
DECLARE
  v_service_role_key TEXT;
  v_request_id BIGINT;
BEGIN
  SELECT decrypted_secret INTO v_service_role_key
  FROM vault.decrypted_secrets
  WHERE name = 'SUPABASE_SERVICE_ROLE_KEY'
  LIMIT 1;

  IF v_service_role_key IS NULL THEN
    INSERT INTO public.cron_execution_logs (job_name, status, message)
    VALUES ('appointment-status-updater', 'failed', 'SUPABASE_SERVICE_ROLE_KEY no está en Vault');
    RETURN;
  END IF;

  SELECT net.http_post(
    url := 'https://your-project-ref.supabase.co/functions/v1/appointment-status-updater',
    headers := jsonb_build_object(
      'Content-Type', 'application/json',
      'Authorization', 'Bearer ' || v_service_role_key
    ),
    body := jsonb_build_object('source', 'cron'),
    timeout_milliseconds := 30000
  ) INTO v_request_id;

  INSERT INTO public.cron_execution_logs (job_name, status, message, details)
  VALUES ('appointment-status-updater', 'success', 'Edge Function invocada', jsonb_build_object('request_id', v_request_id));
EXCEPTION
  WHEN OTHERS THEN
    INSERT INTO public.cron_execution_logs (job_name, status, message)
    VALUES ('appointment-status-updater', 'failed', SQLERRM);
END;
$$;

DROP FUNCTION IF EXISTS public.call_edge_function(TEXT, TEXT, JSONB);

GRANT EXECUTE ON FUNCTION public.invoke_process_reminders() TO postgres;
GRANT EXECUTE ON FUNCTION public.invoke_appointment_status_updater() TO postgres;
