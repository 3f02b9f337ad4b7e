/* pgcron_hostile_test.c - SQL that is deep, long or without end: each is read to its end, within bounds that are counted, and told of. */
#include "base/buf.h"
#include "core/pgcron.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ROOM (64 * 1024 * 1024)
#define MEMORY_MAX (64 * 1024 * 1024) /* that an import may keep of what is here */

struct reading {
    struct arena *arena;
    struct pgcron *p;
    struct buf sql;
    const struct pgcron_result *result;
};

static int setup(void **state)
{
    struct reading *g = mem_alloc(sizeof *g);
    g->arena = arena_new(0);
    g->p = pgcron_new(g->arena);
    g->sql = BUF_INIT(ROOM);
    *state = g;
    json_init();
    return 0;
}

static int teardown(void **state)
{
    struct reading *g = *state;
    pgcron_free(g->p);
    arena_free(g->arena);
    buf_free(&g->sql);
    mem_free(g);
    return 0;
}

static void add(struct reading *g, const char *text)
{
    assert_true(buf_str_add(&g->sql, text));
}

static void repeat(struct reading *g, const char *text, int times)
{
    for (int i = 0; i < times; i++)
        add(g, text);
}

static void read_it(struct reading *g)
{
    struct err e = { 0 };
    assert_int_equal(pgcron_read(g->p, PGCRON_SQL, "a.sql", buf_str(&g->sql), g->sql.len, &e), 0);
    g->result = pgcron_result(g->p);
    assert_true(arena_size(g->arena) < MEMORY_MAX);
}

static const struct pgcron_note *noted(const struct reading *g, const char *part)
{
    for (size_t i = 0; i < g->result->n_notes; i++)
        if (strstr(g->result->notes[i].text, part))
            return &g->result->notes[i];
    fail_msg("no note holds '%s'", part);
    return NULL;
}

/* What stands after the hostile part is read, too. */
static void read_with_job(struct reading *g)
{
    add(g, ";\nselect cron.schedule('after', '* * * * *', 'select net.http_get(''https://a.example'')');\n");
    read_it(g);
    assert_true(g->result->n_jobs >= 1);
    assert_string_equal(g->result->jobs[g->result->n_jobs - 1].name, "after");
    assert_int_equal(g->result->jobs[g->result->n_jobs - 1].n_calls, 1);
}

/* Each form of nesting that the parser knows, far deeper than it follows. */
static void test_nesting(void **state)
{
    static const struct {
        const char *head, *open, *middle, *close, *tail;
    } forms[] = {
        { "select ", "(", "1", ")", "" },
        { "select ", "(select ", "1", ")", "" },
        { "select ", "case when a then ", "1", " end", "" },
        { "select ", "not ", "true", "", "" },
        { "select ", "- ", "1", "", "" },
        { "select ", "f(", "1", ")", "" },
        { "select ", "array[", "1", "]", "" },
        { "select ", "exists (select ", "1", ")", "" },
        { "select 1", " || 'x'", "", "", "" },
        { "select 1", "::text", "", "", "" },
        { "select 1", " union select 1", "", "", "" },
        { "select 1", " and 1", "", "", "" },
        { "", "with a as (", "select 1", ") select 1", "" },
        { "select * from ", "(select * from ", "t", ") s", "" },
        { "do $a$ ", "begin ", "null;", "end; ", "$a$" },
        { "do $a$ begin ", "if a then ", "null; ", "end if; ", "end $a$" },
        { "do $a$ begin ", "loop ", "null; ", "end loop; ", "end $a$" },
        { "do $a$ begin if a then null; ", "elsif b then null; ", "", "", "end if; end $a$" },
        { "do $a$ begin case ", "when 1 then case ", "", "", "end $a$" },
        { "", "/* ", "", "*/ ", "" },
    };
    struct reading *g = *state;
    for (size_t i = 0; i < MEM_COUNT(forms); i++) {
        add(g, forms[i].head);
        repeat(g, forms[i].open, 5000);
        add(g, forms[i].middle);
        repeat(g, forms[i].close, 5000);
        add(g, forms[i].tail);
        add(g, ";\n");
    }
    read_with_job(g);
}

static void test_deep_command(void **state)
{
    struct reading *g = *state;
    add(g, "select cron.schedule('deep', '* * * * *', $x$ select net.http_get('https://a.example/'");
    repeat(g, " || 'x'", 5000);
    add(g, ") $x$)");
    read_with_job(g);
    assert_int_equal(g->result->jobs[0].n_calls, 0);
    noted(g, "cannot be read");
}

/* Three times three times three ... calls. */
static void test_exponential(void **state)
{
    struct reading *g = *state;
    for (int i = 0; i < 14; i++)
        buf_printf(&g->sql,
                   "create function f%d() returns text language sql as $$ select f%d() || f%d() || f%d() $$;\n", i,
                   i + 1, i + 1, i + 1);
    add(g, "create function f14() returns text language sql as $$ select net.http_get('https://a.example') $$;\n");
    add(g, "select cron.schedule('many', '* * * * *', 'select f0()')");
    read_with_job(g);
    noted(g, "too long to be followed");
    assert_true(g->result->jobs[0].n_calls <= 50);
}

static void test_growth(void **state)
{
    struct reading *g = *state;
    add(g, "do $$ declare v text := 'xxxxxxxxxxxxxxxx'; begin for i in 1..900 loop v := v || v; end loop;\n"
           "perform cron.schedule('a', '* * * * *', v); end $$");
    read_with_job(g);
    noted(g, "a text larger than");
}

static void test_product_of_rows(void **state)
{
    struct reading *g = *state;
    add(g, "select cron.schedule('a' || x || y || z, '* * * * *', 'select 1') from ");
    for (const char *name = "xyz"; *name; name++) {
        add(g, "unnest(array['0'");
        for (int i = 1; i < 500; i++)
            buf_printf(&g->sql, ",'%d'", i);
        buf_printf(&g->sql, "]) %c%s", *name, name[1] ? ", " : "");
    }
    read_with_job(g);
    noted(g, "too long to be followed");
}

static void test_long_statement(void **state)
{
    struct reading *g = *state;
    add(g, "insert into t values (0)");
    repeat(g, ", (1)", 100000);
    read_with_job(g);
    noted(g, "a statement of more than 200000 words");
}

static void test_many(void **state)
{
    struct reading *g = *state;
    for (int i = 0; i < 11000; i++)
        buf_printf(&g->sql,
                   "select cron.schedule('j%d', '* * * * *', 'select net.http_get(''https://a.example/%d'', headers := "
                   "''{\"apikey\": "
                   "\"abcdefg%d\"}'')');\n",
                   i, i, i);
    read_it(g);
    assert_int_equal(g->result->n_jobs, 10000);
    assert_true(g->result->n_secrets <= 1001);
    noted(g, "more than 10000 jobs");
    noted(g, "more than 1000 secrets");
}

static void test_overloads(void **state)
{
    struct reading *g = *state;
    for (int i = 0; i < 5000; i++)
        buf_printf(&g->sql, "create function f(a t%d) returns text language sql as $$ select 1 $$;\n", i);
    read_with_job(g);
    noted(g, "more than 200 functions of one name");
}

static void test_unended(void **state)
{
    static const char *const openings[] = { "'", "\"", "E'", "$tag$", "/*", "$$", "U&'", ":'" };
    for (size_t i = 0; i < MEM_COUNT(openings); i++) {
        struct reading *g = *state;
        add(g, "select cron.schedule('before', '* * * * *', 'select net.http_get(''https://a.example'')');\n\nselect ");
        add(g, openings[i]);
        repeat(g, " x \\ y\n", 1000);
        read_it(g);
        assert_int_equal(g->result->n_jobs, 1);
        assert_int_equal(noted(g, "has no end")->at.line, 3);
        teardown(state);
        setup(state);
    }
}

static void test_odd_bytes(void **state)
{
    static const char text[] = "\xEF\xBB\xBFselect cron.schedule('a\xFF', '* * * * *', 'select "
                               "net.http_get(''https://a.example/\xEF\xB7\x90now\xEF\xB7\x91'')');\0"
                               "select '\xC3";
    struct reading *g = *state;
    struct err e = { 0 };
    assert_int_equal(pgcron_read(g->p, PGCRON_SQL, "a.sql", text, sizeof text - 1, &e), 0);
    g->result = pgcron_result(g->p);
    assert_int_equal(g->result->n_jobs, 1);
    assert_string_equal(g->result->jobs[0].name, "a\xEF\xBF\xBD");
    assert_string_equal(g->result->jobs[0].calls[0].url, "https://a.example/\xEF\xBF\xBDnow\xEF\xBF\xBD");
}

/* What is shown of a command holds no key, however it was written. */
static void test_shown_command(void **state)
{
    struct reading *g = *state;
    add(g, "select cron.schedule('a', '* * * * *', $x$ select net.http_post('https://a.example', -- it's-a-key-1\n"
           "headers := '{\"X-Api-Key\": \"it''s-a-key-1\"}'::jsonb || jsonb_build_object('apikey', "
           "E'it\\'s-\\x61-key-2')) $x$);\n");
    add(g, "select cron.schedule('b', '* * * * *', 'select net.http_get(''https://a.example'')');\n");
    add(g, "select cron.schedule('c', '* * * * *', 'select ''kJ8mN2pQ5rT9wX3yB6eH1jK4lM7nP0sV2uA5''');\n");
    read_it(g);
    assert_string_equal(g->result->jobs[0].command,
                        "select net.http_post('***', headers := '***'::jsonb || jsonb_build_object('***', '***'))");
    assert_string_equal(g->result->jobs[1].command, "select net.http_get('https://a.example')");
    assert_string_equal(g->result->jobs[2].command, "select '***'");
    assert_int_equal(g->result->n_secrets, 2);
}

/* vault.create_secret(name, value), the other way round, and names that are keys: neither is told. */
static void test_swapped(void **state)
{
    static const char key[] = "kJ8mN2pQ5rT9wX3yB6eH1jK4lM7nP0sV2uA5";
    struct reading *g = *state;
    buf_printf(&g->sql,
               "select vault.create_secret('service_role_key', '%s');\n"
               "select cron.schedule('a', '* * * * *', $$ select net.http_post('https://a.example', headers := "
               "jsonb_build_object(\n"
               "'a', (select decrypted_secret from vault.decrypted_secrets where name = '%s'), 'b', "
               "current_setting('app.%s'))) $$);\n"
               "select cron.schedule('b', '* * * * *', $$ select net.http_post('https://a.example', body := "
               "jsonb_build_object('%s', (select 1 from x where y))) $$);\n",
               key, key, key, key);
    read_it(g);
    assert_int_equal(g->result->n_secrets, 2);
    for (size_t i = 0; i < g->result->n_secrets; i++)
        assert_null(strstr(g->result->secrets[i].name, key + 4));
    for (size_t i = 0; i < g->result->n_secrets; i++)
        assert_null(strstr(g->result->secrets[i].origin, key));
    for (size_t i = 0; i < g->result->n_notes; i++)
        assert_null(strstr(g->result->notes[i].text, key));
}

static void test_refused(void **state)
{
    struct reading *g = *state;
    struct err e = { 0 };
    mem_auto char *large = mem_alloc(PGCRON_FILE_MAX + 1);
    assert_int_equal(pgcron_read(g->p, PGCRON_SQL, "a.sql", large, PGCRON_FILE_MAX + 1, &e), -ERR_TOO_LARGE);
    assert_int_equal(pgcron_read(g->p, PGCRON_SQL, "a.sql",
                                 "\xFF\xFE"
                                 "s\0",
                                 4, &e),
                     -ERR_MALFORMED);
    assert_non_null(strstr(e.text, "UTF-8"));
    assert_int_equal(pgcron_read(g->p, PGCRON_JSON, "a.json", "[", 1, &e), -ERR_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_nesting, setup, teardown),
        cmocka_unit_test_setup_teardown(test_deep_command, setup, teardown),
        cmocka_unit_test_setup_teardown(test_exponential, setup, teardown),
        cmocka_unit_test_setup_teardown(test_growth, setup, teardown),
        cmocka_unit_test_setup_teardown(test_product_of_rows, setup, teardown),
        cmocka_unit_test_setup_teardown(test_long_statement, setup, teardown),
        cmocka_unit_test_setup_teardown(test_many, setup, teardown),
        cmocka_unit_test_setup_teardown(test_overloads, setup, teardown),
        cmocka_unit_test_setup_teardown(test_unended, setup, teardown),
        cmocka_unit_test_setup_teardown(test_odd_bytes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_shown_command, setup, teardown),
        cmocka_unit_test_setup_teardown(test_swapped, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
