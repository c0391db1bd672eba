/* Frame chains of a thread: first walked to addresses (raw), later turned into the snapshot's frames. */
#ifndef HOG_DECODE_FRAME_H
#define HOG_DECODE_FRAME_H

#include "decode/decoder.h"

/*
 * Walks the chain of `tstate`, innermost first, appending to raw_frames and
 * setting the thread's first_frame and frame_count. A chain that breaks keeps
 * what was read and sets `stopped_because`.
 */
void frame_walk(struct decoder *decoder, uint64_t tstate, struct raw_thread *thread);

/* Decodes a walked chain into the thread's frames in the arena. */
void frame_decode_all(struct decoder *decoder, struct raw_thread *thread);

/* One frame that is in no chain: of a generator that is suspended. HOG_BAD_DATA: there is none. */
enum hog_status frame_decode_at(struct decoder *decoder, uint64_t address,
                                struct hog_frame *ret_frame) HOG_CHECKED;

#endif
