/* upkeep.h - the thread that keeps a server's store small: retention, space given back, checkpoints of the WAL.
 *
 * What may go is looked for on this thread, with a connection of its own that is open for the length of a pass; what is deleted, the writer
 * deletes, in steps of some milliseconds (core/retention.h), so that no commit waits long. Steps give way: one ends when somebody waits for the writer and it has deleted as much as came (twice), and the busier the writer is,
 * and while the WAL cannot be emptied (a reader that takes its time), the longer the pauses.
 *
 * A checkpoint runs here too, not in the writer's commits: the bulk of it, after which the writer has what came meanwhile to add, a few
 * pages, and begins the WAL anew. With `keep_wal` there are none, also none at the end: a program that ships the WAL elsewhere (Litestream)
 * decides when.
 *
 * On a full disk a pass begins at once, as it can free space: first the WAL is emptied, for which a spare file of 32 MiB beside the
 * database is given up if need be (spare.h) (deleting writes to the WAL before it frees anything); it is made again when there is room. */
#ifndef EDGECRON_STORE_UPKEEP_H
#define EDGECRON_STORE_UPKEEP_H

#include "base/err.h"
#include "store/writer.h"

#define STORE_SPARE_FILE "edgecron.spare"

struct upkeep;

struct upkeep_options {
    bool keep_wal;
    int64_t first_ms; /* until the first pass; then one each hour */
};

int upkeep_start(struct upkeep **ret, struct writer *w, const char *dir, const struct upkeep_options *o, struct err *e);
void upkeep_poke(struct upkeep *u); /* a pass now: settings changed. Any thread */
void upkeep_stop(struct upkeep *u); /* before the writer; NULL is fine */
void upkeep_free(struct upkeep *u); /* after the writer, which calls it until its end; NULL is fine */

struct upkeep_stats {
    int64_t passes;      /* ended */
    int64_t runs;        /* deleted */
    int64_t bodies;      /* runs whose headers and bodies were deleted */
    int64_t pages;       /* given back */
    int64_t checkpoints; /* ended */
    int64_t longest_us;  /* that a step kept the writer, its commit aside */
};
void upkeep_stats(const struct upkeep *u, struct upkeep_stats *ret); /* any thread */

#endif
