/*
 * The verdict: who is stuck decides, then what the others do.
 *
 *     deadlock          a cycle, or a holder that is gone, each step proven
 *     likely deadlock   the same with a step that is inferred
 *     gil               half and more wait for the GIL, and its holder is not running
 *     waiting           somebody waits for a thread that waits for something else
 *     running           somebody runs
 *     idle              all wait for work, peers, time
 */
#include "wait/verdict.h"

#include "wait/library.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { NAMED_IN_CYCLE = 6 };

static const char *const keys[] = {
    [HOG_VERDICT_UNKNOWN] = "unknown",
    [HOG_VERDICT_DEADLOCK] = "deadlock",
    [HOG_VERDICT_LIKELY_DEADLOCK] = "likely_deadlock",
    [HOG_VERDICT_WAITING] = "waiting",
    [HOG_VERDICT_GIL] = "gil",
    [HOG_VERDICT_IDLE] = "idle",
    [HOG_VERDICT_RUNNING] = "running",
};

const char *hog_verdict_key(enum hog_verdict verdict)
{
    return keys[verdict];
}

const char *hog_wait_thread_called(const struct hog_thread *thread, char buffer[HOG_WAIT_CALLED])
{
    if (thread->name && *thread->name)
        return thread->name;
    if (thread->os_thread_id)
        snprintf(buffer, HOG_WAIT_CALLED, "LWP %" PRId64, thread->os_thread_id);
    else
        snprintf(buffer, HOG_WAIT_CALLED, "thread " HOG_ADDRESS, thread->thread_id);
    return buffer;
}

/* In the folder of the standard library, or frozen into the interpreter. */
static bool is_library_file(const char *name)
{
    const char *found = strstr(name, "/lib/python3");

    if (strncmp(name, "<frozen ", strlen("<frozen ")) == 0)
        return true;
    return found && !strstr(found, "/site-packages/") && !strstr(found, "/dist-packages/");
}

static bool is_program(const struct hog_frame *frame)
{
    return !(frame->flags & HOG_FRAME_NATIVE) && !is_library_file(frame->code->filename) &&
           !library_has(frame->module);
}

uint32_t hog_wait_program_end(const struct hog_thread *thread)
{
    size_t end = thread->frame_count;

    while (end && !is_program(&thread->frames[end - 1]))
        end--;
    return (uint32_t)(end ? end : thread->frame_count);
}

uint32_t hog_wait_program_frame(const struct hog_thread *thread)
{
    uint32_t first = HOG_WAIT_NONE;

    for (uint32_t i = 0; i < thread->frame_count && i < HOG_WAIT_NONE; i++) {
        const struct hog_frame *frame = &thread->frames[i];

        if (frame->flags & HOG_FRAME_NATIVE)
            continue;
        if (is_program(frame))
            return i;
        if (first == HOG_WAIT_NONE)
            first = i;
    }
    return first;
}

const char *hog_wait_node_words(struct hog_arena *arena, const struct hog_wait_node *node)
{
    const char *words = hog_wait_kind_words(node->kind);

    if (node->name)
        return hog_arena_printf(arena, "%s %s", words, node->name);
    if (node->address && node->kind != HOG_WAIT_GIL)
        return hog_arena_printf(arena, "%s " HOG_ADDRESS, words, node->address);
    return hog_arena_copy_text(arena, words, strlen(words));
}

/* Words in the arena; NULL: no memory. */
#define SAY(writer, ...) hog_arena_printf((writer)->arena, __VA_ARGS__)

struct writer {
    struct hog_waits *waits;
    const struct hog_snapshot *snapshot;
    struct hog_arena *arena;
};

static const char *called(const struct writer *writer, uint32_t thread)
{
    char buffer[HOG_WAIT_CALLED];
    const char *name = hog_wait_thread_called(&writer->snapshot->threads[thread], buffer);

    return hog_arena_copy_text(writer->arena, name, strlen(name));
}

static const struct hog_wait_node *node_of(const struct writer *writer, uint32_t thread)
{
    uint32_t node = writer->waits->graph.threads[thread].node;

    return node == HOG_WAIT_NONE ? NULL : &writer->waits->graph.nodes[node];
}

static const char *node_words(const struct writer *writer, const struct hog_wait_node *node)
{
    const char *words = hog_wait_node_words(writer->arena, node);

    return words ? words : "?";
}

static bool settle(struct writer *writer, enum hog_verdict verdict, const char *text)
{
    writer->waits->verdict = verdict;
    writer->waits->verdict_text = text;
    return text != NULL;
}

static uint32_t count_state(const struct writer *writer, enum hog_wait_state least)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < writer->waits->graph.thread_count; i++)
        count += writer->waits->graph.threads[i].state >= least;
    return count;
}

/*
 * Deadlocks.
 */

/* "a → lock x (held by b) → lock y (held by a)" */
static const char *ring_words(const struct writer *writer, const struct hog_wait_cycle *cycle)
{
    const char *text = called(writer, cycle->threads[0]);

    for (uint32_t i = 0; text && i < cycle->count; i++) {
        const struct hog_wait_node *node = node_of(writer, cycle->threads[i]);
        uint32_t next = cycle->threads[(i + 1) % cycle->count];

        if (i >= NAMED_IN_CYCLE && i + 1 < cycle->count)
            continue;
        if (i > NAMED_IN_CYCLE)
            text = SAY(writer, "%s → … (%" PRIu32 " threads in all)", text, cycle->count);
        if (text && node)
            text = SAY(writer, "%s → %s (%s %s)", text, node_words(writer, node),
                       hog_wait_grade_words(node->grade), called(writer, next));
    }
    return text;
}

/* Several that wait for one another as a whole: no ring names all of them. */
static bool is_ring(const struct writer *writer, const struct hog_wait_cycle *cycle)
{
    for (uint32_t i = 0; i < cycle->count; i++)
        if (node_of(writer, cycle->threads[i])->holder_count != 1)
            return false;
    return true;
}

static const char *pool_words(const struct writer *writer, const struct hog_wait_cycle *cycle)
{
    const char *first = called(writer, cycle->threads[0]);

    if (cycle->count == 1)
        return SAY(writer,
                   "the only worker of a pool (%s) waits for a Future that stands in the pool's own queue",
                   first);
    return SAY(writer,
               "all %" PRIu32
               " workers of a pool (%s, …) wait for Futures that stand in the pool's own queue",
               cycle->count, first);
}

static const char *itself_words(const struct writer *writer, uint32_t thread)
{
    const struct hog_wait_node *node = node_of(writer, thread);

    if (node->kind == HOG_WAIT_FUTURE)
        return SAY(writer, "%s waits for %s, which only the event loop that it runs itself could give",
                   called(writer, thread), node_words(writer, node));
    return SAY(writer, "%s waits for %s, which it holds itself", called(writer, thread),
               node_words(writer, node));
}

static const char *cycle_words(const struct writer *writer, const struct hog_wait_cycle *cycle)
{
    if (!is_ring(writer, cycle) || (cycle->count == 1 && node_of(writer, cycle->threads[0])->queued))
        return pool_words(writer, cycle);
    return cycle->count == 1 ? itself_words(writer, cycle->threads[0]) : ring_words(writer, cycle);
}

/* It is what all threads there are wait for. */
static const char *nobody_else_words(const struct writer *writer, const struct hog_wait_node *node,
                                     uint32_t *ret_named)
{
    *ret_named = node->waiter_count;
    return node->waiter_count == 1
               ? SAY(writer, "%s waits for %s, which no other thread could release: there is none",
                     called(writer, node->waiters[0]), node_words(writer, node))
               : SAY(writer, "all %" PRIu32 " threads wait for %s, and there is no other to release it",
                     node->waiter_count, node_words(writer, node));
}

/* Those that wait for what nobody alive holds, or nobody else; and how many are named. */
static const char *orphan_words(const struct writer *writer, bool likely, uint32_t *ret_named)
{
    const struct hog_wait_graph *graph = &writer->waits->graph;

    for (uint32_t i = 0; i < graph->node_count; i++) {
        const struct hog_wait_node *node = &graph->nodes[i];

        if (!node->waiter_count || graph->threads[node->waiters[0]].state == HOG_WAIT_FREE)
            continue;
        if (likely && node->nobody_else)
            return nobody_else_words(writer, node, ret_named);
        if (node->grade != HOG_WAIT_NOBODY_ALIVE || node->inferred != likely)
            continue;
        return SAY(writer, "%s waits for %s, which is held by nobody alive", called(writer, node->waiters[0]),
                   node_words(writer, node));
    }
    return NULL;
}

static const struct hog_wait_cycle *first_cycle(const struct writer *writer, bool likely)
{
    const struct hog_wait_graph *graph = &writer->waits->graph;

    for (uint32_t i = 0; i < graph->cycle_count; i++)
        if (graph->cycles[i].likely == likely)
            return &graph->cycles[i];
    return NULL;
}

static bool find_deadlock(struct writer *writer, bool likely, bool *ret_found)
{
    const struct hog_wait_cycle *cycle = first_cycle(writer, likely);
    uint32_t stuck = count_state(writer, likely ? HOG_WAIT_LIKELY_STUCK : HOG_WAIT_STUCK);
    uint32_t named = cycle ? cycle->count : 1;
    const char *words = cycle ? cycle_words(writer, cycle) : orphan_words(writer, likely, &named);

    *ret_found = cycle != NULL || words != NULL;
    if (!*ret_found)
        return true;
    if (words && stuck > named)
        words = SAY(writer, "%s. %" PRIu32 " more thread%s behind %s", words, stuck - named,
                    stuck - named == 1 ? " waits" : "s wait", named == 1 ? "it" : "them");
    return settle(writer, likely ? HOG_VERDICT_LIKELY_DEADLOCK : HOG_VERDICT_DEADLOCK,
                  words ? SAY(writer, "%s: %s.", likely ? "Likely deadlock" : "Deadlock", words) : NULL);
}

/*
 * No deadlock.
 */

/* The node most threads wait for and that somebody holds; NULL: there is none. */
static const struct hog_wait_node *most_wanted(const struct writer *writer)
{
    const struct hog_wait_graph *graph = &writer->waits->graph;
    const struct hog_wait_node *found = NULL;

    for (uint32_t i = 0; i < graph->node_count; i++) {
        const struct hog_wait_node *node = &graph->nodes[i];

        if (node->holder_count == 1 && node->waiter_count && node->holders[0] < graph->thread_count &&
            node->kind != HOG_WAIT_JOIN && (!found || node->waiter_count > found->waiter_count))
            found = node;
    }
    return found;
}

/* The thread at the end of the chain that begins with the holder of `node`. */
static uint32_t last_of_chain(const struct writer *writer, const struct hog_wait_node *node)
{
    uint32_t thread = node->holders[0];

    for (uint32_t i = 0; i < writer->waits->graph.thread_count; i++) {
        const struct hog_wait_node *next = node_of(writer, thread);

        if (!next || next->holder_count != 1 || next->holders[0] >= writer->waits->graph.thread_count)
            break;
        thread = next->holders[0];
    }
    return thread;
}

/* ", which waits for socket to 10.0.0.7:5432", ", which runs" */
static const char *doing(const struct writer *writer, uint32_t thread)
{
    const struct hog_wait_node *node = node_of(writer, thread);
    const struct hog_thread *of = &writer->snapshot->threads[thread];

    if (node && node->kind == HOG_WAIT_SLEEP)
        return "sleeps";
    if (node)
        return SAY(writer, "waits for %s", node_words(writer, node));
    if (of->active == HOG_YES)
        return "runs";
    return of->system_call ? SAY(writer, "is in system call %s", of->system_call)
                           : "does something that is not known";
}

/* "sender-1 waits", "3 threads wait" */
static const char *waiters_words(const struct writer *writer, const struct hog_wait_node *node)
{
    return node->waiter_count == 1 ? SAY(writer, "%s waits", called(writer, node->waiters[0]))
                                   : SAY(writer, "%" PRIu32 " threads wait", node->waiter_count);
}

static bool say_waiting(struct writer *writer, const struct hog_wait_node *node)
{
    uint32_t holder = node->holders[0], last = last_of_chain(writer, node);
    bool gil = node->kind == HOG_WAIT_GIL;
    const struct hog_thread *of = &writer->snapshot->threads[holder];

    if (gil && of->active == HOG_YES)
        return settle(writer, HOG_VERDICT_RUNNING,
                      SAY(writer, "Running: %s holds the GIL, and %" PRIu32 " more wait for it.",
                          called(writer, holder), node->waiter_count));
    if (gil)
        return settle(writer, HOG_VERDICT_GIL,
                      SAY(writer, "%s for the GIL, which %s holds while it %s.", waiters_words(writer, node),
                          called(writer, holder), doing(writer, holder)));
    return settle(writer, HOG_VERDICT_WAITING,
                  SAY(writer, "No deadlock: %s for %s, %s %s%s%s, which %s.", waiters_words(writer, node),
                      node_words(writer, node), hog_wait_grade_words(node->grade), called(writer, holder),
                      last == holder ? "" : "; at the end of the chain is ",
                      last == holder ? "" : called(writer, last), doing(writer, last)));
}

struct counts {
    uint32_t python, running, work, known, unknown;
    uint32_t first_running, first_waiting;
};

static struct counts count_threads(const struct writer *writer)
{
    struct counts counts = {.first_running = HOG_WAIT_NONE, .first_waiting = HOG_WAIT_NONE};

    for (uint32_t i = 0; i < writer->waits->graph.thread_count; i++) {
        const struct hog_thread *thread = &writer->snapshot->threads[i];
        const struct hog_wait_node *node = node_of(writer, i);

        if (!thread->tstate || thread->state == HOG_STATE_FINISHING)
            continue;
        counts.python++;
        if (node) {
            counts.known++;
            counts.work += node->work;
            if (counts.first_waiting == HOG_WAIT_NONE && !node->work)
                counts.first_waiting = i;
        } else if (thread->active == HOG_YES) {
            counts.running++;
            if (counts.first_running == HOG_WAIT_NONE)
                counts.first_running = i;
        } else {
            counts.unknown++;
        }
    }
    return counts;
}

static bool say_running(struct writer *writer, const struct counts *counts)
{
    const struct hog_thread *thread = &writer->snapshot->threads[counts->first_running];
    uint32_t at = writer->waits->graph.threads[counts->first_running].frame;
    const struct hog_frame *frame = at == HOG_WAIT_NONE ? NULL : &thread->frames[at];
    const char *place = frame ? SAY(writer, " at %s:%" PRId32, frame->code->short_filename, frame->line) : "";

    if (counts->running > 1)
        return settle(writer, HOG_VERDICT_RUNNING,
                      SAY(writer, "Running: %" PRIu32 " threads run, %" PRIu32 " wait.", counts->running,
                          counts->known));
    if (!counts->known)
        return settle(writer, HOG_VERDICT_RUNNING,
                      SAY(writer, "Running: %s runs%s.", called(writer, counts->first_running), place));
    return settle(writer, HOG_VERDICT_RUNNING,
                  SAY(writer, "Running: %s runs%s; %" PRIu32 " more wait%s.",
                      called(writer, counts->first_running), place, counts->known,
                      counts->known == 1 ? "s" : ""));
}

static bool say_idle(struct writer *writer, const struct counts *counts)
{
    const char *rest = counts->first_waiting == HOG_WAIT_NONE
                           ? NULL
                           : SAY(writer, "%s %s", called(writer, counts->first_waiting),
                                 doing(writer, counts->first_waiting));
    uint32_t others = counts->known - counts->work;

    if (counts->work && !others)
        return settle(writer, HOG_VERDICT_IDLE,
                      SAY(writer, "Idle: %" PRIu32 " worker%s for work.", counts->work,
                          counts->work == 1 ? " waits" : "s wait"));
    if (counts->work)
        return settle(writer, HOG_VERDICT_IDLE,
                      SAY(writer, "Idle: %" PRIu32 " worker%s for work, %s%s.", counts->work,
                          counts->work == 1 ? " waits" : "s wait", rest ? rest : "?",
                          others > 1 ? ", and others too" : ""));
    return settle(writer, HOG_VERDICT_IDLE,
                  others == 1
                      ? SAY(writer, "Idle: %s.", rest ? rest : "?")
                      : SAY(writer, "Idle: %" PRIu32 " threads wait; %s.", others, rest ? rest : "?"));
}

bool verdict_find(struct hog_waits *waits, const struct hog_snapshot *snapshot)
{
    struct writer writer = {.waits = waits, .snapshot = snapshot, .arena = &waits->arena};
    const struct hog_wait_node *wanted;
    struct counts counts;
    bool found;

    if (!find_deadlock(&writer, false, &found))
        return false;
    if (found)
        return true;
    if (!find_deadlock(&writer, true, &found))
        return false;
    if (found)
        return true;
    wanted = most_wanted(&writer);
    counts = count_threads(&writer);
    if (counts.running && (!wanted || wanted->kind != HOG_WAIT_GIL))
        return say_running(&writer, &counts);
    if (wanted)
        return say_waiting(&writer, wanted);
    if (counts.unknown || !counts.known)
        return settle(&writer, HOG_VERDICT_UNKNOWN,
                      SAY(&writer,
                          "Not known: what %" PRIu32 " of %" PRIu32
                          " threads wait for could not be determined.",
                          counts.unknown, counts.python));
    return say_idle(&writer, &counts);
}
