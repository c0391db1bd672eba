/*
 * Greenlets, and gevent's: their stacks, parents, and what each waits for.
 *
 *     greenlet 2 and later                                     to 1.1
 *     PyGreenlet ─ pimpl ─▶ Greenlet                           PyGreenlet
 *                           ├ _self ─▶ PyGreenlet              ├ stack_start, stack_stop, …
 *                           ├ exception_state, switch_args     ├ parent
 *                           ├ stack_start, stack_stop, …       └ top_frame
 *                           ├ _context, _top_frame, …
 *                           └ _main_greenlet, _run_callable, _parent      of all but main greenlets
 *
 * Only that the implementation names its PyGreenlet proves that it is one. _top_frame is a frame object while the
 * greenlet is suspended, else NULL; from it the frames lead outwards (greenlet takes the marks of calls from C, which
 * lie on its C stack, out of the chain). How much lies between it and what follows depends on CPython's version, so
 * _main_greenlet is found by its type. Of a main greenlet stack_stop is -1.
 *
 * Source: 3.1.1 and 3.5.6 TGreenlet.hpp, greenlet.h, seen with these. greenlet 1.1.3 greenlet.h: read, and not tried.
 */
#include "tasks/reader.h"

#include "base/grow.h"
#include "value/coroutine.h"

#include <stdlib.h>
#include <string.h>

enum {
    WORD = 8,
    /* In the implementation, before the exception state and behind it: words. */
    SELF = 1,
    EXC_INFO = 2, /* that of the thread while it is suspended, NULL while it runs */
    EXC_STATE = 3,
    EXC_WORDS = 2,        /* _PyErr_StackItem from 3.11 on */
    EXC_WORDS_BEFORE = 4, /* to 3.10 */
    SWITCH_ARGS = 2,
    STACK_WORDS = 5,
    MAIN_WITHIN = 24,    /* words behind _top_frame */
    IMPLEMENTATION = 64, /* words that are read of it */
    /* Of the PyGreenlet behind its header: words. */
    PIMPL = 2,
    OLD_PARENT = 5,
    OLD_TOP_FRAME = 7,
    OLD_WORDS = 8,
    FRAMES_MAX = 10000,
    FRAMES_IN_ALL = 4000000,
    LINEAGE_MAX = 64,
};

struct greenlet {
    uint64_t stack_start, stack_stop, top_frame, parent, main;
    bool is_suspended; /* it may have no frame of Python */
};

size_t greenlet_words(struct tasks_reader *reader, uint64_t address, uint64_t *words, size_t count)
{
    size_t got = address ? hog_memory_read_some(reader->memory, address, words, count * WORD) / WORD : 0;

    memset(words + got, 0, (count - got) * WORD);
    return got;
}

bool greenlet_is(struct tasks_reader *reader, uint64_t object)
{
    return object && object % WORD == 0 && hog_value_is_a(reader->values, object, "greenlet", "greenlet");
}

/*
 * _main_greenlet, and two words further _parent. One that has not begun has no main greenlet yet: it will have that of its
 * parent.
 */
static void read_lineage(struct tasks_reader *reader, const uint64_t *words, size_t count,
                         struct greenlet *greenlet)
{
    size_t i = 0;

    while (i < count && !greenlet_is(reader, words[i]))
        i++;
    if (i == count)
        return;
    greenlet->main = words[i];
    greenlet->parent = greenlet->stack_stop ? words[i + 2] : words[i];
    if (!greenlet_is(reader, greenlet->parent))
        greenlet->parent = 0;
}

static bool read_new(struct tasks_reader *reader, uint64_t object, uint64_t pimpl, struct greenlet *greenlet)
{
    size_t exc = reader->layout->traits.frame_chain == HOG_FRAMES_OBJECTS ? EXC_WORDS_BEFORE : EXC_WORDS;
    size_t stack = EXC_STATE + exc + SWITCH_ARGS, top = stack + STACK_WORDS + 1;
    uint64_t words[IMPLEMENTATION];

    if (greenlet_words(reader, pimpl, words, IMPLEMENTATION) <= top || words[SELF] != object)
        return false;
    *greenlet = (struct greenlet){.stack_start = words[stack],
                                  .stack_stop = words[stack + 1],
                                  .top_frame = words[top],
                                  .main = object,
                                  .is_suspended = words[EXC_INFO]};
    if (greenlet->stack_stop != UINT64_MAX)
        read_lineage(reader, words + top + 1, MAIN_WITHIN, greenlet);
    return true;
}

static uint64_t old_parent(struct tasks_reader *reader, uint64_t object)
{
    uint64_t parent;

    return hog_memory_u64(reader->memory,
                          object + reader->layout->offset[HOG_F_object_ob_size] + OLD_PARENT * WORD,
                          &parent) == HOG_OK &&
                   greenlet_is(reader, parent)
               ? parent
               : 0;
}

/* False: it is none that is known. */
static bool read_greenlet(struct tasks_reader *reader, uint64_t object, struct greenlet *greenlet)
{
    uint64_t words[OLD_WORDS], parent;

    if (greenlet_words(reader, object + reader->layout->offset[HOG_F_object_ob_size], words, OLD_WORDS) <
        OLD_WORDS)
        return false;
    if (read_new(reader, object, words[PIMPL], greenlet))
        return true;
    *greenlet = (struct greenlet){.stack_start = words[0],
                                  .stack_stop = words[1],
                                  .parent = words[OLD_PARENT],
                                  .top_frame = words[OLD_TOP_FRAME],
                                  .is_suspended = words[OLD_TOP_FRAME],
                                  .main = object};
    for (int i = 0; i < LINEAGE_MAX && (parent = old_parent(reader, greenlet->main)); i++)
        greenlet->main = parent;
    return (!greenlet->parent || greenlet_is(reader, greenlet->parent)) &&
           (!greenlet->top_frame || hog_value_is(reader->values, greenlet->top_frame, "builtins", "frame"));
}

/*
 * Stacks.
 */

/* The address of the innermost frame; 0: there is none. */
static uint64_t innermost(struct tasks_reader *reader, const struct greenlet *greenlet)
{
    uint64_t frame = greenlet->top_frame;

    if (!frame || !hog_value_is(reader->values, frame, "builtins", "frame"))
        return 0;
    if (reader->layout->traits.frame_chain == HOG_FRAMES_OBJECTS)
        return frame;
    return read_member(reader, frame, HOG_F_frameobject_f_frame, &frame) ? frame : 0;
}

/* 3.12+: a mark of a call from C, no frame. */
static bool is_mark(struct tasks_reader *reader, uint64_t frame)
{
    uint8_t first = reader->layout->traits.first_marker_owner, owner;

    return first && read_byte(reader, frame, HOG_F_iframe_owner, &owner) && owner >= first;
}

struct frame_items {
    struct hog_frame *items; /* malloc'ed */
    size_t count, capacity;
};

/* Why there are no more; NULL: there may be, and `*frame` is the next. */
static const char *take_frame(struct tasks_reader *reader, struct frame_items *list, uint64_t *frame)
{
    bool objects = reader->layout->traits.frame_chain == HOG_FRAMES_OBJECTS;
    const struct hog_coroutine at = {.frame = *frame};
    uint64_t previous;

    if (!is_mark(reader, *frame)) {
        if (!HOG_GROW(list->items, list->capacity, list->count + 1))
            return "not enough memory";
        if (hog_coroutine_frame(reader->values, &at, &list->items[list->count]) != HOG_OK)
            return WORDS(reader, "the frame at " HOG_ADDRESS " could not be read", *frame);
        list->count++;
    }
    if (!read_member(reader, *frame, objects ? HOG_F_frame_f_back : HOG_F_iframe_previous, &previous))
        return WORDS(reader, "the frame at " HOG_ADDRESS " could not be read", *frame);
    *frame = previous;
    return NULL;
}

static void take_frames(struct tasks_reader *reader, struct hog_task *task, uint64_t frame)
{
    struct frame_items list = {0};
    struct hog_frame *kept;

    for (size_t steps = 0; frame && !task->stopped_because; steps++) {
        if (steps >= FRAMES_MAX || reader->chain_steps++ >= FRAMES_IN_ALL)
            task->stopped_because = "the greenlet has more frames than are read";
        else
            task->stopped_because = take_frame(reader, &list, &frame);
    }
    kept = hog_arena_array(reader->arena, list.count, sizeof *kept);
    if (kept && list.count)
        memcpy(kept, list.items, list.count * sizeof *kept);
    reader->no_memory = reader->no_memory || (!kept && list.count);
    task->frames = kept;
    task->frame_count = kept ? list.count : 0;
    free(list.items);
}

/*
 * Threads and loops: one for each main greenlet.
 */

/*
 * On whose C stack does this address lie? pthread_self() of a thread lies at the top of its stack (glibc, musl), and the
 * nearest is the one where several stacks lie in one mapping.
 */
static uint32_t thread_of_stack(struct tasks_reader *reader, uint64_t address)
{
    const struct hog_snapshot *snapshot = reader->snapshot;
    const struct hog_mapping *mapping = hog_process_mapping_at(reader->process, address);
    uint32_t python = 0, last = HOG_TASK_NONE, found = HOG_TASK_NONE;

    for (uint32_t i = 0; i < snapshot->thread_count; i++) {
        const struct hog_thread *thread = &snapshot->threads[i];

        if (!thread->tstate)
            continue;
        python++;
        last = last == HOG_TASK_NONE ? i : last;
        if (mapping && thread->thread_id >= address && thread->thread_id < mapping->end &&
            (found == HOG_TASK_NONE || thread->thread_id < snapshot->threads[found].thread_id))
            found = i;
        if (mapping && strcmp(mapping->path, "[stack]") == 0 && thread->os_thread_id == reader->process->pid)
            return i;
    }
    return found == HOG_TASK_NONE && python == 1 ? last : found;
}

/* The hub, its thread: told by whichever of the group tells it. */
static void learn_group(struct tasks_reader *reader, struct hog_loop *loop, const struct raw_task *raw,
                        const struct greenlet *greenlet)
{
    if (hog_value_is_a(reader->values, raw->task.address, "gevent.hub", "Hub")) {
        loop->kind = "gevent";
        loop->type = raw->task.type;
    }
    if (loop->thread == HOG_TASK_NONE && greenlet->stack_stop && greenlet->stack_stop != UINT64_MAX)
        loop->thread = thread_of_stack(reader, greenlet->stack_stop);
    loop->is_running = loop->thread != HOG_TASK_NONE;
}

static void name_it(struct tasks_reader *reader, struct raw_task *raw, const struct greenlet *greenlet)
{
    const struct hog_value_type *type;
    struct hog_task *task = &raw->task;
    const struct hog_code *code = task->frame_count ? task->frames[task->frame_count - 1].code : NULL;
    if (hog_value_type(reader->values, task->address, &type) != HOG_OK)
        return;
    task->type = hog_value_type_name(reader->values, type);
    task->kind = greenlet->stack_stop == UINT64_MAX ? "main greenlet" : WORDS(reader, "%s", type->name);
    if (code && greenlet->stack_stop != UINT64_MAX && strcmp(type->name, "Hub") != 0)
        task->name = WORDS(reader, "%s", code->qualname ? code->qualname : code->name);
}

/* Of one that has not begun, by those that have. */
static uint64_t main_of(struct tasks_reader *reader, const struct greenlet *greenlet)
{
    struct greenlet up = *greenlet;

    for (int i = 0; i < LINEAGE_MAX && !up.stack_stop && up.parent; i++)
        if (!read_greenlet(reader, up.parent, &up))
            break;
    return up.main;
}

static void add(struct tasks_reader *reader, uint64_t object)
{
    struct greenlet greenlet;
    struct raw_task *raw;

    if (!read_greenlet(reader, object, &greenlet)) {
        tasks_warn(reader, "the greenlet at " HOG_ADDRESS " could not be read", object);
        return;
    }
    /* It has ended. */
    if (greenlet.stack_stop && !greenlet.stack_start)
        return;
    raw = tasks_add_object(reader, object);
    if (!raw)
        return;
    raw->task.parent = greenlet.parent;
    raw->is_greenlet = true;
    raw->task.state = !greenlet.stack_stop    ? HOG_TASK_CREATED
                      : greenlet.is_suspended ? HOG_TASK_WAITING
                                              : HOG_TASK_RUNNING;
    if (greenlet.top_frame)
        take_frames(reader, &raw->task, innermost(reader, &greenlet));
    name_it(reader, raw, &greenlet);
    raw->task.loop = loop_at(reader, main_of(reader, &greenlet), "greenlet");
    if (raw->task.loop != HOG_TASK_NONE)
        learn_group(reader, &reader->loops[raw->task.loop], raw, &greenlet);
}

/* Of the one that runs, the frames are its thread's. */
static void take_running(struct tasks_reader *reader, struct hog_task *task)
{
    uint32_t thread = task->loop == HOG_TASK_NONE ? HOG_TASK_NONE : reader->loops[task->loop].thread;

    if (task->state != HOG_TASK_RUNNING)
        return;
    if (thread == HOG_TASK_NONE) {
        task->stopped_because = "the thread that runs it is not known";
        return;
    }
    task->frames = reader->snapshot->threads[thread].frames;
    task->frame_count = reader->snapshot->threads[thread].frame_count;
}

void greenlets_find(struct tasks_reader *reader)
{
    const struct heap_list *found = &reader->heap[HEAP_GREENLETS];

    for (uint32_t i = 0; i < found->count && !reader->no_memory && !tasks_interrupted(reader); i++)
        add(reader, found->items[i]);
    for (uint32_t i = 0; i < reader->task_count; i++)
        if (reader->tasks[i]->is_greenlet)
            take_running(reader, &reader->tasks[i]->task);
}
