/* import_cases_test.c - from SQL to an apply file: tests/cases/import/cases/NAME.txt. A case is
 *
 *     == title                what follows is SQL, up to the next "=="
 *     == address NAME=VALUE   what is known of a setting or secret; any number
 *     == csv | json           what follows is that, not SQL
 *     == file                 what follows is the apply file, as an array of its targets and jobs, one a line
 *     == secrets              those that are needed, one a line, with " (pasted)"
 *     == notes                one a line: skipped | changed | warning LINE [job]: a part of the text
 *
 * A job is written without what every import gives: description, tags, timezone UTC, enabled true, delivery, retry, overlap, catch_up, timeout_ms 5000,
 * no headers; they are checked to be that. What differs is printed whole, in this form. */
#include "base/buf.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "core/document.h"
#include "core/pgcron_document.h"

#include <fcntl.h>
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define CASES_AT_LEAST 60
#define TEXT_MAX (1 << 20)

static const char *const FILES[] = { "a.sql" };

struct import_case {
    const char *place, *title;
    enum pgcron_form form;
    struct buf input, file, secrets, notes;
    struct pgcron_known known[8];
    size_t n_known;
};

static struct arena *arena;
static int cases, failures;

/* ---- what came out, in the form of a case ---- */

static const struct {
    const char *key, *value; /* JSON text */
} CONSTANTS[] = {
    { "tags", "[\"pg_cron\"]" },
    { "timezone", "\"UTC\"" },
    { "enabled", "true" },
    { "delivery", "\"at_most_once\"" },
    { "retry", "{\"max_attempts\":1}" },
    { "overlap", "\"allow\"" },
    { "timeout_ms", "5000" },
    { "catch_up", "{\"policy\":\"none\"}" },
};

static void take_constants(struct json *job)
{
    for (size_t i = 0; i < MEM_COUNT(CONSTANTS); i++) {
        const struct json *v = json_get(job, CONSTANTS[i].key);
        mem_auto char *printed = v ? json_print(v) : NULL;
        if (printed && !strcmp(printed, CONSTANTS[i].value))
            json_remove(job, CONSTANTS[i].key);
    }
    const char *description = json_string(json_get(job, "description"));
    if (description && !strncmp(description, "from pg_cron's job '", 20))
        json_remove(job, "description");
}

static void add_item(struct buf *out, const struct json *item)
{
    json_auto struct json *copy = json_clone(item);
    take_constants(copy);
    mem_auto char *printed = json_print(copy);
    buf_printf(out, "%s\n", printed);
}

static void add_file(struct buf *out, const struct json *file)
{
    for (const struct json *t = json_first(json_get(file, "targets")); t; t = json_next(t))
        add_item(out, t);
    for (const struct json *j = json_first(json_get(file, "jobs")); j; j = json_next(j))
        add_item(out, j);
}

static void add_secrets(struct buf *out, const struct pgcron_document *doc)
{
    for (size_t i = 0; i < doc->n_secrets; i++)
        buf_printf(out, "%s%s\n", doc->secrets[i].name, doc->secrets[i].pasted ? " (pasted)" : "");
}

static void add_note(struct buf *out, const struct pgcron_note *n)
{
    static const char *const kinds[] = {
        [PGCRON_SKIPPED] = "skipped", [PGCRON_CHANGED] = "changed", [PGCRON_WARNING] = "warning"
    };
    buf_printf(out, "%s %d", kinds[n->kind], n->at.line);
    if (n->job)
        buf_printf(out, " [%s]", n->job);
    buf_printf(out, ": %s\n", n->text);
}

/* ---- comparing ---- */

static bool same_json(const char *a, const char *b)
{
    json_auto struct json *x = json_parse(a, strlen(a), NULL), *y = json_parse(b, strlen(b), NULL);
    return x && y && json_equal(x, y);
}

/* Line by line; the text after ": " of a note may be a part. */
static bool same_lines(const struct buf *wanted, const struct buf *found, bool parts)
{
    mem_auto char *a = mem_strdup(buf_str(wanted)), *b = mem_strdup(buf_str(found));
    char *w = a, *f = b;
    for (;;) {
        char *x = strsep(&w, "\n"), *y = strsep(&f, "\n");
        if (!x || !*x || !y || !*y)
            return (!x || !*x) && (!y || !*y);
        char *text = parts ? strstr(x, ": ") : NULL;
        if (text && (strncmp(x, y, (size_t)(text - x)) != 0 || !strstr(y + (text - x), text + 2)))
            return false;
        if (!text && strcmp(x, y) != 0 && !(x[0] == '{' && same_json(x, y)))
            return false;
    }
}

static void check(struct import_case *c, const struct pgcron_document *doc)
{
    buf_auto struct buf file = BUF_INIT(TEXT_MAX), secrets = BUF_INIT(TEXT_MAX), notes = BUF_INIT(TEXT_MAX);
    add_file(&file, doc->file);
    add_secrets(&secrets, doc);
    for (size_t i = 0; i < doc->n_notes; i++)
        add_note(&notes, &doc->notes[i]);
    if (same_lines(&c->file, &file, false) && same_lines(&c->secrets, &secrets, false) &&
        same_lines(&c->notes, &notes, true))
        return;
    failures++;
    fprintf(stderr, "%s: '%s' gives\n== file\n%s", c->place, c->title, buf_str(&file));
    if (secrets.len)
        fprintf(stderr, "== secrets\n%s", buf_str(&secrets));
    if (notes.len)
        fprintf(stderr, "== notes\n%s", buf_str(&notes));
    fprintf(stderr, "\n");
}

static void run(struct import_case *c)
{
    struct err e = { 0 };
    struct document parsed;
    struct pgcron_document doc = { .file = NULL };
    const struct pgcron_options o = { .known = c->known, .n_known = c->n_known, .files = FILES, .n_files = 1 };
    arena = arena_new(0);
    struct pgcron *p = pgcron_new(arena);
    cases++;
    if (pgcron_read(p, c->form, FILES[0], buf_str(&c->input), c->input.len, &e) ||
        pgcron_document(pgcron_result(p), &o, arena, &doc, &e) ||
        document_parse(doc.file, NULL, NULL, arena, &parsed, &e)) {
        failures++;
        fprintf(stderr, "%s: '%s' is refused: %s\n", c->place, c->title, e.text);
    } else {
        check(c, &doc);
    }
    json_free(doc.file);
    pgcron_free(p);
    arena_free(arena);
}

/* ---- reading ---- */

static void end_case(struct import_case *c)
{
    if (c->title)
        run(c);
    buf_free(&c->input);
    buf_free(&c->file);
    buf_free(&c->secrets);
    buf_free(&c->notes);
    for (size_t i = 0; i < c->n_known; i++)
        mem_free((void *)(uintptr_t)c->known[i].name);
    mem_free((void *)(uintptr_t)c->title);
    *c = (struct import_case){ .place = c->place,
                               .input = BUF_INIT(TEXT_MAX),
                               .file = BUF_INIT(TEXT_MAX),
                               .secrets = BUF_INIT(TEXT_MAX),
                               .notes = BUF_INIT(TEXT_MAX) };
}

static void add_known(struct import_case *c, const char *text)
{
    char *name = mem_strdup(text), *equals = strchr(name, '=');
    assert_true(equals && c->n_known < MEM_COUNT(c->known));
    *equals = '\0';
    c->known[c->n_known++] = (struct pgcron_known){ name, equals + 1 };
}

/* Where the lines after a heading go. */
static struct buf *heading(struct import_case *c, const char *text, struct buf *at)
{
    if (!strcmp(text, "file"))
        return &c->file;
    if (!strcmp(text, "secrets"))
        return &c->secrets;
    if (!strcmp(text, "notes"))
        return &c->notes;
    if (!strncmp(text, "address ", 8))
        return add_known(c, text + 8), at;
    if (!strcmp(text, "csv") || !strcmp(text, "json"))
        return c->form = *text == 'c' ? PGCRON_CSV : PGCRON_JSON, at;
    end_case(c);
    c->title = mem_strdup(text);
    return &c->input;
}

static void run_file(const char *path)
{
    struct import_case c = { .place = path };
    buf_auto struct buf text = BUF_INIT(TEXT_MAX);
    struct buf *at = NULL;
    int fd = open(path, O_RDONLY);
    assert_int_equal(file_drain(fd, &text), 0);
    close(fd);
    char *rest = text.data;
    end_case(&c);
    for (char *line; (line = strsep(&rest, "\n"));) {
        if (!strncmp(line, "== ", 3))
            at = heading(&c, line + 3, at);
        else if (at)
            buf_printf(at, "%s\n", line);
    }
    end_case(&c);
}

static void test_cases(void **state)
{
    glob_t files;
    (void)state;
    assert_int_equal(glob(TEST_ROOT "/tests/cases/import/cases/*.txt", 0, NULL, &files), 0);
    for (size_t i = 0; i < files.gl_pathc; i++)
        run_file(files.gl_pathv[i]);
    globfree(&files);
    assert_int_equal(failures, 0);
    assert_true(cases >= CASES_AT_LEAST);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_cases) };
    json_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
