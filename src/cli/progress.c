#include "cli/progress.h"

#include "cli/output.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DRAW_MS 100
#define QUIET_MS 300 /* what takes no longer needs no word */
#define LINE_MAX_WIDTH 78

struct progress progress_begin(const struct config *c)
{
    const char *terminal = getenv("TERM");
    struct progress p = { .since = clock_mono(), .drawn_at = clock_mono() };
    p.on = !config_on(c, FLAG_JSON) && isatty(STDERR_FILENO) == 1 && terminal && *terminal &&
           strcmp(terminal, "dumb") != 0;
    return p;
}

static void draw(struct progress *p, const char *what, struct mono now)
{
    static const char wheel[] = "|/-\\";
    char span[OUTPUT_TIME_SIZE];
    fflush(stdout);
    fprintf(stderr, "\r%c %.*s %s\033[K", wheel[p->turn++ % 4], LINE_MAX_WIDTH - 20, what,
            age_text(mono_ms_since(p->since, now), span));
    fflush(stderr);
    p->drawn = true;
    p->drawn_at = now;
}

void progress_show(struct progress *p, const char *fmt, ...)
{
    struct mono now = clock_mono();
    char what[200];
    va_list ap;
    if (!p->on || mono_ms_since(p->since, now) < QUIET_MS || mono_ms_since(p->drawn_at, now) < DRAW_MS)
        return;
    va_start(ap, fmt);
    vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    draw(p, what, now);
}

void progress_step(struct progress *p, const char *what)
{
    if (p->on)
        draw(p, what, clock_mono());
}

void progress_end(struct progress *p)
{
    if (p->drawn)
        fputs("\r\033[K", stderr);
    p->drawn = false;
}
