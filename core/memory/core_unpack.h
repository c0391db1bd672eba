/* Unpacking a compressed core: what core_unpack.c and the files of single formats share. */
#ifndef HOG_MEMORY_CORE_UNPACK_H
#define HOG_MEMORY_CORE_UNPACK_H

#include "memory/core.h"

#include <sys/types.h>

enum { UNPACK_CHUNK = 256 * 1024 };

struct unpacking {
    struct hog_process *process;
    const struct hog_core_request *request;
    int from, to;
    uint64_t written;
    unsigned char in[UNPACK_CHUNK];
    unsigned char out[UNPACK_CHUNK];
};

/* The next bytes of the file, into job->in. As read(2). */
ssize_t unpack_get(struct unpacking *job);
/* Writes the first `length` bytes of job->out, leaving out runs of zeros; refuses what does not begin like a core;
 * looks at Ctrl-C. */
enum hog_status unpack_put(struct unpacking *job, size_t length) HOG_CHECKED;
/* The end came too early: HOG_OK with a warning, if there is something. */
enum hog_status unpack_cut_short(const struct unpacking *job) HOG_CHECKED;
enum hog_status unpack_fail(const struct unpacking *job, enum hog_status status, const char *why) HOG_CHECKED;

/* One for each format. core_unpack_xz.c, core_unpack_lz4.c: also where hognose is built without their libraries. */
enum hog_status unpack_xz(struct unpacking *job) HOG_CHECKED;
enum hog_status unpack_lz4(struct unpacking *job) HOG_CHECKED;

#endif
