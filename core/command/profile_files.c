/* Formats of files, their names, and writing them; see profile_files.h. */
#define _GNU_SOURCE
#include "command/profile_files.h"
#include "base/cleanup.h"
#include "formats/read.h"
#include "host/output.h"
#include "show/paint.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/*
 * Names.
 */

static void put_time(struct hog_text *name, double epoch)
{
    time_t seconds = (time_t)epoch;
    struct tm parts;
    char text[32];

    if (gmtime_r(&seconds, &parts) && strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &parts))
        hog_text_puts(name, text);
}

bool profile_file_name(const char *path, const struct hog_profile *profile, struct hog_text *ret_name)
{
    hog_text_clear(ret_name);
    for (; *path; path++) {
        if (path[0] == '%' && path[1] == 't')
            put_time(ret_name, profile->info.start_time);
        else if (path[0] == '%' && path[1] == 'p')
            hog_text_printf(ret_name, "%" PRId64, profile->info.pid);
        else if (path[0] != '%' || path[1] != '%')
            hog_text_append(ret_name, path, 1);
        else
            hog_text_puts(ret_name, "%");
        if (path[0] == '%' && (path[1] == 't' || path[1] == 'p' || path[1] == '%'))
            path++;
    }
    return !ret_name->failed;
}

bool profile_file_has_time(const char *path)
{
    for (; (path = strchr(path, '%')); path += path[1] ? 2 : 1)
        if (path[1] == 't')
            return true;
    return false;
}

/*
 * Planning.
 */

static enum hog_status choose_format(struct profile_file *file, const struct hog_format *format,
                                     struct hog_error *error)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text known = {0};
    bool to_host = strcmp(file->path, "-") == 0;

    file->format = format ? format : hog_format_of_path(file->path);
    if (file->format && to_host && !file->format->is_text)
        return hog_fail(error, HOG_USAGE, "cannot write %s, a binary format, to -: name a FILE",
                        file->format->name);
    if (file->format)
        return HOG_OK;
    hog_format_list_extensions(&known);
    if (to_host)
        return hog_fail(error, HOG_USAGE,
                        "- does not tell the format: add --format, such as --format collapsed");
    return hog_fail(error, HOG_USAGE,
                    "%.300s does not tell the format: let it end in %s, or add --format FORMAT", file->path,
                    paint_text(&known));
}

/* Can it be written at all? A pipe is not asked: that would look like its end to whoever reads it. */
static enum hog_status try_file(const char *path, struct hog_error *error)
{
    HOG_CLEANUP(output_deinit) struct output output = {.file = -1};
    const struct hog_profile nobody = {.info = {.pid = 1}};
    HOG_CLEANUP(hog_text_deinit) struct hog_text name = {0};
    enum hog_status status;

    if (!profile_file_name(path, &nobody, &name))
        return hog_fail(error, HOG_NO_MEMORY, "not enough memory");
    if (!output_is_replaced(paint_text(&name)))
        return HOG_OK;
    status = output_open(&output, NULL, paint_text(&name));
    if (status != HOG_OK)
        *error = output.error;
    return status;
}

enum hog_status profile_files_plan(struct profile_files *files, const char *const *paths, size_t count,
                                   const struct hog_format *format, struct hog_error *error)
{
    enum hog_status status = HOG_OK;

    *files = (struct profile_files){.files = calloc(count + 1, sizeof *files->files)};
    if (!files->files)
        return hog_fail(error, HOG_NO_MEMORY, "not enough memory");
    for (; files->count < count && status == HOG_OK; files->count++) {
        struct profile_file *file = &files->files[files->count];

        file->path = paths[files->count];
        files->to_host = files->to_host || strcmp(file->path, "-") == 0;
        status = choose_format(file, format, error);
        if (status == HOG_OK)
            status = try_file(file->path, error);
    }
    return status;
}

void profile_files_deinit(struct profile_files *files)
{
    free(files->files);
}

enum hog_status profile_files_spare(const struct profile_files *files, const struct hog_profile *profile,
                                    struct hog_error *error)
{
    for (size_t i = 0; i < files->count; i++) {
        HOG_CLEANUP(hog_text_deinit) struct hog_text name = {0};
        HOG_FREE char *path = NULL;

        if (profile_file_name(files->files[i].path, profile, &name))
            path = output_path(paint_text(&name));
        if (!path)
            return hog_fail(error, HOG_NO_MEMORY, "not enough memory");
        if (hog_profile_is_in_file(path, profile->watch))
            return hog_fail(
                error, HOG_USAGE,
                "%.300s holds a profile already, and nothing was written: choose another name, or "
                "write over it with --force",
                paint_text(&name));
    }
    return HOG_OK;
}

/*
 * Writing.
 */

struct counted_output {
    struct output *output;
    uint64_t bytes;
};

static bool put_bytes(void *self, const void *bytes, size_t length)
{
    struct counted_output *counted = self;

    hog_text_append(&counted->output->outlet.text, bytes, length);
    counted->bytes += length;
    return hog_outlet_more(&counted->output->outlet);
}

/* `output->error` has the words when the sink said no, `error` when the writer did. */
static enum hog_status write_file(const struct profile_file *file, const char *name,
                                  const struct hog_profile *profile, const struct hog_write_options *options,
                                  const struct hog_host *host, uint64_t *ret_bytes, struct hog_error *error)
{
    HOG_CLEANUP(output_deinit) struct output output = {.file = -1};
    struct counted_output counted = {.output = &output};
    const struct hog_sink sink = {&counted, put_bytes};
    enum hog_status status = output_open(&output, host, name);

    output.ignore_interrupt = true; /* the profile's watch knows which Ctrl-C must not end the writing */
    if (status == HOG_OK)
        status = hog_write_profile(profile, file->format, options, &sink, error);
    if (status == HOG_OK)
        status = output_finish(&output);
    *ret_bytes = counted.bytes;
    if (output.outlet.interrupted || (profile->watch && profile->watch->seen))
        return hog_fail(error, HOG_INTERRUPTED, "interrupted while %.300s was written", name);
    if (output.error.status != HOG_OK) {
        *error = output.error;
        return output.error.status;
    }
    return status;
}

static void put_written(struct hog_text *text, const char *name, const struct hog_format *format,
                        uint64_t bytes)
{
    char number[PAINT_NUMBER];

    hog_text_puts(text, "Wrote ");
    hog_text_put_printable(text, name);
    hog_text_printf(text, " (%s, %s bytes)\n", format->name, paint_number(bytes, number));
}

/* What of the source is there and is not in the file. */
static void put_withheld(struct hog_text *text, const struct hog_withheld *withheld)
{
    if (!withheld->count)
        return;
    hog_text_printf(text, "Note: the source of %" PRIu32 " file%s was left out: ", withheld->count,
                    withheld->count == 1 ? "" : "s");
    hog_text_put_printable(text, withheld->first);
    hog_text_printf(text, ": %s%s\n", withheld->reason,
                    withheld->count == 1 ? "" : "; the .html says so for each");
}

/* "1 of 3 files was not written: …; …". */
static enum hog_status tell_failures(size_t failed, size_t count, const struct hog_text *words,
                                     enum hog_status status, struct hog_error *error)
{
    if (count == 1)
        return hog_fail(error, status, "%s", paint_text(words));
    return hog_fail(error, status, "%zu of %zu files %s not written: %s", failed, count,
                    failed == 1 ? "was" : "were", paint_text(words));
}

enum hog_status profile_files_write(const struct profile_files *files, const struct hog_profile *profile,
                                    const struct hog_write_options *options, struct hog_session *session,
                                    struct hog_text *text)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text name = {0};
    HOG_CLEANUP(hog_text_deinit) struct hog_text words = {0};
    enum hog_status worst = HOG_OK;
    size_t failed = 0;

    for (size_t i = 0; i < files->count; i++) {
        const struct profile_file *file = &files->files[i];
        struct hog_withheld withheld = {0};
        struct hog_write_options wanted = *options;
        struct hog_error error = {0};
        uint64_t bytes = 0;
        enum hog_status status = profile_file_name(file->path, profile, &name) ? HOG_OK : HOG_NO_MEMORY;

        wanted.withheld = &withheld;
        if (status == HOG_OK)
            status = write_file(file, paint_text(&name), profile, &wanted, &session->host, &bytes, &error);
        if (status == HOG_OK) {
            if (strcmp(file->path, "-") != 0)
                put_written(text, paint_text(&name), file->format, bytes);
            put_withheld(text, &withheld);
            continue;
        }
        worst = status;
        hog_text_printf(&words, "%s%s", failed++ ? "; " : "",
                        *error.message ? error.message : "not enough memory");
    }
    return failed ? tell_failures(failed, files->count, &words, worst, &session->error) : HOG_OK;
}
