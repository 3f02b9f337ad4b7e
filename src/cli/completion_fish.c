/* completion_fish.c - `completion fish`. */
#include "cli/complete.h"
#include "versions.h"

#include <string.h>

static const char head[] =
    "# fish completion for edgecron " EDGECRON_VERSION ", printed by 'edgecron completion fish'\n"
    "#   edgecron completion fish > ~/.config/fish/completions/edgecron.fish\n"
    "\n"
    "complete -c edgecron -e\n"
    "complete -c edgecron -f\n"
    "\n";

static const char functions[] =
    "# The words typed so far that are no flags, and no flags' values.\n"
    "function __edgecron_words\n"
    "    set -l line (commandline -opc)\n"
    "    set -e line[1]\n"
    "    set -l skip 0\n"
    "    for word in $line\n"
    "        if test $skip = 1\n"
    "            set skip 0\n"
    "        else if string match -q -- '--*=*' $word\n"
    "        else if __edgecron_takes $word\n"
    "            set skip 1\n"
    "        else if not string match -q -- '-*' $word\n"
    "            echo -- $word\n"
    "        end\n"
    "    end\n"
    "end\n"
    "\n"
    "# Are these words typed so far, and no others?\n"
    "function __edgecron_at\n"
    "    set -l words (__edgecron_words)\n"
    "    test \"$words\" = \"$argv\"\n"
    "end\n"
    "\n"
    "# Does the line begin with these words?\n"
    "function __edgecron_in\n"
    "    set -l words (__edgecron_words)\n"
    "    test (count $words) -ge (count $argv); and test \"$words[1..\"(count $argv)\"]\" = \"$argv\"\n"
    "end\n"
    "\n"
    "# The names that are in the store now; errors are nobody's business here.\n"
    "function __edgecron_names\n"
    "    set -l line (commandline -opc)\n"
    "    set -l data\n"
    "    for i in (seq 2 (count $line))\n"
    "        if string match -q -- '--data=*' $line[$i]\n"
    "            set data --data (string replace -r '^--data=' '' -- $line[$i])\n"
    "        else if test \"$line[$i]\" = --data; and test $i -lt (count $line)\n"
    "            set data --data $line[(math $i + 1)]\n"
    "        end\n"
    "    end\n"
    "    set data (string replace -r '^~/' \"$HOME/\" -- $data)\n"
    "    $line[1] completion names $argv $data 2>/dev/null\n"
    "end\n"
    "\n";

static void add_quoted(struct buf *out, const char *text)
{
    buf_char(out, '\'');
    for (; *text; text++) {
        if (*text == '\'' || *text == '\\')
            buf_char(out, '\\');
        buf_char(out, *text);
    }
    buf_char(out, '\'');
}

static void add_candidates(struct buf *out, enum complete_kind k, const char *const *words)
{
    if (complete_kind_name(k))
        buf_printf(out, " -x -a '(__edgecron_names %s)'", complete_kind_name(k));
    else if (k == COMPLETE_FILES)
        buf_str_add(out, " -r -F");
    else if (k == COMPLETE_FOLDERS)
        buf_str_add(out, " -x -a '(__fish_complete_directories)'");
    else if (k == COMPLETE_WORDS) {
        for (int i = 0; words[i]; i++)
            buf_printf(out, "%s%s", i ? " " : " -x -a '", words[i]);
        buf_char(out, '\'');
    } else
        buf_str_add(out, " -x");
}

static void add_flag(struct buf *out, const char *command, const struct flag_spec *s)
{
    buf_printf(out, "complete -c edgecron -n '__edgecron_in %s' -l %s", command, s->name);
    if (complete_takes_word(s))
        add_candidates(out, complete_flag(s), s->choices);
    buf_str_add(out, " -d ");
    add_quoted(out, s->help);
    buf_char(out, '\n');
}

static void add_word(struct buf *out, const char *after, const char *word, const char *text)
{
    buf_printf(out, "complete -c edgecron -n '__edgecron_at%s%s' -a %s -d ", *after ? " " : "", after, word);
    add_quoted(out, text);
    buf_char(out, '\n');
}

static void add_argument(struct buf *out, const struct command *c, const char *name)
{
    enum complete_kind k = complete_argument(c);
    if (k == COMPLETE_COMMANDS) {
        for (int i = 0; i < noun_count; i++)
            add_word(out, name, noun_table[i].name, noun_table[i].summary);
    } else if (k == COMPLETE_FILES) {
        buf_printf(out, "complete -c edgecron -n '__edgecron_%s %s' -F\n", complete_repeats(c) ? "in" : "at", name);
    } else if (k != COMPLETE_NOTHING) {
        buf_printf(out, "complete -c edgecron -n '__edgecron_at %s' -a '(__edgecron_names %s)'\n", name,
                   complete_kind_name(k));
    }
}

static void add_command(struct buf *out, const struct command *c)
{
    char name[40];
    if (c->verb)
        add_word(out, c->noun, c->verb, c->summary);
    command_name(c, name, sizeof name);
    add_argument(out, c, name);
    for (int f = 0; f < FLAGS; f++)
        if (command_takes(c, (enum flag)f))
            add_flag(out, name, config_flag((enum flag)f));
}

void completion_fish_print(struct buf *out)
{
    buf_str_add(out, head);
    buf_str_add(out, "function __edgecron_takes\n    contains -- $argv[1]");
    for (int f = 0; f < FLAGS; f++)
        if (complete_takes_word(config_flag((enum flag)f)))
            buf_printf(out, " --%s", config_flag((enum flag)f)->name);
    buf_str_add(out, "\nend\n\n");
    buf_str_add(out, functions);
    buf_str_add(out, "complete -c edgecron -n '__edgecron_at' -l help -d 'explain the command'\n"
                     "complete -c edgecron -n '__edgecron_at' -l version -d 'print the version'\n");
    for (int i = 0; i < noun_count; i++)
        add_word(out, "", noun_table[i].name, noun_table[i].summary);
    for (int i = 0; i < command_count; i++)
        add_command(out, &command_table[i]);
}
