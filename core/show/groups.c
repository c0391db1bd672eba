/* Collecting threads that are alike; see groups.h. */
#include "base/cleanup.h"
#include "base/grow.h"
#include "show/groups_parts.h"
#include "show/paint.h"
#include "show/thread_cells.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A failed allocation of uthash leaves the entry out instead of ending the debugger. */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

enum { GROUPS_ARENA = 1 << 30 };

struct group_slot {
    const char *key;
    uint32_t number;
    UT_hash_handle hh;
};

struct groups *groups_create(void)
{
    struct groups *groups = calloc(1, sizeof *groups);

    if (groups)
        hog_arena_init(&groups->arena, GROUPS_ARENA);
    return groups;
}

void groups_destroy(struct groups *groups)
{
    if (!groups)
        return;
    HASH_CLEAR(hh, groups->by_key);
    HASH_CLEAR(hh, groups->by_place);
    free(groups->processes);
    free(groups->threads);
    free(groups->groups);
    free(groups->order);
    free(groups->sorted);
    hog_arena_deinit(&groups->arena);
    free(groups);
}

/* The number that `key` has; where it is new, `next`. False: memory is exhausted. */
static bool number_of(struct groups *groups, struct group_slot **table, const struct hog_text *key,
                      uint32_t next, uint32_t *ret_number)
{
    struct group_slot *slot = NULL;

    if (key->failed)
        return false;
    HASH_FIND(hh, *table, key->bytes, key->length, slot);
    if (!slot) {
        struct group_slot *kept = NULL;

        slot = hog_arena_alloc(&groups->arena, sizeof *slot);
        if (!slot)
            return false;
        slot->number = next;
        slot->key = hog_arena_copy_text(&groups->arena, key->bytes, key->length);
        if (!slot->key)
            return false;
        HASH_ADD_KEYPTR(hh, *table, slot->key, key->length, slot);
        HASH_FIND(hh, *table, key->bytes, key->length, kept);
        if (!kept)
            return false;
    }
    *ret_number = slot->number;
    return true;
}

/* NULL of NULL; also where memory is exhausted, and then *failed is set. */
static const char *keep(struct groups *groups, const char *text, bool *failed)
{
    const char *kept = text ? hog_arena_copy_text(&groups->arena, text, strlen(text)) : NULL;

    *failed |= text && !kept;
    return kept;
}

/* What tells processes apart. Those that have nothing of the kind are never the same. */
static void put_place(const struct groups *groups, const struct group_process *process, struct hog_text *key)
{
    hog_text_printf(key, "%s %" PRId64 " %s", process->host ? process->host : "", process->pid,
                    process->name ? process->name : "");
    if (process->pid <= 0 && !process->name)
        hog_text_printf(key, " %zu", groups->process_count);
}

enum hog_status groups_add_process(struct groups *groups, const struct group_process *process,
                                   uint32_t *ret_process)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text key = {0};
    bool failed = false;
    struct kept_process *kept;
    uint32_t number;

    put_place(groups, process, &key);
    if (!HOG_GROW(groups->processes, groups->process_room, groups->process_count + 1) ||
        !number_of(groups, &groups->by_place, &key, (uint32_t)groups->process_count, &number))
        return HOG_NO_MEMORY;
    kept = &groups->processes[number];
    if (number == groups->process_count) {
        groups->process_count++;
        *kept = (struct kept_process){0};
    }
    kept->round++;
    kept->threads = kept->stood = 0;
    kept->about = (struct group_process){
        .host = keep(groups, process->host, &failed),
        .pid = process->pid,
        .rank = process->rank,
        .name = keep(groups, process->name, &failed),
        .words = keep(groups, process->words, &failed),
        .error = keep(groups, process->error, &failed),
    };
    *ret_process = number;
    return failed ? HOG_NO_MEMORY : HOG_OK;
}

static void put_key(const struct group_thread *thread, struct hog_text *key)
{
    hog_text_puts(key, thread->state ? thread->state : "");
    for (size_t i = 0; i < thread->frame_count; i++) {
        const struct group_frame *frame = &thread->frames[i];

        hog_text_puts(key, "\n");
        hog_text_puts(key, frame->name ? frame->name : "");
        hog_text_puts(key, "\t");
        hog_text_puts(key, frame->filename ? frame->filename : "");
        hog_text_puts(key, "\t");
        hog_text_put_number(key, (uint64_t)frame->line);
    }
    hog_text_puts(key, "\n");
}

/* The first of its kind: its frames are those of all. */
static bool make_group(struct groups *groups, const struct group_thread *thread)
{
    struct group_frame *frames = hog_arena_array(&groups->arena, thread->frame_count + 1, sizeof *frames);
    bool failed = !frames;
    struct kept_group *group;

    if (!HOG_GROW(groups->groups, groups->group_room, groups->group_count + 1) || !frames)
        return false;
    group = &groups->groups[groups->group_count++];
    *group = (struct kept_group){
        .state = keep(groups, thread->state, &failed), .frames = frames, .frame_count = thread->frame_count};
    for (size_t i = 0; i < thread->frame_count; i++)
        frames[i] = (struct group_frame){.name = keep(groups, thread->frames[i].name, &failed),
                                         .filename = keep(groups, thread->frames[i].filename, &failed),
                                         .module = keep(groups, thread->frames[i].module, &failed),
                                         .line = thread->frames[i].line};
    return !failed;
}

enum hog_status groups_add_thread(struct groups *groups, uint32_t process, const struct group_thread *thread)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text key = {0};
    bool failed = false;
    uint32_t number;

    put_key(thread, &key);
    if (!number_of(groups, &groups->by_key, &key, (uint32_t)groups->group_count, &number) ||
        !HOG_GROW(groups->threads, groups->thread_room, groups->thread_count + 1))
        return HOG_NO_MEMORY;
    if (number == groups->group_count && !make_group(groups, thread))
        return HOG_NO_MEMORY;
    groups->processes[process].threads++;
    groups->threads[groups->thread_count++] = (struct kept_thread){
        .process = process,
        .round = groups->processes[process].round,
        .group = number,
        .lwp = thread->lwp,
        .name = keep(groups, thread->name, &failed),
    };
    return failed ? HOG_NO_MEMORY : HOG_OK;
}

/*
 * A report.
 */

static enum hog_status add_thread(struct groups *groups, uint32_t process, const struct hog_thread *thread)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text state = {0};
    HOG_FREE struct group_frame *frames = calloc(thread->frame_count + 1, sizeof *frames);

    if (!frames)
        return HOG_NO_MEMORY;
    for (size_t i = 0; i < thread->frame_count; i++) {
        const struct hog_frame *frame = &thread->frames[i];

        if (frame->code)
            frames[i] = (struct group_frame){
                .name = frame->code->qualname ? frame->code->qualname : frame->code->name,
                .filename = frame->code->library ? frame->code->library : frame->code->filename,
                .module = frame->module,
                .line = frame->line};
    }
    cell_state(&state, thread);
    return groups_add_thread(groups, process,
                             &(struct group_thread){.lwp = thread->os_thread_id,
                                                    .name = thread->name,
                                                    .state = paint_text(&state),
                                                    .frames = frames,
                                                    .frame_count = thread->frame_count});
}

enum hog_status groups_add_report(struct groups *groups, const struct report *report)
{
    const struct group_process about = {
        .pid = report->pid, .rank = report->rank, .words = report->command_line};
    uint32_t process;
    enum hog_status status = groups_add_process(groups, &about, &process);

    for (size_t i = 0; i < report->thread_count && status == HOG_OK; i++)
        status = add_thread(groups, process, report->threads[i]);
    return status;
}
