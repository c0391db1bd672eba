/*
 * Recorded images; see recorded.h.
 *
 * A machine without the interpreter's files is imitated by making the paths in
 * the core's NT_FILE note relative ("~usr/bin/python3.11"): the core reader
 * and the search for symbols open absolute ones only.
 */
#define _GNU_SOURCE
#include "support/recorded.h"
#include "base/cleanup.h"
#include "host/output.h"
#include "show/exceptions.h"
#include "show/report.h"
#include "show/why.h"
#include "value/locals.h"

#include <elf.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <zstd.h>

enum {
    IMAGE_LIMIT = 1 << 28,
    FILE_ENTRY = 24,
    PACKING_LEVEL = 19,
    RECORDED_STEPS = 1 << 22,
    PATH_MARK = '~'
};

/*
 * Packing and unpacking.
 */

static bool read_file(const char *path, struct hog_text *ret_bytes)
{
    FILE *file = fopen(path, "rbe");
    char piece[65536];
    size_t got;

    if (!file)
        return false;
    while ((got = fread(piece, 1, sizeof piece, file)) > 0)
        hog_text_append(ret_bytes, piece, got);
    fclose(file);
    return !ret_bytes->failed && ret_bytes->length >= sizeof(Elf64_Ehdr);
}

/* The core in `packed`, unpacked if it is packed. NULL: it cannot be unpacked. */
static unsigned char *unpack(const struct hog_text *packed, size_t *ret_size)
{
    unsigned long long size = ZSTD_getFrameContentSize(packed->bytes, packed->length);
    bool is_packed = size != ZSTD_CONTENTSIZE_ERROR && size != ZSTD_CONTENTSIZE_UNKNOWN;
    unsigned char *core;

    *ret_size = is_packed ? (size_t)size : packed->length;
    if (*ret_size < sizeof(Elf64_Ehdr) || *ret_size > IMAGE_LIMIT)
        return NULL;
    core = malloc(*ret_size);
    if (!core)
        return NULL;
    if (!is_packed)
        return memcpy(core, packed->bytes, packed->length);
    if (ZSTD_decompress(core, *ret_size, packed->bytes, packed->length) == *ret_size)
        return core;
    free(core);
    return NULL;
}

enum hog_status recorded_pack(const char *path, struct hog_error *error)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text core = {0};
    HOG_FREE char *packed = NULL;
    bool written = false;
    size_t size = 0;
    FILE *file;

    if (read_file(path, &core))
        packed = malloc(ZSTD_compressBound(core.length));
    if (packed)
        size = ZSTD_compress(packed, ZSTD_compressBound(core.length), core.bytes, core.length, PACKING_LEVEL);
    file = size && !ZSTD_isError(size) ? fopen(path, "wbe") : NULL;
    if (file) {
        written = fwrite(packed, 1, size, file) == size;
        written &= fclose(file) == 0;
    }
    return written ? HOG_OK : hog_fail(error, HOG_IO, "cannot pack %s", path);
}

/*
 * Opening.
 */

/* NT_FILE: count, page size, count × (start, end, offset), then the paths. */
static void mark_paths(unsigned char *note, size_t size)
{
    uint64_t count;
    size_t at;

    if (size < 2 * sizeof count)
        return;
    memcpy(&count, note, sizeof count);
    if (count > size / FILE_ENTRY)
        return;
    for (at = 2 * sizeof count + (size_t)count * FILE_ENTRY; at < size;) {
        size_t length = strnlen((const char *)note + at, size - at);

        if (note[at] == '/')
            note[at] = PATH_MARK;
        at += length + 1;
    }
}

static void mark_notes(unsigned char *notes, size_t size)
{
    for (size_t at = 0; at + sizeof(Elf64_Nhdr) <= size;) {
        Elf64_Nhdr note;
        size_t bytes;

        memcpy(&note, notes + at, sizeof note);
        bytes = at + sizeof note + ((note.n_namesz + (size_t)3) & ~(size_t)3);
        if (bytes > size || note.n_descsz > size - bytes)
            return;
        if (note.n_type == NT_FILE)
            mark_paths(notes + bytes, note.n_descsz);
        at = bytes + ((note.n_descsz + (size_t)3) & ~(size_t)3);
    }
}

static void hide_files(unsigned char *core, size_t size)
{
    Elf64_Ehdr header;
    Elf64_Phdr segment;

    memcpy(&header, core, sizeof header);
    for (size_t i = 0; i < header.e_phnum; i++) {
        size_t at = (size_t)header.e_phoff + i * sizeof segment;

        if (at > size || sizeof segment > size - at)
            return;
        memcpy(&segment, core + at, sizeof segment);
        if (segment.p_type == PT_NOTE && segment.p_offset < size &&
            segment.p_filesz <= size - segment.p_offset)
            mark_notes(core + segment.p_offset, (size_t)segment.p_filesz);
    }
}

/* The core reader wants a file: one without a name. */
static bool keep_unpacked(struct recorded_image *image, const unsigned char *core, size_t size)
{
    image->file = memfd_create("image", MFD_CLOEXEC);
    snprintf(image->path, sizeof image->path, "/proc/self/fd/%d", image->file);
    for (size_t done = 0; image->file >= 0 && done < size;) {
        ssize_t wrote = write(image->file, core + done, size - done);

        if (wrote <= 0)
            return false;
        done += (size_t)wrote;
    }
    return image->file >= 0;
}

enum hog_status recorded_open(struct recorded_image *image, const char *path, enum recorded_files files)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text packed = {0};
    HOG_FREE unsigned char *core = NULL;
    size_t size = 0;

    *image = (struct recorded_image){.file = -1};
    if (read_file(path, &packed))
        core = unpack(&packed, &size);
    if (!core)
        return hog_fail(&image->process.error, HOG_IO, "cannot read image %s", path);
    if (files == RECORDED_WITHOUT_FILES)
        hide_files(core, size);
    if (!keep_unpacked(image, core, size))
        return hog_fail(&image->process.error, HOG_IO, "cannot unpack image %s", path);
    return hog_process_open_core(
        &image->process, &(struct hog_core_request){.path = image->path, .executable = "", .sysroot = ""});
}

void recorded_close(struct recorded_image *image)
{
    hog_process_deinit(&image->process);
    hog_cleanup_close(&image->file);
}

/*
 * Dumping.
 */

enum hog_status recorded_locate(const struct hog_process *process, struct hog_memory *memory,
                                struct hog_location *ret_location)
{
    const struct hog_locate_options options = {.no_files = true};

    return hog_locate(ret_location, process, memory, &options);
}

static void keep_text(void *self, enum hog_stream stream, const char *bytes, size_t length)
{
    (void)stream;
    hog_text_append(self, bytes, length);
}

static bool never(void *self)
{
    (void)self;
    return false;
}

static void render(const struct report *report, struct recorded_outcome *outcome)
{
    const struct theme theme = {.max_depth = 0};
    struct hog_host host = {.self = &outcome->json, .write = keep_text, .interrupted = never};
    struct output json = {.file = -1}, text = {.file = -1};

    if (output_open(&json, &host, NULL) == HOG_OK) {
        render_dump_json(report, 0, &json.outlet);
        outcome->json.failed |= output_finish(&json) != HOG_OK;
    }
    output_deinit(&json);
    host.self = &outcome->text;
    if (output_open(&text, &host, NULL) == HOG_OK) {
        render_dump_text(report, &theme, &text.outlet);
        outcome->text.failed |= output_finish(&text) != HOG_OK;
    }
    output_deinit(&text);
}

void recorded_render(const struct hog_process *process, const struct hog_snapshot *snapshot,
                     struct recorded_outcome *ret_outcome)
{
    HOG_FREE const struct hog_thread **threads = calloc(snapshot->thread_count + 1, sizeof *threads);
    struct report report = {
        .debugger_name = "none",
        .target_kind = "core",
        .pid = process->pid,
        .executable = process->executable,
        .command_line = process->command_line,
        .snapshot = snapshot,
        .warnings = snapshot->warnings,
        .warning_count = snapshot->warning_count,
        .threads = threads,
        .thread_count = threads ? snapshot->thread_count : 0,
    };

    for (size_t i = 0; i < report.thread_count; i++)
        threads[i] = &snapshot->threads[i];
    *ret_outcome = (struct recorded_outcome){.complete = snapshot->complete};
    render(&report, ret_outcome);
}

/* What its threads wait for, as text too, which nobody keeps. */
static void render_why(const struct hog_process *process, const struct hog_location *location,
                       struct hog_memory *memory, const struct hog_snapshot *snapshot,
                       struct recorded_outcome *outcome)
{
    HOG_FREE const struct hog_thread **threads = calloc(snapshot->thread_count + 1, sizeof *threads);
    const struct report report = {.debugger_name = "none",
                                  .target_kind = "core",
                                  .snapshot = snapshot,
                                  .threads = threads,
                                  .thread_count = threads ? snapshot->thread_count : 0};
    const struct why_view theme = {.verbose = true};
    const struct hog_wait_options options = {0};
    HOG_CLEANUP(hog_text_deinit) struct hog_text text = {0};
    struct hog_host host = {.self = &outcome->why, .write = keep_text, .interrupted = never};
    struct output output = {.file = -1};
    struct hog_waits *waits = NULL;

    for (size_t i = 0; i < report.thread_count; i++)
        threads[i] = &snapshot->threads[i];
    outcome->status = hog_waits_read(process, location, memory, snapshot, &options, &waits, &outcome->error);
    if (outcome->status == HOG_OK && output_open(&output, &host, NULL) == HOG_OK) {
        render_why_json(&report, waits, &output.outlet);
        outcome->why.failed |= output_finish(&output) != HOG_OK;
        host.self = &text;
        render_why_text(&report, waits, &theme, &output.outlet);
        outcome->why.failed |= output_finish(&output) != HOG_OK || text.failed;
    }
    output_deinit(&output);
    hog_waits_destroy(waits);
}

/* Their lines come out of linecache alone: no file is read. The JSON is made too, and not kept. */
static void put_exceptions(struct hog_values *values, const struct hog_snapshot *snapshot,
                           const struct hog_value_limits *limits, struct hog_text *ret_exceptions)
{
    HOG_FREE const struct hog_thread **threads = calloc(snapshot->thread_count + 1, sizeof *threads);
    const struct report report = {
        .snapshot = snapshot, .threads = threads, .thread_count = threads ? snapshot->thread_count : 0};
    const struct theme theme = {.max_depth = 0};
    const struct hog_files files = {0};
    struct hog_sources *sources =
        hog_sources_create(&(struct hog_sources_options){.files = &files, .values = values});
    HOG_CLEANUP(hog_text_deinit) struct hog_text json = {0};
    struct hog_host host = {.self = ret_exceptions, .write = keep_text, .interrupted = never};
    struct output output = {.file = -1};

    for (size_t i = 0; i < report.thread_count; i++)
        threads[i] = &snapshot->threads[i];
    if (sources && output_open(&output, &host, NULL) == HOG_OK) {
        const struct exceptions_request request = {.values = values, .sources = sources, .limits = limits};

        render_exceptions_text(&report, &request, &theme, &output.outlet);
        ret_exceptions->failed |= output_finish(&output) != HOG_OK;
        host.self = &json;
        if (output_open(&output, &host, NULL) == HOG_OK)
            render_exceptions_json(&report, &request, &output.outlet);
        ret_exceptions->failed |= output_finish(&output) != HOG_OK || json.failed;
    }
    output_deinit(&output);
    hog_sources_destroy(sources);
}

bool recorded_values(const struct hog_process *process, const struct hog_location *location,
                     struct hog_memory *memory, struct hog_snapshot *snapshot,
                     const struct hog_value_limits *limits, struct hog_text *ret_exceptions)
{
    const struct hog_values_options reading = {.max_steps = RECORDED_STEPS};
    const struct hog_locals_options options = {.limits = limits, .all = true};
    struct hog_values *values = hog_values_create(process, location, memory, &snapshot->arena, &reading);
    bool all = values != NULL;

    for (size_t i = 0; all && i < snapshot->thread_count; i++)
        all = hog_locals_add(values, &snapshot->threads[i], 0, &options);
    if (values)
        put_exceptions(values, snapshot, limits, ret_exceptions);
    hog_values_destroy(values);
    return all;
}

void recorded_decode(const struct hog_process *process, const struct hog_location *location,
                     struct hog_memory *memory, struct recorded_outcome *ret_outcome)
{
    const struct hog_decode_options options = {0};
    struct hog_snapshot *snapshot = NULL;

    *ret_outcome = (struct recorded_outcome){0};
    ret_outcome->status =
        hog_decode_snapshot(process, location, memory, &options, &snapshot, &ret_outcome->error);
    if (ret_outcome->status == HOG_OK)
        recorded_render(process, snapshot, ret_outcome);
    if (ret_outcome->status == HOG_OK)
        render_why(process, location, memory, snapshot, ret_outcome);
    hog_snapshot_destroy(snapshot);
}

void recorded_dump(const struct hog_process *process, struct hog_memory *memory,
                   struct recorded_outcome *ret_outcome)
{
    struct hog_location location;
    enum hog_status status = recorded_locate(process, memory, &location);

    if (status == HOG_OK)
        recorded_decode(process, &location, memory, ret_outcome);
    else
        *ret_outcome = (struct recorded_outcome){.status = status, .error = location.error};
    hog_location_deinit(&location);
}

void recorded_outcome_deinit(struct recorded_outcome *outcome)
{
    hog_text_deinit(&outcome->json);
    hog_text_deinit(&outcome->text);
    hog_text_deinit(&outcome->why);
}

const char *recorded_threads(const struct recorded_outcome *outcome)
{
    const char *threads = outcome->json.bytes ? strstr(outcome->json.bytes, "\"interpreters\"") : NULL;

    return threads ? threads : "";
}
