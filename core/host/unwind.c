/* C frames from the host; see unwind.h. */
#include "host/unwind.h"

#include <stdlib.h>
#include <string.h>

enum { TEXT_BYTES = 64 * 1024 * 1024 };

enum hog_status unwind_check(const struct hog_host *host, bool is_hosts, struct hog_error *error)
{
    if (!host->list_native_frames)
        return hog_fail(error, HOG_UNSUPPORTED,
                        "this debugger gives no C frames: leave out --native, its own backtrace has them");
    if (!is_hosts)
        return hog_fail(
            error, HOG_UNSUPPORTED,
            "--native needs the debugger's unwinder, which does not know the file of --core: open it "
            "in the debugger (core FILE), then leave out --core");
    return HOG_OK;
}

enum hog_status unwind_init(struct unwind *unwind, const struct target *target, size_t most,
                            struct hog_error *error)
{
    *unwind = (struct unwind){
        .host = target->host,
        .process = &target->process,
        .location = &target->location,
        .most = most,
        .frames = calloc(most, sizeof *unwind->frames),
    };
    hog_arena_init(&unwind->texts, TEXT_BYTES);
    return unwind->frames ? HOG_OK : hog_fail(error, HOG_NO_MEMORY, "not enough memory");
}

void unwind_deinit(struct unwind *unwind)
{
    free(unwind->frames);
    if (unwind->host)
        hog_arena_deinit(&unwind->texts);
}

static const char *keep(struct unwind *unwind, const char *text)
{
    const char *copy;

    if (!text || !*text)
        return NULL;
    copy = hog_arena_copy_text(&unwind->texts, text, strlen(text));
    unwind->failed |= !copy;
    return copy;
}

/* An unwinder that has lost its way for a frame, and found it again, gives addresses of no code. */
static bool may_be_code(const struct hog_process *process, const struct hog_mapping *mapping)
{
    return process->kind != HOG_TARGET_LIVE || (mapping && mapping->executable);
}

/* NULL: what the core knows does not tell. */
static const char *module_at(const struct unwind *unwind, const struct hog_mapping *mapping, uint64_t pc)
{
    const struct hog_location *location = unwind->location;

    if (mapping)
        return mapping->path[0] == '/' ? mapping->path : NULL;
    for (size_t i = 0; i < location->module_count; i++)
        if (pc >= location->modules[i].start && pc < location->modules[i].end)
            return location->modules[i].path;
    return NULL;
}

static void add_frame(void *context, const struct hog_host_frame *known)
{
    struct unwind *unwind = context;
    const struct hog_mapping *mapping = hog_process_mapping_at(unwind->process, known->pc);
    const char *interpreter = unwind->location->python.module;
    const char *module = module_at(unwind, mapping, known->pc);
    uint32_t level = unwind->given++;

    if (!module)
        module = keep(unwind, known->module);
    if (unwind->count == unwind->most || !may_be_code(unwind->process, mapping))
        return;
    unwind->frames[unwind->count++] = (struct hog_native_frame){
        .pc = known->pc,
        .level = level,
        .stack_pointer = known->stack_pointer,
        .function = keep(unwind, hog_native_function_name(known->function)),
        .module = module,
        .source = keep(unwind, known->source),
        .line = known->line <= INT32_MAX ? (int32_t)known->line : 0,
        .of_interpreter = module && interpreter && strcmp(module, interpreter) == 0,
    };
}

void unwind_stack(struct unwind *unwind, int64_t lwp, struct hog_native_stack *ret_stack)
{
    hog_arena_deinit(&unwind->texts);
    hog_arena_init(&unwind->texts, TEXT_BYTES);
    unwind->count = 0;
    unwind->given = 0;
    unwind->failed = false;
    unwind->host->list_native_frames(unwind->host->self, lwp, unwind->most, add_frame, unwind);
    *ret_stack = (struct hog_native_stack){.frames = unwind->frames, .count = unwind->count};
}
