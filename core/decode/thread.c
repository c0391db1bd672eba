/*
 * Thread states.
 *
 *     interp.threads_head ──▶ PyThreadState ──next──▶ PyThreadState ──▶ NULL     (newest first)
 *                       NULL ◀──prev──┘      ◀──prev──┘
 *                             ├ thread_id, native_thread_id ──▶ the OS thread
 *                             └ frames: frame.c
 *
 * What a thread is doing is put together from three witnesses: the GIL, the
 * interpreter's collector flag, and the system call the kernel has it in.
 */
#include "decode/thread.h"
#include "base/cleanup.h"
#include "base/grow.h"
#include "base/sort.h"

#include "decode/frame.h"
#include "decode/thread_name.h"
#include "decode/thread_place.h"
#include "memory/system_calls.h"

#include <stdlib.h>
#include <string.h>

static struct raw_thread *raw_threads_push(struct decoder *decoder)
{
    if (!HOG_GROW(decoder->raw_threads, decoder->raw_thread_capacity, decoder->raw_thread_count + 1))
        return NULL;
    decoder->raw_threads[decoder->raw_thread_count] = (struct raw_thread){0};
    return decoder->raw_threads + decoder->raw_thread_count++;
}

/* A remote stub may list fewer threads than there are, or by other numbers. */
static bool all_os_threads_known(const struct hog_process *process)
{
    return process->kind != HOG_TARGET_REMOTE && process->thread_count;
}

/* Is it the one that the process's signal was for, and did it bring that on itself? */
static bool has_crashed(const struct hog_process *process, const struct hog_os_thread *os_thread)
{
    const struct hog_os_thread *main = hog_process_thread(process, process->pid);

    if (!os_thread || !process->signal.number || process->signal.lwp != os_thread->lwp)
        return false;
    return hog_signal_is_crash(&process->signal, process->pid) ||
           (main && main->namespace_lwp && hog_signal_is_crash(&process->signal, main->namespace_lwp));
}

static void set_state(const struct decoder *decoder, const struct hog_os_thread *os_thread,
                      const struct thread_context *context, struct hog_thread *thread)
{
    const struct hog_thread_registers *registers = os_thread ? &os_thread->registers : NULL;
    bool known = registers && registers->known;

    thread->active = HOG_UNKNOWN;
    if (known) {
        thread->active = registers->system_call < 0 ? HOG_YES : HOG_NO;
        thread->system_call = hog_system_call_name(
            decoder->process->elf_machine,
            hog_system_call_waits_in(decoder->process->elf_machine, registers, decoder->memory));
        thread->state = registers->system_call < 0 ? HOG_STATE_RUNNING : HOG_STATE_IDLE;
    }
    if (has_crashed(decoder->process, os_thread))
        thread->state = HOG_STATE_CRASHED;
    if (!context || thread->state == HOG_STATE_CRASHED)
        return;
    if (known && hog_gil_is_awaited(&context->gil->place, decoder->process->elf_machine,
                                    registers->system_call, registers->arguments[0]))
        thread->state = HOG_STATE_WAITING_FOR_GIL;
    if (context->collecting_garbage && thread->owns_gil == HOG_YES)
        thread->state = HOG_STATE_COLLECTING_GARBAGE;
    if (thread->tstate == context->finalizing || (!os_thread && all_os_threads_known(decoder->process)))
        thread->state = HOG_STATE_FINISHING;
    if (!os_thread && !thread->thread_id)
        thread->state = HOG_STATE_NOT_STARTED;
}

static void set_os_thread(struct hog_thread *thread, const struct hog_os_thread *os_thread)
{
    thread->os_thread_id = os_thread->lwp;
    thread->debugger_thread = os_thread->debugger_number;
}

static enum hog_answer owns_gil(const struct hog_gil_state *gil, uint64_t tstate)
{
    if (!gil->known || !gil->exists)
        return HOG_UNKNOWN;
    return gil->holder == tstate ? HOG_YES : HOG_NO;
}

/* Its frames come and go while they are read: none is better than what never was. */
static bool leave_running_alone(struct decoder *decoder, const struct hog_os_thread *os_thread,
                                struct hog_thread *thread)
{
    if (!os_thread || !os_thread->runs)
        return false;
    thread->stopped_because = "the debugger has not stopped this thread: it runs while it is read";
    decoder->incomplete = true;
    return true;
}

/* Whoever makes a state sets its limit (3.11+), and to 3.11 its thread's id. */
static void warn_of_blank(struct decoder *decoder, const struct hog_thread *thread)
{
    uint32_t limit = 0;

    if (field_u32(decoder, thread->tstate, HOG_F_tstate_recursion_limit, &limit))
        limit = 1;
    if (!limit || (!thread->thread_id && !decoder->layout->traits.first_marker_owner))
        decoder_warn(decoder,
                     "the thread state at " HOG_ADDRESS " is blank where it cannot be: it is damaged",
                     thread->tstate);
}

/* True: it stands still, and its frames can be read. */
static bool read_thread(struct decoder *decoder, uint64_t tstate, const struct thread_context *context,
                        struct hog_thread *thread)
{
    const struct hog_os_thread *os_thread;
    uint64_t native_id = 0;

    thread->tstate = tstate;
    thread->interpreter = context->interpreter_id;
    thread->owns_gil = owns_gil(&context->gil->state, tstate);
    if (field_u64(decoder, tstate, HOG_F_tstate_thread_id, &thread->thread_id))
        decoder_warn(decoder, "thread_id of the thread state at " HOG_ADDRESS " could not be read", tstate);
    else
        warn_of_blank(decoder, thread);
    if (field_u64(decoder, tstate, HOG_F_tstate_native_thread_id, &native_id))
        native_id = 0;
    os_thread = hog_process_thread(decoder->process,
                                   hog_thread_find(&decoder->finder, thread->thread_id, (int64_t)native_id));
    if (os_thread)
        set_os_thread(thread, os_thread);
    else if (!all_os_threads_known(
                 decoder->process)) /* else it is of a parent, or of a thread that is gone */
        thread->os_thread_id = (int64_t)native_id;
    set_state(decoder, os_thread, context, thread);
    return !leave_running_alone(decoder, os_thread, thread);
}

/* A state without a thread: one is being started for it, or it was made to be used later. */
static void move_thread(struct decoder *decoder, const void *context, struct raw_thread *thread,
                        const struct hog_os_thread *os_thread)
{
    struct hog_thread *decoded = &thread->decoded;

    bool is_anothers = decoded->os_thread_id != 0; /* the id that it bears */

    decoded->os_thread_id = decoded->debugger_thread = 0;
    decoded->name = decoded->system_call = NULL;
    decoded->state = HOG_STATE_UNKNOWN;
    if (os_thread && os_thread->registers.has_thread_pointer)
        decoded->thread_id = os_thread->registers.thread_pointer;
    else if (is_anothers || !os_thread)
        decoded->thread_id = 0;
    if (os_thread) {
        set_os_thread(decoded, os_thread);
        set_state(decoder, os_thread, context, decoded);
        return;
    }
    decoded->active = HOG_UNKNOWN;
    if (!thread->frame_count && decoded->owns_gil != HOG_YES)
        decoded->state = HOG_STATE_NOT_STARTED;
}

/* Older threads are missing when the list ends before it comes to the first of all. */
static void expect_main_thread(struct decoder *decoder, const struct thread_context *context, size_t first)
{
    uint64_t runtime = decoder->location->python.runtime;
    uint64_t fault = decoder->memory->fault;
    uint64_t main_thread = 0;

    if (context->interpreter_id != 0 || !runtime || decoder->raw_thread_count == first ||
        !all_os_threads_known(decoder->process))
        return;
    if (field_u64(decoder, runtime, HOG_F_runtime_main_thread, &main_thread)) {
        decoder->memory->fault = fault; /* a core need not have it */
        return;
    }
    if (!main_thread)
        return;
    for (size_t i = first; i < decoder->raw_thread_count; i++)
        if (decoder->raw_threads[i].decoded.thread_id == main_thread)
            return;
    if (hog_thread_find(&decoder->finder, main_thread, 0))
        thread_name_miss_main(decoder, main_thread);
}

static void reverse(struct raw_thread *threads, size_t count)
{
    for (size_t i = 0; i < count / 2; i++) {
        struct raw_thread kept = threads[i];

        threads[i] = threads[count - 1 - i];
        threads[count - 1 - i] = kept;
    }
}

/* The list is linked newest first; a member must point back at its interpreter to be believed. */
static bool belongs_to(struct decoder *decoder, uint64_t tstate, uint64_t interpreter)
{
    uint64_t owner;

    return tstate % 8 == 0 && field_u64(decoder, tstate, HOG_F_tstate_interp, &owner) == HOG_OK &&
           owner == interpreter;
}

/*
 * next->prev is this one, and of the first 0: in a stopped process but for the few instructions that link a state or take it
 * out. A state that was freed still has its interpreter, its frames and its ids.
 */
static void check_back_link(struct decoder *decoder, const struct thread_context *context, uint64_t previous,
                            uint64_t tstate)
{
    uint64_t back;

    if (field_u64(decoder, tstate, HOG_F_tstate_prev, &back) != HOG_OK || back != previous)
        decoder_warn(decoder,
                     "the thread list of interpreter %ld does not lead back from " HOG_ADDRESS
                     ": threads may be missing, or have ended",
                     (long)context->interpreter_id, tstate);
}

static bool thread_seen(const struct decoder *decoder, size_t first, uint64_t tstate)
{
    for (size_t i = first; i < decoder->raw_thread_count; i++) {
        if (decoder->raw_threads[i].decoded.tstate == tstate)
            return true;
    }
    return false;
}

/* The ids of a state are of two threads: one of them is damaged. */
static void warn_of_contradictions(struct decoder *decoder, size_t first)
{
    for (size_t i = first; i < decoder->raw_thread_count; i++) {
        const struct hog_thread *thread = &decoder->raw_threads[i].decoded;
        const struct hog_os_thread *os_thread =
            thread->os_thread_id ? hog_process_thread(decoder->process, thread->os_thread_id) : NULL;

        if (os_thread && os_thread->registers.has_thread_pointer &&
            os_thread->registers.thread_pointer != thread->thread_id)
            decoder_warn(decoder,
                         "the thread state at " HOG_ADDRESS " says that its thread is " HOG_ADDRESS
                         ", but LWP %ld is " HOG_ADDRESS,
                         thread->tstate, thread->thread_id, (long)os_thread->lwp,
                         os_thread->registers.thread_pointer);
    }
}

void thread_walk(struct decoder *decoder, const struct thread_context *context)
{
    size_t first = decoder->raw_thread_count;
    uint64_t tstate, previous = 0;

    decoder->finder.process = decoder->process;
    decoder->finder.memory = decoder->memory;
    decoder->finder.searches = THREAD_SEARCHES;

    if (field_u64(decoder, context->interpreter, HOG_F_interp_threads_head, &tstate)) {
        decoder_warn(decoder, "the thread list of interpreter %ld could not be read",
                     (long)context->interpreter_id);
        tstate = 0;
    }
    while (tstate && !decoder_interrupted(decoder)) {
        struct raw_thread *thread;
        uint64_t next;

        if (!belongs_to(decoder, tstate, context->interpreter)) {
            decoder_warn(decoder,
                         "the thread list of interpreter %ld leads to " HOG_ADDRESS
                         ", which is none of its thread states: "
                         "older threads are missing",
                         (long)context->interpreter_id, tstate);
            break;
        }
        if (decoder->raw_thread_count >= MAX_THREADS || thread_seen(decoder, first, tstate)) {
            decoder_warn(decoder,
                         "the thread list of interpreter %ld does not end: stopped after %zu threads",
                         (long)context->interpreter_id, decoder->raw_thread_count - first);
            break;
        }
        check_back_link(decoder, context, previous, tstate);
        thread = raw_threads_push(decoder);
        if (!thread)
            break;
        if (read_thread(decoder, tstate, context, &thread->decoded))
            frame_walk(decoder, tstate, thread);
        if (field_u64(decoder, tstate, HOG_F_tstate_next, &next)) {
            decoder_warn(decoder,
                         "the thread list of interpreter %ld cannot be followed beyond " HOG_ADDRESS
                         ": older threads "
                         "are missing",
                         (long)context->interpreter_id, tstate);
            next = 0;
        }
        previous = tstate;
        tstate = next;
    }
    expect_main_thread(decoder, context, first);
    warn_of_contradictions(decoder, first);
    thread_place(decoder, first, move_thread, context);
    if (decoder->raw_thread_count > first)
        reverse(decoder->raw_threads + first, decoder->raw_thread_count - first);
}

/* LWPs of the threads that run Python, ascending: there may be as many threads as a core has room for. NULL: no
 * memory. */
static int64_t *list_python(const struct decoder *decoder)
{
    size_t count = decoder->raw_thread_count;
    int64_t *list = malloc((count + 1) * sizeof *list);

    for (size_t i = 0; list && i < count; i++)
        list[i] = decoder->raw_threads[i].decoded.os_thread_id;
    if (list)
        qsort(list, count, sizeof *list, hog_by_i64);
    return list;
}

/* States with frames, but no thread; while there are threads without a state. */
static void warn_of_lost(struct decoder *decoder, size_t python_count)
{
    for (size_t i = 0; i < python_count && all_os_threads_known(decoder->process); i++) {
        const struct raw_thread *thread = decoder->raw_threads + i;

        if (thread->frame_count && !thread->decoded.os_thread_id)
            decoder_warn(decoder,
                         "the thread state at " HOG_ADDRESS
                         " runs frames, but its ids are those of no thread "
                         "that could run them",
                         thread->decoded.tstate);
    }
}

void thread_add_native(struct decoder *decoder)
{
    const struct hog_process *process = decoder->process;
    size_t python_count = decoder->raw_thread_count;
    HOG_FREE int64_t *python = list_python(decoder);

    /* Then it is not known which of them run Python. */
    if (decoder->interrupted || !python)
        return;
    for (size_t i = 0; i < process->thread_count; i++) {
        struct raw_thread *thread;

        if (bsearch(&process->threads[i].lwp, python, python_count, sizeof *python, hog_by_i64))
            continue;
        thread = raw_threads_push(decoder);
        if (!thread)
            return;
        thread->decoded.interpreter = -1;
        thread->decoded.owns_gil = HOG_NO;
        set_os_thread(&thread->decoded, process->threads + i);
        set_state(decoder, process->threads + i, NULL, &thread->decoded);
    }
    if (decoder->raw_thread_count > python_count)
        warn_of_lost(decoder, python_count);
}

void thread_warn_of_running(struct decoder *decoder)
{
    const struct hog_process *process = decoder->process;
    size_t running = 0;

    for (size_t i = 0; i < process->thread_count; i++)
        running += process->threads[i].runs;
    if (running)
        decoder_warn(
            decoder,
            "%zu of %zu threads run while they are read, as the debugger has not stopped them: attach to the "
            "whole process (%ld), or stop all threads (interrupt -a)",
            running, process->thread_count, (long)process->pid);
}
