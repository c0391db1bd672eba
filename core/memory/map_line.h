/*
 * A line of /proc/PID/maps:
 *
 *      55d0c8a00000-55d0c8e63000 r-xp 00001000 fe:00 393377      /usr/bin/python3.11
 *      start        end          perm offset   dev   inode       path, may hold blanks
 */
#ifndef HOG_MEMORY_MAP_LINE_H
#define HOG_MEMORY_MAP_LINE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct hog_map_line {
    uint64_t start, end;
    bool readable, writable, executable, shared;
    uint64_t offset, inode; /* of the file; inode 0: of none */
    dev_t device;
    const char *path; /* in the line, up to its end; "" none */
};

/* False: it is no such line. */
bool hog_map_line_read(const char *line, struct hog_map_line *ret_map);

#endif
