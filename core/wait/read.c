/*
 * All waits of a snapshot: thread by thread to its node, then the owners that
 * want to know of all waits, then who is stuck. See waits.h and reader.h.
 */
#include "decode/gil.h"
#include "memory/system_calls.h"
#include "wait/database.h"
#include "wait/holder.h"
#include "wait/host_name.h"
#include "wait/kernel.h"
#include "wait/library.h"
#include "wait/lock.h"
#include "wait/pool.h"
#include "wait/slots.h"
#include "wait/verdict.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

enum { WAITS_LIMIT = 256 << 20, WAIT_ENTRY_SIZE = 64 };

/*
 * One thread.
 */

static struct hog_gil_place gil_of(struct waits_reader *reader, const struct hog_thread *thread)
{
    for (size_t i = 0; i < reader->snapshot->interpreter_count; i++)
        if (reader->snapshot->interpreters[i].id == thread->interpreter)
            return hog_gil_locate_awaited(&reader->location->python, reader->process, reader->memory,
                                          reader->snapshot->interpreters[i].address);
    return (struct hog_gil_place){0};
}

static const char *gil_evidence(struct waits_reader *reader, const struct hog_gil_place *gil, uint64_t tstate)
{
    if (!gil->locked)
        return WORDS(reader,
                     "the GIL's condition is at " HOG_ADDRESS ", and _PyThreadState_Current at " HOG_ADDRESS
                     " is the thread state " HOG_ADDRESS,
                     gil->start, gil->holder, tstate);
    return WORDS(reader,
                 "the GIL at " HOG_ADDRESS " is locked, and its last_holder is the thread state " HOG_ADDRESS,
                 gil->start, tstate);
}

static uint32_t gil_node(struct waits_reader *reader, uint32_t thread)
{
    bool is_new;
    struct hog_gil_place gil = gil_of(reader, &reader->snapshot->threads[thread]);
    uint32_t node = node_for(reader, HOG_WAIT_GIL, gil.start, &is_new);

    if (node == HOG_WAIT_NONE || !is_new)
        return node;
    node_at(reader, node)->grade = HOG_WAIT_NOT_RECORDED;
    for (uint32_t i = 0; i < reader->snapshot->thread_count; i++)
        if (reader->snapshot->threads[i].owns_gil == HOG_YES &&
            gil_of(reader, &reader->snapshot->threads[i]).start == gil.start)
            node_held_by(reader, node, HOG_WAIT_HELD, i,
                         gil_evidence(reader, &gil, reader->snapshot->threads[i].tstate));
    return node;
}

static uint32_t futex_node(struct waits_reader *reader, uint32_t number, const struct wait_call *call,
                           struct hog_wait_thread *waiter)
{
    const struct hog_thread *thread = &reader->snapshot->threads[number];
    struct found_lock found;
    bool is_new;
    uint32_t node;

    if (lock_find(reader, number, call, &found)) {
        waiter->blocked = found.blocked;
        node = library_node(reader, number, &found);
        return node != HOG_WAIT_NONE ? node : lock_node(reader, number, &found);
    }
    if (call->is_restarted || (!thread->tstate && !thread->frame_count))
        return HOG_WAIT_NONE;
    node = node_for(reader, HOG_WAIT_FUTEX, call->arguments[0], &is_new);
    if (node != HOG_WAIT_NONE && is_new) {
        node_at(reader, node)->grade = HOG_WAIT_NOT_RECORDED;
        node_at(reader, node)->evidence = "the futex belongs to none of the locks that are known";
    }
    return node;
}

/* A system call, for what the program knows it as where it is more than that. */
static uint32_t call_node(struct waits_reader *reader, uint32_t number, const struct wait_call *call)
{
    uint32_t node = database_node(reader, number, call);

    if (node == HOG_WAIT_NONE)
        node = host_name_node(reader, number, call);
    if (node == HOG_WAIT_NONE)
        node = library_reading_node(reader, number, call->name);
    return node != HOG_WAIT_NONE ? node : kernel_node(reader, number, call);
}

static uint64_t instruction_of(struct waits_reader *reader, const struct hog_thread *thread)
{
    uint64_t frame = thread->frame_count ? thread->frames[0].frame : 0, instruction = 0;
    uint32_t last = 0;

    if (reader->layout->traits.frame_chain == HOG_FRAMES_OBJECTS)
        return read_member_u32(reader, frame, HOG_F_frame_f_lasti, &last) ? last : 0;
    return read_member(reader, frame, HOG_F_iframe_instr_ptr, &instruction) ? instruction : 0;
}

/* Some waits are many short ones, of which the limit is not that of the whole. */
static void mend_limit(struct hog_wait_thread *waiter, enum hog_wait_kind kind)
{
    if (kind == HOG_WAIT_STOP_THE_WORLD || kind == HOG_WAIT_STOP_REQUEST)
        waiter->has_limit = waiter->limit_unknown = false;
    if (kind == HOG_WAIT_DATABASE || kind == HOG_WAIT_HOST_NAME)
        waiter->limit = 0;
}

static void read_thread(struct waits_reader *reader, uint32_t number)
{
    const struct hog_thread *thread = &reader->snapshot->threads[number];
    struct hog_wait_thread *waiter = &reader->graph->threads[number];
    struct wait_call call = call_of(reader, thread);

    waiter->blocked = -1;
    waiter->node = HOG_WAIT_NONE;
    waiter->frame = hog_wait_program_frame(thread);
    waiter->instruction = instruction_of(reader, thread);
    if (thread->state == HOG_STATE_WAITING_FOR_GIL) { /* it looks each few milliseconds, for ever */
        waiter->node = gil_node(reader, number);
        return;
    }
    if (!call.in_call)
        return;
    waiter->has_limit = call.has_limit;
    waiter->limit_unknown = call.limit_unknown;
    waiter->limit = call.limit;
    if (call.is_futex)
        waiter->node = futex_node(reader, number, &call, waiter);
    else if (thread->tstate)
        waiter->node = call_node(reader, number, &call);
    if (waiter->node != HOG_WAIT_NONE)
        mend_limit(waiter, node_at(reader, waiter->node)->kind);
    if (waiter->node != HOG_WAIT_NONE && node_at(reader, waiter->node)->kind == HOG_WAIT_QUEUE &&
        pool_worker_is_idle(thread))
        node_at(reader, waiter->node)->work = true;
}

/* Nothing that is recorded proves who holds it; a `with` may. */
static bool with_may_tell(const struct hog_wait_node *node)
{
    return (node->kind == HOG_WAIT_LOCK && node->grade == HOG_WAIT_NOT_RECORDED && !node->evidence) ||
           (node->kind == HOG_WAIT_SEMLOCK && node->grade == HOG_WAIT_LIKELY);
}

static void find_lock_owners(struct waits_reader *reader)
{
    struct hog_wait_graph *graph = reader->graph;

    for (uint32_t i = 0; i < graph->thread_count; i++) {
        uint32_t node = graph->threads[i].node;

        if (node != HOG_WAIT_NONE && with_may_tell(&graph->nodes[node]))
            holder_of_lock(reader, node, graph->nodes[node].address, i);
    }
}

/* Entries of the parking lot lie each on a stack of its own: one read for all of them. */
static void fetch_parked(struct waits_reader *reader)
{
    const struct hog_snapshot *snapshot = reader->snapshot;
    struct hog_span *spans = hog_layout_has(reader->layout, HOG_F_threadhandle_thread_is_exiting)
                                 ? hog_arena_array(reader->arena, snapshot->thread_count, sizeof *spans)
                                 : NULL;
    size_t count = 0;

    for (size_t i = 0; spans && i < snapshot->thread_count; i++) {
        const struct hog_os_thread *thread =
            snapshot->threads[i].tstate
                ? hog_process_thread(reader->process, snapshot->threads[i].os_thread_id)
                : NULL;

        if (thread && thread->registers.known && thread->registers.argument_count &&
            hog_system_call_is_futex(reader->process->elf_machine, thread->registers.system_call))
            spans[count++] = (struct hog_span){.address = thread->registers.arguments[0] - WAIT_ENTRY_SIZE,
                                               .length = (size_t)2 * WAIT_ENTRY_SIZE};
    }
    hog_memory_prefetch(reader->memory, spans, count);
}

static bool read_all(struct waits_reader *reader)
{
    struct hog_wait_graph *graph = reader->graph;
    size_t count = reader->snapshot->thread_count;

    if (count >= HOG_WAIT_NONE)
        return false;
    graph->threads = hog_arena_array(reader->arena, count, sizeof *graph->threads);
    if (!graph->threads)
        return false;
    for (uint32_t i = 0; i < count; i++)
        graph->threads[i].node = HOG_WAIT_NONE;
    graph->thread_count = (uint32_t)count;
    fetch_parked(reader);
    for (uint32_t i = 0; i < count && !waits_interrupted(reader); i++)
        read_thread(reader, i);
    find_lock_owners(reader);
    library_find_owners(reader);
    holder_nobody_else(reader);
    return !reader->no_memory && hog_wait_graph_judge(graph, reader->arena);
}

static void release(struct waits_reader *reader)
{
    holder_release(reader);
    slots_release(reader);
    node_release(reader);
    hog_sockets_destroy(reader->sockets);
    hog_values_destroy(reader->values);
}

enum hog_status hog_waits_read(const struct hog_process *process, const struct hog_location *location,
                               struct hog_memory *memory, const struct hog_snapshot *snapshot,
                               const struct hog_wait_options *options, struct hog_waits **ret_waits,
                               struct hog_error *error)
{
    struct hog_waits *waits = calloc(1, sizeof *waits);
    const struct hog_values_options values = {.interrupted = options->interrupted,
                                              .context = options->context};
    struct waits_reader reader = {.process = process,
                                  .location = location,
                                  .layout = &location->python.layout,
                                  .memory = memory,
                                  .snapshot = snapshot,
                                  .options = *options};
    bool done;

    if (!waits)
        return hog_fail(error, HOG_NO_MEMORY, "not enough memory");
    hog_arena_init(&waits->arena, WAITS_LIMIT);
    reader.arena = &waits->arena;
    reader.graph = &waits->graph;
    reader.values = hog_values_create(process, location, memory, &waits->arena, &values);
    done = reader.values && read_all(&reader);
    waits->interrupted = waits_interrupted(&reader);
    done = done && verdict_find(waits, snapshot);
    release(&reader);
    if (!done) {
        hog_waits_destroy(waits);
        return hog_fail(error, HOG_NO_MEMORY, "not enough memory");
    }
    *ret_waits = waits;
    return HOG_OK;
}

void hog_waits_destroy(struct hog_waits *waits)
{
    if (!waits)
        return;
    hog_arena_deinit(&waits->arena);
    free(waits);
}
