#include "base/crash.h"

#ifdef EDGECRON_TEST_HOOKS

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXT_MAX 64

static const char *const names[] = {
#define X(name, text) [name] = text,
    CRASH_TABLE(X)
#undef X
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char file_text[TEXT_MAX];
static int chosen = CRASH_POINTS; /* enum crash_point, or none */
static int64_t left;              /* times until it is due */
static bool hangs;                /* at the point, instead of a crash */

static void choose(const char *text)
{
    char name[32];
    long long n;
    chosen = CRASH_POINTS;
    hangs = strstr(text, " hang") != NULL;
    if (!*text)
        return;
    if (sscanf(text, "%31s %lld", name, &n) == 2 && n > 0)
        for (int i = 0; i < CRASH_POINTS; i++)
            if (!strcmp(names[i], name)) {
                chosen = i;
                left = n;
                return;
            }
    fprintf(stderr, "EDGECRON_TEST_CRASH_FILE names no point: '%s'\n", text);
    abort();
}

static void look_at_file(const char *path)
{
    char text[TEXT_MAX] = "";
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    text[n > 0 ? n : 0] = '\0';
    if (!strcmp(text, file_text))
        return;
    memcpy(file_text, text, sizeof text);
    choose(text);
}

bool crash_due(enum crash_point p)
{
    const char *path = getenv("EDGECRON_TEST_CRASH_FILE");
    if (!path)
        return false;
    pthread_mutex_lock(&lock);
    look_at_file(path);
    bool due = chosen == (int)p && left > 0 && --left == 0;
    pthread_mutex_unlock(&lock);
    return due;
}

static bool still_hangs(void)
{
    pthread_mutex_lock(&lock);
    look_at_file(getenv("EDGECRON_TEST_CRASH_FILE"));
    bool still = hangs;
    pthread_mutex_unlock(&lock);
    return still;
}

void crash_now(void)
{
    if (still_hangs()) {
        while (still_hangs())
            usleep(20000);
        return;
    }
    kill(getpid(), SIGKILL);
    for (;;)
        pause();
}

void crash_here(enum crash_point p)
{
    if (crash_due(p))
        crash_now();
}

#endif
