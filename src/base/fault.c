#include "base/fault.h"

#ifdef EDGECRON_TEST_HOOKS

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXT_MAX 64

static const char *const names[] = {
#define X(name, text) [name] = text,
    FAULT_TABLE(X)
#undef X
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct fault armed;
static bool active, held;
static int64_t seen[FAULT_KINDS], hits;
static char file_text[TEXT_MAX];

const char *fault_kind_name(enum fault_kind k)
{
    return names[k];
}

static void arm(const struct fault *f)
{
    active = f != NULL;
    armed = f ? *f : (struct fault){ 0 };
    memset(seen, 0, sizeof seen);
    hits = 0;
}

void fault_arm(const struct fault *f)
{
    pthread_mutex_lock(&lock);
    arm(f);
    pthread_mutex_unlock(&lock);
}

bool fault_hold(bool hold)
{
    pthread_mutex_lock(&lock);
    bool before = held;
    held = hold;
    pthread_mutex_unlock(&lock);
    return before;
}

int64_t fault_seen(enum fault_kind k)
{
    return seen[k];
}

int64_t fault_hits(void)
{
    return hits;
}

static bool parse(const char *text, struct fault *ret)
{
    char kind[16], how[16], what[16];
    long long nth;
    if (sscanf(text, "%15s %lld %15s %15s", kind, &nth, how, what) != 4)
        return false;
    bool page = !strcmp(how, "page");
    *ret = (struct fault){ .nth = page ? 0 : nth,
                           .page = page ? nth : 0,
                           .lasting = !strcmp(how, "lasting"),
                           .full = !strcmp(what, "full"),
                           .damaged = !strcmp(what, "damaged") };
    for (int i = 0; i < FAULT_KINDS; i++)
        if (!strcmp(names[i], kind)) {
            ret->kind = (enum fault_kind)i;
            return true;
        }
    return false;
}

static void look_at_file(void)
{
    const char *path = getenv("EDGECRON_TEST_FAULT_FILE");
    char text[TEXT_MAX] = "";
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0)
        return;
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    text[n > 0 ? n : 0] = '\0';
    if (!strcmp(text, file_text))
        return;
    struct fault f;
    memcpy(file_text, text, sizeof text);
    arm(parse(text, &f) ? &f : NULL);
}

static int error_of(const struct fault *f)
{
    hits++;
    return f->full ? ENOSPC : f->damaged ? EUCLEAN : EIO;
}

int fault_strikes_page(int64_t page)
{
    pthread_mutex_lock(&lock);
    int os_error = active && !held && armed.page == page ? error_of(&armed) : 0;
    pthread_mutex_unlock(&lock);
    return os_error;
}

int fault_strikes(enum fault_kind k)
{
    int os_error = 0;
    pthread_mutex_lock(&lock);
    look_at_file();
    if (!held) {
        int64_t n = ++seen[k];
        if (active && armed.kind == k && !armed.page && (n == armed.nth || (armed.lasting && n > armed.nth)))
            os_error = error_of(&armed);
    }
    pthread_mutex_unlock(&lock);
    return os_error;
}

#endif
