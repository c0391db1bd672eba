/* The GIL: who holds it, and where a thread that waits for it is parked. */
#ifndef HOG_DECODE_GIL_H
#define HOG_DECODE_GIL_H

#include "decode/decoder.h"

struct gil_state {
    bool known;  /* the two below were read */
    bool exists; /* false: a free-threaded build that runs without it */
    bool locked;
    uint64_t holder;     /* PyThreadState *, 0 when nobody holds it */
    uint64_t start, end; /* the struct itself, whose mutex and condition waiters sleep on; 0 unknown */
};

struct gil_state gil_read(struct decoder *decoder, uint64_t interpreter);

#endif
