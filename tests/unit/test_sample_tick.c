/* Ticks of one sampler for all CPUs. */
#define _GNU_SOURCE
#include "test_sample_world.h"

static const struct hog_sampler_options of_cpu = {.rate = 100},
                                        of_gil = {.rate = 100, .mode = HOG_PROFILE_GIL},
                                        of_idle = {.rate = 100, .mode = HOG_PROFILE_IDLE};

static void one_for_all_cpus(void **state)
{
    struct hog_profile_counts counts;
    struct hog_sampler_stats stats;
    struct world world;

    (void)state;
    world_init(&world, &of_cpu);
    put(&world, 'o', OTHER, 0.5, 0);
    had_cpu(&world, BUSY, 0, 1, 2, 'p');
    tick_run(world.sampler, 1.5); /* the sampler took its CPU at the tick */
    stats = stats_of(&world);
    assert_int_equal(stats.ticks, 1);
    assert_int_equal(stats.kept, 1);
    assert_int_equal(stats.idle, 1);
    assert_int_equal(stats.empty_ticks + dropped_of(&stats) + stats.paused, 0);
    assert_int_equal(self_of(&world, "work", &counts), 1);
    assert_int_equal(counts.waiting_for_cpu, 0);
    tick_run(world.sampler, 2.5); /* it had lost it to somebody else before */
    stats = stats_of(&world);
    assert_int_equal(stats.kept, 1);
    assert_int_equal(stats.idle, 3);
    assert_int_equal(stats.empty_ticks, 1);
    self_of(&world, "work", &counts);
    assert_int_equal(counts.waiting_for_cpu, 1);
    had_cpu(&world, BUSY, 0, 3, 4, 'o');
    say_stat(&world, BUSY, 't');
    tick_run(world.sampler, 4.5);
    stats = stats_of(&world);
    assert_int_equal(stats.paused, 1);
    assert_int_equal(stats.idle, 4);
    assert_int_equal(stats.kept, 1);
    had_cpu(&world, BUSY, 0, 5, 6, 'o');
    say_stat(&world, BUSY, 'Z');
    tick_run(world.sampler, 6.5);
    assert_true(world.busy->gone && world.sampler->wants_refresh);
    world_deinit(&world);
}

static void who_sleeps_is_sampled_again_for_nothing(void **state)
{
    struct hog_sampler_stats stats;
    struct world world;

    (void)state;
    world_init(&world, &of_idle);
    put(&world, 'o', OTHER, 0.5, 0);
    put(&world, 'o', BUSY, 1, 0);
    for (int i = 0; i < 3; i++)
        tick_run(world.sampler, 1.5);
    assert_int_equal(self_of(&world, "wait", NULL), 3);
    assert_int_equal(self_of(&world, "work", NULL), 3);
    stats = stats_of(&world);
    assert_int_equal(stats.kept, 6);
    assert_int_equal(stats.repeated, 4);
    assert_int_equal(stats.idle, 0);
    world_deinit(&world);
}

static void nobody_knows_which_thread_it_is(void **state)
{
    struct hog_sampler_stats stats;
    struct world world;

    (void)state;
    for (int which = 0; which < 2; which++) {
        world_init(&world, &of_cpu);
        put(&world, 'o', OTHER, 0.5, 0);
        put(&world, 'o', BUSY, 0.5, 0);
        unwatch(which ? world.busy : world.other);
        tick_run(world.sampler, 1.5);
        stats = stats_of(&world);
        assert_int_equal(stats.dropped[HOG_DROP_NO_THREAD], 1);
        assert_int_equal(dropped_of(&stats), 1);
        assert_int_equal(stats.idle, 1);
        assert_int_equal(stats.empty_ticks, 1);
        world_deinit(&world);
    }
}

/* It runs on: each try goes to its CPU, and proves nothing. */
static void who_runs_on_is_dropped(void **state)
{
    struct hog_profile_counts counts;
    struct hog_sampler_stats stats;
    struct world world;

    (void)state;
    world_init(&world, &of_cpu);
    say_stat(&world, BUSY, 'R');
    put(&world, 'o', OTHER, 0.5, 0);
    put(&world, 'i', BUSY, 1, 0);
    tick_run(world.sampler, 1.5);
    stats = stats_of(&world);
    assert_int_equal(stats.dropped[HOG_DROP_RAN], 1);
    assert_int_equal(stats.retries, 3);
    assert_int_equal(stats.idle, 1);
    assert_int_equal(stats.empty_ticks, 0);
    self_of(&world, "work", &counts);
    assert_int_equal(counts.dropped, 1);
    say_stat(&world, BUSY, 'Z');
    tick_run(world.sampler, 2.5);
    stats = stats_of(&world);
    assert_int_equal(dropped_of(&stats), 1); /* that was no attempt */
    assert_true(world.busy->gone);
    world_deinit(&world);
}

static void one_thread_alone_of_all(void **state)
{
    struct hog_sampler_stats stats;
    struct world world;

    (void)state;
    for (int which = BUSY; which <= OTHER; which++) {
        const struct hog_sampler_options of_one = {.rate = 100, .mode = HOG_PROFILE_IDLE, .only_lwp = which};

        world_init(&world, &of_one);
        put(&world, 'o', OTHER, 0.5, 0);
        put(&world, 'o', BUSY, 0.5, 0);
        tick_run(world.sampler, 1.5);
        stats = stats_of(&world);
        assert_int_equal(stats.kept, 1);
        assert_int_equal(stats.idle, 0);
        assert_int_equal(self_of(&world, which == BUSY ? "work" : "wait", NULL), 1);
        world_deinit(&world);
    }
}

/* Held by a state that the lists did not have: there is a new thread. */
static void an_unknown_holder_has_the_lists_walked_again(void **state)
{
    static const struct hog_sampler_options *const modes[] = {&of_cpu, &of_gil};
    struct world world;

    (void)state;
    for (int i = 0; i < 4; i++) {
        bool unknown = i % 2;

        world_init(&world, modes[i / 2]);
        lock_the_gil(&world, unknown ? world.busy_tstate + 4096 : world.busy_tstate);
        put(&world, 'o', OTHER, 0.5, 0);
        put(&world, 'o', BUSY, 0.5, 0);
        tick_run(world.sampler, 1.5);
        assert_int_equal(world.sampler->wants_refresh, unknown);
        assert_int_equal(self_of(&world, "work", NULL), i / 2 && !unknown); /* who has it, in that mode */
        world_deinit(&world);
    }
}

static void what_is_tallied_in_one_look(void **state)
{
    struct hog_profile_counts counts;
    struct world world;

    (void)state;
    world_init(&world, &of_cpu);
    lock_the_gil(&world, world.busy_tstate);
    collect_garbage(&world);
    say_futex(&world, OTHER, world.sampler->roster.gils[0].locked + 64);
    put(&world, 'o', OTHER, 0.5, 0);
    had_cpu(&world, BUSY, 0, 1, 2, 'p');
    tick_run(world.sampler, 1.5);
    assert_int_equal(self_of(&world, "work", &counts), 1);
    assert_int_equal(counts.on_gil, 1);
    assert_int_equal(counts.collecting_garbage, 1);
    assert_int_equal(counts.waiting_for_gil, 1);
    world_deinit(&world);
}

/* While every thread has a CPU the GIL is looked at now and then. */
static void looks_at_the_gil_stand_for_those_between(void **state)
{
    struct hog_profile_counts counts;
    struct world world;

    (void)state;
    world_init(&world, &of_cpu);
    lock_the_gil(&world, world.busy_tstate);
    had_cpu(&world, OTHER, 0, 1, 2, 'p');
    had_cpu(&world, BUSY, 0, 1, 2, 'p');
    for (int i = 0; i < 8; i++)
        tick_run(world.sampler, 1.5);
    assert_int_equal(self_of(&world, "work", &counts), 8);
    assert_int_equal(counts.on_gil, 8);
    tick_run(world.sampler, 1.5);
    self_of(&world, "work", &counts);
    assert_int_equal(counts.on_gil, 8);
    world_deinit(&world);
}

/* Without a record of its switches: was it put aside as the sampler came, or long before? */
static void who_was_put_aside_before_waits(void **state)
{
    static const struct hog_sampler_options *const modes[] = {&of_cpu, &of_idle, &of_gil};

    (void)state;
    if (access("/proc/thread-self/sched", R_OK) != 0)
        skip();
    for (int i = 0; i < 6; i++) {
        const struct hog_sampler_options *mode = modes[i / 2];
        bool before = i % 2;
        struct hog_profile_counts counts;
        struct world world;

        world_init(&world, mode);
        lock_the_gil(&world, world.busy_tstate);
        put(&world, 'o', OTHER, 0.5, 0);
        unwatch(world.busy);
        world.busy->record.witness = RUN_SCHEDSTAT;
        world.sampler->placement->cpu = 0;
        say_stat(&world, BUSY, 'R');
        say(&world, BUSY, "schedstat", "100 7 3");
        say(&world, BUSY, "sched", before ? "se.exec_start : 0.0\n" : "se.exec_start : 9999999999999.0\n");
        tick_run(world.sampler, 1.5);
        assert_int_equal(self_of(&world, "work", &counts), mode == &of_idle || !before);
        assert_int_equal(counts.waiting_for_cpu, before);
        assert_int_equal(counts.idle, mode == &of_idle ? 0 : before + 1);
        world_deinit(&world);
    }
}

static void a_broken_stack_is_tried_again(void **state)
{
    struct hog_sampler_stats stats;
    struct world world;

    (void)state;
    world_init(&world, &of_cpu);
    put(&world, 'o', OTHER, 0.5, 0);
    had_cpu(&world, BUSY, 0, 1, 2, 'p');
    fabricate_poke(&world.fake, fabricate_field(&world.fake, world.busy_frame, HOG_F_iframe_previous),
                   0x1001);
    tick_run(world.sampler, 1.5);
    stats = stats_of(&world);
    assert_int_equal(stats.dropped[HOG_DROP_BROKEN], 1);
    assert_int_equal(dropped_of(&stats), 1);
    assert_int_equal(stats.retries, 3);
    world_deinit(&world);
}

/* In its mode the GIL is looked at in each tick, and each look is one. */
static void the_holder_on_a_cpu_in_its_mode(void **state)
{
    struct hog_profile_counts counts;
    struct world world;

    (void)state;
    world_init(&world, &of_gil);
    lock_the_gil(&world, world.busy_tstate);
    had_cpu(&world, OTHER, 0, 1, 2, 'p');
    had_cpu(&world, BUSY, 0, 1, 2, 'p');
    for (int i = 1; i < 4; i++) {
        tick_run(world.sampler, 1.5);
        assert_int_equal(self_of(&world, "work", &counts), i);
        assert_int_equal(counts.on_gil, i);
        assert_int_equal(counts.idle, i);
    }
    world_deinit(&world);
}

static void the_holder_alone_in_its_mode(void **state)
{
    struct hog_profile_counts counts;
    struct world world;

    (void)state;
    world_init(&world, &of_gil);
    lock_the_gil(&world, world.other_tstate);
    put(&world, 'o', OTHER, 0.5, 0);
    had_cpu(&world, BUSY, 0, 1, 2, 'p');
    tick_run(world.sampler, 1.5);
    assert_int_equal(self_of(&world, "wait", &counts), 1);
    assert_int_equal(self_of(&world, "work", NULL), 0);
    assert_int_equal(counts.on_gil, 1);
    assert_int_equal(counts.idle, 1);
    say_stat(&world, OTHER, 'R'); /* woken, and on no CPU yet: its time is none of the GIL's */
    tick_run(world.sampler, 2.5);
    assert_int_equal(self_of(&world, "wait", &counts), 1);
    assert_int_equal(counts.waiting_for_cpu, 2);
    assert_int_equal(counts.idle, 3);
    world_deinit(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_for_all_cpus),
        cmocka_unit_test(who_sleeps_is_sampled_again_for_nothing),
        cmocka_unit_test(nobody_knows_which_thread_it_is),
        cmocka_unit_test(who_runs_on_is_dropped),
        cmocka_unit_test(one_thread_alone_of_all),
        cmocka_unit_test(an_unknown_holder_has_the_lists_walked_again),
        cmocka_unit_test(what_is_tallied_in_one_look),
        cmocka_unit_test(looks_at_the_gil_stand_for_those_between),
        cmocka_unit_test(who_was_put_aside_before_waits),
        cmocka_unit_test(a_broken_stack_is_tried_again),
        cmocka_unit_test(the_holder_on_a_cpu_in_its_mode),
        cmocka_unit_test(the_holder_alone_in_its_mode),
    };

    return cmocka_run_group_tests_name("sample_tick", tests, NULL, NULL);
}
