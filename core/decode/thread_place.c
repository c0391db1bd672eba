/*
 * On which OS thread a state runs, where its ids do not tell.
 *
 *     PyThreadState_New() takes the ids of the thread that calls it. uWSGI makes all states in its main thread, one
 *     for each of its threads and applications; and to 3.11 a state has its creator's ids until its own thread runs.
 *
 *     ids of several states are the same        what tells them apart
 *     ──────────────────────────────────        ─────────────────────
 *     3.10+   frames run on a C stack           its CFrame, its marks of entry lie on the stack of that thread
 *     all     the one holds the GIL             the kernel has just one thread in user code that no state claims
 *     all     a newer one has no frames         it belongs to no thread yet
 *     all     none claims the only thread       it is a child of vfork() before it has become another program; it runs on
 *                                               the stack of the thread that made it
 *
 * A thread's stack is the mapping below its struct pthread (glibc and musl put the one above the other), that of the
 * first thread is "[stack]". From glibc 2.42 on Linux 6.13 guard pages do not divide mappings, so stacks lie in one:
 *
 *     │ stack of T3    pthread T3 │ guard │ stack of T2    pthread T2 │ guard │ stack of T1    pthread T1 │
 *          ▲ stack pointer  ▲ mark                ▲ address in a frame: of the nearest mark above it, T2's
 *
 * Source: Python/pystate.c, Modules/_threadmodule.c; glibc nptl/allocatestack.c (setup_stack_prot).
 */
#include "decode/thread_place.h"

#include "base/cleanup.h"

#include <stdlib.h>
#include <string.h>

/* An address in the thread's struct pthread: that of its begin, or of what the kernel was told of it. 0: unknown. */
static uint64_t pthread_of(const struct hog_os_thread *thread)
{
    return thread->registers.has_thread_pointer ? thread->registers.thread_pointer : thread->robust_list;
}

/*
 * In a child that one of several threads forked, that thread bears the number of the process, and its stack is not
 * "[stack]": there lie the frames of a thread that was left behind. Thread pointers, which a process's own threads tell
 * in their registers and all states in their ids, lie above the stacks that they belong to; the first thread's does not.
 */
static bool has_stack_of_its_own(const struct decoder *decoder, const struct hog_os_thread *thread)
{
    const struct hog_thread_registers *registers = &thread->registers;
    const struct hog_mapping *stack =
        registers->stack_pointer ? hog_process_mapping_at(decoder->process, registers->stack_pointer) : NULL;

    if (!stack || strcmp(stack->path, "[stack]") == 0)
        return false;
    if (pthread_of(thread))
        return pthread_of(thread) > registers->stack_pointer && pthread_of(thread) < stack->end;
    for (size_t i = 0; i < decoder->raw_thread_count; i++) {
        uint64_t pointer = decoder->raw_threads[i].decoded.thread_id;

        if (pointer > registers->stack_pointer && pointer < stack->end)
            return true;
    }
    return false;
}

/* A state's thread has its stack between them. */
static bool pthread_lies_between(const struct decoder *decoder, uint64_t low, uint64_t high)
{
    for (size_t i = 0; i < decoder->raw_thread_count; i++) {
        uint64_t pthread = decoder->raw_threads[i].decoded.thread_id;

        if (pthread > low && pthread <= high)
            return true;
    }
    return false;
}

/*
 * How far the address, of something in a frame, lies from what shows where this thread's stack is: below its struct
 * pthread, or, where that is unknown, above its stack pointer, which is believed less. UINT64_MAX: it does not lie there.
 */
static uint64_t distance_on_stack(const struct decoder *decoder, const struct hog_mapping *stack,
                                  uint64_t address, const struct hog_os_thread *thread)
{
    uint64_t pthread = pthread_of(thread), top = thread->registers.stack_pointer;

    if (pthread)
        return pthread > address && pthread < stack->end ? pthread - address : UINT64_MAX;
    if (top < stack->start || top > address || pthread_lies_between(decoder, top, address))
        return UINT64_MAX;
    return stack->end - stack->start + address - top;
}

/* What of a thread lies on its stack: see distance_on_stack. */
static uint64_t mark_of(const struct hog_os_thread *thread)
{
    uint64_t pthread = pthread_of(thread);

    return pthread ? pthread : thread->registers.stack_pointer;
}

static int by_mark(const void *one, const void *other)
{
    uint64_t a = mark_of(*(const struct hog_os_thread *const *)one);
    uint64_t b = mark_of(*(const struct hog_os_thread *const *)other);

    return (a > b) - (a < b);
}

/* The process's threads in the order of their stacks. */
struct stack_order {
    const struct hog_os_thread **items; /* malloc'ed */
    size_t count;                       /* 0: no memory, or none */
};

static struct stack_order order_by_stack(const struct hog_process *process)
{
    struct stack_order order = {.items = calloc(process->thread_count + 1, sizeof *order.items)};

    for (; order.items && order.count < process->thread_count; order.count++)
        order.items[order.count] = &process->threads[order.count];
    if (order.count)
        qsort(order.items, order.count, sizeof *order.items, by_mark);
    return order;
}

static size_t first_from(const struct stack_order *order, uint64_t address)
{
    size_t low = 0, count = order->count;

    while (low < count) {
        size_t middle = low + (count - low) / 2;

        if (mark_of(order->items[middle]) < address)
            low = middle + 1;
        else
            count = middle;
    }
    return low;
}

/* Stacks may lie in one mapping, without a guard between them: the nearest thread is the one. */
static const struct hog_os_thread *thread_of_stack(const struct decoder *decoder,
                                                   const struct stack_order *order, uint64_t address)
{
    const struct hog_process *process = decoder->process;
    const struct hog_mapping *stack =
        process->mapping_count ? hog_process_mapping_at(process, address) : NULL;
    const struct hog_os_thread *found = NULL;
    uint64_t nearest = UINT64_MAX;

    if (stack && strcmp(stack->path, "[stack]") == 0) {
        found = hog_process_thread(process, process->pid);
        return found && !has_stack_of_its_own(decoder, found) ? found : NULL;
    }
    for (size_t i = stack ? first_from(order, stack->start) : order->count;
         i < order->count && mark_of(order->items[i]) < stack->end; i++) {
        uint64_t distance = distance_on_stack(decoder, stack, address, order->items[i]);

        if (distance < nearest) {
            nearest = distance;
            found = order->items[i];
        }
    }
    return found;
}

/* Is there an older state with the same ids? The list is newest first. */
static bool has_elder(const struct decoder *decoder, size_t index)
{
    const struct hog_thread *thread = &decoder->raw_threads[index].decoded;

    for (size_t i = index + 1; i < decoder->raw_thread_count; i++)
        if (decoder->raw_threads[i].decoded.thread_id == thread->thread_id)
            return thread->thread_id != 0;
    return false;
}

/* Several states have its ids, and it is not surely the one that they are of. */
static bool is_doubtful(const struct decoder *decoder, size_t first, size_t index)
{
    const struct raw_thread *thread = decoder->raw_threads + index;

    for (size_t i = first; i < decoder->raw_thread_count && !thread->placed; i++)
        if (i != index && decoder->raw_threads[i].decoded.thread_id == thread->decoded.thread_id)
            return thread->decoded.thread_id != 0;
    return false;
}

/* Another state surely runs on its OS thread. */
static bool is_displaced(const struct decoder *decoder, size_t first, size_t index)
{
    const struct raw_thread *thread = decoder->raw_threads + index;

    for (size_t i = first; i < decoder->raw_thread_count; i++)
        if (i != index && decoder->raw_threads[i].placed &&
            decoder->raw_threads[i].decoded.os_thread_id == thread->decoded.os_thread_id)
            return thread->decoded.os_thread_id != 0 && !thread->frame_count;
    return false;
}

static bool is_claimed(const struct decoder *decoder, size_t first, int64_t lwp)
{
    for (size_t i = 0; i < decoder->raw_thread_count; i++)
        if (decoder->raw_threads[i].decoded.os_thread_id == lwp &&
            (decoder->raw_threads[i].placed || i < first || !is_doubtful(decoder, first, i)))
            return true;
    return false;
}

/* The only thread in user code that no state claims. */
static const struct hog_os_thread *only_runner(const struct decoder *decoder, size_t first)
{
    const struct hog_process *process = decoder->process;
    const struct hog_os_thread *found = NULL;

    for (size_t i = 0; i < process->thread_count; i++) {
        const struct hog_thread_registers *registers = &process->threads[i].registers;

        if (!registers->known)
            return NULL;
        if (registers->system_call >= 0 || is_claimed(decoder, first, process->threads[i].lwp))
            continue;
        if (found)
            return NULL;
        found = process->threads + i;
    }
    return found;
}

static void place_by_stack(struct decoder *decoder, size_t first, thread_moved moved, const void *context)
{
    struct stack_order order = order_by_stack(decoder->process);

    for (size_t i = first; i < decoder->raw_thread_count; i++) {
        struct raw_thread *thread = decoder->raw_threads + i;
        const struct hog_os_thread *found =
            thread->c_stack ? thread_of_stack(decoder, &order, thread->c_stack) : NULL;

        thread->placed = found != NULL;
        if (found && found->lwp != thread->decoded.os_thread_id)
            moved(decoder, context, thread, found);
    }
    free(order.items);
}

/* Whether the first thread's stack is this state's: it is the oldest, and CPython itself says so from 3.7 on. */
static bool is_of_first_thread(struct decoder *decoder, size_t index)
{
    const struct hog_thread *thread = &decoder->raw_threads[index].decoded;
    uint64_t runtime = decoder->location->python.runtime, fault = decoder->memory->fault, main_thread = 0;

    if (index + 1 != decoder->raw_thread_count || thread->interpreter != 0)
        return false;
    if (runtime && field_u64(decoder, runtime, HOG_F_runtime_main_thread, &main_thread))
        decoder->memory->fault = fault; /* a core need not have it */
    return !main_thread || main_thread == thread->thread_id;
}

static bool is_above(uint64_t pointer, uint64_t address, const struct hog_mapping *stack)
{
    return pointer > address && pointer < stack->end;
}

static void place_only_thread(struct decoder *decoder, size_t first, thread_moved moved, const void *context)
{
    const struct hog_process *process = decoder->process;
    const struct hog_os_thread *only = process->threads;
    uint64_t address = process->thread_count == 1 ? only->registers.stack_pointer : 0;
    const struct hog_mapping *stack = address ? hog_process_mapping_at(process, address) : NULL;
    size_t found = decoder->raw_thread_count;
    bool on_first = stack && strcmp(stack->path, "[stack]") == 0;

    for (size_t i = 0; i < decoder->raw_thread_count; i++)
        if (decoder->raw_threads[i].decoded.os_thread_id == (only ? only->lwp : 0))
            return;
    for (size_t i = first; stack && i < decoder->raw_thread_count; i++) {
        uint64_t pointer = decoder->raw_threads[i].decoded.thread_id;

        if (on_first ? is_of_first_thread(decoder, i)
                     : is_above(pointer, address, stack) &&
                           (found == decoder->raw_thread_count ||
                            pointer < decoder->raw_threads[found].decoded.thread_id))
            found = i;
    }
    if (found == decoder->raw_thread_count)
        return;
    moved(decoder, context, decoder->raw_threads + found, only);
    decoder->raw_threads[found].placed = true;
}

void thread_place(struct decoder *decoder, size_t first, thread_moved moved, const void *context)
{
    place_by_stack(decoder, first, moved, context);
    for (size_t i = first; i < decoder->raw_thread_count; i++) {
        struct raw_thread *thread = decoder->raw_threads + i;
        const struct hog_os_thread *runner = NULL;
        bool holds_gil = thread->decoded.owns_gil == HOG_YES;

        if (!is_doubtful(decoder, first, i) || (thread->decoded.active == HOG_YES && holds_gil))
            continue;
        if (holds_gil)
            runner = only_runner(decoder, first);
        if (runner || holds_gil || has_elder(decoder, i) || is_displaced(decoder, first, i)) {
            moved(decoder, context, thread, runner);
            thread->placed = runner != NULL;
        }
    }
    place_only_thread(decoder, first, moved, context);
}
