/*
 * Whether a chain of frames that came to an end is the whole stack.
 *
 * In a damaged core the link to the caller may read as 0: the chain ends then as if it were whole. Other witnesses say
 * how many frames there are:
 *
 *     3.12+      tstate.py_recursion_limit - py_recursion_remaining    counts frames: taken when one starts, given back
 *                                                                      before it is unlinked, never more than there are
 *     3.11       the _PyCFrames on the C stack                         one for each frame with is_entry
 *     to 3.10    the C stack                                           _PyEval_EvalFrameDefault of each frame keeps its
 *                                                                      address there, and sets f_executing
 *
 * A core that lacks them is whole where the outermost frame is one that Python itself begins a thread with; else
 * nothing tells, and that is said.
 *
 * greenlet puts other chains into the thread state and keeps neither count; but from 3.11 on each has its own data stack,
 * and that ends where the innermost frame on it does.
 *
 * Source: Python/ceval.c, Python/ceval_macros.h (_Py_EnterRecursivePy), Include/cpython/frameobject.h.
 */
#include "decode/frame_whole.h"

#include <string.h>

enum {
    MOST_DEPTH = 1 << 28,
    RECORDS_MOST = 1 << 20,
    STATE_BYTES = 4096,
    STACK_MOST = 1 << 20,
    STACK_WORDS = 512,
    STATE_EXECUTING = 0,
    OWNED_BY_THREAD = 0, /* enum _frameowner, Include/internal/pycore_frame.h, 3.11 - 3.15 */
};

static bool has_greenlets(const struct hog_process *process)
{
    for (size_t i = 0; i < process->mapping_count; i++)
        if (strstr(process->mappings[i].path, "greenlet"))
            return true;
    return false;
}

/* A thread that runs may stand between the two writes. */
static bool stands_still(const struct decoder *decoder, const struct raw_thread *thread)
{
    return thread->decoded.active == HOG_NO ||
           (thread->decoded.active == HOG_UNKNOWN && decoder->process->kind == HOG_TARGET_CORE);
}

static const char *doubt_by_depth(struct decoder *decoder, const struct raw_thread *thread)
{
    uint64_t tstate = thread->decoded.tstate;
    uint32_t limit, remaining, depth;

    if (field_u32(decoder, tstate, HOG_F_tstate_recursion_limit, &limit) ||
        field_u32(decoder, tstate, HOG_F_tstate_recursion_remaining, &remaining))
        return NULL;
    depth = limit - remaining;
    if (depth > MOST_DEPTH || depth <= thread->frame_count + !stands_still(decoder, thread))
        return NULL;
    return hog_arena_printf(decoder->arena,
                            "the thread state counts %u frames, %zu were found: others are missing", depth,
                            thread->frame_count);
}

/* 3.11+: the innermost of those that lie on the data stack; NULL: none does, or it was made up. */
static const struct raw_frame *innermost_on_data_stack(const struct decoder *decoder,
                                                       const struct raw_thread *thread)
{
    const struct raw_frame *frames = decoder->raw_frames + thread->first_frame;

    for (size_t i = 0; i < thread->frame_count; i++)
        if (frames[i].owner == OWNED_BY_THREAD)
            return frames[i].made_up ? NULL : frames + i;
    return NULL;
}

/* Source: _PyThreadState_PushFrame() and its callers, Python/ceval.c, pystate.c; co_framesize in Objects/codeobject.c. */
static const char *doubt_by_data_stack(struct decoder *decoder, const struct raw_thread *thread)
{
    const struct raw_frame *frame = innermost_on_data_stack(decoder, thread);
    uint32_t locals, stack;
    uint64_t top;

    if (!frame || !stands_still(decoder, thread) ||
        field_u64(decoder, thread->decoded.tstate, HOG_F_tstate_datastack_top, &top) || !top ||
        field_u32(decoder, frame->code, HOG_F_code_co_nlocalsplus, &locals) ||
        field_u32(decoder, frame->code, HOG_F_code_co_stacksize, &stack) ||
        top == field_address(decoder, frame->address, HOG_F_iframe_localsplus) +
                   sizeof(uint64_t) * ((uint64_t)locals + stack))
        return NULL;
    return hog_arena_printf(decoder->arena,
                            "the innermost frame at " HOG_ADDRESS
                            " is not the last one on the thread's data stack: others are missing",
                            frame->address);
}

/*
 * To 3.11.
 */

static bool is_called(const struct hog_frame *frame, const char *module, const char *name)
{
    return frame->module && strcmp(frame->module, module) == 0 && strcmp(frame->code->name, name) == 0;
}

/* What only Python itself begins a thread with. */
static bool is_surely_start(const struct hog_frame *frame)
{
    return is_called(frame, "threading", "_bootstrap") || is_called(frame, "runpy", "_run_module_as_main");
}

/* And what it does so as a rule; but exec() may run such code, too. */
static bool is_known_start(const struct hog_frame *frame)
{
    return is_called(frame, "__main__", "<module>") || is_called(frame, "threading", "_shutdown");
}

enum witness { WITNESS_MISSING, WITNESS_NO_MORE, WITNESS_MORE };

/* 3.11: a record for each call of _PyEval_EvalFrameDefault, an entry frame in each. */
static enum witness count_records(struct decoder *decoder, const struct raw_thread *thread)
{
    uint64_t tstate = thread->decoded.tstate, address;
    size_t entries = 0, records = 0;

    for (size_t i = 0; i < thread->frame_count; i++)
        entries += (thread->decoded.frames[i].flags & HOG_FRAME_ENTRY) != 0;
    if (field_u64(decoder, tstate, HOG_F_tstate_cframe, &address))
        return WITNESS_MISSING;
    for (; address - tstate >= STATE_BYTES; records++)
        if (records == RECORDS_MOST || !address || address % 8 ||
            field_u64(decoder, address, HOG_F_cframe_previous, &address))
            return WITNESS_MISSING;
    return records > entries + !stands_still(decoder, thread) ? WITNESS_MORE : WITNESS_NO_MORE;
}

static bool is_known_frame(const struct decoder *decoder, uint64_t address)
{
    for (size_t i = 0; i < decoder->raw_frame_count; i++)
        if (decoder->raw_frames[i].address == address)
            return true;
    return false;
}

/*
 * Is it a frame that runs, and in no thread's chain? `type` is that of frames. They are on the heap: words of the stack
 * itself, where a register with their type was kept, may look like one.
 */
static bool is_lost_frame(struct decoder *decoder, const struct hog_mapping *stack, uint64_t word,
                          uint64_t type)
{
    const struct hog_mapping *mapping = word % 8 ? NULL : hog_process_mapping_at(decoder->process, word);
    uint64_t its_type;
    uint8_t state;

    if (!mapping || mapping == stack || !mapping->readable || mapping->executable ||
        field_u64(decoder, word, HOG_F_object_ob_type, &its_type) || its_type != type)
        return false;
    if (hog_layout_has(decoder->layout, HOG_F_frame_f_state)
            ? field_u8(decoder, word, HOG_F_frame_f_state, &state) || state != STATE_EXECUTING
            : field_u8(decoder, word, HOG_F_frame_f_executing, &state) || state != 1)
        return false;
    return !is_known_frame(decoder, word);
}

/* Where the thread's stack begins, if it lies above `at`: the mapping may hold those of other threads, too. */
static uint64_t stack_begin(const struct raw_thread *thread, const struct hog_mapping *stack, uint64_t at)
{
    uint64_t record = thread->decoded.thread_id;

    return record > at && record < stack->end ? record : stack->end;
}

/*
 * Does what a core has of this stack reach down to where it began? A small core has some pages only. glibc and musl keep a
 * thread's own record, which pthread_self() is the address of, where its stack begins; the kernel puts the name of the
 * program there, with a word of zeros behind it (fs/exec.c, bprm_mm_init).
 */
static bool has_its_beginning(struct decoder *decoder, const struct raw_thread *thread,
                              const struct hog_mapping *stack, uint64_t stack_pointer)
{
    unsigned char last[2 + sizeof(uint64_t)];

    if (decoder->process->kind != HOG_TARGET_CORE || stack_begin(thread, stack, stack_pointer) != stack->end)
        return true;
    if (hog_memory_read(decoder->memory, stack->end - sizeof last, last, sizeof last) != HOG_OK)
        return false;
    for (size_t i = 1; i < sizeof last; i++)
        if (last[i])
            return false;
    return last[0] != 0;
}

static enum witness look_on_stack(struct decoder *decoder, const struct raw_thread *thread)
{
    const struct hog_os_thread *os_thread =
        hog_process_thread(decoder->process, thread->decoded.os_thread_id);
    uint64_t at = os_thread ? os_thread->registers.stack_pointer / 8 * 8 : 0;
    const struct hog_mapping *stack = at ? hog_process_mapping_at(decoder->process, at) : NULL;
    uint64_t outermost = thread->decoded.frames[thread->frame_count - 1].frame;
    uint64_t words[STACK_WORDS], type, end;

    if (!stack || field_u64(decoder, outermost, HOG_F_object_ob_type, &type))
        return WITNESS_MISSING;
    end = stack_begin(thread, stack, at);
    end = end - at < STACK_MOST ? end : at + STACK_MOST;
    for (size_t count; at < end; at += count * 8) {
        count = (size_t)(end - at) / 8 < STACK_WORDS ? (size_t)(end - at) / 8 : STACK_WORDS;
        if (!count)
            break;
        if (hog_memory_read(decoder->memory, at, words, count * 8) != HOG_OK || decoder_interrupted(decoder))
            return WITNESS_MISSING;
        for (size_t i = 0; i < count; i++)
            if (is_lost_frame(decoder, stack, words[i], type))
                return WITNESS_MORE;
    }
    return has_its_beginning(decoder, thread, stack, os_thread->registers.stack_pointer) ? WITNESS_NO_MORE
                                                                                         : WITNESS_MISSING;
}

/* Calls of Python and of C together: where there are no more of them than frames, nothing is missing. */
static bool counts_no_more(struct decoder *decoder, const struct raw_thread *thread)
{
    uint32_t depth;

    return !field_u32(decoder, thread->decoded.tstate, HOG_F_tstate_recursion_depth, &depth) && depth &&
           depth <= thread->frame_count;
}

static const char *doubt_by_start(struct decoder *decoder, const struct raw_thread *thread)
{
    const struct hog_frame *outermost = thread->decoded.frames + thread->frame_count - 1;
    bool has_records = decoder->layout->traits.frame_chain == HOG_FRAMES_CFRAME;
    enum witness more;

    if (is_surely_start(outermost) || (!has_records && counts_no_more(decoder, thread)))
        return NULL;
    more = has_records ? count_records(decoder, thread) : look_on_stack(decoder, thread);
    if (more == WITNESS_NO_MORE || (more == WITNESS_MISSING && is_known_start(outermost)))
        return NULL;
    if (more == WITNESS_MORE)
        return hog_arena_printf(decoder->arena,
                                "older frames than %s are missing: the chain of frames is damaged",
                                outermost->code->name);
    return hog_arena_printf(
        decoder->arena,
        "older frames than %s may be missing: nothing that was read shows that it was called from C",
        outermost->code->name);
}

const char *frame_doubt(struct decoder *decoder, const struct raw_thread *thread)
{
    uint64_t fault = decoder->memory->fault;
    const char *doubt;

    if (decoder->process->kind == HOG_TARGET_REMOTE || !thread->frame_count || thread->omitted)
        return NULL;
    if (has_greenlets(decoder->process))
        doubt = doubt_by_data_stack(decoder, thread);
    else if (decoder->layout->traits.first_marker_owner)
        doubt = doubt_by_depth(decoder, thread);
    else
        doubt = doubt_by_start(decoder, thread);
    decoder->memory->fault = fault; /* what is missing of the witnesses is told, or of no interest */
    decoder->incomplete = decoder->incomplete || doubt;
    return doubt;
}
