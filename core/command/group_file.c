/*
 * Documents out of a file, whose sizes nobody tells; see group_file.h.
 *
 *      bytes   | parsed | document | document, as far as it was read |      |
 *                       ▲ at                                         ▲ length
 *
 * A document is tried with what is there, and with twice as much when that was
 * not all of it: the longest one is parsed twice, and no more is held than
 * that takes. It is parsed in steps, between which Ctrl-C is seen.
 */
#include "command/group_file.h"
#include "base/cleanup.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_TRY = 64 << 10, STEP = 4 << 20 };

void group_file_deinit(struct group_file *file)
{
    free(file->bytes);
    *file = (struct group_file){0};
}

/* Until `wanted` bytes lie behind `at`, or the file ends. */
static enum hog_status read_ahead(struct group_file *file, size_t wanted)
{
    if (file->at && wanted > file->room - file->at) {
        memmove(file->bytes, file->bytes + file->at, file->length - file->at);
        file->length -= file->at;
        file->at = 0;
    }
    if (wanted > file->room) {
        char *grown = realloc(file->bytes, wanted);

        if (!grown)
            return HOG_NO_MEMORY;
        file->bytes = grown;
        file->room = wanted;
    }
    while (!file->ended && file->length - file->at < wanted) {
        size_t more = wanted - (file->length - file->at);
        size_t got = fread(file->bytes + file->length, 1, more < STEP ? more : STEP, file->file);

        file->length += got;
        file->ended = got == 0;
        if (hog_watch_due(file->watch, 0))
            return HOG_INTERRUPTED;
    }
    return HOG_OK;
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

/* HOG_NOT_FOUND: nothing else comes. */
static enum hog_status skip_blanks(struct group_file *file)
{
    enum hog_status status;

    do {
        while (file->at < file->length && is_blank(file->bytes[file->at]))
            file->at++;
        if (file->at < file->length)
            return HOG_OK;
        status = read_ahead(file, FIRST_TRY);
    } while (status == HOG_OK && file->at < file->length);
    return status == HOG_OK ? HOG_NOT_FOUND : status;
}

static void free_state(yyjson_incr_state **state)
{
    yyjson_incr_free(*state);
}

/* NULL: `error` says why; of YYJSON_READ_ERROR_MORE the document goes on behind `length`, or Ctrl-C was pressed. */
static yyjson_doc *parse(const struct group_file *file, size_t length, yyjson_read_err *error)
{
    HOG_CLEANUP(free_state)
    yyjson_incr_state *state =
        yyjson_incr_new(file->bytes + file->at, length, YYJSON_READ_STOP_WHEN_DONE, NULL);
    yyjson_doc *document = NULL;
    size_t given = 0;

    *error = (yyjson_read_err){.code = YYJSON_READ_ERROR_MEMORY_ALLOCATION};
    if (!state)
        return NULL;
    do {
        given = length - given > STEP ? given + STEP : length;
        document = yyjson_incr_read(state, given, error);
    } while (!document && error->code == YYJSON_READ_ERROR_MORE && given < length &&
             !hog_watch_due(file->watch, 0));
    return document;
}

static bool is_unfinished(const yyjson_read_err *error)
{
    return error->code == YYJSON_READ_ERROR_MORE || error->code == YYJSON_READ_ERROR_UNEXPECTED_END;
}

enum hog_status group_file_next(struct group_file *file, yyjson_doc **ret_document,
                                char ret_why[static HOG_ERROR_MESSAGE])
{
    enum hog_status status = skip_blanks(file);
    yyjson_read_err error = {.code = YYJSON_READ_ERROR_MORE};
    yyjson_doc *document = NULL;
    bool all = false;

    for (size_t wanted = FIRST_TRY; status == HOG_OK && !document && is_unfinished(&error) && !all;
         wanted *= 2) {
        size_t length;

        status = read_ahead(file, wanted);
        if (status != HOG_OK)
            break;
        length = file->length - file->at < wanted ? file->length - file->at : wanted;
        all = file->ended && length == file->length - file->at;
        document = parse(file, length, &error);
        if (!document && file->watch->seen)
            status = HOG_INTERRUPTED;
    }
    if (status != HOG_OK)
        return status;
    if (!document && error.code == YYJSON_READ_ERROR_MEMORY_ALLOCATION)
        return HOG_NO_MEMORY;
    if (!document) {
        snprintf(ret_why, HOG_ERROR_MESSAGE, "%s", is_unfinished(&error) ? "it ends too early" : error.msg);
        return HOG_USAGE;
    }
    file->at += yyjson_doc_get_read_size(document);
    *ret_document = document;
    return HOG_OK;
}
