/* metrics_process.h - what the kernel tells of this process: processor time, memory, descriptors.
 *
 * A confined process (confine.h) cannot open /proc any more: metrics_process_open does so before, and keeps two descriptors for good. */
#ifndef EDGECRON_BASE_METRICS_PROCESS_H
#define EDGECRON_BASE_METRICS_PROCESS_H

#include "base/clock.h"

#include <stdint.h>

struct metrics_process { /* -1: not known */
    double cpu_s;        /* user and system, all threads */
    int64_t resident_bytes, virtual_bytes;
    int64_t threads;
    int64_t descriptors, descriptors_max;
    struct wall started_at; /* WALL_NONE: not known */
};

void metrics_process_open(void);                        /* main thread, before others start; once is enough */
void metrics_process_read(struct metrics_process *ret); /* any thread */

#endif
