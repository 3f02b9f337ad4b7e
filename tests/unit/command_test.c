#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/mem.h"
#include "cli/command.h"
#include "cli/complete.h"
#include "cli/table.h"

#include <stdio.h>
#include <string.h>

/* --- the table itself --- */

static void test_every_command_has_a_noun_and_is_found(void **state)
{
    (void)state;
    for (int i = 0; i < command_count; i++) {
        const struct command *c = &command_table[i];
        const char *words[] = { c->noun, c->verb };
        struct err e;
        int used = 0;
        assert_non_null(noun_named(c->noun));
        assert_ptr_equal(command_find(words, c->verb ? 2 : 1, &used, &e), c);
        assert_int_equal(used, c->verb ? 2 : 1);
        assert_non_null(c->run);
        assert_true(c->min_words <= c->max_words);
    }
}

static void test_every_noun_has_a_command(void **state)
{
    (void)state;
    for (int n = 0; n < noun_count; n++) {
        int found = 0;
        for (int i = 0; i < command_count; i++)
            found += !strcmp(command_table[i].noun, noun_table[n].name);
        assert_true(found > 0);
    }
}

/* Two flags of one name would leave one of them unreachable. */
static void test_flags_of_a_command_have_different_names(void **state)
{
    (void)state;
    for (int i = 0; i < command_count; i++) {
        const struct flags set = command_flags(&command_table[i]);
        for (int a = 0; a < FLAGS; a++)
            for (int b = a + 1; b < FLAGS; b++)
                if (flags_have(&set, (enum flag)a) && flags_have(&set, (enum flag)b))
                    assert_string_not_equal(config_flag((enum flag)a)->name, config_flag((enum flag)b)->name);
    }
}

/* Words and flags are told apart before the command is known, by name alone. */
static void test_flags_of_one_name_agree_on_taking_a_value(void **state)
{
    (void)state;
    for (int a = 0; a < FLAGS; a++)
        for (int b = a + 1; b < FLAGS; b++)
            if (!strcmp(config_flag((enum flag)a)->name, config_flag((enum flag)b)->name))
                for (enum flag_type t = IS_SWITCH; t <= IS_CIDRS; t += IS_CIDRS) /* those that may stand without one */
                    assert_int_equal(config_flag((enum flag)a)->type == t, config_flag((enum flag)b)->type == t);
}

static void test_every_flag_is_taken_somewhere_and_has_help(void **state)
{
    struct flags all = { 0 };
    (void)state;
    for (int i = 0; i < command_count; i++) {
        const struct flags one = command_flags(&command_table[i]);
        all.first |= one.first;
        all.more |= one.more;
    }
    for (int f = 0; f < FLAGS; f++) {
        const struct flag_spec *s = config_flag((enum flag)f);
        assert_non_null(s->name);
        assert_non_null(s->help);
        assert_true(flags_have(&all, (enum flag)f));
        assert_int_equal(s->value != NULL, s->type != IS_SWITCH);
        if (s->type != IS_DURATION)
            assert_int_equal(s->choices != NULL, s->type == IS_CHOICE);
    }
}

/* --- what is asked for --- */

static void finds_nothing(const char *first, const char *second, const char *says)
{
    const char *words[] = { first, second };
    struct err e = { 0 };
    int used;
    assert_null(command_find(words, second ? 2 : first ? 1 : 0, &used, &e));
    assert_int_equal(e.code, ERR_USAGE);
    if (!strstr(e.text, says))
        fail_msg("'%s' lacks '%s'", e.text, says);
}

static void test_what_is_near_is_told(void **state)
{
    (void)state;
    finds_nothing("sevre", NULL, "did you mean 'serve'");
    finds_nothing("job", "lst", "did you mean 'job list'");
    finds_nothing("job", "frobnicate", "expected list, show, set, remove, pause, resume, run, next");
    finds_nothing("job", NULL, "list, show");
    finds_nothing("xyzzy", NULL, "'edgecron help'");
    finds_nothing(NULL, NULL, "no command");
}

static int run(int argc, char **argv)
{
    return command_main(argc, argv);
}

static void test_exit_statuses_of_wrong_usage(void **state)
{
    char *none[] = { "edgecron", NULL };
    char *unknown[] = { "edgecron", "frobnicate", NULL };
    char *too_few[] = { "edgecron", "job", "show", NULL };
    char *too_many[] = { "edgecron", "job", "show", "a", "b", NULL };
    char *bad_flag[] = { "edgecron", "job", "list", "--nope", NULL };
    char *help[] = { "edgecron", "job", "show", "--nope", "--help", NULL };
    (void)state;
    assert_int_equal(run(1, none), 2);
    assert_int_equal(run(2, unknown), 2);
    assert_int_equal(run(3, too_few), 2);
    assert_int_equal(run(5, too_many), 2);
    assert_int_equal(run(4, bad_flag), 2);
    assert_int_equal(run(5, help), 0);
}

/* --- help --- */

static void check_lines(const char *text)
{
    while (*text) {
        size_t len = strcspn(text, "\n");
        mem_auto char *line = mem_strndup(text, len);
        if (text_width(line) > 101)
            fail_msg("too wide for a terminal: %s", line);
        if (len && line[len - 1] == ' ')
            fail_msg("ends with a space: '%s'", line);
        text += len + (text[len] == '\n');
    }
}

static void test_help_tells_all_and_fits(void **state)
{
    struct buf all = BUF_INIT(1 << 20);
    (void)state;
    help_all(&all);
    check_lines(buf_str(&all));
    for (int n = 0; n < noun_count; n++) {
        struct buf noun = BUF_INIT(1 << 20);
        assert_non_null(strstr(buf_str(&all), noun_table[n].name));
        help_noun(&noun, &noun_table[n]);
        check_lines(buf_str(&noun));
        buf_free(&noun);
    }
    buf_free(&all);
}

static void test_help_of_a_command_names_each_flag(void **state)
{
    (void)state;
    for (int i = 0; i < command_count; i++) {
        struct buf out = BUF_INIT(1 << 20);
        char name[40], wanted[64];
        help_command(&out, &command_table[i]);
        check_lines(buf_str(&out));
        snprintf(wanted, sizeof wanted, "edgecron %s", command_name(&command_table[i], name, sizeof name));
        assert_non_null(strstr(buf_str(&out), wanted));
        for (int f = 0; f < FLAGS; f++) {
            snprintf(wanted, sizeof wanted, "\n  --%s", config_flag((enum flag)f)->name);
            if (command_takes(&command_table[i], (enum flag)f))
                assert_non_null(strstr(buf_str(&out), wanted));
        }
        buf_free(&out);
    }
}

/* --- completion --- */

static void (*const scripts[])(struct buf *) = { completion_bash_print, completion_zsh_print, completion_fish_print };

static void test_scripts_hold_every_noun_verb_flag_and_choice(void **state)
{
    (void)state;
    for (size_t s = 0; s < MEM_COUNT(scripts); s++) {
        buf_auto struct buf out = BUF_INIT(1 << 22);
        scripts[s](&out);
        assert_false(out.full);
        for (int i = 0; i < command_count; i++) {
            assert_non_null(strstr(buf_str(&out), command_table[i].noun));
            assert_non_null(strstr(buf_str(&out), command_table[i].verb ? command_table[i].verb : ""));
        }
        for (int f = 0; f < FLAGS; f++) {
            const struct flag_spec *spec = config_flag((enum flag)f);
            assert_non_null(strstr(buf_str(&out), spec->name));
            for (int i = 0; spec->type == IS_CHOICE && spec->choices[i]; i++)
                assert_non_null(strstr(buf_str(&out), spec->choices[i]));
        }
    }
}

static void test_scripts_ask_for_every_kind_of_name(void **state)
{
    (void)state;
    for (int k = COMPLETE_JOBS; k < COMPLETE_KINDS; k++) {
        bool wanted = false;
        for (int i = 0; i < command_count; i++)
            wanted = wanted || complete_argument(&command_table[i]) == (enum complete_kind)k;
        for (int f = 0; f < FLAGS; f++)
            wanted = wanted || complete_flag(config_flag((enum flag)f)) == (enum complete_kind)k;
        assert_true(wanted);
        assert_non_null(complete_kind_name((enum complete_kind)k));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_command_has_a_noun_and_is_found),
        cmocka_unit_test(test_every_noun_has_a_command),
        cmocka_unit_test(test_flags_of_a_command_have_different_names),
        cmocka_unit_test(test_flags_of_one_name_agree_on_taking_a_value),
        cmocka_unit_test(test_every_flag_is_taken_somewhere_and_has_help),
        cmocka_unit_test(test_what_is_near_is_told),
        cmocka_unit_test(test_exit_statuses_of_wrong_usage),
        cmocka_unit_test(test_help_tells_all_and_fits),
        cmocka_unit_test(test_help_of_a_command_names_each_flag),
        cmocka_unit_test(test_scripts_hold_every_noun_verb_flag_and_choice),
        cmocka_unit_test(test_scripts_ask_for_every_kind_of_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
