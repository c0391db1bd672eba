/* Ticks of a CPU that the sampler has a thread on: who had it, and what the others did. */
#define _GNU_SOURCE
#include "test_sample_world.h"

static const struct hog_sampler_options of_cpu = {.rate = 100},
                                        of_gil = {.rate = 100, .mode = HOG_PROFILE_GIL},
                                        of_other = {.rate = 100, .only_lwp = OTHER};

static void tick(struct world *world, int cpu, double seconds, bool is_first)
{
    on_cpu_tick(world->sampler, &world->rings[cpu], seconds, is_first);
}

static void who_had_the_cpu_is_sampled(void **state)
{
    struct hog_profile_counts counts;
    struct hog_sampler_stats stats;
    struct world world;

    (void)state;
    world_init(&world, &of_cpu);
    put(&world, 'o', OTHER, 0.5, 1);
    had_cpu(&world, BUSY, 0, 1, 2, 'o');
    tick(&world, 0, 1.5, true);
    stats = stats_of(&world);
    assert_int_equal(stats.ran, 1);
    assert_int_equal(stats.kept, 1);
    assert_int_equal(stats.idle, 1); /* the other one */
    assert_int_equal(stats.no_python + stats.empty_ticks + dropped_of(&stats), 0);
    assert_int_equal(self_of(&world, "work", NULL), 1);
    tick(&world, 1, 1.5, false); /* no thread had that one, and of the others the first tells */
    stats = stats_of(&world);
    assert_int_equal(stats.ran, 1);
    assert_int_equal(stats.idle, 1);
    assert_int_equal(stats.empty_ticks, 0);
    tick(&world, 0, 2.5, true); /* both sleep */
    stats = stats_of(&world);
    assert_int_equal(stats.ran, 1);
    assert_int_equal(stats.idle, 3);
    assert_int_equal(stats.empty_ticks, 1);
    assert_int_equal(self_of(&world, "work", &counts), 1);
    assert_int_equal(counts.waiting_for_cpu, 0);
    world_deinit(&world);
}

/* It may run again later than the tick: what it does then is none of it. */
static void who_waits_for_a_cpu_is_told_beside(void **state)
{
    struct hog_profile_counts counts;
    struct hog_sampler_stats stats;
    struct world world;

    (void)state;
    world_init(&world, &of_cpu);
    put(&world, 'o', OTHER, 0.5, 1);
    had_cpu(&world, BUSY, 0, 1, 2, 'p');
    tick(&world, 0, 2.5, true);
    stats = stats_of(&world);
    assert_int_equal(stats.idle, 2);
    self_of(&world, "work", &counts);
    assert_int_equal(counts.waiting_for_cpu, 1);
    tick(&world, 1, 1.5, true); /* the CPU was taken from it after that tick */
    stats = stats_of(&world);
    assert_int_equal(stats.idle, 3);
    self_of(&world, "work", &counts);
    assert_int_equal(counts.waiting_for_cpu, 1);
    say_stat(&world, OTHER, 'Z'); /* it wakes up, and ends */
    had_cpu(&world, OTHER, 1, 3, 4, 'o');
    tick(&world, 1, 4.5, true);
    assert_true(world.other->gone);
    stats = stats_of(&world);
    assert_int_equal(stats.idle, 4);
    assert_true(world.sampler->wants_refresh);
    world_deinit(&world);
}

static void one_thread_alone(void **state)
{
    struct hog_sampler_stats stats;
    struct world world;

    (void)state;
    world_init(&world, &of_other);
    had_cpu(&world, BUSY, 0, 1, 2, 'o');
    tick(&world, 0, 1.5, true);
    stats = stats_of(&world);
    assert_int_equal(stats.ran, 1);
    assert_int_equal(stats.kept, 0);
    assert_int_equal(stats.idle, 1);
    had_cpu(&world, OTHER, 0, 3, 4, 'o');
    tick(&world, 0, 3.5, true);
    stats = stats_of(&world);
    assert_int_equal(stats.kept, 1);
    assert_int_equal(stats.idle, 1);
    assert_int_equal(self_of(&world, "wait", NULL), 1);
    world_deinit(&world);
}

static void a_thread_without_python(void **state)
{
    struct hog_sampler_stats stats;
    struct world world;

    (void)state;
    world_init(&world, &of_cpu);
    had_cpu(&world, STRANGER, 0, 1, 2, 'o');
    tick(&world, 0, 1.5, true);
    stats = stats_of(&world);
    assert_int_equal(stats.ran, 1);
    assert_int_equal(stats.no_python, 1);
    assert_int_equal(stats.kept + stats.empty_ticks + dropped_of(&stats), 0);
    world_deinit(&world);
}

/* A CPU that the sampler may not use: that a thread ran there is known, and no more. */
static void a_closed_cpu(void **state)
{
    struct hog_profile_counts counts;
    struct hog_sampler_stats stats;
    struct world world;

    (void)state;
    world_init(&world, &of_cpu);
    world.crew[1].closed = true;
    had_cpu(&world, BUSY, 1, 1, 2, 'o');
    tick(&world, 0, 1.5, true);
    stats = stats_of(&world);
    assert_int_equal(stats.ran, 1);
    assert_int_equal(stats.kept, 0);
    assert_int_equal(stats.dropped[HOG_DROP_CPU_CLOSED], 1);
    tick(&world, 0, 2.5, true);
    had_cpu(&world, STRANGER, 1, 3, 4, 'o');
    tick(&world, 0, 3.5, true);
    stats = stats_of(&world);
    assert_int_equal(stats.ran, 2);
    assert_int_equal(stats.dropped[HOG_DROP_CPU_CLOSED], 1);
    self_of(&world, "work", &counts);
    assert_int_equal(counts.dropped, 1);
    world_deinit(&world);
}

/* Where not every thread could be watched on every CPU its own record tells. */
static void rings_that_are_not_whole(void **state)
{
    struct hog_sampler_stats stats;
    struct world world;

    (void)state;
    world_init(&world, &of_cpu);
    put_in(world.busy->record.switches, 1, 'i', BUSY, 1, 0);
    put_in(world.busy->record.switches, 1, 'o', BUSY, 2, 0);
    tick(&world, 0, 1.5, false);
    assert_int_equal(stats_of(&world).ran, 0);
    world.sampler->rings.whole = false;
    tick(&world, 1, 1.5, false); /* it was on the other one */
    tick(&world, 0, 2.5, false);
    assert_int_equal(stats_of(&world).ran, 0);
    tick(&world, 0, 1.5, false);
    stats = stats_of(&world);
    assert_int_equal(stats.ran, 1);
    assert_int_equal(stats.kept, 1);
    world.busy->gone = true;
    tick(&world, 0, 1.5, false);
    assert_int_equal(stats_of(&world).ran, 1);
    world_deinit(&world);
}

/* It runs on: what is read meanwhile proves nothing. */
static void who_runs_meanwhile_is_dropped(void **state)
{
    struct hog_sampler_stats stats;
    struct world world;

    (void)state;
    world_init(&world, &of_cpu);
    had_cpu(&world, BUSY, 0, 1, 2, 'o');
    put_in(world.busy->record.switches, 1, 'i', BUSY, 3, 1);
    say_stat(&world, BUSY, 'R');
    tick(&world, 0, 1.5, false);
    stats = stats_of(&world);
    assert_int_equal(stats.kept, 0);
    assert_int_equal(stats.dropped[HOG_DROP_RAN], 1);
    assert_int_equal(stats.retries, 3);
    assert_false(world.busy->gone);
    say_stat(&world, BUSY, 'Z'); /* it has ended: that was no attempt */
    tick(&world, 0, 1.5, false);
    stats = stats_of(&world);
    assert_int_equal(dropped_of(&stats), 1);
    assert_true(world.busy->gone);
    world_deinit(&world);
}

static void a_state_that_is_anothers_now(void **state)
{
    struct hog_sampler_stats stats;
    struct world world;

    (void)state;
    world_init(&world, &of_cpu);
    had_cpu(&world, BUSY, 0, 1, 2, 'o');
    fabricate_poke(&world.fake, fabricate_field(&world.fake, world.busy_tstate, HOG_F_tstate_thread_id),
                   4711);
    tick(&world, 0, 1.5, false);
    stats = stats_of(&world);
    assert_int_equal(stats.ran, 1);
    assert_int_equal(stats.no_python, 1);
    assert_int_equal(stats.kept + dropped_of(&stats), 0);
    assert_true(world.busy->gone && world.sampler->wants_refresh);
    world_deinit(&world);
}

/* It may be whole a moment later; it is not. */
static void a_broken_stack_is_tried_again_and_dropped(void **state)
{
    struct hog_sampler_stats stats;
    struct world world;

    (void)state;
    world_init(&world, &of_cpu);
    had_cpu(&world, BUSY, 0, 1, 2, 'o');
    fabricate_poke(&world.fake, fabricate_field(&world.fake, world.busy_frame, HOG_F_iframe_previous),
                   0x1001);
    tick(&world, 0, 1.5, false);
    stats = stats_of(&world);
    assert_int_equal(stats.dropped[HOG_DROP_BROKEN], 1);
    assert_int_equal(dropped_of(&stats), 1);
    assert_int_equal(stats.retries, 3);
    world_deinit(&world);
}

/* The GIL is looked at now and then, and each look stands for those between. */
static void who_has_the_gil_is_tallied(void **state)
{
    struct hog_profile_counts counts;
    struct world world;

    (void)state;
    world_init(&world, &of_cpu);
    lock_the_gil(&world, world.busy_tstate);
    put(&world, 'o', OTHER, 0.5, 1);
    had_cpu(&world, BUSY, 0, 1, 2, 'o');
    for (int i = 0; i < 16; i++)
        tick(&world, 0, 1.5, true);
    assert_int_equal(self_of(&world, "work", &counts), 16);
    assert_int_equal(counts.on_gil, 16);
    assert_int_equal(counts.idle, 16);
    assert_int_equal(counts.collecting_garbage, 0);
    collect_garbage(&world);
    for (int i = 0; i < 16; i++) {
        had_cpu(&world, BUSY, 0, 3 + i, 3.5 + i, 'o');
        tick(&world, 0, 3.25 + i, true);
    }
    assert_int_equal(self_of(&world, "work", &counts), 32);
    assert_int_equal(counts.on_gil, 32);
    assert_int_equal(counts.collecting_garbage, 16);
    world_deinit(&world);
}

/* Asleep on the GIL's own futex, or on another. */
static void who_waits_for_the_gil_is_told_beside(void **state)
{
    struct hog_profile_counts counts;
    struct world world;

    (void)state;
    for (int awaits = 0; awaits < 2; awaits++) {
        world_init(&world, &of_cpu);
        lock_the_gil(&world, world.busy_tstate);
        say_futex(&world, OTHER, awaits ? world.sampler->roster.gils[0].locked + 64 : world.busy_tstate);
        put(&world, 'o', OTHER, 0.5, 1);
        had_cpu(&world, BUSY, 0, 1, 2, 'o');
        tick(&world, 0, 1.5, true);
        self_of(&world, "work", &counts);
        assert_int_equal(counts.idle, 1);
        assert_int_equal(counts.waiting_for_gil, awaits);
        put(&world, 'i', OTHER, 3, 1); /* it has it now */
        put(&world, 'p', OTHER, 4, 1);
        tick(&world, 0, 4.5, true);
        self_of(&world, "work", &counts);
        assert_int_equal(counts.waiting_for_gil, awaits);
        assert_int_equal(counts.waiting_for_cpu, 1);
        world_deinit(&world);
    }
}

/* Its state is the newest of the list; but one of C is not looked for at each of its ticks. */
static void a_thread_that_has_just_begun(void **state)
{
    struct hog_sampler_stats stats;
    struct stranger *stranger;
    struct world world;

    (void)state;
    world_init(&world, &of_cpu);
    had_cpu(&world, STRANGER, 0, 1, 2, 'o');
    world.sampler->refresh_cost = 1e9; /* a walk of the lists takes so long that there is none for now */
    tick(&world, 0, 1.5, false);
    make_thread(&world, STRANGER_ID, "begin");
    stranger = &world.sampler->strangers[STRANGER % STRANGERS];
    assert_int_equal(stranger->lwp, STRANGER);
    stranger->next_at = 1e12;
    tick(&world, 0, 1.5, false);
    stats = stats_of(&world);
    assert_int_equal(stats.no_python, 2);
    assert_int_equal(stats.threads, 2);
    stranger->next_at = 0;
    tick(&world, 0, 1.5, false);
    stats = stats_of(&world);
    assert_int_equal(stats.ran, 3);
    assert_int_equal(stats.no_python, 2);
    assert_int_equal(stats.threads, 3);
    world_deinit(&world);
}

/* There are more that are newer: the lists have to be walked, which is not done all the time. */
static void one_that_is_none_of_the_newest(void **state)
{
    struct hog_sampler_stats stats;
    struct world world;

    (void)state;
    world_init(&world, &of_cpu);
    had_cpu(&world, STRANGER, 0, 1, 2, 'o');
    make_thread(&world, STRANGER_ID, "begin");
    for (int i = 0; i < 100; i++)
        fabricate_thread(&world.fake, 0x100000 + (uint64_t)i);
    world.sampler->refresh_cost = 1e9;
    tick(&world, 0, 1.5, false);
    stats = stats_of(&world);
    assert_int_equal(stats.no_python, 1);
    assert_int_equal(stats.threads, 2);
    world.sampler->refresh_cost = 0;
    world.sampler->refreshed_at = 0;
    tick(&world, 0, 1.5, false);
    stats = stats_of(&world);
    assert_int_equal(stats.ran, 2);
    assert_int_equal(stats.no_python, 1);
    assert_true(stats.threads > 2);
    world_deinit(&world);
}

/* Mode "gil": on a CPU without it is idle; asleep with it is sampled by one CPU's tick. */
static void who_sleeps_with_the_gil_is_sampled_in_its_mode(void **state)
{
    struct hog_profile_counts counts;
    struct world world;

    (void)state;
    world_init(&world, &of_gil);
    lock_the_gil(&world, world.other_tstate);
    put(&world, 'o', OTHER, 0.5, 1);
    had_cpu(&world, BUSY, 0, 1, 2, 'o');
    tick(&world, 0, 1.5, false);
    assert_int_equal(self_of(&world, "work", &counts), 0);
    assert_int_equal(counts.idle, 1);
    assert_int_equal(counts.on_gil, 0);
    tick(&world, 1, 2.5, true);
    assert_int_equal(self_of(&world, "wait", &counts), 1);
    assert_int_equal(counts.on_gil, 1);
    assert_int_equal(counts.idle, 2); /* and not the one that was sampled */
    tick(&world, 0, 0.25, true);      /* it fell asleep after that tick */
    assert_int_equal(self_of(&world, "wait", &counts), 1);
    assert_int_equal(counts.on_gil, 1);
    had_cpu(&world, OTHER, 1, 3, 4, 'p'); /* it waits for a CPU */
    tick(&world, 1, 4.5, true);
    assert_int_equal(self_of(&world, "wait", &counts), 1);
    assert_int_equal(counts.waiting_for_cpu, 1);
    world_deinit(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_had_the_cpu_is_sampled),
        cmocka_unit_test(who_waits_for_a_cpu_is_told_beside),
        cmocka_unit_test(one_thread_alone),
        cmocka_unit_test(a_thread_without_python),
        cmocka_unit_test(a_closed_cpu),
        cmocka_unit_test(rings_that_are_not_whole),
        cmocka_unit_test(who_runs_meanwhile_is_dropped),
        cmocka_unit_test(a_state_that_is_anothers_now),
        cmocka_unit_test(a_broken_stack_is_tried_again_and_dropped),
        cmocka_unit_test(who_has_the_gil_is_tallied),
        cmocka_unit_test(who_waits_for_the_gil_is_told_beside),
        cmocka_unit_test(a_thread_that_has_just_begun),
        cmocka_unit_test(one_that_is_none_of_the_newest),
        cmocka_unit_test(who_sleeps_with_the_gil_is_sampled_in_its_mode),
    };

    return cmocka_run_group_tests_name("sample_on_cpu", tests, NULL, NULL);
}
