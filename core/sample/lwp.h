/* From a Python thread to the kernel's, in a process that runs; and what became of the process. */
#ifndef HOG_SAMPLE_LWP_H
#define HOG_SAMPLE_LWP_H

#include "sample/roster.h"

/*
 * The LWP of the thread whose pthread_self() is `thread_id` and whose id as
 * the process itself sees it is `native_id` (0: unknown, to 3.10). 0 when it
 * cannot be found.
 */
int64_t lwp_find(struct roster *roster, uint64_t thread_id, int64_t native_id);

bool lwp_process_ended(int64_t pid);
/* AT_PHDR: differs after an exec. */
bool lwp_process_phdr(int64_t pid, uint64_t *ret_address);

/* Is the thread asleep in futex(2) on a word between start and end? */
bool lwp_waits_between(const struct roster *roster, int64_t lwp, uint64_t start, uint64_t end);

#endif
