/* Choosing threads by number, LWP, pthread id or name; see select.h. */
#define _GNU_SOURCE
#include "command/select.h"
#include "base/cleanup.h"
#include "line/words.h"

#include <stdlib.h>
#include <string.h>

enum wish_kind { WISH_DEBUGGER, WISH_LWP, WISH_PTHREAD, WISH_NAME, WISH_CURRENT, WISH_COUNT };

/* What a word may mean. */
struct choice {
    const struct hog_snapshot *snapshot;
    int64_t selected; /* LWP */
    bool *marks;      /* of the snapshot's threads */
};

struct wish {
    const char *word;
    int64_t selected;
    bool is_decimal, is_hexadecimal;
    uint64_t number;
};

static struct wish wish_of(const struct choice *choice, const char *word)
{
    struct wish wish = {.word = word, .selected = choice->selected};

    wish.is_decimal = words_decimal(word, &wish.number);
    wish.is_hexadecimal = !wish.is_decimal && words_hexadecimal(word, &wish.number);
    return wish;
}

static bool matches(const struct hog_thread *thread, const struct wish *wish, enum wish_kind kind)
{
    switch (kind) {
    case WISH_DEBUGGER:
        return wish->is_decimal && wish->number && thread->debugger_thread == (int64_t)wish->number;
    case WISH_LWP:
        return wish->is_decimal && wish->number && thread->os_thread_id == (int64_t)wish->number;
    case WISH_PTHREAD:
        return wish->is_hexadecimal && wish->number && thread->thread_id == wish->number;
    case WISH_NAME:
        return thread->name && strcmp(thread->name, wish->word) == 0;
    default:
        return wish->selected && thread->os_thread_id == wish->selected && strcmp(wish->word, "current") == 0;
    }
}

/* Marks the threads that a word names; the first meaning that fits any thread is taken. */
static bool mark(const struct choice *choice, const char *word)
{
    const struct hog_snapshot *snapshot = choice->snapshot;
    struct wish wish = wish_of(choice, word);
    bool found = false;

    for (int kind = WISH_DEBUGGER; kind < WISH_COUNT && !found; kind++) {
        for (size_t i = 0; i < snapshot->thread_count; i++) {
            if (!matches(&snapshot->threads[i], &wish, (enum wish_kind)kind))
                continue;
            choice->marks[i] = true;
            found = true;
        }
    }
    return found;
}

static enum hog_status no_such_thread(const char *word, struct hog_error *error)
{
    return hog_fail(
        error, HOG_USAGE,
        "there is no thread \"%.100s\": give a number, LWP, pthread id 0x..., name or current; py-threads lists them",
        word);
}

/* "1,2,x": each part by itself. */
static enum hog_status mark_parts(const struct choice *choice, const char *list, struct hog_error *error)
{
    HOG_FREE char *copy = strdup(list);
    char *rest = copy;
    char *part;

    if (!copy)
        return hog_fail(error, HOG_NO_MEMORY, "not enough memory");
    while ((part = strsep(&rest, ",")))
        if (*part && !mark(choice, part))
            return no_such_thread(part, error);
    return HOG_OK;
}

static enum hog_status mark_all(const struct choice *choice, const struct options *options,
                                struct hog_error *error)
{
    const struct hog_snapshot *snapshot = choice->snapshot;

    for (size_t i = 0; i < options->threads.count; i++) {
        const char *word = options->threads.items[i];
        enum hog_status status = HOG_OK;

        if (mark(choice, word))
            continue;
        status = strchr(word, ',') ? mark_parts(choice, word, error) : no_such_thread(word, error);
        if (status != HOG_OK)
            return status;
    }
    if (options->threads.count)
        return HOG_OK;
    for (size_t i = 0; i < snapshot->thread_count; i++)
        choice->marks[i] = snapshot->threads[i].tstate || !option_given(options, OPTION_PYTHON_ONLY);
    return HOG_OK;
}

enum hog_status select_threads(const struct hog_snapshot *snapshot, const struct options *options,
                               int64_t selected, const struct hog_thread ***ret_threads, size_t *ret_count,
                               struct hog_error *error)
{
    HOG_FREE bool *marks = calloc(snapshot->thread_count + 1, sizeof *marks);
    HOG_FREE const struct hog_thread **threads = calloc(snapshot->thread_count + 1, sizeof *threads);
    const struct choice choice = {.snapshot = snapshot, .selected = selected, .marks = marks};
    enum hog_status status;
    size_t count = 0;

    if (!marks || !threads)
        return hog_fail(error, HOG_NO_MEMORY, "not enough memory");
    status = mark_all(&choice, options, error);
    if (status != HOG_OK)
        return status;
    for (size_t i = 0; i < snapshot->thread_count; i++)
        if (marks[i])
            threads[count++] = &snapshot->threads[i];
    *ret_threads = threads;
    *ret_count = count;
    threads = NULL;
    return HOG_OK;
}
