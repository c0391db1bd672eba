/*
 * Profiles as text: what a capture came to, and the hottest functions.
 *
 *     10.0 s at 100 Hz: 990 of 2,040 samples kept, 1,010 idle, 40 dropped
 *       dropped: 30 ran while it was read, 10 a code object was replaced
 *       taken: on the target's own CPU, at real-time priority, proved by its schedstat
 *
 *     Hottest by self
 *       Self %  Total %  Function  File
 *         45.2     97.0  encode    codec.py:41
 */
#ifndef HOG_SHOW_PROFILE_TEXT_H
#define HOG_SHOW_PROFILE_TEXT_H

#include "show/hot.h"

/* "Process 48291  worker.py --queue mail      CPython 3.12.1". Nothing when nothing of that is known. */
void profile_put_process(const struct hog_profile *profile, const struct theme *theme, struct hog_text *text);
/* How long, how many samples, what was lost and why, how they were taken, why it ended early. */
void profile_put_summary(const struct hog_profile *profile, const struct theme *theme, struct hog_text *text);

/* The ten hottest, twice: by self and by total. `by_thread`: and of each thread its own. */
enum hog_status profile_put_hottest(const struct seen_profile *seen, const struct theme *theme, bool by_line,
                                    bool by_thread, struct hog_text *text) HOG_CHECKED;
/* py-stats top: all that is known of each function. */
enum hog_status profile_put_table(const struct seen_profile *seen, const struct theme *theme,
                                  enum hog_sort sort, bool by_line, uint32_t rows,
                                  struct hog_text *text) HOG_CHECKED;
/* ncalls as pstats writes it: 12, or 12/1 where it recurred. Returns `buffer`. */
const char *profile_calls(const struct hog_cost *cost, char *buffer, size_t size);

#endif
