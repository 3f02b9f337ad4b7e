/* watchdog.h - tells systemd that all is well (WATCHDOG=1, sd_watchdog_enabled(3)), and only while it is, and what the server does (STATUS=).
 *
 *   engine     its loop answers within half of the interval
 *   listener   the gate's loop does
 *   writer     hands back what it was given, some of it each WATCHDOG_WRITER_MS: a sync may take that long on a disk that is in trouble,
 *              which a restart would not mend. A full disk fails writes and keeps nobody.
 *   main       is who asks
 *
 * An engine that hangs is found within 7/4 of the interval. Without systemd, nothing happens and nothing wakes. Thread: main. */
#ifndef EDGECRON_CLI_WATCHDOG_H
#define EDGECRON_CLI_WATCHDOG_H

#include "api/api.h"
#include "engine/engine.h"

#define WATCHDOG_WRITER_MS 600000

enum watchdog_subject { WATCHDOG_ENGINE, WATCHDOG_LISTENER, WATCHDOG_WRITER, WATCHDOG_SUBJECTS };
struct watchdog {
    int64_t interval_ms;                  /* 0: systemd wants no sign of life */
    int64_t every_ms;                     /* between two looks; -1: there are none */
    struct mono last;                     /* look; 0: none yet */
    struct mono asked[WATCHDOG_SUBJECTS]; /* when what is not answered yet was asked first */
    int64_t silent_ms[WATCHDOG_SUBJECTS];
    int64_t handed_back;
    int failed; /* who was found stuck, 1-based; 0: nobody */
    char status[512];
};
void watchdog_init(struct watchdog *w);
/* Looks when it is time to. Returns how many milliseconds from now it is to be called again, -1: never. */
int watchdog_look(struct watchdog *w, struct engine *g, struct api *a);
void watchdog_tell(struct watchdog *w, struct engine *g); /* STATUS= now, if it is another than before */
/* What the server does, in a line. Returns out. */
char *watchdog_status(const struct engine_status *s, char *out, size_t size);

#endif
