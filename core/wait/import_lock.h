/* The import lock of versions that keep it in static variables: to 3.11. */
#ifndef HOG_WAIT_IMPORT_LOCK_H
#define HOG_WAIT_IMPORT_LOCK_H

#include "wait/reader.h"

/*
 * The address of import_lock, if this futex is the lock's; 0: it is not (`ret_not`: surely not, as no variable points to
 * it), or it is not known.
 */
uint64_t import_lock_of(struct waits_reader *reader, uint64_t futex, bool *ret_not);
/* The address of import_lock_thread, which names a thread that is alive; 0 unknown. */
uint64_t import_lock_owner(struct waits_reader *reader);

#endif
