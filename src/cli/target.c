#include "api/view.h"
#include "base/mem.h"
#include "cli/data.h"
#include "cli/edit.h"
#include "cli/handlers.h"
#include "cli/input.h"
#include "cli/listing.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define TARGET_FILE_MAX (1024 * 1024)

static const struct edit_field target_fields[] = {
    { FLAG_BASE_URL, NULL, "base_url", EDIT_PLAIN },
    { FLAG_CA_FILE, NULL, "ca_file", EDIT_PLAIN },
    { FLAG_MAX_CONCURRENT, NULL, "max_concurrent", EDIT_PLAIN },
    { FLAG_RATE, NULL, "rate", EDIT_PLAIN },
    { FLAG_TLS_MIN, NULL, "tls_min", EDIT_PLAIN },
    { FLAG_HEALTH_PATH, NULL, "health_path", EDIT_PLAIN },
};

static bool any_field(const struct config *c)
{
    return edit_any(c, target_fields, MEM_COUNT(target_fields)) || config_is_set(c, FLAG_HEADER) ||
           config_is_set(c, FLAG_TARGET_ALLOW_PRIVATE);
}

static bool list_one(void *ctx, struct target_record *r)
{
    struct listing *l = ctx;
    char number[16];
    if (l->items) {
        json_add(l->items, NULL, view_target(r));
    } else {
        table_cell(l->table, r->target.name);
        snprintf(number, sizeof number, "%d", r->target.max_concurrent);
        table_cell(l->table, number);
        table_cell(l->table, r->target.base_url);
    }
    target_record_free(r);
    return true;
}

int target_list(struct call *call, struct err *e)
{
    static const char *const heads[] = { "NAME", "MAX CONCURRENT", "BASE URL" };
    struct data d = { 0 };
    struct listing l = listing_begin(&call->config, heads, MEM_COUNT(heads));
    int r = data_open(&d, &call->config, STORE_READ, e);
    if (r == 0)
        r = targets_each(d.store, list_one, &l, e);
    r = listing_end(&l, r, NULL, "there is no target yet: make one with 'edgecron target set' or 'edgecron apply'");
    data_close(&d);
    return r;
}

static void print_target(const struct target *t)
{
    char number[16];
    buf_auto struct buf ranges = BUF_INIT(64 * 1024), rate = BUF_INIT(40);
    struct table *pairs = table_new(NULL, 2);
    for (int i = 0; i < t->n_allow_private; i++)
        buf_printf(&ranges, "%s%s", i ? ", " : "", t->allow_private[i]);
    if (t->rate.n)
        buf_printf(&rate, "%lld/%c", (long long)t->rate.n, t->rate.interval_ms == 1000 ? 's' : 'm');
    snprintf(number, sizeof number, "%d", t->max_concurrent);
    table_pair(pairs, "target", t->name);
    table_pair(pairs, "base url", t->base_url);
    output_headers(pairs, t->headers, t->n_headers);
    table_pair(pairs, "max concurrent", number);
    table_pair(pairs, "rate", buf_str(&rate));
    table_pair(pairs, "ca file", t->ca_file);
    table_pair(pairs, "tls min", t->tls_min);
    table_pair(pairs, "allow private", ranges.len ? buf_str(&ranges) : "none");
    table_pair(pairs, "health path", t->health_path);
    output_pairs(pairs);
}

static int show_target(struct data *d, const char *name, struct err *e)
{
    struct target_record *r = NULL;
    int rc = targets_get(d->store, name, &r, e);
    if (rc < 0)
        return rc;
    if (config_on(d->config, FLAG_JSON))
        output_json(view_target(r));
    else
        print_target(&r->target);
    target_record_free(r);
    return 0;
}

int target_show(struct call *call, struct err *e)
{
    struct data d = { 0 };
    int r = data_open(&d, &call->config, STORE_READ, e);
    if (r == 0)
        r = show_target(&d, call->words[0], e);
    data_close(&d);
    return r;
}

static int edit_target(struct json *form, const struct config *c, struct err *e)
{
    int r = edit_fields(form, c, target_fields, MEM_COUNT(target_fields), e);
    if (r < 0)
        return r;
    edit_ranges(form, "allow_private", c, FLAG_TARGET_ALLOW_PRIVATE);
    return edit_pairs(form, "headers", c, FLAG_HEADER, strcasecmp, e);
}

static struct json *base_form(struct data *d, const char *name, struct err *e)
{
    const struct config *c = d->config;
    struct target_record *r = NULL;
    if (config_is_set(c, FLAG_FILE) || !any_field(c)) {
        const char *file = config_is_set(c, FLAG_FILE) ? config_text(c, FLAG_FILE) : "-";
        return input_json(file, "the target as JSON (or give field flags: 'edgecron target set --help')",
                          TARGET_FILE_MAX, e);
    }
    if (targets_get(d->store, name, &r, e) < 0)
        return e->code == ERR_NOT_FOUND ? json_new_object() : NULL;
    struct json *v = target_to_json(&r->target);
    target_record_free(r);
    return v;
}

static int put_target(struct data *d, const struct target *t, struct err *e)
{
    enum put_result result;
    int r = targets_put(d->store, t, -1, clock_wall(), &result, e);
    if (r < 0)
        return r;
    data_note_secrets(d, NULL, t);
    data_changed(d, NULL);
    data_warn_secrets(d);
    if (t->ca_file && access(t->ca_file, R_OK))
        output_note(
            "edgecron: '%s' cannot be read here (%s), and calls will fail until the server can: --ca-file names "
            "certificates (PEM) on the server's machine",
            t->ca_file, strerror(errno));
    return config_on(d->config, FLAG_JSON) ? show_target(d, t->name, e)
                                           : data_report(d, "target", t->name, data_put_text(result));
}

static int set_target(struct data *d, const char *name, struct err *e)
{
    struct target t;
    json_auto struct json *form = base_form(d, name, e);
    if (!form)
        return -(int)e->code;
    if (json_type(form) == JSON_OBJECT && any_field(d->config)) {
        int r = edit_target(form, d->config, e);
        if (r < 0)
            return r;
    }
    struct arena *a = arena_new(0);
    int r = target_parse(form, name, a, &t, e);
    if (r == 0)
        r = put_target(d, &t, e);
    arena_free(a);
    return r;
}

int target_set(struct call *call, struct err *e)
{
    struct data d = { 0 };
    int r = data_open(&d, &call->config, STORE_WRITE, e);
    if (r == 0)
        r = set_target(&d, call->words[0], e);
    data_close(&d);
    return r;
}

int target_remove(struct call *call, struct err *e)
{
    struct data d = { 0 };
    int r = data_open(&d, &call->config, STORE_WRITE, e);
    if (r == 0)
        r = targets_remove(d.store, call->words[0], -1, e);
    if (r == 0) {
        data_changed(&d, NULL);
        r = data_report(&d, "target", call->words[0], "removed");
    }
    data_close(&d);
    return r;
}
