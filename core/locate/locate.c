/*
 * hog_locate: the order in which things are tried. See locate.h, locator.h.
 *
 *      symbols of the executable and of what is named like Python
 *      └ nothing initialised? symbols of every other module
 *        └ nothing initialised? scan their writable data, likeliest first
 *          └ choose the most alive, or say in words why there is none
 */
#include "locate/locate.h"
#include "base/cleanup.h"

#include "locate/candidate_object.h"
#include "locate/choose.h"
#include "locate/modules.h"
#include "locate/search.h"

enum {
    LOCATION_ARENA = 64 * 1024 * 1024,
    SCAN_BUDGET = 64 * 1024 * 1024,
    SCAN_BUDGET_REMOTE = 16 * 1024 * 1024
};

static enum hog_status locator_init(struct locator *locator, struct hog_location *location)
{
    *location = (struct hog_location){0};
    hog_arena_init(&location->arena, LOCATION_ARENA);
    locator->location = location;
    locator->arena = &location->arena;
    locator->scan_budget = locator->process->kind == HOG_TARGET_REMOTE ? SCAN_BUDGET_REMOTE : SCAN_BUDGET;
    locator->candidates = hog_arena_array(locator->arena, CANDIDATES_MAX, sizeof *locator->candidates);
    locator->trail = hog_arena_array(locator->arena, TRAIL_MAX, sizeof *locator->trail);
    locator->warnings = hog_arena_array(locator->arena, WARNINGS_MAX, sizeof *locator->warnings);
    location->trail = locator->trail;
    location->warnings = locator->warnings;
    if (!locator->candidates || !locator->trail || !locator->warnings)
        return locator_no_memory(locator);
    return HOG_OK;
}

static void locator_deinit(struct locator *locator)
{
    hog_files_deinit(&locator->files);
}

static void set_data(struct locator *locator, struct module *module)
{
    struct hog_python *python = &locator->location->python;
    struct data_range ranges[DATA_RANGES_MAX];
    size_t count = module_data(locator, module, ranges);

    for (size_t i = 0; i < count; i++) {
        python->data = i && python->data < ranges[i].start ? python->data : ranges[i].start;
        python->data_end = python->data_end > ranges[i].end ? python->data_end : ranges[i].end;
        if (ranges[i].is_bss && python->bss < ranges[i].start)
            python->bss = ranges[i].start;
    }
}

static void take(struct locator *locator, struct candidate *chosen)
{
    const uint64_t *symbols = chosen->symbols.address;

    candidate_check_headers(locator, chosen);
    locator->location->python = (struct hog_python){
        .runtime = chosen->runtime,
        .interpreters_head = chosen->head,
        .gil_locked = symbols[SYMBOL_GIL_LOCKED],
        .gil_last_holder = symbols[SYMBOL_GIL_LAST_HOLDER],
        .gil_cond = symbols[SYMBOL_GIL_COND],
        .tstate_current = symbols[SYMBOL_TSTATE_CURRENT],
        .build = chosen->build,
        .layout = chosen->layout,
        .module = chosen->module->seen->path,
        .by = chosen->by,
        .located_by = chosen->located_by,
        .version_by = chosen->version_by,
        .offsets_doubted = chosen->offsets_doubted,
        .candidates = (unsigned)locator->candidate_count,
    };
    set_data(locator, chosen->module);
}

enum hog_status hog_locate(struct hog_location *location, const struct hog_process *process,
                           struct hog_memory *memory, const struct hog_locate_options *options)
{
    static const struct hog_locate_options defaults;
    HOG_CLEANUP(locator_deinit)
    struct locator locator = {.process = process, .memory = memory, .options = options ? options : &defaults};
    enum hog_status status = locator_init(&locator, location);
    struct candidate *best;

    if (status == HOG_OK)
        status = refuse_machine(&locator);
    if (status == HOG_OK)
        status = modules_collect(&locator);
    if (status != HOG_OK)
        return status;
    search_modules(&locator);
    if (locator.interrupted)
        return hog_fail(&location->error, HOG_INTERRUPTED, "interrupted while looking for Python");
    best = choose_candidate(&locator);
    if (!best || best->state < CANDIDATE_BROKEN)
        return refuse(&locator, best);
    choose_warn(&locator, best);
    take(&locator, best);
    return HOG_OK;
}

void hog_location_deinit(struct hog_location *location)
{
    hog_arena_deinit(&location->arena);
}
