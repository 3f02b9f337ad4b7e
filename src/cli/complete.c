#include "cli/complete.h"

#include "base/mem.h"

#include <string.h>

static const char *const kind_names[COMPLETE_KINDS] = {
    [COMPLETE_JOBS] = "jobs",         [COMPLETE_TARGETS] = "targets", [COMPLETE_SECRETS] = "secrets",
    [COMPLETE_TOKENS] = "tokens",     [COMPLETE_RUNS] = "runs",       [COMPLETE_ZONES] = "zones",
    [COMPLETE_CHANNELS] = "channels", [COMPLETE_ALERTS] = "alerts",
};

const char *complete_kind_name(enum complete_kind k)
{
    return kind_names[k];
}

/* What the words mean by which values and arguments go in help; the first that fits counts. NULL: any noun or flag. */
static const struct meaning {
    const char *noun, *word;
    enum complete_kind kind;
} arguments[] = {
    { "job", "NAME", COMPLETE_JOBS },         { "target", "NAME", COMPLETE_TARGETS }, { "secret", "NAME", COMPLETE_SECRETS },
    { "alert", "NAME", COMPLETE_ALERTS },     { "channel", "NAME", COMPLETE_CHANNELS }, { NULL, "CHANNEL", COMPLETE_CHANNELS },
    { NULL, "JOB", COMPLETE_JOBS },           { "token", "NAME", COMPLETE_TOKENS },   { "run", "ID", COMPLETE_RUNS },         { NULL, "FILE", COMPLETE_FILES },
    { NULL, "COMMAND", COMPLETE_COMMANDS },
}, values[] = {
    { "job", "NAME", COMPLETE_JOBS },         { "target", "NAME", COMPLETE_TARGETS }, { NULL, "FILE", COMPLETE_FILES },
    { "channel", "NAME", COMPLETE_CHANNELS }, { "rule", "NAME", COMPLETE_ALERTS },
    { NULL, "DIR", COMPLETE_FOLDERS },        { NULL, "ZONE", COMPLETE_ZONES },
};

/* Commands that make something new: the names that there are would mislead. */
static const char *const makers[][2] = { { "token", "create" }, { "secret", "generate" } };

/* The first word in capitals of "NAME --scope SCOPE", "FILE|-" or "[COMMAND [VERB]]". */
static size_t first_word(const char *text, const char **ret)
{
    *ret = text + strspn(text, "[");
    return strspn(*ret, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
}

static enum complete_kind meaning_of(const struct meaning *table, size_t n, const char *noun, const char *text)
{
    const char *word;
    size_t len = first_word(text, &word);
    for (size_t i = 0; i < n; i++)
        if ((!table[i].noun || !strcmp(table[i].noun, noun)) && strlen(table[i].word) == len &&
            !memcmp(table[i].word, word, len))
            return table[i].kind;
    return COMPLETE_NOTHING;
}

enum complete_kind complete_argument(const struct command *c)
{
    for (size_t i = 0; i < MEM_COUNT(makers); i++)
        if (c->verb && !strcmp(c->noun, makers[i][0]) && !strcmp(c->verb, makers[i][1]))
            return COMPLETE_NOTHING;
    return c->max_words == 0 ? COMPLETE_NOTHING : meaning_of(arguments, MEM_COUNT(arguments), c->noun, c->arguments);
}

bool complete_repeats(const struct command *c)
{
    return strstr(c->arguments, "...") != NULL;
}

enum complete_kind complete_flag(const struct flag_spec *s)
{
    if (s->type == IS_CHOICE)
        return COMPLETE_WORDS;
    return s->value ? meaning_of(values, MEM_COUNT(values), s->name, s->value) : COMPLETE_NOTHING;
}

bool complete_takes_word(const struct flag_spec *s)
{
    return s->type != IS_SWITCH && s->type != IS_CIDRS;
}

bool complete_ambiguous(enum flag f)
{
    for (int i = 0; i < FLAGS; i++)
        if (i != (int)f && !strcmp(config_flag((enum flag)i)->name, config_flag(f)->name))
            return true;
    return false;
}
