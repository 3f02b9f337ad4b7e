-- Citas, y el registro de las ejecuciones automáticas
CREATE TYPE public.appointment_status AS ENUM ('pending', 'confirmed', 'completed', 'canceled', 'expired');

CREATE TABLE public.appointments (
  id          UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  patient_id  UUID NOT NULL,
  starts_at   TIMESTAMPTZ NOT NULL,
  ends_at     TIMESTAMPTZ NOT NULL,
  status      public.appointment_status NOT NULL DEFAULT 'pending',
  CONSTRAINT fin_despues_del_inicio CHECK (ends_at > starts_at)
);

CREATE TABLE IF NOT EXISTS public.cron_execution_logs (
  id         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  job_name   TEXT NOT NULL,
  status     TEXT NOT NULL CHECK (status IN ('started', 'success', 'failed')),
  message    TEXT,
  details    JSONB,
  created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE INDEX idx_cron_execution_logs_created_at ON public.cron_execution_logs (created_at DESC);

ALTER TABLE public.cron_execution_logs ENABLE ROW LEVEL SECURITY;

CREATE POLICY "Solo service_role" ON public.cron_execution_logs
  FOR ALL TO service_role USING (true) WITH CHECK (true);
