/* pgcron_schedule.c - the functions of pg_cron, and what is written to its table: https://github.com/citusdata/pg_cron */
#include "core/pgcron_run.h"

#include "core/pgcron_quote.h"

#include <stdlib.h>
#include <string.h>

#define WHY(v) ((v) && (v)->kind == PGCRON_UNKNOWN ? (v)->text : "it is not given")

static const struct pgcron_value *id_of(struct pgcron_run *r, struct pgcron_known_job *j)
{
    struct pgcron_value *v = (struct pgcron_value *)pgcron_of_kind(r, PGCRON_JOB_ID, "");
    v->job = j;
    return v;
}

/* A text that is written out; NULL: absent, or not known. */
static const char *plain(const struct pgcron_value *v)
{
    const char *text = v ? pgcron_as_text(v) : NULL;
    return text && !pgcron_has_mark(text) ? text : NULL;
}

static void set_command(struct pgcron_known_job *j, const struct pgcron_value *v)
{
    if (v->file) {
        j->command_file = v->file;
        j->command_line = v->line;
    }
}

static void set_active(struct pgcron_run *r, struct pgcron_known_job *j, const struct pgcron_value *v, int line)
{
    const struct pgcron_value *truth = v ? pgcron_cast(r, v, "boolean", line) : NULL;
    if (truth && truth->kind == PGCRON_TRUTH)
        j->active = truth->truth;
    else if (truth && truth->kind == PGCRON_UNKNOWN)
        pgcron_note(r->p, PGCRON_WARNING, j->name, pgcron_run_place(r, line),
                    "whether the job is active cannot be told: %s", truth->text);
}

static const struct pgcron_value *make_job(struct pgcron_run *r, const struct pgcron_value *name,
                                           const struct pgcron_value *schedule, const struct pgcron_value *command,
                                           const struct pgcron_value *active, int line)
{
    const char *job = name && name->kind != PGCRON_NOTHING ? plain(name) : NULL,
               *text = command ? pgcron_as_text(command) : NULL;
    bool named = name && name->kind != PGCRON_NOTHING;
    if ((named && !job) || !plain(schedule) || !text) {
        const char *part = named && !job ? "name" : !text ? "command" : "schedule";
        pgcron_note(r->p, PGCRON_SKIPPED, job, pgcron_run_place(r, line), "a job whose %s is not written out: %s", part,
                    named && !job ? WHY(name)
                    : !text       ? WHY(command)
                                  : WHY(schedule));
        return pgcron_unknown(r, "the id of a job");
    }
    struct pgcron_known_job *j = pgcron_job_add(r->p, job, plain(schedule), text, pgcron_run_place(r, line));
    if (!j)
        return pgcron_unknown(r, "the id of a job");
    set_command(j, command);
    set_active(r, j, active, line);
    return id_of(r, j);
}

/* cron.schedule([job_name,] schedule, command) */
static const struct pgcron_value *schedule(struct pgcron_run *r, const struct pgcron_args *a)
{
    bool nameless = a->n == 2 && !pgcron_argument(a, "job_name", 9);
    return make_job(r, nameless ? NULL : pgcron_argument(a, "job_name", 0),
                    pgcron_argument(a, "schedule", nameless ? 0 : 1), pgcron_argument(a, "command", nameless ? 1 : 2),
                    NULL, a->line);
}

/* cron.schedule_in_database(job_name, schedule, command, database, username, active) */
static const struct pgcron_value *schedule_in(struct pgcron_run *r, const struct pgcron_args *a)
{
    return make_job(r, pgcron_argument(a, "job_name", 0), pgcron_argument(a, "schedule", 1),
                    pgcron_argument(a, "command", 2), pgcron_argument(a, "active", 5), a->line);
}

/* A job by what names it. NULL: not among those of the files. */
static struct pgcron_known_job *job_of(struct pgcron_run *r, const struct pgcron_value *v)
{
    const char *text = v ? pgcron_as_text(v) : NULL;
    if (!text)
        return v && v->kind == PGCRON_JOB_ID ? v->job : NULL;
    if (v->kind == PGCRON_TEXT)
        return map_get(&r->p->jobs_named, text);
    for (struct pgcron_known_job *j = r->p->jobs; j; j = j->next)
        if (!j->gone && j->id && j->id == strtoll(text, NULL, 10))
            return j;
    return NULL;
}

/* A name that no file makes a job of is no mistake: scripts unschedule before they schedule. */
static void note_unfound(struct pgcron_run *r, const struct pgcron_value *v, const char *what, int line)
{
    if (!v || v->kind == PGCRON_UNKNOWN)
        pgcron_note(r->p, PGCRON_SKIPPED, NULL, pgcron_run_place(r, line), "%s of a job that cannot be told: %s", what,
                    WHY(v));
    else if (v->kind == PGCRON_DIGITS)
        pgcron_note(r->p, PGCRON_SKIPPED, NULL, pgcron_run_place(r, line),
                    "%s of job number %s: the files do not say which that is; see whether it is among those imported",
                    what, v->text);
}

/* cron.alter_job(job_id, schedule, command, database, username, active) */
static const struct pgcron_value *alter(struct pgcron_run *r, const struct pgcron_args *a)
{
    const struct pgcron_value *id = pgcron_argument(a, "job_id", 0), *when = pgcron_argument(a, "schedule", 1);
    const struct pgcron_value *command = pgcron_argument(a, "command", 2);
    struct pgcron_known_job *j = job_of(r, id);
    if (!j) {
        note_unfound(r, id, "a change", a->line);
        return pgcron_of_kind(r, PGCRON_NOTHING, "");
    }
    if (plain(when))
        j->schedule = arena_strdup(r->p->arena, plain(when));
    if (command && pgcron_as_text(command)) {
        j->command = arena_strdup(r->p->arena, pgcron_as_text(command));
        set_command(j, command);
    }
    if ((when && when->kind == PGCRON_UNKNOWN) || (command && command->kind == PGCRON_UNKNOWN))
        pgcron_note(r->p, PGCRON_SKIPPED, j->name, pgcron_run_place(r, a->line),
                    "a change to what is not written out: %s",
                    when && when->kind == PGCRON_UNKNOWN ? when->text : command->text);
    set_active(r, j, pgcron_argument(a, "active", 5), a->line);
    return pgcron_of_kind(r, PGCRON_NOTHING, "");
}

/* cron.unschedule(job_name | job_id) */
static const struct pgcron_value *unschedule(struct pgcron_run *r, const struct pgcron_args *a)
{
    const struct pgcron_value *which = a->n ? a->value[0] : NULL;
    struct pgcron_known_job *j = job_of(r, which);
    if (j)
        pgcron_job_remove(r->p, j);
    else
        note_unfound(r, which, "the end", a->line);
    return pgcron_truth(r, PGCRON_YES);
}

static const struct {
    const char *name;
    const struct pgcron_value *(*run)(struct pgcron_run *r, const struct pgcron_args *a);
} FUNCTIONS[] = { { "schedule", schedule },
                  { "schedule_in_database", schedule_in },
                  { "alter_job", alter },
                  { "unschedule", unschedule } };

const struct pgcron_value *pgcron_cron_function(struct pgcron_run *r, const char *owner, const char *name,
                                                const struct pgcron_args *a)
{
    if (!owner || strcmp(owner, "cron"))
        return NULL;
    for (size_t i = 0; i < MEM_COUNT(FUNCTIONS); i++) {
        if (strcmp(name, FUNCTIONS[i].name))
            continue;
        if (!r->job)
            return FUNCTIONS[i].run(r, a);
        r->refused = true;
        pgcron_run_note(r, PGCRON_SKIPPED, a->line, "a job that changes jobs, with cron.%s()", name);
        return pgcron_unknown(r, "what a function of pg_cron gives");
    }
    return pgcron_unknown(r, "a function of pg_cron that is not known");
}

/* ---- the table ---- */

static const struct pgcron_value *column_value(const struct pgcron_item *columns, const struct pgcron_row *row,
                                               const char *name)
{
    static const char *const order[] = { "jobid",    "schedule", "command", "nodename", "nodeport",
                                         "database", "username", "active",  "jobname" };
    const struct pgcron_cell *c = row->cells;
    for (size_t i = 0; c; c = c->next, i++) {
        const char *column = columns ? columns->name : i < MEM_COUNT(order) ? order[i] : "";
        if (strcmp(column, name) == 0)
            return c->value;
        if (columns && !(columns = columns->next))
            return NULL;
    }
    return NULL;
}

static void insert_jobs(struct pgcron_run *r, struct pgcron_frame *f, const struct pgcron_statement *s)
{
    struct pgcron_rows rows = pgcron_query_run(r, f, NULL, s->query);
    for (size_t i = 0; i < rows.n; i++) {
        const struct pgcron_value *id = column_value(s->set, rows.row[i], "jobid");
        const struct pgcron_value *made = make_job(
            r, column_value(s->set, rows.row[i], "jobname"), column_value(s->set, rows.row[i], "schedule"),
            column_value(s->set, rows.row[i], "command"), column_value(s->set, rows.row[i], "active"), s->line);
        if (made->kind == PGCRON_JOB_ID && id && id->kind == PGCRON_DIGITS)
            pgcron_job_number(r->p, made->job, strtoll(id->text, NULL, 10));
    }
}

static void change_job(struct pgcron_run *r, struct pgcron_frame *f, const struct pgcron_statement *s,
                       struct pgcron_known_job *j, const struct pgcron_row *row)
{
    if (strcmp(s->text, "delete") == 0) {
        pgcron_job_remove(r->p, j);
        return;
    }
    for (const struct pgcron_item *i = s->set; i; i = i->next) {
        const struct pgcron_value *v = pgcron_evaluate(r, f, row, i->value);
        if (strcmp(i->name, "active") == 0) {
            set_active(r, j, v, s->line);
        } else if (strcmp(i->name, "schedule") == 0 && plain(v)) {
            j->schedule = arena_strdup(r->p->arena, plain(v));
        } else if (strcmp(i->name, "command") == 0 && pgcron_as_text(v)) {
            j->command = arena_strdup(r->p->arena, pgcron_as_text(v));
            set_command(j, v);
        } else if (strcmp(i->name, "schedule") == 0 || strcmp(i->name, "command") == 0 ||
                   strcmp(i->name, "jobname") == 0) {
            pgcron_note(r->p, PGCRON_SKIPPED, j->name, pgcron_run_place(r, s->line),
                        "a change of '%s' that is not followed", i->name);
        }
    }
}

void pgcron_write_jobs(struct pgcron_run *r, struct pgcron_frame *f, const struct pgcron_statement *s)
{
    if (strcmp(s->text, "insert") == 0) {
        insert_jobs(r, f, s);
        return;
    }
    for (struct pgcron_known_job *j = r->p->jobs, *next; j && !r->spent; j = next) {
        next = j->next;
        const struct pgcron_row *row = j->gone ? NULL : pgcron_job_row(r, NULL, j, NULL);
        enum pgcron_answer a = !row ? PGCRON_NO : s->value ? pgcron_decide(r, f, row, s->value) : PGCRON_YES;
        if (a == PGCRON_YES)
            change_job(r, f, s, j, row);
        else if (a == PGCRON_PERHAPS)
            pgcron_note(r->p, PGCRON_SKIPPED, j->name, pgcron_run_place(r, s->line),
                        "whether %s on cron.job is about this job cannot be told", s->text);
    }
}
