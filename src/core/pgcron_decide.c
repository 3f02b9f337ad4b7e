/* pgcron_decide.c - does a condition hold? Yes, no, or only the database knows.
 *
 * A secret or setting counts as there and not empty: the import is of a system that works. */
#include "core/pgcron_quote.h"
#include "core/pgcron_run.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PATTERN_MAX 200 /* bytes of a LIKE, and of the text it is held against: its cost is their product */
#define MATCHED_MAX 1000

static enum pgcron_answer answer(bool yes)
{
    return yes ? PGCRON_YES : PGCRON_NO;
}

static enum pgcron_answer negated(enum pgcron_answer a)
{
    return a == PGCRON_PERHAPS ? a : a == PGCRON_YES ? PGCRON_NO : PGCRON_YES;
}

/* Without going back more than one '%': linear in both. */
static bool like(const char *text, const char *pattern, bool fold)
{
    const char *star = NULL, *from = NULL;
    while (*text) {
        bool escaped = *pattern == '\\' && pattern[1];
        const char *p = pattern + escaped;
        if (*pattern == '%') {
            star = ++pattern;
            from = text;
        } else if (*p && ((*p == '_' && !escaped) || *p == *text || (fold && strncasecmp(p, text, 1) == 0))) {
            pattern = p + 1;
            text++;
        } else if (star) {
            pattern = star;
            text = ++from;
        } else {
            return false;
        }
    }
    while (*pattern == '%')
        pattern++;
    return !*pattern;
}

/* -1, 0, 1; 2: they cannot be compared. */
static int compare(const struct pgcron_value *a, const struct pgcron_value *b)
{
    if (a->kind == PGCRON_JOB_ID && b->kind == PGCRON_JOB_ID)
        return a->job == b->job ? 0 : 1;
    if (a->kind == PGCRON_JOB_ID || b->kind == PGCRON_JOB_ID) {
        const struct pgcron_value *id = a->kind == PGCRON_JOB_ID ? a : b, *other = a->kind == PGCRON_JOB_ID ? b : a;
        const char *number = pgcron_as_text(other);
        return !id->job->id || !number ? 2 : strtoll(number, NULL, 10) == id->job->id ? 0 : 1;
    }
    const char *x = pgcron_as_text(a), *y = pgcron_as_text(b);
    if (!x || !y)
        return 2;
    if (a->kind == PGCRON_DIGITS && b->kind == PGCRON_DIGITS) {
        double d = strtod(x, NULL) - strtod(y, NULL);
        return d < 0 ? -1 : d > 0;
    }
    if (pgcron_has_mark(x) || pgcron_has_mark(y))
        return strcmp(x, y) == 0 ? 0 : !*x ? -1 : !*y ? 1 : 2; /* what a secret is, is not known; but it is something */
    int order = strcmp(x, y);
    return order < 0 ? -1 : order > 0;
}

static enum pgcron_answer compared(const char *operator, const struct pgcron_value * a, const struct pgcron_value *b)
{
    if (a->kind == PGCRON_NOTHING || b->kind == PGCRON_NOTHING)
        return PGCRON_NO; /* NULL, which no branch takes */
    int order = a->kind == PGCRON_UNKNOWN || b->kind == PGCRON_UNKNOWN ? 2 : compare(a, b);
    if (order == 2)
        return PGCRON_PERHAPS;
    switch (*operator) {
    case '=':
        return answer(order == 0);
    case '!':
        return answer(order != 0);
    case '<':
        return operator[1] == '>' ? answer(order != 0) : answer(order < 0 || (operator[1] == '=' && order == 0));
    default:
        return answer(order > 0 || (operator[1] == '=' && order == 0));
    }
}

static enum pgcron_answer matched(const char *operator, const struct pgcron_value * a, const struct pgcron_value *b)
{
    const char *text = pgcron_as_text(a), *pattern = pgcron_as_text(b);
    bool fold = strcmp(operator, "ilike") == 0 || strchr(operator, '*'), not = *operator== '!';
    bool known = strcmp(operator, "like") == 0 || strcmp(operator, "ilike") == 0 || strstr(operator, "~~");
    if (!known || !text || !pattern || strlen(pattern) > PATTERN_MAX || strlen(text) > MATCHED_MAX ||
        pgcron_has_mark(text) || pgcron_has_mark(pattern))
        return PGCRON_PERHAPS;
    return answer(like(text, pattern, fold) != not );
}

static enum pgcron_answer decide_binary(struct pgcron_run *r, struct pgcron_frame *f, const struct pgcron_row *row,
                                        const struct pgcron_node *n)
{
    static const char *const comparisons[] = { "=", "<>", "!=", "<", ">", "<=", ">=" };
    bool and = strcmp(n->text, "and") == 0;
    if (and || strcmp(n->text, "or") == 0) {
        enum pgcron_answer decisive = and? PGCRON_NO : PGCRON_YES, a = pgcron_decide(r, f, row, n->kid[0]);
        if (a == decisive)
            return a;
        enum pgcron_answer b = pgcron_decide(r, f, row, n->kid[1]);
        return b == decisive ? b : a == PGCRON_PERHAPS ? a : b;
    }
    const struct pgcron_value *a = pgcron_evaluate(r, f, row, n->kid[0]), *b = pgcron_evaluate(r, f, row, n->kid[1]);
    for (size_t i = 0; i < MEM_COUNT(comparisons); i++)
        if (strcmp(n->text, comparisons[i]) == 0)
            return compared(n->text, a, b);
    return matched(n->text, a, b);
}

static enum pgcron_answer decide_is(struct pgcron_run *r, struct pgcron_frame *f, const struct pgcron_row *row,
                                    const struct pgcron_node *n)
{
    enum pgcron_answer a;
    if (strcmp(n->text, "null") == 0) {
        const struct pgcron_value *v = pgcron_evaluate(r, f, row, n->kid[0]);
        a = v->kind == PGCRON_UNKNOWN ? PGCRON_PERHAPS : answer(v->kind == PGCRON_NOTHING);
    } else if (strcmp(n->text, "true") == 0) {
        a = pgcron_decide(r, f, row, n->kid[0]);
    } else if (strcmp(n->text, "false") == 0) {
        a = negated(pgcron_decide(r, f, row, n->kid[0]));
    } else if (strcmp(n->text, "distinct") == 0 && n->n > 1) {
        const struct pgcron_value *x = pgcron_evaluate(r, f, row, n->kid[0]),
                                  *y = pgcron_evaluate(r, f, row, n->kid[1]);
        bool x_nothing = x->kind == PGCRON_NOTHING, y_nothing = y->kind == PGCRON_NOTHING;
        bool unknown = x->kind == PGCRON_UNKNOWN || y->kind == PGCRON_UNKNOWN;
        a = unknown                  ? PGCRON_PERHAPS
            : x_nothing || y_nothing ? answer(x_nothing != y_nothing)
                                     : negated(compared("=", x, y));
    } else {
        a = PGCRON_PERHAPS;
    }
    return n->not ? negated(a) : a;
}

static enum pgcron_answer decide_in(struct pgcron_run *r, struct pgcron_frame *f, const struct pgcron_row *row,
                                    const struct pgcron_node *n)
{
    const struct pgcron_value *v = pgcron_evaluate(r, f, row, n->kid[0]);
    enum pgcron_answer any = PGCRON_NO;
    for (size_t i = 1; i < n->n && any != PGCRON_YES; i++) {
        enum pgcron_answer a = compared("=", v, pgcron_evaluate(r, f, row, n->kid[i]));
        any = a == PGCRON_NO ? any : a;
    }
    if (n->query) {
        struct pgcron_rows rows = pgcron_query_run(r, f, row, n->query);
        any = rows.sure ? PGCRON_NO : PGCRON_PERHAPS;
        for (size_t i = 0; rows.sure && i < rows.n && any != PGCRON_YES; i++)
            any = rows.row[i]->cells ? compared("=", v, rows.row[i]->cells->value) : any;
    }
    return n->not ? negated(any) : any;
}

/* What any database of pg_cron has. */
static bool is_taken_for_granted(const struct pgcron_query *q)
{
    static const char *const tables[] = { "columns",
                                          "tables",
                                          "schemata",
                                          "routines",
                                          "pg_extension",
                                          "pg_namespace",
                                          "pg_available_extensions",
                                          "pg_proc",
                                          "decrypted_secrets",
                                          "secrets" };
    for (size_t i = 0; q->from && q->from->name && i < MEM_COUNT(tables); i++)
        if (strcmp(q->from->name, tables[i]) == 0)
            return true;
    return false;
}

static enum pgcron_answer decide_exists(struct pgcron_run *r, struct pgcron_frame *f, const struct pgcron_row *row,
                                        const struct pgcron_node *n)
{
    if (is_taken_for_granted(n->query))
        return PGCRON_YES;
    struct pgcron_rows rows = pgcron_query_run(r, f, row, n->query);
    return rows.sure ? answer(rows.n > 0) : PGCRON_PERHAPS;
}

/* = ANY (list) */
static enum pgcron_answer decide_any(struct pgcron_run *r, struct pgcron_frame *f, const struct pgcron_row *row,
                                     const struct pgcron_node *n)
{
    const struct pgcron_value *v = pgcron_evaluate(r, f, row, n->kid[0]),
                              *list = pgcron_evaluate(r, f, row, n->kid[1]->kid[0]);
    if (list->kind != PGCRON_LIST)
        return PGCRON_PERHAPS;
    enum pgcron_answer any = PGCRON_NO;
    for (size_t i = 0; i < list->n && any != PGCRON_YES; i++) {
        enum pgcron_answer a = compared("=", v, list->item[i]);
        any = a == PGCRON_NO ? any : a;
    }
    return any;
}

enum pgcron_answer pgcron_decide(struct pgcron_run *r, struct pgcron_frame *f, const struct pgcron_row *row,
                                 const struct pgcron_node *n)
{
    if (!n || r->levels >= PGCRON_LEVELS_MAX || !pgcron_run_step(r))
        return PGCRON_PERHAPS;
    enum pgcron_answer a = PGCRON_PERHAPS;
    r->levels++;
    if (n->kind == PGCRON_NODE_TRUE || n->kind == PGCRON_NODE_FALSE) {
        a = answer(n->kind == PGCRON_NODE_TRUE);
    } else if (n->kind == PGCRON_NODE_UNARY && strcmp(n->text, "not") == 0) {
        a = negated(pgcron_decide(r, f, row, n->kid[0]));
    } else if (n->kind == PGCRON_NODE_BINARY && strcmp(n->text, "=") == 0 && n->kid[1] &&
               n->kid[1]->kind == PGCRON_NODE_CALL && strcmp(n->kid[1]->text, "any") == 0 && n->kid[1]->n == 1) {
        a = decide_any(r, f, row, n);
    } else if (n->kind == PGCRON_NODE_BINARY) {
        a = strcmp(n->text, "||") && strcmp(n->text, "->") && strcmp(n->text, "->>") ? decide_binary(r, f, row, n)
                                                                                     : PGCRON_PERHAPS;
    } else if (n->kind == PGCRON_NODE_IS) {
        a = decide_is(r, f, row, n);
    } else if (n->kind == PGCRON_NODE_IN) {
        a = decide_in(r, f, row, n);
    } else if (n->kind == PGCRON_NODE_EXISTS) {
        a = decide_exists(r, f, row, n);
    } else {
        const struct pgcron_value *v = pgcron_cast(r, pgcron_evaluate(r, f, row, n), "boolean", n->line);
        a = v->kind == PGCRON_TRUTH ? answer(v->truth) : v->kind == PGCRON_NOTHING ? PGCRON_NO : PGCRON_PERHAPS;
    }
    r->levels--;
    return a;
}
