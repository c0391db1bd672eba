/*
 * Objects that no module keeps a list of, found among those that the garbage collector knows: one pass for all kinds.
 *
 *     collector's lists ─▶ object ─▶ its class, told once ─▶ generators, greenlets, tasks of trio, …
 */
#include "tasks/reader.h"

#include "base/grow.h"
#include "value/coroutine.h"
#include "value/heap.h"

#include <stdlib.h>
#include <string.h>

enum { OBJECTS_MAX = 50000000, FOUND_MAX = 1000000, POLL_EVERY = 4096, BASES_MAX = 16 };

struct heap_class {
    uint64_t address;
    enum heap_kind kind; /* HEAP_KINDS: nothing that is looked for */
    UT_hash_handle hh;
};

static enum heap_kind kind_of(struct tasks_reader *reader, uint64_t object)
{
    struct hog_values *values = reader->values;
    const struct hog_value_type *type;

    if (hog_coroutine_kind(values, object) != HOG_COROUTINE_NONE)
        return HEAP_GENERATORS;
    if (hog_value_is_a(values, object, "greenlet", "greenlet"))
        return HEAP_GREENLETS;
    if (hog_value_type(values, object, &type) != HOG_OK)
        return HEAP_KINDS;
    for (int i = 0; i < BASES_MAX; i++) {
        if (strncmp(type->module, "gevent.", strlen("gevent.")) == 0)
            return HEAP_OF_GEVENT;
        if (!type->base || hog_value_class(values, type->base, &type) != HOG_OK)
            break;
    }
    return HEAP_KINDS;
}

/* Of instances of the same class it is the same. */
static enum heap_kind known_kind(struct tasks_reader *reader, struct heap_class **classes, uint64_t object)
{
    struct heap_class *class;
    uint64_t type;

    if (!read_member(reader, object, HOG_F_object_ob_type, &type))
        return HEAP_KINDS;
    HASH_FIND(hh, *classes, &type, sizeof type, class);
    if (class)
        return class->kind;
    class = hog_arena_alloc(reader->arena, sizeof *class);
    if (!class) {
        reader->no_memory = true;
        return HEAP_KINDS;
    }
    class->address = type;
    class->kind = kind_of(reader, object);
    HASH_ADD(hh, *classes, address, sizeof class->address, class);
    return class->kind;
}

static void add(struct tasks_reader *reader, enum heap_kind kind, uint64_t object)
{
    struct heap_list *list = &reader->heap[kind];

    if (list->count >= FOUND_MAX) {
        tasks_warn(reader, "there are more than %d objects of a kind: the others are left out", FOUND_MAX);
        return;
    }
    if (!HOG_GROW(list->items, list->capacity, list->count + 1)) {
        reader->no_memory = true;
        return;
    }
    list->items[list->count++] = object;
}

static void scan(struct tasks_reader *reader, struct hog_heap_walk *walk, struct heap_class **classes)
{
    uint64_t object;

    while (!reader->no_memory && hog_heap_walk_next(reader->values, walk, &object)) {
        enum heap_kind kind = known_kind(reader, classes, object);

        if (kind != HEAP_KINDS)
            add(reader, kind, object);
        if (walk->taken % POLL_EVERY == 0 && tasks_interrupted(reader))
            return;
    }
    if (walk->is_damaged)
        tasks_warn(reader, "a list of the garbage collector is damaged: objects are missing");
    if (walk->is_cut)
        tasks_warn(reader, "there are more than %d objects: the others are not looked at", OBJECTS_MAX);
}

bool heap_read(struct tasks_reader *reader)
{
    const struct hog_snapshot *snapshot = reader->snapshot;
    struct heap_class *classes = NULL;
    bool found = false;

    for (size_t i = 0; i < snapshot->interpreter_count; i++) {
        struct hog_heap_walk walk;

        if (hog_heap_walk_start(reader->values, reader->location->python.runtime,
                                snapshot->interpreters[i].address, OBJECTS_MAX, &walk) != HOG_OK)
            continue;
        found = true;
        scan(reader, &walk, &classes);
        if (hog_layout_has(reader->layout, HOG_F_runtime_gc_generations))
            break; /* to 3.8 all interpreters share theirs */
    }
    HASH_CLEAR(hh, classes);
    return found;
}

void heap_release(struct tasks_reader *reader)
{
    for (int i = 0; i < HEAP_KINDS; i++)
        free(reader->heap[i].items);
}
