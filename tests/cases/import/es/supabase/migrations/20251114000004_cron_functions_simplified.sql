-- Funciones simplificadas: una función común hace la llamada. El actualizador, cada 30 minutos.

CREATE OR REPLACE FUNCTION public.call_edge_function(p_function TEXT, p_job TEXT, p_body JSONB DEFAULT '{}'::jsonb)
RETURNS BIGINT
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = public
AS $$
DECLARE
  v_request_id BIGINT;
BEGIN
  SELECT net.http_post(
    url := 'https://your-project-ref.supabase.co/functions/v1/' || p_function,
    headers := jsonb_build_object(
      'Content-Type', 'application/json',
      'Authorization', 'Bearer ' || current_setting('app.settings.service_role_key', true)
    ),
    body := p_body
  ) INTO v_request_id;

  INSERT INTO cron_execution_logs (job_name, status, message, details)
  VALUES (p_job, 'success', 'Llamada enviada', jsonb_build_object('request_id', v_request_id));

  RETURN v_request_id;
EXCEPTION
  WHEN OTHERS THEN
    INSERT INTO cron_execution_logs (job_name, status, message) VALUES (p_job, 'failed', SQLERRM);
    RETURN NULL;
END;
$$;

CREATE OR REPLACE FUNCTION public.invoke_process_reminders()
RETURNS void LANGUAGE sql SECURITY DEFINER AS $$
  SELECT public.call_edge_function('process-reminders', 'process-appointment-reminders-hourly', jsonb_build_object('source', 'cron', 'timestamp', now()));
$$;

CREATE OR REPLACE FUNCTION public.invoke_appointment_status_updater()
RETURNS void LANGUAGE sql SECURITY DEFINER AS $$
  SELECT public.call_edge_function('appointment-status-updater', 'appointment-status-updater', jsonb_build_object('source', 'cron'));
$$;

SELECT cron.unschedule('appointment-status-updater');
SELECT cron.schedule('appointment-status-updater', '*/30 * * * *', 'SELECT invoke_appointment_status_updater();');
