/* Who works on a Future: a pool's worker that runs it, or all of them while it stands in their queue. */
#ifndef HOG_WAIT_POOL_H
#define HOG_WAIT_POOL_H

#include "wait/reader.h"

void pool_find_owner(struct waits_reader *reader, uint32_t node);
/* Is the thread a worker of a pool, which waits for work and nothing else? */
bool pool_worker_is_idle(const struct hog_thread *thread);

#endif
