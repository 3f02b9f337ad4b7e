/* completion_zsh.c - `completion zsh`: a function for _arguments, which does the rest. */
#include "cli/complete.h"
#include "versions.h"

#include <string.h>

static const char head[] = "#compdef edgecron\n"
                           "# zsh completion for edgecron " EDGECRON_VERSION ", printed by 'edgecron completion zsh'\n"
                           "# Put it into a folder of $fpath under the name _edgecron:\n"
                           "#   edgecron completion zsh > \"${fpath[1]}/_edgecron\"\n"
                           "# or have ~/.zshrc read it, after compinit: source <(edgecron completion zsh)\n"
                           "\n"
                           "# The names that are in the store now; errors are nobody's business here.\n"
                           "_edgecron_names() { # what _arguments adds for compadd, and the kind\n"
                           "  local -a names\n"
                           "  names=(${(f)\"$($_edgecron_program completion names $argv[-1] "
                           "${_edgecron_data:+--data=$_edgecron_data} 2>/dev/null)\"})\n"
                           "  names=(${names%%$'\\t'*})\n"
                           "  compadd \"${@[1,-2]}\" -a names\n"
                           "}\n"
                           "\n";

/* Takes noun and verb out of the line, wherever flags stand, so that _arguments sees the command's own. */
static const char walk[] =
    "_edgecron() {\n"
    "  local curcontext=$curcontext noun= verb= word _edgecron_program=${(Q)words[1]} _edgecron_data=\n"
    "  local -a rest verbs\n"
    "  local -i i=2 removed=0\n"
    "  _edgecron_program=${_edgecron_program/#\\~\\//$HOME/}\n"
    "  rest=($words[1])\n"
    "  while (( i < CURRENT )); do\n"
    "    word=$words[i]\n"
    "    if [[ $word == --* && $word != *=* ]] && _edgecron_takes $word && (( i + 1 < CURRENT )); then\n"
    "      [[ $word == --data ]] && _edgecron_data=${(Q)words[i+1]}\n"
    "      rest+=(\"$word\" \"$words[i+1]\")\n"
    "      (( i += 2 ))\n"
    "      continue\n"
    "    fi\n"
    "    [[ $word == --data=* ]] && _edgecron_data=${(Q)${word#*=}}\n"
    "    if [[ $word == -* ]]; then\n"
    "      rest+=(\"$word\")\n"
    "    elif [[ -z $noun ]]; then\n"
    "      noun=$word; (( removed++ )); _edgecron_verbs $noun\n"
    "    elif [[ -z $verb && -n $verbs ]]; then\n"
    "      verb=$word; (( removed++ ))\n"
    "    else\n"
    "      rest+=(\"$word\")\n"
    "    fi\n"
    "    (( i++ ))\n"
    "  done\n"
    "  _edgecron_data=${_edgecron_data/#\\~\\//$HOME/}\n"
    "  words=(\"${rest[@]}\" \"${(@)words[CURRENT,-1]}\")\n"
    "  (( CURRENT -= removed ))\n"
    "  if [[ -z $noun && $words[CURRENT] != -* ]]; then\n"
    "    _edgecron_nouns\n"
    "  elif [[ -n $verbs && -z $verb && $words[CURRENT] != -* ]]; then\n"
    "    _describe -t commands \"$noun\" verbs\n"
    "  else\n"
    "    _edgecron_command \"$noun${verb:+ $verb}\"\n"
    "  fi\n"
    "}\n"
    "\n"
    "if [[ $funcstack[1] == _edgecron ]]; then\n"
    "  _edgecron \"$@\"\n"
    "elif (( $+functions[compdef] )); then\n"
    "  compdef _edgecron edgecron\n"
    "fi\n";

/* Inside single quotes; for what stands in [...] and between ':' of a specification. */
static void add_escaped(struct buf *out, const char *text)
{
    for (; *text; text++) {
        if (strchr("[]:\\", *text))
            buf_char(out, '\\');
        if (*text == '\'')
            buf_str_add(out, "'\\''");
        else
            buf_char(out, *text);
    }
}

static void add_action(struct buf *out, enum complete_kind k, const char *const *words)
{
    if (complete_kind_name(k))
        buf_printf(out, "_edgecron_names %s", complete_kind_name(k));
    else if (k == COMPLETE_FILES)
        buf_str_add(out, "_files");
    else if (k == COMPLETE_FOLDERS)
        buf_str_add(out, "_files -/");
    else if (k == COMPLETE_COMMANDS)
        buf_str_add(out, "_edgecron_nouns");
    else if (k == COMPLETE_WORDS) {
        for (int i = 0; words[i]; i++)
            buf_printf(out, "%s%s", i ? " " : "(", words[i]);
        buf_char(out, ')');
    } else
        buf_char(out, ' ');
}

static void add_flag(struct buf *out, const struct flag_spec *s)
{
    const char *equals = s->type == IS_SWITCH ? "" : s->type == IS_CIDRS ? "=-" : "=";
    buf_printf(out, " \\\n      '%s--%s%s[", s->repeated ? "*" : "", s->name, equals);
    add_escaped(out, s->help);
    buf_char(out, ']');
    if (s->value) {
        buf_str_add(out, s->type == IS_CIDRS ? "::" : ":");
        add_escaped(out, s->value);
        buf_char(out, ':');
        add_action(out, complete_flag(s), s->choices);
    }
    buf_char(out, '\'');
}

static void add_command(struct buf *out, const struct command *c)
{
    char name[40];
    enum complete_kind k = complete_argument(c);
    buf_printf(out, "  '%s')\n    _arguments -S", command_name(c, name, sizeof name));
    for (int f = 0; f < FLAGS; f++)
        if (command_takes(c, (enum flag)f))
            add_flag(out, config_flag((enum flag)f));
    if (c->max_words > 0) {
        buf_printf(out, " \\\n      '%s:", complete_repeats(c) ? "*" : "1");
        add_escaped(out, c->arguments);
        buf_char(out, ':');
        add_action(out, k, NULL);
        buf_char(out, '\'');
    }
    buf_str_add(out, " ;;\n");
}

static void add_described(struct buf *out, const char *word, const char *text)
{
    buf_printf(out, " \\\n      '%s:", word);
    for (; *text; text++)
        if (*text == '\'')
            buf_str_add(out, "'\\''");
        else
            buf_char(out, *text);
    buf_char(out, '\'');
}

static void add_verbs(struct buf *out)
{
    buf_str_add(out, "_edgecron_verbs() {\n  verbs=()\n  case $1 in\n");
    for (int n = 0; n < noun_count; n++) {
        int found = 0;
        for (int i = 0; i < command_count; i++) {
            const struct command *c = &command_table[i];
            if (!c->verb || strcmp(c->noun, noun_table[n].name))
                continue;
            if (!found++)
                buf_printf(out, "  %s) verbs=(", c->noun);
            add_described(out, c->verb, c->summary);
        }
        if (found)
            buf_str_add(out, ") ;;\n");
    }
    buf_str_add(out, "  esac\n}\n\n");
}

void completion_zsh_print(struct buf *out)
{
    buf_str_add(out, head);
    buf_str_add(out, "_edgecron_takes() {\n  [[ $1 == (");
    for (int f = 0, n = 0; f < FLAGS; f++)
        if (complete_takes_word(config_flag((enum flag)f)))
            buf_printf(out, "%s--%s", n++ ? "|" : "", config_flag((enum flag)f)->name);
    buf_str_add(out, ") ]]\n}\n\n_edgecron_nouns() {\n  local -a nouns\n  nouns=(");
    for (int i = 0; i < noun_count; i++)
        add_described(out, noun_table[i].name, noun_table[i].summary);
    buf_str_add(out, ")\n  _describe -t commands 'command' nouns\n}\n\n");
    add_verbs(out);
    buf_str_add(out, "_edgecron_command() {\n  case $1 in\n");
    for (int i = 0; i < command_count; i++)
        add_command(out, &command_table[i]);
    buf_str_add(out,
                "  '') _arguments -S '--help[explain the command]' '--version[print the version]' ;;\n  esac\n}\n\n");
    buf_str_add(out, walk);
}
