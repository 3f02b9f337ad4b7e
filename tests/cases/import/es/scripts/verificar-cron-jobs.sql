-- Verificación completa del sistema: solo lee.

-- 1. Verificar que el secret existe
SELECT name, created_at
FROM vault.secrets
WHERE name = 'SUPABASE_SERVICE_ROLE_KEY';

-- 2. Verificar logs recientes (deben mostrar 'success')
SELECT job_name, status, message, created_at
FROM cron_execution_logs
ORDER BY created_at DESC
LIMIT 10;

-- 3. Verificar cron jobs activos
SELECT jobname, schedule, active
FROM cron.job
WHERE jobname IN ('process-appointment-reminders-hourly', 'appointment-status-updater');

-- 4. Ver historial de ejecuciones automáticas
SELECT jobname, status, start_time
FROM cron.job_run_details
WHERE start_time > NOW() - INTERVAL '24 hours'
ORDER BY start_time DESC
LIMIT 10;
