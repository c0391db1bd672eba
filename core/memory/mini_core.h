/*
 * A small core file: of a process only the pages that were looked at.
 *
 *     source ─▶ recorder (memory.h) ─▶ page cache ─▶ locate, decode, values, waits
 *                  │
 *                  └─▶ every page that they touched ─▶ core_writer ─▶ FILE
 *
 * It is a core as gdb and lldb open them, less the memory that nobody asked
 * for: a few hundred KB instead of gigabytes. All mappings of files are in it,
 * so that modules look as they did; most have no bytes.
 */
#ifndef HOG_MEMORY_MINI_CORE_H
#define HOG_MEMORY_MINI_CORE_H

#include "memory/process.h"

enum { HOG_MINI_CORE_PAGE = 4096 };

struct hog_mini_core {
    const struct hog_process *process;
    struct hog_memory *recorder; /* hog_memory_recorded, through which it was read */
    /* Asked of each page before it is written: false leaves it out, and what it changes of the copy is written. NULL:
     * all of all pages. */
    bool (*keep)(void *context, uint64_t address, unsigned char page[HOG_MINI_CORE_PAGE]);
    void *context;
    size_t page_count; /* set: how many were written */
};

/* `path` gets its name once all is written. */
enum hog_status hog_mini_core_write(struct hog_mini_core *core, const char *path,
                                    struct hog_error *error) HOG_CHECKED;

#endif
