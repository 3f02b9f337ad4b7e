#include "store/home.h"

#include "base/crypto.h"
#include "base/file.h"
#include "base/mem.h"
#include "store/runs.h"
#include "store/settings.h"
#include "store/statement.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>
#ifdef __x86_64__
#include <cpuid.h>
#endif

/* --- what can be seen of a place --------------------------------------------------------------------------------- */

/* File systems whose inodes outlive a mount (statfs(2); of overlayfs those of files do: overlayfs.rst, "inode properties"). */
static const unsigned long LASTING[] = {
    0xef53,     /* ext2, 3, 4 */
    0x58465342, /* XFS */
    0x9123683e, /* Btrfs */
    0xf2f52010, /* F2FS */
    0x2fc12fc1, /* ZFS */
    0xca451a4e, /* bcachefs */
    0x3153464a, /* JFS */
    0x794c7630, /* overlayfs */
    0x01021994, /* tmpfs */
    0x6969,     /* NFS */
};

static bool inodes_last(const char *file)
{
    struct statfs fs;
    if (statfs(file, &fs))
        return false;
    for (size_t i = 0; i < MEM_COUNT(LASTING); i++)
        if ((unsigned long)fs.f_type == LASTING[i])
            return true;
    return false;
}

static void see_file(const char *dir, struct home *h)
{
    struct statx x;
    mem_auto char *file = mem_printf("%s/" STORE_FILE, dir);
    if (!inodes_last(file) || statx(AT_FDCWD, file, 0, STATX_INO | STATX_BTIME, &x))
        return;
    h->inode = (int64_t)x.stx_ino;
    if (x.stx_mask & STATX_BTIME)
        h->born_ns = x.stx_btime.tv_sec * 1000000000LL + x.stx_btime.tv_nsec;
}

/* What is kept and copied with the store names no machine: machine-id(5) asks for that. */
static void hash_line(const char *file, char out[33])
{
    uint8_t hash[CRYPTO_SHA256_SIZE];
    buf_auto struct buf text = BUF_INIT(256);
    buf_str_add(&text, "edgecron home ");
    size_t start = text.len;
    out[0] = '\0';
    if (file_read(file, &text) || text.len < start + 32)
        return;
    while (text.len > start && strchr(" \r\n", text.data[text.len - 1]))
        text.len--;
    crypto_sha256(text.data, text.len, hash);
    crypto_hex(hash, 16, out);
}

static bool in_container(void)
{
    static const char *const marks[] = { "/.dockerenv", "/run/.containerenv", "/run/systemd/container" };
    for (size_t i = 0; i < MEM_COUNT(marks); i++)
        if (access(marks[i], F_OK) == 0)
            return true;
    return getenv("container") || getenv("KUBERNETES_SERVICE_HOST");
}

/* A mainboard may be replaced; a virtual machine that has another id is another. */
static bool is_virtual(void)
{
#ifdef __x86_64__
    unsigned a, b, c, d;
    return __get_cpuid(1, &a, &b, &c, &d) && c >> 31;
#else
    return false;
#endif
}

static void see_machine(struct home *h)
{
    if (in_container())
        return;
    hash_line("/etc/machine-id", h->machine);
    if (is_virtual())
        hash_line("/sys/class/dmi/id/product_uuid", h->hardware);
}

#ifdef EDGECRON_TEST_HOOKS
/* Tests have one machine, which may be a container. */
static void pretend(struct home *h)
{
    const char *machine = getenv("EDGECRON_TEST_MACHINE");
    if (machine)
        snprintf(h->machine, sizeof h->machine, "%.32s", machine);
}
#endif

static void see(const char *dir, struct home *h)
{
    char path[PATH_MAX];
    *h = (struct home){ .path = mem_strdup(realpath(dir, path) ? path : "") };
    see_file(dir, h);
    see_machine(h);
#ifdef EDGECRON_TEST_HOOKS
    pretend(h);
#endif
}

/* Seen from here: in another mount name space, or without the right to look, it is not. */
static bool store_gone(const char *path)
{
    mem_auto char *file = mem_printf("%s/" STORE_FILE, path);
    return *path && access(file, F_OK) && (errno == ENOENT || errno == ENOTDIR);
}

/* --- the decision ------------------------------------------------------------------------------------------------ */

static bool known_and(bool equal, const char *a, const char *b)
{
    return *a && *b && (strcmp(a, b) == 0) == equal;
}

static bool same_file(const struct home *a, const struct home *b)
{
    return a->inode == b->inode && (!a->born_ns || !b->born_ns || a->born_ns == b->born_ns);
}

bool home_same(const struct home *then, const struct home *now, bool old_path_empty)
{
    bool same_machine = known_and(true, then->machine, now->machine);
    bool cloned = same_machine && known_and(false, then->hardware, now->hardware);
    if (!then->inode || !now->inode)
        return true;
    if (same_file(then, now))
        return !cloned;
    return same_machine && !cloned && (known_and(true, then->path, now->path) || old_path_empty);
}

/* --- in the store ------------------------------------------------------------------------------------------------ */

static const char *const hold_names[] = { [HOLD_RESTORED] = "restored", [HOLD_COPIED] = "copied" };

const char *home_hold_name(enum home_hold h)
{
    return hold_names[h];
}

static int read_home(struct store *s, struct home *ret, struct wall *ret_copied, struct err *e)
{
    struct statement q = statement_begin(s, Q_HOME_GET);
    int rc = statement_row(&q, e);
    if (rc == 0)
        return err_set(e, ERR_STORE, "a row is missing from '%s/" STORE_FILE "': it is damaged", s->dir);
    if (rc < 0)
        return rc;
    *ret = (struct home){ .inode = next_int(&q), .path = NULL };
    ret->born_ns = next_int(&q);
    snprintf(ret->machine, sizeof ret->machine, "%s", next_text(&q));
    snprintf(ret->hardware, sizeof ret->hardware, "%s", next_text(&q));
    ret->path = mem_strdup(next_text(&q));
    *ret_copied = next_wall(&q);
    statement_end(&q);
    return 0;
}

static int write_home(struct store *s, const struct home *h, struct err *e)
{
    struct statement q = statement_begin(s, Q_HOME_PUT);
    statement_int(&q, h->inode);
    statement_int(&q, h->born_ns);
    statement_text(&q, h->machine);
    statement_text(&q, h->hardware);
    statement_text(&q, h->path);
    return statement_run(&q, e);
}

static int pause_all(struct store *s, struct err *e)
{
    struct settings v;
    int rc = settings_get(s, &v, e);
    v.paused = true;
    return rc ? rc : settings_put(s, &v, e);
}

static int hold(struct store *s, enum home_hold h, struct wall copied_at, struct wall now, struct err *e)
{
    int rc = pause_all(s, e);
    if (rc)
        return rc;
    struct statement q = statement_begin(s, Q_HOME_HOLD_PUT);
    statement_text(&q, home_hold_name(h));
    statement_wall(&q, copied_at);
    rc = statement_run(&q, e);
    return rc ? rc : runs_disown(s, now, e);
}

static bool unchanged(const struct home *a, const struct home *b, struct wall copied_at)
{
    return wall_is_none(copied_at) && a->inode == b->inode && a->born_ns == b->born_ns &&
           !strcmp(a->machine, b->machine) && !strcmp(a->hardware, b->hardware) && !strcmp(a->path, b->path);
}

static enum home_hold compare(const struct home *then, const struct home *now, struct wall copied_at)
{
    if (!wall_is_none(copied_at))
        return HOLD_RESTORED;
    return home_same(then, now, store_gone(then->path)) ? HOLD_NONE : HOLD_COPIED;
}

static int settle(struct store *s, const struct home *now_at, bool same, struct wall now, enum home_hold *ret,
                  struct err *e)
{
    struct home then = { .path = NULL };
    struct wall copied_at;
    int rc = read_home(s, &then, &copied_at, e);
    if (rc == 0) {
        *ret = same ? HOLD_NONE : compare(&then, now_at, copied_at);
        if (!unchanged(&then, now_at, copied_at))
            rc = write_home(s, now_at, e);
    }
    if (rc == 0 && *ret != HOLD_NONE)
        rc = hold(s, *ret, copied_at, now, e);
    mem_free(then.path);
    return rc;
}

int home_settle(struct store *s, bool same, struct wall now, enum home_hold *ret, struct err *e)
{
    struct home here;
    bool own;
    *ret = HOLD_NONE;
    int rc = store_enter(s, &own, e);
    if (rc)
        return rc;
    see(s->dir, &here);
    rc = store_leave(s, own, settle(s, &here, same, now, ret, e), e);
    mem_free(here.path);
    return rc;
}

int home_restored(struct store *s, struct wall made_at, struct wall now, struct err *e)
{
    struct home here;
    bool own;
    int rc = store_enter(s, &own, e);
    if (rc)
        return rc;
    see(s->dir, &here);
    rc = write_home(s, &here, e);
    if (rc == 0)
        rc = hold(s, HOLD_RESTORED, made_at, now, e);
    mem_free(here.path);
    return store_leave(s, own, rc, e);
}

int home_held(struct store *s, struct home_held *ret, struct err *e)
{
    struct statement q = statement_begin(s, Q_HOME_HOLD_GET);
    int rc = statement_row(&q, e);
    *ret = (struct home_held){ HOLD_NONE, WALL_NONE };
    if (rc > 0) {
        const char *name = next_text(&q);
        if (name)
            ret->hold = strcmp(name, hold_names[HOLD_RESTORED]) ? HOLD_COPIED : HOLD_RESTORED;
        ret->copied_at = next_wall(&q);
        statement_end(&q);
    }
    return rc < 0 ? rc : 0;
}

char *home_held_text(const struct home_held *h, char *out, size_t size)
{
    char at[WALL_TEXT_SIZE] = "";
    bool dated = h->hold == HOLD_RESTORED && !wall_is_none(h->copied_at);
    out[0] = '\0';
    if (h->hold == HOLD_NONE)
        return out;
    if (dated)
        wall_format(h->copied_at, at);
    snprintf(out, size,
             "everything is paused, because this store %s%s%s: the server it comes from may still call the same "
             "functions; when that one is stopped for good, go on with 'edgecron settings set --paused false'",
             h->hold == HOLD_RESTORED ? "was restored from a backup" : "is a copy of one that was elsewhere",
             dated ? " of " : "", at);
    return out;
}

int home_release(struct store *s, struct err *e)
{
    struct statement q = statement_begin(s, Q_HOME_HOLD_END);
    return statement_run(&q, e);
}
