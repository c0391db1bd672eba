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
 * Whoever runs Python code came from C once: from 3.12 on the outermost
 * element is such a mark, in 3.11 a frame with is_entry. One that is not is no
 * end but damage. A frame object that an extension made needs no call from C.
 *
 * Source: Include/frameobject.h, Include/internal/pycore_frame.h, pycore_interpframe_structs.h.
 */
#include "decode/frame_walk.h"

#include "decode/object.h"

#include <stdlib.h>
#include <string.h>

enum { PAGE = 4096, FRAME_HEAD = 128 };
enum { POLL_EVERY = 256, MAX_OMITTED = 50000000, FRAMES_OF_ANY_THREAD = 1000, MAX_FRAMES_AT_ALL = 4000000 };

static bool raw_frames_push(struct decoder *decoder, const struct raw_frame *frame)
{
    if (decoder->raw_frame_count == decoder->raw_frame_capacity) {
        size_t capacity = decoder->raw_frame_capacity ? decoder->raw_frame_capacity * 2 : 256;
        struct raw_frame *grown = realloc(decoder->raw_frames, capacity * sizeof *grown);

        if (!grown)
            return false;
        decoder->raw_frames = grown;
        decoder->raw_frame_capacity = capacity;
    }
    decoder->raw_frames[decoder->raw_frame_count++] = *frame;
    return true;
}

/*
 * The line of a frame that Nuitka has made up. PyFrame_GetLineNumber() believes f_lineno where it is set (3.10), before
 * where f_trace is: that holds for traced frames as well, but once tracing has ended they still say where it did
 * (Objects/frameobject.c, 3.6 - 3.10). Nothing runs a made-up frame, so its f_lasti stays -1.
 */
static enum hog_status read_set_line(struct decoder *decoder, uint64_t address, int32_t lasti,
                                     int32_t *ret_line)
{
    bool traced = hog_layout_has(decoder->layout, HOG_F_frame_f_trace);
    uint64_t trace = 0;
    enum hog_status status = HOG_OK;

    if (traced && lasti < 0)
        status = field_u64(decoder, address, HOG_F_frame_f_trace, &trace);
    if (status == HOG_OK && (!traced || trace))
        status = field_u32(decoder, address, HOG_F_frame_f_lineno, (uint32_t *)ret_line);
    return status;
}

/* PyFrameObject: every frame is run by a C frame of its own, so every one is an entry. */
static enum hog_status read_frame_object(struct decoder *decoder, uint64_t address, struct raw_frame *frame,
                                         uint64_t *ret_previous)
{
    uint32_t lasti;
    enum hog_status status = field_u64(decoder, address, HOG_F_frame_f_code, &frame->code);

    if (status == HOG_OK)
        status = field_u64(decoder, address, HOG_F_frame_f_globals, &frame->globals);
    if (status == HOG_OK)
        status = field_u32(decoder, address, HOG_F_frame_f_lasti, &lasti);
    if (status == HOG_OK)
        status = field_u64(decoder, address, HOG_F_frame_f_back, ret_previous);
    if (status == HOG_OK)
        status = read_set_line(decoder, address, (int32_t)lasti, &frame->set_line);
    if (status != HOG_OK)
        return status;
    frame->instruction = (uint64_t)(int64_t)(int32_t)lasti;
    if (decoder->layout->traits.instruction == HOG_INSTRUCTION_LASTI_UNITS)
        frame->instruction *= 2;
    frame->flags = HOG_FRAME_ENTRY;
    return HOG_OK;
}

/*
 * The beginning of a frame, in one read: all fields are there as a rule. It ends with the page, so that none is read
 * that no field lies in; what is not here is read by itself, and says what is wrong with it.
 */
struct frame_head {
    uint64_t address;
    size_t length;
    unsigned char bytes[FRAME_HEAD];
};

static void head_read(struct decoder *decoder, uint64_t address, struct frame_head *ret_head)
{
    size_t length = PAGE - address % PAGE;
    uint64_t fault = decoder->memory->fault;

    ret_head->address = address;
    ret_head->length = hog_memory_read_some(decoder->memory, address, ret_head->bytes,
                                            length < FRAME_HEAD ? length : FRAME_HEAD);
    decoder->memory->fault = fault;
}

/* The bytes of a field; NULL: they are not in it. */
static const void *in_head(const struct decoder *decoder, const struct frame_head *head, enum hog_field field,
                           size_t size)
{
    size_t offset = decoder->layout->offset[field];

    return hog_layout_has(decoder->layout, field) && offset < head->length && size <= head->length - offset
               ? head->bytes + offset
               : NULL;
}

static enum hog_status head_u64(struct decoder *decoder, const struct frame_head *head, enum hog_field field,
                                uint64_t *ret_value)
{
    const void *bytes = in_head(decoder, head, field, sizeof *ret_value);

    if (!bytes)
        return field_u64(decoder, head->address, field, ret_value);
    memcpy(ret_value, bytes, sizeof *ret_value);
    return HOG_OK;
}

static enum hog_status head_u8(struct decoder *decoder, const struct frame_head *head, enum hog_field field,
                               uint8_t *ret_value)
{
    const void *bytes = in_head(decoder, head, field, sizeof *ret_value);

    if (!bytes)
        return field_u8(decoder, head->address, field, ret_value);
    memcpy(ret_value, bytes, sizeof *ret_value);
    return HOG_OK;
}

/*
 * The line that somebody has set: frames made by Nuitka, Cython and pybind11 have theirs there alone, as nothing
 * runs them instruction by instruction. PyFrame_GetLineNumber() looks there first (Objects/frameobject.c, 3.10+).
 */
static void take_set_line(struct decoder *decoder, const struct frame_head *head, struct raw_frame *frame)
{
    uint64_t fault = decoder->memory->fault;
    uint64_t object, owned;
    uint32_t line;

    if (head_u64(decoder, head, HOG_F_iframe_frame_obj, &object) || !object || object % 8)
        return;
    if (!field_u64(decoder, object, HOG_F_frameobject_f_frame, &owned) && owned == frame->address &&
        !field_u32(decoder, object, HOG_F_frameobject_f_lineno, &line)) {
        frame->set_line = (int32_t)line;
        frame->made_up = frame->set_line > 0 && hog_frame_is_made_up(frame->address, object);
        return;
    }
    decoder->memory->fault = fault; /* a frame that C has only just made may hold any word there */
}

static enum hog_status read_interpreter_frame(struct decoder *decoder, uint64_t address,
                                              struct raw_frame *frame, uint64_t *ret_previous)
{
    uint64_t executable = 0;
    uint8_t is_entry = 0;
    struct frame_head head;
    enum hog_status status;

    head_read(decoder, address, &head);
    status = head_u64(decoder, &head, HOG_F_iframe_f_executable, &executable);
    if (status == HOG_OK)
        status = head_u64(decoder, &head, HOG_F_iframe_f_globals, &frame->globals);
    if (status == HOG_OK)
        status = head_u64(decoder, &head, HOG_F_iframe_instr_ptr, &frame->instruction);
    if (status == HOG_OK)
        status = head_u8(decoder, &head, HOG_F_iframe_owner, &frame->owner);
    if (status == HOG_OK)
        status = head_u64(decoder, &head, HOG_F_iframe_previous, ret_previous);
    if (status == HOG_OK && hog_layout_has(decoder->layout, HOG_F_iframe_is_entry))
        status = head_u8(decoder, &head, HOG_F_iframe_is_entry, &is_entry);
    if (status == HOG_OK && hog_layout_has(decoder->layout, HOG_F_iframe_tlbc_index))
        status = field_u32(decoder, address, HOG_F_iframe_tlbc_index, &frame->tlbc_index);
    if (status == HOG_OK)
        take_set_line(decoder, &head, frame);
    frame->code = object_of_stack_ref(decoder, executable);
    frame->flags = is_entry ? HOG_FRAME_ENTRY : 0;
    return status;
}

enum hog_status frame_read(struct decoder *decoder, uint64_t address, struct raw_frame *ret_frame,
                           uint64_t *ret_previous)
{
    *ret_frame = (struct raw_frame){.address = address};
    return decoder->layout->traits.frame_chain == HOG_FRAMES_OBJECTS
               ? read_frame_object(decoder, address, ret_frame, ret_previous)
               : read_interpreter_frame(decoder, address, ret_frame, ret_previous);
}

static bool is_c_entry_marker(const struct decoder *decoder, const struct raw_frame *frame)
{
    uint8_t first = decoder->layout->traits.first_marker_owner;

    return first && frame->owner >= first;
}

/* Marks are of one kind or two; what is beyond is no owner. */
static bool is_owner(const struct decoder *decoder, uint8_t owner)
{
    const struct hog_traits *traits = &decoder->layout->traits;

    return owner <=
           (traits->first_marker_owner ? traits->first_marker_owner + 1 : traits->owner_frame_object);
}

/* The frame called last before the marker was entered from C. */
static void mark_entry(struct decoder *decoder, const struct raw_thread *thread)
{
    if (decoder->raw_frame_count > thread->first_frame)
        decoder->raw_frames[decoder->raw_frame_count - 1].flags |= HOG_FRAME_ENTRY;
}

static bool take_marker(struct decoder *decoder, const struct raw_thread *thread, uint64_t address)
{
    if (decoder->raw_entry_count == decoder->raw_entry_capacity) {
        size_t capacity = decoder->raw_entry_capacity ? decoder->raw_entry_capacity * 2 : 64;
        struct hog_c_entry *grown = realloc(decoder->raw_entries, capacity * sizeof *grown);

        if (!grown)
            return false;
        decoder->raw_entries = grown;
        decoder->raw_entry_capacity = capacity;
    }
    decoder->raw_entries[decoder->raw_entry_count++] = (struct hog_c_entry){
        .frames = (uint32_t)(decoder->raw_frame_count - thread->first_frame), .marker = address};
    mark_entry(decoder, thread);
    return true;
}

const char *walk_end(struct decoder *decoder, const char *why, uint64_t address)
{
    const char *words = hog_arena_printf(decoder->arena, "the frame at " HOG_ADDRESS " %s", address, why);

    decoder->incomplete = true;
    return words ? words : "out of memory";
}

/* Brent's algorithm: a checkpoint that moves to the present at every power of two. */
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

static void note_entry(struct frame_walk *walk, uint64_t address, uint64_t previous)
{
    if (walk->entry)
        return;
    walk->entry = address;
    walk->entry_previous = previous;
}

/* Beyond the limit the outermost frames alone are kept: a ring of the last ones. */
static bool keep_outermost(struct frame_walk *walk, const struct raw_frame *frame)
{
    if (!walk->ring)
        walk->ring = calloc(OUTERMOST_KEPT, sizeof *walk->ring);
    if (!walk->ring)
        return false;
    walk->ring[walk->beyond++ % OUTERMOST_KEPT] = *frame;
    return true;
}

/* All threads together have a limit too, but each has its innermost frames, as long as memory is not at stake. */
static bool has_room(const struct decoder *decoder, size_t count)
{
    size_t all = decoder->raw_frame_count;

    if (count >= decoder->options.max_frames)
        return false;
    return all < MAX_FRAMES_IN_ALL + (size_t)decoder->options.max_frames ||
           (count < FRAMES_OF_ANY_THREAD && all < MAX_FRAMES_AT_ALL);
}

static bool keep_frame(struct frame_walk *walk, const struct raw_frame *frame)
{
    struct decoder *decoder = walk->decoder;

    if (has_room(decoder, decoder->raw_frame_count - walk->thread->first_frame))
        return raw_frames_push(decoder, frame);
    return decoder->raw_frame_count >= MAX_FRAMES_AT_ALL || keep_outermost(walk, frame);
}

static const char *walk_step(struct frame_walk *walk, uint64_t address, uint64_t *ret_previous)
{
    struct decoder *decoder = walk->decoder;
    bool objects = decoder->layout->traits.frame_chain == HOG_FRAMES_OBJECTS;
    struct raw_frame frame;
    enum hog_status status;

    if (address % 8)
        return walk_end(decoder, "is not the address of a frame (not a multiple of 8)", address);
    status = frame_read(decoder, address, &frame, ret_previous);
    if (status != HOG_OK)
        return walk_end(decoder, "could not be read", address);
    if (!objects && !is_owner(decoder, frame.owner))
        return walk_end(decoder, "has an owner that does not exist", address);
    walk->last = frame;
    if (is_c_entry_marker(decoder, &frame)) {
        note_entry(walk, address, *ret_previous);
        return walk->beyond || take_marker(decoder, walk->thread, address) ? NULL : "out of memory";
    }
    if (frame.flags & HOG_FRAME_ENTRY)
        note_entry(walk, address, *ret_previous);
    return keep_frame(walk, &frame) ? NULL : "out of memory";
}

static bool may_be_outermost(const struct decoder *decoder, const struct raw_frame *frame)
{
    const struct hog_traits *traits = &decoder->layout->traits;

    if (traits->frame_chain == HOG_FRAMES_OBJECTS || frame->owner == traits->owner_frame_object ||
        frame->made_up)
        return true;
    return traits->first_marker_owner ? is_c_entry_marker(decoder, frame) : frame->flags & HOG_FRAME_ENTRY;
}

void frame_walk_begin(struct frame_walk *walk)
{
    walk->decoder->raw_frame_count = walk->thread->first_frame;
    walk->decoder->raw_entry_count = walk->thread->first_entry;
    walk->guard = (struct cycle_guard){.next_move = 1};
    walk->entry = walk->entry_previous = 0;
    walk->beyond = 0;
    walk->last = (struct raw_frame){0};
}

const char *frame_walk_from(struct frame_walk *walk, uint64_t address)
{
    struct decoder *decoder = walk->decoder;
    const char *broken = NULL;

    frame_walk_begin(walk);
    while (address && !broken) {
        if (walk->guard.steps > 2 * (size_t)decoder->options.max_frames + MAX_OMITTED)
            broken = walk_end(decoder, "is beyond all that a thread can have", address);
        else if (cycle_seen(&walk->guard, address))
            broken = walk_end(decoder, "was met before: the chain is a circle", address);
        else if (walk->guard.steps % POLL_EVERY == 0 && decoder_interrupted(decoder))
            broken = "interrupted";
        else
            broken = walk_step(walk, address, &address);
    }
    if (!broken && walk->last.address && !may_be_outermost(decoder, &walk->last))
        broken = walk_end(decoder, "ends the chain, but was not called from C: older frames are missing",
                          walk->last.address);
    if (!broken)
        mark_entry(decoder, walk->thread);
    return broken;
}

const char *frame_walk_end(struct frame_walk *walk)
{
    struct decoder *decoder = walk->decoder;
    struct raw_thread *thread = walk->thread;
    size_t kept = walk->beyond < OUTERMOST_KEPT ? walk->beyond : OUTERMOST_KEPT;
    bool room = true;

    thread->omitted = walk->beyond - kept;
    thread->omitted_at = decoder->raw_frame_count - thread->first_frame;
    for (size_t i = walk->beyond - kept; i < walk->beyond && room; i++)
        room = raw_frames_push(decoder, walk->ring + i % OUTERMOST_KEPT);
    free(walk->ring);
    if (!room)
        return "out of memory";
    if (!thread->omitted)
        return NULL;
    decoder->incomplete = true;
    return hog_arena_printf(decoder->arena,
                            "%zu frames are left out, between the innermost %zu and the outermost %zu: "
                            "--max-depth %zu reads them",
                            thread->omitted, thread->omitted_at, kept, thread->omitted_at + walk->beyond);
}
