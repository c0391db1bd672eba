/* What the kernel says of the threads of a process that runs, and of the process. */
#ifndef HOG_SAMPLE_LWP_H
#define HOG_SAMPLE_LWP_H

#include "sample/roster.h"

/* by_own_id of a hog_thread_finder whose context is a roster of a process of this machine. */
int64_t lwp_by_own_id(void *context, int64_t id);

/* Does the kernel have that thread still? */
bool lwp_is_there(const struct roster *roster, int64_t lwp);
/* Seconds of CPU that all threads of the process have had, those that ended too; negative: not known. */
double lwp_process_cpu(int64_t pid);
/* The highest real-time priority of the threads; 0: none has any. */
int lwp_highest_level(const struct roster *roster);

bool lwp_process_ended(int64_t pid);
/* Is one of its threads in a tracing stop ("t")? Walks them until there is one. */
bool lwp_any_is_held(int64_t pid);
/* AT_PHDR: differs after an exec. */
bool lwp_process_phdr(int64_t pid, uint64_t *ret_address);

/* Does a thread wait for one of the GILs that is in this system call, with this first argument? One that runs in an
 * interpreter with a GIL of its own may hold that and wait for another's. */
bool lwp_call_awaits_gil(const struct roster *roster, int64_t system_call, uint64_t first_argument);
/* Is the thread asleep in futex(2) on a word of a GIL? */
bool lwp_awaits_gil(const struct roster *roster, int64_t lwp);

#endif
