/*
 * Chains of frames that begin or end where they should not, on fabricated interpreters of every version: what is
 * whole is shown, what is not is said.
 */

#include "support/fabricate.h"
#include "support/test.h"
#include "support/versions.h"

#include <string.h>

enum { STALE = 0x1, FRAME_WITHIN_OBJECT = 104 /* of Nuitka 4 with CPython 3.11 */ };

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

static bool has_records(const struct fabrication *fake)
{
    return fake->layout.traits.frame_chain == HOG_FRAMES_CFRAME;
}

static bool has_entries(const struct fabrication *fake)
{
    return fake->layout.traits.frame_chain != HOG_FRAMES_OBJECTS;
}

/* A thread that runs outer → inner; and the address of its tstate. */
static uint64_t two_frames(struct fabrication *fake, const char *version)
{
    uint64_t tstate;

    fabricate_init(fake, version);
    tstate = fabricate_thread(fake, 0x7000);
    fabricate_frame(fake, fabricate_code(fake, "outer", 10));
    fabricate_frame(fake, fabricate_code(fake, "inner", 20));
    return tstate;
}

/* 3.11, 3.12: _PyEval_EvalFrameDefault links its record into the thread before it fills it. */
static void a_record_that_is_not_filled_yet_is_passed_over(void **state)
{
    static const uint64_t stale[] = {0, STALE, 0x10, UINT64_MAX - 7};

    (void)state;
    for (size_t i = 0; i < version_count(); i++) {
        for (size_t j = 0; j < sizeof stale / sizeof *stale; j++) {
            struct fabrication fake;
            uint64_t tstate = two_frames(&fake, version_name(i)), record;

            if (!has_records(&fake)) {
                fabricate_deinit(&fake);
                continue;
            }
            record = fabricate_record(&fake, tstate);
            fabricate_poke(&fake, fabricate_field(&fake, record, HOG_F_cframe_current_frame), stale[j]);
            struct hog_snapshot *snapshot = decoded(&fake);

            assert_true(snapshot->complete);
            assert_null(snapshot->threads[0].stopped_because);
            assert_int_equal(snapshot->threads[0].frame_count, 2);
            assert_string_equal(snapshot->threads[0].frames[0].code->name, "inner");
            done(&fake, snapshot);
        }
    }
}

/* The record's memory is not in the core, and reads as nothing. */
static void a_record_of_zeroes_is_no_thread_without_frames(void **state)
{
    (void)state;
    for (size_t i = 0; i < version_count(); i++) {
        struct fabrication fake;
        uint64_t tstate = two_frames(&fake, version_name(i)), record;

        if (!has_records(&fake)) {
            fabricate_deinit(&fake);
            continue;
        }
        record = fabricate_record(&fake, tstate);
        fabricate_poke(&fake, fabricate_field(&fake, record, HOG_F_cframe_current_frame), 0);
        fabricate_poke(&fake, fabricate_field(&fake, record, HOG_F_cframe_previous), 0);
        struct hog_snapshot *snapshot = decoded(&fake);

        assert_false(snapshot->complete);
        assert_string_equal(snapshot->threads[0].stopped_because,
                            "the thread's current frame could not be read");
        done(&fake, snapshot);
    }
}

/* Whoever runs Python came from C once: a chain that ends without a call from C was cut. */
static void a_chain_that_ends_early_says_so(void **state)
{
    (void)state;
    for (size_t i = 0; i < version_count(); i++) {
        struct fabrication fake;

        two_frames(&fake, version_name(i));
        if (has_entries(&fake)) {
            fabricate_poke(&fake, fabricate_field(&fake, fake.newest_frame, HOG_F_iframe_previous), 0);
            struct hog_snapshot *snapshot = decoded(&fake);

            assert_false(snapshot->complete);
            assert_int_equal(snapshot->threads[0].frame_count, 1);
            assert_non_null(strstr(snapshot->threads[0].stopped_because, "older frames are missing"));
            hog_snapshot_destroy(snapshot);
        }
        fabricate_deinit(&fake);
    }
}

static void a_frame_without_an_owner_is_no_mark(void **state)
{
    (void)state;
    for (size_t i = 0; i < version_count(); i++) {
        struct fabrication fake;

        two_frames(&fake, version_name(i));
        if (has_entries(&fake)) {
            uint64_t at = fabricate_field(&fake, fake.newest_frame, HOG_F_iframe_owner);

            fabricate_poke_byte(&fake, at, 77);
            struct hog_snapshot *snapshot = decoded(&fake);

            assert_false(snapshot->complete);
            assert_non_null(strstr(snapshot->threads[0].stopped_because, "has an owner that does not exist"));
            hog_snapshot_destroy(snapshot);
        }
        fabricate_deinit(&fake);
    }
}

/* tstate.current_frame is zeroed, but the data stack is not empty; to 3.10 the depth of recursion tells. */
static void a_thread_that_lost_its_frames_says_so(void **state)
{
    (void)state;
    for (size_t i = 0; i < version_count(); i++) {
        struct fabrication fake;
        uint64_t tstate, chunk;

        fabricate_init(&fake, version_name(i));
        tstate = fabricate_thread(&fake, 0x7000);
        if (!has_entries(&fake)) {
            fabricate_poke(&fake, fabricate_field(&fake, tstate, HOG_F_tstate_recursion_depth), 5);
        } else {
            chunk = fabricate_text(&fake, "");
            fabricate_poke(&fake, chunk, 0);
            fabricate_poke(&fake, fabricate_field(&fake, tstate, HOG_F_tstate_datastack_chunk), chunk);
            fabricate_poke(&fake, fabricate_field(&fake, tstate, HOG_F_tstate_datastack_top),
                           chunk + 24 + 64);
        }
        if (has_records(&fake))
            fabricate_poke(&fake, fabricate_field(&fake, tstate, HOG_F_tstate_cframe), tstate + 512);
        struct hog_snapshot *snapshot = decoded(&fake);

        assert_false(snapshot->complete);
        assert_string_equal(snapshot->threads[0].stopped_because,
                            "the thread has called Python functions, but its current frame is missing");
        done(&fake, snapshot);
    }
}

/* Nuitka, Cython, pybind11: frames that nothing runs, with a line in their frame object. */
static void a_line_that_was_set_is_shown(void **state)
{
    (void)state;
    for (size_t i = 0; i < version_count(); i++) {
        struct fabrication fake;
        uint64_t object = 0;

        two_frames(&fake, version_name(i));
        if (has_entries(&fake)) {
            object = fabricate_text(&fake, "");
            fabricate_poke(&fake, fabricate_field(&fake, object, HOG_F_frameobject_f_frame),
                           fake.newest_frame);
            fabricate_poke(&fake, fabricate_field(&fake, object, HOG_F_frameobject_f_lineno), 4711);
            fabricate_poke(&fake, fabricate_field(&fake, fake.newest_frame, HOG_F_iframe_frame_obj), object);
        } else {
            fabricate_poke_u32(&fake, fabricate_field(&fake, fake.newest_frame, HOG_F_frame_f_lineno), 4711);
        }
        if (hog_layout_has(&fake.layout, HOG_F_frame_f_trace)) { /* of one that nothing has run */
            fabricate_poke_u32(&fake, fabricate_field(&fake, fake.newest_frame, HOG_F_frame_f_lasti),
                               UINT32_MAX);
            fabricate_poke(&fake, fabricate_field(&fake, fake.newest_frame, HOG_F_frame_f_trace),
                           fake.newest_frame);
        }
        struct hog_snapshot *snapshot = decoded(&fake);

        assert_true(snapshot->complete);
        assert_int_equal(snapshot->threads[0].frames[0].line, 4711);
        assert_int_equal(snapshot->threads[0].frames[1].line, 10);
        done(&fake, snapshot);
    }
}

/* A table that leads to other lines than the first is a compiler's: what runs the code is at one of them. */
static void a_set_line_that_the_code_does_not_have_is_told(void **state)
{
    static const int32_t lines[] = {10, 11, 4711};

    (void)state;
    for (size_t i = 0; i < version_count(); i++) {
        for (size_t j = 0; j < sizeof lines / sizeof *lines; j++) {
            struct fabrication fake;
            uint64_t object = 0, code = 0;
            bool known = lines[j] != 4711;

            fabricate_init(&fake, version_name(i));
            fabricate_thread(&fake, 0x7000);
            code = fabricate_code_of_lines(&fake, "f", 10, 1);
            fabricate_frame(&fake, code);
            if (hog_layout_has(&fake.layout, HOG_F_frame_f_trace)) {
                fabricate_deinit(&fake); /* there only a frame that nothing runs has a line of its own */
                continue;
            }
            if (has_entries(&fake)) {
                object = fabricate_text(&fake, "");
                fabricate_poke(&fake, fabricate_field(&fake, object, HOG_F_frameobject_f_frame),
                               fake.newest_frame);
                fabricate_poke_u32(&fake, fabricate_field(&fake, object, HOG_F_frameobject_f_lineno),
                                   (uint32_t)lines[j]);
                fabricate_poke(&fake, fabricate_field(&fake, fake.newest_frame, HOG_F_iframe_frame_obj),
                               object);
            } else {
                fabricate_poke_u32(&fake, fabricate_field(&fake, fake.newest_frame, HOG_F_frame_f_lineno),
                                   (uint32_t)lines[j]);
            }
            struct hog_snapshot *snapshot = decoded(&fake);

            assert_int_equal(snapshot->complete, known);
            assert_int_equal(snapshot->threads[0].frames[0].line, known ? lines[j] : 10);
            done(&fake, snapshot);
        }
    }
}

/* A line that tracing has left behind in a frame that runs. */
static void a_stale_line_of_tracing_is_not_shown(void **state)
{
    (void)state;
    for (size_t i = 0; i < version_count(); i++) {
        struct fabrication fake;

        two_frames(&fake, version_name(i));
        if (!hog_layout_has(&fake.layout, HOG_F_frame_f_trace)) {
            fabricate_deinit(&fake);
            continue;
        }
        fabricate_poke_u32(&fake, fabricate_field(&fake, fake.newest_frame, HOG_F_frame_f_lineno), 4711);
        fabricate_poke(&fake, fabricate_field(&fake, fake.newest_frame, HOG_F_frame_f_trace),
                       fake.newest_frame);
        struct hog_snapshot *snapshot = decoded(&fake);

        assert_int_equal(snapshot->threads[0].frames[0].line, 20);
        done(&fake, snapshot);
    }
}

/* Nuitka's, from 3.11 on: the frame of a program's module has called nothing from C, and nothing is before it. */
static void a_frame_that_was_made_up_may_be_outermost(void **state)
{
    (void)state;
    for (size_t i = 0; i < version_count(); i++) {
        for (int far = 0; far < 2; far++) {
            struct fabrication fake;
            uint64_t object;

            fabricate_init(&fake, version_name(i));
            fabricate_thread(&fake, 0x7000);
            if (!has_entries(&fake)) {
                fabricate_deinit(&fake);
                continue;
            }
            object = fabricate_text(&fake, "");
            fabricate_frame(&fake, fabricate_code(&fake, "<module>", 10));
            fabricate_poke(&fake, fabricate_field(&fake, fake.newest_frame, HOG_F_iframe_previous), 0);
            if (hog_layout_has(&fake.layout, HOG_F_iframe_is_entry))
                fabricate_poke_byte(&fake, fabricate_field(&fake, fake.newest_frame, HOG_F_iframe_is_entry),
                                    0);
            object = far ? object : fake.newest_frame - FRAME_WITHIN_OBJECT;
            fabricate_poke(&fake, fabricate_field(&fake, object, HOG_F_frameobject_f_frame),
                           fake.newest_frame);
            fabricate_poke_u32(&fake, fabricate_field(&fake, object, HOG_F_frameobject_f_lineno), 4711);
            fabricate_poke(&fake, fabricate_field(&fake, fake.newest_frame, HOG_F_iframe_frame_obj), object);
            struct hog_snapshot *snapshot = decoded(&fake);

            assert_int_equal(snapshot->complete, !far);
            assert_int_equal(snapshot->threads[0].frames[0].line, 4711);
            done(&fake, snapshot);
        }
    }
}

/* Of more frames than are read both ends are kept. */
static void both_ends_of_a_deep_stack_are_kept(void **state)
{
    enum { DEPTH = 1900, LIMIT = 100, OUTERMOST = 1000 };

    (void)state;
    for (size_t i = 0; i < version_count(); i += 3) {
        struct fabrication fake;
        uint64_t code;

        fabricate_init(&fake, version_name(i));
        code = fabricate_code(&fake, "again", 20);
        for (uint64_t thread = 0; thread < 2; thread++) {
            fabricate_thread(&fake, 0x7000 + 0x1000 * thread);
            fabricate_frame(&fake, fabricate_code(&fake, "first", 10));
            for (int n = 0; n < DEPTH; n++)
                fabricate_frame(&fake, code);
        }
        fake.max_frames = LIMIT;
        struct hog_snapshot *snapshot = decoded(&fake);

        assert_false(snapshot->complete);
        assert_int_equal(snapshot->thread_count, 2);
        for (int n = 0; n < 2; n++) {
            const struct hog_thread *thread = snapshot->threads + n;

            assert_int_equal(thread->frame_count, LIMIT + OUTERMOST);
            assert_string_equal(thread->frames[thread->frame_count - 1].code->name, "first");
            assert_int_equal(thread->omitted_at, LIMIT);
            assert_int_equal(thread->omitted, DEPTH + 1 - LIMIT - OUTERMOST);
            assert_string_equal(thread->stopped_because,
                                "801 frames are left out, between the innermost 100 and the outermost 1000: "
                                "--max-depth 1901 reads them");
        }
        done(&fake, snapshot);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_that_is_not_filled_yet_is_passed_over),
        cmocka_unit_test(a_record_of_zeroes_is_no_thread_without_frames),
        cmocka_unit_test(a_chain_that_ends_early_says_so),
        cmocka_unit_test(a_frame_without_an_owner_is_no_mark),
        cmocka_unit_test(a_thread_that_lost_its_frames_says_so),
        cmocka_unit_test(a_line_that_was_set_is_shown),
        cmocka_unit_test(a_set_line_that_the_code_does_not_have_is_told),
        cmocka_unit_test(a_stale_line_of_tracing_is_not_shown),
        cmocka_unit_test(a_frame_that_was_made_up_may_be_outermost),
        cmocka_unit_test(both_ends_of_a_deep_stack_are_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
