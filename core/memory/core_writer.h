/*
 * Writes a small ELF core: a recorded image of a process, or what a test
 * wants one to be. gdb and lldb open what it writes.
 *
 *      | ELF header | program headers | notes | page | page | … |
 *                                               each on a page boundary of the file
 *
 * Things are added in any order and written by hog_core_writer_finish. A
 * failed allocation is remembered and reported there.
 */
#ifndef HOG_MEMORY_CORE_WRITER_H
#define HOG_MEMORY_CORE_WRITER_H

#include "base/text.h"

struct hog_core_thread {
    int64_t lwp;
    int signal;            /* what it got; 0 none */
    int64_t system_call;   /* number, -1: in user code */
    uint64_t arguments[6]; /* of the system call */
    uint64_t thread_pointer;
    uint64_t program_counter;
    uint64_t stack_pointer;
};

enum hog_core_flags { HOG_CORE_READ = 4, HOG_CORE_WRITE = 2, HOG_CORE_EXECUTE = 1 };

struct hog_core_writer;

/* `elf_machine`: EM_X86_64 or EM_AARCH64. NULL when memory is exhausted. */
struct hog_core_writer *hog_core_writer_create(unsigned elf_machine) HOG_CHECKED;
void hog_core_writer_destroy(struct hog_core_writer *writer);

void hog_core_writer_process(struct hog_core_writer *writer, int64_t pid, const char *name,
                             const char *arguments);
/* The first is the one that debuggers select. */
void hog_core_writer_thread(struct hog_core_writer *writer, const struct hog_core_thread *thread);
/* `file_offset` must be a multiple of 4096. */
void hog_core_writer_file(struct hog_core_writer *writer, uint64_t start, uint64_t end, uint64_t file_offset,
                          const char *path);
void hog_core_writer_auxv(struct hog_core_writer *writer, uint64_t type, uint64_t value);
/*
 * A piece of memory: `present` bytes, which are copied, of `size`. A segment
 * that goes on where the one before it ended, with the same flags and wholly
 * present, becomes part of it.
 */
void hog_core_writer_segment(struct hog_core_writer *writer, uint64_t address, uint64_t size, unsigned flags,
                             const void *bytes, size_t present);

/* Writes the file, by way of a temporary one and a rename. */
enum hog_status hog_core_writer_finish(struct hog_core_writer *writer, const char *path,
                                       struct hog_error *error) HOG_CHECKED;

#endif
