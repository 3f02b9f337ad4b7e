/* The n-th read, write, sync ... of the store's files fails, for each n over all that a server does with its store: a clear message,
 * nothing half, nothing lost, and it goes on when it stops failing.
 *
 * FAULT_EVERY=1 tries each n in each form (minutes); the usual run some of each kind, others in each run, by a seed that it prints (FAULT_SEED).
 * FAULT_DAMAGED=1: reads that find damage, too. */
#include "scenario.h"

#include "store/fault_vfs.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define TRIES 3 /* of a step while the fault lasts */
#define SOME 6  /* n of each kind and form in the usual run */

/* Once and from there on; each an error of the device, a full one, or (of reads) damage. Half of a write that fails gets there. */
static const struct fault FORMS[] = {
    { .lasting = false },
    { .lasting = true },
    { .lasting = false, .full = true },
    { .lasting = true, .full = true },
    { .lasting = false, .damaged = true },
    { .lasting = true, .damaged = true },
};
#define FORMS_OF_ALL 4 /* the first */

static const char *told(const struct fault *f, const char *step)
{
    static char text[160];
    snprintf(text, sizeof text, "%s %lld %s %s, step '%s'", fault_kind_name(f->kind), (long long)f->nth,
             f->lasting ? "lasting" : "once",
             f->full      ? "full"
             : f->damaged ? "damaged"
                          : "io",
             step);
    return text;
}

/* What the user is told: what is wrong, with which file. */
static void check_message(const struct fault *f, const char *step, const struct err *e)
{
    bool code = e->code == ERR_IO || e->code == ERR_DISK_FULL || e->code == ERR_BUSY ||
                (f->damaged && (e->code == ERR_STORE || e->code == ERR_SEALED));
    if (!code || !strstr(e->text, "/tmp/"))
        fail_msg("%s: %s: '%s'", told(f, step), err_code_name(e->code), e->text);
    if (f->full && f->kind == FAULT_WRITE && e->code != ERR_DISK_FULL)
        fail_msg("%s: told as %s: %s", told(f, step), err_code_name(e->code), e->text);
}

/* A page that was read damaged stays so in a connection's cache for a while: another one tells what is in the files. */
static uint64_t hash_anew(const char *dir)
{
    struct store *s;
    struct err e = { 0 };
    if (store_open(&s, dir, STORE_READ, &e))
        return 0;
    uint64_t hash = scenario_hash(s);
    store_close(s);
    return hash;
}

static uint64_t hash_now(const struct scenario *x, const struct fault *f)
{
    bool held = fault_hold(true);
    uint64_t hash = !x->s ? 0 : f->damaged ? hash_anew(x->dir) : scenario_hash(x->s);
    fault_hold(held);
    return hash;
}

/* Until it is done: while the fault lasts it may fail, and then leaves all as it was. Returns whether it struck. */
static bool run_step(struct scenario *x, const struct scenario_step *step, const struct fault *f)
{
    uint64_t before = hash_now(x, f);
    for (int i = 0;; i++) {
        struct err e = { 0 };
        if (i == TRIES) {
            if (fault_hits() == 0)
                fail_msg("%s: fails without a fault", told(f, step->name));
            fault_arm(NULL);
        }
        if (step->run(x, &e) == 0)
            return i == TRIES || fault_hits() > 0;
        if (i == TRIES)
            fail_msg("%s: goes on failing: %s", told(f, step->name), e.text);
        check_message(f, step->name, &e);
        if (!step->several && hash_now(x, f) != before)
            fail_msg("%s: it failed and has changed something", told(f, step->name));
    }
}

/* One life of a store with this fault. Returns whether it struck. */
static bool try_fault(const struct fault *f)
{
    struct scenario x;
    scenario_begin(&x, NULL);
    fault_arm(f);
    uint64_t last = 0;
    bool struck = false;
    for (int i = 0; i < scenario_length; i++) {
        if (!strcmp(scenario_steps[i].name, "close"))
            last = hash_now(&x, f);
        struck |= run_step(&x, &scenario_steps[i], f);
    }
    fault_arm(NULL);
    if (scenario_reopened(x.dir, told(f, "afterwards")) != last)
        fail_msg("%s: what was acknowledged is not what is there", told(f, "afterwards"));
    scenario_end(&x);
    return struck;
}

static void count_uses(int64_t counts[FAULT_KINDS])
{
    struct scenario x;
    struct err e;
    scenario_begin(&x, NULL);
    fault_arm(NULL);
    for (int i = 0; i < scenario_length; i++)
        assert_ok(scenario_steps[i].run(&x, &e), e);
    for (int k = 0; k < FAULT_KINDS; k++)
        counts[k] = fault_seen((enum fault_kind)k);
    scenario_end(&x);
}

static int64_t number_of(const char *name, int64_t otherwise)
{
    const char *text = getenv(name);
    return text ? strtoll(text, NULL, 10) : otherwise;
}

static void try_kind(enum fault_kind k, int64_t uses)
{
    int64_t every = number_of("FAULT_EVERY", uses / SOME > 1 ? uses / SOME : 1), tried = 0, struck = 0;
    bool damage = k == FAULT_READ && getenv("FAULT_DAMAGED");
    int forms = damage ? (int)(sizeof FORMS / sizeof *FORMS) : FORMS_OF_ALL;
    for (int form = 0; form < forms; form++)
        for (int64_t n = 1 + rand() % every; n <= uses; n += every) {
            struct fault f = FORMS[form];
            f.kind = k;
            f.nth = n;
            struck += try_fault(&f);
            tried++;
        }
    printf("%-9s %5lld uses, %5lld faults tried, %5lld struck\n", fault_kind_name(k), (long long)uses, (long long)tried,
           (long long)struck);
    assert_true(uses > 0 && struck > 0);
}

static void test_every_kind(void **state)
{
    int64_t counts[FAULT_KINDS];
    const char *only = getenv("FAULT_KIND");
    (void)state;
    int64_t seed = number_of("FAULT_SEED", time(NULL));
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("FAULT_SEED=%lld\n", (long long)seed);
    srand((unsigned)seed);
    fault_vfs_skip_sync(true);
    count_uses(counts);
    for (int k = 0; k < FAULT_KINDS; k++)
        if (!only || !strcmp(only, fault_kind_name((enum fault_kind)k)))
            try_kind((enum fault_kind)k, counts[k]);
    fault_vfs_skip_sync(false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
