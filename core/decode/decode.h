/*
 * Decoding: from the located interpreter to a snapshot.
 *
 *     interpreters ─▶ thread states ─▶ frame chains ─▶ code objects ─▶ names, files, lines
 *
 * The debuggee's bytes are never trusted: lengths are clamped, every walk has
 * a budget, cycles are caught, and what broke is said in the snapshot.
 */
#ifndef HOG_DECODE_DECODE_H
#define HOG_DECODE_DECODE_H

#include "locate/locate.h"
#include "snapshot/snapshot.h"

enum { HOG_DEFAULT_MAX_FRAMES = 250000 };

struct hog_decode_options {
    uint32_t max_frames;                /* a thread's frames; 0: HOG_DEFAULT_MAX_FRAMES */
    uint32_t max_text;                  /* bytes of one name or file name; 0: the default, 4096 */
    bool (*interrupted)(void *context); /* polled; true ends decoding with what there is. May be NULL */
    void *context;
};

/*
 * Takes a snapshot. Fails (with `error` set) only when nothing at all could
 * be read; everything less is data in the snapshot. The caller destroys it
 * with hog_snapshot_destroy. `memory` is best a fresh page cache.
 */
enum hog_status hog_decode_snapshot(const struct hog_process *process, const struct hog_location *location,
                                    struct hog_memory *memory, const struct hog_decode_options *options,
                                    struct hog_snapshot **ret_snapshot, struct hog_error *error) HOG_CHECKED;

#endif
