/* backups.h - backups by schedule (settings.backup_schedule), into DATA/backups. A thread of its own makes them, as a reader of the store, in
 * small steps and at a low priority, so that no commit waits for it; it sleeps until one is due, and is there only once there is a schedule.
 *
 * Each is looked through before it gets its name, and only then do older ones go, but for the newest backup_keep. When the last one was made is
 * told by the files alone, so a restart forgets nothing; one that was due while no server ran is made up for at the start. One that fails is
 * tried again ten minutes later. */
#ifndef EDGECRON_ENGINE_BACKUPS_H
#define EDGECRON_ENGINE_BACKUPS_H

#include "core/document.h"
#include "engine/engine.h"

#define BACKUPS_FOLDER "backups"

struct backup_status {
    bool on;              /* there is a schedule */
    bool busy;            /* one is being made */
    struct wall last_at;  /* when the newest that is there was begun; WALL_NONE: there is none */
    struct wall next_at;  /* WALL_NONE: none is due */
    int64_t last_bytes;   /* of the newest; -1: not known */
    int64_t made, failed; /* since the start */
    char error[512];      /* why the last try failed; "" when it did not */
};
void backups_status(struct engine *g, struct backup_status *ret); /* any thread */

/* Inside src/engine. */
struct backups;
struct backups *backups_new(const char *data_dir);
void backups_tell(struct backups *b, const struct settings *now); /* what the settings are; the engine's thread */
void backups_free(struct backups *b); /* ends the thread: one under way is given up, and leaves nothing */
void backups_read(struct backups *b, struct backup_status *ret); /* any thread */

#endif
