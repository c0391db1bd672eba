/* What the graph comes to, in a line or two. */
#ifndef HOG_WAIT_VERDICT_H
#define HOG_WAIT_VERDICT_H

#include "wait/waits.h"

/* Sets verdict and verdict_text. False: no memory. */
bool verdict_find(struct hog_waits *waits, const struct hog_snapshot *snapshot);

#endif
