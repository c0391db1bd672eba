/*
 * .prof: what cProfile's dump_stats writes, so that pstats and all that is
 * built on it open it.
 *
 *     {(file, first line, name): (cc, nc, tt, ct, {caller: (nc, cc, tt, ct)})}
 *
 * Mind the order: callers have nc first. A sampler counts no calls; nc and cc
 * are the samples in which the function was on the stack. One root above all
 * threads, ("~", 0, "<all threads>"), keeps SnakeViz from dropping those it
 * does not start from. After the dict, where marshal.load no longer looks,
 * stands one str: the metadata, as JSON.
 */
#include "base/cleanup.h"
#include "formats/format.h"
#include "formats/marshal.h"
#include "profile/project.h"
#include "profile/view.h"

static const struct hog_function root_function = {.name = "<all threads>", .filename = "~"};
static const struct hog_function nothing_function = {.name = "<no samples>", .filename = "~"};

static void put_key(struct out *out, const struct hog_function *function)
{
    marshal_tuple(out, 3);
    marshal_text(out, function->filename ? function->filename : "~");
    marshal_int(out, function->first_line > 0 ? (uint64_t)function->first_line : 0);
    marshal_text(out, function->name);
}

static void put_caller(struct out *out, const struct hog_function *caller, const struct hog_cost *cost)
{
    put_key(out, caller);
    marshal_tuple(out, 4);
    marshal_int(out, cost->calls);
    marshal_int(out, cost->primitive_calls);
    marshal_float(out, cost->self_seconds);
    marshal_float(out, cost->total_seconds);
}

static void open_function(struct out *out, const struct hog_function *function, const struct hog_cost *cost)
{
    put_key(out, function);
    marshal_tuple(out, 5);
    marshal_int(out, cost->primitive_calls);
    marshal_int(out, cost->calls);
    marshal_float(out, cost->self_seconds);
    marshal_float(out, cost->total_seconds);
    marshal_open_dict(out);
}

/* Edges lie by callee: those of function i begin at `edge`. Returns where the next function's begin. */
static uint32_t put_function(struct out *out, const struct hog_view *view, uint32_t number, uint32_t edge)
{
    const struct hog_function *functions = view->profile->functions;

    open_function(out, &functions[number], &view->functions[number]);
    for (; edge < view->edge_count && view->edges[edge].callee == number; edge++) {
        uint32_t caller = view->edges[edge].caller;

        put_caller(out, caller == HOG_NO_FUNCTION ? &root_function : &functions[caller],
                   &view->edges[edge].cost);
    }
    marshal_close_dict(out);
    return edge;
}

/* The root took all there was. SnakeViz needs a second function to draw anything. */
static void put_root(struct out *out, const struct hog_view *view)
{
    struct hog_cost all = {
        .calls = view->samples, .primitive_calls = view->samples, .total_seconds = view->seconds};
    struct hog_cost nothing = {0};

    open_function(out, &root_function, &all);
    marshal_close_dict(out);
    if (view->profile->function_count)
        return;
    open_function(out, &nothing_function, &nothing);
    put_caller(out, &root_function, &nothing);
    marshal_close_dict(out);
}

static bool has_root(const struct hog_view *view)
{
    if (!view->profile->table)
        return true;
    for (uint32_t i = 0; i < view->edge_count; i++)
        if (view->edges[i].caller == HOG_NO_FUNCTION)
            return true;
    return !view->profile->function_count;
}

static enum hog_status put_metadata(struct out *out, const struct hog_profile *profile)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text text = {0};
    struct hog_sink sink = hog_sink_to_text(&text);
    HOG_FREE struct out *inner = malloc(sizeof *inner);
    struct json_out json = {.out = inner};

    if (!inner)
        return HOG_NO_MEMORY;
    out_init(inner, &sink, NULL);
    json_out_open(&json, '{');
    json_put_metadata(&json, profile);
    json_out_close(&json, '}');
    if (out_finish(inner) != HOG_OK)
        return HOG_NO_MEMORY;
    marshal_text(out, text.bytes);
    return HOG_OK;
}

static enum hog_status put_all(const struct hog_profile *profile, struct out *out)
{
    HOG_CLEANUP(hog_view_deinit) struct hog_view view = {0};
    enum hog_status status = hog_view_init(&view, profile);
    uint32_t edge = 0;

    if (status != HOG_OK)
        return status;
    marshal_open_dict(out);
    if (has_root(&view))
        put_root(out, &view);
    for (uint32_t i = 0; out_goes_on(out) && i < profile->function_count; i++)
        edge = put_function(out, &view, i, edge);
    marshal_close_dict(out);
    return put_metadata(out, profile);
}

enum hog_status prof_write(const struct hog_profile *profile, const struct hog_write_options *options,
                           struct out *out)
{
    struct hog_projection projection = {
        .threads = options->by_thread ? HOG_THREADS_FRAMES : HOG_THREADS_APART, .as_cprofile = true};
    HOG_PROFILE struct hog_profile *projected = NULL;
    enum hog_status status;

    if (profile->table)
        return put_all(profile, out);
    status = hog_profile_project(profile, &projection, &projected);
    return status == HOG_OK ? put_all(projected, out) : status;
}
