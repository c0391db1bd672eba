/* The chain of a thread's frames; see walk.h. */
#include "sample/walk.h"
#include "base/grow.h"

#include <stdlib.h>
#include <string.h>

enum {
    WALK_FIRST_CAPACITY = 4096,
    WALK_LARGEST = 1 << 21,
    STACK_REF_TAGS = 3,
    CFRAME_PREVIOUS = 8, /* bytes from _PyCFrame.current_frame to .previous (3.11, 3.12) */
};

static uint32_t greatest(uint32_t one, uint32_t other)
{
    return one > other ? one : other;
}

static void plan_objects(struct walk_plan *plan, const uint32_t *offset)
{
    plan->head = offset[HOG_F_tstate_frame];
    plan->executable = offset[HOG_F_frame_f_code];
    plan->previous = offset[HOG_F_frame_f_back];
    plan->globals = offset[HOG_F_frame_f_globals];
    plan->instruction = offset[HOG_F_frame_f_lasti];
    plan->set_line = offset[HOG_F_frame_f_lineno];
    plan->trace = offset[HOG_F_frame_f_trace];
    plan->frame_bytes =
        greatest(greatest(plan->executable, plan->previous), greatest(plan->globals, plan->instruction)) + 8;
    plan->frame_bytes = greatest(plan->frame_bytes, plan->set_line + 4);
    if (plan->trace != HOG_ABSENT)
        plan->frame_bytes = greatest(plan->frame_bytes, plan->trace + 8);
}

static void plan_frames(struct walk_plan *plan, const uint32_t *offset)
{
    bool cframe = plan->chain == HOG_FRAMES_CFRAME;

    plan->head = offset[cframe ? HOG_F_tstate_cframe : HOG_F_tstate_current_frame];
    plan->cframe_current = cframe ? offset[HOG_F_cframe_current_frame] : 0;
    plan->executable = offset[HOG_F_iframe_f_executable];
    plan->previous = offset[HOG_F_iframe_previous];
    plan->globals = offset[HOG_F_iframe_f_globals];
    plan->instruction = offset[HOG_F_iframe_instr_ptr];
    plan->owner = offset[HOG_F_iframe_owner];
    plan->tlbc = offset[HOG_F_iframe_tlbc_index];
    plan->is_entry = offset[HOG_F_iframe_is_entry];
    plan->frame_object = offset[HOG_F_iframe_frame_obj];
    plan->object_line = offset[HOG_F_frameobject_f_lineno];
    plan->frame_bytes =
        greatest(greatest(plan->executable, plan->previous), greatest(plan->globals, plan->instruction)) + 8;
    plan->frame_bytes = greatest(plan->frame_bytes, greatest(plan->owner + 1, plan->frame_object + 8));
    if (plan->is_entry != HOG_ABSENT)
        plan->frame_bytes = greatest(plan->frame_bytes, plan->is_entry + 1);
    if (plan->tlbc != HOG_ABSENT)
        plan->frame_bytes = greatest(plan->frame_bytes, plan->tlbc + 4);
}

enum hog_status walk_plan_init(struct walk_plan *plan, const struct hog_layout *layout)
{
    *plan = (struct walk_plan){
        .chain = layout->traits.frame_chain,
        .first_marker = layout->traits.first_marker_owner,
        .tagged = layout->traits.stack_refs == HOG_STACK_REFS_TAGGED,
        .counts_units = layout->traits.instruction == HOG_INSTRUCTION_LASTI_UNITS,
        .owner_generator = layout->traits.owner_generator,
        .tlbc = HOG_ABSENT,
        .is_entry = HOG_ABSENT,
    };
    if (plan->chain == HOG_FRAMES_OBJECTS)
        plan_objects(plan, layout->offset);
    else
        plan_frames(plan, layout->offset);
    if (plan->head == HOG_ABSENT || plan->frame_bytes > VIEW_STRADDLE)
        return HOG_UNSUPPORTED;
    return HOG_OK;
}

void walk_deinit(struct walk *walk)
{
    free(walk->frames);
    free(walk->entries);
    *walk = (struct walk){0};
}

enum hog_status walk_init(struct walk *walk)
{
    *walk = (struct walk){.capacity = WALK_FIRST_CAPACITY};
    walk->frames = malloc(walk->capacity * sizeof *walk->frames);
    walk->entries = malloc(walk->capacity * sizeof *walk->entries);
    if (walk->frames && walk->entries)
        return HOG_OK;
    walk_deinit(walk);
    return HOG_NO_MEMORY;
}

enum hog_status walk_grow(struct walk *walk)
{
    uint32_t frames = walk->capacity, entries = walk->capacity;

    if (walk->capacity >= WALK_LARGEST)
        return HOG_LIMIT;
    if (!HOG_GROW(walk->frames, frames, walk->capacity + 1) ||
        !HOG_GROW(walk->entries, entries, walk->capacity + 1))
        return HOG_NO_MEMORY;
    walk->capacity = frames;
    return HOG_OK;
}

static inline uint64_t word_at(const unsigned char *bytes, uint32_t offset)
{
    uint64_t word;

    memcpy(&word, bytes + offset, sizeof word);
    return word;
}

static inline uint32_t half_at(const unsigned char *bytes, uint32_t offset)
{
    uint32_t half;

    memcpy(&half, bytes + offset, sizeof half);
    return half;
}

static bool read_word(struct page_view *view, uint64_t address, uint64_t *ret_word)
{
    const unsigned char *bytes = page_view_at(view, address, sizeof *ret_word);

    if (bytes)
        memcpy(ret_word, bytes, sizeof *ret_word);
    return bytes != NULL;
}

/* `ret_before`: the frame that was current before the innermost C frame was entered (3.11, 3.12), else 0. */
static bool read_head(const struct walk_plan *plan, struct page_view *view, uint64_t tstate,
                      uint64_t *ret_frame, uint64_t *ret_before)
{
    uint64_t head, before;

    *ret_before = 0;
    if (!read_word(view, tstate + plan->head, &head))
        return false;
    if (plan->chain != HOG_FRAMES_CFRAME || !head) {
        *ret_frame = head;
        return true;
    }
    if (!read_word(view, head + plan->cframe_current, ret_frame))
        return false;
    if (read_word(view, head + plan->cframe_current + CFRAME_PREVIOUS, &before) && before &&
        !read_word(view, before + plan->cframe_current, ret_before))
        *ret_before = 0;
    return true;
}

/* False for a mark of an entry from C, which is no frame of the program. */
static inline bool take_frame(const struct walk_plan *plan, const unsigned char *bytes,
                              struct walk_frame *frame)
{
    uint64_t executable = word_at(bytes, plan->executable);

    frame->set_line = 0;
    if (plan->chain == HOG_FRAMES_OBJECTS) {
        int64_t lasti = (int32_t)half_at(bytes, plan->instruction);

        frame->instruction = (uint64_t)(plan->counts_units ? lasti * 2 : lasti);
        frame->tlbc_index = 0;
        frame->of_generator = false;
        if (plan->trace == HOG_ABSENT || (lasti < 0 && word_at(bytes, plan->trace)))
            frame->set_line = (int32_t)half_at(bytes, plan->set_line);
    } else {
        if (plan->first_marker && bytes[plan->owner] >= plan->first_marker)
            return false;
        frame->instruction = word_at(bytes, plan->instruction);
        frame->tlbc_index = plan->tlbc != HOG_ABSENT ? half_at(bytes, plan->tlbc) : 0;
        frame->of_generator = bytes[plan->owner] == plan->owner_generator;
    }
    frame->code = plan->tagged ? executable & ~(uint64_t)STACK_REF_TAGS : executable;
    frame->globals = word_at(bytes, plan->globals);
    return true;
}

/* May a chain end at this frame? */
static bool is_outermost(const struct walk_plan *plan, const unsigned char *bytes)
{
    if (plan->chain == HOG_FRAMES_OBJECTS)
        return true;
    if (plan->first_marker)
        return bytes[plan->owner] >= plan->first_marker;
    return plan->is_entry == HOG_ABSENT || bytes[plan->is_entry];
}

/* Has somebody made this frame up? Then its line is in its object. */
static bool take_made_up(const struct walk_plan *plan, struct page_view *view, uint64_t object,
                         struct walk_frame *frame)
{
    const unsigned char *bytes;

    if (!hog_frame_is_made_up(frame->address, object))
        return false;
    bytes = page_view_at(view, object + plan->object_line, sizeof frame->set_line);
    frame->set_line = bytes ? (int32_t)half_at(bytes, 0) : 0;
    return frame->set_line > 0;
}

/* Was the frame taken last called from C, or is this one a mark of just that? */
static bool is_entry(const struct walk_plan *plan, const unsigned char *bytes, bool taken)
{
    if (plan->chain == HOG_FRAMES_OBJECTS || !taken)
        return true;
    return plan->is_entry != HOG_ABSENT && bytes[plan->is_entry];
}

/* False: there is no room. */
static bool note_entry(struct walk *walk, const struct walk_plan *plan, const unsigned char *bytes,
                       uint64_t address, bool taken)
{
    if (!is_entry(plan, bytes, taken))
        return true;
    if (walk->entry_count == walk->capacity)
        return false;
    walk->entries[walk->entry_count++] =
        (struct hog_c_entry){.frames = walk->count, .marker = taken ? 0 : address};
    return true;
}

static enum walk_result walk_chain(struct walk *walk, const struct walk_plan *plan, struct page_view *view,
                                   uint64_t address)
{
    uint64_t checkpoint = 0;
    uint32_t steps = 0, next_checkpoint = 64;

    walk->count = walk->entry_count = 0;
    while (address) {
        const unsigned char *bytes;
        struct walk_frame *frame = walk->frames + walk->count;
        uint64_t next;
        bool taken, may_end;

        if (address % 8 || address == checkpoint)
            return WALK_BROKEN; /* no frame's address, or a circle */
        if (++steps == next_checkpoint) {
            checkpoint = address;
            next_checkpoint *= 2;
        }
        if (walk->count == walk->capacity)
            return WALK_FULL;
        bytes = page_view_at(view, address, plan->frame_bytes);
        if (!bytes)
            return view->full ? WALK_FULL : WALK_UNREADABLE;
        frame->address = address;
        taken = take_frame(plan, bytes, frame);
        walk->count += taken;
        if (walk->wants_entries && !note_entry(walk, plan, bytes, address, taken))
            return WALK_FULL;
        next = word_at(bytes, plan->previous);
        may_end = is_outermost(plan, bytes);
        if (taken && plan->chain != HOG_FRAMES_OBJECTS)
            may_end |= take_made_up(plan, view, word_at(bytes, plan->frame_object), frame);
        address = next;
        if (!address && !may_end)
            return WALK_BROKEN;
    }
    return WALK_WHOLE;
}

bool walk_add(struct walk *walk, const struct walk_plan *plan, struct page_view *view, uint64_t address)
{
    const unsigned char *bytes =
        address % 8 || walk->count == walk->capacity ? NULL : page_view_at(view, address, plan->frame_bytes);

    if (!bytes || !take_frame(plan, bytes, walk->frames + walk->count))
        return false;
    walk->frames[walk->count++].address = address;
    return true;
}

enum walk_result walk_run(struct walk *walk, const struct walk_plan *plan, struct page_view *view,
                          uint64_t tstate)
{
    uint64_t current, before;
    enum walk_result result;

    walk->count = walk->entry_count = 0;
    if (!read_head(plan, view, tstate, &current, &before))
        return view->full ? WALK_FULL : WALK_UNREADABLE;
    result = walk_chain(walk, plan, view, current);
    /* The C frame is entered, but its current_frame is not set yet: what was before it is what is. */
    if ((result == WALK_BROKEN || result == WALK_UNREADABLE) && walk->count == 0 && before)
        result = walk_chain(walk, plan, view, before);
    return result;
}
