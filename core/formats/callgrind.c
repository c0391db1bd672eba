/*
 * .callgrind: https://valgrind.org/docs/manual/cl-format.html
 *
 *     fl=(1) /app/worker.py          a function and its file, compressed: the
 *     fn=(3) Worker.run              name stands only where it is first used
 *     44 40                          line, own samples
 *     cfi=(1)
 *     cfn=(4) Worker.handle
 *     calls=970 60                   samples again (no calls were counted), and the callee's first line
 *     44 970                         line, samples of this call (callgrind_cost.h)
 *
 * One cost, an integer: samples; of a cProfile file, microseconds. Names are
 * unique, since gprof2dot adds up functions by name, whatever their file.
 */
#include "base/cleanup.h"
#include "formats/callgrind_cost.h"
#include "formats/format.h"
#include "formats/strings.h"
#include "profile/labels.h"
#include "profile/project.h"
#include "profile/view.h"

#include <string.h>

struct callgrind {
    const struct hog_profile *profile;
    struct out *out;
    struct hog_view view;
    struct hog_labels labels;
    struct calls calls;
    struct strings files;
    bool *named;         /* functions whose name was written */
    uint32_t file_names; /* files whose name was written */
};

static void callgrind_deinit(struct callgrind *callgrind)
{
    hog_view_deinit(&callgrind->view);
    hog_labels_deinit(&callgrind->labels);
    calls_deinit(&callgrind->calls);
    strings_deinit(&callgrind->files);
    free(callgrind->named);
}

static void put_printable(struct out *out, const char *text)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text shown = {0};

    hog_text_put_printable(&shown, text);
    if (shown.failed)
        out_fail(out, HOG_NO_MEMORY);
    else
        out_bytes(out, shown.bytes, shown.length);
}

static void put_file(struct callgrind *callgrind, const char *key, uint32_t function)
{
    const char *known = callgrind->profile->functions[function].filename;
    const char *name = known && *known ? known : "???";
    uint32_t number = strings_number(&callgrind->files, name);

    out_printf(callgrind->out, "%s=(%u)", key, number + 1);
    if (number >= callgrind->file_names) {
        out_char(callgrind->out, ' ');
        put_printable(callgrind->out, name);
        callgrind->file_names = number + 1;
    }
    out_char(callgrind->out, '\n');
}

static void put_function(struct callgrind *callgrind, const char *key, uint32_t function)
{
    out_printf(callgrind->out, "%s=(%u)", key, function + 1);
    if (!callgrind->named[function]) {
        out_char(callgrind->out, ' ');
        out_puts(callgrind->out, callgrind->labels.unique[function]);
        callgrind->named[function] = true;
    }
    out_char(callgrind->out, '\n');
}

static void put_cost(struct callgrind *callgrind, int32_t line, uint64_t cost)
{
    out_i64(callgrind->out, line > 0 ? line : 0);
    out_char(callgrind->out, ' ');
    out_u64(callgrind->out, cost);
    out_char(callgrind->out, '\n');
}

static void put_call(struct callgrind *callgrind, uint32_t callee, uint64_t count, int32_t line,
                     uint64_t cost)
{
    int32_t first_line = callgrind->profile->functions[callee].first_line;

    put_file(callgrind, "cfi", callee);
    put_function(callgrind, "cfn", callee);
    out_puts(callgrind->out, "calls=");
    out_u64(callgrind->out, count);
    out_char(callgrind->out, ' ');
    out_i64(callgrind->out, first_line > 0 ? first_line : 0);
    out_char(callgrind->out, '\n');
    put_cost(callgrind, line, cost);
}

/* Without a line, the function's first is as good as it gets. */
static int32_t line_or_first(const struct callgrind *callgrind, uint32_t function, int32_t line)
{
    return line > 0 ? line : callgrind->profile->functions[function].first_line;
}

static void put_stacks(struct callgrind *callgrind)
{
    const struct hog_view *view = &callgrind->view;
    uint32_t line = 0, call = 0;

    if (!callgrind->profile->function_count) /* callgrind_annotate stumbles over a file without functions */
        out_puts(callgrind->out, "fl=(1) ???\nfn=(1) <no samples>\n0 0\n\n");
    for (uint32_t f = 0; out_goes_on(callgrind->out) && f < callgrind->profile->function_count; f++) {
        put_file(callgrind, "fl", f);
        put_function(callgrind, "fn", f);
        for (; line < view->line_count && view->lines[line].function == f; line++)
            if (view->lines[line].self)
                put_cost(callgrind, line_or_first(callgrind, f, view->lines[line].line),
                         view->lines[line].self);
        for (; call < callgrind->calls.count && callgrind->calls.list[call].caller == f; call++) {
            const struct call *made = &callgrind->calls.list[call];

            put_call(callgrind, made->callee, made->cost, line_or_first(callgrind, f, made->line),
                     made->cost);
        }
        out_char(callgrind->out, '\n');
    }
}

/* cProfile's: edges by caller; a function's calls of itself are in its total already. */
static uint64_t microseconds(double seconds)
{
    return seconds > 0 && seconds < 1e12 ? (uint64_t)(seconds * 1e6 + 0.5) : 0;
}

static void put_table(struct callgrind *callgrind)
{
    const struct hog_profile *profile = callgrind->profile;
    const struct hog_profile_table *table = profile->table;

    for (uint32_t f = 0; out_goes_on(callgrind->out) && f < profile->function_count; f++) {
        put_file(callgrind, "fl", f);
        put_function(callgrind, "fn", f);
        put_cost(callgrind, line_or_first(callgrind, f, 0), microseconds(table->functions[f].self_seconds));
        out_char(callgrind->out, '\n');
    }
    for (uint32_t i = 0; out_goes_on(callgrind->out) && i < table->edge_count; i++) {
        const struct hog_table_edge *edge = &table->edges[i];

        if (edge->caller == HOG_NO_FUNCTION || edge->caller == edge->callee)
            continue;
        put_file(callgrind, "fl", edge->caller);
        put_function(callgrind, "fn", edge->caller);
        put_call(callgrind, edge->callee, edge->cost.calls, line_or_first(callgrind, edge->caller, 0),
                 microseconds(edge->cost.total_seconds));
        out_char(callgrind->out, '\n');
    }
}

static void put_description(void *self, const char *label, const char *words)
{
    struct out *out = self;

    if (strcmp(label, "command") == 0 || strcmp(label, "pid") == 0)
        return;
    out_printf(out, "desc: %s: ", label);
    out_puts(out, words);
    out_char(out, '\n');
}

static uint64_t put_head(struct callgrind *callgrind)
{
    const struct hog_profile_info *info = &callgrind->profile->info;
    struct out *out = callgrind->out;
    uint64_t sum = callgrind->view.samples;

    if (callgrind->profile->table) {
        sum = 0;
        for (uint32_t i = 0; i < callgrind->profile->function_count; i++)
            sum += microseconds(callgrind->profile->table->functions[i].self_seconds);
    }
    out_puts(out, "# callgrind format\nversion: 1\ncreator: hognose\n");
    if (info->pid)
        out_printf(out, "pid: %lld\n", (long long)info->pid);
    out_puts(out, "cmd: ");
    put_printable(out, info->command_line ? info->command_line : "?");
    out_puts(out, "\npart: 1\n");
    if (describe_profile(callgrind->profile, put_description, out) != HOG_OK)
        out_fail(out, HOG_NO_MEMORY);
    out_printf(out, "positions: line\nevents: %s\nsummary: %llu\n\n",
               callgrind->profile->table ? "Microseconds" : "Samples", (unsigned long long)sum);
    return sum;
}

static enum hog_status put_all(const struct hog_profile *profile, struct out *out)
{
    HOG_CLEANUP(callgrind_deinit) struct callgrind callgrind = {.profile = profile, .out = out};
    enum hog_status status = hog_view_init(&callgrind.view, profile);
    uint64_t sum;

    if (status == HOG_OK)
        status = hog_labels_init(&callgrind.labels, profile);
    if (status == HOG_OK)
        status = calls_init(&callgrind.calls, profile);
    if (status != HOG_OK)
        return status;
    callgrind.named = calloc(profile->function_count + (size_t)1, sizeof *callgrind.named);
    if (!callgrind.named)
        return HOG_NO_MEMORY;
    sum = put_head(&callgrind);
    if (profile->table)
        put_table(&callgrind);
    else
        put_stacks(&callgrind);
    out_printf(out, "totals: %llu\n", (unsigned long long)sum);
    return callgrind.files.failed ? HOG_NO_MEMORY : HOG_OK;
}

enum hog_status callgrind_write(const struct hog_profile *profile, const struct hog_write_options *options,
                                struct out *out)
{
    struct hog_projection projection = {.by_line = true, .threads = HOG_THREADS_FRAMES};
    HOG_PROFILE struct hog_profile *projected = NULL;
    enum hog_status status;

    if (profile->table || !options->by_thread)
        return put_all(profile, out);
    status = hog_profile_project(profile, &projection, &projected);
    return status == HOG_OK ? put_all(projected, out) : status;
}
