/* scratch.h - a temporary directory of our own: in $TMPDIR or /tmp, 0700. Thread: main. */
#ifndef EDGECRON_CLI_SCRATCH_H
#define EDGECRON_CLI_SCRATCH_H

#include "base/err.h"

char *scratch_make(const char *prefix, struct err *e); /* the caller frees; NULL on failure */
void scratch_remove(const char *dir);                  /* with all in it; links are not followed */

#endif
