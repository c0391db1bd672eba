/* What codes.c and codes_resolve.c share. */
#ifndef HOG_SAMPLE_CODES_PARTS_H
#define HOG_SAMPLE_CODES_PARTS_H

#include "sample/codes.h"

enum { CODES_BATCH = 4096 }; /* heads read in one call */

/* Reads the heads of up to CODES_BATCH entries in one call. */
void codes_read_heads(struct code_table *codes, struct hog_memory *memory, const uint32_t *entries,
                      uint32_t count);
/* Of the i-th of them: 0 when it could not be read, or is no code object. */
uint64_t codes_head_fingerprint(const struct code_table *codes, uint32_t i);
uint64_t codes_head_type(const struct code_table *codes, uint32_t i);

void codes_entry_deinit(struct cached_code *entry);

#endif
