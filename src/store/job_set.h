/* job_set.h - inside src/store alone: the jobs that something is restricted to, by name. */
#ifndef EDGECRON_STORE_JOB_SET_H
#define EDGECRON_STORE_JOB_SET_H

#include "store/jobs.h"
#include "store/statement.h"

struct job_set {
    bool all;           /* no restriction: names is empty */
    const char **names; /* sorted, each once */
    int n;
};

/* The jobs that `w` describes, as they are now; in the arena. A job that is named by w->job need not exist (its runs
 * outlive it) unless there is another restriction. */
int job_set_find(struct store *s, const struct job_scope *w, struct arena *a, struct job_set *ret, struct err *e);
/* Those of messages (core/channel.h): of channels that are there, and that have history. */
int job_set_of_channels(struct store *s, struct arena *a, struct job_set *ret, struct err *e);
bool job_set_has(const struct job_set *set, const char *name);

#endif
