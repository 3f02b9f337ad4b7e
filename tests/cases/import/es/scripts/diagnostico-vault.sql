-- Diagnóstico de problemas con Vault: solo lee.
DO $$
DECLARE
  v_count INTEGER;
  v_key TEXT;
BEGIN
  SELECT COUNT(*) INTO v_count FROM vault.secrets WHERE name = 'SUPABASE_SERVICE_ROLE_KEY';
  RAISE NOTICE 'Secrets con ese nombre: %', v_count;

  SELECT decrypted_secret INTO v_key FROM vault.decrypted_secrets WHERE name = 'SUPABASE_SERVICE_ROLE_KEY';
  IF v_key IS NULL THEN
    RAISE WARNING '❌ El secret no existe o no hay permisos';
  ELSE
    RAISE NOTICE '✅ El secret existe y tiene % caracteres', length(v_key);
  END IF;
END $$;

SELECT COUNT(*) as errores_ultimas_24h
FROM cron_execution_logs
WHERE status = 'failed'
  AND created_at > NOW() - INTERVAL '24 hours';

SELECT grantee, privilege_type
FROM information_schema.role_table_grants
WHERE table_schema = 'vault' AND table_name = 'decrypted_secrets';
