/* complete.h - what a shell may offer for an argument or a flag's value: told from the command table and the flag table.
 *
 * What is offered is fixed words (a flag's choices), or of a kind that the shell knows (files), or names that are in the
 * store: those come from `edgecron completion names KIND` at the moment they are wanted. Thread: main. */
#ifndef EDGECRON_CLI_COMPLETE_H
#define EDGECRON_CLI_COMPLETE_H

#include "cli/command.h"

enum complete_kind {
    COMPLETE_NOTHING, /* anything may stand there */
    COMPLETE_WORDS,   /* the flag's choices */
    COMPLETE_FILES,
    COMPLETE_FOLDERS,
    COMPLETE_COMMANDS, /* nouns */
    COMPLETE_JOBS,     /* from here on: names that `completion names` prints */
    COMPLETE_TARGETS,
    COMPLETE_SECRETS,
    COMPLETE_TOKENS,
    COMPLETE_RUNS,
    COMPLETE_ZONES,
    COMPLETE_CHANNELS,
    COMPLETE_ALERTS,
    COMPLETE_KINDS
};
/* "jobs", as `completion names` takes it; NULL for kinds that are not names. */
const char *complete_kind_name(enum complete_kind k);
enum complete_kind complete_argument(const struct command *c); /* the first word after the command */
bool complete_repeats(const struct command *c);                /* do all words after it mean the same? */
enum complete_kind complete_flag(const struct flag_spec *s);
/* Does the flag take the word after it? One whose value may be left out does not, for a shell. */
bool complete_takes_word(const struct flag_spec *s);
/* Is there another flag of that name, which may mean something else in another command? */
bool complete_ambiguous(enum flag f);

/* Whole scripts, one file each. */
void completion_bash_print(struct buf *out);
void completion_zsh_print(struct buf *out);
void completion_fish_print(struct buf *out);

#endif
