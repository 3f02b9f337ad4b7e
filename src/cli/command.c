#include "cli/command.h"

#include "base/json.h"
#include "cli/output.h"
#include "core/suggest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct noun *noun_named(const char *name)
{
    for (int i = 0; i < noun_count; i++)
        if (!strcmp(noun_table[i].name, name))
            return &noun_table[i];
    return NULL;
}

char *command_name(const struct command *c, char *out, size_t size)
{
    snprintf(out, size, "%s%s%s", c->noun, c->verb ? " " : "", c->verb ? c->verb : "");
    return out;
}

static void list_verbs(const char *noun, struct buf *out)
{
    for (int i = 0; i < command_count; i++)
        if (!strcmp(command_table[i].noun, noun) && command_table[i].verb)
            buf_printf(out, "%s%s", out->len ? ", " : "", command_table[i].verb);
}

static int unknown_noun(const char *word, struct err *e)
{
    struct suggest s = { .typed = word };
    for (int i = 0; i < noun_count; i++)
        suggest_offer(&s, noun_table[i].name);
    if (s.best)
        return err_set(e, ERR_USAGE, "unknown command '%.60s': did you mean '%s'?", word, s.best);
    return err_set(e, ERR_USAGE, "unknown command '%.60s' ('edgecron help' lists them)", word);
}

static int unknown_verb(const char *noun, const char *word, struct err *e)
{
    struct suggest s = { .typed = word };
    buf_auto struct buf verbs = BUF_INIT(400);
    list_verbs(noun, &verbs);
    if (!word)
        return err_set(e, ERR_USAGE, "'edgecron %s' needs to know what to do: %s", noun, buf_str(&verbs));
    for (int i = 0; i < command_count; i++)
        if (!strcmp(command_table[i].noun, noun) && command_table[i].verb)
            suggest_offer(&s, command_table[i].verb);
    if (s.best)
        return err_set(e, ERR_USAGE, "unknown command '%s %.60s': did you mean '%s %s'?", noun, word, noun, s.best);
    return err_set(e, ERR_USAGE, "unknown command '%s %.60s': expected %s", noun, word, buf_str(&verbs));
}

const struct command *command_find(const char *const *words, int n, int *ret_used, struct err *e)
{
    const char *verb = n > 1 ? words[1] : NULL;
    if (n == 0 || !noun_named(words[0])) {
        if (n == 0)
            err_set(e, ERR_USAGE, "no command was given ('edgecron help' lists them)");
        else
            unknown_noun(words[0], e);
        return NULL;
    }
    for (int i = 0; i < command_count; i++) {
        const struct command *c = &command_table[i];
        if (strcmp(c->noun, words[0]) || (c->verb && (!verb || strcmp(c->verb, verb))))
            continue;
        *ret_used = c->verb ? 2 : 1;
        return c;
    }
    unknown_verb(words[0], verb, e);
    return NULL;
}

static int check_words(const struct call *call, struct err *e)
{
    const struct command *c = call->command;
    char name[40];
    command_name(c, name, sizeof name);
    if (call->n_words < c->min_words)
        return err_set(e, ERR_USAGE, "something is missing: edgecron %s %s ('edgecron %s --help' tells more)", name,
                       c->arguments, name);
    if (call->n_words > c->max_words)
        return err_set(e, ERR_USAGE, "'%.60s' is one too many: edgecron %s%s%s (an argument with spaces needs quotes)",
                       call->words[c->max_words], name, *c->arguments ? " " : "", c->arguments);
    return 0;
}

/* `--help` wins over all that may be wrong with the rest: whoever asks for help gets the nearest there is. */
static int show_help(const struct config *c, const struct command *command)
{
    buf_auto struct buf out = BUF_INIT(1 << 20);
    if (command)
        help_command(&out, command);
    else if (c->n_words > 0 && noun_named(c->words[0]))
        help_noun(&out, noun_named(c->words[0]));
    else
        help_all(&out);
    return output_text(buf_str(&out));
}

struct flags command_flags(const struct command *c)
{
    return (struct flags){ c->flags | COMMAND_COMMON, c->more };
}

bool command_takes(const struct command *c, enum flag f)
{
    const struct flags flags = command_flags(c);
    return flags_have(&flags, f);
}

static int run_call(struct call *call, struct err *e)
{
    int used = 0;
    char name[40];
    struct config *c = &call->config;
    if (c->n_words == 0 && config_has(c, "version")) {
        c->words[c->n_words++] = "version";
        c->n_given = 0;
    }
    call->command = command_find(c->words, c->n_words, &used, e);
    if (config_has(c, "help"))
        return show_help(c, call->command);
    if (!call->command)
        return -(int)e->code;
    call->words = c->words + used;
    call->n_words = c->n_words - used;
    const struct flags flags = command_flags(call->command);
    int r = config_bind(c, &flags, command_name(call->command, name, sizeof name), e);
    if (r == 0)
        r = check_words(call, e);
    return r < 0 ? r : call->command->run(call, e);
}

static int usage(void)
{
    buf_auto struct buf out = BUF_INIT(1 << 20);
    help_all(&out);
    fputs(buf_str(&out), stderr);
    return err_exit_status(ERR_USAGE);
}

int command_main(int argc, char **argv)
{
    struct call call = { 0 };
    struct err e = { 0 };
    if (argc < 2)
        return usage();
    int r = config_scan(&call.config, argc - 1, argv + 1, &e);
    if (r == 0)
        r = run_call(&call, &e);
    if (r < 0)
        output_error(&e, config_wants_json(&call.config));
    config_free(&call.config);
    int status = r < 0 ? err_exit_status(e.code) : r;
    return output_flush() || status ? (status ? status : 1) : 0;
}
