/* resource_channels.c - where alerts are sent: channels listed, shown, created, replaced, patched and removed. */
#include "api/resource.h"

#include "api/form_write.h"
#include "api/precondition.h"
#include "api/view.h"
#include "api/view_alert.h"
#include "api/warning.h"

/* A key that was pasted into a channel is shown to those alone who may change it. */
static int view_of(struct store *s, const struct request *q, const struct channel_record *r, struct json **ret,
                   struct err *e)
{
    struct channel_health h;
    int rc = channel_health(s, r->channel.name, q->arena, &h, e);
    if (!rc)
        *ret = view_channel(r, &h, q->identity.scope == SCOPE_ADMIN);
    return rc;
}

struct channel_list {
    struct request *q;
    struct json *items;
    int rc;
    struct err *e;
};

static bool add_channel(void *ctx, struct channel_record *r)
{
    struct channel_list *l = ctx;
    struct json *v;
    l->rc = view_of(l->q->reader->store, l->q, r, &v, l->e);
    if (!l->rc)
        json_add(l->items, NULL, v);
    channel_record_free(r);
    return !l->rc;
}

int api_channels_list(struct request *q, struct reply *p, struct err *e)
{
    struct channel_list l = { q, json_new_array(), 0, e };
    int rc = channels_each(q->reader->store, add_channel, &l, e);
    rc = rc ? rc : l.rc;
    if (rc)
        json_free(l.items);
    else
        reply_json(p, 200, view_list(l.items, NULL));
    return rc;
}

int api_channels_show(struct request *q, struct reply *p, struct err *e)
{
    struct channel_record *r;
    struct json *v;
    int rc = channels_get(q->reader->store, q->captures[0], &r, e);
    if (rc)
        return rc;
    if (!precondition_unmodified(q, r->revision, p) && !(rc = view_of(q->reader->store, q, r, &v, e))) {
        reply_revision(p, r->revision);
        reply_json(p, 200, v);
    }
    channel_record_free(r);
    return rc;
}

/* --- written ----------------------------------------------------------------------------------------------------- */

static int get(struct store *s, const char *name, struct form_kept *ret, struct json **ret_form, struct err *e)
{
    struct channel_record *r;
    int rc = channels_get(s, name, &r, e);
    if (rc)
        return rc;
    *ret = (struct form_kept){ r->revision, r->created_at, r->updated_at };
    *ret_form = channel_to_json(&r->channel);
    channel_record_free(r);
    return 0;
}

static int parse(const struct json *form, const char *name, struct arena *a, const void **ret, struct err *e)
{
    struct channel *c = arena_alloc(a, sizeof *c);
    *ret = c;
    return channel_parse(form, name, a, c, e);
}

static const char *name_of(const void *channel)
{
    return ((const struct channel *)channel)->name;
}

static struct json *form_of(const void *channel)
{
    return channel_to_json(channel);
}

static int check(struct store *s, const void *channel, struct err *e)
{
    return channels_check(s, channel, e);
}

static int put(struct store *s, const void *channel, struct wall now, enum put_result *ret, struct err *e)
{
    return channels_put(s, channel, -1, now, ret, e);
}

static int remove_channel(struct store *s, const char *name, struct wall now, struct err *e)
{
    return channels_remove(s, name, -1, now, e);
}

static int view(struct store *s, struct request *q, const void *channel, const struct form_kept *k, struct json **ret,
                struct err *e)
{
    struct channel_record r = { .channel = *(const struct channel *)channel,
                                .revision = k->revision,
                                .created_at = k->created_at,
                                .updated_at = k->updated_at };
    int rc = view_of(s, q, &r, ret, e);
    if (!rc)
        warning_add_channel(json_add_array(*ret, "warnings"), s, channel);
    return rc;
}

static const struct form_kind channels = { "channel", "channels", channels_revision, get, parse, name_of, form_of,
                                           check,     put,        remove_channel,    view };

int api_channels_create(struct request *q, struct reply *p, struct err *e)
{
    return form_write(q, p, &channels, FORM_CREATE, e);
}

int api_channels_put(struct request *q, struct reply *p, struct err *e)
{
    return form_write(q, p, &channels, FORM_PUT, e);
}

int api_channels_patch(struct request *q, struct reply *p, struct err *e)
{
    return form_write(q, p, &channels, FORM_PATCH, e);
}

int api_channels_remove(struct request *q, struct reply *p, struct err *e)
{
    return form_remove(q, p, &channels, e);
}
