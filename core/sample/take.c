/*
 * One look at one thread: its stack, the GIL and the collector's flag, with
 * the proof that they belong together.
 *
 *     mark ─▶ pages ─▶ walk ─▶ code objects ─▶ did it stand still since the mark?
 *     └──────────── nothing is allocated here ────────────┘      │ yes
 *                                                                ▼
 *                                    learn the pages, names and lines, pending
 */
#include "base/clock.h"
#include "base/grow.h"
#include "sample/sampler_parts.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { GROW_TRIES = 24 };

struct reading {
    enum walk_result walked;
    bool matched;  /* every frame's code object is one */
    bool is_state; /* the thread state is still this thread's */
    uint32_t collecting;
    struct hog_gil_state gil;
    bool on_gil; /* this thread holds it, or another interpreter's */
};

/* Everything that must be of one moment. */
static void read_all(struct hog_sampler *sampler, const struct sampled_thread *thread,
                     struct reading *ret_reading)
{
    struct page_view *view = &sampler->view;
    struct reading reading = {.walked = WALK_UNREADABLE};
    const uint32_t *offset = sampler->location->python.layout.offset;
    uint64_t interpreter = 0, thread_id = 0;

    page_view_begin(view, sampler->memory, &thread->forecast);
    reading.is_state =
        page_view_read(view, thread->tstate + offset[HOG_F_tstate_interp], &interpreter,
                       sizeof interpreter) &&
        interpreter == thread->interpreter &&
        page_view_read(view, thread->tstate + offset[HOG_F_tstate_thread_id], &thread_id, sizeof thread_id) &&
        thread_id == thread->thread_id;
    if (sampler->wants_gil)
        reading.gil = hog_gil_read(sampler->roster.gils + thread->gil, page_view_read, view);
    reading.on_gil = reading.gil.locked && reading.gil.holder == thread->tstate;
    if (sampler->options.mode == HOG_PROFILE_GIL && !reading.on_gil)
        reading.on_gil = lent_holds_gil(sampler, thread);
    if (sampler->wants_gil && thread->collecting &&
        !page_view_read(view, thread->collecting, &reading.collecting, sizeof reading.collecting))
        reading.collecting = 0;
    if (reading.is_state)
        reading.walked = walk_run(&sampler->walk, &sampler->plan, view, thread->tstate);
    if (reading.walked == WALK_WHOLE)
        reading.matched = codes_match(&sampler->codes, sampler->memory, &sampler->walk, sampler->entries) &&
                          awaited_read(sampler, thread);
    *ret_reading = reading;
}

/* More room where some ran out. False when there is none to be had. */
static bool make_room(struct hog_sampler *sampler)
{
    if (sampler->view.full)
        return page_view_grow(&sampler->view) == HOG_OK;
    if (sampler->codes.full)
        return codes_grow(&sampler->codes) == HOG_OK && !sampler->codes.full;
    if (walk_grow(&sampler->walk) != HOG_OK)
        return false;
    return take_scratch(sampler) == HOG_OK;
}

enum hog_status take_scratch(struct hog_sampler *sampler)
{
    uint32_t entries = sampler->scratch_capacity, lines = sampler->scratch_capacity;

    if (!HOG_GROW(sampler->entries, entries, sampler->walk.capacity) ||
        !HOG_GROW(sampler->lines, lines, sampler->walk.capacity))
        return HOG_NO_MEMORY;
    sampler->scratch_capacity = entries;
    return HOG_OK;
}

static bool lacked_room(const struct hog_sampler *sampler, const struct reading *reading)
{
    return reading->walked == WALK_FULL || sampler->view.full ||
           (reading->walked == WALK_WHOLE && !reading->matched && sampler->codes.full);
}

static void note_cost(struct hog_sampler *sampler, double seconds)
{
    double bucket = seconds / COST_BUCKET;

    sampler->now.sample_seconds += seconds;
    sampler->costs[bucket < COST_BUCKETS - 1 ? (int)bucket : COST_BUCKETS - 1]++;
}

/* Marks, reads, proves. False when it ran meanwhile. */
static bool read_proved(struct hog_sampler *sampler, struct sampled_thread *thread, struct run_mark *mark,
                        struct reading *ret_reading)
{
    double start = hog_clock_monotonic();
    uint64_t calls = sampler->view.calls + sampler->codes.reads;
    bool proved = sampler->stopped || run_record_mark(&thread->record, mark);

    if (proved) {
        read_all(sampler, thread, ret_reading);
        proved = sampler->stopped || run_record_stood_still(&thread->record, mark, sampler->placement->cpu);
    }
    note_cost(sampler, hog_clock_monotonic() - start);
    sampler->now.reads += sampler->view.calls + sampler->codes.reads - calls;
    return proved;
}

static bool failed(const struct reading *reading, enum hog_sample_drop *ret_drop)
{
    if (reading->walked == WALK_UNREADABLE)
        *ret_drop = HOG_DROP_UNREADABLE;
    else if (reading->walked == WALK_BROKEN)
        *ret_drop = HOG_DROP_BROKEN;
    else if (reading->walked == WALK_FULL)
        *ret_drop = HOG_DROP_FULL;
    else if (!reading->matched)
        *ret_drop = HOG_DROP_CODE;
    else
        return false;
    return true;
}

/*
 * Faults of a moment: CPython 3.11 - 3.13 frees a chunk of the data stack
 * while the thread state still points to a frame in it; frames of generators
 * are linked and unlinked word by word. When it has run on for a while the
 * stack is whole again.
 */
bool take_was_between(enum hog_sample_drop drop)
{
    return drop == HOG_DROP_BROKEN || drop == HOG_DROP_UNREADABLE || drop == HOG_DROP_INSTRUCTION;
}

/* New functions go to the profile, of which somebody else may be making a copy. */
static bool decode_new(struct hog_sampler *sampler, struct hog_code_reader *reader, const struct walk *walk,
                       const uint32_t *entries)
{
    bool decoded;

    pthread_mutex_lock(&sampler->lock);
    decoded = codes_decode(&sampler->codes, sampler->memory, reader, walk, entries);
    pthread_mutex_unlock(&sampler->lock);
    return decoded;
}

/* Functions and lines of what a walk met; false when there are none to be had. */
static bool name_frames(struct hog_sampler *sampler, struct walk *walk, uint32_t *entries, int32_t *lines,
                        enum hog_sample_drop *ret_drop)
{
    for (;;) {
        struct hog_code_reader *reader;

        switch (codes_resolve(&sampler->codes, walk, entries, sampler->options.by_line, lines)) {
        case CODES_FOUND:
            return true;
        case CODES_OUTSIDE:
            *ret_drop = HOG_DROP_INSTRUCTION;
            return false;
        case CODES_UNDECODED:
            break;
        }
        placement_poll(sampler->placement);
        reader = sampler_reader(sampler);
        *ret_drop = reader ? HOG_DROP_CODE : HOG_DROP_FULL;
        if (!reader || !decode_new(sampler, reader, walk, entries))
            return false;
    }
}

/* Among the pending ones. */
static bool keep(struct hog_sampler *sampler, uint32_t number, enum hog_sample_drop *ret_drop)
{
    struct sampled_thread *thread = sampler->roster.threads[number];
    struct sampled_stack stack = {sampler->entries, sampler->lines, 0};

    if (!name_frames(sampler, &sampler->walk, sampler->entries, sampler->lines, ret_drop) ||
        !name_frames(sampler, &sampler->awaited.walk, sampler->awaited.entries, sampler->awaited.lines,
                     ret_drop))
        return false;
    *ret_drop = HOG_DROP_FULL;
    stack.depth = sampler->walk.count;
    if (sampler->walk.wants_entries && !native_add(sampler, thread->lwp, &stack))
        return false;
    if (!awaited_add(sampler, &stack))
        return false;
    if (!pending_has_room(&sampler->pending, stack.depth))
        count_samples(sampler, true);
    if (!pending_has_room(&sampler->pending, stack.depth) &&
        pending_grow(&sampler->pending, stack.depth) != HOG_OK)
        return false;
    thread->last_stack =
        pending_add(&sampler->pending, number, stack.entries, stack.lines, stack.depth, thread->last_stack);
    return true;
}

/* It has not run since its last sample: that one counts once more. */
static bool again(struct hog_sampler *sampler, struct sampled_thread *thread, struct taken *taken)
{
    struct run_mark mark;

    if (sampler->stopped || thread->last_stack == NO_STACK || (sampler->wants_gil && !thread->last_looked) ||
        !run_record_is_unmoved(&thread->record, &thread->last_mark) ||
        !run_record_mark(&thread->record, &mark))
        return false;
    pending_again(&sampler->pending, thread->last_stack);
    taken->on_gil = thread->last_on_gil;
    taken->collecting = thread->last_collecting;
    sampler->now.repeated++;
    return true;
}

enum take_result take_sample(struct hog_sampler *sampler, uint32_t number, struct taken *ret_taken)
{
    struct sampled_thread *thread = sampler->roster.threads[number];
    struct taken taken = {.drop = HOG_DROP_RAN};
    struct run_mark mark = {0};
    struct reading reading = {0};
    bool dropped;

    if (again(sampler, thread, ret_taken))
        return TAKE_KEPT;
    for (int tries = 0;; tries++) {
        if (!read_proved(sampler, thread, &mark, &reading)) {
            awaited_forget(sampler);
            return TAKE_RAN;
        }
        if (!lacked_room(sampler, &reading) || tries == GROW_TRIES || !make_room(sampler))
            break;
    }
    if (!reading.is_state)
        return TAKE_GONE;
    page_view_learn(&sampler->view, &thread->forecast);
    taken.gil = reading.gil;
    taken.on_gil = reading.on_gil;
    taken.collecting = reading.collecting && (taken.on_gil || !reading.gil.locked);
    if (sampler->options.mode == HOG_PROFILE_GIL && reading.gil.known && !taken.on_gil) {
        *ret_taken = taken;
        return TAKE_NO_GIL;
    }
    dropped = failed(&reading, &taken.drop) || !keep(sampler, number, &taken.drop);
    if (dropped)
        thread->last_stack = NO_STACK;
    thread->last_mark = mark;
    thread->last_looked = sampler->wants_gil;
    thread->last_on_gil = taken.on_gil;
    thread->last_collecting = taken.collecting;
    *ret_taken = taken;
    return dropped ? TAKE_DROPPED : TAKE_KEPT;
}
