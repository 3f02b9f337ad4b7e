#include "store/figures.h"

#include "store/statement.h"

#include <sys/stat.h>
#include <sys/statvfs.h>

static int64_t size_of(const char *dir, const char *suffix)
{
    struct stat st;
    mem_auto char *path = mem_printf("%s/" STORE_FILE "%s", dir, suffix);
    return stat(path, &st) ? -1 : (int64_t)st.st_size;
}

void figures_space(const char *dir, struct figures_space *ret)
{
    struct statvfs fs;
    *ret = (struct figures_space){ .database = size_of(dir, ""), .wal = size_of(dir, "-wal"), .free = -1, .total = -1 };
    if (statvfs(dir, &fs))
        return;
    ret->free = (int64_t)fs.f_bavail * (int64_t)fs.f_frsize;
    ret->total = (int64_t)fs.f_blocks * (int64_t)fs.f_frsize;
}

static int succeeded_last(struct store *s, const char *job, struct wall *ret, struct err *e)
{
    struct statement q = statement_begin(s, Q_FIGURES_SUCCEEDED_LAST);
    statement_text(&q, job);
    int rc = statement_row(&q, e);
    *ret = rc > 0 ? next_wall(&q) : WALL_NONE;
    statement_end(&q);
    return rc < 0 ? rc : 0;
}

int figures_streak(struct store *s, const char *job, struct wall *ret_succeeded, int64_t *ret_failed, struct err *e)
{
    int rc = succeeded_last(s, job, ret_succeeded, e);
    *ret_failed = 0;
    if (rc)
        return rc;
    struct statement q = statement_begin(s, Q_FIGURES_FAILED);
    statement_text(&q, job);
    rc = statement_row(&q, e);
    if (rc > 0)
        *ret_failed = next_int(&q);
    statement_end(&q);
    return rc < 0 ? rc : 0;
}

int figures_secrets(struct store *s, int most,
                    void (*each)(void *ctx, const char *name, struct wall updated_at, struct wall due_at), void *ctx,
                    struct err *e)
{
    struct statement q = statement_begin(s, Q_FIGURES_SECRET_EACH);
    statement_int(&q, most);
    int rc;
    while ((rc = statement_row(&q, e)) > 0) {
        const char *name = next_text(&q);
        struct wall updated_at = next_wall(&q);
        int64_t every_s = next_int(&q);
        each(ctx, name, updated_at, every_s ? (struct wall){ updated_at.ms + every_s * 1000 } : WALL_NONE);
    }
    return rc;
}
