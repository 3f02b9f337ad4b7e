/* confine_calls.c - the filter of system calls (seccomp(2), uapi/linux/seccomp.h and filter.h).
 *
 * A chain of comparisons. The kernel works out once which numbers are allowed whatever their arguments, so that those cost nothing. */
#include "base/confine.h"

#include "base/mem.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#define FOREIGN_NUMBERS 0x40000000 /* x32 calls come under the same architecture, with this bit */
#elif defined(__aarch64__) && !defined(__AARCH64EB__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#define FOREIGN_NUMBERS 0x40000000
#endif

#ifdef __GLIBC__
#define LOADS_CODE true /* its resolver does so at run time; a static program has all of its code */
#else
#define LOADS_CODE false
#endif

/* Numbers that a C library's headers may be too old for are the same on every processor. */
enum {
    IO_URING_SETUP = 425,
    IO_URING_ENTER = 426,
    IO_URING_REGISTER = 427,
    OPEN_TREE = 428,
    MOVE_MOUNT = 429,
    FSOPEN = 430,
    FSCONFIG = 431,
    FSMOUNT = 432,
    FSPICK = 433,
    PIDFD_OPEN = 434,
    CLONE3 = 435,
    PIDFD_GETFD = 438,
    PROCESS_MADVISE = 440,
    MOUNT_SETATTR = 442,
    QUOTACTL_FD = 443,
    MEMFD_SECRET = 447,
    MAP_SHADOW_STACK_CALL = 453,
    STATMOUNT = 457,
    LISTMOUNT = 458,
    OPEN_TREE_ATTR = 467,
    LAST_KNOWN = 469 /* of Linux 6.17 */
};

/* Nothing here has a use in a server that runs, and all of it in an attack on the rest of the machine. */
/* clang-format off */
static const int REFUSED[] = {
    /* programs and processes */
    SYS_execve, SYS_execveat, SYS_unshare, SYS_setns, SYS_personality, SYS_chroot, SYS_pivot_root,
    /* others' memory, descriptors and keys */
    SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_kcmp, PIDFD_OPEN, PIDFD_GETFD, SYS_pidfd_send_signal,
    PROCESS_MADVISE, SYS_add_key, SYS_request_key, SYS_keyctl, SYS_move_pages, SYS_migrate_pages,
    /* users and rights */
    SYS_setuid, SYS_setgid, SYS_setreuid, SYS_setregid, SYS_setresuid, SYS_setresgid, SYS_setfsuid, SYS_setfsgid,
    SYS_setgroups, SYS_capset,
    /* file systems */
    SYS_mount, SYS_umount2, OPEN_TREE, OPEN_TREE_ATTR, MOVE_MOUNT, FSOPEN, FSCONFIG, FSMOUNT, FSPICK, MOUNT_SETATTR,
    STATMOUNT, LISTMOUNT, SYS_quotactl, QUOTACTL_FD, SYS_swapon, SYS_swapoff, SYS_name_to_handle_at,
    SYS_open_by_handle_at, SYS_fanotify_init, SYS_fanotify_mark, SYS_mknodat, SYS_nfsservctl,
    /* the machine */
    SYS_reboot, SYS_kexec_load, SYS_kexec_file_load, SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_acct,
    SYS_settimeofday, SYS_clock_settime, SYS_clock_adjtime, SYS_adjtimex, SYS_sethostname, SYS_setdomainname,
    SYS_syslog, SYS_vhangup,
    /* large interfaces of the kernel, where its own faults are found */
    SYS_bpf, SYS_perf_event_open, SYS_userfaultfd, IO_URING_SETUP, IO_URING_ENTER, IO_URING_REGISTER, SYS_io_setup,
    SYS_io_submit, SYS_lookup_dcookie, SYS_remap_file_pages, SYS_vmsplice, SYS_memfd_create, MEMFD_SECRET,
    MAP_SHADOW_STACK_CALL, SYS_mbind, SYS_set_mempolicy,
    /* sharing with other processes */
    SYS_shmget, SYS_shmat, SYS_shmctl, SYS_shmdt, SYS_msgget, SYS_msgsnd, SYS_msgrcv, SYS_msgctl, SYS_semget,
    SYS_semop, SYS_semctl, SYS_semtimedop, SYS_mq_open, SYS_mq_unlink,
#ifdef __x86_64__
    SYS_fork, SYS_vfork, SYS_create_module, SYS_get_kernel_syms, SYS_query_module, SYS_uselib, SYS_ustat, SYS_sysfs,
    SYS__sysctl, SYS_iopl, SYS_ioperm, SYS_modify_ldt, SYS_mknod,
#endif
};
/* clang-format on */

struct program {
    struct sock_filter code[512];
    unsigned short len;
};

static void add(struct program *p, uint16_t code, uint32_t k, uint8_t yes, uint8_t no)
{
    p->code[p->len++] = (struct sock_filter)BPF_JUMP(code, k, yes, no);
}

static void answer(struct program *p, uint32_t with)
{
    add(p, BPF_RET | BPF_K, with, 0, 0);
}

static void refuse(struct program *p, int os_error)
{
    answer(p, SECCOMP_RET_ERRNO | (uint32_t)os_error);
}

static void load(struct program *p, size_t offset)
{
    add(p, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static size_t argument(int n) /* its low word, on the little-endian processors that we know */
{
    return offsetof(struct seccomp_data, args) + sizeof(uint64_t) * (size_t)n;
}

/* For call `number` (in the accumulator): the next `len` instructions, after which the accumulator is no longer the number. */
static void only_for(struct program *p, int number, uint8_t len)
{
    add(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, len);
}

/* Refused when argument `n` has any of `bits`. */
static void refuse_bits(struct program *p, int number, int n, uint32_t bits)
{
    only_for(p, number, 4);
    load(p, argument(n));
    add(p, BPF_JMP | BPF_JSET | BPF_K, bits, 0, 1);
    refuse(p, EPERM);
    answer(p, SECCOMP_RET_ALLOW);
}

static void refuse_value(struct program *p, int number, int n, uint32_t value)
{
    only_for(p, number, 4);
    load(p, argument(n));
    add(p, BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
    refuse(p, EPERM);
    load(p, offsetof(struct seccomp_data, nr)); /* another value of the same call may follow */
}

/* Threads, yes; processes and name spaces, no. What clone3 is asked for stands in memory, where no filter sees it: libraries fall back
 * to clone. */
static void restrict_clone(struct program *p)
{
    only_for(p, CLONE3, 1);
    refuse(p, ENOSYS);
    only_for(p, SYS_clone, 4);
    load(p, argument(0));
    add(p, BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 0, 1);
    answer(p, SECCOMP_RET_ALLOW);
    refuse(p, EPERM);
}

static void restrict_sockets(struct program *p)
{
    static const uint32_t families[] = { AF_UNIX, AF_INET, AF_INET6, AF_NETLINK /* getaddrinfo of some libraries */ };
    only_for(p, SYS_socket, 2 * MEM_COUNT(families) + 2);
    load(p, argument(0));
    for (size_t i = 0; i < MEM_COUNT(families); i++) {
        add(p, BPF_JMP | BPF_JEQ | BPF_K, families[i], 0, 1);
        answer(p, SECCOMP_RET_ALLOW);
    }
    refuse(p, EPERM);
}

static void restrict_arguments(struct program *p)
{
    restrict_clone(p);
    restrict_sockets(p);
    refuse_value(p, SYS_ioctl, 1, TIOCSTI); /* typing into the terminal that we were started from */
    refuse_value(p, SYS_ioctl, 1, 0x541c);  /* TIOCLINUX, the same on a console */
    only_for(p, SYS_prctl, 6);              /* dumps stay off */
    load(p, argument(0));
    add(p, BPF_JMP | BPF_JEQ | BPF_K, PR_SET_DUMPABLE, 0, 3);
    load(p, argument(1));
    add(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0);
    refuse(p, EPERM);
    answer(p, SECCOMP_RET_ALLOW);
    if (LOADS_CODE)
        return;
    refuse_bits(p, SYS_mmap, 2, PROT_EXEC);
    refuse_bits(p, SYS_mprotect, 2, PROT_EXEC);
    refuse_bits(p, SYS_pkey_mprotect, 2, PROT_EXEC);
}

bool confine_calls_known(void)
{
#ifdef ARCHITECTURE
    const uint32_t action = SECCOMP_RET_ERRNO;
    return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
#else
    return false;
#endif
}

int confine_calls(void)
{
#ifdef ARCHITECTURE
    struct program p = { .len = 0 };
    _Static_assert(MEM_COUNT(REFUSED) * 2 + 80 < MEM_COUNT(p.code), "the program fits");
    load(&p, offsetof(struct seccomp_data, arch));
    add(&p, BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0);
    answer(&p, SECCOMP_RET_KILL_PROCESS);
    load(&p, offsetof(struct seccomp_data, nr));
    add(&p, BPF_JMP | BPF_JGE | BPF_K, FOREIGN_NUMBERS, 0, 1);
    answer(&p, SECCOMP_RET_KILL_PROCESS);
    add(&p, BPF_JMP | BPF_JGT | BPF_K, LAST_KNOWN, 0, 1);
    refuse(&p, ENOSYS);
    restrict_arguments(&p); /* first, as the kernel goes through these each time */
    for (size_t i = 0; i < MEM_COUNT(REFUSED); i++) {
        only_for(&p, REFUSED[i], 1);
        refuse(&p, EPERM);
    }
    answer(&p, SECCOMP_RET_ALLOW);
    const struct sock_fprog program = { p.len, p.code };
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
#else
    errno = ENOSYS;
    return -1;
#endif
}
