-- Ejecutar manualmente en Dashboard > SQL Editor. NO subir a Git con la clave real.

-- 1. Secret en Vault
SELECT vault.create_secret(
  'eyJhbGci...', -- service_role_key desde Dashboard > Settings > API
  'SUPABASE_SERVICE_ROLE_KEY',
  'Service role key for authenticating Edge Function calls from cron jobs'
);

-- 2. Comprobar
SELECT name, created_at
FROM vault.secrets
WHERE name = 'SUPABASE_SERVICE_ROLE_KEY';
