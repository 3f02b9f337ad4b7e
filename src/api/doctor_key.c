/* doctor_key.c - the master key: its file, and whether it opens the store and every secret in it. */
#include "base/mem.h"
#include "api/doctor.h"
#include "store/vault.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A systemd credential belongs to root and the service reads it through an ACL, which looks like a right of the group. */
static bool is_credential(const char *path)
{
    const char *folder = getenv("CREDENTIALS_DIRECTORY");
    size_t len = folder ? strlen(folder) : 0;
    return len > 0 && !strncmp(path, folder, len) && path[len] == '/';
}

/* `file` with its last part cut off, links followed, is the data directory. */
static bool beside_database(const struct doctor *d)
{
    char file[PATH_MAX], dir[PATH_MAX];
    if (!realpath(d->key_file, file) || !realpath(d->dir, dir))
        return false;
    *strrchr(file, '/') = '\0';
    return !strcmp(file, dir);
}

static void look_at_next(struct doctor *d)
{
    mem_auto char *next = mem_printf("%s.next", d->key_file);
    if (access(next, F_OK) == 0)
        doctor_add(d, DOCTOR_WARNING,
                   "a change of the master key was interrupted; the next start of a server finishes or undoes it: "
                   "delete neither file before",
                   d->server ? doctor_text(d, "edgecron rekey%s", d->key_hint) : NULL, "'%s' is left over", next);
}

void doctor_key_file(struct doctor *d)
{
    struct stat st;
    look_at_next(d);
    if (stat(d->key_file, &st))
        return; /* key.sealed says whether one is needed */
    if (st.st_mode & (is_credential(d->key_file) ? 037 : 077))
        doctor_add(d, DOCTOR_PROBLEM, "who reads it can read every secret; a server refuses it, and starts sealed",
                   doctor_text(d, "chmod 600 %s", doctor_quoted(d, d->key_file)),
                   "master key file '%s' is open to other users (mode %04o)", d->key_file,
                   (unsigned)(st.st_mode & 07777));
    if (beside_database(d))
        doctor_add(
            d, DOCTOR_NOTICE,
            "a copy of the directory is a copy of the secrets, and when it is lost, so is the key: keep a copy of "
            "the key elsewhere, apart from backups of the database",
            NULL, "the master key is in the directory of the database: '%s'", d->key_file);
}

struct opened {
    struct doctor *d;
    int n, damaged;
};

static void look_at_version(void *ctx, const struct secret_version *x)
{
    struct opened *o = ctx;
    o->n++;
    if (x->value)
        return;
    o->damaged++;
    doctor_add(o->d, DOCTOR_PROBLEM,
               wall_is_none(x->expires_at) ? "calls that need it fail; other secrets are not affected"
                                           : "a function that still takes it refuses calls from now on",
               doctor_text(o->d, "edgecron secret set %s%s", x->name, o->d->key_hint),
               "version %" PRId64 " of secret '%s' does not open: %s", x->version, x->name, x->why->text);
}

static void say_closed(struct doctor *d, const struct err *e)
{
    if (e->code == ERR_NOT_FOUND)
        doctor_add(d, DOCTOR_OK, NULL, NULL, "no secret was ever set, so none is sealed");
    else
        doctor_add(d, DOCTOR_PROBLEM, "until the right key is there, a server is sealed: nothing is planned or called",
                   e->code == ERR_SEALED ? doctor_text(d, "edgecron unseal%s < copy-of-master.key", d->key_hint) : NULL,
                   "%s", e->text);
}

/* A server may have been given its key by hand, and hold it in memory alone. */
static struct vault *open_by_server(struct doctor *d)
{
    struct vault *v = NULL;
    if (!d->engine || engine_vault(d->engine, &v, NULL) < 0)
        return NULL;
    doctor_add(
        d, DOCTOR_WARNING,
        "it works until the server ends: at its next start it is sealed, and nothing is called, unless the key is "
        "in its file by then",
        doctor_text(d, "edgecron unseal%s < copy-of-master.key", d->key_hint),
        "the master key is in the server's memory alone: '%s' does not have it", d->key_file);
    return v;
}

void doctor_sealed(struct doctor *d)
{
    struct err e = { 0 };
    struct opened o = { .d = d };
    struct vault *v = NULL;
    if (vault_open(&v, d->store, d->key_file, false, &e) < 0) {
        v = e.code == ERR_NOT_FOUND ? NULL : open_by_server(d);
        if (!v) {
            say_closed(d, &e);
            return;
        }
    }
    if (vault_each(v, d->store, look_at_version, &o, &e) < 0)
        doctor_failed(d, &e);
    vault_close(v);
    if (d->said == 0)
        doctor_add(d, DOCTOR_OK, NULL, NULL, "the key in '%s' opens the store, and every value in it (%d)", d->key_file,
                   o.n);
}
