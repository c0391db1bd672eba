/*
 * .json: hognose.profile/1, everything that a profile knows; docs/formats.md
 * describes it. Nodes are columns, in preorder, so that a million of them are
 * four lists of numbers and not a million objects.
 */
#include "formats/format.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

static void put_tool(struct json_out *json, const struct hog_profile_info *info)
{
    json_out_put_text(json, "schema", "hognose.profile/1");
    json_out_key(json, "tool");
    json_out_open(json, '{');
    json_out_put_text(json, "name", "hognose");
    json_out_put_text(json, "version", info->tool_version);
    json_out_close(json, '}');
    json_out_key(json, "debugger");
    json_out_open(json, '{');
    json_out_put_text(json, "name", info->debugger_name);
    json_out_put_text(json, "version", info->debugger_version);
    json_out_close(json, '}');
    json_out_key(json, "target");
    json_out_open(json, '{');
    json_out_put_i64(json, "pid", info->pid);
    json_out_put_text(json, "command_line", info->command_line);
    json_out_close(json, '}');
    json_out_key(json, "python");
    json_out_open(json, '{');
    json_out_put_text(json, "version", info->python_version);
    json_out_close(json, '}');
}

static void put_counts(struct json_out *json, const struct hog_profile_counts *counts)
{
    json_out_put_u64(json, "attempts", hog_profile_attempts(counts));
    json_out_put_u64(json, "kept", counts->kept);
    json_out_put_u64(json, "idle", counts->idle);
    json_out_put_u64(json, "elsewhere", counts->elsewhere);
    json_out_put_u64(json, "dropped", counts->dropped);
    json_out_put_u64(json, "on_gil", counts->on_gil);
    json_out_put_u64(json, "waiting_for_gil", counts->waiting_for_gil);
    json_out_put_u64(json, "waiting_for_cpu", counts->waiting_for_cpu);
    json_out_put_u64(json, "collecting_garbage", counts->collecting_garbage);
}

static double to_microseconds(double seconds)
{
    return round(seconds * 1e6) / 1e6;
}

static void put_sampling(struct json_out *json, const struct hog_profile *profile)
{
    const struct hog_profile_info *info = &profile->info;

    json_out_key(json, "sampling");
    json_out_open(json, '{');
    json_out_put_text(json, "mode", hog_profile_mode_name(info->mode));
    json_out_put_bool(json, "stopped", info->stopped);
    json_out_put_bool(json, "has_lines", info->has_lines);
    json_out_put_text(json, "method", info->method);
    json_out_put_double(json, "interval", info->interval);
    json_out_put_double(json, "requested_rate", info->requested_rate);
    json_out_put_rounded(json, "start_time", to_microseconds(info->start_time));
    json_out_put_rounded(json, "duration", to_microseconds(info->duration));
    json_out_put_rounded(json, "ran", to_microseconds(info->ran));
    json_out_put_rounded(json, "waited", to_microseconds(info->waited));
    json_out_put_u64(json, "ticks", info->ticks);
    json_out_put_text(json, "ended_because", info->ended_because);
    json_out_key(json, "counts");
    json_out_open(json, '{');
    put_counts(json, &profile->counts);
    json_out_close(json, '}');
    json_out_key(json, "drops");
    json_out_open(json, '[');
    for (uint32_t i = 0; i < profile->drop_count; i++) {
        json_out_open(json, '{');
        json_out_put_text(json, "reason", profile->drops[i].reason);
        json_out_put_u64(json, "count", profile->drops[i].count);
        json_out_close(json, '}');
    }
    json_out_close(json, ']');
    json_out_close(json, '}');
}

void json_put_metadata(struct json_out *json, const struct hog_profile *profile)
{
    put_tool(json, &profile->info);
    put_sampling(json, profile);
}

static void put_functions(struct json_out *json, const struct hog_profile *profile)
{
    json_out_key(json, "functions");
    json_out_open(json, '[');
    for (uint32_t i = 0; out_goes_on(json->out) && i < profile->function_count; i++) {
        const struct hog_function *function = &profile->functions[i];

        json_out_open(json, '{');
        json_out_put_text(json, "name", function->name);
        json_out_put_text(json, "qualname", function->qualname);
        json_out_put_text(json, "filename", function->filename);
        json_out_put_text(json, "module", function->module);
        json_out_put_i64(json, "first_line", function->first_line);
        json_out_put_text(json, "kind",
                          function->is_native      ? "native"
                          : function->is_synthetic ? "synthetic"
                                                   : "python");
        json_out_close(json, '}');
    }
    json_out_close(json, ']');
}

static void put_nodes(struct json_out *json, const struct hog_profile *profile,
                      const struct hog_profile_thread *thread)
{
    const struct hog_profile_node *nodes = profile->nodes;

    json_out_key(json, "nodes");
    json_out_open(json, '{');
    json_out_key(json, "parent");
    json_out_open(json, '[');
    for (uint32_t i = thread->first_node; out_goes_on(json->out) && i < thread->end_node; i++)
        json_out_i64(json,
                     nodes[i].parent == HOG_NO_NODE ? -1 : (int64_t)(nodes[i].parent - thread->first_node));
    json_out_close(json, ']');
    json_out_key(json, "function");
    json_out_open(json, '[');
    for (uint32_t i = thread->first_node; out_goes_on(json->out) && i < thread->end_node; i++)
        json_out_u64(json, nodes[i].function);
    json_out_close(json, ']');
    json_out_key(json, "line");
    json_out_open(json, '[');
    for (uint32_t i = thread->first_node; out_goes_on(json->out) && i < thread->end_node; i++)
        json_out_i64(json, nodes[i].line);
    json_out_close(json, ']');
    json_out_key(json, "self");
    json_out_open(json, '[');
    for (uint32_t i = thread->first_node; out_goes_on(json->out) && i < thread->end_node; i++)
        json_out_u64(json, nodes[i].self);
    json_out_close(json, ']');
    json_out_close(json, '}');
}

static void put_threads(struct json_out *json, const struct hog_profile *profile)
{
    json_out_key(json, "threads");
    json_out_open(json, '[');
    for (uint32_t i = 0; out_goes_on(json->out) && i < profile->thread_count; i++) {
        const struct hog_profile_thread *thread = &profile->threads[i];
        char id[32];

        snprintf(id, sizeof id, HOG_ADDRESS, thread->thread_id);
        json_out_open(json, '{');
        json_out_put_text(json, "thread_id", id);
        json_out_put_i64(json, "os_thread_id", thread->os_thread_id);
        json_out_put_i64(json, "pid", thread->pid);
        json_out_put_text(json, "thread_name", thread->name);
        json_out_key(json, "counts");
        json_out_open(json, '{');
        put_counts(json, &thread->counts);
        json_out_close(json, '}');
        put_nodes(json, profile, thread);
        json_out_close(json, '}');
    }
    json_out_close(json, ']');
}

/* calls, primitive calls, self, total: as pstats has them. */
static void put_cost(struct json_out *json, const struct hog_table_function *cost)
{
    json_out_u64(json, cost->calls);
    json_out_u64(json, cost->primitive_calls);
    json_out_double(json, cost->self_seconds);
    json_out_double(json, cost->total_seconds);
}

static void put_table(struct json_out *json, const struct hog_profile *profile)
{
    const struct hog_profile_table *table = profile->table;

    json_out_key(json, "table");
    json_out_open(json, '{');
    json_out_key(json, "functions");
    json_out_open(json, '[');
    for (uint32_t i = 0; out_goes_on(json->out) && i < profile->function_count; i++) {
        json_out_open(json, '[');
        put_cost(json, &table->functions[i]);
        json_out_close(json, ']');
    }
    json_out_close(json, ']');
    json_out_key(json, "edges");
    json_out_open(json, '[');
    for (uint32_t i = 0; out_goes_on(json->out) && i < table->edge_count; i++) {
        json_out_open(json, '[');
        json_out_i64(json, table->edges[i].caller == HOG_NO_FUNCTION ? -1 : (int64_t)table->edges[i].caller);
        json_out_u64(json, table->edges[i].callee);
        put_cost(json, &table->edges[i].cost);
        json_out_close(json, ']');
    }
    json_out_close(json, ']');
    json_out_close(json, '}');
}

enum hog_status json_write(const struct hog_profile *profile, const struct hog_write_options *options,
                           struct out *out)
{
    struct json_out json = {.out = out};

    (void)options;
    json_out_open(&json, '{');
    json_put_metadata(&json, profile);
    put_functions(&json, profile);
    put_threads(&json, profile);
    if (profile->table)
        put_table(&json, profile);
    json_out_close(&json, '}');
    out_char(out, '\n');
    return HOG_OK;
}
