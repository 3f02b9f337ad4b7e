#include "core/pgcron_document.h"

#include "base/buf.h"
#include "core/document.h"
#include "core/pgcron_making.h"
#include "core/template.h"

#include <stdlib.h>
#include <string.h>

#define SHOWN_MAX 300 /* bytes of a name or file in a description */
#define TIMEOUT_MAX INT64_C(86400000)

/* ---- which calls there are ---- */

/* Jobs of which the reader said why they are left out. */
static void note_told(struct pgcron_making *m)
{
    for (size_t i = 0; i < m->result->n_notes; i++) {
        const struct pgcron_note *n = &m->result->notes[i];
        if (n->kind == PGCRON_SKIPPED && n->job)
            map_put(&m->told, n->job, m);
    }
}

static void take_call(struct pgcron_making *m, const struct pgcron_job *job, size_t i, const struct pgcron_timing *s)
{
    const struct pgcron_call *call = &job->calls[i];
    struct pgcron_address address;
    struct err e = { 0 };
    if (pgcron_address_cut(call->url ? call->url : "", m->options->known, m->options->n_known, m->arena, &address,
                           &e)) {
        pgcron_remark(m, PGCRON_SKIPPED, job->name, call->at, "not imported: %s", e.text);
        return;
    }
    if (address.encoded)
        pgcron_remark(m, PGCRON_CHANGED, job->name, call->at,
                      "its URL holds characters that no URL may have: they are percent-encoded");
    struct pgcron_piece *p = pgcron_list_add(&m->pieces);
    *p = (struct pgcron_piece){ .job = job, .call = call, .schedule = *s, .path = address.path };
    p->group = pgcron_group_of(m, &address, call->at);
    p->number = job->n_calls > 1 ? (int)i + 1 : 0;
}

static void take_job(struct pgcron_making *m, const struct pgcron_job *job)
{
    struct pgcron_timing s;
    struct err e = { 0 };
    if (job->n_calls == 0) {
        if (!map_get(&m->told, job->name))
            pgcron_remark(m, PGCRON_SKIPPED, job->name, job->at,
                          "not imported: it calls nothing over HTTP; leave it to pg_cron");
        return;
    }
    if (!job->schedule || pgcron_timing(job->schedule, m->arena, &s, &e)) {
        pgcron_remark(m, PGCRON_SKIPPED, job->name, job->at, "not imported: pg_cron refuses its schedule, %s",
                      job->schedule ? e.text : "which is not known");
        return;
    }
    if (s.note)
        pgcron_remark(m, PGCRON_CHANGED, job->name, job->at, "schedule '%s': %s", job->schedule, s.note);
    if (job->n_calls > 1)
        pgcron_remark(m, PGCRON_CHANGED, job->name, job->at,
                      "its command makes %zu calls: each is a job here, with a number behind the name", job->n_calls);
    for (size_t i = 0; i < job->n_calls; i++)
        take_call(m, job, i, &s);
}

/* ---- names ---- */

static const char *wished(const struct pgcron_piece *p, struct arena *a)
{
    const char *name = pgcron_name_near(p->job->name, "job", a);
    return p->number ? pgcron_name_numbered(name, p->number, a) : name;
}

static bool keeps_name(const struct pgcron_piece *p)
{
    return p->number == 0 && job_name_valid(p->job->name);
}

/* Who has a valid name keeps it, whoever comes before. */
static void name_pieces(struct pgcron_making *m)
{
    struct pgcron_piece *pieces = m->pieces.data;
    for (size_t i = 0; i < m->pieces.n; i++)
        if (keeps_name(&pieces[i]))
            pieces[i].name = pgcron_name_take(&m->job_names, pieces[i].job->name);
    for (size_t i = 0; i < m->pieces.n; i++) {
        struct pgcron_piece *p = &pieces[i];
        if (!p->name)
            p->name = pgcron_name_take(&m->job_names, wished(p, m->arena));
        if (p->number == 0 && strcmp(p->name, p->job->name) != 0)
            pgcron_remark(m, PGCRON_CHANGED, p->job->name, p->job->at, "it is called '%s' here", p->name);
    }
}

/* ---- forms ---- */

static const char *base_name(const char *path)
{
    const char *slash = path ? strrchr(path, '/') : NULL;
    return slash ? slash + 1 : path ? path : "";
}

static void add_shown(struct buf *out, const char *s)
{
    buf_auto struct buf text = BUF_INIT(4 * SHOWN_MAX);
    size_t len = strnlen(s, SHOWN_MAX);
    while (len > 0 && s[len] && ((unsigned char)s[len] & 0xc0) == 0x80)
        len--;
    json_utf8_repair(&text, s, len);
    for (size_t i = 0; i < text.len; i++)
        buf_char(out, (unsigned char)text.data[i] < ' ' || text.data[i] == 0x7f ? ' ' : text.data[i]);
}

/* The folder is left out: where the files happen to lie is no part of the job. */
static void add_description(struct json *form, const struct pgcron_piece *p)
{
    buf_auto struct buf text = BUF_INIT(1000);
    buf_str_add(&text, "from pg_cron's job '");
    add_shown(&text, p->job->name);
    buf_str_add(&text, "', ");
    add_shown(&text, base_name(p->job->at.file));
    buf_printf(&text, ":%d", p->job->at.line);
    json_add_string(form, "description", buf_str(&text));
}

static int64_t timeout_of(struct pgcron_making *m, const struct pgcron_piece *p)
{
    int64_t ms = p->call->timeout_ms, kept = ms < 1 ? 1 : ms > TIMEOUT_MAX ? TIMEOUT_MAX : ms;
    if (kept != ms)
        pgcron_remark(m, PGCRON_CHANGED, p->job->name, p->call->at, "its timeout of %lld ms becomes %lld ms",
                      (long long)ms, (long long)kept);
    return kept;
}

static void add_policies(struct json *form)
{
    json_add_string(form, "delivery", "at_most_once");
    json_add_int(json_add_object(form, "retry"), "max_attempts", 1);
    json_add_string(form, "overlap", "allow");
    json_add_string(json_add_object(form, "catch_up"), "policy", "none");
}

static struct json *job_form(struct pgcron_making *m, const struct pgcron_piece *p, const char *target,
                             const char *path)
{
    struct json *form = json_new_object();
    json_add_string(form, "name", p->name);
    add_description(form, p);
    json_add_bool(form, "enabled", p->job->active && p->schedule.runs && !m->options->disabled);
    json_add_string(json_add_array(form, "tags"), NULL, PGCRON_TAG);
    json_add_string(form, "schedule", p->schedule.text);
    json_add_string(form, "timezone", m->timezone);
    json_add_string(form, "target", target);
    json_add(form, "request", pgcron_request_form(m, p, path));
    json_add_int(form, "timeout_ms", timeout_of(m, p));
    add_policies(form);
    return form;
}

/* ---- what gets in ---- */

struct naming {
    struct pgcron_making *m;
    struct pgcron_list names; /* const char * */
};

static void note_secret(void *ctx, const char *name)
{
    struct naming *n = ctx;
    const char *const *names = n->names.data;
    for (size_t i = 0; i < n->names.n; i++)
        if (!strcmp(names[i], name))
            return;
    const char *own = map_get(&n->m->needed, name);
    if (!own) {
        own = arena_strdup(n->m->arena, name);
        map_put(&n->m->needed, own, (void *)(uintptr_t)own);
    }
    *(const char **)pgcron_list_add(&n->names) = own;
}

static void move(struct pgcron_making *m, const struct pgcron_piece *p, const struct job *j, const char *target)
{
    struct naming naming = { m, { .size = sizeof(const char *) } };
    struct pgcron_moved *moved = pgcron_list_add(&m->moved);
    template_job_secrets(j, NULL, note_secret, &naming);
    const char **secrets = arena_alloc(m->arena, (naming.names.n + 1) * sizeof *secrets);
    if (naming.names.n)
        memcpy(secrets, naming.names.data, naming.names.n * sizeof *secrets);
    *moved = (struct pgcron_moved){ .name = p->name,
                                    .from = p->job,
                                    .schedule = p->schedule.text,
                                    .method = arena_strdup(m->arena, method_name(j->request.method)),
                                    .target = target,
                                    .enabled = j->enabled,
                                    .secrets = secrets,
                                    .n_secrets = naming.names.n };
    moved->url = arena_printf(m->arena, "%s%s", pgcron_target_base(p->group, m->arena), j->request.url);
    mem_free(naming.names.data);
}

/* One job more, if job_parse takes it. */
static void add_piece(struct pgcron_making *m, const struct pgcron_piece *p)
{
    bool first = !p->group->target;
    const char *path, *target = pgcron_target_of(m, p, &path);
    struct json *form = job_form(m, p, target, path);
    struct arena *scratch = arena_new(0);
    struct job job;
    struct err e = { 0 };
    if (job_parse(form, NULL, m->options->zone_known, m->options->zone_ctx, scratch, &job, &e)) {
        pgcron_remark(m, PGCRON_SKIPPED, p->job->name, p->call->at, "not imported: %s", e.text);
        json_free(form);
        if (first)
            p->group->target = NULL; /* its name stays taken, which is of no consequence */
    } else {
        json_add(m->jobs, NULL, form);
        move(m, p, &job, target);
        if (first) {
            json_add(m->targets, NULL, pgcron_target_form(p->group));
            pgcron_target_remark(m, p->group);
        }
    }
    arena_free(scratch);
}

/* ---- what is told ---- */

static int by_name(const void *a, const void *b)
{
    const struct pgcron_secret *x = a, *y = b;
    return strcmp(x->name, y->name);
}

static void tell_secrets(struct pgcron_making *m, struct pgcron_document *ret)
{
    const struct pgcron_result *r = m->result;
    struct pgcron_secret *needed = arena_alloc(m->arena, (m->needed.len + 1) * sizeof *needed);
    struct pgcron_secret *leaked = arena_alloc(m->arena, (r->n_secrets + 1) * sizeof *leaked);
    for (size_t i = 0; i < r->n_secrets; i++) {
        if (map_remove(&m->needed, r->secrets[i].name))
            needed[ret->n_secrets++] = r->secrets[i];
        if (r->secrets[i].pasted)
            leaked[ret->n_leaked++] = r->secrets[i];
    }
    size_t pos = 0;
    for (const char *name; (name = map_each(&m->needed, &pos));)
        needed[ret->n_secrets++] = (struct pgcron_secret){ .name = name, .origin = "a template" };
    if (ret->n_secrets)
        qsort(needed, ret->n_secrets, sizeof *needed, by_name);
    ret->secrets = needed;
    ret->leaked = leaked;
}

static void tell_whole(struct pgcron_making *m, struct pgcron_document *ret)
{
    const struct pgcron_moved *moved = m->moved.data;
    const struct pgcron_job **whole = arena_alloc(m->arena, (m->moved.n + 1) * sizeof(struct pgcron_job *));
    for (size_t i = 0, n = 0; i < m->moved.n; i++) {
        n = i > 0 && moved[i - 1].from == moved[i].from ? n + 1 : 1;
        if (n == moved[i].from->n_calls)
            whole[ret->n_whole++] = moved[i].from;
    }
    ret->whole = whole;
}

static void count_notes(struct pgcron_making *m, const struct pgcron_document *d, struct pgcron_moved *moved)
{
    struct map counts = { 0 };
    for (size_t i = 0; i < d->n_notes; i++) {
        const char *job = d->notes[i].job;
        size_t *count = job ? map_get(&counts, job) : NULL;
        if (job && !count) {
            count = arena_alloc(m->arena, sizeof *count);
            map_put(&counts, job, count);
        }
        if (count)
            ++*count;
    }
    for (size_t i = 0; i < m->moved.n; i++) {
        const size_t *count = map_get(&counts, moved[i].from->name);
        moved[i].n_notes = count ? *count : 0;
    }
    map_free(&counts);
}

static void tell(struct pgcron_making *m, struct pgcron_document *ret)
{
    struct pgcron_moved *moved = arena_alloc(m->arena, (m->moved.n + 1) * sizeof *moved);
    if (m->moved.n)
        memcpy(moved, m->moved.data, m->moved.n * sizeof *moved);
    pgcron_remarks_gather(m, ret);
    count_notes(m, ret, moved);
    ret->jobs = moved;
    ret->n_jobs = m->moved.n;
    ret->timezone = m->timezone;
    tell_secrets(m, ret);
    tell_whole(m, ret);
}

/* ---- the whole ---- */

static void settle_zone(struct pgcron_making *m)
{
    const char *zone = m->result->timezone;
    struct err why = { 0 };
    m->timezone = "UTC";
    if (!zone || !strcmp(zone, "UTC") || !strcmp(zone, "GMT"))
        return;
    if (m->options->zone_known && !m->options->zone_known(m->options->zone_ctx, zone, &why)) {
        pgcron_remark(m, PGCRON_WARNING, NULL, m->result->timezone_at,
                      "cron.timezone '%s' is not a time zone that edgecron knows%s%s: all times are UTC", zone,
                      why.text[0] ? ", " : "", why.text);
        return;
    }
    m->timezone = zone;
    pgcron_remark(m, PGCRON_CHANGED, NULL, m->result->timezone_at,
                  "cron.timezone is '%s', and so is the jobs' time zone. Where the clock changes, pg_cron runs a fixed "
                  "time twice or "
                  "not at all; here it runs once",
                  zone);
}

static int check_caps(const struct pgcron_making *m, struct err *e)
{
    if (m->pieces.n > DOCUMENT_JOBS_MAX)
        return err_set(e, ERR_TOO_LARGE, "the files hold %zu calls; expected at most %d: import them in parts",
                       m->pieces.n, DOCUMENT_JOBS_MAX);
    if (m->groups.n > DOCUMENT_TARGETS_MAX)
        return err_set(e, ERR_TOO_LARGE, "the files name %zu places to call; expected at most %d: import them in parts",
                       m->groups.n, DOCUMENT_TARGETS_MAX);
    return 0;
}

static struct json *whole_file(struct pgcron_making *m)
{
    struct json *file = json_new_object();
    json_add_int(file, "version", 1);
    m->targets = json_add_array(file, "targets");
    m->jobs = json_add_array(file, "jobs");
    name_pieces(m);
    for (size_t i = 0; i < m->pieces.n; i++)
        add_piece(m, (const struct pgcron_piece *)m->pieces.data + i);
    return file;
}

static void making_free(struct pgcron_making *m)
{
    mem_free(m->pieces.data);
    mem_free(m->notes.data);
    mem_free(m->moved.data);
    mem_free(m->groups.data);
    map_free(&m->by_base);
    map_free(&m->told);
    map_free(&m->needed);
    pgcron_names_free(&m->job_names);
    pgcron_names_free(&m->target_names);
}

int pgcron_document(const struct pgcron_result *r, const struct pgcron_options *o, struct arena *a,
                    struct pgcron_document *ret, struct err *e)
{
    struct pgcron_making m = { .result = r,
                               .options = o,
                               .arena = a,
                               .pieces = { .size = sizeof(struct pgcron_piece) },
                               .notes = { .size = sizeof(struct pgcron_note) },
                               .moved = { .size = sizeof(struct pgcron_moved) },
                               .groups = { .size = sizeof(struct pgcron_group *) },
                               .job_names = { .arena = a },
                               .target_names = { .arena = a } };
    *ret = (struct pgcron_document){ .file = NULL };
    settle_zone(&m);
    note_told(&m);
    for (size_t i = 0; i < r->n_jobs; i++)
        take_job(&m, &r->jobs[i]);
    int rc = check_caps(&m, e);
    if (rc == 0) {
        ret->file = whole_file(&m);
        ret->n_targets = json_count(json_get(ret->file, "targets"));
        tell(&m, ret);
    }
    making_free(&m);
    return rc;
}
