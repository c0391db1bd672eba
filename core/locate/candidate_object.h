/*
 * How an object begins: with its reference count and type, or, in a build with
 * Py_TRACE_REFS, with two links before them.
 *
 *     plain    | refcount | type |
 *     traced   | next | previous | refcount | type |         (Include/object.h, to 3.12)
 */
#ifndef HOG_LOCATE_CANDIDATE_OBJECT_H
#define HOG_LOCATE_CANDIDATE_OBJECT_H

#include "locate/candidate.h"

/* Is there an object, of a build without or with Py_TRACE_REFS, at `address`? For versions to 3.12. */
bool candidate_is_object(struct locator *locator, uint64_t address);

/* Are the objects' headers 16 bytes longer (Py_TRACE_REFS)? Asks an object which of two words is its type. */
void candidate_check_headers(struct locator *locator, struct candidate *candidate);

#endif
