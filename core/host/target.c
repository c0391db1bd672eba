/* Opening what the debugger looks at; see target.h. */
#include "host/target.h"

#include <inttypes.h>
#include <string.h>

enum { TARGET_ARENA = 4 * 1024 * 1024, CACHE_BYTES = 64 * 1024 * 1024 };

static const char *keep_text(struct target *target, const char *text)
{
    const char *copy = text ? hog_arena_copy_text(&target->arena, text, strlen(text)) : NULL;

    return copy ? copy : "";
}

static enum hog_status no_memory(struct hog_error *error)
{
    return hog_fail(error, HOG_NO_MEMORY, "not enough memory to read the process");
}

/* Nothing is attached; if an attach failed, the reason is what helps. */
static enum hog_status explain_nothing(int64_t attach_request, struct hog_error *error)
{
    struct hog_error reason = {0};

    if (attach_request > 0 && hog_process_explain_access(attach_request, &reason) != HOG_OK)
        return hog_fail(error, reason.status, "no process: %s", reason.message);
    if (attach_request > 0)
        return hog_fail(error, HOG_NO_PROCESS,
                        "no process: the debugger is not attached to process %" PRId64
                        ", though nothing forbids it now: attach again (attach %" PRId64 ")",
                        attach_request, attach_request);
    return hog_fail(
        error, HOG_NO_PROCESS,
        "no process: attach to one (attach PID) or open a core file (core FILE), then run it again; a core "
        "file that the debugger refuses: --core FILE");
}

bool target_is_gone(const struct hog_host *host)
{
    struct hog_host_process described = {0};

    host->describe_process(host->self, &described);
    return described.target == HOG_TARGET_NOTHING && described.attach_request <= 0;
}

/*
 * Memory.
 */

static size_t read_through_host(void *context, uint64_t address, void *buffer, size_t length)
{
    const struct hog_host *host = context;

    return host->read_memory ? host->read_memory(host->self, address, buffer, length) : 0;
}

static struct hog_memory *memory_of_host(const struct target *target)
{
    return hog_memory_of_debugger(read_through_host, (void *)target->host);
}

/*
 * The debugger's source where there is none of our own. Never behind one of ours: what the kernel refused us may
 * be a page that nobody provides (memory/live.c), and lldb-server would wait for it until it is killed.
 */
static bool add_fallback(struct target *target)
{
    if (!target->process.memory)
        target->process.memory = memory_of_host(target);
    return target->process.memory != NULL;
}

/*
 * The kinds of target.
 */

static enum hog_status open_through_host(struct target *target, struct hog_error *error)
{
    struct hog_memory *memory = memory_of_host(target);

    if (!memory)
        return no_memory(error);
    hog_process_init_remote(&target->process, target->pid, memory);
    target->process_made = true;
    return host_fill_process(target) ? HOG_OK : no_memory(error);
}

static enum hog_status open_live(struct target *target, struct hog_error *error)
{
    enum hog_status status = target->runs ? hog_process_open_running(&target->process, target->pid)
                                          : hog_process_open_live(&target->process, target->pid);

    target->process_made = true;
    if (status == HOG_OK)
        return add_fallback(target) ? HOG_OK : no_memory(error);
    if (status != HOG_DENIED || !target->host->read_memory) {
        *error = target->process.error;
        return status;
    }
    target->warning = hog_arena_printf(&target->arena, "memory is read through the debugger: %s",
                                       target->process.error.message);
    hog_process_deinit(&target->process);
    target->process_made = false;
    return open_through_host(target, error);
}

/*
 * The debugger is no fallback here: for a page of data that the core lacks it would give what the
 * executable's file holds, which is what the data was before the program ran.
 */
static enum hog_status open_core(struct target *target, struct hog_error *error)
{
    enum hog_status status;

    if (!*target->core_path) {
        status = open_through_host(target, error);
        target->process.is_dump = true;
        return status;
    }
    status =
        hog_process_open_core(&target->process, &(struct hog_core_request){.path = target->core_path,
                                                                           .executable = target->executable,
                                                                           .sysroot = target->sysroot,
                                                                           .interrupted = target_interrupted,
                                                                           .context = target});
    target->process_made = true;
    if (status != HOG_OK) {
        *error = target->process.error;
        return status;
    }
    return HOG_OK;
}

static enum hog_status open_kind(struct target *target, int64_t attach_request, struct hog_error *error)
{
    switch (target->kind) {
    case HOG_TARGET_LIVE:
        return open_live(target, error);
    case HOG_TARGET_CORE:
        return open_core(target, error);
    case HOG_TARGET_REMOTE:
        return open_through_host(target, error);
    case HOG_TARGET_RUNNING:
        if (target->pid > 0)
            return hog_fail(
                error, HOG_NO_PROCESS,
                "process %" PRId64
                " is running: stop it first (Ctrl-C; interrupt in gdb, process interrupt in lldb)",
                target->pid);
        return hog_fail(
            error, HOG_NO_PROCESS,
            "the process is running: stop it first (Ctrl-C; interrupt in gdb, process interrupt in lldb)");
    default:
        return explain_nothing(attach_request, error);
    }
}

/* The debugger's process, its threads and its executable are another's: only the sysroot is asked of it. */
static enum hog_status open_core_alone(struct target *target, const char *core, struct hog_error *error)
{
    target->kind = HOG_TARGET_CORE;
    target->pid = 0;
    target->is_hosts = false;
    target->core_path = keep_text(target, core);
    target->executable = keep_text(target, "");
    return open_core(target, error);
}

/*
 * What the debugger says it has stopped, the kernel is asked about: gdb -p with a thread's number holds that
 * thread alone, and in non-stop mode threads run as they like. Where it knows of no thread that is held, it is no
 * kernel that tells.
 */
static void mark_running_threads(struct hog_process *process)
{
    bool tells = false;

    for (size_t i = 0; i < process->thread_count; i++)
        tells |= process->threads[i].held;
    for (size_t i = 0; i < process->thread_count; i++)
        process->threads[i].runs = tells && !process->threads[i].held;
}

/* Nobody has stopped it: its threads are numbered as a debugger would that attached now, by their LWPs. */
static void number_threads(struct hog_process *process)
{
    for (size_t i = 0; i < process->thread_count; i++)
        process->threads[i].debugger_number = (int64_t)i + 1;
}

enum hog_status target_open(struct target *target, const struct hog_host *host, const char *core,
                            struct hog_error *error)
{
    struct hog_host_process described = {0};
    enum hog_status status;

    *target = (struct target){.host = host, .is_hosts = true};
    hog_arena_init(&target->arena, TARGET_ARENA);
    host->describe_process(host->self, &described);
    target->kind = described.target;
    target->runs = described.target == HOG_TARGET_LIVE && described.runs;
    target->stopped = target->runs ? TARGET_STOPPED_NOTHING : TARGET_STANDS_STILL;
    target->pid = described.pid;
    target->executable = keep_text(target, described.executable);
    target->core_path = keep_text(target, described.core_path);
    target->sysroot = keep_text(target, described.sysroot);
    status = core ? open_core_alone(target, core, error) : open_kind(target, described.attach_request, error);
    if (status != HOG_OK)
        return status;
    if (target->process.pid > 0)
        target->pid = target->process.pid;
    target->cache = hog_memory_cached(target->process.memory, CACHE_BYTES);
    if (!target->cache)
        return no_memory(error);
    if (target->process.runs)
        number_threads(&target->process);
    else if (target->is_hosts && !host_merge_threads(target))
        return no_memory(error);
    if (target->is_hosts && target->process.kind == HOG_TARGET_LIVE && !target->process.runs)
        mark_running_threads(&target->process);
    return HOG_OK;
}

/* What may well be why nothing was found: the kernel refused us, the core is cut short. NULL: nothing. */
static const char *odd_about_source(const struct target *target)
{
    if (target->warning)
        return target->warning;
    return target->process.warning_count ? target->process.warnings[0] : NULL;
}

enum hog_status target_locate(struct target *target, struct hog_version assume_version,
                              struct hog_error *error)
{
    const struct hog_locate_options options = {
        .assume_version = assume_version, .interrupted = target_interrupted, .context = target};
    enum hog_status status = hog_locate(&target->location, &target->process, target->cache, &options);
    const char *odd;

    target->location_made = true;
    if (status == HOG_OK)
        return HOG_OK;
    if (status == HOG_INTERRUPTED)
        return hog_fail(error, HOG_INTERRUPTED, "interrupted while looking for Python: run it again");
    *error = target->location.error;
    odd = odd_about_source(target);
    if (odd && !strstr(error->message, odd))
        return hog_fail(error, status, "%s; %s", target->location.error.message, odd);
    return status;
}

enum hog_status target_look_again(struct target *now, const struct target *target, struct hog_error *error)
{
    enum hog_status status;

    *now = (struct target){.host = target->host, .is_hosts = true, .kind = target->kind, .pid = target->pid};
    hog_arena_init(&now->arena, TARGET_ARENA);
    if (target->process.kind == HOG_TARGET_LIVE) {
        status = hog_process_open_live(&now->process, target->pid);
        now->process_made = true;
        if (status != HOG_OK) {
            *error = now->process.error;
            return status;
        }
    } else {
        struct hog_memory *memory = memory_of_host(target);

        if (!memory)
            return no_memory(error);
        hog_process_init_remote(&now->process, target->pid, memory);
        now->process_made = true;
        now->process.elf_machine = target->process.elf_machine;
    }
    return host_merge_threads(now) ? HOG_OK : no_memory(error);
}

enum hog_status target_record(struct target *target, struct hog_error *error)
{
    hog_memory_destroy(target->cache);
    target->recorder = hog_memory_recorded(target->process.memory);
    target->cache = target->recorder ? hog_memory_cached(target->recorder, CACHE_BYTES) : NULL;
    return target->cache ? HOG_OK : no_memory(error);
}

void target_deinit(struct target *target)
{
    if (target->location_made)
        hog_location_deinit(&target->location);
    hog_memory_destroy(target->cache);
    hog_memory_destroy(target->recorder);
    if (target->process_made)
        hog_process_deinit(&target->process);
    hog_arena_deinit(&target->arena);
}

bool target_interrupted(void *context)
{
    struct target *target = context;

    if (!target->interrupted)
        target->interrupted = target->host->interrupted(target->host->self);
    return target->interrupted;
}

int64_t target_selected_thread(const struct target *target)
{
    const struct hog_host *host = target->host;

    return target->is_hosts && host->selected_thread ? host->selected_thread(host->self) : 0;
}

void target_files(const struct target *target, struct hog_files *ret_files)
{
    const char *core = target->kind == HOG_TARGET_CORE && target->core_path ? target->core_path : "";

    if (target->process.kind == HOG_TARGET_LIVE)
        hog_files_of_process(ret_files, target->pid);
    else
        hog_files_of_file(ret_files, core, target->sysroot ? target->sysroot : "");
}

const char *target_kind_name(const struct target *target)
{
    switch (target->kind) {
    case HOG_TARGET_CORE:
        return "core";
    case HOG_TARGET_REMOTE:
        return "remote";
    default:
        return "live";
    }
}
