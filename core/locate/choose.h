/*
 * The last step of a search: one candidate is taken, or words say why none is.
 */
#ifndef HOG_LOCATE_CHOOSE_H
#define HOG_LOCATE_CHOOSE_H

#include "locate/candidate.h"

/* The most alive candidate, the first of equals; NULL when there is none. */
struct candidate *choose_candidate(struct locator *locator);

/* Warns when there were several. */
void choose_warn(struct locator *locator, const struct candidate *chosen);

/* Why there is nothing to be decoded: status and words into the location's error. `best` may be NULL. */
enum hog_status refuse(struct locator *locator, const struct candidate *best);

/* HOG_OK, or the refusal of an architecture that hognose does not know. */
enum hog_status refuse_machine(struct locator *locator) HOG_CHECKED;

#endif
