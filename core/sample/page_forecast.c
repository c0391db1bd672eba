/*
 * Which pages the next sample of a thread will need, learned from what the
 * last ones used.
 *
 *     heat   255 ┤▔▔▔▔╲                        used in every sample
 *                │     ╲▁▁╱╲╱╲╱╲╱╲             used in every other one
 *             40 ┤┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄╲┄┄┄         below: not fetched any more, forgotten
 */
#include "base/grow.h"
#include "sample/page_view.h"

#include <stdlib.h>
#include <string.h>

enum {
    HEAT_OF_USE = 32,   /* added by a use */
    HEAT_OF_NEWS = 64,  /* a page that was used once: forgotten after four samples without it */
    HEAT_TO_FETCH = 40, /* used in every sixth sample or so: less often, a call of its own is cheaper */
};

void page_forecast_deinit(struct page_forecast *forecast)
{
    free(forecast->pages);
    *forecast = (struct page_forecast){0};
}

static void learn_new(struct page_forecast *forecast, uint64_t address)
{
    uint32_t at = forecast->count;

    while (at && forecast->pages[at - 1].address > address)
        at--;
    if ((at && forecast->pages[at - 1].address == address) ||
        !HOG_GROW(forecast->pages, forecast->capacity, forecast->count + 1))
        return;
    memmove(forecast->pages + at + 1, forecast->pages + at, (forecast->count - at) * sizeof *forecast->pages);
    forecast->pages[at] = (struct forecast_page){.address = address, .heat = HEAT_OF_NEWS};
    forecast->count++;
}

static void learn_heat(struct forecast_page *page, bool used, bool failed)
{
    unsigned heat = page->heat - page->heat / 8u + (used ? HEAT_OF_USE : 0);

    page->heat = (uint8_t)(heat > 255 ? 255 : heat);
    page->fragile |= failed;
}

/* Pages of the forecast lie in `touched` as they lie in the forecast. */
void page_view_learn(const struct page_view *view, struct page_forecast *forecast)
{
    uint32_t kept = 0, first = 0;

    for (uint32_t i = 0; i < view->forecast_runs; i++) {
        const struct view_run *run = view->runs + i;
        const struct view_run *next = run + 1;
        uint32_t end = i + 1 < view->run_count ? (uint32_t)(next->touched - view->touched) : view->used;

        for (uint32_t page = first; page < end; page++) {
            struct forecast_page known = forecast->pages[page];

            /* A run ends at the page that could not be read; those behind it were not tried. */
            learn_heat(&known, view->touched[page], known.address == run->start + run->length);
            if (known.heat >= HEAT_TO_FETCH)
                forecast->pages[kept++] = known;
        }
        first = end;
    }
    forecast->count = kept;
    for (uint32_t i = view->forecast_runs; i < view->run_count; i++)
        learn_new(forecast, view->runs[i].start);
}
