/*
 * The memory of one sample.
 *
 * Asking the kernel for memory costs 0.8 µs a call, 0.3 µs a range and 0.2 µs
 * a page, and next to nothing a byte. So a sample is read in whole pages, and
 * in one call: those that the thread's last samples looked at.
 *
 *     forecast (a thread's)    7f10:1  7f10:2  7f10:3     7f88:9     5580:4
 *                              └──────── run ───────┘     └ run ┘    └ run ┘     one call
 *     the walk asks for        7f10:2  7f10:3             7f88:9     5580:5 ───▶ another call, one more run
 *     learned                  7f10:1 cooler              …          5580:5 new
 *
 * They hold whatever a stack is made of: the thread state, the C stack's part
 * of it, data-stack chunks, generators, frames on the heap, the GIL. A page
 * that was not used for a few samples is not fetched any more. (Reading only
 * the bytes that were used was tried: it gained nothing that could be
 * measured, and lost where other bytes were needed than last time.)
 */
#ifndef HOG_SAMPLE_PAGE_VIEW_H
#define HOG_SAMPLE_PAGE_VIEW_H

#include "memory/memory.h"

enum { VIEW_PAGE = 4096, VIEW_STRADDLE = 256 };

struct forecast_page {
    uint64_t address;
    uint8_t heat; /* falls by an eighth with each sample, rises when the page is used */
    bool fragile; /* it was unreadable lately: read after all others, for a read ends there */
};

/* Which pages the next sample of a thread will need. Ascending. */
struct page_forecast {
    struct forecast_page *pages;
    uint32_t count, capacity;
};

void page_forecast_deinit(struct page_forecast *forecast);

/* Pages next to each other, in the target and in our buffer. */
struct view_run {
    uint64_t start, length;
    unsigned char *bytes;
    uint8_t *touched; /* one a page */
    uint32_t span;    /* that it was read with */
    bool fragile;
};

struct page_view {
    struct hog_memory *memory; /* not owned */
    unsigned char *bytes;      /* capacity pages */
    uint8_t *touched;
    struct view_run *runs; /* those of the forecast ascending, then those asked for */
    struct hog_span *spans;
    uint32_t capacity, used; /* pages */
    uint32_t run_count, forecast_runs;
    uint32_t last;  /* the run that was asked for last */
    uint64_t calls; /* reads of memory, in all */
    bool full;      /* it ran out of pages: page_view_grow, then try again */
    unsigned char straddle[VIEW_STRADDLE];
};

enum hog_status page_view_init(struct page_view *view) HOG_CHECKED;
void page_view_deinit(struct page_view *view);
/* Twice the pages; outside of samples only. */
enum hog_status page_view_grow(struct page_view *view) HOG_CHECKED;

/* Starts a sample: fetches what the forecast says, in one call. */
void page_view_begin(struct page_view *view, struct hog_memory *memory, const struct page_forecast *forecast);

/* `length` bytes (at most VIEW_STRADDLE) at `address`, valid until the next call. NULL: unreadable, or full.
 */
const unsigned char *page_view_seek(struct page_view *view, uint64_t address, size_t length);

static inline const unsigned char *page_view_at(struct page_view *view, uint64_t address, size_t length)
{
    const struct view_run *run = view->runs + view->last;
    uint64_t offset = address - run->start;

    if (offset > run->length || length > run->length - offset)
        return page_view_seek(view, address, length);
    run->touched[offset / VIEW_PAGE] = 1;
    run->touched[(offset + length - 1) / VIEW_PAGE] = 1;
    return run->bytes + offset;
}

/* The bytes copied, as hog_gil_read() takes it; `view` is a page_view. False: unreadable, or full. */
bool page_view_read(void *view, uint64_t address, void *ret_bytes, size_t size);

/* After a sample: what it used will be fetched next time. Allocates when the forecast outgrew its room. */
void page_view_learn(const struct page_view *view, struct page_forecast *forecast);

#endif
