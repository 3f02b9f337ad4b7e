#include "store/run_row.h"

#include "store/run_end.h"

#include <string.h>

const char *const RUN_COLUMNS[] = {
    "id",         "job",         "trigger",         "scheduled_for",    "created_at",  "state",       "attempts",
    "started_at", "finished_at", "next_attempt_at", "lateness_ms",      "duration_ms", "http_status", "outcome",
    "message",    "metrics",     "retry_of",        "cancel_requested", "occurrences", "edited",      NULL,
};
const char *const ATTEMPT_COLUMNS[] = {
    "run_id",
    "number",
    "started_at",
    "finished_at",
    "outcome",
    "http_status",
    "message",
    "dns_ms",
    "connect_ms",
    "tls_ms",
    "first_byte_ms",
    "total_ms",
    "remote_address",
    "request_method",
    "request_url",
    "request_headers",
    "request_body",
    "response_headers",
    "response_body",
    "response_truncated",
    "response_size",
    "bodies_removed",
    NULL,
};

static enum outcome next_outcome(struct statement *q)
{
    enum outcome o = OUTCOME_NONE;
    const char *text = next_text(q);
    if (text)
        outcome_parse(text, &o);
    return o;
}

void run_row_read(struct statement *q, struct arena *a, struct run *ret)
{
    char retry_of[ID_TEXT_SIZE];
    memset(ret, 0, sizeof *ret);
    next_id(q, ret->id);
    ret->job = next_text_copy(q, a);
    trigger_parse(next_text(q), &ret->trigger);
    ret->scheduled_for = next_wall(q);
    ret->created_at = next_wall(q);
    run_state_parse(next_text(q), &ret->state);
    ret->attempts = (int)next_int(q);
    ret->started_at = next_wall(q);
    ret->finished_at = next_wall(q);
    ret->next_attempt_at = next_wall(q);
    ret->lateness_ms = next_int_or(q, -1);
    ret->duration_ms = next_int_or(q, -1);
    ret->http_status = (int)next_int(q);
    ret->outcome = next_outcome(q);
    ret->message = next_text_copy(q, a);
    ret->metrics = next_text_copy(q, a);
    ret->retry_of = next_id(q, retry_of) ? arena_strdup(a, retry_of) : NULL;
    ret->cancel_requested = next_int(q) != 0;
    ret->occurrences = next_int(q);
    ret->edited = next_int(q) != 0;
}

void attempt_row_read(struct statement *q, struct arena *a, struct attempt *ret)
{
    memset(ret, 0, sizeof *ret);
    q->column++; /* run_id */
    ret->number = (int)next_int(q);
    ret->started_at = next_wall(q);
    ret->finished_at = next_wall(q);
    ret->outcome = next_outcome(q);
    ret->http_status = (int)next_int(q);
    ret->message = next_text_copy(q, a);
    ret->dns_ms = next_int_or(q, -1);
    ret->connect_ms = next_int_or(q, -1);
    ret->tls_ms = next_int_or(q, -1);
    ret->first_byte_ms = next_int_or(q, -1);
    ret->total_ms = next_int_or(q, -1);
    ret->remote_address = next_text_copy(q, a);
    ret->request_method = next_text_copy(q, a);
    ret->request_url = next_text_copy(q, a);
    ret->request_headers = next_text_copy(q, a);
    ret->request_body = next_text_copy(q, a);
    ret->response_headers = next_text_copy(q, a);
    ret->response_body = next_text_copy(q, a);
    ret->response_truncated = next_int(q) != 0;
    ret->response_size = next_int_or(q, -1);
    ret->bodies_removed = next_int(q) != 0;
}

int run_rows(struct statement *q, struct arena *a, struct run **ret, int *ret_n, struct err *e)
{
    struct run *rows = NULL;
    int n = 0, cap = 0, rc;
    while ((rc = statement_row(q, e)) > 0) {
        if (n == cap) {
            cap = cap ? 2 * cap : 16;
            rows = mem_resize(rows, (size_t)cap * sizeof *rows);
        }
        run_row_read(q, a, &rows[n++]);
    }
    if (rc == 0) {
        *ret_n = n;
        *ret = n ? arena_alloc(a, (size_t)n * sizeof *rows) : NULL;
        if (n)
            memcpy(*ret, rows, (size_t)n * sizeof *rows);
    }
    mem_free(rows);
    return rc;
}

int run_rows_note(struct statement *q, struct err *e)
{
    struct arena *a = arena_new(0);
    struct run r;
    int rc;
    while ((rc = statement_row(q, e)) > 0) {
        run_row_read(q, a, &r);
        rc = run_end_note(q->store, &r, e);
        if (rc)
            break;
    }
    statement_end(q);
    arena_free(a);
    return rc;
}

int run_state_get(struct store *s, const char *id, enum run_state *ret, struct err *e)
{
    struct statement q = statement_begin(s, Q_RUN_STATE);
    statement_id(&q, id);
    int rc = statement_row(&q, e);
    if (rc < 0)
        return rc;
    if (rc > 0)
        run_state_parse(next_text(&q), ret);
    statement_end(&q);
    return rc > 0 ? 0 : err_set(e, ERR_NOT_FOUND, "there is no run '%s'", id);
}
