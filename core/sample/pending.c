/* Samples that are taken but not counted yet; see pending.h. */
#include "sample/pending.h"
#include "base/grow.h"

#include <stdlib.h>

enum {
    PENDING_FRAMES = 1 << 20,
    PENDING_STACKS = 1 << 13,
    BELIEVED_AT_FIRST = 4096,
    HANDED_AT_FIRST = 4096,
};

enum hog_status pending_init(struct pending *pending)
{
    *pending = (struct pending){
        .frame_capacity = PENDING_FRAMES,
        .stack_capacity = PENDING_STACKS,
        .believed_capacity = BELIEVED_AT_FIRST,
        .handed_capacity = HANDED_AT_FIRST,
    };
    pending->frames = malloc(pending->frame_capacity * sizeof *pending->frames);
    pending->stacks = malloc(pending->stack_capacity * sizeof *pending->stacks);
    pending->believed = malloc(pending->believed_capacity * sizeof *pending->believed);
    pending->handed = malloc(pending->handed_capacity * sizeof *pending->handed);
    if (pending->frames && pending->stacks && pending->believed && pending->handed)
        return HOG_OK;
    pending_deinit(pending);
    return HOG_NO_MEMORY;
}

void pending_deinit(struct pending *pending)
{
    free(pending->frames);
    free(pending->stacks);
    free(pending->believed);
    free(pending->handed);
    *pending = (struct pending){0};
}

bool pending_has_room(const struct pending *pending, uint32_t depth)
{
    return pending->stack_count < pending->stack_capacity &&
           depth <= pending->frame_capacity - pending->frame_count;
}

enum hog_status pending_grow(struct pending *pending, uint32_t depth)
{
    return HOG_GROW(pending->frames, pending->frame_capacity, depth) ? HOG_OK : HOG_NO_MEMORY;
}

static bool same_stack(const struct pending *pending, uint32_t number, uint32_t thread,
                       const uint32_t *entries, const int32_t *lines, uint32_t depth)
{
    const struct pending_stack *stack = pending->stacks + number;
    const struct pending_frame *frames = pending->frames + stack->first;

    if (stack->thread != thread || stack->depth != depth)
        return false;
    for (uint32_t i = 0; i < depth; i++)
        if (frames[i].entry != entries[i] || frames[i].line != lines[i])
            return false;
    return true;
}

uint32_t pending_add(struct pending *pending, uint32_t thread, const uint32_t *entries, const int32_t *lines,
                     uint32_t depth, uint32_t like)
{
    struct pending_frame *frames = pending->frames + pending->frame_count;

    if (like < pending->stack_count && same_stack(pending, like, thread, entries, lines, depth)) {
        pending->stacks[like].weight++;
        return like;
    }
    for (uint32_t i = 0; i < depth; i++)
        frames[i] = (struct pending_frame){.entry = entries[i], .line = lines[i]};
    pending->stacks[pending->stack_count] =
        (struct pending_stack){.thread = thread, .weight = 1, .first = pending->frame_count, .depth = depth};
    pending->frame_count += depth;
    return pending->stack_count++;
}

/* NULL: a function of C. */
static struct cached_code *entry_of(const struct pending *pending, const struct code_table *codes,
                                    size_t frame)
{
    uint32_t entry = pending->frames[frame].entry;

    return entry & PENDING_NATIVE ? NULL : codes->entries + entry;
}

/* Entries that were believed, each once: `unproved` is their mark, taken off as they are collected. */
static uint32_t collect_believed(struct pending *pending, struct code_table *codes)
{
    uint32_t count = 0;

    for (size_t i = 0; i < pending->frame_count; i++) {
        struct cached_code *entry = entry_of(pending, codes, i);

        if (!entry || !entry->unproved || count == pending->believed_capacity)
            continue;
        entry->unproved = false;
        pending->believed[count++] = pending->frames[i].entry;
    }
    return count;
}

static void prove(struct pending *pending, struct code_table *codes, struct hog_memory *memory)
{
    uint32_t count;

    while ((count = collect_believed(pending, codes)) > 0)
        codes_prove(codes, memory, pending->believed, count);
}

/* Into `handed`; false when one of its code objects was replaced, or there is no memory for so deep a stack.
 */
static bool prepare(struct pending *pending, const struct code_table *codes,
                    const struct pending_stack *stack)
{
    if (!HOG_GROW(pending->handed, pending->handed_capacity, stack->depth))
        return false;
    for (uint32_t i = 0; i < stack->depth; i++) {
        const struct pending_frame *frame = pending->frames + stack->first + i;
        const struct cached_code *entry = entry_of(pending, codes, stack->first + i);

        if (entry && entry->disproved)
            return false;
        pending->handed[i] = (struct hog_profile_frame){
            .function = entry ? entry->function : frame->entry & ~PENDING_NATIVE, .line = frame->line};
    }
    return true;
}

void pending_hand_over(struct pending *pending, struct code_table *codes, struct hog_memory *memory,
                       const struct pending_sink *sink)
{
    prove(pending, codes, memory);
    for (uint32_t i = 0; i < pending->stack_count; i++) {
        const struct pending_stack *stack = pending->stacks + i;

        if (prepare(pending, codes, stack))
            sink->add(sink->context, stack->thread, pending->handed, stack->depth, stack->weight);
        else
            sink->drop(sink->context, stack->thread, stack->weight);
    }
    for (size_t i = 0; i < pending->frame_count; i++) {
        struct cached_code *entry = entry_of(pending, codes, i);

        if (entry)
            entry->disproved = false;
    }
    pending->stack_count = 0;
    pending->frame_count = 0;
    codes_recycle(codes);
}
