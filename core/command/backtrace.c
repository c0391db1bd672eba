/*
 * Python in the debugger's own backtrace: the frames of Python of one stop,
 * each with the C frame that runs it.
 *
 *     dump_take ─▶ snapshot ─┐
 *                            ├─▶ native_merge ─▶ places: level 6 ▸ #0–#3, level 7 ▸ nothing, level 11 ▸ #4
 *     host ─▶ C frames ──────┘
 *
 * The merging is that of py-dump --native. What it does not place is left
 * out, and counted in words. C frames beyond the last one that is placed
 * for sure stay as the debugger has them.
 */
#include "base/cleanup.h"
#include "base/grow.h"
#include "command/dump.h"
#include "command/dump_locals.h"
#include "command/native_merge.h"
#include "value/locals.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { FRAMES_OF_C_MOST = 65536 };

struct hog_backtrace {
    struct hog_session *session;
    struct dump dump;
    struct hog_values *values;
    struct unwind unwind;
    struct native_merge merge;

    /* Of the thread that was asked for last. */
    struct hog_backtrace_frame *frames;
    size_t frame_capacity;
    struct hog_backtrace_place *places;
    size_t place_capacity;
    uint8_t *shown; /* of each C frame: does it stay? */
    size_t shown_capacity;
};

/*
 * One stop.
 */

static enum hog_status open_backtrace(struct hog_session *session, struct hog_backtrace *backtrace)
{
    const struct options none = {0};
    struct hog_error *error = &session->error;
    struct dump *dump = &backtrace->dump;
    enum hog_status status = unwind_check(&session->host, true, error);

    backtrace->session = session;
    dump->frames_only = true;
    if (status == HOG_OK)
        status = dump_take(dump, session, &none);
    if (status == HOG_OK)
        status = unwind_init(&backtrace->unwind, &dump->target, FRAMES_OF_C_MOST, error);
    if (status != HOG_OK)
        return status;
    backtrace->values = hog_values_create(
        &dump->target.process, &dump->target.location, dump->target.cache, &dump->snapshot->arena,
        &(struct hog_values_options){.interrupted = target_interrupted, .context = &dump->target});
    return backtrace->values ? HOG_OK : hog_fail(error, HOG_NO_MEMORY, "not enough memory");
}

int hog_backtrace_open(struct hog_session *session, struct hog_backtrace **ret_backtrace,
                       const char **ret_error)
{
    struct hog_backtrace *backtrace = calloc(1, sizeof *backtrace);
    enum hog_status status;

    session->error = (struct hog_error){0};
    status = backtrace ? open_backtrace(session, backtrace)
                       : hog_fail(&session->error, HOG_NO_MEMORY, "not enough memory");
    if (status == HOG_OK) {
        *ret_backtrace = backtrace;
        return 0;
    }
    hog_backtrace_close(backtrace);
    session->error.status = status;
    return session_fail(session, "hognose", ret_error);
}

void hog_backtrace_close(struct hog_backtrace *backtrace)
{
    if (!backtrace)
        return;
    hog_values_destroy(backtrace->values);
    unwind_deinit(&backtrace->unwind);
    native_merge_deinit(&backtrace->merge);
    dump_deinit(&backtrace->dump);
    free(backtrace->frames);
    free(backtrace->places);
    free(backtrace->shown);
    free(backtrace);
}

/*
 * One thread: all states of Python's that it runs, after each other.
 */

/* The one after `index` that runs on this thread and has frames; NULL: there are no more. */
static const struct hog_thread *next_state(const struct hog_backtrace *backtrace, int64_t lwp, size_t *index)
{
    const struct hog_snapshot *snapshot = backtrace->dump.snapshot;

    while (*index < snapshot->thread_count) {
        const struct hog_thread *thread = &snapshot->threads[(*index)++];

        if (thread->os_thread_id == lwp && thread->tstate && thread->frame_count)
            return thread;
    }
    return NULL;
}

static bool take_frames(struct hog_backtrace *backtrace, const struct hog_thread *thread, size_t from)
{
    if (!HOG_GROW(backtrace->frames, backtrace->frame_capacity, from + thread->frame_count))
        return false;
    for (size_t i = 0; i < thread->frame_count; i++) {
        const struct hog_frame *frame = &thread->frames[i];

        backtrace->frames[from + i] = (struct hog_backtrace_frame){
            .name = frame->code->qualname ? frame->code->qualname : frame->code->name,
            .bare_name = frame->code->name,
            .filename = frame->code->filename,
            .line = frame->line,
        };
    }
    return true;
}

static int by_level(const void *one, const void *other)
{
    const struct hog_backtrace_place *first = one, *second = other;

    return (first->level > second->level) - (first->level < second->level);
}

/* Frames of Python that follow each other and have one runner are one place. Returns how many have none. */
static bool take_places(struct hog_backtrace *backtrace, const struct hog_native_stack *native, size_t from,
                        size_t *place_count, size_t *ret_left)
{
    const struct native_merge *merge = &backtrace->merge;
    struct hog_backtrace_place *last = NULL;

    if (!HOG_GROW(backtrace->places, backtrace->place_capacity, *place_count + merge->count))
        return false;
    *ret_left = 0;
    for (size_t i = 0; i < merge->count; i++) {
        const struct hog_merged_frame *merged = &merge->merged[i];
        uint32_t index = (uint32_t)from + merged->index;
        uint32_t level;

        if (merged->is_native) {
            backtrace->shown[merged->index] = true;
            continue;
        }
        if (merged->runner == HOG_RUNNER_UNKNOWN) {
            ++*ret_left;
            continue;
        }
        level = native->frames[merged->runner].level;
        if (last && last->level == level && last->first + last->count == index) {
            last->count++;
            continue;
        }
        last = &backtrace->places[(*place_count)++];
        *last = (struct hog_backtrace_place){.level = level, .first = index, .count = 1};
    }
    return true;
}

/* What lies further out than all that is placed is the debugger's. */
static void show_outer(struct hog_backtrace *backtrace, const struct hog_native_stack *native)
{
    size_t first = 0;

    for (size_t i = 0; i < backtrace->merge.count; i++)
        if (!backtrace->merge.merged[i].is_native && backtrace->merge.merged[i].runner != HOG_RUNNER_UNKNOWN)
            first = (size_t)backtrace->merge.merged[i].runner + 1;
    memset(backtrace->shown + first, true, native->count - first);
}

/* The innermost one always stays: it is what the thread does now, whatever that is. */
static bool add_hidden(struct hog_backtrace *backtrace, const struct hog_native_stack *native,
                       size_t *place_count)
{
    size_t known = *place_count;

    if (!HOG_GROW(backtrace->places, backtrace->place_capacity, known + native->count))
        return false;
    qsort(backtrace->places, known, sizeof *backtrace->places, by_level);
    for (size_t i = 1, at = 0; i < native->count; i++) {
        uint32_t level = native->frames[i].level;

        while (at < known && backtrace->places[at].level < level)
            at++;
        if (!backtrace->shown[i] && (at == known || backtrace->places[at].level != level))
            backtrace->places[(*place_count)++] = (struct hog_backtrace_place){.level = level};
    }
    qsort(backtrace->places, *place_count, sizeof *backtrace->places, by_level);
    return true;
}

/* NULL: all have a place. */
static const char *words_of(struct hog_backtrace *backtrace, const struct hog_thread *thread, size_t left)
{
    struct hog_arena *arena = &backtrace->dump.snapshot->arena;

    if (left)
        return hog_arena_printf(
            arena,
            "%zu of %zu Python frames are left out, as they could not be placed for sure in "
            "%s's stack: py-bt has them",
            left, thread->frame_count, backtrace->session->host.debugger_name);
    if (thread->stopped_because)
        return hog_arena_printf(arena, "the Python frames are not all of them: %s", thread->stopped_because);
    return NULL;
}

static bool add_state(struct hog_backtrace *backtrace, const struct hog_thread *thread,
                      const struct hog_native_stack *native, bool partial, struct hog_backtrace_stack *stack)
{
    enum hog_merge_result result;
    size_t left;

    if (!native_merge_thread(&backtrace->merge, backtrace->dump.snapshot, thread, native, &result) ||
        !take_frames(backtrace, thread, stack->frame_count) ||
        !take_places(backtrace, native, stack->frame_count, &stack->place_count, &left))
        return false;
    if (result != HOG_MERGED)
        show_outer(backtrace, native);
    if (!partial && !stack->words)
        stack->words = words_of(backtrace, thread, left);
    stack->frame_count += thread->frame_count;
    return true;
}

/* Marks tell where a frame belongs by what lies next to it; counting takes the whole stack. */
static bool all_have_marks(const struct hog_backtrace *backtrace, int64_t lwp)
{
    const struct hog_thread *thread;
    size_t index = 0;

    while ((thread = next_state(backtrace, lwp, &index)))
        if (!thread->entry_count || !thread->entries[0].marker)
            return false;
    return true;
}

bool hog_backtrace_of(struct hog_backtrace *backtrace, int64_t lwp, size_t most,
                      struct hog_backtrace_stack *ret_stack)
{
    struct hog_backtrace_stack stack = {.frame_count = 0};
    const struct hog_thread *thread;
    struct hog_native_stack native;
    size_t index = 0;

    *ret_stack = stack;
    if (!next_state(backtrace, lwp, &index))
        return true;
    backtrace->unwind.most =
        most && most < FRAMES_OF_C_MOST && all_have_marks(backtrace, lwp) ? most : FRAMES_OF_C_MOST;
    unwind_stack(&backtrace->unwind, lwp, &native);
    stack.partial = backtrace->unwind.given >= backtrace->unwind.most && backtrace->unwind.most == most;
    if (backtrace->unwind.failed || !HOG_GROW(backtrace->shown, backtrace->shown_capacity, native.count + 1))
        return false;
    memset(backtrace->shown, false, native.count);
    index = 0;
    while ((thread = next_state(backtrace, lwp, &index)))
        if (!add_state(backtrace, thread, &native, stack.partial, &stack))
            return false;
    if (!add_hidden(backtrace, &native, &stack.place_count))
        return false;
    stack.frames = backtrace->frames;
    stack.places = backtrace->places;
    *ret_stack = stack;
    return true;
}

/*
 * One frame.
 */

static const struct hog_frame *frame_at(const struct hog_backtrace *backtrace, int64_t lwp, size_t index)
{
    const struct hog_thread *thread;
    size_t state = 0;

    while ((thread = next_state(backtrace, lwp, &state))) {
        if (index < thread->frame_count)
            return &thread->frames[index];
        index -= thread->frame_count;
    }
    return NULL;
}

void hog_backtrace_variables(struct hog_backtrace *backtrace, int64_t lwp, size_t index,
                             void (*add)(void *context, const struct hog_backtrace_variable *variable),
                             void *context)
{
    const struct hog_frame *frame = frame_at(backtrace, lwp, index);
    struct hog_value_limits limits = session_value_limits(backtrace->session, false);
    const struct hog_locals_options options = {.limits = &limits};

    if (!frame || !hog_locals_add_one(backtrace->values, frame, &options) || !frame->locals)
        return;
    for (size_t i = 0; i < frame->locals->count; i++) {
        const struct hog_local *local = &frame->locals->items[i];

        add(context, &(struct hog_backtrace_variable){.name = local->name,
                                                      .type = local->type,
                                                      .value = local->repr,
                                                      .is_argument = strcmp(local->kind, "argument") == 0});
    }
    if (frame->locals->because)
        add(context,
            &(struct hog_backtrace_variable){.name = "...", .type = "?", .value = frame->locals->because});
}
