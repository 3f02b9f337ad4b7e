/* alerts_default.c - the rules of a new store, which migration 0012 puts there (a test compares). */
#include "store/alerts_rows.h"

#include <string.h>

/* What is not core/alert.h's own default. */
static const struct {
    const char *name, *form;
} RULES[] = {
    { "failing", "{\"on\":\"failure\",\"repeat_s\":86400}" },
    { "missed", "{\"on\":\"missed\",\"recovery\":false}" },
    { "secret-age", "{\"on\":\"secret_age\",\"repeat_s\":604800,\"recovery\":false}" },
    { "certificate", "{\"on\":\"certificate\",\"repeat_s\":172800}" },
    { "disk", "{\"on\":\"disk\",\"repeat_s\":14400}" },
    { "sealed", "{\"on\":\"sealed\",\"repeat_s\":14400}" },
    { "clock", "{\"on\":\"clock\",\"repeat_s\":14400}" },
    { "overload", "{\"on\":\"overload\",\"repeat_s\":14400}" },
    { "backup", "{\"on\":\"backup\",\"repeat_s\":14400}" },
    { "store", "{\"on\":\"store\",\"repeat_s\":14400}" },
};

static bool is_default(const char *name, const char *spec, struct arena *a)
{
    struct alert_rule r;
    size_t i = 0;
    while (i < MEM_COUNT(RULES) && strcmp(RULES[i].name, name) != 0)
        i++;
    if (i == MEM_COUNT(RULES))
        return false;
    json_auto struct json *doc = json_parse(RULES[i].form, strlen(RULES[i].form), NULL);
    if (!doc || alert_rule_parse(doc, name, a, &r, NULL))
        return false;
    json_auto struct json *form = alert_rule_to_json(&r);
    mem_auto char *text = json_print(form);
    return strcmp(text, spec) == 0;
}

int alerts_are_default(struct store *s, bool *ret, struct err *e)
{
    struct arena *a = arena_new(0);
    struct statement q = statement_begin(s, Q_ALERT_EACH);
    size_t n = 0;
    int rc;
    *ret = true;
    while ((rc = statement_row(&q, e)) > 0) {
        struct alerts_row row;
        alerts_row_read(&q, a, &row);
        q.column++; /* whether it is muted */
        *ret = is_default(next_text(&q), row.spec, a) && *ret;
        n++;
    }
    *ret = *ret && n == MEM_COUNT(RULES);
    arena_free(a);
    return rc;
}
