/* Tasks of asyncio in a sample; see awaited.h. */
#include "base/clock.h"
#include "base/grow.h"
#include "sample/sampler_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    READS = 256,          /* of pages that no earlier sample has asked for, in one sample */
    LABELS = 1000,        /* names of tasks that are told apart */
    LABEL_TEXT = 256,     /* bytes */
    DICT_CACHE = 4 << 20, /* bytes */
    DICT_TRIES = 3,       /* the process may run meanwhile, and have what is read in pieces */
};

#define ASK_SECONDS 0.5

/*
 * The page view as a source of memory.
 */

static size_t read_span(struct awaited *awaited, uint64_t address, unsigned char *buffer, size_t length)
{
    size_t got = 0;

    while (got < length && awaited->view->calls < awaited->calls_at_most) {
        size_t part = length - got < VIEW_STRADDLE ? length - got : VIEW_STRADDLE;
        const unsigned char *bytes = page_view_at(awaited->view, address + got, part);

        if (!bytes)
            break;
        memcpy(buffer + got, bytes, part);
        got += part;
    }
    return got;
}

static void read_view(struct hog_memory *memory, struct hog_span *spans, size_t count)
{
    struct awaited *awaited = (struct awaited *)memory;

    for (size_t i = 0; i < count; i++)
        spans[i].got = read_span(awaited, spans[i].address, spans[i].buffer, spans[i].length);
}

enum hog_status awaited_init(struct hog_sampler *sampler)
{
    static const struct hog_memory_ops ops = {.read = read_view};
    struct awaited *awaited = &sampler->awaited;
    enum hog_status status;

    if (!sampler->options.tasks)
        return HOG_OK;
    awaited->memory = (struct hog_memory){.ops = &ops, .source = "sample"};
    awaited->view = &sampler->view;
    status = walk_init(&awaited->walk);
    if (status != HOG_OK)
        return status;
    awaited->entries = calloc(HOG_AWAITING_FRAMES, sizeof *awaited->entries);
    awaited->lines = calloc(HOG_AWAITING_FRAMES, sizeof *awaited->lines);
    awaited->reader = hog_awaiting_create(sampler->process, sampler->location, &awaited->memory);
    return awaited->entries && awaited->lines && awaited->reader ? HOG_OK : HOG_NO_MEMORY;
}

void awaited_deinit(struct awaited *awaited)
{
    struct task_label *label, *next;

    HASH_ITER(hh, awaited->labels, label, next)
    {
        HASH_DEL(awaited->labels, label);
        free(label->name);
        free(label);
    }
    hog_awaiting_destroy(awaited->reader);
    walk_deinit(&awaited->walk);
    free(awaited->entries);
    free(awaited->lines);
    free(awaited->stack_entries);
    free(awaited->stack_lines);
    *awaited = (struct awaited){0};
}

static uint64_t dict_of(const struct awaited *awaited, uint64_t interpreter)
{
    for (uint32_t i = 0; i < awaited->dict_count; i++)
        if (awaited->dicts[i].interpreter == interpreter)
            return awaited->dicts[i].dict;
    return 0;
}

/* False: it is known already, or there is no room for one more. */
static bool is_new(const struct awaited *awaited, uint64_t interpreter)
{
    for (uint32_t i = 0; i < awaited->dict_count; i++)
        if (awaited->dicts[i].interpreter == interpreter)
            return false;
    return awaited->dict_count < HOG_AWAITING_INTERPRETERS;
}

static uint64_t find_dict(struct hog_sampler *sampler, struct hog_memory *cache, uint64_t interpreter)
{
    uint64_t dict = 0;

    for (int i = 0; i < DICT_TRIES && !dict; i++) {
        placement_poll(sampler->placement);
        hog_memory_cache_forget(cache);
        dict = hog_awaiting_dict(sampler->process, sampler->location, cache, interpreter);
    }
    return dict;
}

void awaited_refresh(struct hog_sampler *sampler)
{
    struct awaited *awaited = &sampler->awaited;
    double now = hog_clock_monotonic();
    struct hog_memory *cache = NULL;

    if (!awaited->reader || now - awaited->asked_at < ASK_SECONDS)
        return;
    if (awaited->was_read && !awaited->has_shown)
        awaited_forget(sampler);
    for (uint32_t i = 0; i < sampler->roster.count; i++)
        if (is_new(awaited, sampler->roster.threads[i]->interpreter))
            awaited->dicts[awaited->dict_count++].interpreter = sampler->roster.threads[i]->interpreter;
    /* each interpreter once, however many threads it has */
    for (uint32_t i = 0; i < awaited->dict_count; i++) {
        if (awaited->dicts[i].dict && (awaited->has_shown || !awaited->was_read))
            continue;
        cache = cache ? cache : hog_memory_cached(sampler->memory, DICT_CACHE);
        if (cache)
            awaited->dicts[i].dict = find_dict(sampler, cache, awaited->dicts[i].interpreter);
    }
    hog_memory_destroy(cache);
    awaited->was_read = awaited->has_shown = false;
    awaited->asked_at = now;
}

/*
 * Within a sample.
 */

static bool has_frame(void *context, uint64_t frame)
{
    const struct walk *walk = context;

    for (uint32_t i = 0; i < walk->count; i++)
        if (walk->frames[i].address == frame)
            return true;
    return false;
}

/* The tasks up to the first whose frames cannot all be read. */
static void take_frames(struct hog_sampler *sampler)
{
    struct awaited *awaited = &sampler->awaited;
    struct hog_awaiting *chain = &awaited->chain;

    for (uint32_t task = 0; task < chain->task_count; task++) {
        uint32_t before = awaited->walk.count, first = chain->tasks[task].first;

        for (uint32_t i = 0; i < chain->tasks[task].count; i++) {
            if (walk_add(&awaited->walk, &sampler->plan, &sampler->view, chain->frames[first + i]))
                continue;
            awaited->walk.count = before;
            chain->task_count = task;
            chain->is_cut = true;
            return;
        }
    }
}

bool awaited_read(struct hog_sampler *sampler, const struct sampled_thread *thread)
{
    struct awaited *awaited = &sampler->awaited;
    const struct hog_awaiting_thread where = {.tstate = thread->tstate,
                                              .dict = dict_of(awaited, thread->interpreter),
                                              .has_frame = has_frame,
                                              .context = &sampler->walk};

    awaited->chain.task_count = awaited->walk.count = 0;
    if (!awaited->reader)
        return true;
    awaited->calls_at_most = sampler->view.calls + READS;
    hog_awaiting_read(awaited->reader, &where, &awaited->chain);
    awaited->was_read = true;
    awaited->has_shown = awaited->has_shown || awaited->chain.task_count;
    take_frames(sampler);
    awaited->read_frames = awaited->walk.count;
    /* What could not be read for want of room or budget is no fact about a class. */
    if (sampler->view.full || sampler->view.calls >= awaited->calls_at_most)
        awaited_forget(sampler);
    return !awaited->walk.count ||
           codes_match(&sampler->codes, sampler->memory, &awaited->walk, awaited->entries);
}

void awaited_forget(struct hog_sampler *sampler)
{
    if (sampler->awaited.reader)
        hog_awaiting_forget(sampler->awaited.reader);
}

/*
 * After it.
 */

/* What stands for a task that has no name of its own, or one too many. */
static uint32_t label_number(struct hog_sampler *sampler, const char *words)
{
    const struct hog_function function = {.name = words, .is_synthetic = true};
    enum hog_status status;
    uint32_t number;

    pthread_mutex_lock(&sampler->lock);
    status = hog_profile_builder_function(sampler->builder, &function, &number);
    pthread_mutex_unlock(&sampler->lock);
    return status == HOG_OK && number < PENDING_NATIVE ? number : HOG_NO_FUNCTION;
}

static uint32_t label(struct hog_sampler *sampler, const char *name)
{
    struct awaited *awaited = &sampler->awaited;
    struct task_label *known;
    char words[LABEL_TEXT];

    HASH_FIND_STR(awaited->labels, name, known);
    if (known)
        return known->function;
    snprintf(words, sizeof words, *name ? "<task %s>" : "<task%s>", name);
    known = awaited->label_count < LABELS ? calloc(1, sizeof *known) : NULL;
    if (!known)
        return *name ? label(sampler, "") : label_number(sampler, words);
    known->name = strdup(name);
    known->function = label_number(sampler, words);
    if (!known->name || known->function == HOG_NO_FUNCTION) {
        free(known->name);
        free(known);
        return HOG_NO_FUNCTION;
    }
    HASH_ADD_KEYPTR(hh, awaited->labels, known->name, strlen(known->name), known);
    awaited->label_count++;
    return known->function;
}

static bool make_room(struct awaited *awaited, uint32_t wanted)
{
    uint32_t entries = awaited->stack_capacity, lines = awaited->stack_capacity;

    if (!HOG_GROW(awaited->stack_entries, entries, wanted) || !HOG_GROW(awaited->stack_lines, lines, wanted))
        return false;
    awaited->stack_capacity = entries;
    return true;
}

/* How many frames of the stack, those of C too, are the task's own. */
static uint32_t own_frames(const struct hog_sampler *sampler, const struct sampled_stack *stack)
{
    const struct walk *walk = &sampler->walk;
    uint32_t python = 0, at = 0;

    while (python < walk->count && walk->frames[python].address != sampler->awaited.chain.frame)
        python++;
    for (uint32_t met = 0; at < stack->depth; at++)
        if (!(stack->entries[at] & PENDING_NATIVE) && met++ == python)
            return at + 1;
    return 0;
}

static void copy(struct awaited *awaited, uint32_t *at, const uint32_t *entries, const int32_t *lines,
                 uint32_t count)
{
    memcpy(awaited->stack_entries + *at, entries, count * sizeof *entries);
    memcpy(awaited->stack_lines + *at, lines, count * sizeof *lines);
    *at += count;
}

bool awaited_add(struct hog_sampler *sampler, struct sampled_stack *stack)
{
    struct awaited *awaited = &sampler->awaited;
    struct hog_awaiting *chain = &awaited->chain;
    uint32_t own = chain->task_count ? own_frames(sampler, stack) : 0, at = 0;
    const int32_t no_line = 0;

    if (!own)
        return true;
    /* A task that awaits has begun: these are the frames of none. */
    if (awaited->walk.count != awaited->read_frames) {
        chain->task_count = 1;
        chain->is_cut = true;
    }
    if (!make_room(awaited, stack->depth + awaited->walk.count + chain->task_count))
        return false;
    copy(awaited, &at, stack->entries, stack->lines, own);
    for (uint32_t i = 0; i < chain->task_count; i++) {
        uint32_t mark = label(sampler, chain->tasks[i].name ? chain->tasks[i].name : "");

        if (mark == HOG_NO_FUNCTION)
            return false;
        mark |= PENDING_NATIVE;
        copy(awaited, &at, awaited->entries + chain->tasks[i].first, awaited->lines + chain->tasks[i].first,
             chain->tasks[i].count);
        copy(awaited, &at, &mark, &no_line, 1);
    }
    copy(awaited, &at, stack->entries + own, stack->lines + own, stack->depth - own);
    *stack = (struct sampled_stack){awaited->stack_entries, awaited->stack_lines, at};
    sampler->now.of_tasks++;
    sampler->now.tasks_cut += chain->is_cut;
    return true;
}
