#include "api/openapi.h"
#include "cli/handlers.h"
#include "cli/help_api.h"
#include "cli/output.h"
#include "cli/table.h"
#include "versions.h"

#include <stdio.h>
#include <string.h>

#define HELP_WIDTH 100

void help_wrapped(struct buf *out, const char *text, int indent)
{
    int column = indent;
    for (const char *p = text; *p;) {
        size_t len = strcspn(p, " ");
        if (column > indent && column + 1 + (int)len > HELP_WIDTH) {
            buf_printf(out, "\n%*s", indent, "");
            column = indent;
        } else if (p != text) {
            buf_char(out, ' ');
            column++;
        }
        buf_add(out, p, len);
        column += (int)len;
        p += len + (p[len] == ' ');
    }
    buf_char(out, '\n');
}

static void add_verbs(struct buf *out, const char *noun)
{
    int n = 0;
    for (int i = 0; i < command_count; i++)
        if (!strcmp(command_table[i].noun, noun) && command_table[i].verb)
            buf_printf(out, "%s%s", n++ ? "|" : "", command_table[i].verb);
}

void help_all(struct buf *out)
{
    buf_printf(out,
               "edgecron %s calls edge functions on schedule and tells the truth about what happened.\n\n"
               "usage: edgecron COMMAND [ARGUMENTS] [--FLAGS]\n\n",
               EDGECRON_VERSION);
    for (int i = 0; i < noun_count; i++) {
        buf_printf(out, "  %-12s ", noun_table[i].name);
        buf_auto struct buf text = BUF_INIT(500);
        buf_str_add(&text, noun_table[i].summary);
        size_t before = text.len;
        buf_str_add(&text, ": ");
        add_verbs(&text, noun_table[i].name);
        if (text.len == before + 2)
            text.data[before] = '\0';
        help_wrapped(out, text.data, 15);
    }
    buf_str_add(out,
                "\n'edgecron help COMMAND' and 'edgecron COMMAND --help' say more; 'edgecron help api' tells of the\n"
                "REST API.\n"
                "New here? 'edgecron demo' shows it all at work, without touching anything.\n"
                "Exit status: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 refused (validation, conflict).\n");
}

static void add_default(struct buf *text, const struct flag_spec *s)
{
    char twin[64];
    for (int i = 0; s->type == IS_CHOICE && s->choices[i]; i++)
        buf_printf(text, "%s%s", i ? ", " : ": ", s->choices[i]);
    if (s->fallback)
        buf_printf(text, "; default: %s", s->fallback);
    if (!s->no_twin)
        buf_printf(text, " (%s)", config_twin(s, twin, sizeof twin));
}

static void add_flag(struct buf *out, enum flag f)
{
    const struct flag_spec *s = config_flag(f);
    char left[64];
    buf_auto struct buf text = BUF_INIT(1000);
    snprintf(left, sizeof left,
             s->type == IS_CIDRS ? "--%s[=%s]"
             : s->value          ? "--%s %s"
                                 : "--%s",
             s->name, s->value ? s->value : "");
    buf_printf(out, "  %-28s ", left);
    if (strlen(left) > 28)
        buf_printf(out, "\n%31s", "");
    buf_str_add(&text, s->help);
    add_default(&text, s);
    help_wrapped(out, buf_str(&text), 31);
}

/* A command's own flags first, those of nearly all commands last. */
static void add_flags(struct buf *out, const struct flags *flags)
{
    for (int i = 0; i < FLAGS; i++) {
        enum flag f = (enum flag)((i + FLAG_DATA + 1) % FLAGS);
        if (flags_have(flags, f))
            add_flag(out, f);
    }
}

void help_command(struct buf *out, const struct command *c)
{
    char name[40];
    const struct flags flags = command_flags(c);
    buf_printf(out, "edgecron %s - %s\n\nusage: edgecron %s%s%s [--FLAGS]\n", command_name(c, name, sizeof name),
               c->summary, name, *c->arguments ? " " : "", c->arguments);
    if (c->help)
        buf_printf(out, "\n%s", c->help);
    buf_str_add(out, "\nflags:\n");
    add_flags(out, &flags);
}

static const struct command *only_command(const struct noun *n)
{
    const struct command *found = NULL;
    for (int i = 0; i < command_count; i++)
        if (!strcmp(command_table[i].noun, n->name)) {
            if (found || command_table[i].verb)
                return NULL;
            found = &command_table[i];
        }
    return found;
}

void help_noun(struct buf *out, const struct noun *n)
{
    const struct command *only = only_command(n);
    if (only) {
        help_command(out, only);
        return;
    }
    buf_printf(out, "edgecron %s - %s\n\n", n->name, n->summary);
    for (int i = 0; i < command_count; i++) {
        const struct command *c = &command_table[i];
        char left[80];
        if (strcmp(c->noun, n->name))
            continue;
        snprintf(left, sizeof left, "edgecron %s %s%s%s", c->noun, c->verb ? c->verb : "", *c->arguments ? " " : "",
                 c->arguments);
        buf_printf(out, strlen(left) > 36 ? "  %s\n%39s" : "  %-36s %s", left, "");
        help_wrapped(out, c->summary, 39);
    }
    buf_printf(out, "\n'edgecron %s VERB --help' tells the flags and gives examples.\n", n->name);
}

static int run_api(struct call *call, struct buf *out, struct err *e)
{
    if (call->n_words == 1 && config_on(&call->config, FLAG_JSON))
        return output_json(openapi_document());
    int rc = help_api(out, call->n_words > 1 ? call->words[1] : NULL, e);
    return rc ? rc : output_text(buf_str(out));
}

int help_run(struct call *call, struct err *e)
{
    buf_auto struct buf out = BUF_INIT(1 << 20);
    int used = 0;
    if (call->n_words && !strcmp(call->words[0], "api"))
        return run_api(call, &out, e);
    const struct noun *n = call->n_words ? noun_named(call->words[0]) : NULL;
    if (call->n_words == 0) {
        help_all(&out);
    } else if (call->n_words == 1 && n) {
        help_noun(&out, n);
    } else {
        const struct command *c = command_find(call->words, call->n_words, &used, e);
        if (!c)
            return -(int)e->code;
        help_command(&out, c);
    }
    return output_text(buf_str(&out));
}
