/* watch_cases_test.c - which messages a series of runs, conditions and mutes gives, as tests/cases/watch tells it. The form is in its first file. */
#include "text_cases.h"
#include "watch_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LINES_MAX 400
#define NAMES_MAX 100
#define WORDS_MAX 12
#define FAILURES_SHOWN 4 /* of a case */
#define EVENTS_MAX 20000
#define BEGIN_MS 1785542400000 /* 2026-08-01T00:00:00Z: 00:00 of the cases */

/* Something that happens at a time; its words are in the script's arena. */
struct event {
    int64_t at_ms;
    int line, order;
    char *words[WORDS_MAX];
    int n_words;
};
struct script {
    struct text_cases *t;
    char name[200];
    struct world *w;
    struct arena *a;
    struct event *events;
    int n_events;
    const char *expected[LINES_MAX];
    int expected_line[LINES_MAX];
    int n_expected;
    int told; /* messages so far */
    int failed;
};

static void script_fail(struct script *s, int line, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static void script_fail(struct script *s, int line, const char *fmt, ...)
{
    char text[4096];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    int at = s->t->line;
    if (s->failed++ >= FAILURES_SHOWN)
        return;
    s->t->line = line;
    text_case_fail(s->t, "%s: %s", s->name, text);
    s->t->line = at;
}

/* "02:00", "26:00:05" */
static bool read_time(const char *text, int64_t *ret_ms)
{
    int h, m, sec = 0, used = 0;
    if (sscanf(text, "%d:%d%n:%d%n", &h, &m, &used, &sec, &used) < 2 || text[used])
        return false;
    *ret_ms = BEGIN_MS + ((h * 60 + m) * 60 + sec) * (int64_t)1000;
    return true;
}

static const char *show_time(struct wall t, char *out)
{
    int64_t s = (t.ms - BEGIN_MS) / 1000;
    snprintf(out, 40, "%02lld:%02lld:%02lld", (long long)(s / 3600), (long long)(s / 60 % 60), (long long)(s % 60));
    return out;
}

/* "5s", "10m", "4h", "200ms" in ms. */
static int64_t read_span(const char *text)
{
    char *unit;
    int64_t n = strtoll(text, &unit, 10);
    return strcmp(unit, "ms") == 0 ? n : n * (*unit == 'h' ? 3600000 : *unit == 'm' ? 60000 : 1000);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* "a1..a20" as its names, in order of text ("a1..a20(3)": each with what follows); anything else as it is. */
static int expand(struct script *s, const char *text, char **names)
{
    const char *dots = strstr(text, "..");
    size_t stem = strcspn(text, "0123456789");
    char *after = NULL;
    int n = 0, high = dots ? (int)strtol(dots + 2 + stem, &after, 10) : 0;
    if (!dots) {
        names[0] = arena_strdup(s->a, text);
        return 1;
    }
    for (int i = (int)strtol(text + stem, NULL, 10); i <= high && n < NAMES_MAX; i++)
        names[n++] = arena_printf(s->a, "%.*s%d%s", (int)stem, text, i, after);
    qsort(names, (size_t)n, sizeof *names, by_text);
    return n;
}

/* "a1", "a1(3)" of three, "a1(over)" when it was over before it was told. */
static void show_item(struct buf *out, const struct watch_due *d)
{
    const struct watch_state *st = d->state;
    bool early = st->phase == WATCH_OVER && wall_is_none(st->told_at);
    buf_str_add(out, " ");
    buf_str_add(out, st->subject[0] ? st->subject : "-");
    if (st->count != 1)
        buf_printf(out, "(%lld%s)", (long long)st->count, early ? ",over" : "");
    else if (early)
        buf_str_add(out, "(over)");
}

#define X(name, text) [name] = text,
static const char *const KINDS[] = { NOTICE_KINDS(X) };
#undef X

/* "02:01:00 ops fired failure prod: a1 a2(3)" */
static void show_message(struct buf *out, const struct world *w, const struct watch_message *m)
{
    char at[40];
    buf_printf(out, "%s %s %s %s %s:", show_time(w->t.now, at), m->channel, KINDS[m->kind], alert_on_name(m->on),
               m->target[0] ? m->target : "-");
    for (int i = 0; i < m->n_subjects; i++)
        show_item(out, m->items[i]);
}

/* The expected line with its ranges written out. */
static void show_expected(struct script *s, struct buf *out, const char *line)
{
    char *rest = arena_strdup(s->a, line), *word, *names[NAMES_MAX];
    while ((word = strsep(&rest, " "))) {
        if (!*word)
            continue;
        int n = expand(s, word, names);
        for (int i = 0; i < n; i++)
            buf_printf(out, "%s%s", out->len ? " " : "", names[i]);
    }
}

static void on_message(void *ctx, struct world *w, const struct watch_message *m)
{
    struct script *s = ctx;
    buf_auto struct buf got = BUF_INIT(1 << 20), expected = BUF_INIT(1 << 20);
    show_message(&got, w, m);
    int i = s->told++;
    if (i >= s->n_expected) {
        script_fail(s, s->t->line, "told as well: %s", buf_str(&got));
        return;
    }
    show_expected(s, &expected, s->expected[i]);
    if (strcmp(buf_str(&got), buf_str(&expected)) != 0)
        script_fail(s, s->expected_line[i], "expected  %s\n  but told  %s", buf_str(&expected), buf_str(&got));
}

/* One "name=value" of a run's end. */
static bool read_option(struct watch_end *x, const char *option, int64_t now_ms)
{
    const char *value = strchr(option, '=');
    if (strcmp(option, "edited") == 0)
        x->edited = true;
    else if (option[0] == 'x' && !value)
        x->occurrences = strtoll(option + 1, NULL, 10);
    else if (strncmp(option, "late=", 5) == 0)
        x->lateness_ms = read_span(value + 1);
    else if (strncmp(option, "took=", 5) == 0)
        x->duration_ms = read_span(value + 1);
    else if (strncmp(option, "run=", 4) == 0)
        snprintf(x->run, sizeof x->run, "%.30s", value + 1);
    else if (strncmp(option, "of=", 3) == 0 && read_time(value + 1, &x->scheduled_for.ms))
        return x->scheduled_for.ms <= now_ms;
    else if (option[0] == '{') {
        x->metrics = option;
        x->metrics_len = strlen(option);
    } else
        return false;
    return true;
}

static void run_ends(struct script *s, const struct event *ev, enum run_state state)
{
    char *names[NAMES_MAX];
    int n = ev->n_words > 1 ? expand(s, ev->words[1], names) : 0;
    for (int i = 0; i < n; i++) {
        struct watch_end x = { .job = names[i], .state = state, .lateness_ms = -1, .duration_ms = -1 };
        x.scheduled_for = s->w->t.now;
        x.occurrences = 1;
        for (int k = 2; k < ev->n_words; k++)
            if (!read_option(&x, ev->words[k], s->w->t.now.ms))
                script_fail(s, ev->line, "'%s' is no option of a run", ev->words[k]);
        world_end(s->w, &x);
    }
}

/* holds disk 480 | holds secret_age KEY 90 | holds duration a1 61000 run=r; "ends" the same */
static void condition(struct script *s, const struct event *ev, bool holds)
{
    const char *subject = "", *run = "";
    enum alert_on on;
    double value = 0;
    if (ev->n_words < 2 || !alert_on_parse(ev->words[1], &on)) {
        script_fail(s, ev->line, "no condition");
        return;
    }
    for (int i = 2; i < ev->n_words; i++) {
        const char *word = ev->words[i];
        if (strncmp(word, "run=", 4) == 0)
            run = word + 4;
        else if (word[strspn(word, "0123456789")] == '\0')
            value = strtod(word, NULL);
        else
            subject = word;
    }
    world_holds(s->w, on, subject, holds, WALL_NONE, value, run);
}

/* mute all | mute job a1 until 06:00 | unmute all */
static void mute(struct script *s, const struct event *ev, bool on)
{
    bool all = ev->n_words > 1 && strcmp(ev->words[1], "all") == 0;
    int rest = all ? 2 : 3;
    struct wall until = on ? WATCH_MUTED : WALL_NONE;
    bool timed = ev->n_words == rest + 2 && strcmp(ev->words[rest], "until") == 0 && on &&
                 read_time(ev->words[rest + 1], &until.ms);
    if (ev->n_words < rest || (ev->n_words > rest && !timed))
        script_fail(s, ev->line, "a mute is: mute all|rule R|job J|target T [until TIME]");
    else
        world_mute(s->w, ev->words[1], all ? "" : ev->words[2], until);
}

/* channels ops mail | channels (none) */
static void set_channels(struct script *s, const struct event *ev)
{
    s->w->n_channels = 0;
    for (int i = 1; i < ev->n_words; i++)
        s->w->channels[s->w->n_channels++] = ev->words[i];
}

/* job a1..a20 prod [tags=x,y] [[{"on":...}]] */
static void set_jobs(struct script *s, const struct event *ev)
{
    const char *tags = NULL, *own = NULL;
    char *names[NAMES_MAX];
    struct err e = { 0 };
    int n = ev->n_words > 1 ? expand(s, ev->words[1], names) : 0;
    for (int i = 3; i < ev->n_words; i++) {
        tags = strncmp(ev->words[i], "tags=", 5) == 0 ? ev->words[i] + 5 : tags;
        own = ev->words[i][0] == '[' ? ev->words[i] : own;
    }
    const char *target = ev->n_words > 2 && strcmp(ev->words[2], "-") != 0 ? ev->words[2] : "";
    for (int i = 0; i < n; i++)
        if (world_job(s->w, names[i], target, tags, own, &e))
            script_fail(s, ev->line, "%s: %s", e.pointer, e.text);
}

static void set_rule(struct script *s, const struct event *ev)
{
    struct err e = { 0 };
    if (ev->n_words < 2 || world_rule(s->w, ev->words[1], &e))
        script_fail(s, ev->line, "%s: %s", e.pointer, e.text);
}

static void happen(struct script *s, const struct event *ev)
{
    const char *verb = ev->words[0];
    enum run_state state;
    if (run_state_parse(verb, &state))
        run_ends(s, ev, state);
    else if (strcmp(verb, "rule") == 0)
        set_rule(s, ev);
    else if (strcmp(verb, "norule") == 0 && ev->n_words == 2)
        world_rule_gone(s->w, ev->words[1]);
    else if (strcmp(verb, "job") == 0)
        set_jobs(s, ev);
    else if (strcmp(verb, "channels") == 0)
        set_channels(s, ev);
    else if (strcmp(verb, "group") == 0 && ev->n_words == 2)
        s->w->t.group_ms = read_span(ev->words[1]);
    else if (strcmp(verb, "mute") == 0 || strcmp(verb, "unmute") == 0)
        mute(s, ev, *verb == 'm');
    else if (strcmp(verb, "holds") == 0 || strcmp(verb, "ends") == 0)
        condition(s, ev, *verb == 'h');
    else if (strcmp(verb, "clock") != 0 || ev->n_words != 2 || !read_time(ev->words[1], &s->w->t.now.ms))
        script_fail(s, ev->line, "'%s' is not known, or not complete", verb);
}

/* From now to `to`: looks each minute, gathers when something is due, and only then. */
static void pass_time(struct script *s, int64_t to_ms)
{
    struct world *w = s->w;
    const int64_t look_ms = 60000;
    for (;;) {
        struct wall next = world_next(w);
        int64_t at = (w->t.now.ms / look_ms + 1) * look_ms;
        if (!wall_is_none(next) && next.ms < at)
            at = next.ms > w->t.now.ms ? next.ms : w->t.now.ms + 1;
        if (at > to_ms)
            break;
        w->t.now.ms = at;
        if (at % look_ms == 0)
            world_look(w);
        world_tell(w);
    }
    w->t.now.ms = to_ms;
}

static int by_time(const void *a, const void *b)
{
    const struct event *x = a, *y = b;
    return x->at_ms < y->at_ms ? -1 : x->at_ms > y->at_ms ? 1 : x->order - y->order;
}

/* Events in order of time, but a clock that is set back: what stands after it comes after it. */
static void sort_events(struct script *s)
{
    for (int i = 0, from = 0; i <= s->n_events; i++) {
        if (i < s->n_events && strcmp(s->events[i].words[0], "clock") != 0)
            continue;
        qsort(s->events + from, (size_t)(i - from), sizeof *s->events, by_time);
        from = i + 1;
    }
}

static void run_script(struct script *s, int64_t end_ms)
{
    struct world *w = s->w;
    world_init(w);
    w->t.now.ms = BEGIN_MS;
    w->tell = on_message;
    w->ctx = s;
    w->channels[w->n_channels++] = "ops";
    sort_events(s);
    for (int i = 0; i < s->n_events; i++) {
        pass_time(s, s->events[i].at_ms);
        happen(s, &s->events[i]);
        world_tell(w);
    }
    pass_time(s, end_ms);
    for (int i = s->told; i < s->n_expected; i++)
        script_fail(s, s->expected_line[i], "never told: %s", s->expected[i]);
    world_free(w);
    for (int i = 0; i < s->told && !s->failed; i++)
        text_case_pass(s->t);
    if (!s->failed)
        text_case_pass(s->t);
}

static struct event *add_event(struct script *s, int64_t at_ms)
{
    if (s->n_events == EVENTS_MAX)
        abort();
    struct event *ev = &s->events[s->n_events];
    *ev = (struct event){ .at_ms = at_ms, .line = s->t->line, .order = s->n_events++ };
    return ev;
}

/* Words between blanks; from a '{' or '[' on, the rest of the line is one. */
static void split(struct script *s, const char *text, struct event *ev)
{
    char *rest = arena_strdup(s->a, text);
    while (rest && *rest && ev->n_words < WORDS_MAX) {
        rest += strspn(rest, " ");
        if (*rest == '{' || *rest == '[') {
            ev->words[ev->n_words++] = rest;
            return;
        }
        char *word = strsep(&rest, " ");
        if (*word)
            ev->words[ev->n_words++] = word;
    }
}

/* "02:00 failed a1", "02:00-04:00/10m failed a1" */
static void read_event(struct script *s, const char *line)
{
    char when[64] = "", *dash, *slash;
    size_t len = strcspn(line, " ");
    int64_t from, to, step = 60000;
    snprintf(when, sizeof when, "%.*s", (int)len, line);
    if ((dash = strchr(when, '-')))
        *dash = '\0';
    if (dash && (slash = strchr(dash + 1, '/'))) {
        *slash = '\0';
        step = read_span(slash + 1);
    }
    bool timed = read_time(when, &from);
    to = from = timed ? from : BEGIN_MS;
    if (dash && (!read_time(dash + 1, &to) || step <= 0))
        script_fail(s, s->t->line, "'%s' is no time", line);
    for (int64_t at = from; at <= to; at += step)
        split(s, timed ? line + len : line, add_event(s, at));
    if (s->events[s->n_events - 1].n_words == 0)
        script_fail(s, s->t->line, "nothing happens");
}

static void begin_script(struct script *s, const char *name)
{
    if (s->name[0])
        script_fail(s, s->t->line, "has no end");
    arena_free(s->a);
    s->a = arena_new(0);
    snprintf(s->name, sizeof s->name, "%s", name);
    s->n_events = s->n_expected = s->told = 0;
    s->failed = 0;
}

static void watch_line(struct text_cases *t, const char *line, void *ctx)
{
    struct script *s = ctx;
    int64_t end_ms;
    s->t = t;
    if (strncmp(line, "case ", 5) == 0) {
        begin_script(s, line + 5);
    } else if (!s->name[0]) {
        text_case_fail(t, "of no case");
    } else if (line[0] == '>' && s->n_expected < LINES_MAX) {
        s->expected_line[s->n_expected] = t->line;
        s->expected[s->n_expected++] = arena_strdup(s->a, line + 1);
    } else if (strncmp(line, "end ", 4) == 0 && read_time(line + 4, &end_ms)) {
        run_script(s, end_ms);
        s->name[0] = '\0';
    } else {
        read_event(s, line);
    }
}

static void test_cases(void **state)
{
    static struct world w;
    struct script s = { .w = &w, .events = mem_alloc(EVENTS_MAX * sizeof *s.events) };
    (void)state;
    text_cases_run("watch", 240, watch_line, &s);
    assert_string_equal(s.name, ""); /* the last case has its end */
    mem_free(s.events);
    arena_free(s.a);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_cases) };
    json_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
