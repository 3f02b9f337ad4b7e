/* home.h - where a store is at home. A copy of it that is started elsewhere must not call what the other one calls, so it begins
 * paused ("held"), and says why, until somebody resumes it.
 *
 * Two ways to tell:
 *   - A backup says itself that it is one (copied_at): whoever starts with it holds a *restored* store.
 *   - Else the place is compared with the one that the server before noted: a *copied* store.
 *
 * A server that is paused by mistake is worse than most things, so a place counts as another only when nothing else is left:
 *
 *   the file              the machine                        it is
 *   the same one          any                                at home: moved, renamed, a disk or volume attached elsewhere, a new container
 *   the same one          cloned (see below)                 another
 *   another one           the same, and the same path        at home: two cannot be there at once (restored by tar, a new disk)
 *   another one           the same, and the old path empty   at home: moved across file systems
 *   another one           else                               another
 *   cannot be told        any                                at home
 *
 * - The file is known by inode and time of birth, on file systems that keep inodes for good (a list; not FUSE, 9p, SMB, FAT). Never by
 *   device number, which a reboot changes, nor by path, which bind mounts change.
 * - The machine is known by /etc/machine-id (hashed). In a container it is not known: there it is missing, or the image's, or new each time.
 * - Cloned: machine-id the same, and the virtual machine's own id (DMI product_uuid, hashed) another. Root alone can read that one, so clones of
 *   machines whose edgecron is not root's, and snapshots of a disk attached elsewhere, go unseen: pause before making one
 *   ('edgecron settings set --paused true').
 * - Where a store comes from a copy each time (a volume restored at each start of a container), the server is told so: --same-store.
 *
 * Inside a server: main thread, at the start. */
#ifndef EDGECRON_STORE_HOME_H
#define EDGECRON_STORE_HOME_H

#include "store/store.h"

#define HOME_FORMAT 9 /* the first format that has it */

struct home {
    int64_t inode, born_ns;         /* 0: not known */
    char machine[33], hardware[33]; /* hashes; "": not known */
    char *path;                     /* absolute; "": not known */
};

enum home_hold { HOLD_NONE, HOLD_RESTORED, HOLD_COPIED };
const char *home_hold_name(enum home_hold h); /* "restored"; NULL: none */

/* Is `now` where `then` was? Pure. `old_path_empty`: there is no store at then->path any more, seen from here. */
bool home_same(const struct home *then, const struct home *now, bool old_path_empty);

/* At the start of a server, before anything is planned: compares, notes where the store is now, and holds one that is not at home: paused, what
 * the other life left open and is at most once ended as `interrupted`. `same`: it is at home wherever it is. *ret is what was found
 * now: HOLD_NONE also for one that is held since an earlier start. One transaction. */
int home_settle(struct store *s, bool same, struct wall now, enum home_hold *ret, struct err *e);
/* The same for a backup that is being restored, made at `made_at`: it is held, whatever it says of itself. */
int home_restored(struct store *s, struct wall made_at, struct wall now, struct err *e);

struct home_held {
    enum home_hold hold;
    struct wall copied_at; /* of a restored store: when the backup was made; WALL_NONE: not known */
};
int home_held(struct store *s, struct home_held *ret, struct err *e);
#define HOME_TEXT_SIZE 400
/* What happened and what to do, for people. Returns out; "" when it is not held. */
char *home_held_text(const struct home_held *h, char *out, size_t size);
/* Inside src/store: resuming ends it (settings.c). */
int home_release(struct store *s, struct err *e);

#endif
