#include "engine/backups.h"

#include "base/crash.h"
#include "base/log.h"
#include "base/mem.h"
#include "core/backup_plan.h"
#include "engine/state.h"
#include "store/backup.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define LOOK_EVERY_MS 30000 /* while waiting: the wall clock may be set */
#define NICE 15
#define IO_IDLE (3 << 13) /* IOPRIO_CLASS_IDLE: only when nobody else wants the disk, where its scheduler knows that */
#define IO_THIS_THREAD 1  /* IOPRIO_WHO_PROCESS */
#define FILES_MAX 100000

struct backups {
    char *folder, *data_dir;
    pthread_t thread;
    bool running; /* the engine's thread alone */
    atomic_bool stop;
    pthread_mutex_t lock; /* of all below */
    pthread_cond_t told;
    struct settings settings;
    struct wall since;
    struct backup_status status;
};

/* What is in the folder. */
struct shelf {
    char (*names)[BACKUP_NAME_SIZE];
    size_t n, cap;
};

static void shelf_add(struct shelf *x, const char *name)
{
    if (x->n == x->cap) {
        x->cap = x->cap ? x->cap * 2 : 32;
        x->names = mem_resize(x->names, x->cap * sizeof *x->names);
    }
    snprintf(x->names[x->n++], BACKUP_NAME_SIZE, "%s", name);
}

/* One that a crash cut short. There is one server on this directory, and one thread of it that writes here. */
static void drop_unfinished(const struct backups *b, const char *name)
{
    char start[BACKUP_NAME_SIZE];
    struct wall at;
    size_t len = strlen(name);
    if (len < 6 || len - 5 >= sizeof start || strcmp(name + len - 5, ".part"))
        return;
    snprintf(start, sizeof start, "%.*s", (int)(len - 5), name);
    mem_auto char *path = mem_printf("%s/%s", b->folder, name);
    if (backup_name_time(start, &at))
        unlink(path);
}

static void shelf_read(const struct backups *b, struct shelf *x)
{
    struct wall at;
    DIR *folder = opendir(b->folder);
    for (const struct dirent *d; folder && x->n < FILES_MAX && (d = readdir(folder));) {
        if (backup_name_time(d->d_name, &at))
            shelf_add(x, d->d_name);
        else
            drop_unfinished(b, d->d_name);
    }
    if (folder)
        closedir(folder);
}

static void look_at_newest(struct backups *b)
{
    struct shelf x = { 0 };
    struct wall last = WALL_NONE;
    struct stat st = { .st_size = -1 };
    shelf_read(b, &x);
    backups_to_go(x.names, x.n, 1);
    if (x.n) {
        mem_auto char *path = mem_printf("%s/%s", b->folder, x.names[x.n - 1]);
        backup_name_time(x.names[x.n - 1], &last);
        if (stat(path, &st))
            st.st_size = -1;
    }
    mem_free(x.names);
    pthread_mutex_lock(&b->lock);
    b->status.last_at = last;
    b->status.last_bytes = st.st_size;
    pthread_mutex_unlock(&b->lock);
}

static void drop_old(const struct backups *b, int64_t keep)
{
    struct shelf x = { 0 };
    shelf_read(b, &x);
    size_t gone = backups_to_go(x.names, x.n, keep);
    for (size_t i = 0; i < gone; i++) {
        mem_auto char *path = mem_printf("%s/%s", b->folder, x.names[i]);
        if (unlink(path) && errno != ENOENT)
            log_warn("an old backup cannot be deleted", L_STR("file", path), L_STR("error", strerror(errno)));
    }
    mem_free(x.names);
}

/* --- one backup -------------------------------------------------------------------------------------------------- */

static int make_folder(const struct backups *b, struct err *e)
{
    if (mkdir(b->folder, 0700) == 0 || errno == EEXIST)
        return 0;
    return err_set(e, errno == ENOSPC ? ERR_DISK_FULL : ERR_IO, "the folder '%s' cannot be made: %s", b->folder,
                   strerror(errno));
}

static int write_one(struct backups *b, const char *path, int64_t *ret_bytes, struct err *e)
{
    const struct backup_options options = { .replace = true, .verify = true, .gentle = true, .stop = &b->stop };
    struct store *s = NULL;
    int rc = make_folder(b, e);
    if (!rc)
        rc = store_open(&s, b->data_dir, STORE_READ, e);
    if (!rc)
        rc = store_backup(s, path, &options, ret_bytes, e);
    store_close(s);
    return rc;
}

static void note_end(struct backups *b, const struct err *e)
{
    pthread_mutex_lock(&b->lock);
    b->status.busy = false;
    *(e ? &b->status.failed : &b->status.made) += 1;
    snprintf(b->status.error, sizeof b->status.error, "%s", e ? e->text : "");
    pthread_mutex_unlock(&b->lock);
}

/* Returns whether it was made. */
static bool make_one(struct backups *b, int64_t keep, struct wall now)
{
    char name[BACKUP_NAME_SIZE];
    mem_auto char *path = mem_printf("%s/%s", b->folder, backup_name(now, name));
    struct err e = { 0 };
    struct mono began = clock_mono();
    int64_t bytes = 0;
    int rc = write_one(b, path, &bytes, &e);
    if (atomic_load(&b->stop))
        return false;
    note_end(b, rc ? &e : NULL);
    if (rc) {
        log_error("the backup was not made; it is tried again in ten minutes", L_STR("file", path),
                  L_STR("error", e.text));
        return false;
    }
    log_info("backup made", L_STR("file", path), L_INT("bytes", bytes),
             L_INT("took_ms", mono_ms_since(began, clock_mono())));
    crash_here(CRASH_BEFORE_THINNING);
    drop_old(b, keep);
    look_at_newest(b);
    return true;
}

/* --- the thread -------------------------------------------------------------------------------------------------- */

static void wait_ms(struct backups *b, int64_t ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t)(ms / 1000);
    until.tv_nsec += (long)(ms % 1000 * 1000000);
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    pthread_cond_timedwait(&b->told, &b->lock, &until);
}

/* With the lock held. True: one is due, and *ret_keep is how many to keep. */
static bool wait_for_due(struct backups *b, struct wall failed, struct wall *ret_now, int64_t *ret_keep)
{
    while (!atomic_load(&b->stop)) {
        struct cron cron;
        struct wall now = clock_wall();
        b->status.on = *b->settings.backup_schedule && cron_parse(b->settings.backup_schedule, &cron, NULL) == 0;
        b->status.next_at = b->status.on ? backup_due(&cron, b->status.last_at, failed, b->since, now) : WALL_NONE;
        int64_t left = wall_is_none(b->status.next_at) ? LOOK_EVERY_MS : b->status.next_at.ms - now.ms;
        if (left <= 0) {
            *ret_now = now;
            *ret_keep = b->settings.backup_keep;
            return b->status.busy = true;
        }
        if (!b->status.on)
            pthread_cond_wait(&b->told, &b->lock);
        else
            wait_ms(b, left < LOOK_EVERY_MS ? left : LOOK_EVERY_MS);
    }
    return false;
}

static void *backups_main(void *ctx)
{
    struct backups *b = ctx;
    struct wall now, failed = WALL_NONE;
    int64_t keep;
    pthread_setname_np(pthread_self(), "backups");
    setpriority(PRIO_PROCESS, 0, NICE);
    syscall(SYS_ioprio_set, IO_THIS_THREAD, 0, IO_IDLE);
    look_at_newest(b);
    pthread_mutex_lock(&b->lock);
    while (wait_for_due(b, failed, &now, &keep)) {
        pthread_mutex_unlock(&b->lock);
        failed = make_one(b, keep, now) ? WALL_NONE : clock_wall();
        pthread_mutex_lock(&b->lock);
    }
    pthread_mutex_unlock(&b->lock);
    return NULL;
}

/* --- for the engine ---------------------------------------------------------------------------------------------- */

struct backups *backups_new(const char *data_dir)
{
    pthread_condattr_t attributes;
    struct backups *b = mem_alloc(sizeof *b);
    b->data_dir = mem_strdup(data_dir);
    b->folder = mem_printf("%s/" BACKUPS_FOLDER, data_dir);
    b->status.last_at = b->status.next_at = WALL_NONE;
    b->status.last_bytes = -1;
    b->since = clock_wall();
    pthread_mutex_init(&b->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&b->told, &attributes);
    pthread_condattr_destroy(&attributes);
    return b;
}

void backups_tell(struct backups *b, const struct settings *now)
{
    pthread_mutex_lock(&b->lock);
    if (strcmp(b->settings.backup_schedule, now->backup_schedule) != 0)
        b->since = clock_wall();
    b->settings = *now;
    pthread_cond_signal(&b->told);
    pthread_mutex_unlock(&b->lock);
    if (!b->running && *now->backup_schedule) {
        b->running = pthread_create(&b->thread, NULL, backups_main, b) == 0;
        if (!b->running)
            log_error("no thread for backups can be started: none is made", L_STR("error", strerror(errno)));
    }
}

void backups_read(struct backups *b, struct backup_status *ret)
{
    pthread_mutex_lock(&b->lock);
    *ret = b->status;
    pthread_mutex_unlock(&b->lock);
}

void backups_status(struct engine *g, struct backup_status *ret)
{
    backups_read(g->backups, ret);
}

void backups_free(struct backups *b)
{
    if (!b)
        return;
    pthread_mutex_lock(&b->lock);
    atomic_store(&b->stop, true);
    pthread_cond_signal(&b->told);
    pthread_mutex_unlock(&b->lock);
    if (b->running)
        pthread_join(b->thread, NULL);
    pthread_cond_destroy(&b->told);
    pthread_mutex_destroy(&b->lock);
    mem_free(b->folder);
    mem_free(b->data_dir);
    mem_free(b);
}
