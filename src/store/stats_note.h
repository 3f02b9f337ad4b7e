/* stats_note.h - inside src/store alone: what ended in the open transaction, until it is committed.
 *
 * Kept in memory, undone with a savepoint or the transaction, and written as one row of run_ends just before the commit: so
 * there is a note of a run exactly when its end is there. A note: the job's name, when (ms), the state's and the outcome's
 * number, occurrences, lateness and duration (plus 1; 0: none), the metrics' JSON text. */
#ifndef EDGECRON_STORE_STATS_NOTE_H
#define EDGECRON_STORE_STATS_NOTE_H

#include "core/tally.h"
#include "store/statement.h"

struct run;

/* A run that came to its end: of `r` are used job, state, outcome, occurrences, scheduled_for, finished_at, lateness_ms,
 * duration_ms and metrics. */
void stats_note(struct store *s, const struct run *r);

struct stats_note {
    const char *job; /* not terminated */
    size_t job_len;
    struct wall at;
    struct tally_run run;
};
void stats_note_pack(const struct run *r, struct buf *out);
/* The next of a row's notes; its texts are in the row. False: there are no more, or they are damaged (u->bad). */
bool stats_note_next(struct unpack *u, struct stats_note *ret);

/* Of the store's transactions (store.c). */
void stats_notes_mark(struct store *s);                  /* a savepoint begins */
void stats_notes_undo(struct store *s);                  /* back to it */
void stats_notes_drop(struct store *s);                  /* the transaction is undone */
int stats_notes_write(struct store *s, struct err *e);   /* it is about to be committed */
int stats_notes_lighten(struct store *s, struct err *e); /* between savepoints: writes them when they are many */

#endif
