#include "store/audit.h"

#include "api/view.h"
#include "base/mem.h"
#include "cli/data.h"
#include "cli/handlers.h"
#include "cli/listing.h"

#include <string.h>

#define DETAIL_MAX 300 /* octets; --json has all */

static void add_value(struct buf *out, const struct json *v)
{
    mem_auto char *text = json_print(v);
    buf_str_add(out, text);
}

/* "timeout_ms: 120000 -> 5000, tags: [] -> ["a"]". What was made or removed is told by its name alone: one side of all is missing. */
static void add_changes(struct buf *out, const struct json *changes)
{
    for (const struct json *c = json_first(changes); c; c = json_next(c)) {
        const struct json *before = json_get(c, "before"), *after = json_get(c, "after");
        const char *pointer = json_string(json_get(c, "pointer"));
        if (!pointer || !before || !after)
            continue;
        buf_printf(out, "%s%s: ", out->len ? ", " : "", pointer + (*pointer == '/'));
        add_value(out, before);
        buf_str_add(out, " -> ");
        add_value(out, after);
    }
}

/* For people, in one line. */
static void detail_cell(struct table *t, const char *detail)
{
    buf_auto struct buf out = BUF_INIT(DETAIL_MAX); /* what is more is left out */
    json_auto struct json *v = json_parse(detail, strlen(detail), NULL);
    add_changes(&out, json_get(v, "changes"));
    for (const struct json *c = json_first(v); c; c = json_next(c)) {
        if (!strcmp(json_key(c), "changes"))
            continue;
        buf_printf(&out, "%s%s ", out.len ? ", " : "", json_key(c));
        add_value(&out, c);
    }
    mem_auto char *text = mem_printf("%s%s", buf_str(&out), out.full ? ", ..." : "");
    table_cell(t, text);
}

static void list_one(struct listing *l, const struct audit_row *r)
{
    char text[OUTPUT_TIME_SIZE];
    if (l->items) {
        json_add(l->items, NULL, view_audit(r));
        return;
    }
    table_cell(l->table, output_when(r->at, text));
    table_cell(l->table, r->actor);
    table_cell(l->table, r->address);
    table_cell(l->table, r->action);
    table_cell(l->table, r->resource);
    detail_cell(l->table, r->detail);
}

static struct wall time_of(const struct config *c, enum flag f)
{
    return config_is_set(c, f) ? (struct wall){ config_number(c, f) } : WALL_NONE;
}

int audit_show(struct call *call, struct err *e)
{
    static const char *const heads[] = { "AT", "WHO", "FROM", "WHAT", "NAME", "DETAIL" };
    struct data d = { 0 };
    const struct config *c = &call->config;
    struct listing l = listing_begin(c, heads, MEM_COUNT(heads));
    struct arena *a = arena_new(0);
    struct audit_row *rows;
    const char *next = NULL;
    int n = 0;
    const struct audit_filter f = { .since = time_of(c, FLAG_SINCE),
                                    .until = time_of(c, FLAG_DONE_BEFORE),
                                    .actor = config_text(c, FLAG_ACTOR),
                                    .action = config_text(c, FLAG_ACTION),
                                    .resource = config_text(c, FLAG_RESOURCE),
                                    .cursor = config_text(c, FLAG_CURSOR),
                                    .limit = (int)config_number(c, FLAG_LIMIT) };
    int r = data_open(&d, c, STORE_READ, e);
    if (r == 0)
        r = audit_list(d.store, &f, a, &rows, &n, &next, e);
    for (int i = 0; r == 0 && i < n; i++)
        list_one(&l, &rows[i]);
    r = listing_end(&l, r, next, "nothing was recorded yet");
    if (r == 0 && next && !config_on(c, FLAG_JSON))
        output_note("edgecron: there is more: --cursor %s", next);
    arena_free(a);
    data_close(&d);
    return r;
}
