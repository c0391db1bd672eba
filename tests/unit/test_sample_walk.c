/* The sampler's walk over frame chains of every version, whole and damaged, against fabricated interpreters.
 */

#include "sample/walk.h"
#include "support/fabricate.h"
#include "support/fake_memory.h"
#include "support/test.h"
#include "support/versions.h"

#include <string.h>

enum { DEPTH = 200 };

struct chain {
    struct fabrication fake;
    struct fake_segment segment;
    struct hog_memory *memory;
    struct page_view view;
    struct page_forecast forecast;
    struct walk walk;
    struct walk_plan plan;
    uint64_t tstate, outer, inner;
    uint64_t frames[DEPTH]; /* outermost first */
};

static bool marks_entries(const struct chain *chain)
{
    return chain->fake.layout.traits.first_marker_owner != 0;
}

static void poke_byte(struct chain *chain, uint64_t address, unsigned char byte)
{
    chain->fake.bytes[address - chain->fake.runtime] = byte;
}

/* What lies outermost: a mark of an entry from C, or a frame that says that it is one. */
static void make_outermost(struct chain *chain)
{
    struct fabrication *fake = &chain->fake;
    uint64_t frame;

    if (!marks_entries(chain) && !hog_layout_has(&fake->layout, HOG_F_iframe_is_entry))
        return;
    if (marks_entries(chain)) {
        frame = fabricate_frame(fake, chain->outer);
        poke_byte(chain, fabricate_field(fake, frame, HOG_F_iframe_owner),
                  fake->layout.traits.first_marker_owner);
    }
}

static void chain_init(struct chain *chain, const char *version)
{
    *chain = (struct chain){0};
    fabricate_init(&chain->fake, version);
    chain->tstate = fabricate_thread(&chain->fake, 0x7000);
    chain->outer = fabricate_code(&chain->fake, "outer", 1);
    chain->inner = fabricate_code(&chain->fake, "inner", 2);
    make_outermost(chain);
    for (int i = 0; i < DEPTH; i++)
        chain->frames[i] = fabricate_frame(&chain->fake, i == DEPTH - 1 ? chain->inner : chain->outer);
    if (hog_layout_has(&chain->fake.layout, HOG_F_iframe_is_entry))
        poke_byte(chain, fabricate_field(&chain->fake, chain->frames[0], HOG_F_iframe_is_entry), 1);
    chain->segment = (struct fake_segment){chain->fake.runtime, chain->fake.bytes, FABRICATED_SIZE};
    chain->memory = fake_memory_create(&chain->segment, 1, FAKE_WHOLE_PAGES);
    assert_non_null(chain->memory);
    assert_int_equal(page_view_init(&chain->view), HOG_OK);
    assert_int_equal(walk_init(&chain->walk), HOG_OK);
    assert_int_equal(walk_plan_init(&chain->plan, &chain->fake.layout), HOG_OK);
}

static void chain_deinit(struct chain *chain)
{
    walk_deinit(&chain->walk);
    page_forecast_deinit(&chain->forecast);
    page_view_deinit(&chain->view);
    hog_memory_destroy(chain->memory);
    fabricate_deinit(&chain->fake);
}

static enum walk_result run(struct chain *chain)
{
    enum walk_result result;

    page_view_begin(&chain->view, chain->memory, &chain->forecast);
    result = walk_run(&chain->walk, &chain->plan, &chain->view, chain->tstate);
    page_view_learn(&chain->view, &chain->forecast);
    return result;
}

static enum hog_field back_field(const struct chain *chain)
{
    return chain->plan.chain == HOG_FRAMES_OBJECTS ? HOG_F_frame_f_back : HOG_F_iframe_previous;
}

static void set_back(struct chain *chain, int frame, uint64_t address)
{
    fabricate_poke(&chain->fake, fabricate_field(&chain->fake, chain->frames[frame], back_field(chain)),
                   address);
}

static void for_each_version(void (*test)(struct chain *))
{
    for (size_t i = 0; i < version_count(); i++) {
        struct chain chain;

        chain_init(&chain, version_name(i));
        test(&chain);
        chain_deinit(&chain);
    }
}

static void check_whole(struct chain *chain)
{
    for (int again = 0; again < 2; again++) {
        uint64_t calls = chain->view.calls;

        assert_int_equal(run(chain), WALK_WHOLE);
        assert_int_equal(chain->walk.count, DEPTH);
        assert_int_equal(chain->walk.frames[0].code, chain->inner);
        assert_int_equal(chain->walk.frames[1].code, chain->outer);
        assert_int_equal(chain->walk.frames[DEPTH - 1].code, chain->outer);
        if (again)
            assert_int_equal(chain->view.calls - calls, 1);
    }
}

static void whole_chains_are_read(void **state)
{
    (void)state;
    for_each_version(check_whole);
}

static void check_circle(struct chain *chain)
{
    set_back(chain, 0, chain->frames[DEPTH / 2]);
    assert_int_equal(run(chain), WALK_BROKEN);
    set_back(chain, 0, chain->frames[0]);
    assert_int_equal(run(chain), WALK_BROKEN);
}

static void circles_are_noticed(void **state)
{
    (void)state;
    for_each_version(check_circle);
}

static void check_bad_address(struct chain *chain)
{
    set_back(chain, 7, chain->frames[3] + 4);
    assert_int_equal(run(chain), WALK_BROKEN);
    set_back(chain, 7, 0x10);
    assert_int_equal(run(chain), WALK_UNREADABLE);
}

static void bad_addresses_are_noticed(void **state)
{
    (void)state;
    for_each_version(check_bad_address);
}

/* 3.11+: a chain that ends at a frame that was not called from C is not whole. */
static void check_early_end(struct chain *chain)
{
    set_back(chain, DEPTH / 2, 0);
    assert_int_equal(run(chain), chain->plan.chain == HOG_FRAMES_OBJECTS ? WALK_WHOLE : WALK_BROKEN);
}

static void chains_that_end_early_are_noticed(void **state)
{
    (void)state;
    for_each_version(check_early_end);
}

/* Nuitka's: part of their frame object, outermost without a call from C, their line in the object; to 3.10 in the frame. */
static void check_made_up(struct chain *chain)
{
    enum { FRAME_WITHIN_OBJECT = 104 };
    struct fabrication *fake = &chain->fake;
    bool objects = chain->plan.chain == HOG_FRAMES_OBJECTS;
    uint64_t frame = chain->frames[0], object = objects ? frame : frame - FRAME_WITHIN_OBJECT;
    enum hog_field line = objects ? HOG_F_frame_f_lineno : HOG_F_frameobject_f_lineno;

    set_back(chain, 0, 0);
    fabricate_poke_u32(fake, fabricate_field(fake, object, line), 4711);
    if (hog_layout_has(&fake->layout, HOG_F_iframe_is_entry))
        poke_byte(chain, fabricate_field(fake, frame, HOG_F_iframe_is_entry), 0);
    assert_int_equal(run(chain), objects ? WALK_WHOLE : WALK_BROKEN);
    if (objects)
        fabricate_poke_u32(fake, fabricate_field(fake, frame, HOG_F_frame_f_lasti), UINT32_MAX);
    else
        fabricate_poke(fake, fabricate_field(fake, frame, HOG_F_iframe_frame_obj), object);
    if (hog_layout_has(&fake->layout, HOG_F_frame_f_trace))
        fabricate_poke(fake, fabricate_field(fake, frame, HOG_F_frame_f_trace), frame);
    assert_int_equal(run(chain), WALK_WHOLE);
    assert_int_equal(chain->walk.count, DEPTH);
    assert_int_equal(chain->walk.frames[DEPTH - 1].set_line, 4711);
    assert_int_equal(chain->walk.frames[DEPTH - 2].set_line, 0);
}

static void frames_that_were_made_up_are_taken(void **state)
{
    (void)state;
    for_each_version(check_made_up);
}

static void check_no_frames(struct chain *chain)
{
    enum hog_field head = chain->plan.chain == HOG_FRAMES_OBJECTS  ? HOG_F_tstate_frame
                          : chain->plan.chain == HOG_FRAMES_CFRAME ? HOG_F_tstate_cframe
                                                                   : HOG_F_tstate_current_frame;

    fabricate_poke(&chain->fake, fabricate_field(&chain->fake, chain->tstate, head), 0);
    assert_int_equal(run(chain), WALK_WHOLE);
    assert_int_equal(chain->walk.count, 0);
}

static void a_thread_without_frames_has_none(void **state)
{
    (void)state;
    for_each_version(check_no_frames);
}

/* 3.11, 3.12: a C frame was entered, and its current_frame is still what the C stack held there before. */
static void check_new_cframe(struct chain *chain)
{
    struct fabrication *fake = &chain->fake;
    uint64_t before, entered, current;

    if (chain->plan.chain != HOG_FRAMES_CFRAME)
        return;
    memcpy(&before, fake->bytes + (fabricate_field(fake, chain->tstate, HOG_F_tstate_cframe) - fake->runtime),
           sizeof before);
    entered = fabricate_text(fake, "room for a cframe");
    current = fabricate_field(fake, entered, HOG_F_cframe_current_frame);
    fabricate_poke(fake, fabricate_field(fake, chain->tstate, HOG_F_tstate_cframe), entered);
    fabricate_poke(fake, current + 8, before);
    for (int i = 0; i < 3; i++) {
        fabricate_poke(fake, current, (const uint64_t[]){1, 0x123456788, UINT64_MAX - 7}[i]);
        assert_int_equal(run(chain), WALK_WHOLE);
        assert_int_equal(chain->walk.count, DEPTH);
        assert_int_equal(chain->walk.frames[0].code, chain->inner);
    }
}

static void a_cframe_that_is_not_filled_yet_is_seen_through(void **state)
{
    (void)state;
    for_each_version(check_new_cframe);
}

static void check_room(struct chain *chain)
{
    uint32_t capacity = chain->walk.capacity;

    chain->walk.capacity = DEPTH - 1;
    assert_int_equal(run(chain), WALK_FULL);
    chain->walk.capacity = capacity;
    assert_int_equal(walk_grow(&chain->walk), HOG_OK);
    assert_int_equal(run(chain), WALK_WHOLE);
}

static void too_deep_a_stack_asks_for_room(void **state)
{
    (void)state;
    for_each_version(check_room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_chains_are_read),
        cmocka_unit_test(circles_are_noticed),
        cmocka_unit_test(bad_addresses_are_noticed),
        cmocka_unit_test(chains_that_end_early_are_noticed),
        cmocka_unit_test(frames_that_were_made_up_are_taken),
        cmocka_unit_test(a_thread_without_frames_has_none),
        cmocka_unit_test(a_cframe_that_is_not_filled_yet_is_seen_through),
        cmocka_unit_test(too_deep_a_stack_asks_for_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
