/*
 * What py-stats shows beyond the tables of profile_text.h: who calls whom,
 * and two profiles side by side.
 */
#ifndef HOG_SHOW_PROFILE_TABLES_H
#define HOG_SHOW_PROFILE_TABLES_H

#include "profile/compare.h"
#include "show/hot.h"

/*
 * The callers of the functions called `name`, or what they call. HOG_NOT_FOUND: there is no function of this
 * name.
 */
enum hog_status stats_put_callers(const struct seen_profile *seen, const char *name,
                                  const struct theme *theme, struct hog_text *text) HOG_CHECKED;
enum hog_status stats_put_callees(const struct seen_profile *seen, const char *name,
                                  const struct theme *theme, struct hog_text *text) HOG_CHECKED;

/* One of the two profiles of a diff: "Before  old.json  10.0 s, 990 samples". */
void stats_put_side(const char *side, const char *path, const struct seen_profile *seen,
                    const struct theme *theme, struct hog_text *text);
/* The verdict, and a row for each function that changed; `rows` at most, 0 all. */
enum hog_status stats_put_diff(const struct hog_diff *diff, const struct seen_profile *before,
                               const struct seen_profile *after, const struct theme *theme, uint32_t rows,
                               struct hog_text *text) HOG_CHECKED;

#endif
