#include "store/master_key.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX 256 /* bytes that are looked at: 64 digits and some white space */
#define HEX_SIZE (2 * CRYPTO_KEY_SIZE)

static bool is_credential(const char *path)
{
    const char *folder = getenv("CREDENTIALS_DIRECTORY");
    size_t len = folder ? strlen(folder) : 0;
    return len > 0 && strncmp(path, folder, len) == 0 && path[len] == '/';
}

static int check_file(int fd, const char *path, struct err *e)
{
    struct stat st;
    if (fstat(fd, &st))
        return err_set(e, ERR_IO, "master key file '%s': %s", path, strerror(errno));
    if (!S_ISREG(st.st_mode))
        return err_set(e, ERR_SEALED, "master key file '%s' is not a regular file", path);
    if (st.st_mode & (is_credential(path) ? 037 : 077))
        return err_set(e, ERR_SEALED, "master key file '%s' can be read by others (mode %04o): run chmod 600 '%s'",
                       path, (unsigned)(st.st_mode & 07777), path);
    return 0;
}

static ssize_t read_all(int fd, char *out, size_t size)
{
    size_t len = 0;
    while (len < size) {
        ssize_t n = read(fd, out + len, size - len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        len += (size_t)n;
    }
    return (ssize_t)len;
}

bool master_key_decode(const char *data, size_t len, uint8_t ret[CRYPTO_KEY_SIZE])
{
    static const char SPACE[] = " \t\r\n";
    char hex[HEX_SIZE + 1];
    if (len == CRYPTO_KEY_SIZE) {
        memcpy(ret, data, len);
        return true;
    }
    while (len > 0 && strchr(SPACE, data[len - 1]) && data[len - 1])
        len--;
    while (len > 0 && strchr(SPACE, *data) && *data)
        data++, len--;
    if (len != HEX_SIZE)
        return false;
    memcpy(hex, data, len);
    hex[len] = '\0';
    bool ok = crypto_unhex(hex, ret, CRYPTO_KEY_SIZE);
    mem_wipe(hex, sizeof hex);
    return ok;
}

static int read_key(int fd, const char *path, uint8_t ret[CRYPTO_KEY_SIZE], struct err *e)
{
    char data[FILE_MAX];
    int result = check_file(fd, path, e);
    if (result)
        return result;
    ssize_t len = read_all(fd, data, sizeof data);
    if (len < 0)
        result = err_set(e, ERR_SEALED, "master key file '%s' cannot be read: %s", path, strerror(errno));
    else if (!master_key_decode(data, (size_t)len, ret))
        result = err_set(
            e, ERR_SEALED,
            "master key file '%s' holds %zd bytes that are no key: expected 32 bytes, or 64 hexadecimal digits; "
            "put the right file back, it cannot be made again",
            path, len);
    mem_wipe(data, sizeof data);
    return result;
}

int master_key_read(const char *path, uint8_t ret[CRYPTO_KEY_SIZE], struct err *e)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return err_set(e, ERR_NOT_FOUND, "there is no master key file '%s'", path);
    if (fd < 0)
        return err_set(e, ERR_SEALED, "master key file '%s' cannot be read: %s", path, strerror(errno));
    int result = read_key(fd, path, ret, e);
    close(fd);
    return result;
}

static int sync_directory(const char *path)
{
    mem_auto char *copy = mem_strdup(path);
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    int rc = fsync(fd);
    close(fd);
    return rc;
}

/* With the owner of `like`, should root do this for a service. */
static int write_file(const char *path, const uint8_t key[CRYPTO_KEY_SIZE], const char *like)
{
    char text[HEX_SIZE + 2];
    struct stat st;
    unlink(path); /* a crash may have left one */
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return -1;
    crypto_hex(key, CRYPTO_KEY_SIZE, text);
    text[HEX_SIZE] = '\n';
    int rc = 0;
    if (geteuid() == 0 && like && stat(like, &st) == 0)
        rc = fchown(fd, st.st_uid, st.st_gid);
    if (rc == 0)
        rc = write(fd, text, HEX_SIZE + 1) == HEX_SIZE + 1 && fsync(fd) == 0 ? 0 : -1;
    int os_error = errno;
    mem_wipe(text, sizeof text);
    close(fd);
    errno = os_error;
    return rc;
}

static int failed(const char *what, const char *path, struct err *e)
{
    return err_set(e, errno == ENOSPC || errno == EDQUOT ? ERR_DISK_FULL : ERR_IO,
                   "master key file '%s' cannot be %s: %s", path, what, strerror(errno));
}

static char *aside_of(const char *path)
{
    return mem_printf("%s.%ld.new", path, (long)getpid());
}

/* Written aside and linked into place, so that the name never leads to half a key, and never replaces one. */
int master_key_create(const char *path, uint8_t ret[CRYPTO_KEY_SIZE], struct err *e)
{
    mem_auto char *aside = aside_of(path);
    mem_auto char *folder = mem_strdup(path);
    crypto_random(ret, CRYPTO_KEY_SIZE);
    int rc = write_file(aside, ret, dirname(folder));
    if (rc == 0)
        rc = link(aside, path);
    int os_error = errno;
    unlink(aside);
    errno = os_error;
    if (rc == 0)
        rc = sync_directory(path);
    if (rc == 0)
        return 0;
    mem_wipe(ret, CRYPTO_KEY_SIZE);
    if (errno == EEXIST)
        return err_set(e, ERR_CONFLICT, "there is a master key file '%s' already", path);
    return failed("made", path, e);
}

/* --- a new one in place of an old one ---------------------------------------------------------------------------- */

/* A rename would replace a symbolic link, not what it leads to. */
static char *resolve(const char *path)
{
    char *real = realpath(path, NULL), *copy = mem_strdup(real ? real : path);
    free(real);
    return copy;
}

int master_key_replaceable(const char *path, struct err *e)
{
    struct stat file, folder;
    mem_auto char *real = resolve(path);
    mem_auto char *copy = mem_strdup(real);
    const char *parent = dirname(copy);
    if (is_credential(path))
        return err_set(e, ERR_CONFLICT, "the master key '%s' is a credential that systemd keeps", path);
    if (access(parent, W_OK | X_OK))
        return err_set(e, ERR_CONFLICT, "the master key file '%s' cannot be replaced by user id %d: its folder: %s",
                       path, (int)geteuid(), strerror(errno));
    if (stat(real, &file) || stat(parent, &folder))
        return 0;
    if (file.st_dev != folder.st_dev)
        return err_set(e, ERR_CONFLICT, "the master key file '%s' is mounted and cannot be replaced", path);
    return 0;
}

char *master_key_next(const char *path)
{
    mem_auto char *real = resolve(path);
    return mem_printf("%s.next", real);
}

int master_key_stage(const char *path, const uint8_t key[CRYPTO_KEY_SIZE], struct err *e)
{
    mem_auto char *next = master_key_next(path);
    if (write_file(next, key, path) == 0 && sync_directory(next) == 0)
        return 0;
    int result = failed("made", next, e);
    unlink(next);
    return result;
}

int master_key_settle(const char *path, struct err *e)
{
    mem_auto char *next = master_key_next(path);
    mem_auto char *real = resolve(path);
    if (rename(next, real) || sync_directory(real))
        return failed("replaced", path, e);
    return 0;
}

void master_key_unstage(const char *path)
{
    mem_auto char *next = master_key_next(path);
    if (unlink(next) == 0)
        sync_directory(next);
}

/* Whatever its mode, and however it looks. */
static bool holds_key(const char *path, const uint8_t key[CRYPTO_KEY_SIZE])
{
    char data[FILE_MAX];
    uint8_t there[CRYPTO_KEY_SIZE];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t len = fd < 0 ? -1 : read_all(fd, data, sizeof data);
    bool same = len >= 0 && master_key_decode(data, (size_t)len, there) && crypto_equal(there, key, sizeof there);
    if (fd >= 0)
        close(fd);
    mem_wipe(data, sizeof data);
    mem_wipe(there, sizeof there);
    return same;
}

/* There is never a moment without a file, unless the file system has no hard links. */
static int keep_wrong(const char *path, struct wall now, char **ret_kept)
{
    char when[WALL_TEXT_SIZE];
    wall_format(now, when);
    when[19] = '\0'; /* to the second */
    char *kept = mem_printf("%s.wrong-%sZ", path, when);
    if (link(path, kept) && (errno == EEXIST || rename(path, kept))) {
        int os_error = errno;
        mem_free(kept);
        errno = os_error;
        return -1;
    }
    chmod(kept, 0600); /* it may be the key of another store */
    *ret_kept = kept;
    return 0;
}

int master_key_restore(const char *path, const uint8_t key[CRYPTO_KEY_SIZE], const char *like, struct wall now,
                       char **ret_kept, struct err *e)
{
    mem_auto char *real = resolve(path);
    mem_auto char *aside = aside_of(real);
    struct stat st;
    *ret_kept = NULL;
    int result = master_key_replaceable(path, e);
    if (result)
        return result;
    bool there = lstat(real, &st) == 0;
    if (there && !S_ISREG(st.st_mode))
        return err_set(e, ERR_CONFLICT, "'%s' is where the master key belongs, and no regular file: move it away",
                       path);
    if (write_file(aside, key, there ? real : like))
        result = failed("made", aside, e);
    else if (there && !holds_key(real, key) && keep_wrong(real, now, ret_kept))
        result = failed("moved aside", path, e);
    else if (rename(aside, real) || sync_directory(real))
        result = failed("replaced", path, e);
    if (result)
        unlink(aside);
    return result;
}
