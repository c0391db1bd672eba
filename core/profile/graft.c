/*
 * From one profile into another builder, node by node: a parent comes before
 * its children, so the place of each node's parent is always known.
 */
#include "profile/graft.h"

#include <string.h>

enum mark { MARK_NOT, MARK_LEADS, MARK_PASSES };

struct graft {
    struct hog_profile_builder *builder;
    const struct hog_profile *from;
    const struct hog_projection *projection;
    uint32_t *functions;  /* from's number -> builder's */
    uint32_t *places;     /* from's node -> builder's */
    unsigned char *marks; /* from's node -> enum mark */
    bool *is_under;       /* from's function: is it the one? NULL: all stacks count */
    uint32_t thread;      /* builder's, of the nodes being added */
    uint32_t top;         /* builder's node below which they go; HOG_NO_NODE: they are outermost */
};

static void graft_deinit(struct graft *graft)
{
    free(graft->functions);
    free(graft->places);
    free(graft->marks);
    free(graft->is_under);
}

static bool named(const struct hog_function *function, const char *name)
{
    return strcmp(function->name, name) == 0 || (function->qualname && strcmp(function->qualname, name) == 0);
}

static struct hog_function as_cprofile(const struct hog_function *function)
{
    return (struct hog_function){
        .name = function->name, .filename = function->filename, .first_line = function->first_line};
}

static struct hog_function projected(const struct hog_projection *projection,
                                     const struct hog_function *function)
{
    if (projection->as_files)
        return (struct hog_function){.name = function->filename ? function->filename : "",
                                     .filename = function->filename};
    return projection->as_cprofile ? as_cprofile(function) : *function;
}

static enum hog_status graft_functions(struct graft *graft)
{
    const struct hog_profile *from = graft->from;
    const char *under = graft->projection->under;
    bool found = false;

    if (under) {
        graft->is_under = calloc(from->function_count + (size_t)1, sizeof *graft->is_under);
        if (!graft->is_under)
            return HOG_NO_MEMORY;
    }
    for (uint32_t i = 0; i < from->function_count; i++) {
        struct hog_function function = projected(graft->projection, &from->functions[i]);
        enum hog_status status = names_function(&graft->builder->names, &function, &graft->functions[i]);

        if (status != HOG_OK)
            return status;
        if (hog_watch_due(graft->builder->watch, i))
            return HOG_INTERRUPTED;
        if (under && named(&from->functions[i], under))
            found = graft->is_under[i] = true;
    }
    return under && !found ? HOG_NOT_FOUND : HOG_OK;
}

/* A thread's frame is called by its name; one without a name by its LWP. */
static enum hog_status graft_thread_frame(struct graft *graft, const struct hog_profile_thread *thread)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text name = {0};
    struct hog_function function = {.is_synthetic = true};
    struct hog_profile_frame frame = {0};
    enum hog_status status;

    if (thread->name)
        hog_text_printf(&name, "<thread %s, %lld>", thread->name, (long long)thread->os_thread_id);
    else
        hog_text_printf(&name, "<thread %lld>", (long long)thread->os_thread_id);
    if (name.failed)
        return HOG_NO_MEMORY;
    function.name = name.bytes;
    if (graft->projection->as_cprofile)
        function = as_cprofile(&function);
    status = names_function(&graft->builder->names, &function, &frame.function);
    if (status != HOG_OK)
        return status;
    return hog_profile_builder_add_node(graft->builder, graft->thread, HOG_NO_NODE, frame, 0, &graft->top);
}

static enum hog_status graft_choose_thread(struct graft *graft, const struct hog_profile_thread *thread,
                                           int64_t pid)
{
    struct hog_profile_thread own = *thread;
    enum hog_status status;

    if (graft->projection->threads != HOG_THREADS_APART)
        own = (struct hog_profile_thread){.name = "all threads"};
    else if (!own.pid)
        own.pid = pid;
    graft->top = HOG_NO_NODE;
    status = hog_profile_builder_thread(graft->builder, &own, &graft->thread);
    if (status == HOG_OK && graft->projection->threads == HOG_THREADS_FRAMES && thread->counts.kept)
        status = graft_thread_frame(graft, thread);
    return status;
}

/* Nodes below `under` and itself pass; those above one that passes are wanted too, to lead there. */
static void graft_mark(struct graft *graft)
{
    const struct hog_profile *from = graft->from;

    for (uint32_t i = 0; i < from->node_count; i++) {
        const struct hog_profile_node *node = &from->nodes[i];
        bool below = node->parent != HOG_NO_NODE && graft->marks[node->parent] == MARK_PASSES;

        if (below || !graft->is_under || graft->is_under[node->function])
            graft->marks[i] = MARK_PASSES;
    }
    for (uint32_t i = from->node_count; i-- > 0;) {
        uint32_t parent = from->nodes[i].parent;

        if (graft->marks[i] != MARK_NOT && parent != HOG_NO_NODE && graft->marks[parent] == MARK_NOT)
            graft->marks[parent] = MARK_LEADS;
    }
}

static enum hog_status graft_frame(struct graft *graft, const struct hog_profile_node *node,
                                   struct hog_profile_frame *ret_frame)
{
    struct hog_function line = graft->from->functions[node->function];

    *ret_frame = (struct hog_profile_frame){graft->functions[node->function],
                                            graft->projection->by_line ? node->line : 0};
    if (!graft->projection->as_lines || node->line <= 0)
        return HOG_OK;
    line.first_line = node->line;
    return names_function(&graft->builder->names, &line, &ret_frame->function);
}

/* The parent has its place: it was met before. */
static enum hog_status graft_node(struct graft *graft, uint32_t number, struct hog_profile_counts *counts)
{
    const struct hog_profile_node *node = &graft->from->nodes[number];
    struct hog_profile_frame frame;
    enum hog_status status = graft_frame(graft, node, &frame);
    uint32_t parent = node->parent == HOG_NO_NODE ? graft->top : graft->places[node->parent];
    bool passes = graft->marks[number] == MARK_PASSES;

    if (status != HOG_OK)
        return status;
    if (!passes)
        counts->elsewhere += node->self;
    if (graft->marks[number] == MARK_NOT)
        return HOG_OK;
    return hog_profile_builder_add_node(graft->builder, graft->thread, parent, frame, passes ? node->self : 0,
                                        &graft->places[number]);
}

static bool is_wanted(const struct hog_projection *projection, const struct hog_profile_thread *thread)
{
    const struct hog_profile_thread *only = projection->only;

    return !only || (only->os_thread_id == thread->os_thread_id && only->thread_id == thread->thread_id &&
                     only->pid == thread->pid);
}

static enum hog_status graft_thread(struct graft *graft, const struct hog_profile_thread *thread, int64_t pid)
{
    struct hog_profile_counts counts = thread->counts;
    enum hog_status status = graft_choose_thread(graft, thread, pid);

    for (uint32_t i = thread->first_node; status == HOG_OK && i < thread->end_node; i++)
        status = hog_watch_due(graft->builder->watch, i) ? HOG_INTERRUPTED : graft_node(graft, i, &counts);
    if (status == HOG_OK)
        hog_profile_builder_add_counts(graft->builder, graft->thread, &counts);
    return status;
}

/* Looks that belong to no thread. */
static enum hog_status graft_rest(struct graft *graft)
{
    struct hog_profile_counts rest = graft->from->counts;

    for (uint32_t i = 0; i < graft->from->thread_count; i++) {
        const struct hog_profile_counts *counts = &graft->from->threads[i].counts;

        rest.idle -= counts->idle;
        rest.elsewhere -= counts->elsewhere;
        rest.dropped -= counts->dropped;
        rest.on_gil -= counts->on_gil;
        rest.waiting_for_gil -= counts->waiting_for_gil;
        rest.waiting_for_cpu -= counts->waiting_for_cpu;
        rest.collecting_garbage -= counts->collecting_garbage;
    }
    hog_profile_builder_add_counts(graft->builder, HOG_NO_THREAD, &rest);
    for (uint32_t i = 0; i < graft->from->drop_count; i++) {
        const struct hog_profile_drop *drop = &graft->from->drops[i];
        enum hog_status status = hog_profile_builder_add_reason(graft->builder, drop->reason, drop->count);

        if (status != HOG_OK)
            return status;
    }
    return HOG_OK;
}

enum hog_status graft_profile(struct hog_profile_builder *builder, const struct hog_profile *from,
                              const struct hog_projection *projection, int64_t pid)
{
    HOG_CLEANUP(graft_deinit)
    struct graft graft = {.builder = builder, .from = from, .projection = projection};
    enum hog_status status;

    graft.functions = malloc((from->function_count + 1) * sizeof *graft.functions);
    graft.places = malloc((from->node_count + 1) * sizeof *graft.places);
    graft.marks = calloc(from->node_count + (size_t)1, 1);
    if (!graft.functions || !graft.places || !graft.marks)
        return HOG_NO_MEMORY;
    status = graft_functions(&graft);
    if (status == HOG_OK)
        graft_mark(&graft);
    for (uint32_t i = 0; status == HOG_OK && i < from->thread_count; i++)
        if (is_wanted(projection, &from->threads[i]))
            status = graft_thread(&graft, &from->threads[i], pid);
    return status == HOG_OK ? graft_rest(&graft) : status;
}
