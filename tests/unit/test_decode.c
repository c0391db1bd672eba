/* The decoder on fabricated interpreters of every version: what it reads, and what it says of damage. */

#include "support/fabricate.h"
#include "support/test.h"
#include "support/versions.h"

#include <string.h>

static enum hog_field back_field(const struct fabrication *fake)
{
    return fake->layout.traits.frame_chain == HOG_FRAMES_OBJECTS ? HOG_F_frame_f_back : HOG_F_iframe_previous;
}

static enum hog_field code_field(const struct fabrication *fake)
{
    return fake->layout.traits.frame_chain == HOG_FRAMES_OBJECTS ? HOG_F_frame_f_code
                                                                 : HOG_F_iframe_f_executable;
}

/* One thread, outer → inner; both lie in one code object each. */
static void two_frames(struct fabrication *fake, const char *version, uint64_t *ret_outer,
                       uint64_t *ret_inner)
{
    fabricate_init(fake, version);
    fabricate_thread(fake, 0x7000);
    *ret_outer = fabricate_frame(fake, fabricate_code(fake, "outer", 10));
    *ret_inner = fabricate_frame(fake, fabricate_code(fake, "inner", 20));
}

/* One thread with one frame, of the code object that is given back. Returns the frame. */
static uint64_t one_frame(struct fabrication *fake, const char *version, uint64_t *ret_code)
{
    fabricate_init(fake, version);
    fabricate_thread(fake, 0x7000);
    *ret_code = fabricate_code(fake, "only", 10);
    return fabricate_frame(fake, *ret_code);
}

static struct hog_snapshot *decoded(struct fabrication *fake)
{
    enum hog_status status;
    struct hog_snapshot *snapshot = fabricate_decode(fake, &status);

    assert_int_equal(status, HOG_OK);
    assert_non_null(snapshot);
    return snapshot;
}

static void done(struct fabrication *fake, struct hog_snapshot *snapshot)
{
    hog_snapshot_destroy(snapshot);
    fabricate_deinit(fake);
}

static void a_sound_stack_is_read_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < version_count(); i++) {
        struct fabrication fake;
        uint64_t outer, inner;

        two_frames(&fake, version_name(i), &outer, &inner);
        struct hog_snapshot *snapshot = decoded(&fake);

        assert_int_equal(snapshot->thread_count, 1);
        assert_int_equal(snapshot->threads[0].frame_count, 2);
        assert_string_equal(snapshot->threads[0].frames[0].code->name, "inner");
        assert_string_equal(snapshot->threads[0].frames[0].code->short_filename, "up.py");
        assert_int_equal(snapshot->threads[0].frames[0].line, 20);
        assert_int_equal(snapshot->threads[0].frames[1].line, 10);
        assert_true(snapshot->threads[0].frames[1].flags & HOG_FRAME_ENTRY);
        assert_null(snapshot->threads[0].stopped_because);
        assert_true(snapshot->complete);
        done(&fake, snapshot);
    }
}

/* From 3.12 on: where --native finds the frames of C. Each mark is made right before the frame that it was called for. */
static void each_thread_has_its_own_marks(void **state)
{
    (void)state;
    for (size_t i = 0; i < version_count(); i++) {
        struct fabrication fake;
        uint64_t outer[2], inner;

        fabricate_init(&fake, version_name(i));
        fabricate_thread(&fake, 0x7000);
        outer[0] = fabricate_frame(&fake, fabricate_code(&fake, "outer", 10));
        inner = fabricate_frame(&fake, fabricate_code(&fake, "inner", 20));
        fabricate_thread(&fake, 0x8000);
        outer[1] = fabricate_frame(&fake, fabricate_code(&fake, "other", 30));
        struct hog_snapshot *snapshot = decoded(&fake);

        assert_int_equal(snapshot->thread_count, 2);
        for (size_t k = 0; k < 2; k++) {
            const struct hog_thread *thread = &snapshot->threads[k];
            size_t which = thread->thread_id == 0x8000;

            if (!fake.layout.traits.first_marker_owner) {
                assert_int_equal(thread->entry_count, 0);
                continue;
            }
            assert_int_equal(thread->entry_count, 1);
            assert_int_equal(thread->entries[0].frames, which ? 1 : 2);
            assert_in_range(thread->entries[0].marker, which ? inner + 1 : 1, outer[which] - 1);
        }
        done(&fake, snapshot);
    }
}

/* co_firsttraceable, in instructions. What CPython itself calls by is shorter than that by up to 4. */
static void code_that_begins_behind_its_end_is_damaged(void **state)
{
    (void)state;
    for (size_t i = 0; i < version_count(); i++) {
        for (uint32_t behind = 0; behind < 2; behind++) {
            struct fabrication fake;
            uint64_t code, units;

            one_frame(&fake, version_name(i), &code);
            if (hog_layout_has(&fake.layout, HOG_F_code_co_firsttraceable)) {
                memcpy(&units,
                       fake.bytes + (fabricate_field(&fake, code, HOG_F_object_ob_size) - FABRICATED_BASE),
                       8);
                fabricate_poke_u32(&fake, fabricate_field(&fake, code, HOG_F_code_co_firsttraceable),
                                   (uint32_t)units + 4 + behind);
                struct hog_snapshot *snapshot = decoded(&fake);
                bool told = false;

                for (size_t k = 0; k < snapshot->warning_count; k++)
                    told |= strstr(snapshot->warnings[k],
                                   "(only) does not say where it begins: it is damaged") != NULL;
                assert_int_equal(told, behind);
                hog_snapshot_destroy(snapshot);
            }
            fabricate_deinit(&fake);
        }
    }
}

static void a_circle_of_frames_ends_and_says_so(void **state)
{
    (void)state;
    for (size_t i = 0; i < version_count(); i++) {
        struct fabrication fake;
        uint64_t outer, inner;

        two_frames(&fake, version_name(i), &outer, &inner);
        fabricate_poke(&fake, fabricate_field(&fake, outer, back_field(&fake)), inner);
        struct hog_snapshot *snapshot = decoded(&fake);

        assert_false(snapshot->complete);
        assert_non_null(strstr(snapshot->threads[0].stopped_because, "circle"));
        assert_true(snapshot->threads[0].frame_count >= 2);
        assert_string_equal(snapshot->threads[0].frames[0].code->name, "inner");
        done(&fake, snapshot);
    }
}

static void frames_before_a_bad_pointer_are_kept(void **state)
{
    static const uint64_t bad[] = {8, 0xdeadbeefdeadbee8, 0x100000001, UINT64_MAX, 0x00007fffffffffe8};

    (void)state;
    for (size_t i = 0; i < version_count() * 5; i++) {
        struct fabrication fake;
        uint64_t outer, inner;

        two_frames(&fake, version_name(i / 5), &outer, &inner);
        fabricate_poke(&fake, fabricate_field(&fake, inner, back_field(&fake)), bad[i % 5]);
        struct hog_snapshot *snapshot = decoded(&fake);

        assert_false(snapshot->complete);
        assert_int_equal(snapshot->threads[0].frame_count, 1);
        assert_non_null(snapshot->threads[0].stopped_because);
        done(&fake, snapshot);
    }
}

static void a_frame_without_a_code_object_ends_the_stack(void **state)
{
    (void)state;
    for (size_t i = 0; i < version_count(); i++) {
        struct fabrication fake;
        uint64_t outer, inner;

        two_frames(&fake, version_name(i), &outer, &inner);
        fabricate_poke(&fake, fabricate_field(&fake, outer, code_field(&fake)), fake.interpreter);
        struct hog_snapshot *snapshot = decoded(&fake);

        assert_int_equal(snapshot->threads[0].frame_count, 1);
        assert_non_null(strstr(snapshot->threads[0].stopped_because, "no code object"));
        done(&fake, snapshot);
    }
}

static void absurd_lengths_are_unknown_not_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < version_count(); i++) {
        struct fabrication fake;
        uint64_t code, name;

        one_frame(&fake, version_name(i), &code);
        name = fabricate_text(&fake, "long");
        fabricate_poke(&fake, fabricate_field(&fake, name, HOG_F_unicode_length), UINT64_MAX);
        fabricate_poke(&fake, fabricate_field(&fake, code, HOG_F_code_co_name), name);
        struct hog_snapshot *snapshot = decoded(&fake);

        assert_string_equal(snapshot->threads[0].frames[0].code->name, "?");
        assert_false(snapshot->complete);
        assert_true(snapshot->warning_count >= 1);
        done(&fake, snapshot);
    }
}

static void letters_that_are_none_of_a_str_are_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < version_count(); i++) {
        struct fabrication fake;
        uint64_t code, name;

        one_frame(&fake, version_name(i), &code);
        name = fabricate_text(&fake, "ascii");
        fabricate_poke_byte(&fake, fabricate_field(&fake, name, HOG_F_unicode_ascii_data) + 2, 0xd8);
        fabricate_poke(&fake, fabricate_field(&fake, code, HOG_F_code_co_name), name);
        struct hog_snapshot *snapshot = decoded(&fake);

        assert_string_equal(snapshot->threads[0].frames[0].code->name, "?");
        assert_false(snapshot->complete);
        assert_int_equal(snapshot->warning_count, 1);
        done(&fake, snapshot);
    }
}

/* Of a member whose word was changed, which no pointer leads astray. */
struct implausible {
    enum hog_field field;
    bool of_frame; /* else of its code */
    uint32_t value;
    const char *told;
};

static void what_cannot_be_is_told(void **state)
{
    static const struct implausible cases[] = {
        {HOG_F_code_co_firstlineno, false, 0x80000000, "begins at line -2147483648"},
        {HOG_F_frame_f_globals, true, 0, "has no globals"},
        {HOG_F_iframe_f_globals, true, 0, "has no globals"},
    };

    (void)state;
    for (size_t i = 0; i < version_count(); i++) {
        for (size_t j = 0; j < sizeof cases / sizeof *cases; j++) {
            struct fabrication fake;
            uint64_t code, frame = one_frame(&fake, version_name(i), &code);

            if (!hog_layout_has(&fake.layout, cases[j].field)) {
                fabricate_deinit(&fake);
                continue;
            }
            fabricate_poke_u32(&fake,
                               fabricate_field(&fake, cases[j].of_frame ? frame : code, cases[j].field),
                               cases[j].value);
            if (cases[j].of_frame) /* a pointer */
                fabricate_poke_u32(&fake, fabricate_field(&fake, frame, cases[j].field) + 4, cases[j].value);
            struct hog_snapshot *snapshot = decoded(&fake);

            assert_false(snapshot->complete);
            assert_int_equal(snapshot->warning_count, 1);
            assert_non_null(strstr(snapshot->warnings[0], cases[j].told));
            done(&fake, snapshot);
        }
    }
}

/* f_lasti, to 3.10, and the length of the code that it lies in. */
static void an_instruction_beyond_its_code_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < version_count(); i++) {
        struct fabrication fake;
        uint64_t code, frame = one_frame(&fake, version_name(i), &code);

        if (hog_layout_has(&fake.layout, HOG_F_frame_f_lasti)) {
            fabricate_poke_u32(&fake, fabricate_field(&fake, frame, HOG_F_frame_f_lasti), 4000);
            struct hog_snapshot *snapshot = decoded(&fake);

            assert_false(snapshot->complete);
            assert_non_null(strstr(snapshot->warnings[0], "does not point into its code"));
            assert_int_equal(snapshot->threads[0].frames[0].line, 0);
            hog_snapshot_destroy(snapshot);
        }
        fabricate_deinit(&fake);
    }
}

static void a_circle_of_threads_ends_and_says_so(void **state)
{
    (void)state;
    for (size_t i = 0; i < version_count(); i++) {
        struct fabrication fake;
        uint64_t older, newer;

        fabricate_init(&fake, version_name(i));
        older = fabricate_thread(&fake, 0x7000);
        newer = fabricate_thread(&fake, 0x7008);
        fabricate_poke(&fake, fabricate_field(&fake, older, HOG_F_tstate_next), newer);
        struct hog_snapshot *snapshot = decoded(&fake);

        assert_int_equal(snapshot->thread_count, 2);
        assert_int_equal(snapshot->threads[0].thread_id, 0x7000);
        assert_false(snapshot->complete);
        done(&fake, snapshot);
    }
}

/* Each with all three threads that the list leads to, and a warning. */
static void a_list_of_threads_that_does_not_lead_back_is_not_complete(void **state)
{
    enum { OF_THE_FIRST, OF_AN_INNER_ONE, TO_ONE_THAT_WAS_FREED, LINKS };

    (void)state;
    for (size_t i = 0; i < version_count() * LINKS; i++) {
        struct fabrication fake;
        uint64_t oldest, inner, freed, first;

        fabricate_init(&fake, version_name(i / LINKS));
        oldest = fabricate_thread(&fake, 0x7000);
        freed = fabricate_thread(&fake, 0x7008);
        inner = fabricate_thread(&fake, 0x7010);
        first = fabricate_thread(&fake, 0x7018);
        fabricate_poke(&fake, fabricate_field(&fake, inner, HOG_F_tstate_next), oldest);
        fabricate_poke(&fake, fabricate_field(&fake, oldest, HOG_F_tstate_prev), inner);
        struct hog_snapshot *snapshot = decoded(&fake);

        assert_true(snapshot->complete);
        hog_snapshot_destroy(snapshot);
        if (i % LINKS == OF_THE_FIRST)
            fabricate_poke(&fake, fabricate_field(&fake, first, HOG_F_tstate_prev), inner);
        else if (i % LINKS == OF_AN_INNER_ONE)
            fabricate_poke(&fake, fabricate_field(&fake, inner, HOG_F_tstate_prev), oldest);
        else
            fabricate_poke(&fake, fabricate_field(&fake, first, HOG_F_tstate_next), freed);
        snapshot = decoded(&fake);
        assert_int_equal(snapshot->thread_count, 3);
        assert_false(snapshot->complete);
        assert_non_null(strstr(snapshot->warnings[0], "does not lead back"));
        done(&fake, snapshot);
    }
}

static void deep_recursion_is_read_to_the_bottom(void **state)
{
    enum { DEPTH = 3000 };

    (void)state;
    for (size_t i = 0; i < version_count(); i++) {
        struct fabrication fake;
        uint64_t code;

        fabricate_init(&fake, version_name(i));
        fabricate_thread(&fake, 0x7000);
        code = fabricate_code(&fake, "again", 1);
        for (int n = 0; n < DEPTH; n++)
            fabricate_frame(&fake, code);
        struct hog_snapshot *snapshot = decoded(&fake);

        assert_int_equal(snapshot->threads[0].frame_count, DEPTH);
        assert_true(snapshot->complete);
        done(&fake, snapshot);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sound_stack_is_read_whole),
        cmocka_unit_test(each_thread_has_its_own_marks),
        cmocka_unit_test(code_that_begins_behind_its_end_is_damaged),
        cmocka_unit_test(a_circle_of_frames_ends_and_says_so),
        cmocka_unit_test(frames_before_a_bad_pointer_are_kept),
        cmocka_unit_test(a_frame_without_a_code_object_ends_the_stack),
        cmocka_unit_test(absurd_lengths_are_unknown_not_read),
        cmocka_unit_test(letters_that_are_none_of_a_str_are_told),
        cmocka_unit_test(what_cannot_be_is_told),
        cmocka_unit_test(an_instruction_beyond_its_code_is_told),
        cmocka_unit_test(a_circle_of_threads_ends_and_says_so),
        cmocka_unit_test(a_list_of_threads_that_does_not_lead_back_is_not_complete),
        cmocka_unit_test(deep_recursion_is_read_to_the_bottom),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
