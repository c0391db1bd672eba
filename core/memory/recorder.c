/*
 * The recorder: remembers each page of the debuggee that was touched.
 *
 * record-image dumps a process through it and writes the pages it saw as a
 * small ELF core: an image from which the same dump can be had on a machine
 * that has no such interpreter. A page is read once and served from here ever
 * after, so that the image and the dump agree even if the process runs on.
 * Unlike the cache it never drops a page.
 */
#include "memory/memory.h"

#include <stdlib.h>
#include <string.h>

/* A failed allocation of uthash leaves the page out instead of ending the debugger. */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

enum { RECORDER_PAGE = 4096 };

struct recorded_page {
    uint64_t address;
    size_t valid; /* readable bytes from its start; 0: unreadable */
    UT_hash_handle hh;
    unsigned char bytes[RECORDER_PAGE];
};

struct recorder {
    struct hog_memory memory;
    struct hog_memory *under;
    struct recorded_page *pages;
};

/* The page at `address`, read from below when it is new. NULL when memory is exhausted. */
static struct recorded_page *recorder_page(struct recorder *self, uint64_t address)
{
    struct recorded_page *page;
    struct recorded_page *kept = NULL;
    struct hog_memory_stats before = self->under->stats;

    HASH_FIND(hh, self->pages, &address, sizeof address, page);
    if (page)
        return page;
    page = calloc(1, sizeof *page);
    if (!page)
        return NULL;
    page->address = address;
    page->valid = hog_memory_read_some(self->under, address, page->bytes, RECORDER_PAGE);
    self->memory.source = self->under->source;
    self->memory.stats.reads += self->under->stats.reads - before.reads;
    self->memory.stats.bytes += self->under->stats.bytes - before.bytes;
    HASH_ADD(hh, self->pages, address, sizeof page->address, page);
    HASH_FIND(hh, self->pages, &address, sizeof address, kept);
    if (!kept)
        free(page);
    return kept;
}

static void recorder_read_span(struct recorder *self, struct hog_span *span)
{
    while (span->got < span->length) {
        uint64_t address = span->address + span->got;
        size_t offset = (size_t)(address % RECORDER_PAGE);
        size_t wanted = RECORDER_PAGE - offset;
        const struct recorded_page *page;
        size_t have;

        if (address < span->address)
            return;
        page = recorder_page(self, address - offset);
        if (wanted > span->length - span->got)
            wanted = span->length - span->got;
        have = page && page->valid > offset ? page->valid - offset : 0;
        if (have > wanted)
            have = wanted;
        if (have)
            memcpy((unsigned char *)span->buffer + span->got, page->bytes + offset, have);
        span->got += have;
        if (have < wanted)
            return;
    }
}

static void recorder_read(struct hog_memory *memory, struct hog_span *spans, size_t count)
{
    for (size_t i = 0; i < count; i++)
        recorder_read_span((struct recorder *)memory, &spans[i]);
}

static void recorder_destroy(struct hog_memory *memory)
{
    struct recorder *self = (struct recorder *)memory;
    struct recorded_page *page = self->pages;

    HASH_CLEAR(hh, self->pages); /* frees the table; the pages still know the order they came in */
    while (page) {
        struct recorded_page *next = page->hh.next;

        free(page);
        page = next;
    }
    free(self);
}

static int by_address(const struct recorded_page *left, const struct recorded_page *right)
{
    return left->address < right->address ? -1 : left->address > right->address;
}

void hog_memory_recorded_pages(struct hog_memory *recorder,
                               void (*visit)(void *context, uint64_t address, const void *page, size_t size),
                               void *context)
{
    struct recorder *self = (struct recorder *)recorder;

    HASH_SORT(self->pages, by_address);
    for (const struct recorded_page *page = self->pages; page; page = page->hh.next)
        if (page->valid)
            visit(context, page->address, page->bytes, page->valid);
}

struct hog_memory *hog_memory_recorded(struct hog_memory *under)
{
    static const struct hog_memory_ops ops = {.read = recorder_read, .destroy = recorder_destroy};
    struct recorder *self = calloc(1, sizeof *self);

    if (!self)
        return NULL;
    self->memory.ops = &ops;
    self->memory.source = under->source;
    self->under = under;
    return &self->memory;
}
