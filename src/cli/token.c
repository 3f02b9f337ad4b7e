#include "api/view.h"
#include "base/mem.h"
#include "cli/data.h"
#include "cli/handlers.h"
#include "cli/listing.h"
#include "store/tokens.h"

#include <stdio.h>
#include <string.h>

/* "mail, nightly", from a JSON array. */
static void add_tags(const char *text, struct buf *out)
{
    json_auto struct json *list = json_parse(text, strlen(text), NULL);
    for (const struct json *t = json_first(list); t; t = json_next(t))
        buf_printf(out, "%s%s", out->len ? ", " : "", json_string(t));
}

static void list_one(void *ctx, const struct token_info *t)
{
    struct listing *l = ctx;
    char text[OUTPUT_TIME_SIZE];
    if (l->items) {
        json_add(l->items, NULL, view_token(t));
        return;
    }
    table_cell(l->table, t->name);
    table_cell(l->table, scope_name(t->scope));
    table_cell(l->table, t->prefix);
    table_cell(l->table, output_when(t->created_at, text));
    table_cell(l->table, wall_is_none(t->last_used_at) ? "never" : output_when(t->last_used_at, text));
    table_cell(l->table, wall_is_none(t->expires_at) ? "never" : output_when(t->expires_at, text));
    buf_auto struct buf tags = BUF_INIT(TOKEN_TAGS_SIZE);
    add_tags(t->tags, &tags);
    table_cell(l->table, buf_str(&tags));
}

int token_list(struct call *call, struct err *e)
{
    static const char *const heads[] = { "NAME", "SCOPE", "BEGINS WITH", "CREATED", "LAST USED", "EXPIRES", "TAGS" };
    struct data d = { 0 };
    struct listing l = listing_begin(&call->config, heads, MEM_COUNT(heads));
    int r = data_open(&d, &call->config, STORE_READ, e);
    if (r == 0)
        r = tokens_each(d.store, list_one, &l, e);
    r = listing_end(&l, r, NULL, "there is no token yet: make one with 'edgecron token create NAME --scope read'");
    data_close(&d);
    return r;
}

static void view_one(void *ctx, const struct token_info *t)
{
    *(struct json **)ctx = view_token(t);
}

static int print_created(struct data *d, const char *name, const char *token, struct err *e)
{
    if (!config_on(d->config, FLAG_JSON)) {
        puts(token);
        output_note("edgecron: this is the token '%s', shown this once; send it as 'Authorization: Bearer ect_...'",
                    name);
        return 0;
    }
    struct json *v;
    int r = tokens_get(d->store, name, view_one, &v, e);
    if (r < 0)
        return r;
    json_add_string(v, "token", token);
    return output_json(v);
}

static int read_tags(const struct config *c, struct token_grant *g, const char *tags[TOKEN_TAGS_MAX], struct err *e)
{
    const char *tag;
    for (int pos = 0; (tag = config_each(c, FLAG_TOKEN_TAG, &pos));) {
        if (g->n_tags == TOKEN_TAGS_MAX)
            return err_set(e, ERR_USAGE, "a token has at most %d tags", TOKEN_TAGS_MAX);
        tags[g->n_tags++] = tag;
    }
    g->tags = tags;
    return 0;
}

int token_create(struct call *call, struct err *e)
{
    struct data d = { 0 };
    const struct config *c = &call->config;
    const char *tags[TOKEN_TAGS_MAX], *wanted = config_text(c, FLAG_SCOPE);
    char token[TOKEN_TEXT_SIZE];
    struct token_grant g = { .name = call->words[0], .expires_at = WALL_NONE };
    if (!wanted || !scope_parse(wanted, &g.scope))
        return err_set(e, ERR_USAGE, "say what the token may do: --scope read, operate or admin");
    if (config_is_set(c, FLAG_EXPIRES))
        g.expires_at = (struct wall){ config_number(c, FLAG_EXPIRES) };
    int r = read_tags(c, &g, tags, e);
    if (r == 0)
        r = data_open(&d, c, STORE_WRITE, e);
    if (r == 0)
        r = tokens_grant(d.store, &g, clock_wall(), token, e);
    if (r == 0)
        r = print_created(&d, g.name, token, e);
    data_close(&d);
    return r;
}

int token_revoke(struct call *call, struct err *e)
{
    struct data d = { 0 };
    int r = data_open(&d, &call->config, STORE_WRITE, e);
    if (r == 0)
        r = tokens_revoke(d.store, call->words[0], e);
    if (r == 0)
        r = data_report(&d, "token", call->words[0], "revoked");
    data_close(&d);
    return r;
}
