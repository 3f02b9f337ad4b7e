/* alert.h - what several commands show of alert rules. Thread: main. */
#ifndef EDGECRON_CLI_ALERT_H
#define EDGECRON_CLI_ALERT_H

#include "api/view_alert.h"
#include "cli/data.h"
#include "cli/output.h"

/* The rule as the API has it, or for people. */
int alert_print(struct data *d, const char *name, struct err *e);
/* Says so, when no channel is enabled. */
void alert_note_untold(struct data *d);
/* "muted until 2026-11-22T17:00:00Z", "muted", "" for WALL_NONE. Returns out. */
#define ALERT_MUTED_SIZE (OUTPUT_TIME_SIZE + 16)
char *alert_muted_text(struct wall until, char out[ALERT_MUTED_SIZE]);
/* What was measured of a state, with its unit: "12.5 s", "418 MiB", "2"; "" where there is nothing to measure. Returns out. */
char *alert_value_text(enum alert_on on, double value, char out[OUTPUT_TIME_SIZE]);

#endif
