/*
 * Fuzzes what threads wait for: a recorded image whose threads hold and want
 * locks of every kind, a few words of it overwritten, decoded and asked.
 *
 *     byte 0: the image; then words of damage (support/damaged_image.h)
 *
 * Whatever is wrong, the graph names only threads and nodes that it has, and there is a verdict in words.
 */
#include "support/damaged_image.h"
#include "wait/waits.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const names[] = {"system-waits", "sid-3.15-waits", "313t-waits", "pyenv-3.8.18-waits"};

enum { NAMES = sizeof names / sizeof *names };

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void check(const struct hog_waits *waits)
{
    const struct hog_wait_graph *graph = &waits->graph;

    require(waits->verdict_text && *waits->verdict_text);
    for (uint32_t i = 0; i < graph->thread_count; i++)
        require(graph->threads[i].node == HOG_WAIT_NONE || graph->threads[i].node < graph->node_count);
    for (uint32_t i = 0; i < graph->node_count; i++)
        for (uint32_t k = 0; k < graph->nodes[i].holder_count; k++)
            require(graph->nodes[i].holders[k] < graph->thread_count);
    for (uint32_t i = 0; i < graph->cycle_count; i++)
        for (uint32_t k = 0; k < graph->cycles[i].count; k++)
            require(graph->cycles[i].threads[k] < graph->thread_count);
}

/* What is read of the sound image is what may be damaged. */
static void look(const struct hog_process *process, const struct hog_location *location,
                 struct hog_memory *memory)
{
    const struct hog_decode_options decoding = {0};
    const struct hog_wait_options asking = {0};
    struct hog_snapshot *snapshot = NULL;
    struct hog_waits *waits = NULL;
    struct hog_error error;

    if (hog_decode_snapshot(process, location, memory, &decoding, &snapshot, &error) == HOG_OK &&
        hog_waits_read(process, location, memory, snapshot, &asking, &waits, &error) == HOG_OK)
        check(waits);
    hog_waits_destroy(waits);
    hog_snapshot_destroy(snapshot);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct damaged_image subjects[NAMES];
    struct damaged_image *subject = &subjects[size ? data[0] % NAMES : 0];
    struct hog_memory *memory;
    char path[512];

    if (!subject->look) {
        snprintf(path, sizeof path, "%s/images/%s/core.zst", TESTS_FOLDER, names[subject - subjects]);
        damaged_image_open(subject, path, false, look);
    }
    memory = damaged_image_damage(subject, data + 1, size > 1 ? size - 1 : 0);
    look(&subject->image.process, &subject->location, memory);
    return 0;
}
