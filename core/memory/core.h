/*
 * An opened core file, as the files core_*.c share it. Nothing outside
 * memory/ includes it.
 *
 *      core_file.c    opens it, finds the headers, answers reads
 *      core_unpack.c  a compressed one, before that
 *      core_notes.c   process, threads, auxiliary vector, names of mapped files
 *      core_map.c     segments and mapped files become one ascending list of regions
 *      core_mapped.c  the mapped files on this machine: found, compared, read
 */
#ifndef HOG_MEMORY_CORE_H
#define HOG_MEMORY_CORE_H

#include "files/files.h"
#include "memory/arch.h"
#include "memory/process_build.h"

#include <elf.h>

enum { CORE_DATA_RANGES = 8 };

struct core_file_range {
    uint64_t start, end;
};

/* A file that the process had mapped (NT_FILE), and what became of it here. */
struct core_mapped_file {
    const char *path;       /* as the process saw it, without " (deleted)" */
    const char *local_path; /* where the debugger says it is on this machine, "" to be looked for */
    bool deleted;
    enum { MAPPED_UNTRIED, MAPPED_OPEN, MAPPED_GONE } state;
    int file;                                      /* MAPPED_OPEN: the same file on this machine */
    struct core_file_range data[CORE_DATA_RANGES]; /* its parts that are mapped writable */
    size_t data_count;
};

/* One line of NT_FILE. */
struct core_named_range {
    uint64_t start, end;
    uint64_t file_offset;
    struct core_mapped_file *file;
};

/*
 * A piece of the address space of which one thing is true throughout.
 *
 *      start                                              end
 *      | dumped: bytes of the core | lost: cut | the rest  |
 *        present                     promised    of `file` if there is one
 */
struct core_region {
    uint64_t start, end;
    uint64_t at;       /* offset of its bytes in the core's file */
    uint64_t present;  /* bytes of the core that are there */
    uint64_t promised; /* bytes that the segment says the core has; more when the core is truncated */
    bool writable;
    bool anonymous; /* no file; then `file` is NULL, too */
    struct core_mapped_file *file;
    uint64_t file_offset; /* of `start` */
};

struct core_memory {
    struct hog_memory memory;
    struct hog_process *process;
    struct hog_files here; /* where its mapped files are looked for */
    size_t file_warnings;

    int image;                   /* the core file, or what was unpacked of it */
    size_t size;                 /* that it had when it was opened */
    bool has_shrunk;             /* it has less by now: that was warned of */
    uint64_t promised;           /* its size by its own headers; more than `size` when it is truncated */
    struct core_region *regions; /* ascending, parallel to process->mappings */
    size_t region_count;
    bool private_missing; /* the core has no private memory: writable files must not stand in for it */

    /* Filled from the notes. */
    struct core_named_range *named;
    size_t named_count;
    struct core_mapped_file *files;
    size_t file_count;
    struct arch_registers *registers; /* parallel to process->threads */
    size_t thread_room;
    const char *command_name; /* comm of the process, "" unknown */
};

/* core_unpack.c: when `file` is compressed, puts in its place an unlinked temporary file with what was in it.
 */
enum hog_status core_unpack(struct hog_process *process, const struct hog_core_request *request,
                            int *file) HOG_CHECKED;

/* core_file.c: as many bytes as there are at `offset` of the core's file. Read, not mapped: a file that is cut short
 * meanwhile, or lies on a server that is gone, ends a mapped read with SIGBUS. */
size_t core_copy(struct core_memory *core, uint64_t offset, void *buffer, size_t length);

/* core_header.c: refuses what is no core file, or not of a process that can be read. */
enum hog_status core_check_header(struct core_memory *core, Elf64_Ehdr *ret_header) HOG_CHECKED;
size_t core_count_segments(struct core_memory *core, const Elf64_Ehdr *header);
/* False: the core is cut short before it. */
bool core_segment_at(struct core_memory *core, const Elf64_Ehdr *header, size_t number,
                     Elf64_Phdr *ret_segment);

/* core_notes.c: reads one PT_NOTE segment; false when memory is exhausted. */
bool core_read_notes(struct core_memory *core, uint64_t offset, uint64_t size) HOG_CHECKED;

/* core_map.c: `segments` are the PT_LOADs in any order. False when memory is exhausted. */
bool core_build_regions(struct core_memory *core, Elf64_Phdr *segments, size_t count) HOG_CHECKED;
struct core_region *core_region_at(const struct core_memory *core, uint64_t address);

/* core_mapped.c: reads of a region's file at `offset` from the region's start; returns how many bytes came. */
size_t core_mapped_read(struct core_memory *core, const struct core_region *region, uint64_t offset,
                        void *buffer, size_t length);
/* Finds the main program among the mapped files; `replacement` ("" none) is where it is on this machine. */
void core_find_executable(struct core_memory *core, const char *replacement);
void core_close_files(struct core_memory *core);

#endif
