/*
 * Interpreters.
 *
 *     _PyRuntime.interpreters.head ──▶ PyInterpreterState ──next──▶ … ──▶ NULL
 *                                      ├ id, gc.collecting
 *                                      ├ ceval.gil (3.12+)
 *                                      └ threads.head ──▶ thread.c
 *
 * The list is newest first, the main interpreter last. They are told by id, the main one first.
 */
#include "decode/interpreter.h"

#include "decode/gil.h"
#include "decode/thread.h"

#include <stdlib.h>

static enum hog_answer collecting(struct decoder *decoder, uint64_t interpreter)
{
    uint64_t runtime = decoder->location->python.runtime;
    uint32_t flag;
    enum hog_status status = field_u32(decoder, interpreter, HOG_F_interp_gc_collecting, &flag);

    if (status == HOG_NOT_FOUND && runtime)
        status = field_u32(decoder, runtime, HOG_F_runtime_gc_collecting, &flag);
    if (status == HOG_OK && flag > 1)
        decoder_warn(decoder,
                     "the interpreter at " HOG_ADDRESS
                     " does not say whether it collects garbage: it is damaged",
                     interpreter);
    return status || flag > 1 ? HOG_UNKNOWN : flag ? HOG_YES : HOG_NO;
}

static uint64_t finalizing_thread(struct decoder *decoder)
{
    uint64_t runtime = decoder->location->python.runtime;
    uint64_t tstate;

    if (!runtime || field_u64(decoder, runtime, HOG_F_runtime_finalizing, &tstate))
        return 0;
    return tstate;
}

static int64_t lwp_of_holder(const struct decoder *decoder, uint64_t tstate)
{
    for (size_t i = 0; tstate && i < decoder->raw_thread_count; i++) {
        if (decoder->raw_threads[i].decoded.tstate == tstate)
            return decoder->raw_threads[i].decoded.os_thread_id;
    }
    return 0;
}

static void read_interpreter(struct decoder *decoder, struct hog_interpreter *interpreter,
                             struct thread_gil *gil)
{
    struct thread_context context = {.interpreter = interpreter->address,
                                     .interpreter_id = interpreter->id,
                                     .finalizing = finalizing_thread(decoder)};

    interpreter->gc_collecting = collecting(decoder, interpreter->address);
    gil->place = hog_gil_locate_awaited(&decoder->location->python, decoder->process, decoder->memory,
                                        interpreter->address);
    gil->state = hog_gil_read_memory(&gil->place, decoder->memory);
    if (gil->state.damaged)
        decoder_warn(decoder,
                     "the interpreter at " HOG_ADDRESS " does not say whether its GIL is held: it is damaged",
                     interpreter->address);
    context.gil = gil;
    context.collecting_garbage = interpreter->gc_collecting == HOG_YES;
    decoder->snapshot->finalizing = context.finalizing != 0;
    thread_walk(decoder, &context);
}

/* A GIL shared by several interpreters may be held by a thread of another one: look after all are read. */
static void find_holders(struct decoder *decoder, const struct thread_gil *gils)
{
    for (size_t i = 0; i < decoder->interpreter_count; i++) {
        struct hog_interpreter *interpreter = decoder->interpreters + i;

        interpreter->gil_holder_known = gils[i].state.known && gils[i].state.exists;
        interpreter->gil_holder = lwp_of_holder(decoder, gils[i].state.holder);
        interpreter->has_own_gil = gils[i].place.start != gils[0].place.start;
    }
}

static bool seen(const struct decoder *decoder, uint64_t address)
{
    for (size_t i = 0; i < decoder->interpreter_count; i++) {
        if (decoder->interpreters[i].address == address)
            return true;
    }
    return false;
}

static size_t count_interpreters(struct decoder *decoder)
{
    uint64_t address = decoder->location->python.interpreters_head;
    size_t count = 0;

    while (address && count < MAX_INTERPRETERS) {
        count++;
        if (field_u64(decoder, address, HOG_F_interp_next, &address))
            break;
    }
    return count;
}

/* The id, or where the version has none (3.6) the position counted from the oldest, as ids count. */
static int64_t id_of(struct decoder *decoder, uint64_t address, size_t position_from_oldest)
{
    uint64_t id;

    return field_u64(decoder, address, HOG_F_interp_id, &id) == HOG_OK ? (int64_t)id
                                                                       : (int64_t)position_from_oldest;
}

static void list_interpreters(struct decoder *decoder, size_t count)
{
    uint64_t address = decoder->location->python.interpreters_head;

    while (address && decoder->interpreter_count < count) {
        size_t i = decoder->interpreter_count;

        if (seen(decoder, address)) {
            decoder_warn(decoder, "the list of interpreters comes back to " HOG_ADDRESS ": it is damaged",
                         address);
            break;
        }
        decoder->interpreters[i].address = address;
        decoder->interpreters[i].id = id_of(decoder, address, count - 1 - i);
        decoder->interpreter_count++;
        if (field_u64(decoder, address, HOG_F_interp_next, &address)) {
            decoder_warn(decoder,
                         "the interpreter at " HOG_ADDRESS
                         " could not be read: older interpreters are missing",
                         address);
            break;
        }
    }
}

/* The oldest is the main interpreter, as the runtime has it. */
static bool is_main(struct decoder *decoder, uint64_t address)
{
    uint64_t runtime = decoder->location->python.runtime;
    uint64_t fault = decoder->memory->fault;
    uint64_t main;

    if (runtime && field_u64(decoder, runtime, HOG_F_runtime_interpreters_main, &main) == HOG_OK && main)
        return address == main;
    decoder->memory->fault = fault; /* a core need not have it */
    return true;
}

/*
 * The id that the next interpreter will have; INT64_MAX: unknown. It lies right behind the pointer to the main one, in
 * struct pyinterpreters (Include/internal/pycore_runtime.h, pycore_interp_structs.h; 3.7 - 3.15).
 */
static int64_t next_id(struct decoder *decoder)
{
    uint64_t runtime = decoder->location->python.runtime;
    uint64_t fault = decoder->memory->fault;
    uint64_t id;

    if (runtime && hog_layout_has(decoder->layout, HOG_F_runtime_interpreters_main) &&
        hog_memory_u64(decoder->memory,
                       runtime + decoder->layout->offset[HOG_F_runtime_interpreters_main] + sizeof(uint64_t),
                       &id) == HOG_OK)
        return (int64_t)id;
    decoder->memory->fault = fault;
    return INT64_MAX;
}

/* Ids count up, and the list is newest first. */
static void check_list(struct decoder *decoder)
{
    int64_t younger = next_id(decoder);

    for (size_t i = 0; i < decoder->interpreter_count; i++) {
        const struct hog_interpreter *interpreter = decoder->interpreters + i;
        bool is_oldest = i + 1 == decoder->interpreter_count;

        if (interpreter->id >= younger || (interpreter->id == 0) != is_oldest ||
            (is_oldest && !is_main(decoder, interpreter->address))) {
            decoder_warn(decoder,
                         "the interpreter at " HOG_ADDRESS " cannot have the id %" PRId64
                         ": it is damaged, or older ones are missing",
                         interpreter->address, interpreter->id);
            return;
        }
        younger = interpreter->id;
    }
}

static int by_id(const void *one, const void *other)
{
    const struct hog_interpreter *a = one, *b = other;

    if (a->id != b->id)
        return a->id < b->id ? -1 : 1;
    return a->address < b->address ? -1 : a->address > b->address;
}

enum hog_status interpreter_walk(struct decoder *decoder)
{
    size_t count = count_interpreters(decoder);
    struct thread_gil *gils = hog_arena_array(decoder->arena, count, sizeof *gils);

    decoder->interpreters = hog_arena_array(decoder->arena, count, sizeof *decoder->interpreters);
    if (!decoder->interpreters || !gils)
        return HOG_NO_MEMORY;
    list_interpreters(decoder, count);
    if (!decoder->interpreter_count)
        return HOG_UNREADABLE;
    check_list(decoder);
    qsort(decoder->interpreters, decoder->interpreter_count, sizeof *decoder->interpreters, by_id);
    for (size_t i = 0; i < decoder->interpreter_count; i++)
        read_interpreter(decoder, decoder->interpreters + i, gils + i);
    /* The main one, which is first by now, always has some. */
    if (!decoder->raw_thread_count ||
        decoder->raw_threads[0].decoded.interpreter != decoder->interpreters[0].id)
        decoder_warn(decoder,
                     "the interpreter at " HOG_ADDRESS
                     " has no threads: it begins or ends just now, or is not what it "
                     "was taken for",
                     decoder->location->python.interpreters_head);
    find_holders(decoder, gils);
    return HOG_OK;
}
