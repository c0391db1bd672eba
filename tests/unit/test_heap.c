/* The garbage collector's lists, whole and damaged: every walk of them ends, and says when objects are missing. */

#include "support/fabricated_values.h"
#include "support/test.h"
#include "support/versions.h"
#include "value/heap.h"

enum { NODE = 64, OBJECTS = 5, AT_MOST = 100 };

struct world {
    uint64_t moved; /* bytes between where the table says that the lists are, and where they are */
    struct fabricated_values made;
    uint64_t first_head, nodes[OBJECTS];
    bool has_lists;
};

static void link_nodes(struct world *world, uint64_t one, uint64_t other)
{
    fabricate_poke(&world->made.fake, one, other);
    fabricate_poke(&world->made.fake, other + 8, one);
}

/* All objects in the second list; the others are empty. */
static void make_lists(struct world *world)
{
    const struct hog_layout *layout = &world->made.fake.layout;
    bool of_runtime = hog_layout_has(layout, HOG_F_runtime_gc_generations);
    uint64_t size = layout->offset[HOG_F_gcgeneration_SIZE], before;

    world->has_lists = of_runtime || hog_layout_has(layout, HOG_F_interp_gc_generations);
    if (!world->has_lists)
        return;
    world->first_head = of_runtime
                            ? world->made.fake.runtime + layout->offset[HOG_F_runtime_gc_generations]
                            : world->made.fake.interpreter + layout->offset[HOG_F_interp_gc_generations];
    world->first_head += world->moved;
    for (uint64_t i = 0; i < 3; i++)
        link_nodes(world, world->first_head + i * size, world->first_head + i * size);
    before = of_runtime ? world->made.fake.runtime + layout->offset[HOG_F_runtime_gc_permanent]
                        : world->made.fake.interpreter + layout->offset[HOG_F_interp_gc_permanent];
    link_nodes(world, before, before);
    before = world->first_head + size;
    for (int i = 0; i < OBJECTS; i++) {
        world->nodes[i] = world->made.fake.runtime + (world->made.fake.used + 15) / 16 * 16;
        world->made.fake.used = (size_t)(world->nodes[i] - world->made.fake.runtime) + NODE;
        link_nodes(world, before, world->nodes[i]);
        before = world->nodes[i];
    }
    link_nodes(world, before, world->first_head + size);
}

static void world_init(struct world *world, size_t version)
{
    *world = (struct world){.moved = world->moved};
    fabricated_values_init(&world->made, version, (size_t)1 << 20);
    make_lists(world);
}

static void world_deinit(struct world *world)
{
    fabricated_values_deinit(&world->made);
}

/* How many objects there are; `ret_broken`: does it say that some are missing? */
static unsigned count(struct world *world, bool *ret_broken)
{
    struct hog_heap_walk walk;
    uint64_t object;
    unsigned objects = 0;

    assert_int_equal(hog_heap_walk_start(world->made.values, world->made.fake.runtime,
                                         world->made.fake.interpreter, AT_MOST, &walk),
                     HOG_OK);
    while (hog_heap_walk_next(world->made.values, &walk, &object)) {
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
        struct world world = {0};
        struct hog_heap_walk walk;
        uint64_t object, before;
        int met = 0;

        world_init(&world, version);
        if (world.has_lists) {
            before = world.made.fake.layout.offset[HOG_F_gchead_SIZE];
            assert_int_equal(hog_heap_walk_start(world.made.values, world.made.fake.runtime,
                                                 world.made.fake.interpreter, AT_MOST, &walk),
                             HOG_OK);
            while (hog_heap_walk_next(world.made.values, &walk, &object))
                assert_int_equal(object, world.nodes[met++] + before);
            assert_int_equal(met, OBJECTS);
            assert_false(walk.is_damaged || walk.is_cut);
        }
        world_deinit(&world);
    }
}

/* Releases of one version have them four bytes nearer, or further. */
static void lists_that_lie_beside_their_place(void **state)
{
    static const uint64_t beside[] = {4, -(uint64_t)4};

    (void)state;
    for (size_t version = 0; version < version_count(); version++)
        for (size_t i = 0; i < 2; i++) {
            struct world world = {.moved = beside[i]};
            bool broken;

            world_init(&world, version);
            if (world.has_lists) {
                assert_int_equal(count(&world, &broken), OBJECTS);
                assert_false(broken);
            }
            world_deinit(&world);
        }
}

static void a_damaged_list_ends_and_says_so(void **state)
{
    static const uint64_t wrong[] = {0, 4, 1, UINT64_MAX, 0x10, UINT64_C(0x7fffffffffff0000)};

    (void)state;
    for (size_t version = 0; version < version_count(); version++) {
        struct world world = {0};
        bool broken;

        world_init(&world, version);
        for (size_t i = 0; world.has_lists && i < sizeof wrong / sizeof *wrong; i++) {
            fabricate_poke(&world.made.fake, world.nodes[2], wrong[i]);
            assert_in_range(count(&world, &broken), 3, 4);
            assert_true(broken);
        }
        if (world.has_lists) {
            fabricate_poke(&world.made.fake, world.nodes[2], world.nodes[1]); /* a circle without the head */
            assert_in_range(count(&world, &broken), 3, 2 * OBJECTS);
            assert_true(broken);
        }
        world_deinit(&world);
    }
}

static void a_build_without_lists_has_none(void **state)
{
    struct world world = {0};
    struct hog_heap_walk walk;

    (void)state;
    world_init(&world, version_count() - 1);
    world.made.location.python.layout.build.free_threaded = true;
    assert_int_equal(hog_heap_walk_start(world.made.values, world.made.fake.runtime,
                                         world.made.fake.interpreter, AT_MOST, &walk),
                     HOG_UNSUPPORTED);
    world_deinit(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_object_is_met_once),
        cmocka_unit_test(lists_that_lie_beside_their_place),
        cmocka_unit_test(a_damaged_list_ends_and_says_so),
        cmocka_unit_test(a_build_without_lists_has_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
