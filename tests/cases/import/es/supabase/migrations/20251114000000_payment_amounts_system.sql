-- Sistema de importes de pago
ALTER TABLE public.appointments
  ADD COLUMN IF NOT EXISTS amount_due   NUMERIC(10, 2) NOT NULL DEFAULT 0 CHECK (amount_due >= 0),
  ADD COLUMN IF NOT EXISTS amount_paid  NUMERIC(10, 2) NOT NULL DEFAULT 0 CHECK (amount_paid >= 0),
  ADD COLUMN IF NOT EXISTS currency     CHAR(3) NOT NULL DEFAULT 'EUR';

CREATE OR REPLACE FUNCTION public.importe_pendiente(p_id UUID)
RETURNS NUMERIC
LANGUAGE sql STABLE
AS $$
  SELECT amount_due - amount_paid FROM public.appointments WHERE id = p_id;
$$;

COMMENT ON COLUMN public.appointments.amount_due IS 'Importe total; el 50 % se paga al reservar';
