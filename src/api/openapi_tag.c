/* openapi_tag.c - the resources, and what the captures in their paths stand for. */
#include "api/openapi_operation.h"

#include "base/mem.h"

#include <string.h>

const struct tag openapi_tags[] = {
    { "jobs", "Schedules, and what they call." },
    { "runs", "What happened, and what is happening. A run is one occurrence of a job, or one asked for by hand." },
    { "targets", "Places that functions live: base URL, shared headers, limits, TLS." },
    { "alerts", "Rules: what is watched, of which jobs, and who is told." },
    { "firing", "What is wrong just now, by the rules." },
    { "mutes", "What is watched all the same, but not told for a while." },
    { "channels", "Where alerts are sent. A message is a run of the job alert:NAME, with all that a run has." },
    { "secrets", "Keys that calls carry. Written and used, never read back." },
    { "schedule", "Trying schedules out, and what is due next." },
    { "stats", "Figures over time, from hourly sums: they cost the same however long the history is." },
    { "events", "What happens, as it happens." },
    { "apply", "All targets, channels, jobs, alert rules and settings as one file." },
    { "export", "All targets, channels, jobs, alert rules and settings as one file." },
    { "backup", "A copy of the store." },
    { "settings", "What holds for the whole server." },
    { "tokens", "Keys of this API." },
    { "session", "Logging in with the password, as the page does." },
    { "sessions", "Who is logged in." },
    { "admin", "The administrator's password." },
    { "setup", "The first password, by the link that the first start prints." },
    { "audit", "Who changed what, from where, when." },
    { "server", "The server itself: its health, figures and state." },
};
const size_t openapi_tag_count = MEM_COUNT(openapi_tags);

/* Paths that are no resource of their own. */
static const char *const of_server[] = { "status", "unseal", "doctor", NULL };

#define NAME "^[a-z0-9][a-z0-9_-]{0,62}$"
static const struct capture captures[] = {
    { "jobs", "name", "Name of a job", "followup-7h", NAME, NULL },
    { "targets", "name", "Name of a target", "prod", NAME, NULL },
    { "alerts", "name", "Name of a rule", "failing", NAME, NULL },
    { "mutes", "scope", "What is muted: all, rule, job or target", "job", "^(all|rule|job|target)$", NULL },
    { "mutes", "name", "Name of the rule, job or target; all of everything", "followup-7h", NAME, NULL },
    { "channels", "name", "Name of a channel", "ops", "^[a-z0-9][a-z0-9_-]{0,39}$", NULL },
    { "secrets", "name", "Name of a secret", "CRON_INTERNAL_KEY", "^[A-Za-z_][A-Za-z0-9_]{0,62}$", NULL },
    { "runs", "id", "Id of a run", "0193a2c4-7f00-7abc-8def-0123456789ab", NULL, "uuid" },
    { "tokens", "name", "Name of a token", "deploy", NULL, NULL },
    { "sessions", "id", "Id of a session", "0193a2c4-7f00-7abc-8def-0123456789ab", NULL, NULL },
};

static const struct tag *tag_named(const char *name, size_t len)
{
    for (size_t i = 0; i < openapi_tag_count; i++)
        if (strlen(openapi_tags[i].name) == len && !memcmp(openapi_tags[i].name, name, len))
            return &openapi_tags[i];
    return NULL;
}

const struct tag *openapi_tag(const struct route *r)
{
    const size_t prefix = strlen(ROUTE_PREFIX);
    const char *segment = r->path + prefix;
    if (strncmp(r->path, ROUTE_PREFIX, prefix))
        return tag_named("server", 6);
    size_t len = strcspn(segment, "/");
    for (const char *const *s = of_server; *s; s++)
        if (strlen(*s) == len && !memcmp(*s, segment, len))
            return tag_named("server", 6);
    return tag_named(segment, len);
}

const struct capture *openapi_capture(const struct route *r, const char *name, size_t len)
{
    const struct tag *t = openapi_tag(r);
    for (size_t i = 0; t && i < MEM_COUNT(captures); i++)
        if (!strcmp(captures[i].tag, t->name) && strlen(captures[i].name) == len &&
            !memcmp(captures[i].name, name, len))
            return &captures[i];
    return NULL;
}
