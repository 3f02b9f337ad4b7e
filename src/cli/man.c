/* man.c - `man`: the manual page in mdoc(7), from the command table and the flag table. */
#include "base/mem.h"
#include "cli/handlers.h"
#include "cli/output.h"
#include "versions.h"

#include <stdio.h>
#include <string.h>

#define PAGE_MAX (4 << 20)
#define COMMON (COMMAND_COMMON | FLAG_BIT(FLAG_DATA)) /* told of once */
#define SOURCE_WIDTH 72
#define EXAMPLE_INDENT "  " /* how examples begin in the help texts */

/* Text as it is: no control line, no escape; a dash stays one that can be copied. */
static void add_text(struct buf *out, const char *s, size_t len)
{
    if (len && (s[0] == '.' || s[0] == '\''))
        buf_str_add(out, "\\&");
    for (const char *p = s; p < s + len; p++)
        switch (*p) {
        case '\\':
            buf_str_add(out, "\\e");
            break;
        case '-':
            buf_str_add(out, "\\-");
            break;
        case '~':
            buf_str_add(out, "\\(ti");
            break;
        case '^':
            buf_str_add(out, "\\(ha");
            break;
        case '\'':
            buf_str_add(out, "\\(aq");
            break;
        case '`':
            buf_str_add(out, "\\(ga");
            break;
        default:
            buf_char(out, *p);
        }
}

/* An argument of a macro, in quotes. */
static void add_argument(struct buf *out, const char *s)
{
    buf_str_add(out, " \"");
    for (; *s; s++) {
        size_t len = strcspn(s, "\"");
        add_text(out, s, len);
        s += len;
        if (!*s)
            break;
        buf_str_add(out, "\"\"");
    }
    buf_char(out, '"');
}

/* Words of s[0..len), on lines of the page's source. */
static void add_words(struct buf *out, const char *s, size_t len)
{
    size_t line = out->len;
    for (const char *p = s, *end = s + len; p < end;) {
        size_t word = 0;
        while (p + word < end && p[word] != ' ')
            word++;
        bool first = out->len == line;
        if (!first && out->len - line + word > SOURCE_WIDTH) {
            buf_char(out, '\n');
            line = out->len;
        } else if (!first) {
            buf_char(out, ' ');
        }
        add_text(out, p, word);
        p += word + (p + word < end);
    }
    buf_char(out, '\n');
}

/* Up to the next empty line, or where examples begin or end. Each sentence gets a line of its own, as mdoc wants it. */
static const char *add_paragraph(struct buf *out, const char *text)
{
    while (*text && *text != '\n' && strncmp(text, EXAMPLE_INDENT, 2) != 0) {
        size_t len = strcspn(text, "\n");
        for (const char *p = text, *end = text + len; p < end;) {
            const char *stop = p;
            while (stop < end && !(stop > p && stop[-1] == '.' && *stop == ' '))
                stop++;
            add_words(out, p, (size_t)(stop - p));
            p = stop + (stop < end);
        }
        text += len + (text[len] == '\n');
    }
    return text;
}

static const char *add_examples(struct buf *out, const char *text)
{
    buf_str_add(out, ".Bd -literal -offset indent\n");
    while (!strncmp(text, EXAMPLE_INDENT, 2)) {
        size_t len = strcspn(text, "\n");
        add_text(out, text + 2, len - 2);
        buf_char(out, '\n');
        text += len + (text[len] == '\n');
    }
    buf_str_add(out, ".Ed\n");
    return text;
}

static void add_prose(struct buf *out, const char *text)
{
    while (*text) {
        if (*text == '\n') {
            text++;
            if (*text && strncmp(text, EXAMPLE_INDENT, 2) != 0)
                buf_str_add(out, ".Pp\n");
        } else if (!strncmp(text, EXAMPLE_INDENT, 2)) {
            text = add_examples(out, text);
        } else {
            text = add_paragraph(out, text);
        }
    }
}

static void add_sentence(struct buf *out, const char *text)
{
    buf_auto struct buf line = BUF_INIT(4096);
    buf_str_add(&line, text);
    if (line.len && line.data[0] >= 'a' && line.data[0] <= 'z')
        line.data[0] = (char)(line.data[0] - 32);
    buf_str_add(&line, ".\n");
    add_paragraph(out, buf_str(&line));
}

static void add_flag(struct buf *out, const struct flag_spec *s)
{
    char twin[64];
    buf_auto struct buf text = BUF_INIT(4096);
    buf_printf(out, ".It Fl \\-%s", s->name);
    if (s->type == IS_CIDRS)
        buf_printf(out, " Ns Op = Ns Ar %s", s->value);
    else if (s->value) {
        buf_str_add(out, " Ar");
        add_argument(out, s->value);
    }
    buf_str_add(out, "\n");
    buf_str_add(&text, s->help);
    for (int i = 0; s->type == IS_CHOICE && s->choices[i]; i++)
        buf_printf(&text, "%s%s", i ? ", " : ": ", s->choices[i]);
    if (s->fallback)
        buf_printf(&text, "; default: %s", s->fallback);
    add_sentence(out, buf_str(&text));
    if (!s->no_twin)
        buf_printf(out, "In the environment:\n.Ev %s .\n", config_twin(s, twin, sizeof twin));
}

static void add_flags(struct buf *out, const struct flags *flags)
{
    buf_str_add(out, ".Bl -tag -width indent\n");
    for (int f = 0; f < FLAGS; f++)
        if (flags_have(flags, (enum flag)f))
            add_flag(out, config_flag((enum flag)f));
    buf_str_add(out, ".El\n");
}

static void add_usage(struct buf *out, const struct command *c)
{
    char name[40];
    buf_printf(out, ".Nm edgecron\n.Cm %s\n", command_name(c, name, sizeof name));
    if (*c->arguments) {
        buf_str_add(out, ".Ar");
        add_argument(out, c->arguments);
        buf_char(out, '\n');
    }
    buf_str_add(out, ".Op Fl \\-FLAGS\n");
}

static void add_command(struct buf *out, const struct command *c)
{
    add_sentence(out, c->summary);
    if (c->help) {
        if (strncmp(c->help, EXAMPLE_INDENT, 2) != 0)
            buf_str_add(out, ".Pp\n");
        add_prose(out, c->help);
    }
    const struct flags own = { c->flags & ~COMMON, c->more };
    if (own.first || own.more)
        add_flags(out, &own);
}

/* The page is as old as the moment it is printed: mdoc wants a day. */
static void add_date(struct buf *out)
{
    static const char *const months[] = { "January", "February", "March",     "April",   "May",      "June",
                                          "July",    "August",   "September", "October", "November", "December" };
    char now[WALL_TEXT_SIZE];
    wall_format(clock_wall(), now); /* 2026-11-22T... */
    int month = (now[5] - '0') * 10 + now[6] - '0';
    buf_printf(out, ".Dd %s %d, %.4s\n", months[(month + 11) % 12], (now[8] - '0') * 10 + now[9] - '0', now);
}

static void add_head(struct buf *out, const char *name, const char *summary)
{
    buf_printf(out, ".\\\" Printed by 'edgecron man', edgecron %s.\n", EDGECRON_VERSION);
    add_date(out);
    buf_str_add(out, ".Dt ");
    for (const char *p = name; *p; p++)
        buf_char(out, *p >= 'a' && *p <= 'z' ? (char)(*p - 32) : *p == ' ' ? '-' : *p);
    buf_str_add(out, " 1\n.Os\n.Sh NAME\n.Nm ");
    for (const char *p = name; *p; p++)
        buf_char(out, *p == ' ' ? '-' : *p);
    buf_str_add(out, "\n.Nd ");
    add_text(out, summary, strlen(summary));
    buf_str_add(out, "\n.Sh SYNOPSIS\n");
}

static const char intro[] =
    "edgecron calls HTTP functions on schedule and tells the truth about what happened: a run's state is what the\n"
    "function answered.\n"
    "It keeps jobs, targets, secrets and the history of runs in one data directory.\n"
    "\n"
    "Commands work on the data directory themselves, whether or not a server runs on it; a running server takes\n"
    "changes up within a second.\n"
    "A secret's value comes from standard input or a file, never from the command line.\n";

static const char examples[] =
    "A key, a place, a job, and what became of it:\n"
    "\n"
    "  edgecron secret set CRON_INTERNAL_KEY\n"
    "  edgecron target set prod --base-url https://abc.supabase.co/functions/v1\n"
    "  edgecron job set followup-7h --schedule '0 7 * * 1-5' --target prod --url /followup-processor \\\n"
    "      --header 'X-Internal-Key: {{secret.CRON_INTERNAL_KEY}}'\n"
    "  edgecron job run followup-7h --wait\n"
    "  edgecron serve\n";

static const struct {
    const char *name, *text;
} variables[] = {
    { "CREDENTIALS_DIRECTORY", "systemd's credentials: the master key is master.key in it, when that is there." },
    { "NO_COLOR", "When set to anything, nothing is coloured." },
    { "TZDIR", "Where the system's time zone database is; default: /usr/share/zoneinfo." },
}, files[] = {
    { "edgecron.db", "In the data directory: the store, with edgecron.db-wal and edgecron.db-shm while it is open." },
    { "master.key", "In the data directory: the key that seals the secrets; without it they are lost." },
    { "edgecron.changed", "In the data directory: touched by commands to tell a running server." },
}, statuses[] = {
    { "0", "Done." },
    { "1", "Failed." },
    { "2", "Wrong usage." },
    { "3", "Not found." },
    { "4", "Refused: not valid, or in conflict with what there is." },
};

static void add_variables(struct buf *out)
{
    char twin[64];
    buf_str_add(out,
                ".Sh ENVIRONMENT\nSettings have a variable each, which the flag on the command line goes before.\n"
                "Flags that are fields of a job, target or secret have none, as a forgotten variable would change\n"
                "what is stored.\n.Bl -tag -width indent\n");
    for (int f = 0; f < FLAGS; f++) {
        const struct flag_spec *s = config_flag((enum flag)f);
        if (s->no_twin)
            continue;
        buf_printf(out, ".It Ev %s\nThe same as\n.Fl \\-%s .\n", config_twin(s, twin, sizeof twin), s->name);
    }
    for (size_t i = 0; i < MEM_COUNT(variables); i++) {
        buf_printf(out, ".It Ev %s\n", variables[i].name);
        add_paragraph(out, variables[i].text);
    }
    buf_str_add(out, ".El\n");
}

static void add_places(struct buf *out)
{
    buf_str_add(out, ".Sh FILES\n.Bl -tag -width indent\n");
    for (size_t i = 0; i < MEM_COUNT(files); i++) {
        buf_printf(out, ".It Pa %s\n", files[i].name);
        add_paragraph(out, files[i].text);
    }
    buf_str_add(out, ".El\n.Sh EXIT STATUS\n.Bl -tag -width Ds\n");
    for (size_t i = 0; i < MEM_COUNT(statuses); i++)
        buf_printf(out, ".It %s\n%s\n", statuses[i].name, statuses[i].text);
    buf_str_add(out, ".El\n");
}

static void page_of_all(struct buf *out)
{
    char name[40];
    add_head(out, "edgecron", "call edge functions on schedule");
    buf_str_add(out, ".Nm\n.Ar command\n.Op Ar argument ...\n.Op Fl \\-flag Op Ar value\n.Sh DESCRIPTION\n");
    add_prose(out, intro);
    buf_str_add(out, ".Pp\nAll commands, or all that work on a data directory, take these flags:\n");
    add_flags(out, &(struct flags){ COMMON, 0 });
    buf_str_add(out, ".Sh COMMANDS\n");
    for (int i = 0; i < command_count; i++) {
        const struct command *c = &command_table[i];
        buf_printf(out, ".Ss %s ", command_name(c, name, sizeof name));
        add_text(out, c->arguments, strlen(c->arguments));
        if (out->data[out->len - 1] == ' ')
            out->data[--out->len] = '\0';
        buf_char(out, '\n');
        add_command(out, c);
    }
    add_variables(out);
    add_places(out);
    buf_str_add(out, ".Sh EXAMPLES\n");
    add_prose(out, examples);
}

/* Of a noun with all its verbs, or of one command (verb not NULL). */
static void page_of(struct buf *out, const struct noun *n, const char *verb, const char *summary)
{
    char name[60];
    int before = 0;
    snprintf(name, sizeof name, "edgecron %s%s%s", n->name, verb ? " " : "", verb ? verb : "");
    add_head(out, name, summary);
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < command_count; i++) {
            const struct command *c = &command_table[i];
            if (strcmp(c->noun, n->name) != 0 || (verb && (!c->verb || strcmp(c->verb, verb) != 0)))
                continue;
            if (pass == 0) {
                add_usage(out, c);
                continue;
            }
            if (!before++)
                buf_str_add(out, ".Sh DESCRIPTION\n");
            if (!verb && (c->verb || before > 1))
                buf_printf(out, ".Ss %s\n", command_name(c, name, sizeof name));
            add_command(out, c);
        }
    buf_str_add(out, ".Sh SEE ALSO\n.Xr edgecron 1\n");
}

int man_run(struct call *call, struct err *e)
{
    buf_auto struct buf out = BUF_INIT(PAGE_MAX);
    int used = 0;
    const struct noun *n = call->n_words ? noun_named(call->words[0]) : NULL;
    if (call->n_words == 0) {
        page_of_all(&out);
    } else if (call->n_words == 1 && n) {
        page_of(&out, n, NULL, n->summary);
    } else {
        const struct command *c = command_find(call->words, call->n_words, &used, e);
        if (!c)
            return -(int)e->code;
        page_of(&out, noun_named(c->noun), c->verb, c->summary);
    }
    return output_text(buf_str(&out));
}
