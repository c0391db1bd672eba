/*
 * The page cache: one snapshot's view of memory.
 *
 * Decoding a stack is thousands of small reads that hit a few hundred pages.
 * Behind this cache each page is fetched once, and all the pages that one
 * batch misses are fetched in one call of the source:
 *
 *      wanted pages     10 11 12    20    31 32            (of a batch, sorted)
 *      spans fetched   |--------|  |--|  |-----|           one source call
 *      12 unreadable           ^ short: 12 is known to be bad
 *      second call      pages after a short point, each by itself
 *
 * Entries are numbered as they come; entry n owns the n-th page of `storage`,
 * so neighbours that are missing together lie together and can be fetched as
 * one span. `table` maps page numbers to entries: open addressing, at most
 * half full, emptied by adding one to `generation`. As much of it is used as
 * that takes: a few pages that stay in the CPU's caches, where the whole of it
 * would be a page fault for nearly every new entry. When entries run out the
 * whole cache is emptied; a batch goes in rounds of at most half the entries,
 * so that one round always fits.
 */
#define _GNU_SOURCE
#include "memory/memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#ifndef MADV_POPULATE_WRITE /* glibc 2.34 and older do not have it */
#define MADV_POPULATE_WRITE 23
#endif

enum {
    CACHE_PAGE = 4096,
    CACHE_SHIFT = 12,
    CACHE_MIN_PAGES = 16,
    CACHE_MAX_PAGES = 1 << 20,
    BACK_MIN = 32, /* pages */
    BACK_MAX = 128,
};

struct cache_slot {
    uint64_t page;       /* address >> CACHE_SHIFT */
    uint32_t generation; /* the slot is empty unless this is the cache's */
    uint32_t entry;
};

struct page_cache {
    struct hog_memory memory;
    struct hog_memory *under;

    struct cache_slot *table; /* room for twice the capacity at least */
    size_t table_mask;        /* of the slots in use, a power of two; the others hold anything */
    uint32_t generation;

    unsigned char *storage; /* capacity pages, mapped, touched as they are used */
    uint64_t *pages;        /* per entry: address >> CACHE_SHIFT */
    uint16_t *valid;        /* per entry: readable bytes from the page's start */
    uint32_t capacity;
    uint32_t used;
    uint32_t backed; /* entries at the start whose storage the kernel was asked for */

    /* The current round; each has room for capacity / 2. */
    uint64_t *missing; /* page numbers */
    size_t missing_count;
    struct hog_span *fetch;
    struct hog_span *retry;
};

static size_t cache_hash(const struct page_cache *self, uint64_t page)
{
    return (size_t)((page * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & self->table_mask;
}

/* The slot that holds `page`, or the empty one where it belongs. */
static struct cache_slot *cache_find(const struct page_cache *self, uint64_t page)
{
    size_t at = cache_hash(self, page);

    while (self->table[at].generation == self->generation && self->table[at].page != page)
        at = (at + 1) & self->table_mask;
    return &self->table[at];
}

static void table_empty(struct page_cache *self)
{
    if (++self->generation == 0) {
        memset(self->table, 0, (self->table_mask + 1) * sizeof *self->table);
        self->generation = 1;
    }
}

static void cache_empty(struct page_cache *self)
{
    self->used = 0;
    table_empty(self);
}

static void table_add(struct page_cache *self, uint32_t entry)
{
    uint64_t page = self->pages[entry];

    *cache_find(self, page) =
        (struct cache_slot){.page = page, .generation = self->generation, .entry = entry};
}

/* Uses as many slots as keep the table half empty with `more` entries than there are. */
static void table_make_room(struct page_cache *self, size_t more)
{
    size_t slots = self->table_mask + 1;

    while (slots < 2 * (self->used + more))
        slots *= 2;
    if (slots == self->table_mask + 1)
        return;
    memset(self->table + self->table_mask + 1, 0, (slots - self->table_mask - 1) * sizeof *self->table);
    self->table_mask = slots - 1;
    table_empty(self);
    for (uint32_t entry = 0; entry < self->used; entry++)
        table_add(self, entry);
}

/* Compilers make the copying of a few bytes of unknown number a string instruction, which takes longer to begin than
 * it takes to find the page. */
static void copy_bytes(void *to, const void *from, size_t length)
{
    if (length == sizeof(uint64_t))
        memcpy(to, from, sizeof(uint64_t));
    else if (length == sizeof(uint32_t))
        memcpy(to, from, sizeof(uint32_t));
    else
        memmove(to, from, length);
}

/*
 * Copies what the cache has of a span into its buffer. True when that is all
 * there is to get; false when it met a page that the cache does not know.
 */
static bool cache_copy(const struct page_cache *self, struct hog_span *span)
{
    while (span->got < span->length) {
        uint64_t address = span->address + span->got;
        size_t offset = (size_t)(address % CACHE_PAGE);
        size_t wanted = CACHE_PAGE - offset;
        const struct cache_slot *slot = cache_find(self, address >> CACHE_SHIFT);
        size_t valid;

        if (address < span->address)
            return true; /* past the end of the address space */
        if (slot->generation != self->generation)
            return false;
        if (wanted > span->length - span->got)
            wanted = span->length - span->got;
        valid = self->valid[slot->entry] > offset ? self->valid[slot->entry] - offset : 0;
        if (valid > wanted)
            valid = wanted;
        copy_bytes((unsigned char *)span->buffer + span->got,
                   self->storage + (size_t)slot->entry * CACHE_PAGE + offset, valid);
        span->got += valid;
        if (valid < wanted)
            return true;
    }
    return true;
}

/*
 * Fetching: missing pages are listed, sorted, given entries, and asked for.
 */

/* Shell sort, mostly of lists that are in order already: qsort would allocate. */
static void sort_pages(uint64_t *pages, size_t count)
{
    for (size_t gap = count / 2; gap > 0; gap = gap == 2 ? 1 : gap * 5 / 11) {
        for (size_t i = gap; i < count; i++) {
            uint64_t page = pages[i];
            size_t j = i;

            for (; j >= gap && pages[j - gap] > page; j -= gap)
                pages[j] = pages[j - gap];
            pages[j] = page;
        }
    }
}

/* Lists the unknown pages of ranges, until half the cache would be filled. */
static void cache_list_missing(struct page_cache *self, const struct hog_span *ranges, size_t count)
{
    size_t budget = self->capacity / 2;

    self->missing_count = 0;
    for (size_t i = 0; i < count && budget; i++) {
        uint64_t page = (ranges[i].address + ranges[i].got) >> CACHE_SHIFT;
        uint64_t left = ranges[i].length - ranges[i].got;
        uint64_t last = (ranges[i].address + ranges[i].length - 1) >> CACHE_SHIFT;

        if (last < page)
            last = UINT64_MAX >> CACHE_SHIFT;
        for (; left && page <= last && budget; page++, budget--)
            if (cache_find(self, page)->generation != self->generation)
                self->missing[self->missing_count++] = page;
    }
}

/* Storage of more entries than are used, in one call instead of a page fault for each: half as dear. Before
 * Linux 5.14 that call fails, and they come by page faults. */
static void cache_back(struct page_cache *self)
{
    uint32_t more = self->backed < BACK_MIN ? BACK_MIN : self->backed < BACK_MAX ? self->backed : BACK_MAX;
    uint32_t wanted = self->backed + more > self->used ? self->backed + more : self->used;

    if (self->used <= self->backed)
        return;
    if (wanted > self->capacity)
        wanted = self->capacity;
    (void)madvise(self->storage + (size_t)self->backed * CACHE_PAGE,
                  (size_t)(wanted - self->backed) * CACHE_PAGE, MADV_POPULATE_WRITE);
    self->backed = wanted;
}

/* Adds an entry's page to `fetch`: to the span before, if it is that one's neighbour. Returns the number of spans. */
static size_t plan_entry(struct page_cache *self, size_t spans, uint32_t entry)
{
    uint64_t address = self->pages[entry] << CACHE_SHIFT;
    unsigned char *buffer = self->storage + (size_t)entry * CACHE_PAGE;
    struct hog_span *before = spans ? &self->fetch[spans - 1] : NULL;

    if (before && before->address + before->length == address &&
        (unsigned char *)before->buffer + before->length == buffer) {
        before->length += CACHE_PAGE;
        return spans;
    }
    self->fetch[spans] = (struct hog_span){.address = address, .buffer = buffer, .length = CACHE_PAGE};
    return spans + 1;
}

/* Gives the listed pages entries, and neighbours one span. Returns the number of spans in `fetch`. */
static size_t cache_plan(struct page_cache *self)
{
    size_t spans = 0;

    sort_pages(self->missing, self->missing_count);
    table_make_room(self, self->missing_count);
    for (size_t i = 0; i < self->missing_count; i++) {
        uint64_t page = self->missing[i];
        uint32_t entry = self->used;

        if (i && page == self->missing[i - 1])
            continue;
        self->pages[entry] = page;
        self->used++;
        table_add(self, entry);
        spans = plan_entry(self, spans, entry);
    }
    cache_back(self);
    return spans;
}

static void cache_ask(struct page_cache *self, struct hog_span *spans, size_t count)
{
    struct hog_memory_stats before = self->under->stats;

    if (count)
        hog_memory_read_batch(self->under, spans, count);
    self->memory.stats.reads += self->under->stats.reads - before.reads;
    self->memory.stats.bytes += self->under->stats.bytes - before.bytes;
    self->memory.source = self->under->source;
}

/* Notes how much of each page of a fetched span is readable. */
static void cache_note(struct page_cache *self, const struct hog_span *span)
{
    size_t entry = (size_t)((const unsigned char *)span->buffer - self->storage) / CACHE_PAGE;
    size_t left = span->got;

    for (size_t done = 0; done < span->length; done += CACHE_PAGE, entry++) {
        self->valid[entry] = (uint16_t)(left < CACHE_PAGE ? left : CACHE_PAGE);
        left -= self->valid[entry];
    }
}

/* Lists in `retry` the pages behind the one at which `span` came short. Returns the new length of the list.
 */
static size_t cache_list_retries(struct page_cache *self, const struct hog_span *span, size_t retries)
{
    size_t done = (span->got / CACHE_PAGE + 1) * CACHE_PAGE;

    for (; done < span->length; done += CACHE_PAGE)
        self->retry[retries++] = (struct hog_span){.address = span->address + done,
                                                   .buffer = (unsigned char *)span->buffer + done,
                                                   .length = CACHE_PAGE};
    return retries;
}

/* Asks for what is planned; of a span that comes short also for the pages behind the one that is missing. */
static void cache_fetch(struct page_cache *self, size_t spans)
{
    size_t retries = 0;

    cache_ask(self, self->fetch, spans);
    for (size_t i = 0; i < spans; i++) {
        cache_note(self, &self->fetch[i]);
        retries = cache_list_retries(self, &self->fetch[i], retries);
    }
    cache_ask(self, self->retry, retries);
    for (size_t i = 0; i < retries; i++)
        cache_note(self, &self->retry[i]);
}

/* One round: what these ranges miss, as far as half the cache holds it, in one source call or two. */
static void cache_fill(struct page_cache *self, const struct hog_span *ranges, size_t count)
{
    cache_list_missing(self, ranges, count);
    if (self->missing_count > self->capacity - self->used) {
        cache_empty(self);
        cache_list_missing(self, ranges, count);
    }
    cache_fetch(self, cache_plan(self));
}

static void cache_copy_or_fill(struct page_cache *self, struct hog_span *spans, size_t count)
{
    while (!cache_copy(self, spans))
        cache_fill(self, spans, count);
}

/*
 * A page need not be readable from its start: the memory of a minidump, and of cores made from one, begins where
 * a stack pointer was. What the span still wants of such a page is asked for as it is. False: there is nothing.
 *
 *      page      |     unreadable     | stack …  |
 *      valid = 0                         ▲ span
 */
static bool cache_read_past(struct page_cache *self, struct hog_span *span)
{
    uint64_t address = span->address + span->got;
    const struct cache_slot *slot = cache_find(self, address >> CACHE_SHIFT);
    size_t wanted = CACHE_PAGE - (size_t)(address % CACHE_PAGE);
    struct hog_span piece = {.address = address, .buffer = (unsigned char *)span->buffer + span->got};

    if (address < span->address || slot->generation != self->generation ||
        address % CACHE_PAGE <= self->valid[slot->entry])
        return false; /* that very byte was asked for */
    piece.length = wanted < span->length - span->got ? wanted : span->length - span->got;
    cache_ask(self, &piece, 1);
    span->got += piece.got;
    return piece.got == piece.length;
}

/* What most reads are: a few bytes of a page that is there. */
static bool cache_copy_at_once(const struct page_cache *self, struct hog_span *span)
{
    size_t offset = (size_t)(span->address % CACHE_PAGE);
    const struct cache_slot *slot = cache_find(self, span->address >> CACHE_SHIFT);

    if (span->length > CACHE_PAGE - offset || slot->generation != self->generation ||
        self->valid[slot->entry] < offset + span->length)
        return false;
    copy_bytes(span->buffer, self->storage + (size_t)slot->entry * CACHE_PAGE + offset, span->length);
    span->got = span->length;
    return true;
}

static void cache_read(struct hog_memory *memory, struct hog_span *spans, size_t count)
{
    struct page_cache *self = (struct page_cache *)memory;

    if (count == 1 && cache_copy_at_once(self, spans))
        return;
    for (size_t at = 0; at < count; at++) {
        cache_copy_or_fill(self, spans + at, count - at);
        while (spans[at].got < spans[at].length && cache_read_past(self, &spans[at]))
            cache_copy_or_fill(self, spans + at, count - at);
    }
}

static void cache_prefetch(struct hog_memory *memory, const struct hog_span *ranges, size_t count)
{
    cache_fill((struct page_cache *)memory, ranges, count);
}

/* Pages go in rounds of half the entries, as in cache_fill; those that were unreadable may be there by now. */
void hog_memory_cache_refresh(struct hog_memory *cached)
{
    struct page_cache *self = (struct page_cache *)cached;
    size_t spans = 0, pages = 0;

    for (uint32_t entry = 0; entry < self->used; entry++) {
        spans = plan_entry(self, spans, entry);
        pages++;
        if (pages < self->capacity / 2 && entry + 1 < self->used)
            continue;
        cache_fetch(self, spans);
        spans = pages = 0;
    }
}

static void cache_destroy(struct hog_memory *memory)
{
    struct page_cache *self = (struct page_cache *)memory;

    if (self->storage != MAP_FAILED)
        munmap(self->storage, (size_t)self->capacity * CACHE_PAGE);
    free(self->table);
    free(self->pages);
    free(self->valid);
    free(self->missing);
    free(self->fetch);
    free(self->retry);
    free(self);
}

/*
 * Everything is as large as it may ever get; the kernel gives pages as they are touched. So nothing is cleared ahead. Huge
 * pages would take it a quarter of the time, but where memory is in small pieces it makes room for them first, for seconds.
 */
static bool cache_allocate(struct page_cache *self, size_t pages)
{
    size_t slots = 2 * CACHE_MIN_PAGES;

    self->table_mask = slots - 1;
    while (slots < 2 * pages)
        slots *= 2;
    self->capacity = (uint32_t)pages;
    self->generation = 1;
    self->table = malloc(slots * sizeof *self->table);
    self->pages = malloc(pages * sizeof *self->pages);
    self->valid = malloc(pages * sizeof *self->valid);
    self->missing = malloc(pages / 2 * sizeof *self->missing);
    self->fetch = malloc(pages / 2 * sizeof *self->fetch);
    self->retry = malloc(pages / 2 * sizeof *self->retry);
    if (self->table)
        memset(self->table, 0, (self->table_mask + 1) * sizeof *self->table);
    self->storage = mmap(NULL, pages * CACHE_PAGE, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return self->table && self->pages && self->valid && self->missing && self->fetch && self->retry &&
           self->storage != MAP_FAILED;
}

struct hog_memory *hog_memory_cached(struct hog_memory *under, size_t max_bytes)
{
    static const struct hog_memory_ops ops = {
        .read = cache_read, .prefetch = cache_prefetch, .destroy = cache_destroy};
    struct page_cache *self = calloc(1, sizeof *self);
    size_t pages = max_bytes / CACHE_PAGE;

    if (!self)
        return NULL;
    if (pages < CACHE_MIN_PAGES)
        pages = CACHE_MIN_PAGES;
    if (pages > CACHE_MAX_PAGES)
        pages = CACHE_MAX_PAGES;
    self->memory.ops = &ops;
    self->memory.source = under->source;
    self->under = under;
    self->storage = MAP_FAILED;
    if (cache_allocate(self, pages))
        return &self->memory;
    cache_destroy(&self->memory);
    return NULL;
}

void hog_memory_cache_forget(struct hog_memory *cached)
{
    cache_empty((struct page_cache *)cached);
}
