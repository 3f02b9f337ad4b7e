/* command.h - what edgecron can be told to do: one table of nouns, verbs, arguments, flags, help and handlers.
 *
 * Dispatch, `help`, `--help` and the README's table all come from it. Thread: main. */
#ifndef EDGECRON_CLI_COMMAND_H
#define EDGECRON_CLI_COMMAND_H

#include "base/buf.h"
#include "base/err.h"
#include "cli/config.h"

#include <stdbool.h>
#include <stdint.h>

struct command;

/* One invocation: words[0..n_words) are the arguments after noun and verb. */
struct call {
    const struct command *command;
    struct config config;
    const char *const *words;
    int n_words;
};

struct command {
    const char *noun, *verb; /* verb NULL: the noun alone */
    const char *arguments;   /* "NAME [--wait]"; "" for none */
    int min_words, max_words;
    flag_set flags; /* beside COMMAND_COMMON; see `more` */
    const char *summary;
    const char *help; /* paragraphs and examples, or NULL */
    /* 0; -ERR with *e, which main prints; or a positive exit status when all has been said. */
    int (*run)(struct call *call, struct err *e);
    flag_set more; /* FLAG_MORE_BITs */
};
#define COMMAND_COMMON (FLAG_BIT(FLAG_HELP) | FLAG_BIT(FLAG_JSON))

struct noun {
    const char *name, *summary;
};
extern const struct noun noun_table[];
extern const int noun_count;
extern const struct command command_table[];
extern const int command_count;

const struct noun *noun_named(const char *name);
struct flags command_flags(const struct command *c); /* COMMAND_COMMON among them */
bool command_takes(const struct command *c, enum flag f);
/* "job list" or "serve", into out. Returns out. */
char *command_name(const struct command *c, char *out, size_t size);
/* The command that words[0..n) begin with; *ret_used is 1 or 2. NULL with ERR_USAGE, which says what is near. */
const struct command *command_find(const char *const *words, int n, int *ret_used, struct err *e);

/* Does all: parses argv, runs, prints the error. Returns the exit status. */
int command_main(int argc, char **argv);

/* Help, as text (help.c). */
void help_all(struct buf *out);
void help_noun(struct buf *out, const struct noun *n);
void help_command(struct buf *out, const struct command *c);
/* Breaks text into lines that all begin at column `indent`; the first is there already. Ends with a line break. */
void help_wrapped(struct buf *out, const char *text, int indent);

#endif
