#include "temp_store.h"

#include "store/tokens.h"

#include <stdio.h>

static void create(struct store *s, const char *name, enum scope scope, char token[TOKEN_TEXT_SIZE])
{
    struct err e;
    assert_ok(tokens_create(s, name, scope, NOW, token, &e), e);
}

static int tokens_check(struct store *s, const char *token, enum scope *ret, struct err *e)
{
    struct token_identity identity;
    int result = tokens_identify(s, token, NOW, &identity, e);
    if (result == 0)
        *ret = identity.scope;
    return result;
}

static void test_a_token_opens_what_it_says(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    static const enum scope SCOPES[] = { SCOPE_READ, SCOPE_OPERATE, SCOPE_ADMIN };
    for (size_t i = 0; i < MEM_COUNT(SCOPES); i++) {
        char token[TOKEN_TEXT_SIZE];
        enum scope scope;
        create(t->s, scope_name(SCOPES[i]), SCOPES[i], token);
        assert_int_equal(TOKEN_TEXT_SIZE - 1, strlen(token));
        assert_memory_equal("ect_", token, 4);
        assert_ok(tokens_check(t->s, token, &scope, &e), e);
        assert_int_equal(SCOPES[i], scope);
    }
}

static void test_no_other_text_opens(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    char token[TOKEN_TEXT_SIZE];
    enum scope scope;
    create(t->s, "ci", SCOPE_ADMIN, token);
    for (int i = 0; i < TOKEN_TEXT_SIZE - 1; i++) { /* every character counts; some share the prefix */
        char other[TOKEN_TEXT_SIZE];
        memcpy(other, token, sizeof other);
        other[i] = other[i] == 'A' ? 'B' : 'A';
        assert_int_equal(-ERR_UNAUTHENTICATED, tokens_check(t->s, other, &scope, &e));
    }
    char longer[TOKEN_TEXT_SIZE + 1];
    snprintf(longer, sizeof longer, "%sA", token);
    const char *const texts[] = { "", "ect_", token + 4, "Bearer", longer, NULL };
    for (size_t i = 0; i < MEM_COUNT(texts); i++)
        assert_int_equal(-ERR_UNAUTHENTICATED, tokens_check(t->s, texts[i], &scope, &e));
    assert_null(strstr(e.text, token));
    assert_ok(tokens_check(t->s, token, &scope, &e), e);
}

static void test_two_tokens_of_one_prefix(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    char first[TOKEN_TEXT_SIZE], second[TOKEN_TEXT_SIZE];
    enum scope scope;
    create(t->s, "a", SCOPE_READ, first);
    create(t->s, "b", SCOPE_ADMIN, second);
    mem_auto char *sql = mem_printf("UPDATE tokens SET prefix = '%.8s'", second);
    execute_sql(t->s, sql);
    assert_ok(tokens_check(t->s, second, &scope, &e), e);
    assert_int_equal(SCOPE_ADMIN, scope);
}

static void test_the_token_is_not_kept(void **state)
{
    struct temp_store *t = *state;
    char token[TOKEN_TEXT_SIZE];
    create(t->s, "ci", SCOPE_READ, token);
    mem_auto char *row =
        text_of(t->s, "SELECT name || '|' || prefix || '|' || hex(hash) || '|' || CAST(hash AS TEXT) FROM tokens");
    assert_null(strstr(row, token + 8));
    assert_memory_equal(token, strchr(row, '|') + 1, 8);
}

static void test_names(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    char token[TOKEN_TEXT_SIZE] = "untouched";
    enum scope scope;
    assert_int_equal(-ERR_INVALID, tokens_create(t->s, "No Name", SCOPE_READ, NOW, token, &e));
    assert_string_equal("/name", e.pointer);
    assert_string_equal("untouched", token);
    create(t->s, "ci", SCOPE_READ, token);
    char second[TOKEN_TEXT_SIZE] = "untouched";
    assert_int_equal(-ERR_CONFLICT, tokens_create(t->s, "ci", SCOPE_ADMIN, NOW, second, &e));
    assert_string_equal("untouched", second);
    assert_ok(tokens_check(t->s, token, &scope, &e), e);
    assert_int_equal(-ERR_NOT_FOUND, tokens_revoke(t->s, "cd", &e));
    assert_ok(tokens_revoke(t->s, "ci", &e), e);
    assert_int_equal(-ERR_UNAUTHENTICATED, tokens_check(t->s, token, &scope, &e));
    create(t->s, "ci", SCOPE_ADMIN, second);
    assert_string_not_equal(token, second);
}

struct seen {
    int n;
    struct wall last_used_at;
    char line[128];
};

static void see(void *ctx, const struct token_info *info)
{
    struct seen *seen = ctx;
    size_t len = strlen(seen->line);
    snprintf(seen->line + len, sizeof seen->line - len, "%s:%s ", info->name, scope_name(info->scope));
    assert_int_equal(8, strlen(info->prefix));
    assert_int_equal(NOW.ms, info->created_at.ms);
    seen->last_used_at = info->last_used_at;
    seen->n++;
}

static void test_use_is_noted_once_a_minute(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    char token[TOKEN_TEXT_SIZE];
    struct token_identity who;
    struct seen seen = { 0 }, later = { 0 };
    create(t->s, "b", SCOPE_OPERATE, token);
    create(t->s, "a", SCOPE_READ, token);
    assert_ok(tokens_each(t->s, see, &seen, &e), e);
    assert_string_equal("a:read b:operate ", seen.line);
    assert_true(wall_is_none(seen.last_used_at));
    assert_ok(tokens_revoke(t->s, "b", &e), e);
    assert_ok(tokens_identify(t->s, token, AFTER(30000), &who, &e), e);
    assert_string_equal("a", who.name);
    assert_int_equal(SCOPE_READ, who.scope);
    assert_true(who.stale);
    assert_ok(tokens_touch(t->s, "a", AFTER(30000), &e), e);
    assert_ok(tokens_identify(t->s, token, AFTER(59999), &who, &e), e);
    assert_false(who.stale);
    assert_ok(tokens_identify(t->s, token, AFTER(60000), &who, &e), e);
    assert_true(who.stale);
    assert_ok(tokens_touch(t->s, "a", AFTER(-600000), &e), e); /* a clock set back does not take it back */
    assert_ok(tokens_each(t->s, see, &later, &e), e);
    assert_int_equal(NOW.ms, later.last_used_at.ms);
}

static void test_scopes(void **state)
{
    enum scope s;
    (void)state;
    assert_true(scope_parse("operate", &s));
    assert_int_equal(SCOPE_OPERATE, s);
    assert_false(scope_parse("root", &s));
    assert_false(scope_parse(NULL, &s));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, temp_store_open, temp_store_close)

static void test_a_token_expires(void **state)
{
    struct temp_store *t = *state;
    struct err e = { 0 };
    char token[TOKEN_TEXT_SIZE];
    struct token_identity identity;
    struct token_grant g = { .name = "ci", .scope = SCOPE_READ, .expires_at = AFTER(1000) };
    assert_ok(tokens_grant(t->s, &g, NOW, token, &e), e);
    assert_ok(tokens_identify(t->s, token, AFTER(999), &identity, &e), e);
    assert_true(identity.expires_at.ms == AFTER(1000).ms);
    assert_int_equal(-ERR_UNAUTHENTICATED, tokens_identify(t->s, token, AFTER(1000), &identity, &e));
    assert_err(e, ERR_UNAUTHENTICATED, "'ci' expired at 2026-11-21T23:00:01.000Z");
    g.name = "late";
    g.expires_at = NOW;
    assert_int_equal(-ERR_INVALID, tokens_grant(t->s, &g, NOW, token, &e));
    assert_string_equal("/expires_at", e.pointer);
}

static void test_a_token_is_of_tags(void **state)
{
    struct temp_store *t = *state;
    struct err e = { 0 };
    char token[TOKEN_TEXT_SIZE];
    struct token_identity identity;
    const char *tags[TOKEN_TAGS_MAX + 1] = { "mail", "a:b.c" };
    struct token_grant g = { .name = "ci", .scope = SCOPE_READ, .expires_at = WALL_NONE, .tags = tags, .n_tags = 2 };
    assert_ok(tokens_grant(t->s, &g, NOW, token, &e), e);
    assert_ok(tokens_identify(t->s, token, NOW, &identity, &e), e);
    assert_string_equal("[\"mail\",\"a:b.c\"]", identity.tags);
    tags[1] = "No Tag";
    assert_int_equal(-ERR_INVALID, tokens_grant(t->s, &g, NOW, token, &e));
    assert_string_equal("/tags/1", e.pointer);
    for (int i = 0; i <= TOKEN_TAGS_MAX; i++)
        tags[i] = "a-tag-of-forty-characters---------------";
    g.name = "most";
    g.n_tags = TOKEN_TAGS_MAX;
    assert_ok(tokens_grant(t->s, &g, NOW, token, &e), e);
    assert_ok(tokens_identify(t->s, token, NOW, &identity, &e), e);
    json_auto struct json *all = json_parse(identity.tags, strlen(identity.tags), &e);
    assert_int_equal(TOKEN_TAGS_MAX, json_count(all));
    g.n_tags++;
    g.name = "more";
    assert_int_equal(-ERR_INVALID, tokens_grant(t->s, &g, NOW, token, &e));
}

static void test_whose_job(void **state)
{
    struct temp_store *t = *state;
    struct err e = { 0 };
    static const char *const mail[] = { "other", "mail" };
    bool is;
    put_target(t->s, "prod", "");
    put_job(t->s, "tagged", ", \"tags\": [\"x\", \"mail\"]");
    put_job(t->s, "plain", "");
    static const struct {
        const char *job;
        bool is;
    } cases[] = { { "tagged", true }, { "plain", false }, { "none", false } };
    for (size_t i = 0; i < MEM_COUNT(cases); i++) {
        struct run r = run_of(cases[i].job, TRIGGER_API, RUN_QUEUED, AFTER(i));
        bool inserted;
        assert_ok(runs_insert(t->s, &r, &inserted, &e), e);
        assert_ok(tokens_tag_job(t->s, cases[i].job, mail, 2, &is, &e), e);
        assert_int_equal(cases[i].is, is);
        assert_ok(tokens_tag_run(t->s, r.id, mail, 2, &is, &e), e);
        assert_int_equal(cases[i].is, is);
        assert_ok(tokens_tag_run(t->s, r.id, mail, 1, &is, &e), e);
        assert_false(is);
    }
    assert_ok(tokens_tag_run(t->s, "0193a2c4-7f00-7abc-8def-0123456789ab", mail, 2, &is, &e), e);
    assert_false(is);
    assert_ok(tokens_tag_run(t->s, "x", mail, 2, &is, &e), e);
    assert_false(is);
    assert_ok(jobs_remove(t->s, "tagged", -1, NOW, &e), e);
    mem_auto char *id = text_of(t->s, "SELECT lower(hex(id)) FROM runs WHERE job = 'tagged'");
    mem_auto char *dashed = mem_printf("%.8s-%.4s-%.4s-%.4s-%.12s", id, id + 8, id + 12, id + 16, id + 20);
    assert_ok(tokens_tag_run(t->s, dashed, mail, 2, &is, &e), e);
    assert_false(is);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_token_opens_what_it_says),
        TEST(test_no_other_text_opens),
        TEST(test_two_tokens_of_one_prefix),
        TEST(test_the_token_is_not_kept),
        TEST(test_names),
        TEST(test_use_is_noted_once_a_minute),
        TEST(test_scopes),
        TEST(test_a_token_expires),
        TEST(test_a_token_is_of_tags),
        TEST(test_whose_job),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
