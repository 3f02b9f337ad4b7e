#include "cli/config.h"

#include "base/mem.h"
#include "core/suggest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char *config_twin(const struct flag_spec *s, char *out, size_t size)
{
    snprintf(out, size, "EDGECRON_%s", s->name);
    for (char *p = out; *p; p++)
        *p = *p == '-' ? '_' : *p >= 'a' && *p <= 'z' ? (char)(*p - 32) : *p;
    return out;
}

static bool named(const struct flag_spec *s, const char *arg, size_t name_len)
{
    return strlen(s->name) + 2 == name_len && !memcmp(arg + 2, s->name, name_len - 2);
}

/* Flags of one name agree on whether a value follows, so the first will do. */
static const struct flag_spec *spec_named(const char *arg, size_t name_len)
{
    for (int f = 0; f < FLAGS; f++)
        if (named(config_flag((enum flag)f), arg, name_len))
            return config_flag((enum flag)f);
    return NULL;
}

/* Does the flag take the next word? A list of ranges only when the word looks like an address, as it may be left out. */
static bool wants_word(const struct flag_spec *s, const char *next)
{
    if (!s || s->type == IS_SWITCH)
        return false;
    return s->type != IS_CIDRS || (next && next[0] != '-' && strpbrk(next, ".:"));
}

static int scan_flag(struct config *c, char **args, int left, struct err *e)
{
    struct config_given *g = &c->given[c->n_given++];
    const char *equals = strchr(args[0], '=');
    g->arg = !strcmp(args[0], "-h") ? "--help" : args[0];
    g->name_len = equals ? (size_t)(equals - args[0]) : strlen(g->arg);
    g->value = equals ? equals + 1 : NULL;
    const struct flag_spec *s = spec_named(g->arg, g->name_len);
    if (equals || !wants_word(s, left > 1 ? args[1] : NULL))
        return 1;
    if (left < 2)
        return err_set(e, ERR_USAGE, "'--%s' needs a value: --%s %s", s->name, s->name, s->value);
    g->value = args[1];
    return 2;
}

int config_scan(struct config *c, int argc, char **argv, struct err *e)
{
    memset(c, 0, sizeof *c);
    c->given = mem_alloc(((size_t)argc + 1) * sizeof *c->given);
    c->words = mem_alloc(((size_t)argc + 1) * sizeof *c->words);
    bool flags = true;
    for (int i = 0; i < argc;) {
        bool is_flag = flags && argv[i][0] == '-' && argv[i][1];
        if (flags && !strcmp(argv[i], "--")) {
            flags = false;
            i++;
        } else if (is_flag) {
            int used = scan_flag(c, argv + i, argc - i, e);
            if (used < 0)
                return used;
            i += used;
        } else {
            c->words[c->n_words++] = argv[i++];
        }
    }
    return 0;
}

void config_free(struct config *c)
{
    mem_free(c->given);
    mem_free(c->words);
}

static int unknown_flag(const struct config_given *g, const struct flags *flags, const char *command, struct err *e)
{
    char name[32];
    /* as far as it looks like a flag: what begins with "-----BEGIN" may be a key that lost its way */
    size_t shown = g->name_len < 24 ? g->name_len : 24, spaces = strcspn(g->arg, " \t\r\n");
    snprintf(name, sizeof name, "%.*s", (int)(spaces < shown ? spaces : shown), g->arg);
    struct suggest s = { .typed = name[1] == '-' ? name + 2 : name + 1 };
    for (int f = 0; f < FLAGS; f++)
        if (flags_have(flags, (enum flag)f))
            suggest_offer(&s, config_flag((enum flag)f)->name);
    if (spec_named(g->arg, g->name_len))
        return err_set(e, ERR_USAGE, "'edgecron %s' does not take '%s' ('edgecron %s --help' lists what it takes)",
                       command, name, command);
    if (s.best)
        return err_set(e, ERR_USAGE, "unknown flag '%s': did you mean '--%s'?", name, s.best);
    return err_set(e, ERR_USAGE, "unknown flag '%s' ('edgecron %s --help' lists what it takes)", name, command);
}

static int put_value(struct config *c, int f, const char *text, const char *source, struct err *e)
{
    const struct flag_spec *s = config_flag((enum flag)f);
    struct err why;
    struct flag_value *v = &c->values[f];
    if (!config_value(s, text, clock_wall(), &v->number, &why))
        return err_set(e, ERR_USAGE, "%s: '%.100s' %s", source, text ? text : "", why.text);
    v->text = text;
    v->source = source;
    return 0;
}

static int bind_given(struct config *c, const struct flags *flags, const char *command, struct err *e)
{
    for (int i = 0; i < c->n_given; i++) {
        const struct config_given *g = &c->given[i];
        int f = 0;
        while (f < FLAGS && !(flags_have(flags, (enum flag)f) && named(config_flag((enum flag)f), g->arg, g->name_len)))
            f++;
        if (f == FLAGS)
            return unknown_flag(g, flags, command, e);
        snprintf(c->twins[f], sizeof c->twins[f], "--%s", config_flag((enum flag)f)->name);
        int r = put_value(c, f, g->value, c->twins[f], e);
        if (r < 0)
            return r;
    }
    return 0;
}

int config_bind(struct config *c, const struct flags *flags, const char *command, struct err *e)
{
    int r = bind_given(c, flags, command, e);
    for (int f = 0; f < FLAGS && r == 0; f++) {
        const struct flag_spec *s = config_flag((enum flag)f);
        if (!flags_have(flags, (enum flag)f) || c->values[f].source)
            continue;
        const char *env = s->no_twin ? NULL : getenv(config_twin(s, c->twins[f], sizeof c->twins[f]));
        if (env && *env)
            r = put_value(c, f, env, c->twins[f], e);
        else if (s->fallback) {
            r = put_value(c, f, s->fallback, s->name, e);
            c->values[f].source = NULL;
        }
    }
    return r;
}

bool config_has(const struct config *c, const char *name)
{
    for (int i = 0; i < c->n_given; i++)
        if (c->given[i].name_len == strlen(name) + 2 && !strncmp(c->given[i].arg + 2, name, strlen(name)))
            return true;
    return false;
}

bool config_wants_json(const struct config *c)
{
    const struct flag_spec *s = config_flag(FLAG_JSON);
    char twin[64];
    struct err why;
    int64_t on = 0;
    const char *env = getenv(config_twin(s, twin, sizeof twin));
    if (env && *env && !config_value(s, env, WALL_NONE, &on, &why))
        on = 0;
    for (int i = 0; i < c->n_given; i++)
        if (named(s, c->given[i].arg, c->given[i].name_len) &&
            !config_value(s, c->given[i].value, WALL_NONE, &on, &why))
            on = 0;
    return on != 0;
}

bool config_is_set(const struct config *c, enum flag f)
{
    return c->values[f].source != NULL;
}

bool config_on(const struct config *c, enum flag f)
{
    return c->values[f].number == 1;
}

const char *config_text(const struct config *c, enum flag f)
{
    return c->values[f].text;
}

int64_t config_number(const struct config *c, enum flag f)
{
    return c->values[f].number;
}

const char *config_each(const struct config *c, enum flag f, int *pos)
{
    while (*pos < c->n_given) {
        const struct config_given *g = &c->given[(*pos)++];
        if (named(config_flag((enum flag)f), g->arg, g->name_len))
            return g->value ? g->value : "";
    }
    return NULL;
}

char *config_master_key_file(const struct config *c, const char *dir)
{
    const char *credentials = getenv("CREDENTIALS_DIRECTORY"), *file = config_text(c, FLAG_MASTER_KEY_FILE);
    if (file)
        return mem_strdup(file);
    if (credentials && *credentials) {
        char *path = mem_printf("%s/master.key", credentials);
        if (!access(path, F_OK))
            return path;
        mem_free(path);
    }
    return mem_printf("%s/master.key", dir);
}
