/* Names for people; see labels.h. */
#include "profile/labels.h"
#include "base/cleanup.h"
#include "base/text.h"
#include "profile/hash_index.h"

#include <string.h>

struct labelling {
    struct hog_labels *labels;
    const struct hog_profile *profile;
    const char **tail; /* by function: into its file name */
    struct hash_index index;
};

static void labelling_deinit(struct labelling *labelling)
{
    free(labelling->tail);
    hash_index_deinit(&labelling->index);
}

static const char *file_of(const struct labelling *labelling, uint32_t function)
{
    const char *file = labelling->profile->functions[function].filename;

    return file ? file : "";
}

/*
 * Short files: all begin as the last part; as long as two different files end
 * alike, both get one part more.
 */

static const char *one_part_more(const char *file, const char *tail)
{
    if (tail == file)
        return file;
    tail--; /* onto the slash before it */
    while (tail > file && tail[-1] != '/')
        tail--;
    return tail;
}

/* The function whose file ends alike but is another one; HOG_NO_FUNCTION: none. */
static uint32_t find_alike(struct labelling *labelling, uint32_t function, uint32_t hash)
{
    size_t at = hash_index_start(&labelling->index, hash);
    uint32_t other;

    while ((other = hash_index_next(&labelling->index, hash, &at)) != HASH_INDEX_NONE)
        if (strcmp(labelling->tail[other], labelling->tail[function]) == 0)
            return other;
    return HOG_NO_FUNCTION;
}

/* One round over all files. `ret_again`: tails grew, look again. */
static bool lengthen_tails(struct labelling *labelling, bool *longer, bool *ret_again)
{
    uint32_t count = labelling->profile->function_count;

    hash_index_deinit(&labelling->index);
    memset(longer, 0, count);
    *ret_again = false;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t hash = hash_bytes(labelling->tail[i], strlen(labelling->tail[i]));
        uint32_t other = find_alike(labelling, i, hash);

        if (hog_watch_due(labelling->profile->watch, i))
            return false;
        if (other == HOG_NO_FUNCTION && !hash_index_add(&labelling->index, hash, i))
            return false;
        if (other != HOG_NO_FUNCTION && strcmp(file_of(labelling, i), file_of(labelling, other)) != 0)
            longer[i] = longer[other] = true;
    }
    /* whoever shares a file with one that grows, grows too */
    for (uint32_t i = 0; i < count; i++) {
        uint32_t first = find_alike(labelling, i, hash_bytes(labelling->tail[i], strlen(labelling->tail[i])));

        if (hog_watch_due(labelling->profile->watch, i))
            return false;
        longer[i] = longer[i] || (first != HOG_NO_FUNCTION && longer[first]);
    }
    for (uint32_t i = 0; i < count; i++) {
        const char *tail =
            longer[i] ? one_part_more(file_of(labelling, i), labelling->tail[i]) : labelling->tail[i];

        *ret_again = *ret_again || tail != labelling->tail[i];
        longer[i] = false;
        labelling->tail[i] = tail;
    }
    return true;
}

static enum hog_status shorten_files(struct labelling *labelling)
{
    uint32_t count = labelling->profile->function_count;
    HOG_FREE bool *longer = calloc(count + (size_t)1, sizeof *longer);
    bool again = true;

    if (!longer)
        return HOG_NO_MEMORY;
    for (uint32_t i = 0; i < count; i++)
        labelling->tail[i] = hog_path_last(file_of(labelling, i));
    while (again)
        if (!lengthen_tails(labelling, longer, &again))
            return HOG_NO_MEMORY;
    return HOG_OK;
}

/*
 * Printable texts.
 */

/* Marks that turn the direction of text, and separators of lines: U+200E, F, U+2028 … E, U+2066 … 9. */
static uint32_t unseen_mark(const char *at)
{
    unsigned char first = (unsigned char)at[0], second = first ? (unsigned char)at[1] : 0;
    unsigned char third = second ? (unsigned char)at[2] : 0;
    bool turns = second == 0x80 && (third == 0x8e || third == 0x8f || (third >= 0xa8 && third <= 0xae));
    bool isolates = second == 0x81 && third >= 0xa6 && third <= 0xa9;

    return first == 0xe2 && (turns || isolates) ? 0x2000u | (second & 0x3fu) << 6 | (third & 0x3fu) : 0;
}

/* A name must not turn what stands beside it. */
static void put_visible(struct hog_text *shown, const char *text)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text plain = {0};

    hog_text_put_printable(&plain, text);
    shown->failed = shown->failed || plain.failed;
    for (const char *at = plain.bytes; at && *at;) {
        uint32_t mark = unseen_mark(at);

        if (mark)
            hog_text_printf(shown, "\\u%04x", mark);
        else
            hog_text_append(shown, at, 1);
        at += mark ? 3 : 1;
    }
}

static const char *printable(struct hog_arena *arena, const char *text, int32_t line)
{
    HOG_CLEANUP(hog_text_deinit) struct hog_text shown = {0};

    put_visible(&shown, text);
    if (line > 0 && *text)
        hog_text_printf(&shown, ":%d", line);
    if (shown.failed)
        return NULL;
    return hog_arena_copy_text(arena, shown.bytes ? shown.bytes : "", shown.length);
}

static bool label_function(struct labelling *labelling, uint32_t i)
{
    struct hog_labels *labels = labelling->labels;
    const struct hog_function *function = &labelling->profile->functions[i];
    const char *name = function->qualname ? function->qualname : function->name;

    labels->name[i] = printable(&labels->arena, *name ? name : "<unnamed>", 0);
    labels->short_file[i] = printable(&labels->arena, labelling->tail[i], 0);
    labels->place[i] = printable(&labels->arena, labelling->tail[i], function->first_line);
    return labels->name[i] && labels->short_file[i] && labels->place[i];
}

/* The function that has this text as its `unique` so far. */
static uint32_t find_unique(const struct labelling *labelling, const char *text)
{
    uint32_t hash = hash_bytes(text, strlen(text));
    size_t at = hash_index_start(&labelling->index, hash);
    uint32_t other;

    while ((other = hash_index_next(&labelling->index, hash, &at)) != HASH_INDEX_NONE)
        if (strcmp(labelling->labels->unique[other], text) == 0)
            return other;
    return HOG_NO_FUNCTION;
}

static bool set_unique(struct labelling *labelling, uint32_t function, const char *text)
{
    if (!text)
        return false;
    labelling->labels->unique[function] = text;
    return hash_index_add(&labelling->index, hash_bytes(text, strlen(text)), function);
}

static const char *with_place(struct labelling *labelling, uint32_t i)
{
    struct hog_labels *labels = labelling->labels;
    const char *text = labels->name[i];

    if (*labels->place[i])
        text = hog_arena_printf(&labels->arena, "%s (%s)", labels->name[i], labels->place[i]);
    for (unsigned n = 2; text && !hog_watch_due(labelling->profile->watch, n) &&
                         find_unique(labelling, text) != HOG_NO_FUNCTION;
         n++)
        text = hog_arena_printf(&labels->arena, "%s (%s) #%u", labels->name[i], labels->place[i], n);
    return text;
}

/* First those whose name is theirs alone, then the others with their places. */
static enum hog_status make_unique(struct labelling *labelling)
{
    uint32_t count = labelling->profile->function_count;
    HOG_FREE bool *shared = calloc(count + (size_t)1, sizeof *shared);

    if (!shared)
        return HOG_NO_MEMORY;
    hash_index_deinit(&labelling->index);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t other = find_unique(labelling, labelling->labels->name[i]);

        if (hog_watch_due(labelling->profile->watch, i))
            return HOG_INTERRUPTED;
        if (other != HOG_NO_FUNCTION)
            shared[i] = shared[other] = true;
        else if (!set_unique(labelling, i, labelling->labels->name[i]))
            return HOG_NO_MEMORY;
    }
    for (uint32_t i = 0; i < count; i++)
        if (hog_watch_due(labelling->profile->watch, i) ||
            (shared[i] && !set_unique(labelling, i, with_place(labelling, i))))
            return HOG_NO_MEMORY;
    return HOG_OK;
}

enum hog_status hog_labels_init(struct hog_labels *labels, const struct hog_profile *profile)
{
    HOG_CLEANUP(labelling_deinit) struct labelling labelling = {.labels = labels, .profile = profile};
    size_t count = profile->function_count;
    enum hog_status status;

    *labels = (struct hog_labels){0};
    hog_arena_init(&labels->arena, SIZE_MAX);
    labels->name = hog_arena_array(&labels->arena, count, sizeof *labels->name);
    labels->short_file = hog_arena_array(&labels->arena, count, sizeof *labels->short_file);
    labels->place = hog_arena_array(&labels->arena, count, sizeof *labels->place);
    labels->unique = hog_arena_array(&labels->arena, count, sizeof *labels->unique);
    labelling.tail = malloc((count + 1) * sizeof *labelling.tail);
    if (!labels->name || !labels->short_file || !labels->place || !labels->unique || !labelling.tail) {
        hog_labels_deinit(labels);
        return HOG_NO_MEMORY;
    }
    status = shorten_files(&labelling);
    for (uint32_t i = 0; status == HOG_OK && i < count; i++)
        if (hog_watch_due(profile->watch, i) || !label_function(&labelling, i))
            status = HOG_NO_MEMORY;
    if (status == HOG_OK)
        status = make_unique(&labelling);
    if (status != HOG_OK)
        hog_labels_deinit(labels);
    return status != HOG_OK && profile->watch && profile->watch->seen ? HOG_INTERRUPTED : status;
}

void hog_labels_deinit(struct hog_labels *labels)
{
    hog_arena_deinit(&labels->arena);
    *labels = (struct hog_labels){0};
}
