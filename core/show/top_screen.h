/*
 * One screen of py-top: what was sampled between two moments.
 *
 *     Process 48291  worker.py --queue mail      CPython 3.12.1
 *     12 s  5 threads, 1.8 running, 64 % idle  GIL held 97 %, 0.8 waiting  100 samples, 0 dropped
 *     Keys: s self*, t total, n name, l line, h thread, / filter, ? help, q quit
 *
 *       Self %  Total %  Self s  Total s  Function  File
 *         45.0     97.0    5.42    11.80  encode    codec.py:41
 *
 * Percentages are of the samples since the screen before, seconds since py-top began.
 */
#ifndef HOG_SHOW_TOP_SCREEN_H
#define HOG_SHOW_TOP_SCREEN_H

#include "profile/compare.h"
#include "show/report.h"

struct top_screen {
    const struct hog_profile *before, *now; /* of one sampler */
    const struct theme *theme;
    enum hog_sort sort;
    size_t threads;                          /* that there are now */
    uint32_t rows;                           /* at most; 0 all */
    bool keys;                               /* there is a keyboard: tell what its keys do */
    bool help;                               /* and tell it at length, in place of the rows */
    bool frozen;                             /* it stays as it is */
    bool by_line;                            /* a row is a line, not a function */
    const struct hog_profile_thread *thread; /* one of now's: that alone; NULL all */
    const char *filter;                      /* only functions whose name or file has that in it; "" all */
    bool typing;                             /* the filter is being typed */
    const struct hog_profile *since;         /* seconds are counted from there; NULL: from the beginning */
};

enum hog_status top_screen_put(const struct top_screen *screen, struct hog_text *text) HOG_CHECKED;

/* How a screen is sorted once that key was pressed; other keys change nothing. */
void top_screen_sort_of_key(char key, enum hog_sort *sort);

#endif
