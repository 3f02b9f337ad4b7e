/* install.h - edgecron as a service of systemd: what `edgecron install` makes, and takes away. Between the install*.c alone. Thread: main.
 *
 *   install.c        the command: in which order, what is said
 *   install_unit.c   the unit's text, and the flags that it was made with
 *   install_files.c  files, folders and their owner
 *   install_system.c users, and other programs */
#ifndef EDGECRON_CLI_INSTALL_H
#define EDGECRON_CLI_INSTALL_H

#include "base/buf.h"
#include "base/json.h"
#include "cli/command.h"

#include <sys/types.h>

#define INSTALL_PROGRAM "/usr/local/bin/edgecron"
#define INSTALL_UNIT "edgecron.service"
#define INSTALL_UNIT_FILE "/etc/systemd/system/" INSTALL_UNIT
#define INSTALL_USER "edgecron"
#define INSTALL_USER_FILE "/etc/sysusers.d/edgecron.conf"
#define INSTALL_TEXT_MAX (256 * 1024)
#define INSTALL_FLAGS_MAX 32

struct install {
    struct config *config;
    const char *root;   /* "" for this machine, else the folder that stands for it */
    const char *data;   /* the data directory, as the service sees it */
    struct json *files; /* what was done: "path", "change" */
    uid_t uid;          /* the service's user, once it is there */
    gid_t gid;
    bool is_root, changed;           /* changed: of program or unit */
    char *before[INSTALL_FLAGS_MAX]; /* the flags of the service that is there, as words */
    int n_before;                    /* -1: there is none */
};

enum install_change { INSTALL_UNCHANGED, INSTALL_CREATED, INSTALL_UPDATED, INSTALL_REMOVED, INSTALL_KEPT };
/* Notes it, and says it unless --json. `path` without root. */
void install_note(struct install *i, const char *path, enum install_change change);

/* --- install_unit.c --- */

/* Flags of `serve` that the service can be given, in the order of its command line. */
extern const enum flag install_flags[];
extern const int install_flag_count;
/* The unit. ERR_USAGE for a flag whose value has no place in it. */
int install_unit(const struct install *i, struct buf *out, struct err *e);
/* Is `text` a unit of ours? Then the flags that it was made with go into argv (borrowed from `text`, which is cut up), at most `max`. -1: it is not. */
int install_unit_flags(char *text, char **argv, int max);
/* ERR_USAGE for a data directory that the service could not use. */
int install_check_data(const char *dir, struct err *e);

/* --- install_files.c --- Paths are without root; each says in words what could not be done. */

char *install_path(const struct install *i, const char *path); /* with root; the caller frees */
/* ERR_CONFLICT when a link makes what is to be below root lie outside of it. */
int install_within(const struct install *i, const char *path, struct err *e);
/* Whole or not at all, 0644, with the folders above it. */
int install_write(struct install *i, const char *path, const char *text, enum install_change *ret, struct err *e);
int install_read(const struct install *i, const char *path, struct buf *out); /* as file_read */
/* This program, unless the same is there. */
int install_program(struct install *i, enum install_change *ret, struct err *e);
/* 0700, of the service's user with all that is in it. ERR_CONFLICT when something else is there. */
int install_data(struct install *i, enum install_change *ret, struct err *e);
int install_own(const struct install *i, const char *path, uid_t uid, gid_t gid, struct err *e);
int install_remove(struct install *i, const char *path, struct err *e); /* fine when it is not there */

/* --- install_system.c --- */

/* Makes the user if need be, and finds its ids. */
int install_user(struct install *i, enum install_change *ret, struct err *e);
bool install_user_ours(const struct install *i); /* the file that makes it is there, and of ours */
int install_user_remove(struct install *i, struct err *e);
bool install_booted(const struct install *i); /* does systemd run here? */
/* Runs a program to its end: 0, or ERR_INTERNAL with the command and its status. argv ends with NULL. */
int install_call(const char *const *argv, struct err *e);

#endif
