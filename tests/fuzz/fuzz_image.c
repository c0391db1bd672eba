/*
 * Fuzzes everything behind the memory source: a recorded image of a real
 * process, a few words of it overwritten as the input says, searched, decoded
 * and rendered. The sweeps (unit/test_flip_sweep.c) overwrite one word each.
 *
 * To search a whole image takes far longer than to decode what was found in
 * it, and to render that a third of the rest: few runs do either. And most look
 * at one thread alone.
 *
 *     byte 0: the image, bits 5 to 7: 7 search it, 6 render it, else decode it; byte 1: the thread, from 0xfc on all of them;
 *     then words of damage (support/damaged_image.h)
 */
#include "support/damaged_image.h"

#include <stdio.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const names[] = {
    "pyenv-3.6.15-threads",
    "pyenv-3.7.16-shapes",
    "pyenv-3.10.13-shapes",
    "pyenv-3.11.7-shapes",
    "pyenv-3.12.1-shapes",
    "pyenv-3.13.0-threads",
    "pyenv-3.12.1-subinterpreters",
    "sid-3.14-shapes",
    "sid-3.15-threads",
    "313t-threads",
    "system-waits",
    "sid-3.15-waits",
};

enum { NAMES = sizeof names / sizeof *names, WHAT = 0xe0, SEARCH = 0xe0, RENDER = 0xc0, ALL_THREADS = 0xfc };

/* What threads wait for is fuzz_wait's: it took a third of the time here. */
static void decode(const struct hog_process *process, const struct hog_location *location,
                   struct hog_memory *memory, bool rendered)
{
    const struct hog_decode_options options = {0};
    struct recorded_outcome outcome = {0};
    struct hog_snapshot *snapshot = NULL;
    struct hog_error error;

    if (hog_decode_snapshot(process, location, memory, &options, &snapshot, &error) == HOG_OK && rendered)
        recorded_render(process, snapshot, &outcome);
    hog_snapshot_destroy(snapshot);
    recorded_outcome_deinit(&outcome);
}

static void look(const struct hog_process *process, const struct hog_location *location,
                 struct hog_memory *memory)
{
    decode(process, location, memory, true);
}

static void search(const struct hog_process *process, struct hog_memory *memory)
{
    struct hog_location location;

    if (recorded_locate(process, memory, &location) == HOG_OK)
        decode(process, &location, memory, true);
    hog_location_deinit(&location);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct damaged_image subjects[NAMES];
    size_t which = size ? (data[0] & ~WHAT) % NAMES : 0;
    struct damaged_image *subject = &subjects[which];
    struct hog_memory *memory;
    char path[512];

    if (!subject->look) {
        snprintf(path, sizeof path, "%s/images/%s/core.zst", TESTS_FOLDER, names[which]);
        damaged_image_open(subject, path, true, look);
    }
    damaged_image_choose(subject, size < 2 ? 0 : data[1] < ALL_THREADS ? data[1] : DAMAGED_ALL_THREADS);
    memory = damaged_image_damage(subject, data + 2, size > 2 ? size - 2 : 0);
    if (size && (data[0] & WHAT) == SEARCH)
        search(&subject->image.process, memory);
    else
        decode(&subject->image.process, &subject->location, memory, size && (data[0] & WHAT) == RENDER);
    return 0;
}
