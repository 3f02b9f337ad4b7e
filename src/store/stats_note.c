#include "store/stats_note.h"

#include "store/runs.h"

#include <string.h>

#define LIGHTEN_BYTES (1024 * 1024)

void stats_note_pack(const struct run *r, struct buf *out)
{
    bool called = r->state != RUN_SKIPPED && r->state != RUN_MISSED;
    struct wall at = called ? r->finished_at : r->scheduled_for;
    pack_text(out, r->job, strlen(r->job));
    pack_uint(out, (uint64_t)(at.ms > 0 ? at.ms : 0));
    pack_uint(out, (uint64_t)r->state);
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

bool stats_note_next(struct unpack *u, struct stats_note *ret)
{
    if (u->bad || u->at == u->end)
        return false;
    ret->job = unpack_text(u, &ret->job_len);
    ret->at.ms = (int64_t)unpack_uint(u);
    uint64_t state = unpack_uint(u), outcome = unpack_uint(u);
    ret->run.occurrences = (int64_t)unpack_uint(u);
    ret->run.lateness_ms = (int64_t)unpack_uint(u) - 1;
    ret->run.duration_ms = (int64_t)unpack_uint(u) - 1;
    ret->run.metrics = unpack_text(u, &ret->run.metrics_len);
    u->bad = u->bad || state >= RUN_STATE_COUNT || outcome >= OUTCOME_COUNT || ret->job_len == 0;
    ret->run.state = u->bad ? RUN_FAILED : (enum run_state)state;
    ret->run.outcome = u->bad ? OUTCOME_NONE : (enum outcome)outcome;
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
