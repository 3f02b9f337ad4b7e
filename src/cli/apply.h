/* apply.h - what `apply` did, or would do: for people, line by line with what changes in each thing, and for programs.
 * Thread: main. */
#ifndef EDGECRON_CLI_APPLY_H
#define EDGECRON_CLI_APPLY_H

#include "cli/data.h"

void apply_print(const struct apply_result *r, const struct apply_options *o);
void apply_print_json(const struct data *d, const struct apply_result *r, const struct apply_options *o);

#endif
