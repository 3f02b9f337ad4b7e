/* job.h - what several commands show of jobs and runs. Thread: main. */
#ifndef EDGECRON_CLI_JOB_H
#define EDGECRON_CLI_JOB_H

#include "cli/data.h"
#include "store/jobs.h"
#include "store/runs.h"

/* What became of a job: "job 'x' created", or with --json its form after the change. */
int job_report(struct data *d, const char *name, const char *what, struct err *e);

/* One run, for people or as JSON. */
int run_print(struct data *d, const char *id, bool brief, struct err *e);
/* After a run was asked for: tells its id, or with --wait waits for its end. The exit status, or -ERR. */
int run_follow(struct data *d, const char *id, struct err *e);
/* Waits for its end as --wait and --timeout have it: the state that it ended in, or -ERR. */
int run_wait(struct data *d, const char *id, struct err *e);

#endif
