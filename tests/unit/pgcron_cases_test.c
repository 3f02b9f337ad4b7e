/* pgcron_cases_test.c - what jobs files of pg_cron leave, as tests/cases/import/reader/ tells it. The form is said at the top of its first file. */
#include "text_cases.h"

#include "base/buf.h"
#include "core/pgcron.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FILES_MAX 8
#define LINES_MAX 100
#define TEXT_MAX (4 * 1024 * 1024)

struct reader_case {
    char title[200];
    int start; /* line of the title, or of the file's name */
    struct {
        char name[64];
        struct buf text;
        int lines;
    } file[FILES_MAX];
    int n_files;
    char *expected[LINES_MAX];
    int n_expected;
};

static const char *const KINDS[] = {
    [PGCRON_SKIPPED] = "skipped", [PGCRON_CHANGED] = "changed", [PGCRON_WARNING] = "warning"
};

static void begin(struct reader_case *c, const char *title, int line)
{
    memset(c, 0, sizeof *c);
    snprintf(c->title, sizeof c->title, "%s", title);
    c->start = line;
    snprintf(c->file[0].name, sizeof c->file[0].name, "a.sql");
    c->file[0].text = BUF_INIT(TEXT_MAX);
    c->n_files = 1;
}

static void next_file(struct reader_case *c, const char *name, int line)
{
    int n = c->file[0].text.len || c->n_files > 1 ? c->n_files++ : 0;
    if (n >= FILES_MAX)
        fail_msg("%s: too many files", c->title);
    snprintf(c->file[n].name, sizeof c->file[n].name, "%s", name);
    c->file[n].text = BUF_INIT(TEXT_MAX);
    c->start = line;
}

/* Lines that the driver skipped are empty. $A*5000 stands for 5000 letters A. */
static void add_line(struct reader_case *c, const char *line, int at)
{
    struct buf *text = &c->file[c->n_files - 1].text;
    int *lines = &c->file[c->n_files - 1].lines;
    for (; *lines + 1 < at - c->start; ++*lines)
        buf_char(text, '\n');
    const char *repeat = strstr(line, "$*");
    if (repeat && strlen(repeat) > 3) {
        char *end;
        long n = strtol(repeat + 2, &end, 10);
        buf_add(text, line, (size_t)(repeat - line));
        const char *stop = strchr(end, '$');
        for (long i = 0; stop && *end == ' ' && i < n; i++)
            buf_add(text, end + 1, (size_t)(stop - end - 1));
        buf_str_add(text, stop ? stop + 1 : "");
    } else {
        buf_str_add(text, line);
    }
    buf_char(text, '\n');
    ++*lines;
}

static void shown(char **out, int *n, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static void shown(char **out, int *n, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    if (*n >= LINES_MAX || vasprintf(&out[(*n)++], fmt, ap) < 0)
        fail_msg("too much comes out");
    va_end(ap);
}

static void show_call(const struct pgcron_call *c, char **out, int *n)
{
    char *headers = c->headers ? json_print(c->headers) : NULL, *body = c->body ? json_print(c->body) : NULL;
    shown(out, n, "call %s %s %lld", c->method, c->url, (long long)c->timeout_ms);
    if (headers)
        shown(out, n, "headers %s", headers);
    if (body)
        shown(out, n, "body %s", body);
    mem_free(headers);
    mem_free(body);
}

static int show(const struct pgcron_result *r, char **out)
{
    int n = 0;
    for (size_t i = 0; i < r->n_jobs; i++) {
        const struct pgcron_job *j = &r->jobs[i];
        shown(out, &n, "job %s | %s%s", j->name, j->schedule, j->active ? "" : " | off");
        for (size_t k = 0; k < j->n_calls; k++)
            show_call(&j->calls[k], out, &n);
    }
    for (size_t i = 0; i < r->n_secrets; i++)
        shown(out, &n, "secret %s: %s%s%s", r->secrets[i].name, r->secrets[i].origin,
              r->secrets[i].pasted ? ", pasted" : "", r->secrets[i].address ? ", an address" : "");
    for (size_t i = 0; i < r->n_notes; i++)
        shown(out, &n, "note %s %s %s:%d %s", KINDS[r->notes[i].kind], r->notes[i].job ? r->notes[i].job : "-",
              r->notes[i].at.file, r->notes[i].at.line, r->notes[i].text);
    return n;
}

/* The same; of a note, the text only has to hold what is expected of it. */
static bool agrees(const char *expected, const char *out)
{
    const char *part = expected;
    for (int spaces = 0; strncmp(expected, "note ", 5) == 0 && part && spaces < 4; spaces++)
        part = strchr(part, ' ') ? strchr(part, ' ') + 1 : NULL;
    if (strncmp(expected, "note ", 5) || !part)
        return strcmp(expected, out) == 0;
    return strncmp(expected, out, (size_t)(part - expected)) == 0 && strstr(out + (part - expected), part);
}

static enum pgcron_form form_of(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot && strcmp(dot, ".csv") == 0 ? PGCRON_CSV : dot && strcmp(dot, ".json") == 0 ? PGCRON_JSON : PGCRON_SQL;
}

static void compare(struct text_cases *t, const struct reader_case *c, char *const *out, int n)
{
    bool good = n == c->n_expected;
    for (int i = 0; good && i < n; i++)
        good = agrees(c->expected[i], out[i]);
    if (good) {
        text_case_pass(t);
        return;
    }
    text_case_fail(t, "%s", c->title);
    for (int i = 0; i < n || i < c->n_expected; i++) {
        bool same = i < n && i < c->n_expected && agrees(c->expected[i], out[i]);
        if (!same && i < c->n_expected)
            fprintf(stderr, "    expected => %s\n", c->expected[i]);
        if (i < n)
            fprintf(stderr, "    %s => %s\n", same ? "        " : "got     ", out[i]);
    }
}

static void run(struct text_cases *t, struct reader_case *c)
{
    char *out[LINES_MAX];
    int n = 0;
    struct arena *a = arena_new(0);
    struct pgcron *p = pgcron_new(a);
    struct err e = { 0 };
    int rc = 0;
    for (int i = 0; i < c->n_files && !rc; i++)
        rc = pgcron_read(p, form_of(c->file[i].name), c->file[i].name, buf_str(&c->file[i].text), c->file[i].text.len,
                         &e);
    if (rc)
        shown(out, &n, "refused %s: %s", err_code_name(e.code), e.text);
    else
        n = show(pgcron_result(p), out);
    compare(t, c, out, n);
    pgcron_free(p);
    arena_free(a);
    for (int i = 0; i < n; i++)
        free(out[i]);
    for (int i = 0; i < c->n_expected; i++)
        free(c->expected[i]);
    for (int i = 0; i < c->n_files; i++)
        buf_free(&c->file[i].text);
}

static void each_line(struct text_cases *t, const char *line, void *ctx)
{
    struct reader_case *c = ctx;
    if (strcmp(line, "===") == 0)
        run(t, c);
    else if (strncmp(line, "== ", 3) == 0)
        begin(c, line + 3, t->line);
    else if (strncmp(line, "@@ ", 3) == 0)
        next_file(c, line + 3, t->line);
    else if (strncmp(line, "=> ", 3) == 0 && c->n_expected < LINES_MAX)
        c->expected[c->n_expected++] = strdup(line + 3);
    else
        add_line(c, line, t->line);
}

static void test_cases(void **state)
{
    static struct reader_case c;
    (void)state;
    json_init();
    text_cases_run("import/reader", 140, each_line, &c);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_cases) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
