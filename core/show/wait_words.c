/* A thread's wait in words and as JSON; see wait_words.h. */
#include "show/wait_words.h"

#include <inttypes.h>

const struct hog_wait_node *wait_node(const struct hog_waits *waits, uint32_t number)
{
    uint32_t node = number < waits->graph.thread_count ? waits->graph.threads[number].node : HOG_WAIT_NONE;

    return node == HOG_WAIT_NONE ? NULL : &waits->graph.nodes[node];
}

static void add_seconds(struct hog_text *cell, double seconds)
{
    if (seconds < 120)
        hog_text_printf(cell, "%.1f s", seconds);
    else if (seconds < 7200)
        hog_text_printf(cell, "%.0f minutes", seconds / 60);
    else
        hog_text_printf(cell, "%.1f hours", seconds / 3600);
}

/* What is printed for every thread: printf() costs several times as much. */
static void put_all(struct hog_text *text, const char *const *words)
{
    for (; *words; words++)
        hog_text_puts(text, *words);
}

static void add_owner(struct hog_text *cell, const struct hog_snapshot *snapshot,
                      const struct hog_wait_node *node)
{
    const struct hog_thread *threads = snapshot->threads;
    const char *words = hog_wait_grade_words(node->grade);
    char buffer[HOG_WAIT_CALLED];

    if (node->grade == HOG_WAIT_NOT_APPLICABLE || node->kind == HOG_WAIT_JOIN ||
        node->kind == HOG_WAIT_PROCESS)
        return;
    put_all(cell, (const char *const[]){", ", words, NULL});
    if (node->holder_count == 1)
        put_all(cell,
                (const char *const[]){" ", hog_wait_thread_called(&threads[node->holders[0]], buffer), NULL});
    else if (node->holder_count)
        hog_text_printf(cell, " any of %" PRIu32 " threads", node->holder_count);
    else if (node->pid)
        hog_text_printf(cell, " process %" PRId64, node->pid);
    else if (node->owner_thread_id)
        hog_text_printf(cell, " (thread " HOG_ADDRESS " is gone)", node->owner_thread_id);
}

/* What it waits for, without who holds it. */
static void add_node(struct hog_text *cell, struct hog_arena *arena, const struct hog_wait_node *node,
                     bool several, bool apart)
{
    const char *words = hog_wait_node_words(arena, node);

    if (node->kind == HOG_WAIT_SLEEP)
        hog_text_puts(cell, several ? "sleep" : "sleeps");
    else if (node->kind == HOG_WAIT_SYSTEM_CALL)
        put_all(cell, (const char *const[]){"in ", node->name ? node->name : "a system call",
                                            node->what ? " " : "", node->what ? node->what : "", NULL});
    else
        put_all(cell, (const char *const[]){several ? "wait for " : "waits for ", node->work ? "work: " : "",
                                            words ? words : "?", NULL});
    if (node->name && node->address) {
        hog_text_puts(cell, " (");
        hog_text_put_address(cell, node->address);
        hog_text_puts(cell, ")");
    }
    if (node->what && !apart && node->kind != HOG_WAIT_SYSTEM_CALL) {
        hog_text_puts(cell, ", ");
        hog_text_puts(cell, node->what);
    }
}

void wait_words(struct hog_text *cell, const struct hog_snapshot *snapshot, struct hog_waits *waits,
                uint32_t number, size_t count, bool apart)
{
    const struct hog_wait_thread *waiter = &waits->graph.threads[number];
    const struct hog_wait_node *node = wait_node(waits, number);

    add_node(cell, &waits->arena, node, count > 1, apart);
    add_owner(cell, snapshot, node);
    if (waiter->has_limit && waiter->limit > 0) {
        hog_text_puts(cell, ", at most ");
        add_seconds(cell, waiter->limit);
    } else if (waiter->has_limit) {
        hog_text_puts(cell, ", with a limit");
    }
    if (waiter->blocked >= 0 && count == 1) {
        hog_text_puts(cell, "; for ");
        add_seconds(cell, waiter->blocked);
    }
}

json_t *wait_holder_json(struct hog_text *text, const struct hog_snapshot *snapshot,
                         const struct hog_wait_node *node)
{
    const struct hog_thread *thread = node->holder_count ? &snapshot->threads[node->holders[0]] : NULL;
    json_t *object;

    if (!thread && !node->pid && node->grade != HOG_WAIT_NOBODY_ALIVE)
        return json_null();
    object = json_object();
    json_set(text, object, "kind", json_words(thread ? "thread" : node->pid ? "process" : "gone"));
    json_set(text, object, "thread_id", json_address(thread ? thread->thread_id : node->owner_thread_id));
    json_set(text, object, "os_thread_id", json_known(thread ? thread->os_thread_id : 0));
    json_set(text, object, "thread_name", json_words(thread ? thread->name : NULL));
    json_set(text, object, "pid", json_known(node->pid));
    return object;
}
