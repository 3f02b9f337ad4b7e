#include "cli/input.h"

#include "base/file.h"
#include "base/mem.h"
#include "store/vault.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static char *spoken(const char *path)
{
    return !strcmp(path, "-") ? mem_strdup("standard input") : mem_printf("'%s'", path);
}

static int read_all(int fd, const char *path, struct buf *out, struct err *e)
{
    mem_auto char *from = spoken(path);
    if (file_drain(fd, out) == 0)
        return 0;
    if (errno == EFBIG)
        return err_set(e, ERR_TOO_LARGE, "%s is larger than %zu bytes", from, out->max);
    return err_set(e, ERR_IO, "cannot read %s: %s", from, strerror(errno));
}

int input_read(const char *path, const char *what, struct buf *out, struct err *e)
{
    if (!strcmp(path, "-")) {
        if (isatty(STDIN_FILENO) == 1)
            return err_set(e, ERR_USAGE, "%s is expected on standard input: use '< FILE', a pipe, or name a file",
                           what);
        return read_all(STDIN_FILENO, path, out, e);
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_set(e, ERR_IO, "cannot open '%s': %s", path, strerror(errno));
    int r = read_all(fd, path, out, e);
    close(fd);
    return r;
}

struct json *input_json(const char *path, const char *what, size_t max, struct err *e)
{
    buf_auto struct buf text = BUF_INIT(max);
    if (input_read(path, what, &text, e) < 0)
        return NULL;
    struct json *v = json_parse(buf_str(&text), text.len, e);
    mem_auto char *from = spoken(path);
    if (!v)
        err_wrap(e, "%s", from);
    return v;
}

static struct termios terminal_before; /* for the signal handler too: Ctrl-C must not leave a terminal without echo */

static void give_up(int signal_number)
{
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &terminal_before);
    raise(signal_number); /* SA_RESETHAND: this time it ends the program */
}

static int silence_terminal(struct err *e)
{
    struct termios silent;
    const struct sigaction restore = { .sa_handler = give_up, .sa_flags = (int)SA_RESETHAND };
    if (tcgetattr(STDIN_FILENO, &terminal_before))
        return err_set(e, ERR_IO, "cannot ask on this terminal: %s", strerror(errno));
    static const int ends[] = { SIGINT, SIGTERM, SIGQUIT, SIGHUP };
    for (size_t i = 0; i < MEM_COUNT(ends); i++)
        sigaction(ends[i], &restore, NULL);
    silent = terminal_before;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    return 0;
}

static int read_typed(const char *name, bool optional, struct buf *out, struct err *e)
{
    int r = silence_terminal(e);
    fprintf(stderr, "value of '%s' (not shown%s): ", name, optional ? "; Enter alone keeps the one it has" : "");
    char c = '\0';
    while (r == 0 && c != '\n') {
        ssize_t n = read(STDIN_FILENO, &c, 1);
        if (n <= 0)
            break;
        if (!buf_char(out, c))
            r = err_set(e, ERR_TOO_LARGE, "the value is longer than %d bytes", SECRET_VALUE_MAX);
    }
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &terminal_before);
    fputc('\n', stderr);
    return r;
}

void input_drop_line_break(struct buf *b)
{
    if (b->len && b->data[b->len - 1] == '\n')
        b->len--;
    if (b->len && b->data[b->len] == '\n' && b->data[b->len - 1] == '\r')
        b->len--;
    if (b->data)
        b->data[b->len] = '\0';
}

static int read_secret(const struct config *c, const char *name, bool optional, struct buf *out, struct err *e)
{
    const char *file = config_text(c, FLAG_VALUE_FILE);
    int r;
    if (file)
        r = input_read(file, "the value", out, e);
    else if (isatty(STDIN_FILENO) == 1)
        r = read_typed(name, optional, out, e);
    else
        r = input_read("-", "the value", out, e);
    if (r == 0)
        input_drop_line_break(out);
    return r;
}

int input_secret(const struct config *c, const char *name, struct buf *out, struct err *e)
{
    int r = read_secret(c, name, false, out, e);
    if (r == 0 && out->len == 0)
        return err_set(e, ERR_INVALID,
                       "the value of '%s' is empty: give it on standard input, or with --value-file FILE", name);
    return r;
}

/* An empty file is a mistake rather than a wish. */
int input_secret_or_none(const struct config *c, const char *name, struct buf *out, struct err *e)
{
    return config_is_set(c, FLAG_VALUE_FILE) ? input_secret(c, name, out, e) : read_secret(c, name, true, out, e);
}
