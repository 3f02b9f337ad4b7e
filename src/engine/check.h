/* check.h - can a target be reached? One HEAD of its base URL, as a call would go: name, egress rule, TCP, TLS, HTTP.
 *
 * Without the target's own headers: so it needs no secret, and tells nobody one. Any answer means that the target can be reached;
 * what its status means is said in words. Makes a loop of its own, and blocks for up to `timeout_ms`. Any thread. */
#ifndef EDGECRON_ENGINE_CHECK_H
#define EDGECRON_ENGINE_CHECK_H

#include "base/buf.h"
#include "core/job.h"
#include "core/url.h"
#include "net/http.h"

#define CHECK_TIMEOUT_MS 10000
#define CHECK_MESSAGE_MAX 2000
#define CHECK_EXPIRES_SOON_MS (14 * 86400000LL)

struct target_check {
    bool reached;         /* there was an answer */
    bool warns;           /* it can be reached, but something wants looking at */
    enum outcome outcome; /* OUTCOME_OK when reached */
    int http_status;      /* 0: none */
    bool tls;             /* there was a handshake: `peer` is filled */
    struct tls_peer peer;
    char remote_address[64];         /* "" when never connected */
    struct http_timing timing;       /* milliseconds, -1: that phase did not happen */
    char message[CHECK_MESSAGE_MAX]; /* what it means, and what to do */
};

/* `allowed`: private ranges that the server itself allows, beside the target's. ERR_IO, ERR_MALFORMED, ... when the check itself
 * cannot be made; a target that is not reached is no error. */
int target_check(const struct target *t, const struct cidr *allowed, int n_allowed, int64_t timeout_ms,
                 struct target_check *ret, struct err *e);

#endif
