/* pgcron_run.c - a run: its bounds, and what is said of it. */
#include "core/pgcron_run.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void pgcron_run_begin(struct pgcron_run *r, struct pgcron *p, const char *job, const char *file)
{
    *r = (struct pgcron_run){ .p = p, .arena = arena_new(4096), .job = job, .file = file };
    r->made_end = &r->made;
    r->remarks_end = &r->remarks;
}

void pgcron_run_end(struct pgcron_run *r)
{
    arena_free(r->arena);
    *r = (struct pgcron_run){ 0 };
}

bool pgcron_run_step(struct pgcron_run *r)
{
    r->steps++;
    r->p->steps++;
    if (!r->spent &&
        (r->steps > PGCRON_STEPS_MAX || r->p->steps > PGCRON_STEPS_ALL_MAX || r->bytes > PGCRON_BYTES_MAX)) {
        r->spent = true;
        pgcron_note(r->p, PGCRON_SKIPPED, r->job, pgcron_run_place(r, 1), "%s too long to be followed to its end",
                    r->job ? "the job's command and functions are" : "what the file runs is");
    }
    return !r->spent;
}

struct pgcron_place pgcron_run_place(const struct pgcron_run *r, int line)
{
    return (struct pgcron_place){ r->file, line };
}

void pgcron_run_note(struct pgcron_run *r, enum pgcron_note_kind kind, int line, const char *fmt, ...)
{
    char text[600];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (kind == PGCRON_SKIPPED) {
        pgcron_note(r->p, kind, r->job, pgcron_run_place(r, line), "%s", text);
    } else if (r->job && r->n_remarks <= PGCRON_REMARKS_MAX) {
        bool last = r->n_remarks++ == PGCRON_REMARKS_MAX;
        struct pgcron_remark *m = arena_alloc(r->arena, sizeof *m);
        m->kind = kind;
        m->at = pgcron_run_place(r, line);
        m->text = last ? "there is more to be said of this job" : arena_strdup(r->arena, text);
        *r->remarks_end = m;
        r->remarks_end = &m->next;
    }
}

void pgcron_run_remarks(struct pgcron_run *r)
{
    for (const struct pgcron_remark *m = r->remarks; m; m = m->next)
        pgcron_note(r->p, m->kind, r->job, m->at, "%s", m->text);
}

const struct pgcron_value *pgcron_missing_key(struct pgcron_run *r, const char *name, int line)
{
    r->missing_key = r->missing_key ? r->missing_key : name;
    const char *placeholder = pgcron_secret_of_function(r->p, name, pgcron_run_place(r, line));
    pgcron_run_note(r, PGCRON_CHANGED, line,
                    "the function '%.80s' is in none of the files, and its name says that it gives a key or an "
                    "address: {{%s}} stands for it",
                    name, placeholder);
    return pgcron_mark(r, placeholder);
}

const struct pgcron_value *pgcron_key_for(struct pgcron_run *r, const char *name, const struct pgcron_value *unknown,
                                          int line)
{
    const char *placeholder =
        pgcron_secret_of_place(r->p, name, "a value that only the database knows", pgcron_run_place(r, line));
    pgcron_run_note(r, PGCRON_CHANGED, line,
                    "a key or an address that only the database knows (%s): {{%s}} stands for it", unknown->text,
                    placeholder);
    return pgcron_mark(r, placeholder);
}
