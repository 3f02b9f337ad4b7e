#include "cli/edit.h"

#include "base/mem.h"

#include <string.h>
#include <strings.h>

bool edit_any(const struct config *c, const struct edit_field *fields, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (config_is_set(c, fields[i].flag))
            return true;
    return false;
}

void edit_fields(struct json *object, const struct config *c, const struct edit_field *fields, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        enum flag f = fields[i].flag;
        if (!config_is_set(c, f))
            continue;
        json_remove(object, fields[i].member);
        if (config_flag(f)->type == IS_INT)
            json_add_int(object, fields[i].member, config_number(c, f));
        else if (*config_text(c, f) || f == FLAG_DESCRIPTION)
            json_add_string(object, fields[i].member, config_text(c, f));
        else
            json_add_null(object, fields[i].member);
    }
}

struct json *edit_object(struct json *parent, const char *key)
{
    const struct json *old = json_get(parent, key);
    struct json *copy = json_type(old) == JSON_OBJECT ? json_clone(old) : json_new_object();
    json_remove(parent, key);
    return json_add(parent, key, copy);
}

static void remove_header(struct json *headers, const char *name)
{
    for (const struct json *h = json_first(headers); h; h = json_next(h)) {
        if (strcasecmp(json_key(h), name))
            continue;
        mem_auto char *key = mem_strdup(json_key(h));
        json_remove(headers, key);
        return;
    }
}

static int edit_header(struct json *headers, const char *text, struct err *e)
{
    const char *colon = strchr(text, ':');
    if (!colon || colon == text)
        return err_set(e, ERR_USAGE, "--header: '%.60s' is not 'NAME: VALUE'", text);
    mem_auto char *name = mem_strndup(text, (size_t)(colon - text));
    const char *value = colon + 1 + strspn(colon + 1, " \t");
    remove_header(headers, name);
    if (*value)
        json_add_string(headers, name, value);
    return 0;
}

int edit_headers(struct json *parent, const struct config *c, struct err *e)
{
    int pos = 0, r = 0;
    if (!config_is_set(c, FLAG_HEADER))
        return 0;
    struct json *headers = edit_object(parent, "headers");
    for (const char *text; r == 0 && (text = config_each(c, FLAG_HEADER, &pos));)
        r = edit_header(headers, text, e);
    return r;
}
