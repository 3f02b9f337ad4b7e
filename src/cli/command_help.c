#include "cli/command_help.h"

const char alert_set_help[] =
    "With field flags, those fields of the rule change and the others stay; a rule that does not exist is\n"
    "created, and then needs at least --on. With --file (or, without any field flag, from standard input)\n"
    "the rule becomes what the JSON says. --on is one of\n"
    "\n"
    "  failure      so many runs in a row failed (--after)\n"
    "  missed       an occurrence was missed\n"
    "  lateness     a run began, or still waits, later than --over\n"
    "  duration     a run took, or has been taking, longer than --over\n"
    "  metric       --metric holds of what a run answered\n"
    "  no_success   for longer than --over no run succeeded\n"
    "  secret_age   a secret is over its rotate_every, or older than --over\n"
    "  certificate  of a target, or the server's own: ends within --within\n"
    "  disk         less than --under is free where the data is\n"
    "  sealed, clock, overload, backup, store: the server itself is not well\n"
    "\n"
    "Those about runs are of the jobs and tags that are named, else of all jobs. Of each --on the most\n"
    "particular rules hold for a job, and these alone: its own ('job set --alerts'), else those that name\n"
    "it, else those that name a tag of it, else those of all jobs. What happens on one target within the\n"
    "time of 'settings set --alert-group-s' is one message. A new store has a rule of each kind that needs\n"
    "no limit; they tell all channels, so a channel is all that is missing.\n"
    "\n"
    "  edgecron alert set failing --after 3 --repeat 4h\n"
    "  edgecron alert set slow --on duration --over 90s --tag mail --channel ops\n"
    "  edgecron alert set lost-mails --on metric --metric 'followups_failed > 0' --job followup-7h\n"
    "  edgecron alert set nightly --on no_success --over 26h --job backup-nightly\n"
    "  edgecron alert set quiet-ones --on failure --tag experiment --disabled\n";

const char alert_mute_help[] =
    "What is muted is watched all the same: what still fires at the end is told then, and what is over by\n"
    "then is not. Without --job, --rule and --target nothing at all is told; without --for and --until,\n"
    "until 'alert unmute'.\n"
    "\n"
    "  edgecron alert mute --job followup-7h --for 2h\n"
    "  edgecron alert mute --target prod --until 2027-01-31T18:00:00+01:00\n"
    "  edgecron alert unmute --job followup-7h\n";

const char alert_history_help[] =
    "Each is a run of the job 'alert:CHANNEL' that no schedule asked for: 'run show ID' tells what was\n"
    "sent and what the other side said, 'run retry ID' sends it again. Tests are among them: KIND says so.\n"
    "--json is the form of 'run list'.\n"
    "\n"
    "  edgecron alert history --channel ops --since 7d\n";

const char alert_test_help[] =
    "The message is stored, and a running server sends it at once, with the retries of any other. With\n"
    "--wait the exit status is 0 only when it was taken.\n"
    "\n"
    "  edgecron alert test --wait --timeout 1m\n"
    "  edgecron channel test ops --wait\n";

const char channel_set_help[] =
    "With field flags, those fields of the channel change and the others stay; a channel that does not\n"
    "exist is created, and then needs at least --kind, and --url or, for email, --host, --from and --to.\n"
    "With --file (or, without any field flag, from standard input) the channel becomes what the JSON says.\n"
    "slack, discord, teams and ntfy need no more than their URL. A webhook may have --method, --header and\n"
    "--body, with {{alert.title}}, {{alert.text}}, {{alert.kind}}, {{alert.on}}, {{alert.rule}},\n"
    "{{alert.job}}, {{alert.jobs}}, {{alert.target}}, {{alert.since}}, {{alert.error}}, {{alert.count}},\n"
    "{{alert.total}}, {{alert.link}}, {{alert.host}}, {{alert.channel}} and {{alert.json}}; without a body\n"
    "all of that is sent as JSON.\n"
    "\n"
    "The address of such a service, and a password, are keys: keep them as secrets.\n"
    "\n"
    "  edgecron secret set SLACK_URL\n"
    "  edgecron channel set ops --kind slack --url '{{secret.SLACK_URL}}'\n"
    "  edgecron channel set phone --kind ntfy --url 'https://ntfy.sh/{{secret.NTFY_TOPIC}}' --language fr\n"
    "  edgecron channel set mail --kind email --host smtp.example.com --username edgecron \\\n"
    "      --password '{{secret.SMTP_PASSWORD}}' --from 'edgecron <cron@example.com>' --to ops@example.com\n"
    "  edgecron channel set pager --kind webhook --url https://pager.example.com/v1/events \\\n"
    "      --header 'Authorization: Bearer {{secret.PAGER_KEY}}' --body '{\"summary\": \"{{alert.title}}\"}'\n";
