#include "store/master_key.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX 256 /* bytes that are looked at: 64 digits and some white space */
#define HEX_SIZE (2 * CRYPTO_KEY_SIZE)

static int check_file(int fd, const char *path, struct err *e)
{
    struct stat st;
    if (fstat(fd, &st))
        return err_set(e, ERR_IO, "master key file '%s': %s", path, strerror(errno));
    if (!S_ISREG(st.st_mode))
        return err_set(e, ERR_SEALED, "master key file '%s' is not a regular file", path);
    if (st.st_mode & 077)
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

/* 32 bytes are the key itself, whatever they look like; else hex digits. */
static bool decode(const char *data, size_t len, uint8_t ret[CRYPTO_KEY_SIZE])
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
        result = err_set(e, ERR_IO, "master key file '%s': %s", path, strerror(errno));
    else if (!decode(data, (size_t)len, ret))
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

static int write_file(const char *path, const char *text, size_t len)
{
    unlink(path); /* a crash may have left one */
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return -1;
    int rc = write(fd, text, len) == (ssize_t)len && fsync(fd) == 0 ? 0 : -1;
    int os_error = errno;
    close(fd);
    errno = os_error;
    return rc;
}

/* Written aside and linked into place, so that the name never leads to half a key, and never replaces one. */
static int place_file(const char *path, const char *text, size_t len, struct err *e)
{
    mem_auto char *aside = mem_printf("%s.%ld.new", path, (long)getpid());
    int rc = write_file(aside, text, len);
    if (rc == 0)
        rc = link(aside, path);
    int os_error = errno;
    unlink(aside);
    if (rc && os_error == EEXIST)
        return err_set(e, ERR_CONFLICT, "there is a master key file '%s' already", path);
    if (rc || sync_directory(path))
        return err_set(e, (rc ? os_error : errno) == ENOSPC ? ERR_DISK_FULL : ERR_IO,
                       "master key file '%s' cannot be made: %s", path, strerror(rc ? os_error : errno));
    return 0;
}

int master_key_create(const char *path, uint8_t ret[CRYPTO_KEY_SIZE], struct err *e)
{
    char text[HEX_SIZE + 2];
    crypto_random(ret, CRYPTO_KEY_SIZE);
    crypto_hex(ret, CRYPTO_KEY_SIZE, text);
    text[HEX_SIZE] = '\n';
    text[HEX_SIZE + 1] = '\0';
    int result = place_file(path, text, HEX_SIZE + 1, e);
    mem_wipe(text, sizeof text);
    if (result)
        mem_wipe(ret, CRYPTO_KEY_SIZE);
    return result;
}
