/* py-why as JSON, schema hognose.why/1: docs/json.md has every key. */
#include "show/wait_words.h"
#include "show/why.h"

#include <string.h>

static json_t *id_of_node(uint32_t node)
{
    return node == HOG_WAIT_NONE ? json_null() : json_integer((json_int_t)node + 1);
}

static json_t *frame_object(struct hog_text *text, const struct hog_thread *thread, uint32_t at)
{
    return at < thread->frame_count ? json_frame(text, &thread->frames[at]) : json_null();
}

static const char *stuck_key(enum hog_wait_state state)
{
    return state == HOG_WAIT_STUCK ? "yes" : state == HOG_WAIT_LIKELY_STUCK ? "likely" : "no";
}

static json_t *thread_object(struct hog_text *text, const struct hog_thread *thread,
                             const struct hog_wait_thread *waiter)
{
    json_t *object = json_object();

    json_set(text, object, "thread_id", json_address(thread->thread_id));
    json_set(text, object, "os_thread_id", json_known(thread->os_thread_id));
    json_set(text, object, "thread_name", json_words(thread->name));
    json_set(text, object, "state", json_words(hog_thread_state_key(thread->state)));
    json_set(text, object, "waits_for", id_of_node(waiter->node));
    json_set(text, object, "blocked_seconds",
             waiter->blocked >= 0 ? json_real(waiter->blocked) : json_null());
    json_set(text, object, "has_limit",
             waiter->node == HOG_WAIT_NONE || waiter->limit_unknown ? json_null()
                                                                    : json_boolean(waiter->has_limit));
    json_set(text, object, "moved", waiter->moved ? json_boolean(*waiter->moved != '\0') : json_null());
    json_set(text, object, "stuck", json_words(stuck_key(waiter->state)));
    json_set(text, object, "frame", frame_object(text, thread, waiter->frame));
    return object;
}

static json_t *id_list(struct hog_text *text, const struct report *report, const uint32_t *threads,
                       uint32_t count)
{
    json_t *list = json_array();

    for (uint32_t i = 0; i < count; i++)
        if (json_array_append_new(list, json_address(report->snapshot->threads[threads[i]].thread_id)) != 0)
            text->failed = true;
    return list;
}

static json_t *node_object(struct hog_text *text, const struct report *report,
                           const struct hog_wait_node *node, uint32_t number)
{
    json_t *object = json_object();

    json_set(text, object, "id", id_of_node(number));
    json_set(text, object, "kind", json_words(hog_wait_kind_key(node->kind)));
    json_set(text, object, "address", json_address(node->address));
    json_set(text, object, "name", json_words(node->name));
    json_set(text, object, "text", json_words(node->what));
    json_set(text, object, "held_by", wait_holder_json(text, report->snapshot, node));
    json_set(text, object, "holders", id_list(text, report, node->holders, node->holder_count));
    json_set(text, object, "grade", json_words(hog_wait_grade_key(node->grade)));
    json_set(text, object, "evidence", json_words(node->evidence));
    json_set(text, object, "waiters", id_list(text, report, node->waiters, node->waiter_count));
    return object;
}

/* A list, an element a line. */
struct list {
    struct hog_outlet *outlet;
    bool begun;
};

static void list_add(struct list *list, json_t *value)
{
    hog_text_puts(&list->outlet->text, list->begun ? ",\n " : "\n ");
    list->begun = true;
    json_put(&list->outlet->text, value);
}

static void put_threads(const struct report *report, const struct hog_waits *waits, struct hog_outlet *outlet)
{
    struct list list = {.outlet = outlet};
    const struct hog_snapshot *snapshot = report->snapshot;

    json_member_key(&outlet->text, "threads");
    hog_text_puts(&outlet->text, "[");
    for (uint32_t i = 0; i < snapshot->thread_count && hog_outlet_more(outlet); i++)
        for (size_t k = 0; k < report->thread_count; k++)
            if (report->threads[k] == &snapshot->threads[i])
                list_add(&list,
                         thread_object(&outlet->text, &snapshot->threads[i], &waits->graph.threads[i]));
    hog_text_puts(&outlet->text, "]");
}

void render_why_json(const struct report *report, const struct hog_waits *waits, struct hog_outlet *outlet)
{
    const struct hog_wait_graph *graph = &waits->graph;
    struct hog_text *text = &outlet->text;
    struct list nodes = {.outlet = outlet}, cycles = {.outlet = outlet};
    json_t *verdict = json_object();

    json_head(text, "hognose.why/1", report);
    json_set(text, verdict, "kind", json_words(hog_verdict_key(waits->verdict)));
    json_set(text, verdict, "text", json_words(waits->verdict_text));
    json_member(text, "python", json_python(text, report->snapshot));
    json_member(text, "complete", json_boolean(report->snapshot->complete && !report->interrupted));
    json_strings(text, "warnings", report->warnings, report->warning_count);
    json_member(text, "verdict", verdict);
    put_threads(report, waits, outlet);
    json_member_key(text, "nodes");
    hog_text_puts(text, "[");
    for (uint32_t i = 0; i < graph->node_count && hog_outlet_more(outlet); i++)
        list_add(&nodes, node_object(text, report, &graph->nodes[i], i));
    hog_text_puts(text, "]");
    json_member_key(text, "cycles");
    hog_text_puts(text, "[");
    for (uint32_t i = 0; i < graph->cycle_count && hog_outlet_more(outlet); i++)
        list_add(&cycles, id_list(text, report, graph->cycles[i].threads, graph->cycles[i].count));
    hog_text_puts(text, "]");
    render_rings_json(report, outlet);
    if (report->tree)
        render_tree_json(report, outlet);
    if (hog_outlet_more(outlet))
        hog_text_puts(text, "\n}\n");
}
