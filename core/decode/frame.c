/*
 * Frame chains.
 *
 *     to 3.10   tstate.frame ──▶ PyFrameObject ──f_back──▶ PyFrameObject ──▶ NULL     (on the heap)
 *
 *     3.11+     tstate[.cframe].current_frame ──▶ _PyInterpreterFrame ──previous──▶ … ──▶ NULL
 *                                                 (on the thread's data stack, or inside a generator)
 *               ┌ f_executable ─▶ code object (tagged in 3.14+)
 *               ├ instr_ptr       (prev_instr in 3.11, 3.12)
 *               └ owner           thread 0, generator 1, frame object 2; from 3.12 on, owner >= 3 marks
 *                                 a C entry: no frame of the program, but its caller's callee was
 *                                 entered from C
 *
 * Source: Include/frameobject.h, Include/internal/pycore_frame.h, pycore_interpframe_structs.h.
 */
#include "decode/frame.h"
#include "base/grow.h"

#include "decode/code.h"
#include "decode/module_name.h"
#include "decode/object.h"

#include <stdlib.h>
#include <string.h>

enum { POLL_EVERY = 256 };

static bool raw_frames_push(struct decoder *decoder, const struct raw_frame *frame)
{
    if (!HOG_GROW(decoder->raw_frames, decoder->raw_frame_capacity, decoder->raw_frame_count + 1))
        return false;
    decoder->raw_frames[decoder->raw_frame_count++] = *frame;
    return true;
}

/* PyFrameObject: every frame is run by a C frame of its own, so every one is an entry. */
static enum hog_status read_frame_object(struct decoder *decoder, uint64_t address, struct raw_frame *frame,
                                         uint64_t *ret_previous)
{
    uint32_t lasti;
    enum hog_status status = field_u64(decoder, address, HOG_F_frame_f_code, &frame->code);

    if (!status)
        status = field_u64(decoder, address, HOG_F_frame_f_globals, &frame->globals);
    if (!status)
        status = field_u32(decoder, address, HOG_F_frame_f_lasti, &lasti);
    if (!status)
        status = field_u64(decoder, address, HOG_F_frame_f_back, ret_previous);
    if (status)
        return status;
    frame->instruction = (uint64_t)(int64_t)(int32_t)lasti;
    if (decoder->layout->traits.instruction == HOG_INSTRUCTION_LASTI_UNITS)
        frame->instruction *= 2;
    frame->flags = HOG_FRAME_ENTRY;
    return HOG_OK;
}

static enum hog_status read_interpreter_frame(struct decoder *decoder, uint64_t address,
                                              struct raw_frame *frame, uint64_t *ret_previous)
{
    uint64_t executable = 0;
    uint8_t is_entry = 0;
    enum hog_status status = field_u64(decoder, address, HOG_F_iframe_f_executable, &executable);

    if (!status)
        status = field_u64(decoder, address, HOG_F_iframe_f_globals, &frame->globals);
    if (!status)
        status = field_u64(decoder, address, HOG_F_iframe_instr_ptr, &frame->instruction);
    if (!status)
        status = field_u8(decoder, address, HOG_F_iframe_owner, &frame->owner);
    if (!status)
        status = field_u64(decoder, address, HOG_F_iframe_previous, ret_previous);
    if (!status && hog_layout_has(decoder->layout, HOG_F_iframe_is_entry))
        status = field_u8(decoder, address, HOG_F_iframe_is_entry, &is_entry);
    if (!status && hog_layout_has(decoder->layout, HOG_F_iframe_tlbc_index))
        status = field_u32(decoder, address, HOG_F_iframe_tlbc_index, &frame->tlbc_index);
    frame->code = object_of_stack_ref(decoder, executable);
    frame->flags = is_entry ? HOG_FRAME_ENTRY : 0;
    return status;
}

static bool is_c_entry_marker(const struct decoder *decoder, const struct raw_frame *frame)
{
    uint8_t first = decoder->layout->traits.first_marker_owner;

    return first && frame->owner >= first;
}

/* The frame called last before the marker was entered from C. */
static void mark_entry(struct decoder *decoder, const struct raw_thread *thread)
{
    if (decoder->raw_frame_count > thread->first_frame)
        decoder->raw_frames[decoder->raw_frame_count - 1].flags |= HOG_FRAME_ENTRY;
}

static bool take_marker(struct decoder *decoder, const struct raw_thread *thread, uint64_t address)
{
    if (!HOG_GROW(decoder->raw_entries, decoder->raw_entry_capacity, decoder->raw_entry_count + 1))
        return false;
    decoder->raw_entries[decoder->raw_entry_count++] = (struct hog_c_entry){
        .frames = (uint32_t)(decoder->raw_frame_count - thread->first_frame), .marker = address};
    mark_entry(decoder, thread);
    return true;
}

static enum hog_status chain_head(struct decoder *decoder, uint64_t tstate, uint64_t *ret_frame)
{
    uint64_t cframe;
    enum hog_status status;

    switch (decoder->layout->traits.frame_chain) {
    case HOG_FRAMES_OBJECTS:
        return field_u64(decoder, tstate, HOG_F_tstate_frame, ret_frame);
    case HOG_FRAMES_CFRAME:
        status = field_u64(decoder, tstate, HOG_F_tstate_cframe, &cframe);
        return status ? status : field_u64(decoder, cframe, HOG_F_cframe_current_frame, ret_frame);
    case HOG_FRAMES_DIRECT:
        return field_u64(decoder, tstate, HOG_F_tstate_current_frame, ret_frame);
    }
    return HOG_UNSUPPORTED;
}

static const char *walk_end(struct decoder *decoder, const char *why, uint64_t address)
{
    const char *words = hog_arena_printf(decoder->arena, "the frame at 0x%" PRIx64 " %s", address, why);

    decoder->incomplete = true;
    return words ? words : "out of memory";
}

/* Brent's algorithm: a checkpoint that moves to the present at every power of two. */
struct cycle_guard {
    uint64_t checkpoint;
    size_t steps, next_move;
};

static bool cycle_seen(struct cycle_guard *guard, uint64_t address)
{
    if (address == guard->checkpoint)
        return true;
    if (++guard->steps >= guard->next_move) {
        guard->checkpoint = address;
        guard->next_move = guard->steps * 2;
    }
    return false;
}

static const char *walk_step(struct decoder *decoder, struct raw_thread *thread, uint64_t address,
                             uint64_t *ret_previous)
{
    bool objects = decoder->layout->traits.frame_chain == HOG_FRAMES_OBJECTS;
    struct raw_frame frame = {.address = address};
    enum hog_status status;

    if (address % 8)
        return walk_end(decoder, "is no address of a frame (not a multiple of 8)", address);
    status = objects ? read_frame_object(decoder, address, &frame, ret_previous)
                     : read_interpreter_frame(decoder, address, &frame, ret_previous);
    if (status)
        return walk_end(decoder, "could not be read", address);
    if (is_c_entry_marker(decoder, &frame))
        return take_marker(decoder, thread, address) ? NULL : "out of memory";
    return raw_frames_push(decoder, &frame) ? NULL : "out of memory";
}

void frame_walk(struct decoder *decoder, uint64_t tstate, struct raw_thread *thread)
{
    struct cycle_guard guard = {.next_move = 1};
    uint64_t address = 0;
    const char *broken = NULL;

    thread->first_frame = decoder->raw_frame_count;
    thread->first_entry = decoder->raw_entry_count;
    if (chain_head(decoder, tstate, &address))
        broken = "the thread's current frame could not be read";
    while (address && !broken) {
        size_t count = decoder->raw_frame_count - thread->first_frame;

        if (count >= decoder->options.max_frames || decoder->raw_frame_count >= MAX_FRAMES_IN_ALL ||
            guard.steps > 2 * (size_t)decoder->options.max_frames)
            broken = walk_end(decoder, "is beyond the limit of frames that are read", address);
        else if (cycle_seen(&guard, address))
            broken = walk_end(decoder, "was met before: the chain is a circle", address);
        else if (guard.steps % POLL_EVERY == 0 && decoder_interrupted(decoder))
            broken = "interrupted";
        else
            broken = walk_step(decoder, thread, address, &address);
    }
    if (broken)
        decoder->incomplete = true;
    else
        mark_entry(decoder, thread);
    thread->frame_count = decoder->raw_frame_count - thread->first_frame;
    thread->entry_count = decoder->raw_entry_count - thread->first_entry;
    thread->decoded.stopped_because = broken;
}

/*
 * One that has not started may be the frame that CPython 3.12 - 3.14 puts below an __init__ which it calls
 * without C (_PyFrame_PushTrampolineUnchecked): its f_globals is whatever was there before.
 */
static void frame_decode(struct decoder *decoder, const struct raw_frame *raw, struct code_entry *entry,
                         struct hog_frame *ret_frame)
{
    struct source_position at = code_position(decoder, entry, raw);
    bool started = !code_not_started(decoder, entry, raw);

    *ret_frame = (struct hog_frame){
        .code = code_of(entry),
        .module = started ? module_name_of_globals(decoder, raw->globals) : NULL,
        .line = at.line,
        .end_line = at.end_line,
        .column = at.column,
        .end_column = at.end_column,
        .flags = raw->flags | (started ? 0 : HOG_FRAME_INCOMPLETE),
        .frame = raw->address,
    };
}

/* Without them the stack is whole all the same. */
static void keep_entries(struct decoder *decoder, struct raw_thread *thread)
{
    size_t count = thread->entry_count;
    struct hog_c_entry *entries = count ? hog_arena_array(decoder->arena, count, sizeof *entries) : NULL;

    if (!entries)
        return;
    memcpy(entries, decoder->raw_entries + thread->first_entry, count * sizeof *entries);
    thread->decoded.entries = entries;
    thread->decoded.entry_count = count;
}

void frame_decode_all(struct decoder *decoder, struct raw_thread *thread)
{
    const struct raw_frame *raw = thread->frame_count ? decoder->raw_frames + thread->first_frame : NULL;
    struct hog_frame *frames = hog_arena_array(decoder->arena, thread->frame_count, sizeof *frames);
    size_t count = 0;

    keep_entries(decoder, thread);
    if (!frames) {
        thread->decoded.stopped_because = "out of memory";
        decoder->incomplete = true;
        return;
    }
    for (; count < thread->frame_count; count++) {
        struct code_entry *entry;

        enum hog_status status = code_at(decoder, raw[count].code, &entry);

        if (status) {
            thread->decoded.stopped_because = walk_end(
                decoder,
                status == HOG_BAD_DATA ? "holds no code object" : "has a code object that could not be read",
                raw[count].address);
            break;
        }
        frame_decode(decoder, raw + count, entry, frames + count);
        if (count % POLL_EVERY == 0 && decoder_interrupted(decoder)) {
            thread->decoded.stopped_because = "interrupted";
            break;
        }
    }
    thread->decoded.frames = frames;
    thread->decoded.frame_count = count;
}
