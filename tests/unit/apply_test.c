/* What an apply file changes: told item by item, pruned, tried without changing anything. */
#include "core/document.h"
#include "store/alerts.h"
#include "store/secrets.h"
#include "store/settings.h"
#include "temp_vault.h"

#define TARGET(name) "{\"name\":\"" name "\",\"base_url\":\"https://a.example/f\"}"
#define JOB(name, more) \
    "{\"name\":\"" name "\",\"schedule\":\"* * * * *\",\"request\":{\"url\":\"https://b.example/\"}" more "}"
#define FILE_OF(targets, jobs, more) "{\"version\":1,\"targets\":[" targets "],\"jobs\":[" jobs "]" more "}"

static int apply(struct store *s, const char *text, struct apply_options o, struct apply_result *r, struct err *e)
{
    struct arena *a = arena_new(0);
    struct document d;
    json_auto struct json *doc = json_parse(text, strlen(text), e);
    assert_non_null(doc);
    assert_ok(document_parse(doc, NULL, NULL, a, &d, e), *e);
    o.forms = true;
    *r = (struct apply_result){ 0 };
    int result = apply_document(s, &d, NOW, &o, r, e);
    arena_free(a);
    return result;
}

/* "job a created, job b removed, ..." */
static void assert_changes(const struct apply_result *r, const char *expected)
{
    buf_auto struct buf out = BUF_INIT(4000);
    for (int i = 0; i < r->n; i++)
        buf_printf(&out, "%s%s %s %s", i ? ", " : "", r->changes[i].kind, r->changes[i].name,
                   apply_action_name(r->changes[i].action));
    assert_string_equal(buf_str(&out), expected);
    for (int i = 0; i < r->n; i++) {
        const struct apply_change *c = &r->changes[i];
        assert_true((c->before == NULL) == (c->action == APPLY_CREATED || c->action == APPLY_UNCHANGED));
        assert_true((c->after == NULL) == (c->action == APPLY_REMOVED || c->action == APPLY_UNCHANGED));
        if (c->before && c->after)
            assert_false(json_equal(c->before, c->after));
    }
}

static void put(struct temp_store *t, const char *text)
{
    struct err e = { 0 };
    struct apply_result r;
    assert_ok(apply(t->s, text, (struct apply_options){ .prune = false }, &r, &e), e);
    apply_result_free(&r);
}

static void test_told_item_by_item(void **state)
{
    struct temp_store *t = *state;
    struct err e = { 0 };
    struct apply_result r;
    put(t, FILE_OF(TARGET("t"), JOB("a", "") "," JOB("b", ""), ""));
    assert_ok(
        apply(t->s,
              FILE_OF(TARGET("t") "," TARGET("u"), JOB("b", ",\"enabled\":false") "," JOB("a", "") "," JOB("c", ""),
                      ",\"settings\":{\"paused\":false,\"retention_days\":7}"),
              (struct apply_options){ .prune = false }, &r, &e),
        e);
    assert_changes(&r, "target t unchanged, target u created, job b updated, job a unchanged, job c created, "
                       "setting paused unchanged, setting retention_days updated");
    assert_int_equal(r.jobs.created, 1);
    assert_int_equal(r.jobs.updated, 1);
    assert_int_equal(r.jobs.unchanged, 1);
    assert_true(json_bool(json_get(r.changes[2].before, "enabled")));
    assert_int_equal(90, json_number(r.changes[6].before));
    assert_int_equal(7, json_number(r.changes[6].after));
    apply_result_free(&r);
}

static void test_prune(void **state)
{
    struct temp_store *t = *state;
    struct err e = { 0 };
    struct apply_result r;
    put(t, FILE_OF(TARGET("t") "," TARGET("u"), JOB("a", "") "," JOB("b", ""), ""));
    put_job(t->s, "on-u", ", \"target\": \"u\"");
    const char *file = FILE_OF(TARGET("t"), JOB("b", ""), "");
    assert_ok(apply(t->s, file, (struct apply_options){ .prune = true }, &r, &e), e);
    assert_changes(&r, "target t unchanged, job b unchanged, job a removed, job on-u removed, target u removed");
    assert_int_equal(r.jobs.removed, 2);
    assert_int_equal(r.targets.removed, 1);
    apply_result_free(&r);
    assert_int_equal(1, count_of(t->s, "SELECT count(*) FROM jobs"));
    assert_int_equal(1, count_of(t->s, "SELECT count(*) FROM targets"));
    assert_ok(apply(t->s, file, (struct apply_options){ .prune = true }, &r, &e), e);
    assert_changes(&r, "target t unchanged, job b unchanged");
    apply_result_free(&r);
}

/* Also of jobs that cannot be read: they are not in the file. */
static void test_prune_what_cannot_be_read(void **state)
{
    struct temp_store *t = *state;
    struct err e = { 0 };
    struct apply_result r;
    put(t, FILE_OF(TARGET("t"), JOB("a", ""), ""));
    execute_sql(t->s, "UPDATE jobs SET spec = '{}'");
    assert_ok(apply(t->s, FILE_OF("", "", ""), (struct apply_options){ .prune = true }, &r, &e), e);
    assert_int_equal(r.jobs.removed, 1);
    assert_int_equal(r.targets.removed, 1);
    apply_result_free(&r);
    assert_int_equal(0, count_of(t->s, "SELECT count(*) FROM jobs"));
}

static void test_prune_keeps_what_is_used(void **state)
{
    struct temp_store *t = *state;
    struct err e = { 0 };
    struct apply_result r;
    put(t, FILE_OF(TARGET("t") "," TARGET("u"), "", ""));
    put_job(t->s, "j", ", \"target\": \"u\"");
    const char *without_u = FILE_OF(TARGET("t"), JOB("j", ",\"target\":\"u\"") "," JOB("new", ""), "");
    assert_int_equal(-ERR_CONFLICT, apply(t->s, without_u, (struct apply_options){ .prune = true }, &r, &e));
    assert_err(e, ERR_CONFLICT, "the file does not hold target 'u'");
    assert_err(e, ERR_CONFLICT, "job 'j'");
    assert_int_equal(1, count_of(t->s, "SELECT count(*) FROM jobs")); /* 'new' is undone with the rest */
    struct vault *v = open_vault(t->s);
    set(v, t->s, "KEY", "a-value-that-is-long-enough-for-it");
    assert_ok(secrets_bind(t->s, "KEY", (const char *const[]){ "u" }, 1, &e), e);
    vault_close(v);
    const char *nothing = FILE_OF(TARGET("t"), "", "");
    assert_int_equal(-ERR_CONFLICT, apply(t->s, nothing, (struct apply_options){ .prune = true }, &r, &e));
    assert_err(e, ERR_CONFLICT, "secret 'KEY'");
    assert_int_equal(1, count_of(t->s, "SELECT count(*) FROM jobs"));
    assert_int_equal(2, count_of(t->s, "SELECT count(*) FROM targets"));
}

static void test_dry_run(void **state)
{
    struct temp_store *t = *state;
    struct err e = { 0 };
    struct apply_result r;
    put(t, FILE_OF(TARGET("t"), JOB("a", ""), ""));
    const char *file = FILE_OF(TARGET("u"), JOB("b", ""), ",\"settings\":{\"paused\":true}");
    for (int within = 0; within < 2; within++) { /* on its own, and in a caller's transaction that goes on */
        if (within)
            assert_ok(store_begin(t->s, &e), e);
        if (within)
            put_job(t->s, "mine", "");
        assert_ok(apply(t->s, file, (struct apply_options){ .prune = true, .dry_run = true }, &r, &e), e);
        assert_changes(&r, within ? "target u created, job b created, setting paused updated, job a removed, job mine "
                                    "removed, target t removed"
                                  : "target u created, job b created, setting paused updated, job a removed, "
                                    "target t removed");
        apply_result_free(&r);
        assert_int_equal(within, store_in_transaction(t->s));
        if (within)
            assert_ok(store_commit(t->s, &e), e);
        assert_int_equal(1 + within, count_of(t->s, "SELECT count(*) FROM jobs"));
        assert_int_equal(1, count_of(t->s, "SELECT count(*) FROM targets WHERE name = 't'"));
        assert_int_equal(0, count_of(t->s, "SELECT paused FROM settings"));
    }
    const char *wrong = FILE_OF("", JOB("b", ",\"target\":\"nowhere\""), "");
    e = (struct err){ 0 };
    assert_int_equal(-ERR_INVALID, apply(t->s, wrong, (struct apply_options){ .dry_run = true }, &r, &e));
    assert_string_equal("/jobs/0/target", e.pointer);
    assert_false(store_in_transaction(t->s));
}

/* --- channels and rules -------------------------------------------------------------------------------------------- */

#define CHANNEL(name) "{\"name\":\"" name "\",\"kind\":\"webhook\",\"url\":\"https://hooks.example/" name "\"}"
#define RULE(name, more) "{\"name\":\"" name "\",\"on\":\"missed\"" more "}"
#define CHANNELS(list) ",\"channels\":[" list "]"
#define ALERTS(list) ",\"alerts\":[" list "]"
#define USUAL                                                                                                    \
    "alert backup removed, alert certificate removed, alert clock removed, alert disk removed, alert failing "   \
    "removed, "                                                                                                  \
    "alert missed removed, alert overload removed, alert sealed removed, alert secret-age removed, alert store " \
    "removed"

static void test_channels_and_rules(void **state)
{
    struct temp_store *t = *state;
    struct err e = { 0 };
    struct apply_result r;
    const char *file =
        FILE_OF("", JOB("a", ",\"alerts\":[{\"on\":\"failure\",\"channels\":[\"ops\"]}]"),
                ALERTS(RULE("mine", ",\"jobs\":[\"a\"],\"channels\":[\"ops\"]")) CHANNELS(CHANNEL("ops")));
    assert_ok(apply(t->s, file, (struct apply_options){ .prune = false }, &r, &e), e);
    assert_changes(&r, "channel ops created, job a created, alert mine created"); /* each after what it names */
    assert_int_equal(1, r.channels.created);
    assert_int_equal(1, r.alerts.created);
    apply_result_free(&r);
    assert_int_equal(11, count_of(t->s, "SELECT count(*) FROM alerts"));
    assert_ok(apply(t->s, file, (struct apply_options){ .prune = true }, &r, &e), e);
    assert_changes(&r, "channel ops unchanged, job a unchanged, alert mine unchanged, " USUAL);
    assert_int_equal(10, r.alerts.removed);
    apply_result_free(&r);
    put(t, FILE_OF("", "", ALERTS(RULE("mine", ",\"repeat_s\":60"))));
    mem_auto char *spec = text_of(t->s, "SELECT (spec ->> '$.repeat_s') || (spec ->> '$.channels') FROM alerts");
    assert_string_equal("60[]", spec);
}

/* A file without the members leaves them; with empty ones it removes all that nothing needs. */
static void test_prune_of_channels_and_rules(void **state)
{
    struct temp_store *t = *state;
    struct err e = { 0 };
    struct apply_result r;
    struct apply_options prune = { .prune = true };
    put(t, FILE_OF(TARGET("t"), JOB("a", "") "," JOB("b", ""),
                   ALERTS(RULE("mine", ",\"jobs\":[\"a\",\"b\"]") "," RULE(
                       "alone", ",\"jobs\":[\"b\"],\"channels\":[\"ops\"]")) CHANNELS(CHANNEL("ops"))));
    assert_int_equal(-ERR_CONFLICT,
                     apply(t->s, FILE_OF(TARGET("t"), JOB("a", "") "," JOB("b", ""), CHANNELS("")), prune, &r, &e));
    assert_err(e, ERR_CONFLICT, "the file does not hold channel 'ops', which cannot be removed");
    assert_err(e, ERR_CONFLICT, "alert rule 'alone'");
    assert_ok(apply(t->s, FILE_OF(TARGET("t"), JOB("a", ""), ""), prune, &r, &e), e);
    assert_changes(&r, "target t unchanged, job a unchanged, job b removed");
    apply_result_free(&r);
    assert_int_equal(11, count_of(t->s, "SELECT count(*) FROM alerts")); /* that of job b alone went with it */
    assert_int_equal(1, count_of(t->s, "SELECT count(*) FROM channels"));
    assert_ok(apply(t->s, FILE_OF("", JOB("a", ""), ALERTS("") CHANNELS("")), prune, &r, &e), e);
    assert_int_equal(11, r.alerts.removed);
    assert_int_equal(1, r.channels.removed);
    assert_int_equal(1, r.targets.removed);
    apply_result_free(&r);
}

static void test_where_a_mistake_is(void **state)
{
    static const struct {
        const char *text, *pointer, *words;
    } cases[] = {
        { FILE_OF("", "", ALERTS(RULE("a", "") "," RULE("b", ",\"jobs\":[\"x\"]"))), "/alerts/1/jobs/0", "no job 'x'" },
        { FILE_OF("", "", ALERTS(RULE("a", ",\"channels\":[\"x\"]"))), "/alerts/0/channels/0", "no channel 'x'" },
        { FILE_OF("", JOB("j", ",\"alerts\":[{\"on\":\"missed\",\"channels\":[\"x\"]}]"), ""),
          "/jobs/0/alerts/0/channels/0", "no channel 'x'" },
        /* To be removed, and named by the file itself. */
        { FILE_OF("", JOB("j", ""), ALERTS(RULE("a", "") "," RULE("b", ",\"jobs\":[\"j\",\"kept\"]"))),
          "/alerts/1/jobs/1", "it would be removed" },
    };
    struct temp_store *t = *state;
    struct apply_result r;
    put_job(t->s, "kept", "");
    for (size_t i = 0; i < MEM_COUNT(cases); i++) {
        struct err e = { 0 };
        assert_int_equal(-ERR_INVALID, apply(t->s, cases[i].text, (struct apply_options){ .prune = true }, &r, &e));
        assert_string_equal(cases[i].pointer, e.pointer);
        assert_err(e, ERR_INVALID, cases[i].words);
    }
    assert_int_equal(1, count_of(t->s, "SELECT count(*) FROM jobs"));
    assert_int_equal(10, count_of(t->s, "SELECT count(*) FROM alerts"));
}

/* What is exported makes the same store, and is exported again. */
static void test_there_and_back(void **state)
{
    struct temp_store *t = *state;
    struct err e = { 0 };
    struct store *other;
    struct apply_result r;
    mem_auto char *dir = mem_printf("%s/other", t->dir);
    json_auto struct json *usual = export_document(t->s, &e);
    assert_null(json_get(usual, "channels"));
    assert_null(json_get(usual, "alerts"));
    put(t, FILE_OF(TARGET("t"), JOB("a", ",\"alerts\":[{\"on\":\"failure\",\"channels\":[\"ops\"]}]"),
                   CHANNELS(CHANNEL("ops") "," CHANNEL("dev")) ALERTS(RULE(
                       "mine",
                       ",\"jobs\":[\"a\"],\"channels\":[\"dev\"]")) ",\"settings\":{\"alert_group_s\":5,\"page_url\":"
                                                                    "\"https://p.example/\",\"heartbeat_url\":\"https:/"
                                                                    "/h/{{secret.K}}\"}"));
    assert_ok(alerts_remove(t->s, "disk", -1, &e), e);
    json_auto struct json *file = export_document(t->s, &e);
    mem_auto char *text = json_print(file);
    assert_int_equal(2, json_count(json_get(file, "channels")));
    assert_int_equal(10, json_count(json_get(file, "alerts")));
    assert_string_equal("https://p.example", json_string(json_get(json_get(file, "settings"), "page_url")));
    assert_ok(store_open(&other, dir, STORE_WRITE, &e), e);
    assert_ok(apply(other, text, (struct apply_options){ .prune = true }, &r, &e), e);
    apply_result_free(&r);
    json_auto struct json *again = export_document(other, &e);
    mem_auto char *text_again = json_print(again);
    assert_string_equal(text, text_again);
    store_close(other);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, temp_vault_open, temp_store_close)

int main(void)
{
    json_init();
    const struct CMUnitTest tests[] = {
        TEST(test_told_item_by_item),
        TEST(test_prune),
        TEST(test_prune_what_cannot_be_read),
        TEST(test_prune_keeps_what_is_used),
        TEST(test_dry_run),
        TEST(test_channels_and_rules),
        TEST(test_prune_of_channels_and_rules),
        TEST(test_where_a_mistake_is),
        TEST(test_there_and_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
