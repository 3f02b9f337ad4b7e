/* doctor.c - all checks in one table, run one after the other; what they found, for people and programs. */
#include "cli/doctor.h"

#include "api/view.h"
#include "base/log.h"
#include "base/mem.h"
#include "cli/handlers.h"
#include "cli/output.h"
#include "cli/progress.h"
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
    { "secrets.unused", NEEDS_STORE, "every secret is used by a job or target", doctor_unused },
    { "secrets.rotation", NEEDS_STORE, "no secret is due to be rotated", doctor_rotation },
    { "secrets.overlap", NEEDS_STORE, "no rotation is under way", doctor_overlap },
    { "secrets.bindings", NEEDS_STORE, "no job sends an unbound secret to an absolute URL", doctor_bindings },
    { "server.confined", NEEDS_NOTHING, NULL, doctor_confined },
    { "time.clock", NEEDS_STORE, "the clock is not behind what was planned, and the system keeps it right",
      doctor_clock },
    { "time.zones", NEEDS_STORE, NULL, doctor_zones },
    { "jobs.readable", NEEDS_STORE, "every job and target that is stored can be read", doctor_readable },
    { "jobs.schedules", NEEDS_STORE, "every job that is switched on has a next time", doctor_schedules },
    { "jobs.waiting", NEEDS_STORE, "no job has more runs waiting than there are to catch up after an outage",
      doctor_waiting },
    { "jobs.outcomes", NEEDS_STORE, NULL, doctor_outcomes },
};
const int doctor_check_count = MEM_COUNT(doctor_checks);

static const char *const severities[DOCTOR_SEVERITIES] = { "ok", "notice", "warning", "problem" };

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
        targets_get(w->d->data.store, r->job.target, &t, NULL);
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
    if (jobs_each(d->data.store, "", 0, walk_job, &w, &e) < 0)
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
    f->why = "only the first are shown";
    f->fix = NULL;
    d->n = first + DOCTOR_SAYS_MOST + 1;
}

static void run_check(struct doctor *d, const struct doctor_check *c)
{
    d->check = c->name;
    d->said = 0;
    if ((c->needs >= NEEDS_DIRECTORY && d->no_directory) || (c->needs >= NEEDS_STORE && !d->data.store))
        return;
    c->run(d);
    tidy(d, d->n - d->said);
    if (d->said == 0 && c->holds)
        doctor_add(d, DOCTOR_OK, NULL, NULL, "%s", c->holds);
}

static void open_store(struct doctor *d)
{
    struct settings s = { 0 };
    enum store_mode mode = d->server ? STORE_READ : STORE_LOOK;
    if (data_open(&d->data, d->config, mode, &d->closed) < 0)
        d->data.store = NULL;
    else if (settings_get(d->data.store, &s, NULL) == 0)
        d->all_paused = s.paused;
    if (d->data.store)
        secrets_list(d->data.store, NULL, d->now, d->arena, &d->secrets, &d->n_secrets, &d->unlisted);
}

/* " --data DIR" when that was given on the command line, else "". */
static const char *hint_of(struct doctor *d, enum flag f)
{
    const char *source = d->config->values[f].source;
    return source && *source == '-' ? doctor_text(d, " %s %s", source, doctor_quoted(d, config_text(d->config, f)))
                                    : "";
}

static void open_all(struct doctor *d, const struct config *c)
{
    d->config = d->data.config = c;
    d->data.dir = config_text(c, FLAG_DATA);
    d->now = clock_wall();
    d->arena = arena_new(0);
    log_setup(LOG_NONE, LOG_LOGFMT); /* what the store would log is told as a finding */
    data_conceal();
    d->key_file = config_master_key_file(c, d->data.dir);
    d->hint = hint_of(d, FLAG_DATA);
    d->key_hint = doctor_text(d, "%s%s", d->hint, hint_of(d, FLAG_MASTER_KEY_FILE));
    d->server = store_server_pid(d->data.dir);
    open_store(d);
}

static void close_all(struct doctor *d)
{
    data_close(&d->data);
    mem_free(d->key_file);
    mem_free(d->findings);
    arena_free(d->arena);
}

static struct json *view(const struct finding *f)
{
    struct json *v = json_new_object();
    json_add_string(v, "check", f->check);
    json_add_string(v, "severity", severities[f->severity]);
    json_add_string(v, "what", f->what);
    json_add_string(v, "why", f->why);
    json_add_string(v, "fix", f->fix);
    return v;
}

static int print_json(const struct doctor *d)
{
    struct json *items = json_new_array();
    for (int i = 0; i < d->n; i++)
        json_add(items, NULL, view(&d->findings[i]));
    return output_json(view_list(items, NULL));
}

static void print_line(const char *head, const char *label, const char *text)
{
    buf_auto struct buf clean = BUF_INIT(16384);
    output_clean(&clean, text, false);
    printf("  %-9s%s%s\n", head, label, buf_str(&clean));
}

static void print_finding(const struct finding *f, const struct finding *before)
{
    int group = (int)strcspn(f->check, ".");
    if (!before || strncmp(before->check, f->check, (size_t)group + 1) != 0)
        printf("%s%.*s\n", before ? "\n" : "", group, f->check);
    print_line(severities[f->severity], "", f->what);
    if (f->severity > DOCTOR_OK && f->why)
        print_line("", "", f->why);
    if (f->fix)
        print_line("", "mend it: ", f->fix);
}

static void print_sum(const int counts[DOCTOR_SEVERITIES])
{
    const char *sep = "";
    putchar('\n');
    for (int i = DOCTOR_PROBLEM; i > DOCTOR_OK; i--) {
        if (counts[i] > 0) {
            printf("%s%d %s%s", sep, counts[i], severities[i], counts[i] == 1 ? "" : "s");
            sep = ", ";
        }
    }
    printf("%s%d in order\n", *sep ? "; " : "all is well: ", counts[DOCTOR_OK]);
}

int doctor_run(struct call *call, struct err *e)
{
    (void)e; /* what is wrong is a finding */
    struct doctor d = { 0 };
    int counts[DOCTOR_SEVERITIES] = { 0 };
    open_all(&d, &call->config);
    struct progress progress = progress_begin(d.config);
    for (int i = 0; i < doctor_check_count; i++) {
        progress_step(&progress, doctor_checks[i].name);
        run_check(&d, &doctor_checks[i]);
    }
    progress_end(&progress);
    for (int i = 0; i < d.n; i++)
        counts[d.findings[i].severity]++;
    if (config_on(&call->config, FLAG_JSON)) {
        print_json(&d);
    } else {
        for (int i = 0; i < d.n; i++)
            print_finding(&d.findings[i], i ? &d.findings[i - 1] : NULL);
        print_sum(counts);
    }
    close_all(&d);
    return counts[DOCTOR_PROBLEM] > 0 ? 1 : 0;
}
