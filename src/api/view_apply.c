/* view_apply.c - what an apply file changes, or would (view.h). */
#include "api/view.h"
#include "core/difference.h"

static void add_counts(struct json *v, const char *key, const struct apply_counts *n)
{
    struct json *o = json_add_object(v, key);
    json_add_int(o, "created", n->created);
    json_add_int(o, "updated", n->updated);
    json_add_int(o, "unchanged", n->unchanged);
    json_add_int(o, "removed", n->removed);
}

struct json *view_apply(const struct apply_result *r, const struct apply_options *o)
{
    struct json *v = json_new_object();
    json_add_bool(v, "dry_run", o->dry_run);
    json_add_bool(v, "prune", o->prune);
    add_counts(v, "targets", &r->targets);
    add_counts(v, "channels", &r->channels);
    add_counts(v, "jobs", &r->jobs);
    add_counts(v, "alerts", &r->alerts);
    struct json *changes = json_add_array(v, "changes");
    for (int i = 0; i < r->n; i++) {
        const struct apply_change *c = &r->changes[i];
        struct json *one = json_add_object(changes, NULL);
        json_add_string(one, "kind", c->kind);
        json_add_string(one, "name", c->name);
        json_add_string(one, "action", apply_action_name(c->action));
        json_add(one, "diff", difference(c->before, c->after));
    }
    return v;
}
