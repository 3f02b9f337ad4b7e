/* progress.h - one line that says what is being waited for, on a terminal alone.
 *
 * On standard error, drawn over itself; nothing with --json, when standard error is no terminal, or one that cannot go back in
 * the line (TERM=dumb). It is gone before anything else is printed: progress_end comes first. Thread: main. */
#ifndef EDGECRON_CLI_PROGRESS_H
#define EDGECRON_CLI_PROGRESS_H

#include "cli/config.h"

struct progress {
    bool on;
    bool drawn;
    unsigned turn; /* of the wheel */
    struct mono since, drawn_at;
};

struct progress progress_begin(const struct config *c);
/* Draws what is waited for, and since when; at most ten times a second. */
void progress_show(struct progress *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Draws at once what takes a while without a chance to draw. */
void progress_step(struct progress *p, const char *what);
void progress_end(struct progress *p); /* fine when nothing was drawn */

#endif
