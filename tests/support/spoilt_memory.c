/* The memory of spoilt_memory.h: reads from below, then cuts or overwrites what arrived. */
#include "support/spoilt_memory.h"

#include <stdlib.h>
#include <string.h>

enum { PAGE = 4096 };

struct spoilt_memory {
    struct hog_memory memory;
    struct hog_memory *under;
    enum { SOUND, HIDDEN_PAGE, FOREIGN_BYTES } damage;
    uint64_t address;
    unsigned char bytes[SPOILT_BYTES];
    size_t length;
};

static void hide(const struct spoilt_memory *self, struct hog_span *span)
{
    if (span->address - self->address < PAGE)
        span->got = 0;
    else if (self->address > span->address && self->address - span->address < span->got)
        span->got = (size_t)(self->address - span->address);
}

static void overwrite(const struct spoilt_memory *self, struct hog_span *span)
{
    unsigned char *bytes = span->buffer;

    for (size_t i = 0; i < self->length; i++) {
        uint64_t offset = self->address + i - span->address;

        if (offset < span->got)
            bytes[offset] = self->bytes[i];
    }
}

static void spoilt_read(struct hog_memory *memory, struct hog_span *spans, size_t count)
{
    struct spoilt_memory *self = (struct spoilt_memory *)memory;

    hog_memory_read_batch(self->under, spans, count);
    memory->stats = self->under->stats;
    for (size_t i = 0; i < count; i++) {
        if (self->damage == HIDDEN_PAGE)
            hide(self, &spans[i]);
        else if (self->damage == FOREIGN_BYTES)
            overwrite(self, &spans[i]);
    }
}

static void spoilt_destroy(struct hog_memory *memory)
{
    free(memory);
}

struct hog_memory *spoilt_memory_create(struct hog_memory *under)
{
    static const struct hog_memory_ops ops = {.read = spoilt_read, .destroy = spoilt_destroy};
    struct spoilt_memory *self = calloc(1, sizeof *self);

    if (!self)
        abort();
    self->memory.ops = &ops;
    self->memory.source = under->source;
    self->under = under;
    return &self->memory;
}

void spoilt_memory_heal(struct hog_memory *spoilt)
{
    ((struct spoilt_memory *)spoilt)->damage = SOUND;
}

void spoilt_memory_hide_page(struct hog_memory *spoilt, uint64_t page)
{
    struct spoilt_memory *self = (struct spoilt_memory *)spoilt;

    self->damage = HIDDEN_PAGE;
    self->address = page / PAGE * PAGE;
}

void spoilt_memory_set_word(struct hog_memory *spoilt, uint64_t address, uint64_t value)
{
    spoilt_memory_set_bytes(spoilt, address, &value, sizeof value);
}

void spoilt_memory_set_bytes(struct hog_memory *spoilt, uint64_t address, const void *bytes, size_t length)
{
    struct spoilt_memory *self = (struct spoilt_memory *)spoilt;

    self->damage = FOREIGN_BYTES;
    self->address = address;
    self->length = length < SPOILT_BYTES ? length : SPOILT_BYTES;
    memcpy(self->bytes, bytes, self->length);
}
