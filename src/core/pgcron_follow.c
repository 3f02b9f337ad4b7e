/* pgcron_follow.c - statements, one after the other. */
#include "core/pgcron_run.h"

#include <stdlib.h>
#include <string.h>

#define TURNS_MAX 1000 /* of a loop whose turns are known */

/* ---- variables ---- */

/* With the first row; of no rows NULL, and of NULL rows what nobody knows. */
static void fill(struct pgcron_run *r, struct pgcron_frame *f, struct pgcron_node *const *into, size_t n,
                 const struct pgcron_rows *rows)
{
    const struct pgcron_row *row = rows && rows->n ? rows->row[0] : NULL;
    const struct pgcron_cell *c = row ? row->cells : NULL;
    bool none = rows && rows->sure && !rows->n;
    for (size_t i = 0; i < n; i++) {
        struct pgcron_variable *v = pgcron_variable_find(f, into[i]->text);
        bool record = n == 1 && v && v->type && strcmp(v->type, "record") == 0;
        pgcron_variable_set(r, f, into[i]->text,
                            c      ? c->value
                            : none ? pgcron_of_kind(r, PGCRON_NOTHING, "")
                                   : pgcron_unknown(r, "a value of a table"));
        if (record && row)
            v->row = row;
        c = c ? c->next : NULL;
    }
}

static void declare(struct pgcron_run *r, struct pgcron_frame *f, const struct pgcron_item *list)
{
    for (size_t n = 0; list && n < PGCRON_VARIABLES_MAX; list = list->next, n++) {
        struct pgcron_variable *v = arena_alloc(r->arena, sizeof *v);
        v->name = list->name;
        v->type = list->type;
        v->value = list->value ? pgcron_cast(r, pgcron_evaluate(r, f, NULL, list->value), list->type, 0)
                               : pgcron_of_kind(r, PGCRON_NOTHING, "");
        v->next = f->variables;
        f->variables = v;
    }
}

/* ---- IF ---- */

static bool ends(const struct pgcron_statement *s)
{
    for (; s; s = s->next)
        if (s->kind == PGCRON_PL_RETURN || (s->kind == PGCRON_PL_EXIT && !s->value) ||
            (s->kind == PGCRON_PL_RAISE && strcmp(s->text, "exception") == 0))
            return true;
    return false;
}

static bool list_calls(struct pgcron_run *r, const struct pgcron_statement *s)
{
    for (; s; s = s->next)
        if (pgcron_calls_http(r->p, s->called))
            return true;
    return false;
}

/* Does a branch do what the run looks for: calls of a job, jobs of a file? */
static bool matters(struct pgcron_run *r, const struct pgcron_statement *s)
{
    for (; s && !r->job; s = s->next)
        if (pgcron_calls_cron(s->called))
            return true;
    return s && list_calls(r, s);
}

/* Does it only say something, and end? */
static bool is_idle(const struct pgcron_statement *s)
{
    for (; s; s = s->next)
        if (s->kind != PGCRON_PL_RAISE && s->kind != PGCRON_PL_RETURN && s->kind != PGCRON_PL_EXIT &&
            s->kind != PGCRON_SQL_OTHER)
            return false;
    return true;
}

/* Does a branch only say what variables hold? */
static bool only_assigns(const struct pgcron_statement *s)
{
    bool some = s != NULL;
    for (; s && some; s = s->next)
        some = s->kind == PGCRON_PL_IF ? only_assigns(s->body) : s->kind == PGCRON_PL_ASSIGN;
    return some;
}

static bool gives_local_address(struct pgcron_run *r, struct pgcron_frame *f, const struct pgcron_statement *s)
{
    for (; s; s = s->next)
        if (s->kind == PGCRON_PL_ASSIGN && s->value && pgcron_is_address(pgcron_evaluate(r, f, NULL, s->value), true))
            return true;
    return false;
}

/* IF env = 'local' THEN base := ... ELSE base := ...: the first that is no address of the developer's own machine. */
static void follow_choice(struct pgcron_run *r, struct pgcron_frame *f, const struct pgcron_statement *s)
{
    bool local = gives_local_address(r, f, s->body);
    if (r->job && !r->n_made)
        pgcron_run_note(
            r, PGCRON_WARNING, s->line, "which values hold is decided in the database (IF): edgecron takes those of %s",
            local ? "the other branch, as the first has an address of the local machine" : "the first branch");
    pgcron_follow(r, f, local ? s->orelse : s->body);
}

/* What only the database can decide: a guard that ends the function without a call is passed over; else the branch that calls is taken. */
static void follow_either(struct pgcron_run *r, struct pgcron_frame *f, const struct pgcron_statement *s)
{
    bool first = matters(r, s->body), other = matters(r, s->orelse), guard = ends(s->body) && !first;
    if (r->job && (first || other))
        pgcron_run_note(r, PGCRON_WARNING, s->line,
                        "whether a call is made is decided in the database (IF): edgecron makes it each time%s",
                        first && other ? "; of two branches that call, the first is taken" : "");
    else if (r->job && guard && !r->n_made)
        pgcron_run_note(
            r, PGCRON_WARNING, s->line,
            "a condition on which nothing is called is decided in the database (IF): edgecron calls each time");
    pgcron_follow(r, f, guard || (other && !first) || (s->orelse && is_idle(s->body)) ? s->orelse : s->body);
}

static void follow_if(struct pgcron_run *r, struct pgcron_frame *f, const struct pgcron_statement *s)
{
    enum pgcron_answer a = pgcron_decide(r, f, NULL, s->value);
    if (a == PGCRON_PERHAPS && only_assigns(s->body) && only_assigns(s->orelse))
        follow_choice(r, f, s);
    else if (a == PGCRON_PERHAPS)
        follow_either(r, f, s);
    else
        pgcron_follow(r, f, a == PGCRON_YES ? s->body : s->orelse);
}

/* ---- loops ---- */

static bool turn(struct pgcron_run *r, struct pgcron_frame *f, const struct pgcron_statement *s)
{
    pgcron_follow(r, f, s->body);
    bool go_on = r->left != PGCRON_LEFT_LOOP && !r->returned && !r->spent;
    r->left = PGCRON_STAYED;
    return go_on;
}

static struct pgcron_variable *loop_variable(struct pgcron_run *r, struct pgcron_frame *f,
                                             const struct pgcron_statement *s)
{
    struct pgcron_variable *v = arena_alloc(r->arena, sizeof *v);
    v->name = s->target ? s->target->text : "";
    v->value = pgcron_unknown(r, "the variable of a loop");
    v->next = f->variables;
    f->variables = v;
    return v;
}

static bool whole(const char *text, int *ret)
{
    char *end;
    long n = strtol(text, &end, 10);
    *ret = (int)n;
    return !*end && n > -1000000 && n < 1000000;
}

static bool follow_range(struct pgcron_run *r, struct pgcron_frame *f, const struct pgcron_statement *s,
                         struct pgcron_variable *v)
{
    const struct pgcron_value *from = pgcron_evaluate(r, f, NULL, s->value),
                              *to = pgcron_evaluate(r, f, NULL, s->args[0]);
    int first, last;
    if (from->kind != PGCRON_DIGITS || to->kind != PGCRON_DIGITS || !whole(from->text, &first) ||
        !whole(to->text, &last) || last - first >= TURNS_MAX)
        return false;
    for (int i = first; i <= last; i++) {
        v->value = pgcron_of_kind(r, PGCRON_DIGITS, arena_printf(r->arena, "%d", i));
        if (!turn(r, f, s))
            break;
    }
    return true;
}

static bool follow_items(struct pgcron_run *r, struct pgcron_frame *f, const struct pgcron_statement *s,
                         struct pgcron_variable *v)
{
    const struct pgcron_value *list = pgcron_evaluate(r, f, NULL, s->value);
    if (list->kind != PGCRON_LIST || list->n > TURNS_MAX)
        return false;
    for (size_t i = 0; i < list->n; i++) {
        v->value = list->item[i];
        if (!turn(r, f, s))
            break;
    }
    return true;
}

static bool follow_rows(struct pgcron_run *r, struct pgcron_frame *f, const struct pgcron_statement *s,
                        struct pgcron_variable *v)
{
    struct pgcron_rows rows = pgcron_query_run(r, f, NULL, s->query);
    if (!rows.sure || rows.n > TURNS_MAX)
        return false;
    for (size_t i = 0; i < rows.n; i++) {
        v->row = rows.row[i];
        v->value = rows.row[i]->cells ? rows.row[i]->cells->value : v->value;
        if (!turn(r, f, s))
            break;
    }
    return true;
}

static void follow_loop(struct pgcron_run *r, struct pgcron_frame *f, const struct pgcron_statement *s)
{
    struct pgcron_frame within = { .outer = f };
    struct pgcron_variable *v = loop_variable(r, &within, s);
    bool known = s->query    ? follow_rows(r, &within, s, v)
                 : s->n_args ? follow_range(r, &within, s, v)
                 : s->value  ? follow_items(r, &within, s, v)
                             : false;
    if (known)
        return;
    r->looping++;
    turn(r, &within, s);
    r->looping--;
}

/* ---- what stands alone ---- */

static void follow_query(struct pgcron_run *r, struct pgcron_frame *f, const struct pgcron_query *q)
{
    struct pgcron_rows rows = pgcron_query_run(r, f, NULL, q);
    for (const struct pgcron_query *part = q; part; part = part->next)
        if (part->n_into)
            fill(r, f, part->into, part->n_into, &rows);
    if (rows.n && rows.row[0]->cells)
        r->answer = rows.row[0]->cells->value;
}

static bool is_log(const char *table)
{
    static const char *const words[] = { "log", "audit", "history", "_run", "runs", "execution", "heartbeat" };
    for (size_t i = 0; i < MEM_COUNT(words); i++)
        if (strstr(table, words[i]))
            return true;
    return false;
}

/* Once for each table. */
static void note_log(struct pgcron_run *r, const struct pgcron_statement *s)
{
    const char *said =
        arena_printf(r->arena, "what it writes to '%.80s' is left out: edgecron records every run itself", s->name);
    for (const struct pgcron_remark *m = r->remarks; m; m = m->next)
        if (strcmp(m->text, said) == 0)
            return;
    pgcron_run_note(r, PGCRON_CHANGED, s->line, "%s", said);
}

/* Calls that stand in what is written: INSERT INTO requests SELECT net.http_post(...). */
static void follow_written(struct pgcron_run *r, struct pgcron_frame *f, const struct pgcron_statement *s)
{
    bool update = strcmp(s->text, "update") == 0;
    if (s->with)
        pgcron_query_run(r, f, NULL, s->with);
    if (s->query && pgcron_calls_http(r->p, s->called))
        pgcron_query_run(r, f, NULL, s->query);
    if (!update || !pgcron_calls_http(r->p, s->called))
        return;
    r->looping++;
    for (const struct pgcron_item *i = s->set; i; i = i->next)
        pgcron_evaluate(r, f, NULL, i->value);
    r->looping--;
}

static void follow_write(struct pgcron_run *r, struct pgcron_frame *f, const struct pgcron_statement *s)
{
    bool jobs = s->owner && strcmp(s->owner, "cron") == 0 && strcmp(s->name, "job") == 0;
    fill(r, f, s->into, s->n_into, NULL);
    if (r->job || s->with)
        follow_written(r, f, s);
    if (jobs && !r->job) {
        pgcron_write_jobs(r, f, s);
    } else if (r->job && is_log(s->name)) {
        note_log(r, s);
    } else if (r->job) {
        pgcron_run_note(r, PGCRON_WARNING, s->line, "it also changes the table '%.80s' (%s), which edgecron does not",
                        s->name, s->text);
    }
}

/* VACUUM, REFRESH MATERIALIZED VIEW and their like. */
static void note_other(struct pgcron_run *r, const struct pgcron_statement *s)
{
    static const char *const harmless[] = { "set", "reset",    "begin",  "commit", "start",
                                            "end", "rollback", "notify", "lock",   "analyze" };
    for (size_t i = 0; i < MEM_COUNT(harmless); i++)
        if (s->text && strcmp(s->text, harmless[i]) == 0)
            return;
    if (s->text && *s->text)
        pgcron_run_note(r, PGCRON_WARNING, s->line, "it also runs another statement (%.30s), which edgecron does not",
                        s->text);
}

static void follow_execute(struct pgcron_run *r, struct pgcron_frame *f, const struct pgcron_statement *s)
{
    const struct pgcron_value *v = pgcron_evaluate(r, f, NULL, s->value);
    const char *text = pgcron_as_text(v);
    fill(r, f, s->into, s->n_into, NULL);
    if (!text) {
        if (r->job)
            pgcron_run_note(r, PGCRON_WARNING, s->line,
                            "a statement that is put together when it runs (EXECUTE) is not followed: %s", v->text);
        return;
    }
    struct pgcron_frame within = { .outer = f };
    within.param = arena_alloc(r->arena, (s->n_args + 1) * sizeof *within.param);
    for (size_t i = 0; i < s->n_args; i++)
        within.param[within.n_params++] = pgcron_evaluate(r, f, NULL, s->args[i]);
    const struct pgcron_value *before = r->answer;
    r->answer = NULL;
    pgcron_follow_text(r, &within, text, false, v->file ? v->file : r->file, v->file ? v->line : s->line);
    if (s->n_into && r->answer)
        pgcron_variable_set(r, f, s->into[0]->text, r->answer);
    r->answer = before;
}

static void follow_broken(struct pgcron_run *r, struct pgcron_frame *f, const struct pgcron_statement *s)
{
    fill(r, f, s->into, s->n_into, NULL);
    if (pgcron_calls_http(r->p, s->called) || (!r->job && pgcron_calls_cron(s->called))) {
        r->refused = true;
        pgcron_run_note(r, PGCRON_SKIPPED, s->line, "a statement that cannot be read, at '%.40s'",
                        s->text ? s->text : "");
    }
}

static void follow_block(struct pgcron_run *r, struct pgcron_frame *f, const struct pgcron_statement *s)
{
    struct pgcron_frame within = { .outer = f };
    declare(r, &within, s->set);
    pgcron_follow(r, &within, s->body);
}

static void follow_one(struct pgcron_run *r, struct pgcron_frame *f, const struct pgcron_statement *s)
{
    switch (s->kind) {
    case PGCRON_SQL_QUERY:
        follow_query(r, f, s->query);
        break;
    case PGCRON_SQL_WRITE:
        follow_write(r, f, s);
        break;
    case PGCRON_SQL_DO:
        pgcron_follow_text(r, NULL, s->name, true, r->file, s->text_line);
        break;
    case PGCRON_SQL_CALL:
        pgcron_evaluate(r, f, NULL, s->value);
        break;
    case PGCRON_PL_ASSIGN:
        pgcron_variable_set(r, f, s->target->text, pgcron_evaluate(r, f, NULL, s->value));
        break;
    case PGCRON_PL_IF:
        follow_if(r, f, s);
        break;
    case PGCRON_PL_LOOP:
        follow_loop(r, f, s);
        break;
    case PGCRON_PL_BLOCK:
        follow_block(r, f, s);
        break;
    case PGCRON_PL_RETURN:
        r->answer = s->value ? pgcron_evaluate(r, f, NULL, s->value) : NULL;
        r->returned = true;
        break;
    case PGCRON_PL_RAISE:
        r->returned = r->returned || strcmp(s->text, "exception") == 0;
        break;
    case PGCRON_PL_EXECUTE:
        follow_execute(r, f, s);
        break;
    case PGCRON_PL_EXIT:
        if (!s->value || pgcron_decide(r, f, NULL, s->value) == PGCRON_YES)
            r->left = strcmp(s->text, "exit") == 0 ? PGCRON_LEFT_LOOP : PGCRON_LEFT_TURN;
        break;
    case PGCRON_SQL_BROKEN:
        follow_broken(r, f, s);
        break;
    case PGCRON_SQL_OTHER:
        note_other(r, s);
        break;
    }
}

void pgcron_follow(struct pgcron_run *r, struct pgcron_frame *f, const struct pgcron_statement *list)
{
    for (; list && !r->returned && !r->left && pgcron_run_step(r); list = list->next)
        follow_one(r, f, list);
}
