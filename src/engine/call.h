/* call.h - one attempt on the wire: render the request, send it, judge the answer. A message of an alert is one, too: its request is made of the notice in the
 * run's body, or it is an e-mail (mail_call.h). Internal to src/engine. */
#ifndef EDGECRON_ENGINE_CALL_H
#define EDGECRON_ENGINE_CALL_H

#include "core/outgoing.h"
#include "engine/carried.h"
#include "engine/record.h"
#include "engine/state.h"
#include "net/smtp_call.h"
#include "versions.h"

#define CALL_USER_AGENT "edgecron/" EDGECRON_VERSION

struct mail_call;
struct call {
    struct flight *flight;
    struct target_spec *target; /* counted: the client borrows its rules */
    struct redactor
        *redactor; /* of the values it was made with: one that was replaced meanwhile is still in its answer */
    struct carried carried;
    struct http_call http;
    struct wall sent_at; /* when the call was given to the client */
    struct outgoing out;
    struct buf message, metrics;
    enum outcome outcome; /* OUTCOME_NONE while under way */
    bool final;           /* refused for good: another attempt would bring the same */
    enum method method;
    struct arena *arena;    /* of a message: its notice, and what is made of it */
    struct notice notice;   /* of a message */
    struct mail_call *mail; /* NULL: it is an HTTP call */
    int64_t retry_after_ms;
};

/* The outcome of an attempt whose request could not be made, for a negative result of outgoing_render or carried_check. */
enum outcome call_refusal(int rc);
/* Begins the call of f's attempt. It may have ended at once (a missing secret): look with call_ended; else flight_called is
 * called later. */
struct call *call_start(struct engine *g, struct flight *f);
/* An attempt that ends without a call. */
struct call *call_not_made(struct flight *f, enum outcome outcome, const char *message);
bool call_ended(const struct call *c);
void call_cancel(struct engine *g, struct call *c); /* ends as OUTCOME_CANCELED, later on the loop */
void call_interrupted(struct call *c);              /* it was canceled because edgecron stops */
/* Fills the attempt and the run's outcome, message and metrics, redacted, into o's arena. `why` NULL, or why it is not tried again. */
void call_record(struct call *c, const struct flight *f, struct wall now, const char *why, struct record_op *o);
void call_free(struct call *c); /* NULL is fine; must have ended */

#endif
