/* The pages of one sample; see page_view.h. */
#define _GNU_SOURCE
#include "sample/page_view.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
    VIEW_FIRST_CAPACITY = 1024,
    VIEW_LARGEST = 1 << 18, /* 1 GiB of stack */
    HEAT_OF_USE = 64,       /* added by a use; below it a page is dropped: after five samples without one */
    HEAT_OF_NEWS = 96,
};

void page_forecast_deinit(struct page_forecast *forecast)
{
    free(forecast->pages);
    *forecast = (struct page_forecast){0};
}

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

static struct view_run *add_run(struct page_view *view, uint64_t address, uint32_t pages)
{
    struct view_run *run = view->runs + view->run_count++;

    run->start = address;
    run->length = (uint64_t)pages * VIEW_PAGE;
    run->bytes = view->bytes + (size_t)view->used * VIEW_PAGE;
    run->touched = view->touched + view->used;
    memset(run->touched, 0, pages);
    view->used += pages;
    return run;
}

/* One read for the runs from `first` on. A run keeps the pages that came. */
static void fetch_runs(struct page_view *view, uint32_t first)
{
    uint32_t count = view->run_count - first;

    for (uint32_t i = 0; i < count; i++) {
        const struct view_run *run = view->runs + first + i;

        view->spans[i] =
            (struct hog_span){.address = run->start, .buffer = run->bytes, .length = run->length};
    }
    view->calls++;
    hog_memory_read_batch(view->memory, view->spans, count);
    for (uint32_t i = 0; i < count; i++)
        view->runs[first + i].length = view->spans[i].got & ~(uint64_t)(VIEW_PAGE - 1);
}

void page_view_begin(struct page_view *view, struct hog_memory *memory, const struct page_forecast *forecast)
{
    uint32_t count = forecast->count < view->capacity ? forecast->count : view->capacity;

    view->memory = memory;
    view->used = view->run_count = view->last = 0;
    view->full = false;
    for (uint32_t i = 0, next; i < count; i = next) {
        for (next = i + 1; next < count; next++)
            if (forecast->pages[next].address != forecast->pages[next - 1].address + VIEW_PAGE)
                break;
        add_run(view, forecast->pages[i].address, next - i);
    }
    view->forecast_runs = view->run_count;
    if (view->run_count)
        fetch_runs(view, 0);
    else
        view->runs[0].length = 0;
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
        add_run(view, address & ~(uint64_t)(VIEW_PAGE - 1), 1);
        fetch_runs(view, found);
        if (!view->runs[found].length) {
            view->run_count--;
            return false;
        }
    }
    view->last = found;
    view->runs[found].touched[(address - view->runs[found].start) / VIEW_PAGE] = 1;
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
        if (!copied && left >= length) {
            run->touched[(offset + length - 1) / VIEW_PAGE] = 1;
            return run->bytes + offset;
        }
        if (left > length - copied)
            left = length - copied;
        memcpy(view->straddle + copied, run->bytes + offset, left);
        copied += left;
    }
    return view->straddle;
}

static bool forecast_room(struct page_forecast *forecast)
{
    uint32_t capacity = forecast->capacity ? forecast->capacity * 2 : 32;
    struct forecast_page *grown;

    if (forecast->count < forecast->capacity)
        return true;
    grown = realloc(forecast->pages, capacity * sizeof *grown);
    if (!grown)
        return false;
    forecast->pages = grown;
    forecast->capacity = capacity;
    return true;
}

static void forecast_add(struct page_forecast *forecast, uint64_t address)
{
    uint32_t at = forecast->count;

    while (at && forecast->pages[at - 1].address > address)
        at--;
    if ((at && forecast->pages[at - 1].address == address) || !forecast_room(forecast))
        return;
    memmove(forecast->pages + at + 1, forecast->pages + at, (forecast->count - at) * sizeof *forecast->pages);
    forecast->pages[at] = (struct forecast_page){.address = address, .heat = HEAT_OF_NEWS};
    forecast->count++;
}

void page_view_learn(const struct page_view *view, struct page_forecast *forecast)
{
    uint32_t kept = 0, page = 0;

    for (uint32_t i = 0; i < view->forecast_runs; i++) {
        const struct view_run *run = view->runs + i;

        for (; page < forecast->count; page++) {
            struct forecast_page known = forecast->pages[page];
            uint64_t offset = known.address - run->start;
            bool got = offset < run->length;

            if (i + 1 < view->forecast_runs && known.address >= view->runs[i + 1].start)
                break;
            known.heat = (uint8_t)(known.heat - known.heat / 4);
            if (got && run->touched[offset / VIEW_PAGE])
                known.heat = (uint8_t)(known.heat + HEAT_OF_USE > 255 ? 255 : known.heat + HEAT_OF_USE);
            if (got && known.heat >= HEAT_OF_USE)
                forecast->pages[kept++] = known;
        }
    }
    forecast->count = kept;
    for (uint32_t i = view->forecast_runs; i < view->run_count; i++)
        forecast_add(forecast, view->runs[i].start);
}
