/* The values of a fabricated interpreter: what a test puts into its memory is read as objects are. */
#ifndef HOG_TESTS_FABRICATED_VALUES_H
#define HOG_TESTS_FABRICATED_VALUES_H

#include "base/arena.h"
#include "support/fabricate.h"
#include "support/fake_memory.h"
#include "value/values.h"

struct fabricated_values {
    struct fabrication fake;
    struct fake_segment segment;
    struct hog_process process;
    struct hog_location location;
    struct hog_arena arena;
    struct hog_values *values; /* what is put into `fake` later is seen as well */
};

/* `version`: as support/versions.h numbers them; `arena`: bytes that the values may take. */
void fabricated_values_init(struct fabricated_values *made, size_t version, size_t arena);
void fabricated_values_deinit(struct fabricated_values *made);

#endif
