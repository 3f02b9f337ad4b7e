-- Campo completed_at: cuándo pasó la cita a 'completed'
ALTER TABLE public.appointments ADD COLUMN IF NOT EXISTS completed_at TIMESTAMPTZ;

CREATE OR REPLACE FUNCTION public.set_completed_at()
RETURNS TRIGGER AS $$
BEGIN
  IF NEW.status = 'completed' AND OLD.status IS DISTINCT FROM 'completed' THEN
    NEW.completed_at = NOW();
  END IF;
  RETURN NEW;
END;
$$ LANGUAGE plpgsql;

DROP TRIGGER IF EXISTS trigger_set_completed_at ON public.appointments;
CREATE TRIGGER trigger_set_completed_at
  BEFORE UPDATE OF status ON public.appointments
  FOR EACH ROW EXECUTE PROCEDURE public.set_completed_at();
