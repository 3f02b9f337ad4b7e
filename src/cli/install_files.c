#include "cli/install.h"

#include "base/file.h"
#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#define STORE_NAME "edgecron.db"

char *install_path(const struct install *i, const char *path)
{
    return mem_printf("%s%s", i->root, path);
}

static int fail(const char *what, const char *path, struct err *e)
{
    return err_set(e, errno == ENOSPC || errno == EDQUOT ? ERR_DISK_FULL : ERR_IO, "cannot %s '%s': %s%s", what, path,
                   strerror(errno), errno == EROFS ? " (is that part of the system kept by other means?)" : "");
}

/* The folders above `path`, 0755. */
static int make_parents(char *path, struct err *e)
{
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        int failed = mkdir(path, 0755) && errno != EEXIST ? fail("make the folder", path, e) : 0;
        *slash = '/';
        if (failed)
            return failed;
    }
    return 0;
}

/* What there is of the folders above it, links followed. NULL: nothing. */
static char *real_folder_of(const char *path)
{
    mem_auto char *folder = mem_strdup(path);
    for (char *slash; (slash = strrchr(folder, '/'));) {
        *slash = '\0';
        char *real = realpath(*folder ? folder : "/", NULL);
        if (real)
            return real;
    }
    return NULL;
}

int install_within(const struct install *i, const char *path, struct err *e)
{
    mem_auto char *file = install_path(i, path);
    char *root = *i->root ? realpath(i->root, NULL) : NULL, *folder = root ? real_folder_of(file) : NULL;
    size_t len = root ? strlen(root) : 0;
    bool out = folder && len > 1 && (strncmp(folder, root, len) != 0 || (folder[len] && folder[len] != '/'));
    int r = out ? err_set(e, ERR_CONFLICT,
                          "'%s' is in '%s', as a link leads out of '%s': make it a relative link, or a folder", file,
                          folder, i->root)
                : 0;
    free(root);
    free(folder);
    return r;
}

static int sync_folder_of(const char *path)
{
    mem_auto char *folder = mem_strndup(path, (size_t)(strrchr(path, '/') - path));
    int fd = open(*folder ? folder : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int rc = fd < 0 ? -1 : fsync(fd);
    if (fd >= 0)
        close(fd);
    return rc;
}

/* Beside it, then renamed; `fill` writes it. */
static int replace(char *path, mode_t mode, int (*fill)(int fd, const void *from), const void *from, struct err *e)
{
    if (make_parents(path, e) < 0)
        return -(int)e->code;
    mem_auto char *beside = mem_printf("%s.XXXXXX", path);
    int fd = mkostemp(beside, O_CLOEXEC);
    if (fd < 0)
        return fail("write beside", path, e);
    bool ok = fill(fd, from) == 0 && fchmod(fd, mode) == 0 && fsync(fd) == 0 && rename(beside, path) == 0 &&
              sync_folder_of(path) == 0;
    int why = errno;
    close(fd);
    if (ok)
        return 0;
    unlink(beside);
    errno = why;
    return fail("write", path, e);
}

static int fill_text(int fd, const void *from)
{
    const char *text = from;
    for (size_t left = strlen(text); left > 0;) {
        ssize_t n = write(fd, text, left);
        if (n < 0 && errno != EINTR)
            return -1;
        text += n > 0 ? n : 0;
        left -= n > 0 ? (size_t)n : 0;
    }
    return 0;
}

int install_read(const struct install *i, const char *path, struct buf *out)
{
    mem_auto char *file = install_path(i, path);
    return file_read(file, out);
}

int install_write(struct install *i, const char *path, const char *text, enum install_change *ret, struct err *e)
{
    buf_auto struct buf old = BUF_INIT(INSTALL_TEXT_MAX);
    mem_auto char *file = install_path(i, path);
    bool there = file_read(file, &old) == 0;
    *ret = !there ? INSTALL_CREATED : strcmp(buf_str(&old), text) ? INSTALL_UPDATED : INSTALL_UNCHANGED;
    return *ret == INSTALL_UNCHANGED ? 0 : replace(file, 0644, fill_text, text, e);
}

/* --- this program ------------------------------------------------------------------------------------------------ */

static int open_self(struct stat *st, struct err *e)
{
    int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && fstat(fd, st) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return err_set(e, ERR_IO, "cannot read this program by way of /proc/self/exe: %s", strerror(errno));
}

/* The same bytes in both? */
static bool same_content(int a, int b)
{
    char x[16384], y[sizeof x];
    for (off_t at = 0;;) {
        ssize_t n = pread(a, x, sizeof x, at), m = pread(b, y, sizeof y, at);
        if (n != m || n < 0 || memcmp(x, y, (size_t)n) != 0)
            return false;
        if (n == 0)
            return true;
        at += n;
    }
}

static int fill_copy(int fd, const void *from)
{
    int self = *(const int *)from;
    off_t at = 0;
    for (ssize_t n; (n = sendfile(fd, self, &at, 1 << 20)) != 0;)
        if (n < 0 && errno != EINTR)
            return -1;
    return 0;
}

int install_program(struct install *i, enum install_change *ret, struct err *e)
{
    struct stat st;
    mem_auto char *path = install_path(i, INSTALL_PROGRAM);
    int self = open_self(&st, e);
    if (self < 0)
        return self;
    int there = open(path, O_RDONLY | O_CLOEXEC);
    *ret = there < 0 ? INSTALL_CREATED : same_content(self, there) ? INSTALL_UNCHANGED : INSTALL_UPDATED;
    if (there >= 0)
        close(there);
    int r = *ret == INSTALL_UNCHANGED ? 0 : replace(path, 0755, fill_copy, &self, e);
    close(self);
    return r;
}

/* --- the data directory ------------------------------------------------------------------------------------------ */

static struct {
    uid_t uid;
    gid_t gid;
} owner; /* nftw hands nothing through */

static int own_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)type, (void)at;
    return st->st_uid == owner.uid && st->st_gid == owner.gid ? 0 : lchown(path, owner.uid, owner.gid);
}

int install_own(const struct install *i, const char *path, uid_t uid, gid_t gid, struct err *e)
{
    mem_auto char *real = install_path(i, path);
    owner.uid = uid;
    owner.gid = gid;
    if (!i->is_root || nftw(real, own_one, 16, FTW_PHYS) == 0)
        return 0;
    return fail("change the owner of", real, e);
}

/* Nothing, or a data directory: what else is there is somebody's, and would change hands. */
static int check_content(const char *path, struct err *e)
{
    mem_auto char *store = mem_printf("%s/" STORE_NAME, path);
    DIR *folder = opendir(path);
    bool empty = true;
    if (!folder)
        return fail("look into", path, e);
    for (const struct dirent *x; (x = readdir(folder));)
        empty = empty && (!strcmp(x->d_name, ".") || !strcmp(x->d_name, "..") || !strcmp(x->d_name, "master.key"));
    closedir(folder);
    if (empty || access(store, F_OK) == 0)
        return 0;
    return err_set(e, ERR_CONFLICT,
                   "'%s' holds files, and no " STORE_NAME ": name an empty folder, or none, with --data", path);
}

int install_data(struct install *i, enum install_change *ret, struct err *e)
{
    mem_auto char *path = install_path(i, i->data);
    struct stat st;
    if (make_parents(path, e) < 0)
        return -(int)e->code;
    *ret = mkdir(path, 0700) == 0 ? INSTALL_CREATED : INSTALL_UNCHANGED;
    if (*ret == INSTALL_UNCHANGED && errno != EEXIST)
        return fail("make the folder", path, e);
    if (lstat(path, &st) || !S_ISDIR(st.st_mode)) {
        errno = ENOTDIR;
        return fail("use", path, e);
    }
    if (*ret == INSTALL_UNCHANGED && check_content(path, e) < 0)
        return -(int)e->code;
    if (chmod(path, 0700))
        return fail("close to others", path, e);
    return 0;
}

int install_remove(struct install *i, const char *path, struct err *e)
{
    mem_auto char *file = install_path(i, path);
    if (unlink(file) == 0)
        install_note(i, path, INSTALL_REMOVED);
    else if (errno != ENOENT && errno != ENOTDIR)
        return fail("remove", file, e);
    return 0;
}
