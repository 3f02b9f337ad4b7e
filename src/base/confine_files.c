/* confine_files.c - the process' own view of the file system, ports and signals: Landlock (landlock(7)).
 *
 * Structures and numbers are of include/uapi/linux/landlock.h, written here as a C library's copy may be older than the kernel. What a
 * kernel does not know yet (its ABI says) is left out. */
#include "base/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_landlock_create_ruleset /* the same on every processor */
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif

struct ruleset_attr {
    uint64_t handled_access_fs, handled_access_net, scoped;
};
struct path_beneath_attr {
    uint64_t allowed_access;
    int32_t parent_fd;
} __attribute__((packed));
struct net_port_attr {
    uint64_t allowed_access, port;
};
enum { CREATE_RULESET_VERSION = 1, RULE_PATH_BENEATH = 1, RULE_NET_PORT = 2 };
enum { NET_BIND_TCP = 1, SCOPE_SIGNAL = 2 };
enum access_fs {
    FS_EXECUTE = 1 << 0,
    FS_WRITE_FILE = 1 << 1,
    FS_READ_FILE = 1 << 2,
    FS_READ_DIR = 1 << 3,
    FS_REMOVE_DIR = 1 << 4,
    FS_REMOVE_FILE = 1 << 5,
    FS_MAKE_DIR = 1 << 7,
    FS_MAKE_REG = 1 << 8,
    FS_REFER = 1 << 13,     /* from ABI 2: link and rename to another folder */
    FS_TRUNCATE = 1 << 14,  /* 3 */
    FS_IOCTL_DEV = 1 << 15, /* 5 */
    FS_ALL_1 = (1 << 13) - 1
};
#define FILE_RIGHTS ((uint64_t)(FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV))

static struct ruleset_attr handled(int abi)
{
    struct ruleset_attr a = { .handled_access_fs = FS_ALL_1 };
    if (abi >= 2)
        a.handled_access_fs |= FS_REFER;
    if (abi >= 3)
        a.handled_access_fs |= FS_TRUNCATE;
    if (abi >= 4)
        a.handled_access_net = NET_BIND_TCP;
    if (abi >= 5)
        a.handled_access_fs |= FS_IOCTL_DEV;
    if (abi >= 6)
        a.scoped = SCOPE_SIGNAL;
    return a;
}

static uint64_t rights_of(unsigned rights)
{
    uint64_t a = 0;
    if (rights & (CONFINE_READ | CONFINE_WRITE))
        a |= FS_READ_FILE | FS_READ_DIR;
    if (rights & CONFINE_WRITE)
        a |= FS_WRITE_FILE | FS_REMOVE_DIR | FS_REMOVE_FILE | FS_MAKE_DIR | FS_MAKE_REG | FS_REFER | FS_TRUNCATE;
    if (rights & CONFINE_RMDIR)
        a |= FS_REMOVE_DIR;
    return a;
}

static int allow_path(int ruleset, uint64_t known, const struct confine_path *p)
{
    struct stat st;
    struct path_beneath_attr a = { .allowed_access = rights_of(p->rights) & known };
    a.parent_fd = open(p->path, O_PATH | O_CLOEXEC);
    if (a.parent_fd < 0)
        return 0; /* what is not there, or out of reach, needs no leave */
    if (!fstat(a.parent_fd, &st) && !S_ISDIR(st.st_mode))
        a.allowed_access &= FILE_RIGHTS;
    int rc = a.allowed_access ? (int)syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &a, 0) : 0;
    int saved = errno;
    close(a.parent_fd);
    errno = saved;
    return rc;
}

static int allow_all(int ruleset, const struct ruleset_attr *known, const struct confine_rules *r)
{
    int rc = 0;
    for (int i = 0; !rc && i < r->n_paths; i++)
        rc = allow_path(ruleset, known->handled_access_fs, &r->paths[i]);
    for (int i = 0; !rc && known->handled_access_net && i < r->n_ports; i++) {
        struct net_port_attr a = { NET_BIND_TCP, r->ports[i] };
        rc = (int)syscall(SYS_landlock_add_rule, ruleset, RULE_NET_PORT, &a, 0);
    }
    return rc;
}

int confine_files_abi(void)
{
    return (int)syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_RULESET_VERSION);
}

int confine_files(const struct confine_rules *r)
{
    int abi = confine_files_abi();
    if (abi < 1)
        return -1;
    struct ruleset_attr known = handled(abi);
    /* Kernels that know less take the longer structure as long as what they do not know is zero. */
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &known, sizeof known, 0);
    if (ruleset < 0 && known.handled_access_net) { /* built without networking rules, perhaps */
        known.handled_access_net = 0;
        ruleset = (int)syscall(SYS_landlock_create_ruleset, &known, sizeof known, 0);
    }
    if (ruleset < 0)
        return -1;
    int rc = allow_all(ruleset, &known, r);
    if (!rc)
        rc = (int)syscall(SYS_landlock_restrict_self, ruleset, 0);
    int saved = errno;
    close(ruleset);
    errno = saved;
    return rc;
}
