/*
 * Judging the wait-for graph: see graph.h.
 *
 * Who is stuck is the greatest fixed point: everyone who waits without a limit
 * is taken to be stuck, then those are let go, again and again, for whom a
 * holder is free. It is done twice, with the proven edges alone and with the
 * likely ones too. Cycles are the strongly connected parts of what remains
 * (Tarjan's algorithm, without recursion: a chain of threads may be long).
 */
#include "wait/graph.h"

#include <string.h>

static const struct {
    const char *key, *words;
} kinds[HOG_WAIT_KIND_COUNT] = {
#define WAIT_KIND(id, key, words) {key, words},
#include "wait/kinds.def"
#undef WAIT_KIND
};

static const struct {
    const char *key, *words;
} grades[] = {
    [HOG_WAIT_NOT_APPLICABLE] = {"not_applicable", ""},
    [HOG_WAIT_HELD] = {"held", "held by"},
    [HOG_WAIT_LIKELY] = {"likely", "likely held by"},
    [HOG_WAIT_NOT_RECORDED] = {"not_recorded", "owner not recorded"},
    [HOG_WAIT_NOBODY_ALIVE] = {"nobody_alive", "held by nobody alive"},
};

const char *hog_wait_kind_key(enum hog_wait_kind kind)
{
    return kinds[kind].key;
}

const char *hog_wait_kind_words(enum hog_wait_kind kind)
{
    return kinds[kind].words;
}

const char *hog_wait_grade_key(enum hog_wait_grade grade)
{
    return grades[grade].key;
}

const char *hog_wait_grade_words(enum hog_wait_grade grade)
{
    return grades[grade].words;
}

static const struct hog_wait_node *node_of(const struct hog_wait_graph *graph, uint32_t thread)
{
    uint32_t node = graph->threads[thread].node;

    return node < graph->node_count ? &graph->nodes[node] : NULL;
}

/* Can this wait be part of a deadlock, if its holders are? */
static bool can_be_stuck(const struct hog_wait_graph *graph, uint32_t thread, bool with_likely)
{
    const struct hog_wait_thread *waiter = &graph->threads[thread];
    const struct hog_wait_node *node = node_of(graph, thread);

    if (!node || waiter->has_limit || (waiter->limit_unknown && !with_likely))
        return false;
    switch (node->grade) {
    case HOG_WAIT_HELD:
        return node->holder_count > 0;
    case HOG_WAIT_LIKELY:
        return with_likely && node->holder_count > 0;
    case HOG_WAIT_NOBODY_ALIVE:
        return with_likely || !node->inferred;
    case HOG_WAIT_NOT_RECORDED:
        return with_likely && node->nobody_else;
    case HOG_WAIT_NOT_APPLICABLE:
        break;
    }
    return false;
}

static bool has_free_holder(const struct hog_wait_graph *graph, const struct hog_wait_node *node,
                            const bool *stuck)
{
    for (uint32_t i = 0; i < node->holder_count; i++)
        if (node->holders[i] >= graph->thread_count || !stuck[node->holders[i]])
            return true;
    return false;
}

/*
 * Each round lets at least one go, or is the last. Chains that are let go from
 * their far end take a round a link, so a round walks in the direction in which
 * the one before it found most.
 */
static void find_stuck(const struct hog_wait_graph *graph, bool with_likely, bool *stuck)
{
    bool changed = true;

    for (uint32_t i = 0; i < graph->thread_count; i++)
        stuck[i] = can_be_stuck(graph, i, with_likely);
    for (bool backwards = false; changed; backwards = !backwards) {
        changed = false;
        for (uint32_t k = 0; k < graph->thread_count; k++) {
            uint32_t i = backwards ? graph->thread_count - 1 - k : k;

            if (!stuck[i] || !has_free_holder(graph, node_of(graph, i), stuck))
                continue;
            stuck[i] = false;
            changed = true;
        }
    }
}

/*
 * Cycles.
 */

struct search {
    struct hog_wait_graph *graph;
    const bool *stuck;
    uint32_t *index, *low; /* index 0: not met yet */
    uint32_t *next;        /* which holder to look at next */
    uint32_t *path, path_length;
    uint32_t *open, open_count;
    bool *is_open;
    uint32_t met;
    struct hog_wait_cycle *cycles;
    uint32_t cycle_count;
    struct hog_arena *arena;
    bool no_memory;
};

/* The threads that `thread` waits for, one after the other. HOG_WAIT_NONE: no more. */
static uint32_t next_holder(struct search *search, uint32_t thread)
{
    const struct hog_wait_node *node = node_of(search->graph, thread);

    while (node && search->next[thread] < node->holder_count) {
        uint32_t holder = node->holders[search->next[thread]++];

        if (holder < search->graph->thread_count && search->stuck[holder])
            return holder;
    }
    return HOG_WAIT_NONE;
}

static bool waits_for_itself(const struct search *search, uint32_t thread)
{
    const struct hog_wait_node *node = node_of(search->graph, thread);

    for (uint32_t i = 0; node && i < node->holder_count; i++)
        if (node->holders[i] == thread)
            return true;
    return false;
}

/* In the order in which they wait for one another, as far as each waits for one alone; the lowest first. */
static void order_members(const struct search *search, uint32_t *members, uint32_t count)
{
    uint32_t lowest = 0;

    for (uint32_t i = 1; i < count; i++)
        if (members[i] < members[lowest])
            lowest = i;
    for (uint32_t placed = 0; placed < count; placed++) {
        uint32_t kept = members[placed], wanted = placed ? HOG_WAIT_NONE : lowest;
        const struct hog_wait_node *node = placed ? node_of(search->graph, members[placed - 1]) : NULL;

        for (uint32_t h = 0; node && wanted == HOG_WAIT_NONE && h < node->holder_count; h++)
            for (uint32_t i = placed; i < count && wanted == HOG_WAIT_NONE; i++)
                if (members[i] == node->holders[h])
                    wanted = i;
        if (wanted == HOG_WAIT_NONE)
            continue;
        members[placed] = members[wanted];
        members[wanted] = kept;
    }
}

static void keep_cycle(struct search *search, const uint32_t *members, uint32_t count)
{
    uint32_t *threads = hog_arena_array(search->arena, count, sizeof *threads);

    if (!threads) {
        search->no_memory = true;
        return;
    }
    memcpy(threads, members, count * sizeof *threads);
    order_members(search, threads, count);
    for (uint32_t i = 0; i < count; i++)
        search->graph->threads[threads[i]].in_cycle = true;
    search->cycles[search->cycle_count++] = (struct hog_wait_cycle){.threads = threads, .count = count};
}

static void meet(struct search *search, uint32_t thread)
{
    search->index[thread] = search->low[thread] = ++search->met;
    search->path[search->path_length++] = thread;
    search->open[search->open_count++] = thread;
    search->is_open[thread] = true;
}

/* All that can be reached from `thread` has been looked at. */
static void leave(struct search *search, uint32_t thread)
{
    uint32_t first = search->open_count;

    search->path_length--;
    if (search->path_length) {
        uint32_t before = search->path[search->path_length - 1];

        if (search->low[thread] < search->low[before])
            search->low[before] = search->low[thread];
    }
    if (search->low[thread] != search->index[thread])
        return;
    do
        search->is_open[search->open[--first]] = false;
    while (search->open[first] != thread);
    if (search->open_count - first > 1 || waits_for_itself(search, thread))
        keep_cycle(search, search->open + first, search->open_count - first);
    search->open_count = first;
}

static void search_from(struct search *search, uint32_t start)
{
    meet(search, start);
    while (search->path_length) {
        uint32_t thread = search->path[search->path_length - 1];
        uint32_t holder = next_holder(search, thread);

        if (holder == HOG_WAIT_NONE)
            leave(search, thread);
        else if (!search->index[holder])
            meet(search, holder);
        else if (search->is_open[holder] && search->index[holder] < search->low[thread])
            search->low[thread] = search->index[holder];
    }
}

static bool find_cycles(struct hog_wait_graph *graph, const bool *stuck, struct hog_arena *arena)
{
    size_t count = graph->thread_count;
    struct search search = {
        .graph = graph,
        .stuck = stuck,
        .index = hog_arena_array(arena, count, sizeof *search.index),
        .low = hog_arena_array(arena, count, sizeof *search.low),
        .next = hog_arena_array(arena, count, sizeof *search.next),
        .path = hog_arena_array(arena, count, sizeof *search.path),
        .open = hog_arena_array(arena, count, sizeof *search.open),
        .is_open = hog_arena_array(arena, count, sizeof *search.is_open),
        .cycles = hog_arena_array(arena, count, sizeof *search.cycles),
        .arena = arena,
    };

    if (!search.index || !search.low || !search.next || !search.path || !search.open || !search.is_open ||
        !search.cycles)
        return false;
    for (uint32_t i = 0; i < graph->thread_count; i++)
        if (stuck[i] && !search.index[i])
            search_from(&search, i);
    graph->cycles = search.cycles;
    graph->cycle_count = search.cycle_count;
    for (uint32_t i = 0; i < search.cycle_count; i++)
        for (uint32_t k = 0; k < search.cycles[i].count; k++)
            if (graph->threads[search.cycles[i].threads[k]].state != HOG_WAIT_STUCK)
                search.cycles[i].likely = true;
    return !search.no_memory;
}

static bool collect_waiters(struct hog_wait_graph *graph, struct hog_arena *arena)
{
    uint32_t *all = hog_arena_array(arena, graph->thread_count, sizeof *all);
    uint32_t *begin = all;

    if (!all)
        return false;
    for (uint32_t i = 0; i < graph->node_count; i++)
        graph->nodes[i].waiter_count = 0;
    for (uint32_t i = 0; i < graph->thread_count; i++)
        if (node_of(graph, i))
            graph->nodes[graph->threads[i].node].waiter_count++;
    for (uint32_t i = 0; i < graph->node_count; i++) {
        graph->nodes[i].waiters = begin;
        begin += graph->nodes[i].waiter_count;
        graph->nodes[i].waiter_count = 0;
    }
    for (uint32_t i = 0; i < graph->thread_count; i++) {
        struct hog_wait_node *node =
            graph->threads[i].node < graph->node_count ? &graph->nodes[graph->threads[i].node] : NULL;

        if (node)
            all[(size_t)(node->waiters - all) + node->waiter_count++] = i;
    }
    return true;
}

bool hog_wait_graph_judge(struct hog_wait_graph *graph, struct hog_arena *arena)
{
    bool *proven = hog_arena_array(arena, graph->thread_count, sizeof *proven);
    bool *likely = hog_arena_array(arena, graph->thread_count, sizeof *likely);

    graph->cycles = NULL;
    graph->cycle_count = 0;
    if (!graph->thread_count)
        return true;
    if (!proven || !likely)
        return false;
    find_stuck(graph, false, proven);
    find_stuck(graph, true, likely);
    for (uint32_t i = 0; i < graph->thread_count; i++) {
        graph->threads[i].in_cycle = false;
        graph->threads[i].state = proven[i]   ? HOG_WAIT_STUCK
                                  : likely[i] ? HOG_WAIT_LIKELY_STUCK
                                              : HOG_WAIT_FREE;
    }
    return collect_waiters(graph, arena) && find_cycles(graph, likely, arena);
}
