/* watch_random_test.c - whatever happens, in whatever order: what is told of a state begins, goes on and ends, never too soon, never in a mute, nothing twice, and nothing that is
 * due is kept back. */
#include "watch_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BEGIN_MS 1785542400000
#define SEEDS 120
#define STEPS 400
#define TRACKS 400
#define JOBS 14

/* What the reader of one channel knows of one rule's state on one subject. */
struct track {
    char rule[WATCH_RULE_SIZE], subject[JOB_NAME_MAX + 1];
    const char *channel;
    bool open;        /* it was told as firing, and not yet as over */
    struct wall last; /* message */
};
/* When a state began to fire, or was over. */
struct begun {
    char rule[WATCH_RULE_SIZE], subject[JOB_NAME_MAX + 1];
    enum watch_phase phase;
    struct wall fired, over;
};
struct play {
    struct world w;
    uint64_t seed;
    bool subsets; /* rules have channels of their own */
    struct track tracks[TRACKS];
    int n_tracks;
    struct begun begun[TRACKS];
    int n_begun;
    uint64_t log; /* a hash of all that was told */
    int64_t messages, items, by_kind[NOTICE_KIND_COUNT];
    struct {
        const char *channel;
        enum notice_kind kind;
        enum alert_on on;
        char target[JOB_NAME_MAX + 1];
    } now[200]; /* messages of one gathering */
    int n_now;
};

static uint32_t chance(struct play *p, uint32_t below)
{
    p->seed = p->seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((p->seed >> 33) % below);
}

#define broken(p, ...)                                                        \
    do {                                                                      \
        print_error("at %lld ms: ", (long long)((p)->w.t.now.ms - BEGIN_MS)); \
        fail_msg(__VA_ARGS__);                                                \
    } while (0)

static struct track *track_of(struct play *p, const struct watch_state *st, const char *channel)
{
    for (int i = 0; i < p->n_tracks; i++) {
        struct track *t = &p->tracks[i];
        if (strcmp(t->rule, st->rule) == 0 && strcmp(t->subject, st->subject) == 0 && strcmp(t->channel, channel) == 0)
            return t;
    }
    assert_true(p->n_tracks < TRACKS);
    struct track *t = &p->tracks[p->n_tracks++];
    *t = (struct track){ .channel = channel, .last = WALL_NONE };
    snprintf(t->rule, sizeof t->rule, "%s", st->rule);
    snprintf(t->subject, sizeof t->subject, "%s", st->subject);
    return t;
}

static struct begun *begun_of(struct play *p, const char *rule, const char *subject)
{
    for (int i = 0; i < p->n_begun; i++)
        if (strcmp(p->begun[i].rule, rule) == 0 && strcmp(p->begun[i].subject, subject) == 0)
            return &p->begun[i];
    assert_true(p->n_begun < TRACKS);
    struct begun *b = &p->begun[p->n_begun++];
    *b = (struct begun){ .phase = WATCH_NONE };
    snprintf(b->rule, sizeof b->rule, "%s", rule);
    snprintf(b->subject, sizeof b->subject, "%s", subject);
    return b;
}

/* Nobody who was told of a beginning is left without an end, but where none is wanted. */
static void check_ends(struct play *p)
{
    for (int i = 0; i < p->n_tracks; i++) {
        struct track *t = &p->tracks[i];
        if (!t->open || world_state(&p->w, t->rule, t->subject))
            continue;
        for (int k = 0; k < p->w.n_rules; k++)
            if (strcmp(p->w.rules[k].name, t->rule) == 0 && p->w.rules[k].recovery)
                broken(p, "%s of %s ended, and nobody was told", t->rule, t->subject);
        t->open = false;
    }
}

/* After each event: what began to fire, or ended, just now. */
static void note_phases(struct play *p)
{
    for (int i = 0; i < p->w.n_states; i++) {
        const struct watch_state *st = &p->w.states[i];
        struct begun *b = begun_of(p, st->rule, st->subject);
        if (st->phase == WATCH_FIRING && b->phase != WATCH_FIRING && b->phase != WATCH_OVER)
            b->fired = p->w.t.now;
        if (st->phase == WATCH_OVER && b->phase != WATCH_OVER)
            b->over = p->w.t.now;
    }
    for (int i = 0; i < p->n_begun; i++) {
        const struct watch_state *st = world_state(&p->w, p->begun[i].rule, p->begun[i].subject);
        p->begun[i].phase = st ? st->phase : WATCH_NONE;
    }
    check_ends(p);
}

/* What is told of one state, to one channel. */
static void check_item(struct play *p, const struct watch_message *m, const struct watch_due *d)
{
    const struct watch_state *st = d->state;
    struct track *t = track_of(p, st, m->channel);
    bool over = st->phase == WATCH_OVER;
    if (strncmp(st->subject, "alert:", 6) == 0 || st->on != m->on)
        broken(p, "%s of %s is told in a message on %s", st->rule, st->subject, alert_on_name(m->on));
    if (world_is_muted(&p->w, st->rule, st->subject, st->target))
        broken(p, "%s of %s is told, but muted", st->rule, st->subject);
    if (t->open != (m->kind != NOTICE_FIRED))
        broken(p, "%s of %s: kind %d, and open is %d", st->rule, st->subject, m->kind, t->open);
    if (m->kind == NOTICE_RECOVERED ? !over : m->kind == NOTICE_AGAIN && over)
        broken(p, "%s of %s: kind %d in phase %d", st->rule, st->subject, m->kind, st->phase);
    if (!wall_is_none(t->last) && t->last.ms >= p->w.t.now.ms)
        broken(p, "%s of %s is told twice at once", st->rule, st->subject);
    if (m->kind == NOTICE_AGAIN && p->w.t.now.ms - t->last.ms < d->rule->repeat_s * 500)
        broken(p, "%s of %s is told again after %lld ms", st->rule, st->subject,
               (long long)(p->w.t.now.ms - t->last.ms));
    t->open = !over;
    t->last = p->w.t.now;
}

/* Somebody in it has waited as long as the group waits. */
static void check_patience(struct play *p, const struct watch_message *m)
{
    int64_t longest = INT64_MIN;
    for (int i = 0; i < m->n_items; i++) {
        const struct begun *b = begun_of(p, m->items[i]->state->rule, m->items[i]->state->subject);
        struct wall from = m->kind == NOTICE_RECOVERED ? b->over : b->fired;
        if (p->w.t.now.ms - from.ms > longest)
            longest = p->w.t.now.ms - from.ms;
    }
    if (!p->subsets && m->kind != NOTICE_AGAIN && longest < p->w.t.group_ms)
        broken(p, "a message on %s of kind %d after %lld ms", alert_on_name(m->on), m->kind, (long long)longest);
}

static void check_order(struct play *p, const struct watch_message *m)
{
    for (int i = 0; i < m->n_subjects; i++) {
        const struct watch_state *st = m->items[i]->state;
        if (i > 0 && m->items[i - 1]->state->since.ms > st->since.ms)
            broken(p, "items are not in order of since");
        for (int k = 0; k < i; k++)
            if (strcmp(m->items[k]->state->subject, st->subject) == 0)
                broken(p, "'%s' is told of twice in a message", st->subject);
    }
    assert_in_range(m->n_subjects, 1, m->n_items);
}

/* Not two of a group, and not too many of a kind. */
static void check_siblings(struct play *p, const struct watch_message *m)
{
    int alike = 0;
    for (int i = 0; i < p->n_now; i++) {
        if (p->now[i].channel != m->channel || p->now[i].kind != m->kind || p->now[i].on != m->on)
            continue;
        if (strcmp(p->now[i].target, m->target) == 0)
            broken(p, "two messages of one group");
        alike++;
    }
    if (alike >= WATCH_MESSAGES_MAX)
        broken(p, "more than %d messages of a kind at once", WATCH_MESSAGES_MAX);
    p->now[p->n_now].channel = m->channel;
    p->now[p->n_now].kind = m->kind;
    p->now[p->n_now].on = m->on;
    snprintf(p->now[p->n_now++].target, sizeof p->now->target, "%s", m->target);
}

static void hash(struct play *p, const void *data, size_t len)
{
    for (size_t i = 0; i < len; i++)
        p->log = (p->log ^ ((const unsigned char *)data)[i]) * 1099511628211u;
}

static void on_message(void *ctx, struct world *w, const struct watch_message *m)
{
    struct play *p = ctx;
    check_siblings(p, m);
    check_order(p, m);
    check_patience(p, m);
    for (int i = 0; i < m->n_items; i++)
        check_item(p, m, m->items[i]);
    hash(p, &w->t.now, sizeof w->t.now);
    hash(p, m->channel, strlen(m->channel));
    hash(p, &m->kind, sizeof m->kind);
    hash(p, &m->on, sizeof m->on);
    for (int i = 0; i < m->n_items; i++)
        hash(p, m->items[i]->state->subject, strlen(m->items[i]->state->subject));
    p->messages++;
    p->items += m->n_items;
    p->by_kind[m->kind]++;
}

/* Nothing that is due stays untold. */
static void check_rest(struct play *p)
{
    struct wall next = world_next(&p->w);
    if (!wall_is_none(next) && next.ms <= p->w.t.now.ms)
        broken(p, "something is due, and was not told");
}

static void add_rule(struct play *p, const char *form, int repeat_s)
{
    struct err e = { 0 };
    const char *channels = !p->subsets ? "" : chance(p, 3) == 0 ? "\"ops\"" : chance(p, 2) ? "\"mail\"" : "";
    mem_auto char *json = mem_printf("{%s,\"repeat_s\":%d,\"recovery\":%s,\"channels\":[%s]}", form, repeat_s,
                                     chance(p, 3) ? "true" : "false", channels);
    if (world_rule(&p->w, json, &e))
        fail_msg("%s: %s", e.pointer, e.text);
}

static void set_up(struct play *p)
{
    static const int repeats[] = { 0, 60, 600, 3600 };
    static const int64_t groups[] = { 0, 10000, 60000, 300000 };
    static const char *const rules[] = {
        "\"name\":\"failing\",\"on\":\"failure\"",
        "\"name\":\"thrice\",\"on\":\"failure\",\"after\":3",
        "\"name\":\"missed\",\"on\":\"missed\"",
        "\"name\":\"late\",\"on\":\"lateness\",\"over_ms\":1000",
        "\"name\":\"metric\",\"on\":\"metric\",\"metric\":\"n > 0\"",
        "\"name\":\"silent\",\"on\":\"no_success\",\"over_s\":900",
        "\"name\":\"disk\",\"on\":\"disk\"",
    };
    world_init(&p->w);
    p->w.t = (struct watch_times){ { BEGIN_MS }, groups[chance(p, 4)] };
    p->w.tell = on_message;
    p->w.ctx = p;
    p->w.channels[p->w.n_channels++] = "ops";
    p->w.channels[p->w.n_channels++] = "mail";
    for (size_t i = 0; i < MEM_COUNT(rules); i++)
        if (chance(p, 4))
            add_rule(p, rules[i], repeats[chance(p, 4)]);
    for (int i = 0; i < JOBS; i++) {
        mem_auto char *name = mem_printf("a%d", i), *target = mem_printf("t%d", i % 7);
        assert_int_equal(world_job(&p->w, name, i % 5 ? target : "", NULL, NULL, NULL), 0);
    }
    assert_int_equal(world_job(&p->w, "alert:ops", "", NULL, NULL, NULL), 0);
}

static void random_run(struct play *p)
{
    static const enum run_state states[] = { RUN_SUCCEEDED, RUN_SUCCEEDED, RUN_FAILED, RUN_FAILED,
                                             RUN_CANCELED,  RUN_SKIPPED,   RUN_MISSED };
    static const char *const metrics[] = { "{\"n\":0}", "{\"n\":3}", "{}" };
    mem_auto char *name = chance(p, 12) ? mem_printf("a%u", chance(p, JOBS)) : mem_strdup("alert:ops");
    struct watch_end x = { .job = name, .state = states[chance(p, MEM_COUNT(states))] };
    x.occurrences = 1 + chance(p, 3);
    x.scheduled_for = (struct wall){ p->w.t.now.ms - chance(p, 100000) };
    x.lateness_ms = chance(p, 3) ? (int64_t)chance(p, 2000) : -1;
    x.duration_ms = -1;
    x.metrics = metrics[chance(p, 3)];
    x.metrics_len = strlen(x.metrics);
    x.edited = chance(p, 20) == 0;
    world_end(&p->w, &x);
}

static void random_mute(struct play *p)
{
    static const char *const scopes[] = { "all", "rule", "job", "target" };
    static const char *const names[] = { "", "failing", "a3", "t2" };
    uint32_t i = chance(p, 4), how = chance(p, 3);
    struct wall until = how == 0   ? WALL_NONE
                        : how == 1 ? WATCH_MUTED
                                   : (struct wall){ p->w.t.now.ms + chance(p, 1500000) };
    world_mute(&p->w, scopes[i], names[i], chance(p, 2) ? until : WALL_NONE);
}

/* Returns whether the server would ask what is due, whatever watch_next says. */
static bool step(struct play *p)
{
    p->w.t.now.ms += 1 + (chance(p, 3) ? chance(p, 30000) : chance(p, 400000) * (chance(p, 10) == 0));
    for (uint32_t n = chance(p, 4); n > 0; n--) {
        random_run(p);
        note_phases(p);
    }
    if (chance(p, 10) == 0)
        world_holds(&p->w, ALERT_DISK, "", chance(p, 2), WALL_NONE, 1, "");
    if (chance(p, 5) == 0)
        world_look(&p->w);
    bool muted = chance(p, 25) == 0;
    if (muted)
        random_mute(p);
    note_phases(p);
    return muted;
}

/* Lazy: what is due is only asked for when watch_next says so. */
static void play(struct play *p, uint64_t seed, bool lazy)
{
    memset(p, 0, sizeof *p);
    p->seed = seed * 2654435761u + 1;
    p->subsets = chance(p, 2);
    set_up(p);
    for (int i = 0; i < STEPS; i++) {
        bool changed = step(p);
        struct wall next = world_next(&p->w);
        if (lazy && !changed && (wall_is_none(next) || next.ms > p->w.t.now.ms))
            continue;
        p->n_now = 0;
        world_tell(&p->w);
        note_phases(p);
        check_rest(p);
    }
    world_free(&p->w);
}

static void test_random(void **state)
{
    static struct play each, lazy;
    int64_t messages = 0, items = 0, by_kind[NOTICE_KIND_COUNT] = { 0 };
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        play(&each, seed, false);
        play(&lazy, seed, true);
        if (each.log != lazy.log)
            fail_msg("seed %d: watch_next comes too late: %d messages, lazily %d", (int)seed, (int)each.messages,
                     (int)lazy.messages);
        messages += each.messages;
        items += each.items;
        for (int i = 0; i < NOTICE_KIND_COUNT; i++)
            by_kind[i] += each.by_kind[i];
    }
    print_message("%d messages of %d items: %d fired, %d again, %d recovered\n", (int)messages, (int)items,
                  (int)by_kind[NOTICE_FIRED], (int)by_kind[NOTICE_AGAIN], (int)by_kind[NOTICE_RECOVERED]);
    assert_true(by_kind[NOTICE_FIRED] > 1000 && by_kind[NOTICE_AGAIN] > 1000 && by_kind[NOTICE_RECOVERED] > 300);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_random) };
    json_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
