/* Fuzzes the core-file reader and the search for Python in what it gives: the input is the core file. */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "decode/decode.h"

#include <stdio.h>
#include <sys/mman.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void search(const struct hog_process *process)
{
    struct hog_locate_options options = {.no_files = true};
    struct hog_decode_options decode = {0};
    struct hog_memory *cache = hog_memory_cached(process->memory, 8 << 20);
    struct hog_snapshot *snapshot = NULL;
    struct hog_location location;
    struct hog_error error;

    if (cache && hog_locate(&location, process, cache, &options) == HOG_OK &&
        hog_decode_snapshot(process, &location, cache, &decode, &snapshot, &error) == HOG_OK)
        hog_snapshot_destroy(snapshot);
    hog_location_deinit(&location);
    hog_memory_destroy(cache);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    HOG_CLOSE int file = memfd_create("core", 0);
    struct hog_process process;
    char path[64];

    if (file < 0 || write(file, data, size) != (ssize_t)size)
        return 0;
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    if (hog_process_open_core(&process, path, "", "/nonexistent") == HOG_OK)
        search(&process);
    hog_process_deinit(&process);
    return 0;
}
