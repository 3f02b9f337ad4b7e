/* input.h - what commands read: files, standard input, a secret typed on a terminal. Thread: main. */
#ifndef EDGECRON_CLI_INPUT_H
#define EDGECRON_CLI_INPUT_H

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "cli/config.h"

/* All of a file into out, up to out->max. "-" is standard input; when that is a terminal, ERR_USAGE with `what` is wanted. */
int input_read(const char *path, const char *what, struct buf *out, struct err *e);
/* The same, parsed. The error of a text that is not JSON names the file. */
struct json *input_json(const char *path, const char *what, size_t max, struct err *e);
/* A secret's value from --value-file, standard input, or a terminal (asked for without echo). One line break at its end is dropped. The
 * caller wipes out. */
int input_secret(const struct config *c, const char *name, struct buf *out, struct err *e);
/* The same; nothing given leaves out empty, which means that the present value is kept. */
int input_secret_or_none(const struct config *c, const char *name, struct buf *out, struct err *e);
void input_drop_line_break(struct buf *b); /* one at its end, as editors and echo put it */

#endif
