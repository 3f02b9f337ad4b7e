/* metrics_process.c - see metrics_process.h. The fields of /proc/self/stat are those of proc_pid_stat(5). */
#include "base/metrics_process.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { FIELD_THREADS = 20, FIELD_STARTED = 22, FIELD_VIRTUAL = 23, FIELD_RESIDENT = 24 };

static int stat_fd = -1;
static DIR *fd_dir;
static pthread_mutex_t dir_lock = PTHREAD_MUTEX_INITIALIZER; /* of fd_dir, whose position all share */

void metrics_process_open(void)
{
    if (stat_fd < 0)
        stat_fd = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
    if (!fd_dir)
        fd_dir = opendir("/proc/self/fd");
}

/* From Linux 6.2 on the size is the count; before it is 0. */
static int64_t count_descriptors(void)
{
    struct stat st;
    if (!fd_dir)
        return -1;
    if (!fstat(dirfd(fd_dir), &st) && st.st_size > 0)
        return st.st_size;
    int64_t n = 0;
    pthread_mutex_lock(&dir_lock);
    rewinddir(fd_dir);
    for (struct dirent *d; (d = readdir(fd_dir));)
        n += *d->d_name != '.';
    pthread_mutex_unlock(&dir_lock);
    return n;
}

/* Field 3 is the first after the name, which is in brackets and may hold anything. */
static bool read_fields(int64_t *fields, int from, int to)
{
    char text[1024], *at;
    ssize_t n = stat_fd < 0 ? -1 : pread(stat_fd, text, sizeof text - 1, 0);
    if (n <= 0)
        return false;
    text[n] = '\0';
    at = strrchr(text, ')');
    for (int i = 2; at && i <= to; i++) {
        if (i >= from)
            fields[i] = strtoll(at + 1, NULL, 10);
        at = strchr(at + 1, ' ');
    }
    return at != NULL;
}

static int64_t ms_of(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Ticks since the machine was started. */
static struct wall started_at(int64_t ticks)
{
    int64_t after_boot_ms = ticks * 1000 / sysconf(_SC_CLK_TCK);
    return (struct wall){ ms_of(CLOCK_REALTIME) - ms_of(CLOCK_BOOTTIME) + after_boot_ms };
}

void metrics_process_read(struct metrics_process *ret)
{
    int64_t fields[FIELD_RESIDENT + 1];
    struct rlimit files;
    *ret =
        (struct metrics_process){ .resident_bytes = -1, .virtual_bytes = -1, .threads = -1, .started_at = WALL_NONE };
    ret->cpu_s = (double)ms_of(CLOCK_PROCESS_CPUTIME_ID) / 1000;
    ret->descriptors = count_descriptors();
    ret->descriptors_max = getrlimit(RLIMIT_NOFILE, &files) ? -1 : (int64_t)files.rlim_cur;
    if (!read_fields(fields, FIELD_THREADS, FIELD_RESIDENT))
        return;
    ret->threads = fields[FIELD_THREADS];
    ret->virtual_bytes = fields[FIELD_VIRTUAL];
    ret->resident_bytes = fields[FIELD_RESIDENT] * sysconf(_SC_PAGESIZE);
    ret->started_at = started_at(fields[FIELD_STARTED]);
}
