/* alerts_request.c - messages as runs, and how channels do with them (alerts.h). */
#include "store/alerts_rows.h"
#include "store/run_request.h"
#include "store/run_row.h"

#include <string.h>

/* A channel takes one message after the other, and gently: alerts would wait behind tests. */
static int check_tests(struct store *s, const char *job, struct err *e)
{
    int64_t open;
    int rc = run_request_count(s, job, ALERT_TESTED_MAX, &open, e);
    return rc || open < ALERT_TESTED_MAX
               ? rc
               : err_set(e, ERR_TOO_MANY,
                         "%d messages to channel '%s' wait already, and one more to try it would tell nothing new: see "
                         "what holds them up, with: edgecron channel show %s",
                         ALERT_TESTED_MAX, channel_of_job(job), channel_of_job(job));
}

static int request(struct store *s, const char *channel, const char *job, const char *notice, enum trigger trigger,
                   struct wall now, char ret_id[ID_TEXT_SIZE], struct err *e)
{
    bool exists;
    struct run r = run_request_of(job, trigger, now, now);
    int rc = alerts_row_exists(s, Q_CHANNEL_GET, channel, &exists, e);
    if (rc || !exists)
        return rc ? rc : err_set(e, ERR_NOT_FOUND, "there is no channel '%s'", channel);
    r.body = notice;
    rc = trigger == TRIGGER_ALERT ? 0 : check_tests(s, job, e);
    rc = rc ? rc : run_request_insert(s, &r, ret_id, e);
    return rc || trigger == TRIGGER_ALERT ? rc : run_request_record(s, AUDIT_RUN_REQUEST, job, r.id, now, e);
}

int alert_request(struct store *s, const char *channel, const char *notice, enum trigger trigger, struct wall now,
                  char ret_id[ID_TEXT_SIZE], struct err *e)
{
    bool own;
    mem_auto char *job = mem_printf(CHANNEL_JOB_PREFIX "%s", channel);
    int rc = store_enter(s, &own, e);
    return rc ? rc : store_leave(s, own, request(s, channel, job, notice, trigger, now, ret_id, e), e);
}

/* --- health -------------------------------------------------------------------------------------------------------- */

/* The newest success: *after is its id, all zero when there is none. */
static int sent_last(struct store *s, const char *job, uint8_t after[ID_SIZE], struct wall *ret, struct err *e)
{
    struct statement q = statement_begin(s, Q_CHANNEL_SENT_LAST);
    statement_text(&q, job);
    int rc = statement_row(&q, e);
    memset(after, 0, ID_SIZE);
    *ret = WALL_NONE;
    if (rc > 0) {
        size_t len;
        const void *id = next_blob(&q, &len);
        memcpy(after, id, ID_SIZE);
        *ret = next_wall(&q);
    }
    statement_end(&q);
    return rc < 0 ? rc : 0;
}

static struct statement since(struct store *s, enum query query, const char *job, const uint8_t after[ID_SIZE])
{
    struct statement q = statement_begin(s, query);
    statement_text(&q, job);
    statement_blob(&q, after, ID_SIZE);
    return q;
}

static int failed_since(struct store *s, const char *job, const uint8_t after[ID_SIZE], struct arena *a,
                        struct channel_health *h, struct err *e)
{
    struct statement q = since(s, Q_CHANNEL_FAILED_COUNT, job, after);
    int rc = statement_row(&q, e);
    h->failed = rc > 0 ? next_int(&q) : 0;
    statement_end(&q);
    if (rc < 0 || !h->failed)
        return rc < 0 ? rc : 0;
    q = since(s, Q_CHANNEL_FAILED_FIRST, job, after);
    if ((rc = statement_row(&q, e)) > 0)
        h->failing_since = next_wall(&q);
    statement_end(&q);
    if (rc < 0)
        return rc;
    q = since(s, Q_CHANNEL_FAILED_LAST, job, after);
    if ((rc = statement_row(&q, e)) > 0) {
        next_id(&q, h->run);
        h->message = next_text_copy(&q, a);
    }
    statement_end(&q);
    return rc < 0 ? rc : 0;
}

static int read_health(struct store *s, const char *job, struct arena *a, struct channel_health *h, struct err *e)
{
    uint8_t after[ID_SIZE];
    *h = (struct channel_health){ .last_sent_at = WALL_NONE, .failing_since = WALL_NONE, .message = "" };
    int rc = sent_last(s, job, after, &h->last_sent_at, e);
    if (rc == 0)
        rc = failed_since(s, job, after, a, h, e);
    return rc ? rc : run_request_count(s, job, ALERT_QUEUED_MAX, &h->open, e);
}

int channel_health(struct store *s, const char *channel, struct arena *a, struct channel_health *ret, struct err *e)
{
    bool own;
    mem_auto char *job = mem_printf(CHANNEL_JOB_PREFIX "%s", channel);
    int rc = store_enter_read(s, &own, e);
    return rc ? rc : store_leave(s, own, read_health(s, job, a, ret, e), e);
}
