/*
 * record_image [--values] [--objects] PID CORE.zst: a small core file of a live Python process.
 *
 *     /proc/PID ─▶ recorder ─▶ page cache ─┬─▶ asked ─▶ locate      with the files on disk, and without
 *                     │                    └─▶ asked ─▶ decode
 *                     ├─ every page that decoding looked at
 *                     ├─ of what the search looked at, the pages of modules: headers, symbols, data
 *                     └─▶ core_writer ─▶ zstd ─▶ CORE.zst ─▶ opened again: does it say the same?
 *
 * It is a core as gdb and lldb open them, less the memory that nobody asked
 * for. All mappings are in it, so that modules look as they did; most of them
 * have no bytes. Within a page, blocks in which nothing was looked at are
 * zero: a quarter of the size, and the neighbours of what was looked at are
 * still there for a decoder that wants one field more. Pages of the heap that
 * only the search looked at (it follows any word that may be a pointer to an
 * interpreter) are left out.
 *
 * With --values what the variables of its frames and its exceptions take is in it too; with --objects what
 * finds greenlets and generators that nothing runs: the head of every object that the collector knows.
 *
 * The process is stopped while it is recorded, for its registers; it is best
 * one whose threads all wait. scripts/record-image starts it, and puts its own
 * word for its stacks beside the image.
 */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "memory/mini_core.h"
#include "support/asked_memory.h"
#include "support/recorded.h"
#include "support/recorded_tasks.h"

#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>

enum { PAGE = 4096, BLOCK = 256, SMALL_BLOCK = 64, CACHE_BYTES = 64 << 20, LARGEST_BSS = 512 << 10 };

struct recording {
    struct hog_process process;
    struct hog_memory *recorder, *cache;
    struct hog_memory *search, *decode; /* what each asked for */
    struct recorded_outcome outcome;    /* of the live process, without files */
    char located_by[256];
    bool values;    /* variables and exceptions, too */
    bool objects;   /* the heads of all that the collector knows, in smaller blocks: they are many */
    bool all_pages; /* also those of the heap that only the search looked at */
    size_t page_count;
};

/*
 * Threads: stopped one by one, for their registers.
 */

static bool stop_thread(int64_t lwp)
{
    int state;

    return ptrace(PTRACE_SEIZE, lwp, NULL, NULL) == 0 && ptrace(PTRACE_INTERRUPT, lwp, NULL, NULL) == 0 &&
           waitpid((pid_t)lwp, &state, __WALL) == lwp && WIFSTOPPED(state);
}

#if defined(__x86_64__)
static bool read_registers(struct hog_os_thread *thread)
{
    struct user_regs_struct registers;

    if (ptrace(PTRACE_GETREGS, thread->lwp, NULL, &registers) != 0)
        return false;
    thread->registers = (struct hog_thread_registers){
        .known = true,
        .system_call = (int64_t)registers.orig_rax,
        .arguments = {registers.rdi, registers.rsi, registers.rdx, registers.r10, registers.r8, registers.r9},
        .argument_count = HOG_CALL_ARGUMENTS,
        .has_thread_pointer = true,
        .thread_pointer = registers.fs_base,
        .program_counter = registers.rip,
        .stack_pointer = registers.rsp};
    return true;
}
#else
#error "record_image knows the registers of x86-64 only"
#endif

static enum hog_status stop_threads(struct recording *self, struct hog_error *error)
{
    struct hog_process *process = &self->process;

    for (size_t i = 0; i < process->thread_count; i++) {
        struct hog_os_thread *thread = &process->threads[i];

        if (!stop_thread(thread->lwp) || !read_registers(thread))
            return hog_fail(error, HOG_DENIED, "cannot stop thread %lld: %s", (long long)thread->lwp,
                            strerror(errno));
        if (thread->lwp != process->pid) /* a core does not tell */
            thread->name[0] = '\0';
    }
    return HOG_OK;
}

/*
 * Reading: a whole dump.
 */

static void read_values(struct recording *self, const struct hog_location *location)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text exceptions = {0};
    const struct hog_decode_options options = {0};
    struct hog_snapshot *snapshot = NULL;
    struct hog_error error;

    if (hog_decode_snapshot(&self->process, location, self->decode, &options, &snapshot, &error) == HOG_OK)
        recorded_values(&self->process, location, self->decode, snapshot, &hog_value_limits_normal,
                        &exceptions);
    hog_snapshot_destroy(snapshot);
}

/* The tasks of asyncio: where there are none, next to nothing is read. */
static void read_tasks(struct recording *self, const struct hog_location *location)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text text = {0};
    const struct tasks_view look = {.full = self->objects};

    recorded_tasks(&self->process, location, self->decode, &look, false, &text);
}

/* Where the files are, too, as py-dump does it: it asks for other things then. */
static enum hog_status dump(struct recording *self, bool no_files, struct recorded_outcome *ret_outcome)
{
    const struct hog_locate_options options = {.no_files = no_files};
    struct hog_location location;
    enum hog_status status = hog_locate(&location, &self->process, self->search, &options);

    if (status == HOG_OK) {
        snprintf(self->located_by, sizeof self->located_by, "%s", location.python.located_by);
        recorded_decode(&self->process, &location, self->decode, ret_outcome);
        if (self->values)
            read_values(self, &location);
        read_tasks(self, &location);
    } else {
        *ret_outcome = (struct recorded_outcome){.status = status, .error = location.error};
    }
    hog_location_deinit(&location);
    return ret_outcome->status;
}

static enum hog_status open_process(struct recording *self, int64_t pid, struct hog_error *error)
{
    enum hog_status status = hog_process_open_live(&self->process, pid);

    if (status != HOG_OK) {
        *error = self->process.error;
        return status;
    }
    self->recorder = hog_memory_recorded(self->process.memory);
    self->cache = self->recorder ? hog_memory_cached(self->recorder, CACHE_BYTES) : NULL;
    if (!self->cache)
        return hog_fail(error, HOG_NO_MEMORY, "not enough memory");
    self->search = asked_memory_create(self->cache);
    self->decode = asked_memory_create(self->cache);
    return stop_threads(self, error);
}

static enum hog_status record(struct recording *self, int64_t pid, struct hog_error *error)
{
    HOG_CLEANUP(recorded_outcome_deinit) struct recorded_outcome with_files = {0};
    enum hog_status status = open_process(self, pid, error);

    if (status != HOG_OK)
        return status;
    status = dump(self, false, &with_files);
    if (status != HOG_OK) {
        *error = with_files.error;
        return status;
    }
    status = dump(self, true, &self->outcome);
    if (status != HOG_OK)
        *error = self->outcome.error;
    return status;
}

static void recording_deinit(struct recording *self)
{
    recorded_outcome_deinit(&self->outcome);
    hog_memory_destroy(self->search);
    hog_memory_destroy(self->decode);
    hog_memory_destroy(self->cache);
    hog_memory_destroy(self->recorder);
    hog_process_deinit(&self->process);
}

/*
 * Writing.
 */

static bool is_file(const struct hog_mapping *mapping)
{
    return mapping->path[0] && mapping->path[0] != '[';
}

/* Of a file, or the anonymous memory right behind it: .bss, which may go over into a heap. */
static bool is_of_module(const struct hog_process *process, uint64_t address)
{
    const struct hog_mapping *mapping = hog_process_mapping_at(process, address);

    return mapping && (is_file(mapping) ||
                       (!mapping->path[0] && mapping > process->mappings && is_file(mapping - 1) &&
                        mapping[-1].end == mapping->start && address - mapping->start < LARGEST_BSS));
}

/* What is kept, as the writer of pages asks for it. */
struct page_writer {
    struct recording *recording;
    const struct asked_stretch *search, *decode;
    size_t search_count, decode_count;
};

static bool was_asked(const struct page_writer *writer, uint64_t start, uint64_t end)
{
    return asked_stretches_meet(writer->decode, writer->decode_count, start, end) ||
           asked_stretches_meet(writer->search, writer->search_count, start, end);
}

static bool is_wanted(const struct page_writer *writer, uint64_t page)
{
    if (asked_stretches_meet(writer->decode, writer->decode_count, page, page + PAGE))
        return true;
    return (writer->recording->all_pages || is_of_module(&writer->recording->process, page)) &&
           asked_stretches_meet(writer->search, writer->search_count, page, page + PAGE);
}

static bool keep_page(void *context, uint64_t address, unsigned char page[PAGE])
{
    const struct page_writer *writer = context;
    const size_t block = writer->recording->objects ? SMALL_BLOCK : BLOCK;

    if (!is_wanted(writer, address))
        return false;
    for (size_t at = 0; at + block <= PAGE; at += block)
        if (!was_asked(writer, address + at - block / 2, address + at + block + block / 2))
            memset(page + at, 0, block);
    return true;
}

static enum hog_status write_core(struct recording *self, const char *path, struct hog_error *error)
{
    struct page_writer writer = {.recording = self};
    struct hog_mini_core core = {
        .process = &self->process, .recorder = self->recorder, .keep = keep_page, .context = &writer};
    enum hog_status status;

    writer.search = asked_memory_stretches(self->search, &writer.search_count);
    writer.decode = asked_memory_stretches(self->decode, &writer.decode_count);
    status = hog_mini_core_write(&core, path, error);
    self->page_count = core.page_count;
    return status;
}

/* Where two texts part: from the beginning of that line. */
static enum hog_status compare(const char *image, const char *process, struct hog_error *error)
{
    size_t line = 0;

    for (size_t at = 0; image[at] == process[at]; at++) {
        if (!image[at])
            return HOG_OK;
        if (image[at] == '\n')
            line = at + 1;
    }
    return hog_fail(error, HOG_BAD_DATA, "a dump of the image says %.300s, one of the process %.300s",
                    image + line, process + line);
}

/* Opened as on a machine without the interpreter, it must say what the process said. */
static enum hog_status check(const char *path, const struct recorded_outcome *expected,
                             struct hog_error *error)
{
    HOG_CLEANUP(recorded_outcome_deinit) struct recorded_outcome outcome = {0};
    struct recorded_image image;

    if (recorded_open(&image, path, RECORDED_WITHOUT_FILES) == HOG_OK)
        recorded_dump(&image.process, image.process.memory, &outcome);
    else
        outcome = (struct recorded_outcome){.status = HOG_IO, .error = image.process.error};
    recorded_close(&image);
    if (outcome.status != HOG_OK) {
        *error = outcome.error;
        return outcome.status;
    }
    if (!outcome.complete)
        return hog_fail(error, HOG_BAD_DATA, "a dump of the image is not complete");
    return compare(recorded_threads(&outcome), recorded_threads(expected), error);
}

static enum hog_status write_image(struct recording *self, const char *path, struct hog_error *error)
{
    enum hog_status status = write_core(self, path, error);

    if (status == HOG_OK)
        status = recorded_pack(path, error);
    if (status == HOG_OK)
        status = check(path, &self->outcome, error);
    return status;
}

int main(int count, char **arguments)
{
    HOG_CLEANUP(recording_deinit) struct recording recording = {0};
    struct hog_error error = {0};
    enum hog_status status;

    for (; count > 3; count--, arguments++) {
        recording.values |= strcmp(arguments[1], "--values") == 0;
        recording.objects |= strcmp(arguments[1], "--objects") == 0;
    }
    if (count != 3) {
        fprintf(stderr, "usage: record_image [--values] [--objects] PID CORE.zst\n");
        return 2;
    }
    status = record(&recording, strtoll(arguments[count - 2], NULL, 10), &error);
    if (status == HOG_OK)
        status = write_image(&recording, arguments[count - 1], &error);
    if (status == HOG_BAD_DATA || status == HOG_NO_PYTHON) { /* something else was needed of the heap */
        recording.all_pages = true;
        status = write_image(&recording, arguments[count - 1], &error);
    }
    if (status != HOG_OK) {
        fprintf(stderr, "record_image: %s\n", error.message);
        return 1;
    }
    printf("%zu pages, %zu threads, located by %s%s\n", recording.page_count, recording.process.thread_count,
           recording.located_by, recording.all_pages ? " (with all pages that the search looked at)" : "");
    return 0;
}
