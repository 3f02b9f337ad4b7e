/* alerts_rows.h - inside src/store alone: how rules and channels are kept, which is the same but for the table: rows of a name, a form and
 * a revision; and what the files about them share. */
#ifndef EDGECRON_STORE_ALERTS_ROWS_H
#define EDGECRON_STORE_ALERTS_ROWS_H

#include "store/alerts.h"
#include "store/statement.h"

struct alerts_table {
    const char *word, *what;                        /* of messages: "channel", "channel 'x' as kept ..." */
    enum query get, insert, update, remove, number; /* their columns, and parameters, are in the same order */
    enum audit_action created, updated, removed;
    int most;
};
extern const struct alerts_table ALERTS_RULES, ALERTS_CHANNELS;

struct alerts_row {
    bool exists;
    const char *spec;
    int64_t revision;
    struct wall created_at, updated_at;
};
/* From a statement whose columns begin with spec, revision, created_at, updated_at. */
void alerts_row_read(struct statement *q, struct arena *a, struct alerts_row *ret);
int alerts_row_get(struct store *s, const struct alerts_table *t, const char *name, struct arena *a,
                   struct alerts_row *ret, struct err *e); /* ERR_NOT_FOUND */
/* The same; when there is none ret->exists is false. ERR_CONFLICT by if_revision. */
int alerts_row_find(struct store *s, const struct alerts_table *t, const char *name, int64_t if_revision,
                    struct arena *a, struct alerts_row *ret, struct err *e);
/* `old`: what is there, `before`: its form, NULL when there is none or it cannot be read. With the audit's entry. */
int alerts_row_put(struct store *s, const struct alerts_table *t, const char *name, const struct alerts_row *old,
                   const struct json *before, const struct json *form, struct wall now, enum put_result *ret,
                   struct err *e);
int alerts_row_remove(struct store *s, const struct alerts_table *t, const char *name, const struct json *before,
                      struct wall now, struct err *e);
/* Are the rules just those of a new store? */
int alerts_are_default(struct store *s, bool *ret, struct err *e);
int alerts_row_exists(struct store *s, enum query get, const char *name, bool *ret, struct err *e);

/* ERR_INVALID with a pointer within the job for rules of its own that are not right, or name a channel that is not there. */
int alerts_check_job(struct store *s, const struct job *j, struct err *e);
/* ERR_INVALID at `pointer` for a template (NULL: none) of what is no target, when it names a secret that is bound to targets. */
int secret_unbound_check(struct store *s, const char *text, const char *pointer, struct err *e);
int alerts_forget_job(struct store *s, const char *job, struct wall now,
                      struct err *e); /* it was removed: see alerts.h */
int alerts_forget_target(struct store *s, const char *target, struct err *e);
int alerts_forget_secret(struct store *s, const char *secret, struct err *e);
int mute_forget(struct store *s, enum mute_scope scope, const char *name,
                struct err *e); /* what it is of was removed */

#endif
