/* Any text as SQL, CSV or JSON of pg_cron's jobs (the first byte says which): what comes out are templates, names that secrets may have, places that are in the
 * file, and never a value that was given to the Vault or to a setting. */
#include "core/job.h"
#include "core/pgcron.h"
#include "core/template.h"

#include <stdlib.h>
#include <string.h>

#define VALUE "kJ8mN2pQ5rT9wX3yB6eH1jK4lM7nP0sV2uA5"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char FIRST[] =
    "select vault.create_secret('" VALUE "', 'service_role_key');\n"
    "alter database postgres set app.cron_internal_key = '" VALUE "';\n"
    "create function get_key() returns text language sql as $$ select '" VALUE "' $$;\n"
    "create function f(p text) returns void language plpgsql as $$ begin perform net.http_post('https://a.example/' || "
    "p,\n"
    "  headers := jsonb_build_object('apikey', get_key(), 'X-A', current_setting('app.cron_internal_key'))); end $$;\n"
    "select cron.schedule('first', '* * * * *', $$ select f('x') $$);\n";

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    json_init();
    return 0;
}

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void check_text(const char *text, bool given)
{
    require(text != NULL);
    require(given || !strstr(text, VALUE));
    require(json_utf8_valid(text, strlen(text)));
    require(!strstr(text, "\xEF\xB7\x90") && !strstr(text, "\xEF\xB7\x91"));
}

static void check_json(const struct json *v, bool given)
{
    if (json_type(v) == JSON_STRING) {
        check_text(json_string(v), given);
        require(template_check(json_string(v), NULL) == 0);
    }
    for (const struct json *c = json_first(v); c; c = json_next(c))
        check_json(c, given);
}

static void check_call(const struct pgcron_call *c, bool given)
{
    check_text(c->method, given);
    check_text(c->url, given);
    require(*c->url && template_check(c->url, NULL) == 0);
    require(!c->headers || json_type(c->headers) == JSON_OBJECT);
    check_json(c->headers, given);
    check_json(c->body, given);
    require(c->timeout_ms >= 0 && c->timeout_ms <= 86400000 && c->at.line >= 0 && c->at.file);
}

static void check_result(const struct pgcron_result *r, bool given)
{
    for (size_t i = 0; i < r->n_jobs; i++) {
        check_text(r->jobs[i].name, given);
        check_text(r->jobs[i].schedule, given);
        check_text(r->jobs[i].command, given);
        for (size_t k = 0; k < r->jobs[i].n_calls; k++)
            check_call(&r->jobs[i].calls[k], given);
    }
    for (size_t i = 0; i < r->n_secrets; i++) {
        require(secret_name_valid(r->secrets[i].name));
        check_text(r->secrets[i].origin, given);
        for (size_t k = 0; k < i; k++)
            require(strcmp(r->secrets[i].name, r->secrets[k].name) != 0);
    }
    for (size_t i = 0; i < r->n_notes; i++) {
        check_text(r->notes[i].text, given);
        require(r->notes[i].text[0] && r->notes[i].at.file);
        if (r->notes[i].job)
            check_text(r->notes[i].job, given);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum pgcron_form form = size && data[0] == 'C' ? PGCRON_CSV : size && data[0] == 'J' ? PGCRON_JSON : PGCRON_SQL;
    const char *text = (const char *)data + (size > 0);
    size_t len = size - (size > 0);
    struct arena *a = arena_new(0);
    struct pgcron *p = pgcron_new(a);
    struct err e = { 0 };
    require(pgcron_read(p, PGCRON_SQL, "1.sql", FIRST, sizeof FIRST - 1, &e) == 0);
    int rc = pgcron_read(p, form, "2.sql", text, len, &e);
    require(rc == 0 || e.text[0]);
    bool given = false;
    for (size_t i = 0; i + sizeof VALUE - 1 <= len && !given; i++)
        given = memcmp(text + i, VALUE, 8) == 0; /* a part of it is enough for expressions to make the rest */
    check_result(pgcron_result(p), given);
    pgcron_free(p);
    arena_free(a);
    return 0;
}
