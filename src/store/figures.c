#include "store/figures.h"

#include "core/run.h"
#include "store/statement.h"

#include <sys/stat.h>
#include <sys/statvfs.h>

#define STREAK_MOST 1000

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

/* *ret_id is "" when there is none. */
static int succeeded_last(struct store *s, const char *job, char ret_id[ID_TEXT_SIZE], struct wall *ret, struct err *e)
{
    struct statement q = statement_begin(s, Q_FIGURES_SUCCEEDED_LAST);
    statement_text(&q, job);
    int rc = statement_row(&q, e);
    *ret_id = '\0';
    *ret = WALL_NONE;
    if (rc > 0) {
        next_id(&q, ret_id);
        *ret = next_wall(&q);
    }
    statement_end(&q);
    return rc < 0 ? rc : 0;
}

/* How many runs of a job after that one ended so, STREAK_MOST at most: adds to *ret. */
static int ended_since(struct store *s, const char *job, enum run_state state, const char *id, int64_t *ret,
                       struct err *e)
{
    struct statement q = statement_begin(s, Q_FIGURES_ENDED_SINCE);
    statement_text(&q, job);
    statement_text(&q, run_state_name(state));
    statement_id(&q, *id ? id : "00000000-0000-0000-0000-000000000000"); /* before all others */
    statement_int(&q, STREAK_MOST);
    int rc;
    while ((rc = statement_row(&q, e)) > 0)
        ++*ret;
    return rc;
}

int figures_streak(struct store *s, const char *job, struct wall *ret_succeeded, int64_t *ret_failed, struct err *e)
{
    char id[ID_TEXT_SIZE];
    *ret_failed = 0;
    int rc = succeeded_last(s, job, id, ret_succeeded, e);
    if (!rc)
        rc = ended_since(s, job, RUN_FAILED, id, ret_failed, e);
    if (!rc)
        rc = ended_since(s, job, RUN_MISSED, id, ret_failed, e);
    return rc;
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
