/*
 * How long a thread has been blocked, where memory does not tell: for so long as it has not run. That is the host's word,
 * which has asked the scheduler before it stopped the process.
 */
#include "wait/waits.h"

/* Of these a thread wakes up now and then, to look or to ask anew. */
static bool wakes_meanwhile(enum hog_wait_kind kind)
{
    return kind == HOG_WAIT_GIL || kind == HOG_WAIT_DATABASE || kind == HOG_WAIT_STOP_REQUEST;
}

void hog_waits_add_times(struct hog_waits *waits, const struct hog_snapshot *snapshot,
                         double (*rest)(void *context, int64_t lwp), void *context)
{
    struct hog_wait_graph *graph = &waits->graph;

    for (uint32_t i = 0; i < graph->thread_count; i++) {
        struct hog_wait_thread *waiter = &graph->threads[i];

        if (waiter->blocked < 0 && waiter->node != HOG_WAIT_NONE &&
            !wakes_meanwhile(graph->nodes[waiter->node].kind))
            waiter->blocked = rest(context, snapshot->threads[i].os_thread_id);
    }
}
