/* doctor_confined.c - what the running server gave up (base/confine.h), as the kernel tells; without one, what a server
 * could give up on this machine. */
#include "base/buf.h"
#include "base/confine.h"
#include "base/file.h"
#include "base/mem.h"
#include "api/doctor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define LOCKED_LEAST (1024 * 1024) /* bytes of locked memory that some dozens of secrets need */
#define LANDLOCK_HELP "then the rights of the server's user are all that keeps it from other files"

/* What /proc says of a process: -1 for what it does not say. */
struct process {
    long uid, no_new_privileges, filter, locked_kib;
};

static long number_after(const char *status, const char *name)
{
    mem_auto char *line = mem_printf("\n%s:", name);
    const char *at = strstr(status, line);
    return at ? strtol(at + strlen(line), NULL, 10) : -1;
}

static bool read_process(pid_t pid, struct process *p)
{
    char path[64];
    buf_auto struct buf status = BUF_INIT(65536);
    snprintf(path, sizeof path, "/proc/%ld/status", (long)pid);
    if (file_read(path, &status))
        return false;
    p->uid = number_after(buf_str(&status), "Uid");
    p->no_new_privileges = number_after(buf_str(&status), "NoNewPrivs");
    p->filter = number_after(buf_str(&status), "Seccomp");
    p->locked_kib = number_after(buf_str(&status), "VmLck");
    return true;
}

static void say_root(struct doctor *d)
{
    doctor_add(
        d, DOCTOR_WARNING,
        "it needs no right of root: run it as a user of its own, so that whoever breaks into it gets no more than that",
        NULL, "the server (pid %ld) runs as root", (long)d->server);
}

static void look_at_server(struct doctor *d, const struct process *p, int landlock)
{
    if (p->uid == 0)
        say_root(d);
    if (p->filter == 0 || p->no_new_privileges == 0)
        doctor_add(d, DOCTOR_WARNING,
                   "files and system calls that it does not need are open to it: restart it without --unconfined and "
                   "EDGECRON_UNCONFINED",
                   doctor_text(d, "edgecron serve%s", d->key_hint),
                   "the server (pid %ld) is not confined: no system call filter is on", (long)d->server);
    if (p->locked_kib == 0)
        doctor_add(d, DOCTOR_NOTICE,
                   "secrets may be written to swap: raise the limit of locked memory (LimitMEMLOCK=, ulimit -l)", NULL,
                   "the server (pid %ld) holds no locked memory", (long)d->server);
    if (d->said == 0)
        doctor_add(d, DOCTOR_OK, NULL, NULL,
                   "the server runs as user id %ld without new privileges, with a system call filter and %ld KiB of "
                   "locked memory; this kernel's Landlock is of version %d",
                   p->uid, p->locked_kib, landlock);
}

static void look_at_machine(struct doctor *d, const struct confine_support *s)
{
    struct rlimit limit = { 0 };
    if (!s->filter)
        doctor_add(d, DOCTOR_NOTICE, "a server here has all system calls that its user has", NULL,
                   "this kernel or processor has no system call filter");
    if (!getrlimit(RLIMIT_MEMLOCK, &limit) && limit.rlim_cur < LOCKED_LEAST)
        doctor_add(d, DOCTOR_NOTICE,
                   "secrets may be written to swap: raise it for the server (LimitMEMLOCK=, ulimit -l)", NULL,
                   "this user may lock %llu KiB of memory", (unsigned long long)limit.rlim_cur / 1024);
    if (d->said == 0)
        doctor_add(d, DOCTOR_OK, NULL, NULL,
                   "a server here can be confined: Landlock version %d, a system call filter, locked memory",
                   s->landlock_abi);
}

/* The same from inside. */
static void look_at_self(struct doctor *d)
{
    for (int m = 0; m < CONFINE_MEASURES; m++) {
        struct confine_state state = confine_state((enum confine_measure)m);
        if (!state.on)
            doctor_add(d, DOCTOR_WARNING,
                       "should a fault let somebody into the server, it could reach more than it needs: restart it "
                       "without --unconfined and EDGECRON_UNCONFINED, or as the text says",
                       doctor_text(d, "edgecron serve%s", d->key_hint), "the server did not give up %s: %s",
                       confine_name((enum confine_measure)m), *state.why ? state.why : "it was told not to");
    }
    if (getuid() == 0)
        say_root(d);
    if (d->said == 0)
        doctor_add(d, DOCTOR_OK, NULL, NULL, "the server gave up what it does not need: files, system calls, dumps");
}

void doctor_confined(struct doctor *d)
{
    struct confine_support s = { 0 };
    struct process p;
    if (d->engine) {
        look_at_self(d);
        return;
    }
    s = confine_support();
    if (s.landlock_abi == 0)
        doctor_add(d, DOCTOR_NOTICE, LANDLOCK_HELP ": boot a kernel that has it, with 'landlock' in its lsm= list",
                   NULL, "this kernel has no Landlock, or it is not switched on");
    if (d->server <= 0)
        look_at_machine(d, &s);
    else if (read_process(d->server, &p))
        look_at_server(d, &p, s.landlock_abi);
    else
        doctor_add(d, DOCTOR_NOTICE, "run as root to see it, or ask GET /api/v1/status", NULL,
                   "what the server (pid %ld) gave up cannot be seen by this user", (long)d->server);
}
