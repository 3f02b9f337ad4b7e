/* verdict.h - did the answer mean success, as the job defines it, and what numbers does it carry? Pure.
 *
 * Also the words: every message tells an operator what happened and what to do next. */
#ifndef EDGECRON_CORE_VERDICT_H
#define EDGECRON_CORE_VERDICT_H

#include "base/buf.h"
#include "core/job.h"
#include "core/run.h"

#include <stdint.h>

struct answer {
    int status;
    const char *head; /* "Name: value\n" lines (http1.h) */
    const char *body; /* the kept part */
    size_t body_len;
    bool truncated; /* the body was longer than what was kept */
};

/* OUTCOME_OK, OUTCOME_HTTP_STATUS or OUTCOME_ASSERTION; the reason is appended to `message` ("" when ok). The status
 * is judged first, then each rule. For a 3xx the message names the Location and says that redirects are not followed;
 * for a 401/403 it names the secrets and headers that were used (from the job's and target's templates) and how to set
 * them; 404, 429, 5xx, 204 etc. get fitting advice. A short excerpt of the body (an "error" or "message" member of a
 * JSON body, else its first 200 printable bytes) is added. A rule on a body that is empty, not JSON or truncated fails
 * with a message that says so. */
enum outcome verdict(const struct job *j, const struct target *t, const struct answer *a, struct buf *message);
bool verdict_status_valid(const char *pattern); /* "2xx", "204", "200-299" */

/* The job's metrics found in the body, as a JSON object text {"followups_sent": 3} appended to out; nothing when none
 * were found. Numbers, and booleans as 0/1. */
void verdict_metrics(const struct job *j, const struct answer *a, struct buf *out);

/* What to tell for an attempt that brought no usable answer: "could not connect to 127.0.0.1:9: connection refused: is
 * the function's server running ...". `detail` is the technical reason from the network side, without advice. */
void verdict_explain(enum outcome o, const struct job *j, const char *url, const char *detail, struct buf *message);

/* Where in a message of the two above, of an attempt that ended so, what it says to do begins (at the ": " before it); its length when it says nothing.
 * *ret_exact: that is about this very call ("add \"409\" to 'success.status'"), not what is said of each that ends so. */
size_t verdict_advice(enum outcome o, int status, const char *message, bool *ret_exact);

#endif
