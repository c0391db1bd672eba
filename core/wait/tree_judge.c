/*
 * Which processes are stuck: the greatest fixed point, as in graph.c, over processes instead of threads; once with the
 * waits that are certain, once with all.
 */
#include "wait/tree_parts.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/wait.h>

enum { NAMED = 6 };

/* A poll that ends by itself after a time: milliseconds, or a pointer to a time. */
static bool has_limit(const struct tree_call *call)
{
    if (strcmp(call->name, "poll") == 0)
        return (int32_t)call->arguments[2] >= 0;
    if (strcmp(call->name, "ppoll") == 0)
        return call->arguments[2] != 0;
    return strncmp(call->name, "epoll", strlen("epoll")) == 0 && (int32_t)call->arguments[3] >= 0;
}

enum tree_form tree_form_of(struct tree_call *call)
{
    static const struct {
        const char *name;
        enum tree_form form;
        bool writes;
    } forms[] = {
        {"futex", TREE_FUTEX, false},        {"read", TREE_DESCRIPTOR, false},
        {"readv", TREE_DESCRIPTOR, false},   {"recvfrom", TREE_DESCRIPTOR, false},
        {"recvmsg", TREE_DESCRIPTOR, false}, {"write", TREE_DESCRIPTOR, true},
        {"writev", TREE_DESCRIPTOR, true},   {"sendto", TREE_DESCRIPTOR, true},
        {"sendmsg", TREE_DESCRIPTOR, true},  {"wait4", TREE_CHILD, false},
        {"waitid", TREE_CHILD, false},       {"flock", TREE_LOCK, false},
        {"fcntl", TREE_LOCK, false},         {"poll", TREE_POLL, false},
        {"ppoll", TREE_POLL, false},         {"epoll_wait", TREE_EPOLL, false},
        {"epoll_pwait", TREE_EPOLL, false},
    };

    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (strcmp(call->name, forms[i].name) != 0)
            continue;
        call->writes = forms[i].writes;
        if ((strcmp(call->name, "wait4") == 0 && (call->arguments[2] & WNOHANG)) ||
            (strcmp(call->name, "waitid") == 0 && (call->arguments[3] & WNOHANG)) ||
            (strcmp(call->name, "fcntl") == 0 && call->arguments[1] != F_SETLKW) || has_limit(call))
            return TREE_OTHER;
        return forms[i].form;
    }
    return TREE_OTHER;
}

/* Can the process be part of a deadlock, if those that it waits for are? */
static bool can_be_stuck(const struct hog_tree_process *process, bool with_likely)
{
    bool waits_outside = false;

    if (!process->readable)
        return false;
    for (uint32_t i = 0; i < process->wait_count; i++) {
        const struct hog_tree_wait *wait = &process->waits[i];

        if (wait->passive)
            continue;
        if ((!wait->end_count && !wait->dead) || (!wait->certain && !with_likely))
            return false;
        waits_outside = true;
    }
    return waits_outside;
}

static bool has_free_end(const struct hog_tree_process *process, const bool *stuck)
{
    for (uint32_t i = 0; i < process->wait_count; i++)
        for (uint32_t k = 0; k < process->waits[i].end_count; k++)
            if (!stuck[process->waits[i].ends[k]])
                return true;
    return false;
}

static void find_stuck(const struct hog_tree *tree, bool with_likely, bool stuck[MAX_TREE])
{
    bool changed = true;

    for (uint32_t i = 0; i < tree->process_count; i++)
        stuck[i] = (with_likely || tree->whole) && can_be_stuck(&tree->processes[i], with_likely);
    while (changed) {
        changed = false;
        for (uint32_t i = 0; i < tree->process_count; i++)
            if (stuck[i] && has_free_end(&tree->processes[i], stuck)) {
                stuck[i] = false;
                changed = true;
            }
    }
}

/* The first process at the end of a wait of this one; of those at one end another one than itself, where there is one. */
static uint32_t next_of(const struct hog_tree *tree, uint32_t number)
{
    const struct hog_tree_process *process = &tree->processes[number];
    uint32_t itself = TREE_NONE;

    for (uint32_t i = 0; i < process->wait_count; i++)
        for (uint32_t k = 0; k < process->waits[i].end_count; k++) {
            if (process->waits[i].ends[k] != number)
                return process->waits[i].ends[k];
            itself = number;
        }
    return itself;
}

static bool find_cycle(struct hog_tree *tree, uint32_t start)
{
    uint32_t path[MAX_TREE], length = 0, at = start, *cycle;
    bool met[MAX_TREE] = {false};

    while (at != TREE_NONE && !met[at]) {
        met[at] = true;
        path[length++] = at;
        at = next_of(tree, at);
    }
    for (uint32_t i = 0; i < length; i++) {
        if (path[i] != at)
            continue;
        cycle = hog_arena_array(&tree->arena, length - i, sizeof *cycle);
        if (!cycle)
            return false;
        memcpy(cycle, path + i, (length - i) * sizeof *cycle);
        tree->cycle = cycle;
        tree->cycle_count = length - i;
        return true;
    }
    return true;
}

static const char *called(struct hog_tree *tree, uint32_t number)
{
    const struct hog_tree_process *process = &tree->processes[number];

    return process->name ? hog_arena_printf(&tree->arena, "%" PRId64 " (%s)", process->pid, process->name)
                         : hog_arena_printf(&tree->arena, "%" PRId64, process->pid);
}

static const char *cycle_words(struct hog_tree *tree)
{
    bool likely = false;
    const char *words = "";

    for (uint32_t i = 0; words && i < tree->cycle_count; i++) {
        likely |= tree->processes[tree->cycle[i]].state != HOG_TREE_STUCK;
        if (i < NAMED)
            words = hog_arena_printf(&tree->arena, "%s%s → ", words, called(tree, tree->cycle[i]));
        else if (i == NAMED)
            words = hog_arena_printf(&tree->arena, "%s… → ", words);
    }
    if (!words)
        return NULL;
    return hog_arena_printf(&tree->arena, "%s: %s%s.",
                            likely ? "Likely deadlock between processes" : "Deadlock between processes",
                            words, called(tree, tree->cycle[0]));
}

/* Of a process that waits for what nobody alive could give; else that there is no deadlock. */
static const char *dead_words(struct hog_tree *tree)
{
    for (uint32_t i = 0; i < tree->process_count; i++)
        for (uint32_t k = 0; k < tree->processes[i].wait_count; k++)
            if (tree->processes[i].state != HOG_TREE_FREE && tree->processes[i].waits[k].dead)
                return SAY(tree, "%s: %s waits for a lock that nobody alive holds.",
                           tree->processes[i].state == HOG_TREE_STUCK ? "Deadlock between processes"
                                                                      : "Likely deadlock between processes",
                           called(tree, i));
    return "No deadlock between processes is seen.";
}

bool tree_judge(struct hog_tree *tree)
{
    bool proven[MAX_TREE] = {false}, likely[MAX_TREE] = {false};

    find_stuck(tree, false, proven);
    find_stuck(tree, true, likely);
    for (uint32_t i = 0; i < tree->process_count; i++)
        tree->processes[i].state = proven[i]   ? HOG_TREE_STUCK
                                   : likely[i] ? HOG_TREE_LIKELY_STUCK
                                               : HOG_TREE_FREE;
    for (uint32_t i = 0; i < tree->process_count && !tree->cycle; i++)
        if (likely[i] && !find_cycle(tree, i))
            return false;
    tree->text = tree->cycle ? cycle_words(tree) : dead_words(tree);
    return tree->text != NULL;
}
