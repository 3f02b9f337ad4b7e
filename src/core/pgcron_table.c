#include "core/pgcron_table.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum column { JOBID, SCHEDULE, COMMAND, NODENAME, NODEPORT, DATABASE, USERNAME, ACTIVE, JOBNAME, COLUMNS };
static const char *const NAMES[COLUMNS] = { "jobid",    "schedule", "command", "nodename", "nodeport",
                                            "database", "username", "active",  "jobname" };

#define FIELDS_MAX 32
#define NOT_OURS COLUMNS

struct table {
    struct pgcron *p;
    enum column column[FIELDS_MAX]; /* what stands at each place */
    size_t n;
};

struct row {
    const char *field[COLUMNS]; /* NULL: null or absent */
    int line, command_line;
};

static enum column column_named(const char *name)
{
    for (int i = 0; i < COLUMNS; i++)
        if (strcasecmp(name, NAMES[i]) == 0)
            return (enum column)i;
    return NOT_OURS;
}

static void in_table_order(struct table *t)
{
    for (t->n = 0; t->n < COLUMNS; t->n++)
        t->column[t->n] = (enum column)t->n;
}

static bool is_false(const char *s)
{
    return s &&
           (strcasecmp(s, "f") == 0 || strcasecmp(s, "false") == 0 || strcmp(s, "0") == 0 || strcasecmp(s, "no") == 0);
}

static void add_row(struct pgcron *p, const struct row *row)
{
    struct pgcron_place at = { p->file, row->line };
    const char *name = row->field[JOBNAME] && *row->field[JOBNAME] ? row->field[JOBNAME] : NULL;
    long long id = row->field[JOBID] ? strtoll(row->field[JOBID], NULL, 10) : 0;
    if (!row->field[SCHEDULE] || !row->field[COMMAND]) {
        pgcron_note(p, PGCRON_SKIPPED, NULL, at, "a row without a schedule or a command");
        return;
    }
    struct pgcron_known_job *j = pgcron_job_add(p, name, row->field[SCHEDULE], row->field[COMMAND], at);
    if (!j)
        return;
    pgcron_job_number(p, j, id);
    j->active = !is_false(row->field[ACTIVE]);
    j->command_line = row->command_line ? row->command_line : row->line;
}

/* ---- CSV, RFC 4180 ---- */

struct csv {
    const char *text;
    size_t len, at;
    int line;
};

/* One field into `out`; *ret_quoted: it stood in quotes. False when a quote has no end. */
static bool csv_field(struct csv *c, struct buf *out, bool *ret_quoted)
{
    *ret_quoted = c->at < c->len && c->text[c->at] == '"';
    buf_clear(out);
    if (!*ret_quoted) {
        size_t start = c->at;
        while (c->at < c->len && !strchr(",\r\n", c->text[c->at]))
            c->at++;
        return buf_add(out, c->text + start, c->at - start);
    }
    for (c->at++; c->at < c->len; c->at++) {
        if (c->text[c->at] == '"' && (c->at + 1 >= c->len || c->text[c->at + 1] != '"')) {
            c->at++;
            return true;
        }
        c->at += c->text[c->at] == '"';
        c->line += c->text[c->at] == '\n';
        if (!buf_char(out, c->text[c->at]))
            return false;
    }
    return false;
}

static bool csv_record(struct csv *c, struct arena *a, struct row *row, const char **field, size_t *ret_n,
                       int *ret_lines)
{
    buf_auto struct buf text = BUF_INIT(PGCRON_FILE_MAX);
    row->line = c->line;
    for (*ret_n = 0;;) {
        bool quoted;
        int line = c->line;
        if (!csv_field(c, &text, &quoted))
            return false;
        if (*ret_n < FIELDS_MAX) {
            ret_lines[*ret_n] = line;
            field[(*ret_n)++] = quoted || text.len ? arena_strndup(a, buf_str(&text), text.len) : NULL;
        }
        if (c->at < c->len && c->text[c->at] == ',') {
            c->at++;
            continue;
        }
        if (c->at < c->len && c->text[c->at] == '\r')
            c->at++;
        if (c->at < c->len && c->text[c->at] != '\n')
            return false;
        c->line += c->at < c->len;
        c->at += c->at < c->len;
        return true;
    }
}

/* The first line names columns, or is a row already: of psql's \copy, in the table's own order. */
static bool take_header(struct table *t, const char *const *field, size_t n)
{
    bool named = false;
    for (size_t i = 0; i < n; i++) {
        t->column[i] = field[i] ? column_named(field[i]) : NOT_OURS;
        named = named || t->column[i] == SCHEDULE || t->column[i] == COMMAND;
    }
    t->n = n;
    if (!named)
        in_table_order(t);
    return named;
}

static void assign(struct row *row, const struct table *t, const char *const *field, const int *lines, size_t n)
{
    for (size_t i = 0; i < n && i < t->n; i++) {
        if (t->column[i] == NOT_OURS)
            continue;
        row->field[t->column[i]] = field[i];
        if (t->column[i] == COMMAND)
            row->command_line = lines[i];
    }
}

int pgcron_read_csv(struct pgcron *p, const char *text, size_t len, struct err *e)
{
    struct csv c = { .text = text, .len = len, .line = 1 };
    struct table t = { .p = p };
    bool first = true;
    while (c.at < c.len) {
        struct arena *a = arena_new(1024);
        struct row row = { 0 };
        const char *field[FIELDS_MAX];
        int lines[FIELDS_MAX];
        size_t n;
        bool read = csv_record(&c, a, &row, field, &n, lines), header = first && read && take_header(&t, field, n);
        bool empty = read && n == 1 && !field[0];
        if (read && !header && !empty) {
            assign(&row, &t, field, lines, n);
            if (n < 3)
                read = false;
            else
                add_row(p, &row);
        }
        first = first && empty;
        arena_free(a);
        if (!read && c.at >= c.len && c.line > row.line)
            return err_set(e, ERR_MALFORMED, "a quote in the record of line %d has no end", row.line);
        if (!read)
            return err_set(e, ERR_MALFORMED,
                           "line %d is no record of CSV with the columns of cron.job; expected a header line such as "
                           "'jobid,schedule,command,active,jobname'",
                           row.line);
    }
    return 0;
}

/* ---- JSON ---- */

static const char *member_text(struct arena *a, const struct json *v)
{
    if (json_type(v) == JSON_STRING)
        return json_string(v);
    if (json_type(v) == JSON_ABSENT || json_type(v) == JSON_NULL)
        return NULL;
    mem_auto char *printed = json_print(v);
    return arena_strdup(a, printed);
}

int pgcron_read_json(struct pgcron *p, const char *text, size_t len, struct err *e)
{
    json_auto struct json *doc = json_parse(text, len, e);
    if (!doc)
        return -ERR_MALFORMED;
    if (json_type(doc) != JSON_ARRAY)
        return err_set(e, ERR_MALFORMED, "it is %s; expected a list of the rows of cron.job",
                       json_type_name(json_type(doc)));
    struct arena *a = arena_new(1024);
    int number = 0, rc = 0;
    for (const struct json *v = json_first(doc); v && !rc; v = json_next(v)) {
        struct row row = { .line = 1 };
        number++;
        if (json_type(v) != JSON_OBJECT)
            rc = err_set(e, ERR_MALFORMED, "item %d is %s; expected an object, a row of cron.job", number,
                         json_type_name(json_type(v)));
        for (const struct json *m = json_first(v); m && !rc; m = json_next(m))
            if (column_named(json_key(m)) != NOT_OURS)
                row.field[column_named(json_key(m))] = member_text(a, m);
        if (!rc)
            add_row(p, &row);
    }
    arena_free(a);
    return rc;
}

/* ---- COPY cron.job FROM stdin ---- */

bool pgcron_is_copy(const struct pgcron_tokens *t)
{
    if (!t->n || !pgcron_token_is(&t->token[0], "copy"))
        return false;
    for (size_t i = 1; i + 1 < t->n; i++)
        if (pgcron_token_is(&t->token[i], "from") && pgcron_token_is(&t->token[i + 1], "stdin"))
            return true;
    return false;
}

/* Takes a field up to a tab out of a line of COPY's text format. "\N" is null. */
static const char *copy_field(struct arena *a, const char **s, const char *end)
{
    static const char letters[] = "bfnrtv", values[] = "\b\f\n\r\t\v";
    const char *tab = memchr(*s, '\t', (size_t)(end - *s)), *stop = tab ? tab : end;
    char *text = arena_alloc(a, (size_t)(stop - *s) + 1), *out = text;
    bool null = stop - *s == 2 && memcmp(*s, "\\N", 2) == 0;
    for (const char *c = *s; c < stop; c++) {
        const char *letter = *c == '\\' && c + 1 < stop ? strchr(letters, c[1]) : NULL;
        c += *c == '\\' && c + 1 < stop;
        *out++ = letter && *letter ? values[letter - letters] : *c;
    }
    *s = tab ? tab + 1 : end + 1;
    return null ? NULL : text;
}

static bool is_job_table(const struct pgcron_tokens *t, struct table *table)
{
    struct pgcron_parser q = { .token = t->token, .n = t->n, .at = 1 };
    const char *owner, *name;
    pgcron_take_dotted(&q, &owner, &name);
    if (q.failed || !owner || strcmp(owner, "cron") || strcmp(name, "job"))
        return false;
    in_table_order(table);
    if (!pgcron_take(&q, "("))
        return true;
    for (table->n = 0; table->n < FIELDS_MAX; table->n++) {
        const char *column = pgcron_take_name(&q);
        if (!column)
            return false;
        table->column[table->n] = column_named(column);
        if (!pgcron_take(&q, ","))
            break;
    }
    table->n++;
    return table->n <= FIELDS_MAX;
}

static void read_copy_line(struct pgcron *p, const struct table *t, const char *s, const char *end, int line)
{
    struct arena *a = arena_new(1024);
    struct row row = { .line = line };
    const char *field[FIELDS_MAX];
    int lines[FIELDS_MAX];
    size_t n = 0;
    while (s <= end && n < FIELDS_MAX) {
        lines[n] = line;
        field[n++] = copy_field(a, &s, end);
    }
    assign(&row, t, field, lines, n);
    add_row(p, &row);
    arena_free(a);
}

void pgcron_read_copy(struct pgcron *p, const struct pgcron_tokens *t, struct pgcron_lex *l)
{
    struct table table = { .p = p };
    bool ours = is_job_table(t, &table), first = true;
    while (l->at < l->len) {
        const char *s = l->text + l->at, *newline = memchr(s, '\n', l->len - l->at);
        const char *end = newline ? newline : l->text + l->len;
        size_t len = (size_t)(end - s) - (end > s && end[-1] == '\r');
        l->at += (size_t)(end - s) + (newline != NULL);
        bool rest = first; /* of the line on which the statement ends */
        first = false;
        if (len == 2 && memcmp(s, "\\.", 2) == 0) {
            l->line += newline != NULL;
            return;
        }
        if (ours && !rest)
            read_copy_line(p, &table, s, s + len, l->line);
        l->line += newline != NULL;
    }
}
