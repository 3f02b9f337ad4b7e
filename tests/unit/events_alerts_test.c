/* Events of alert rules, channels and mutes, as another process changes them. */
#include "events_fixture.h"

#include "api/schema.h"
#include "store/alerts.h"

#include <string.h>

static struct err error;

static void assert_form(const struct json *v, const char *schema)
{
    size_t n = 0;
    for (const struct schema_field *f = schema_next(NULL); f; f = schema_next(f)) {
        if (strcmp(f->schema, schema) != 0)
            continue;
        const struct json *c = json_get(v, f->name);
        if (!c || (json_type(c) == JSON_NULL && !f->nullable))
            fail_msg("%s.%s is missing or null", schema, f->name);
        n++;
    }
    assert_int_equal(json_count(v), n);
}

static void put_rule(struct fixture *x, int over_ms)
{
    struct arena *a = arena_new(0);
    struct alert_rule r;
    enum put_result put;
    mem_auto char *form = mem_printf("{\"name\":\"slow\",\"on\":\"duration\",\"over_ms\":%d}", over_ms);
    json_auto struct json *doc = json_parse(form, strlen(form), &error);
    assert_int_equal(alert_rule_parse(doc, NULL, a, &r, &error), 0);
    assert_int_equal(alerts_put(x->store, &r, -1, clock_wall(), &put, &error), 0);
    store_announce(x->dir);
    arena_free(a);
}

static void put_channel(struct fixture *x)
{
    static const char form[] = "{\"name\":\"ops\",\"kind\":\"ntfy\",\"url\":\"https://ntfy.example/ops\"}";
    struct arena *a = arena_new(0);
    struct channel c;
    enum put_result put;
    json_auto struct json *doc = json_parse(form, sizeof form - 1, &error);
    assert_int_equal(channel_parse(doc, NULL, a, &c, &error), 0);
    assert_int_equal(channels_put(x->store, &c, -1, clock_wall(), &put, &error), 0);
    store_announce(x->dir);
    arena_free(a);
}

static void test_rules_channels_and_mutes(void **state)
{
    struct fixture *x = *state;
    struct events_want w = anybody();
    struct ear *e = listen_as(&w);
    put_rule(x, 5);
    assert_form(hear(e, "alert"), "ResourceEvent");
    assert_string_equal(said(e, "name"), "slow");
    assert_string_equal(said(e, "action"), "created");
    put_rule(x, 6);
    assert_int_equal(json_number(json_get(hear(e, "alert"), "revision")), 2);
    assert_string_equal(said(e, "action"), "changed");
    put_channel(x);
    assert_form(hear(e, "channel"), "ResourceEvent");
    assert_string_equal(said(e, "name"), "ops");
    assert_int_equal(mute_put(x->store, MUTE_RULE, "slow", MUTED_FOR_EVER, clock_wall(), &error), 0);
    store_announce(x->dir);
    assert_form(hear(e, "mutes"), "MutesEvent");
    assert_int_equal(alerts_remove(x->store, "slow", -1, &error), 0);
    store_announce(x->dir);
    hear(e, "mutes"); /* its own goes with it */
    assert_int_equal(json_type(json_get(hear(e, "alert"), "revision")), JSON_NULL);
    assert_string_equal(said(e, "action"), "removed");
    stop_listening(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_rules_channels_and_mutes, events_up, events_down),
    };
    json_init();
    small_server_start();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    small_server_stop();
    return failed;
}
