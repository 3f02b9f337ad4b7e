/* Is a store where it was? Each row is something that happens to servers. */
#include "temp_store.h"

#include "base/mem.h"
#include "store/home.h"
#include "store/settings.h"

#define FILE_A .inode = 11, .born_ns = 1700000000123456789
#define FILE_B .inode = 12, .born_ns = 1700000099123456789
#define FILE_A_LATER .inode = 11, .born_ns = 1700000099123456789 /* the number was given to another file */
#define AT(text) .path = (char *)(text)

static const struct {
    const char *what;
    struct home then, now;
    bool old_path_empty, same;
} cases[] = {
    { "nothing happened", { FILE_A, "m1", "h1", AT("/var/a") }, { FILE_A, "m1", "h1", AT("/var/a") }, false, true },
    { "an upgrade, nothing was noted", { AT("") }, { FILE_A, "m1", "h1", AT("/var/a") }, false, true },
    { "the directory was renamed", { FILE_A, "m1", "", AT("/var/a") }, { FILE_A, "m1", "", AT("/b") }, true, true },
    { "a bind mount", { FILE_A, "m1", "", AT("/var/a") }, { FILE_A, "m1", "", AT("/mnt/a") }, false, true },
    { "a new container, the same volume",
      { FILE_A, "m1", "", AT("/data") },
      { FILE_A, "m2", "", AT("/data") },
      false,
      true },
    { "a container without machine-id", { FILE_A, "", "", AT("/data") }, { FILE_A, "", "", AT("/data") }, false, true },
    { "the disk is in another machine",
      { FILE_A, "m1", "h1", AT("/data") },
      { FILE_A, "m2", "h2", AT("/data") },
      true,
      true },
    { "the system was installed anew",
      { FILE_A, "m1", "h1", AT("/data") },
      { FILE_A, "m2", "h1", AT("/data") },
      false,
      true },
    { "restored by tar where it was",
      { FILE_A, "m1", "h1", AT("/var/a") },
      { FILE_B, "m1", "h1", AT("/var/a") },
      false,
      true },
    { "moved to another disk", { FILE_A, "m1", "h1", AT("/var/a") }, { FILE_B, "m1", "h1", AT("/b") }, true, true },
    { "a file system without inodes that last",
      { FILE_A, "m1", "", AT("/a") },
      { .inode = 0, .machine = "m2", AT("/b") },
      false,
      true },
    { "the same, from the beginning", { .machine = "m1", AT("/a") }, { .machine = "m2", AT("/b") }, false, true },
    { "a file system that does not tell of births",
      { .inode = 11, AT("/a") },
      { FILE_A, "", "", AT("/a") },
      false,
      true },
    { "run by root before, by a user now",
      { FILE_A, "m1", "h1", AT("/a") },
      { FILE_A, "m1", "", AT("/a") },
      false,
      true },

    { "cp -r on the same machine",
      { FILE_A, "m1", "h1", AT("/var/a") },
      { FILE_B, "m1", "h1", AT("/b") },
      false,
      false },
    { "scp to another one, the same path",
      { FILE_A, "m1", "", AT("/a") },
      { FILE_B, "m2", "", AT("/a") },
      false,
      false },
    { "the same, where the number fits by chance",
      { FILE_A, "m1", "", AT("/a") },
      { FILE_A_LATER, "m2", "", AT("/a") },
      false,
      false },
    { "from another machine, whose path is not here",
      { FILE_A, "m1", "", AT("/a") },
      { FILE_B, "m2", "", AT("/b") },
      true,
      false },
    { "a volume copied to another container",
      { FILE_A, "", "", AT("/data") },
      { FILE_B, "", "", AT("/data") },
      false,
      false },
    { "a virtual machine was cloned",
      { FILE_A, "m1", "h1", AT("/a") },
      { FILE_A, "m1", "h2", AT("/a") },
      false,
      false },
    { "a clone, restored by tar", { FILE_A, "m1", "h1", AT("/a") }, { FILE_B, "m1", "h2", AT("/a") }, true, false },
};

static void test_what_happens_to_servers(void **state)
{
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(cases); i++)
        if (home_same(&cases[i].then, &cases[i].now, cases[i].old_path_empty) != cases[i].same)
            fail_msg("'%s' is taken for %s", cases[i].what, cases[i].same ? "a copy" : "the same store");
}

static enum home_hold settle(struct store *s, bool same)
{
    struct err e = { 0 };
    enum home_hold found;
    assert_ok(home_settle(s, same, (struct wall){ 1000 }, &found, &e), e);
    return found;
}

static void assert_held(struct store *s, enum home_hold hold, bool paused)
{
    struct err e = { 0 };
    struct home_held held;
    struct settings v;
    char text[HOME_TEXT_SIZE];
    assert_ok(home_held(s, &held, &e), e);
    assert_ok(settings_get(s, &v, &e), e);
    assert_int_equal(held.hold, hold);
    assert_int_equal(v.paused, paused);
    assert_int_equal(*home_held_text(&held, text, sizeof text) != '\0', hold != HOLD_NONE);
}

static void resume(struct store *s)
{
    struct err e = { 0 };
    struct settings v;
    assert_ok(settings_get(s, &v, &e), e);
    v.paused = false;
    assert_ok(settings_put(s, &v, &e), e);
}

static void test_held_once_and_until_resumed(void **state)
{
    struct temp_store *t = *state;
    assert_int_equal(settle(t->s, false), HOLD_NONE);
    assert_held(t->s, HOLD_NONE, false);
    execute_sql(t->s, "UPDATE home SET inode = inode + 1, path = '/elsewhere', machine = '' WHERE inode > 0");
    if (count_of(t->s, "SELECT inode FROM home") == 0)
        return; /* tests run on a file system that cannot tell */
    assert_int_equal(settle(t->s, false), HOLD_COPIED);
    assert_held(t->s, HOLD_COPIED, true);
    assert_int_equal(settle(t->s, false), HOLD_NONE); /* noted: it is at home here, and stays held */
    assert_held(t->s, HOLD_COPIED, true);
    resume(t->s);
    assert_held(t->s, HOLD_NONE, false);
    assert_int_equal(settle(t->s, false), HOLD_NONE);
    assert_held(t->s, HOLD_NONE, false);
}

static void test_the_same_store_by_decree(void **state)
{
    struct temp_store *t = *state;
    assert_int_equal(settle(t->s, false), HOLD_NONE);
    execute_sql(t->s, "UPDATE home SET inode = inode + 1, path = '/elsewhere', copied_at = 77");
    assert_int_equal(settle(t->s, true), HOLD_NONE);
    assert_held(t->s, HOLD_NONE, false);
    assert_int_equal(settle(t->s, false), HOLD_NONE);
}

static void test_a_backup_says_that_it_is_one(void **state)
{
    struct temp_store *t = *state;
    struct err e = { 0 };
    struct home_held held;
    char text[HOME_TEXT_SIZE];
    execute_sql(t->s, "UPDATE home SET copied_at = 1763712000000");
    assert_int_equal(settle(t->s, false), HOLD_RESTORED);
    assert_held(t->s, HOLD_RESTORED, true);
    assert_ok(home_held(t->s, &held, &e), e);
    assert_non_null(strstr(home_held_text(&held, text, sizeof text), "2025-11-21T08:00:00.000Z"));
    assert_int_equal(settle(t->s, false), HOLD_NONE);
    assert_held(t->s, HOLD_RESTORED, true);
}

static void test_paused_by_hand_is_not_held(void **state)
{
    struct temp_store *t = *state;
    struct err e = { 0 };
    struct settings v;
    assert_ok(settings_get(t->s, &v, &e), e);
    v.paused = true;
    assert_ok(settings_put(t->s, &v, &e), e);
    assert_int_equal(settle(t->s, false), HOLD_NONE);
    assert_held(t->s, HOLD_NONE, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_happens_to_servers),
        cmocka_unit_test_setup_teardown(test_held_once_and_until_resumed, temp_store_open, temp_store_close),
        cmocka_unit_test_setup_teardown(test_the_same_store_by_decree, temp_store_open, temp_store_close),
        cmocka_unit_test_setup_teardown(test_a_backup_says_that_it_is_one, temp_store_open, temp_store_close),
        cmocka_unit_test_setup_teardown(test_paused_by_hand_is_not_held, temp_store_open, temp_store_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
