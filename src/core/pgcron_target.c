/* pgcron_target.c - which target a call belongs to: one for each place, named after it. */
#include "core/pgcron_making.h"

#include <string.h>

static void narrow(struct pgcron_group *g, const char *path, struct arena *a);

struct pgcron_group *pgcron_group_of(struct pgcron_making *m, const struct pgcron_address *address,
                                     struct pgcron_place at)
{
    struct pgcron_group *g = map_get(&m->by_base, address->base);
    if (!g) {
        g = arena_alloc(m->arena, sizeof *g);
        *g = (struct pgcron_group){ .address = *address, .key = address->base, .at = at };
        map_put(&m->by_base, g->key, g);
        *(struct pgcron_group **)pgcron_list_add(&m->groups) = g;
    }
    if (!address->rooted)
        narrow(g, address->path, m->arena);
    return g;
}

/* Where the last segment of a path begins; a query or placeholder belongs to it. */
static size_t folder_len(const char *path)
{
    const char *end = path + strcspn(path, "?{");
    while (end > path && *--end != '/')
        continue;
    return (size_t)(end - path);
}

/* The folders that both begin with, whole ones. */
static size_t common_len(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t n = 0, whole = 0;
    for (; n < a_len && n < b_len && a[n] == b[n]; n++)
        if (a[n] == '/')
            whole = n;
    bool a_ends = n == a_len || a[n] == '/', b_ends = n == b_len || b[n] == '/';
    return a_ends && b_ends ? n : whole;
}

static void narrow(struct pgcron_group *g, const char *path, struct arena *a)
{
    size_t len = folder_len(path);
    if (!g->common)
        g->common = arena_strdup(a, path);
    else if (strcmp(g->common, path) != 0 || g->n_paths > 1)
        g->common = arena_strndup(
            a, path, common_len(path, len, g->common, g->n_paths > 1 ? strlen(g->common) : folder_len(g->common)));
    else
        return;
    g->n_paths++;
}

const char *pgcron_target_base(const struct pgcron_group *g, struct arena *a)
{
    return g->n_paths > 1 ? arena_printf(a, "%s%s", g->key, g->common) : g->key;
}

struct json *pgcron_target_form(const struct pgcron_group *g)
{
    struct arena *a = arena_new(0);
    struct json *form = json_new_object();
    json_add_string(form, "name", g->target);
    json_add_string(form, "base_url", pgcron_target_base(g, a));
    arena_free(a);
    return form;
}

const char *pgcron_target_of(struct pgcron_making *m, const struct pgcron_piece *p, const char **ret_path)
{
    struct pgcron_group *g = p->group;
    size_t moved = g->n_paths > 1 ? strlen(g->common) : 0;
    *ret_path = p->path + moved;
    if (!g->target)
        g->target = pgcron_name_take(&m->target_names, g->address.name);
    return g->target;
}

void pgcron_target_remark(struct pgcron_making *m, const struct pgcron_group *g)
{
    const char *base = pgcron_target_base(g, m->arena), *service = g->address.rooted ? strstr(base + 8, "/") : "";
    switch (g->address.reach) {
    case PGCRON_AT_LARGE:
        return;
    case PGCRON_AT_PRIVATE:
        pgcron_remark(
            m, PGCRON_WARNING, NULL, g->at,
            "target '%s' is %s, which is called only where it is allowed: 'edgecron target set %s --allow-private %s' "
            "allows it; for a project elsewhere: 'edgecron target set %s --base-url https://PROJECT-REF.supabase.co%s'",
            g->target, base, g->target, g->address.range, g->target, service);
        return;
    case PGCRON_AT_INTERNAL:
        pgcron_remark(
            m, PGCRON_WARNING, NULL, g->at,
            "target '%s' is %s, a name that only Docker or a local network knows: where this machine does not, give "
            "its address, 'edgecron target set %s --base-url http://127.0.0.1:54321%s --allow-private 127.0.0.0/8'",
            g->target, base, g->target, service);
        return;
    case PGCRON_AT_SAMPLE:
        pgcron_remark(
            m, PGCRON_WARNING, NULL, g->at,
            "target '%s' is %s, which looks like the sample of a documentation: give the address of your own, "
            "'edgecron target set %s --base-url https://PROJECT-REF.supabase.co%s'",
            g->target, base, g->target, service);
        return;
    case PGCRON_AT_UNKNOWN:
        pgcron_remark(
            m, PGCRON_WARNING, NULL, g->at,
            "only '%s' knows the address of target '%s', and its value is not in the files: import again with "
            "'--address %s=%s', or 'edgecron target set %s --base-url https://PROJECT-REF.supabase.co%s'",
            g->address.holder, g->target, g->address.holder, g->address.sample, g->target, service);
    }
}
