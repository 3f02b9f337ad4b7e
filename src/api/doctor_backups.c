/* doctor_backups.c - backups by schedule, copies from before upgrades, and what a crash left of either. */
#include "api/doctor.h"
#include "base/age.h"
#include "base/mem.h"
#include "core/backup_plan.h"
#include "engine/backups.h"
#include "store/backup.h"
#include "store/backup_file.h"
#include "store/leftovers.h"
#include "store/migration_copy.h"
#include "store/settings.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#define MIB (1024 * 1024.0)
#define LATE_MS (20 * 60000) /* one that is due may fail once, and then be made */

struct shelf {
    char *folder;
    char newest[BACKUP_NAME_SIZE]; /* "": there is none */
    struct wall newest_at;
    int64_t n, bytes, newest_bytes;
};

static void look_at_shelf(const struct doctor *d, struct shelf *x)
{
    struct wall at;
    struct stat st;
    *x = (struct shelf){ .folder = mem_printf("%s/" BACKUPS_FOLDER, d->dir), .newest_at = WALL_NONE };
    DIR *folder = opendir(x->folder);
    for (const struct dirent *f; folder && (f = readdir(folder));) {
        if (!backup_name_time(f->d_name, &at) || fstatat(dirfd(folder), f->d_name, &st, 0))
            continue;
        x->n++;
        x->bytes += st.st_size;
        if (strcmp(f->d_name, x->newest) < 0)
            continue;
        snprintf(x->newest, sizeof x->newest, "%s", f->d_name);
        x->newest_at = at;
        x->newest_bytes = st.st_size;
    }
    if (folder)
        closedir(folder);
}

static bool same_disk(const char *a, const char *b)
{
    struct stat x, y;
    return stat(a, &x) || stat(b, &y) || x.st_dev == y.st_dev;
}

/* What keeps the next one from being made. */
static void look_at_room(struct doctor *d, const struct shelf *x)
{
    struct statvfs fs;
    struct stat st;
    mem_auto char *store = mem_printf("%s/edgecron.db", d->dir);
    if (stat(store, &st) || (statvfs(x->folder, &fs) && statvfs(d->dir, &fs)))
        return;
    int64_t left = (int64_t)fs.f_bavail * (int64_t)fs.f_frsize;
    if (left < st.st_size + BACKUP_ROOM)
        doctor_add(d, DOCTOR_WARNING, "the next one will not be made, and older ones stay: make room, or keep fewer",
                   doctor_text(d, "edgecron settings set --backup-keep 2%s", d->hint),
                   "a backup takes %.1f MiB and %d more, and the disk of '%s' has %.1f left", (double)st.st_size / MIB,
                   BACKUP_ROOM >> 20, x->folder, (double)left / MIB);
}

static void look_at_newest(struct doctor *d, const struct shelf *x, const struct cron *cron)
{
    char age[AGE_TEXT_SIZE], due_text[AGE_TEXT_SIZE];
    struct wall due = backup_due(cron, x->newest_at, WALL_NONE, d->now, d->now), changed;
    int64_t format;
    mem_auto char *path = mem_printf("%s/%s", x->folder, x->newest);
    if (!*x->newest) {
        doctor_add(d, DOCTOR_NOTICE, "if one was due since the schedule was set, the server's log says why it failed",
                   NULL, "there is no backup by schedule yet; the next is due %s",
                   wall_is_none(due) ? "never" : age_time(due, d->now, due_text));
        return;
    }
    if (!backup_file_format(path, &format, &changed))
        doctor_add(d, DOCTOR_PROBLEM, "a backup that cannot be restored is none: take another one",
                   doctor_text(d, "edgecron backup check %s", doctor_quoted(d, path)),
                   "the newest backup, '%s', is no store of edgecron", path);
    if (!wall_is_none(due) && due.ms + LATE_MS < d->now.ms)
        doctor_add(d, DOCTOR_WARNING,
                   d->server ? "it was tried and failed, each ten minutes again: the server's log and /readyz say why"
                             : "no server runs to make it; one that starts makes up for it at once",
                   NULL, "the newest backup is %s old, and another was due %s",
                   age_text(d->now.ms - x->newest_at.ms, age), age_time(due, d->now, due_text));
}

void doctor_backups(struct doctor *d)
{
    struct settings s = { 0 };
    struct err e = { 0 };
    struct shelf x;
    struct cron cron;
    char at[AGE_TEXT_SIZE];
    if (settings_get(d->store, &s, &e)) {
        doctor_failed(d, &e);
        return;
    }
    if (!*s.backup_schedule || cron_parse(s.backup_schedule, &cron, &e)) {
        doctor_add(d, DOCTOR_NOTICE,
                   "a disk that fails takes jobs and history with it, unless copies are made by other means",
                   doctor_text(d, "edgecron settings set --backup-schedule '30 2 * * *'%s", d->hint),
                   "the server makes no backups: there is no schedule for them");
        return;
    }
    look_at_shelf(d, &x);
    look_at_newest(d, &x, &cron);
    look_at_room(d, &x);
    if (d->said == 0)
        doctor_add(d, DOCTOR_OK, NULL, NULL,
                   "the newest of %lld backup%s is of %s, with %.1f MiB; all %.1f MiB of them are on %s",
                   (long long)x.n, x.n == 1 ? "" : "s", age_time(x.newest_at, d->now, at), (double)x.newest_bytes / MIB,
                   (double)x.bytes / MIB,
                   same_disk(x.folder, d->dir) ? "the disk of the data itself: copy them elsewhere, too"
                                               : "another disk than the data");
    mem_free(x.folder);
}

/* --- copies and halves ------------------------------------------------------------------------------------------- */

struct copies {
    struct doctor *d;
    struct names names;
    int64_t bytes;
};

static void each_copy(void *ctx, const char *path, int64_t bytes)
{
    struct copies *c = ctx;
    const char *slash = strrchr(path, '/');
    names_add(c->d, &c->names, slash ? slash + 1 : path);
    c->bytes += bytes;
}

static void each_left(void *ctx, const char *path)
{
    struct doctor *d = ctx;
    doctor_add(d, DOCTOR_NOTICE, "it is no backup, and takes space; a server that starts removes it",
               doctor_text(d, "rm -r %s", doctor_quoted(d, path)), "'%s' is left of one that was cut short", path);
}

void doctor_copies(struct doctor *d)
{
    struct copies c = { .d = d };
    leftovers_each(d->dir, each_left, d);
    migration_copy_each(d->dir, each_copy, &c);
    if (d->said == 0 && c.names.n == 0)
        doctor_add(d, DOCTOR_OK, NULL, NULL,
                   "nothing lies beside the store: no copy from before an upgrade, no half of one");
    else if (c.names.n > 0)
        doctor_add(d, DOCTOR_OK, NULL, NULL,
                   "%s, from before upgrades, %s %.1f MiB; the newest two are kept, older ones go at the next upgrade",
                   names_text(d, &c.names), c.names.n == 1 ? "takes" : "take", (double)c.bytes / MIB);
}
