#include "core/merge.h"

struct json *merge_patch(const struct json *target, const struct json *patch)
{
    if (json_type(patch) != JSON_OBJECT)
        return json_clone(patch);
    struct json *result = json_type(target) == JSON_OBJECT ? json_clone(target) : json_new_object();
    for (const struct json *m = json_first(patch); m; m = json_next(m)) {
        struct json *value = json_type(m) == JSON_NULL ? NULL : merge_patch(json_get(target, json_key(m)), m);
        json_remove(result, json_key(m));
        if (value)
            json_add(result, json_key(m), value);
    }
    return result;
}
