/*
 * What the files of memory/ that fill a `struct hog_process` share. Nothing
 * outside memory/ includes it.
 */
#ifndef HOG_MEMORY_PROCESS_BUILD_H
#define HOG_MEMORY_PROCESS_BUILD_H

#include "base/text.h"
#include "memory/process.h"

/* Everything empty: texts "", memory NULL. */
void process_init(struct hog_process *process, enum hog_target_kind kind, int64_t pid);

/* Adds a warning: one line, no newline. Lost when memory is exhausted. */
void process_warn(struct hog_process *process, const char *format, ...) HOG_PRINTF(2, 3);

/* HOG_NO_MEMORY, in words. */
enum hog_status process_no_memory(struct hog_process *process);

/* A copy in the process's arena; "" when that is exhausted. */
const char *process_keep_text(struct hog_process *process, const char *text, size_t length);

/* Reads AT_PHDR, AT_PHNUM, AT_ENTRY out of an auxiliary vector of 64-bit words. */
void process_take_auxv(struct hog_process *process, const void *bytes, size_t length);

/* The arguments of a NUL-separated command line, joined with blanks. */
const char *process_join_arguments(struct hog_process *process, const char *bytes, size_t length);

/*
 * The whole of a file of /proc, relative to the open folder `folder`. Such
 * files have no size; they are read until they end or `limit` is reached.
 * False with errno set when it cannot be opened or read.
 */
bool proc_read(int folder, const char *name, size_t limit, struct hog_text *ret_text) HOG_CHECKED;

/* The target of a symbolic link of /proc, in the process's arena; "" when it cannot be had. */
const char *proc_link(struct hog_process *process, int folder, const char *name);

#endif
