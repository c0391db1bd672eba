/*
 * What a thread was doing, told by files and a ring of switches made by hand:
 *
 *     FOLDER/70/stat        70 (name) R …            what read_stat takes for /proc/PID/task/70/stat
 *     FOLDER/70/schedstat   ran waited turns
 *     FOLDER/70/sched       se.exec_start : …
 *     ring                  in, out, …               one page of records
 */
#define _GNU_SOURCE
#include "sample/run_record.h"
#include "support/folder.h"
#include "support/switch_ring.h"
#include "support/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LWP = 70, RECORDS = SWITCH_PAGE / SWITCH_BYTES };

struct setting {
    char folder[TEST_FOLDER];
    struct run_record record;
};

static struct setting begin(enum run_witness witness)
{
    struct setting setting = {
        .record = {.witness = witness, .lwp = LWP, .stat_file = -1, .schedstat_file = -1, .cpu = -1}};
    char path[2 * TEST_FOLDER];

    assert_true(test_folder_make(setting.folder));
    snprintf(path, sizeof path, "%s/%d", setting.folder, LWP);
    assert_int_equal(mkdir(path, 0700), 0);
    setting.record.tasks = open(setting.folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    assert_true(setting.record.tasks >= 0);
    if (witness == RUN_SWITCHES) {
        setting.record.switches = aligned_alloc(SWITCH_PAGE, 2 * (size_t)SWITCH_PAGE);
        assert_non_null(setting.record.switches);
        memset(setting.record.switches, 0, 2 * (size_t)SWITCH_PAGE);
    }
    return setting;
}

static void end(struct setting *setting)
{
    free(setting->record.switches);
    close(setting->record.tasks);
    assert_true(test_folder_drop(setting->folder));
}

static void say(const struct setting *setting, const char *name, const char *text)
{
    char path[2 * TEST_FOLDER];
    FILE *file;

    snprintf(path, sizeof path, "%s/%d/%s", setting->folder, LWP, name);
    file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0 && fclose(file) == 0);
}

static void unsay(const struct setting *setting, const char *name)
{
    char path[2 * TEST_FOLDER];

    snprintf(path, sizeof path, "%s/%d/%s", setting->folder, LWP, name);
    assert_int_equal(unlink(path), 0);
}

/* The CPU is field 39 of proc(5): behind the state 35 others, each 1 here. */
static void say_stat(const struct setting *setting, char state, int cpu)
{
    char text[512];
    int length = snprintf(text, sizeof text, "%d (a) R (b) 9) %c", LWP, state);

    for (int field = 4; field < 39; field++)
        length += snprintf(text + length, sizeof text - (size_t)length, " 1");
    snprintf(text + length, sizeof text - (size_t)length, " %d 0 0\n", cpu);
    say(setting, "stat", text);
}

static void put(struct setting *setting, char turn, uint64_t time, uint32_t cpu)
{
    switch_ring_put(setting->record.switches, 1, turn, 0, LWP, time, cpu);
}

static void where_it_was(void **state)
{
    static const struct {
        uint64_t when;
        int cpu;
        bool was_on;
    } cases[] = {{9, -1, false}, {10, -1, true},  {10, 1, true}, {10, 0, false}, {19, 1, true},
                 {20, 1, false}, {25, -1, false}, {30, 0, true}, {99, 0, true},  {99, 1, false}};
    struct setting setting = begin(RUN_SWITCHES);

    (void)state;
    assert_false(run_record_was_on(&setting.record, -1, 10));
    put(&setting, 'i', 10, 1);
    put(&setting, 'o', 20, 1);
    put(&setting, 'i', 30, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(run_record_was_on(&setting.record, cases[i].cpu, cases[i].when), cases[i].was_on);
    end(&setting);
    setting = begin(RUN_SCHEDSTAT);
    assert_false(run_record_was_on(&setting.record, -1, 10));
    end(&setting);
}

/* The kernel may be at the oldest record: it is not looked at. */
static void as_far_as_the_ring_goes_back(void **state)
{
    const uint64_t count = 3 * RECORDS + 6;
    struct setting setting = begin(RUN_SWITCHES);

    (void)state;
    for (uint64_t i = 0; i < count; i++)
        put(&setting, i % 2 ? 'o' : 'i', 10 * i, 0);
    for (uint64_t i = count - RECORDS + 1; i < count; i++)
        assert_int_equal(run_record_was_on(&setting.record, 0, 10 * i + 5), i % 2 == 0);
    assert_int_equal((count - RECORDS) % 2, 0);
    assert_false(run_record_was_on(&setting.record, 0, 10 * (count - RECORDS) + 5));
    end(&setting);
}

/* The ring has forgotten how it came to have the CPU when it was asked to stop. */
static void preempted_more_often_than_the_ring_knows(void **state)
{
    enum { TURNS = 200, KNOWN = 60 };
    struct setting setting = begin(RUN_SWITCHES);

    (void)state;
    for (uint64_t turn = 0; turn < TURNS; turn++) {
        put(&setting, 'i', 1000 + 10 * turn, 0);
        put(&setting, 'p', 1005 + 10 * turn, 0);
    }
    assert_true(run_record_ran_until_stopped(&setting.record, 1000 + (uint64_t)10 * (TURNS - KNOWN), false));
    assert_false(run_record_ran_until_stopped(&setting.record, 1001, false));
    end(&setting);
}

static void check_look(struct setting *setting, bool fell_asleep, enum run_state state, int cpu,
                       uint64_t since)
{
    assert_int_equal(run_record_look(&setting->record), fell_asleep);
    assert_int_equal(setting->record.state, state);
    assert_int_equal(setting->record.cpu, cpu);
    assert_int_equal(setting->record.since, since);
}

static void switches_tell_what_it_does(void **state)
{
    struct setting setting = begin(RUN_SWITCHES);

    (void)state;
    say_stat(&setting, 'R', 3); /* it was there before it was watched */
    check_look(&setting, false, RUN_RUNNING, 3, 0);
    put(&setting, 'i', 10, 1);
    check_look(&setting, false, RUN_RUNNING, 1, 10);
    put(&setting, 'p', 20, 1);
    check_look(&setting, false, RUN_READY, 1, 20);
    put(&setting, 'i', 30, 2);
    check_look(&setting, false, RUN_RUNNING, 2, 30);
    put(&setting, 'o', 40, 2);
    say_stat(&setting, 'S', 2);
    check_look(&setting, true, RUN_ASLEEP, 2, 40);
    say_stat(&setting, 'R', 3); /* not asked again before the kernel has it run */
    check_look(&setting, false, RUN_ASLEEP, 2, 40);
    put(&setting, 'i', 50, 0);
    put(&setting, 'o', 60, 0);
    say_stat(&setting, 'R', 9);
    check_look(&setting, false, RUN_READY, 9, 60); /* woken, and on no CPU yet */
    say_stat(&setting, 'D', 0);
    check_look(&setting, true, RUN_ASLEEP, 0, 60);
    put(&setting, 'i', 70, 0);
    put(&setting, 'o', 80, 0);
    say_stat(&setting, 'S', 0); /* asleep anew */
    check_look(&setting, true, RUN_ASLEEP, 0, 80);
    end(&setting);
}

static void stat_tells_who_is_held_or_gone(void **state)
{
    static const struct {
        char letter;
        enum run_state state;
    } cases[] = {{'T', RUN_HELD}, {'t', RUN_HELD},   {'Z', RUN_GONE},
                 {'X', RUN_GONE}, {'S', RUN_ASLEEP}, {'D', RUN_ASLEEP}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct setting setting = begin(RUN_SWITCHES);

        put(&setting, 'o', 10, 0);
        say_stat(&setting, cases[i].letter, 1);
        check_look(&setting, cases[i].state == RUN_ASLEEP, cases[i].state, 1, 10);
        assert_int_equal(setting.record.known_asleep, cases[i].state == RUN_ASLEEP);
        assert_int_equal(run_record_is_over(&setting.record), cases[i].state == RUN_GONE);
        end(&setting);
    }
}

static void without_its_files_it_is_gone(void **state)
{
    static const enum run_witness witnesses[] = {RUN_SWITCHES, RUN_SCHEDSTAT};

    (void)state;
    for (size_t i = 0; i < sizeof witnesses / sizeof *witnesses; i++) {
        struct setting setting = begin(witnesses[i]);
        struct run_mark mark;

        setting.record.state = RUN_RUNNING;
        check_look(&setting, false, RUN_GONE, -1, 0);
        setting.record.state = RUN_RUNNING;
        assert_true(run_record_is_over(&setting.record));
        assert_int_equal(setting.record.state, RUN_GONE);
        assert_int_equal(run_record_mark(&setting.record, &mark), witnesses[i] == RUN_SWITCHES);
        assert_true(run_record_ran(&setting.record) == 0 && run_record_waited(&setting.record) == 0);
        end(&setting);
    }
}

static void schedstat_tells_what_it_does(void **state)
{
    struct setting setting = begin(RUN_SCHEDSTAT);

    (void)state;
    say(&setting, "schedstat", "100 7 3\n");
    say_stat(&setting, 'R', 1);
    check_look(&setting, false, RUN_RUNNING, 1, 0);
    say_stat(&setting, 'S', 1);
    check_look(&setting, true, RUN_ASLEEP, 1, 0);
    say_stat(&setting, 'R', 2); /* it has not run since: it is not asked */
    check_look(&setting, false, RUN_ASLEEP, 1, 0);
    say(&setting, "schedstat", "100 8 3\n"); /* how long it waited is none of it */
    check_look(&setting, false, RUN_ASLEEP, 1, 0);
    say(&setting, "schedstat", "101 8 3\n");
    check_look(&setting, false, RUN_RUNNING, 2, 0);
    say_stat(&setting, 'S', 2);
    check_look(&setting, true, RUN_ASLEEP, 2, 0);
    say(&setting, "schedstat", "101 8 4\n");
    check_look(&setting, true, RUN_ASLEEP, 2, 0);
    unsay(&setting, "schedstat");
    check_look(&setting, false, RUN_GONE, 2, 0);
    end(&setting);
}

/*
 * A thread that stands still, with its turns (support/switch_ring.h), each with its microsecond: has it run where it stands, if it
 * was asked to stop then?
 */
static bool ran(const char *turns, uint64_t asked_at, bool in_call)
{
    struct setting setting = begin(RUN_SWITCHES);
    bool found;

    for (const char *at = turns; *at;) {
        char *rest;

        put(&setting, *at, strtoull(at + 1, &rest, 10) * 1000, 0);
        at = *rest ? rest + 1 : rest;
    }
    found = run_record_ran_until_stopped(&setting.record, asked_at * 1000, in_call);
    end(&setting);
    return found;
}

static void who_ran_where_it_stands(void **state)
{
    static const struct {
        const char *turns;
        bool in_call, in_user_code, unasked;
    } cases[] = {
        {"", false, false, false},
        {"i900", false, false, false},
        {"o900", false, false, false},
        {"i900 o1010", true, true, true},               /* stopped as it ran */
        {"o900 i990 o1010", true, true, false},         /* it has just come */
        {"i900 o990", false, false, true},              /* it slept before, and was not woken */
        {"i500 o600 i1010 o1020", false, true, false},  /* it slept; has it left its system call? */
        {"i500 o600 i1010 o1100", false, true, true},   /* however long that took */
        {"i500 p600 i1010 o1020", false, false, false}, /* it waited for a CPU, and was given one to stop */
        {"i500 p600 i1010 o1100", true, true, true},    /* and to run on */
        {"i900 p1005 i1020 o1030", true, true, false},  /* who stops it took its CPU */
        {"i900 p1005 i1020 p1030 i1040 o1050", true, true, false},
        {"i900 o1005 i1020 p1030 i1040 o1050", false, true, false}, /* it fell asleep meanwhile */
        {"i900 o1000", true, true, true},                           /* asked at the very moment */
        {"i1000 o1010", true, true, false},
        {"i900 p1000 i1020 o1030", true, true, false},
        {"i500 p600 i1010 o1050", true, true, true}, /* as long as being stopped may take */
        {"i1010 o1020", false, true, false},         /* nothing is known of it before */
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(ran(cases[i].turns, 1000, true), cases[i].in_call);
        assert_int_equal(ran(cases[i].turns, 1000, false), cases[i].in_user_code);
        assert_int_equal(ran(cases[i].turns, 0, false), cases[i].unasked);
    }
}

static void switches_prove_that_it_stood_still(void **state)
{
    struct setting setting = begin(RUN_SWITCHES);
    struct run_mark mark;

    (void)state;
    assert_true(
        run_record_mark(&setting.record, &mark)); /* no switch yet: it may run on another CPU than ours */
    say_stat(&setting, 'R', 1);
    assert_true(run_record_stood_still(&setting.record, &mark, 1));
    assert_false(run_record_stood_still(&setting.record, &mark, 0));
    say_stat(&setting, 'S', 1);
    assert_true(run_record_stood_still(&setting.record, &mark, 0));
    assert_false(run_record_is_unmoved(&setting.record, &mark)); /* nobody has looked whether it sleeps */
    run_record_look(&setting.record);
    assert_true(run_record_is_unmoved(&setting.record, &mark));
    put(&setting, 'i', 10, 0);
    assert_false(run_record_stood_still(&setting.record, &mark, 0));
    assert_false(run_record_is_unmoved(&setting.record, &mark));
    assert_false(run_record_mark(&setting.record, &mark)); /* it runs */
    put(&setting, 'p', 20, 0);
    assert_true(run_record_mark(&setting.record, &mark));
    say_stat(&setting, 'R', 1);
    run_record_look(&setting.record);
    assert_true(run_record_stood_still(&setting.record, &mark, 0));
    assert_true(run_record_is_unmoved(&setting.record, &mark)); /* awake or asleep */
    put(&setting, 'i', 30, 0);
    put(&setting, 'p', 40, 0);
    assert_false(run_record_stood_still(&setting.record, &mark, 0));
    assert_false(run_record_is_unmoved(&setting.record, &mark));
    end(&setting);
}

/* The first that is seen of it is that it leaves its CPU. */
static void one_switch_is_enough(void **state)
{
    struct setting setting = begin(RUN_SWITCHES);
    struct run_mark mark;

    (void)state;
    put(&setting, 'o', 10, 0);
    say_stat(&setting, 'R', 1);
    assert_true(run_record_mark(&setting.record, &mark));
    assert_true(run_record_is_unmoved(&setting.record, &mark));
    assert_true(run_record_stood_still(&setting.record, &mark, 0));
    check_look(&setting, false, RUN_READY, 1, 10);
    end(&setting);
}

static void schedstat_proves_that_it_stood_still(void **state)
{
    struct setting setting = begin(RUN_SCHEDSTAT);
    struct run_mark mark;

    (void)state;
    say(&setting, "schedstat", "100 7 3\n");
    say_stat(&setting, 'R', 1);
    assert_true(run_record_mark(&setting.record, &mark));
    assert_true(run_record_stood_still(&setting.record, &mark, 1));
    assert_false(run_record_stood_still(&setting.record, &mark, 0));
    run_record_look(&setting.record);
    assert_false(run_record_is_unmoved(&setting.record, &mark)); /* its numbers stand still while it runs */
    say_stat(&setting, 'S', 1);
    assert_true(run_record_stood_still(&setting.record, &mark, 0));
    run_record_look(&setting.record);
    assert_true(run_record_is_unmoved(&setting.record, &mark));
    say(&setting, "schedstat", "100 7 4\n");
    assert_false(run_record_stood_still(&setting.record, &mark, 1));
    assert_true(run_record_mark(&setting.record, &mark));
    assert_false(run_record_is_unmoved(&setting.record, &mark));
    say(&setting, "schedstat", "101 7 4\n");
    assert_false(run_record_stood_still(&setting.record, &mark, 1));
    unsay(&setting, "stat");
    assert_true(run_record_mark(&setting.record, &mark));
    assert_false(run_record_stood_still(&setting.record, &mark, 1));
    end(&setting);
}

static void seconds_that_it_ran_and_waited(void **state)
{
    struct setting setting = begin(RUN_SCHEDSTAT);

    (void)state;
    say(&setting, "schedstat", "5000000000 3000000000 9\n");
    setting.record.waited = 1000000000;
    assert_float_equal(run_record_ran(&setting.record), 5, 1e-9);
    assert_float_equal(run_record_waited(&setting.record), 2, 1e-9);
    setting.record.waited = 4000000000;
    assert_float_equal(run_record_waited(&setting.record), 0, 1e-9);
    setting.record.waited = 0;
    setting.record.schedstat_file = openat(setting.record.tasks, "70/schedstat", O_RDONLY | O_CLOEXEC);
    assert_float_equal(run_record_waited(&setting.record), 3, 1e-9);
    setting.record.lwp = 0; /* no thread of the kernel is known of it */
    assert_true(run_record_waited(&setting.record) == 0);
    close(setting.record.schedstat_file);
    end(&setting);
}

/* Was it put aside when we were given the CPU, or long before? */
static void from_whom_the_cpu_was_taken(void **state)
{
    struct setting setting = begin(RUN_SCHEDSTAT);

    (void)state;
    if (access("/proc/thread-self/sched", R_OK) != 0)
        skip();
    assert_true(run_record_was_taken_from(&setting.record)); /* a kernel without such files */
    say(&setting, "sched", "name (70, #threads: 1)\nse.exec_start : 0.000000\n");
    assert_false(run_record_was_taken_from(&setting.record));
    say(&setting, "sched", "name (70, #threads: 1)\nse.exec_start : 9999999999999.000000\n");
    assert_true(run_record_was_taken_from(&setting.record));
    say(&setting, "sched", "name (70, #threads: 1)\n");
    assert_true(run_record_was_taken_from(&setting.record));
    end(&setting);
}

static void what_it_begins_with(void **state)
{
    struct setting setting = begin(RUN_NO_WITNESS);
    struct run_record record;

    (void)state;
    assert_int_equal(run_record_init(&record, setting.record.tasks, LWP, true, false), HOG_NOT_FOUND);
    say_stat(&setting, 'S', 5);
    assert_int_equal(run_record_init(&record, setting.record.tasks, LWP, true, false), HOG_DENIED);
    say_stat(&setting, 'Z', 5);
    assert_int_equal(run_record_init(&record, setting.record.tasks, LWP, true, false), HOG_NOT_FOUND);
    say_stat(&setting, 'X', 5);
    assert_int_equal(run_record_init(&record, setting.record.tasks, LWP, true, false), HOG_NOT_FOUND);
    say_stat(&setting, 'S', 5);
    say(&setting, "schedstat", "100 3000000000 3\n");
    for (int keep = 0; keep < 2; keep++) {
        assert_int_equal(run_record_init(&record, setting.record.tasks, LWP, true, keep), HOG_OK);
        assert_int_equal(record.witness, RUN_SCHEDSTAT);
        assert_int_equal(record.cpu, 5);
        assert_float_equal(run_record_waited(&record), 0, 1e-9); /* that was before */
        assert_int_equal(record.stat_file >= 0, keep);
        assert_int_equal(record.schedstat_file >= 0, keep);
        run_record_deinit(&record);
        assert_int_equal(record.stat_file, -1);
    }
    say(&setting, "schedstat",
        "0 0 0\n"); /* it has not run yet: this kernel counts, as our own numbers show */
    if (access("/proc/thread-self/schedstat", R_OK) == 0)
        assert_int_equal(run_record_init(&record, setting.record.tasks, LWP, true, false), HOG_OK);
    end(&setting);
}

/* A line that breaks off tells no CPU, and one without a name nothing. */
static void odd_lines_of_stat(void **state)
{
    struct setting setting = begin(RUN_SWITCHES);

    (void)state;
    put(&setting, 'o', 10, 0);
    say(&setting, "stat", "70 (python) S 1 1 1");
    check_look(&setting, true, RUN_ASLEEP, -1, 10);
    assert_false(run_record_is_over(&setting.record));
    say(&setting, "stat", "70 python");
    assert_true(run_record_is_over(&setting.record));
    say(&setting, "stat", "70 (python)");
    assert_true(run_record_is_over(&setting.record));
    end(&setting);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(where_it_was),
        cmocka_unit_test(as_far_as_the_ring_goes_back),
        cmocka_unit_test(preempted_more_often_than_the_ring_knows),
        cmocka_unit_test(switches_tell_what_it_does),
        cmocka_unit_test(stat_tells_who_is_held_or_gone),
        cmocka_unit_test(without_its_files_it_is_gone),
        cmocka_unit_test(schedstat_tells_what_it_does),
        cmocka_unit_test(who_ran_where_it_stands),
        cmocka_unit_test(switches_prove_that_it_stood_still),
        cmocka_unit_test(one_switch_is_enough),
        cmocka_unit_test(schedstat_proves_that_it_stood_still),
        cmocka_unit_test(seconds_that_it_ran_and_waited),
        cmocka_unit_test(from_whom_the_cpu_was_taken),
        cmocka_unit_test(what_it_begins_with),
        cmocka_unit_test(odd_lines_of_stat),
    };

    return cmocka_run_group_tests_name("sample_record", tests, NULL, NULL);
}
