/* Walking one chain of frames, wherever it begins. Of frame_walk.c and frame_head.c. */
#ifndef HOG_DECODE_FRAME_WALK_H
#define HOG_DECODE_FRAME_WALK_H

#include "decode/decoder.h"

enum { OUTERMOST_KEPT = 1000 };

struct cycle_guard {
    uint64_t checkpoint;
    size_t steps, next_move;
};

struct frame_walk {
    struct decoder *decoder;
    struct raw_thread *thread;
    struct cycle_guard guard;
    struct raw_frame last;   /* the outermost element so far, a mark too; address 0: none */
    uint64_t entry;          /* the innermost element that was entered from C, a mark or a frame; 0: none */
    uint64_t entry_previous; /* what it was called from */
    struct raw_frame *ring;  /* the outermost ones of those beyond the limit, malloc'ed */
    size_t beyond;           /* how many are beyond the limit */
};

/* Forgets what was walked before, and walks from `address` outwards. NULL, or why the chain breaks. */
const char *frame_walk_from(struct frame_walk *walk, uint64_t address);
void frame_walk_begin(struct frame_walk *walk);
/* Puts the outermost frames behind the others. NULL, or how many are missing between them. */
const char *frame_walk_end(struct frame_walk *walk);

/* One element of a chain, and what it was called from; 0: nothing. */
enum hog_status frame_read(struct decoder *decoder, uint64_t address, struct raw_frame *ret_frame,
                           uint64_t *ret_previous) HOG_CHECKED;

/* "the frame at 0x… WHY": the snapshot is incomplete then. */
const char *walk_end(struct decoder *decoder, const char *why, uint64_t address);

#endif
