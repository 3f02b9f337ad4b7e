/* stats_note.h - inside src/store alone: what ended in the open transaction, until it is committed.
 *
 * Kept in memory, undone with a savepoint or the transaction, and written as one row of run_ends just before the commit: so
 * there is a note of a run exactly when its end is there, and notes are in the order in which runs ended. A row begins with a mark, 0, and its
 * form's number, 1; then notes, one after another: the job's name, the run's id (16 octets, as a text), when it ended (ms), how long that is after
 * its occurrence (ms; zigzag), the state's number twice and 1 more when it is edited, the outcome's number, occurrences, lateness and
 * duration (plus 1; 0: none), the metrics' JSON text.
 *
 * Rows of format 11 and before, which an upgrade may find, begin with a name: they lack mark, id and occurrence; their time is where the run is
 * counted, which is all they are good for. */
#ifndef EDGECRON_STORE_STATS_NOTE_H
#define EDGECRON_STORE_STATS_NOTE_H

#include "core/tally.h"
#include "store/statement.h"

struct run;

/* A run that came to its end: of `r` are used id, job, state, outcome, occurrences, scheduled_for, created_at (of one that is final from its
 * beginning), finished_at, lateness_ms, duration_ms, metrics and edited. */
void stats_note(struct store *s, const struct run *r);

struct stats_note {
    const char *job; /* not terminated */
    size_t job_len;
    const uint8_t *id;    /* ID_SIZE octets; NULL, and what follows is not known: a row of before */
    struct wall ended_at; /* finished_at; of one that never began: when that was noted */
    struct wall scheduled_for;
    bool edited;
    struct wall at; /* where it is counted */
    struct tally_run run;
};
void stats_note_pack(const struct run *r, struct buf *out); /* with the row's mark, where `out` is empty */

/* Reading a row; texts of notes are in it. */
struct stats_notes {
    struct unpack u;
    bool old;
};
struct stats_notes stats_notes_begin(const void *data, size_t len);
/* False: there are no more, or they are damaged (x->u.bad). */
bool stats_notes_next(struct stats_notes *x, struct stats_note *ret);

/* Of the store's transactions (store.c). */
void stats_notes_mark(struct store *s);                  /* a savepoint begins */
void stats_notes_undo(struct store *s);                  /* back to it */
void stats_notes_drop(struct store *s);                  /* the transaction is undone */
int stats_notes_write(struct store *s, struct err *e);   /* it is about to be committed */
int stats_notes_lighten(struct store *s, struct err *e); /* between savepoints: writes them when they are many */

#endif
