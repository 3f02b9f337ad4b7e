/* scenario.h - for tests of what fails below the store: all that a server does with its store, in small steps, each of which is
 * one thing that is acknowledged or not; and what the store holds, as one number. */
#ifndef EDGECRON_TEST_SCENARIO_H
#define EDGECRON_TEST_SCENARIO_H

#include "temp_store.h"

#include "store/vault.h"

#define SCENARIO_RUNS 12 /* that a claim makes */

struct scenario {
    char dir[64];
    const char *pragma; /* executed on each store opened, or NULL: a test's own way to weaken it */
    struct store *s;
    struct vault *vault;
    char ids[SCENARIO_RUNS][ID_TEXT_SIZE]; /* of the claim made last */
    int round;
};

struct scenario_step {
    const char *name;
    int (*run)(struct scenario *x, struct err *e); /* may be run again after it failed */
    bool several;                                  /* more than one transaction: a failure may leave some of them */
};
extern const struct scenario_step scenario_steps[];
extern const int scenario_length;

void scenario_begin(struct scenario *x, const char *pragma); /* an empty directory */
void scenario_end(struct scenario *x);                       /* removed */

/* All rows of all tables but SQLite's own. 0: it cannot be read. */
uint64_t scenario_hash(struct store *s);
/* Opens the store in `dir` anew, by files that do not fail. Returns its hash; fails the test when it does not open, or
 * integrity_check or foreign_key_check find something. */
uint64_t scenario_reopened(const char *dir, const char *what);

#endif
