/* Who holds a plain lock, which records no owner: the threads whose `with` proves it. */
#ifndef HOG_WAIT_HOLDER_H
#define HOG_WAIT_HOLDER_H

#include "wait/reader.h"

/* Sets owner and grade of the node of a threading.Lock for which `waiter` waits. */
void holder_of_lock(struct waits_reader *reader, uint32_t node, uint64_t lock, uint32_t waiter);
/* Of a lock that says nothing of its owner: when every thread there is waits for it, nobody else could give it back. */
void holder_nobody_else(struct waits_reader *reader);
void holder_release(struct waits_reader *reader);

#endif
