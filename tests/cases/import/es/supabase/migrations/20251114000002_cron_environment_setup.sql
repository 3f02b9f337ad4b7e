-- ============================================================================
-- Entorno de los cron jobs (primer intento: ALTER DATABASE)
-- ============================================================================
-- OBSOLETO: en Supabase "ALTER DATABASE ... SET app.settings..." da
-- "permission denied to set parameter"; ver 20251114000005_use_vault_for_secrets.sql

CREATE EXTENSION IF NOT EXISTS pg_cron;
CREATE EXTENSION IF NOT EXISTS pg_net;

DO $$
BEGIN
  EXECUTE format('ALTER DATABASE %I SET app.settings.supabase_url = %L', current_database(), 'https://your-project-ref.supabase.co');
  EXECUTE format('ALTER DATABASE %I SET app.settings.service_role_key = %L', current_database(), 'REEMPLAZAR_EN_EL_DASHBOARD');
EXCEPTION
  WHEN insufficient_privilege THEN
    RAISE NOTICE 'Sin permisos para ALTER DATABASE: configurar manualmente';
END $$;

CREATE OR REPLACE FUNCTION public.invoke_process_reminders()
RETURNS void
LANGUAGE plpgsql
SECURITY DEFINER
AS $$
DECLARE
  v_url TEXT := current_setting('app.settings.supabase_url', true) || '/functions/v1/process-reminders';
  v_key TEXT := current_setting('app.settings.service_role_key', true);
BEGIN
  PERFORM net.http_post(
    url := v_url,
    headers := jsonb_build_object('Content-Type', 'application/json', 'Authorization', 'Bearer ' || v_key),
    body := '{}'::jsonb
  );
END;
$$;

SELECT cron.schedule(
  'process-appointment-reminders-hourly',
  '0 * * * *',
  'SELECT public.invoke_process_reminders();'
);
