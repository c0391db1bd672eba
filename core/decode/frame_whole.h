/* Whether a chain of frames that came to an end is the whole stack. */
#ifndef HOG_DECODE_FRAME_WHOLE_H
#define HOG_DECODE_FRAME_WHOLE_H

#include "decode/decoder.h"

/* Of a thread whose frames are decoded, none missing. NULL, or why there should be more of them. */
const char *frame_doubt(struct decoder *decoder, const struct raw_thread *thread);

#endif
