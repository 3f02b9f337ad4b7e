#include "temp_alerts.h"

int rule_put(struct store *s, const char *name, const char *fields, int64_t if_revision, enum put_result *ret,
             struct err *e)
{
    struct alert_rule r;
    struct arena *a = arena_new(0);
    mem_auto char *text = mem_printf("{\"name\": \"%s\", %s}", name, fields);
    json_auto struct json *doc = json_parse(text, strlen(text), e);
    assert_non_null(doc);
    assert_ok(alert_rule_parse(doc, NULL, a, &r, e), *e);
    int rc = alerts_put(s, &r, if_revision, NOW, ret, e);
    arena_free(a);
    return rc;
}

void put_rule(struct store *s, const char *name, const char *fields)
{
    struct err e = { 0 };
    enum put_result put;
    assert_ok(rule_put(s, name, fields, -1, &put, &e), e);
}

int channel_put(struct store *s, const char *name, const char *fields, int64_t if_revision, enum put_result *ret,
                struct err *e)
{
    struct channel c;
    struct arena *a = arena_new(0);
    bool has_url = strstr(fields, "\"url\"") || strstr(fields, "\"email\"");
    bool has_kind = strstr(fields, "\"kind\"");
    mem_auto char *text = mem_printf("{\"name\": \"%s\"%s%s%s}", name, has_kind ? "" : ", \"kind\": \"webhook\"",
                                     has_url ? "" : ", \"url\": \"https://hooks.example/x\"", fields);
    json_auto struct json *doc = json_parse(text, strlen(text), e);
    assert_non_null(doc);
    assert_ok(channel_parse(doc, NULL, a, &c, e), *e);
    int rc = channels_put(s, &c, if_revision, NOW, ret, e);
    arena_free(a);
    return rc;
}

void put_channel(struct store *s, const char *name, const char *fields)
{
    struct err e = { 0 };
    enum put_result put;
    assert_ok(channel_put(s, name, fields, -1, &put, &e), e);
}

char *audit_of(struct store *s, const char *prefix)
{
    mem_auto char *sql =
        mem_printf("SELECT coalesce(group_concat(action || ' ' || resource || '; ', '' ORDER BY id), '') "
                   "FROM audit WHERE action LIKE '%s%%'",
                   prefix);
    return text_of(s, sql);
}
