/* pgcron_rows.c - what a query gives: rows of cron.job, of the Vault, of lists that are written out; else one row that stands for any. */
#include "core/pgcron_run.h"

#include <string.h>

static void add_cell(struct pgcron_run *r, struct pgcron_row *row, const char *name, const struct pgcron_value *v)
{
    struct pgcron_cell **end = &row->cells, *c = arena_alloc(r->arena, sizeof *c);
    while (*end)
        end = &(*end)->next;
    r->bytes += sizeof *c;
    c->name = name;
    c->value = v;
    *end = c;
}

static struct pgcron_row *row_new(struct pgcron_run *r, const struct pgcron_source *s, const struct pgcron_row *next)
{
    struct pgcron_row *row = arena_alloc(r->arena, sizeof *row);
    r->bytes += sizeof *row;
    row->alias = s ? s->alias : NULL;
    row->table = s ? s->name : NULL;
    row->next = next;
    return row;
}

const struct pgcron_row *pgcron_job_row(struct pgcron_run *r, const char *alias, struct pgcron_known_job *j,
                                        const struct pgcron_row *next)
{
    struct pgcron_row *row = row_new(r, NULL, next);
    struct pgcron_value *id = (struct pgcron_value *)pgcron_of_kind(r, PGCRON_JOB_ID, "");
    struct pgcron_value *command = (struct pgcron_value *)pgcron_text(r, j->command);
    id->job = j;
    command->file = j->command_file;
    command->line = j->command_line;
    row->alias = alias;
    row->table = "job";
    row->known = true;
    add_cell(r, row, "jobid", id);
    add_cell(r, row, "jobname", j->named ? pgcron_text(r, j->name) : pgcron_of_kind(r, PGCRON_NOTHING, ""));
    add_cell(r, row, "schedule", pgcron_text(r, j->schedule));
    add_cell(r, row, "command", command);
    add_cell(r, row, "active", pgcron_truth(r, j->active ? PGCRON_YES : PGCRON_NO));
    return row;
}

static void push(struct pgcron_run *r, struct pgcron_rows *rows, const struct pgcron_row *row)
{
    if (rows->n >= PGCRON_ROWS_MAX || !pgcron_run_step(r)) {
        rows->sure = false;
        return;
    }
    if ((rows->n & (rows->n - 1)) == 0) {
        const struct pgcron_row **room = arena_alloc(r->arena, (rows->n ? rows->n * 2 : 1) * sizeof(*room));
        for (size_t i = 0; i < rows->n; i++)
            room[i] = rows->row[i];
        rows->row = room;
    }
    rows->row[rows->n++] = row;
}

/* The one value that `column` must have for a condition to hold: column = value, among ANDs. */
static const struct pgcron_value *wanted(struct pgcron_run *r, struct pgcron_frame *f, const struct pgcron_row *outer,
                                         const struct pgcron_node *where, const char *column)
{
    for (; where && where->kind == PGCRON_NODE_BINARY && strcmp(where->text, "and") == 0; where = where->kid[0]) {
        const struct pgcron_value *v = wanted(r, f, outer, where->kid[1], column);
        if (v)
            return v;
    }
    if (!where || where->kind != PGCRON_NODE_BINARY || strcmp(where->text, "=") || !where->kid[0] || !where->kid[1])
        return NULL;
    for (int side = 0; side < 2; side++)
        if (where->kid[side]->kind == PGCRON_NODE_NAME && strcmp(where->kid[side]->text, column) == 0)
            return pgcron_evaluate(r, f, outer, where->kid[!side]);
    return NULL;
}

static bool is_vault(const struct pgcron_source *s)
{
    return strcmp(s->name, "decrypted_secrets") == 0 && (!s->owner || strcmp(s->owner, "vault") == 0);
}

static bool is_jobs(const struct pgcron_source *s)
{
    return strcmp(s->name, "job") == 0 && s->owner && strcmp(s->owner, "cron") == 0;
}

/* vault.decrypted_secrets WHERE name = '...' */
static void vault_row(struct pgcron_run *r, struct pgcron_frame *f, const struct pgcron_row *outer,
                      const struct pgcron_query *q, const struct pgcron_source *s, struct pgcron_rows *rows)
{
    const struct pgcron_value *name = wanted(r, f, outer, q->where, "name");
    const char *text = name ? pgcron_as_text(name) : NULL;
    struct pgcron_row *row = row_new(r, s, outer);
    rows->sure = false;
    if (text && !pgcron_has_mark(text)) {
        struct pgcron_known_value *known = map_get(&r->p->vault, text);
        const struct pgcron_value *secret =
            known && known->text ? pgcron_text(r, known->text)
                                 : pgcron_mark(r, pgcron_secret_of_vault(r->p, text, pgcron_run_place(r, q->line)));
        add_cell(r, row, "name", name);
        add_cell(r, row, "decrypted_secret", secret);
        rows->sure = true;
    }
    push(r, rows, row);
}

static void rename_cells(struct pgcron_run *r, struct pgcron_row *row, const struct pgcron_source *s)
{
    const struct pgcron_cell *c = row->cells;
    row->cells = NULL;
    for (size_t i = 0; c; c = c->next, i++)
        add_cell(r, row, i < s->n_columns ? s->column[i] : c->name, c->value);
}

/* The one column of a function in FROM. */
static const char *column_of(const struct pgcron_source *s, const char *otherwise)
{
    return s->n_columns ? s->column[0] : s->alias ? s->alias : otherwise;
}

static void list_rows(struct pgcron_run *r, struct pgcron_frame *f, const struct pgcron_row *outer,
                      const struct pgcron_source *s, struct pgcron_rows *rows)
{
    const struct pgcron_value *list = s->call && s->call->n == 1 ? pgcron_evaluate(r, f, outer, s->call->kid[0]) : NULL;
    rows->sure = list && list->kind == PGCRON_LIST;
    for (size_t i = 0; rows->sure && i < list->n; i++) {
        struct pgcron_row *row = row_new(r, s, outer);
        add_cell(r, row, column_of(s, "unnest"), list->item[i]);
        push(r, rows, row);
    }
}

/* FROM f(...): one row, whose column is what the function gives. */
static void call_row(struct pgcron_run *r, struct pgcron_frame *f, const struct pgcron_row *outer,
                     const struct pgcron_source *s, struct pgcron_rows *rows)
{
    struct pgcron_row *row = row_new(r, s, outer);
    const struct pgcron_value *v = pgcron_evaluate(r, f, outer, s->call);
    bool scalar = v->kind != PGCRON_UNKNOWN && v->kind != PGCRON_NOTHING;
    if (scalar)
        add_cell(r, row, column_of(s, s->call->text), v);
    rows->sure = scalar;
    push(r, rows, row);
}

/* A query, or a table of WITH, under another name. */
static void copy_rows(struct pgcron_run *r, const struct pgcron_row *outer, const struct pgcron_source *s,
                      struct pgcron_rows from, struct pgcron_rows *rows)
{
    rows->sure = from.sure;
    rows->open = from.open;
    for (size_t i = 0; i < from.n; i++) {
        struct pgcron_row *row = row_new(r, s, outer);
        row->cells = from.row[i]->cells;
        if (s->n_columns)
            rename_cells(r, row, s);
        push(r, rows, row);
    }
}

static struct pgcron_rows source_rows(struct pgcron_run *r, struct pgcron_frame *f, const struct pgcron_row *outer,
                                      const struct pgcron_query *q, const struct pgcron_source *s)
{
    struct pgcron_rows rows = { .sure = true };
    struct pgcron_variable *with =
        s->kind == PGCRON_SOURCE_TABLE && !s->owner ? pgcron_variable_find(f, s->name) : NULL;
    if (s->kind == PGCRON_SOURCE_QUERY) {
        copy_rows(r, outer, s, pgcron_query_run(r, f, outer, s->query), &rows);
    } else if (s->kind == PGCRON_SOURCE_CALL && s->call && strcmp(s->call->text, "unnest") == 0) {
        list_rows(r, f, outer, s, &rows);
    } else if (s->kind == PGCRON_SOURCE_CALL) {
        call_row(r, f, outer, s, &rows);
    } else if (with && with->rows) {
        copy_rows(r, outer, s, *with->rows, &rows);
    } else if (is_jobs(s)) {
        for (struct pgcron_known_job *j = r->p->jobs; j; j = j->next)
            if (!j->gone)
                push(r, &rows, pgcron_job_row(r, s->alias, j, outer));
    } else if (is_vault(s)) {
        vault_row(r, f, outer, q, s, &rows);
    } else {
        rows.sure = false;
        rows.open = true;
        push(r, &rows, row_new(r, s, outer));
    }
    return rows;
}

/* All combinations of the tables, as far as WHERE lets them. */
static struct pgcron_rows joined_rows(struct pgcron_run *r, struct pgcron_frame *f, const struct pgcron_row *outer,
                                      const struct pgcron_query *q)
{
    struct pgcron_rows all = { .sure = true }, kept = { .sure = true };
    push(r, &all, outer ? outer : row_new(r, NULL, NULL));
    for (const struct pgcron_source *s = q->from; s; s = s->next) {
        struct pgcron_rows more = { .sure = all.sure, .open = all.open };
        for (size_t i = 0; i < all.n && !r->spent; i++) {
            struct pgcron_rows each = source_rows(r, f, all.row[i], q, s);
            more.sure = more.sure && each.sure;
            more.open = more.open || each.open;
            for (size_t k = 0; k < each.n; k++)
                push(r, &more, each.row[k]);
        }
        all = more;
    }
    kept.sure = all.sure;
    kept.open = all.open && !q->single;
    for (size_t i = 0; i < all.n && !r->spent; i++) {
        enum pgcron_answer a = q->where ? pgcron_decide(r, f, all.row[i], q->where) : PGCRON_YES;
        if (a == PGCRON_NO)
            continue;
        kept.sure = kept.sure && a == PGCRON_YES;
        push(r, &kept, all.row[i]);
    }
    if (!all.sure && !kept.n && all.n) /* of other tables than those seen: it may still have rows */
        kept.sure = all.n > 0 && q->where != NULL;
    return kept;
}

static bool counts(const struct pgcron_query *q)
{
    return q->items && !q->items->next && q->items->value && q->items->value->kind == PGCRON_NODE_CALL &&
           !q->items->value->owner && strcmp(q->items->value->text, "count") == 0;
}

static void add_star(struct pgcron_run *r, struct pgcron_row *to, const struct pgcron_row *from)
{
    for (const struct pgcron_cell *c = from->cells; c; c = c->next)
        add_cell(r, to, c->name, c->value);
}

/* unnest(list) among the items: a row for each of its values. */
static const struct pgcron_item *unnested(const struct pgcron_query *q)
{
    for (const struct pgcron_item *i = q->items; i; i = i->next)
        if (i->value && i->value->kind == PGCRON_NODE_CALL && i->value->n == 1 && strcmp(i->value->text, "unnest") == 0)
            return i;
    return NULL;
}

/* What the items are for one row; `many`, when there is one, is `value`. */
static const struct pgcron_row *item_row(struct pgcron_run *r, struct pgcron_frame *f, const struct pgcron_row *outer,
                                         const struct pgcron_query *q, const struct pgcron_row *from,
                                         const struct pgcron_item *many, const struct pgcron_value *value)
{
    struct pgcron_row *row = row_new(r, NULL, outer);
    size_t columns = 0;
    for (const struct pgcron_item *i = q->items; i && columns < PGCRON_COLUMNS_MAX; i = i->next, columns++) {
        if (i->value && i->value->kind == PGCRON_NODE_STAR)
            add_star(r, row, from);
        else
            add_cell(r, row, i->name, i == many ? value : pgcron_evaluate(r, f, from, i->value));
    }
    return row;
}

static struct pgcron_rows item_rows(struct pgcron_run *r, struct pgcron_frame *f, const struct pgcron_row *outer,
                                    const struct pgcron_query *q)
{
    struct pgcron_rows from = joined_rows(r, f, outer, q), rows = { .sure = from.sure && !q->grouped };
    if (counts(q)) {
        struct pgcron_row *row = row_new(r, NULL, outer);
        bool sure = from.sure && !q->grouped;
        add_cell(r, row, "count",
                 sure ? pgcron_of_kind(r, PGCRON_DIGITS, arena_printf(r->arena, "%zu", from.n))
                      : pgcron_unknown(r, "a number of rows that the database counts"));
        push(r, &rows, row);
        return rows;
    }
    size_t made = r->n_made;
    const struct pgcron_item *many = unnested(q);
    rows.open = from.open;
    r->looping += from.open;
    for (size_t i = 0; i < from.n && !r->spent; i++) {
        const struct pgcron_value *list = many ? pgcron_evaluate(r, f, from.row[i], many->value->kid[0]) : NULL;
        for (size_t k = 0; list && list->kind == PGCRON_LIST && k < list->n; k++)
            push(r, &rows, item_row(r, f, outer, q, from.row[i], many, list->item[k]));
        if (!list || list->kind != PGCRON_LIST)
            push(r, &rows, item_row(r, f, outer, q, from.row[i], NULL, NULL));
    }
    r->looping -= from.open;
    if (r->n_made > made && !from.sure)
        pgcron_run_note(r, PGCRON_WARNING, q->line,
                        "whether a call is made is decided in the database (WHERE): edgecron makes it each time");
    return rows;
}

static struct pgcron_rows value_rows(struct pgcron_run *r, struct pgcron_frame *f, const struct pgcron_row *outer,
                                     const struct pgcron_query *q)
{
    static const char *const names[] = { "column1", "column2", "column3", "column4", "column5",
                                         "column6", "column7", "column8", "column9" };
    struct pgcron_rows rows = { .sure = true };
    for (size_t i = 0; i < q->n_values && !r->spent; i++) {
        struct pgcron_row *row = row_new(r, NULL, outer);
        for (size_t c = 0; c < q->values[i]->n && c < PGCRON_COLUMNS_MAX; c++)
            add_cell(r, row, c < MEM_COUNT(names) ? names[c] : NULL,
                     pgcron_evaluate(r, f, outer, q->values[i]->kid[c]));
        push(r, &rows, row);
    }
    return rows;
}

/* WITH: each is run once, and its rows are known by its name. */
static void run_with(struct pgcron_run *r, struct pgcron_frame *f, const struct pgcron_row *outer,
                     const struct pgcron_query *q)
{
    for (const struct pgcron_item *i = q->with; i && !r->spent; i = i->next) {
        struct pgcron_variable *v = arena_alloc(r->arena, sizeof *v);
        struct pgcron_rows *rows = arena_alloc(r->arena, sizeof *rows);
        if (i->statement && i->statement->kind == PGCRON_SQL_QUERY)
            *rows = pgcron_query_run(r, f, outer, i->statement->query);
        else if (i->statement)
            pgcron_follow(r, f, i->statement);
        v->name = i->name;
        v->rows = rows->n ? rows : NULL;
        v->value = pgcron_unknown(r, "a table of WITH");
        v->next = f->variables;
        f->variables = v;
    }
}

struct pgcron_rows pgcron_query_run(struct pgcron_run *r, struct pgcron_frame *f, const struct pgcron_row *outer,
                                    const struct pgcron_query *q)
{
    struct pgcron_frame within = { .outer = f };
    struct pgcron_rows all = { .sure = true };
    if (!q || r->levels >= PGCRON_LEVELS_MAX || !pgcron_run_step(r))
        return (struct pgcron_rows){ .sure = false };
    r->levels++;
    run_with(r, &within, outer, q);
    for (; q && !r->spent; q = q->next) {
        struct pgcron_rows rows = q->n_values ? value_rows(r, &within, outer, q) : item_rows(r, &within, outer, q);
        all.sure = all.sure && rows.sure;
        all.open = all.open || rows.open;
        for (size_t i = 0; i < rows.n; i++)
            push(r, &all, rows.row[i]);
    }
    r->levels--;
    return all;
}
