#include "api/resource.h"

#include "store/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* One at a time: each takes as much of the disk as the store. */
static atomic_flag busy = ATOMIC_FLAG_INIT;

static int take_file(struct reply *p, const char *path, struct err *e)
{
    p->file = open(path, O_RDONLY | O_CLOEXEC);
    int why = errno;
    unlink(path);
    return p->file >= 0 ? 0 : err_set(e, ERR_IO, "the backup cannot be read: %s", strerror(why));
}

static void name_it(struct reply *p, struct wall now)
{
    char text[80], at[WALL_TEXT_SIZE];
    wall_format(now, at);
    snprintf(text, sizeof text, "attachment; filename=\"edgecron-%.10s.db\"", at);
    reply_field(p, "Content-Disposition", text);
}

int api_backup(struct request *q, struct reply *p, struct err *e)
{
    static const struct backup_options options = { .replace = true, .gentle = true };
    if (atomic_flag_test_and_set(&busy)) {
        reply_field(p, "Retry-After", "10");
        return err_set(e, ERR_TOO_MANY, "another backup is being made: try again when it is done");
    }
    char *path = arena_printf(q->arena, "%s/" BACKUP_SENT, q->reader->data_dir);
    int rc = store_backup(q->reader->store, path, &options, &p->file_len, e);
    if (!rc)
        rc = take_file(p, path, e);
    atomic_flag_clear(&busy);
    if (rc)
        return rc;
    p->status = 200;
    p->policy = REPLY_API;
    p->content_type = "application/vnd.sqlite3";
    name_it(p, q->now);
    return 0;
}
