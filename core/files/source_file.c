/* Reading files of source; see source_file.h. */
#define _GNU_SOURCE
#include "files/source_file.h"
#include "base/cleanup.h"
#include "base/utf8.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

void source_file_deinit(struct source_file *source)
{
    hog_text_deinit(&source->text);
    free(source->lines);
}

static bool is_named_as_python(const char *path)
{
    static const char *const endings[] = {".py", ".pyw", ".pyx", ".pxd", ".pyi"};
    size_t length = strlen(path);

    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t size = strlen(endings[i]);

        if (length > size && strcmp(path + length - size, endings[i]) == 0)
            return true;
    }
    return false;
}

/* A program without an ending: "#!/usr/bin/env python3". */
static bool begins_as_python(const char *bytes, size_t length)
{
    const char *end = memchr(bytes, '\n', length);
    size_t first = end ? (size_t)(end - bytes) : length;

    return first > 2 && bytes[0] == '#' && bytes[1] == '!' && memmem(bytes, first, "python", 6);
}

/*
 * "# -*- coding: latin-1 -*-" in one of the first two lines (PEP 263). Other encodings than UTF-8 and this one come
 * out as bytes that are no UTF-8 do.
 */
static bool is_latin_1(const char *bytes, size_t length)
{
    static const char *const names[] = {"latin-1", "iso-8859-1", "latin1", "iso8859-1"};
    char head[400];
    const char *at = head;

    snprintf(head, sizeof head, "%.*s", (int)(length < sizeof head ? length : sizeof head - 1), bytes);
    for (int line = 0; line < 2 && at; line++) {
        const char *next = strchr(at, '\n');
        const char *coding = at[strspn(at, " \t\f")] == '#' ? strstr(at, "coding") : NULL;

        if (coding && (!next || coding < next)) {
            coding += strlen("coding") + 1;
            coding += strspn(coding, " \t");
            for (size_t i = 0; i < sizeof names / sizeof *names; i++)
                if (strncasecmp(coding, names[i], strlen(names[i])) == 0)
                    return true;
        }
        at = next ? next + 1 : NULL;
    }
    return false;
}

static void append_latin_1(struct hog_text *text, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        char pair[] = {(char)(0xc0 | byte >> 6), (char)(0x80 | (byte & 0x3f))};

        if (byte < 0x80)
            hog_text_append_clean(text, bytes + i, 1);
        else
            hog_text_append(text, pair, 2);
    }
}

/* "\r\n" and "\r" end a line as "\n" does. */
static enum hog_status split(struct source_file *source)
{
    char *at = source->text.bytes;
    uint32_t count = 1;

    for (size_t i = 0; i < source->text.length; i++)
        count += at[i] == '\n' || at[i] == '\r';
    source->lines = malloc(count * sizeof *source->lines);
    if (!source->lines)
        return HOG_NO_MEMORY;
    while (at && *at) {
        size_t length = strcspn(at, "\r\n");
        bool two = at[length] == '\r' && at[length + 1] == '\n';

        source->lines[source->count++] = at;
        if (!at[length])
            break;
        at[length] = '\0';
        at += length + 1 + two;
    }
    return HOG_OK;
}

enum hog_status source_file_take(struct source_file *source, const char *bytes, size_t length)
{
    if (length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
        bytes += 3;
        length -= 3;
    }
    if (is_latin_1(bytes, length))
        append_latin_1(&source->text, bytes, length);
    else
        hog_text_append_clean(&source->text, bytes, length);
    source->note = "";
    return source->text.failed ? HOG_NO_MEMORY : split(source);
}

enum hog_status source_file_init(struct source_file *source, const struct hog_files *files, const char *path)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text bytes = {0};
    enum hog_file_refusal why;
    struct stat about;

    *source = (struct source_file){.note = "this is not a source file"};
    if (!path || !*path || *path == '<')
        return HOG_OK;
    if (!hog_files_read(files, path, SOURCE_FILE_MOST, &bytes, &about, &why)) {
        if (is_named_as_python(path)) {
            source->withheld = why != HOG_FILE_MISSING;
            source->note =
                source->withheld ? hog_file_refusal_words(why) : "the source file is not on this machine";
        }
        return HOG_OK;
    }
    if (bytes.failed)
        return HOG_NO_MEMORY;
    if (!is_named_as_python(path) && !(bytes.length && begins_as_python(bytes.bytes, bytes.length)))
        return HOG_OK;
    source->changed = (double)about.st_mtim.tv_sec + (double)about.st_mtim.tv_nsec / 1e9;
    return source_file_take(source, bytes.bytes ? bytes.bytes : "", bytes.length);
}
