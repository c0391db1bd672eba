/* From the futex a thread sleeps on to the object it waits for, and its owner. */
#ifndef HOG_WAIT_LOCK_H
#define HOG_WAIT_LOCK_H

#include "wait/call.h"
#include "wait/found.h"

bool lock_find(struct waits_reader *reader, uint32_t thread, const struct wait_call *call,
               struct found_lock *ret_found);

/* The node of what was found, with its owner. */
uint32_t lock_node(struct waits_reader *reader, uint32_t thread, const struct found_lock *found);

#endif
