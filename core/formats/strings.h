/* A string table: each text once, numbered as they come. pprof and Firefox's profiler have one. */
#ifndef HOG_FORMATS_STRINGS_H
#define HOG_FORMATS_STRINGS_H

#include "profile/hash_index.h"

struct strings {
    const char **list; /* borrowed */
    uint32_t count, capacity;
    struct hash_index index;
    bool failed; /* no memory; numbers are 0 from then on */
};

uint32_t strings_number(struct strings *strings, const char *text);
void strings_deinit(struct strings *strings);

#endif
