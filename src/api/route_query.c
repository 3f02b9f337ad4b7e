/* route_query.c - the query parameters that routes take. */
#include "api/route_query.h"

#include "api/events_text.h"
#include "core/run.h"
#include "store/audit.h"

/* A row names what there is to say; what it leaves out is zero. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#define PAGE_QUERY                                                                    \
    { "limit", QUERY_INTEGER, 1, 1000, 100, "At most that many items", "100", NULL }, \
    {                                                                                 \
        "cursor", QUERY_TEXT, 0, 0, 0, "next_cursor of the page before", NULL, NULL   \
    }

const struct route_query next_query[] = {
    { "count", QUERY_INTEGER, 1, 1000, 5, "How many", "5", NULL },
    { .name = NULL },
};
#define X(name, text) text,
static const char *const run_states[] = { RUN_STATES(X) NULL };
static const char *const run_outcomes[] = { RUN_OUTCOMES(X) NULL };
static const char *const run_triggers[] = { RUN_TRIGGERS(X) NULL };
#undef X
static const char *const run_orders[] = { "-created_at", "created_at", "-duration_ms", "-lateness_ms", NULL };

static const char *const no_yes[] = { "false", "true", NULL };
static const char *const job_orders[] = { "name", "next_at", NULL };

const struct route_query jobs_query[] = {
    { "tag", QUERY_TEXT, 0, 0, 0, "Jobs that have that tag", "followup", NULL },
    { "target", QUERY_TEXT, 0, 0, 0, "Jobs that are on that target", "prod", NULL },
    { "text", QUERY_TEXT, 0, 0, 0, "Somewhere in the name or description, in either case", "morning", NULL },
    { "enabled", QUERY_CHOICE, 0, 0, 0, "Only those that are, or are not", "true", no_yes },
    { "paused", QUERY_CHOICE, 0, 0, 0, "Only those that are now, or are not", "false", no_yes },
    { "failing", QUERY_CHOICE, 0, 0, 0,
      "Only those that are (status.failing), or are not; of those that are, also disabled and paused ones", "true",
      no_yes },
    { "state", QUERY_CHOICES, 0, 0, 0, "Whose newest run is in one of those states", "failed", run_states },
    { "recent", QUERY_INTEGER, 0, 50, 0, "With status.recent, the newest runs in short, at most that many", "20",
      NULL },
    { "sort", QUERY_CHOICE, 0, 0, 0,
      "By name when absent. Those due next come in one page, of some thousand jobs at most: 422 says that the filter "
      "needs to be narrower",
      "name", job_orders },
    PAGE_QUERY,
    { .name = NULL },
};

const struct route_query runs_query[] = {
    { "job", QUERY_TEXT, 0, 0, 0, "Runs of that job only", "followup-7h", NULL },
    { "tag", QUERY_TEXT, 0, 0, 0, "Runs of jobs that have that tag now", "followup", NULL },
    { "target", QUERY_TEXT, 0, 0, 0, "Runs of jobs that are on that target now", "prod", NULL },
    { "state", QUERY_CHOICES, 0, 0, 0, "Runs in one of those states only", "failed", run_states },
    { "outcome", QUERY_CHOICES, 0, 0, 0, "Runs whose last attempt had one of those outcomes", "timeout", run_outcomes },
    { "trigger", QUERY_CHOICES, 0, 0, 0, "Runs that one of those caused", "schedule", run_triggers },
    { "text", QUERY_TEXT, 0, 0, 0, "Somewhere in the message, in either case", "certificate", NULL },
    { "since", QUERY_TIME, 0, 0, 0, "Scheduled for then or later", "2026-11-20T00:00:00Z", NULL },
    { "until", QUERY_TIME, 0, 0, 0, "Scheduled for before then", "2026-11-21T00:00:00Z", NULL },
    { "sort", QUERY_CHOICE, 0, 0, 0,
      "Newest first when absent. The longest or most late come in one page, of some thousand runs at most: 422 says "
      "that "
      "the filter needs to be narrower",
      "-created_at", run_orders },
    PAGE_QUERY,
    { .name = NULL },
};

#define WINDOW_QUERY                                                                                                 \
    {                                                                                                                \
        "window", QUERY_TEXT, 0, 0, 0, "So many hours (1h to 168h) or days (1d to 731d) up to now; 24h when absent", \
            "7d", NULL                                                                                               \
    }
const struct route_query stats_query[] = {
    WINDOW_QUERY,
    { "job", QUERY_TEXT, 0, 0, 0, "Of that job only, which may be gone", "followup-7h", NULL },
    { "tag", QUERY_TEXT, 0, 0, 0, "Of jobs that have that tag now", "followup", NULL },
    { "target", QUERY_TEXT, 0, 0, 0, "Of jobs that are on that target now", "prod", NULL },
    { .name = NULL },
};
const struct route_query job_stats_query[] = { WINDOW_QUERY, { .name = NULL } };

#define X(name, text) text,
static const char *const audit_actions[] = { AUDIT_TABLE(X) NULL };
#undef X
#define X(name) name,
static const char *const event_types[] = { EVENTS_KINDS(X) NULL };
#undef X
const struct route_query events_query[] = {
    { "types", QUERY_CHOICES, 0, 0, 0, "Events of these types only", "run", event_types },
    { "job", QUERY_TEXT, 0, 0, 0, "Of runs and jobs, those of that job only", "followup-7h", NULL },
    { "last_event_id", QUERY_TEXT, 0, 0, 0, "As Last-Event-ID, for the first request of a page", NULL, NULL },
    { .name = NULL },
};

const struct route_query audit_query[] = {
    { "actor", QUERY_TEXT, 0, 0, 0, "Done by them only", "token:deploy", NULL },
    { "action", QUERY_CHOICE, 0, 0, 0, "Only this", "job.update", audit_actions },
    { "resource", QUERY_TEXT, 0, 0, 0, "Done to what has that name only", "followup-7h", NULL },
    { "since", QUERY_TIME, 0, 0, 0, "Done then or later", "2026-11-20T00:00:00Z", NULL },
    { "until", QUERY_TIME, 0, 0, 0, "Done before then", "2026-11-21T00:00:00Z", NULL },
    PAGE_QUERY,
    { .name = NULL },
};

const struct route_query preview_query[] = {
    { "schedule", QUERY_TEXT, 0, 0, 0, "The expression to try", "30 2 * * *", .required = true },
    { "timezone", QUERY_TEXT, 0, 0, 0, "IANA name; UTC when absent", "Europe/Berlin", NULL },
    { "from", QUERY_TIME, 0, 0, 0, "Occurrences after then; now when absent", "2027-03-27T00:00:00Z", NULL },
    { "count", QUERY_INTEGER, 1, 1000, 5, "How many", "5", NULL },
    { .name = NULL },
};

const struct route_query upcoming_query[] = {
    { "window", QUERY_TEXT, 0, 0, 0, "How far ahead: 5m to 1440m, or 1h to 24h; 1h when absent", "1h", NULL },
    { "limit", QUERY_INTEGER, 1, 1000, 100, "At most that many items", "100", NULL },
    { "job", QUERY_TEXT, 0, 0, 0, "Of that job only", "followup-7h", NULL },
    { "tag", QUERY_TEXT, 0, 0, 0, "Of jobs that have that tag", "followup", NULL },
    { "target", QUERY_TEXT, 0, 0, 0, "Of jobs that are on that target", "prod", NULL },
    { .name = NULL },
};

static const char *const firing_phases[] = { "pending", "firing", "over", NULL };
const struct route_query firing_query[] = {
    { "job", QUERY_TEXT, 0, 0, 0, "On that job only", "followup-7h", NULL },
    { "rule", QUERY_TEXT, 0, 0, 0, "Of that rule only", "failing", NULL },
    { "target", QUERY_TEXT, 0, 0, 0, "On jobs that are on that target only", "prod", NULL },
    { "phase", QUERY_CHOICES, 0, 0, 0, "In one of those phases; pending and firing when absent", "firing",
      firing_phases },
    PAGE_QUERY,
    { .name = NULL },
};

#define DRY_RUN                                                                                                   \
    {                                                                                                             \
        "dry_run", QUERY_BOOLEAN, 0, 0, 0, "true: check all and answer what would be, but change nothing", "true" \
    }
const struct route_query doctor_query[] = { { "offline", QUERY_BOOLEAN,
                                              .description = "Call nothing: leave the targets out", .example = "true" },
                                            { .name = NULL } };
const struct route_query write_query[] = { DRY_RUN, { .name = NULL } };
const struct route_query apply_query[] = {
    DRY_RUN,
    { "prune", QUERY_BOOLEAN, 0, 0, 0,
      "true: remove the jobs, targets, channels and alert rules that the file does not hold, of those members that it "
      "has",
      "true" },
    { .name = NULL },
};
