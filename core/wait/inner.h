/* Locks of CPython's own that are no objects; see inner.c. */
#ifndef HOG_WAIT_INNER_H
#define HOG_WAIT_INNER_H

#include "wait/found.h"

/* Of a futex that belongs to no object. */
bool inner_find(struct waits_reader *reader, uint32_t thread, uint64_t futex, struct found_lock *ret_found);
/* The node of what inner_find has found, with its owner. */
uint32_t inner_node(struct waits_reader *reader, const struct found_lock *found);

#endif
