/*
 * Fuzzes the merge of C frames with frames of Python. What comes out is
 * checked, too: each frame once at most, in the order in which it was.
 *
 *     byte 0: Python frames; byte 1: broken, shared; byte 2: entries, u8 frames and u8 marker each;
 *     then C frames: u8 name, u8 stack pointer, u8 of the interpreter
 */
#include "native/native.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ENTRIES_MAX = 16, FRAMES_MAX = 64, PYTHON_MAX = 64, PLACE = 64 };

static const char *const names[] = {
    NULL,
    "_PyEval_EvalFrameDefault",
    "_PyEval_EvalFrameDefault.cold",
    "PyEval_EvalCode",
    "time_sleep",
    "_PyFunction_Vectorcall",
    "pymain_run_python",
    "Py_RunMain",
    "main",
    "__libc_start_main",
    "_start",
    "thread_run",
    "clone3",
    "_PyEval_Vector.part.0",
    "call_function.lto_priv.0",
    "poll",
    "Py_BytesMain",
    "pythread_wrapper",
    "start_thread",
    "gen_send_ex2",
};

enum { NAMES = sizeof names / sizeof *names };

static void check(const struct hog_native_stack *native, const struct hog_python_stack *python,
                  const struct hog_merged_frame *merged, size_t count)
{
    size_t next[2] = {0, 0};
    uint32_t runner = 0;

    for (size_t i = 0; i < count; i++) {
        size_t limit = merged[i].is_native ? native->count : python->frame_count;

        if (merged[i].index >= limit || merged[i].index < next[merged[i].is_native])
            abort();
        next[merged[i].is_native] = merged[i].index + (size_t)1;
        if (merged[i].is_native || merged[i].runner == HOG_RUNNER_UNKNOWN)
            continue;
        if (merged[i].runner >= native->count || merged[i].runner < runner) /* nor runs in two places */
            abort();
        runner = merged[i].runner;
    }
    if (next[0] != python->frame_count) /* none of Python's own is ever lost */
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hog_native_frame frames[FRAMES_MAX];
    struct hog_c_entry entries[ENTRIES_MAX];
    struct hog_merged_frame *merged;
    struct hog_native_stack native = {.frames = frames};
    struct hog_python_stack python = {.entries = entries};
    size_t at = 3, count = 0;

    if (size < 3)
        return 0;
    python.frame_count = data[0] % PYTHON_MAX;
    python.broken = data[1] & 1;
    python.shared = data[1] & 2;
    for (; python.entry_count < data[2] % ENTRIES_MAX && at + 2 <= size; at += 2)
        entries[python.entry_count++] =
            (struct hog_c_entry){data[at] % (python.frame_count + 1), data[at + 1] * (uint64_t)PLACE + 8};
    for (; native.count < FRAMES_MAX && at + 3 <= size; at += 3)
        frames[native.count++] = (struct hog_native_frame){.pc = 0x1000,
                                                           .function = names[data[at] % NAMES],
                                                           .stack_pointer = data[at + 1] * (uint64_t)PLACE,
                                                           .of_interpreter = data[at + 2] & 1};
    merged = malloc((native.count + python.frame_count + 1) * sizeof *merged); /* ASan sees one too many */
    if (merged) {
        (void)hog_merge_stacks(&native, &python, merged, &count);
        if (count > native.count + python.frame_count)
            abort();
        check(&native, &python, merged, count);
    }
    free(merged);
    return 0;
}
