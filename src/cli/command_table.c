#include "cli/command_help.h"
#include "cli/handlers.h"

#include "base/mem.h"

/* Few commands have flags beyond the first 128: the others leave `more` out. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

/* clang-format off */
#define B(f) FLAG_BIT(FLAG_##f)
#define M(f) FLAG_MORE_BIT(FLAG_##f)
#define DATA B(DATA)
#define KEY (B(DATA) | B(MASTER_KEY_FILE))
#define LOGS (B(LOG_LEVEL) | B(LOG_FORMAT))
#define WAITS (B(WAIT) | B(TIMEOUT))
#define JOB_FIELDS (B(DESCRIPTION) | B(TAGS) | B(SCHEDULE) | B(TIMEZONE) | B(JITTER_S) | B(STARTS_AT) | B(ENDS_AT) | \
    B(TARGET) | B(URL) | B(METHOD) | B(HEADER) | B(BODY) | B(TIMEOUT_MS) | B(CONNECT_TIMEOUT_MS) | B(DELIVERY) | \
    B(MAX_ATTEMPTS) | B(RETRY_INITIAL_MS) | B(RETRY_MULTIPLIER) | B(RETRY_MAX_MS) | B(RETRY_MAX_AGE_S) | \
    B(RETRY_PAST_NEXT) | B(OVERLAP) | B(CATCH_UP) | B(CATCH_UP_WINDOW_S) | B(SUCCESS_STATUS) | B(SUCCESS_JSON) | \
    B(METRIC) | B(ALERTS) | B(ENABLED) | B(DISABLED))
#define TARGET_FIELDS (B(BASE_URL) | B(HEADER) | B(MAX_CONCURRENT) | B(RATE) | B(CA_FILE) | B(TLS_MIN) | \
    B(TARGET_ALLOW_PRIVATE) | B(HEALTH_PATH))
#define SECRET_FIELDS (B(BIND) | B(ROTATE_EVERY))
#define CHANNEL_FIELDS (B(DESCRIPTION) | B(KIND) | B(LANGUAGE) | B(CHANNEL_URL) | B(METHOD) | B(HEADER) | B(BODY) | \
    B(HOST) | B(PORT) | B(SECURITY) | B(CA_FILE) | B(ENABLED) | B(DISABLED))
#define CHANNEL_MORE (M(USERNAME) | M(PASSWORD) | M(MAIL_FROM) | M(MAIL_TO) | M(CHANNEL_ALLOW_PRIVATE))
#define ALERT_FIELDS (B(DESCRIPTION) | B(ENABLED) | B(DISABLED))
#define ALERT_MORE (M(ON) | M(RULE_JOB) | M(RULE_TAG) | M(AFTER) | M(OVER) | M(WITHIN) | M(UNDER) | M(RULE_METRIC) | \
    M(REPEAT) | M(NO_RECOVERY) | M(CHANNEL))
#define ABOUT (M(ABOUT_JOB) | M(ABOUT_RULE) | M(ABOUT_TARGET))
#define GENERATES (B(FORMAT) | B(ALPHABET) | B(BYTES) | B(LENGTH))

#define ANY_WORDS 1000 /* the command refuses them itself: one may be a secret's value, and is not to be repeated */

const struct noun noun_table[] = {
    { "serve", "run the server" },
    { "demo", "show it all at work, with sample functions and a temporary data directory" },
    { "apply", "put targets and jobs as a file says, all or nothing" },
    { "export", "write such a file from what is stored" },
    { "import", "move jobs here from elsewhere" },
    { "job", "schedules and what they call" },
    { "target", "places that functions live" },
    { "secret", "keys that calls carry; written and used, never read back" },
    { "run", "what happened, and what is happening" },
    { "schedule", "try a schedule out" },
    { "settings", "what holds for all: the pause of everything, age of history, backups" },
    { "token", "keys of the REST API" },
    { "admin", "the password of the admin page, and who is logged in" },
    { "alert", "what is watched, and who is told: rules, mutes, messages" },
    { "channel", "where messages go: webhook, Slack, Discord, Teams, ntfy, e-mail" },
    { "stats", "how runs did in the last hours, days or weeks" },
    { "audit", "who changed what, from where, when" },
    { "rekey", "give the store another master key" },
    { "unseal", "put the right master key in place" },
    { "backup", "copy the store into a file, and look at such a file" },
    { "restore", "put a backup in place" },
    { "doctor", "look at everything, and say what to mend" },
    { "install", "make edgecron a service of systemd, or take it away" },
    { "healthcheck", "ask a running server whether it is well" },
    { "schema", "the JSON Schema of the apply file" },
    { "completion", "completion for your shell" },
    { "man", "the manual page" },
    { "version", "version, libraries and licences" },
    { "help", "explain commands" },
};
const int noun_count = MEM_COUNT(noun_table);

const struct command command_table[] = {
    { "serve", NULL, "", 0, 0, KEY | LOGS | B(LISTEN) | B(TLS_CERT) | B(TLS_KEY) | B(BEHIND_PROXY) | B(ALLOW_PRIVATE) |
      B(DRAIN_TIMEOUT) | B(UNCONFINED) | B(ADMIN_PASSWORD_FILE) | B(SAME_STORE) | B(WITHOUT_COPY) |
      B(WAL_CHECKPOINTS),
      "run the server",
      "Runs jobs and answers the REST API until SIGTERM or Ctrl-C. It then starts nothing new and waits\n"
      "for calls in flight (--drain-timeout); a second signal ends the wait. SIGHUP reads files again\n"
      "(certificate, CAs, resolver). Other commands work on the same data directory meanwhile; the server\n"
      "takes changes up within a second. Private addresses, localhost among them, are called only if\n"
      "--allow-private or the target's allow_private says so.\n"
      "\n"
      "The process gives up what it does not need: it writes to its data directory alone, reads there, in\n"
      "/etc and /usr and in the folders of files named at its start, and starts no programs. A CA file\n"
      "named elsewhere later is read after a restart. GET /api/v1/status tells what is in force.\n"
      "\n"
      "A store that is a copy, restored or brought here from elsewhere, starts paused: the server that it\n"
      "comes from may still call. --same-store does without that. One of an older edgecron is copied to\n"
      "edgecron.db.before-VERSION before it is brought up to date; the newest two such copies stay.\n"
      "\n"
      "Litestream may replicate DIR/edgecron.db as it is: it holds the WAL by itself. On a server with many\n"
      "writes give --wal-checkpoints=external, so that it alone decides when the WAL is emptied; it is then\n"
      "to run as long as edgecron does.\n"
      "\n"
      "  edgecron serve --data /var/lib/edgecron\n"
      "  edgecron serve --listen 0.0.0.0:8427 --tls-cert fullchain.pem --tls-key privkey.pem\n"
      "  edgecron serve --listen 0.0.0.0:8427 --behind-proxy=10.0.0.7 --log-format json\n"
      "  edgecron serve --allow-private=127.0.0.0/8\n",
      serve_run },
    { "demo", NULL, "", 0, 0, DATA | LOGS | B(LISTEN) | B(DRAIN_TIMEOUT) | B(KEEP) | B(UNCONFINED),
      "show it all at work",
      "Starts a server with a temporary data directory, sample functions on loopback that check a key,\n"
      "and jobs that call them every few seconds; one has a wrong key on purpose. Each finished run is\n"
      "shown as it ends. Ctrl-C ends it and removes the directory (unless --keep or --data). Log lines\n"
      "are errors alone unless --log-level says otherwise.\n",
      demo_run },
    { "apply", NULL, "FILE|-", 1, 1, DATA | B(DRY_RUN) | B(PRUNE), "put targets and jobs as a file says, all or nothing",
      "The file is { \"version\": 1, \"targets\": [...], \"channels\": [...], \"jobs\": [...], \"alerts\": [...],\n"
      "\"settings\": {...} }. What is in it is created or updated; others stay as they are, unless --prune\n"
      "removes them (channels and alerts only where the file has a list of them). It is one transaction:\n"
      "one wrong field and nothing at all changes (exit status 4, with the place of the field).\n"
      "What changes is shown: '+' is created, '~' updated, with each field before and after, '-' removed.\n"
      "Secrets' values are not in the file: those that are missing are named, with the command that sets\n"
      "them. 'edgecron schema' prints the file's JSON Schema, for editors.\n"
      "\n"
      "  edgecron apply jobs.json --dry-run --prune\n"
      "  edgecron export | ssh other edgecron apply -\n",
      apply_run },
    { "export", NULL, "[FILE]", 0, 1, DATA, "write targets, channels, jobs, alerts and settings as an apply file",
      "To standard output, or to FILE (whole or not at all). It never holds a secret's value.\n", export_run },

    { "import", "pg-cron", "FILE|DIR|- ...", 1, ANY_WORDS, DATA | B(DRY_RUN) | B(REPLACE) | B(IMPORT_DISABLED) | B(ADDRESS),
      "import jobs of pg_cron that call functions over HTTP",
      "Reads Supabase's migrations, SQL scripts and dumps (and cron.job as CSV or JSON) in the order\n"
      "given, a folder's files in that of their names; nothing of it is executed. What the jobs would call\n"
      "at the end, through SQL functions, settings and Vault, becomes targets and jobs with the same\n"
      "behaviour: at most once, no retry, the same timeout. Keys become placeholders, {{secret.NAME}},\n"
      "whose values you set yourself; a key that stands in the files is never taken over. What is not\n"
      "understood is told, with its file and line. A job or target that is there already is left as it is,\n"
      "unless --replace. pg_cron goes on calling until you unschedule its jobs: the lines for that are\n"
      "printed. --dry-run shows all and stores nothing; --json prints the apply file alone, and stores\n"
      "nothing.\n"
      "\n"
      "  edgecron import pg-cron supabase/migrations --dry-run\n"
      "  edgecron import pg-cron supabase/migrations scripts/cron.sql --disabled\n"
      "  edgecron import pg-cron supabase/migrations --address project_url=https://abc.supabase.co\n"
      "  pg_dump --schema cron --schema public DATABASE | edgecron import pg-cron -\n"
      "  edgecron import pg-cron supabase/migrations --json | edgecron apply -\n",
      import_pg_cron },

    { "job", "list", "", 0, 0, DATA | B(OF_TARGET) | B(TAG) | B(TEXT), "list jobs, with the next and the last run",
      "  edgecron job list --tag followup\n", job_list },
    { "job", "show", "NAME", 1, 1, DATA, "all about one job", NULL, job_show },
    { "job", "set", "NAME", 1, 1, DATA | B(FILE) | JOB_FIELDS, "create a job, or change fields of one",
      "With field flags, those fields of the job change and the others stay; a job that does not exist is\n"
      "created, and then needs at least --schedule and --url. With --file (or, without any field flag,\n"
      "from standard input) the job becomes what the JSON says: fields not in it get their defaults.\n"
      "Placeholders in URL, header values and body: {{secret.NAME}} {{now}} {{run.id}}\n"
      "{{run.scheduled_for}} {{run.trigger}} {{attempt}} {{job.name}}\n"
      "\n"
      "  edgecron job set followup-7h --schedule '0 7 * * 1-5' --target prod --url /followup-processor \\\n"
      "      --header 'X-Internal-Key: {{secret.CRON_INTERNAL_KEY}}' --body '{\"time_slot\":\"07:00\"}'\n"
      "  edgecron job set followup-7h --timeout-ms 180000\n"
      "  edgecron job set followup-7h --file job.json\n",
      job_set },
    { "job", "remove", "NAME", 1, 1, DATA, "remove a job; its history stays", NULL, job_remove },
    { "job", "pause", "NAME", 1, 1, DATA | B(UNTIL) | B(FOR), "stop running a job until it is resumed",
      "Occurrences that fall into the pause are not caught up.\n"
      "\n"
      "  edgecron job pause followup-7h --for 2h\n",
      job_pause },
    { "job", "resume", "NAME", 1, 1, DATA, "let a paused job run again", NULL, job_resume },
    { "job", "run", "NAME", 1, 1, DATA | WAITS | B(BODY), "run a job now, once, beside its schedule",
      "The run is stored, and a running server starts it at once; without one it starts when there is one.\n"
      "With --body this run, each of its attempts and whatever retries it send that body; the job keeps its\n"
      "own. Placeholders are filled in as in the job's.\n"
      "\n"
      "  edgecron job run followup-7h --wait --timeout 3m\n"
      "  edgecron job run followup-7h --body '{\"time_slot\":\"07:00\",\"dry_run\":true}' --wait\n"
      "  edgecron job run followup-7h --body @body.json\n",
      job_run },
    { "job", "next", "NAME", 1, 1, DATA | B(COUNT), "when a job's schedule is due next", NULL, job_next },

    { "target", "list", "", 0, 0, DATA, "list all targets", NULL, target_list },
    { "target", "show", "NAME", 1, 1, DATA, "all about one target", NULL, target_show },
    { "target", "set", "NAME", 1, 1, DATA | B(FILE) | TARGET_FIELDS, "create a target, or change fields of one",
      "As with 'job set': field flags change those fields; --file or standard input replaces the whole.\n"
      "\n"
      "  edgecron target set prod --base-url https://abc.supabase.co/functions/v1 \\\n"
      "      --header 'Authorization: Bearer {{secret.SUPABASE_SERVICE_ROLE_KEY}}'\n"
      "  edgecron target set local --base-url http://127.0.0.1:54321/functions/v1 \\\n"
      "      --allow-private 127.0.0.0/8\n",
      target_set },
    { "target", "remove", "NAME", 1, 1, DATA, "remove a target that no job uses", NULL, target_remove },
    { "target", "check", "NAME", 1, 1, DATA | B(ALLOW_PRIVATE) | B(CHECK_TIMEOUT), "see whether a target can be reached",
      "Looks its name up, connects, makes the TLS handshake, and asks for the headers of the base URL\n"
      "(HEAD), or for its health path (GET) when it has one, without the target's own headers: no key is\n"
      "sent. Where the base URL itself is a function, declare a health path. Any answer means\n"
      "that it can be reached; its status is explained. Exit status 1 when there is none. All of that from\n"
      "here: a server on another machine, or with another --allow-private, may see something else.\n"
      "\n"
      "  edgecron target check prod\n",
      target_check_run },

    { "secret", "list", "", 0, 0, DATA, "list names, versions, ages and users; never values",
      "DUE is when a secret should be rotated; USED BY names the jobs and targets whose templates hold it.\n"
      "During a rotation it says which functions still take the value before.\n",
      secret_list },
    { "secret", "show", "NAME", 1, 1, DATA, "all about one secret, but for its value", NULL, secret_show },
    { "secret", "set", "NAME", 1, ANY_WORDS, KEY | B(VALUE_FILE) | SECRET_FIELDS, "set a secret's value, or its fields",
      "The value comes from standard input (typed without echo on a terminal) or --value-file, never from\n"
      "the command line, where every user of the machine could read it. One line break at its end is\n"
      "dropped. A secret that exists gets the new value at once, and the old one is destroyed: 'secret\n"
      "rotate' lets both be valid for a while. With --target or --rotate-every, no value (an empty line, or\n"
      "'</dev/null') keeps the one it has.\n"
      "A secret with --target is bound: a job or target that would send it elsewhere is refused when it is\n"
      "saved and when it is called. An absolute URL counts as the target whose scheme, host and port it has.\n"
      "\n"
      "  edgecron secret set CRON_INTERNAL_KEY\n"
      "  edgecron secret set CRON_INTERNAL_KEY --value-file key.txt --target prod\n"
      "  edgecron secret set CRON_INTERNAL_KEY --target any --rotate-every 30d </dev/null\n"
      "  pass show cron-key | edgecron secret set CRON_INTERNAL_KEY\n",
      secret_set },
    { "secret", "generate", "NAME", 1, ANY_WORDS, KEY | SECRET_FIELDS | GENERATES,
      "make a new secret with a random value, and print it once",
      "32 random bytes, in base64 unless --format or --alphabet says otherwise. Put the value where the\n"
      "function reads it; edgecron will not show it again. A secret that exists is left alone: 'secret\n"
      "rotate NAME --generate' replaces it.\n"
      "\n"
      "  edgecron secret generate CRON_INTERNAL_KEY --format hex\n"
      "  edgecron secret generate PIN --alphabet 0123456789 --length 20\n",
      secret_generate },
    { "secret", "rotate", "NAME", 1, ANY_WORDS, KEY | B(VALUE_FILE) | B(GENERATE) | B(VALID_FOR) | SECRET_FIELDS | GENERATES,
      "give a secret a new value, and let the old one be valid for a while",
      "Calls carry the new value from the next attempt on. Until the end of --overlap, a call that is\n"
      "answered 401 or 403 is tried once more with the value before, so that the function's own setting can\n"
      "be changed at leisure (jobs with delivery at_most_once are not tried again). Then the value before\n"
      "is destroyed. 'secret list' says which functions still take it.\n"
      "\n"
      "  edgecron secret rotate CRON_INTERNAL_KEY --generate\n"
      "  edgecron secret rotate CRON_INTERNAL_KEY --overlap 2h --value-file key.txt\n"
      "  edgecron secret rotate CRON_INTERNAL_KEY --generate --overlap 0\n",
      secret_rotate },
    { "secret", "remove", "NAME", 1, 1, DATA, "destroy a secret that no job or target uses", NULL, secret_remove },

    { "run", "list", "", 0, 0, DATA | B(JOB) | B(OF_TARGET) | B(TAG) | B(STATE) | B(OUTCOME) | B(TEXT) | B(SINCE) | B(BEFORE) |
      B(TRIGGER) | B(OLDEST) | B(LIMIT) | B(CURSOR) | B(WATCH),
      "list runs, newest first",
      "Only runs that fit all of the flags given. --target and --tag go by what the jobs are now.\n"
      "\n"
      "  edgecron run list --state failed --state missed --since 24h\n"
      "  edgecron run list --job followup-7h --limit 100 --json\n"
      "  edgecron run list --outcome timeout --target prod\n"
      "  edgecron run list --watch\n",
      run_list },
    { "run", "show", "ID", 1, 1, DATA, "all about one run: each attempt with request, answer and timing", NULL,
      run_show },
    { "run", "cancel", "ID", 1, 1, DATA, "cancel a run that is queued, running or waiting to retry", NULL, run_cancel },
    { "run", "retry", "ID", 1, 1, DATA | WAITS, "do a finished run again, as a new run", NULL, run_retry },

    { "schedule", "next", "EXPR", 1, 1, B(ZONE) | B(FROM) | B(COUNT) | B(PREVIOUS),
      "print when a schedule is due, one RFC 3339 time a line",
      "Five fields (minute hour day month weekday), six (second first), @hourly and its like, '@every 90s',\n"
      "'30 seconds', 'L' or '$' (last day), '5L' (last Friday), '2#3' (third Tuesday), '15W' (the weekday\n"
      "nearest to the 15th), '@at 2027-01-31T09:00:00' (once). '@every' is anchored at --from here, and at\n"
      "starts_at or the job's creation in a job.\n"
      "\n"
      "  edgecron schedule next '0 7 * * 1-5' --zone Europe/Paris\n"
      "  edgecron schedule next '30 2 * * *' --zone Europe/Berlin --from 2027-03-27T00:00:00Z --count 3\n",
      schedule_next },
    { "schedule", "explain", "EXPR", 1, 1, B(ZONE) | B(FROM) | B(COUNT) | B(PREVIOUS),
      "say what a schedule means, and when it is due in its zone and in UTC",
      "In plain words, then the next times, with a note where a clock change (daylight saving) moves one.\n"
      "\n"
      "  edgecron schedule explain '30 2 * * *' --zone Europe/Berlin --from 2027-03-27T00:00:00Z\n",
      schedule_explain },

    { "settings", "show", "", 0, 0, DATA, "show all settings", NULL, settings_show },
    { "settings", "set", "", 0, 0, DATA | B(PAUSED) | B(RETENTION_DAYS) | B(RETENTION_FAILED_DAYS) |
      B(RETENTION_BODIES_DAYS) | B(RETENTION_RUNS) | B(BACKUP_SCHEDULE) | B(BACKUP_KEEP) |
      B(ALERT_GROUP_S) | B(HEARTBEAT_EVERY_S) | B(HEARTBEAT_URL) | B(PAGE_URL),
      "change settings; the others stay",
      "Finished runs are deleted by age, and by number per job and state; a running server does it, a few at\n"
      "a time. Statistics are kept two years, and the newest run of each state of a job for as long as the\n"
      "job is there.\n"
      "Backups by schedule go to backups/ in the data directory, each looked through before an older one\n"
      "goes; for the day on which the disk dies, copy them elsewhere. A sealed server makes them, too.\n"
      "The heartbeat's URL is called while the server is well, so that whoever waits for it\n"
      "(Healthchecks.io, Cronitor, Uptime Kuma) notices when it is dead, hangs, is sealed, or cannot write.\n"
      "\n"
      "  edgecron settings set --paused true\n"
      "  edgecron settings set --retention-days 30 --retention-failed-days 180\n"
      "  edgecron settings set --backup-schedule '15 2 * * *' --backup-keep 14\n"
      "  edgecron settings set --heartbeat-url 'https://hc-ping.com/{{secret.HEARTBEAT}}'\n"
      "  edgecron settings set --heartbeat-url '{{secret.HEARTBEAT_URL}}'\n",
      settings_set },

    { "token", "create", "NAME --scope SCOPE", 1, 1, DATA | B(SCOPE) | B(EXPIRES) | B(TOKEN_TAG),
      "make a token for the REST API, and print it once",
      "Scopes: read; operate (also runs, pauses, cancels); admin (all). With --tag it opens nothing but\n"
      "jobs that have one of the tags, and their runs.\n"
      "\n"
      "  edgecron token create grafana --scope read\n"
      "  edgecron token create mailer --scope operate --tag mail --expires 90d\n",
      token_create },
    { "token", "list", "", 0, 0, DATA, "list tokens; never the tokens themselves", NULL, token_list },
    { "token", "revoke", "NAME", 1, 1, DATA, "make a token useless, at once", NULL, token_revoke },

    { "admin", "show", "", 0, 0, DATA, "is a password set, and who is logged in", NULL, admin_show },
    { "admin", "set-password", "", 0, 0, DATA | B(VALUE_FILE), "set the password of the admin page",
      "The password comes from standard input or --value-file, or is asked for on a terminal; it is never\n"
      "on the command line. It has at least 10 characters. Whoever was logged in is logged out.\n"
      "\n"
      "  edgecron admin set-password --data /var/lib/edgecron\n"
      "  pass show edgecron | edgecron admin set-password\n",
      admin_set_password },
    { "admin", "setup-link", "", 0, 0, DATA | B(LISTEN) | B(TLS_CERT), "make a new link for the first set-up",
      "A server that has no password prints such a link when it starts. It is good for 30 minutes, and\n"
      "once; a new one takes the place of the one before. --listen and --tls-cert are those of\n"
      "the server; behind a proxy, put its name in their place.\n",
      admin_setup_link },
    { "admin", "sessions", "", 0, 0, DATA, "list who is logged in, and from where", NULL, admin_sessions },
    { "admin", "revoke-sessions", "", 0, 0, DATA, "log everybody out", NULL, admin_revoke_sessions },

    { "alert", "list", "", 0, 0, DATA, "list alert rules, and what is muted", NULL, alert_list },
    { "alert", "show", "NAME", 1, 1, DATA, "all about one rule, with what it fires for", NULL, alert_show },
    { "alert", "set", "NAME", 1, 1, DATA | B(FILE) | ALERT_FIELDS, "create an alert rule, or change fields of one",
      alert_set_help, alert_set, ALERT_MORE },
    { "alert", "remove", "NAME", 1, 1, DATA, "remove an alert rule", NULL, alert_remove },
    { "alert", "mute", "", 0, 0, DATA | B(UNTIL) | B(FOR), "tell nothing for a while: of a job, rule or target, or of all",
      alert_mute_help, alert_mute, ABOUT },
    { "alert", "unmute", "", 0, 0, DATA, "end a mute: of a job, rule or target, or of all", NULL, alert_unmute, ABOUT },
    { "alert", "firing", "", 0, 0, DATA | B(LIMIT) | B(CURSOR), "list what fires, or is about to, the newest first",
      "  edgecron alert firing --target prod\n", alert_firing, ABOUT },
    { "alert", "history", "", 0, 0, DATA | B(SINCE) | B(LIMIT) | B(CURSOR), "list the messages that were sent, tests among them",
      alert_history_help, alert_history, M(OF_CHANNEL) },
    { "alert", "test", "[CHANNEL]", 0, 1, DATA | WAITS, "send a test message, to one channel or to all that are enabled",
      alert_test_help, alert_test },
    { "channel", "list", "", 0, 0, DATA, "list channels, and how they do", NULL, channel_list },
    { "channel", "show", "NAME", 1, 1, DATA, "all about one channel", NULL, channel_show },
    { "channel", "set", "NAME", 1, 1, DATA | B(FILE) | CHANNEL_FIELDS, "create a channel, or change fields of one",
      channel_set_help, channel_set, CHANNEL_MORE },
    { "channel", "remove", "NAME", 1, 1, DATA, "remove a channel that no rule and no job names", NULL, channel_remove },
    { "channel", "test", "NAME", 1, 1, DATA | WAITS, "send a test message to a channel", alert_test_help, channel_test },

    { "stats", NULL, "[JOB]", 0, 1, DATA | B(WINDOW) | B(TAG) | B(OF_TARGET),
      "how runs did: how many, how well, how late, how long, and their metrics",
      "Of one job, of those with a tag or on a target, or of all (also of jobs that are gone). In all, then\n"
      "by the hour, day or week (UTC). A run counts where it ended, one that was missed where it was due.\n"
      "They are kept for two years, longer than the runs themselves; messages of alerts are not in them.\n"
      "\n"
      "  edgecron stats\n"
      "  edgecron stats followup-7h --window 7d\n"
      "  edgecron stats --tag mail --window 30d --json\n",
      stats_show },

    { "audit", "list", "", 0, 0, DATA | B(SINCE) | B(DONE_BEFORE) | B(ACTOR) | B(ACTION) | B(RESOURCE) | B(LIMIT) |
      B(CURSOR), "list changes, newest first",
      "Entries are never altered, and kept for 400 days. They hold names, and no secret's value.\n"
      "\n"
      "  edgecron audit list --since 7d\n"
      "  edgecron audit list --actor token:deploy --action job.update\n",
      audit_show },
    { "audit", NULL, "", 0, 0, DATA | B(SINCE) | B(DONE_BEFORE) | B(ACTOR) | B(ACTION) | B(RESOURCE) | B(LIMIT) |
      B(CURSOR), "the same as 'audit list'", NULL, audit_show },
    { "rekey", NULL, "", 0, 0, KEY | B(NEW_KEY_FILE) | B(DATA_KEY), "give the store another master key",
      "Makes a new random master key (or takes FILE's), has it seal the store's data key instead of the\n"
      "old one, in one transaction, and puts it in place of the old one. A running server goes on as it\n"
      "is. Interrupted at any moment, the next command or start finishes or undoes it. Make a new copy\n"
      "of the key file afterwards, elsewhere; backups of the store from before need the old key.\n"
      "A key file that edgecron cannot replace (systemd's credential, a mounted file) needs\n"
      "--new-key-file, and FILE in its place before the next start. --data-key goes further, for when the\n"
      "old key and the store may both have leaked: secrets are sealed anew under a data key that nobody\n"
      "has seen. (Secrets that have leaked themselves need 'edgecron secret rotate'.)\n"
      "\n"
      "  edgecron rekey --data /var/lib/edgecron\n"
      "  openssl rand -hex 32 > new.key && edgecron rekey --new-key-file new.key\n",
      rekey_run },
    { "unseal", NULL, "", 0, 0, KEY | B(KEY_FILE), "put the right master key in place",
      "A server without the right master key starts sealed: page and API are there, and nothing is\n"
      "called. This reads the key (64 hexadecimal digits, or 32 bytes) from standard input or --key-file,\n"
      "never from the command line, checks that it opens the store, and puts it in place as the key\n"
      "file; a wrong one that was there is kept beside it. A running server then begins its work. A\n"
      "wrong key is refused (exit status 4), and recorded ('edgecron audit').\n"
      "\n"
      "  edgecron unseal --data /var/lib/edgecron < copy-of-master.key\n"
      "  pass show edgecron-master-key | edgecron unseal\n",
      unseal_run },
    { "backup", "check", "FILE", 1, 1, KEY, "look through a backup, and say what it holds",
      "Makes none. Reads the whole file, which nothing else happens to: is it a backup of an edgecron\n"
      "that this one knows, is it whole, and, when the master key is there (--master-key-file, else the\n"
      "data directory's), can its secrets be read with it? Says how much it holds, and when it was made.\n"
      "\n"
      "  edgecron backup check /backups/edgecron-2026-11-20.db\n"
      "  edgecron backup check copy.db --master-key-file copy-of-master.key\n",
      backup_check },
    { "backup", NULL, "FILE", 1, 1, DATA | B(VERIFY), "copy the store into a file, while a server runs or not",
      "One moment's state, whole or not at all; it does not hold up a server. 'edgecron restore' puts it in\n"
      "place, 'edgecron backup check FILE' looks at one that is there. The master key is not in it: keep a\n"
      "copy of that elsewhere. A server makes backups by itself: 'edgecron settings set --backup-schedule'.\n"
      "\n"
      "  edgecron backup --verify /backups/edgecron-$(date +%F).db\n",
      backup_run },
    { "restore", NULL, "FILE", 1, 1, KEY, "make a backup the store of a data directory that has none",
      "Looks through FILE first, as 'backup check' does. Never overwrites a store: name another directory\n"
      "with --data, or move edgecron.db* away (and stop its server before). One from an older edgecron is\n"
      "brought up to date; one from a newer one is refused. Interrupted, it leaves nothing.\n"
      "The restored store is paused, so that it does not call beside a server that is still there, and\n"
      "what was under way when the backup was made is interrupted. When the other server is stopped for\n"
      "good: 'edgecron settings set --paused false'.\n"
      "The master key is not in a backup: put yours at DIR/master.key (0600), or name it with\n"
      "--master-key-file, here and for 'serve'. Without it a server starts sealed, and calls nothing.\n"
      "\n"
      "  edgecron restore /backups/edgecron-2026-11-20.db --data /var/lib/edgecron\n",
      restore_run },
    { "doctor", NULL, "", 0, 0, KEY | B(ALLOW_PRIVATE) | B(CHECK_TIMEOUT) | B(OFFLINE),
      "look at everything, and say what to mend",
      "Looks at the data directory and its files, the database, the master key, secrets (missing, refused,\n"
      "unused, due, under rotation, unbound), what the server gave up, clock and time zones, targets,\n"
      "schedules with their next times, how runs ended in the last 24 hours, and who is told of failures.\n"
      "Of each thing that is not in order it says why it matters, and the command that mends it. It changes\n"
      "nothing, whether or not a server runs.\n"
      "\n"
      "Targets are called from here, all at the same time: name, connection, TLS and certificate, and a\n"
      "HEAD of the base URL, or a GET of the target's health path ('target set --health-path'). No key is\n"
      "sent and no job's path is asked for, so no function does its work;\n"
      "where a job calls the base URL itself, a connection is made and nothing is asked. --offline leaves\n"
      "targets out.\n"
      "\n"
      "Exit status 1 when there is a problem; warnings and notices leave it 0.\n"
      "\n"
      "  edgecron doctor --data /var/lib/edgecron\n"
      "  edgecron doctor --json --offline\n",
      doctor_run },
    { "install", NULL, "", 0, 0, B(INSTALL_DATA) | B(LISTEN) | B(TLS_CERT) | B(TLS_KEY) | B(BEHIND_PROXY) |
      B(ALLOW_PRIVATE) | B(DRAIN_TIMEOUT) | B(MASTER_KEY_FILE) | B(ADMIN_PASSWORD_FILE) | B(SAME_STORE) |
      B(WAL_CHECKPOINTS) | LOGS | B(PRINT) | B(UNINSTALL) | B(PURGE) | B(ROOT),
      "make edgecron a service of systemd",
      "Copies this program to /usr/local/bin/edgecron, makes the user 'edgecron' and the data directory\n"
      "(0700), and writes /etc/systemd/system/edgecron.service: confined, watched, started with the machine.\n"
      "A new store gets a first token, which is printed once. Where systemd runs, the service is enabled\n"
      "and started. The other flags are those of 'edgecron serve'. Files that they name (certificate, keys,\n"
      "password) are read by systemd, so that they may be root's alone: after they change, 'systemctl\n"
      "restart edgecron'.\n"
      "\n"
      "Once more without flags is an upgrade: program and unit are brought up to date, and the service\n"
      "keeps its flags; it is restarted if one of them changed, which refuses no connection and misses no\n"
      "run. With flags, these take the place of the ones before. --uninstall leaves the data, which is then\n"
      "root's.\n"
      "\n"
      "  sudo ./edgecron install\n"
      "  sudo edgecron install --listen 0.0.0.0:443 --tls-cert /etc/ssl/cert.pem --tls-key /etc/ssl/key.pem\n"
      "  edgecron install --print | systemd-analyze security --offline=true /dev/stdin\n",
      install_run },
    { "healthcheck", NULL, "", 0, 0, B(LISTEN), "exit status 0 when a running server is ready, else 1",
      "Asks /readyz at --listen (an address that means 'all' is asked on loopback) and prints the answer.\n"
      "A server that speaks https is asked that way; its certificate is not checked, as nothing secret is\n"
      "sent, and the question does not leave the machine.\n",
      healthcheck_run },
    { "schema", NULL, "", 0, 0, 0, "print the JSON Schema of the apply file",
      "For editors, which then complete fields, explain them and mark what is wrong: save it beside the\n"
      "file, and begin that with { \"$schema\": \"./edgecron.schema.json\", \"version\": 1, ... }.\n"
      "\n"
      "  edgecron schema > edgecron.schema.json\n",
      schema_run },
    { "completion", "bash", "", 0, 0, 0, "print the completion script for bash",
      "  edgecron completion bash > /usr/share/bash-completion/completions/edgecron\n"
      "  echo 'source <(edgecron completion bash)' >> ~/.bashrc\n",
      completion_bash },
    { "completion", "zsh", "", 0, 0, 0, "print the completion script for zsh",
      "  edgecron completion zsh > /usr/local/share/zsh/site-functions/_edgecron\n", completion_zsh },
    { "completion", "fish", "", 0, 0, 0, "print the completion script for fish",
      "  edgecron completion fish > ~/.config/fish/completions/edgecron.fish\n", completion_fish },
    { "completion", "names", "KIND", 1, 1, DATA, "print names, as the shells ask for them",
      "Of jobs, targets, secrets, alerts, channels, tokens, runs or zones, one a line: what the scripts ask\n"
      "for while you type. A data directory that is not there, or cannot be read, has no names: nothing is\n"
      "printed, and the exit status is 0. Of runs, the 50 newest, each with a tab and what it is.\n",
      completion_names },
    { "man", NULL, "[COMMAND [VERB]]", 0, 2, 0, "print the manual page, of edgecron or of one command",
      "In mdoc(7), for man and mandoc.\n"
      "\n"
      "  edgecron man | man -l -\n"
      "  edgecron man job set | man -l -\n"
      "  edgecron man > /usr/local/share/man/man1/edgecron.1\n",
      man_run },
    { "version", NULL, "", 0, 0, B(LICENSES), "version, libraries and time zone data", NULL, version_run },
    { "help", NULL, "[COMMAND [VERB] | api [RESOURCE]]", 0, 2, 0, "explain commands, and the REST API",
      "With 'api' every operation of the REST API; with a resource (such as jobs) its parameters, forms,\n"
      "errors and examples; 'api errors' tells all codes. 'api --json' is the OpenAPI document, without a\n"
      "server.\n",
      help_run },
};
const int command_count = MEM_COUNT(command_table);
