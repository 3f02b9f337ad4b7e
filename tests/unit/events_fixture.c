#include "events_fixture.h"

#include "engine/feed.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATIENCE_MS 20000

struct events_fixture there;

int events_up(void **state)
{
    struct err e = { 0 };
    int rc = engine_open(state);
    there.engine = *state;
    engine_up(there.engine);
    there.service =
        (struct service){ .api = true, .engine = there.engine->engine, .readers = readers_new(there.engine->dir) };
    there.service.events = events_start(&there.service, &e);
    if (!there.service.events)
        fail_msg("%s", e.text);
    return rc;
}

int events_down(void **state)
{
    events_stop(there.service.events);
    events_free(there.service.events);
    readers_free(there.service.readers);
    return engine_close(state);
}

struct events_want anybody(void)
{
    return (struct events_want){ .kind = AUDIT_TOKEN, .name = "test", .kinds = ~0u };
}

struct ear *listen_as(const struct events_want *w)
{
    struct err e = { 0 };
    int pair[2];
    struct ear *ear = mem_alloc(sizeof *ear);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
    struct listener *l = events_open(there.service.events, w, &e);
    if (!l)
        fail_msg("%s", e.text);
    events_attach(l, pair[1]);
    ear->fd = pair[0];
    ear->data = mem_strdup("");
    return ear;
}

static bool read_more(struct ear *e, int within_ms)
{
    char part[16384];
    if (poll(&(struct pollfd){ .fd = e->fd, .events = POLLIN }, 1, within_ms) <= 0)
        return false;
    ssize_t n = recv(e->fd, part, sizeof part, 0);
    e->ended = n <= 0;
    if (n <= 0)
        return true;
    e->data = mem_resize(e->data, e->len + (size_t)n + 1);
    memcpy(e->data + e->len, part, (size_t)n);
    e->len += (size_t)n;
    e->data[e->len] = '\0';
    return true;
}

static void take_line(struct ear *e, const char *line)
{
    struct err why = { 0 };
    if (!strncmp(line, "id: ", 4))
        snprintf(e->id, sizeof e->id, "%s", line + 4);
    else if (!strncmp(line, "event: ", 7))
        snprintf(e->type, sizeof e->type, "%s", line + 7);
    else if (!strncmp(line, "data: ", 6) && !(e->value = json_parse(line + 6, strlen(line + 6), &why)))
        fail_msg("%s: %s", why.text, line);
    else if (strncmp(line, "data: ", 6) && strncmp(line, "retry: ", 7) && *line != ':')
        fail_msg("not a line of an event: '%s'", line);
}

/* Takes one block, up to its empty line. False: there is none yet. */
static bool take_block(struct ear *e)
{
    char *end = strstr(e->data, "\n\n");
    if (!end)
        return false;
    end[1] = '\0';
    json_free(e->value);
    e->value = NULL;
    e->type[0] = '\0';
    for (char *line = e->data, *next; *line; line = next) {
        next = strchr(line, '\n');
        *next++ = '\0';
        take_line(e, line);
    }
    size_t used = (size_t)(end + 2 - e->data);
    memmove(e->data, end + 2, e->len - used + 1);
    e->len -= used;
    return true;
}

static const struct json *next_within(struct ear *e, int ms)
{
    for (;;) {
        while (take_block(e))
            if (e->value)
                return e->value;
        if (e->ended || !read_more(e, ms))
            return NULL;
    }
}

const struct json *hear_next(struct ear *e)
{
    const struct json *v = next_within(e, PATIENCE_MS);
    if (!v && !e->ended)
        fail_msg("nothing came");
    return v;
}

const struct json *hear(struct ear *e, const char *type)
{
    const struct json *v;
    while ((v = hear_next(e)) && strcmp(e->type, type) != 0)
        continue;
    if (!v)
        fail_msg("it ended before there was a '%s'", type);
    return v;
}

void hear_nothing(struct ear *e)
{
    while (next_within(e, 300))
        if (strcmp(e->type, "status") != 0)
            fail_msg("there was a '%s': %s", e->type, json_print(e->value));
}

const char *said(const struct ear *e, const char *member)
{
    const char *text = json_string(json_get(e->value, member));
    return text ? text : "";
}

void stop_listening(struct ear *e)
{
    close(e->fd);
    json_free(e->value);
    mem_free(e->data);
    mem_free(e);
}

void happen(const char *job, int number, enum run_state state, const char *const *tags, int n_tags)
{
    struct feed_entry x = { .kind = FEED_RUN, .tags = feed_tags_new(tags, n_tags) };
    snprintf(x.name, sizeof x.name, "%s", job);
    snprintf(x.run.id, sizeof x.run.id, "run-%d", number);
    x.run.state = state;
    x.run.scheduled_for = x.run.created_at = (struct wall){ 1795244400000 };
    x.run.started_at = x.run.finished_at = x.run.next_attempt_at = WALL_NONE;
    x.run.lateness_ms = x.run.duration_ms = -1;
    feed_put(engine_feed(there.engine->engine), &x);
}
