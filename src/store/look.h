/* look.h - inside src/store alone: opening a database without a trace (STORE_LOOK of store.h). */
#ifndef EDGECRON_STORE_LOOK_H
#define EDGECRON_STORE_LOOK_H

#include "store/statement.h"

/* A file that nobody writes, whatever its format, as a store that has no queries yet. s->db is NULL, or has an error, when that fails. */
struct store *look_file(const char *path);

/* Opens s->db. s->look_fd is a lock, to be closed after it. */
int look_connect(struct store *s, const char *path, struct err *e);

/* A row of SQLite's checks: does it say that something could not be read, rather than that it is wrong? */
bool look_could_not_read(const char *damage);

#endif
