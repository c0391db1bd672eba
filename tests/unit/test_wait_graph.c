/*
 * Who is stuck, and in which cycles: graphs by hand, and random ones against a
 * search that is too slow to be wrong.
 */
#include "wait/graph.h"

#include "support/test.h"
#include "wait/slots.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 12 };

struct world {
    struct hog_wait_thread threads[MOST];
    struct hog_wait_node nodes[MOST];
    uint32_t holders[MOST][MOST];
    struct hog_wait_graph graph;
    struct hog_arena arena;
};

static void world_init(struct world *world, uint32_t threads, uint32_t nodes)
{
    *world = (struct world){.graph = {.thread_count = threads, .node_count = nodes}};
    world->graph.threads = world->threads;
    world->graph.nodes = world->nodes;
    hog_arena_init(&world->arena, 1 << 20);
    for (uint32_t i = 0; i < MOST; i++)
        world->threads[i].node = HOG_WAIT_NONE;
}

static void hold(struct world *world, uint32_t node, uint32_t holder, enum hog_wait_grade grade)
{
    struct hog_wait_node *held = &world->nodes[node];

    held->grade = grade;
    held->holders = world->holders[node];
    world->holders[node][held->holder_count++] = holder;
}

static void judge(struct world *world)
{
    assert_true(hog_wait_graph_judge(&world->graph, &world->arena));
}

static void test_two_locks(void **state)
{
    struct world world;

    (void)state;
    world_init(&world, 3, 2);
    hold(&world, 0, 1, HOG_WAIT_HELD);
    hold(&world, 1, 0, HOG_WAIT_HELD);
    world.threads[0].node = 0;
    world.threads[1].node = 1;
    world.threads[2].node = 1; /* behind the cycle */
    judge(&world);
    assert_int_equal(world.graph.cycle_count, 1);
    assert_int_equal(world.graph.cycles[0].count, 2);
    assert_int_equal(world.graph.cycles[0].threads[0], 0);
    assert_int_equal(world.graph.cycles[0].threads[1], 1);
    assert_false(world.graph.cycles[0].likely);
    assert_int_equal(world.threads[2].state, HOG_WAIT_STUCK);
    assert_false(world.threads[2].in_cycle);
    assert_int_equal(world.nodes[1].waiter_count, 2);
    hog_arena_deinit(&world.arena);
}

static void test_a_limit_opens_the_ring(void **state)
{
    struct world world;

    (void)state;
    world_init(&world, 2, 2);
    hold(&world, 0, 1, HOG_WAIT_HELD);
    hold(&world, 1, 0, HOG_WAIT_HELD);
    world.threads[0].node = 0;
    world.threads[1] = (struct hog_wait_thread){.node = 1, .has_limit = true};
    judge(&world);
    assert_int_equal(world.graph.cycle_count, 0);
    assert_int_equal(world.threads[0].state, HOG_WAIT_FREE);
    world.threads[1] = (struct hog_wait_thread){.node = 1, .limit_unknown = true};
    judge(&world);
    assert_int_equal(world.graph.cycle_count, 1);
    assert_true(world.graph.cycles[0].likely);
    assert_int_equal(world.threads[0].state, HOG_WAIT_LIKELY_STUCK);
    hog_arena_deinit(&world.arena);
}

static void test_what_is_inferred_proves_nothing(void **state)
{
    struct world world;

    (void)state;
    world_init(&world, 2, 2);
    hold(&world, 0, 1, HOG_WAIT_HELD);
    hold(&world, 1, 0, HOG_WAIT_LIKELY);
    world.threads[0].node = 0;
    world.threads[1].node = 1;
    judge(&world);
    assert_int_equal(world.graph.cycle_count, 1);
    assert_true(world.graph.cycles[0].likely);
    assert_int_equal(world.threads[0].state, HOG_WAIT_LIKELY_STUCK);
    hog_arena_deinit(&world.arena);
}

static void test_a_lock_of_its_own(void **state)
{
    struct world world;

    (void)state;
    world_init(&world, 1, 1);
    hold(&world, 0, 0, HOG_WAIT_HELD);
    world.threads[0].node = 0;
    judge(&world);
    assert_int_equal(world.graph.cycle_count, 1);
    assert_int_equal(world.graph.cycles[0].count, 1);
    hog_arena_deinit(&world.arena);
}

/* Two workers, both wait for work that either of them would have to do; then one of them is free. */
static void test_a_pool_that_waits_for_itself(void **state)
{
    struct world world;

    (void)state;
    world_init(&world, 3, 2);
    for (uint32_t node = 0; node < 2; node++)
        for (uint32_t worker = 0; worker < 2; worker++)
            hold(&world, node, worker, HOG_WAIT_HELD);
    world.threads[0].node = 0;
    world.threads[1].node = 1;
    world.threads[2].node = 1;
    judge(&world);
    assert_int_equal(world.graph.cycle_count, 1);
    assert_int_equal(world.graph.cycles[0].count, 2);
    assert_int_equal(world.threads[2].state, HOG_WAIT_STUCK);
    world.threads[1].node = HOG_WAIT_NONE;
    judge(&world);
    assert_int_equal(world.graph.cycle_count, 0);
    assert_int_equal(world.threads[0].state, HOG_WAIT_FREE);
    hog_arena_deinit(&world.arena);
}

static void test_nobody_alive(void **state)
{
    struct world world;

    (void)state;
    world_init(&world, 4, 4);
    world.nodes[0].grade = HOG_WAIT_NOBODY_ALIVE;
    world.nodes[1] = (struct hog_wait_node){.grade = HOG_WAIT_NOBODY_ALIVE, .inferred = true};
    world.nodes[2] = (struct hog_wait_node){.grade = HOG_WAIT_NOT_RECORDED, .nobody_else = true};
    world.nodes[3] = (struct hog_wait_node){.grade = HOG_WAIT_NOT_RECORDED};
    for (uint32_t i = 0; i < 4; i++)
        world.threads[i].node = i;
    judge(&world);
    assert_int_equal(world.threads[0].state, HOG_WAIT_STUCK);
    assert_int_equal(world.threads[1].state, HOG_WAIT_LIKELY_STUCK);
    assert_int_equal(world.threads[2].state, HOG_WAIT_LIKELY_STUCK);
    assert_int_equal(world.threads[3].state, HOG_WAIT_FREE);
    assert_int_equal(world.graph.cycle_count, 0);
    hog_arena_deinit(&world.arena);
}

/* Numbers that lead nowhere are left out, and prove nothing. */
static void test_damaged(void **state)
{
    struct world world;

    (void)state;
    world_init(&world, 2, 1);
    hold(&world, 0, 77, HOG_WAIT_HELD);
    world.threads[0].node = 0;
    world.threads[1].node = 5;
    judge(&world);
    assert_int_equal(world.threads[0].state, HOG_WAIT_FREE);
    assert_int_equal(world.threads[1].state, HOG_WAIT_FREE);
    assert_int_equal(world.graph.cycle_count, 0);
    hog_arena_deinit(&world.arena);
}

/*
 * Random graphs. A thread can go on if it waits for nothing, or if one of the
 * holders can: tried over and over until nothing changes any more.
 */

static bool goes_on(const struct world *world, uint32_t thread, const bool *free)
{
    const struct hog_wait_thread *waiter = &world->threads[thread];
    const struct hog_wait_node *node;

    if (waiter->node == HOG_WAIT_NONE || waiter->has_limit)
        return true;
    node = &world->nodes[waiter->node];
    if (node->grade == HOG_WAIT_NOT_RECORDED)
        return true;
    for (uint32_t i = 0; i < node->holder_count; i++)
        if (free[node->holders[i]])
            return true;
    return false;
}

static void fill(struct world *world, unsigned *seed)
{
    assert(world->graph.thread_count > 0 && world->graph.node_count > 0);
    for (uint32_t i = 0; i < world->graph.node_count; i++) {
        world->nodes[i].grade = HOG_WAIT_NOT_RECORDED;
        for (int count = rand_r(seed) % 3; count > 0; count--)
            hold(world, i, (uint32_t)rand_r(seed) % world->graph.thread_count, HOG_WAIT_HELD);
    }
    for (uint32_t i = 0; i < world->graph.thread_count; i++) {
        world->threads[i].has_limit = rand_r(seed) % 8 == 0;
        if (rand_r(seed) % 6)
            world->threads[i].node = (uint32_t)rand_r(seed) % world->graph.node_count;
    }
}

static void test_random_graphs(void **state)
{
    unsigned seed = 1;

    (void)state;
    for (int round = 0; round < 20000; round++) {
        bool free[MOST] = {false};
        struct world world;

        world_init(&world, 1 + (uint32_t)rand_r(&seed) % MOST, 1 + (uint32_t)rand_r(&seed) % MOST);
        fill(&world, &seed);
        for (uint32_t i = 0; i < MOST; i++)
            for (uint32_t k = 0; k < world.graph.thread_count; k++)
                free[k] = free[k] || goes_on(&world, k, free);
        judge(&world);
        for (uint32_t i = 0; i < world.graph.thread_count; i++)
            assert_int_equal(world.threads[i].state, free[i] ? HOG_WAIT_FREE : HOG_WAIT_STUCK);
        for (uint32_t i = 0; i < world.graph.cycle_count; i++)
            for (uint32_t k = 0; k < world.graph.cycles[i].count; k++)
                assert_false(free[world.graph.cycles[i].threads[k]]);
        hog_arena_deinit(&world.arena);
    }
}

/* co_exceptiontable of 3.12 for `with a:` around `with b:`, rows as python3.12 wrote them. */
static void test_exception_table(void **state)
{
    static const unsigned char table[] = {
        0x80 | 8,  12,       41, 1 << 1 | 1, /* start, size, target, depth and lasti */
        0x80 | 20, 0x40 | 1, 6,  33,         3 << 1};

    (void)state;
    assert_int_equal(exception_table_depth(table, sizeof table, 7), 0);
    assert_int_equal(exception_table_depth(table, sizeof table, 8), 1);
    assert_int_equal(exception_table_depth(table, sizeof table, 19), 1);
    assert_int_equal(exception_table_depth(table, sizeof table, 20), 3);
    assert_int_equal(exception_table_depth(table, sizeof table, 20 + 69), 3);
    assert_int_equal(exception_table_depth(table, sizeof table, 20 + 70), 0);
    for (size_t length = 0; length < sizeof table; length++) /* one that is cut off */
        assert_in_range(exception_table_depth(table, length, 50), 0, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_locks),
        cmocka_unit_test(test_a_limit_opens_the_ring),
        cmocka_unit_test(test_what_is_inferred_proves_nothing),
        cmocka_unit_test(test_a_lock_of_its_own),
        cmocka_unit_test(test_a_pool_that_waits_for_itself),
        cmocka_unit_test(test_nobody_alive),
        cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_random_graphs),
        cmocka_unit_test(test_exception_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
