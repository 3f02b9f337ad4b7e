/* watch_tell.c - from states that are due to runs of channels (watch.h). */
#include "engine/watch_op.h"

#include "base/log.h"

#include <string.h>

struct telling {
    struct watch_op *op;
    struct watch_book *book;
    struct store *store;
    struct watch_times times;
    struct arena *arena;
    struct watch_due *due;
    struct notice_item **items; /* of these, once they were made */
    bool *told;
    int n;
};

/* --- what is due ------------------------------------------------------------------------------------------------- */

static bool concerned(const struct telling *k, const struct watch_row *row)
{
    const struct watch_state *st = &row->st;
    return (st->phase == WATCH_FIRING || st->phase == WATCH_OVER) && !(k->op->sealed && alert_on_of_job(st->on));
}

/* Is anything due, or may something be that was muted, or had no channel? */
static bool wanted(const struct telling *k)
{
    const struct watch_row *row;
    bool settle = k->op->facts->look || !k->book->settled ||
                  (!wall_is_none(k->book->next) && k->book->next.ms <= k->times.now.ms);
    for (size_t pos = 0; (row = map_each(&k->book->rows, &pos));)
        if (concerned(k, row) && (settle || (!wall_is_none(row->st.due_at) && row->st.due_at.ms <= k->times.now.ms)))
            return true;
    return false;
}

static bool covers(const struct watch_mute *m, const struct watch_state *st)
{
    switch (m->scope) {
    case MUTE_ALL:
        return true;
    case MUTE_RULE:
        return !strcmp(m->name, st->rule);
    case MUTE_JOB:
        return alert_on_of_job(st->on) && !strcmp(m->name, st->subject);
    case MUTE_TARGET:
        return *st->target && !strcmp(m->name, st->target);
    default:
        return false;
    }
}

static struct wall muted_until(const struct telling *k, const struct watch_state *st)
{
    struct wall until = WALL_NONE;
    for (int i = 0; i < k->book->n_mutes; i++)
        if (covers(&k->book->mutes[i], st) && k->book->mutes[i].until.ms > until.ms)
            until = k->book->mutes[i].until;
    return until;
}

static bool is_enabled(const struct watch_book *b, const char *channel)
{
    for (int i = 0; i < b->n_channels; i++)
        if (!strcmp(b->channels[i], channel))
            return true;
    return false;
}

static void channels_of(const struct telling *k, struct watch_due *d)
{
    const struct watch_book *b = k->book;
    const struct alert_rule *r = d->rule;
    d->channels = b->channels;
    d->n_channels = b->n_channels;
    if (r->n_channels == 0)
        return;
    const char **own = arena_alloc(k->arena, (size_t)r->n_channels * sizeof *own);
    d->channels = own;
    d->n_channels = 0;
    for (int i = 0; i < r->n_channels; i++)
        if (is_enabled(b, r->channels[i]))
            own[d->n_channels++] = r->channels[i];
}

static void collect(struct telling *k)
{
    struct watch_row *row;
    k->due = arena_alloc(k->arena, k->book->rows.len * sizeof *k->due + 1);
    for (size_t pos = 0; (row = map_each(&k->book->rows, &pos));) {
        if (!concerned(k, row))
            continue;
        struct watch_due *d = &k->due[k->n];
        *d = (struct watch_due){ .state = &row->st, .rule = watch_book_rule(k->book, &row->st) };
        if (!d->rule) {
            watch_book_drop(k->book, row);
            continue;
        }
        d->muted_until = muted_until(k, d->state);
        channels_of(k, d);
        k->n++;
    }
    k->items = arena_alloc(k->arena, (size_t)k->n * sizeof(void *) + 1);
    k->told = arena_alloc(k->arena, (size_t)k->n + 1);
}

/* --- what is told ------------------------------------------------------------------------------------------------ */

/* The first secret that stands in a masked text. */
static const char *secret_in(const char *text, struct arena *a)
{
    static const char begin[] = "{{secret.";
    const char *at = text ? strstr(text, begin) : NULL, *end = at ? strstr(at, "}}") : NULL;
    return end ? arena_strndup(a, at + sizeof begin - 1, (size_t)(end - at) - sizeof begin + 1) : NULL;
}

static const char *secret_refused(const struct attempt *t, struct arena *a)
{
    const char *name = secret_in(t->request_headers, a);
    if (!name)
        name = secret_in(t->request_url, a);
    return name ? name : secret_in(t->request_body, a);
}

/* The run may be too old to be kept: then there is less to tell. */
static int add_run(struct telling *k, struct notice_item *x, const char *id, struct err *e)
{
    struct run *r;
    struct attempt *attempts;
    int n;
    int rc = runs_get(k->store, id, k->arena, &r, &attempts, &n, e);
    if (rc)
        return rc == -(int)ERR_NOT_FOUND ? 0 : rc;
    x->run = arena_strdup(k->arena, id);
    x->error = r->message && *r->message ? r->message : NULL;
    x->outcome = r->outcome;
    x->http_status = r->http_status;
    if (n > 0 && (r->http_status == 401 || r->http_status == 403))
        x->secret = secret_refused(&attempts[n - 1], k->arena);
    return 0;
}

/* A secret may have a limit of its own; then it began when that was reached. */
static double limit_of(const struct telling *k, const struct watch_due *d)
{
    const struct watch_state *st = d->state;
    if (st->on == ALERT_SECRET_AGE)
        return st->value - (double)(st->last_at.ms - st->since.ms) / 1000;
    return st->on == ALERT_OVERLOAD ? k->op->facts->signs[st->on].limit : alert_limit(d->rule);
}

static int make_item(struct telling *k, const struct watch_due *d, struct notice_item **ret, struct err *e)
{
    const struct watch_state *st = d->state;
    struct notice_item *x = arena_alloc(k->arena, sizeof *x);
    bool over = st->phase == WATCH_OVER;
    *x = (struct notice_item){
        .subject = st->subject,
        .since = st->since,
        .until = over ? st->over_at : WALL_NONE,
        .count = st->count,
        .value = st->value,
        .limit = limit_of(k, d),
        .metric = st->on == ALERT_METRIC ? d->rule->metric : NULL,
        .expires_at = WALL_NONE,
    };
    if (st->on == ALERT_CERTIFICATE)
        x->expires_at.ms = st->last_at.ms + (int64_t)(st->value * 1000);
    const char *why = k->op->facts->signs[st->on].why;
    if (why && *why)
        x->error = why;
    *ret = x;
    return *st->run ? add_run(k, x, st->run, e) : 0;
}

/* A rule's name, when all are of the same one that has a name. */
static const char *rule_of(const struct watch_message *m)
{
    const char *name = m->items[0]->rule->name;
    for (int i = 1; name && i < m->n_items; i++)
        if (m->items[i]->rule->name != name)
            name = NULL;
    return name;
}

static int fill(struct telling *k, struct watch_message *m, struct notice *n, struct err *e)
{
    *n = (struct notice){
        .kind = m->kind,
        .on = m->on,
        .rule = rule_of(m),
        .target = m->target && *m->target ? m->target : NULL,
        .at = k->times.now,
        .host = k->op->host,
        .page = *k->op->page ? k->op->page : NULL,
        .channel = m->channel,
        .items = arena_alloc(k->arena, NOTICE_ITEMS_MAX * sizeof *n->items),
        .total = m->n_subjects,
    };
    int rc = 0;
    for (; rc == 0 && n->n_items < m->n_subjects && n->n_items < NOTICE_ITEMS_MAX; n->n_items++) {
        size_t i = (size_t)(m->items[n->n_items] - k->due);
        if (!k->items[i])
            rc = make_item(k, m->items[n->n_items], &k->items[i], e);
        if (rc == 0)
            n->items[n->n_items] = *k->items[i];
    }
    return rc;
}

/* What a channel cannot take, as too much waits there, or it has gone just now, is told to the others. */
static int request(struct telling *k, const struct notice *n, struct err *e)
{
    char id[ID_TEXT_SIZE];
    struct err why = { 0 };
    json_auto struct json *doc = notice_to_json(n);
    mem_auto char *text = json_print(doc);
    int rc = alert_request(k->store, n->channel, text, TRIGGER_ALERT, k->times.now, id, &why);
    if (rc == -(int)ERR_NOT_FOUND || rc == -(int)ERR_TOO_MANY) {
        log_error("a message of an alert could not be made", L_STR("channel", n->channel), L_STR("error", why.text));
        return 0;
    }
    if (rc && e)
        *e = why;
    k->op->made += rc == 0;
    return rc;
}

static int send(struct telling *k, struct watch_message *m, struct err *e)
{
    struct notice n;
    int rc = fill(k, m, &n, e);
    if (!rc)
        rc = request(k, &n, e);
    for (int i = 0; i < m->n_items; i++)
        k->told[m->items[i] - k->due] = true;
    return rc;
}

/* --- states move on ---------------------------------------------------------------------------------------------- */

static struct watch_row *row_of(struct watch_due *d)
{
    return MEM_CONTAINER(d->state, struct watch_row, st);
}

static void move_on(struct telling *k)
{
    for (int i = 0; i < k->n; i++) {
        struct watch_due *d = &k->due[i];
        if (k->told[i])
            watch_told(d->rule, k->times, d->state);
        watch_book_keep(k->book, row_of(d), d->state);
    }
}

static int tell(struct telling *k, struct err *e)
{
    struct watch_message *messages;
    int n, rc = 0;
    collect(k);
    watch_gather(k->due, k->n, k->times, k->arena, &messages, &n);
    for (int i = 0; rc == 0 && i < n; i++)
        rc = send(k, &messages[i], e);
    if (rc)
        return rc;
    move_on(k);
    k->book->next = watch_next(k->due, k->n);
    k->book->settled = true;
    return 0;
}

int watch_tell(struct watch_op *o, struct store *s, struct watch_times t, struct err *e)
{
    struct telling k = { .op = o, .book = o->book, .store = s, .times = t };
    if (!wanted(&k))
        return 0;
    k.arena = arena_new(4096);
    int rc = tell(&k, e);
    arena_free(k.arena);
    return rc;
}
