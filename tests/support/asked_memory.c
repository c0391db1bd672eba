/* The memory of asked_memory.h: a list that is put in order when somebody wants to see it. */
#include "support/asked_memory.h"

#include <stdlib.h>

enum { TIDY_AT = 4096, RECENT = 4096 };

struct asked_memory {
    struct hog_memory memory;
    struct hog_memory *under;
    struct asked_stretch *stretches;
    size_t count, room;
    size_t tidy_at;                      /* so many make it worth putting them in order */
    struct asked_stretch recent[RECENT]; /* by where they start: most reads were made before */
};

static int by_start(const void *left, const void *right)
{
    const struct asked_stretch *a = left, *b = right;

    return a->start < b->start ? -1 : a->start > b->start;
}

static void tidy(struct asked_memory *self)
{
    size_t kept = 0;

    if (self->count)
        qsort(self->stretches, self->count, sizeof *self->stretches, by_start);
    for (size_t i = 0; i < self->count; i++) {
        struct asked_stretch *last = kept ? &self->stretches[kept - 1] : NULL;

        if (!last || self->stretches[i].start > last->end)
            self->stretches[kept++] = self->stretches[i];
        else if (self->stretches[i].end > last->end)
            last->end = self->stretches[i].end;
    }
    self->count = kept;
    self->tidy_at = 2 * kept > TIDY_AT ? 2 * kept : TIDY_AT;
}

static void asked_add(struct asked_memory *self, uint64_t start, uint64_t end)
{
    struct asked_stretch *recent = &self->recent[(start / 8 ^ start / 8 / RECENT) % RECENT];
    struct asked_stretch *last = self->count ? &self->stretches[self->count - 1] : NULL;

    if (recent->start == start && recent->end >= end)
        return;
    *recent = (struct asked_stretch){start, end};
    if (last && start >= last->start && start <= last->end) { /* the next word of a search */
        if (end > last->end)
            last->end = end;
        return;
    }
    if (self->count >= self->tidy_at)
        tidy(self);
    if (self->count == self->room || !self->stretches) {
        self->room = self->room ? 2 * self->room : TIDY_AT;
        self->stretches = realloc(self->stretches, self->room * sizeof *self->stretches);
        if (!self->stretches)
            abort();
    }
    self->stretches[self->count++] = (struct asked_stretch){start, end};
}

static void asked_read(struct hog_memory *memory, struct hog_span *spans, size_t count)
{
    struct asked_memory *self = (struct asked_memory *)memory;

    hog_memory_read_batch(self->under, spans, count);
    memory->stats = self->under->stats;
    for (size_t i = 0; i < count; i++)
        if (spans[i].got)
            asked_add(self, spans[i].address, spans[i].address + spans[i].got);
}

static void asked_prefetch(struct hog_memory *memory, const struct hog_span *ranges, size_t count)
{
    hog_memory_prefetch(((struct asked_memory *)memory)->under, ranges, count);
}

static void asked_destroy(struct hog_memory *memory)
{
    free(((struct asked_memory *)memory)->stretches);
    free(memory);
}

struct hog_memory *asked_memory_create(struct hog_memory *under)
{
    static const struct hog_memory_ops ops = {
        .read = asked_read, .prefetch = asked_prefetch, .destroy = asked_destroy};
    struct asked_memory *self = calloc(1, sizeof *self);

    if (!self)
        abort();
    self->memory.ops = &ops;
    self->memory.source = under->source;
    self->under = under;
    self->tidy_at = TIDY_AT;
    return &self->memory;
}

const struct asked_stretch *asked_memory_stretches(struct hog_memory *asked, size_t *ret_count)
{
    struct asked_memory *self = (struct asked_memory *)asked;

    tidy(self);
    *ret_count = self->count;
    return self->stretches;
}

bool asked_stretches_meet(const struct asked_stretch *stretches, size_t count, uint64_t start, uint64_t end)
{
    size_t low = 0;
    size_t high = count;

    while (low < high) { /* the first that ends behind `start` */
        size_t middle = low + (high - low) / 2;

        if (stretches[middle].end <= start)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && stretches[low].start < end;
}
