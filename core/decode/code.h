/* PyCodeObject: names, file, and the way from an instruction to a line. Decoded once a snapshot, then shared.
 */
#ifndef HOG_DECODE_CODE_H
#define HOG_DECODE_CODE_H

#include "decode/decoder.h"
#include "decode/line_table.h"

struct code_entry;

/* Fetches the code objects of all raw frames, and what hangs on them, in a few large reads. */
void code_prefetch(struct decoder *decoder);

/*
 * The code object at `address`. HOG_BAD_DATA when what lies there is none.
 * The entry, and the hog_code in it, live as long as the decoding; hog_code
 * as long as the snapshot.
 */
enum hog_status code_at(struct decoder *decoder, uint64_t address, struct code_entry **ret_entry) HOG_CHECKED;
const struct hog_code *code_of(const struct code_entry *entry);

/* Does the frame point into this code, or just before it? */
bool code_is_within(struct decoder *decoder, const struct code_entry *entry, const struct raw_frame *frame);

/* Where in the source the frame is, and whether its first traceable instruction has not run yet. */
struct source_position code_position(struct decoder *decoder, struct code_entry *entry,
                                     const struct raw_frame *frame);
bool code_not_started(struct decoder *decoder, const struct code_entry *entry, const struct raw_frame *frame);

/* Can a frame of this code be at this line, by all that is known of it? */
bool code_may_have_line(struct decoder *decoder, struct code_entry *entry, int32_t line);

/* The raw line table, in the arena. */
enum hog_status code_line_table(struct decoder *decoder, struct code_entry *entry,
                                const unsigned char **ret_table, size_t *ret_length) HOG_CHECKED;

/*
 * Where copy number `tlbc_index` of the instructions starts: free-threaded
 * 3.14+ has one copy a thread. 0 when there is no such copy.
 */
uint64_t code_copy(struct decoder *decoder, uint64_t code, uint32_t tlbc_index);

void code_release(struct decoder *decoder);

#endif
