/* Groups in their order: the odd ones out first; and which threads stood still between two rounds. */
#include "show/groups_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { ODD_PROCESSES = 4, ODD_MOST = 32 };

struct sorting {
    uint32_t thread;
    const struct groups *groups;
};

static bool is_last_round(const struct groups *groups, const struct kept_thread *thread)
{
    return thread->round == groups->processes[thread->process].round;
}

/* By group, in it by process, in that as they came. */
static int by_group(const void *one, const void *other)
{
    const struct sorting *left = one, *right = other;
    const struct kept_thread *a = &left->groups->threads[left->thread];
    const struct kept_thread *b = &right->groups->threads[right->thread];

    if (a->group != b->group)
        return a->group < b->group ? -1 : 1;
    if (a->process != b->process)
        return a->process < b->process ? -1 : 1;
    return (left->thread > right->thread) - (left->thread < right->thread);
}

/* Few processes first, then few threads; deep stacks before shallow ones, else as they came. */
static int by_oddness(const void *one, const void *other)
{
    const struct sorting *left = one, *right = other;
    const struct kept_group *a = &left->groups->groups[left->thread];
    const struct kept_group *b = &right->groups->groups[right->thread];

    if (a->process_count != b->process_count)
        return a->process_count < b->process_count ? -1 : 1;
    if (a->thread_count != b->thread_count)
        return a->thread_count < b->thread_count ? -1 : 1;
    return (left->thread > right->thread) - (left->thread < right->thread);
}

static void count_groups(struct groups *groups)
{
    for (size_t i = 0; i < groups->shown_threads; i++) {
        const struct kept_thread *thread = &groups->threads[groups->order[i]];
        struct kept_group *group = &groups->groups[thread->group];

        if (!group->thread_count++)
            group->first_thread = i;
        if (group->thread_count == 1 || groups->threads[groups->order[i - 1]].process != thread->process)
            group->process_count++;
    }
}

/* By process and thread, the rounds in their order: what is compared then stands side by side. */
static int by_thread(const void *one, const void *other)
{
    const struct sorting *left = one, *right = other;
    const struct kept_thread *a = &left->groups->threads[left->thread];
    const struct kept_thread *b = &right->groups->threads[right->thread];

    if (a->process != b->process)
        return a->process < b->process ? -1 : 1;
    if (a->lwp != b->lwp)
        return a->lwp < b->lwp ? -1 : 1;
    return (a->round > b->round) - (a->round < b->round);
}

static void find_standing(struct groups *groups, struct sorting *sorting)
{
    for (size_t i = 0; i < groups->thread_count; i++)
        sorting[i] = (struct sorting){(uint32_t)i, groups};
    qsort(sorting, groups->thread_count, sizeof *sorting, by_thread);
    for (size_t i = 1; i < groups->thread_count; i++) {
        const struct kept_thread *now = &groups->threads[sorting[i].thread];
        const struct kept_thread *before = &groups->threads[sorting[i - 1].thread];

        if (is_last_round(groups, now) && before->process == now->process && before->lwp == now->lwp &&
            before->round + 1 == now->round && before->group == now->group)
            groups->processes[now->process].stood++;
    }
}

static void sort_threads(struct groups *groups, struct sorting *sorting)
{
    groups->shown_threads = 0;
    for (size_t i = 0; i < groups->thread_count; i++)
        if (is_last_round(groups, &groups->threads[i]))
            sorting[groups->shown_threads++] = (struct sorting){(uint32_t)i, groups};
    qsort(sorting, groups->shown_threads, sizeof *sorting, by_group);
    for (size_t i = 0; i < groups->shown_threads; i++)
        groups->order[i] = sorting[i].thread;
}

static void sort_groups(struct groups *groups, struct sorting *sorting)
{
    groups->shown_groups = 0;
    for (size_t i = 0; i < groups->group_count; i++)
        if (groups->groups[i].thread_count)
            sorting[groups->shown_groups++] = (struct sorting){(uint32_t)i, groups};
    qsort(sorting, groups->shown_groups, sizeof *sorting, by_oddness);
    for (size_t i = 0; i < groups->shown_groups; i++)
        groups->sorted[i] = sorting[i].thread;
}

/*
 * Processes by their ranks.
 */

static int by_rank(const void *one, const void *other)
{
    const struct sorting *left = one, *right = other;
    int64_t a = left->groups->processes[left->thread].about.rank;
    int64_t b = right->groups->processes[right->thread].about.rank;

    return (a > b) - (a < b);
}

/* Where every process that was dumped has one of its own; the others come first. `sorting` and `places` have room for
 * all processes. */
static void sort_processes(struct groups *groups, struct sorting *sorting, uint32_t *places,
                           struct kept_process *before)
{
    for (size_t i = 0; i < groups->process_count; i++)
        sorting[i] = (struct sorting){(uint32_t)i, groups};
    qsort(sorting, groups->process_count, sizeof *sorting, by_rank);
    for (size_t i = 0; i < groups->process_count; i++) {
        const struct group_process *about = &groups->processes[sorting[i].thread].about;

        if (!about->error && (about->rank < 0 || (i && by_rank(&sorting[i - 1], &sorting[i]) == 0)))
            return;
    }
    groups->by_rank = groups->process_count > 0;
    if (!groups->by_rank)
        return;
    memcpy(before, groups->processes, groups->process_count * sizeof *before);
    for (size_t i = 0; i < groups->process_count; i++) {
        groups->processes[i] = before[sorting[i].thread];
        places[sorting[i].thread] = (uint32_t)i;
    }
    for (size_t i = 0; i < groups->thread_count; i++)
        groups->threads[i].process = places[groups->threads[i].process];
}

static enum hog_status order_processes(struct groups *groups)
{
    size_t room = groups->process_count + 1;
    struct sorting *sorting = calloc(room, sizeof *sorting);
    uint32_t *places = calloc(room, sizeof *places);
    struct kept_process *before = calloc(room, sizeof *before);
    bool has_room = sorting && places && before;

    groups->by_rank = false;
    if (has_room)
        sort_processes(groups, sorting, places, before);
    free(sorting);
    free(places);
    free(before);
    return has_room ? HOG_OK : HOG_NO_MEMORY;
}

int64_t groups_number(const struct groups *groups, uint32_t process)
{
    return groups->by_rank ? groups->processes[process].about.rank : process;
}

/* Marks the processes of groups that few are in, the oddest first, up to ODD_MOST. */
static void mark_odd(struct groups *groups)
{
    size_t marked = 0;

    for (size_t i = 0; i < groups->process_count; i++)
        groups->processes[i].is_odd = false;
    for (size_t i = 0; i < groups->shown_groups; i++) {
        const struct kept_group *group = &groups->groups[groups->sorted[i]];

        if (group->process_count > ODD_PROCESSES || group->process_count * 2 > groups->process_count)
            break; /* they are sorted by that */
        for (size_t k = 0; k < group->thread_count && marked < ODD_MOST; k++) {
            struct kept_process *process =
                &groups->processes[groups->threads[groups->order[group->first_thread + k]].process];

            marked += !process->is_odd;
            process->is_odd = true;
        }
    }
}

enum hog_status groups_order(struct groups *groups)
{
    struct sorting *sorting = calloc(groups->thread_count + groups->group_count + 1, sizeof *sorting);

    free(groups->order);
    free(groups->sorted);
    groups->order = calloc(groups->thread_count + 1, sizeof *groups->order);
    groups->sorted = calloc(groups->group_count + 1, sizeof *groups->sorted);
    if (!sorting || !groups->order || !groups->sorted || order_processes(groups) != HOG_OK) {
        free(sorting);
        return HOG_NO_MEMORY;
    }
    for (size_t i = 0; i < groups->process_count; i++) {
        groups->processes[i].stood = 0;
        if (groups->processes[i].round > groups->most_rounds)
            groups->most_rounds = groups->processes[i].round;
    }
    for (size_t i = 0; i < groups->group_count; i++)
        groups->groups[i].thread_count = groups->groups[i].process_count = 0;
    find_standing(groups, sorting);
    sort_threads(groups, sorting);
    count_groups(groups);
    sort_groups(groups, sorting);
    mark_odd(groups);
    free(sorting);
    return HOG_OK;
}

void groups_put_numbers(const struct groups *groups, const struct kept_group *group, struct hog_text *text)
{
    const uint32_t *order = groups->order + group->first_thread;
    bool first = true;

    for (size_t i = 0; i < group->thread_count;) {
        int64_t begin = groups_number(groups, groups->threads[order[i]].process), end = begin, next;

        for (i++; i < group->thread_count; i++) {
            next = groups_number(groups, groups->threads[order[i]].process);
            if (next > end + 1)
                break;
            end = next;
        }
        hog_text_printf(text, "%s%" PRId64, first ? "" : ",", begin);
        if (end > begin)
            hog_text_printf(text, "%s%" PRId64, end > begin + 1 ? "-" : ",", end);
        first = false;
    }
}
