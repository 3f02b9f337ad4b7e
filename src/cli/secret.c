#include "api/view.h"
#include "base/mem.h"
#include "cli/data.h"
#include "cli/handlers.h"
#include "cli/input.h"
#include "cli/listing.h"
#include "core/job.h"
#include "core/redact.h"

#include <stdio.h>
#include <string.h>

#define GENERATED_BYTES 32
#define GENERATED_SIZE 45 /* in base64, with NUL */

static void list_one(void *ctx, const struct secret_info *i)
{
    struct listing *l = ctx;
    char text[OUTPUT_TIME_SIZE];
    if (l->items) {
        json_add(l->items, NULL, view_secret(i));
        return;
    }
    table_cell(l->table, i->name);
    snprintf(text, sizeof text, "%lld", (long long)i->version);
    table_cell(l->table, text);
    table_cell(l->table, output_when(i->updated_at, text));
}

int secret_list(struct call *call, struct err *e)
{
    static const char *const heads[] = { "NAME", "VERSION", "SET" };
    struct data d = { 0 };
    struct listing l = listing_begin(&call->config, heads, MEM_COUNT(heads));
    int r = data_open(&d, &call->config, STORE_READ, e);
    if (r == 0)
        r = secrets_each(d.store, list_one, &l, e);
    r = listing_end(&l, r, NULL, "there is no secret yet: set one with 'edgecron secret set NAME'");
    data_close(&d);
    return r;
}

static void find_one(void *ctx, const struct secret_info *i)
{
    struct json **found = ctx;
    const char *name = json_string(json_get(*found, "name"));
    if (name && !strcmp(name, i->name)) {
        json_free(*found);
        *found = view_secret(i);
    }
}

/* Its metadata; `value` is added when it was made here. */
static int print_json(struct data *d, const char *name, const char *value, struct err *e)
{
    struct json *v = json_new_object();
    json_add_string(v, "name", name);
    int r = secrets_each(d->store, find_one, &v, e);
    if (r < 0) {
        json_free(v);
        return r;
    }
    if (value)
        json_add_string(v, "value", value);
    return output_json(v);
}

/* Is the command line fit for a secret: a good name, and no value in it? What may be a value is not repeated. */
static int check_call(const struct call *call, struct err *e)
{
    const char *name = call->words[0];
    if (call->n_words == 1 && strchr(name, '='))
        return err_set(e, ERR_USAGE,
                       "'%.*s=...': a value on the command line can be read by every user of this machine (and stays "
                       "in the shell's history): give the name alone, and the value on standard input or with "
                       "--value-file",
                       (int)strcspn(name, "=") < 64 ? (int)strcspn(name, "=") : 63, name);
    if (!secret_name_valid(name))
        return err_set(e, ERR_INVALID,
                       "'%.80s' is no name for a secret: letters, digits and '_', not a digit first, "
                       "at most 63, such as CRON_INTERNAL_KEY",
                       name);
    if (call->n_words > 1)
        return err_set(e, ERR_USAGE,
                       "a value on the command line can be read by every user of this machine (and "
                       "stays in the shell's history): give it on standard input or with --value-file");
    return 0;
}

static int open_vault(struct data *d, const struct call *call, struct err *e)
{
    int r = check_call(call, e);
    if (r == 0)
        r = data_open(d, &call->config, STORE_WRITE, e);
    return r < 0 ? r : data_vault(d, e);
}

static int put_secret(struct data *d, const char *name, const struct buf *value, int64_t *ret_version, struct err *e)
{
    int r = vault_set(d->vault, d->store, name, buf_str(value), value->len, clock_wall(), ret_version, e);
    if (r < 0)
        return r;
    data_changed(d, NULL);
    if (memchr(buf_str(value), '\n', value->len) || memchr(buf_str(value), '\r', value->len))
        output_note(
            "edgecron: the value of '%s' holds a line break, which a body can carry and a header cannot: where it "
            "stands in a header, set it again without one",
            name);
    if (value->len < REDACT_MIN)
        output_note("edgecron: the value of '%s' is so short that answers which repeat it cannot be cleaned of it",
                    name);
    return 0;
}

static int store_given(struct data *d, const char *name, struct err *e)
{
    int64_t version = 0;
    char what[60];
    struct buf value = BUF_INIT(SECRET_VALUE_MAX + 2);
    int r = input_secret(d->config, name, &value, e);
    if (r == 0)
        r = put_secret(d, name, &value, &version, e);
    buf_wipe(&value);
    if (r < 0)
        return r;
    snprintf(what, sizeof what, "set (version %lld)", (long long)version);
    return config_on(d->config, FLAG_JSON) ? print_json(d, name, NULL, e) : data_report(d, "secret", name, what);
}

static int store_generated(struct data *d, const char *name, struct err *e)
{
    unsigned char bytes[GENERATED_BYTES];
    char text[GENERATED_SIZE];
    int64_t version = 0;
    crypto_random(bytes, sizeof bytes);
    crypto_base64(bytes, sizeof bytes, text);
    int r = put_secret(d, name, &(struct buf){ .data = text, .len = GENERATED_SIZE - 1 }, &version, e);
    if (r == 0 && config_on(d->config, FLAG_JSON)) {
        r = print_json(d, name, text, e);
    } else if (r == 0) {
        puts(text);
        output_note("edgecron: secret '%s' is set (version %lld); this is its value, shown this once: put it where the "
                    "function reads it",
                    name, (long long)version);
    }
    mem_wipe(bytes, sizeof bytes);
    mem_wipe(text, sizeof text);
    return r;
}

int secret_set(struct call *call, struct err *e)
{
    struct data d = { 0 };
    int r = open_vault(&d, call, e);
    if (r == 0)
        r = store_given(&d, call->words[0], e);
    data_close(&d);
    return r;
}

int secret_generate(struct call *call, struct err *e)
{
    struct data d = { 0 };
    const char *name = call->words[0];
    int r = open_vault(&d, call, e);
    if (r == 0 && secrets_have(d.store, name))
        r = err_set(e, ERR_CONFLICT, "secret '%s' exists: 'edgecron secret rotate %s --generate' replaces it", name,
                    name);
    if (r == 0)
        r = store_generated(&d, name, e);
    data_close(&d);
    return r;
}

int secret_rotate(struct call *call, struct err *e)
{
    struct data d = { 0 };
    const char *name = call->words[0];
    bool generate = config_on(&call->config, FLAG_GENERATE);
    if (generate && config_is_set(&call->config, FLAG_VALUE_FILE))
        return err_set(e, ERR_USAGE, "--generate and --value-file contradict each other");
    int r = open_vault(&d, call, e);
    if (r == 0 && !secrets_have(d.store, name))
        r = err_set(e, ERR_NOT_FOUND, "there is no secret '%s': 'edgecron secret set %s' makes it", name, name);
    if (r == 0)
        r = generate ? store_generated(&d, name, e) : store_given(&d, name, e);
    data_close(&d);
    return r;
}

int secret_remove(struct call *call, struct err *e)
{
    struct data d = { 0 };
    int r = data_open(&d, &call->config, STORE_WRITE, e);
    if (r == 0)
        r = secrets_remove(d.store, call->words[0], e);
    if (r == 0) {
        data_changed(&d, NULL);
        r = data_report(&d, "secret", call->words[0], "removed");
    }
    data_close(&d);
    return r;
}
