#include "base/confine.h"

#include "base/guarded.h"
#include "base/mem.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* Sanitizers and coverage start helpers, trace and write files when the process ends. */
extern void __gcov_dump(void) __attribute__((weak));
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED true
#else
#define SANITIZED false
#endif

static const char *const names[CONFINE_MEASURES] = { "core_dumps", "new_privileges", "files", "system_calls", "swap" };
static struct confine_state states[CONFINE_MEASURES]; /* written before there are threads */

const char *confine_name(enum confine_measure m)
{
    return names[m];
}

static void turned_on(enum confine_measure m)
{
    states[m] = (struct confine_state){ .on = true };
}

static void left_off(enum confine_measure m, const char *why)
{
    states[m].on = false;
    snprintf(states[m].why, sizeof states[m].why, "%s", why);
}

struct confine_state confine_state(enum confine_measure m)
{
    struct confine_state s = states[m];
    struct rlimit limit = { 0 };
    size_t open_bytes = guarded_swappable();
    if (m != CONFINE_SWAP)
        return s;
    s = (struct confine_state){ .on = open_bytes == 0 };
    if (!s.on && !getrlimit(RLIMIT_MEMLOCK, &limit))
        snprintf(s.why, sizeof s.why,
                 "%zu KiB of secrets cannot be locked in memory: raise the limit, now %llu KiB (ulimit -l, "
                 "LimitMEMLOCK=)",
                 open_bytes / 1024, (unsigned long long)limit.rlim_cur / 1024);
    return s;
}

void confine_allow(struct confine_rules *r, unsigned rights, const char *path)
{
    if (!path || !*path)
        return;
    for (int i = 0; i < r->n_paths; i++)
        if (r->paths[i].rights == rights && !strcmp(r->paths[i].path, path))
            return;
    if (r->n_paths < CONFINE_PATHS_MAX)
        r->paths[r->n_paths++] = (struct confine_path){ mem_strdup(path), rights };
}

static void allow_parent(struct confine_rules *r, unsigned rights, const char *file)
{
    const char *slash = strrchr(file, '/');
    mem_auto char *folder = slash ? mem_strndup(file, (size_t)(slash - file)) : mem_strdup(".");
    confine_allow(r, rights, slash == file ? file : folder);
}

void confine_allow_folder_of(struct confine_rules *r, unsigned rights, const char *file)
{
    char target[PATH_MAX];
    if (!file || !*file)
        return;
    allow_parent(r, rights, file);
    if (realpath(file, target))
        allow_parent(r, rights, target);
}

void confine_allow_port(struct confine_rules *r, uint16_t port)
{
    if (r->n_ports < CONFINE_PORTS_MAX)
        r->ports[r->n_ports++] = port;
}

void confine_rules_free(struct confine_rules *r)
{
    for (int i = 0; i < r->n_paths; i++)
        mem_free(r->paths[i].path);
    *r = (struct confine_rules){ 0 };
}

void confine_dumps(void)
{
    const struct rlimit none = { 0, 0 };
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 && setrlimit(RLIMIT_CORE, &none) == 0)
        turned_on(CONFINE_DUMPS);
    else
        left_off(CONFINE_DUMPS, strerror(errno));
}

static void confine_part(enum confine_measure m, int failed, const char *missing)
{
    if (!failed)
        turned_on(m);
    else
        left_off(m, errno == ENOSYS || errno == EOPNOTSUPP || errno == EINVAL ? missing : strerror(errno));
}

struct confine_support confine_support(void)
{
    int abi = confine_files_abi();
    return (struct confine_support){ .landlock_abi = abi > 0 ? abi : 0, .filter = confine_calls_known() };
}

void confine_process(const struct confine_rules *rules)
{
    const char *why = !rules                     ? "switched off (--unconfined)"
                      : SANITIZED || __gcov_dump ? "left out of test builds with sanitizers or coverage"
                                                 : NULL;
    confine_dumps();
    guarded_alloc(1); /* stays: shows from the start whether memory can be locked */
    confine_part(CONFINE_PRIVILEGES, prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "not known to this kernel");
    if (why) {
        left_off(CONFINE_FILES, why);
        left_off(CONFINE_CALLS, why);
        return;
    }
    confine_part(CONFINE_FILES, confine_files(rules), "this kernel has no Landlock, or it is not switched on (lsm=)");
    confine_part(CONFINE_CALLS, confine_calls(), "this kernel or processor has no system call filter");
}

bool confine_forbade(const char *path)
{
    int saved = errno; /* what access(2) says is not Landlock's affair */
    bool forbade = saved == EACCES && states[CONFINE_FILES].on && access(path, R_OK) == 0;
    errno = saved;
    return forbade;
}
