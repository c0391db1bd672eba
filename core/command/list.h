/* What py-list has shown last, so that it can go on. */
#ifndef HOG_COMMAND_LIST_H
#define HOG_COMMAND_LIST_H

#include <stdbool.h>
#include <stdint.h>

/* It counts as long as the selected frame is the same, and where it was. */
struct listed {
    int64_t pid;
    uint64_t thread, frame, code;
    int32_t line;
    char *filename;       /* NULL: that of the frame itself */
    uint64_t first, last; /* lines that were shown; 0: none */
};

#endif
