/*
 * The hottest functions, or lines, of a profile: what every table of one
 * shows, in its order.
 */
#ifndef HOG_SHOW_HOT_H
#define HOG_SHOW_HOT_H

#include "profile/labels.h"
#include "profile/view.h"
#include "show/grid.h"

struct hot_row {
    uint32_t function;
    int32_t line; /* by line: the line that ran; else 0 */
    struct hog_cost cost;
};

struct hot_rows {
    struct hot_row *rows;
    size_t count;
    size_t of; /* rows that there would have been without a limit */
};

/* `most` 0: all. A row without any samples, calls or time is left out; so is one with no self when self
 * sorts. */
enum hog_status hot_rows_init(struct hot_rows *hot, const struct hog_view *view, enum hog_sort sort,
                              bool by_line, uint32_t most) HOG_CHECKED;
void hot_rows_deinit(struct hot_rows *hot);

/* A profile with its view and the names of its functions. */
struct seen_profile {
    const struct hog_profile *profile;
    struct hog_view view;
    struct hog_labels labels;
    bool labels_made;
};

enum hog_status seen_profile_init(struct seen_profile *seen, const struct hog_profile *profile) HOG_CHECKED;
void seen_profile_deinit(struct seen_profile *seen);

/* What the numbers of calls are: "Samples", or "Calls" where nothing was sampled. */
const char *hot_heading_of_calls(const struct hog_profile *profile);
/* The name of a function and its place, as two cells; `line` as below. */
void hot_cells(struct grid *grid, const struct seen_profile *seen, uint32_t function, int32_t line,
               const struct theme *theme);
/* Each clears `cell` first. The name of a function; its place, at `line` (0: its first one). */
void hot_name(struct hog_text *cell, const struct seen_profile *seen, uint32_t function,
              const struct theme *theme);
void hot_place(struct hog_text *cell, const struct seen_profile *seen, uint32_t function, int32_t line,
               const struct theme *theme);

#endif
