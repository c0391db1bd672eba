/*
 * Tasks of asyncio in a sample: whose task the thread runs, and which tasks await it.
 *
 *     stack of the thread                         stack of the sample
 *
 *     digest                                      digest
 *     fetch        the task's coroutine           fetch
 *                                                 <task fetcher>
 *                                                 page              frames of the task that awaits it
 *                                                 <task page 7>
 *     _run_once                                   _run_once
 *     main                                        main
 *
 * It is read in the same moment as the stack, through the same pages (page_view.h), and proved with it. What that takes
 * has a bound: so many pages that are not there yet, so many tasks and frames.
 */
#ifndef HOG_SAMPLE_AWAITED_H
#define HOG_SAMPLE_AWAITED_H

#include "sample/codes.h"
#include "sample/roster.h"
#include "tasks/awaiting.h"

#include <uthash.h>

struct hog_sampler;
struct sampled_stack;

/* A frame that stands for a task of this name. */
struct task_label {
    char *name;
    uint32_t function; /* in the profile */
    UT_hash_handle hh;
};

struct awaited {
    struct hog_memory memory;           /* what the page view has, and what it gets within the budget */
    struct page_view *view;             /* of it */
    uint64_t calls_at_most;             /* of the view, from when on nothing more is read */
    struct hog_awaiting_reader *reader; /* NULL: tasks are not wanted */
    struct hog_awaiting chain;          /* of the last sample */
    struct walk walk;                   /* the frames of those that await */
    uint32_t read_frames;               /* of the walk, before any was taken out of it */
    uint32_t *entries;                  /* of these frames */
    int32_t *lines;
    struct {
        uint64_t interpreter, dict; /* dict 0: not there yet */
    } dicts[HOG_AWAITING_INTERPRETERS];
    uint32_t dict_count;
    double asked_at; /* for those that are not there */
    /* Since then: who runs was looked for, and was found. What was learnt while the process ran may be wrong. */
    bool was_read, has_shown;
    struct task_label *labels;
    uint32_t label_count;
    uint32_t *stack_entries; /* of the whole stack */
    int32_t *stack_lines;
    uint32_t stack_capacity;
};

/* Only where options.tasks is set; else all of the others do nothing. */
enum hog_status awaited_init(struct hog_sampler *sampler) HOG_CHECKED;
void awaited_deinit(struct awaited *awaited);
/* Between ticks: where asyncio notes which task runs. */
void awaited_refresh(struct hog_sampler *sampler);

/* Within a sample, after the walk. False: one of its code objects could not be told, as codes_match says. */
bool awaited_read(struct hog_sampler *sampler, const struct sampled_thread *thread);
/* The moment proved to be none. */
void awaited_forget(struct hog_sampler *sampler);
/* After it: the stack with the tasks in it. `*stack` stays as it is where the thread runs no task. False: no room. */
bool awaited_add(struct hog_sampler *sampler, struct sampled_stack *stack);

#endif
