/*
 * What the numbers of a profile mean for the one who took it, in a line each,
 * and only where one is due.
 */
#ifndef HOG_SHOW_ADVICE_H
#define HOG_SHOW_ADVICE_H

#include "show/hot.h"

struct advice_facts {
    const struct seen_profile *seen;
    const char *waiting; /* where threads waited when it began; NULL unknown */
};

/* Appends "Note: …" lines. */
void advice_put(const struct advice_facts *facts, const struct theme *theme, struct hog_text *text);
/* Where most waiting threads are: "Condition.wait (threading.py:355), in futex". False: none waits. */
bool advice_waiting(const struct hog_snapshot *snapshot, struct hog_text *text);

#endif
