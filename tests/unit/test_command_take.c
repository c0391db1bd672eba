/* Snapshots of processes that run: which are of one moment, and who has to stand still; with snapshots made by hand. */
#include "command/take_judge.h"
#include "support/test.h"

#include <stdlib.h>
#include <string.h>

enum { MOST = 4, NEW = 99, UNKNOWN = -1 };

/*
 *     threads 1 and 2   of interpreter 0
 *     threads 4 and 5   of interpreter 1
 *     thread 3          of C
 */
static struct hog_os_thread os_threads[] = {{.lwp = 1}, {.lwp = 2}, {.lwp = 3}, {.lwp = 4}, {.lwp = 5}};
static struct hog_thread threads[] = {{.os_thread_id = 1, .interpreter = 0},
                                      {.os_thread_id = 2, .interpreter = 0},
                                      {.os_thread_id = 3, .interpreter = UNKNOWN},
                                      {.os_thread_id = 4, .interpreter = 1},
                                      {.os_thread_id = 5, .interpreter = 1}};
static const struct hog_process process = {.threads = os_threads, .thread_count = 5};

struct setting {
    struct hog_interpreter interpreters[2];
    struct hog_snapshot snapshot;
};

/* Who has the GIL of each: a thread, nobody (0), or it is not known. */
static void begin(struct setting *setting, size_t count, const int64_t *holders)
{
    *setting = (struct setting){0};
    for (size_t i = 0; i < count; i++)
        setting->interpreters[i] =
            (struct hog_interpreter){.id = (int64_t)i,
                                     .gil_holder_known = holders[i] != UNKNOWN,
                                     .gil_holder = holders[i] == UNKNOWN ? 1 : holders[i]};
    setting->snapshot.interpreters = setting->interpreters;
    setting->snapshot.interpreter_count = count;
    setting->snapshot.threads = threads;
    setting->snapshot.thread_count = 5;
}

static size_t count_of(const int64_t *lwps)
{
    size_t count = 0;

    while (count < MOST && lwps[count])
        count++;
    return count;
}

static void which_are_of_one_moment(void **state)
{
    static struct {
        size_t interpreters;
        int64_t holders[2], ran[MOST], held[MOST];
        bool mixed;
    } cases[] = {
        {1, {1}, {2}, {0}, false},             /* who has the GIL stood still */
        {1, {1}, {2, 3, NEW}, {0}, false},     /* so nobody else had it, however new */
        {1, {1}, {1}, {0}, true},              /* it ran */
        {1, {1}, {1}, {1}, false},             /* it was held */
        {1, {1}, {1, 2}, {1}, false},          /* and the others could not get it */
        {1, {1}, {1, 2}, {2}, true},           /* another one was held */
        {1, {0}, {2}, {0}, true},              /* nobody has it: this one may have taken it */
        {1, {0}, {2}, {2}, false},             /* and was held */
        {1, {0}, {2, 3}, {2}, true},           /* a thread of C may become one of Python */
        {1, {UNKNOWN}, {2}, {0}, true},        /* not known */
        {1, {UNKNOWN}, {1, 2}, {1, 2}, false}, /* all that ran were held */
        {1, {UNKNOWN}, {NEW}, {NEW}, true},    /* it was not there when the others were looked at */
        {2, {1, 4}, {2, 3}, {0}, false},       /* both stood still */
        {2, {1, 4}, {4}, {0}, true},           /* the second one ran */
        {2, {1, 4}, {1}, {0}, true},
        {2, {1, 4}, {1, 4}, {1, 4}, false},
        {2, {1, UNKNOWN}, {2}, {0}, false}, /* it is of the interpreter whose GIL was kept */
        {2, {1, UNKNOWN}, {4}, {0}, true},
        {2, {UNKNOWN, 4}, {2}, {0}, true},
        {2, {UNKNOWN, 4}, {4}, {4}, false},
        {2, {UNKNOWN, 4}, {5}, {0}, false},
        {1, {0}, {2, NEW}, {2, NEW}, true},
        {2, {1, UNKNOWN}, {3}, {0}, true}, /* one of C may come to any */
        {0, {0}, {NEW}, {0}, true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct hog_movers ran = {cases[i].ran, count_of(cases[i].ran)};
        struct hog_movers held = {cases[i].held, count_of(cases[i].held)};
        struct setting setting;

        begin(&setting, cases[i].interpreters, cases[i].holders);
        if (take_is_mixed(&process, &setting.snapshot, &ran, &held) != cases[i].mixed)
            fail_msg("case %zu", i);
    }
}

static void who_has_to_stand_still(void **state)
{
    static struct {
        size_t interpreters;
        int64_t holders[2], ran[MOST], held[MOST];
    } cases[] = {
        {1, {1}, {2, 3}, {1}},       {2, {1, 4}, {2, 3}, {1, 4}},       {2, {4, 1}, {2, 3}, {1, 4}},
        {2, {1, 1}, {2, 3}, {1}},    {1, {0}, {2, 3}, {2, 3}},          {1, {UNKNOWN}, {2, 3}, {2, 3}},
        {2, {1, 0}, {2, 3}, {2, 3}}, {2, {UNKNOWN, 4}, {2, 3}, {2, 3}}, {0, {0}, {2, 3}, {2, 3}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct hog_movers ran = {cases[i].ran, count_of(cases[i].ran)}, held;
        size_t wanted = count_of(cases[i].held);
        struct setting setting;

        begin(&setting, cases[i].interpreters, cases[i].holders);
        assert_true(take_choose_held(&setting.snapshot, &ran, &held));
        assert_int_equal(held.count, wanted);
        assert_memory_equal(held.lwps, cases[i].held, wanted * sizeof *held.lwps);
        hog_movers_deinit(&held);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(which_are_of_one_moment),
        cmocka_unit_test(who_has_to_stand_still),
    };

    return cmocka_run_group_tests_name("command_take", tests, NULL, NULL);
}
