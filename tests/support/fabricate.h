/*
 * A fabricated interpreter: debuggee memory built from the same layout rows
 * that the decoder reads with, for shapes that no recording gives: cycles,
 * torn frames, absurd lengths.
 *
 *     fabricate_init(&fake, version)     an interpreter with no threads
 *     fabricate_thread, _frame, _code    add to it
 *     fabricate_poke                     damage it
 *     fabricate_decode                   what the decoder makes of it
 */
#ifndef HOG_TESTS_FABRICATE_H
#define HOG_TESTS_FABRICATE_H

#include "decode/decode.h"

#define FABRICATED_BASE UINT64_C(0x100000000)
enum { FABRICATED_SIZE = 4 << 20 };

struct fabrication {
    unsigned char *bytes; /* FABRICATED_SIZE of them, at FABRICATED_BASE in the debuggee */
    size_t used;
    struct hog_layout layout;
    uint64_t runtime, interpreter;
    uint64_t code_type, unicode_type, bytes_type;
    uint64_t globals; /* of all frames */
    uint64_t newest_thread, newest_frame;
    uint32_t max_frames; /* that decoding reads of a thread; 0: the default */
};

void fabricate_init(struct fabrication *fake, const char *version);
void fabricate_deinit(struct fabrication *fake);

/* Each returns the debuggee address of what it made. Frames are added outermost first to the newest thread.
 */
uint64_t fabricate_thread(struct fabrication *fake, uint64_t thread_id);
uint64_t fabricate_text(struct fabrication *fake, const char *ascii);
uint64_t fabricate_code(struct fabrication *fake, const char *name, int32_t first_line);
/* The same, but the second quarter of it is `step` lines (up to 31) further down. */
uint64_t fabricate_code_of_lines(struct fabrication *fake, const char *name, int32_t first_line,
                                 uint8_t step);
uint64_t fabricate_frame(struct fabrication *fake, uint64_t code);

void fabricate_poke(struct fabrication *fake, uint64_t address, uint64_t value);
void fabricate_poke_u32(struct fabrication *fake, uint64_t address, uint32_t value);
void fabricate_poke_byte(struct fabrication *fake, uint64_t address, uint8_t value);
/* The _PyCFrame that the thread's innermost call of C has: another one than that in the state (3.11, 3.12). */
uint64_t fabricate_record(struct fabrication *fake, uint64_t tstate);
/* object + the offset of the field in this layout. */
uint64_t fabricate_field(const struct fabrication *fake, uint64_t object, enum hog_field field);

/* A snapshot, or NULL with the status: fails the test when neither. The caller destroys it. */
struct hog_snapshot *fabricate_decode(struct fabrication *fake, enum hog_status *ret_status);

#endif
