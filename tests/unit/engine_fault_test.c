/* What an engine meets at bad moments: stopped while claims are being written, planned again after a crash, a clock that is set back,
 * keys that change under a call. */
#include "engine_fixture.h"

#include "base/json.h"

#include <stdio.h>
#include <unistd.h>

/* Time ran up while attempts were being committed: nobody canceled those, and they go again at the next start. */
static void test_out_of_time_is_interrupted(void **state)
{
    struct fixture *x = *state;
    struct run *runs;
    x->drain_timeout_ms = 0;
    set_secret(x, "KEY", "a-very-secret-value");
    apply_job(x, "most", "/slow-5000", NEVER, "'delivery':'at_most_once'");
    apply_job(x, "least", "/slow-5000", NEVER, "");
    for (int round = 0; round < 15; round++) {
        char id[ID_TEXT_SIZE];
        execute_sql(x->store, "DELETE FROM runs");
        engine_up(x);
        ask_run(x, "least", id);
        ask_run(x, "most", id);
        usleep((useconds_t)(round * 400));
        engine_down(x);
        int n = list_runs(x, NULL, -1, &runs);
        for (int i = 0; i < n; i++)
            if (runs[i].outcome == OUTCOME_CANCELED || (runs[i].state == RUN_FAILED && runs[i].outcome != OUTCOME_INTERRUPTED))
                fail_msg("round %d: %s is %s, %s: %s", round, runs[i].job, run_state_name(runs[i].state),
                         outcome_name(runs[i].outcome), runs[i].message);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, engine_open, engine_close)

int main(void)
{
    json_init();
    small_server_start();
    const struct CMUnitTest tests[] = {
        TEST(test_out_of_time_is_interrupted),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    small_server_stop();
    return failed;
}
