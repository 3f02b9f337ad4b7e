#include "cli/output.h"

#include "api/view.h"
#include "base/mem.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

int output_text(const char *text)
{
    fputs(text, stdout);
    return 0;
}

int output_json(struct json *v)
{
    mem_auto char *text = json_print_pretty(v);
    json_free(v);
    return output_text(text);
}

/* Columns of the terminal; 0: not one. */
static int output_width(void)
{
    struct winsize w;
    if (!output_is_terminal())
        return 0;
    return !ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) && w.ws_col >= 40 ? w.ws_col : 80;
}

int output_table(struct table *t)
{
    buf_auto struct buf out = BUF_INIT(256 << 20);
    table_render(t, output_width(), &out);
    table_free(t);
    return output_text(buf_str(&out));
}

int output_pairs(struct table *t)
{
    buf_auto struct buf out = BUF_INIT(16 << 20);
    table_render(t, 0, &out);
    table_free(t);
    return output_text(buf_str(&out));
}

void output_headers(struct table *t, const struct header *headers, int n)
{
    for (int i = 0; i < n; i++) {
        mem_auto char *line = mem_printf("%s: %s", headers[i].name, headers[i].value);
        table_pair(t, i ? " " : "headers", line);
    }
}

void output_error(const struct err *e, bool json)
{
    buf_auto struct buf text = BUF_INIT(sizeof e->text * 4);
    fflush(stdout);
    if (json) {
        struct json *problem = view_problem(e);
        mem_auto char *s = json_print_pretty(problem);
        json_free(problem);
        fputs(s, stderr);
        return;
    }
    output_clean(&text, e->text, false);
    fprintf(stderr, "edgecron: %s", buf_str(&text));
    if (e->pointer[0])
        fprintf(stderr, " (at %s)", e->pointer);
    fputc('\n', stderr);
}

void output_note(const char *fmt, ...)
{
    va_list ap;
    fflush(stdout);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
}

int output_flush(void)
{
    if (!fflush(stdout) && !ferror(stdout))
        return 0;
    fprintf(stderr, "edgecron: cannot write to standard output: %s\n", strerror(errno));
    return 1;
}

bool output_is_terminal(void)
{
    return isatty(STDOUT_FILENO) == 1;
}

bool output_colors(void)
{
    const char *none = getenv("NO_COLOR"), *terminal = getenv("TERM");
    return output_is_terminal() && !(none && *none) && terminal && strcmp(terminal, "dumb") != 0;
}

char *output_when(struct wall t, char out[OUTPUT_TIME_SIZE])
{
    return age_time(t, output_is_terminal() ? clock_wall() : WALL_NONE, out);
}

char *output_span(int64_t ms, char out[OUTPUT_TIME_SIZE])
{
    int64_t s = ms / 1000, min = s / 60, h = min / 60;
    if (ms < 0)
        snprintf(out, OUTPUT_TIME_SIZE, "-");
    else if (ms < 1000)
        snprintf(out, OUTPUT_TIME_SIZE, "%d ms", (int)ms);
    else if (ms < 60000)
        snprintf(out, OUTPUT_TIME_SIZE, ms % 1000 < 100 ? "%.0f s" : "%.1f s", (double)(ms / 100) / 10);
    else if (ms < 7200000)
        snprintf(out, OUTPUT_TIME_SIZE, s % 60 ? "%d min %d s" : "%d min", (int)min, (int)(s % 60));
    else
        snprintf(out, OUTPUT_TIME_SIZE, min % 60 ? "%lld h %d min" : "%lld h", (long long)h, (int)(min % 60));
    return out;
}

/* C0, DEL, and C1 as UTF-8 has it (U+0080 to U+009F): what a terminal might obey. */
void output_clean(struct buf *out, const char *s, bool lines)
{
    for (const unsigned char *p = (const unsigned char *)s; *p; p++) {
        bool c1 = p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0;
        bool kept = (*p >= ' ' && *p != 0x7f && !c1) || (lines && (*p == '\n' || *p == '\t'));
        buf_char(out, kept ? (char)*p : *p == '\n' || *p == '\t' ? ' ' : '?');
        p += c1;
    }
}
