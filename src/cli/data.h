/* data.h - the data directory as a command uses it: opened by the command itself, whether or not a server runs on it.
 *
 * Thread: main. */
#ifndef EDGECRON_CLI_DATA_H
#define EDGECRON_CLI_DATA_H

#include "base/map.h"
#include "cli/config.h"
#include "core/job.h"
#include "engine/zones.h"
#include "store/jobs.h"
#include "store/store.h"
#include "store/vault.h"

struct data {
    const struct config *config;
    const char *dir;
    struct store *store;
    struct vault *vault; /* after data_vault */
    struct zones *zones; /* after data_zones */
    struct map unset;    /* names of secrets met by data_note_secrets that are not set */
};

/* `d` is zeroed by the caller, who calls data_close whatever happens. */
int data_open(struct data *d, const struct config *c, enum store_mode mode, struct err *e);
int data_open_existing(struct data *d, const struct config *c, struct err *e); /* STORE_WRITE, but never makes one */
int data_vault(struct data *d, struct err *e); /* needs STORE_WRITE; makes the master key of a new store */
void data_conceal(void); /* before a key or a value is in memory: no core dumps, no tracing; data_vault does it */
struct zones *data_zones(struct data *d);
void data_close(struct data *d);

/* After a change: a running server looks. `waits` says on standard error what waits when no server runs, or NULL. */
void data_changed(const struct data *d, const char *waits);

/* Remembers the secrets that a job (with its target) or the target alone names and that are not set; data_warn_secrets tells
 * of them on standard error, with the command that sets each. */
void data_note_secrets(struct data *d, const struct job *j, const struct target *t);
void data_note_secret(void *data, const char *name); /* one */
void data_warn_secrets(const struct data *d);
void data_unset_add(const struct data *d, struct json *array); /* their names */

/* " --data DIR" when the directory was named on the command line, else "": for commands that are suggested. Returns out. */
const char *data_hint(const struct data *d, char *out, size_t size);
/* "job 'x' removed", or with --json {"job": "x", "result": "removed"}. Returns 0. */
int data_report(const struct data *d, const char *kind, const char *name, const char *what);
const char *data_put_text(enum put_result result); /* "created" */

#endif
