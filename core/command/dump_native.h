/*
 * py-dump --native: each thread once more, with the C frames between those
 * of Python.
 */
#ifndef HOG_COMMAND_DUMP_NATIVE_H
#define HOG_COMMAND_DUMP_NATIVE_H

#include "host/unwind.h"

enum { NATIVE_WARNINGS = 4 };

struct native_dump {
    struct hog_thread *threads; /* copies of those of the dump, in the same order */
    struct native_code *codes;  /* by function, module and source file */
    struct hog_arena arena;     /* frames, codes and words */
    const char *warnings[NATIVE_WARNINGS];
    size_t warning_count;
    bool made; /* is to be deinit'ed */
};

/* Puts copies in place of `threads`. Ctrl-C leaves those that are left without C frames. */
enum hog_status native_dump_add(struct native_dump *dump, struct target *target,
                                const struct hog_snapshot *snapshot, const struct hog_thread **threads,
                                size_t count, struct hog_error *error) HOG_CHECKED;
void native_dump_deinit(struct native_dump *dump);

#endif
