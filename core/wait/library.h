/* What a wait inside of threading, queue or concurrent.futures means to the program. */
#ifndef HOG_WAIT_LIBRARY_H
#define HOG_WAIT_LIBRARY_H

#include "wait/lock.h"

/*
 * The node of the Condition, Event, Queue, Future, … in whose method thread `number`
 * sleeps on `found`, a lock that only serves this. HOG_WAIT_NONE: it is no such
 * wait, the lock itself is what is waited for.
 */
uint32_t library_node(struct waits_reader *reader, uint32_t number, const struct found_lock *found);

/* The queue between processes out of whose pipe the thread reads, in the system call `call`; HOG_WAIT_NONE: none. */
uint32_t library_reading_node(struct waits_reader *reader, uint32_t number, const char *call);

/* Owners that are known only once all waits are: of Futures. */
void library_find_owners(struct waits_reader *reader);

#endif
