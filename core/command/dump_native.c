/* Merged threads, and what is to be said of those that could not be merged; see dump_native.h. */
#include "command/dump_native.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "command/native_merge.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

enum { ARENA_BYTES = 256 * 1024 * 1024, NAMED_IN_WARNING = 8 };

struct native_code {
    UT_hash_handle hh;
    const char *key; /* function, module, source file, a line each */
    struct hog_code code;
};

/* What can be wrong with a thread's C frames; a warning for each kind, not for each thread. */
enum flaw {
    FLAW_NO_FRAMES,
    FLAW_CUT_OFF,
    FLAW_TOO_DEEP,
    FLAW_NOT_PLACED,
    FLAW_COUNT,
    FLAW_NONE = FLAW_COUNT
};
_Static_assert((int)FLAW_COUNT <= (int)NATIVE_WARNINGS, "there is room for a warning of each kind");

struct flaws {
    size_t count[FLAW_COUNT];
    struct hog_text threads[FLAW_COUNT]; /* LWPs of the first of them */
};

struct work {
    struct native_dump *dump;
    struct target *target;
    struct unwind unwind;
    struct flaws flaws;
    struct native_merge merge;
};

static void work_deinit(struct work *work)
{
    unwind_deinit(&work->unwind);
    for (size_t i = 0; i < FLAW_COUNT; i++)
        hog_text_deinit(&work->flaws.threads[i]);
    native_merge_deinit(&work->merge);
}

/*
 * C frames as the renderers know frames: the function's name in place of
 * the code's, the module in place of the file.
 */

static const char *copy_text(struct native_dump *dump, const char *text)
{
    return text ? hog_arena_copy_text(&dump->arena, text, strlen(text)) : NULL;
}

static struct native_code *make_code(struct native_dump *dump, const struct hog_native_frame *frame,
                                     const char *key)
{
    struct native_code *code = hog_arena_alloc(&dump->arena, sizeof *code);

    if (!code)
        return NULL;
    code->key = copy_text(dump, key);
    code->code = (struct hog_code){.name = copy_text(dump, frame->function ? frame->function : "?"),
                                   .library = copy_text(dump, frame->module ? frame->module : "?"),
                                   .filename = copy_text(dump, frame->source)};
    code->code.short_filename = hog_path_last(code->code.filename);
    if (!code->key || !code->code.name || !code->code.library || (frame->source && !code->code.filename))
        return NULL;
    HASH_ADD_KEYPTR(hh, dump->codes, code->key, strlen(code->key), code);
    return code;
}

static const struct hog_code *code_of(struct native_dump *dump, const struct hog_native_frame *frame)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text key = {0};
    struct native_code *code;

    hog_text_printf(&key, "%s\n%s\n%s", frame->function ? frame->function : "",
                    frame->module ? frame->module : "", frame->source ? frame->source : "");
    if (key.failed)
        return NULL;
    HASH_FIND(hh, dump->codes, key.bytes, key.length, code);
    if (!code)
        code = make_code(dump, frame, key.bytes);
    return code ? &code->code : NULL;
}

static bool take_native(struct native_dump *dump, const struct hog_native_frame *frame,
                        struct hog_frame *ret_frame)
{
    *ret_frame = (struct hog_frame){
        .code = code_of(dump, frame), .line = frame->line, .address = frame->pc, .flags = HOG_FRAME_NATIVE};
    return ret_frame->code != NULL;
}

/*
 * One thread.
 */

static void note_flaw(struct work *work, const struct hog_thread *thread, enum flaw flaw)
{
    struct hog_text *threads;

    if (flaw == FLAW_NONE)
        return;
    threads = &work->flaws.threads[flaw];
    if (work->flaws.count[flaw]++ < NAMED_IN_WARNING)
        hog_text_printf(threads, "%s%" PRId64, threads->length ? ", " : "", thread->os_thread_id);
    else if (work->flaws.count[flaw] == NAMED_IN_WARNING + 1)
        hog_text_puts(threads, ", …");
}

static enum flaw flaw_of(const struct work *work, const struct hog_thread *thread,
                         const struct hog_native_stack *native, enum hog_merge_result result)
{
    if (!work->unwind.count)
        return FLAW_NO_FRAMES;
    if (work->unwind.count == work->unwind.most)
        return FLAW_TOO_DEEP;
    if (thread->stopped_because)
        return FLAW_NONE;
    if (result ==
        HOG_MERGED) /* all calls are placed; what called the outermost may be missing all the same */
        return hog_native_is_cut(native) ? FLAW_CUT_OFF : FLAW_NONE;
    return result == HOG_MERGED_INNER ? FLAW_CUT_OFF : FLAW_NOT_PLACED;
}

static bool merge(struct work *work, const struct hog_snapshot *snapshot, struct hog_thread *thread,
                  const struct hog_native_stack *native)
{
    size_t room = native->count + thread->frame_count;
    struct hog_frame *frames = hog_arena_array(&work->dump->arena, room + 1, sizeof *frames);
    enum hog_merge_result result;

    if (!frames || !native_merge_thread(&work->merge, snapshot, thread, native, &result))
        return false;
    for (size_t i = 0; i < work->merge.count; i++) {
        size_t index = work->merge.merged[i].index;

        if (!work->merge.merged[i].is_native)
            frames[i] = thread->frames[index];
        else if (!take_native(work->dump, native->frames + index, frames + i))
            return false;
    }
    note_flaw(work, thread, flaw_of(work, thread, native, result));
    thread->frames = frames;
    thread->frame_count = work->merge.count;
    return true;
}

/* A thread without Python has nothing to merge with, and loses nothing. */
static bool take_all(struct work *work, struct hog_thread *thread, const struct hog_native_stack *native)
{
    struct hog_frame *frames = hog_arena_array(&work->dump->arena, native->count + 1, sizeof *frames);

    for (size_t i = 0; frames && i < native->count; i++)
        if (!take_native(work->dump, native->frames + i, frames + i))
            return false;
    if (!frames)
        return false;
    note_flaw(work, thread, native->count ? FLAW_NONE : FLAW_NO_FRAMES);
    thread->frames = frames;
    thread->frame_count = native->count;
    return true;
}

/*
 * All threads.
 */

static void warn_of(struct work *work, enum flaw flaw)
{
    struct native_dump *dump = work->dump;
    const char *debugger = work->target->host->debugger_name;
    const char *threads = work->flaws.threads[flaw].bytes;
    const char *words = NULL;

    switch (flaw) {
    case FLAW_NO_FRAMES:
        words = hog_arena_printf(&dump->arena, "%s gave no C frames for threads %s", debugger, threads);
        break;
    case FLAW_CUT_OFF:
        words = hog_arena_printf(&dump->arena,
                                 "outer C frames are missing in threads %s: %s's unwinder stopped before the "
                                 "beginning of their stacks",
                                 threads, debugger);
        break;
    case FLAW_TOO_DEEP:
        words = hog_arena_printf(
            &dump->arena, "outer C frames are missing in threads %s: no more than %d of a thread are read",
            threads, UNWIND_MOST);
        break;
    default:
        words = hog_arena_printf(
            &dump->arena,
            "C frames could not be put between the Python frames of threads %s: Python's eval function "
            "is not found in %s's stack as often as it must be there; only what is surely above is shown",
            threads, debugger);
    }
    if (words)
        dump->warnings[dump->warning_count++] = words;
}

static bool add_all(struct work *work, const struct hog_thread **threads, size_t count,
                    const struct hog_snapshot *snapshot)
{
    for (size_t i = 0; i < count && !target_interrupted(work->target); i++) {
        struct hog_thread *copy = work->dump->threads + i;
        struct hog_native_stack native;

        *copy = *threads[i];
        unwind_stack(&work->unwind, copy->os_thread_id, &native);
        if (work->unwind.failed ||
            !(copy->tstate ? merge(work, snapshot, copy, &native) : take_all(work, copy, &native)))
            return false;
        threads[i] = copy;
    }
    return true;
}

enum hog_status native_dump_add(struct native_dump *dump, struct target *target,
                                const struct hog_snapshot *snapshot, const struct hog_thread **threads,
                                size_t count, struct hog_error *error)
{
    HOG_CLEANUP(work_deinit) struct work work = {.dump = dump, .target = target};
    enum hog_status status = unwind_init(&work.unwind, target, UNWIND_MOST, error);

    *dump = (struct native_dump){.made = true, .threads = calloc(count + 1, sizeof *dump->threads)};
    hog_arena_init(&dump->arena, ARENA_BYTES);
    if (status != HOG_OK)
        return status;
    if (!dump->threads || !add_all(&work, threads, count, snapshot))
        return hog_fail(error, HOG_NO_MEMORY, "not enough memory");
    for (size_t i = 0; i < FLAW_COUNT; i++)
        if (work.flaws.count[i])
            warn_of(&work, (enum flaw)i);
    return HOG_OK;
}

void native_dump_deinit(struct native_dump *dump)
{
    if (!dump->made)
        return;
    HASH_CLEAR(hh, dump->codes);
    free(dump->threads);
    hog_arena_deinit(&dump->arena);
}
