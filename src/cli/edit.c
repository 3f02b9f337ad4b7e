#include "cli/edit.h"

#include "base/mem.h"
#include "cli/input.h"
#include "cli/output.h"

#include <string.h>

bool edit_any(const struct config *c, const struct edit_field *fields, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (config_is_set(c, fields[i].flag))
            return true;
    return false;
}

struct json *edit_object(struct json *parent, const char *key)
{
    const struct json *old = json_get(parent, key);
    struct json *copy = json_type(old) == JSON_OBJECT ? json_clone(old) : json_new_object();
    json_remove(parent, key);
    return json_add(parent, key, copy);
}

static void add_words(struct json *list, const char *text)
{
    for (const char *p = text; *p; p += *p == ',') {
        size_t len = strcspn(p, ",");
        mem_auto char *one = mem_strndup(p, len);
        json_add_string(list, NULL, one);
        p += len;
    }
}

static int put_json(struct json *object, const struct edit_field *f, const char *text, struct err *e)
{
    struct err why;
    struct json *v = json_parse(text, strlen(text), &why);
    if (v)
        json_add(object, f->member, v);
    else if (f->how == EDIT_NUMBER)
        json_add_string(object, f->member, text); /* who reads the form says what is wrong with it */
    else
        return err_set(e, ERR_USAGE, "--%s: this is no JSON: %s", config_flag(f->flag)->name, why.text);
    return 0;
}

static void put_plain(struct json *object, const struct edit_field *f, const struct config *c)
{
    const struct flag_spec *s = config_flag(f->flag);
    if (s->type == IS_INT || s->type == IS_SIZE)
        json_add_int(object, f->member, config_number(c, f->flag));
    else if (s->type == IS_SWITCH)
        json_add_bool(object, f->member, config_on(c, f->flag));
    else if (*config_text(c, f->flag) || f->how == EDIT_TEXT)
        json_add_string(object, f->member, config_text(c, f->flag));
    else
        json_add_null(object, f->member);
}

static int edit_field(struct json *object, const struct edit_field *f, const struct config *c, struct err *e)
{
    const char *text = config_text(c, f->flag);
    json_remove(object, f->member);
    if (f->how == EDIT_WORDS)
        add_words(json_add_array(object, f->member), text);
    else if (f->how == EDIT_JSON || f->how == EDIT_NUMBER)
        return put_json(object, f, text, e);
    else
        put_plain(object, f, c);
    return 0;
}

int edit_fields(struct json *form, const struct config *c, const struct edit_field *fields, size_t n, struct err *e)
{
    int r = 0;
    for (const struct edit_field *f = fields; r == 0 && f < fields + n; f++)
        if (config_is_set(c, f->flag))
            r = edit_field(f->object ? edit_object(form, f->object) : form, f, c, e);
    return r;
}

static void remove_pair(struct json *object, const char *name, int (*compare)(const char *, const char *))
{
    for (const struct json *m = json_first(object); m; m = json_next(m)) {
        if (compare(json_key(m), name) != 0)
            continue;
        mem_auto char *key = mem_strdup(json_key(m));
        json_remove(object, key);
        return;
    }
}

int edit_pairs(struct json *parent, const char *key, const struct config *c, enum flag f,
               int (*compare)(const char *a, const char *b), struct err *e)
{
    int pos = 0;
    if (!config_is_set(c, f))
        return 0;
    struct json *object = edit_object(parent, key);
    for (const char *text; (text = config_each(c, f, &pos));) {
        const char *colon = strchr(text, ':');
        if (!colon || colon == text)
            return err_set(e, ERR_USAGE, "--%s: '%.60s' is not 'NAME: VALUE'", config_flag(f)->name, text);
        mem_auto char *name = mem_strndup(text, (size_t)(colon - text));
        const char *value = colon + 1 + strspn(colon + 1, " \t");
        remove_pair(object, name, compare);
        if (*value)
            json_add_string(object, name, value);
    }
    return 0;
}

void edit_list(struct json *parent, const char *key, const struct config *c, enum flag f)
{
    int pos = 0;
    if (!config_is_set(c, f))
        return;
    json_remove(parent, key);
    struct json *list = json_add_array(parent, key);
    for (const char *text; (text = config_each(c, f, &pos));)
        add_words(list, text);
}

static void add_ranges(struct json *list, const char *text)
{
    struct cidr ranges[CONFIG_CIDRS_MAX];
    if (strpbrk(text, ".:")) {
        add_words(list, text);
        return;
    }
    if (*text && config_cidrs(text, ranges, CONFIG_CIDRS_MAX) == 0)
        return;
    for (int i = 0; config_private_ranges[i]; i++)
        json_add_string(list, NULL, config_private_ranges[i]);
}

void edit_ranges(struct json *parent, const char *key, const struct config *c, enum flag f)
{
    int pos = 0;
    if (!config_is_set(c, f))
        return;
    json_remove(parent, key);
    struct json *list = json_add_array(parent, key);
    for (const char *text; (text = config_each(c, f, &pos));)
        add_ranges(list, text);
}

int edit_enabled(struct json *form, const struct config *c, struct err *e)
{
    if (config_on(c, FLAG_ENABLED) && config_on(c, FLAG_DISABLED))
        return err_set(e, ERR_USAGE, "--enabled and --disabled contradict each other");
    if (config_on(c, FLAG_ENABLED) || config_on(c, FLAG_DISABLED)) {
        json_remove(form, "enabled");
        json_add_bool(form, "enabled", config_on(c, FLAG_ENABLED));
    }
    return 0;
}

int edit_until(const struct config *c, struct wall now, struct wall *ret, struct err *e)
{
    *ret = WALL_NONE;
    if (config_is_set(c, FLAG_UNTIL) && config_is_set(c, FLAG_FOR))
        return err_set(e, ERR_USAGE, "--until and --for contradict each other: give one");
    if (config_is_set(c, FLAG_UNTIL))
        ret->ms = config_number(c, FLAG_UNTIL);
    if (config_is_set(c, FLAG_FOR))
        ret->ms = now.ms + config_number(c, FLAG_FOR);
    if (!wall_is_none(*ret) && ret->ms <= now.ms)
        return err_set(e, ERR_USAGE, "--until: '%s' is in the past", config_text(c, FLAG_UNTIL));
    return 0;
}

int edit_body(struct json *object, const char *text, struct err *e)
{
    buf_auto struct buf file = BUF_INIT(JOB_BODY_MAX);
    json_remove(object, "body");
    if (text[0] == '@') {
        int r = input_read(text + 1, "a body", &file, e);
        if (r < 0)
            return r;
        text = buf_str(&file);
    }
    if (!*text)
        return 0;
    struct err why;
    struct json *v = json_parse(text, strlen(text), &why);
    if (v) {
        json_add(object, "body", v);
        return 0;
    }
    if ((text[0] == '{' && text[1] != '{') || text[0] == '[')
        output_note("edgecron: the body looks like JSON and is sent as plain text: %s", why.text);
    json_add_string(object, "body", text);
    return 0;
}
