/* secret.c - the commands that change a secret. What they share: secret.h; listing: secret_list.c. */
#include "cli/secret.h"

#include "base/mem.h"
#include "cli/handlers.h"
#include "cli/input.h"
#include "cli/output.h"
#include "core/job.h"
#include "store/audit.h"
#include "store/vault.h"

#include <stdio.h>
#include <string.h>

#define SAID_SIZE 400

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
    return secret_fields_check(&call->config, e);
}

/* Opens all, and finds out what is there before. */
static int begin(struct secret_edit *x, struct data *d, const struct call *call, struct err *e)
{
    *x = (struct secret_edit){ .d = d, .name = call->words[0], .value = BUF_SECRET(SECRET_VALUE_MAX + 2) };
    int r = check_call(call, e);
    if (r == 0)
        r = data_open(d, &call->config, STORE_WRITE, e);
    if (r == 0)
        r = data_vault(d, e);
    if (r == 0)
        r = secrets_find(d->store, x->name, &x->before, e);
    return r;
}

static void end(struct secret_edit *x, struct data *d)
{
    secret_edit_free(x);
    data_close(d);
}

/* Value (overlap_ms -1: put, else rotated) and fields, all or nothing. */
static int put_all(struct secret_edit *x, int64_t overlap_ms, struct err *e)
{
    struct data *d = x->d;
    const char *value = buf_str(&x->value);
    x->version = x->before;
    int r = store_begin(d->store, e);
    if (r < 0)
        return r;
    if (x->value.len && overlap_ms >= 0)
        r = vault_rotate(d->vault, d->store, x->name, value, x->value.len, overlap_ms, clock_wall(), &x->version, e);
    else if (x->value.len)
        r = vault_set(d->vault, d->store, x->name, value, x->value.len, clock_wall(), &x->version, e);
    if (r == 0)
        r = secret_fields_put(x, e);
    if (r == 0 && x->generated)
        r = audit_add(d->store, &(struct audit_entry){ AUDIT_SECRET_REVEAL, x->name, .at = clock_wall() }, e);
    if (r == 0)
        return store_commit(d->store, e);
    store_rollback(d->store);
    return r;
}

static void say_set(const struct secret_edit *x, char out[SAID_SIZE])
{
    long long version = (long long)x->version;
    if (x->value.len == 0)
        snprintf(out, SAID_SIZE, "changed; it keeps its value (version %lld)", version);
    else if (x->before == 0)
        snprintf(out, SAID_SIZE, "set (version %lld)", version);
    else if (x->version == x->before)
        snprintf(out, SAID_SIZE, "has this value already (version %lld)", version);
    else
        snprintf(out, SAID_SIZE,
                 "set (version %lld); version %lld is destroyed: 'secret rotate' lets both be valid for a while",
                 version, (long long)x->before);
}

static int read_value(struct secret_edit *x, struct err *e)
{
    const struct config *c = x->d->config;
    bool optional = x->before && secret_fields_given(c);
    int r = optional ? input_secret_or_none(c, x->name, &x->value, e) : input_secret(c, x->name, &x->value, e);
    return r < 0 || x->value.len == 0 ? r : secret_check_value(x, e);
}

int secret_set(struct call *call, struct err *e)
{
    char said[SAID_SIZE];
    struct data d = { 0 };
    struct secret_edit x;
    int r = begin(&x, &d, call, e);
    if (r == 0)
        r = read_value(&x, e);
    if (r == 0)
        r = put_all(&x, -1, e);
    if (r == 0) {
        say_set(&x, said);
        r = secret_report(&x, said, e);
    }
    end(&x, &d);
    return r;
}

int secret_generate(struct call *call, struct err *e)
{
    char said[SAID_SIZE];
    struct data d = { 0 };
    struct secret_edit x;
    int r = begin(&x, &d, call, e);
    if (r == 0 && x.before)
        r = err_set(e, ERR_CONFLICT, "secret '%s' exists: 'edgecron secret rotate %s --generate' replaces it", x.name,
                    x.name);
    if (r == 0)
        r = secret_make_value(&x, e);
    if (r == 0)
        r = put_all(&x, -1, e);
    if (r == 0) {
        snprintf(said, sizeof said, "is set (version %lld)", (long long)x.version);
        r = secret_report(&x, said, e);
    }
    end(&x, &d);
    return r;
}

static int check_rotate(const struct config *c, struct err *e)
{
    bool generate = config_on(c, FLAG_GENERATE);
    if (generate && config_is_set(c, FLAG_VALUE_FILE))
        return err_set(e, ERR_USAGE, "--generate and --value-file contradict each other");
    if (!generate && (config_is_set(c, FLAG_FORMAT) || config_is_set(c, FLAG_ALPHABET) ||
                      config_is_set(c, FLAG_BYTES) || config_is_set(c, FLAG_LENGTH)))
        return err_set(e, ERR_USAGE, "--format, --alphabet, --bytes and --length go with --generate");
    return 0;
}

/* And what to do next. */
static void say_rotated(const struct secret_edit *x, int64_t overlap_ms, char out[SAID_SIZE])
{
    char until[OUTPUT_TIME_SIZE];
    struct wall end = { clock_wall().ms + overlap_ms };
    if (overlap_ms)
        snprintf(out, SAID_SIZE, "rotated (version %lld); version %lld stays valid until %s%s", (long long)x->version,
                 (long long)x->before, output_when(end, until),
                 x->generated ? "" : ": give the function the new value before");
    else
        snprintf(out, SAID_SIZE, "rotated (version %lld); version %lld is destroyed", (long long)x->version,
                 (long long)x->before);
}

int secret_rotate(struct call *call, struct err *e)
{
    char said[SAID_SIZE];
    struct data d = { 0 };
    struct secret_edit x;
    int64_t overlap_ms = config_number(&call->config, FLAG_VALID_FOR);
    int r = begin(&x, &d, call, e);
    if (r == 0)
        r = check_rotate(&call->config, e);
    if (r == 0 && !x.before)
        r = err_set(e, ERR_NOT_FOUND, "there is no secret '%s': 'edgecron secret set %s' makes it", x.name, x.name);
    if (r == 0 && config_on(&call->config, FLAG_GENERATE))
        r = secret_make_value(&x, e);
    else if (r == 0)
        r = input_secret(&call->config, x.name, &x.value, e);
    if (r == 0)
        r = secret_check_value(&x, e);
    if (r == 0)
        r = put_all(&x, overlap_ms, e);
    if (r == 0) {
        say_rotated(&x, overlap_ms, said);
        r = secret_report(&x, said, e);
    }
    end(&x, &d);
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
