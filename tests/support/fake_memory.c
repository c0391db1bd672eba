/* The memory of fake_memory.h: what one segment has as a whole is copied, the rest is looked up byte by byte. */
#include "fake_memory.h"

#include <stdlib.h>
#include <string.h>

enum { FAKE_PAGE = 4096 };

struct fake_memory {
    struct hog_memory memory;
    const struct fake_segment *segments;
    size_t count;
    enum fake_edges edges;
};

static bool fake_byte(const struct fake_memory *self, uint64_t address, unsigned char *ret_byte)
{
    bool same_page = false;

    for (size_t i = self->count; i-- > 0;) {
        const struct fake_segment *segment = &self->segments[i];
        uint64_t offset = address - segment->address;
        uint64_t last = segment->address + segment->length - 1;

        if (offset < segment->length) {
            *ret_byte = ((const unsigned char *)segment->bytes)[offset];
            return true;
        }
        if (segment->length && address / FAKE_PAGE >= segment->address / FAKE_PAGE &&
            address / FAKE_PAGE <= last / FAKE_PAGE)
            same_page = true;
    }
    *ret_byte = 0;
    return same_page && self->edges == FAKE_WHOLE_PAGES;
}

/* The last segment that has any of it has the word. */
static bool fake_copy(const struct fake_memory *self, struct hog_span *span)
{
    const struct fake_segment *segment = self->count ? &self->segments[self->count - 1] : NULL;
    uint64_t offset = segment ? span->address - segment->address : 0;

    if (!segment || offset >= segment->length || span->length > segment->length - offset)
        return false;
    memcpy(span->buffer, (const unsigned char *)segment->bytes + offset, span->length);
    span->got = span->length;
    return true;
}

static void fake_read(struct hog_memory *memory, struct hog_span *spans, size_t count)
{
    const struct fake_memory *self = (struct fake_memory *)memory;

    memory->stats.reads++;
    for (size_t i = 0; i < count; i++) {
        unsigned char *buffer = spans[i].buffer;

        if (!spans[i].got)
            (void)fake_copy(self, &spans[i]);
        while (spans[i].got < spans[i].length) {
            unsigned char byte;

            if (!fake_byte(self, spans[i].address + spans[i].got, &byte))
                break;
            buffer[spans[i].got++] = byte;
        }
        memory->stats.bytes += spans[i].got;
    }
}

static void fake_destroy(struct hog_memory *memory)
{
    free(memory);
}

struct hog_memory *fake_memory_create(const struct fake_segment *segments, size_t count,
                                      enum fake_edges edges)
{
    static const struct hog_memory_ops ops = {.read = fake_read, .destroy = fake_destroy};
    struct fake_memory *self = calloc(1, sizeof *self);

    if (!self)
        return NULL;
    self->memory.ops = &ops;
    self->memory.source = "fake";
    self->segments = segments;
    self->count = count;
    self->edges = edges;
    return &self->memory;
}
