/* secret_show.c - all that is known of one secret: never its value. */
#include "api/view.h"
#include "base/mem.h"
#include "cli/data.h"
#include "cli/handlers.h"
#include "cli/output.h"
#include "store/secrets.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void pairs_of_names(struct table *t, const char *title, const char *kind, const char *const *names, int n)
{
    for (int i = 0; i < n; i++) {
        mem_auto char *text = mem_printf("%s%s", kind, names[i]);
        table_pair(t, i ? " " : title, text);
    }
}

static void pairs_of_versions(struct table *t, const struct secret_info *i)
{
    char when[OUTPUT_TIME_SIZE], text[OUTPUT_TIME_SIZE * 2];
    snprintf(text, sizeof text, "%" PRId64 ", since %s", i->version, output_when(i->updated_at, when));
    table_pair(t, "version", text);
    if (i->previous_version) {
        snprintf(text, sizeof text, "%" PRId64 ", valid beside it until %s", i->previous_version,
                 output_when(i->previous_expires_at, when));
        table_pair(t, "before it", text);
    }
    table_pair(t, "first set", output_when(i->created_at, when));
    table_pair(t, "to be rotated", wall_is_none(i->due_at) ? "never" : output_when(i->due_at, when));
    table_pair(t, "last used", wall_is_none(i->last_used_at) ? "never" : output_when(i->last_used_at, when));
}

static void pairs_of_places(struct table *t, const struct secret_info *i)
{
    char when[OUTPUT_TIME_SIZE];
    for (int k = 0; k < i->n_accepted; k++) {
        const struct secret_accepted *x = &i->accepted[k];
        mem_auto char *text = mem_printf("%s%s: version %" PRId64 " at %s", strstr(x->place, "://") ? "" : "target ",
                                         x->place, x->version, output_when(x->at, when));
        table_pair(t, k ? " " : "accepted by", text);
    }
}

static void pairs_of_users(struct table *t, const struct secret_info *i)
{
    static const char *const heartbeat = "heartbeat_url";
    const struct {
        const char *kind;
        const char *const *names;
        int n;
    } users[] = {
        { "job ", i->jobs, i->n_jobs },
        { "target ", i->users, i->n_users },
        { "channel ", i->channels, i->n_channels },
        { "setting ", &heartbeat, i->heartbeat },
    };
    int n = 0;
    for (size_t k = 0; k < MEM_COUNT(users); k++) {
        pairs_of_names(t, n ? " " : "used by", users[k].kind, users[k].names, users[k].n);
        n += users[k].n;
    }
    if (n == 0)
        table_pair(t, "used by", "nothing");
}

static int print_secret(const struct secret_info *i)
{
    struct table *t = table_new(NULL, 2);
    table_pair(t, "secret", i->name);
    pairs_of_versions(t, i);
    if (i->n_targets == 0)
        table_pair(t, "may go to", "any target");
    pairs_of_names(t, "may go to", "target ", i->targets, i->n_targets);
    pairs_of_users(t, i);
    pairs_of_places(t, i);
    return output_pairs(t);
}

static int show(struct data *d, const char *name, struct arena *a, struct err *e)
{
    struct secret_info *found;
    int n, r = secrets_list(d->store, name, clock_wall(), a, &found, &n, e);
    if (r < 0)
        return r;
    if (n == 0)
        return err_set(e, ERR_NOT_FOUND, "there is no secret '%.64s' ('edgecron secret list' shows all)", name);
    if (config_on(d->config, FLAG_JSON))
        return output_json(view_secret(&found[0], clock_wall()));
    return print_secret(&found[0]);
}

int secret_show(struct call *call, struct err *e)
{
    struct data d = { 0 };
    struct arena *a = arena_new(0);
    int r = data_open(&d, &call->config, STORE_READ, e);
    if (r == 0)
        r = show(&d, call->words[0], a, e);
    arena_free(a);
    data_close(&d);
    return r;
}
