-- E-mails suivis : ceux qui n'ont pas eu de réponse sont relancés.

CREATE TYPE public.tracked_email_status AS ENUM ('pending', 'responded', 'stopped', 'max_reached', 'bounced');

CREATE TABLE public.tracked_emails (
  id           UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  recipient    TEXT NOT NULL,
  subject      TEXT NOT NULL,
  status       public.tracked_email_status NOT NULL DEFAULT 'pending',
  sent_at      TIMESTAMPTZ NOT NULL DEFAULT now(),
  followups    INTEGER NOT NULL DEFAULT 0 CHECK (followups BETWEEN 0 AND 3)
);

CREATE INDEX tracked_emails_pending ON public.tracked_emails (sent_at) WHERE status = 'pending';

/* Un modèle de message : les accolades doubles sont remplacées par la fonction, pas par PostgreSQL.
   /* Commentaire imbriqué : PostgreSQL les permet. */ */
CREATE TABLE public.followup_templates (
  number  INTEGER PRIMARY KEY,
  body    TEXT NOT NULL
);

INSERT INTO public.followup_templates (number, body) VALUES
  (1, 'Bonjour {{prenom}}, avez-vous eu le temps de lire mon message ?'),
  (2, E'Bonjour {{prenom}},\n\nJe me permets de vous relancer ; qu\'en pensez-vous ?'),
  (3, $texte$Bonjour {{prenom}}, c'est mon dernier message ; cron.schedule n'y est pour rien.$texte$);
