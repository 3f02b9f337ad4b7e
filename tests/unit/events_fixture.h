/* events_fixture.h - for unit tests of server-sent events: an engine, the thread that passes its feed on, and listeners on pairs of sockets. */
#ifndef EVENTS_FIXTURE_H
#define EVENTS_FIXTURE_H

#include "engine_fixture.h"

#include "api/events.h"
#include "api/events_text.h"
#include "base/json.h"

/* The other end of a listener. */
struct ear {
    int fd;
    char *data;
    size_t len;
    bool ended;
    char type[16], id[64]; /* of the last event; the id stays until another comes */
    struct json *value;    /* its data */
};

struct events_fixture {
    struct fixture *engine;
    struct service service;
};
extern struct events_fixture there;

int events_up(void **state); /* cmocka setup and teardown; *state is the engine's fixture */
int events_down(void **state);

struct events_want anybody(void);                   /* everything, as "test" */
struct ear *listen_as(const struct events_want *w); /* fails when there is no place */
/* The next event, within 20 s; NULL at the end. With comments and bare ids skipped. */
const struct json *hear_next(struct ear *e);
/* The next of that type. */
const struct json *hear(struct ear *e, const char *type);
/* Does it say nothing but of its status for a while? */
void hear_nothing(struct ear *e);
const char *said(const struct ear *e, const char *member); /* "" when it is none */
void stop_listening(struct ear *e);

/* Puts a run of that job into the feed, as the engine does. */
void happen(const char *job, int number, enum run_state state, const char *const *tags, int n_tags);

#endif
