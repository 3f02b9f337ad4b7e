/* watch_gather.c - which states make which messages (rules 1, 3 and 7 of watch.h). */
#include "core/watch.h"

#include <stdlib.h>
#include <string.h>

/* One state on its way to one channel. */
struct entry {
    struct watch_due *due;
    const char *channel, *target;
    enum notice_kind kind;
    int index;  /* of due */
    int order;  /* its place before, which decides where nothing else does */
    bool again; /* another state of the same message has this subject */
};

static void set_due(struct watch_state *st, struct wall at)
{
    if (st->due_at.ms == at.ms)
        return;
    st->due_at = at;
    st->dirty = true;
}

static void drop(struct watch_state *st)
{
    st->phase = WATCH_NONE;
    st->due_at = WALL_NONE;
    st->dirty = true;
}

static enum notice_kind kind_of(const struct watch_state *st)
{
    return wall_is_none(st->told_at) ? NOTICE_FIRED : st->phase == WATCH_FIRING ? NOTICE_AGAIN : NOTICE_RECOVERED;
}

static bool is_muted(const struct watch_due *d, struct wall now)
{
    return d->n_channels == 0 || (!wall_is_none(d->muted_until) && d->muted_until.ms > now.ms);
}

/* When it is to be told, by what the rule and the clock say now; muted or not. */
static struct wall due_by_rule(const struct watch_due *d, struct watch_times t)
{
    struct watch_state *st = d->state;
    int64_t repeat_ms = d->rule->repeat_s * 1000, latest = t.now.ms + WATCH_HELD_MS(t.group_ms);
    if (kind_of(st) == NOTICE_AGAIN) {
        if (st->told_at.ms > t.now.ms) { /* the clock was set back */
            st->told_at = t.now;
            st->dirty = true;
        }
        return repeat_ms == 0 ? WALL_NONE : (struct wall){ st->told_at.ms + repeat_ms };
    }
    if (st->due_at.ms == WATCH_MUTED.ms)
        return t.now;
    return wall_is_none(st->due_at) || st->due_at.ms > latest ? (struct wall){ latest } : st->due_at;
}

/* What is over before it was told may come back: one message each way is enough, so it waits until it has been over for as long as a group waits. */
static struct wall held_back(struct watch_state *st, struct wall at, struct watch_times t)
{
    if (st->over_at.ms > t.now.ms) { /* the clock was set back */
        st->over_at = t.now;
        st->dirty = true;
    }
    struct wall until = { st->over_at.ms + WATCH_HELD_MS(t.group_ms) };
    return at.ms <= t.now.ms && until.ms > t.now.ms ? until : at;
}

/* Is there something to tell of it, now or later? */
static bool settle(const struct watch_due *d, struct watch_times t)
{
    struct watch_state *st = d->state;
    if (st->phase != WATCH_FIRING && st->phase != WATCH_OVER)
        return false;
    enum notice_kind kind = kind_of(st);
    struct wall at = due_by_rule(d, t);
    bool muted = is_muted(d, t.now), over = st->phase == WATCH_OVER;
    if ((kind == NOTICE_RECOVERED && !d->rule->recovery) ||
        (muted && over && at.ms <= t.now.ms && (kind == NOTICE_FIRED || d->n_channels == 0))) {
        drop(st);
        return false;
    }
    if (over && kind == NOTICE_FIRED)
        at = held_back(st, at, t);
    bool held = muted && !wall_is_none(at) && at.ms <= t.now.ms;
    set_due(st, held ? WATCH_MUTED : at);
    return !muted && !wall_is_none(at);
}

static bool is_due(const struct watch_due *d, struct wall now)
{
    return d->state->due_at.ms <= now.ms;
}

/* Does it go along with one of its group that is due? */
static bool goes_along(const struct watch_due *d, struct wall now)
{
    return kind_of(d->state) != NOTICE_AGAIN || d->state->due_at.ms - now.ms <= d->rule->repeat_s * 1000 / 2;
}

static int by_class(const struct entry *x, const struct entry *y)
{
    int order = x->channel == y->channel ? 0 : strcmp(x->channel, y->channel);
    if (order == 0)
        order = (int)x->kind - (int)y->kind;
    return order ? order : (int)x->due->state->on - (int)y->due->state->on;
}

static int by_group(const struct entry *x, const struct entry *y)
{
    int order = by_class(x, y);
    return order ? order : strcmp(x->target, y->target);
}

static int by_since(const struct watch_state *x, const struct watch_state *y)
{
    return x->since.ms < y->since.ms ? -1 : x->since.ms > y->since.ms;
}

/* Of the states of one subject the longest one first. */
static int by_subject(const void *a, const void *b)
{
    const struct watch_state *x = ((const struct entry *)a)->due->state, *y = ((const struct entry *)b)->due->state;
    int order = by_group(a, b);
    order = order ? order : strcmp(x->subject, y->subject);
    order = order ? order : by_since(x, y);
    return order ? order : strcmp(x->rule, y->rule);
}

static int by_order(const void *a, const void *b)
{
    return ((const struct entry *)a)->order - ((const struct entry *)b)->order;
}

/* Within a group, whose entries are in order of their subjects. */
static int by_place(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    int order = (int)x->again - (int)y->again;
    order = order ? order : by_since(x->due->state, y->due->state);
    return order ? order : by_order(x, y);
}

/* How many entries from `i` on are alike. */
static int run_length(const struct entry *entries, int n, int i,
                      int (*compare)(const struct entry *x, const struct entry *y))
{
    int k = i + 1;
    while (k < n && compare(&entries[i], &entries[k]) == 0)
        k++;
    return k - i;
}

static int count_groups(const struct entry *entries, int n)
{
    int groups = 0;
    for (int i = 0; i < n; i += run_length(entries, n, i, by_group))
        groups++;
    return groups;
}

/* Where too many targets have something to tell, they are told of together. `rank`: of each due, in order of subjects alone. */
static void join_targets(struct entry *entries, int n, const int *rank)
{
    for (int i = 0, length; i < n; i += length) {
        length = run_length(entries, n, i, by_class);
        if (count_groups(entries + i, length) <= WATCH_MESSAGES_MAX)
            continue;
        for (int k = i; k < i + length; k++) {
            entries[k].target = "";
            entries[k].order = rank[entries[k].index];
        }
        qsort(entries + i, (size_t)length, sizeof *entries, by_order);
    }
}

static void mark_subjects(struct entry *entries, int n)
{
    for (int i = 1; i < n; i++)
        entries[i].again = by_group(&entries[i - 1], &entries[i]) == 0 &&
                           strcmp(entries[i - 1].due->state->subject, entries[i].due->state->subject) == 0;
}

/* From the order of subjects to that of the messages and, within one, of its items. */
static void put_in_order(struct entry *entries, int n, const int *rank)
{
    join_targets(entries, n, rank);
    mark_subjects(entries, n);
    for (int i = 0; i < n; i++)
        entries[i].order = i;
    for (int i = 0, length; i < n; i += length) {
        length = run_length(entries, n, i, by_group);
        qsort(entries + i, (size_t)length, sizeof *entries, by_place);
    }
}

/* States that share a group go together, and so do all groups that they are in: a forest over the indexes of `due`. */
static int root_of(int *parent, int i)
{
    while (parent[i] != i) {
        parent[i] = parent[parent[i]];
        i = parent[i];
    }
    return i;
}

static const bool *find_due(int n_due, const struct entry *entries, int n, struct wall now, struct arena *a)
{
    int *parent = arena_alloc(a, ((size_t)n_due + 1) * sizeof *parent);
    bool *any = arena_alloc(a, (size_t)n_due + 1), *ret = arena_alloc(a, (size_t)n_due + 1);
    for (int i = 0; i < n_due; i++)
        parent[i] = i;
    for (int i = 1; i < n; i++)
        if (by_group(&entries[i - 1], &entries[i]) == 0)
            parent[root_of(parent, entries[i].index)] = root_of(parent, entries[i - 1].index);
    for (int i = 0; i < n; i++)
        if (is_due(entries[i].due, now))
            any[root_of(parent, entries[i].index)] = true;
    for (int i = 0; i < n_due; i++)
        ret[i] = any[root_of(parent, i)];
    return ret;
}

static void fill(struct watch_message *m, const struct entry *entries, int n, struct arena *a)
{
    *m =
        (struct watch_message){ entries->channel, entries->kind, entries->due->state->on, entries->target, NULL, n, 0 };
    m->items = arena_alloc(a, (size_t)n * sizeof *m->items);
    for (int i = 0; i < n; i++) {
        m->items[i] = entries[i].due;
        m->n_subjects += !entries[i].again;
    }
}

/* --- entries: sorted without their channels, as these are many times as many ------------------------------------------ */

/* What has something to tell, in order of kind, on, target and subject; `rank` is in order of kind, on and subject. Returns how many. */
static int sort_due(struct watch_due *due, int n, const bool *open, struct wall now, struct entry *ret, int *rank)
{
    int found = 0;
    for (int i = 0; i < n; i++)
        if (open[i] && goes_along(&due[i], now))
            ret[found++] = (struct entry){ &due[i], "", "", kind_of(due[i].state), i, 0, false };
    if (found)
        qsort(ret, (size_t)found, sizeof *ret, by_subject);
    for (int i = 0; i < found; i++) {
        rank[ret[i].index] = i;
        ret[i].target = ret[i].due->state->target;
    }
    if (found)
        qsort(ret, (size_t)found, sizeof *ret, by_subject);
    return found;
}

/* Channels, each once. */
struct channel_list {
    struct named {
        const char *name;
        int first, n; /* of entries */
        int index;
    } * list;
    int n, cap;
    struct arena *arena;
};

static int channel_index(struct channel_list *x, const char *name)
{
    for (int i = 0; i < x->n; i++)
        if (x->list[i].name == name || strcmp(x->list[i].name, name) == 0)
            return i;
    if (x->n == x->cap) {
        struct named *before = x->list;
        x->cap = x->cap ? 2 * x->cap : 16;
        x->list = arena_alloc(x->arena, (size_t)x->cap * sizeof *x->list);
        if (x->n)
            memcpy(x->list, before, (size_t)x->n * sizeof *x->list);
    }
    x->list[x->n] = (struct named){ .name = name, .index = x->n };
    return x->n++;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct named *)a)->name, ((const struct named *)b)->name);
}

/* Where each channel's entries begin, in order of names; *ret is by channel_index. */
static int *first_places(struct channel_list *x)
{
    int *ret = arena_alloc(x->arena, ((size_t)x->n + 1) * sizeof *ret), at = 0;
    if (x->n)
        qsort(x->list, (size_t)x->n, sizeof *x->list, by_name);
    for (int i = 0; i < x->n; at += x->list[i++].n)
        ret[x->list[i].index] = at;
    return ret;
}

/* Each of `sorted` once for each of its channels, in order of these; `ret` has room for `most`. */
static int spread(const struct entry *sorted, int n, size_t most, struct arena *a, struct entry *ret)
{
    struct channel_list x = { .arena = a };
    int *index = arena_alloc(a, (most + 1) * sizeof *index), total = 0;
    for (int i = 0; i < n; i++)
        for (int k = 0; k < sorted[i].due->n_channels; k++) {
            index[total] = channel_index(&x, sorted[i].due->channels[k]);
            x.list[index[total++]].n++;
        }
    int *at = first_places(&x);
    const char **names = arena_alloc(a, ((size_t)x.n + 1) * sizeof *names);
    for (int i = 0; i < x.n; i++)
        names[x.list[i].index] = x.list[i].name;
    total = 0;
    for (int i = 0; i < n; i++)
        for (int k = 0; k < sorted[i].due->n_channels; k++, total++) {
            struct entry *e = &ret[at[index[total]]++];
            *e = sorted[i];
            e->channel = names[index[total]];
        }
    return total;
}

/* Everything that has something to tell, once for each of its channels, in order of the messages. Returns how many. */
static int list_entries(struct watch_due *due, int n, const bool *open, size_t most, struct wall now, struct arena *a,
                        struct entry *ret)
{
    struct entry *sorted = arena_alloc(a, ((size_t)n + 1) * sizeof *sorted);
    int *rank = arena_alloc(a, ((size_t)n + 1) * sizeof *rank);
    int found = spread(sorted, sort_due(due, n, open, now, sorted, rank), most, a, ret);
    put_in_order(ret, found, rank);
    return found;
}

void watch_gather(struct watch_due *due, int n, struct watch_times t, struct arena *a, struct watch_message **ret,
                  int *ret_n)
{
    bool *open = arena_alloc(a, (size_t)n + 1), any = false;
    size_t most = 0;
    *ret = NULL;
    *ret_n = 0;
    for (int i = 0; i < n; i++) {
        open[i] = settle(&due[i], t);
        any = any || (open[i] && is_due(&due[i], t.now));
        most += open[i] ? (size_t)due[i].n_channels : 0;
    }
    if (!any)
        return;
    struct entry *entries = arena_alloc(a, most * sizeof *entries);
    int n_entries = list_entries(due, n, open, most, t.now, a, entries);
    const bool *goes = find_due(n, entries, n_entries, t.now, a);
    *ret = arena_alloc(a, (size_t)count_groups(entries, n_entries) * sizeof **ret);
    for (int i = 0, length; i < n_entries; i += length) {
        length = run_length(entries, n_entries, i, by_group);
        if (goes[entries[i].index])
            fill(&(*ret)[(*ret_n)++], entries + i, length, a);
    }
}

/* When something has to be done about it. What waited for a mute that has ended meanwhile is due at once: at a time long past. */
static struct wall next_of(const struct watch_due *d)
{
    if (d->state->due_at.ms != WATCH_MUTED.ms)
        return d->state->due_at;
    if (d->n_channels == 0 || d->muted_until.ms == WATCH_MUTED.ms)
        return WALL_NONE;
    return wall_is_none(d->muted_until) ? (struct wall){ 0 } : d->muted_until;
}

struct wall watch_next(const struct watch_due *due, int n)
{
    struct wall next = WALL_NONE;
    for (int i = 0; i < n; i++) {
        struct wall at = next_of(&due[i]);
        if (!wall_is_none(at) && (wall_is_none(next) || at.ms < next.ms))
            next = at;
    }
    return next;
}
