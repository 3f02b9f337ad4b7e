/* secret_list.c - what is known of all secrets, for people and programs. */
#include "api/view.h"
#include "base/mem.h"
#include "cli/data.h"
#include "cli/handlers.h"
#include "cli/listing.h"
#include "store/secrets.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define NAMES_SHOWN 5

static void add_names(struct buf *out, const char *kind, const char *const *names, int n)
{
    for (int i = 0; i < n && i < NAMES_SHOWN; i++)
        buf_printf(out, "%s%s%s", out->len ? ", " : "", kind, names[i]);
    if (n > NAMES_SHOWN)
        buf_printf(out, " and %d more", n - NAMES_SHOWN);
}

static void cell_of_names(struct table *t, const struct secret_info *i, bool users)
{
    buf_auto struct buf text = BUF_INIT(4096);
    if (users) {
        add_names(&text, "", i->jobs, i->n_jobs);
        add_names(&text, "target ", i->users, i->n_users);
        add_names(&text, "channel ", i->channels, i->n_channels);
        if (i->heartbeat)
            buf_printf(&text, "%sthe heartbeat", text.len ? ", " : "");
    } else {
        add_names(&text, "", i->targets, i->n_targets);
        if (i->n_targets == 0)
            buf_str_add(&text, "any");
    }
    table_cell(t, buf_str(&text));
}

static void cell_of_due(struct table *t, const struct secret_info *i, struct wall now)
{
    char age[OUTPUT_TIME_SIZE], text[OUTPUT_TIME_SIZE + 20];
    if (wall_is_none(i->due_at))
        snprintf(text, sizeof text, "never");
    else if (i->due_at.ms > now.ms)
        snprintf(text, sizeof text, "in %s", age_text(i->due_at.ms - now.ms, age));
    else
        snprintf(text, sizeof text, "overdue: %s", age_text(now.ms - i->due_at.ms, age));
    table_cell(t, text);
}

static void add_row(struct table *t, const struct secret_info *i, struct wall now)
{
    char text[OUTPUT_TIME_SIZE];
    table_cell(t, i->name);
    snprintf(text, sizeof text, "%" PRId64, i->version);
    if (i->previous_version)
        snprintf(text, sizeof text, "%" PRId64 ", %" PRId64, i->version, i->previous_version);
    table_cell(t, text);
    table_cell(t, age_text(now.ms - i->updated_at.ms, text));
    cell_of_due(t, i, now);
    table_cell(t, output_when(i->last_used_at, text));
    cell_of_names(t, i, false);
    cell_of_names(t, i, true);
}

/* Which sides still take the version that is about to go. */
static void note_overlap(const struct secret_info *i)
{
    char until[OUTPUT_TIME_SIZE];
    if (!i->previous_version)
        return;
    output_note("edgecron: version %" PRId64 " of '%s' is destroyed at %s", i->previous_version, i->name,
                output_when(i->previous_expires_at, until));
    for (int k = 0; k < i->n_accepted; k++) {
        const struct secret_accepted *x = &i->accepted[k];
        const char *target = strstr(x->place, "://") ? "" : "target ";
        if (x->version == i->previous_version && x->at.ms >= i->updated_at.ms)
            output_note("edgecron: the function at %s'%s' still takes version %" PRId64
                        " of '%s': give it version %" PRId64 " before then",
                        target, x->place, x->version, i->name, i->version);
    }
}

static void add_all(struct listing *l, const struct secret_info *secrets, int n, struct wall now)
{
    for (int i = 0; i < n; i++) {
        if (l->items)
            json_add(l->items, NULL, view_secret(&secrets[i], now));
        else
            add_row(l->table, &secrets[i], now);
    }
}

int secret_list(struct call *call, struct err *e)
{
    static const char *const heads[] = { "NAME", "VERSION", "AGE", "DUE", "LAST USED", "MAY GO TO", "USED BY" };
    struct data d = { 0 };
    struct secret_info *secrets = NULL;
    int n = 0;
    struct wall now = clock_wall();
    struct arena *a = arena_new(0);
    struct listing l = listing_begin(&call->config, heads, MEM_COUNT(heads));
    bool people = !l.items;
    int r = data_open(&d, &call->config, STORE_READ, e);
    if (r == 0)
        r = secrets_list(d.store, NULL, now, a, &secrets, &n, e);
    if (r == 0)
        add_all(&l, secrets, n, now);
    r = listing_end(&l, r, NULL, "there is no secret yet: set one with 'edgecron secret set NAME'");
    for (int i = 0; r == 0 && people && i < n; i++)
        note_overlap(&secrets[i]);
    arena_free(a);
    data_close(&d);
    return r;
}
