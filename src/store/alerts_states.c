/* alerts_states.c - rows of what is being watched (alerts.h; core/watch.h says what they mean). */
#include "base/log.h"
#include "store/alerts_rows.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const PHASES[] = {
    [WATCH_NONE] = "", [WATCH_PENDING] = "pending", [WATCH_FIRING] = "firing", [WATCH_OVER] = "over"
};

const char *watch_phase_name(enum watch_phase p)
{
    return PHASES[p];
}

static enum watch_phase phase_of(const char *text)
{
    for (int i = WATCH_PENDING; i <= WATCH_OVER; i++)
        if (strcmp(text, PHASES[i]) == 0)
            return (enum watch_phase)i;
    return WATCH_NONE;
}

/* False: what it is of is not known to this edgecron. */
static bool read_state(struct statement *q, struct watch_state *st)
{
    *st = (struct watch_state){ .dirty = false };
    snprintf(st->rule, sizeof st->rule, "%s", next_text(q));
    snprintf(st->subject, sizeof st->subject, "%s", next_text(q));
    bool known = alert_on_parse(next_text(q), &st->on);
    st->phase = phase_of(next_text(q));
    st->count = next_int(q);
    st->since = next_wall(q);
    st->last_at = next_wall(q);
    st->over_at = next_wall(q);
    st->told_at = next_wall(q);
    st->due_at = next_wall(q);
    next_id(q, st->run);
    st->value = next_real(q);
    snprintf(st->target, sizeof st->target, "%s", next_text(q));
    return known;
}

static int each_of(struct statement *q, void (*each)(void *ctx, const struct watch_state *st), void *ctx, struct err *e)
{
    struct watch_state st;
    int rc;
    while ((rc = statement_row(q, e)) > 0)
        if (read_state(q, &st))
            each(ctx, &st);
        else
            log_error("a state of an alert rule is left out: what it watches is not known", L_STR("rule", st.rule),
                      L_STR("subject", st.subject));
    return rc;
}

int watch_states_each(struct store *s, void (*each)(void *ctx, const struct watch_state *st), void *ctx, struct err *e)
{
    struct statement q = statement_begin(s, Q_WATCH_STATE_EACH);
    return each_of(&q, each, ctx, e);
}

int watch_states_of(struct store *s, const char *rule, void (*each)(void *ctx, const struct watch_state *st), void *ctx,
                    struct err *e)
{
    struct statement q = statement_begin(s, Q_WATCH_STATE_OF);
    statement_text(&q, rule);
    return each_of(&q, each, ctx, e);
}

int watch_states_count(struct store *s, const char *subject, int64_t *ret, struct err *e)
{
    struct statement q = statement_begin(s, Q_WATCH_STATE_COUNT);
    statement_text(&q, subject);
    int rc = statement_row(&q, e);
    *ret = rc > 0 ? next_int(&q) : 0;
    statement_end(&q);
    return rc < 0 ? rc : 0;
}

int watch_state_put(struct store *s, const struct watch_state *st, struct err *e)
{
    if (st->phase == WATCH_NONE)
        return watch_state_remove(s, st->rule, st->subject, e);
    struct statement q = statement_begin(s, Q_WATCH_STATE_PUT);
    statement_text(&q, st->rule);
    statement_text(&q, st->subject);
    statement_text(&q, alert_on_name(st->on));
    statement_text(&q, PHASES[st->phase]);
    statement_int(&q, st->count);
    statement_wall(&q, st->since);
    statement_wall(&q, st->last_at);
    statement_wall(&q, st->over_at);
    statement_wall(&q, st->told_at);
    statement_wall(&q, st->due_at);
    statement_id(&q, st->run);
    statement_real(&q, isfinite(st->value) ? st->value : 0);
    statement_text(&q, st->target);
    return statement_run(&q, e);
}

int watch_state_remove(struct store *s, const char *rule, const char *subject, struct err *e)
{
    struct statement q = statement_begin(s, Q_WATCH_STATE_DELETE);
    statement_text(&q, rule);
    statement_text(&q, subject);
    return statement_run(&q, e);
}
