/*
 * The memory of code objects, fetched ahead in two large reads: all code
 * objects, then all that they name. A page at a time would be one system call
 * for nearly every name.
 */
#include "decode/code.h"

#include <stdlib.h>

enum {
    CODE_HEAD = 256, /* bytes that cover every field read, of every version */
    TEXT_HEAD = 160, /* of a str: header and a name of usual length */
    LINE_TABLE_HEAD = 512,
    OBJECT_HEAD = 24,
    PREFETCH_BATCH = 1024,
};

struct prefetch_batch {
    struct hog_span spans[PREFETCH_BATCH];
    size_t count;
};

static void prefetch_add(struct decoder *decoder, struct prefetch_batch *batch, uint64_t address,
                         size_t length)
{
    if (!address)
        return;
    batch->spans[batch->count++] = (struct hog_span){.address = address, .length = length};
    if (batch->count == PREFETCH_BATCH) {
        hog_memory_prefetch(decoder->memory, batch->spans, batch->count);
        batch->count = 0;
    }
}

static void prefetch_field(struct decoder *decoder, struct prefetch_batch *batch, uint64_t code,
                           enum hog_field field, size_t length)
{
    uint64_t object;

    if (field_u64(decoder, code, field, &object) == HOG_OK)
        prefetch_add(decoder, batch, object, length);
}

static void prefetch_code_object(struct decoder *decoder, struct prefetch_batch *batch, uint64_t code)
{
    prefetch_add(decoder, batch, code, CODE_HEAD);
}

static void prefetch_what_it_names(struct decoder *decoder, struct prefetch_batch *batch, uint64_t code)
{
    prefetch_field(decoder, batch, code, HOG_F_code_co_name, TEXT_HEAD);
    prefetch_field(decoder, batch, code, HOG_F_code_co_qualname, TEXT_HEAD);
    prefetch_field(decoder, batch, code, HOG_F_code_co_filename, TEXT_HEAD);
    prefetch_field(decoder, batch, code, HOG_F_code_co_linetable, LINE_TABLE_HEAD);
    prefetch_field(decoder, batch, code, HOG_F_code_co_code, OBJECT_HEAD);
}

/* Neighbours with the same code are one: recursion would fetch it again and again. */
static void prefetch_each_code(struct decoder *decoder, struct prefetch_batch *batch,
                               void (*fetch)(struct decoder *, struct prefetch_batch *, uint64_t))
{
    uint64_t before = 0;

    batch->count = 0;
    for (size_t i = 0; i < decoder->raw_frame_count; i++) {
        uint64_t code = decoder->raw_frames[i].code;

        if (code != before)
            fetch(decoder, batch, code);
        before = code;
    }
    hog_memory_prefetch(decoder->memory, batch->spans, batch->count);
}

void code_prefetch(struct decoder *decoder)
{
    struct prefetch_batch *batch = calloc(1, sizeof *batch);

    if (!batch)
        return;
    prefetch_each_code(decoder, batch, prefetch_code_object);
    prefetch_each_code(decoder, batch, prefetch_what_it_names);
    free(batch);
}
