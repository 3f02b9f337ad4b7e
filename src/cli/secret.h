/* secret.h - what the `secret` commands share: the value at hand, and what is told of it. Thread: main. */
#ifndef EDGECRON_CLI_SECRET_H
#define EDGECRON_CLI_SECRET_H

#include "cli/command.h"
#include "cli/data.h"
#include "store/secrets.h"

/* One secret being changed. */
struct secret_edit {
    struct data *d;
    const char *name;
    struct buf value; /* wiped by secret_edit_free; empty: the value stays as it is */
    bool generated;   /* the value is new, and printed once */
    int64_t before;   /* version before; 0: there was none */
    int64_t version;  /* version after */
};
void secret_edit_free(struct secret_edit *x);

/* --target, --rotate-every: are they given, are they well formed, and do them (in the caller's transaction). */
bool secret_fields_given(const struct config *c);
int secret_fields_check(const struct config *c, struct err *e);
int secret_fields_put(struct secret_edit *x, struct err *e);
/* Makes the value by --format, --alphabet, --bytes and --length. */
int secret_make_value(struct secret_edit *x, struct err *e);
/* ERR_INVALID for a value that cannot be kept secret. */
int secret_check_value(const struct secret_edit *x, struct err *e);
/* Says all on standard output: "secret 'K' SAID", a value that was made, or the JSON; warnings on standard error. */
int secret_report(struct secret_edit *x, const char *said, struct err *e);

#endif
