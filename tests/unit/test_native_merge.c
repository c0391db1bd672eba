/* C frames between those of Python: made-up stacks of every kind, and those that must not be merged. */

#include "base/text.h"
#include "native/native.h"
#include "support/test.h"

#include <string.h>

#define PYTHON "/usr/bin/python3"
#define LIBC   "/lib/libc.so.6"
#define EVAL   "_PyEval_EvalFrameDefault"
#define PART   "_PyEval_EvalFrameDefault.part.0"

enum { ROOM = 256 };

/* A frame of the interpreter, or of another library; at a stack pointer, 0: the debugger tells none. */
#define P(name, stack)                                                                                       \
    {                                                                                                        \
        .function = (name), .module = PYTHON, .of_interpreter = true, .stack_pointer = (stack)               \
    }
#define O(name, stack)                                                                                       \
    {                                                                                                        \
        .function = (name), .module = LIBC, .stack_pointer = (stack)                                         \
    }

struct setting {
    const struct hog_native_frame *native;
    size_t native_count;
    size_t frame_count;
    const struct hog_c_entry *entries;
    size_t entry_count;
    bool broken, shared;
};

#define NATIVE(...)                                                                                          \
    .native = (const struct hog_native_frame[]){__VA_ARGS__},                                                \
    .native_count = sizeof((const struct hog_native_frame[]){__VA_ARGS__}) / sizeof(struct hog_native_frame)
#define ENTRIES(...)                                                                                         \
    .entries = (const struct hog_c_entry[]){__VA_ARGS__},                                                    \
    .entry_count = sizeof((const struct hog_c_entry[]){__VA_ARGS__}) / sizeof(struct hog_c_entry)

static enum hog_merge_result merge(const struct setting *setting, struct hog_text *text)
{
    const struct hog_native_stack native = {setting->native, setting->native_count};
    const struct hog_python_stack python = {.frame_count = setting->frame_count,
                                            .entries = setting->entries,
                                            .entry_count = setting->entry_count,
                                            .broken = setting->broken,
                                            .shared = setting->shared};
    struct hog_merged_frame merged[ROOM];
    size_t count = 0;
    enum hog_merge_result result = hog_merge_stacks(&native, &python, merged, &count);

    assert_true(count <= setting->native_count + setting->frame_count);
    hog_text_puts(text, "");
    for (size_t i = 0; i < count; i++) {
        const char *name = merged[i].is_native ? setting->native[merged[i].index].function : NULL;

        hog_text_puts(text, i ? " " : "");
        if (merged[i].is_native)
            hog_text_puts(text, name ? name : "?");
        else
            hog_text_printf(text, "%u", merged[i].index);
    }
    return result;
}

/* `wanted`: names of C, numbers of Python's frames. */
static void check(const struct setting *setting, enum hog_merge_result result, const char *wanted)
{
    struct hog_text text = {0};

    assert_int_equal(merge(setting, &text), result);
    assert_string_equal(text.bytes ? text.bytes : "", wanted);
    hog_text_deinit(&text);
}

/* `wanted`: of each frame of Python the C frame that runs it. */
static void check_runners(const struct setting *setting, const char *wanted)
{
    const struct hog_native_stack native = {setting->native, setting->native_count};
    const struct hog_python_stack python = {.frame_count = setting->frame_count,
                                            .entries = setting->entries,
                                            .entry_count = setting->entry_count,
                                            .broken = setting->broken,
                                            .shared = setting->shared};
    struct hog_merged_frame merged[ROOM];
    struct hog_text text = {0};
    size_t count = 0;
    enum hog_merge_result result = hog_merge_stacks(&native, &python, merged, &count);

    (void)result;
    for (size_t i = 0; i < count; i++)
        if (!merged[i].is_native && merged[i].runner == HOG_RUNNER_UNKNOWN)
            hog_text_puts(&text, "? ");
        else if (!merged[i].is_native)
            hog_text_printf(&text, "%u ", merged[i].runner);
    assert_string_equal(text.bytes ? text.bytes : "", wanted);
    hog_text_deinit(&text);
}

/*
 * Which C frame runs which of Python's.
 */

static void test_runners(void **state)
{
    (void)state;
    check_runners(&(struct setting){NATIVE(P("time_sleep", 0), P(EVAL, 0), P("list_sort", 0), P(EVAL, 0),
                                           P("method_vectorcall", 0), P("thread_run", 0),
                                           P("pythread_wrapper", 0), O("start_thread", 0), O("clone3", 0)),
                                    .frame_count = 5, ENTRIES({2, 0}, {5, 0})},
                  "1 1 3 3 3 ");
    check_runners(&(struct setting){NATIVE(O("poll", 100), P("f", 200), P(EVAL, 300), P("list_sort", 400),
                                           P("inlined", 500), P(EVAL, 500), P("main", 600), P("_start", 700)),
                                    .frame_count = 3, ENTRIES({2, 350}, {3, 550})},
                  "2 2 5 ");
    /* The unwinder came no further than the first: the rest is nowhere. */
    check_runners(&(struct setting){NATIVE(O("poll", 100), P(EVAL, 300), P("list_sort", 400)),
                                    .frame_count = 3, ENTRIES({2, 350}, {3, 550})},
                  "1 1 ? ");
    check_runners(
        &(struct setting){NATIVE(O("poll", 0), P("?", 0), P("_start", 0)), .frame_count = 1, ENTRIES({1, 0})},
        "? ");
}

/*
 * By counting, to 3.11.
 */

static void test_each_frame_has_its_function(void **state)
{
    (void)state;
    check(&(struct setting){NATIVE(O("select", 0), P("time_sleep", 0), P("call_function", 0), P(EVAL, 0),
                                   P("_PyFunction_Vectorcall", 0), P("call_function.lto_priv.0", 0),
                                   P(EVAL ".cold", 0), P("PyObject_CallOneArg", 0), P("list_sort_impl", 0),
                                   P("cfunction_vectorcall_O", 0), P(EVAL, 0), P("PyEval_EvalCode", 0),
                                   P("pymain_run_file", 0), P("Py_BytesMain", 0), P("main", 0),
                                   O("__libc_start_main_impl", 0), P("_start", 0)),
                            .frame_count = 3, ENTRIES({1, 0}, {2, 0}, {3, 0})},
          HOG_MERGED, "select time_sleep 0 1 list_sort_impl 2");
}

static void test_one_function_runs_many_frames(void **state)
{
    (void)state;
    check(&(struct setting){NATIVE(P("time_sleep", 0), P(EVAL, 0), P("list_sort", 0), P(EVAL, 0),
                                   P("method_vectorcall", 0), P("thread_run", 0), P("pythread_wrapper", 0),
                                   O("start_thread", 0), O("clone3", 0)),
                            .frame_count = 5, ENTRIES({2, 0}, {5, 0})},
          HOG_MERGED, "time_sleep 0 1 list_sort 2 3 4");
}

static void test_program_that_embeds_python(void **state)
{
    (void)state;
    check(&(struct setting){NATIVE(P(EVAL, 0), P("PyObject_CallObject", 0), O("call_script", 0), O("main", 0),
                                   O("__libc_start_main", 0), O("_start", 0)),
                            .frame_count = 1, ENTRIES({1, 0})},
          HOG_MERGED, "0 call_script main");
}

static void test_function_entered_just_now(void **state)
{
    (void)state;
    check(&(struct setting){NATIVE(P(EVAL, 0), P("_PyFunction_Vectorcall", 0), P("map_next", 0), P(EVAL, 0),
                                   O("clone", 0)),
                            .frame_count = 1, ENTRIES({1, 0})},
          HOG_MERGED, "map_next 0");
}

static void test_function_in_two_parts_is_one(void **state)
{
    (void)state;
    check(&(struct setting){NATIVE(P("time_sleep", 0), P(PART, 0), P(EVAL, 0), P("map_next", 0), P(EVAL, 0),
                                   O("clone", 0)),
                            .frame_count = 2, ENTRIES({1, 0}, {2, 0})},
          HOG_MERGED, "time_sleep 0 map_next 1");
}

static void test_names_of_other_libraries_are_no_machinery(void **state)
{
    (void)state;
    check(&(struct setting){NATIVE(O("do_call", 0), P(EVAL, 0), O("run_mod", 0), O(EVAL, 0), O("clone", 0)),
                            .frame_count = 1, ENTRIES({1, 0})},
          HOG_MERGED, "do_call 0 run_mod " EVAL);
}

static void test_nameless_neighbours_of_the_interpreter_are_one(void **state)
{
    (void)state;
    check(
        &(struct setting){NATIVE(O(NULL, 0), O(NULL, 0), P(NULL, 0), P(NULL, 0), P("PyObject_Vectorcall", 0),
                                 P(EVAL, 0), P(NULL, 0), P("PyObject_Call", 0), P(NULL, 0), P(EVAL, 0),
                                 P(NULL, 0), P("Py_RunMain", 0), O(NULL, 0), P("_start", 0)),
                          .frame_count = 2, ENTRIES({1, 0}, {2, 0})},
        HOG_MERGED, "? ? ? 0 ? 1");
}

static void test_wrong_count_is_not_merged(void **state)
{
    (void)state;
    /* whole, and one of the three calls is not recognised */
    check(&(struct setting){NATIVE(O("select", 0), P("time_sleep", 0), P(EVAL, 0), P("list_sort", 0),
                                   P("eval_in_disguise", 0), P("map_next", 0), P(EVAL, 0), O("clone", 0)),
                            .frame_count = 3, ENTRIES({1, 0}, {2, 0}, {3, 0})},
          HOG_NOT_MERGED, "select time_sleep 0 1 2");
    /* more calls than Python knows of */
    check(&(struct setting){NATIVE(P("time_sleep", 0), P(EVAL, 0), P("list_sort", 0), P(EVAL, 0), P(EVAL, 0)),
                            .frame_count = 2, ENTRIES({2, 0})},
          HOG_NOT_MERGED, "time_sleep 0 1");
    /* one more, and the innermost is not just being entered */
    check(&(struct setting){NATIVE(P("time_sleep", 0), P(EVAL, 0), P("list_sort", 0), P(EVAL, 0),
                                   O("clone", 0)),
                            .frame_count = 2, ENTRIES({2, 0})},
          HOG_NOT_MERGED, "time_sleep 0 1");
}

/* A greenlet is begun on the C stack of another, whose calls are none of its chain's. */
static void test_greenlets_on_one_stack(void **state)
{
#define G(name) {.function = (name), .module = "/x/greenlet/_greenlet.cpython-311-x86_64-linux-gnu.so"}
    (void)state;
    check(&(struct setting){NATIVE(P("time_sleep", 0), P(EVAL, 0), P("list_sort", 0), P(EVAL, 0), O("run", 0),
                                   G("inner_bootstrap"), G("g_switch"), O("loop", 0), P(EVAL, 0),
                                   P("map_next", 0), P(EVAL, 0), P("main", 0)),
                            .frame_count = 3, ENTRIES({1, 0}, {3, 0})},
          HOG_MERGED, "time_sleep 0 list_sort 1 2 run inner_bootstrap g_switch");
    check(&(struct setting){NATIVE(P("time_sleep", 0), P(EVAL, 0), P("list_sort", 0), P(EVAL, 0), O("run", 0),
                                   G("inner_bootstrap"), P(EVAL, 0), P("main", 0)),
                            .frame_count = 3, ENTRIES({1, 0}, {2, 0}, {3, 0})},
          HOG_MERGED, "time_sleep 0 list_sort 1 run inner_bootstrap 2 main");
    check(&(struct setting){NATIVE(P("time_sleep", 0), P(EVAL, 0), O("run", 0), G("inner_bootstrap"),
                                   P(EVAL, 0), P("map_next", 0), P(EVAL, 0), P("main", 0)),
                            .frame_count = 3, ENTRIES({1, 0}, {3, 0})},
          HOG_NOT_MERGED, "time_sleep 0 1 2");
#undef G
}

static void test_stack_that_ends_early(void **state)
{
    (void)state;
    check(&(struct setting){NATIVE(P("time_sleep", 0), P(EVAL, 0), P("list_sort", 0), P(EVAL, 0)),
                            .frame_count = 3, ENTRIES({1, 0}, {2, 0}, {3, 0})},
          HOG_MERGED_INNER, "time_sleep 0 list_sort 1 2");
    /* the second may be the third, where a function without a name lies before it */
    check(&(struct setting){NATIVE(P("time_sleep", 0), P(EVAL, 0), P(NULL, 0), P(EVAL, 0)), .frame_count = 3,
                            ENTRIES({1, 0}, {2, 0}, {3, 0})},
          HOG_MERGED_INNER, "time_sleep 0 1 2");
    /* nothing above it: it may not be the chain's innermost */
    check(&(struct setting){NATIVE(P(EVAL, 0), P("list_sort", 0), P(EVAL, 0)), .frame_count = 3,
                            ENTRIES({1, 0}, {2, 0}, {3, 0})},
          HOG_MERGED_INNER, "0 1 2");
}

/* Every call of an eval function may be there, and what called the first of them not. */
static void test_stack_without_a_beginning(void **state)
{
    static const struct hog_native_frame whole[] = {P("time_sleep", 0), P(EVAL, 0), O("clone", 0)};
    static const struct hog_native_frame embedded[] = {P(EVAL, 0), P("PyRun_SimpleString", 0), O("serve", 0)};
    static const struct hog_native_frame at_eval[] = {P("time_sleep", 0), P(EVAL, 0)};
    static const struct hog_native_frame nameless[] = {P(EVAL, 0), P(NULL, 0)};

    (void)state;
    assert_false(hog_native_is_cut(&(struct hog_native_stack){whole, 3}));
    assert_false(hog_native_is_cut(&(struct hog_native_stack){embedded, 3}));
    assert_false(hog_native_is_cut(&(struct hog_native_stack){nameless, 2}));
    assert_false(hog_native_is_cut(&(struct hog_native_stack){NULL, 0}));
    assert_true(hog_native_is_cut(&(struct hog_native_stack){at_eval, 2}));
}

static void test_broken_chain(void **state)
{
    (void)state;
    check(&(struct setting){NATIVE(P("time_sleep", 0), P(EVAL, 0), P("list_sort", 0), P(EVAL, 0),
                                   P("map_next", 0), P(EVAL, 0), O("clone", 0)),
                            .frame_count = 2, ENTRIES({1, 0}, {2, 0}), .broken = true},
          HOG_MERGED_INNER, "time_sleep 0 list_sort 1");
}

static void test_two_interpreters_on_one_stack(void **state)
{
    (void)state;
    check(&(struct setting){NATIVE(P(EVAL, 0), P("run_string", 0), P(EVAL, 0), O("clone", 0)),
                            .frame_count = 1, ENTRIES({1, 0}), .shared = true},
          HOG_NOT_MERGED, "0");
}

static void test_nothing_is_known(void **state)
{
    static const struct hog_native_frame made_up[] = {
        {.module = LIBC}, {.module = LIBC}, {.function = "garbage", .module = LIBC}, {.pc = 1}};

    (void)state;
    check(&(struct setting){.frame_count = 2, ENTRIES({2, 0})}, HOG_NOT_MERGED, "0 1");
    check(&(struct setting){.native = made_up, .native_count = 4, .frame_count = 2, ENTRIES({2, 0})},
          HOG_NOT_MERGED, "? 0 1");
    /* an eval function without a name may be anywhere in the interpreter */
    check(&(struct setting){NATIVE(O("select", 0), P("time_sleep", 0), P(NULL, 0), P("list_sort", 0),
                                   P(NULL, 0)),
                            .frame_count = 2, ENTRIES({2, 0})},
          HOG_NOT_MERGED, "select time_sleep 0 1");
}

static void test_no_python_frames(void **state)
{
    (void)state;
    check(&(struct setting){NATIVE(O("futex", 0), P("take_gil", 0), P("PyEval_RestoreThread", 0),
                                   O("clone", 0))},
          HOG_MERGED, "futex take_gil PyEval_RestoreThread clone");
}

/*
 * By marks, from 3.12 on.
 */

static void test_marks_need_no_names(void **state)
{
    (void)state;
    check(&(struct setting){NATIVE(O("futex", 100), P(NULL, 200), P(NULL, 300), P(NULL, 400),
                                   P("map_next", 500), P(NULL, 600), P(NULL, 700), O("clone", 800)),
                            .frame_count = 3, ENTRIES({2, 310}, {3, 610})},
          HOG_MERGED, "futex 0 1 ? map_next 2");
    /* where the function has its name, one without above it is no part of it */
    check(&(struct setting){NATIVE(O("futex", 100), P(NULL, 200), P(EVAL, 300), O("clone", 800)),
                            .frame_count = 2, ENTRIES({2, 310})},
          HOG_MERGED, "futex ? 0 1");
}

static void test_inlined_functions_share_a_frame(void **state)
{
    (void)state;
    /* list_extend is inlined in the eval function, that in the function around it */
    check(&(struct setting){NATIVE(P("map_next", 100), P("list_extend", 200), P(EVAL, 200),
                                   P("builtin_exec", 200), P(EVAL, 300), O("clone", 400)),
                            .frame_count = 2, ENTRIES({1, 210}, {2, 310})},
          HOG_MERGED, "map_next list_extend 0 builtin_exec 1");
}

static void test_function_whose_frames_are_gone(void **state)
{
    (void)state;
    /* __del__ runs while the frame of the function is cleared; and nothing at all runs on top */
    check(&(struct setting){NATIVE(P("sleep", 100), P(EVAL, 200), P("subtype_dealloc", 300), P(EVAL, 400),
                                   P("map_next", 500), P(EVAL, 600), O("clone", 700)),
                            .frame_count = 2, ENTRIES({1, 210}, {1, 410}, {2, 610})},
          HOG_MERGED, "sleep 0 subtype_dealloc map_next 1");
    check(&(struct setting){NATIVE(P("subtype_dealloc", 300), P(EVAL, 400), P("map_next", 500), P(EVAL, 600),
                                   O("clone", 700)),
                            .frame_count = 1, ENTRIES({0, 410}, {1, 610})},
          HOG_MERGED, "subtype_dealloc map_next 0");
}

static void test_mark_that_is_not_on_the_stack(void **state)
{
    (void)state;
    check(&(struct setting){NATIVE(P("sleep", 100), P(EVAL, 200), P("map_next", 300), P(EVAL, 400),
                                   O("clone", 500)),
                            .frame_count = 3, ENTRIES({1, 210}, {2, 9999999}, {3, 410}, {3, 5})},
          HOG_MERGED, "sleep 0 map_next 1 2");
}

static void test_marks_beyond_the_stack(void **state)
{
    (void)state;
    check(&(struct setting){NATIVE(P("sleep", 100), P(EVAL, 200), P("map_next", 300), P("list_extend", 400)),
                            .frame_count = 2, ENTRIES({1, 210}, {2, 900})},
          HOG_MERGED_INNER, "sleep 0 map_next 1");
    check(&(struct setting){NATIVE(O("futex", 100), P("acquire", 200)), .frame_count = 2, ENTRIES({2, 900})},
          HOG_MERGED_INNER, "futex acquire 0 1");
}

static void test_marks_prove_only_what_is_of_python(void **state)
{
    (void)state;
    check(&(struct setting){NATIVE(O("futex", 100), O("garbage", 200), O("garbage", 900)), .frame_count = 1,
                            ENTRIES({1, 210})},
          HOG_NOT_MERGED, "futex 0");
    check(
        &(struct setting){NATIVE(O("futex", 100), P("acquire", 200), P(NULL, 10000000), O("clone", 90000000)),
                          .frame_count = 1, ENTRIES({1, 5000000})},
        HOG_NOT_MERGED, "futex acquire 0");
}

/*
 * Whatever comes: never more frames than there are, each of Python's once and in order.
 */

static uint64_t draw(uint64_t *random, uint64_t limit)
{
    *random = *random * 6364136223846793005U + 1442695040888963407U;
    return (*random >> 33) % limit;
}

static void test_anything(void **state)
{
    static const char *const names[] = {EVAL, PART, NULL, "time_sleep", "PyObject_Call", "_start", "main"};
    uint64_t random = 1;

    (void)state;
    for (int round = 0; round < 20000; round++) {
        struct hog_native_frame native[12];
        struct hog_c_entry entries[6];
        struct setting setting = {.native = native, .entries = entries};
        struct hog_text text = {0};
        unsigned next = 0;

        setting.native_count = draw(&random, 12);
        setting.frame_count = draw(&random, 6);
        setting.entry_count = draw(&random, 6);
        setting.broken = draw(&random, 4) == 0;
        for (size_t i = 0; i < setting.native_count; i++)
            native[i] = (struct hog_native_frame){.function = names[draw(&random, 7)],
                                                  .module = draw(&random, 3) ? PYTHON : NULL,
                                                  .of_interpreter = draw(&random, 2),
                                                  .stack_pointer =
                                                      draw(&random, 2) ? 100 * (i / 2) : draw(&random, 2000)};
        for (size_t i = 0; i < setting.entry_count; i++)
            entries[i] =
                (struct hog_c_entry){.frames = (uint32_t)draw(&random, 8), .marker = draw(&random, 1200)};
        (void)merge(&setting, &text);
        for (const char *word = text.bytes; word && *word;
             word = strchr(word, ' ') ? strchr(word, ' ') + 1 : "")
            if (*word >= '0' && *word <= '9')
                assert_int_equal(*word - '0', next++);
        assert_int_equal(next, setting.frame_count);
        hog_text_deinit(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_runners),
        cmocka_unit_test(test_each_frame_has_its_function),
        cmocka_unit_test(test_one_function_runs_many_frames),
        cmocka_unit_test(test_program_that_embeds_python),
        cmocka_unit_test(test_function_entered_just_now),
        cmocka_unit_test(test_function_in_two_parts_is_one),
        cmocka_unit_test(test_names_of_other_libraries_are_no_machinery),
        cmocka_unit_test(test_nameless_neighbours_of_the_interpreter_are_one),
        cmocka_unit_test(test_wrong_count_is_not_merged),
        cmocka_unit_test(test_greenlets_on_one_stack),
        cmocka_unit_test(test_stack_that_ends_early),
        cmocka_unit_test(test_stack_without_a_beginning),
        cmocka_unit_test(test_broken_chain),
        cmocka_unit_test(test_two_interpreters_on_one_stack),
        cmocka_unit_test(test_nothing_is_known),
        cmocka_unit_test(test_no_python_frames),
        cmocka_unit_test(test_marks_need_no_names),
        cmocka_unit_test(test_inlined_functions_share_a_frame),
        cmocka_unit_test(test_function_whose_frames_are_gone),
        cmocka_unit_test(test_mark_that_is_not_on_the_stack),
        cmocka_unit_test(test_marks_beyond_the_stack),
        cmocka_unit_test(test_marks_prove_only_what_is_of_python),
        cmocka_unit_test(test_anything),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
