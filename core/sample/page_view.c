/* The memory of one sample; see page_view.h. What it used is learned in page_forecast.c. */
#define _GNU_SOURCE
#include "sample/page_view.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
    VIEW_FIRST_CAPACITY = 1024,
    VIEW_LARGEST = 1 << 18, /* 1 GiB of stack */
};

static enum hog_status view_allocate(struct page_view *view, uint32_t capacity)
{
    view->bytes = mmap(NULL, (size_t)capacity * VIEW_PAGE, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (view->bytes == MAP_FAILED)
        view->bytes = NULL;
    view->touched = calloc(capacity, sizeof *view->touched);
    view->runs = calloc(capacity + 1, sizeof *view->runs);
    view->spans = calloc(capacity, sizeof *view->spans);
    view->capacity = capacity;
    if (view->bytes && view->touched && view->runs && view->spans)
        return HOG_OK;
    page_view_deinit(view);
    return HOG_NO_MEMORY;
}

enum hog_status page_view_init(struct page_view *view)
{
    *view = (struct page_view){0};
    return view_allocate(view, VIEW_FIRST_CAPACITY);
}

void page_view_deinit(struct page_view *view)
{
    if (view->bytes)
        munmap(view->bytes, (size_t)view->capacity * VIEW_PAGE);
    free(view->touched);
    free(view->runs);
    free(view->spans);
    view->bytes = NULL;
    view->touched = NULL;
    view->runs = NULL;
    view->spans = NULL;
    view->capacity = 0;
}

enum hog_status page_view_grow(struct page_view *view)
{
    uint32_t capacity = view->capacity ? view->capacity * 2 : VIEW_FIRST_CAPACITY;
    struct page_view larger = {.calls = view->calls};

    if (capacity > VIEW_LARGEST)
        return HOG_LIMIT;
    if (view_allocate(&larger, capacity) != HOG_OK)
        return HOG_NO_MEMORY;
    page_view_deinit(view);
    *view = larger;
    return HOG_OK;
}

static void add_run(struct page_view *view, uint64_t address, uint32_t pages, bool fragile)
{
    struct view_run *run = view->runs + view->run_count++;

    *run = (struct view_run){
        .start = address,
        .length = (uint64_t)pages * VIEW_PAGE,
        .bytes = view->bytes + (size_t)view->used * VIEW_PAGE,
        .touched = view->touched + view->used,
        .fragile = fragile,
    };
    memset(run->touched, 0, pages);
    view->used += pages;
}

/* One read for the runs from `first` on, the fragile ones last. A run keeps the pages that came. */
static void fetch_runs(struct page_view *view, uint32_t first)
{
    uint32_t count = 0;

    for (int fragile = 0; fragile < 2; fragile++)
        for (uint32_t i = first; i < view->run_count; i++) {
            struct view_run *run = view->runs + i;

            if (run->fragile != fragile)
                continue;
            run->span = count;
            view->spans[count++] =
                (struct hog_span){.address = run->start, .buffer = run->bytes, .length = run->length};
        }
    view->calls++;
    hog_memory_read_batch(view->memory, view->spans, count);
    for (uint32_t i = first; i < view->run_count; i++)
        view->runs[i].length = view->spans[view->runs[i].span].got & ~(uint64_t)(VIEW_PAGE - 1);
}

/* Pages that follow each other, from number `first` on; returns the number after them. */
static uint32_t add_forecast_run(struct page_view *view, const struct page_forecast *forecast, uint32_t first,
                                 uint32_t count)
{
    const struct forecast_page *pages = forecast->pages;
    uint32_t next = first + 1;

    while (next < count && pages[next].address == pages[next - 1].address + VIEW_PAGE &&
           pages[next].fragile == pages[first].fragile)
        next++;
    add_run(view, pages[first].address, next - first, pages[first].fragile);
    return next;
}

void page_view_begin(struct page_view *view, struct hog_memory *memory, const struct page_forecast *forecast)
{
    uint32_t count = forecast->count < view->capacity ? forecast->count : view->capacity;

    view->memory = memory;
    view->used = view->run_count = view->last = 0;
    view->full = false;
    for (uint32_t i = 0; i < count;)
        i = add_forecast_run(view, forecast, i, count);
    view->forecast_runs = view->run_count;
    if (view->run_count)
        fetch_runs(view, 0);
    else
        view->runs[0] = (struct view_run){0};
}

static bool run_has(const struct view_run *run, uint64_t address)
{
    return address - run->start < run->length;
}

/* The run that holds `address`, or run_count. */
static uint32_t find_run(const struct page_view *view, uint64_t address)
{
    uint32_t low = 0, high = view->forecast_runs;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (view->runs[middle].start <= address)
            low = middle + 1;
        else
            high = middle;
    }
    if (low && run_has(view->runs + low - 1, address))
        return low - 1;
    for (uint32_t i = view->run_count; i-- > view->forecast_runs;)
        if (run_has(view->runs + i, address))
            return i;
    return view->run_count;
}

/* The page that holds `address`, fetched if need be. False: unreadable, or no room. */
static bool seek_page(struct page_view *view, uint64_t address)
{
    uint32_t found = find_run(view, address);

    if (found == view->run_count) {
        view->full = view->used == view->capacity;
        if (view->full)
            return false;
        add_run(view, address & ~(uint64_t)(VIEW_PAGE - 1), 1, false);
        fetch_runs(view, found);
        if (!view->runs[found].length) {
            view->run_count--;
            view->used--;
            return false;
        }
    }
    view->last = found;
    return true;
}

const unsigned char *page_view_seek(struct page_view *view, uint64_t address, size_t length)
{
    size_t copied = 0;

    if (length > VIEW_STRADDLE || address + length < address)
        return NULL;
    while (copied < length) {
        const struct view_run *run;
        uint64_t offset, left;

        if (!seek_page(view, address + copied))
            return NULL;
        run = view->runs + view->last;
        offset = address + copied - run->start;
        left = run->length - offset;
        if (!copied && left >= length)
            return page_view_at(view, address, length);
        if (left > length - copied)
            left = length - copied;
        memcpy(view->straddle + copied, page_view_at(view, address + copied, left), left);
        copied += left;
    }
    return view->straddle;
}

bool page_view_read(void *view, uint64_t address, void *ret_bytes, size_t size)
{
    const unsigned char *bytes = page_view_at(view, address, size);

    if (bytes)
        memcpy(ret_bytes, bytes, size);
    return bytes != NULL;
}
