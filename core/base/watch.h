/*
 * Whether to go on: Ctrl-C, as work sees it that takes long and knows of no
 * debugger. Loops ask with the number of what they are at; one in a few
 * thousand times the question is handed on.
 *
 *     for (i = 0; i < count; i++)
 *         if (hog_watch_due(watch, i))
 *             return HOG_INTERRUPTED;
 *
 * What was pressed stays pressed, so whoever called can tell by `seen` why
 * there is no result.
 */
#ifndef HOG_BASE_WATCH_H
#define HOG_BASE_WATCH_H

#include <stdbool.h>
#include <stddef.h>

struct hog_watch {
    bool (*interrupted)(void *context);
    void *context;
    bool seen;
};

enum { HOG_WATCH_EACH = 4096 };

/* `watch` NULL: nobody asks, it is never due. */
static inline bool hog_watch_due(struct hog_watch *watch, size_t number)
{
    if (watch && !watch->seen && number % HOG_WATCH_EACH == 0)
        watch->seen = watch->interrupted(watch->context);
    return watch && watch->seen;
}

#endif
