-- ============================================================================
-- Funciones de los cron jobs: URL y clave escritas en el código (temporal)
-- ============================================================================

CREATE OR REPLACE FUNCTION public.invoke_process_reminders()
RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = public
AS $$
DECLARE
  v_supabase_url TEXT := 'https://your-project-ref.supabase.co';
  v_service_role_key TEXT := 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJyb2xlIjoic2VydmljZV9yb2xlIn0.ZmlybWEtZGUtbGEtY2xhdmUtZGUtc2VydmljaW8';
  v_request_id BIGINT;
BEGIN
  INSERT INTO cron_execution_logs (job_name, status, message)
  VALUES ('process-appointment-reminders-hourly', 'started', 'Iniciando');

  SELECT net.http_post(
    url := v_supabase_url || '/functions/v1/process-reminders',
    headers := jsonb_build_object(
      'Content-Type', 'application/json',
      'Authorization', 'Bearer ' || v_service_role_key
    ),
    body := jsonb_build_object('source', 'cron', 'timestamp', now())
  ) INTO v_request_id;

  INSERT INTO cron_execution_logs (job_name, status, message, details)
  VALUES ('process-appointment-reminders-hourly', 'success', 'Llamada enviada', jsonb_build_object('request_id', v_request_id));
END;
$$;

CREATE OR REPLACE FUNCTION public.invoke_appointment_status_updater()
RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = public
AS $$
DECLARE
  v_supabase_url TEXT := 'https://your-project-ref.supabase.co';
  v_service_role_key TEXT := 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJyb2xlIjoic2VydmljZV9yb2xlIn0.ZmlybWEtZGUtbGEtY2xhdmUtZGUtc2VydmljaW8';
BEGIN
  PERFORM net.http_post(
    url := v_supabase_url || '/functions/v1/appointment-status-updater',
    headers := jsonb_build_object(
      'Content-Type', 'application/json',
      'Authorization', 'Bearer ' || v_service_role_key
    ),
    body := jsonb_build_object('source', 'cron')
  );
END;
$$;

-- Una sola vez por nombre: cron.schedule reemplaza el job que ya existe
SELECT cron.schedule('process-appointment-reminders-hourly', '0 * * * *', $$SELECT invoke_process_reminders()$$);
SELECT cron.schedule('appointment-status-updater', '*/15 * * * *', $$SELECT invoke_appointment_status_updater()$$);
