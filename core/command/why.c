/* py-why: a snapshot, what its threads wait for, and both as text or JSON. */
#include "show/why.h"
#include "base/cleanup.h"
#include "command/dump.h"
#include "command/theme.h"
#include "host/let_run.h"
#include "host/output.h"
#include "tasks/tasks.h"
#include "wait/tree.h"
#include "wait/waits.h"

#include <string.h>

static enum hog_status render(struct hog_session *session, const struct options *options, struct dump *dump)
{
    HOG_CLEANUP(output_deinit) struct output output = {.file = -1};
    const struct why_view view = {.theme = dump_theme(session, options),
                                  .all = option_given(options, OPTION_ALL),
                                  .verbose = option_given(options, OPTION_VERBOSE)};

    if (output_open(&output, &session->host, option_output(options)) != HOG_OK) {
        session->error = output.error;
        return output.error.status;
    }
    output.ignore_interrupt = dump->report.interrupted;
    if (option_given(options, OPTION_JSON))
        render_why_json(&dump->report, dump->waits, &output.outlet);
    else
        render_why_text(&dump->report, dump->waits, &view, &output.outlet);
    return dump_finish(session, dump, &output);
}

static enum hog_status let_it_run(struct hog_session *session, double seconds)
{
    const struct hog_host *host = &session->host;
    const struct let_run_options options = {.beat = NULL};
    struct hog_run_result result;
    struct let_run *run = NULL;
    enum hog_status status;

    if (!host->run_process || !host->request_stop)
        return hog_fail(&session->error, HOG_UNSUPPORTED,
                        "--again wants a process that can run: leave it out, and call py-why twice");
    status = let_run_create(host, &options, &run, &session->error);
    if (status == HOG_OK)
        let_run_for(run, seconds, &result);
    let_run_destroy(run);
    return status;
}

/* The processes at the other ends; of one that does not live there are none. */
static enum hog_status look_around(struct hog_session *session, const struct options *options,
                                   struct dump *dump, struct hog_tree **ret_tree)
{
    enum hog_status status = HOG_OK;

    if (!option_given(options, OPTION_TREE))
        return HOG_OK;
    if (dump->target.kind != HOG_TARGET_LIVE)
        return hog_fail(
            &session->error, HOG_USAGE,
            "--tree wants a process of this machine: what was at the other ends of a core's pipes, "
            "or is on another machine, cannot be told");
    status =
        hog_tree_read(&dump->target.process, target_interrupted, &dump->target, ret_tree, &session->error);
    dump->report.tree = *ret_tree;
    dump->report.interrupted = dump->target.interrupted;
    return status;
}

static bool is_within(const char *module, const char *package)
{
    size_t length = strlen(package);

    return strncmp(module, package, length) == 0 && (!module[length] || module[length] == '.');
}

/* Does a thread run an event loop? uvloop's has no frame of its own; but who has it has loaded it. */
static bool runs_loop(const struct dump *dump)
{
    static const char *const packages[] = {"asyncio", "trio._core", "curio.kernel", "gevent.hub", "uvloop"};
    const struct hog_snapshot *snapshot = dump->snapshot;
    const struct hog_process *process = &dump->target.process;

    for (size_t i = 0; i < snapshot->thread_count; i++)
        for (size_t k = snapshot->threads[i].frame_count; k-- > 0;)
            for (size_t n = 0; n < sizeof packages / sizeof *packages; n++)
                if (snapshot->threads[i].frames[k].module &&
                    is_within(snapshot->threads[i].frames[k].module, packages[n]))
                    return true;
    for (size_t i = 0; i < process->mapping_count; i++)
        if (process->mappings[i].path && strstr(process->mappings[i].path, "/uvloop/loop."))
            return true;
    return false;
}

/* Told beside what its thread waits for; alone where that would be idle. False: no memory. */
static bool add_blocked_loop(struct dump *dump)
{
    struct hog_waits *waits = dump->waits;
    const char *words = hog_tasks_blocked_loop(dump->tasks, dump->snapshot, &waits->arena);

    if (!words)
        return true;
    waits->verdict_text = waits->verdict == HOG_VERDICT_IDLE
                              ? words
                              : hog_arena_printf(&waits->arena, "%s %s", words, waits->verdict_text);
    if (waits->verdict == HOG_VERDICT_IDLE)
        waits->verdict = HOG_VERDICT_WAITING;
    return waits->verdict_text != NULL;
}

/*
 * Tasks that wait for one another are seen in no thread: its loop waits for files, as always. What is proven of threads
 * comes first, then what is of tasks.
 */
static enum hog_status judge_tasks(struct hog_session *session, struct dump *dump)
{
    const struct hog_tasks_options how = {
        .interrupted = target_interrupted, .context = &dump->target, .rings = true};
    struct hog_waits *waits = dump->waits;
    const struct hog_task_ring *ring;
    const char *words;
    enum hog_status status;

    if (!runs_loop(dump))
        return HOG_OK;
    status = hog_tasks_read(&dump->target.process, &dump->target.location, dump->target.cache, dump->snapshot,
                            &how, &dump->tasks, &session->error);
    dump->report.interrupted = dump->target.interrupted;
    if (status != HOG_OK)
        return status;
    dump->report.tasks = dump->tasks;
    ring = dump->tasks->ring_count ? &dump->tasks->rings[0] : NULL;
    if (waits->verdict == HOG_VERDICT_DEADLOCK ||
        (waits->verdict == HOG_VERDICT_LIKELY_DEADLOCK && (!ring || ring->doubt)))
        return HOG_OK;
    words = ring ? hog_tasks_ring_verdict(dump->tasks, dump->snapshot, &waits->arena)
                 : hog_tasks_hang(dump->tasks, dump->snapshot, &waits->arena);
    if (ring && !words)
        return hog_fail(&session->error, HOG_NO_MEMORY, "not enough memory");
    if (words) {
        waits->verdict = ring && !ring->doubt ? HOG_VERDICT_DEADLOCK : HOG_VERDICT_LIKELY_DEADLOCK;
        waits->verdict_text = words;
    } else if (!add_blocked_loop(dump)) {
        return hog_fail(&session->error, HOG_NO_MEMORY, "not enough memory");
    }
    return HOG_OK;
}

static enum hog_status take(struct dump *dump, struct hog_session *session, const struct options *options)
{
    enum hog_status status = dump_take(dump, session, options);

    if (status == HOG_OK && session->host.seconds_at_rest)
        hog_waits_add_times(dump->waits, dump->snapshot, session->host.seconds_at_rest, session->host.self);
    return status == HOG_OK ? judge_tasks(session, dump) : status;
}

static void tree_deinit(struct hog_tree **tree)
{
    hog_tree_destroy(*tree);
}

enum hog_status run_why(struct hog_session *session, const struct options *options)
{
    HOG_CLEANUP(dump_deinit) struct dump first = {.wants_waits = true};
    HOG_CLEANUP(dump_deinit) struct dump second = {.wants_waits = true};
    HOG_CLEANUP(tree_deinit) struct hog_tree *tree = NULL;
    enum hog_status status = take(&first, session, options);

    if (status == HOG_OK && !option_given(options, OPTION_AGAIN))
        status = look_around(session, options, &first, &tree);
    if (status != HOG_OK || !option_given(options, OPTION_AGAIN))
        return status == HOG_OK ? render(session, options, &first) : status;
    if (first.target.kind == HOG_TARGET_CORE)
        return hog_fail(&session->error, HOG_USAGE, "--again wants a process: a core file does not run");
    status = let_it_run(session, options->again);
    if (status == HOG_OK)
        status = take(&second, session, options);
    if (status == HOG_OK &&
        !hog_waits_compare(second.waits, second.snapshot, first.waits, first.snapshot, options->again))
        status = hog_fail(&session->error, HOG_NO_MEMORY, "not enough memory");
    if (status == HOG_OK)
        status = look_around(session, options, &second, &tree);
    return status == HOG_OK ? render(session, options, &second) : status;
}
