#include "store/stats_note.h"

#include "store/runs.h"

#include <string.h>

#define FORM 1 /* of rows */
#define LIGHTEN_BYTES (1024 * 1024)

static void begin_row(struct buf *out)
{
    pack_uint(out, 0);
    pack_uint(out, FORM);
}

static bool was_called(enum run_state state)
{
    return state != RUN_SKIPPED && state != RUN_MISSED;
}

/* Small numbers of either sign are few octets. */
static uint64_t zigzag(int64_t n)
{
    return ((uint64_t)n << 1) ^ (n < 0 ? UINT64_MAX : 0);
}

static int64_t unzigzag(uint64_t n)
{
    return (int64_t)(n >> 1 ^ (n & 1 ? UINT64_MAX : 0));
}

void stats_note_pack(const struct run *r, struct buf *out)
{
    uint8_t id[ID_SIZE] = { 0 };
    struct wall ended_at = wall_is_none(r->finished_at) ? r->created_at : r->finished_at;
    if (out->len == 0)
        begin_row(out);
    id_to_bytes(r->id, id);
    pack_text(out, r->job, strlen(r->job));
    pack_text(out, (const char *)id, ID_SIZE);
    pack_uint(out, (uint64_t)(ended_at.ms > 0 ? ended_at.ms : 0));
    pack_uint(out, zigzag(ended_at.ms - r->scheduled_for.ms));
    pack_uint(out, (uint64_t)r->state * 2 + r->edited);
    pack_uint(out, (uint64_t)r->outcome);
    pack_uint(out, (uint64_t)(r->occurrences > 1 ? r->occurrences : 1));
    pack_uint(out, (uint64_t)(r->lateness_ms + 1));
    pack_uint(out, (uint64_t)(r->duration_ms + 1));
    pack_text(out, r->metrics ? r->metrics : "", r->metrics ? strlen(r->metrics) : 0);
}

void stats_note(struct store *s, const struct run *r)
{
    stats_note_pack(r, &s->notes);
}

struct stats_notes stats_notes_begin(const void *data, size_t len)
{
    struct stats_notes x = { .u = unpack_begin(data, len), .old = len == 0 || *(const uint8_t *)data != 0 };
    if (!x.old) {
        unpack_uint(&x.u);
        x.u.bad = unpack_uint(&x.u) != FORM || x.u.bad;
    }
    return x;
}

/* What rows of before do not have. */
static void read_run(struct stats_notes *x, struct stats_note *ret)
{
    size_t len;
    ret->id = (const uint8_t *)unpack_text(&x->u, &len);
    x->u.bad = x->u.bad || len != ID_SIZE;
    ret->ended_at.ms = (int64_t)unpack_uint(&x->u);
    ret->scheduled_for.ms = ret->ended_at.ms - unzigzag(unpack_uint(&x->u));
}

bool stats_notes_next(struct stats_notes *x, struct stats_note *ret)
{
    struct unpack *u = &x->u;
    if (u->bad || u->at == u->end)
        return false;
    *ret = (struct stats_note){ .id = NULL, .ended_at = WALL_NONE, .scheduled_for = WALL_NONE };
    ret->job = unpack_text(u, &ret->job_len);
    if (x->old)
        ret->at.ms = (int64_t)unpack_uint(u);
    else
        read_run(x, ret);
    uint64_t bits = unpack_uint(u), state = x->old ? bits : bits / 2, outcome = unpack_uint(u);
    ret->edited = !x->old && bits % 2;
    ret->run.occurrences = (int64_t)unpack_uint(u);
    ret->run.lateness_ms = (int64_t)unpack_uint(u) - 1;
    ret->run.duration_ms = (int64_t)unpack_uint(u) - 1;
    ret->run.metrics = unpack_text(u, &ret->run.metrics_len);
    u->bad = u->bad || state >= RUN_STATE_COUNT || outcome >= OUTCOME_COUNT || ret->job_len == 0;
    ret->run.state = u->bad ? RUN_FAILED : (enum run_state)state;
    ret->run.outcome = u->bad ? OUTCOME_NONE : (enum outcome)outcome;
    if (!x->old)
        ret->at = was_called(ret->run.state) ? ret->ended_at : ret->scheduled_for;
    ret->at.ms = ret->at.ms > 0 ? ret->at.ms : 0;
    return !u->bad;
}

void stats_notes_mark(struct store *s)
{
    s->notes_mark = s->notes.len;
}

void stats_notes_undo(struct store *s)
{
    s->notes.len = s->notes_mark;
    s->notes.full = false;
}

void stats_notes_drop(struct store *s)
{
    s->notes_mark = 0;
    if (s->notes.cap > LIGHTEN_BYTES)
        buf_free(&s->notes);
    else
        buf_clear(&s->notes);
}

int stats_notes_write(struct store *s, struct err *e)
{
    if (s->notes.full)
        return err_set(e, ERR_INTERNAL, "too many runs ended in one transaction");
    if (s->notes.len == 0)
        return 0;
    struct statement q = statement_begin(s, Q_RUN_END_PUT);
    statement_blob(&q, s->notes.data, s->notes.len);
    int result = statement_run(&q, e);
    stats_notes_drop(s);
    return result;
}

int stats_notes_lighten(struct store *s, struct err *e)
{
    return s->notes.len > LIGHTEN_BYTES ? stats_notes_write(s, e) : 0;
}
