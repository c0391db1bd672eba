/* The garbage collector's lists, whole and damaged: every walk of them ends, and says when objects are missing. */

#include "base/arena.h"
#include "support/fabricate.h"
#include "support/fake_memory.h"
#include "support/test.h"
#include "support/versions.h"
#include "value/heap.h"

enum { NODE = 64, OBJECTS = 5, AT_MOST = 100 };

struct world {
    struct fabrication fake;
    struct fake_segment segment;
    struct hog_process process;
    struct hog_location location;
    struct hog_arena arena;
    struct hog_values *values;
    uint64_t first_head, nodes[OBJECTS];
    bool has_lists;
};

static void link_nodes(struct world *world, uint64_t one, uint64_t other)
{
    fabricate_poke(&world->fake, one, other);
    fabricate_poke(&world->fake, other + 8, one);
}

/* All objects in the second list; the others are empty. */
static void make_lists(struct world *world)
{
    const struct hog_layout *layout = &world->fake.layout;
    bool of_runtime = hog_layout_has(layout, HOG_F_runtime_gc_generations);
    uint64_t size = layout->offset[HOG_F_gcgeneration_SIZE], before;

    world->has_lists = of_runtime || hog_layout_has(layout, HOG_F_interp_gc_generations);
    if (!world->has_lists)
        return;
    world->first_head = of_runtime ? world->fake.runtime + layout->offset[HOG_F_runtime_gc_generations]
                                   : world->fake.interpreter + layout->offset[HOG_F_interp_gc_generations];
    for (uint64_t i = 0; i < 3; i++)
        link_nodes(world, world->first_head + i * size, world->first_head + i * size);
    before = of_runtime ? world->fake.runtime + layout->offset[HOG_F_runtime_gc_permanent]
                        : world->fake.interpreter + layout->offset[HOG_F_interp_gc_permanent];
    link_nodes(world, before, before);
    before = world->first_head + size;
    for (int i = 0; i < OBJECTS; i++) {
        world->nodes[i] = world->fake.runtime + (world->fake.used + 15) / 16 * 16;
        world->fake.used = (size_t)(world->nodes[i] - world->fake.runtime) + NODE;
        link_nodes(world, before, world->nodes[i]);
        before = world->nodes[i];
    }
    link_nodes(world, before, world->first_head + size);
}

static void world_init(struct world *world, size_t version)
{
    const struct hog_values_options options = {0};

    *world = (struct world){.has_lists = false};
    fabricate_init(&world->fake, version_name(version));
    make_lists(world);
    world->segment = (struct fake_segment){world->fake.runtime, world->fake.bytes, FABRICATED_SIZE};
    hog_process_init_remote(&world->process, 1, fake_memory_create(&world->segment, 1, FAKE_WHOLE_PAGES));
    world->location.python.layout = world->fake.layout;
    hog_arena_init(&world->arena, (size_t)1 << 20);
    world->values =
        hog_values_create(&world->process, &world->location, world->process.memory, &world->arena, &options);
    assert_non_null(world->values);
}

static void world_deinit(struct world *world)
{
    hog_values_destroy(world->values);
    hog_arena_deinit(&world->arena);
    hog_process_deinit(&world->process);
    fabricate_deinit(&world->fake);
}

/* How many objects there are; `ret_broken`: does it say that some are missing? */
static unsigned count(struct world *world, bool *ret_broken)
{
    struct hog_heap_walk walk;
    uint64_t object;
    unsigned objects = 0;

    assert_int_equal(
        hog_heap_walk_start(world->values, world->fake.runtime, world->fake.interpreter, AT_MOST, &walk),
        HOG_OK);
    while (hog_heap_walk_next(world->values, &walk, &object)) {
        objects++;
        assert_in_range(objects, 0, AT_MOST);
    }
    *ret_broken = walk.is_damaged || walk.is_cut;
    return objects;
}

static void every_object_is_met_once(void **state)
{
    (void)state;
    for (size_t version = 0; version < version_count(); version++) {
        struct world world;
        struct hog_heap_walk walk;
        uint64_t object, before;
        int met = 0;

        world_init(&world, version);
        if (world.has_lists) {
            before = world.fake.layout.offset[HOG_F_gchead_SIZE];
            assert_int_equal(
                hog_heap_walk_start(world.values, world.fake.runtime, world.fake.interpreter, AT_MOST, &walk),
                HOG_OK);
            while (hog_heap_walk_next(world.values, &walk, &object))
                assert_int_equal(object, world.nodes[met++] + before);
            assert_int_equal(met, OBJECTS);
            assert_false(walk.is_damaged || walk.is_cut);
        }
        world_deinit(&world);
    }
}

static void a_damaged_list_ends_and_says_so(void **state)
{
    static const uint64_t wrong[] = {0, 4, 1, UINT64_MAX, 0x10, UINT64_C(0x7fffffffffff0000)};

    (void)state;
    for (size_t version = 0; version < version_count(); version++) {
        struct world world;
        bool broken;

        world_init(&world, version);
        for (size_t i = 0; world.has_lists && i < sizeof wrong / sizeof *wrong; i++) {
            fabricate_poke(&world.fake, world.nodes[2], wrong[i]);
            assert_in_range(count(&world, &broken), 3, 4);
            assert_true(broken);
        }
        if (world.has_lists) {
            fabricate_poke(&world.fake, world.nodes[2], world.nodes[1]); /* a circle without the head */
            assert_in_range(count(&world, &broken), 3, 2 * OBJECTS);
            assert_true(broken);
        }
        world_deinit(&world);
    }
}

static void a_build_without_lists_has_none(void **state)
{
    struct world world;
    struct hog_heap_walk walk;

    (void)state;
    world_init(&world, version_count() - 1);
    world.location.python.layout.build.free_threaded = true;
    assert_int_equal(
        hog_heap_walk_start(world.values, world.fake.runtime, world.fake.interpreter, AT_MOST, &walk),
        HOG_UNSUPPORTED);
    world_deinit(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_object_is_met_once),
        cmocka_unit_test(a_damaged_list_ends_and_says_so),
        cmocka_unit_test(a_build_without_lists_has_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
