/* The memory of fault_memory.h. */
#include "fault_memory.h"

#include <stdlib.h>
#include <string.h>

struct fault_memory {
    struct hog_memory memory;
    struct hog_memory *under;
    enum fault_kind kind;
    uint64_t at;
    uint64_t count;
};

static void spoil_words(enum fault_kind kind, struct hog_span *span)
{
    unsigned char *bytes = span->buffer;

    if (kind == FAULT_ZERO)
        memset(bytes, 0, span->got);
    for (size_t i = 0; kind == FAULT_FLIP && i < span->got; i++)
        bytes[i] = (unsigned char)~bytes[i];
    for (size_t i = 0; kind == FAULT_SELF_POINTER && i < span->got; i += sizeof(uint64_t)) {
        uint64_t word = span->address + i;
        size_t left = span->got - i;

        memcpy(bytes + i, &word, left < sizeof word ? left : sizeof word);
    }
}

static void fault_span(struct fault_memory *self, struct hog_span *span)
{
    uint64_t number = self->count++;
    bool hit = number == self->at || (self->kind == FAULT_UNREADABLE_FROM && number > self->at);

    if (!hit)
        return;
    switch (self->kind) {
    case FAULT_NONE:
        break;
    case FAULT_UNREADABLE:
    case FAULT_UNREADABLE_FROM:
        span->got = 0;
        break;
    case FAULT_SHORT:
        span->got /= 2;
        break;
    case FAULT_FLIP:
    case FAULT_ZERO:
    case FAULT_SELF_POINTER:
        spoil_words(self->kind, span);
        break;
    }
    /* A decoder that uses what did not arrive is to be found out. */
    memset((unsigned char *)span->buffer + span->got, 0xdb, span->length - span->got);
}

static void fault_read(struct hog_memory *memory, struct hog_span *spans, size_t count)
{
    struct fault_memory *self = (struct fault_memory *)memory;

    hog_memory_read_batch(self->under, spans, count);
    memory->stats = self->under->stats;
    for (size_t i = 0; i < count; i++)
        fault_span(self, &spans[i]);
}

static void fault_destroy(struct hog_memory *memory)
{
    free(memory);
}

struct hog_memory *fault_memory_create(struct hog_memory *under)
{
    static const struct hog_memory_ops ops = {.read = fault_read, .destroy = fault_destroy};
    struct fault_memory *self = calloc(1, sizeof *self);

    if (!self)
        return NULL;
    self->memory.ops = &ops;
    self->memory.source = "fault";
    self->under = under;
    return &self->memory;
}

void fault_memory_arm(struct hog_memory *fault, enum fault_kind kind, uint64_t at)
{
    struct fault_memory *self = (struct fault_memory *)fault;

    self->kind = kind;
    self->at = at;
    self->count = 0;
}

uint64_t fault_memory_count(const struct hog_memory *fault)
{
    return ((const struct fault_memory *)fault)->count;
}
