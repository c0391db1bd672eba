/* The collector's lists; see heap.h. */
#include "value/heap.h"

#include "value/reader.h"

enum {
    POLL_EVERY = 4096,
    FLAGS =
        3, /* of both links (3.8+): a collection that is under way, finalized, which generation (3.14.0 - 3.14.4) */
};

static bool read_next(struct hog_values *values, uint64_t node, uint64_t *ret_next)
{
    if (hog_memory_u64(values->decoder.memory, node, ret_next) != HOG_OK)
        return false;
    *ret_next &= ~(uint64_t)FLAGS;
    return *ret_next != 0;
}

/* Does the first node of this list lead back to it? */
static bool is_head(struct hog_values *values, uint64_t head)
{
    uint64_t next, back;

    return read_next(values, head, &next) && read_next(values, next + 8, &back) && back == head;
}

static void add_lists(struct hog_values *values, uint64_t base, enum hog_field generations,
                      enum hog_field permanent, struct hog_heap_walk *walk)
{
    const struct hog_layout *layout = values->decoder.layout;
    /* 3.13.18 has it 4 bytes nearer than 3.13.0: its PyGC_Head is aligned by 4 alone */
    static const uint64_t places[] = {0, 4, -(uint64_t)4};
    uint64_t first;

    if (!base || !hog_layout_has(layout, generations))
        return;
    first = base + layout->offset[generations];
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (is_head(values, first + places[i])) {
            first += places[i];
            break;
        }
    for (uint64_t i = 0; i < HOG_HEAP_LISTS - 1; i++)
        walk->heads[i] = first + i * layout->offset[HOG_F_gcgeneration_SIZE];
    if (hog_layout_has(layout, permanent))
        walk->heads[HOG_HEAP_LISTS - 1] = base + layout->offset[permanent];
}

/* In memory that the program's files fill: there the heads lie that are static variables, and no object. */
static bool is_static(const struct hog_process *process, uint64_t address)
{
    const struct hog_mapping *mapping = hog_process_mapping_at(process, address);

    return mapping && *mapping->path == '/';
}

/* 3.6: from an object that is known to be in one of the lists to its head; the others lie beside it. */
static void add_static_lists(struct hog_values *values, uint64_t interpreter, struct hog_heap_walk *walk)
{
    const struct hog_layout *layout = values->decoder.layout;
    uint64_t size = layout->offset[HOG_F_gcgeneration_SIZE], node, first;
    uint32_t found = 0;

    if (hog_value_modules(values, interpreter, &node) != HOG_OK)
        return;
    node -= layout->offset[HOG_F_gchead_SIZE];
    for (uint64_t i = 0; !is_static(values->decoder.process, node); i++)
        if (i >= walk->at_most || node % 8 || !read_next(values, node, &node) ||
            (i % POLL_EVERY == 0 && hog_values_interrupted(values)))
            return;
    first = node;
    while (found < HOG_HEAP_LISTS - 2 && is_head(values, first - size)) {
        first -= size;
        found++;
    }
    for (uint32_t i = 0; i < HOG_HEAP_LISTS - 1 && is_head(values, first); i++, first += size)
        walk->heads[i] = first;
}

enum hog_status hog_heap_walk_start(struct hog_values *values, uint64_t runtime, uint64_t interpreter,
                                    uint64_t at_most, struct hog_heap_walk *ret_walk)
{
    const struct hog_layout *layout = values->decoder.layout;
    struct hog_heap_walk walk = {.at_most = at_most};

    if (layout->build.free_threaded || !hog_layout_has(layout, HOG_F_gchead_SIZE))
        return HOG_UNSUPPORTED;
    add_lists(values, runtime, HOG_F_runtime_gc_generations, HOG_F_runtime_gc_permanent, &walk);
    add_lists(values, interpreter, HOG_F_interp_gc_generations, HOG_F_interp_gc_permanent, &walk);
    if (!walk.heads[0] && interpreter)
        add_static_lists(values, interpreter, &walk);
    if (!walk.heads[0])
        return HOG_UNSUPPORTED;
    *ret_walk = walk;
    return HOG_OK;
}

/* False: this list is at its end. */
static bool step(struct hog_values *values, struct hog_heap_walk *walk)
{
    uint64_t head = walk->heads[walk->list], at = walk->node ? walk->node : head, next;

    if (!head)
        return false;
    if (!read_next(values, at, &next) || (next != head && next % 8)) {
        walk->is_damaged = true;
        return false;
    }
    walk->node = next;
    if (next == head)
        return false;
    if (next == walk->checkpoint) {
        walk->is_damaged = true;
        return false;
    }
    if (walk->taken >= walk->next_checkpoint) {
        walk->checkpoint = next;
        walk->next_checkpoint = 2 * walk->taken + 1;
    }
    return true;
}

bool hog_heap_walk_next(struct hog_values *values, struct hog_heap_walk *walk, uint64_t *ret_object)
{
    while (walk->list < HOG_HEAP_LISTS) {
        if (!step(values, walk)) {
            walk->list++;
            walk->node = 0;
            continue;
        }
        if (walk->taken >= walk->at_most) {
            walk->is_cut = true;
            walk->list = HOG_HEAP_LISTS;
            return false;
        }
        walk->taken++;
        *ret_object = walk->node + values->decoder.layout->offset[HOG_F_gchead_SIZE];
        return true;
    }
    return false;
}
