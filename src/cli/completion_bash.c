/* completion_bash.c - `completion bash`. Needs bash 3.2 or later, and nothing beside it. */
#include "cli/complete.h"
#include "versions.h"

#include <string.h>

static const char head[] =
    "# bash completion for edgecron " EDGECRON_VERSION ", printed by 'edgecron completion bash'\n"
    "# For all users: /usr/share/bash-completion/completions/edgecron; for one: a line\n"
    "#   source <(edgecron completion bash)\n"
    "# in ~/.bashrc.\n"
    "\n";

/* Reads the line up to the cursor: sets noun, verb, position (words after the command so far), data, and flag when the
 * word at the cursor is its value. '=' is a word of its own where it is in COMP_WORDBREAKS, else not. */
static const char walk[] = "_edgecron_walk() {\n"
                           "    local i=1 word n=0\n"
                           "    while ((i < COMP_CWORD)); do\n"
                           "        word=${COMP_WORDS[i]}\n"
                           "        if [[ $word == --*=* ]]; then\n"
                           "            [[ $word == --data=* ]] && data=${word#*=}\n"
                           "            i=$((i + 1))\n"
                           "        elif [[ $word == --* && ${COMP_WORDS[i + 1]} == = ]]; then\n"
                           "            ((i + 2 >= COMP_CWORD)) && flag=$word && return\n"
                           "            [[ $word == --data ]] && data=${COMP_WORDS[i + 2]}\n"
                           "            i=$((i + 3))\n"
                           "        elif [[ $word == --* ]] && _edgecron_takes \"$word\"; then\n"
                           "            ((i + 1 == COMP_CWORD)) && flag=$word && return\n"
                           "            [[ $word == --data ]] && data=${COMP_WORDS[i + 1]}\n"
                           "            i=$((i + 2))\n"
                           "        elif [[ $word == -* ]]; then\n"
                           "            i=$((i + 1))\n"
                           "        else\n"
                           "            n=$((n + 1)) i=$((i + 1))\n"
                           "            if ((n == 1)); then\n"
                           "                noun=$word\n"
                           "            elif ((n == 2)) && [[ -n $(_edgecron_verbs \"$noun\") ]]; then\n"
                           "                verb=$word\n"
                           "            else\n"
                           "                position=$((position + 1))\n"
                           "            fi\n"
                           "        fi\n"
                           "    done\n"
                           "}\n"
                           "\n";

static const char offers[] =
    "# The names that are in the store now; errors are nobody's business here.\n"
    "_edgecron_names() {\n"
    "    \"$program\" completion names \"$1\" ${data:+\"--data=${data/#\\~\\//$HOME/}\"} 2>/dev/null | cut -f1\n"
    "}\n"
    "\n"
    "_edgecron_offer() { # KIND [WORDS]\n"
    "    local list\n"
    "    case $1 in\n"
    "    files) compopt -o filenames 2>/dev/null; list=$(compgen -f -- \"$cur\") ;;\n"
    "    folders) compopt -o filenames 2>/dev/null; list=$(compgen -d -- \"$cur\") ;;\n"
    "    commands) list=$(compgen -W \"$(_edgecron_nouns)\" -- \"$cur\") ;;\n"
    "    words) list=$(compgen -W \"$2\" -- \"$cur\") ;;\n"
    "    *) list=$(compgen -W \"$(_edgecron_names \"$1\")\" -- \"$cur\") ;;\n"
    "    esac\n"
    "    local IFS=$'\\n'\n"
    "    COMPREPLY=($list)\n"
    "}\n"
    "\n"
    "_edgecron() {\n"
    "    local cur=$2 program=${1/#\\~\\//$HOME/} noun= verb= flag= data= position=0 offer=\n"
    "    COMPREPLY=()\n"
    "    _edgecron_walk\n"
    "    local command=$noun${verb:+ $verb}\n"
    "    if [[ -n $flag ]]; then\n"
    "        offer=$(_edgecron_value \"$command\" \"$flag\")\n"
    "    elif [[ $cur == -* ]]; then\n"
    "        offer=\"words $(_edgecron_flags \"$command\")\"\n"
    "    elif [[ -z $noun ]]; then\n"
    "        offer=commands\n"
    "    elif [[ -z $verb && -n $(_edgecron_verbs \"$noun\") && $position == 0 ]]; then\n"
    "        offer=\"words $(_edgecron_verbs \"$noun\")\"\n"
    "    else\n"
    "        offer=$(_edgecron_argument \"$command\" \"$position\")\n"
    "    fi\n"
    "    [[ -z $offer ]] || _edgecron_offer \"${offer%% *}\" \"${offer#* }\"\n"
    "}\n"
    "complete -F _edgecron edgecron\n";

static const char *kind_word(enum complete_kind k)
{
    static const char *const words[] = { [COMPLETE_WORDS] = "words",
                                         [COMPLETE_FILES] = "files",
                                         [COMPLETE_FOLDERS] = "folders",
                                         [COMPLETE_COMMANDS] = "commands" };
    return complete_kind_name(k) ? complete_kind_name(k) : words[k];
}

static void add_nouns(struct buf *out)
{
    buf_str_add(out, "_edgecron_nouns() { echo");
    for (int i = 0; i < noun_count; i++)
        buf_printf(out, " %s", noun_table[i].name);
    buf_str_add(out, "; }\n_edgecron_verbs() {\n    case $1 in\n");
    for (int n = 0; n < noun_count; n++) {
        int found = 0;
        for (int i = 0; i < command_count; i++) {
            const struct command *c = &command_table[i];
            if (!c->verb || strcmp(c->noun, noun_table[n].name))
                continue;
            if (!found++)
                buf_printf(out, "    %s) echo", c->noun);
            buf_printf(out, " %s", c->verb);
        }
        if (found)
            buf_str_add(out, " ;;\n");
    }
    buf_str_add(out, "    esac\n}\n");
}

static void add_flags(struct buf *out)
{
    char name[40];
    buf_str_add(out, "_edgecron_flags() {\n    case $1 in\n");
    for (int i = 0; i < command_count; i++) {
        buf_printf(out, "    '%s') echo", command_name(&command_table[i], name, sizeof name));
        for (int f = 0; f < FLAGS; f++)
            if (command_takes(&command_table[i], (enum flag)f))
                buf_printf(out, " --%s", config_flag((enum flag)f)->name);
        buf_str_add(out, " ;;\n");
    }
    buf_str_add(out, "    *) echo --help --version ;;\n    esac\n}\n");
    buf_str_add(out, "_edgecron_takes() {\n    case $1 in\n    ");
    for (int f = 0, n = 0; f < FLAGS; f++)
        if (complete_takes_word(config_flag((enum flag)f)))
            buf_printf(out, "%s--%s", n++ ? " | " : "", config_flag((enum flag)f)->name);
    buf_str_add(out, ") return 0 ;;\n    esac\n    return 1\n}\n");
}

/* Where a name stands for several flags the command decides. */
static void add_patterns(struct buf *out, enum flag f)
{
    char name[40];
    int n = 0;
    if (!complete_ambiguous(f)) {
        buf_printf(out, "    *' --%s'", config_flag(f)->name);
        return;
    }
    for (int i = 0; i < command_count; i++)
        if (command_takes(&command_table[i], f))
            buf_printf(out, "%s'%s --%s'", n++ ? " | " : "    ", command_name(&command_table[i], name, sizeof name),
                       config_flag(f)->name);
}

static void add_values(struct buf *out)
{
    buf_str_add(out, "_edgecron_value() {\n    case \"$1 $2\" in\n");
    for (int f = 0; f < FLAGS; f++) {
        const struct flag_spec *s = config_flag((enum flag)f);
        enum complete_kind k = complete_flag(s);
        if (k == COMPLETE_NOTHING)
            continue;
        add_patterns(out, (enum flag)f);
        buf_printf(out, ") echo %s", kind_word(k));
        for (int i = 0; k == COMPLETE_WORDS && s->choices[i]; i++)
            buf_printf(out, " %s", s->choices[i]);
        buf_str_add(out, " ;;\n");
    }
    buf_str_add(out, "    esac\n}\n");
}

static void add_arguments(struct buf *out)
{
    char name[40];
    buf_str_add(out, "_edgecron_argument() { # COMMAND, and how many words stand before\n    case \"$1 $2\" in\n");
    for (int i = 0; i < command_count; i++)
        if (complete_argument(&command_table[i]) != COMPLETE_NOTHING)
            buf_printf(out, "    '%s '%s) echo %s ;;\n", command_name(&command_table[i], name, sizeof name),
                       complete_repeats(&command_table[i]) ? "*" : "0",
                       kind_word(complete_argument(&command_table[i])));
    buf_str_add(out, "    'help 1') echo words \"$(_edgecron_verbs \"${COMP_WORDS[COMP_CWORD - 1]}\")\" ;;\n"
                     "    esac\n}\n\n");
}

void completion_bash_print(struct buf *out)
{
    buf_str_add(out, head);
    add_nouns(out);
    add_flags(out);
    add_values(out);
    add_arguments(out);
    buf_str_add(out, walk);
    buf_str_add(out, offers);
}
