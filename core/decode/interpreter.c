/*
 * Interpreters.
 *
 *     _PyRuntime.interpreters.head ──▶ PyInterpreterState ──next──▶ … ──▶ NULL   (newest first, main last)
 *                                      ├ id, gc.collecting
 *                                      ├ ceval.gil (3.12+)
 *                                      └ threads.head ──▶ thread.c
 */
#include "decode/interpreter.h"

#include "decode/gil.h"
#include "decode/thread.h"

static enum hog_answer collecting(struct decoder *decoder, uint64_t interpreter)
{
    uint64_t runtime = decoder->location->python.runtime;
    uint32_t flag;
    enum hog_status status = field_u32(decoder, interpreter, HOG_F_interp_gc_collecting, &flag);

    if (status == HOG_NOT_FOUND && runtime)
        status = field_u32(decoder, runtime, HOG_F_runtime_gc_collecting, &flag);
    return status ? HOG_UNKNOWN : flag ? HOG_YES : HOG_NO;
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

/* `position` stands in for the id where the version has none (3.6), counted from the newest. */
static void read_interpreter(struct decoder *decoder, uint64_t address, uint64_t position,
                             struct hog_interpreter *interpreter, struct gil_state *gil)
{
    uint64_t id;
    struct thread_context context = {.interpreter = address, .finalizing = finalizing_thread(decoder)};

    interpreter->address = address;
    interpreter->id =
        field_u64(decoder, address, HOG_F_interp_id, &id) == HOG_OK ? (int64_t)id : (int64_t)position;
    interpreter->gc_collecting = collecting(decoder, address);
    *gil = gil_read(decoder, address);
    context.interpreter_id = interpreter->id;
    context.gil = *gil;
    context.collecting_garbage = interpreter->gc_collecting == HOG_YES;
    decoder->snapshot->finalizing = context.finalizing != 0;
    thread_walk(decoder, &context);
}

/* A GIL shared by several interpreters may be held by a thread of another one: look after all are read. */
static void find_holders(struct decoder *decoder, const struct gil_state *gils)
{
    for (size_t i = 0; i < decoder->interpreter_count; i++) {
        struct hog_interpreter *interpreter = decoder->interpreters + i;

        interpreter->gil_holder_known = gils[i].known && gils[i].exists;
        interpreter->gil_holder = lwp_of_holder(decoder, gils[i].holder);
        interpreter->has_own_gil = gils[i].start != gils[decoder->interpreter_count - 1].start;
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

static void reverse(struct hog_interpreter *interpreters, size_t count)
{
    for (size_t i = 0; i < count / 2; i++) {
        struct hog_interpreter kept = interpreters[i];

        interpreters[i] = interpreters[count - 1 - i];
        interpreters[count - 1 - i] = kept;
    }
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

enum hog_status interpreter_walk(struct decoder *decoder)
{
    size_t count = count_interpreters(decoder);
    struct gil_state *gils = hog_arena_array(decoder->arena, count, sizeof *gils);
    uint64_t address = decoder->location->python.interpreters_head;

    decoder->interpreters = hog_arena_array(decoder->arena, count, sizeof *decoder->interpreters);
    if (!decoder->interpreters || !gils)
        return HOG_NO_MEMORY;
    while (address && decoder->interpreter_count < count) {
        size_t i = decoder->interpreter_count;

        if (seen(decoder, address)) {
            decoder_warn(decoder, "the list of interpreters comes back to %#lx: it is damaged",
                         (unsigned long)address);
            break;
        }
        read_interpreter(decoder, address, i, decoder->interpreters + i, gils + i);
        decoder->interpreter_count++;
        if (field_u64(decoder, address, HOG_F_interp_next, &address)) {
            decoder_warn(decoder, "the interpreter at %#lx could not be read: older interpreters are missing",
                         (unsigned long)address);
            break;
        }
    }
    if (decoder->interpreter_count && !decoder->raw_thread_count)
        decoder_warn(decoder,
                     "the interpreter at %#lx has no threads: it is not what it was taken for, or its "
                     "version is another one",
                     (unsigned long)decoder->location->python.interpreters_head);
    find_holders(decoder, gils);
    reverse(decoder->interpreters, decoder->interpreter_count);
    return decoder->interpreter_count ? HOG_OK : HOG_UNREADABLE;
}
