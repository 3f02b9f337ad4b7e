#include "store/audit_change.h"

#include "core/conceal.h"
#include "core/difference.h"

#include <string.h>

static bool is_empty(const struct json *v)
{
    switch (json_type(v)) {
    case JSON_STRING:
        return !*json_string(v);
    case JSON_ARRAY:
    case JSON_OBJECT:
        return json_count(v) == 0;
    default:
        return json_type(v) == JSON_NULL || json_type(v) == JSON_ABSENT;
    }
}

static void add_side(struct json *out, const struct json *place, const char *side)
{
    const struct json *v = json_get(place, side);
    if (v)
        json_add(out, side, conceal(json_string(json_get(place, "pointer")), v));
}

static struct json *concealed(const struct json *place)
{
    struct json *out = json_new_object();
    json_add_string(out, "pointer", json_string(json_get(place, "pointer")));
    add_side(out, place, "before");
    add_side(out, place, "after");
    return out;
}

/* As many as there is room for. */
static void add_places(struct json *detail, const struct json *places, bool whole)
{
    struct json *list = json_add_array(detail, "changes");
    size_t used = 0;
    int n = 0;
    for (const struct json *p = json_first(places); p; p = json_next(p)) {
        if (whole && is_empty(json_get(p, "before")) && is_empty(json_get(p, "after")))
            continue;
        struct json *place = concealed(p);
        mem_auto char *text = json_print(place);
        used += strlen(text);
        if (n++ == AUDIT_PLACES_MAX || used > AUDIT_DETAIL_MAX) {
            json_free(place);
            json_add_bool(detail, "more", true);
            return;
        }
        json_add(list, NULL, place);
    }
}

int audit_change(struct store *s, enum audit_action action, const char *resource, const struct json *before,
                 const struct json *after, struct wall now, struct err *e)
{
    json_auto struct json *nothing = json_new_object(), *detail = json_new_object();
    json_auto struct json *places = difference(before ? before : nothing, after ? after : nothing);
    add_places(detail, places, !before || !after);
    mem_auto char *text = json_print(detail);
    return audit_add(s, &(struct audit_entry){ action, resource, text, now }, e);
}
