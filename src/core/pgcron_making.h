/* pgcron_making.h - what an apply file is made with. For pgcron_document.c, pgcron_target.c, pgcron_headers.c and pgcron_remark.c alone. */
#ifndef EDGECRON_CORE_PGCRON_MAKING_H
#define EDGECRON_CORE_PGCRON_MAKING_H

#include "core/pgcron_document.h"
#include "core/pgcron_name.h"
#include "core/pgcron_timing.h"

/* A list that grows; its items are in `data`. */
struct pgcron_list {
    void *data;
    size_t n, cap, size; /* size: of an item */
};
void *pgcron_list_add(struct pgcron_list *l); /* a zeroed item at its end */

/* Calls to one place. */
struct pgcron_group {
    struct pgcron_address address; /* of its first call; base may grow by what all paths begin with */
    const char *key;               /* base as cut */
    const char *common;            /* what all paths begin with, "/api"; NULL: not looked at yet */
    size_t n_paths;
    const char *target; /* its name in the file; NULL: no job of the file uses it yet */
    struct pgcron_place at;
};

/* One call, which becomes one job. */
struct pgcron_piece {
    const struct pgcron_job *job;
    const struct pgcron_call *call;
    struct pgcron_timing schedule;
    struct pgcron_group *group;
    const char *path;
    const char *name; /* once it has one */
    int number;       /* from 1; 0: the only call of its job */
};

struct pgcron_making {
    const struct pgcron_result *result;
    const struct pgcron_options *options;
    struct arena *arena;
    struct pgcron_list pieces, notes, moved, groups; /* groups: pointers */
    struct map by_base;                              /* key -> group */
    struct pgcron_names job_names, target_names;
    struct map told;   /* names of jobs of which the reader said that they are left out */
    struct map needed; /* secrets by name */
    const char *timezone;
    struct json *targets, *jobs; /* of the file */
};

/* pgcron_remark.c: notes. */
void pgcron_remark(struct pgcron_making *m, enum pgcron_note_kind kind, const char *job, struct pgcron_place at,
                   const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* The reader's notes and ours, in order. */
void pgcron_remarks_gather(struct pgcron_making *m, struct pgcron_document *ret);

/* pgcron_target.c: places. Finds or makes the group of an address. */
struct pgcron_group *pgcron_group_of(struct pgcron_making *m, const struct pgcron_address *address,
                                     struct pgcron_place at);
/* After all calls are in: which target a piece is on, made when it is the first; its path there is in *ret_path. */
const char *pgcron_target_of(struct pgcron_making *m, const struct pgcron_piece *p, const char **ret_path);
struct json *pgcron_target_form(const struct pgcron_group *g);
const char *pgcron_target_base(const struct pgcron_group *g, struct arena *a);
void pgcron_target_remark(struct pgcron_making *m, const struct pgcron_group *g);

/* pgcron_headers.c: "request" of a job, as headers and body allow it. */
struct json *pgcron_request_form(struct pgcron_making *m, const struct pgcron_piece *p, const char *path);

#endif
