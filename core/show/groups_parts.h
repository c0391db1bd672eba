/* What groups.c collects, for groups_text.c and groups_json.c. */
#ifndef HOG_SHOW_GROUPS_PARTS_H
#define HOG_SHOW_GROUPS_PARTS_H

#include "show/groups.h"

struct kept_process {
    struct group_process about; /* its texts are the arena's */
    uint32_t round;             /* how often it was met, from 1 on */
    uint32_t threads;           /* in its last round */
    uint32_t stood;             /* of those, where they had stood the round before */
    bool is_odd;                /* some stack is that of few processes, made by groups_order */
};

/* One thread of one round. */
struct kept_thread {
    uint32_t process, round;
    uint32_t group;
    int64_t lwp;
    const char *name;
};

struct kept_group {
    const char *state;
    const struct group_frame *frames;
    size_t frame_count;
    size_t first_thread; /* of `order` */
    size_t thread_count;
    size_t process_count;
};

struct groups {
    struct hog_arena arena;
    struct kept_process *processes;
    struct kept_thread *threads;
    struct kept_group *groups;
    size_t process_count, process_room;
    size_t thread_count, thread_room;
    size_t group_count, group_room;
    struct group_slot *by_key;   /* "state\0name\0file\0line…" to a group */
    struct group_slot *by_place; /* host and pid to a process */
    /* Made by groups_order. */
    uint32_t *order;  /* threads of last rounds, group by group, in each by process */
    uint32_t *sorted; /* groups, the odd ones out first */
    size_t shown_threads, shown_groups;
    uint32_t most_rounds;
    bool by_rank; /* every process that was dumped has a rank of its own: they stand in that order */
};

/* What a process is called in text: its rank, where all have one, else its place; -1: it has none and others have. */
int64_t groups_number(const struct groups *groups, uint32_t process);

/* Puts groups and threads in order. */
enum hog_status groups_order(struct groups *groups) HOG_CHECKED;

/* "0-2,4": the processes of a group. */
void groups_put_numbers(const struct groups *groups, const struct kept_group *group, struct hog_text *text);

#endif
