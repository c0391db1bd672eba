/* Code objects that samples met: believed, replaced, proved before they are counted. */

#include "sample/pending.h"
#include "support/fabricate.h"
#include "support/fake_memory.h"
#include "support/test.h"
#include "support/versions.h"

#include <string.h>

struct world {
    struct fabrication fake;
    struct fake_segment segment;
    struct hog_process process;
    struct hog_location location;
    struct hog_profile_builder *builder;
    struct hog_code_reader *reader;
    struct code_table codes;
    struct pending pending;
    struct walk walk;
    struct walk_frame frames[8];
    uint32_t entries[8];
    int32_t lines[8];
    uint64_t code[4];
    uint64_t added, dropped;
    struct hog_profile_frame got[8]; /* the beginning of the stack that was handed over last */
    uint32_t got_depth, got_thread;
};

static uint64_t make_code(struct world *world, const char *name, int32_t line)
{
    struct fabrication *fake = &world->fake;
    uint64_t code = fabricate_code(fake, name, line);

    /* To 3.10 the length is that of a bytes object: any object with an ob_size of 64 will do. */
    if (hog_layout_has(&fake->layout, HOG_F_code_co_code))
        fabricate_poke(
            fake, fabricate_field(fake, code, HOG_F_code_co_code),
            fabricate_text(fake, "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"));
    return code;
}

static void world_init(struct world *world, const char *version)
{
    *world = (struct world){0};
    fabricate_init(&world->fake, version);
    for (int i = 0; i < 4; i++)
        world->code[i] = make_code(world, (const char *[]){"zero", "one", "two", "three"}[i], 10 * i + 10);
    world->segment = (struct fake_segment){world->fake.runtime, world->fake.bytes, FABRICATED_SIZE};
    hog_process_init_remote(&world->process, 1, fake_memory_create(&world->segment, 1, FAKE_WHOLE_PAGES));
    world->location.python = (struct hog_python){.layout = world->fake.layout};
    world->builder = hog_profile_builder_create(64 << 20);
    world->reader = hog_code_reader_create(&world->process, &world->location, world->process.memory);
    assert_non_null(world->builder);
    assert_non_null(world->reader);
    assert_int_equal(codes_init(&world->codes, &world->fake.layout, world->builder), HOG_OK);
    assert_int_equal(pending_init(&world->pending), HOG_OK);
    world->walk.frames = world->frames;
}

static void world_deinit(struct world *world)
{
    pending_deinit(&world->pending);
    codes_deinit(&world->codes);
    hog_code_reader_destroy(world->reader);
    hog_profile_builder_destroy(world->builder);
    hog_process_deinit(&world->process);
    fabricate_deinit(&world->fake);
}

static void add_frame(struct world *world, uint64_t code, int64_t offset)
{
    bool pointer = world->fake.layout.traits.instruction == HOG_INSTRUCTION_POINTER;
    uint64_t start = pointer ? fabricate_field(&world->fake, code, HOG_F_code_co_code_adaptive) : 0;

    world->frames[world->walk.count++] =
        (struct walk_frame){.code = code, .instruction = start + (uint64_t)offset};
}

static bool match(struct world *world, size_t count, const int *codes)
{
    world->walk.count = 0;
    for (size_t i = 0; i < count; i++)
        add_frame(world, world->code[codes[i]], 4);
    return codes_match(&world->codes, world->process.memory, &world->walk, world->entries);
}

static enum codes_result resolve(struct world *world)
{
    enum codes_result result;

    do
        result = codes_resolve(&world->codes, &world->walk, world->entries, true, world->lines);
    while (result == CODES_UNDECODED &&
           codes_decode(&world->codes, world->process.memory, world->reader, &world->walk, world->entries));
    return result;
}

/* A whole sample of these codes, innermost first. */
static void sample(struct world *world, size_t count, const int *codes)
{
    assert_true(match(world, count, codes));
    assert_int_equal(resolve(world), CODES_FOUND);
    pending_add(&world->pending, 0, world->entries, world->lines, world->walk.count, UINT32_MAX);
}

static void sink_add(void *context, uint32_t thread, const struct hog_profile_frame *frames, uint32_t depth,
                     uint32_t weight)
{
    struct world *world = context;

    assert_true(depth > 0);
    assert_int_not_equal(frames[0].function, HOG_NO_FUNCTION);
    world->added += weight;
    world->got_depth = depth;
    world->got_thread = thread;
    for (uint32_t i = 0; i < depth && i < sizeof world->got / sizeof *world->got; i++)
        world->got[i] = frames[i];
}

static void sink_drop(void *context, uint32_t thread, uint32_t weight)
{
    struct world *world = context;

    (void)thread;
    world->dropped += weight;
}

static void hand_over(struct world *world)
{
    const struct pending_sink sink = {.add = sink_add, .drop = sink_drop, .context = world};

    world->added = world->dropped = 0;
    pending_hand_over(&world->pending, &world->codes, world->process.memory, &sink);
}

/* Another code object at the same address. */
static void replace(struct world *world, int code)
{
    fabricate_poke(&world->fake, fabricate_field(&world->fake, world->code[code], HOG_F_code_co_name),
                   fabricate_text(&world->fake, "another"));
}

static void for_each_version(void (*test)(struct world *))
{
    for (size_t i = 0; i < version_count(); i++) {
        struct world world;

        world_init(&world, version_name(i));
        test(&world);
        world_deinit(&world);
    }
}

static void check_lines(struct world *world)
{
    static const int stack[] = {2, 1, 1, 0};

    sample(world, 4, stack);
    assert_int_equal(world->lines[0], 30);
    assert_int_equal(world->lines[1], 20);
    assert_int_equal(world->lines[3], 10);
    assert_int_equal(world->entries[1], world->entries[2]);
    hand_over(world);
    assert_int_equal(world->added, 1);
}

static void functions_and_lines_are_found(void **state)
{
    (void)state;
    for_each_version(check_lines);
}

static void check_outside(struct world *world)
{
    world->walk.count = 0;
    add_frame(world, world->code[0], 64);
    assert_true(codes_match(&world->codes, world->process.memory, &world->walk, world->entries));
    assert_int_equal(resolve(world), CODES_OUTSIDE);
    world->walk.count = 0;
    add_frame(world, world->code[0], -3);
    assert_int_equal(resolve(world), CODES_OUTSIDE);
    world->walk.count = 0;
    add_frame(world, world->code[0], -1);
    assert_int_equal(resolve(world), CODES_FOUND);
}

static void instructions_outside_are_refused(void **state)
{
    (void)state;
    for_each_version(check_outside);
}

/* Nothing runs it: its instruction is of no matter, before its start or beyond its end. */
static void check_set_line(struct world *world)
{
    for (int i = 0; i < 3; i++) {
        world->walk.count = 0;
        add_frame(world, world->code[0], (const int64_t[]){-1, 4, 64}[i]);
        world->frames[0].set_line = 4711;
        assert_true(codes_match(&world->codes, world->process.memory, &world->walk, world->entries));
        assert_int_equal(resolve(world), CODES_FOUND);
        assert_int_equal(world->walk.count, 1);
        assert_int_equal(world->lines[0], 4711);
    }
}

static void a_line_that_was_set_is_taken(void **state)
{
    (void)state;
    for_each_version(check_set_line);
}

/* While an entry is on probation a new owner is seen in the sample itself. */
static void check_replaced_at_once(struct world *world)
{
    static const int stack[] = {1, 0};
    uint32_t before;

    sample(world, 2, stack);
    before = world->entries[0];
    replace(world, 1);
    sample(world, 2, stack);
    assert_int_not_equal(world->entries[0], before);
    assert_true(world->codes.entries[before].replaced);
    hand_over(world);
    assert_int_equal(world->added, 2);
    assert_int_equal(world->dropped, 0);
}

static void a_new_owner_is_seen_at_once(void **state)
{
    (void)state;
    for_each_version(check_replaced_at_once);
}

/* One that is believed is proved before its samples are counted; then its address is never believed again. */
static void check_replaced_late(struct world *world)
{
    static const int stack[] = {1, 0}, other[] = {2, 0};

    for (int i = 0; i < CODE_TRUSTED; i++)
        sample(world, 2, stack);
    hand_over(world);
    assert_int_equal(world->added, CODE_TRUSTED);
    sample(world, 2, stack);
    assert_int_equal(world->codes.look_count, 0);
    sample(world, 2, other);
    replace(world, 1);
    sample(world, 2, stack);
    hand_over(world);
    assert_int_equal(world->dropped, 2);
    assert_int_equal(world->added, 1);
    for (int i = 0; i < 2 * CODE_TRUSTED; i++) {
        sample(world, 2, stack);
        assert_int_equal(world->codes.look_count, 1);
    }
    hand_over(world);
    assert_int_equal(world->added, 2 * CODE_TRUSTED);
}

static void what_was_believed_is_proved(void **state)
{
    (void)state;
    for_each_version(check_replaced_late);
}

static void check_no_code(struct world *world)
{
    static const int stack[] = {0};

    sample(world, 1, stack); /* learns what a code object's type is */
    world->walk.count = 0;
    add_frame(world, world->fake.unicode_type, 4);
    assert_false(codes_match(&world->codes, world->process.memory, &world->walk, world->entries));
    world->walk.count = 0;
    add_frame(world, 0x1000, 4);
    assert_false(codes_match(&world->codes, world->process.memory, &world->walk, world->entries));
    world->walk.count = 1;
    world->frames[0].code = 0;
    assert_false(codes_match(&world->codes, world->process.memory, &world->walk, world->entries));
}

static void what_is_no_code_is_refused(void **state)
{
    (void)state;
    for_each_version(check_no_code);
}

static void equal_stacks_are_one(void **state)
{
    static const int stack[] = {1, 0};
    struct world world;
    uint32_t first, second;

    (void)state;
    world_init(&world, "3.12");
    assert_true(match(&world, 2, stack));
    assert_int_equal(resolve(&world), CODES_FOUND);
    first = pending_add(&world.pending, 0, world.entries, world.lines, 2, UINT32_MAX);
    second = pending_add(&world.pending, 0, world.entries, world.lines, 2, first);
    assert_int_equal(first, second);
    assert_int_not_equal(pending_add(&world.pending, 1, world.entries, world.lines, 2, first), first);
    pending_again(&world.pending, first);
    hand_over(&world);
    assert_int_equal(world.added, 4);
    assert_int_equal(world.pending.stack_count, 0);
    world_deinit(&world);
}

/* Python's functions and C's, with their lines, in the order in which they were met. */
static void a_stack_is_handed_over_as_it_is(void **state)
{
    static const int stack[] = {1, 0};
    static const uint32_t function_of_c = 4711;
    struct world world;

    (void)state;
    world_init(&world, "3.12");
    assert_true(match(&world, 2, stack));
    assert_int_equal(resolve(&world), CODES_FOUND);
    world.entries[2] = PENDING_NATIVE | function_of_c;
    world.lines[2] = 0;
    assert_int_equal(pending_add(&world.pending, 7, world.entries, world.lines, 3, UINT32_MAX), 0);
    hand_over(&world);
    assert_int_equal(world.added, 1);
    assert_int_equal(world.got_thread, 7);
    assert_int_equal(world.got_depth, 3);
    assert_int_equal(world.got[0].function, world.codes.entries[world.entries[0]].function);
    assert_int_equal(world.got[1].function, world.codes.entries[world.entries[1]].function);
    assert_int_not_equal(world.got[0].function, world.got[1].function);
    assert_int_equal(world.got[2].function, function_of_c);
    assert_int_equal(world.got[0].line, 20);
    assert_int_equal(world.got[1].line, 10);
    world_deinit(&world);
}

/* However many are believed: all of them are proved, a part at a time. */
static void all_that_were_believed_are_proved(void **state)
{
    static const int stack[] = {1, 2, 0};

    (void)state;
    for (int replaced = 0; replaced < 3; replaced++) {
        struct world world;

        world_init(&world, "3.12");
        for (int i = 0; i < CODE_TRUSTED; i++)
            sample(&world, 3, stack);
        hand_over(&world);
        world.pending.believed_capacity = 1;
        sample(&world, 3, stack);
        sample(&world, 2, stack + 1);
        replace(&world, replaced);
        hand_over(&world);
        assert_int_equal(world.dropped, replaced == 1 ? 1 : 2);
        assert_int_equal(world.added, replaced == 1 ? 1 : 0);
        sample(&world, 3, stack); /* it is looked at again, and is what it is now */
        hand_over(&world);
        assert_int_equal(world.added, 1);
        world_deinit(&world);
    }
}

/* Python makes a frame before its call begins, and leaves it out of tracebacks until it has (3.11+). */
static void check_not_begun(struct world *world)
{
    enum { UNITS = 3, BEGUN = 2 * UNITS };
    const struct hog_layout *layout = &world->fake.layout;
    struct hog_c_entry entries[] = {{.frames = 0}, {.frames = 1}, {.frames = 2}};

    if (!hog_layout_has(layout, HOG_F_code_co_firsttraceable))
        return;
    fabricate_poke_u32(&world->fake,
                       fabricate_field(&world->fake, world->code[0], HOG_F_code_co_firsttraceable), UNITS);
    for (int offset = BEGUN - 2; offset <= BEGUN; offset += 2) {
        bool begun = offset == BEGUN;

        world->walk.count = 0;
        add_frame(world, world->code[0], offset);
        add_frame(world, world->code[1], 4);
        assert_true(codes_match(&world->codes, world->process.memory, &world->walk, world->entries));
        if (!begun) { /* the calls from C are then so many frames further in */
            world->walk.entries = entries;
            world->walk.entry_count = 3;
        }
        assert_int_equal(resolve(world), CODES_FOUND);
        assert_int_equal(world->walk.count, begun ? 2 : 1);
        assert_int_equal(world->lines[0], begun ? 10 : 20);
        assert_int_equal(world->walk.frames[world->walk.count - 1].code, world->code[1]);
        world->walk.entry_count = 0;
        world->walk.entries = NULL;
    }
    assert_int_equal(entries[0].frames, 0);
    assert_int_equal(entries[1].frames, 0);
    assert_int_equal(entries[2].frames, 1);
    world->walk.count = 0;
    add_frame(world, world->code[0], BEGUN - 2);
    world->frames[0].of_generator = true; /* it is one that has not run yet */
    assert_true(codes_match(&world->codes, world->process.memory, &world->walk, world->entries));
    assert_int_equal(resolve(world), CODES_FOUND);
    assert_int_equal(world->walk.count, 1);
}

static void calls_that_have_not_begun_are_left_out(void **state)
{
    (void)state;
    for_each_version(check_not_begun);
}

/* Free-threaded: a thread runs a copy of the instructions of its own. */
static void copies_of_instructions(void **state)
{
    enum { TABLE_AT = 512, STEP = 5 };
    static const struct {
        uint32_t index;
        uint64_t base, offset;
        enum codes_result result;
        int32_t line;
    } cases[] = {
        {1, 0x700000, 4, CODES_FOUND, 100},   {2, 0x800000, 4, CODES_FOUND, 100},
        {1, 0x700000, 20, CODES_FOUND, 105},  {2, 0x800000, 20, CODES_FOUND, 105},
        {1, 0x800000, 4, CODES_OUTSIDE, 0},   {2, 0x700000, 4, CODES_OUTSIDE, 0},
        {3, 0x700000, 4, CODES_UNDECODED, 0}, {4, 0x700000, 4, CODES_UNDECODED, 0}, /* there are none */
    };
    struct world world;
    uint64_t code, table;

    (void)state;
    world_init(&world, "3.14");
    world.fake.layout.offset[HOG_F_code_co_tlbc] = TABLE_AT;
    world.location.python.layout.offset[HOG_F_code_co_tlbc] = TABLE_AT;
    code = fabricate_code_of_lines(&world.fake, "copied", 100, STEP);
    table = fabricate_text(&world.fake, "room for a table");
    fabricate_poke(&world.fake, code + TABLE_AT, table);
    for (uint64_t i = 0; i < 5; i++) /* their number, the first, … */
        fabricate_poke(&world.fake, table + 8 * i, (const uint64_t[]){4, 0x600000, 0x700000, 0x800000, 0}[i]);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        world.walk.count = 1;
        world.frames[0] = (struct walk_frame){
            .code = code, .instruction = cases[i].base + cases[i].offset, .tlbc_index = cases[i].index};
        assert_true(codes_match(&world.codes, world.process.memory, &world.walk, world.entries));
        assert_int_equal(resolve(&world), cases[i].result);
        if (cases[i].result == CODES_FOUND)
            assert_int_equal(world.lines[0], cases[i].line);
    }
    world_deinit(&world);
}

/* Entries that were replaced are used again, so a program that makes functions for ever needs no memory for
 * it. */
static void churn_takes_no_memory(void **state)
{
    static const int stack[] = {1, 0};
    struct world world;
    uint64_t names[2];

    (void)state;
    world_init(&world, "3.13");
    names[0] = fabricate_text(&world.fake, "odd");
    names[1] = fabricate_text(&world.fake, "even");
    for (int i = 0; i < 3000; i++) {
        fabricate_poke(&world.fake, fabricate_field(&world.fake, world.code[1], HOG_F_code_co_name),
                       names[i % 2]);
        sample(&world, 2, stack);
        if (i % 64 == 0)
            hand_over(&world);
    }
    assert_true(world.codes.count < 256);
    world_deinit(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(functions_and_lines_are_found),
        cmocka_unit_test(instructions_outside_are_refused),
        cmocka_unit_test(a_line_that_was_set_is_taken),
        cmocka_unit_test(a_new_owner_is_seen_at_once),
        cmocka_unit_test(what_was_believed_is_proved),
        cmocka_unit_test(what_is_no_code_is_refused),
        cmocka_unit_test(equal_stacks_are_one),
        cmocka_unit_test(churn_takes_no_memory),
        cmocka_unit_test(a_stack_is_handed_over_as_it_is),
        cmocka_unit_test(all_that_were_believed_are_proved),
        cmocka_unit_test(calls_that_have_not_begun_are_left_out),
        cmocka_unit_test(copies_of_instructions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
