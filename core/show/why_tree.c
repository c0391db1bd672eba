/*
 * py-why --tree: the processes at the other ends.
 *
 *     Deadlock between processes: 4711 (python3) → 4720 (python3) → 4711 (python3).
 *
 *     Process 4711 (python3)
 *         LWP 4711 waits for the end of 4720 (python3)
 *     Process 4720 (python3)
 *         LWP 4720 writes to a pipe (file descriptor 1) that 4711 (python3) can read
 */
#include "show/json.h"
#include "show/paint.h"
#include "show/why.h"
#include "wait/tree.h"

#include <inttypes.h>

enum { THREADS_SHOWN = 8, INDENT = 4 };

static void put_waits(struct hog_outlet *outlet, const struct theme *theme,
                      const struct hog_tree_process *process)
{
    struct hog_text cell = {0};
    uint32_t shown = 0, passive = 0, left_out = 0;

    for (uint32_t i = 0; i < process->wait_count; i++) {
        const struct hog_tree_wait *wait = &process->waits[i];

        if (wait->passive) {
            passive++;
            continue;
        }
        if (shown++ >= THREADS_SHOWN) {
            left_out++;
            continue;
        }
        hog_text_clear(&cell);
        hog_text_printf(&cell, "LWP %" PRId64 " %s", wait->lwp, wait->text ? wait->text : "runs");
        paint_statement(&outlet->text, theme, paint_text(&cell), INDENT);
    }
    hog_text_clear(&cell);
    if (left_out)
        hog_text_printf(&cell, "… and %" PRIu32 " more thread%s", left_out, left_out == 1 ? "" : "s");
    if (left_out)
        paint_statement(&outlet->text, theme, paint_text(&cell), INDENT);
    hog_text_clear(&cell);
    if (passive)
        hog_text_printf(&cell, "%" PRIu32 " thread%s for others of the same process", passive,
                        passive == 1 ? " waits" : "s wait");
    if (passive)
        paint_statement(&outlet->text, theme, paint_text(&cell), INDENT);
    outlet->text.failed |= cell.failed;
    hog_text_deinit(&cell);
}

void render_tree_text(const struct report *report, const struct theme *theme, struct hog_outlet *outlet)
{
    const struct hog_tree *tree = report->tree;
    struct hog_text cell = {0};

    hog_text_puts(&outlet->text, "\n");
    paint_statement(&outlet->text, theme, tree->text, 0);
    hog_text_puts(&outlet->text, "\n");
    for (uint32_t i = 0; i < tree->process_count && hog_outlet_more(outlet); i++) {
        const struct hog_tree_process *process = &tree->processes[i];

        hog_text_clear(&cell);
        hog_text_printf(&cell, "Process %" PRId64 "%s%s%s%s", process->pid, process->name ? " (" : "",
                        process->name ? process->name : "", process->name ? ")" : "",
                        process->readable ? "" : ", which ran meanwhile, or cannot be looked at");
        paint_statement(&outlet->text, theme, paint_text(&cell), 0);
        put_waits(outlet, theme, process);
    }
    if (!tree->whole)
        paint_statement(&outlet->text, theme,
                        "Not every process of this machine could be looked at, so nothing is proven here.",
                        0);
    if (tree->cut)
        paint_statement(&outlet->text, theme, "There are more processes than are followed.", 0);
    outlet->text.failed |= cell.failed;
    hog_text_deinit(&cell);
}

static const char *state_key(enum hog_tree_state state)
{
    return state == HOG_TREE_STUCK ? "yes" : state == HOG_TREE_LIKELY_STUCK ? "likely" : "no";
}

static void append(struct hog_text *text, json_t *list, json_t *value)
{
    if (json_array_append_new(list, value) != 0)
        text->failed = true;
}

static json_t *pids(struct hog_text *text, const struct hog_tree *tree, const uint32_t *processes,
                    uint32_t count)
{
    json_t *list = json_array();

    for (uint32_t i = 0; i < count; i++)
        append(text, list, json_integer(tree->processes[processes[i]].pid));
    return list;
}

static json_t *process_object(struct hog_text *text, const struct hog_tree *tree,
                              const struct hog_tree_process *process)
{
    json_t *object = json_object(), *threads = json_array();

    for (uint32_t i = 0; i < process->wait_count; i++) {
        const struct hog_tree_wait *wait = &process->waits[i];
        json_t *thread = json_object();

        json_set(text, thread, "os_thread_id", json_known(wait->lwp));
        json_set(text, thread, "text", json_words(wait->text));
        json_set(text, thread, "waits_for", pids(text, tree, wait->ends, wait->end_count));
        json_set(text, thread, "within", json_boolean(wait->passive));
        append(text, threads, thread);
    }
    json_set(text, object, "pid", json_known(process->pid));
    json_set(text, object, "name", json_words(process->name));
    json_set(text, object, "readable", json_boolean(process->readable));
    json_set(text, object, "stuck", json_words(state_key(process->state)));
    json_set(text, object, "threads", threads);
    return object;
}

void render_tree_json(const struct report *report, struct hog_outlet *outlet)
{
    const struct hog_tree *tree = report->tree;
    struct hog_text *text = &outlet->text;
    json_t *object = json_object(), *processes = json_array();

    for (uint32_t i = 0; i < tree->process_count; i++)
        append(text, processes, process_object(text, tree, &tree->processes[i]));
    json_set(text, object, "text", json_words(tree->text));
    json_set(text, object, "whole", json_boolean(tree->whole && !tree->cut));
    json_set(text, object, "processes", processes);
    json_set(text, object, "cycle", pids(text, tree, tree->cycle, tree->cycle_count));
    json_member(text, "tree", object);
}
