/* Locks and semaphores of multiprocessing; see semlock.c. */
#ifndef HOG_WAIT_SEMLOCK_H
#define HOG_WAIT_SEMLOCK_H

#include "wait/reader.h"

/* Can it be held once, rather than counted down: a Lock or RLock, and no Semaphore? `lock` is a SemLock. */
bool semlock_is_lock(struct waits_reader *reader, uint64_t lock);
void owner_of_semlock(struct waits_reader *reader, uint32_t node, uint64_t lock);
/* The SemLock within a Lock, RLock, Semaphore of multiprocessing.synchronize; 0: it is none of these. */
uint64_t semlock_within(struct waits_reader *reader, uint64_t object);

#endif
