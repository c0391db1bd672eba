/*
 * C frames, as a debugger's unwinder gives them, and Python frames as one
 * stack.
 *
 *     the debugger's stack          Python's chain             merged
 *     ────────────────────          ──────────────             ──────
 *     clock_nanosleep                                          C clock_nanosleep
 *     time_sleep                                               C time_sleep
 *     cfunction_vectorcall_O        (call machinery)
 *     _PyEval_EvalFrameDefault  ◀── wait_long                    wait_long
 *                                   pause          entry         pause
 *     _PyFunction_Vectorcall        (call machinery)
 *     list_sort_impl                                           C list_sort_impl
 *     _PyEval_EvalFrameDefault  ◀── main           entry         main
 *     Py_BytesMain, main, _start    (start-up)
 *
 * Each call of the eval function runs the Python frames up to and including
 * an entry, so its place is theirs. Which call runs which is told by
 *
 *   the mark  that Python 3.12 and later keep of every entry: it lies on the C stack, within the frame of the
 *             function that runs it. This needs no symbols, and proves the place;
 *   counting  to 3.11: as many calls of the function by that name as there are entries.
 *
 * Where neither tells, Python's frames stay whole and only C frames that
 * are surely above them are shown: nothing is put where it may not have been.
 */
#ifndef HOG_NATIVE_NATIVE_H
#define HOG_NATIVE_NATIVE_H

#include "snapshot/snapshot.h"

struct hog_native_frame {
    uint64_t pc;
    uint64_t stack_pointer; /* 0 unknown; the same for a function and those inlined in it */
    const char *function;   /* NULL unknown */
    const char *module;     /* path, NULL unknown */
    const char *source;     /* source file, NULL unknown */
    int32_t line;           /* in it, 0 unknown */
    bool of_interpreter;    /* the module is the one that holds CPython */
    uint32_t level;         /* its number in the debugger's own backtrace */
};

struct hog_native_stack {
    const struct hog_native_frame *frames; /* innermost first */
    size_t count;
};

struct hog_python_stack {
    size_t frame_count;
    const struct hog_c_entry *entries; /* one for each call from C, innermost first */
    size_t entry_count;
    bool broken; /* there are more that could not be read */
    bool shared; /* frames of another interpreter lie on the same C stack */
};

enum hog_merge_result {
    HOG_MERGED,       /* every frame is in its place */
    HOG_MERGED_INNER, /* the debugger's stack ends too early: C frames are missing further out */
    HOG_NOT_MERGED,   /* only C frames above the innermost Python frame, as far as they surely are */
};

enum { HOG_RUNNER_UNKNOWN = UINT32_MAX };

struct hog_merged_frame {
    uint32_t index; /* into the C frames, or into Python's */
    bool is_native;
    uint32_t runner; /* of Python's: index of the C frame that runs it, or HOG_RUNNER_UNKNOWN */
};

/* NULL where a debugger took a label for a function. */
const char *hog_native_function_name(const char *symbol);

/*
 * Did the unwinder stop too early? No thread begins in a function that runs Python, nor in what stands between that
 * and what it calls.
 */
bool hog_native_is_cut(const struct hog_native_stack *native);

/* `ret_frames` has room for all frames of both. */
enum hog_merge_result hog_merge_stacks(const struct hog_native_stack *native,
                                       const struct hog_python_stack *python,
                                       struct hog_merged_frame *ret_frames, size_t *ret_count);

#endif
