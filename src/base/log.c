#include "base/log.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"

#include <string.h>
#include <unistd.h>

#define LOG_LINE_MAX 8192

static enum log_level log_least = LOG_INFO;
static enum log_format log_form = LOG_LOGFMT;
static const char *const level_names[] = { "debug", "info", "warn", "error" };

void log_setup(enum log_level least, enum log_format format)
{
    log_least = least;
    log_form = format;
}

/* A value that logfmt readers take as one word goes bare; all else is quoted as in JSON. */
static bool needs_quotes(const char *s)
{
    if (!*s)
        return true;
    for (; *s; s++)
        if (*s <= ' ' || *s == '"' || *s == '=' || *s == '\\' || *s == 0x7f)
            return true;
    return false;
}

static void add_text(struct buf *line, const char *s, bool quote)
{
    if (quote)
        buf_char(line, '"');
    /* json_escape also turns line breaks into \n, so that one event stays one line */
    json_escape(line, s, strlen(s));
    if (quote)
        buf_char(line, '"');
}

static void add_pair(struct buf *line, const struct log_field *f)
{
    bool json = log_form == LOG_JSON;
    size_t before = line->len;
    if (line->len > (json ? 1u : 0u))
        buf_char(line, json ? ',' : ' ');
    buf_printf(line, json ? "\"%s\":" : "%s=", f->key);
    if (f->text)
        add_text(line, f->text, json || needs_quotes(f->text));
    else
        buf_printf(line, "%lld", (long long)f->number);
    if (line->full)
        line->len = before; /* an event too long loses its last fields whole, not its end */
}

void log_write(enum log_level level, const char *msg, const struct log_field *fields)
{
    if (level < log_least)
        return;
    char time[WALL_TEXT_SIZE];
    struct buf line = BUF_INIT(LOG_LINE_MAX);
    if (log_form == LOG_JSON)
        buf_char(&line, '{');
    add_pair(&line, &L_STR("time", wall_format(clock_wall(), time)));
    add_pair(&line, &L_STR("level", level_names[level]));
    add_pair(&line, &L_STR("msg", msg));
    for (const struct log_field *f = fields; f->key && !line.full; f++)
        add_pair(&line, f);
    line.full = false;
    line.max += 2;
    buf_str_add(&line, log_form == LOG_JSON ? "}\n" : "\n");
    ssize_t ignored = write(STDERR_FILENO, line.data, line.len);
    (void)ignored;
    buf_free(&line);
}
