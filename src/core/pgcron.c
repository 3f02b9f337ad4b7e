#include "core/pgcron.h"

#include "core/pgcron_define.h"
#include "core/pgcron_quote.h"
#include "core/pgcron_request.h"
#include "core/pgcron_run.h"
#include "core/pgcron_table.h"

#include <stdlib.h>
#include <string.h>

struct pgcron *pgcron_new(struct arena *a)
{
    struct pgcron *p = arena_alloc(a, sizeof *p);
    p->arena = a;
    p->jobs_end = &p->jobs;
    p->secret_end = &p->secret_list;
    return p;
}

void pgcron_free(struct pgcron *p)
{
    if (!p)
        return;
    pgcron_secrets_wipe(p);
    struct map *const maps[] = { &p->functions,     &p->settings,   &p->vault,     &p->secrets,
                                 &p->secrets_named, &p->jobs_named, &p->notes_seen };
    for (size_t i = 0; i < MEM_COUNT(maps); i++)
        map_free(maps[i]);
    for (size_t i = 0; i < p->n_json; i++)
        json_free(p->json[i]);
    mem_free(p->json);
    mem_free(p->notes);
    mem_free(p->files);
    *p = (struct pgcron){ 0 };
}

const struct json *pgcron_keep_json(struct pgcron *p, struct json *v)
{
    if (!v)
        return NULL;
    if (p->n_json == p->cap_json) {
        p->cap_json = p->cap_json ? p->cap_json * 2 : 16;
        p->json = mem_resize(p->json, p->cap_json * sizeof(*p->json));
    }
    return p->json[p->n_json++] = v;
}

/* ---- reading ---- */

static void note_troubles(struct pgcron *p, const struct pgcron_tokens *t)
{
    struct pgcron_place at = { p->file, t->unended ? t->unended : t->token[0].line };
    if (t->unended)
        pgcron_note(p, PGCRON_SKIPPED, NULL, at,
                    "a quote or comment that begins here has no end: what follows it in this file is not read");
    if (t->too_many)
        pgcron_note(p, PGCRON_SKIPPED, NULL, at, "a statement of more than %d words is not read", PGCRON_TOKENS_MAX);
}

/* INSERT and its like concern us on few tables; of the others nothing is read. */
static bool concerns(const struct pgcron_statement *s)
{
    if (s->kind != PGCRON_SQL_WRITE)
        return true;
    return s->owner && (strcmp(s->owner, "cron") == 0 || strcmp(s->owner, "vault") == 0);
}

static void read_statement(struct pgcron *p, const struct pgcron_tokens *t)
{
    struct pgcron_run r;
    pgcron_run_begin(&r, p, NULL, p->file);
    struct pgcron_parser parser = { .token = t->token, .n = t->n, .arena = r.arena };
    struct pgcron_statement *s = pgcron_parse_statement(&parser);
    if (concerns(s))
        pgcron_follow(&r, NULL, s);
    pgcron_run_end(&r);
}

/* \i and its like: what psql reads there is not read here. */
static void note_include(void *ctx, const char *text, size_t len, int line)
{
    static const char *const includes[] = { "i", "ir", "include", "include_relative" };
    struct pgcron *p = ctx;
    size_t n = 0, end = len;
    while (n < len && !strchr(" \t\r", text[n]))
        n++;
    while (end > n && strchr(" \t\r;", text[end - 1]))
        end--;
    size_t start = n;
    while (start < end && strchr(" \t", text[start]))
        start++;
    for (size_t i = 0; start < end && i < MEM_COUNT(includes); i++)
        if (strlen(includes[i]) == n && strncmp(text, includes[i], n) == 0)
            pgcron_note(p, PGCRON_SKIPPED, NULL, (struct pgcron_place){ p->file, line },
                        "psql reads '%.*s' here, and the import does not: give that file, too, in front of this one",
                        (int)(end - start < 200 ? end - start : 200), text + start);
}

static void read_sql(struct pgcron *p, const char *text, size_t len)
{
    struct pgcron_lex l = { .text = text, .len = len, .line = 1, .command = note_include, .ctx = p };
    struct pgcron_tokens t = { 0 };
    for (bool more = true; more;) {
        l.arena = arena_new(4096);
        more = pgcron_lex_statement(&l, &t);
        if (more && t.n) {
            note_troubles(p, &t);
            if (pgcron_is_copy(&t))
                pgcron_read_copy(p, &t, &l);
            else if (!t.too_many && !pgcron_define(p, &t, text, l.arena))
                read_statement(p, &t);
        }
        arena_free(l.arena);
    }
    pgcron_tokens_free(&t);
}

static int refuse_utf16(const char *text, size_t len, struct err *e)
{
    if (len >= 2 && (memcmp(text, "\xFF\xFE", 2) == 0 || memcmp(text, "\xFE\xFF", 2) == 0))
        return err_set(e, ERR_MALFORMED, "it is written in UTF-16; expected UTF-8: save it again as UTF-8");
    return 0;
}

/* Where a file is first not UTF-8. */
static void note_encoding(struct pgcron *p, const char *text, size_t len)
{
    int line = 1;
    for (const char *s = text, *stop = text + len; s < stop; line++) {
        const char *eol = memchr(s, '\n', (size_t)(stop - s));
        size_t n = (size_t)((eol ? eol : stop) - s);
        if (!json_utf8_valid(s, n))
            break;
        s += n + 1;
    }
    pgcron_note(
        p, PGCRON_CHANGED, NULL, (struct pgcron_place){ p->file, line },
        "this line is not written in UTF-8, and what it holds in other letters than ASCII is lost: save the file "
        "again as UTF-8 (iconv -f WINDOWS-1252 -t UTF-8), and import that");
}

int pgcron_read(struct pgcron *p, enum pgcron_form form, const char *file, const char *text, size_t len, struct err *e)
{
    int rc = refuse_utf16(text, len, e);
    if (rc)
        return rc;
    if (len > PGCRON_FILE_MAX)
        return err_set(e, ERR_TOO_LARGE, "it is larger than %d MiB", PGCRON_FILE_MAX / 1024 / 1024);
    p->files = mem_resize(p->files, (p->n_files + 1) * sizeof *p->files);
    p->file = p->files[p->n_files++] = arena_strdup(p->arena, file);
    buf_auto struct buf copy = BUF_INIT((size_t)PGCRON_FILE_MAX * 3);
    bool marked = len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0;
    json_utf8_repair(&copy, text + 3 * marked, len - 3 * (size_t)marked);
    if (!json_utf8_valid(text, len) && (strcasestr(buf_str(&copy), "cron") || strcasestr(buf_str(&copy), "http_")))
        note_encoding(p, text, len);
    if (copy.len)
        pgcron_scrub(copy.data, copy.len);
    switch (form) {
    case PGCRON_CSV:
        return pgcron_read_csv(p, buf_str(&copy), copy.len, e);
    case PGCRON_JSON:
        return pgcron_read_json(p, buf_str(&copy), copy.len, e);
    default:
        read_sql(p, buf_str(&copy), copy.len);
        return 0;
    }
}

/* ---- the end ---- */

/* Does the text name a function that calls? Then nobody may say that it calls nothing. */
static bool names_http(const char *command)
{
    return command && (strcasestr(command, "http_") || strcasestr(command, "http("));
}

static void note_fruitless(struct pgcron_run *r, const struct pgcron_known_job *j)
{
    if (r->missing && r->n_made)
        pgcron_note(r->p, PGCRON_WARNING, j->name, (struct pgcron_place){ j->command_file, j->command_line },
                    "it also calls the function '%.100s', which is in none of the files: whether that calls over HTTP "
                    "is not known",
                    r->missing);
    if (r->refused || r->n_made)
        return;
    const char *missing = r->missing ? r->missing : r->missing_key;
    if (missing)
        pgcron_note(r->p, PGCRON_SKIPPED, j->name, (struct pgcron_place){ j->command_file, j->command_line },
                    "it calls the function '%.100s', which is in none of the files: give the file that defines it, too",
                    missing);
    else if (names_http(j->command))
        pgcron_note(
            r->p, PGCRON_SKIPPED, j->name, (struct pgcron_place){ j->command_file, j->command_line },
            "it calls over HTTP in a way that is not followed here: make a job for it by hand ('edgecron job set'), or "
            "leave it to pg_cron");
    else
        pgcron_note(r->p, PGCRON_SKIPPED, j->name, j->at,
                    "it calls nothing over HTTP, only the database: it stays with pg_cron");
}

static void follow_job(struct pgcron *p, const struct pgcron_known_job *k, struct pgcron_job *job)
{
    struct pgcron_run r;
    pgcron_run_begin(&r, p, k->name, k->command_file);
    pgcron_follow_text(&r, NULL, k->command, false, k->command_file, k->command_line);
    *job = (struct pgcron_job){ .name = k->name, .schedule = k->schedule, .active = k->active, .at = k->at };
    job->calls = pgcron_requests(&r, &job->n_calls);
    job->command = pgcron_shown_command(&r, k->command);
    if (job->n_calls)
        pgcron_run_remarks(&r);
    note_fruitless(&r, k);
    pgcron_run_end(&r);
}

static int by_place(const void *a, const void *b)
{
    const struct pgcron_noted *x = a, *y = b;
    if (x->file != y->file)
        return x->file < y->file ? -1 : 1;
    if (x->note.at.line != y->note.at.line)
        return x->note.at.line < y->note.at.line ? -1 : 1;
    return x->order < y->order ? -1 : 1;
}

static void give_notes(struct pgcron *p, struct pgcron_result *result)
{
    struct pgcron_note *notes = arena_alloc(p->arena, (p->n_notes + 1) * sizeof *notes);
    if (p->n_notes)
        qsort(p->notes, p->n_notes, sizeof *p->notes, by_place);
    for (size_t i = 0; i < p->n_notes; i++)
        notes[i] = p->notes[i].note;
    result->notes = notes;
    result->n_notes = p->n_notes;
}

static void give_secrets(struct pgcron *p, struct pgcron_result *result)
{
    struct pgcron_secret *secrets = arena_alloc(p->arena, (p->n_secrets + 1) * sizeof *secrets);
    for (const struct pgcron_known_secret *s = p->secret_list; s; s = s->next)
        if (s->used)
            secrets[result->n_secrets++] = (struct pgcron_secret){ s->name, s->origin, s->pasted, s->address, s->at };
    result->secrets = secrets;
}

static void give_timezone(const struct pgcron *p, struct pgcron_result *result)
{
    const struct pgcron_known_value *zone = map_get(&p->settings, "cron.timezone");
    if (!zone || !zone->text)
        return;
    result->timezone = zone->text;
    result->timezone_at = zone->at;
}

const struct pgcron_result *pgcron_result(struct pgcron *p)
{
    struct pgcron_result *result = arena_alloc(p->arena, sizeof *result);
    struct pgcron_job *jobs = arena_alloc(p->arena, (p->n_jobs + 1) * sizeof *jobs);
    for (const struct pgcron_known_job *k = p->jobs; k; k = k->next)
        if (!k->gone)
            follow_job(p, k, &jobs[result->n_jobs++]);
    result->jobs = jobs;
    give_timezone(p, result);
    give_secrets(p, result);
    give_notes(p, result);
    return result;
}
