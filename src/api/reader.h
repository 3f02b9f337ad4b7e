/* reader.h - read-only stores for the threads that answer requests: few, and lent for the length of one request.
 *
 * civetweb holds a thread for each connection, busy or idle, so there are many threads; a store each would cost memory for
 * nothing. The one lent is always the first that is free: at low load one store does all the work. */
#ifndef EDGECRON_API_READER_H
#define EDGECRON_API_READER_H

#include "engine/zones.h"
#include "store/store.h"

#define READERS_MAX 8 /* reads at the same time; more wait */

struct reader {
    const char *data_dir;
    struct store *store; /* NULL until reader_store */
    struct zones *zones; /* NULL until reader_zones */
};
struct store *reader_store(struct reader *r, struct err *e); /* NULL: it cannot be opened now */
struct zones *reader_zones(struct reader *r);
/* Gives the store up after a failure of it, so that the next request opens it afresh. */
void reader_drop_store(struct reader *r);

struct readers;
struct readers *readers_new(const char *data_dir); /* opens nothing; data_dir is borrowed */
void readers_free(struct readers *all);            /* all must have been given back */
struct reader *readers_take(struct readers *all);  /* any thread; waits for a free one */
void readers_give(struct readers *all, struct reader *r);

#endif
