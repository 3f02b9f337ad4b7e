/* run_end.h - inside src/store alone: what is kept beside a run that came to its end, in the transaction that ends it. */
#ifndef EDGECRON_STORE_RUN_END_H
#define EDGECRON_STORE_RUN_END_H

#include "store/runs.h"
#include "store/statement.h"

/* Statistics (stats_note.h says what of `r` is used), and whether the job is failing (failing.h); the row is there, in its final state.
 * Of messages (channel.h) nothing is. */
int run_end_note(struct store *s, const struct run *r, struct err *e);

#endif
