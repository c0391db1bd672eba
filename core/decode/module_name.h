/* The __name__ in a frame's globals, and the globals of well-known modules; each dict is read once a
 * snapshot. */
#ifndef HOG_DECODE_MODULE_NAME_H
#define HOG_DECODE_MODULE_NAME_H

#include "decode/decoder.h"

/* In the arena; NULL when it cannot be had. */
const char *module_name_of_globals(struct decoder *decoder, uint64_t globals);

/* Fetches the globals of all raw frames in a few large reads. */
void module_name_prefetch(struct decoder *decoder);

void module_name_release(struct decoder *decoder);

#endif
