/*
 * The calls that everything above memory/ uses to get bytes, whatever source
 * they come from, and the one source that needs no file of its own: "this,
 * and where it fails that".
 *
 * Dispatch is kept thin on purpose: behind a page cache a read of one word is
 * two calls and a memcpy, and a dump makes tens of thousands of them.
 */
#include "memory/memory.h"

#include <stdlib.h>
#include <string.h>

enum { TEXT_CHUNK = 4096, FALLBACK_BATCH = 64 };

void hog_memory_destroy(struct hog_memory *memory)
{
    if (memory)
        memory->ops->destroy(memory);
}

void hog_memory_read_batch(struct hog_memory *memory, struct hog_span *spans, size_t count)
{
    for (size_t i = 0; i < count; i++)
        spans[i].got = 0;
    memory->ops->read(memory, spans, count);
    for (size_t i = 0; i < count; i++)
        if (spans[i].got < spans[i].length)
            memory->fault = spans[i].address + spans[i].got;
}

void hog_memory_prefetch(struct hog_memory *memory, const struct hog_span *ranges, size_t count)
{
    if (memory->ops->prefetch)
        memory->ops->prefetch(memory, ranges, count);
}

size_t hog_memory_read_some(struct hog_memory *memory, uint64_t address, void *buffer, size_t length)
{
    struct hog_span span = {.address = address, .buffer = buffer, .length = length};

    memory->ops->read(memory, &span, 1);
    if (span.got < length)
        memory->fault = address + span.got;
    return span.got;
}

enum hog_status hog_memory_read(struct hog_memory *memory, uint64_t address, void *buffer, size_t length)
{
    return hog_memory_read_some(memory, address, buffer, length) == length ? HOG_OK : HOG_UNREADABLE;
}

enum hog_status hog_memory_u64(struct hog_memory *memory, uint64_t address, uint64_t *ret_value)
{
    uint64_t value;

    if (hog_memory_read_some(memory, address, &value, sizeof value) < sizeof value)
        return HOG_UNREADABLE;
    *ret_value = value;
    return HOG_OK;
}

enum hog_status hog_memory_u32(struct hog_memory *memory, uint64_t address, uint32_t *ret_value)
{
    uint32_t value;

    if (hog_memory_read_some(memory, address, &value, sizeof value) < sizeof value)
        return HOG_UNREADABLE;
    *ret_value = value;
    return HOG_OK;
}

enum hog_status hog_memory_u8(struct hog_memory *memory, uint64_t address, uint8_t *ret_value)
{
    uint8_t value;

    if (hog_memory_read_some(memory, address, &value, sizeof value) < sizeof value)
        return HOG_UNREADABLE;
    *ret_value = value;
    return HOG_OK;
}

/* Never asks for a byte of the page after the one in which the string ends: that page may not exist. */
enum hog_status hog_memory_text(struct hog_memory *memory, uint64_t address, char *ret_text, size_t size)
{
    size_t have = 0;

    if (!size)
        return HOG_OK;
    while (have < size - 1) {
        size_t wanted = TEXT_CHUNK - (size_t)((address + have) % TEXT_CHUNK);
        size_t got;

        if (wanted > size - 1 - have)
            wanted = size - 1 - have;
        got = hog_memory_read_some(memory, address + have, ret_text + have, wanted);
        if (memchr(ret_text + have, '\0', got))
            return HOG_OK;
        have += got;
        if (got < wanted) {
            ret_text[have] = '\0';
            return HOG_UNREADABLE;
        }
    }
    ret_text[have] = '\0';
    return HOG_OK;
}

/*
 * First, and for what it cannot read, second.
 */

struct fallback_memory {
    struct hog_memory memory;
    struct hog_memory *first;
    struct hog_memory *second;
};

/* The unread ends of `spans[from…]`, up to a batch of them; `ret_of[i]` is the span that piece i ends. */
static size_t fallback_collect(struct hog_span *spans, size_t count, size_t *from,
                               struct hog_span *ret_pieces, struct hog_span **ret_of)
{
    size_t pieces = 0;

    for (; *from < count && pieces < FALLBACK_BATCH; (*from)++) {
        struct hog_span *span = &spans[*from];

        if (span->got >= span->length)
            continue;
        ret_of[pieces] = span;
        ret_pieces[pieces++] = (struct hog_span){
            .address = span->address + span->got,
            .buffer = (unsigned char *)span->buffer + span->got,
            .length = span->length - span->got,
        };
    }
    return pieces;
}

static void fallback_read(struct hog_memory *memory, struct hog_span *spans, size_t count)
{
    struct fallback_memory *self = (struct fallback_memory *)memory;
    struct hog_span pieces[FALLBACK_BATCH];
    struct hog_span *of[FALLBACK_BATCH];
    size_t piece_count;
    size_t at = 0;

    hog_memory_read_batch(self->first, spans, count);
    while ((piece_count = fallback_collect(spans, count, &at, pieces, of)) > 0) {
        hog_memory_read_batch(self->second, pieces, piece_count);
        for (size_t i = 0; i < piece_count; i++)
            of[i]->got += pieces[i].got;
    }
    memory->source = self->first->source; /* live.c may have changed its way */
    memory->stats.reads = self->first->stats.reads + self->second->stats.reads;
    memory->stats.bytes = self->first->stats.bytes + self->second->stats.bytes;
}

static void fallback_destroy(struct hog_memory *memory)
{
    struct fallback_memory *self = (struct fallback_memory *)memory;

    hog_memory_destroy(self->first);
    hog_memory_destroy(self->second);
    free(self);
}

struct hog_memory *hog_memory_with_fallback(struct hog_memory *first, struct hog_memory *second)
{
    static const struct hog_memory_ops ops = {.read = fallback_read, .destroy = fallback_destroy};
    struct fallback_memory *self = calloc(1, sizeof *self);

    if (!self)
        return NULL;
    self->memory.ops = &ops;
    self->memory.source = first->source;
    self->first = first;
    self->second = second;
    return &self->memory;
}
