/*
 * Fuzzes the decoder of values: a recorded image of a real process, a few
 * words of it overwritten, and then what the users of core/value/ do: the
 * variables of all frames, the exceptions of all threads, paths.
 *
 *     byte 0: the image; byte 1: bits 0 and 1 the limits, bit 2 hides names, bit 3 asks for paths too,
 *     the other four the thread, 15: all of them; then words of damage (support/damaged_image.h)
 *
 * A rendering is never empty, and never much longer than its limits allow.
 */
#include "base/cleanup.h"
#include "support/damaged_image.h"
#include "value/path.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const names[] = {"system-values", "sid-3.14-values", "pyenv-3.8.18-values"};

enum {
    NAMES = sizeof names / sizeof *names,
    LIMITS = 3,
    HIDES = 4,
    PATHS = 8,
    ALL_THREADS = 15,
    SLACK = 200000
};

static const struct hog_value_limits limits[LIMITS + 1] = {
    {.depth = 4, .items = 20, .text = 100, .total = 300, .steps = 1 << 14},
    {.depth = 6, .items = 100, .text = 1000, .total = 20000, .steps = 1 << 16},
    {.depth = 1, .items = 1, .text = 1, .total = 1, .steps = 64},
    {.depth = 99, .items = 1000, .text = 2000, .total = 50000, .steps = 1 << 16},
};

static const char *const paths[] = {
    "self",      "self._target",  "self._args[0]", "main_act.__globals__", "data.items[-1]",
    "threading", "__name__[0:3]", "group",         "threading._active",    "_anything[0:1]",
};

/* One text more than the limit, and what closes the brackets around it, may come on top. */
static void check(const char *text, size_t length, const struct hog_value_limits *limit)
{
    if (!length || length > 3 * (size_t)limit->total + SLACK || memchr(text, '\033', length))
        abort();
}

static void check_locals(const struct hog_snapshot *snapshot, const struct hog_value_limits *limit)
{
    for (size_t i = 0; i < snapshot->thread_count; i++) {
        for (size_t k = 0; k < snapshot->threads[i].frame_count; k++) {
            const struct hog_locals *locals = snapshot->threads[i].frames[k].locals;

            for (size_t n = 0; locals && n < locals->count; n++)
                if (locals->items[n].repr)
                    check(locals->items[n].repr, strlen(locals->items[n].repr), limit);
        }
    }
}

static void try_path(struct hog_values *values, const struct hog_thread *thread, const char *path,
                     const struct hog_value_limits *limit)
{
    const struct hog_path_scope scope = {.frame = thread->frame_count > 1 ? &thread->frames[1] : NULL};
    HOG_CLEANUP(hog_text_deinit) struct hog_text text = {0};
    struct hog_path_value value = {0};
    struct hog_error error = {0};

    if (hog_path_find(values, &scope, path, &value, &error) != HOG_OK) {
        if (!error.message[0])
            abort(); /* it has to say why */
        return;
    }
    if (value.is_slice)
        hog_value_render_slice(values, value.object, value.first, value.last, limit, &text);
    else
        hog_value_render(values, value.object, limit, &text);
    check(text.bytes, text.length, limit);
}

static void try_paths(const struct damaged_image *subject, struct hog_memory *memory,
                      struct hog_snapshot *snapshot, const struct hog_value_limits *limit)
{
    const struct hog_values_options reading = {.max_steps = 1 << 20};
    struct hog_values *values =
        hog_values_create(&subject->image.process, &subject->location, memory, &snapshot->arena, &reading);

    for (size_t i = 0; values && i < snapshot->thread_count; i++)
        for (size_t k = 0; k < sizeof paths / sizeof *paths; k++)
            try_path(values, &snapshot->threads[i], paths[k], limit);
    hog_values_destroy(values);
}

/* What is read of the sound image is what may be damaged. */
static void look(const struct hog_process *process, const struct hog_location *location,
                 struct hog_memory *memory)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text exceptions = {0};
    const struct hog_decode_options options = {0};
    struct hog_snapshot *snapshot = NULL;
    struct hog_error error;

    if (hog_decode_snapshot(process, location, memory, &options, &snapshot, &error) == HOG_OK)
        recorded_values(process, location, memory, snapshot, &limits[0], &exceptions);
    hog_snapshot_destroy(snapshot);
}

static void show(const struct damaged_image *subject, struct hog_memory *memory,
                 struct hog_snapshot *snapshot, uint8_t how)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text exceptions = {0};
    struct hog_value_limits limit = limits[how & LIMITS];

    limit.redact = how & HIDES ? "*pass*,_*,name" : NULL;
    recorded_values(&subject->image.process, &subject->location, memory, snapshot, &limit, &exceptions);
    if (exceptions.length && memchr(exceptions.bytes, '\033', exceptions.length))
        abort();
    check_locals(snapshot, &limit);
    if (how & PATHS)
        try_paths(subject, memory, snapshot, &limit);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct damaged_image subjects[NAMES];
    const struct hog_decode_options options = {.max_frames = 64};
    struct hog_snapshot *snapshot = NULL;
    struct damaged_image *subject;
    struct hog_memory *memory;
    struct hog_error error;
    char path[512];

    if (size < 2)
        return 0;
    subject = &subjects[data[0] % NAMES];
    if (!subject->look) {
        snprintf(path, sizeof path, "%s/images/%s/core.zst", TESTS_FOLDER, names[data[0] % NAMES]);
        damaged_image_open(subject, path, false, look);
    }
    damaged_image_choose(subject, data[1] >> 4 == ALL_THREADS ? DAMAGED_ALL_THREADS : data[1] >> 4);
    memory = damaged_image_damage(subject, data + 2, size - 2);
    if (hog_decode_snapshot(&subject->image.process, &subject->location, memory, &options, &snapshot,
                            &error) == HOG_OK)
        show(subject, memory, snapshot, data[1]);
    hog_snapshot_destroy(snapshot);
    return 0;
}
