/*
 * .html: the flame graph on a canvas, for profiles of any size, with functions
 * (callers, callees) and lines (the source around them, where it is on this
 * machine). One file, nothing from elsewhere: its policy forbids it.
 */
#include "base/cleanup.h"
#include "files/source_file.h"
#include "formats/assets.h"
#include "formats/flame_data.h"
#include "formats/strings.h"
#include "profile/project.h"
#include "profile/view.h"

#include <stdio.h>
#include <string.h>

enum { NEIGHBOURS = 4, LONGEST_LINE = 400, MOST_FILES_WITH_SOURCE = 200 };

static void put_asset(struct out *out, const struct asset *asset)
{
    out_bytes(out, asset->bytes, asset->length);
}

/* A line's text, cut where it is longer than anyone reads. */
static void put_line_text(struct json_out *json, const char *text)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text cut = {0};
    size_t length = strlen(text);

    if (length <= LONGEST_LINE) {
        json_out_text(json, text);
        return;
    }
    length = LONGEST_LINE;
    while (length && ((unsigned char)text[length] & 0xc0) == 0x80)
        length--;
    hog_text_append(&cut, text, length);
    hog_text_puts(&cut, "\xe2\x80\xa6");
    if (cut.failed)
        out_fail(json->out, HOG_NO_MEMORY);
    else
        json_out_text(json, cut.bytes);
}

/* The lines of one file: a slice of the view's. */
struct file_lines {
    const struct hog_view_line *lines;
    uint32_t count;
};

static void put_neighbourhood(struct json_out *json, const struct source_file *source,
                              const struct file_lines *file)
{
    int64_t next = 1;

    json_out_key(json, "source");
    json_out_open(json, '[');
    for (uint32_t i = 0; i < file->count; i++) {
        int64_t line = file->lines[i].line;
        int64_t from = line - NEIGHBOURS > next ? line - NEIGHBOURS : next;

        for (; line > 0 && from <= line + NEIGHBOURS && from <= source->count; from++) {
            json_out_open(json, '[');
            json_out_i64(json, from);
            /* There are `count` of them. NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
            put_line_text(json, source->lines[from - 1]);
            json_out_close(json, ']');
        }
        if (from > next)
            next = from;
    }
    json_out_close(json, ']');
}

static void put_lines(struct json_out *json, const struct file_lines *file)
{
    json_out_key(json, "lines");
    json_out_open(json, '[');
    for (uint32_t i = 0; i < file->count; i++) {
        json_out_open(json, '[');
        json_out_i64(json, file->lines[i].line);
        json_out_u64(json, file->lines[i].self);
        json_out_u64(json, file->lines[i].total);
        json_out_close(json, ']');
    }
    json_out_close(json, ']');
}

static void note_withheld(const struct hog_write_options *options, const char *filename,
                          const struct source_file *source)
{
    struct hog_withheld *withheld = options->withheld;

    if (!withheld || !source->withheld)
        return;
    if (withheld->count++)
        return;
    snprintf(withheld->first, sizeof withheld->first, "%s", filename);
    withheld->reason = source->note;
}

/* `options` NULL: without source text. */
static enum hog_status put_file(struct json_out *json, const struct hog_view *view,
                                const struct hog_labels *labels, uint32_t number,
                                const struct file_lines *file, const struct hog_write_options *options)
{
    const struct hog_function *function = &view->profile->functions[number];
    HOG_CLEANUP(source_file_deinit) struct source_file source = {.note = "source was left out"};
    enum hog_status status = HOG_OK;

    if (options)
        status = source_file_init(&source, options->files, function->filename);
    if (status != HOG_OK)
        return status;
    if (options)
        note_withheld(options, function->filename, &source);
    if (view->profile->info.start_time > 0 && source.changed > view->profile->info.start_time)
        source.note = "the file was changed after the profile was taken: lines may be off";
    json_out_open(json, '{');
    json_out_put_text(json, "name", function->name);
    json_out_put_text(json, "short", labels->short_file[number]);
    json_out_put_u64(json, "self", view->functions[number].self);
    json_out_put_text(json, "note", source.note);
    put_lines(json, file);
    put_neighbourhood(json, &source, file);
    json_out_close(json, '}');
    return HOG_OK;
}

static const char *file_key(const struct hog_function *function)
{
    return function->filename ? function->filename : "";
}

/* By function: which of the files it is in; -1: none. */
static enum hog_status put_file_numbers(struct json_out *json, const struct flame *flame,
                                        const struct hog_profile *files, const uint32_t *order)
{
    HOG_CLEANUP(strings_deinit) struct strings names = {0};
    HOG_FREE uint32_t *file_of = malloc((files->function_count + (size_t)1) * sizeof *file_of);
    uint32_t known = 0;

    if (!file_of)
        return HOG_NO_MEMORY;
    for (uint32_t i = 0; !hog_watch_due(files->watch, i) && i < files->function_count; i++)
        if (strings_number(&names, file_key(&files->functions[order[i]])) == known && !names.failed)
            file_of[known++] = i;
    json_out_key(json, "file");
    json_out_open(json, '[');
    for (uint32_t i = 0; out_goes_on(json->out) && i < flame->profile->function_count; i++) {
        const struct hog_function *function = &flame->profile->functions[i];
        uint32_t number = function->is_synthetic ? known : strings_number(&names, file_key(function));

        json_out_i64(json, number < known ? (int64_t)file_of[number] : -1);
    }
    json_out_close(json, ']');
    return names.failed ? HOG_NO_MEMORY : HOG_OK;
}

/* Files in place of functions, the busiest first. */
static enum hog_status put_files(struct json_out *json, const struct flame *flame,
                                 const struct hog_profile *files, const struct hog_write_options *options)
{
    HOG_CLEANUP(hog_view_deinit) struct hog_view view = {0};
    HOG_CLEANUP(hog_labels_deinit) struct hog_labels labels = {0};
    HOG_FREE uint32_t *order = NULL, *first = calloc(files->function_count + (size_t)2, sizeof *first);
    enum hog_status status = first ? hog_view_init(&view, files) : HOG_NO_MEMORY;

    if (status == HOG_OK)
        status = hog_labels_init(&labels, files);
    if (status != HOG_OK)
        return status;
    order = hog_view_order(&view, HOG_SORT_SELF);
    if (!order)
        return HOG_NO_MEMORY;
    for (uint32_t i = 0; i < view.line_count; i++)
        first[view.lines[i].function + 1] = i + 1;
    status = put_file_numbers(json, flame, files, order);
    json_out_key(json, "files");
    json_out_open(json, '[');
    for (uint32_t i = 0; status == HOG_OK && out_goes_on(json->out) && i < files->function_count; i++) {
        uint32_t f = order[i];
        struct file_lines file = {view.lines + first[f], first[f + 1] - first[f]};

        status = put_file(json, &view, &labels, f, &file,
                          options->files && i < MOST_FILES_WITH_SOURCE ? options : NULL);
    }
    json_out_close(json, ']');
    return status;
}

static enum hog_status put_data(const struct flame *flame, const struct hog_profile *files,
                                const struct hog_write_options *options, struct out *out)
{
    struct json_out json = {.out = out, .in_html = true};
    enum hog_status status = HOG_OK;

    json_out_open(&json, '{');
    flame_put_data(&json, flame, 1);
    json_out_put_bool(&json, "has_lines", files != NULL);
    if (files) {
        status = put_files(&json, flame, files, options);
    } else {
        json_out_key(&json, "file");
        json_out_open(&json, '[');
        json_out_close(&json, ']');
        json_out_key(&json, "files");
        json_out_open(&json, '[');
        json_out_close(&json, ']');
    }
    json_out_close(&json, '}');
    return status;
}

static void put_head(const struct flame *flame, struct out *out)
{
    out_puts(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                  "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                  "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                  "script-src 'unsafe-inline'; style-src 'unsafe-inline'\">\n<title>");
    out_xml(out, flame->title.bytes);
    out_puts(out, "</title>\n<style>\n");
    put_asset(out, &asset_palette_css);
    put_asset(out, &asset_flame_html_css);
    out_puts(out, "</style>\n</head>\n<body>\n");
    put_asset(out, &asset_flame_body_html);
}

static enum hog_status put_page(const struct flame *flame, const struct hog_profile *files,
                                const struct hog_write_options *options, struct out *out)
{
    enum hog_status status;

    put_head(flame, out);
    out_puts(out, "<script type=\"application/json\" id=\"data\">");
    status = put_data(flame, files, options, out);
    out_puts(out, "</script>\n<script>\n");
    put_asset(out, &asset_flame_model_js);
    put_asset(out, &asset_flame_html_js);
    put_asset(out, &asset_flame_tables_js);
    put_asset(out, &asset_flame_page_js);
    out_puts(out, "</script>\n</body>\n</html>\n");
    return status;
}

enum hog_status html_write(const struct hog_profile *profile, const struct hog_write_options *options,
                           struct out *out)
{
    struct hog_projection by_file = {.by_line = true, .threads = HOG_THREADS_MERGED, .as_files = true};
    HOG_CLEANUP(flame_deinit) struct flame flame = {0};
    HOG_PROFILE struct hog_profile *files = NULL;
    enum hog_status status = flame_init(&flame, profile, options);

    if (status == HOG_OK && profile->info.has_lines)
        status = hog_profile_project(profile, &by_file, &files);
    return status == HOG_OK ? put_page(&flame, files, options, out) : status;
}
