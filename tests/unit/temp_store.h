/* temp_store.h - for unit tests of the store: a store in a new directory, and jobs out of one line. */
#ifndef EDGECRON_TEST_TEMP_STORE_H
#define EDGECRON_TEST_TEMP_STORE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "store/jobs.h"
#include "store/runs.h"
#include "store/statement.h"

#include <string.h>

#define NOW ((struct wall){ 1795302000000 }) /* 2026-11-21T23:00:00Z */
#define AFTER(ms_) ((struct wall){ NOW.ms + (ms_) })

struct temp_store {
    char dir[64];
    struct store *s;
};

int temp_store_open(void **state);  /* a cmocka setup: *state is a struct temp_store */
int temp_store_close(void **state); /* its teardown: removes all */
void temp_dir_make(char dir[64]);
void temp_dir_remove(const char *dir);

/* A job of defaults with more fields: fields is "" or ", \"key\": ...". */
struct job_of {
    struct arena *arena;
    struct job job;
};
struct job_of job_of(const char *name, const char *fields);
void put_job(struct store *s, const char *name, const char *fields);
void put_target(struct store *s, const char *name, const char *fields);
int64_t count_of(struct store *s, const char *sql);
char *text_of(struct store *s, const char *sql); /* mem_free it; NULL: no row, or null */
void execute_sql(struct store *s, const char *sql);
/* Finished before that, as if their time were over; returns how many. */
int64_t delete_runs(struct store *s, struct wall before);

/* A new run of a job. */
struct run run_of(const char *job, enum trigger trigger, enum run_state state, struct wall scheduled_for);

#define assert_err(e_, code_, words_)                                        \
    do {                                                                     \
        assert_string_equal(err_code_name((e_).code), err_code_name(code_)); \
        if (!strstr((e_).text, words_))                                      \
            fail_msg("'%s' does not say '%s'", (e_).text, words_);           \
    } while (0)
#define assert_ok(call_, e_)                                          \
    do {                                                              \
        if ((call_) != 0)                                             \
            fail_msg("%s: %s (%s)", #call_, (e_).text, (e_).pointer); \
    } while (0)

#endif
