/* apply_print.c - a difference as people read it: "+ job 'x'", "~ job 'y'" with each field before and after, "- job 'z'". */
#include "api/view.h"
#include "base/mem.h"
#include "cli/apply.h"
#include "cli/output.h"
#include "core/difference.h"

#include <stdio.h>
#include <string.h>

#define SHOWN_MAX 300 /* bytes of a value: a body may have megabytes */
#define LINES_MAX ((size_t)1 << 30)

static const struct {
    char sign;
    const char *color; /* of the sign and the name, on a terminal: ECMA-48 */
} looks[] = {
    [APPLY_UNCHANGED] = { ' ', "" },
    [APPLY_CREATED] = { '+', "\033[32m" },
    [APPLY_UPDATED] = { '~', "\033[33m" },
    [APPLY_REMOVED] = { '-', "\033[31m" },
};

/* "/request/headers/X-Key" -> "request.headers.X-Key", "/tags/0" -> "tags[0]": as in messages. */
static void add_place(struct buf *out, const char *pointer)
{
    for (const char *p = pointer; *p == '/';) {
        size_t len = strcspn(p + 1, "/");
        bool index = p != pointer && len > 0 && strspn(p + 1, "0123456789") == len;
        if (p != pointer && !index)
            buf_char(out, '.');
        if (index)
            buf_char(out, '[');
        for (const char *c = p + 1; c < p + 1 + len; c++) {
            bool escaped = c[0] == '~' && (c[1] == '0' || c[1] == '1');
            buf_char(out, !escaped ? *c : c[1] == '1' ? '/' : '~');
            c += escaped;
        }
        if (index)
            buf_char(out, ']');
        p += 1 + len;
    }
}

static void add_value(struct buf *out, const struct json *v)
{
    if (!v) {
        buf_str_add(out, "(nothing)");
        return;
    }
    mem_auto char *text = json_print(v);
    size_t len = strlen(text), shown = len;
    if (len > SHOWN_MAX)
        for (shown = SHOWN_MAX; shown > 0 && ((unsigned char)text[shown] & 0xc0) == 0x80;)
            shown--;
    buf_add(out, text, shown);
    if (shown < len)
        buf_printf(out, "... (%zu bytes)", len);
}

static void add_fields(struct buf *out, const struct apply_change *c)
{
    json_auto struct json *places = difference(c->before, c->after);
    for (const struct json *p = json_first(places); p; p = json_next(p)) {
        buf_auto struct buf line = BUF_INIT(65536 + 4 * SHOWN_MAX);
        add_place(&line, json_string(json_get(p, "pointer")));
        buf_str_add(&line, ": ");
        add_value(&line, json_get(p, "before"));
        buf_str_add(&line, " -> ");
        add_value(&line, json_get(p, "after"));
        buf_str_add(out, "    ");
        output_clean(out, buf_str(&line), false);
        buf_char(out, '\n');
    }
}

static void add_change(struct buf *out, const struct apply_change *c, bool colors)
{
    buf_printf(out, "%s%c %s '%s'%s", colors ? looks[c->action].color : "", looks[c->action].sign, c->kind, c->name,
               colors ? "\033[0m" : "");
    if (!strcmp(c->kind, "setting") && c->before && c->after) {
        buf_str_add(out, ": ");
        add_value(out, c->before);
        buf_str_add(out, " -> ");
        add_value(out, c->after);
    }
    buf_char(out, '\n');
    if (c->action == APPLY_UPDATED && c->before && c->after && strcmp(c->kind, "setting") != 0)
        add_fields(out, c);
}

static void add_counts(struct buf *out, const char *what, const struct apply_counts *n, bool prune)
{
    buf_printf(out, "%s: %d created, %d updated, %d unchanged", what, n->created, n->updated, n->unchanged);
    if (prune)
        buf_printf(out, ", %d removed", n->removed);
}

/* Most files have none of them. */
static void add_counts_of_some(struct buf *out, const char *what, const struct apply_counts *n, bool prune)
{
    if (n->created + n->updated + n->unchanged + n->removed == 0)
        return;
    buf_str_add(out, "; ");
    add_counts(out, what, n, prune);
}

void apply_print(const struct apply_result *r, const struct apply_options *o)
{
    buf_auto struct buf out = BUF_INIT(LINES_MAX);
    bool colors = output_colors();
    for (int i = 0; i < r->n; i++)
        if (r->changes[i].action != APPLY_UNCHANGED)
            add_change(&out, &r->changes[i], colors);
    if (o->dry_run)
        buf_str_add(&out, "dry run, nothing was changed; ");
    add_counts(&out, "targets", &r->targets, o->prune);
    buf_str_add(&out, "; ");
    add_counts(&out, "jobs", &r->jobs, o->prune);
    add_counts_of_some(&out, "channels", &r->channels, o->prune);
    add_counts_of_some(&out, "alerts", &r->alerts, o->prune);
    buf_char(&out, '\n');
    output_text(buf_str(&out));
}

void apply_print_json(const struct data *d, const struct apply_result *r, const struct apply_options *o)
{
    struct json *v = view_apply(r, o);
    data_unset_add(d, json_add_array(v, "secrets_not_set"));
    output_json(v);
}
