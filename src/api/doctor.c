/* doctor.c - all checks in one table, run one after the other; what they share. */
#include "api/doctor.h"

#include "api/view.h"
#include "base/mem.h"
#include "core/template.h"
#include "store/settings.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In the order in which a reader can use them: what is broken below breaks what comes after. */
const struct doctor_check doctor_checks[] = {
    { "data.directory", NEEDS_NOTHING, "the data directory is its owner's alone", doctor_directory },
    { "data.files", NEEDS_DIRECTORY, "every file in it is of the same owner, and no other user can read one",
      doctor_files },
    { "data.space", NEEDS_DIRECTORY, NULL, doctor_space },
    { "data.database", NEEDS_DIRECTORY, NULL, doctor_database },
    { "data.server", NEEDS_DIRECTORY, NULL, doctor_server },
    { "data.backups", NEEDS_STORE, NULL, doctor_backups },
    { "data.copies", NEEDS_DIRECTORY, NULL, doctor_copies },
    { "key.file", NEEDS_STORE, "the master key file is its owner's alone, and kept apart from the database",
      doctor_key_file },
    { "key.sealed", NEEDS_STORE, NULL, doctor_sealed },
    { "secrets.missing", NEEDS_STORE, "every secret that a job or target names is set", doctor_missing },
    { "secrets.refused", NEEDS_STORE, "no function refused the key of a job's last run", doctor_refused },
    { "secrets.unused", NEEDS_STORE, "every secret is used by a job, target or channel", doctor_unused },
    { "secrets.rotation", NEEDS_STORE, "no secret is due to be rotated", doctor_rotation },
    { "secrets.overlap", NEEDS_STORE, "no rotation is under way", doctor_overlap },
    { "secrets.bindings", NEEDS_STORE, "no job sends an unbound secret to an absolute URL", doctor_bindings },
    { "server.confined", NEEDS_NOTHING, NULL, doctor_confined },
    { "server.health", NEEDS_ENGINE, "the server has all that it needs, as /readyz tells", doctor_health },
    { "time.clock", NEEDS_STORE, NULL, doctor_clock },
    { "time.zones", NEEDS_STORE, NULL, doctor_zones },
    { "targets.reached", NEEDS_CALLS, "there is no target yet, and no job with a URL of its own", doctor_reached },
    { "targets.certificates", NEEDS_CALLS, NULL, doctor_certificates },
    { "jobs.readable", NEEDS_STORE, "every job and target that is stored can be read", doctor_readable },
    { "jobs.schedules", NEEDS_STORE, "there is no job that is to run", doctor_schedules },
    { "jobs.waiting", NEEDS_STORE, "no job has more runs waiting than there are to catch up after an outage",
      doctor_waiting },
    { "jobs.outcomes", NEEDS_STORE, NULL, doctor_outcomes },
    { "alerts.messages", NEEDS_STORE, NULL, doctor_messages },
    { "alerts.channels", NEEDS_STORE, "no channel fails", doctor_channels },
    { "alerts.rules", NEEDS_STORE, "no alert rule names a channel that is disabled", doctor_rules },
    { "alerts.heartbeat", NEEDS_STORE, NULL, doctor_heartbeat },
};
const int doctor_check_count = MEM_COUNT(doctor_checks);

const char *const doctor_severities[] = { "ok", "notice", "warning", "problem", NULL };

/* --- what checks use --------------------------------------------------------------------------------------------- */

__attribute__((format(printf, 2, 0))) static const char *text_of(struct doctor *d, const char *fmt, va_list ap)
{
    va_list again;
    va_copy(again, ap);
    int len = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    char *text = arena_alloc(d->arena, (size_t)(len > 0 ? len : 0) + 1);
    vsnprintf(text, (size_t)(len > 0 ? len : 0) + 1, fmt, ap);
    return text;
}

const char *doctor_text(struct doctor *d, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    const char *text = text_of(d, fmt, ap);
    va_end(ap);
    return text;
}

const char *doctor_quoted(struct doctor *d, const char *s)
{
    buf_auto struct buf out = BUF_INIT(65536);
    buf_char(&out, '\'');
    for (; *s; s++)
        *s == '\'' ? buf_str_add(&out, "'\\''") : buf_char(&out, *s);
    buf_char(&out, '\'');
    return arena_strdup(d->arena, buf_str(&out));
}

static void append(struct doctor *d, const struct finding *f)
{
    if (d->n == d->room) {
        d->room = d->room ? d->room * 2 : 64;
        d->findings = mem_resize(d->findings, (size_t)d->room * sizeof *d->findings);
    }
    d->findings[d->n++] = *f;
}

void doctor_add(struct doctor *d, enum severity severity, const char *why, const char *fix, const char *fmt, ...)
{
    struct finding f = { .check = d->check, .severity = severity, .why = why, .fix = fix };
    va_list ap;
    va_start(ap, fmt);
    f.what = text_of(d, fmt, ap);
    va_end(ap);
    append(d, &f);
    d->said++;
}

void doctor_failed(struct doctor *d, const struct err *e)
{
    if (!d->check) /* what is to be called is being looked for: the checks that need the same say it */
        return;
    doctor_add(d, DOCTOR_PROBLEM, "until this is mended nobody knows what else is wrong here", NULL,
               "this could not be looked at: %s", e->text);
}

struct job_walk {
    struct doctor *d;
    doctor_each_job each;
    void *ctx;
};

static bool walk_job(void *ctx, struct job_record *r)
{
    struct job_walk *w = ctx;
    struct target_record *t = NULL;
    if (r->job.target)
        targets_get(w->d->store, r->job.target, &t, NULL);
    w->each(w->ctx, r, t ? &t->target : NULL);
    if (t)
        target_record_free(t);
    job_record_free(r);
    return true;
}

void doctor_jobs(struct doctor *d, doctor_each_job each, void *ctx)
{
    struct err e = { 0 };
    struct job_walk w = { d, each, ctx };
    if (jobs_each(d->store, "", 0, walk_job, &w, &e) < 0)
        doctor_failed(d, &e);
}

bool doctor_job_active(const struct doctor *d, const struct job_record *r)
{
    return r->job.enabled && !d->all_paused && !(r->paused && wall_is_none(r->paused_until));
}

void names_add(struct doctor *d, struct names *x, const char *name)
{
    if (x->n < DOCTOR_NAMES_SHOWN)
        x->shown[x->n] = arena_strdup(d->arena, name);
    x->n++;
}

const char *names_of(struct doctor *d, const char *const *names, int n)
{
    buf_auto struct buf text = BUF_INIT(1024);
    for (int i = 0; i < n && i < DOCTOR_NAMES_SHOWN; i++)
        buf_printf(&text, "%s'%s'", i == 0 ? "" : i == n - 1 ? " and " : ", ", names[i]);
    if (n > DOCTOR_NAMES_SHOWN)
        buf_printf(&text, " and %d more", n - DOCTOR_NAMES_SHOWN);
    return arena_strdup(d->arena, buf_str(&text));
}

const char *names_text(struct doctor *d, const struct names *x)
{
    return names_of(d, x->shown, x->n);
}

const struct secret_info *doctor_secret(const struct doctor *d, const char *name)
{
    for (int i = 0; i < d->n_secrets; i++)
        if (!strcmp(d->secrets[i].name, name))
            return &d->secrets[i];
    return NULL;
}

const char *doctor_origin(struct doctor *d, const char *url, struct url *ret)
{
    buf_auto struct buf sample = BUF_INIT(URL_MAX), authority = BUF_INIT(URL_HOST_MAX + 16);
    const char *host = strstr(url, "://"), *filled = strstr(url, "{{");
    if (!host || (filled && filled < host + 3 + strcspn(host + 3, "/?#")) || !template_sample(url, &sample))
        return NULL;
    if (url_parse(arena_strdup(d->arena, buf_str(&sample)), ret, NULL))
        return NULL;
    url_authority(ret, &authority);
    return doctor_text(d, "http%s://%s", ret->tls ? "s" : "", buf_str(&authority));
}

/* --- the whole --------------------------------------------------------------------------------------------------- */

/* The worst first; jobs and secrets in order of name. */
static int compare(const void *a, const void *b)
{
    const struct finding *x = a, *y = b;
    return x->severity != y->severity ? (x->severity < y->severity ? 1 : -1) : strcmp(x->what, y->what);
}

/* The findings of one check, from the first on. */
static void tidy(struct doctor *d, int first)
{
    int more = d->said - DOCTOR_SAYS_MOST;
    if (d->said > 1)
        qsort(&d->findings[first], (size_t)d->said, sizeof *d->findings, compare);
    if (more <= 0)
        return;
    struct finding *f = &d->findings[first + DOCTOR_SAYS_MOST]; /* the worst of those that are not said */
    f->what = doctor_text(d, "and %d more like these", more);
    f->why = f->severity == DOCTOR_OK ? NULL : "only the first are shown";
    f->fix = NULL;
    d->n = first + DOCTOR_SAYS_MOST + 1;
}

static void run_check(struct doctor *d, const struct doctor_check *c)
{
    d->check = c->name;
    d->said = 0;
    if ((c->needs >= NEEDS_DIRECTORY && d->no_directory) || (c->needs >= NEEDS_STORE && !d->store) ||
        (c->needs == NEEDS_ENGINE && !d->engine) || (c->needs == NEEDS_CALLS && d->offline))
        return;
    c->run(d);
    tidy(d, d->n - d->said);
    if (d->said == 0 && c->holds)
        doctor_add(d, DOCTOR_OK, NULL, NULL, "%s", c->holds);
}

static void step(struct doctor *d, const char *what)
{
    if (d->step)
        d->step(d->ctx, what);
}

void doctor_begin(struct doctor *d)
{
    struct settings s = { 0 };
    d->arena = arena_new(0);
    d->now = clock_wall();
    d->uncalled = (struct err){ 0 };
    if (d->store && settings_get(d->store, &s, NULL) == 0)
        d->all_paused = s.paused;
    if (d->store)
        secrets_list(d->store, NULL, d->now, d->arena, &d->secrets, &d->n_secrets, &d->unlisted);
}

bool doctor_stops(const struct doctor *d)
{
    struct engine_status now = { 0 };
    if (d->engine)
        engine_status(d->engine, &now);
    return now.draining;
}

void doctor_examine(struct doctor *d)
{
    for (int i = 0; i < doctor_check_count && !doctor_stops(d); i++) {
        step(d, doctor_checks[i].name);
        run_check(d, &doctor_checks[i]);
    }
}

void doctor_end(struct doctor *d)
{
    mem_free(d->places);
    mem_free(d->findings);
    arena_free(d->arena);
}

static struct json *view(const struct finding *f)
{
    struct json *v = json_new_object();
    json_add_string(v, "check", f->check);
    json_add_string(v, "severity", doctor_severities[f->severity]);
    json_add_string(v, "what", f->what);
    json_add_string(v, "why", f->why);
    json_add_string(v, "fix", f->fix);
    return v;
}

struct json *doctor_view(const struct doctor *d)
{
    struct json *items = json_new_array();
    for (int i = 0; i < d->n; i++)
        json_add(items, NULL, view(&d->findings[i]));
    return view_list(items, NULL);
}

int doctor_count(const struct doctor *d, enum severity severity)
{
    int n = 0;
    for (int i = 0; i < d->n; i++)
        n += d->findings[i].severity == severity;
    return n;
}
