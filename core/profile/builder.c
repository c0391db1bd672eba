/* The builder of builder.h: numbers for threads, counting, and adding stacks. */
#include "base/grow.h"
#include "profile/builder_parts.h"

#include <string.h>

enum { MAX_DROP_REASONS = 64 };

/* So that no sum of samples overflows, and JSON's readers can hold it. */
static const uint64_t MOST_SAMPLES = (uint64_t)1 << 53;

struct hog_profile_builder *hog_profile_builder_create(size_t memory_limit)
{
    struct hog_profile_builder *builder = calloc(1, sizeof *builder);

    if (!builder)
        return NULL;
    names_init(&builder->names, memory_limit);
    builder->memory_limit = memory_limit;
    return builder;
}

void hog_profile_builder_watch(struct hog_profile_builder *builder, struct hog_watch *watch)
{
    builder->watch = watch;
}

void hog_profile_builder_destroy(struct hog_profile_builder *builder)
{
    if (!builder)
        return;
    names_deinit(&builder->names);
    tree_deinit(&builder->tree);
    free(builder->threads);
    free(builder->drops);
    free(builder);
}

size_t hog_profile_builder_memory(const struct hog_profile_builder *builder)
{
    return names_memory(&builder->names) + tree_memory(&builder->tree) +
           builder->thread_capacity * sizeof *builder->threads;
}

struct hog_profile_counts hog_profile_builder_counts(const struct hog_profile_builder *builder)
{
    return builder->counts;
}

enum hog_status hog_profile_builder_function(struct hog_profile_builder *builder,
                                             const struct hog_function *function, uint32_t *ret_function)
{
    return names_function(&builder->names, function, ret_function);
}

/* Threads are few and asked for seldom: no index. */
static uint32_t builder_find_thread(const struct hog_profile_builder *builder,
                                    const struct hog_profile_thread *thread)
{
    for (uint32_t i = 0; i < builder->thread_count; i++) {
        const struct hog_profile_thread *known = &builder->threads[i];

        if (known->thread_id == thread->thread_id && known->os_thread_id == thread->os_thread_id &&
            known->pid == thread->pid && known->name == thread->name)
            return i;
    }
    return HOG_NO_THREAD;
}

enum hog_status hog_profile_builder_thread(struct hog_profile_builder *builder,
                                           const struct hog_profile_thread *thread, uint32_t *ret_thread)
{
    struct hog_profile_thread own = {
        .thread_id = thread->thread_id, .os_thread_id = thread->os_thread_id, .pid = thread->pid};
    enum hog_status status = names_text(&builder->names, thread->name, &own.name);
    uint32_t known;

    if (status != HOG_OK)
        return status;
    known = builder_find_thread(builder, &own);
    if (known == HOG_NO_THREAD) {
        if (!HOG_GROW(builder->threads, builder->thread_capacity, builder->thread_count + 1))
            return HOG_NO_MEMORY;
        known = builder->thread_count++;
        builder->threads[known] = own;
    }
    *ret_thread = known;
    return HOG_OK;
}

static enum hog_status builder_no_frame(struct hog_profile_builder *builder,
                                        struct hog_profile_frame *ret_frame)
{
    const struct hog_function nothing = {.name = "<no Python frame>", .is_synthetic = true};

    ret_frame->line = 0;
    return names_function(&builder->names, &nothing, &ret_frame->function);
}

enum hog_status hog_profile_builder_add_stack(struct hog_profile_builder *builder, uint32_t thread,
                                              const struct hog_profile_frame *frames, size_t count,
                                              uint64_t weight)
{
    struct hog_profile_frame no_frame;
    enum hog_status status = HOG_OK;
    uint32_t node;

    if (thread >= builder->thread_count)
        return HOG_USAGE;
    if (!count) {
        status = builder_no_frame(builder, &no_frame);
        frames = &no_frame;
        count = 1;
    }
    if (status != HOG_OK)
        return status;
    node = tree_find_stack(&builder->tree, thread, frames, count);
    if (node == HOG_NO_NODE) {
        if (hog_profile_builder_memory(builder) > builder->memory_limit)
            return HOG_LIMIT;
        status = tree_add_stack(&builder->tree, thread, frames, count, &node);
    }
    if (status != HOG_OK)
        return status;
    builder->tree.nodes[node].self += weight;
    builder->threads[thread].counts.kept += weight;
    builder->counts.kept += weight;
    return HOG_OK;
}

enum hog_status hog_profile_builder_add_node(struct hog_profile_builder *builder, uint32_t thread,
                                             uint32_t parent, struct hog_profile_frame frame, uint64_t self,
                                             uint32_t *ret_node)
{
    struct tree *tree = &builder->tree;
    enum hog_status status;

    if (thread >= builder->thread_count || frame.function >= builder->names.function_count ||
        (parent != HOG_NO_NODE && (parent >= tree->count || tree->nodes[parent].thread != thread)))
        return HOG_USAGE;
    if (self > MOST_SAMPLES - builder->counts.kept)
        return HOG_LIMIT;
    status = tree_child(tree, thread, parent, frame, ret_node);
    if (status != HOG_OK)
        return status;
    tree->nodes[*ret_node].self += self;
    builder->threads[thread].counts.kept += self;
    builder->counts.kept += self;
    return HOG_OK;
}

static void counts_add(struct hog_profile_counts *sum, const struct hog_profile_counts *more)
{
    sum->idle += more->idle;
    sum->elsewhere += more->elsewhere;
    sum->dropped += more->dropped;
    sum->on_gil += more->on_gil;
    sum->waiting_for_gil += more->waiting_for_gil;
    sum->waiting_for_cpu += more->waiting_for_cpu;
    sum->collecting_garbage += more->collecting_garbage;
}

void hog_profile_builder_add_counts(struct hog_profile_builder *builder, uint32_t thread,
                                    const struct hog_profile_counts *counts)
{
    counts_add(&builder->counts, counts);
    if (thread < builder->thread_count)
        counts_add(&builder->threads[thread].counts, counts);
}

void hog_profile_builder_idle(struct hog_profile_builder *builder, uint32_t thread, uint64_t count)
{
    hog_profile_builder_add_counts(builder, thread, &(struct hog_profile_counts){.idle = count});
}

static enum hog_status builder_new_reason(struct hog_profile_builder *builder, const char *reason)
{
    struct hog_profile_drop drop = {0};
    enum hog_status status = names_text(&builder->names, reason, &drop.reason);

    if (status != HOG_OK)
        return status;
    if (!HOG_GROW(builder->drops, builder->drop_capacity, builder->drop_count + 1))
        return HOG_NO_MEMORY;
    builder->drops[builder->drop_count++] = drop;
    return HOG_OK;
}

/* Should there ever be too many reasons, the last is "other reasons". */
enum hog_status hog_profile_builder_add_reason(struct hog_profile_builder *builder, const char *reason,
                                               uint64_t count)
{
    uint32_t i = 0;

    while (i < builder->drop_count && strcmp(builder->drops[i].reason, reason) != 0)
        i++;
    if (i == MAX_DROP_REASONS) {
        i--;
    } else if (i == builder->drop_count) {
        enum hog_status status =
            builder_new_reason(builder, i == MAX_DROP_REASONS - 1 ? "other reasons" : reason);

        if (status != HOG_OK)
            return status;
    }
    builder->drops[i].count += count;
    return HOG_OK;
}

void hog_profile_builder_drop(struct hog_profile_builder *builder, uint32_t thread, const char *reason,
                              uint64_t count)
{
    hog_profile_builder_add_counts(builder, thread, &(struct hog_profile_counts){.dropped = count});
    if (hog_profile_builder_add_reason(builder, reason, count) != HOG_OK)
        return; /* counted as dropped all the same */
}

void hog_profile_builder_tally(struct hog_profile_builder *builder, uint32_t thread,
                               enum hog_profile_tally tally, uint64_t count)
{
    struct hog_profile_counts counts = {0};

    switch (tally) {
    case HOG_TALLY_ON_GIL:
        counts.on_gil = count;
        break;
    case HOG_TALLY_WAITING_FOR_GIL:
        counts.waiting_for_gil = count;
        break;
    case HOG_TALLY_WAITING_FOR_CPU:
        counts.waiting_for_cpu = count;
        break;
    case HOG_TALLY_COLLECTING_GARBAGE:
        counts.collecting_garbage = count;
        break;
    }
    hog_profile_builder_add_counts(builder, thread, &counts);
}
