/* pgcron_catalogue.c - functions, jobs and settings, as the database would hold them. */
#include "core/pgcron_state.h"

#include "core/conceal.h"
#include "core/pgcron_quote.h"
#include "core/pgcron_secret.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- notes ---- */

static size_t file_number(const struct pgcron *p, const char *file)
{
    for (size_t i = p->n_files; i-- > 0;)
        if (p->files[i] == file || strcmp(p->files[i], file) == 0)
            return i;
    return 0;
}

void pgcron_note(struct pgcron *p, enum pgcron_note_kind kind, const char *job, struct pgcron_place at, const char *fmt,
                 ...)
{
    char text[1000];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (p->n_notes > PGCRON_NOTES_MAX)
        return;
    if (p->n_notes == PGCRON_NOTES_MAX) {
        snprintf(text, sizeof text, "there is more to be said than the %d notes that are kept", PGCRON_NOTES_MAX);
        kind = PGCRON_SKIPPED;
        job = NULL;
    }
    mem_auto char *said = mem_printf("%s:%d:%s:%s", at.file, at.line, job ? job : "", text);
    if (map_get(&p->notes_seen, said))
        return;
    char *key = arena_strdup(p->arena, said);
    map_put(&p->notes_seen, key, key);
    if (p->n_notes == p->cap_notes) {
        p->cap_notes = p->cap_notes ? p->cap_notes * 2 : 32;
        p->notes = mem_resize(p->notes, p->cap_notes * sizeof *p->notes);
    }
    p->notes[p->n_notes] =
        (struct pgcron_noted){ .note = { kind, arena_strdup(p->arena, job), at, pgcron_mended(p->arena, text) },
                               .file = file_number(p, at.file),
                               .order = p->n_notes };
    p->n_notes++;
}

/* ---- functions ---- */

/* Schemas that are searched for a name without one. */
static const char *schema_of(const char *owner)
{
    return owner && strcmp(owner, "public") ? owner : "";
}

void pgcron_function_drop(struct pgcron *p, const char *owner, const char *name, const char *signature)
{
    struct pgcron_function *first = map_get(&p->functions, name), *kept = first, **at = &kept;
    for (; *at;) {
        bool same =
            strcmp((*at)->owner, schema_of(owner)) == 0 && (!signature || strcmp((*at)->signature, signature) == 0);
        if (same) {
            *at = (*at)->next;
            p->n_functions--;
        } else {
            at = &(*at)->next;
        }
    }
    if (!first || kept == first)
        return;
    map_remove(&p->functions, name);
    if (kept)
        map_put(&p->functions, kept->name, kept);
}

void pgcron_function_add(struct pgcron *p, struct pgcron_function *f)
{
    f->owner = schema_of(f->owner);
    pgcron_function_drop(p, f->owner, f->name, f->signature);
    if (p->n_functions >= PGCRON_FUNCTIONS_MAX) {
        pgcron_note(p, PGCRON_SKIPPED, NULL, f->at, "more than %d functions: the rest is not known",
                    PGCRON_FUNCTIONS_MAX);
        return;
    }
    size_t same = 0;
    for (const struct pgcron_function *g = map_get(&p->functions, f->name); g; g = g->next)
        same++;
    if (same >= PGCRON_OVERLOADS_MAX) {
        pgcron_note(p, PGCRON_SKIPPED, NULL, f->at, "more than %d functions of one name: the rest is not known",
                    PGCRON_OVERLOADS_MAX);
        return;
    }
    f->next = map_remove(&p->functions, f->name);
    map_put(&p->functions, f->name, f);
    p->n_functions++;
}

static bool takes(const struct pgcron_function *f, size_t n, const char *const *names)
{
    size_t required = 0, named = 0;
    for (size_t i = 0; i < f->n_params; i++)
        required += !f->params[i].preset;
    for (size_t i = 0; i < n && names; i++)
        for (size_t k = 0; names[i] && k < f->n_params; k++)
            named += f->params[k].name && strcmp(f->params[k].name, names[i]) == 0;
    size_t wanted = 0;
    for (size_t i = 0; i < n && names; i++)
        wanted += names[i] != NULL;
    return n <= f->n_params && n >= required && named >= wanted;
}

struct pgcron_function *pgcron_function_find(struct pgcron *p, const char *owner, const char *name, size_t n,
                                             const char *const *names)
{
    struct pgcron_function *any = NULL;
    for (struct pgcron_function *f = map_get(&p->functions, name); f; f = f->next) {
        if (owner && strcmp(f->owner, schema_of(owner)))
            continue;
        if (takes(f, n, names))
            return f;
        any = any ? any : f;
    }
    return any; /* with other arguments: what the call gives it is looked at then */
}

struct pgcron_statement *pgcron_function_tree(struct pgcron *p, struct pgcron_function *f)
{
    if (!f->tree)
        f->tree = f->language == PGCRON_LANGUAGE_PLPGSQL ? pgcron_tree_plpgsql(p->arena, f->body, f->body_line)
                                                         : pgcron_tree_sql(p->arena, f->body, f->body_line);
    return f->tree;
}

static bool statements_reach(struct pgcron *p, const struct pgcron_statement *s)
{
    for (; s; s = s->next)
        if (pgcron_calls_http(p, s->called) || statements_reach(p, s->body) || statements_reach(p, s->orelse))
            return true;
    return false;
}

bool pgcron_function_reaches(struct pgcron *p, struct pgcron_function *f)
{
    if (f->reaches == 0) {
        f->reaches = 2;
        f->reaches = f->language != PGCRON_LANGUAGE_OTHER && p->reach_depth < PGCRON_NEST_MAX &&
                             (p->reach_depth++, statements_reach(p, pgcron_function_tree(p, f)))
                         ? 1
                         : -1;
        p->reach_depth -= p->reach_depth > 0;
    }
    return f->reaches == 1;
}

bool pgcron_calls_http(struct pgcron *p, const char *const *called)
{
    for (; called && *called; called++) {
        if (pgcron_is_http(*called))
            return true;
        struct pgcron_function *f = map_get(&p->functions, *called);
        if (f && pgcron_function_reaches(p, f))
            return true;
    }
    return false;
}

bool pgcron_calls_cron(const char *const *called)
{
    static const char *const names[] = { "schedule", "schedule_in_database", "unschedule", "alter_job" };
    for (; called && *called; called++)
        for (size_t i = 0; i < MEM_COUNT(names); i++)
            if (strcmp(*called, names[i]) == 0)
                return true;
    return false;
}

/* ---- jobs ---- */

struct pgcron_known_job *pgcron_job_add(struct pgcron *p, const char *name, const char *schedule, const char *command,
                                        struct pgcron_place at)
{
    struct pgcron_known_job *j = name ? map_get(&p->jobs_named, name) : NULL;
    if (!j) {
        if (p->n_jobs >= PGCRON_JOBS_MAX) {
            pgcron_note(p, PGCRON_SKIPPED, NULL, at, "more than %d jobs: the rest is not read", PGCRON_JOBS_MAX);
            return NULL;
        }
        j = arena_alloc(p->arena, sizeof *j);
        p->n_jobs++;
        p->n_made++;
        j->named = name != NULL;
        j->name = name ? arena_strdup(p->arena, name) : arena_printf(p->arena, "job-%zu", p->n_made);
        *p->jobs_end = j;
        p->jobs_end = &j->next;
        if (name)
            map_put(&p->jobs_named, j->name, j);
    }
    j->schedule = arena_strdup(p->arena, schedule);
    j->command = arena_strdup(p->arena, command);
    j->active = true;
    j->at = at;
    j->command_file = at.file;
    j->command_line = at.line;
    return j;
}

void pgcron_job_number(struct pgcron *p, struct pgcron_known_job *j, int64_t id)
{
    j->id = id;
    if (!j->named && id > 0)
        j->name = arena_printf(p->arena, "job-%lld", (long long)id);
}

void pgcron_job_remove(struct pgcron *p, struct pgcron_known_job *j)
{
    if (j->gone)
        return;
    j->gone = true;
    p->n_jobs--;
    if (j->named)
        map_remove(&p->jobs_named, j->name);
}

/* ---- settings and the Vault ---- */

/* An address without user, password or query may be shown. */
static bool is_plain_address(const char *s)
{
    return (strncmp(s, "http://", 7) == 0 || strncmp(s, "https://", 8) == 0) && !strpbrk(s, "@?#") &&
           !pgcron_has_key(s, strlen(s));
}

static void keep(struct pgcron *p, struct map *in, const char *name, const char *text, struct pgcron_place at)
{
    struct pgcron_known_value *v = arena_alloc(p->arena, sizeof *v);
    v->name = arena_strdup(p->arena, name);
    v->text = arena_strdup(p->arena, text);
    v->pasted = !text;
    v->at = at;
    map_remove(in, name);
    map_put(in, v->name, v);
}

void pgcron_setting_add(struct pgcron *p, const char *name, const char *value, struct pgcron_place at)
{
    bool plain = is_plain_address(value) ||
                 !(conceal_name(name) || pgcron_has_key(value, strlen(value)) || strstr(value, PGCRON_OPEN));
    if (!pgcron_stands_for_key(value) || plain)
        keep(p, &p->settings, name, plain ? value : NULL, at);
}

void pgcron_vault_add(struct pgcron *p, const char *name, const char *value, struct pgcron_place at)
{
    if (value && !pgcron_stands_for_key(value) && !strstr(value, PGCRON_OPEN))
        keep(p, &p->vault, name, is_plain_address(value) ? value : NULL, at);
}
