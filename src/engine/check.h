/* check.h - can a target be reached? One GET of its health path, or HEAD of its base URL when none is declared, as a call would go:
 * name, egress rule, TCP, TLS, HTTP.
 *
 * Without the target's own headers: so it needs no secret, and tells nobody one; and a function that is asked by mistake refuses
 * before it works. Where HEAD itself could run a function, connections are made and nothing is asked. Any answer means that
 * the target can be reached; what its status means is said in words. Makes a loop of its own, and blocks for up to
 * `timeout_ms`. Any thread. */
#ifndef EDGECRON_ENGINE_CHECK_H
#define EDGECRON_ENGINE_CHECK_H

#include "base/buf.h"
#include "core/job.h"
#include "core/url.h"
#include "net/http.h"

#define CHECK_TIMEOUT_MS 10000
#define CHECK_MESSAGE_MAX 2000
#define CHECK_EXPIRES_SOON_MS (21 * 86400000LL)
#define CHECK_AT_ONCE 64 /* of these with one call */

struct target_check {
    bool reached;         /* there was an answer, or a connection where nothing was asked */
    bool warns;           /* it can be reached, but what it answers wants looking at */
    bool expires_soon;    /* its certificate, within CHECK_EXPIRES_SOON_MS */
    enum outcome outcome; /* OUTCOME_OK when reached */
    int http_status;      /* 0: none */
    bool tls;             /* there was a handshake: `peer` is filled */
    struct tls_peer peer;
    char remote_address[64];         /* "" when never connected */
    struct http_timing timing;       /* milliseconds, -1: that phase did not happen */
    const char *meaning;             /* of the answer alone, fixed text; NULL: there was none */
    char message[CHECK_MESSAGE_MAX]; /* what it means, all of it, and what to do */
};

/* `allowed`: private ranges that the server itself allows, beside the target's. ERR_IO, ERR_MALFORMED, ... when the check itself
 * cannot be made; a target that is not reached is no error. */
int target_check(const struct target *t, const struct cidr *allowed, int n_allowed, int64_t timeout_ms,
                 struct target_check *ret, struct err *e);

/* Several at the same time: at most CHECK_AT_ONCE, done within `timeout_ms` together. */
struct target_asked {
    const struct target *target; /* its name may be NULL: the place of a URL without target */
    bool connect_only;           /* ask nothing, unless there is a health path: name, egress rule, TCP and TLS */
    struct err error;            /* code other than 0: it could not be checked */
    struct target_check found;   /* else */
};
int target_checks(struct target_asked *asked, int n, const struct cidr *allowed, int n_allowed, int64_t timeout_ms,
                  struct err *e);

#endif
