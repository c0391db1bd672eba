/*
 * One decoding from beginning to end: walk (addresses only), fetch ahead (few
 * large reads), decode (names, lines), seal into an immutable snapshot.
 */
#define _GNU_SOURCE
#include "decode/decode.h"

#include "base/clock.h"
#include "decode/code.h"
#include "decode/decoder.h"
#include "decode/frame.h"
#include "decode/interpreter.h"
#include "decode/module_name.h"
#include "decode/thread.h"
#include "decode/thread_name.h"

#include <stdlib.h>
#include <string.h>

enum { SNAPSHOT_LIMIT = 160 << 20 };

static void decode_frames(struct decoder *decoder)
{
    code_prefetch(decoder);
    module_name_prefetch(decoder);
    for (size_t i = 0; i < decoder->raw_thread_count; i++)
        frame_decode_all(decoder, decoder->raw_threads + i);
    for (size_t i = 0; i < decoder->interpreter_count; i++)
        thread_name_all(decoder, decoder->interpreters + i);
}

/* A thread that Python has no name for has the OS's; copied, as a snapshot outlives the process it was taken of. */
static void name_as_os_does(struct decoder *decoder, struct hog_thread *thread)
{
    struct hog_os_thread *os_thread =
        thread->os_thread_id ? hog_process_thread(decoder->process, thread->os_thread_id) : NULL;
    const char *name = os_thread ? hog_process_thread_name(decoder->process, os_thread) : "";

    if (!*name)
        return;
    thread->name = hog_arena_copy_text(decoder->arena, name, strlen(name));
    thread->name_is_of_os = true;
}

static void seal_threads(struct decoder *decoder)
{
    struct hog_snapshot *snapshot = decoder->snapshot;
    struct hog_thread *threads = hog_arena_array(decoder->arena, decoder->raw_thread_count, sizeof *threads);

    if (!threads)
        return;
    for (size_t i = 0; i < decoder->raw_thread_count; i++) {
        threads[i] = decoder->raw_threads[i].decoded;
        if (!threads[i].name)
            name_as_os_does(decoder, &threads[i]);
    }
    snapshot->threads = threads;
    snapshot->thread_count = decoder->raw_thread_count;
}

/* Warnings of the process's source and of locate/ come first: they happened first. */
static void seal_warnings(struct decoder *decoder)
{
    const struct hog_process *process = decoder->process;
    const struct hog_location *location = decoder->location;
    size_t count = process->warning_count + location->warning_count + decoder->warning_count;
    const char **warnings = hog_arena_array(decoder->arena, count, sizeof *warnings);
    size_t n = 0;

    if (!warnings)
        return;
    for (size_t i = 0; i < process->warning_count; i++)
        warnings[n++] = hog_arena_printf(decoder->arena, "%s", process->warnings[i]);
    for (size_t i = 0; i < location->warning_count; i++)
        warnings[n++] = hog_arena_printf(decoder->arena, "%s", location->warnings[i]);
    for (size_t i = 0; i < decoder->warning_count; i++)
        warnings[n++] = decoder->warnings[i];
    decoder->snapshot->warnings = warnings;
    decoder->snapshot->warning_count = n;
}

/*
 * What could not be read is told by those who wanted it. Many a field is
 * optional to them, though, and a lookup that ends at a page that is missing
 * looks like one that found nothing.
 */
static void warn_of_unread(struct decoder *decoder)
{
    if (decoder->memory->fault && !decoder->incomplete)
        decoder_warn(decoder, "memory at " HOG_ADDRESS " could not be read: names or states may be missing",
                     decoder->memory->fault);
}

static void seal(struct decoder *decoder)
{
    struct hog_snapshot *snapshot = decoder->snapshot;
    const struct hog_python *python = &decoder->location->python;
    char version[HOG_VERSION_TEXT];

    snapshot->build = python->build;
    snapshot->version_text =
        hog_arena_printf(decoder->arena, "%s", hog_version_text(python->build.version, version));
    snapshot->located_by =
        python->located_by ? hog_arena_printf(decoder->arena, "%s", python->located_by) : NULL;
    snapshot->interpreters = decoder->interpreters;
    snapshot->interpreter_count = decoder->interpreter_count;
    if (decoder->interrupted)
        decoder_warn(decoder, "interrupted: what was read until then is shown");
    warn_of_unread(decoder);
    seal_threads(decoder);
    seal_warnings(decoder);
    snapshot->complete = !decoder->incomplete;
}

static void decoder_deinit(struct decoder *decoder)
{
    code_release(decoder);
    module_name_release(decoder);
    free(decoder->raw_frames);
    free(decoder->raw_entries);
    free(decoder->raw_threads);
}

static void apply_defaults(struct hog_decode_options *options)
{
    if (!options->max_frames)
        options->max_frames = HOG_DEFAULT_MAX_FRAMES;
    if (!options->max_text)
        options->max_text = DEFAULT_MAX_TEXT;
}

enum hog_status hog_decode_snapshot(const struct hog_process *process, const struct hog_location *location,
                                    struct hog_memory *memory, const struct hog_decode_options *options,
                                    struct hog_snapshot **ret_snapshot, struct hog_error *error)
{
    struct hog_snapshot *snapshot = calloc(1, sizeof *snapshot);
    struct hog_memory_stats before = process->memory->stats;
    double start = hog_clock_monotonic();
    struct decoder decoder = {.process = process,
                              .location = location,
                              .layout = &location->python.layout,
                              .memory = memory,
                              .options = *options,
                              .snapshot = snapshot,
                              .incomplete = location->python.offsets_doubted};
    enum hog_status status;

    if (!snapshot)
        return hog_fail(error, HOG_NO_MEMORY, "out of memory");
    hog_arena_init(&snapshot->arena, SNAPSHOT_LIMIT);
    decoder.arena = &snapshot->arena;
    apply_defaults(&decoder.options);
    memory->fault = 0;
    status = interpreter_walk(&decoder);
    if (status != HOG_OK) {
        hog_snapshot_destroy(snapshot);
        decoder_deinit(&decoder);
        return hog_fail(error, status,
                        "the interpreter state at " HOG_ADDRESS " could not be read: its memory is missing",
                        location->python.interpreters_head);
    }
    thread_add_native(&decoder);
    thread_warn_of_running(&decoder);
    decode_frames(&decoder);
    seal(&decoder);
    decoder_deinit(&decoder);
    snapshot->reads = process->memory->stats.reads - before.reads;
    snapshot->bytes = process->memory->stats.bytes - before.bytes;
    snapshot->seconds = hog_clock_monotonic() - start;
    *ret_snapshot = snapshot;
    return HOG_OK;
}
