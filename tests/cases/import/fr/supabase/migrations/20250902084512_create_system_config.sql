-- ============================================================================
-- Table de configuration du système (paramètres et statistiques des relances)
-- ============================================================================

CREATE TABLE IF NOT EXISTS public.system_config (
  key         TEXT PRIMARY KEY,
  value       JSONB NOT NULL DEFAULT '{}'::jsonb,
  description TEXT,
  created_at  TIMESTAMPTZ NOT NULL DEFAULT now(),
  updated_at  TIMESTAMPTZ NOT NULL DEFAULT now()
);

ALTER TABLE public.system_config ENABLE ROW LEVEL SECURITY;

CREATE POLICY "Lecture pour les utilisateurs authentifiés"
  ON public.system_config FOR SELECT
  TO authenticated
  USING (true);

INSERT INTO public.system_config (key, value, description)
VALUES (
  'followup_settings',
  '{"enabled": true, "max_per_run": 50, "working_days": [1, 2, 3, 4, 5]}'::jsonb,
  'Paramètres des relances ; l''envoi réel dépend de ALLOW_REAL_EMAILS'
)
ON CONFLICT (key) DO NOTHING;

CREATE OR REPLACE FUNCTION public.touch_updated_at()
RETURNS trigger
LANGUAGE plpgsql
AS $function$
BEGIN
  NEW.updated_at := now();
  RETURN NEW;
END;
$function$;

CREATE TRIGGER system_config_touch
  BEFORE UPDATE ON public.system_config
  FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();

COMMENT ON TABLE public.system_config IS 'Clés : followup_settings, followup_stats_<date>';
