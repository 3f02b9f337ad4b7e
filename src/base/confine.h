/* confine.h - a process gives up what it will not need, so that a fault in it is worth less: best effort, and told.
 *
 *   core dumps     no core file, and no other process of the same user may read or trace this one (prctl(2), setrlimit(2))
 *   privileges     no program started from here could gain any (PR_SET_NO_NEW_PRIVS)
 *   files          Landlock: only the folders that were named, no program run, no TCP port but those named bound, no
 *                  signal to others (landlock(7); uapi/linux/landlock.h)
 *   system calls   a filter (seccomp(2)): new programs and processes, tracing, mounting, modules, keys, other kinds of sockets,
 *                  code made at run time and the like are refused with EPERM; calls younger than this program do not exist
 *   swap           secrets' values are in locked memory (guarded.h)
 *
 * Each works without the others, and an old or strict kernel leaves some out: confine_state tells which, and why. Nothing of it
 * can be undone. Landlock and the filter hold for the calling thread and those it starts: so before any other thread.
 *
 * The filter is a list of what is refused, not of what is allowed. What an HTTP client, SQLite and a C library may need differs with the
 * kernel, the file system and the library's version, and a call missing from such a list is an outage that no test foresees. What is
 * refused here is nothing that any of them has a use for, and nothing that a kernel adds later gets through. */
#ifndef EDGECRON_BASE_CONFINE_H
#define EDGECRON_BASE_CONFINE_H

#include <stdbool.h>
#include <stdint.h>

enum confine_measure {
    CONFINE_DUMPS,
    CONFINE_PRIVILEGES,
    CONFINE_FILES,
    CONFINE_CALLS,
    CONFINE_SWAP,
    CONFINE_MEASURES
};
const char *confine_name(enum confine_measure m); /* "core_dumps", ... */

struct confine_state {
    bool on;
    char why[160]; /* not on: for people; "" when on */
};
/* Any thread, after confine_process. */
struct confine_state confine_state(enum confine_measure m);

enum confine_right {
    CONFINE_READ = 1,  /* the file, or all below the folder */
    CONFINE_WRITE = 2, /* the same, and make, change and remove files there */
    CONFINE_RMDIR = 4  /* remove empty folders in it */
};

#define CONFINE_PATHS_MAX 128
#define CONFINE_PORTS_MAX 4

/* What stays allowed. Paths are those of now: what another file or folder is put in the place of later is not meant, but files in a named
 * folder may come and go. */
struct confine_rules {
    struct confine_path {
        char *path; /* owned */
        unsigned rights;
    } paths[CONFINE_PATHS_MAX];
    int n_paths;
    uint16_t ports[CONFINE_PORTS_MAX]; /* to listen on; 0: any the system picks */
    int n_ports;
};
/* One that does not exist is left out when the rules are applied, and so is one too many. NULL: nothing is added. */
void confine_allow(struct confine_rules *r, unsigned rights, const char *path);
/* The folder that a file is in, for files that get replaced; the file alone when that is the root. Where links lead is
 * allowed too. */
void confine_allow_folder_of(struct confine_rules *r, unsigned rights, const char *file);
void confine_allow_port(struct confine_rules *r, uint16_t port);
void confine_rules_free(struct confine_rules *r);

void confine_dumps(void); /* that one alone: for any process that may come to hold a secret */
/* All of it; `rules` NULL: dumps and privileges alone, as the user wants no more. Before other threads start. */
void confine_process(const struct confine_rules *rules);
/* After an open for reading failed: was it Landlock, so that a restart would help? errno stays. */
bool confine_forbade(const char *path);

/* What this kernel offers, found out without confining anything. */
struct confine_support {
    int landlock_abi; /* 0: none, or not switched on */
    bool filter;
};
struct confine_support confine_support(void);

/* Internal: the parts, each 0 or -1 with errno (confine_files.c, confine_calls.c). */
int confine_files(const struct confine_rules *r);
int confine_calls(void);
int confine_files_abi(void); /* of Landlock; below 1 with errno: none */
bool confine_calls_known(void);

#endif
