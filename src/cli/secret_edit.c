/* secret_edit.c - the value and the fields of a secret being changed, and what is told of them (secret.h). */
#include "api/view.h"
#include "base/crypto.h"
#include "base/mem.h"
#include "cli/output.h"
#include "cli/secret.h"
#include "core/keygen.h"
#include "core/strength.h"
#include "store/vault.h"

#include <stdio.h>
#include <string.h>

#define TARGETS_MAX 100
#define ANYWHERE "any"

void secret_edit_free(struct secret_edit *x)
{
    buf_wipe(&x->value);
}

bool secret_fields_given(const struct config *c)
{
    return config_is_set(c, FLAG_BIND) || config_is_set(c, FLAG_ROTATE_EVERY);
}

/* The names of every --target, which may be lists. Returns how many, -1: too many. */
static int target_names(const struct config *c, struct arena *a, const char *names[TARGETS_MAX])
{
    int n = 0, pos = 0;
    for (const char *text; (text = config_each(c, FLAG_BIND, &pos));)
        for (const char *p = text;; p++) {
            size_t len = strcspn(p, ",");
            if (n == TARGETS_MAX)
                return -1;
            names[n++] = arena_strndup(a, p, len);
            p += len;
            if (!*p)
                break;
        }
    return n;
}

static int read_targets(const struct config *c, struct arena *a, const char *names[TARGETS_MAX], int *ret_n,
                        struct err *e)
{
    int n = target_names(c, a, names);
    if (n < 0)
        return err_set(e, ERR_USAGE, "--target names more than %d targets", TARGETS_MAX);
    *ret_n = n;
    if (n == 1 && strcmp(names[0], ANYWHERE) == 0)
        *ret_n = 0;
    for (int i = 0; i < n; i++) {
        if (n > 1 && strcmp(names[i], ANYWHERE) == 0)
            return err_set(e, ERR_USAGE, "--target '" ANYWHERE "' lets it go anywhere: give no other target with it");
        if (!job_name_valid(names[i]))
            return err_set(e, ERR_USAGE,
                           "--target '%.80s' is not a target's name: names with commas between them, or "
                           "'" ANYWHERE "'",
                           names[i]);
    }
    return 0;
}

int secret_fields_check(const struct config *c, struct err *e)
{
    const char *names[TARGETS_MAX];
    int n;
    struct arena *a = arena_new(0);
    int r = read_targets(c, a, names, &n, e);
    arena_free(a);
    return r;
}

int secret_fields_put(struct secret_edit *x, struct err *e)
{
    const struct config *c = x->d->config;
    const char *names[TARGETS_MAX];
    int r = 0, n;
    if (config_is_set(c, FLAG_ROTATE_EVERY))
        r = secrets_set_rotation(x->d->store, x->name, (config_number(c, FLAG_ROTATE_EVERY) + 999) / 1000, e);
    if (r < 0 || !config_is_set(c, FLAG_BIND))
        return r;
    struct arena *a = arena_new(0);
    r = read_targets(c, a, names, &n, e);
    if (r == 0)
        r = secrets_bind(x->d->store, x->name, names, n, e);
    arena_free(a);
    return r;
}

int secret_make_value(struct secret_edit *x, struct err *e)
{
    const struct config *c = x->d->config;
    const struct keygen k = {
        .format = (enum keygen_format)config_number(c, FLAG_FORMAT),
        .alphabet = config_text(c, FLAG_ALPHABET),
        .bytes = (int)config_number(c, FLAG_BYTES),
        .length = (int)config_number(c, FLAG_LENGTH),
    };
    int r = keygen_check(&k, true, e);
    if (r < 0)
        return r;
    buf_wipe(&x->value);
    x->value = BUF_SECRET(KEYGEN_SIZE);
    x->value.len = keygen_make(&k, crypto_random, buf_reserve(&x->value, KEYGEN_SIZE));
    x->generated = true;
    return 0;
}

int secret_check_value(const struct secret_edit *x, struct err *e)
{
    return strength_refuse(x->name, x->value.len, e);
}

/* What can be said against the value, to people, and into `list` (may be NULL). */
static void warn(const struct secret_edit *x, struct json *list)
{
    struct strength_finding found[STRENGTH_FINDINGS];
    int n = x->value.len ? strength_findings(buf_str(&x->value), x->value.len, found) : 0;
    for (int i = 0; i < n; i++) {
        mem_auto char *text = mem_printf("the value of '%s' %s%s%s%s", x->name, found[i].text,
                                         found[i].generate ? ", with: edgecron secret rotate " : "",
                                         found[i].generate ? x->name : "", found[i].generate ? " --generate" : "");
        output_note("edgecron: %s", text);
        if (!list)
            continue;
        struct json *one = json_add_object(list, NULL);
        json_add_string(one, "code", found[i].code);
        json_add_string(one, "detail", text);
    }
}

/* Its metadata, and the value when it was made here. */
static int print_json(const struct secret_edit *x, struct err *e)
{
    struct secret_info *info;
    int n;
    struct wall now = clock_wall();
    struct arena *a = arena_new(0);
    int r = secrets_list(x->d->store, x->name, now, a, &info, &n, e);
    if (r == 0 && n == 0)
        r = err_set(e, ERR_NOT_FOUND, "secret '%s' was removed meanwhile", x->name);
    if (r == 0) {
        struct json *v = view_secret(info, now);
        warn(x, json_add_array(v, "warnings"));
        if (x->generated)
            json_add_string(v, "value", buf_str(&x->value));
        r = output_json(v);
    }
    arena_free(a);
    return r;
}

int secret_report(struct secret_edit *x, const char *said, struct err *e)
{
    data_changed(x->d, NULL);
    if (config_on(x->d->config, FLAG_JSON))
        return print_json(x, e);
    if (x->generated) {
        puts(buf_str(&x->value));
        output_note("edgecron: secret '%s' %s; this is its value, shown this once: put it where the function reads it",
                    x->name, said);
    } else {
        data_report(x->d, "secret", x->name, said);
    }
    warn(x, NULL);
    return 0;
}
