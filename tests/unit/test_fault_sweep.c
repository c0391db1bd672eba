/*
 * Every recorded image, decoded with one read failing, for every read; with
 * one page missing, for every page; with the process dying at one read.
 *
 * What comes out is the same as without the fault, or says that it is not
 * whole, or is an error in words. About so many runs an image as the budgets
 * below say; all of them with HOGNOSE_SWEEP=full.
 */

#include "support/asked_memory.h"
#include "support/sweep.h"
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>

enum { PAGE = 4096, RUNS_OF_READS = 700, RUNS_OF_PAGES = 100 };

struct totals {
    unsigned images, runs[SWEEP_VERDICTS];
    char first_silent[1024];
};

static void add_up(struct totals *totals, struct sweep *sweep)
{
    totals->images++;
    for (int verdict = 0; verdict < SWEEP_VERDICTS; verdict++) {
        totals->runs[verdict] += sweep->runs[verdict];
        sweep->runs[verdict] = 0;
    }
    if (sweep->first_silent[0] && getenv("HOGNOSE_SWEEP"))
        print_message("%s: %s\n", sweep->name, sweep->first_silent);
    if (sweep->first_silent[0] && !totals->first_silent[0])
        snprintf(totals->first_silent, sizeof totals->first_silent, "%s: %s", sweep->name,
                 sweep->first_silent);
}

static void report(const struct totals *totals)
{
    print_message("%u images: %u runs as if nothing were wrong, %u marked, %u refused, %u silently wrong\n",
                  totals->images, totals->runs[SWEEP_SAME], totals->runs[SWEEP_MARKED],
                  totals->runs[SWEEP_REFUSED], totals->runs[SWEEP_SILENT]);
}

/* Which kind of fault, and whether its runs must be honest. */
struct reads {
    struct totals totals;
    enum fault_kind kind;
    const char *what;
    bool with_search;
    uint64_t runs;
};

static void fail_reads(struct sweep *sweep, void *context)
{
    struct reads *wish = context;
    uint64_t count = sweep->locate_reads + sweep->decode_reads;
    uint64_t stride;

    if (!wish->with_search)
        count = sweep->decode_reads;
    stride = sweep_stride(count, wish->runs);
    for (uint64_t k = wish->totals.images % stride; k < count; k += stride) {
        fault_memory_arm(sweep->fault, wish->kind, k);
        sweep_run(sweep, wish->with_search, wish->what, k);
    }
    fault_memory_arm(sweep->fault, FAULT_NONE, 0);
    add_up(&wish->totals, sweep);
}

static void sweep_reads(enum fault_kind kind, const char *what, bool must_be_honest, uint64_t runs)
{
    struct reads decoding = {.kind = kind, .what = what, .runs = runs};
    struct reads all = {.kind = kind, .what = what, .with_search = true, .runs = runs / 4};

    sweep_each_image(fail_reads, &decoding);
    report(&decoding.totals);
    sweep_each_image(fail_reads, &all);
    report(&all.totals);
    if (must_be_honest && decoding.totals.runs[SWEEP_SILENT])
        fail_msg("%s", decoding.totals.first_silent);
    if (must_be_honest && all.totals.runs[SWEEP_SILENT])
        fail_msg("with the search: %s", all.totals.first_silent);
}

static void a_read_fails(void **state)
{
    (void)state;
    sweep_reads(FAULT_UNREADABLE, "read that fails", true, RUNS_OF_READS);
}

static void a_read_comes_short(void **state)
{
    (void)state;
    sweep_reads(FAULT_SHORT, "read that comes short", true, RUNS_OF_READS / 4);
}

static void the_process_dies(void **state)
{
    (void)state;
    sweep_reads(FAULT_UNREADABLE_FROM, "last read before it dies", true, RUNS_OF_READS / 4);
}

static void a_read_brings_nonsense(void **state)
{
    (void)state;
    sweep_reads(FAULT_FLIP, "read with flipped bits", false, RUNS_OF_READS / 8);
    sweep_reads(FAULT_ZERO, "read of zeros", false, RUNS_OF_READS / 8);
    sweep_reads(FAULT_SELF_POINTER, "read of pointers to themselves", false, RUNS_OF_READS / 8);
}

static void hide_pages(struct sweep *sweep, void *context)
{
    const struct hog_process *process = &sweep->image.process;
    struct totals *totals = context;
    struct hog_memory *asked = asked_memory_create(sweep->cache);
    struct recorded_outcome outcome;
    const struct asked_stretch *stretches;
    size_t count;
    uint64_t last = 0, page_number = 0, stride;

    recorded_dump(process, asked, &outcome);
    recorded_outcome_deinit(&outcome);
    stretches = asked_memory_stretches(asked, &count);
    stride = sweep_stride(count / 4, RUNS_OF_PAGES);
    for (size_t i = 0; i < count; i++) {
        for (uint64_t page = stretches[i].start / PAGE; page * PAGE < stretches[i].end; page++) {
            if (page == last || page_number++ % stride)
                continue;
            last = page;
            spoilt_memory_hide_page(sweep->spoilt, page * PAGE);
            sweep_run(sweep, true, "page that is missing", page * PAGE);
        }
    }
    hog_memory_destroy(asked);
    add_up(totals, sweep);
}

static void a_page_is_missing(void **state)
{
    struct totals totals = {0};

    (void)state;
    sweep_each_image(hide_pages, &totals);
    report(&totals);
    if (totals.runs[SWEEP_SILENT])
        fail_msg("%s", totals.first_silent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_read_fails),           cmocka_unit_test(a_read_comes_short),
        cmocka_unit_test(the_process_dies),       cmocka_unit_test(a_page_is_missing),
        cmocka_unit_test(a_read_brings_nonsense),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
