/* Runs that are short enough to be sorted in one go, then merged two by two; see sort.h. */
#define _GNU_SOURCE
#include "base/sort.h"
#include "base/cleanup.h"

#include <stdlib.h>
#include <string.h>

enum { RUN = 4096 };

struct merging {
    size_t size; /* of an item */
    int (*compare)(const void *one, const void *other, void *context);
    void *context;
    struct hog_watch *watch;
};

/* from[start … middle - 1] and from[middle … end - 1], each in order, to the same place of `to`. */
static bool merge_two(const struct merging *merging, const char *from, char *to, size_t start, size_t middle,
                      size_t end)
{
    size_t size = merging->size, left = start, right = middle;

    for (size_t at = start; at < end; at++) {
        bool from_left = left < middle &&
                         (right == end ||
                          merging->compare(from + left * size, from + right * size, merging->context) <= 0);

        if (hog_watch_due(merging->watch, at))
            return false;
        memcpy(to + at * size, from + (from_left ? left++ : right++) * size, size);
    }
    return true;
}

/* `copy` has room for all. */
static bool merge_runs(const struct merging *merging, char *items, char *copy, size_t count)
{
    char *from = items, *to = copy;

    for (size_t run = RUN; run < count; run *= 2) {
        char *swapped = from;

        for (size_t start = 0; start < count; start += 2 * run) {
            size_t middle = start + run < count ? start + run : count;
            size_t end = middle + run < count ? middle + run : count;

            if (!merge_two(merging, from, to, start, middle, end))
                return false;
        }
        from = to;
        to = swapped;
    }
    if (from != items)
        memcpy(items, from, count * merging->size);
    return true;
}

bool hog_sort(void *items, size_t count, size_t size,
              int (*compare)(const void *one, const void *other, void *context), void *context,
              struct hog_watch *watch)
{
    const struct merging merging = {.size = size, .compare = compare, .context = context, .watch = watch};
    HOG_FREE char *copy = watch && count > RUN ? malloc(count * size) : NULL;

    if (!copy) {
        if (count)
            qsort_r(items, count, size, compare, context);
        return true;
    }
    for (size_t start = 0; start < count; start += RUN) {
        if (hog_watch_due(watch, start))
            return false;
        qsort_r((char *)items + start * size, count - start < RUN ? count - start : RUN, size, compare,
                context);
    }
    return merge_runs(&merging, items, copy, count);
}

int hog_by_i64(const void *one, const void *other)
{
    const int64_t *a = one, *b = other;

    return (*a > *b) - (*a < *b);
}

int hog_by_u64(const void *one, const void *other)
{
    const uint64_t *a = one, *b = other;

    return (*a > *b) - (*a < *b);
}
