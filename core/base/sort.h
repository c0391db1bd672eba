/* qsort_r that can be ended: a million names take a second to order. */
#ifndef HOG_BASE_SORT_H
#define HOG_BASE_SORT_H

#include "base/status.h"
#include "base/watch.h"

/*
 * As qsort_r(3). False: it was ended, and `items` are in no order, some of them
 * perhaps twice. Without a watch, or memory for a copy, it cannot be ended.
 */
bool hog_sort(void *items, size_t count, size_t size,
              int (*compare)(const void *one, const void *other, void *context), void *context,
              struct hog_watch *watch) HOG_CHECKED;

/* The order of numbers, for qsort(3) and bsearch(3). */
int hog_by_i64(const void *one, const void *other);
int hog_by_u64(const void *one, const void *other);

#endif
