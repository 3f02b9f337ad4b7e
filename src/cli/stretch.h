/* stretch.h - while the main thread is at something long (a migration, the copy before it, a recovery, the last writes), a thread beside it asks
 * systemd for more time, so that a large store is not killed at its start, over and over.
 *
 * It asks as long as the main thread gets on: uses the processor, or has not stood still for STRETCH_STILL_MS, which the slowest sync does not
 * take. Without systemd, nothing happens. Thread: main. One at a time. */
#ifndef EDGECRON_CLI_STRETCH_H
#define EDGECRON_CLI_STRETCH_H

#define STRETCH_STILL_MS 600000

/* `what` goes to STATUS= once it takes longer than a second; borrowed. */
void stretch_begin(const char *what);
void stretch_end(void); /* fine when none was begun */

#endif
