/* Merging two stacks; native.h has the picture. */
#include "base/text.h"
#include "native/native.h"
#include "native/roles.h"

#include <string.h>

/* Frames of the interpreter are small: a mark this far above a stack pointer is of another. */
enum { FRAME_BYTES_MAX = 1 << 16 };

struct merging {
    const struct hog_native_stack *native;
    struct hog_native_stack own; /* `native`, where that ends in frames of other greenlets */
    const struct hog_python_stack *python;
    bool by_marks;
    struct hog_merged_frame *merged;
    size_t merged_count;
    size_t native_at, python_at; /* what comes next of each */
    bool after_nameless;         /* the last one merged was of the interpreter and had no name */
};

static const struct hog_native_frame *native_frame(const struct merging *merging, size_t index)
{
    return merging->native->frames + index;
}

static enum native_role role_at(const struct merging *merging, size_t index)
{
    const struct hog_native_frame *frame = native_frame(merging, index);
    enum native_role role = native_role_of(frame->function);
    bool may_be_interpreter = frame->of_interpreter || !frame->module;

    if (role == ROLE_EVAL || role == ROLE_GLUE || role == ROLE_START)
        return may_be_interpreter ? role : ROLE_PLAIN;
    return role;
}

/* What the symbols do not tell: it may be call machinery, a builtin, or an eval function. */
static bool is_unknown(const struct merging *merging, size_t index)
{
    return native_frame(merging, index)->of_interpreter && role_at(merging, index) == ROLE_NAMELESS;
}

/*
 * Putting frames one after another.
 */

static void put(struct merging *merging, size_t index, bool is_native, uint32_t runner)
{
    merging->merged[merging->merged_count++] =
        (struct hog_merged_frame){.index = (uint32_t)index, .is_native = is_native, .runner = runner};
}

/* Those of the interpreter without a name that lie next to each other become one. */
static void put_native(struct merging *merging, size_t index)
{
    enum native_role role = role_at(merging, index);
    bool unknown = is_unknown(merging, index);

    if (role == ROLE_EVAL || role == ROLE_GLUE || role == ROLE_START)
        return;
    if (!unknown || !merging->after_nameless)
        put(merging, index, true, HOG_RUNNER_UNKNOWN);
    merging->after_nameless = unknown;
}

static void put_natives_to(struct merging *merging, size_t end)
{
    for (; merging->native_at < end; merging->native_at++)
        put_native(merging, merging->native_at);
}

/* `runner`: index of the C frame that runs them. */
static void put_python_to(struct merging *merging, size_t end, size_t runner)
{
    if (merging->python_at < end)
        merging->after_nameless = false;
    for (; merging->python_at < end && merging->python_at < merging->python->frame_count;
         merging->python_at++)
        put(merging, merging->python_at, false, (uint32_t)runner);
}

/* Does it only start a thread, or the interpreter? One without a name does, among others. */
static bool is_start(const struct merging *merging, size_t index)
{
    const char *called = index ? native_frame(merging, index - 1)->function : NULL;

    return role_at(merging, index) != ROLE_PLAIN ||
           native_is_main_of_python(native_frame(merging, index)->function, called);
}

/*
 * Greenlets share a C stack: one that is begun runs on what the one that began it has there, which may be put aside
 * meanwhile, and belongs to another chain of frames. The functions of greenlet's own module stand between them.
 */
static bool is_of_greenlet(const struct merging *merging, size_t index)
{
    const char *name = hog_path_last(native_frame(merging, index)->module);

    return name && (strncmp(name, "_greenlet.", 10) == 0 || strncmp(name, "greenlet.", 9) == 0);
}

/* From the start of a greenlet on nothing is its own. Returns the end of the start, or of the stack. */
static size_t end_of_greenlet(const struct merging *merging, size_t start)
{
    while (start < merging->native->count && !is_of_greenlet(merging, start))
        start++;
    while (start < merging->native->count && is_of_greenlet(merging, start))
        start++;
    return start;
}

/* Outside of all Python. What began the thread is left out, up to a function that says something. */
static void put_outermost(struct merging *merging)
{
    size_t end = end_of_greenlet(merging, merging->native_at);

    while (end > merging->native_at && is_start(merging, end - 1))
        end--;
    put_natives_to(merging, end);
    merging->native_at = merging->native->count;
}

/*
 * Which function runs an entry.
 */

/* One past the last frame of the function that has its frame at `index`: inlined ones share it. */
static size_t end_of_function(const struct merging *merging, size_t index)
{
    uint64_t stack_pointer = native_frame(merging, index)->stack_pointer;

    while (index < merging->native->count && native_frame(merging, index)->stack_pointer == stack_pointer)
        index++;
    return index;
}

/* The frame on the C stack that the mark lies in; its index is that of the eval function, where that has a
 * name. */
static bool find_by_mark(const struct merging *merging, uint64_t marker, size_t *ret_index)
{
    for (size_t i = merging->native_at, end; i < merging->native->count; i = end) {
        uint64_t low = native_frame(merging, i)->stack_pointer;

        end = end_of_function(merging, i);
        if (end == merging->native->count)
            return false;
        if (!low || marker < low || marker >= native_frame(merging, end)->stack_pointer)
            continue;
        if (!native_frame(merging, end - 1)->of_interpreter || marker - low > FRAME_BYTES_MAX)
            return false;
        while (i < end - 1 && role_at(merging, i) != ROLE_EVAL)
            i++;
        *ret_index = i;
        return true;
    }
    return false;
}

/* A function that the compiler split is one call. */
static bool find_by_name(const struct merging *merging, size_t from, size_t *ret_index)
{
    for (size_t i = from; i < merging->native->count; i++) {
        bool is_part = native_is_part(native_frame(merging, i)->function);

        if (role_at(merging, i) != ROLE_EVAL)
            continue;
        if (is_part && i + 1 < merging->native->count && role_at(merging, i + 1) == ROLE_EVAL)
            continue;
        *ret_index = i;
        return true;
    }
    return false;
}

static bool marks_can_tell(const struct merging *merging)
{
    const struct hog_python_stack *python = merging->python;

    if (!merging->native->count || !native_frame(merging, 0)->stack_pointer)
        return false;
    for (size_t i = 0; i < python->entry_count; i++)
        if (!python->entries[i].marker)
            return false;
    return python->entry_count > 0;
}

/* As far as they are surely no eval function, nor beyond one. A stack that never comes to Python may be made
 * up. */
static void put_above(struct merging *merging)
{
    const struct hog_native_stack *native = merging->native;
    bool reaches_python = false;
    size_t end = 0;

    for (size_t i = 0; i < native->count; i++)
        reaches_python |= native_frame(merging, i)->of_interpreter;
    while (end < native->count && native_frame(merging, end)->module && !is_unknown(merging, end) &&
           role_at(merging, end) != ROLE_EVAL)
        end++;
    if (!reaches_python && end > 1)
        end = 1;
    put_natives_to(merging, end);
}

/* Further in than the function that runs the next entry, wherever that is. */
static void put_inner_of_next(struct merging *merging)
{
    const struct hog_python_stack *python = merging->python;
    uint64_t marker = 0;

    for (size_t i = 0; i < python->entry_count && !marker; i++)
        if (python->entries[i].frames > merging->python_at)
            marker = python->entries[i].marker;
    for (size_t end = merging->native_at; end < merging->native->count; put_natives_to(merging, end)) {
        end = end_of_function(merging, end);
        if (end == merging->native->count || native_frame(merging, end)->stack_pointer > marker)
            return;
    }
}

/*
 * Where the eval function has lost its name it was inlined in another, as happens to the short one of an
 * interpreter that is made of tail calls: then what it calls is a handler of an instruction.
 */
static bool is_handler_above(const struct merging *merging, size_t index)
{
    return role_at(merging, index) != ROLE_EVAL && index > merging->native_at &&
           is_unknown(merging, index - 1);
}

/*
 * Merging by marks. One that is not on the stack as far as it is known (3.15 ends its chain with one that is
 * in the thread's state) has no function of its own: its frames are the next entry's.
 */
static enum hog_merge_result merge_by_marks(struct merging *merging)
{
    const struct hog_python_stack *python = merging->python;
    size_t index;

    for (size_t i = 0; i < python->entry_count; i++) {
        if (!find_by_mark(merging, python->entries[i].marker, &index))
            continue;
        put_natives_to(merging, index - is_handler_above(merging, index));
        put_python_to(merging, python->entries[i].frames, index);
        merging->native_at = index + 1;
    }
    if (merging->python_at == python->frame_count && !python->broken) {
        put_outermost(merging);
        return HOG_MERGED;
    }
    if (merging->native_at)
        put_inner_of_next(merging);
    else if (python->entries[0].marker > native_frame(merging, merging->native->count - 1)->stack_pointer)
        put_above(merging);
    else
        return HOG_NOT_MERGED;
    return HOG_MERGED_INNER;
}

/*
 * Merging by counting.
 */

struct counted {
    size_t evals;
    size_t sure;   /* of those, before anything that may be an eval function too */
    bool entering; /* the innermost one was called just now, or returns: nothing of C lies above it */
    bool whole;    /* the debugger's stack goes to the thread's beginning */
};

static struct counted count_evals(const struct merging *merging)
{
    const struct hog_native_stack *native = merging->native;
    struct counted counted = {.entering = true};
    size_t first_unknown = 0, index;

    while (first_unknown < native->count && !is_unknown(merging, first_unknown))
        first_unknown++;
    for (size_t from = 0; find_by_name(merging, from, &index); from = index + 1) {
        for (size_t i = 0; i < index && counted.evals == 0; i++)
            counted.entering &= role_at(merging, i) == ROLE_GLUE;
        counted.evals++;
        counted.sure += index < first_unknown;
    }
    counted.whole = native->count && native_is_outermost(native_frame(merging, native->count - 1)->function);
    return counted;
}

/* Several entries at the chain's end are one: what is further out runs nothing. */
static size_t count_entries(const struct hog_python_stack *python)
{
    size_t count = python->entry_count;

    while (count > 1 && python->entries[count - 2].frames == python->frame_count)
        count--;
    return count;
}

static void merge_counted(struct merging *merging, size_t entries)
{
    size_t index;

    for (size_t i = 0; i < entries && find_by_name(merging, merging->native_at, &index); i++) {
        put_natives_to(merging, index);
        put_python_to(merging, merging->python->entries[i].frames, index);
        merging->native_at = index + 1;
    }
}

/* The start of the running greenlet: it has as many calls as the chain has entries, and there are more beyond it. */
static bool leave_other_greenlets(struct merging *merging, size_t entries)
{
    size_t evals = 0, next = 0;
    bool more = find_by_name(merging, 0, &next);

    for (size_t i = 0; more && i < merging->native->count; i++) {
        for (; more && next < i; evals++)
            more = find_by_name(merging, next + 1, &next);
        if (!more || evals != entries || !is_of_greenlet(merging, i))
            continue;
        merging->own = (struct hog_native_stack){merging->native->frames, end_of_greenlet(merging, i)};
        merging->native = &merging->own;
        return true;
    }
    return false;
}

static enum hog_merge_result merge_by_counting(struct merging *merging)
{
    const struct counted counted = count_evals(merging);
    size_t entries = count_entries(merging->python);
    bool one_more = counted.evals == entries + 1 && counted.entering;
    bool cut = merging->python->broken || (counted.evals < entries && !counted.whole);
    size_t sure = counted.sure, index;

    if (merging->python->shared)
        return HOG_NOT_MERGED;
    if (!merging->python->broken && entries && leave_other_greenlets(merging, entries)) {
        merge_counted(merging, entries);
        put_outermost(merging);
        return HOG_MERGED;
    }
    if (!merging->python->broken && (counted.evals == entries || one_more)) {
        if (one_more && find_by_name(merging, 0, &index))
            merging->native_at = index + 1;
        merge_counted(merging, entries);
        put_outermost(merging);
        return HOG_MERGED;
    }
    if (!cut || !sure)
        return HOG_NOT_MERGED;
    if (counted.entering)
        sure = 1; /* or it is none of the chain's yet, and all others are one further out */
    merge_counted(merging, sure < entries ? sure : entries);
    return HOG_MERGED_INNER;
}

bool hog_native_is_cut(const struct hog_native_stack *native)
{
    const struct merging merging = {.native = native};
    enum native_role role = native->count ? role_at(&merging, native->count - 1) : ROLE_PLAIN;

    return role == ROLE_EVAL || role == ROLE_GLUE;
}

enum hog_merge_result hog_merge_stacks(const struct hog_native_stack *native,
                                       const struct hog_python_stack *python,
                                       struct hog_merged_frame *ret_frames, size_t *ret_count)
{
    struct merging merging = {.native = native, .python = python, .merged = ret_frames};
    enum hog_merge_result result = HOG_MERGED;

    if (python->frame_count)
        result = marks_can_tell(&merging) ? merge_by_marks(&merging) : merge_by_counting(&merging);
    else
        put_natives_to(&merging, native->count);
    if (result == HOG_NOT_MERGED)
        put_above(&merging);
    put_python_to(&merging, python->frame_count, HOG_RUNNER_UNKNOWN);
    *ret_count = merging.merged_count;
    return result;
}
