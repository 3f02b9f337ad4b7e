/* fault.h - in test builds alone: the n-th use of the store's files fails, or each one from there on.
 *
 * Built with EDGECRON_TEST_HOOKS only; a release has none of it. A test in the same process arms a fault by fault_arm(); a
 * server reads the file that EDGECRON_TEST_FAULT_FILE names before each use, so that a test can begin and end a fault while it
 * runs. Its text is "KIND N once|lasting io|full|damaged" ("write 3 lasting full"), "read N page io|damaged" for a bad sector under page N
 * of the store, or "" for none; uses are counted anew when it changes. Any thread. */
#ifndef EDGECRON_BASE_FAULT_H
#define EDGECRON_BASE_FAULT_H
#ifdef EDGECRON_TEST_HOOKS

#include <stdbool.h>
#include <stdint.h>

#define FAULT_TABLE(X)            \
    X(FAULT_OPEN, "open")         \
    X(FAULT_READ, "read")         \
    X(FAULT_WRITE, "write")       \
    X(FAULT_SYNC, "sync")         \
    X(FAULT_TRUNCATE, "truncate") \
    X(FAULT_SIZE, "size")         \
    X(FAULT_LOCK, "lock")         \
    X(FAULT_DELETE, "delete")     \
    X(FAULT_ACCESS, "access")     \
    X(FAULT_SHM_MAP, "shm_map")   \
    X(FAULT_SHM_LOCK, "shm_lock")

/* clang-format off */
enum fault_kind {
#define X(name, text) name,
    FAULT_TABLE(X)
#undef X
    FAULT_KINDS
};
/* clang-format on */
const char *fault_kind_name(enum fault_kind k);

struct fault {
    enum fault_kind kind;
    int64_t nth;  /* 1: the next one; 0: by `page` */
    int64_t page; /* FAULT_READ: each read of this page of the store, 1 being the first; 0: none */
    bool lasting; /* all that follow, too */
    bool full;    /* there is no space left, where that can be; else an error of the device ... */
    bool damaged; /* ... or what is there is damaged */
};
void fault_arm(const struct fault *f); /* NULL: none; uses are counted from here */
bool fault_hold(bool held);            /* held: nothing fails and nothing is counted; returns what it was */
int64_t fault_seen(enum fault_kind k); /* uses since fault_arm */
int64_t fault_hits(void);              /* how many of them failed */
int fault_strikes(enum fault_kind k);  /* counts a use: 0, or the errno that it is to fail with */
int fault_strikes_page(int64_t page);  /* the same for a read of the store's file, uncounted */

#endif
#endif
