/* Exact samples of a process that stands still, in any memory: fabricated interpreters of every version. */

#include "profile/view.h"
#include "sample/sampler.h"
#include "support/fabricate.h"
#include "support/fake_memory.h"
#include "support/test.h"
#include "support/versions.h"

#include <string.h>

enum { BUSY_LWP = 100, ASLEEP_LWP = 101, BUSY_ID = 0x7000, ASLEEP_ID = 0x8000 };

struct world {
    struct fabrication fake;
    struct fake_segment segment;
    struct hog_process process;
    struct hog_os_thread threads[2];
    struct hog_location location;
    struct hog_sampler *sampler;
    uint64_t busy_tstate;
};

static void poke_byte(struct world *world, uint64_t address, unsigned char byte)
{
    world->fake.bytes[address - world->fake.runtime] = byte;
}

static uint64_t make_code(struct world *world, const char *name, int32_t line)
{
    struct fabrication *fake = &world->fake;
    uint64_t code = fabricate_code(fake, name, line);

    if (hog_layout_has(&fake->layout, HOG_F_code_co_code))
        fabricate_poke(fake, fabricate_field(fake, code, HOG_F_code_co_code),
                       fabricate_text(fake, "0123456789abcdef"));
    return code;
}

/* A thread whose outermost frame is what an outermost frame has to be. */
static uint64_t make_thread(struct world *world, uint64_t id, const uint64_t *codes, size_t count)
{
    struct fabrication *fake = &world->fake;
    uint64_t tstate = fabricate_thread(fake, id);
    uint8_t marker = fake->layout.traits.first_marker_owner;

    if (marker)
        poke_byte(world, fabricate_field(fake, fabricate_frame(fake, codes[0]), HOG_F_iframe_owner), marker);
    for (size_t i = 0; i < count; i++) {
        uint64_t frame = fabricate_frame(fake, codes[i]);

        if (i == 0 && hog_layout_has(&fake->layout, HOG_F_iframe_is_entry))
            poke_byte(world, fabricate_field(fake, frame, HOG_F_iframe_is_entry), 1);
    }
    return tstate;
}

static void world_init(struct world *world, const char *version, const struct hog_sampler_options *options)
{
    uint64_t codes[3];
    struct hog_error error;

    *world = (struct world){0};
    fabricate_init(&world->fake, version);
    codes[0] = make_code(world, "main", 10);
    codes[1] = make_code(world, "work", 20);
    codes[2] = make_code(world, "wait", 30);
    world->busy_tstate = make_thread(world, BUSY_ID, codes, 2);
    codes[1] = codes[2];
    make_thread(world, ASLEEP_ID, codes, 2);
    world->segment = (struct fake_segment){world->fake.runtime, world->fake.bytes, FABRICATED_SIZE};
    hog_process_init_remote(&world->process, 1, fake_memory_create(&world->segment, 1, FAKE_WHOLE_PAGES));
    world->threads[0] = (struct hog_os_thread){
        .lwp = BUSY_LWP,
        .registers = {
            .known = true, .system_call = -1, .has_thread_pointer = true, .thread_pointer = BUSY_ID}};
    world->threads[1] = (struct hog_os_thread){.lwp = ASLEEP_LWP,
                                               .registers = {.known = true,
                                                             .system_call = 202,
                                                             .argument_count = 1,
                                                             .has_thread_pointer = true,
                                                             .thread_pointer = ASLEEP_ID}};
    world->process.threads = world->threads;
    world->process.thread_count = 2;
    world->location.python = (struct hog_python){.layout = world->fake.layout,
                                                 .runtime = world->fake.runtime,
                                                 .interpreters_head = world->fake.interpreter};
    assert_int_equal(hog_sampler_create(&world->process, &world->location, options, &world->sampler, &error),
                     HOG_OK);
}

static void world_deinit(struct world *world)
{
    hog_sampler_destroy(world->sampler);
    hog_process_deinit(&world->process);
    fabricate_deinit(&world->fake);
}

static void take(struct world *world, int times)
{
    struct hog_error error;

    for (int i = 0; i < times; i++)
        assert_int_equal(
            hog_sampler_take_stopped(world->sampler, world->process.memory, &world->process, 0, &error),
            HOG_OK);
}

static struct hog_profile *profile_of(struct world *world)
{
    const struct hog_profile_info info = {0};
    struct hog_profile *profile;

    assert_int_equal(hog_sampler_profile(world->sampler, &info, &profile), HOG_OK);
    return profile;
}

/* Self and total samples of a function; both 0 when the profile does not have it. */
static struct hog_cost cost_of(const struct hog_profile *profile, const char *name)
{
    struct hog_cost cost = {0};
    struct hog_view view;

    assert_int_equal(hog_view_init(&view, profile), HOG_OK);
    for (uint32_t i = 0; i < profile->function_count; i++)
        if (strcmp(profile->functions[i].name, name) == 0)
            cost = view.functions[i];
    hog_view_deinit(&view);
    return cost;
}

static void active_threads_are_sampled(void **state)
{
    const struct hog_sampler_options options = {.rate = 100, .by_line = true};

    (void)state;
    for (size_t i = 0; i < version_count(); i++) {
        struct world world;

        world_init(&world, version_name(i), &options);
        take(&world, 50);
        HOG_PROFILE struct hog_profile *profile = profile_of(&world);
        assert_int_equal(profile->counts.kept, 50);
        assert_int_equal(profile->counts.idle, 50);
        assert_int_equal(profile->counts.dropped, 0);
        assert_int_equal(cost_of(profile, "work").self, 50);
        assert_int_equal(cost_of(profile, "main").total, 50);
        assert_int_equal(cost_of(profile, "main").self, 0);
        assert_int_equal(cost_of(profile, "wait").total, 0);
        assert_int_equal(profile->thread_count, 2);
        world_deinit(&world);
    }
}

static void idle_threads_are_if_they_are_wanted(void **state)
{
    const struct hog_sampler_options options = {.rate = 100, .mode = HOG_PROFILE_IDLE};

    (void)state;
    for (size_t i = 0; i < version_count(); i++) {
        struct world world;

        world_init(&world, version_name(i), &options);
        take(&world, 10);
        HOG_PROFILE struct hog_profile *profile = profile_of(&world);
        assert_int_equal(profile->counts.kept, 20);
        assert_int_equal(cost_of(profile, "wait").self, 10);
        assert_int_equal(cost_of(profile, "work").self, 10);
        assert_int_equal(profile->info.mode, HOG_PROFILE_IDLE);
        world_deinit(&world);
    }
}

/* Who holds it is sampled though it sleeps in mode "gil", and nobody else is; the others ask who is on a CPU. */
static void the_holder_of_the_gil_counts_in_its_mode(void **state)
{
    (void)state;
    for (enum hog_profile_mode mode = HOG_PROFILE_CPU; mode <= HOG_PROFILE_GIL; mode++) {
        const struct hog_sampler_options options = {.rate = 100, .mode = mode};
        struct world world;
        uint64_t gil;

        world_init(&world, "3.12", &options);
        gil = fabricate_text(&world.fake, "room for a GIL");
        fabricate_poke(&world.fake, fabricate_field(&world.fake, world.fake.interpreter, HOG_F_interp_gil),
                       gil);
        fabricate_poke(&world.fake, fabricate_field(&world.fake, gil, HOG_F_gil_last_holder),
                       world.busy_tstate);
        fabricate_poke(&world.fake, fabricate_field(&world.fake, gil, HOG_F_gil_locked), 1);
        world.threads[0].registers.system_call = 202;
        take(&world, 10);
        HOG_PROFILE struct hog_profile *profile = profile_of(&world);
        assert_int_equal(profile->counts.kept, mode == HOG_PROFILE_CPU    ? 0
                                               : mode == HOG_PROFILE_IDLE ? 20
                                                                          : 10);
        assert_int_equal(cost_of(profile, "work").self, mode == HOG_PROFILE_CPU ? 0 : 10);
        assert_int_equal(profile->counts.on_gil, mode == HOG_PROFILE_CPU ? 0 : 10);
        world_deinit(&world);
    }
}

/* Of the two that are in futex() one goes on having a CPU. */
static double told_seconds(void *context, int64_t lwp)
{
    double *seconds = context;

    return lwp == ASLEEP_LWP ? 5 : ++*seconds;
}

static double untold_seconds(void *context, int64_t lwp)
{
    (void)context;
    (void)lwp;
    return -1;
}

static void cpu_time_tells_work_in_a_call_from_sleep(void **state)
{
    double seconds = 0;
    struct hog_sampler_options options = {.rate = 100, .thread_seconds = told_seconds, .context = &seconds};
    struct hog_sampler_stats stats;
    struct world world;

    (void)state;
    world_init(&world, "3.12", &options);
    world.threads[0].registers.system_call = 202;
    take(&world, 10);
    HOG_PROFILE struct hog_profile *told = profile_of(&world);
    assert_int_equal(told->counts.kept, 9); /* the first look has none before it */
    assert_int_equal(cost_of(told, "work").self, 9);
    hog_sampler_stats(world.sampler, &stats);
    assert_non_null(strstr(stats.way, "the CPU time that the server knows"));
    world_deinit(&world);

    options.thread_seconds = untold_seconds;
    world_init(&world, "3.12", &options);
    world.threads[0].registers.system_call = 202;
    take(&world, 10);
    HOG_PROFILE struct hog_profile *untold = profile_of(&world);
    assert_int_equal(untold->counts.kept, 0);
    hog_sampler_stats(world.sampler, &stats);
    assert_non_null(strstr(stats.way, "the system calls that threads are in"));
    world_deinit(&world);
}

static void one_thread_may_be_chosen(void **state)
{
    const struct hog_sampler_options options = {
        .rate = 100, .mode = HOG_PROFILE_IDLE, .only_lwp = ASLEEP_LWP};
    struct world world;

    (void)state;
    world_init(&world, "3.11", &options);
    take(&world, 10);
    HOG_PROFILE struct hog_profile *profile = profile_of(&world);
    assert_int_equal(profile->counts.kept, 10);
    assert_int_equal(cost_of(profile, "work").total, 0);
    assert_int_equal(cost_of(profile, "wait").self, 10);
    world_deinit(&world);
}

static void threads_come_and_go(void **state)
{
    const struct hog_sampler_options options = {.rate = 100, .mode = HOG_PROFILE_IDLE};
    struct world world;

    (void)state;
    world_init(&world, "3.13", &options);
    take(&world, 5);
    fabricate_poke(&world.fake,
                   fabricate_field(&world.fake, world.fake.interpreter, HOG_F_interp_threads_head),
                   world.busy_tstate);
    take(&world, 5);
    HOG_PROFILE struct hog_profile *profile = profile_of(&world);
    assert_int_equal(cost_of(profile, "work").self, 10);
    assert_int_equal(cost_of(profile, "wait").self, 5);
    world_deinit(&world);
}

static void broken_stacks_are_counted_as_such(void **state)
{
    const struct hog_sampler_options options = {.rate = 100};
    struct hog_sampler_stats stats;
    struct world world;

    (void)state;
    world_init(&world, "3.13", &options);
    fabricate_poke(&world.fake, fabricate_field(&world.fake, world.busy_tstate, HOG_F_tstate_current_frame),
                   0x1001);
    take(&world, 3);
    fabricate_poke(&world.fake, fabricate_field(&world.fake, world.busy_tstate, HOG_F_tstate_current_frame),
                   0x1000);
    take(&world, 4);
    hog_sampler_stats(world.sampler, &stats);
    assert_int_equal(stats.dropped[HOG_DROP_BROKEN], 3);
    assert_int_equal(stats.dropped[HOG_DROP_UNREADABLE], 4);
    assert_int_equal(stats.retries, 0); /* it stands still: a moment later they are the same */
    HOG_PROFILE struct hog_profile *profile = profile_of(&world);
    assert_int_equal(profile->counts.dropped, 7);
    assert_int_equal(profile->drop_count, 2);
    world_deinit(&world);
}

/* To 3.10 each frame has a function of C of its own, later one runs both. */
static void stack_of_c(void *context, int64_t lwp, struct hog_native_stack *ret_stack)
{
    static const struct hog_native_frame apart[] = {{.function = "time_sleep", .module = "python"},
                                                    {.function = "_PyEval_EvalFrameDefault"},
                                                    {.function = "_PyFunction_Vectorcall"},
                                                    {.function = "list_sort", .module = "python"},
                                                    {.function = "_PyEval_EvalFrameDefault"}};
    const bool *together = context;

    assert_int_equal(lwp, BUSY_LWP);
    *ret_stack = (struct hog_native_stack){.frames = apart, .count = *together ? 2 : 5};
}

static void frames_of_c_are_part_of_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < version_count(); i++) {
        bool together = i >= 5;
        const struct hog_sampler_options options = {
            .rate = 100, .by_line = true, .native_stack = stack_of_c, .context = &together};
        struct hog_sampler_stats stats;
        struct world world;

        world_init(&world, version_name(i), &options);
        take(&world, 20);
        hog_sampler_stats(world.sampler, &stats);
        HOG_PROFILE struct hog_profile *profile = profile_of(&world);
        assert_int_equal(profile->counts.kept, 20);
        assert_int_equal(stats.native_missing, 0);
        assert_int_equal(cost_of(profile, "time_sleep").self, 20);
        assert_int_equal(cost_of(profile, "list_sort").total, together ? 0 : 20);
        assert_int_equal(cost_of(profile, "work").self, 0);
        assert_int_equal(cost_of(profile, "main").total, 20);
        assert_int_equal(cost_of(profile, "_PyEval_EvalFrameDefault").total, 0);
        assert_int_equal(profile->node_count, together ? 3 : 4);
        world_deinit(&world);
    }
}

static void what_is_remote_cannot_be_sampled_running(void **state)
{
    const struct hog_sampler_options options = {.rate = 100};
    struct hog_error error;
    struct world world;

    (void)state;
    world_init(&world, "3.12", &options);
    assert_int_equal(hog_sampler_start(world.sampler, &error), HOG_UNSUPPORTED);
    assert_non_null(strstr(error.message, "--stop"));
    hog_sampler_stop(world.sampler);
    world_deinit(&world);
}

static void a_python_that_is_gone_is_said(void **state)
{
    const struct hog_sampler_options options = {.rate = 100};
    struct hog_error error;
    struct world world;

    (void)state;
    world_init(&world, "3.12", &options);
    fabricate_poke(&world.fake,
                   fabricate_field(&world.fake, world.fake.runtime, HOG_F_runtime_interpreters_head), 0);
    assert_int_equal(hog_sampler_take_stopped(world.sampler, world.process.memory, &world.process, 0, &error),
                     HOG_NO_PROCESS);
    world_deinit(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(active_threads_are_sampled),
        cmocka_unit_test(idle_threads_are_if_they_are_wanted),
        cmocka_unit_test(the_holder_of_the_gil_counts_in_its_mode),
        cmocka_unit_test(cpu_time_tells_work_in_a_call_from_sleep),
        cmocka_unit_test(one_thread_may_be_chosen),
        cmocka_unit_test(threads_come_and_go),
        cmocka_unit_test(broken_stacks_are_counted_as_such),
        cmocka_unit_test(frames_of_c_are_part_of_it),
        cmocka_unit_test(what_is_remote_cannot_be_sampled_running),
        cmocka_unit_test(a_python_that_is_gone_is_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
