#include "store/migration_copy.h"

#include "base/crash.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/backup.h"
#include "store/backup_file.h"
#include "versions.h"

#include <dirent.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COPY_PREFIX STORE_FILE ".before-"
#define COPY_UNFINISHED ".part"
#define WAIT_MS 300000 /* for another process that makes the copy */
#define WAIT_STEP_MS 50

static int64_t format_now(struct store *s)
{
    sqlite3_stmt *q;
    int64_t n = -1;
    if (sqlite3_prepare_v2(s->db, "PRAGMA user_version", -1, &q, NULL) == SQLITE_OK && sqlite3_step(q) == SQLITE_ROW)
        n = sqlite3_column_int64(q, 0);
    sqlite3_finalize(q);
    return n;
}

/* Another process may be at it: then it copies before it changes anything, and its copy is as good. */
static int make_or_wait(struct store *s, const char *path, const struct backup_options *o, int64_t *ret_bytes,
                        struct err *e)
{
    for (int waited_ms = 0;; waited_ms += WAIT_STEP_MS) {
        int result = store_backup(s, path, o, ret_bytes, e);
        if (result != -(int)ERR_BUSY || waited_ms >= WAIT_MS)
            return result;
        if (format_now(s) != o->format)
            return 0;
        usleep(WAIT_STEP_MS * 1000);
    }
}

static bool is_of_copies(const char *name, bool half)
{
    size_t len = strlen(name), end = strlen(COPY_UNFINISHED);
    return !strncmp(name, COPY_PREFIX, strlen(COPY_PREFIX)) && !strcmp(name + len - end, COPY_UNFINISHED) == half;
}

static bool is_copy(const char *name)
{
    return is_of_copies(name, false);
}

bool migration_copy_half(const char *name)
{
    return is_of_copies(name, true);
}

void migration_copy_each(const char *dir, void (*each)(void *ctx, const char *path, int64_t bytes), void *ctx)
{
    struct stat st;
    DIR *folder = opendir(dir);
    for (const struct dirent *x; folder && (x = readdir(folder));) {
        mem_auto char *path = is_copy(x->d_name) ? mem_printf("%s/%s", dir, x->d_name) : NULL;
        if (path && lstat(path, &st) == 0 && S_ISREG(st.st_mode))
            each(ctx, path, st.st_size);
    }
    if (folder)
        closedir(folder);
}

/* Of those that are there but the one just made, the oldest, and how many. */
struct old_copies {
    const char *made;
    char *oldest;
    struct wall oldest_at;
    int n;
};

static void look_at_old(void *ctx, const char *path, int64_t bytes)
{
    struct old_copies *c = ctx;
    int64_t format;
    struct wall at;
    (void)bytes;
    if (!strcmp(path, c->made) || !backup_file_format(path, &format, &at)) /* not ours: left alone */
        return;
    if (c->n++ && at.ms >= c->oldest_at.ms)
        return;
    mem_free(c->oldest);
    c->oldest = mem_strdup(path);
    c->oldest_at = at;
}

static void drop_old(const char *dir, const char *made)
{
    crash_here(CRASH_BEFORE_THINNING);
    for (bool more = true; more;) {
        struct old_copies c = { .made = made };
        migration_copy_each(dir, look_at_old, &c);
        more = c.n >= MIGRATION_COPIES_KEPT && unlink(c.oldest) == 0;
        if (more)
            log_info("a copy from before an earlier upgrade was removed: there are newer ones",
                     L_STR("copy", c.oldest));
        mem_free(c.oldest);
    }
}

int migration_copy(struct store *s, int64_t version, struct err *e)
{
    const struct backup_options options = { .replace = true, .verify = true, .unmarked = true, .format = version };
    mem_auto char *path = mem_printf("%s/" COPY_PREFIX EDGECRON_VERSION, s->dir);
    struct err why = { 0 };
    int64_t bytes = 0;
    int result = make_or_wait(s, path, &options, &bytes, &why);
    if (result == 0 && bytes > 0)
        log_info("the store is of an older edgecron: a copy was made before it is brought up to date",
                 L_STR("copy", path), L_INT("format", version), L_INT("bytes", bytes));
    if (result == 0) {
        drop_old(s->dir, path);
        return 0;
    }
    if (e)
        *e = why;
    return err_wrap(e, "before the upgrade a copy of the store is made; 'edgecron serve --without-copy' does without");
}

char *migration_copy_find(const char *dir)
{
    char *best = NULL;
    struct wall newest = WALL_NONE, at;
    int64_t format;
    DIR *folder = opendir(dir);
    for (const struct dirent *x; folder && (x = readdir(folder));) {
        char *path = is_copy(x->d_name) ? mem_printf("%s/%s", dir, x->d_name) : NULL;
        bool better =
            path && backup_file_format(path, &format, &at) && format <= (int64_t)migration_count && at.ms > newest.ms;
        if (better)
            newest = at;
        mem_free(better ? best : path);
        if (better)
            best = path;
    }
    if (folder)
        closedir(folder);
    return best;
}
