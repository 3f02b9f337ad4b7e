/* confinement.h - which files and ports a serving process keeps: what the flags, the environment and the stored targets name
 * (base/confine.h does it). */
#ifndef EDGECRON_CLI_CONFINEMENT_H
#define EDGECRON_CLI_CONFINEMENT_H

#include "cli/config.h"

/* Confines this process to the data directory `dir` (made when it is not there), to reading the system's settings, the folders of
 * files named in flags, and of those that targets name now; and to listening on `listen_text`. `demo`: on any other port too, and `dir`
 * itself may be removed. Before any thread. A directory that cannot be made confines nothing: the start fails anyway, and says so. */
void confinement_begin(const struct config *c, const char *dir, const char *listen_text, bool demo);
/* One log line: what is on, and why what is not is not. */
void confinement_log(void);

#endif
