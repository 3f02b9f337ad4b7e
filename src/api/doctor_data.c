/* doctor_data.c - the data directory: whose it is, what is in it, the room that is left, the database. */
#include "base/mem.h"
#include "api/doctor.h"
#include "base/age.h"
#include "core/retention.h"
#include "store/retention.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#define MIB (1024 * 1024LL)
#define FREE_LEAST (64 * MIB) /* less is a problem: a checkpoint of the WAL may need half of it at once */
#define FREE_LOW (1024 * MIB) /* less is a warning */
#define WAL_LARGE (256 * MIB) /* the server keeps it at 32 MiB unless somebody holds a snapshot */

void doctor_directory(struct doctor *d)
{
    struct stat st;
    const char *dir = d->dir;
    d->no_directory = stat(dir, &st) || !S_ISDIR(st.st_mode);
    if (stat(dir, &st)) {
        doctor_add(d, DOCTOR_PROBLEM, "without it there are no jobs: name the right one with --data, or make one",
                   errno == ENOENT ? doctor_text(d, "edgecron serve --data %s", doctor_quoted(d, dir)) : NULL,
                   "data directory '%s' cannot be reached: %s", dir, strerror(errno));
    } else if (!S_ISDIR(st.st_mode)) {
        doctor_add(d, DOCTOR_PROBLEM, "name the right one with --data", NULL, "data directory '%s' is not a directory",
                   dir);
    } else if (st.st_mode & 077) {
        doctor_add(d, st.st_mode & 022 ? DOCTOR_PROBLEM : DOCTOR_WARNING,
                   st.st_mode & 022 ? "whoever can write there can put another database in its place"
                                    : "other users of this machine see what is in it",
                   doctor_text(d, "chmod 700 %s", doctor_quoted(d, dir)),
                   "data directory '%s' is open to others (mode %04o)", dir, (unsigned)(st.st_mode & 07777));
    }
}

static void look_at_file(struct doctor *d, const struct stat *dir, const char *path, const struct stat *st)
{
    if (!S_ISREG(st->st_mode) || !strcmp(path, d->key_file)) /* the key has a check of its own */
        return;
    if (st->st_uid != dir->st_uid)
        doctor_add(d, DOCTOR_PROBLEM,
                   "a server that runs as the directory's owner cannot write it; a command was run as another user",
                   doctor_text(d, "chown %ld:%ld %s", (long)dir->st_uid, (long)dir->st_gid, doctor_quoted(d, path)),
                   "'%s' belongs to user id %ld, the data directory to %ld", path, (long)st->st_uid, (long)dir->st_uid);
    if (st->st_mode & 077)
        doctor_add(d, DOCTOR_WARNING, "jobs, answers and encrypted secrets are in there",
                   doctor_text(d, "chmod 600 %s", doctor_quoted(d, path)), "'%s' is open to other users (mode %04o)",
                   path, (unsigned)(st->st_mode & 07777));
}

void doctor_files(struct doctor *d)
{
    struct stat dir, st;
    DIR *folder = opendir(d->dir);
    if (!folder || fstat(dirfd(folder), &dir)) {
        doctor_add(d, DOCTOR_PROBLEM, "run as its owner, or as root", NULL, "'%s' cannot be listed: %s", d->dir,
                   strerror(errno));
    } else {
        for (const struct dirent *x; (x = readdir(folder));) {
            mem_auto char *path = mem_printf("%s/%s", d->dir, x->d_name);
            if (lstat(path, &st) == 0)
                look_at_file(d, &dir, path, &st);
        }
    }
    if (folder)
        closedir(folder);
}

static int64_t size_of(const struct doctor *d, const char *name)
{
    struct stat st;
    mem_auto char *path = mem_printf("%s/%s", d->dir, name);
    return stat(path, &st) == 0 ? (int64_t)st.st_size : 0;
}

/* What history that is gone has left within the database, and how much of that would be given back. */
static const char *unused_text(struct doctor *d)
{
    int64_t pages = 0, unused = 0;
    if (!d->store || retention_space(d->store, &pages, &unused, NULL) || pages == 0)
        return "";
    double page = (double)size_of(d, "edgecron.db") / (double)MIB / (double)pages;
    int64_t back = retention_give_back(pages, unused, false);
    return doctor_text(d, ", of which %.1f are unused (%s)", (double)unused * page,
                       back ? doctor_text(d, "the server gives %.1f back within the hour", (double)back * page)
                            : "runs to come fill them");
}

void doctor_space(struct doctor *d)
{
    struct statvfs fs;
    if (statvfs(d->dir, &fs))
        return; /* data.database says it */
    int64_t free_bytes = (int64_t)fs.f_bavail * (int64_t)fs.f_frsize, wal = size_of(d, "edgecron.db-wal");
    bool no_files = fs.f_files > 0 && fs.f_favail == 0;
    const char *full = "on a full disk nothing can be recorded, and what cannot be recorded is not called: make room";
    if (free_bytes < FREE_LEAST || no_files)
        doctor_add(d, DOCTOR_PROBLEM, full, NULL, "the disk of '%s' is full: %lld MiB and %llu files are left", d->dir,
                   (long long)(free_bytes / MIB), (unsigned long long)fs.f_favail);
    else if (free_bytes < FREE_LOW)
        doctor_add(d, DOCTOR_WARNING, full, NULL, "the disk of '%s' is nearly full: %lld MiB are left", d->dir,
                   (long long)(free_bytes / MIB));
    if (wal > WAL_LARGE)
        doctor_add(d, DOCTOR_WARNING, "a process that reads for very long keeps it from being emptied: end that one",
                   NULL, "the write-ahead log has grown to %lld MiB", (long long)(wal / MIB));
    if (d->said == 0)
        doctor_add(d, DOCTOR_OK, NULL, NULL, "%lld MiB are free; the database has %.1f MiB%s, its log %.1f MiB",
                   (long long)(free_bytes / MIB), (double)size_of(d, "edgecron.db") / (double)MIB, unused_text(d),
                   (double)wal / (double)MIB);
}

static void say_damage(void *ctx, const char *damage)
{
    doctor_add(ctx, DOCTOR_PROBLEM,
               "runs and jobs may be lost: stop the server, keep a copy of the data directory, and restore a backup",
               NULL, "the database is damaged: %s", damage);
}

void doctor_database(struct doctor *d)
{
    struct err e = { 0 };
    int64_t jobs = 0;
    if (!d->store) {
        doctor_add(d, DOCTOR_PROBLEM, "without the database nothing is planned, called or recorded", NULL,
                   "the database cannot be opened: %s", d->closed.text);
        return;
    }
    if (store_check(d->store, say_damage, d, &e) < 0 || jobs_count(d->store, &jobs, &e) < 0)
        say_damage(d, e.text);
    if (d->said == 0)
        doctor_add(d, DOCTOR_OK, NULL, NULL,
                   "the database is whole, of this version's format, and holds %" PRId64 " job%s", jobs,
                   jobs == 1 ? "" : "s");
}
