/*
 * Where a thread's chain of frames begins.
 *
 *     to 3.10      tstate.frame; in 3.10 a CFrame on the C stack, too, in which there is nothing of frames
 *     3.11, 3.12   tstate.cframe ─▶ _PyCFrame ──previous──▶ _PyCFrame ──▶ … ──▶ the one in the thread state
 *                                   └ current_frame          └ current_frame
 *     3.13+        tstate.current_frame
 *
 * Every call of _PyEval_EvalFrameDefault has a _PyCFrame on the C stack. It
 * links it into the thread before it fills it, 7 and 22 instructions earlier:
 * a thread that is stopped between has whatever lay there before. The caller's
 * record has the chain then. A record is filled if its chain comes, over the
 * innermost call from C, to what the caller's record says.
 *
 * Source: Python/ceval.c, Include/cpython/pystate.h, 3.11 and 3.12.
 */
#include "decode/code.h"
#include "decode/frame.h"
#include "decode/frame_walk.h"

enum { THREAD_STATE_BYTES = 4096, RECURSION_OF_C = 3 };

struct c_record {
    uint64_t address;
    uint64_t current, previous;
    bool is_read;
    bool is_root; /* the one in the thread state: of no call */
};

static bool is_in_state(uint64_t tstate, uint64_t record)
{
    return record - tstate < THREAD_STATE_BYTES;
}

static struct c_record read_record(struct decoder *decoder, uint64_t tstate, uint64_t address)
{
    struct c_record record = {.address = address, .is_root = is_in_state(tstate, address)};

    record.is_read = address && address % 8 == 0 &&
                     !field_u64(decoder, address, HOG_F_cframe_current_frame, &record.current) &&
                     !field_u64(decoder, address, HOG_F_cframe_previous, &record.previous);
    return record;
}

/* Compared by address; nobody sees it. */
static const char not_filled[] = "";

/* NULL: the chain is whole, and surely that of this record. */
static const char *walk_record(struct frame_walk *walk, const struct c_record *record,
                               const struct c_record *caller)
{
    const char *broken;

    if (!record->is_read || (!record->current && !record->is_root))
        return not_filled;
    broken = frame_walk_from(walk, record->current);
    if (broken || record->is_root)
        return broken;
    return caller->is_read && walk->entry && walk->entry_previous == caller->current ? NULL : not_filled;
}

/* Does the record point to a frame? If not, or to nothing, it is not filled yet, or damaged. */
static bool leads_to_frame(struct decoder *decoder, const struct c_record *record)
{
    struct code_entry *entry;
    uint64_t code;

    return record->current && record->current % 8 == 0 &&
           !field_u64(decoder, record->current, HOG_F_iframe_f_executable, &code) &&
           code_at(decoder, code, &entry) == HOG_OK;
}

static const char *walk_records(struct frame_walk *walk, uint64_t tstate)
{
    struct decoder *decoder = walk->decoder;
    bool waits =
        walk->thread->decoded.active == HOG_NO; /* in the kernel, and so not between two instructions */
    bool incomplete = decoder->incomplete;
    uint64_t fault = decoder->memory->fault;
    struct c_record record, caller, next;
    uint64_t address = 0;
    const char *broken;

    if (field_u64(decoder, tstate, HOG_F_tstate_cframe, &address))
        address = 0;
    record = read_record(decoder, tstate, address);
    caller = read_record(decoder, tstate, record.previous);
    walk->thread->c_stack = record.is_root ? 0 : address;
    broken = walk_record(walk, &record, &caller);
    if (!broken || (broken != not_filled && leads_to_frame(decoder, &record)))
        return broken;
    next = read_record(decoder, tstate, caller.previous);
    if (!waits && caller.is_read && !walk_record(walk, &caller, &next)) {
        decoder->incomplete = incomplete; /* that was of what lay there before: it is of no interest */
        decoder->memory->fault = fault;
        return NULL;
    }
    /* An extension may keep its records otherwise: what is whole is believed. */
    broken = "the thread's current frame could not be read";
    if (record.is_read && record.current)
        broken = frame_walk_from(walk, record.current);
    if (!broken) {
        decoder->incomplete = incomplete;
        decoder->memory->fault = fault; /* of the caller's record, then: a core need not have it */
    }
    return broken;
}

/* A thread without frames has nothing on its data stack (3.11+), and is in no call but of C (to 3.10). */
static bool has_traces_of_frames(struct decoder *decoder, uint64_t tstate)
{
    uint64_t chunk, top, older;
    uint32_t depth;

    if (field_u32(decoder, tstate, HOG_F_tstate_recursion_depth, &depth) == HOG_OK)
        return depth > RECURSION_OF_C;
    if (field_u64(decoder, tstate, HOG_F_tstate_datastack_chunk, &chunk) || !chunk ||
        field_u64(decoder, tstate, HOG_F_tstate_datastack_top, &top) ||
        field_u64(decoder, chunk, HOG_F_chunk_previous, &older))
        return false;
    return older || top > field_address(decoder, chunk, HOG_F_chunk_data) + sizeof(uint64_t);
}

static const char *walk_current(struct frame_walk *walk, uint64_t tstate)
{
    struct decoder *decoder = walk->decoder;
    bool objects = decoder->layout->traits.frame_chain == HOG_FRAMES_OBJECTS;
    uint64_t frame, record;

    if (hog_layout_has(decoder->layout, HOG_F_tstate_cframe) &&
        !field_u64(decoder, tstate, HOG_F_tstate_cframe, &record) && !is_in_state(tstate, record))
        walk->thread->c_stack = record;

    if (field_u64(decoder, tstate, objects ? HOG_F_tstate_frame : HOG_F_tstate_current_frame, &frame))
        return "the thread's current frame could not be read";
    return frame_walk_from(walk, frame);
}

void frame_walk(struct decoder *decoder, uint64_t tstate, struct raw_thread *thread)
{
    struct frame_walk walk = {.decoder = decoder, .thread = thread};
    const char *broken, *omitted;

    thread->first_frame = decoder->raw_frame_count;
    thread->first_entry = decoder->raw_entry_count;
    frame_walk_begin(&walk);
    broken = decoder->layout->traits.frame_chain == HOG_FRAMES_CFRAME ? walk_records(&walk, tstate)
                                                                      : walk_current(&walk, tstate);
    if (!broken && !walk.last.address && has_traces_of_frames(decoder, tstate))
        broken = "the thread has called Python functions, but its current frame is missing";
    omitted = frame_walk_end(&walk);
    if (broken)
        decoder->incomplete = true;
    thread->frame_count = decoder->raw_frame_count - thread->first_frame;
    thread->entry_count = decoder->raw_entry_count - thread->first_entry;
    thread->decoded.stopped_because = broken ? broken : omitted;
    if (decoder->layout->traits.first_marker_owner && thread->entry_count && !thread->c_stack)
        thread->c_stack = decoder->raw_entries[thread->first_entry].marker;
}
