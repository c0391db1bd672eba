/*
 * Fuzzes the core-file reader and the search for Python in what it gives: the
 * input is the core file. The search is made once with the mappings that the
 * core tells, once as in a remote process, where they come from the dynamic
 * loader's list.
 */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "support/recorded.h"

#include <stdio.h>
#include <sys/mman.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CACHE_BYTES = 8 << 20 };

static void search(const struct hog_process *process)
{
    struct hog_memory *cache = hog_memory_cached(process->memory, CACHE_BYTES);
    struct recorded_outcome outcome;

    if (!cache)
        return;
    recorded_dump(process, cache, &outcome);
    recorded_outcome_deinit(&outcome);
    hog_memory_destroy(cache);
}

static size_t read_core(void *context, uint64_t address, void *buffer, size_t length)
{
    return hog_memory_read_some(context, address, buffer, length);
}

static void search_remote(const struct hog_process *core)
{
    struct hog_memory *memory = hog_memory_of_debugger(read_core, core->memory);
    struct hog_process remote;

    if (!memory)
        return;
    hog_process_init_remote(&remote, core->pid, memory);
    remote.elf_machine = core->elf_machine;
    remote.phdr_address = core->phdr_address;
    remote.phdr_count = core->phdr_count;
    remote.entry_address = core->entry_address;
    search(&remote);
    hog_process_deinit(&remote);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    HOG_CLOSE int file = memfd_create("core", 0);
    struct hog_process process;
    char path[64];
    const struct hog_core_request request = {.path = path, .executable = "", .sysroot = "/nonexistent"};

    if (file < 0 || write(file, data, size) != (ssize_t)size)
        return 0;
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    if (hog_process_open_core(&process, &request) == HOG_OK) {
        search(&process);
        search_remote(&process);
    }
    hog_process_deinit(&process);
    return 0;
}
