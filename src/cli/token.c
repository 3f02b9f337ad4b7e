#include "api/view.h"
#include "base/mem.h"
#include "cli/data.h"
#include "cli/handlers.h"
#include "cli/listing.h"
#include "store/tokens.h"

#include <stdio.h>
#include <string.h>

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
}

int token_list(struct call *call, struct err *e)
{
    static const char *const heads[] = { "NAME", "SCOPE", "BEGINS WITH", "CREATED", "LAST USED" };
    struct data d = { 0 };
    struct listing l = listing_begin(&call->config, heads, MEM_COUNT(heads));
    int r = data_open(&d, &call->config, STORE_READ, e);
    if (r == 0)
        r = tokens_each(d.store, list_one, &l, e);
    r = listing_end(&l, r, NULL, "there is no token yet: make one with 'edgecron token create NAME --scope read'");
    data_close(&d);
    return r;
}

struct search {
    const char *name;
    struct json *found;
};

static void find_one(void *ctx, const struct token_info *t)
{
    struct search *s = ctx;
    if (!strcmp(s->name, t->name))
        s->found = view_token(t);
}

static int print_created(struct data *d, const char *name, const char *token, struct err *e)
{
    if (!config_on(d->config, FLAG_JSON)) {
        puts(token);
        output_note("edgecron: this is the token '%s', shown this once; send it as 'Authorization: Bearer ect_...'",
                    name);
        return 0;
    }
    struct search s = { .name = name };
    int r = tokens_each(d->store, find_one, &s, e);
    if (r < 0 || !s.found)
        return r < 0 ? r : err_set(e, ERR_NOT_FOUND, "token '%s' was made and revoked at once", name);
    json_add_string(s.found, "token", token);
    return output_json(s.found);
}

int token_create(struct call *call, struct err *e)
{
    struct data d = { 0 };
    enum scope scope;
    char token[TOKEN_TEXT_SIZE];
    const char *name = call->words[0], *wanted = config_text(&call->config, FLAG_SCOPE);
    if (!wanted || !scope_parse(wanted, &scope))
        return err_set(e, ERR_USAGE, "say what the token may do: --scope read, operate or admin");
    int r = data_open(&d, &call->config, STORE_WRITE, e);
    if (r == 0)
        r = tokens_create(d.store, name, scope, clock_wall(), token, e);
    if (r == 0)
        r = print_created(&d, name, token, e);
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
