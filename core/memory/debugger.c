/*
 * Memory as the debugger reads it for us: gdbserver, qemu, rr, or any target
 * that we have no way of our own to.
 *
 * A debugger answers a request whole or not at all, and a request costs from
 * one microsecond (gdb, local) to tens (a remote). So a span goes out as one
 * request, and only where that fails is it asked for again page by page, so
 * that the readable beginning of it is had.
 */
#include "memory/memory.h"

#include <stdlib.h>

enum { DEBUGGER_PAGE = 4096 };

struct debugger_memory {
    struct hog_memory memory;
    hog_read_function read;
    void *context;
};

static size_t ask(struct debugger_memory *self, uint64_t address, void *buffer, size_t length)
{
    size_t got = self->read(self->context, address, buffer, length);

    if (got > length)
        got = length;
    self->memory.stats.reads++;
    self->memory.stats.bytes += got;
    return got;
}

static size_t ask_by_pages(struct debugger_memory *self, const struct hog_span *span, size_t got)
{
    while (got < span->length) {
        uint64_t address = span->address + got;
        size_t wanted = DEBUGGER_PAGE - (size_t)(address % DEBUGGER_PAGE);
        size_t more;

        if (wanted > span->length - got)
            wanted = span->length - got;
        more = ask(self, address, (unsigned char *)span->buffer + got, wanted);
        got += more;
        if (more < wanted)
            break;
    }
    return got;
}

static bool crosses_pages(uint64_t address, size_t length)
{
    return length && address / DEBUGGER_PAGE != (address + length - 1) / DEBUGGER_PAGE;
}

static void debugger_read(struct hog_memory *memory, struct hog_span *spans, size_t count)
{
    struct debugger_memory *self = (struct debugger_memory *)memory;

    for (size_t i = 0; i < count; i++) {
        struct hog_span *span = &spans[i];

        span->got = span->length ? ask(self, span->address, span->buffer, span->length) : 0;
        if (span->got < span->length && crosses_pages(span->address + span->got, span->length - span->got))
            span->got = ask_by_pages(self, span, span->got);
    }
}

static void debugger_destroy(struct hog_memory *memory)
{
    free(memory);
}

struct hog_memory *hog_memory_of_debugger(hog_read_function read, void *context)
{
    static const struct hog_memory_ops ops = {.read = debugger_read, .destroy = debugger_destroy};
    struct debugger_memory *self = calloc(1, sizeof *self);

    if (!self)
        return NULL;
    self->memory.ops = &ops;
    self->memory.source = "debugger";
    self->read = read;
    self->context = context;
    return &self->memory;
}
