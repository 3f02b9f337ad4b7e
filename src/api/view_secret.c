/* view_secret.c - what is told of a secret (view.h). */
#include "api/view.h"

#include <string.h>

static void add_names(struct json *object, const char *key, const char *const *names, int n)
{
    struct json *list = json_add_array(object, key);
    for (int i = 0; i < n; i++)
        json_add_string(list, NULL, names[i]);
}

static void add_previous(struct json *v, const struct secret_info *i)
{
    if (!i->previous_version) {
        json_add_null(v, "previous");
        return;
    }
    struct json *previous = json_add_object(v, "previous");
    json_add_int(previous, "version", i->previous_version);
    view_add_time(previous, "expires_at", i->previous_expires_at);
}

static void add_accepted(struct json *v, const struct secret_info *i)
{
    struct json *list = json_add_array(v, "accepted");
    for (int k = 0; k < i->n_accepted; k++) {
        const struct secret_accepted *x = &i->accepted[k];
        bool origin = strstr(x->place, "://") != NULL;
        struct json *one = json_add_object(list, NULL);
        json_add_string(one, "target", origin ? NULL : x->place);
        json_add_string(one, "origin", origin ? x->place : NULL);
        json_add_int(one, "version", x->version);
        view_add_time(one, "at", x->at);
    }
}

struct json *view_secret(const struct secret_info *i, struct wall now)
{
    struct json *v = json_new_object();
    json_add_string(v, "name", i->name);
    json_add_int(v, "version", i->version);
    view_add_time(v, "created_at", i->created_at);
    view_add_time(v, "updated_at", i->updated_at);
    add_previous(v, i);
    if (i->rotate_every_s)
        json_add_int(v, "rotate_every_s", i->rotate_every_s);
    else
        json_add_null(v, "rotate_every_s");
    view_add_time(v, "due_at", i->due_at);
    json_add_bool(v, "overdue", !wall_is_none(i->due_at) && i->due_at.ms <= now.ms);
    view_add_time(v, "last_used_at", i->last_used_at);
    struct json *users = json_add_object(v, "used_by");
    add_names(users, "jobs", i->jobs, i->n_jobs);
    add_names(users, "targets", i->users, i->n_users);
    add_names(users, "channels", i->channels, i->n_channels);
    json_add_bool(users, "heartbeat", i->heartbeat);
    add_names(v, "targets", i->targets, i->n_targets);
    add_accepted(v, i);
    return v;
}
